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

TEST(Headers, StandAsTheyAreWritten) {
  Headers headers;
  headers.add("A", "1");
  headers.add("Name", "");
  headers.add("a", "3");
  headers.add("C", "4");
  EXPECT_EQ(headers.lines(), "A: 1\r\nName: \r\na: 3\r\nC: 4\r\n");
  headers.remove("A");
  EXPECT_EQ(headers.lines(), "Name: \r\nC: 4\r\n");
  EXPECT_EQ(headers.get("c"), "4");
  headers.extend_last("5");
  EXPECT_EQ(headers.get("c"), "45");
  EXPECT_EQ(headers.lines(), "Name: \r\nC: 45\r\n");
  EXPECT_TRUE(headers.are_plain());
  headers.clear();
  EXPECT_EQ(headers.lines(), "");
}

TEST(Headers, AreNotPlainWithAFieldThatMustBeLookedAt) {
  const auto plain_with = [](std::string_view name, std::string_view value) {
    Headers headers;
    headers.add("First", "1");
    headers.add(name, value);
    headers.add("Last", "2");
    const Headers copy = headers;
    return copy.are_plain();
  };
  EXPECT_TRUE(plain_with("Good", "value"));
  for (const std::string_view name :
       {"Bad Name", "", "Line\r\nEnd", "host", "DATE", "Connection", "content-length", "Transfer-encoding"}) {
    EXPECT_FALSE(plain_with(name, "value")) << name;
  }
  EXPECT_FALSE(plain_with("Name", "line\r\nEvil: yes"));
  EXPECT_FALSE(plain_with("Name", std::string_view("\0", 1)));

  Headers set;
  set.set("Name", "good");
  set.set("Name", "bad\n");
  EXPECT_FALSE(set.are_plain());
  Headers extended;
  extended.add("Name", "good");
  extended.extend_last("\r\nEvil: yes");
  EXPECT_FALSE(extended.are_plain());
  Headers read;
  read.add_read("Name", "of a peer");
  EXPECT_FALSE(read.are_plain());
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
