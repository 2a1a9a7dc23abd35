#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "json/careful.h"
#include "json/value.h"

namespace fleethook::json {
namespace {

using namespace std::string_view_literals;

std::string outcome(const Result<Value>& read) {
  return read.ok() ? write(*read) : read.error().message;
}

struct AcceptCase {
  std::string_view text;
  std::string_view written;
};
constexpr AcceptCase kAccepted[] = {
    {"null", "null"},
    {"true", "true"},
    {"false", "false"},
    {" \t\r\n1 \t\r\n", "1"},
    {"\"\"", "\"\""},
    {"[]", "[]"},
    {"{}", "{}"},
    {"[ ]", "[]"},
    {"{ }", "{}"},
    {"[[],{},[[]]]", "[[],{},[[]]]"},
    {"{\"\":0}", "{\"\":0}"},
    {"{\"a\":{\"b\":{\"c\":[1,2,3]}}}", "{\"a\":{\"b\":{\"c\":[1,2,3]}}}"},
    {"[null,true,false,1,-1,1.5,\"x\"]", "[null,true,false,1,-1,1.5,\"x\"]"},
    {" [ 1 , 2 ] ", "[1,2]"},
    {"{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}"},
    // A repeated key keeps its first place and takes the last value.
    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
    {"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}"},
    // Numbers.
    {"-0", "0"},
    {"0", "0"},
    {"1e1", "10"},
    {"1E1", "10"},
    {"1e+1", "10"},
    {"1e-1", "0.1"},
    {"1.25", "1.25"},
    {"-1.25e2", "-125"},
    {"0.1", "0.1"},
    {"0e0", "0"},
    {"1e00002", "100"},
    {"9223372036854775807", "9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"9223372036854775808", "9223372036854776000"},
    {"18446744073709551615", "18446744073709552000"},
    {"18446744073709551616", "18446744073709552000"},
    {"100000000000000000000", "100000000000000000000"},
    {"1000000000000000000000", "1e+21"},
    {"[123456789012345678901234567890,-98765432109876543210]", "[1.2345678901234568e+29,-98765432109876540000]"},
    // Strings.
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u0000\\u001f\\u007f\\u0080\"", "\"\\u0000\\u001f\x7f\xc2\x80\""},
    {"\"\\u00E9\\u20ac\"", "\"é€\""},
    {"\"\\ud83d\\ude00\"", "\"😀\""},
    {"\"\\uD83D\\uDE00\"", "\"😀\""},
    {"\"\\uFFFF\\uFEFF\"", "\"\xef\xbf\xbf\xef\xbb\xbf\""},
    {"\"é€😀\"", "\"é€😀\""},
    {"\"\x7f\"", "\"\x7f\""},
    {"\"\xe2\x80\xa8\"", "\"\xe2\x80\xa8\""},
    {"\"\xf4\x8f\xbf\xbf\"", "\"\xf4\x8f\xbf\xbf\""},
    // Halves of surrogate pairs: right by the grammar, and not to be had in UTF-8.
    {"\"\\ud83d\"", "\"\xef\xbf\xbd\""},
    {"\"\\ude00\"", "\"\xef\xbf\xbd\""},
    {"\"\\ud83dx\"", "\"\xef\xbf\xbdx\""},
    {"\"\\ud83d\\n\"", "\"\xef\xbf\xbd\\n\""},
    {"\"\\ud83d\\u0041\"", "\"\xef\xbf\xbd\x41\""},
    {"\"\\ud83d\\ud83d\\ude00\"", "\"\xef\xbf\xbd😀\""},
    {"\"\\ude00\\ude00\"", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"\"\\ude00\\ud83d\"", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"{\"\\ud83d\":\"\\udfff\"}", "{\"\xef\xbf\xbd\":\"\xef\xbf\xbd\"}"},
};

TEST(Parse, AcceptsWhatRfc8259Accepts) {
  for (const auto& [text, written] : kAccepted) {
    EXPECT_EQ(outcome(parse(text)), written) << text;
    EXPECT_EQ(outcome(parse_carefully(text, 64)), written) << text;
  }
}

struct RejectCase {
  std::string_view text;
  std::string_view problem;  // after "invalid JSON at byte "
};
constexpr std::string_view kEnd = "the text ends too early";
constexpr RejectCase kRejected[] = {
    {"", "0: the text ends too early"},
    {" ", "1: the text ends too early"},
    {"\0"sv, "0: expected a value"},
    {"[", "1: the text ends too early"},
    {"]", "0: expected a value"},
    {"{", "1: the text ends too early"},
    {"}", "0: expected a value"},
    {"[}", "1: expected a value"},
    {"{]", "1: expected a member's name in double quotes"},
    {"[1", "2: the text ends too early"},
    {"[1,", "3: the text ends too early"},
    {"[1,]", "3: expected a value"},
    {"[,1]", "1: expected a value"},
    {"[1,,2]", "3: expected a value"},
    {"[1 2]", "3: expected ',' or ']'"},
    {"[1:2]", "2: expected ',' or ']'"},
    {"[1]]", "3: text after the end of the value"},
    {"[1}", "2: expected ',' or ']'"},
    {"{\"a\"}", "4: expected ':'"},
    {"{\"a\",1}", "4: expected ':'"},
    {"{\"a\":}", "5: expected a value"},
    {"{\"a\":1,}", "7: expected a member's name in double quotes"},
    {"{,\"a\":1}", "1: expected a member's name in double quotes"},
    {"{\"a\":1 \"b\":2}", "7: expected ',' or '}'"},
    {"{\"a\":1,,\"b\":2}", "7: expected a member's name in double quotes"},
    {"{\"a\" 1}", "5: expected ':'"},
    {"{\"a\"::1}", "5: expected a value"},
    {"{a:1}", "1: expected a member's name in double quotes"},
    {"{'a':1}", "1: expected a member's name in double quotes"},
    {"{1:1}", "1: expected a member's name in double quotes"},
    {"{null:1}", "1: expected a member's name in double quotes"},
    {"{\"a\":1", "6: the text ends too early"},
    {"{\"a\":1}{", "7: text after the end of the value"},
    {"{\"a\":1}x", "7: text after the end of the value"},
    {"1 2", "2: text after the end of the value"},
    {"1,", "1: text after the end of the value"},
    {"null null", "5: text after the end of the value"},
    {"1\0"sv, "1: text after the end of the value"},
    {"[1]\0"sv, "3: text after the end of the value"},
    {"[1\0]"sv, "2: expected ',' or ']'"},
    {"// x\n1", "0: expected a value"},
    {"1 // x", "2: text after the end of the value"},
    {"[1,/* x */2]", "3: expected a value"},
    {"\xef\xbb\xbf{}", "0: expected a value"},
    {"\xef\xbb\xbf", "0: expected a value"},
    {"\xff\xfe{\0}\0"sv, "0: expected a value"},
    {"\f1", "0: expected a value"},
    {"\v1", "0: expected a value"},
    {"\xc2\xa0"
     "1",
     "0: expected a value"},
    {"[1\xe2\x80\xa8]", "2: expected ',' or ']'"},
    // Words.
    {"nul", "3: the text ends too early"},
    {"nulL", "3: expected a value"},
    {"nulll", "4: text after the end of the value"},
    {"NULL", "0: expected a value"},
    {"True", "0: expected a value"},
    {"truefalse", "4: text after the end of the value"},
    {"[tru]", "4: expected a value"},
    {"undefined", "0: expected a value"},
    {"NaN", "0: expected a value"},
    {"Infinity", "0: expected a value"},
    {"-Infinity", "1: expected a digit"},
    // Numbers.
    {"+1", "0: expected a value"},
    {"-", "1: the text ends too early"},
    {"--1", "1: expected a digit"},
    {"-a", "1: expected a digit"},
    {"01", "1: a number does not begin with 0"},
    {"-01", "2: a number does not begin with 0"},
    {"00", "1: a number does not begin with 0"},
    {".5", "0: expected a value"},
    {"-.5", "1: expected a digit"},
    {"1.", "2: the text ends too early"},
    {"[1.]", "3: expected a digit"},
    {"1.e1", "2: expected a digit"},
    {"1e", "2: the text ends too early"},
    {"[1e]", "3: expected a digit"},
    {"[1e+]", "4: expected a digit"},
    {"[1e+-1]", "4: expected a digit"},
    {"1e1.5", "3: text after the end of the value"},
    {"1.2.3", "3: text after the end of the value"},
    {"0x10", "1: text after the end of the value"},
    {"1_000", "1: text after the end of the value"},
    {"1a", "1: text after the end of the value"},
    {"[1a]", "2: expected ',' or ']'"},
    {"[0e]", "3: expected a digit"},
    {"1 000", "2: text after the end of the value"},
    {"\xef\xbc\x91", "0: expected a value"},
    // Strings.
    {"\"", "1: the text ends too early"},
    {"\"abc", "4: the text ends too early"},
    {"'abc'", "0: expected a value"},
    {"\"\\", "2: the text ends too early"},
    {"\"\\\"", "3: the text ends too early"},
    {"\"\\x\"", "1: unknown escape"},
    {"\"\\a\"", "1: unknown escape"},
    {"\"\\'\"", "1: unknown escape"},
    {"\"\\0\"", "1: unknown escape"},
    {"\"\\U0041\"", "1: unknown escape"},
    {"\"\\\n\"", "1: unknown escape"},
    {"\"\\u\"", "3: expected four hexadecimal digits"},
    {"\"\\u12\"", "5: expected four hexadecimal digits"},
    {"\"\\u12g4\"", "5: expected four hexadecimal digits"},
    {"\"\\u 123\"", "3: expected four hexadecimal digits"},
    {"\"\\u00", "5: the text ends too early"},
    {"\"\\ud83d\\u12\"", "11: expected four hexadecimal digits"},
    {"\"\\ud83d\\x\"", "7: unknown escape"},
    {"\"a\nb\"", "2: a control character has to be escaped"},
    {"\"a\tb\"", "2: a control character has to be escaped"},
    {"\"\0\""sv, "1: a control character has to be escaped"},
    {"\"\x1f\"", "1: a control character has to be escaped"},
    {"{\"a\nb\":1}", "3: a control character has to be escaped"},
    // Invalid UTF-8.
    {"\"\xff\"", "1: invalid UTF-8"},
    {"\"a\x80\"", "2: invalid UTF-8"},
    {"\"\xc3\"", "1: invalid UTF-8"},
    {"\"\xc0\x80\"", "1: invalid UTF-8"},
    {"\"\xed\xa0\x80\"", "1: invalid UTF-8"},
    {"\"\xf4\x90\x80\x80\"", "1: invalid UTF-8"},
    {"{\"\xe9\":1}", "2: invalid UTF-8"},
    {"[\"ok\",\"\xe2\x82\"]", "7: invalid UTF-8"},
    {"\xe9", "0: expected a value"},
    {"1\xe9", "1: text after the end of the value"},
};

TEST(Parse, RefusesWhatRfc8259RefusesAndSaysWhere) {
  for (const auto& [text, problem] : kRejected) {
    const Result<Value> read = parse(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, "invalid JSON at byte " + std::string(problem)) << text;
    EXPECT_EQ(read.error().fault, Fault::kInvalid);
    EXPECT_FALSE(parse_carefully(text, 64).ok()) << text;
  }
}

// A fault deep in a long text is found by the vectorised reader too, wherever it lies in a block of 64 bytes.
TEST(Parse, RefusesEveryFaultAtEveryAlignment) {
  for (const auto& [text, problem] : kRejected) {
    if (text.empty() || problem.ends_with(kEnd) || problem.ends_with("after the end of the value")) continue;
    for (std::size_t padding = 0; padding < 70; padding += 3) {
      const std::string wrapped = "[\"" + std::string(padding, 'x') + "\"," + std::string(text) + ",1]";
      ASSERT_FALSE(parse(wrapped).ok()) << wrapped;
    }
  }
}

TEST(Parse, RefusesEveryPrefixOfAnObject) {
  const std::string text = R"({"a":[1,2.5,"x\u00e9y",{"b":null}],"c":true,"d":"😀"})";
  ASSERT_TRUE(parse(text).ok());
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse(text.substr(0, length)).ok()) << length;
}

std::string nested(std::size_t levels, std::string_view inner = "") {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += i % 2 == 0 ? "[" : "{\"a\":";
  text += inner.empty() && levels % 2 == 0 ? "null" : inner;
  for (std::size_t i = levels; i-- > 0;) text += i % 2 == 0 ? "]" : "}";
  return text;
}

TEST(Parse, CountsLevelsExactly) {
  for (const std::size_t depth_max : {1U, 2U, 3U, 10U, 64U, 500U}) {
    for (const std::string_view inner : {""sv, "1"sv}) {
      EXPECT_TRUE(parse(nested(depth_max, inner), depth_max).ok()) << depth_max;
      const Result<Value> read = parse(nested(depth_max + 1, inner), depth_max);
      ASSERT_FALSE(read.ok()) << depth_max;
      EXPECT_NE(read.error().message.find("more than " + std::to_string(depth_max) + " levels"), std::string::npos);
    }
  }
  EXPECT_TRUE(parse("1", 0).ok());
  EXPECT_FALSE(parse("[]", 0).ok());
  EXPECT_TRUE(parse("[]", 1).ok());
  EXPECT_TRUE(parse("[1]", 1).ok());
  EXPECT_FALSE(parse("[[]]", 1).ok());
  EXPECT_FALSE(parse("[{}]", 1).ok());
}

TEST(Parse, AMillionBracketsAreRefusedCheaply) {
  EXPECT_FALSE(parse(std::string(1'000'000, '[')).ok());
  EXPECT_FALSE(parse(std::string(1'000'000, '[') + std::string(1'000'000, ']')).ok());
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse(objects).ok());
}

// One large text, then small ones, then a large one again: buffers are given back and taken anew.
TEST(Parse, SizesMayAlternate) {
  const std::string large = "[\"" + std::string(300'000, 'x') + "\"]";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(parse(large).value().as_array().at(0).as_string().size(), 300'000U);
    EXPECT_EQ(parse("[1]").value(), Value(Array{1}));
    EXPECT_EQ(parse("[[1]]", 5).value(), Value(Array{Array{1}}));
  }
}

TEST(Parse, ReadsNothingBeyondTheText) {
  // Exactly as long as the text, so that the address sanitizer sees a read behind it.
  for (const std::string_view text : {"1"sv, "[1]"sv, "{\"a\":\"b\"}"sv, "\"abc\""sv, "tru"sv, "\"\\u00"sv, "-"sv}) {
    const std::vector<char> exact(text.begin(), text.end());
    EXPECT_EQ(outcome(parse({exact.data(), exact.size()})), outcome(parse(text)));
  }
}

TEST(Parse, WorksInManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      const std::string text = "[" + std::to_string(t) + ",\"" + std::string(50, static_cast<char>('a' + t)) + "\"]";
      for (int i = 0; i < 500; ++i) ASSERT_EQ(write(parse(text).value()), text);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Both readers must agree on every text; parse() asks the careful one only about what the fast one refuses, so that the
// interesting disagreement is a text that the fast one takes.
TEST(Parse, ReadersAgreeOnMangledTexts) {
  SeededRandom random(1);
  constexpr std::string_view kPieces[] = {"{",        "}",       "[",        "]",    ",",    ":",    "\"", "\"a\"",
                                          "\"b\\n\"", "1",       "-2.5e3",   "0",    "null", "true", " ",  "\n",
                                          "\\",       "\\u00e9", "\xc3\xa9", "\xff", "e",    ".",    "-",  "\x01"};
  int accepted = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text =
        i % 2 == 0 ? R"({"a":[1,2.5,"x\u00e9",{"b":null}],"c":true})" : R"([["x",-1e5,{}],"é\n\"",[],0])";
    const auto edits = 1 + random.next() % 3;
    for (std::uint64_t edit = 0; edit < edits; ++edit) {
      const std::size_t at = random.next() % (text.size() + 1);
      const std::string_view piece = kPieces[random.next() % std::size(kPieces)];
      text.replace(at, random.next() % 3, random.next() % 3 == 0 ? ""sv : piece);
    }
    const Result<Value> fast = parse(text);
    const Result<Value> careful = parse_carefully(text, 64);
    ASSERT_EQ(fast.ok(), careful.ok()) << text;
    if (fast.ok()) {
      ++accepted;
      ASSERT_EQ(*fast, *careful) << text;
    }
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace fleethook::json
