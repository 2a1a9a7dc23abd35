#include "base/shares.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fleethook {
namespace {

using Taken = Shares::Taken;

TEST(Shares, NobodyTakesMoreThanTheirShareAndAllTogetherNotMoreThanThereIs) {
  Shares shares(10, 6);
  Shares::Hold ann = shares.hold("ann"), also_ann = shares.hold("ann"), bob = shares.hold("bob");
  EXPECT_EQ(ann.grow_to(5), Taken::kYes);
  EXPECT_EQ(also_ann.grow_to(2), Taken::kShareTaken);
  EXPECT_EQ(also_ann.grow_to(1), Taken::kYes);
  EXPECT_EQ(bob.grow_to(5), Taken::kAllTaken);
  EXPECT_EQ(bob.amount(), 0U) << "all of it or nothing";
  EXPECT_EQ(bob.grow_to(4), Taken::kYes);
  EXPECT_EQ(shares.taken(), 10U);
  EXPECT_EQ(shares.taken_by("ann"), 6U);
}

TEST(Shares, WhatIsHeldIsGivenBackOnceWhereverItWent) {
  Shares shares(10, 10);
  {
    Shares::Hold first = shares.hold("ann");
    EXPECT_EQ(first.grow_to(3), Taken::kYes);
    EXPECT_EQ(first.grow_to(2), Taken::kYes) << "nothing to do";
    Shares::Hold second = std::move(first);
    EXPECT_EQ(second.grow_to(7), Taken::kYes);
    Shares::Hold third = shares.hold("bob");
    EXPECT_EQ(third.grow_to(1), Taken::kYes);
    third = std::move(second);
    EXPECT_EQ(shares.taken(), 7U) << "what it held before was given back";
    EXPECT_EQ(shares.taken_by("bob"), 0U);
  }
  EXPECT_EQ(shares.taken(), 0U);
  EXPECT_EQ(shares.taken_by("ann"), 0U);
}

TEST(Shares, NobodyHasNoShareOfTheirOwn) {
  Shares shares(10, 1);
  Shares::Hold nobody = shares.hold("");
  EXPECT_EQ(nobody.grow_to(10), Taken::kYes);
  EXPECT_EQ(nobody.grow_to(11), Taken::kAllTaken);
}

TEST(Shares, CountRightWhoeverTakesAtTheSameTime) {
  Shares shares(1000, 1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, who = std::string(i % 2 == 0 ? "a" : "b")] {
      for (int n = 0; n < 1000; ++n) {
        Shares::Hold hold = shares.hold(who);
        EXPECT_EQ(hold.grow_to(1 + n % 200), Taken::kYes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shares.taken(), 0U);
}

TEST(ShareOfAddress, IsTheAddressOfIPv4AndTheNetworkOfIPv6) {
  EXPECT_EQ(share_of_address("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(share_of_address("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(share_of_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(share_of_address("2001:db8:1:2::1"), share_of_address("2001:db8:1:2:ffff::9"));
  EXPECT_NE(share_of_address("2001:db8:1:2::1"), share_of_address("2001:db8:1:3::1"));
  EXPECT_EQ(share_of_address("::1"), "0:0:0:0::/64");
  EXPECT_EQ(share_of_address("1::"), "1:0:0:0::/64");
  EXPECT_EQ(share_of_address("1::2:3:4:5:6"), "1:0:0:2::/64");
  EXPECT_EQ(share_of_address("fe80::1%eth0"), share_of_address("fe80::2"));
  EXPECT_EQ(share_of_address("64:ff9b::192.0.2.1"), "64:ff9b:0:0::/64");
}

TEST(ShareOfAddress, LeavesWhatIsNoAddressAsItIs) {
  for (const char* text : {"", "unknown", ":", "1:2", "1:2:3:4:5:6:7:8:9", "g::1", "1::2::3", "12345::"}) {
    EXPECT_EQ(share_of_address(text), text);
  }
}

}  // namespace
}  // namespace fleethook
