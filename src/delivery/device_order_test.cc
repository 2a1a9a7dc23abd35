#include "delivery/device_order.h"

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

using Devices = std::vector<DeviceOrder::Device>;
using namespace std::chrono_literals;

core::EventSeq event(std::uint64_t seq) {
  return {seq};
}

class DeviceOrderTest : public ::testing::Test {
 protected:
  Devices next(Duration after = {}) { return order.next(10, start + after); }
  // As when it goes behind another, and is on disk.
  void behind(DeviceOrder::Device device, std::uint64_t seq) {
    EXPECT_FALSE(order.comes(device, event(seq), true));
    order.kept(device, event(seq), start);
  }
  void over(DeviceOrder::Device device, std::uint64_t seq) {
    order.leaves(device, event(seq));
    order.gone(event(seq), start);
  }

  const Steady start{1h};
  Tally all;
  DeviceOrder order{{3, all, 100}};
};

TEST_F(DeviceOrderTest, TheFirstOfEachDeviceLeads) {
  EXPECT_TRUE(order.comes(1, event(10), true));
  EXPECT_TRUE(order.comes(2, event(11), true));
  EXPECT_FALSE(order.comes(1, event(12), true));
  EXPECT_EQ(order.size(), 2U);
}

TEST_F(DeviceOrderTest, ADeviceOfWhichNothingIsLeftIsForgotten) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  over(1, 10);
  EXPECT_TRUE(order.is_empty());
  EXPECT_TRUE(order.comes(1, event(11), true));
}

TEST_F(DeviceOrderTest, TheNextGoesWhenTheEndIsOnDisk) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  behind(1, 11);
  EXPECT_EQ(next(), Devices{});
  order.leaves(1, event(10));
  EXPECT_EQ(next(), Devices{});
  EXPECT_FALSE(order.comes(1, event(12), true)) << "its end may still fail to be written";
  order.gone(event(10), start);
  EXPECT_EQ(next(), Devices{1});
}

TEST_F(DeviceOrderTest, ARetryOnDiskKeepsItsTimeWhateverComesBehindIt) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  order.later(1, event(10), start + 5s);
  behind(1, 11);
  EXPECT_EQ(order.next_time(), std::nullopt) << "it is still being written";
  order.kept(1, event(10), start);
  EXPECT_EQ(order.next_time(), start + 5s);
  behind(1, 12);
  EXPECT_EQ(next(4s), Devices{});
  EXPECT_EQ(next(5s), Devices{1});
  ASSERT_TRUE(order.loaded(1, event(10), true, start));
  over(1, 10);
  EXPECT_EQ(next(), Devices{1});
}

TEST_F(DeviceOrderTest, AfterAnOutageNobodyWaitsForItsTime) {
  for (const DeviceOrder::Device device : {1, 2}) {
    ASSERT_TRUE(order.comes(device, event(10 + device), true));
    order.later(device, event(10 + device), start + 1h * device);
    order.kept(device, event(10 + device), start);
  }
  order.wake(start);
  EXPECT_EQ(next(), (Devices{1, 2}));
}

TEST_F(DeviceOrderTest, WhatIsNotOnDiskYetIsWaitedFor) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  EXPECT_FALSE(order.comes(1, event(11), true));
  over(1, 10);
  EXPECT_EQ(next(), Devices{1});
  order.found_none(1, start);
  EXPECT_EQ(next(), Devices{}) << "it would find nothing again and again";
  order.kept(1, event(11), start);
  EXPECT_EQ(next(), Devices{1});
}

TEST_F(DeviceOrderTest, WhatIsNotOnDiskYetIsNotForgottenWithTheHead) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  order.later(1, event(10), start);
  order.kept(1, event(10), start);
  EXPECT_FALSE(order.comes(1, event(11), true));
  ASSERT_EQ(next(), Devices{1});
  ASSERT_TRUE(order.loaded(1, event(10), false, start));
  over(1, 10);
  EXPECT_FALSE(order.is_empty());
  order.kept(1, event(11), start);
  EXPECT_EQ(next(), Devices{1});
}

TEST_F(DeviceOrderTest, WhatComesToDiskDuringALoadIsLookedForOnceMore) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  EXPECT_FALSE(order.comes(1, event(11), true));
  over(1, 10);
  EXPECT_EQ(next(), Devices{1});
  order.kept(1, event(11), start);
  order.found_none(1, start);
  EXPECT_EQ(next(), Devices{1});
  order.found_none(1, start);
  EXPECT_TRUE(order.is_empty());
}

TEST_F(DeviceOrderTest, NobodyLeadsWhomSomethingOnDiskMayPrecede) {
  order.begin_scan();
  EXPECT_FALSE(order.comes(5, event(20), true));
  order.kept(5, event(20), start);
  order.scanned(order.scan_place(), {2, 5}, false, start);
  EXPECT_TRUE(order.comes(1, event(21), true)) << "nothing of it is there";
  EXPECT_FALSE(order.comes(2, event(22), true));
  EXPECT_FALSE(order.comes(9, event(23), true));
  EXPECT_EQ(order.scan_place().from, 6U);
}

TEST_F(DeviceOrderTest, MayBeToldThatNobodyLeads) {
  EXPECT_FALSE(order.comes(1, event(10), false));
  EXPECT_EQ(next(), Devices{});
  order.kept(1, event(10), start);
  EXPECT_EQ(next(), Devices{1});
}

TEST_F(DeviceOrderTest, WhatIsOnDiskWaitsForThoseBeforeItThatHaveNotCome) {
  order.begin_scan();
  order.scanned(order.scan_place(), {1, 2}, true, start);
  EXPECT_EQ(next(), (Devices{1, 2}));
  order.waits_for_fresh(1, event(50));
  order.waits_for_fresh(2, event(60));
  EXPECT_TRUE(order.waits_on_disk());
  order.fresh_came(event(50), start);
  EXPECT_EQ(next(), Devices{});
  EXPECT_FALSE(order.comes(1, event(50), true)) << "goes to disk, and is the first there";
  order.kept(1, event(50), start);
  order.fresh_came(event(51), start);
  EXPECT_EQ(next(), Devices{1});
  ASSERT_TRUE(order.loaded(1, event(50), true, start));
  order.fresh_came(std::nullopt, start);
  EXPECT_EQ(next(), Devices{2});
}

TEST_F(DeviceOrderTest, WhatCameDuringALoadAndStandsBeforeItsHeadGoesFirst) {
  order.begin_scan();
  order.scanned(order.scan_place(), {1}, true, start);
  for (const bool is_written : {false, true}) {
    ASSERT_EQ(next(), Devices{1});
    EXPECT_FALSE(order.comes(1, event(50), true));
    if (is_written) order.kept(1, event(50), start);
    EXPECT_FALSE(order.loaded(1, event(60), false, start));
    if (!is_written) {
      EXPECT_EQ(next(), Devices{}) << "it is waited for";
      order.kept(1, event(50), start);
    }
  }
  ASSERT_EQ(next(), Devices{1});
  EXPECT_TRUE(order.loaded(1, event(50), true, start));
}

TEST_F(DeviceOrderTest, KnowsSoManyDevicesAndLooksForTheOthersWhenThereIsRoom) {
  for (const DeviceOrder::Device device : {1, 2, 3}) ASSERT_TRUE(order.comes(device, event(device), true));
  order.begin_scan();
  EXPECT_FALSE(order.wants_scan()) << "there is no room for what it finds";
  EXPECT_FALSE(order.comes(4, event(14), true));
  order.kept(4, event(14), start);
  EXPECT_EQ(order.size(), 3U);
  EXPECT_EQ(next(), Devices{});
  over(2, 2);
  EXPECT_TRUE(order.wants_scan());
  order.scanned(order.scan_place(), {4}, true, start);
  EXPECT_EQ(next(), Devices{4});
}

TEST_F(DeviceOrderTest, KnowsAFewWhenTheOthersOfItsLoopKnowMany) {
  DeviceOrder first({1000, all, 40}), second({1000, all, 40});
  second.begin_scan();
  for (DeviceOrder::Device device = 1; device <= 40; ++device) {
    EXPECT_TRUE(second.wants_scan());
    ASSERT_TRUE(first.comes(device, event(device), true));
  }
  first.begin_scan();
  EXPECT_FALSE(first.wants_scan());
  EXPECT_TRUE(second.wants_scan()) << "it has none";
  for (DeviceOrder::Device device = 1; device <= 16; ++device) {
    EXPECT_FALSE(second.comes(device, event(device), false));
  }
  EXPECT_FALSE(second.wants_scan());
  first.leaves(1, event(1));
  first.gone(event(1), start);
  EXPECT_EQ(all.count(), 55U);
}

TEST_F(DeviceOrderTest, AScanThatIsOverBeginsAgainForOneThatWasTooMany) {
  for (const DeviceOrder::Device device : {1, 2, 3}) ASSERT_TRUE(order.comes(device, event(device), true));
  EXPECT_FALSE(order.comes(4, event(14), false));
  order.kept(4, event(14), start);
  over(1, 1);
  EXPECT_TRUE(order.wants_scan());
  EXPECT_EQ(order.scan_place().from, 4U);
  EXPECT_FALSE(order.comes(4, event(15), true)) << "14 is on disk";
}

TEST_F(DeviceOrderTest, WhatComesToDiskBehindAScanIsNotForgotten) {
  order.begin_scan();
  const DeviceOrder::ScanPlace before = order.scan_place();
  for (const DeviceOrder::Device device : {1, 2, 3, 4}) EXPECT_FALSE(order.comes(device, event(device), true));
  for (const DeviceOrder::Device device : {1, 2, 3, 4}) order.kept(device, event(device), start);
  EXPECT_EQ(order.size(), 3U);
  order.scanned(before, {}, true, start);
  EXPECT_FALSE(order.is_empty());
  EXPECT_EQ(order.scan_place().from, 0U) << "the scan that saw nothing was of a time before";
}

TEST_F(DeviceOrderTest, ALoadThatFailedIsTriedAgain) {
  ASSERT_TRUE(order.comes(1, event(10), true));
  behind(1, 11);
  over(1, 10);
  ASSERT_EQ(next(), Devices{1});
  order.try_again(1, start + 1s);
  EXPECT_EQ(next(), Devices{});
  EXPECT_EQ(next(1s), Devices{1});
}

}  // namespace
}  // namespace fleethook::delivery
