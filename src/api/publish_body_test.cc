#include "api/publish_body.h"

namespace fleethook::api {
namespace {

const Limits kLimits;

Result<PublishBody> form(std::string body) {
  http::Request request;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = std::move(body);
  return read_publish_request(request, kLimits);
}

TEST(PublishBody, ReadsWhatTheClientsSend) {
  const auto body = read_publish_json(
      R"({"name":"temp","data":"21.5","private":true,"ttl":30,"as_device_id":"e0","unknown":[1]})", kLimits);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->publication.name, "temp");
  EXPECT_EQ(body->publication.data, "21.5");
  EXPECT_FALSE(body->publication.is_public);
  EXPECT_EQ(body->publication.ttl_s, 30);
  EXPECT_EQ(body->device->field, "as_device_id");
  EXPECT_EQ(body->device->value, "e0");
  EXPECT_EQ(body->unknown, std::vector<std::string>{"unknown"});
}

TEST(PublishBody, WhatNamesADeviceOrAProductIsKeptHoweverItIsSpelled) {
  for (const char* key :
       {"as_device_id", "deviceid", "deviceID", "device_id", "coreid", "coreID", "CoreId", "core_id"}) {
    EXPECT_EQ(read_publish_json("{\"name\":\"t\",\"" + std::string(key) + "\":\"E0\"}", kLimits)->device->field, key);
    EXPECT_EQ(form("name=t&" + std::string(key) + "=E0")->device->value, "E0");
  }
  for (const char* key : {"product", "productID", "product_id", "productIdOrSlug"})
    EXPECT_EQ(read_publish_json("{\"name\":\"t\",\"" + std::string(key) + "\":42}", kLimits)->product->value, "42");
  EXPECT_EQ(read_publish_json(R"({"name":"t","deviceid":"E0","coreid":"e0"})", kLimits)->unknown.size(), 0U);
  const auto twice = read_publish_json(R"({"name":"t","deviceid":"e0","coreid":"e1"})", kLimits);
  EXPECT_EQ(twice.error().violations.at(0).field, "coreid");
}

TEST(PublishBody, OtherFiltersAndCredentialsAreRefused) {
  for (const char* key : {"groups", "deviceName", "org", "auth", "api_key", "token", "password"}) {
    const auto body = read_publish_json("{\"name\":\"t\",\"" + std::string(key) + "\":\"x\"}", kLimits);
    ASSERT_FALSE(body.ok()) << key;
    EXPECT_EQ(body.error().violations.at(0).field, key);
    EXPECT_FALSE(form("name=t&" + std::string(key) + "=x").ok());
  }
  EXPECT_TRUE(form("name=t&access_token=x")->unknown.empty()) << "how a form carries its token";
}

TEST(PublishBody, NamesAllThatIsWrongAtOnce) {
  const auto body = read_publish_json(R"({"name":5,"ttl":"soon","apiKey":"k","deviceid":"a","coreid":"b"})", kLimits);
  ASSERT_FALSE(body.ok());
  std::vector<std::string> fields;
  for (const Violation& violation : body.error().violations) fields.push_back(violation.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"name", "ttl", "apiKey", "coreid"}));
  std::string many = "name=t";
  for (int i = 0; i < 100; ++i) many += "&ttl=x";
  EXPECT_EQ(form(many).error().violations.size(), kUnknownShown);
}

TEST(PublishBody, WarnsOfEachUnknownMemberWithinReason) {
  const auto body = read_publish_json(R"({"name":"t","published_at":"now","Data":"x","gone":null})", kLimits);
  ASSERT_EQ(warnings_of(*body).size(), 2U);
  EXPECT_EQ(warnings_of(*body)[1].field, "Data");
  EXPECT_EQ(warnings_of(*body)[1].code, "unknown_member");
  std::string many = "name=t";
  for (int i = 0; i < 100; ++i) many += "&x" + std::to_string(i) + "=";
  EXPECT_EQ(warnings_of(*form(many)).size(), kUnknownShown);
}

TEST(PublishBody, DataThatIsNoTextBecomesItsJson) {
  EXPECT_EQ(read_publish_json(R"({"name":"t","data":{"a":[1,2]}})", kLimits)->publication.data, R"({"a":[1,2]})");
  EXPECT_EQ(read_publish_json(R"({"name":"t","data":null})", kLimits)->publication.data, std::nullopt);
}

TEST(PublishBody, AFormSaysTheSame) {
  const auto body = form("name=temp&data=a+b%21&ttl=5&private=false");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->publication.data, "a b!");
  EXPECT_EQ(body->publication.ttl_s, 5);
  EXPECT_TRUE(body->publication.is_public);
}

TEST(PublishBody, AFormThatBeginsWithABraceIsJson) {
  EXPECT_EQ(form(R"( {"name":"temp"})")->publication.name, "temp");
}

TEST(PublishBody, NamesTheFieldOfTheWrongType) {
  const std::pair<const char*, const char*> cases[] = {{R"({"name":1})", "name"},
                                                       {R"({"name":"t","ttl":"soon"})", "ttl"},
                                                       {R"({"name":"t","ttl":-1})", "ttl"},
                                                       {R"({"name":"t","private":"maybe"})", "private"},
                                                       {R"({"name":"t","as_device_id":7})", "as_device_id"}};
  for (const auto& [text, field] : cases) {
    const auto body = read_publish_json(text, kLimits);
    ASSERT_FALSE(body.ok()) << text;
    ASSERT_EQ(body.error().violations.size(), 1U) << text;
    EXPECT_EQ(body.error().violations[0].field, field) << text;
  }
}

TEST(PublishBody, BytesThatAreNoUtf8ArriveAsTheyWereSent) {
  for (const std::string data : {"\xff", "a\xfe\x80z", "\xc3", "gr\xc3\xbc\xc3", "\xed\xa0\x80"}) {
    const auto body = read_publish_json("{\"name\":\"t\",\"data\":\"" + data + "\\n\"}", kLimits);
    ASSERT_TRUE(body.ok()) << body.error().message;
    EXPECT_EQ(body->publication.data, data + "\n");
    EXPECT_EQ(form("name=t&data=" + data)->publication.data, data);
  }
}

TEST(PublishBody, TextThatUsesTheCarriersItselfIsNotMistaken) {
  const std::string last = "\xF4\x8F\xBF\xBD";  // U+10FFFD, valid
  EXPECT_EQ(read_publish_json("{\"name\":\"t\",\"data\":\"" + last + "\"}", kLimits)->publication.data, last);
  EXPECT_FALSE(read_publish_json("{\"name\":\"t\",\"data\":\"" + last + "\xff\"}", kLimits).ok());
}

TEST(PublishBody, MalformedJsonIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "{\"name\":\"t\"}x", "\xff"})
    EXPECT_FALSE(read_publish_json(text, kLimits).ok()) << text;
}

}  // namespace
}  // namespace fleethook::api
