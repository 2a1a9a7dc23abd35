#include "core/pause.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(Pause, HasANameForEachState) {
  for (const Pause pause : {Pause::kRunning, Pause::kHold, Pause::kSkip}) EXPECT_EQ(parse_pause(to_text(pause)), pause);
  EXPECT_EQ(to_text(Pause::kHold), "hold");
  for (const char* bad : {"", "Hold", "held", "skip "}) EXPECT_EQ(parse_pause(bad), std::nullopt) << bad;
}

TEST(Pause, ASandboxIntegrationHasOnePlacementWhateverProductTheDeviceIsIn) {
  Integration integration;
  integration.number = {7};
  Event event;
  event.product = {10001};
  EXPECT_EQ(placement_of(integration, event), (PlacementKey{{7}, {}}));
  integration.scope = Scope::kOrganization;
  EXPECT_EQ(placement_of(integration, event), (PlacementKey{{7}, {10001}}));
  event.product = {};
  EXPECT_EQ(placement_of(integration, event), (PlacementKey{{7}, {}}));
}

}  // namespace
}  // namespace fleethook::core
