#include "core/catalog_types.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(Plan, ReadsWhatItWritesAndGrowthIsBasic) {
  for (const Plan plan : {Plan::kFree, Plan::kBasic, Plan::kPlus, Plan::kEnterprise})
    EXPECT_EQ(parse_plan(to_text(plan)), plan);
  EXPECT_EQ(to_text(Plan::kEnterprise), "enterprise");
  EXPECT_EQ(parse_plan("growth"), Plan::kBasic);
  for (const char* text : {"", "Free", "premium", "basic "}) EXPECT_FALSE(parse_plan(text).has_value()) << text;
}

TEST(GroupIdentical, ReadsWhatItWrites) {
  for (const auto value : {GroupIdentical::kAuto, GroupIdentical::kSuggest, GroupIdentical::kOff}) {
    EXPECT_EQ(parse_group_identical(to_text(value)), value);
  }
  EXPECT_EQ(to_text(GroupIdentical::kSuggest), "suggest");
  for (const char* text : {"", "AUTO", "on"}) EXPECT_FALSE(parse_group_identical(text).has_value()) << text;
}

TEST(Role, HasTheNamesOfTheConsoleAndRisesWithItsRights) {
  EXPECT_EQ(to_text(Role::kViewOnly), "View-only");
  EXPECT_EQ(to_text(Role::kSupport), "Support");
  EXPECT_EQ(to_text(Role::kDeveloper), "Developer");
  EXPECT_EQ(to_text(Role::kAdministrator), "Administrator");
  EXPECT_EQ(to_text(Role::kOwner), "Owner");
  for (const auto role : {Role::kViewOnly, Role::kSupport, Role::kDeveloper, Role::kAdministrator, Role::kOwner}) {
    EXPECT_EQ(parse_role(to_text(role)), role);
  }
  for (const char* text : {"", "owner", "View only"}) EXPECT_FALSE(parse_role(text).has_value()) << text;
  EXPECT_LT(Role::kNone, Role::kViewOnly);
  EXPECT_LT(Role::kViewOnly, Role::kSupport);
  EXPECT_LT(Role::kDeveloper, Role::kAdministrator);
  EXPECT_LT(Role::kAdministrator, Role::kOwner);
}

}  // namespace
}  // namespace fleethook::core
