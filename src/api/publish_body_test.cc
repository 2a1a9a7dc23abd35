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
  EXPECT_EQ(body->as_device_id, "e0");
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
