#include "base/gate.h"

#include <gtest/gtest.h>

namespace fleethook {
namespace {

TEST(Gate, ReportsOnceTheLastHasLeft) {
  Gate gate;
  int reports = 0;
  std::optional<Gate::Entry> first = gate.enter();
  std::optional<Gate::Entry> second = gate.enter();
  EXPECT_EQ(gate.inside(), 2U);
  gate.close([&reports] { ++reports; });
  first.reset();
  EXPECT_EQ(reports, 0);
  second.reset();
  EXPECT_EQ(reports, 1);
}

TEST(Gate, RefusesNewWorkOnceClosed) {
  Gate gate;
  int reports = 0;
  gate.close([&reports] { ++reports; });
  EXPECT_EQ(reports, 1);
  EXPECT_TRUE(gate.is_closed());
  EXPECT_FALSE(gate.enter().has_value());
}

TEST(Gate, MovedEntryLeavesOnce) {
  Gate gate;
  std::optional<Gate::Entry> entry = gate.enter();
  {
    const Gate::Entry moved = std::move(*entry);
    EXPECT_EQ(gate.inside(), 1U);
  }
  EXPECT_EQ(gate.inside(), 0U);
  entry.reset();
  EXPECT_EQ(gate.inside(), 0U);
}

TEST(GateDeathTest, DestroyingItWithWorkInsideIsABug) {
  EXPECT_DEATH(
      {
        std::optional<Gate::Entry> entry;
        Gate gate;
        entry.emplace(*gate.enter());
      },
      "assertion failed");
}

}  // namespace
}  // namespace fleethook
