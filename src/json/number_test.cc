// Numbers as JavaScript prints them. The table was made by `node -e` from String(x) of edge cases and random doubles.
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"
#include "json/value.h"

namespace fleethook::json {
namespace {

struct NumberCase {
  std::uint64_t bits;  // of the double
  std::string_view text;
};
constexpr NumberCase kNumberCases[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x3ff0000000000000, "1"},
    {0xbff0000000000000, "-1"},
    {0x3fb999999999999a, "0.1"},
    {0x3fc999999999999a, "0.2"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x3fd5555555555555, "0.3333333333333333"},
    {0x3fe5555555555555, "0.6666666666666666"},
    {0x4035800000000000, "21.5"},
    {0x4059000000000000, "100"},
    {0x4059000000000000, "100"},
    {0x419d6f3454800000, "123456789.125"},
    {0x430c6bf526340000, "1000000000000000"},
    {0x4341c37937e08000, "10000000000000000"},
    {0x4376345785d8a000, "100000000000000000"},
    {0x4415af1d78b58c40, "100000000000000000000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x4480f0cf064dd592, "1e+22"},
    {0xc44b1ae4d6e2ef50, "-1e+21"},
    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
    {0x441ac53a7e04bcda, "123456789012345680000"},
    {0x4450bb448ec2f608, "1.2345678901234568e+21"},
    {0x3ee4f8b588e368f1, "0.00001"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x3e7ad7f29abcaf48, "1e-7"},
    {0x3eb92a737110e454, "0.0000015"},
    {0x3e8421f5f40d8376, "1.5e-7"},
    {0xbe7ad7f29abcaf48, "-1e-7"},
    {0x3eb4b3fd5942cd96, "0.000001234"},
    {0x3e808ffde1023e12, "1.234e-7"},
    {0x433fffffffffffff, "9007199254740991"},
    {0x4340000000000000, "9007199254740992"},
    {0x4340000000000001, "9007199254740994"},
    {0xc340000000000001, "-9007199254740994"},
    {0x43e0000000000000, "9223372036854776000"},
    {0x43f0000000000000, "18446744073709552000"},
    {0x0000000000000001, "5e-324"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x000fffffffffffff, "2.225073858507201e-308"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x4011666666666666, "4.35"},
    {0x3fe0000000000000, "0.5"},
    {0x3ff0147ae147ae14, "1.005"},
    {0x405edd2f1a9fbe77, "123.456"},
    {0x7e37e43c8800759c, "1e+300"},
    {0x01a56e1fc2f8f359, "1e-300"},
    {0x41efffffffe00000, "4294967295"},
    {0x41f0000000000000, "4294967296"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x447c7e83209e90b2, "8.41e+21"},
    {0x3eafe07017c01026, "9.5e-7"},
    {0x4415af1d78b58c40, "100000000000000000000"},
    {0x4430000000000000, "295147905179352830000"},
    {0x400921fb54442d18, "3.141592653589793"},
    {0xc005bf0a8b145769, "-2.718281828459045"},
    {0x7ff0000000000000, "Infinity"},
    {0xfff0000000000000, "-Infinity"},
    {0x22118258a9d111a0, "1.4021921619478108e-144"},
    {0x346edce5f713f8ed, "3.933392867055903e-56"},
    {0x1e9a57bc80e6721d, "2.9276755777521917e-161"},
    {0x2d160e7e5c3f42ca, "1.691843555264218e-91"},
    {0x81c2e6dc980d78eb, "-3.5280731055015604e-300"},
    {0x5647e55ad933f62e, "4.38442029479884e+107"},
    {0x1f6622b40cb38e42, "2.015314301218594e-157"},
    {0x6e7411b06820371c, "1.1607124561896643e+224"},
    {0x7ad34039583ab917, "4.472871350414216e+283"},
    {0xde15eab5ce53fecf, "-1.7104713251276024e+145"},
    {0x2f43a94042571d85, "5.181789889584246e-81"},
    {0x61571b285c0b9816, "8.12127208518258e+160"},
    {0xc3e04a9344b5f864, "-9391300609627595000"},
    {0xe0b2f2ed05269a55, "-6.504028221119146e+157"},
    {0xf871cac18ae3fd10, "-1.5039079368477342e+272"},
    {0x64415599d1caf6b6, "8.574637512864581e+174"},
    {0xc8c99c0e445a0f1c, "-4.461820323256828e+42"},
    {0x8258515c9060b81e, "-2.323961389121476e-297"},
    {0xcfadec2a33ddb880, "-6.767169893928092e+75"},
    {0x6049a845381e5deb, "6.880164670955425e+155"},
    {0x24d32d1399489901, "2.701604300144775e-131"},
    {0x4b29d65cb143494c, "1.2373633292225117e+54"},
    {0x2cf21c25c5731607, "3.4727907734457035e-92"},
    {0x3e147a3bf7974d7f, "1.1919460682041161e-9"},
    {0x2d41a8b08ad9f8db, "1.0836175715734464e-90"},
    {0x56acaceec0049eb3, "3.3672837596454924e+109"},
    {0x01cb443cfef6aab3, "5.0893768918862615e-300"},
    {0x1c402042b2a54fab, "1.304006109410533e-172"},
    {0x34b63adf42680686, "9.066082320999553e-55"},
    {0x2d1d493910c8ca72, "2.2463725590173604e-91"},
    {0xd03f722dfba58d98, "-3.6411996760148453e+78"},
    {0xdf6f910a08f884f2, "-5.1664839486917156e+151"},
    {0xd14b5abdd461becc, "-4.1516138046170175e+83"},
    {0x32c96246fef865fb, "4.820690046806322e-64"},
    {0xb7e00591f67e2712, "-1.4713661380971754e-39"},
    {0x28da85de1c3689c3, "6.892915639019552e-112"},
    {0x4299ff6b2a265425, "7146201319829.036"},
    {0x575ab7cb990947d9, "6.425420211464281e+112"},
    {0x69745f7fdde0976d, "9.746598570261874e+199"},
    {0xc1e57d333547d2d0, "-2884213162.244484"},
    {0x43ab6f5c13707840, "988450000000000000"},
    {0x44c545f2902c1bbe, "2.0092e+23"},
    {0x3ea21cacc5db95e2, "5.3978e-7"},
    {0x44e2aee3defd0c5a, "7.0583e+23"},
    {0x40c125b333333333, "8779.4"},
    {0x44cbc78d97f414e3, "2.6237e+23"},
    {0x4469151435d3998d, "3.7015e+21"},
    {0x4056a6d916872b02, "90.607"},
    {0x450a42bb29179d82, "3.9684e+24"},
    {0x3f4b456b441bb8c3, "0.00083225"},
    {0x3eb0b335dfd15a7d, "9.954e-7"},
    {0x3f7dc17c36b243b5, "0.0072646"},
    {0x3e0df27fae7e1c34, "8.7158e-10"},
    {0x3f4ebf07e82bcde4, "0.0009383"},
    {0x40c4e90000000000, "10706"},
    {0x412dfce000000000, "982640"},
    {0x3e89c511dc3a41df, "1.92e-7"},
    {0x3dd733d360d0c1b6, "8.441e-11"},
    {0x4051566666666666, "69.35"},
    {0x439e5913038ad300, "546700000000000000"},
    {0x438d98a8c7e1ca00, "266580000000000000"},
    {0x4087a0f5c28f5c29, "756.12"},
    {0x3eff61bc7feff1b7, "0.000029928"},
    {0x4372401304361000, "82192000000000000"},
    {0x404ab45a1cac0831, "53.409"},
    {0x3e5426157c07ca39, "1.8765e-8"},
    {0x429e0f84b8180000, "8263000000000"},
    {0x3ef784bd24ca4af9, "0.000022429"},
    {0x42ee457a18758000, "266270000000000"},
    {0x4152fd2200000000, "4977800"},
};

std::string text_of(double value) {
  std::string text;
  append_number(value, text);
  return text;
}

TEST(Number, IsWrittenAsJavaScriptDoes) {
  for (const auto& [bits, text] : kNumberCases) EXPECT_EQ(text_of(std::bit_cast<double>(bits)), text);
  EXPECT_EQ(text_of(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(Number, TableReadsBackToTheSameDouble) {
  for (const auto& [bits, text] : kNumberCases) {
    const double value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    const Result<Value> read = parse(text);
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(read->as_double(), value) << text;
  }
}

TEST(Number, RandomDoublesRoundTrip) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random.next());
    if (!std::isfinite(value)) continue;
    const std::string text = text_of(value);
    double read = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), read).ptr;
    ASSERT_EQ(end, text.data() + text.size()) << text;
    ASSERT_EQ(read, value) << text;
    ASSERT_EQ(parse(text).value().as_double(), value) << text;
  }
}

TEST(Number, IsAppendedBehindWhatIsThere) {
  std::string out = "x";
  append_number(-0.5, out);
  EXPECT_EQ(out, "x-0.5");
}

TEST(Number, WholeNumbersAreIntsAndTheRestDoubles) {
  for (const std::string_view text : {"0", "-0", "1.0", "1e3", "-0.0", "0e99", "1E+2", "100e-2", "9007199254740992.0",
                                      "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(parse(text).value().is_int()) << text;
  }
  for (const std::string_view text :
       {"0.5", "9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "123456789012345678901234567890", "1e16", "1e-400", "-1e-400", "1e308", "1.5e1000000000000000000000e"}) {
    const Result<Value> read = parse(text);
    if (text.ends_with('e')) {
      EXPECT_FALSE(read.ok());
    } else {
      EXPECT_EQ(read.value().kind(), read.value() == Value(0) ? Value::Kind::kInt : Value::Kind::kDouble) << text;
    }
  }
  EXPECT_EQ(parse("9223372036854775807").value().as_int(), INT64_MAX);
  EXPECT_EQ(parse("-9223372036854775808").value().as_int(), INT64_MIN);
  EXPECT_EQ(parse("9223372036854775808").value().as_double(), 0x1p63);
}

TEST(Number, WhatNoDoubleHoldsIsRefused) {
  const std::string zeros(400, '0');
  const std::string texts[] = {"1e309",
                               "-1e309",
                               "1" + zeros,
                               "-1" + zeros + ".0",
                               "0.1e400",
                               "1" + zeros + "e-5",
                               "1e9999999999999999999999",
                               "0.0001e+400",
                               "1.8e308"};
  for (const std::string& text : texts) {
    const Result<Value> read = parse(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, "invalid JSON at byte 0: number too large");
  }
}

TEST(Number, WhatIsTooSmallBecomesZero) {
  const std::string zeros(400, '0');
  const std::string texts[] = {"1e-400",
                               "0." + zeros + "1",
                               "-0." + zeros + "1",
                               "0." + zeros + "1e-1",
                               "0." + zeros + "1e5",
                               "1e-9999999999999999999999",
                               "12345.678e-400",
                               "0e9999999999999999999999"};
  for (const std::string& text : texts) {
    EXPECT_EQ(parse(text).value(), Value(0)) << text;
  }
}

TEST(Number, ComparesIntsAndDoublesExactly) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(1.0), Value(1));
  EXPECT_NE(Value(1), Value(1.5));
  EXPECT_NE(Value((std::int64_t{1} << 53) + 1), Value(0x1p53));
  EXPECT_NE(Value(INT64_MAX), Value(0x1p63));
  EXPECT_EQ(Value(INT64_MIN), Value(-0x1p63));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(0), Value());
  EXPECT_NE(Value(0), Value(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Number, UnsignedAboveTheIntsBecomesADouble) {
  EXPECT_EQ(Value(UINT64_MAX).as_double(), 0x1p64);
  EXPECT_EQ(Value(std::uint64_t{INT64_MAX}).as_int(), INT64_MAX);
  EXPECT_EQ(Value(std::uint8_t{255}).as_int(), 255);
  EXPECT_EQ(Value(std::int8_t{-1}).as_int(), -1);
}

}  // namespace
}  // namespace fleethook::json
