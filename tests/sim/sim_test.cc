// The whole of ingest and delivery under many seeds. A failure prints its seed; FLEETHOOK_SIM_SEED=<seed> runs that one
// again, FLEETHOOK_SIM_SEEDS=<count> more of them.
#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/log.h"
#include "world.h"

namespace fleethook::testing {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Situations that the seeds must reach between them; a name that is no longer reached means that something is no longer
// tested.
const std::vector<std::string> kProbes = {"100-continue unasked",
                                          "answer after the time-out",
                                          "answer that is not HTTP",
                                          "answered before the request ended",
                                          "body shorter than said",
                                          "cancelled",
                                          "what waited was dropped",
                                          "finished what was on the wire",
                                          "clock jumped",
                                          "commit acknowledged late",
                                          "connect timed out",
                                          "connection refused",
                                          "crash",
                                          "crash while stopping",
                                          "died with connections open",
                                          "fresh deliveries loaded from disk",
                                          "gave up",
                                          "gave up after the time was over",
                                          "idle connection closed by the receiver",
                                          "integration deleted in mid-flight",
                                          "kept-alive connection closed at the moment of reuse",
                                          "older version loaded",
                                          "others of its device wait",
                                          "parked as it was accepted",
                                          "parked deliveries released",
                                          "publish refused",
                                          "read failed",
                                          "redirect",
                                          "repeated after a stale connection",
                                          "repeated by the next life",
                                          "reset before the answer",
                                          "reset in the body",
                                          "reset in the headers",
                                          "replay cancelled",
                                          "replayed",
                                          "retries loaded from disk",
                                          "Retry-After",
                                          "silence",
                                          "skipped",
                                          "slow bytes",
                                          "stopped in good order",
                                          "test failed",
                                          "test passed",
                                          "write failed"};

class Simulation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { log::configure(log::Format::kText, log::Level::kError); }
};

TEST_F(Simulation, NothingAcceptedIsLostWhateverTheWeather) {
  const std::uint64_t only = from_environment("FLEETHOOK_SIM_SEED", 0);
  const std::uint64_t count = only != 0 ? 1 : from_environment("FLEETHOOK_SIM_SEEDS", 500);
  std::map<std::string, std::uint64_t> probes;
  std::uint64_t deliveries = 0, failures = 0;
  for (std::uint64_t i = 0; i < count && failures < 3; ++i) {
    World world(only != 0 ? only : 1 + i);
    world.run();
    for (const auto& [name, times] : world.sim().probes()) probes[name] += times;
    deliveries += world.deliveries();
    if (world.failure().empty()) continue;
    ++failures;
    ADD_FAILURE() << world.failure();
  }
  RecordProperty("deliveries", std::to_string(deliveries));
  if (only != 0 || failures > 0) return;
  for (const std::string& name : kProbes) EXPECT_GT(probes[name], 0U) << "never reached: " << name;
}

TEST_F(Simulation, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World one(seed), other(seed);
    one.run();
    other.run();
    EXPECT_EQ(one.sim().trace_hash(), other.sim().trace_hash()) << "seed " << seed;
    EXPECT_EQ(one.sim().steps(), other.sim().steps()) << "seed " << seed;
  }
}

// Oracle 5.
TEST_F(Simulation, ADeadReceiverDoesNotSlowTheOthers) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    Weather weather;
    weather.dead_receiver = true;
    weather.receivers = 5;
    weather.integrations = 15;
    weather.events = 300;
    weather.publishing = std::chrono::seconds(20);
    World world(seed, weather);
    world.run();
    ASSERT_EQ(world.failure(), "");
    auto latencies = world.healthy_latencies();
    ASSERT_GT(latencies.size(), 200U);
    std::sort(latencies.begin(), latencies.end());
    EXPECT_LT(latencies[latencies.size() * 99 / 100], std::chrono::milliseconds(60)) << "seed " << seed;
  }
}

TEST_F(Simulation, HeldPlacementsDoNotSlowTheOthers) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    Weather weather;
    weather.pauses = 40;
    weather.receivers = 2;  // so that those that are held share lanes with the others
    weather.integrations = 15;
    weather.events = 300;
    weather.publishing = std::chrono::seconds(20);
    weather.limits.lane_window_max = 32;
    World world(seed, weather);
    world.run();
    ASSERT_EQ(world.failure(), "");
    EXPECT_TRUE(world.sim().probes().contains("parked deliveries released"));
    auto latencies = world.healthy_latencies();
    ASSERT_GT(latencies.size(), 200U);
    std::sort(latencies.begin(), latencies.end());
    EXPECT_LT(latencies[latencies.size() * 99 / 100], std::chrono::milliseconds(60)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace fleethook::testing
