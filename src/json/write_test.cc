#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/text.h"
#include "json/value.h"

namespace fleethook::json {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(text, out);
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_quoted(text, out);
  return out;
}

// JSON.stringify of all of ASCII.
TEST(Write, EscapesAsJavaScriptDoes) {
  std::string ascii;
  for (char c = 0; c < 127; ++c) ascii += c;
  ascii += '\x7f';
  EXPECT_EQ(
      in_quotes(ascii),
      R"("\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013)"
      R"(\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f !\"#$%&'()*+,-./0123456789:;<=>?)"
      R"(@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~)"
      "\x7f\"");
  for (const std::string_view text : {"é", "€", "😀", "\u2028", "\u2029", "\u0085", "\ufeff", "\uffff"}) {
    EXPECT_EQ(escaped(text), text);
  }
}

TEST(Write, EscapesAtEveryPlaceOfABlock) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (const auto& [raw, expected] :
         {std::pair{"\"", "\\\""}, {"\\", "\\\\"}, {"\x1f", "\\u001f"}, {"é", "é"}, {"\xff", "\xEF\xBF\xBD"}}) {
      const std::string head(before, 'a');
      const std::string tail(20 - before, ' ');  // the lowest byte that stays as it is
      EXPECT_EQ(escaped(head + raw + tail), head + expected + tail);
      EXPECT_EQ(escaped("é" + head + raw + tail + "\n"), "é" + head + expected + tail + "\\n");
    }
  }
}

// The same by one byte at a time.
std::string escaped_slowly(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    const std::size_t shorthand = std::string_view("\"\\\b\f\n\r\t").find(c);
    if (shorthand != std::string_view::npos) {
      out += '\\';
      out += "\"\\bfnrt"[shorthand];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else {
      out += c;
    }
  }
  return out;
}

std::string random_bytes(Random& random) {
  std::string text(random.next() % 40, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  const auto kind = random.next() % 4;
  for (char& c : text) {
    if (kind == 0) c = static_cast<char>(c & 0x7f);
    if (kind == 1) c = static_cast<char>('a' + (c & 7));
    if (kind == 2 && (c & 3) != 0) c = "\"\\\n \x7f\x1f\xc3\xa9"[c & 7];
  }
  return text;
}

TEST(Write, EscapesRandomBytesAsASlowWriterDoes) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_bytes(random);
    ASSERT_EQ(escaped(text), escaped_slowly(text));
    ASSERT_EQ(parse(in_quotes(text)).value().as_string(), repair_utf8(text));
  }
}

TEST(Write, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(write(Value(Object{{"\xff", "a\xc3"}})), "{\"\xEF\xBF\xBD\":\"a\xEF\xBF\xBD\"}");
}

TEST(Write, CompactHasNoSpaces) {
  const Value value = Object{{"a", Array{1, 2.5, nullptr, true, "x"}}, {"b", Object{}}, {"c", Array{}}, {"d", "[{"}};
  EXPECT_EQ(write(value), R"({"a":[1,2.5,null,true,"x"],"b":{},"c":[],"d":"[{"})");
  std::string out = "[";
  append(Value(Array{1, 2}), out);
  EXPECT_EQ(out, "[[1,2]");
}

TEST(Write, PrettyIndentsByTwo) {
  const Value value = Object{{"a", Array{1, Object{{"b", "c"}}}}, {"e", Object{}}, {"f", Array{}}};
  EXPECT_EQ(write_pretty(value), R"({
  "a": [
    1,
    {
      "b": "c"
    }
  ],
  "e": {},
  "f": []
})");
  EXPECT_EQ(write_pretty(Value(1)), "1");
}

TEST(Write, WhatIsNotFiniteIsNull) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(write(Array{infinite, -infinite, std::numeric_limits<double>::quiet_NaN(), -0.0}), "[null,null,null,0]");
}

Value random_value(Random& random, int depth) {
  const auto kind = random.next() % (depth > 0 ? 8 : 6);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return random.next() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random.next() >> (random.next() % 64));
    case 3: {
      // Between 2^53 and 2^63 JavaScript's text of a double reads back as an int, which is exact and so not the same.
      const double value = (random.unit() - 0.5) * static_cast<double>(random.next() >> (random.next() % 64));
      return std::abs(value) < 0x1p53 ? value : value * 0x1p64;
    }
    case 4:
      return repair_utf8(random_bytes(random));
    case 5:
      return "short";
    case 6: {
      Array array;
      for (auto n = random.next() % 6; n > 0; --n) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      Object object;
      for (auto n = random.next() % (random.next() % 8 == 0 ? 40 : 5); n > 0; --n) {
        object.set(repair_utf8(random_bytes(random)), random_value(random, depth - 1));
      }
      return object;
    }
  }
}

TEST(Write, RandomValuesRoundTrip) {
  SeededRandom random(2);
  for (int i = 0; i < 3000; ++i) {
    const Value value = random_value(random, 5);
    const std::string text = write(value);
    const Result<Value> read = parse(text);
    ASSERT_TRUE(read.ok()) << text << read.error().message;
    ASSERT_EQ(*read, value) << text;
    ASSERT_EQ(write(*read), text);
    ASSERT_EQ(parse(write_pretty(value)).value(), value);
  }
}

}  // namespace
}  // namespace fleethook::json
