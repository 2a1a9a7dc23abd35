#include "http/url.h"

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

TEST(Url, PrintsAsItWasMeantAndParsesToItselfAgain) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://example.com", "http://example.com/"},
      {"HTTP://EXAMPLE.com/Path?Query", "http://example.com/Path?Query"},
      {"https://example.com:443/a", "https://example.com/a"},
      {"http://example.com:443/a", "http://example.com:443/a"},
      {"http://example.com:/a", "http://example.com/a"},
      {"http://example.com:00081/", "http://example.com:81/"},
      {"http://example.com?a=b", "http://example.com/?a=b"},
      {"http://example.com#fragment", "http://example.com/"},
      {"http://example.com/a#b?c", "http://example.com/a"},
      {"http://example.com./", "http://example.com./"},
      {"http://under_score.example/", "http://under_score.example/"},
      {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"},
      {"http://[::1]:8080/x", "http://[::1]:8080/x"},
      {"http://[FE80::A]", "http://[fe80::a]/"},
      {"http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"},
      {"http://user:pass@h/", "http://user:pass@h/"},
      {"http://us%40er:p%3Ass%20@h/", "http://us%40er:p%3Ass%20@h/"},
      {"http://user@h/", "http://user@h/"},
      {"http://:pass@h/", "http://:pass@h/"},
      {"http://@h/", "http://h/"},
      {"http://h/a b?c d", "http://h/a%20b?c%20d"},
      {"http://h/\xc3\xa4", "http://h/%C3%A4"},
      {"http://h/%41%zz%", "http://h/%41%25zz%25"},
      {"http://h/<>\"{}|\\^`", "http://h/%3C%3E%22%7B%7D%7C%5C%5E%60"},
      {"http://h/a?b[]=c", "http://h/a?b[]=c"},
      {"  http://h/ ", "http://h/"},
      {"http://h//a/../b", "http://h//a/../b"},
  };
  for (const auto& [text, printed] : cases) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url.ok()) << text << ": " << url.error().message;
    EXPECT_EQ(url->str(), printed);
    const auto again = parse_url(url->str());
    ASSERT_TRUE(again.ok()) << printed;
    EXPECT_EQ(*again, *url);
  }
}

// RFC 3986, 5.4: all of it that can be said of http.
TEST(Url, ResolvesReferences) {
  const Url base = parse_url("http://a/b/c/d;p?q").value();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://g", "http://g/"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"HTTPS://G:8443/x/../y z?\xc3\xa4", "https://g:8443/y%20z?%C3%A4"},
      {" /sp ace ", "http://a/sp%20ace"},
      {"1:2", "http://a/b/c/1:2"},
  };
  for (const auto& [reference, meant] : cases) {
    const auto url = resolve_url(base, reference);
    ASSERT_TRUE(url.ok()) << reference << ": " << url.error().message;
    EXPECT_EQ(url->str(), meant) << reference;
  }
  EXPECT_EQ(resolve_url(parse_url("https://[::1]:8443").value(), "x")->str(), "https://[::1]:8443/x");
  for (const std::string_view bad :
       {"mailto:g", "g:h", "http:g", "http://", "//", "//a b/", "/a\nb", "http://a:99999/"}) {
    EXPECT_FALSE(resolve_url(base, bad).ok()) << bad;
  }
}

TEST(Url, HasParts) {
  const auto url = parse_url("https://u%20:p%3a@[::1]:8443/a?b");
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->user, "u ");
  EXPECT_EQ(url->password, "p:");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a?b");
  EXPECT_EQ(url->host_header(), "[::1]:8443");
  EXPECT_EQ(parse_url("https://h:443/")->host_header(), "h");
  EXPECT_EQ(parse_url("http://h")->port, 80);
}

TEST(Url, RefusesWhatIsNone) {
  for (const std::string text : {"",
                                 "example.com",
                                 "//example.com",
                                 "http:example.com",
                                 "ftp://h/",
                                 "://h/",
                                 "http://",
                                 "http:///a",
                                 "http://?a",
                                 "http://:80/",
                                 "http://h:0/",
                                 "http://h:65536/",
                                 "http://h:8a/",
                                 "http://h:-1/",
                                 "http://h:80:80/",
                                 "http://h:99999999999999999999/",
                                 "http://a b/",
                                 "http://a%20b/",
                                 "http://\xc3\xa4.example/",
                                 "http://a..b/",
                                 "http://.a/",
                                 "http://a../",
                                 "http://./",
                                 "http://a@b@c/",
                                 "http://%zz@h/",
                                 "http://u:%@h/",
                                 "http://h\\@x/",
                                 "http://a b@h/",
                                 "http://[@h/",
                                 "http://h/\r\nEvil: 1",
                                 "http://h/\tx",
                                 "http://h\n/",
                                 "http://[::1",
                                 "http://[]/",
                                 "http://[::g]/",
                                 "http://[1.2.3.4]/",
                                 "http://[fe80::1%25eth0]/",
                                 "http://[::1]a/",
                                 "http://::1/",
                                 "http://1.2.3/",
                                 "http://1.2.3.4.5/",
                                 "http://256.1.1.1/",
                                 "http://2130706433/",
                                 "http://0x7f.0.0.1/",
                                 "http://0x7f000001/",
                                 "http://a.1/",
                                 "http://01.2.3.4/",
                                 "http://h,i/",
                                 "http://h;i/",
                                 "http://*/"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
  EXPECT_FALSE(parse_url(std::string("http://h/\0", 10)).ok());
  EXPECT_FALSE(parse_url("http://" + std::string(64, 'a') + "/").ok());
  EXPECT_TRUE(parse_url("http://" + std::string(63, 'a') + "/").ok());
  std::string name;
  for (int i = 0; i < 127; ++i) name += "a.";
  EXPECT_FALSE(parse_url("http://" + name + "/").ok()) << "254 bytes";
  name.pop_back();
  EXPECT_TRUE(parse_url("http://" + name + "/").ok()) << "253 bytes";
}

TEST(PercentEncoding, GoesThereAndBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  std::string encoded;
  append_percent_encoded(all, encoded);
  EXPECT_EQ(percent_decode(encoded, false), all);
  EXPECT_EQ(percent_decode(encoded, true), all);
  EXPECT_EQ(encoded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
            std::string::npos);
}

TEST(PercentEncoding, DecodesPlusOnlyWhenAsked) {
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  for (const char* broken : {"%", "%4", "%zz", "a%4"}) EXPECT_EQ(percent_decode(broken, false), std::nullopt) << broken;
  EXPECT_EQ(percent_decode("%41%61", false), "Aa");
}

TEST(Form, IsParsedLeniently) {
  EXPECT_EQ(*parse_form("a=b&c=d+e&f&=g&&h=%zz&i=%C3%A4=x", 9),
            (Pairs{{"a", "b"}, {"c", "d e"}, {"f", ""}, {"", "g"}, {"h", "%zz"}, {"i", "\xc3\xa4=x"}}));
  EXPECT_EQ(*parse_form("", 0), Pairs());
}

TEST(Form, WithTooManyFieldsIsRefused) {
  EXPECT_EQ(parse_form("a=1&b=2", 2)->size(), 2U);
  EXPECT_EQ(parse_form("a=1&b=2&c", 2).error().message, "at most 2 fields in a form");
  EXPECT_EQ(parse_form("&&&a&&", 1)->size(), 1U) << "empty ones are none";
}

TEST(Form, OneValueIsFoundWithoutTheOthers) {
  const std::string_view form = "a=1&access%5Ftoken=x+%C3%A4&access_token=2&=&b";
  EXPECT_EQ(form_value(form, "access_token"), "x \xc3\xa4") << "the first, however it is written";
  EXPECT_EQ(form_value(form, "b"), "");
  EXPECT_EQ(form_value(form, ""), "");
  EXPECT_EQ(form_value(form, "c"), std::nullopt);
  EXPECT_EQ(form_value("", "c"), std::nullopt);
}

TEST(Form, WhatIsWrittenIsRead) {
  const Pairs pairs = {{"a&b", "c=d"}, {"+ %", "\xc3\xa4\n"}, {"e", ""}};
  EXPECT_EQ(*parse_form(write_form(pairs), 9), pairs);
}

TEST(Query, IsAppended) {
  const auto appended = [](std::string target, const Pairs& pairs) {
    append_query(pairs, target);
    return target;
  };
  EXPECT_EQ(appended("/a", {{"b", "c d"}}), "/a?b=c%20d");
  EXPECT_EQ(appended("/a?x", {{"b", "c"}, {"d", "e"}}), "/a?x&b=c&d=e");
  EXPECT_EQ(appended("/a?", {{"b", "c"}}), "/a?b=c");
  EXPECT_EQ(appended("/a", {}), "/a");
}

}  // namespace
}  // namespace fleethook::http
