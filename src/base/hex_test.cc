#include "base/hex.h"

#include <array>
#include <cctype>

#include <gtest/gtest.h>

#include "base/random.h"

namespace fleethook {
namespace {

TEST(Hex, WritesLowerCaseAndReadsEitherCase) {
  const std::array<std::uint8_t, 4> bytes = {0x00, 0x9a, 0xbc, 0xff};
  EXPECT_EQ(to_hex(bytes), "009abcff");
  for (const std::string_view text : {"009abcff", "009ABCFF", "009aBcFf"}) {
    std::array<std::uint8_t, 4> read{};
    EXPECT_TRUE(from_hex(text, read)) << text;
    EXPECT_EQ(read, bytes);
  }
}

TEST(Hex, AppendsBehindWhatIsThere) {
  std::string out = "id=";
  append_hex(std::array<std::uint8_t, 2>{0x01, 0xfe}, out);
  EXPECT_EQ(out, "id=01fe");
  append_hex({}, out);
  EXPECT_EQ(out, "id=01fe");
}

TEST(Hex, RefusesOtherLengths) {
  std::array<std::uint8_t, 2> into{};
  for (const std::string_view text : {"", "0", "00", "000", "00000", "000000"})
    EXPECT_FALSE(from_hex(text, into)) << text;
  EXPECT_TRUE(from_hex("", {}));
}

TEST(Hex, EveryByteAtEveryPlaceIsADigitOrRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 4; ++place) {
      std::string text = "1234";
      text[place] = static_cast<char>(byte);
      std::array<std::uint8_t, 2> into{};
      const bool is_digit = byte < 128 && std::isxdigit(byte) != 0;
      EXPECT_EQ(from_hex(text, into), is_digit) << byte;
      if (is_digit) {
        EXPECT_EQ(to_hex(into)[place], std::tolower(byte));
      }
    }
  }
}

struct Base64Case {
  std::string_view bytes;
  std::string_view text;
};
// RFC 4648 section 10.
constexpr Base64Case kBase64Cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

TEST(Base64, KnowsTheVectorsOfTheRfc) {
  for (const auto& [bytes, text] : kBase64Cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, RoundTripsEveryLength) {
  SeededRandom random(1);
  for (std::size_t length = 0; length < 100; ++length) {
    std::string bytes(length, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    std::string text = ">";
    append_base64(bytes, text);
    EXPECT_EQ(from_base64(std::string_view(text).substr(1)), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Zg==Zg==", "Z===", "Zm=v",
                                      "Zm9v\n", "Zm 9", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zm\xc3\xa9"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fleethook
