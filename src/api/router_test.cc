#include "api/router.h"

#include <set>

#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

Result<http::Response> nothing(Services&, Call&) {
  return http::Response{};
}

Route route(std::string_view method, std::string_view pattern) {
  return {.method = method, .pattern = pattern, .permission = Permission::kWhoAmI, .on_pool = nothing, .summary = ""};
}

// "GET /pattern p1|p2", "405 GET, POST" or "404".
std::string found(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.match(method, path);
  if (match.route == nullptr) return match.path_known ? "405 " + match.allowed : "404";
  std::string text = std::string(match.route->method) + " " + std::string(match.route->pattern);
  for (const std::string& parameter : match.parameters)
    text += (&parameter == match.parameters.data() ? " " : "|") + parameter;
  return text;
}

TEST(Router, FindsTheRouteOfAPath) {
  const Router router(
      {route("GET", "/"), route("GET", "/v1/things"), route("POST", "/v1/things"), route("GET", "/v1/things/:thing"),
       route("DELETE", "/v1/things/mine"), route("GET", "/v1/things/:thing/parts/:part"), route("GET", "/v1/all/*rest"),
       route("POST", "/v1/all"), route("POST", "/v1/all/batch"), route("GET", "/v1/things/:thing/log/*rest")});
  const struct {
    const char *method, *path, *expected;
  } cases[] = {
      {"GET", "/", "GET /"},
      {"GET", "", "GET /"},
      {"GET", "/v1/things", "GET /v1/things"},
      {"POST", "/v1/things", "POST /v1/things"},
      {"GET", "/v1/things/", "GET /v1/things"},   // one trailing slash
      {"GET", "/v1/things//", "GET /v1/things"},  // and an empty last segment
      {"HEAD", "/v1/things", "GET /v1/things"},
      {"PUT", "/v1/things", "405 GET, POST"},
      {"GET", "/v1/Things", "404"},
      {"GET", "/v1", "404"},
      {"GET", "/v2/things", "404"},
      {"GET", "/v1/things/7", "GET /v1/things/:thing 7"},
      {"GET", "/v1/things/7/", "GET /v1/things/:thing 7"},
      {"GET", "/v1/things/a%20b%2Fc", "GET /v1/things/:thing a b/c"},  // decoded after splitting
      {"GET", "/v1/things/a+b@c", "GET /v1/things/:thing a+b@c"},      // '+' is no space in a path
      {"GET", "/v1/things/50%", "GET /v1/things/:thing 50%"},          // a broken escape is text
      {"DELETE", "/v1/things/mine", "DELETE /v1/things/mine"},
      {"DELETE", "/v1/things/other", "405 GET"},
      {"GET", "/v1/things/7/parts/8", "GET /v1/things/:thing/parts/:part 7|8"},
      {"GET", "/v1/things/7/parts", "404"},
      {"GET", "/v1/things/7/parts/8/9", "404"},
      {"GET", "/v1/all", "GET /v1/all/*rest "},
      {"GET", "/v1/all/", "GET /v1/all/*rest "},
      {"POST", "/v1/all", "POST /v1/all"},
      {"GET", "/v1/all/a", "GET /v1/all/*rest a"},
      {"GET", "/v1/all/a/b%2Fc/d", "GET /v1/all/*rest a/b/c/d"},  // raw segments are joined
      {"GET", "/v1/all/batch", "GET /v1/all/*rest batch"},        // the literal has no GET
      {"POST", "/v1/all/batch", "POST /v1/all/batch"},
      {"DELETE", "/v1/all", "405 POST, GET"},
      {"GET", "/v1/things/7/log/x/y", "GET /v1/things/:thing/log/*rest 7|x/y"},
  };
  for (const auto& c : cases) EXPECT_EQ(found(router, c.method, c.path), c.expected) << c.method << " " << c.path;
}

TEST(Router, WorksOutTheNamesInPathsAndWhatTheyBeginWith) {
  const Router router({route("GET", "/v1/things/:id"), route("GET", "/v1/products/:product/things/*rest"),
                       route("GET", "/v1/orgs/:organization/products/:product")});
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(router.routes()[0].base, PathBase::kOwn);
  EXPECT_EQ(router.routes()[0].names, Names({"id"}));
  EXPECT_EQ(router.routes()[1].base, PathBase::kProduct);
  EXPECT_EQ(router.routes()[1].names, Names({"product", "rest"}));
  EXPECT_EQ(router.routes()[2].base, PathBase::kOrganization);
  EXPECT_EQ(router.routes()[2].names, Names({"organization", "product"}));
}

// A parameter's neighbour must not shadow it: every route answers to its own pattern.
TEST(Router, EveryRouteOfTheTableCanBeReached) {
  const Router router(all_routes());
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& one : router.routes()) {
    EXPECT_TRUE(seen.emplace(one.method, one.pattern).second) << one.method << " " << one.pattern << " is there twice";
    std::string path;
    std::size_t at = 0;
    while (at < one.pattern.size()) {
      const std::size_t end = std::min(one.pattern.find('/', at + 1), one.pattern.size());
      const std::string_view segment = one.pattern.substr(at, end - at);
      path += segment.starts_with("/:") || segment.starts_with("/*") ? "/x7" : std::string(segment);
      at = end;
    }
    const Router::Match match = router.match(one.method, path);
    ASSERT_NE(match.route, nullptr) << one.method << " " << path;
    EXPECT_EQ(match.route->pattern, one.pattern) << one.method << " " << path;
    EXPECT_FALSE(one.summary.empty()) << one.pattern;
  }
}

TEST(Router, TheLongestPathIsWalkedOnce) {
  const Router router(all_routes());
  std::string path = "/v1/events";
  for (int i = 0; i < 4000; ++i) path += "/a";
  const Router::Match match = router.match("GET", path);
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.parameters.at(0).size(), 4000U * 2 - 1);
}

}  // namespace
}  // namespace fleethook::api
