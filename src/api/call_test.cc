#include "api/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

Result<json::Object> body_of(std::string_view type, std::string body) {
  Call call;
  if (!type.empty()) call.request.headers.add("Content-Type", type);
  call.request.body = std::move(body);
  return call.body(Limits{});
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

TEST(CallBody, IsJsonOrAForm) {
  const struct {
    std::string_view type;
    const char *body, *expected;
  } cases[] = {
      {"application/json", R"({"a":1})", R"({"a":1})"},
      {"application/json; charset=utf-8", R"( {"a":"ä"} )", R"({"a":"ä"})"},
      {"", R"({"a":1})", R"({"a":1})"},
      {"text/plain", R"({"a":1})", R"({"a":1})"},
      {"", "", "{}"},
      {"application/json", " \r\n", "{}"},
      {kForm, "", "{}"},
      {kForm, "a=1&b=x+y%21", R"({"a":"1","b":"x y!"})"},
      {"Application/X-WWW-Form-URLencoded; charset=utf-8", "a=1", R"({"a":"1"})"},
      {kForm, "\n {\"a\":1}", R"({"a":1})"},  // curl -d says form and sends JSON
      {kForm, "account_info[first_name]=A&account_info[last_name]=B",
       R"({"account_info":{"first_name":"A","last_name":"B"}})"},
      {kForm, "g[]=a&g[]=b", R"({"g":["a","b"]})"},
      {kForm, "g%5B%5D=a&g%5B%5D=b", R"({"g":["a","b"]})"},  // brackets may be escaped
      {kForm, "g[0]=a&g[1]=b", R"({"g":["a","b"]})"},
      {kForm, "g[1]=b&g[0]=a", R"({"g":{"1":"b","0":"a"}})"},  // no holes in lists
      {kForm, "g[4000000000]=a", R"({"g":{"4000000000":"a"}})"},
      {kForm, "p[0][key]=k&p[0][value]=v", R"({"p":[{"key":"k","value":"v"}]})"},
      {kForm, "json[a][b]=1&json[a][c]=2", R"({"json":{"a":{"b":"1","c":"2"}}})"},
      {kForm, "a=1&a=2", R"({"a":"2"})"},
      {kForm, "a=1&a[b]=2", R"({"a":{"b":"2"}})"},
      {kForm, "a[b]=1&a=2", R"({"a":"2"})"},
      {kForm, "a[b=1", R"({"a[b":"1"})"},  // unbalanced: the name as it is
      {kForm, "a[b]c=1", R"({"a[b]c":"1"})"},
      {kForm, "a[1][2][3][4][5][6][7][8]=x", R"({"a[1][2][3][4][5][6][7][8]":"x"})"},
      {kForm, "a=%FF&%FE=b", "{\"a\":\"\xEF\xBF\xBD\",\"\xEF\xBF\xBD\":\"b\"}"},
      {kForm, "flag", R"({"flag":""})"},
  };
  for (const auto& c : cases) {
    const auto got = body_of(c.type, c.body);
    ASSERT_TRUE(got.ok()) << c.body << ": " << got.error().message;
    EXPECT_EQ(json::write(json::Value(*got)), c.expected) << c.body;
  }
}

TEST(CallBody, RefusesWhatIsNoObject) {
  const struct {
    std::string_view type;
    std::string body, part;
  } cases[] = {
      {"application/json", "[1]", "must be a JSON object"},
      {"application/json", "null", "must be a JSON object"},
      {"application/json", R"({"a":)", "invalid JSON"},
      {"application/json", "a=1", "invalid JSON"},
      {"application/json", "{\"a\":\"\xFF\"}", "invalid JSON"},
      {"application/json", R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}", "invalid JSON"},
      {kForm, "x=" + std::string(30'000, '&') + "y", ""},
  };
  for (const auto& c : cases) {
    const auto got = body_of(c.type, c.body);
    if (c.part.empty()) {
      EXPECT_TRUE(got.ok());  // empty fields are none
      continue;
    }
    ASSERT_FALSE(got.ok()) << c.body;
    EXPECT_EQ(got.error().fault, Fault::kInvalid);
    EXPECT_THAT(got.error().message, HasSubstr(c.part)) << c.body;
  }
}

TEST(CallBody, BoundsTheFieldsOfAForm) {
  const Limits limits;
  std::string body;
  for (std::size_t i = 0; i <= 2 * limits.devices_per_import_max; ++i) body += "a" + std::to_string(i) + "=&";
  const auto got = body_of(kForm, body);
  ASSERT_FALSE(got.ok());
  EXPECT_THAT(got.error().message, HasSubstr("fields in a form"));
}

TEST(CallQuery, GivesTheFirstValueOfAName) {
  Call call;
  call.request.target = "/v1/x?a=1&b=x%20y+z&a=2&empty=";
  EXPECT_EQ(call.query("a"), "1");
  EXPECT_EQ(call.query("b"), "x y z");
  EXPECT_EQ(call.query("empty"), "");
  EXPECT_EQ(call.query("c"), std::nullopt);
}

TEST(Members, AreReadByTheirType) {
  const auto parsed = json::parse(
      R"({"t":"x","n":null,"yes":true,"no":"false","Yes":"TRUE","i":7,"it":"-8","d":1.5,"bad":"7x","o":{}})");
  const json::Object& body = parsed->as_object();
  EXPECT_EQ(*text_member(body, "t"), "x");
  EXPECT_EQ(*text_member(body, "n"), std::nullopt);
  EXPECT_EQ(*text_member(body, "none"), std::nullopt);
  EXPECT_EQ(*bool_member(body, "yes"), true);
  EXPECT_EQ(*bool_member(body, "no"), false);
  EXPECT_EQ(*bool_member(body, "n"), std::nullopt);
  EXPECT_EQ(*int_member(body, "i"), 7);
  EXPECT_EQ(*int_member(body, "it"), -8);
  EXPECT_EQ(*int_member(body, "n"), std::nullopt);
  for (const char* name : {"i", "yes", "o"}) EXPECT_FALSE(text_member(body, name).ok()) << name;
  for (const char* name : {"t", "Yes", "i", "o"}) EXPECT_FALSE(bool_member(body, name).ok()) << name;
  for (const char* name : {"t", "d", "bad", "yes", "o"}) EXPECT_FALSE(int_member(body, name).ok()) << name;
  EXPECT_EQ(int_member(body, "d").error().violations, (std::vector<Violation>{{"d", "expected a whole number"}}));
}

}  // namespace
}  // namespace fleethook::api
