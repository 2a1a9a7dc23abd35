#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/router.h"
#include "api/schema.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using ::testing::UnorderedElementsAre;

TEST(OpenApi, HoldsEveryRouteWithItsParameters) {
  const std::vector<Route> routes = all_routes();
  const auto parsed = json::parse(openapi(routes, "http://here:1"));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  ASSERT_EQ(parsed->find("openapi")->as_string().substr(0, 2), "3.");
  EXPECT_EQ(parsed->find("servers")->as_array().at(0).find("url")->as_string(), "http://here:1");
  std::size_t operations = 0;
  for (const auto& [path, methods] : parsed->find("paths")->as_object()) operations += methods.as_object().size();
  EXPECT_EQ(operations, routes.size());
  for (const Route& route : routes) {
    std::string path;
    std::size_t parameters = 0;
    for (const char c : std::string(route.pattern) + "/") {
      const bool in_name = !path.empty() && path.find_last_of("{") != std::string::npos &&
                           path.find('}', path.find_last_of("{")) == std::string::npos;
      if (c == ':' || c == '*') {
        path += '{';
        ++parameters;
      } else {
        path += c == '/' && in_name ? "}/" : std::string(1, c);
      }
    }
    if (path.size() > 1) path.pop_back();
    const json::Value* item = parsed->find("paths")->find(path);
    ASSERT_NE(item, nullptr) << path;
    const json::Value* operation = item->find(ascii_lower(route.method));
    ASSERT_NE(operation, nullptr) << route.method << " " << path;
    const json::Value* listed = operation->find("parameters");
    EXPECT_EQ(listed == nullptr ? 0 : listed->as_array().size(),
              parameters + route.query.size() + (route.takes_key ? 1 : 0) + (route.reads_hops ? 1 : 0))
        << path;
    // Where a caller needs to be known, what is said of all operations holds.
    EXPECT_EQ(operation->find("security") != nullptr, row_of(route.permission).without_token) << path;
    const PermissionRow& row = row_of(route.permission);
    EXPECT_EQ(operation->find("x-permission")->as_string(), row.name) << path;
    EXPECT_EQ(operation->find("x-api-users")->as_bool(), row.api_users != ApiUsers::kClosed) << path;
    EXPECT_EQ(operation->find("x-scopes")->as_array().size(), scopes_of(row).size()) << path;
    EXPECT_EQ(operation->find("x-role") == nullptr ? "" : operation->find("x-role")->as_string(),
              core::to_text(row.role))
        << path;
    EXPECT_EQ(operation->find("requestBody") != nullptr, !route.request.empty()) << path;
  }
}

// A route of the API that says nothing of its answer answers 204 (the tests of the API hold that), or never succeeds.
TEST(OpenApi, EveryRouteSaysWhatItAnswers) {
  std::vector<std::string> silent;
  for (const Route& route : all_routes()) {
    if (route.response.empty()) silent.push_back(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_THAT(silent,
              UnorderedElementsAre("DELETE /v1/products/:product/devices/:device",
                                   "DELETE /v1/products/:product/groups/:group", "DELETE /v1/secrets/:name",
                                   "DELETE /v1/orgs/:organization/secrets/:name", "POST /v1/user/password-reset"));
}

TEST(OpenApi, EveryBodyThatIsTakenIsDescribed) {
  std::vector<std::string> silent;
  for (const Route& route : all_routes()) {
    const bool sends = route.method == "POST" || route.method == "PUT" || route.method == "PATCH";
    const bool steers = route.pattern.find("/replays/:number/") != std::string_view::npos;  // its last word says it all
    if (sends && !steers && route.request.empty())
      silent.push_back(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_THAT(silent, UnorderedElementsAre("POST /v1/user/password-reset", "POST /v1/user/invitations/:id/decline",
                                           "POST /v1/destinations/:destination/try_now",
                                           "POST /v1/orgs/:organization/destinations/:destination/try_now",
                                           "PUT /v1/orgs/:organization/team/:username/token",
                                           "POST /v1/orgs/:organization/team/:username/token",
                                           "PUT /v1/products/:product/team/:username/token",
                                           "POST /v1/products/:product/team/:username/token"));
}

// A reference to a schema that is not there makes generators fail, and a schema that nothing leads to is left over.
TEST(OpenApi, EveryReferenceLeadsSomewhereAndEverySchemaIsReferredTo) {
  const std::string text = openapi(all_routes(), "http://here:1");
  constexpr std::string_view kMark = "#/components/schemas/";
  std::set<std::string> referred;
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
    const std::size_t from = at + kMark.size();
    referred.insert(text.substr(from, text.find('"', from) - from));
  }
  const json::Object there = schema::all_schemas();
  for (const std::string& name : referred) EXPECT_NE(there.find(name), nullptr) << "there is no schema " << name;
  for (const auto& [name, schema] : there) EXPECT_TRUE(referred.contains(name)) << "nothing leads to schema " << name;
}

// The console's types are made of this file.
TEST(OpenApi, IsKeptForTheConsole) {
  const std::string path = FLEETHOOK_SOURCE_DIR "/console/openapi.json";
  const std::string text = openapi(all_routes(), "") + "\n";
  if (std::getenv("FLEETHOOK_WRITE_DOCS") != nullptr) std::ofstream(path) << text;
  std::stringstream there;
  there << std::ifstream(path).rdbuf();
  EXPECT_TRUE(there.str() == text) << "console/openapi.json is old: run this test with FLEETHOOK_WRITE_DOCS=1";
}

}  // namespace
}  // namespace fleethook::api
