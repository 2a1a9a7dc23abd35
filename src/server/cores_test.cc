#include "server/cores.h"

#include <thread>

#include <gtest/gtest.h>
#include <sched.h>

namespace fleethook::server {
namespace {

TEST(Cores, OfAQuotaAreRoundedUp) {
  EXPECT_EQ(cores_of_quota("200000 100000\n"), 2U);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2U);
  EXPECT_EQ(cores_of_quota("5000 100000"), 1U);
}

TEST(Cores, OfNoQuotaAreNotLimited) {
  for (const char* text : {"max 100000\n", "", "100000", "100000 0", "a b", "1 2 3"}) {
    EXPECT_EQ(cores_of_quota(text), std::nullopt) << text;
  }
}

TEST(Cores, AreThoseThatTheSchedulerMayUse) {
  std::uint32_t seen = 0;
  std::thread([&seen] {
    cpu_set_t all, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (std::size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
      if (CPU_ISSET(core, &all)) CPU_SET(core, &one);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    seen = usable_cores();
  }).join();
  EXPECT_EQ(seen, 1U);
}

}  // namespace
}  // namespace fleethook::server
