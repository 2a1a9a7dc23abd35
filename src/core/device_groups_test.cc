#include "core/device_groups.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(DeviceGroups, NamesAreLowerCaseLettersDigitsDashesAndUnderscores) {
  const Limits limits;
  for (const char* good : {"a", "canary", "eu-west_2", "0", "-"}) EXPECT_TRUE(is_group_name(good, limits)) << good;
  for (const char* bad : {"", "Canary", "a b", "a,b", "a.b", "\xc3\xa4"})
    EXPECT_FALSE(is_group_name(bad, limits)) << bad;
  EXPECT_TRUE(is_group_name(std::string(limits.group_name_bytes_max, 'x'), limits));
  EXPECT_FALSE(is_group_name(std::string(limits.group_name_bytes_max + 1, 'x'), limits));
}

TEST(DeviceGroups, AreJoinedIntoOneTextAndBack) {
  const std::vector<std::vector<std::string>> cases = {{}, {"a"}, {"a", "b"}, {"canary", "eu", "eu-west"}};
  for (const auto& groups : cases) EXPECT_EQ(split_groups(join_groups(groups)), groups);
  EXPECT_EQ(join_groups({"a", "b"}), "a,b");
}

TEST(DeviceGroups, AreFoundByWholeNames) {
  EXPECT_TRUE(names_group("canary,eu,eu-west", "canary"));
  EXPECT_TRUE(names_group("canary,eu,eu-west", "eu"));
  EXPECT_TRUE(names_group("canary,eu,eu-west", "eu-west"));
  EXPECT_FALSE(names_group("canary,eu,eu-west", "west"));
  EXPECT_FALSE(names_group("canary,eu,eu-west", "eu-wes"));
  EXPECT_FALSE(names_group("", "eu"));
  EXPECT_FALSE(names_group("eu", ""));
}

TEST(DeviceGroups, EventsCarryWhatTheDeviceIsNow) {
  Device device;
  EXPECT_EQ(traits_of(device), DeviceTraits{});
  device.firmware_version = "7";
  device.os_version = "6.1.0";
  device.groups = {"canary", "eu"};
  EXPECT_EQ(traits_of(device), (DeviceTraits{"7", "6.1.0", "canary,eu"}));
}

}  // namespace
}  // namespace fleethook::core
