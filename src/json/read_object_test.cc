#include <string>

#include <gtest/gtest.h>

#include "json/value.h"

namespace fleethook::json {
namespace {

// Writes down what it is given.
class Recorder : public MemberSink {
 public:
  void string(std::string_view key, std::string_view value) override {
    log.append(key).append("='").append(value).append("' ");
  }
  void other(std::string_view key, Value value) override {
    log.append(key).append("=").append(write(value)).append(" ");
  }
  std::string log;
};

std::string members_of(std::string_view text, std::size_t depth_max = 64) {
  Recorder recorder;
  const Result<void> result = read_object(text, recorder, depth_max);
  return result.ok() ? recorder.log : recorder.log + result.error().message;
}

TEST(ReadObject, GivesMembersInTheirOrder) {
  EXPECT_EQ(members_of(R"({"name":"temp","data":"21.5","private":true})"), "name='temp' data='21.5' private=true ");
  EXPECT_EQ(members_of(R"({"a":null,"b":1,"c":2.5,"d":[1,{"x":"y"}],"e":{"f":[]}})"),
            R"(a=null b=1 c=2.5 d=[1,{"x":"y"}] e={"f":[]} )");
  EXPECT_EQ(members_of("{}"), "");
  EXPECT_EQ(members_of(" { } "), "");
}

TEST(ReadObject, DecodesKeysAndStrings) {
  EXPECT_EQ(members_of(R"({"n\u0061me":"a\n\"\u00e9\ud83d\ude00"})"), "name='a\n\"é😀' ");
}

TEST(ReadObject, GivesRepeatedKeysRepeatedly) {
  EXPECT_EQ(members_of(R"({"a":"1","b":2,"a":"3"})"), "a='1' b=2 a='3' ");
}

// What simdjson refuses goes the careful way, which merges repeated keys; the last value wins either way.
TEST(ReadObject, TakesTextsThatOnlyTheCarefulReaderTakes) {
  EXPECT_EQ(members_of(R"({"s":"x","n":123456789012345678901234567890})"), "s='x' n=1.2345678901234568e+29 ");
  EXPECT_EQ(members_of(R"({"s":"\ud83d"})"), "s='\xEF\xBF\xBD' ");
  EXPECT_EQ(members_of(R"({"a":[1]})", 2), "a=[1] ");
}

TEST(ReadObject, GivesNothingOfWrongText) {
  for (const std::string_view text :
       {"", " ", "{", "{\"a\":1", "{\"a\":\"x\",}", "{\"a\":\"x\",\"b\":tru}", "{\"a\":\"x\"}}", "{\"a\":\"x\"} 1",
        "{\"a\":\"x\",\"b\":[1,]}", "{\"a\":\"x\",\"b\":{\"c\":01}}", "{\"a\":\"x\",\"b\":\"\xff\"}",
        "{\"a\":\"x\",\"b\":\"\t\"}", "{\"a\":\"x\",\"b\":1e999}", "{\"a\":\"x\" \"b\":1}",
        "{\"a\":\"x\",\"b\":[[[]]]}"}) {
    Recorder recorder;
    const Result<void> result = read_object(text, recorder, 3);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().fault, Fault::kInvalid);
    EXPECT_TRUE(result.error().message.starts_with("invalid JSON at byte ")) << result.error().message;
    EXPECT_EQ(recorder.log, "") << text;
  }
}

TEST(ReadObject, RefusesWhatIsNoObject) {
  for (const std::string_view text : {"[]", "[{}]", "1", "\"{}\"", "null", "123456789012345678901234567890"}) {
    EXPECT_EQ(members_of(text), "invalid JSON: expected an object") << text;
  }
}

// Values must survive that the sink parses and that it does so to any depth.
TEST(ReadObject, ASinkMayParse) {
  class Nesting final : public Recorder {
   public:
    void string(std::string_view key, std::string_view value) override {
      const Value inner = parse(R"(["something", "else", "entirely"])").value();
      Recorder deeper;
      EXPECT_TRUE(read_object(R"({"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyy"})", deeper).ok());
      EXPECT_EQ(deeper.log, "x='yyyyyyyyyyyyyyyyyyyyyyyyyyy' ");
      EXPECT_EQ(inner.as_array().size(), 3U);
      Recorder::string(key, value);
    }
  } sink;
  ASSERT_TRUE(read_object(R"({"first":"one","second":"two","third":[3]})", sink).ok());
  EXPECT_EQ(sink.log, "first='one' second='two' third=[3] ");
}

}  // namespace
}  // namespace fleethook::json
