#include "api/permissions.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/router.h"

namespace fleethook::api {
namespace {

TEST(PermissionTable, HoldsTogether) {
  std::set<std::string_view> names;
  for (const PermissionRow& row : permission_table()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_TRUE(names.insert(row.name).second) << "named twice";
    EXPECT_EQ(&row_of(row.permission), &row);
    EXPECT_EQ(scopes_of(row).empty(), row.api_users != ApiUsers::kScopes);
    for (const std::string_view scope : scopes_of(row)) {
      EXPECT_TRUE(std::ranges::binary_search(known_scopes(), scope)) << scope << " cannot be given to anybody";
    }
    EXPECT_TRUE(row.sentence.ends_with('.'));
    if (row.without_token) {
      EXPECT_EQ(row.role, core::Role::kNone);
    }
  }
}

// A path that names a product or an organization without asking for a role there would be open to everybody who can see
// it.
TEST(PermissionTable, ARouteThatNamesAPlaceAsksForARoleThere) {
  for (const Route& route : all_routes()) {
    const bool names_place = route.pattern.find("/:organization") != std::string_view::npos ||
                             route.pattern.find("/:product") != std::string_view::npos;
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    if (names_place) {
      EXPECT_NE(row_of(route.permission).role, core::Role::kNone);
    }
    EXPECT_EQ(names_place, route.pattern.starts_with("/v1/orgs/") || route.pattern.starts_with("/v1/products/"))
        << "a name that the gate would not see";
    if (row_of(route.permission).or_for_oneself) {
      EXPECT_NE(route.pattern.find("/:username"), std::string_view::npos);
    }
  }
}

TEST(PermissionTable, IsPrintedInTheDocumentation) {
  const std::string path = FLEETHOOK_SOURCE_DIR "/docs/permissions.md";
  const std::string page = permissions_page(all_routes());
  if (std::getenv("FLEETHOOK_WRITE_DOCS") != nullptr) std::ofstream(path) << page;
  std::stringstream there;
  there << std::ifstream(path).rdbuf();
  EXPECT_TRUE(there.str() == page) << "docs/permissions.md is old: run this test with FLEETHOOK_WRITE_DOCS=1";
}

}  // namespace
}  // namespace fleethook::api
