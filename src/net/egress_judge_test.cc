#include "net/egress_judge.h"

#include <thread>

#include <gtest/gtest.h>

namespace fleethook::net {
namespace {

TEST(EgressJudge, TellsBeforehandWhatTheGuardWillSay) {
  const SystemClock clock;
  AsioLoop loop(clock);
  Resolver resolver(clock, ResolverOptions{.query_time = std::chrono::milliseconds(50), .servers = {"127.0.0.1:9"}});
  const EgressPolicy policy({Cidr::parse("10.1.0.0/16").value()});
  const EgressJudge judge(loop, resolver, policy);
  std::thread thread([&loop] { loop.run(); });
  const auto says = [&](const std::string& host) {
    return judge.refuses(host, std::chrono::seconds(10)).value_or("nothing");
  };
  EXPECT_EQ(says("127.0.0.1"),
            "address 127.0.0.1 is refused by the egress guard; an administrator can allow it with --allow-egress "
            "127.0.0.0/8");
  EXPECT_TRUE(says("::1").starts_with("address ::1 is refused"));
  EXPECT_TRUE(says("localhost").starts_with("address 127.0.0.1 is refused"));
  EXPECT_EQ(says("10.1.2.3"), "nothing");
  EXPECT_TRUE(says("10.2.2.3").ends_with("--allow-egress 10.0.0.0/8"));
  EXPECT_EQ(says("8.8.8.8"), "nothing");
  EXPECT_EQ(says("nowhere.invalid"), "nothing") << "a name that is not found is another's business";
  EXPECT_EQ(judge.refuses("slow.example", Duration(1)), std::nullopt) << "it waits no longer than it may";
  loop.post([&] { resolver.forget(loop); });
  loop.stop();
  thread.join();
}

}  // namespace
}  // namespace fleethook::net
