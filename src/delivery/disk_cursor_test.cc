#include "delivery/disk_cursor.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace fleethook::delivery {
namespace {

Position at(std::uint64_t event, std::uint64_t integration = 1) {
  return {core::EventSeq{event}, core::IntegrationNumber{integration}};
}

TEST(DiskCursor, TakesDirectlyWhileThereIsRoom) {
  DiskCursor cursor;
  EXPECT_TRUE(cursor.offer(at(1), true));
  EXPECT_TRUE(cursor.offer(at(1, 2), true));
  EXPECT_TRUE(cursor.offer(at(5), true));
  EXPECT_FALSE(cursor.waiting());
}

TEST(DiskCursor, LeavesToTheDiskWhatHasNoRoomAndAllThatFollows) {
  DiskCursor cursor;
  EXPECT_TRUE(cursor.offer(at(1), true));
  EXPECT_FALSE(cursor.offer(at(2), false));
  EXPECT_FALSE(cursor.offer(at(3), true)) << "must not overtake the second";
  EXPECT_TRUE(cursor.waiting());
  EXPECT_EQ(cursor.cursor(), at(1));
}

TEST(DiskCursor, AnOfferOfWhatALoadHasBroughtIsIgnored) {
  DiskCursor cursor;
  EXPECT_TRUE(cursor.offer(at(1), true));
  EXPECT_FALSE(cursor.offer(at(2), false));
  cursor.load_started();
  cursor.load_ended(at(4), true);  // 2, 3 and 4: the offers of 3 and 4 are still on their way
  EXPECT_FALSE(cursor.waiting());
  EXPECT_FALSE(cursor.offer(at(3), true));
  EXPECT_FALSE(cursor.offer(at(4), true));
  EXPECT_TRUE(cursor.offer(at(5), true));
  EXPECT_FALSE(cursor.offer(at(6), false));
  EXPECT_FALSE(cursor.offer(at(2), true)) << "also while something waits again";
}

TEST(DiskCursor, WhatIsOfferedDuringALoadMayHaveBeenMissedByIt) {
  DiskCursor cursor;
  EXPECT_FALSE(cursor.offer(at(1), false));
  cursor.load_started();
  EXPECT_FALSE(cursor.offer(at(2), true));
  cursor.load_ended(at(1), true);
  EXPECT_TRUE(cursor.waiting()) << "the second was not in the load";
  cursor.load_started();
  cursor.load_ended(at(2), true);
  EXPECT_FALSE(cursor.waiting());
}

TEST(DiskCursor, EndsWaitingWhenWhatItWaitedForIsGone) {
  DiskCursor cursor;
  EXPECT_FALSE(cursor.offer(at(1), false));
  cursor.load_started();
  cursor.load_ended(cursor.cursor(), true);
  EXPECT_FALSE(cursor.waiting());
  EXPECT_TRUE(cursor.offer(at(2), true));
}

// Against a model of disk and offers: commits and their offers in order, loads that see what is committed, at any
// moment.
TEST(DiskCursor, NothingIsLostAndNothingComesTwiceWheneverLoadsCome) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SeededRandom random(seed);
    const auto below = [&random](std::uint64_t bound) { return random.next() % bound; };
    DiskCursor cursor;
    std::uint64_t committed = below(2) == 0 ? 0 : below(10);
    const std::uint64_t before = committed, total = before + 1 + below(60), window = 1 + below(6);
    if (before > 0) cursor.found_on_disk();
    std::vector<std::uint64_t> offers;  // on their way
    std::map<std::uint64_t, int> taken;
    std::uint64_t in_memory = 0;
    std::optional<std::vector<std::uint64_t>> load;
    std::size_t load_limit = 0;
    const auto take = [&](std::uint64_t one) {
      ++taken[one];
      ++in_memory;
    };
    for (int idle = 0; idle < 100;) {
      switch (below(5)) {
        case 0:
          if (committed == total) break;
          offers.push_back(++committed);
          break;
        case 1: {
          if (offers.empty()) break;
          const std::uint64_t one = offers.front();
          offers.erase(offers.begin());
          if (cursor.offer(at(one), in_memory < window)) take(one);
          break;
        }
        case 2:
          if (load || !cursor.waiting() || in_memory >= window) break;
          cursor.load_started();
          load_limit = window - in_memory;
          load.emplace();
          for (std::uint64_t one = cursor.cursor().event.value + 1; one <= committed && load->size() < load_limit;
               ++one)
            load->push_back(one);
          break;
        case 3:
          if (!load) break;
          cursor.load_ended(load->empty() ? cursor.cursor() : at(load->back()), load->size() < load_limit);
          for (const std::uint64_t one : *load) take(one);
          load.reset();
          break;
        default:
          if (in_memory > 0) in_memory -= 1 + below(in_memory);
          break;
      }
      const bool at_rest = committed == total && offers.empty() && !load && !cursor.waiting();
      idle = at_rest ? idle + 1 : 0;
    }
    for (std::uint64_t one = 1; one <= total; ++one)
      ASSERT_EQ(taken[one], 1) << "position " << one << " of seed " << seed;
  }
}

}  // namespace
}  // namespace fleethook::delivery
