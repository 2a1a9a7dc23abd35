#include "base/text.h"

#include <chrono>
#include <cstdio>
#include <span>

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"

namespace fleethook {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  EXPECT_TRUE(from_hex(hex, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()})) << hex;
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

struct Utf8Case {
  std::string_view bytes;     // hexadecimal
  std::string_view repaired;  // as a WHATWG TextDecoder decodes it
};
constexpr Utf8Case kUtf8Cases[] = {
    {"", ""},
    {"c3a9", "c3a9"},
    {"c3", "efbfbd"},
    {"e282ac", "e282ac"},
    {"e282", "efbfbd"},
    {"e2", "efbfbd"},
    {"f09f9880", "f09f9880"},
    {"f09f98", "efbfbd"},
    {"f09f", "efbfbd"},
    {"f0", "efbfbd"},
    {"80", "efbfbd"},
    {"bfbf", "efbfbdefbfbd"},
    {"c080", "efbfbdefbfbd"},  // overlong
    {"c1bf", "efbfbdefbfbd"},
    {"e08080", "efbfbdefbfbdefbfbd"},
    {"e09fbf", "efbfbdefbfbdefbfbd"},
    {"eda080", "efbfbdefbfbdefbfbd"},  // surrogates
    {"edaf80", "efbfbdefbfbdefbfbd"},
    {"edbfbf", "efbfbdefbfbdefbfbd"},
    {"f0808080", "efbfbdefbfbdefbfbdefbfbd"},
    {"f48fbfbf", "f48fbfbf"},
    {"f4908080", "efbfbdefbfbdefbfbdefbfbd"},  // above U+10FFFF
    {"f5808080", "efbfbdefbfbdefbfbdefbfbd"},
    {"ff", "efbfbd"},
    {"fe", "efbfbd"},
    {"61c3", "61efbfbd"},
    {"61c362", "61efbfbd62"},
    {"e28261", "efbfbd61"},
    {"f09f41", "efbfbd41"},
    {"f09080c3a9", "efbfbdc3a9"},
    {"c3c3a9", "efbfbdc3a9"},
    {"e2e282ac", "efbfbde282ac"},
    {"efbbbf61", "efbbbf61"},
    {"efbfbf", "efbfbf"},
    {"6180c0e0f061", "61efbfbdefbfbdefbfbdefbfbd61"},
};

TEST(Utf8, RepairsAsWhatwgDecodersDo) {
  for (const auto& [hex, repaired] : kUtf8Cases) {
    const std::string bytes = bytes_of(hex);
    EXPECT_EQ(hex_of(repair_utf8(bytes)), repaired);
    EXPECT_EQ(is_valid_utf8(bytes), hex == repaired) << hex;
  }
}

// The fast path over ASCII takes eight bytes at a time: every alignment and every length of the surroundings.
TEST(Utf8, FindsTheFirstInvalidByteAnywhere) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string text = std::string(before, 'a') + "\xff" + std::string(after, 'b');
      EXPECT_EQ(first_invalid_utf8(text), before);
      EXPECT_EQ(repair_utf8(text), std::string(before, 'a') + "\xEF\xBF\xBD" + std::string(after, 'b'));
      EXPECT_TRUE(is_valid_utf8(std::string(before, 'a') + "é" + std::string(after, 'b')));
    }
  }
}

TEST(Utf8, EveryCodePointIsValidAndNoSurrogateIs) {
  for (std::uint32_t code = 0x800; code < 0x10000; ++code) {
    const char text[] = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
                         static_cast<char>(0x80 | (code & 0x3f))};
    ASSERT_EQ(is_valid_utf8({text, 3}), code < 0xd800 || code > 0xdfff) << code;
  }
}

TEST(Utf8, RepairedTextIsValidAndStaysAsItIs) {
  SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string text(random.next() % 24, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    for (char& c : text) {
      if (random.next() % 3 == 0) c = static_cast<char>(c & 0x7f);
    }
    const std::string repaired = repair_utf8(text);
    ASSERT_TRUE(is_valid_utf8(repaired)) << hex_of(text);
    ASSERT_EQ(repair_utf8(repaired), repaired);
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  const std::string_view text = "aé€😀b";  // characters at 0, 1, 3, 6, 10; 11 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t limit = 0; limit < std::size(expected); ++limit) EXPECT_EQ(utf8_cut(text, limit), expected[limit]);
  EXPECT_EQ(utf8_cut(text, SIZE_MAX), text.size());
  EXPECT_EQ(utf8_cut("", 0), 0U);
}

TEST(Utf8, CutsInvalidTextAtMostThreeBytesEarly) {
  SeededRandom random(2);
  for (int i = 0; i < 5000; ++i) {
    std::string text(20, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    for (char& c : text) c = static_cast<char>(c | 0x80);
    const std::size_t limit = random.next() % 21;
    const std::size_t cut = utf8_cut(text, limit);
    ASSERT_LE(cut, limit);
    ASSERT_LE(limit - cut, 3U);
  }
  EXPECT_EQ(utf8_cut("\x80\x80\x80\x80\x80", 4), 4U);
}

TEST(HiddenCharacters, AreThoseThatPeopleReadAsSomethingElse) {
  const char* const hidden[] = {"\n",     "\x7f",   "\u0085", "\u009f", "\u00ad", "\u061c", "\u180e",
                                "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e",
                                "\u2060", "\u2066", "\u2069", "\ufeff", "\ufffb"};
  for (const std::string text : hidden) {
    EXPECT_EQ(hidden_character_at("a" + text, 1), text.size()) << text;
    EXPECT_TRUE(has_hidden_characters("a" + text + "b"));
    EXPECT_EQ(replace_hidden_characters("ü" + text + "b" + text, '_'), "ü_b_");
    EXPECT_FALSE(has_hidden_characters(text.substr(0, text.size() - 1))) << "half of one is none";
  }
  for (const char* text : {"", " a~", "\u00a0", "ÀÿßĀ", "\u200c\u200d", "👩\u200d👧", "温度",
                           "\u2010\u2027\u202f\u205f\u2070", "\ufffd", "עברית", "\U0001f6aa"})
    EXPECT_FALSE(has_hidden_characters(text)) << text;
}

TEST(Ascii, LowersLettersOnly) {
  EXPECT_EQ(ascii_lower("Content-TYPE @[`{ É"), "content-type @[`{ É");
  EXPECT_TRUE(ascii_iequals("ETag", "etAG"));
  EXPECT_FALSE(ascii_iequals("etag", "etags"));
  EXPECT_FALSE(ascii_iequals("@", "`"));
  EXPECT_FALSE(ascii_iequals("[", "{"));
}

TEST(Text, IsComparedWithoutCaseAtEachPlaceAndLength) {
  const auto same = [](char x, char y) {
    return x == y || (std::isalpha(static_cast<unsigned char>(x)) != 0 && (x ^ y) == 0x20);
  };
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int x = 0; x < 256; ++x) {
        std::string a(size, 'k'), b(size, 'K');
        a[at] = static_cast<char>(x);
        for (const int y : {x, x ^ 0x20, x ^ 0x80, x + 1, 0xff}) {
          b[at] = static_cast<char>(y);
          ASSERT_EQ(ascii_iequals(a, b), same(a[at], b[at])) << size << " " << at << " " << x << " " << y;
        }
      }
    }
  }
}

TEST(Ascii, TrimsSpacesAndTabsAtBothEnds) {
  EXPECT_EQ(trim_spaces(" \t a b\t "), "a b");
  EXPECT_EQ(trim_spaces("\r\n a"), "\r\n a");
  EXPECT_EQ(trim_spaces(" \t "), "");
  EXPECT_EQ(trim_spaces(""), "");
}

struct TimeCase {
  std::int64_t ms;
  std::string_view text;  // new Date(ms).toISOString()
};
constexpr TimeCase kTimeCases[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1, "1970-01-01T00:00:00.001Z"},
    {999, "1970-01-01T00:00:00.999Z"},
    {1000, "1970-01-01T00:00:01.000Z"},
    {68169600000, "1972-02-29T00:00:00.000Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {951868800000, "2000-03-01T00:00:00.000Z"},
    {1769903999000, "2026-01-31T23:59:59.000Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {-1000, "1969-12-31T23:59:59.000Z"},
    {-62167219200000, "0000-01-01T00:00:00.000Z"},
};

TEST(Iso8601, WritesAsJavaScriptDoes) {
  for (const auto& [ms, text] : kTimeCases) {
    const Instant when{std::chrono::milliseconds(ms)};
    EXPECT_EQ(to_iso8601(when), text);
    EXPECT_EQ(to_iso8601(when + std::chrono::microseconds(999)), text);  // cut off, never rounded up
    EXPECT_EQ(parse_iso8601(text), when);
  }
}

TEST(Iso8601, StaysWithinFourDigitsOfYear) {
  EXPECT_EQ(to_iso8601(Instant::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(Instant::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_day_text(INT32_MAX), "9999-12-31");
  EXPECT_EQ(utc_day_text(INT32_MIN), "0000-01-01");
}

TEST(Iso8601, CountsDaysAsACalendarOnPaperDoes) {
  std::int32_t day = -719'528;  // 0000-01-01
  for (int year = 0; year <= 2400; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; ++month) {
      const int length = lengths[month - 1];
      char text[32];
      std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, length);
      ASSERT_EQ(utc_day_text(day + length - 1), text);
      ASSERT_EQ(utc_day(parse_iso8601(text).value()), day + length - 1);
      std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, length + 1);
      ASSERT_EQ(parse_iso8601(text), std::nullopt) << text;
      day += length;
    }
  }
}

TEST(Iso8601, ReadsFractionsAndZones) {
  const Instant base = parse_iso8601("2026-01-31T12:00:00Z").value();
  using std::chrono::hours;
  using std::chrono::microseconds;
  using std::chrono::minutes;
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00"), base);
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00.5Z"), base + microseconds(500'000));
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00.123456789Z"), base + microseconds(123'456));
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00.25"), base + microseconds(250'000));
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00+05:30"), base - hours(5) - minutes(30));
  EXPECT_EQ(parse_iso8601("2026-01-31T12:00:00.000-08:00"), base + hours(8));
  EXPECT_EQ(parse_iso8601("2026-01-31"), base - hours(12));
}

TEST(Iso8601, RefusesAnythingElse) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-01",
                                      "2026-1-31",
                                      "26-01-31",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-01-00",
                                      "2026-02-29",
                                      "2026-01-31 ",
                                      " 2026-01-31",
                                      "2026-01-31T",
                                      "2026-01-31T12",
                                      "2026-01-31T12:00",
                                      "2026-01-31T12:00Z",
                                      "2026-01-31 12:00:00",
                                      "2026-01-31T24:00:00Z",
                                      "2026-01-31T12:60:00Z",
                                      "2026-01-31T12:00:60Z",
                                      "2026-01-31T12:00:00.Z",
                                      "2026-01-31T12:00:00z",
                                      "2026-01-31T12:00:00+0530",
                                      "2026-01-31T12:00:00+05",
                                      "2026-01-31T12:00:00+24:00",
                                      "2026-01-31T12:00:00+05:60",
                                      "2026-01-31T12:00:00ZZ",
                                      "+2026-01-31",
                                      "-2026-01-31",
                                      "2026-01-31Z",
                                      "2026-0x-31",
                                      "2026-01-31T12:00:00.1a"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(UtcDay, ChangesAtMidnight) {
  EXPECT_EQ(utc_day(Instant(std::chrono::seconds(86'399))), 0);
  EXPECT_EQ(utc_day(Instant(std::chrono::seconds(86'400))), 1);
  EXPECT_EQ(utc_day(Instant(Duration(-1))), -1);
  EXPECT_EQ(utc_day_text(0), "1970-01-01");
  EXPECT_EQ(utc_day_text(-1), "1969-12-31");
}

}  // namespace
}  // namespace fleethook
