#include "delivery/pool.h"

#include <gtest/gtest.h>

#include "testing/sim_network.h"

namespace fleethook::delivery {
namespace {

class PoolTest : public ::testing::Test, public Pool::Client, public testing::Imposter::Witness {
 protected:
  void connected(ConnectionPtr connection) override { made.push_back(std::move(connection)); }
  void not_connected(http::ConnectFault fault, std::string) override { faults.push_back(fault); }
  void received(const testing::Imposter&, const testing::Imposter::Request&) override {}
  void answered(const testing::Imposter&, const http::Request&, int, std::optional<Duration>, bool) override {}

  Pool::Ticket connect(bool verify = true) {
    return pool->connect({"a.example", 80, false, verify}, Deadline::after(sim, std::chrono::seconds(20)), *this);
  }
  ConnectionPtr connection() {
    connect();
    run(std::chrono::milliseconds(50));
    ConnectionPtr last = std::move(made.back());
    made.pop_back();
    return last;
  }
  void run(Duration span) { sim.run_until(sim.steady() + span); }

  testing::Sim sim{1};
  testing::SimNetwork network{sim};
  testing::Imposter& receiver = network.add("a.example", 80, {}, *this);
  testing::SimLoop loop{sim};
  testing::SimTransport transport{network, loop};
  Limits limits;
  std::vector<ConnectionPtr> made;
  std::vector<http::ConnectFault> faults;
  std::unique_ptr<Pool> pool = std::make_unique<Pool>(loop, transport, limits);
};

TEST_F(PoolTest, LeasesTheMostRecentlyUsed) {
  ConnectionPtr first = connection(), second = connection();
  const auto* last = second.get();
  pool->give_back(std::move(first), true);
  pool->give_back(std::move(second), true);
  EXPECT_EQ(pool->idle(), 2U);
  ConnectionPtr leased = pool->lease(true);
  EXPECT_EQ(leased.get(), last);
  EXPECT_EQ(pool->open(), 2U);
  pool->drop(std::move(leased));
  EXPECT_EQ(pool->open(), 1U);
}

TEST_F(PoolTest, AConnectionWithoutVerificationIsNotGivenToWhoWantsIt) {
  pool->give_back(connection(), false);
  EXPECT_EQ(pool->lease(true), nullptr);
  ConnectionPtr leased = pool->lease(false);
  ASSERT_NE(leased, nullptr);
  pool->drop(std::move(leased));
}

TEST_F(PoolTest, MakesRoomByClosingAnIdleOneOfTheOtherKind) {
  limits.connections_per_lane_max = 1;
  pool->give_back(connection(), false);
  pool->settle();
  connect(true);
  EXPECT_EQ(pool->open(), 1U);
  EXPECT_EQ(pool->idle(), 0U);
  run(std::chrono::seconds(1));
  EXPECT_EQ(made.size(), 1U);
  pool->drop(std::move(made[0]));
}

TEST_F(PoolTest, ForgetsAnIdleConnectionThatItsPeerCloses) {
  receiver.personality.idle_max = std::chrono::seconds(5);
  ConnectionPtr one = connection();
  bool answered = false;
  one->exchange("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", false, Deadline::never(),
                [&](const http::ExchangeResult& result) {
                  answered = result.fault == http::ExchangeFault::kNone && result.reusable;
                });
  run(std::chrono::seconds(1));
  ASSERT_TRUE(answered);
  pool->give_back(std::move(one), true);
  pool->settle();
  EXPECT_EQ(pool->open(), 1U);
  run(std::chrono::seconds(5));
  EXPECT_EQ(pool->open(), 0U);
}

TEST_F(PoolTest, ClosesWhatIsIdleForLong) {
  pool->give_back(connection(), true);
  pool->settle();
  run(limits.connection_idle_max - std::chrono::seconds(1));
  pool->close_idle(sim.steady());
  EXPECT_EQ(pool->open(), 1U);
  run(std::chrono::seconds(1));
  pool->close_idle(sim.steady());
  EXPECT_EQ(pool->open(), 0U);
}

TEST_F(PoolTest, TellsWhyItCouldNotConnect) {
  receiver.personality.refuse = 1;
  connect();
  run(std::chrono::seconds(1));
  receiver.personality = {};
  receiver.personality.unreachable = 1;
  connect();
  run(std::chrono::seconds(19));
  EXPECT_EQ(pool->open(), 1U);
  run(std::chrono::seconds(2));
  EXPECT_EQ(faults, (std::vector{http::ConnectFault::kRefused, http::ConnectFault::kTimedOut}));
  EXPECT_EQ(pool->open(), 0U);
}

TEST_F(PoolTest, WhoHasCancelledHearsNothing) {
  const Pool::Ticket ticket = connect();
  pool->cancel(ticket);
  pool->cancel(ticket);
  EXPECT_EQ(pool->open(), 0U);
  run(std::chrono::seconds(1));
  EXPECT_TRUE(made.empty());
}

TEST_F(PoolTest, MayGoWhileItConnects) {
  connect();
  pool.reset();
  run(std::chrono::seconds(1));
  EXPECT_TRUE(made.empty());
}

}  // namespace
}  // namespace fleethook::delivery
