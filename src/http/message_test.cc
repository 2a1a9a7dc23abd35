#include "http/message.h"

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

TEST(Headers, FindWhateverTheCaseAndKeepIt) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.name_at(0), "Content-Type");
  EXPECT_FALSE(headers.has("Content-Typ"));
  EXPECT_EQ(headers.get("Accept").data(), nullptr);
}

TEST(Headers, AnEmptyValueIsThere) {
  Headers headers;
  headers.add("A", "");
  EXPECT_TRUE(headers.has("a"));
  EXPECT_EQ(headers.get("a"), "");
}

TEST(Headers, KeepTheirOrderAndAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers.get("A"), "1");
  EXPECT_EQ(headers.value_at(2), "3");
}

TEST(Headers, SetReplacesAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("A", "4");
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(headers.get("b"), "2");
  headers.remove("A");
  headers.remove("b");
  EXPECT_EQ(headers.size(), 0U);
}

TEST(Headers, MayBeGivenTheirOwnText) {
  Headers headers;
  headers.add("Name", std::string(100, 'v'));
  for (int i = 0; i < 20; ++i) headers.add(headers.name_at(0), headers.value_at(headers.size() - 1));
  for (std::size_t i = 0; i < headers.size(); ++i) EXPECT_EQ(headers.value_at(i), std::string(100, 'v'));
  headers.set("Name", headers.get("name"));
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers.get("name"), std::string(100, 'v'));
}

TEST(Request, SplitsItsTarget) {
  Request request;
  request.target = "/a/b?c=d?e";
  EXPECT_EQ(request.path(), "/a/b");
  EXPECT_EQ(request.query(), "c=d?e");
  request.target = "/a";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "");
}

TEST(Response, JsonSaysSo) {
  const Response response = Response::json(404, "{}");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "application/json; charset=utf-8");
}

}  // namespace
}  // namespace fleethook::http
