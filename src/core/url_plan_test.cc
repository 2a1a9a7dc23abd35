#include "core/url_plan.h"

#include <gtest/gtest.h>

#include "core/compiled_test_help.h"
#include "core/event_variables.h"

namespace fleethook::core {
namespace {

using test::event;

// KEY is a secret, `product.vars.sas` a variable; all else is the event's.
struct Given {
  std::string key = "aZ/9+kQ==";
  std::string sas = "?sv=1&sig=a%2Bb";
};

// The URL, or "error: ..." when such an event cannot be sent.
std::string rendered(const std::string& url, const Event& of, const Given& given = {}) {
  const Limits limits;
  const auto plan = UrlPlan::compile(url, "o:1", limits);
  if (!plan.ok()) return "refused: " + plan.error().message;
  const DefinedNames defined = {{"KEY", "", "KEY"}};
  const NamedValues values{.secrets = {{"KEY", given.key}}, .variables = {{"sas", given.sas}}};
  WorkBudget work(limits);
  const EventVariables variables(of, defined, values, "", limits, work);
  const auto made = plan->url(variables, limits);
  return made.ok() ? made->str() : "error: " + made.error().message;
}

std::string rendered_of(const std::string& url, std::string_view value) {
  return rendered(url, event(json::write(json::Object{{"v", value}, {"w", "w"}})));
}

struct Row {
  std::string url;
  std::string v;
  std::string expected;
};
const std::string kHostError =
    "error: the rendered URL cannot be used: a value in its host has a character that would end the host";
const std::string kWayUp =
    "error: the rendered URL cannot be used: a value in its path makes a segment of it that is '..'";

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(rendered_of(row.url, row.v), row.expected) << row.url << " of " << row.v;
}

TEST(UrlPlan, DataInAPathStaysInIt) {
  const std::string url = "http://h.example/p/{{{v}}}";
  const std::string at = "http://h.example/p/";
  check({
      {url, "a#b?c", at + "a%23b%3Fc"},
      {url, "data/room", at + "data/room"},
      {url, "two words ", at + "two%20words%20"},  // also at the end
      {url, "a\r\nHost: x", at + "a%0D%0AHost:%20x"},
      {url, "100%", at + "100%25"},
      {url, "%zz%2", at + "%25zz%252"},
      {url + "41", "%", at + "%2541"},  // half an escape does not become one with the author's text
      {url, "a%2Fb%20c", at + "a%2Fb%20c"},
      {url, "\xC3\xBC\xF0\x9F\x98\x80", at + "%C3%BC%F0%9F%98%80"},
      {url, "a\\b\"<>^`{|}", at + "a%5Cb%22%3C%3E%5E%60%7B%7C%7D"},
      {url, "$(x)'*,;=:@!&+[]~", at + "$(x)'*,;=:@!&+[]~"},
      {url, "", at},
      {url, "/x//y/", at + "/x//y/"},
      {url, "http://evil.example/?x", at + "http://evil.example/%3Fx"},
      {url + "#{{{v}}}", "a", at + "a"},                                        // a fragment is never sent
      {"http://h.example/p/{{v}}/x", "it's #1", at + "it&%2339;s%20%231/x"},    // HTML first: {{ }}
      {"http://h.example/{{#v}}?{{v}}{{/v}}", "a?b", "http://h.example/?a?b"},  // the author's ?
  });
  EXPECT_EQ(rendered("http://h.example/write/{{PARTICLE_EVENT_NAME}}", event("1", "data/room")),
            "http://h.example/write/data/room");
  EXPECT_EQ(rendered("http://h.example/write/{{PARTICLE_EVENT_NAME}}", event("1", "a?b #c")),
            "http://h.example/write/a%3Fb%20%23c");
}

TEST(UrlPlan, DataInAQueryStaysInIt) {
  const std::string at = "http://h.example/p?q=";
  check({
      {"http://h.example/p?q={{{v}}}", "a&b=c+d?e/f", at + "a&b=c+d?e/f"},
      {"http://h.example/p?q={{{v}}}&r={{{w}}}", "a#b", at + "a%23b&r=w"},
      {"http://h.example/p?q={{{v}}}&r={{{w}}}", "a b\n%\xC3\xBC", at + "a%20b%0A%25%C3%BC&r=w"},
      {"http://h.example?q={{{v}}}", "../x", "http://h.example/?q=../x"},
      {"http://h.example/{{{w}}}?{{{v}}}", "a=1&b=2", "http://h.example/w?a=1&b=2"},
      {"http://h.example/#{{{v}}}?x=y", "a", "http://h.example/"},
  });
}

TEST(UrlPlan, DataCannotClimbUpThePath) {
  check({
      {"http://h.example/p/{{{v}}}", "..", kWayUp},
      {"http://h.example/p/{{{v}}}/x", "../../admin", kWayUp},
      {"http://h.example/p/{{{v}}}", "a/../b", kWayUp},
      {"http://h.example/p/{{{v}}}", "%2e%2E/x", kWayUp},
      {"http://h.example/p/{{{v}}}", "..%2Fx", kWayUp},
      {"http://h.example/p/{{{v}}}", "..\\x", kWayUp},
      {"http://h.example/p/.{{{v}}}", ".", kWayUp},
      {"http://h.example/p/{{{v}}}?q", "..", kWayUp},
      {"http://h.example/p/{{{v}}}", "...", "http://h.example/p/..."},
      {"http://h.example/p/{{{v}}}", "a..b/..c/d..", "http://h.example/p/a..b/..c/d.."},
      {"http://h.example/p/v{{{v}}}", "..", "http://h.example/p/v.."},
      {"http://h.example/p/../{{{v}}}", "x", "http://h.example/p/../x"},  // the author's
      {"http://h.example/p/{{{v}}}..", "", "http://h.example/p/.."},
  });
}

TEST(UrlPlan, AValueMayBeTheWholeUrlOrItsBeginning) {
  check({
      {"{{{v}}}", "https://h.example:8443/a?b=c#d", "https://h.example:8443/a?b=c"},
      {"{{{v}}}", "http://u:p@h.example/../x", "http://u:p@h.example/../x"},
      {"{{{v}}}/x?y=1", "http://h.example/base", "http://h.example/base/x?y=1"},
      {"{{{v}}}&r={{{w}}}", "http://h.example/?q=1", "http://h.example/?q=1&r=w"},
      {"http://{{{v}}}/x", "h.example:8080", "http://h.example:8080/x"},
      {"http://{{{v}}}/x", "h.example/base", "http://h.example/base/x"},
      {"http://{{{v}}}?x=1", "[2001:db8::1]:81/b", "http://[2001:db8::1]:81/b?x=1"},
      {"http://{{{v}}}", "h.example/a?b", "http://h.example/a?b"},
      {"{{{v}}}://h.example/", "https", "https://h.example/"},
      {"http{{{v}}}://h.example/", "s", "https://h.example/"},
      {"http{{{v}}}://h.example/", "://evil.example/",
       "error: the rendered URL cannot be used: a value in its scheme is no scheme"},
      {"{{{v}}}/go?to=http://x.example", "http://h.example", "http://h.example/go?to=http://x.example"},
  });
  EXPECT_NE(rendered_of("{{{v}}}", "http://h.example/\r\nx").find("control character"), std::string::npos);
  EXPECT_NE(rendered_of("{{{v}}}", "ftp://h.example/").find("scheme"), std::string::npos);
}

TEST(UrlPlan, APartOfTheHostCannotBecomeAnotherHost) {
  check({
      {"https://{{{v}}}.h.example/x", "eu", "https://eu.h.example/x"},
      {"https://{{{v}}}.h.example/x", "evil.example/", kHostError},
      {"https://{{{v}}}.h.example/x", "evil.example?", kHostError},
      {"https://{{{v}}}.h.example/x", "evil.example#", kHostError},
      {"https://{{{v}}}.h.example/x", "evil.example\\", kHostError},
      {"https://{{{v}}}.h.example/x", "u:p@evil", kHostError},
      {"https://{{{v}}}{{{w}}}.h.example/x", "evil.example/", kHostError},
      {"https://h.{{{v}}}/x", "example", "https://h.example/x"},
      {"https://h.{{{v}}}/x", "u@evil.example", kHostError},
      {"https://h.example:{{{v}}}/x", "81", "https://h.example:81/x"},
      {"https://h.example:{{{v}}}/x", "pw@evil.example", kHostError},
      {"https://h.example{{{v}}}", "/a?b/..c", "https://h.example/a%3Fb/..c"},
      {"https://h.example{{{v}}}", "/a/../b", kWayUp},
      {"https://h.example{{{v}}}", "?a=b#c", "https://h.example/?a=b%23c"},
      {"https://h.example{{{v}}}", ".evil.example/", kHostError},
      {"https://h.example{{{v}}}/x", "@evil.example", kHostError},
  });
  EXPECT_NE(rendered_of("https://{{{v}}}.h.example/x", "a b").find("host"), std::string::npos);
}

TEST(UrlPlan, UserAndPasswordOfAUrlAreEncoded) {
  check({
      {"https://{{{v}}}@h.example/", "user:pass", "https://user:pass@h.example/"},
      {"https://{{{v}}}:x@h.example/", "a/b?c#d@e", "https://a%2Fb%3Fc%23d%40e:x@h.example/"},
      {"https://{{{v}}}:{{{w}}}@h.example/", "a", "https://a:w@h.example/"},
  });
  EXPECT_EQ(rendered("https://u:{{{KEY}}}@h.example/", event()), "https://u:aZ%2F9%2BkQ%3D%3D@h.example/");
}

TEST(UrlPlan, WhatTheAuthorDefinedMeansWhatItWouldMeanThere) {
  EXPECT_EQ(rendered("https://h.example/t/{{{product.vars.sas}}}", event()), "https://h.example/t/?sv=1&sig=a%2Bb");
  EXPECT_EQ(rendered("https://h.example/bot{{KEY}}/send", event()), "https://h.example/botaZ/9+kQ==/send");
  EXPECT_EQ(rendered("https://h.example/{{{KEY}}}/x", event(), {.key = "a#b c\n"}), "https://h.example/a%23b%20c%0A/x");
  EXPECT_EQ(rendered("https://h.example/{{{KEY}}}/x", event(), {.key = ".."}), "https://h.example/../x");
  EXPECT_EQ(rendered("https://{{{KEY}}}.example/", event(), {.key = "h.example/x?"}), "https://h.example/x?.example/");
  // Who spoofs its name gets nothing by it.
  EXPECT_EQ(rendered("https://h.example/{{{sas}}}", event(R"({"sas":"?x"})")), "https://h.example/%3Fx");
}

}  // namespace
}  // namespace fleethook::core
