#include "core/hops.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace fleethook::core {
namespace {

http::Headers with(std::initializer_list<const char*> values) {
  http::Headers headers;
  headers.add("Content-Type", "application/json");
  for (const char* value : values) headers.add("Fleethook-Hops", value);
  return headers;
}

TEST(Hops, AreThoseOfTheHeaderAndNoneWithoutIt) {
  EXPECT_EQ(hops_of({}), 0);
  EXPECT_EQ(hops_of(with({})), 0);
  EXPECT_EQ(hops_of(with({"0"})), 0);
  EXPECT_EQ(hops_of(with({"1"})), 1);
  EXPECT_EQ(hops_of(with({"8"})), 8);
  EXPECT_EQ(hops_of(with({"254"})), 254);
}

TEST(Hops, WhatIsNoSuchNumberIsMoreThanAnyLimit) {
  for (const char* text : {"", "x", "-1", "+1", "1.0", "1, 2", "1 2", "0x1", "1e0", "256", "999", "0001",
                           "18446744073709551617", "\xd9\xa1"})
    EXPECT_EQ(hops_of(with({text})), kHopsUnreadable) << text;
  EXPECT_EQ(hops_of(with({"1", "1"})), kHopsUnreadable);
  EXPECT_EQ(hops_of(with({"1", ""})), kHopsUnreadable);
}

TEST(Hops, EachDoublingCountsOneMoreButNotOfWhatNoDeliveryLedTo) {
  EXPECT_EQ(hops_after_branching(0, 200), 0);
  constexpr std::array<int, 9> kMore = {0, 0, 1, 2, 2, 3, 3, 3, 3};
  for (std::size_t branches = 0; branches < kMore.size(); ++branches)
    EXPECT_EQ(hops_after_branching(3, branches), 3 + kMore[branches]) << branches;
  EXPECT_EQ(hops_after_branching(1, 200), 9);
  EXPECT_EQ(hops_after_branching(250, SIZE_MAX), kHopsUnreadable);
  EXPECT_EQ(next_hops(0), 1);
  EXPECT_EQ(next_hops(kHopsUnreadable), kHopsUnreadable);
}

// The most events that a delivery may lead to, over all ways to branch: batches that its request publishes, and
// integrations that each of their events fires.
std::size_t events_of_delivery(std::uint8_t hops) {
  if (hops > Limits().event_hops_max) return 0;
  std::size_t most = 0;
  for (std::size_t batch = 1; batch <= 256; batch *= 2) {
    const std::uint8_t each = hops_after_branching(hops, batch);
    if (each > Limits().event_hops_max) break;
    std::size_t further = 0;
    for (std::size_t fired = 1; fired <= 256; fired *= 2) {
      const std::uint8_t next = next_hops(hops_after_branching(each, fired));
      further = std::max(further, fired * events_of_delivery(next));
    }
    most = std::max(most, batch * (1 + further));
  }
  return most;
}

TEST(Hops, ADeliveryLeadsToSoManyEventsAtMost) {
  EXPECT_EQ(events_of_delivery(next_hops(0)), std::size_t{1} << (Limits().event_hops_max - 1));
}

}  // namespace
}  // namespace fleethook::core
