#include <atomic>

#include "net/dns_server_for_tests.h"
#include "net/loop_fixture.h"

namespace fleethook::net {
namespace {

using std::chrono::seconds;
using Kind = DnsServer::Kind;

class HandClock final : public Clock {
 public:
  Instant now() const override { return Instant(steady().time_since_epoch()); }
  Steady steady() const override { return Steady(Duration(at_.load())); }
  void pass(Duration span) { at_ += span.count(); }

 private:
  std::atomic<Duration::rep> at_ = 1'000'000'000;
};

class ResolverTest : public LoopTest {
 protected:
  // "127.0.0.1 ::1", or the error's message.
  std::string ask(Resolver& from, const std::string& host) {
    std::string text;
    from.resolve(host, loop, [&](const Result<std::vector<Address>>& answer) {
      text = in_words(answer);
      done();
    });
    run();
    return text;
  }
  std::string ask(const std::string& host) { return ask(resolver, host); }
  static std::string in_words(const Result<std::vector<Address>>& answer) {
    if (!answer) return answer.error().message;
    std::string text;
    for (const Address& address : *answer) text += (text.empty() ? "" : " ") + address.str();
    return text;
  }

  DnsServer dns;
  HandClock hand_clock;
  ResolverOptions options{seconds(5), seconds(300), seconds(5), 10'000, seconds(2), {dns.address()}};
  Resolver resolver{hand_clock, options};
};

TEST_F(ResolverTest, AnswersLiteralsAndLocalhostWithoutDns) {
  EXPECT_EQ(ask("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(ask("2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(ask("[2001:db8::7]"), "2001:db8::7");
  EXPECT_EQ(ask("::ffff:10.0.0.1"), "::ffff:10.0.0.1");
  EXPECT_EQ(ask("localhost"), "127.0.0.1 ::1");
  EXPECT_EQ(ask("localhost."), "127.0.0.1 ::1");
  EXPECT_EQ(ask("receiver.localhost"), "127.0.0.1 ::1");
  EXPECT_EQ(dns.asked(), 0);
}

TEST_F(ResolverTest, OddFormsOfAddressesLeadNowhere) {
  for (const char* host : {"127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "0x",
                           "127.0x1", "foo.0x7f", "example.1", "", ".", "..", "[127.1]"}) {
    EXPECT_EQ(ask(host), "getaddrinfo ENOTFOUND " + std::string(host));
  }
  EXPECT_EQ(ask(std::string("127.0.0.1\0.test", 15)), std::string("getaddrinfo ENOTFOUND 127.0.0.1\0.test", 37));
  EXPECT_EQ(dns.asked(), 0);
}

TEST_F(ResolverTest, AsksForBothFamilies) {
  dns.set("both.test", {Kind::kAnswer, {"192.0.2.1", "192.0.2.2"}, {"2001:db8::1"}});
  const std::string answer = ask("both.test");
  for (const char* expected : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    EXPECT_NE(answer.find(expected), std::string::npos) << answer;
  }
  dns.set("four.test", {Kind::kAnswer, {"192.0.2.4"}});
  EXPECT_EQ(ask("four.test"), "192.0.2.4");
  dns.set("six.test", {Kind::kAnswer, {}, {"2001:db8::6"}});
  EXPECT_EQ(ask("six.test"), "2001:db8::6");
}

TEST_F(ResolverTest, KeepsAnAnswerForItsTimeToLive) {
  dns.set("a.test", {Kind::kAnswer, {"192.0.2.1"}, {}, 60});
  EXPECT_EQ(ask("a.test"), "192.0.2.1");
  dns.set("a.test", {Kind::kAnswer, {"192.0.2.2"}, {}, 60});
  hand_clock.pass(seconds(60) - Duration(1));
  EXPECT_EQ(ask("a.test"), "192.0.2.1");
  EXPECT_EQ(dns.asked("a.test"), 1);
  hand_clock.pass(Duration(1));
  EXPECT_EQ(ask("a.test"), "192.0.2.2");
  EXPECT_EQ(dns.asked("a.test"), 2);
}

TEST_F(ResolverTest, KeepsItsBoundsWhateverTheTimeToLive) {
  dns.set("short.test", {Kind::kAnswer, {"192.0.2.1"}, {}, 0});
  dns.set("long.test", {Kind::kAnswer, {"192.0.2.2"}, {}, 86'400});
  ask("short.test");
  ask("long.test");
  hand_clock.pass(seconds(5) - Duration(1));
  ask("short.test");
  EXPECT_EQ(dns.asked("short.test"), 1);
  hand_clock.pass(Duration(1));
  ask("short.test");
  EXPECT_EQ(dns.asked("short.test"), 2);
  hand_clock.pass(seconds(295) - Duration(1));
  ask("long.test");
  EXPECT_EQ(dns.asked("long.test"), 1);
  hand_clock.pass(Duration(1));
  ask("long.test");
  EXPECT_EQ(dns.asked("long.test"), 2);
}

TEST_F(ResolverTest, RemembersThatANameDoesNotExist) {
  EXPECT_EQ(ask("nobody.test"), "getaddrinfo ENOTFOUND nobody.test");
  EXPECT_EQ(ask("nobody.test"), "getaddrinfo ENOTFOUND nobody.test");
  EXPECT_EQ(dns.asked("nobody.test"), 1);
  dns.set("nobody.test", {Kind::kAnswer, {"192.0.2.1"}});
  hand_clock.pass(seconds(5));
  EXPECT_EQ(ask("nobody.test"), "192.0.2.1");
}

TEST_F(ResolverTest, ANameWithoutAddressesDoesNotExist) {
  dns.set("empty.test", {Kind::kAnswer});
  EXPECT_EQ(ask("empty.test"), "getaddrinfo ENOTFOUND empty.test");
}

TEST_F(ResolverTest, AServerThatFailsIsNotANameThatDoesNotExist) {
  dns.set("broken.test", {Kind::kServerFailure});
  Fault fault = Fault::kInvalid;
  std::string message;
  resolver.resolve("broken.test", loop, [&](const Result<std::vector<Address>>& answer) {
    fault = answer.error().fault;
    message = answer.error().message;
    done();
  });
  run();
  EXPECT_EQ(fault, Fault::kUnavailable);
  EXPECT_TRUE(message.starts_with("getaddrinfo EAI_AGAIN broken.test")) << message;
}

TEST_F(ResolverTest, GoesOnAfterFailures) {
  options.query_time = std::chrono::milliseconds(10);
  Resolver impatient(hand_clock, options);
  for (const Kind failure : {Kind::kServerFailure, Kind::kSilence, Kind::kServerFailure}) {
    dns.set("a.test", {failure});
    EXPECT_TRUE(ask(impatient, "a.test").starts_with("getaddrinfo EAI_AGAIN a.test"));
    dns.set("a.test", {Kind::kAnswer, {"192.0.2.1"}, {}, 0});
    hand_clock.pass(seconds(5));
    EXPECT_EQ(ask(impatient, "a.test"), "192.0.2.1");
    hand_clock.pass(seconds(5));
  }
}

TEST_F(ResolverTest, ServersThatMakeNoSenseAreReportedPerQuestion) {
  options.servers = {"not an address"};
  Resolver useless(hand_clock, options);
  EXPECT_TRUE(ask(useless, "a.test").starts_with("DNS cannot be used: "));
  EXPECT_EQ(ask(useless, "127.0.0.1"), "127.0.0.1");
}

TEST_F(ResolverTest, AsksOnceForManyWhoWait) {
  dns.set("a.test", {Kind::kAnswer, {"192.0.2.1"}});
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    resolver.resolve("a.test", loop, [&](const Result<std::vector<Address>>& answer) {
      EXPECT_EQ(in_words(answer), "192.0.2.1");
      if (++answered == 100) done();
    });
  }
  run();
  EXPECT_EQ(dns.asked("a.test"), 1);
}

TEST_F(ResolverTest, ForgetsTheOldestNameWhenFull) {
  options.entries_max = 2;
  Resolver small(hand_clock, options);
  for (const char* name : {"a.test", "b.test", "c.test"}) dns.set(name, {Kind::kAnswer, {"192.0.2.1"}});
  for (const char* name : {"a.test", "b.test", "c.test", "c.test", "b.test"}) ask(small, name);
  EXPECT_EQ(dns.asked("b.test"), 1);
  EXPECT_EQ(dns.asked("c.test"), 1);
  ask(small, "a.test");
  EXPECT_EQ(dns.asked("a.test"), 2);
}

TEST_F(ResolverTest, IsDestroyedWhileSomebodyWaits) {
  dns.set("silent.test", {Kind::kSilence});
  const auto witness = std::make_shared<int>();
  {
    Resolver short_lived(hand_clock, options);
    short_lived.resolve("silent.test", loop, [witness](const Result<std::vector<Address>>&) { FAIL(); });
    dns.wait_until_asked("silent.test");
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(ResolverTest, ALoopThatGoesIsForgotten) {
  dns.set("silent.test", {Kind::kSilence});
  options.query_time = std::chrono::milliseconds(50);
  Resolver impatient(hand_clock, options);
  const auto witness = std::make_shared<int>();
  {
    AsioLoop other(clock);
    impatient.resolve("silent.test", other, [witness](const Result<std::vector<Address>>&) { FAIL(); });
    dns.wait_until_asked("silent.test");
    impatient.forget(other);
    EXPECT_EQ(witness.use_count(), 1);
  }
  // It is still being asked for, and whoever comes next waits for the same answer.
  dns.set("silent.test", {Kind::kAnswer, {"192.0.2.1"}});
  EXPECT_EQ(ask(impatient, "silent.test"), "192.0.2.1");
}

}  // namespace
}  // namespace fleethook::net
