#include "stream/hub.h"

#include "testing/base/manual_loop.h"

namespace fleethook::stream {
namespace {

using testing::ManualLoop;

core::Event event(const std::string& name,
                  std::uint64_t product = 1,
                  const std::string& publisher = "e00fce680000000000000001") {
  core::Event made;
  made.name = name;
  made.data = "21";
  made.product = core::ProductId{product};
  made.publisher = publisher;
  made.published_at = Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 2));
  return made;
}

core::EventPtr shared(core::Event made) {
  return std::make_shared<const core::Event>(std::move(made));
}

// Keeps what is written, one entry a write.
struct Writer final : http::BodyWriter {
  std::vector<std::string> writes;
  bool broken = false, closed = false;
  std::function<void()> on_close;

  bool write(std::string_view bytes) override {
    if (broken) {
      gone();
      return false;
    }
    writes.emplace_back(bytes);
    return true;
  }
  void close() override {
    closed = true;
    gone();
  }
  void on_closed(std::function<void()> callback) override { on_close = std::move(callback); }
  void gone() {
    if (on_close) std::exchange(on_close, nullptr)();
  }
  std::size_t events() const {
    std::size_t count = 0;
    for (const std::string& text : writes) count += text.starts_with("event: ") ? 1 : 0;
    return count;
  }
};

class HubTest : public ::testing::Test {
 protected:
  std::shared_ptr<Writer> subscribe(Filter filter = {}) {
    auto writer = std::make_shared<Writer>();
    hub_.subscribe(loop_, std::move(filter), writer);
    return writer;
  }
  // Past the time in which events are held back.
  std::shared_ptr<Writer> live(Filter filter = {}) {
    auto writer = subscribe(std::move(filter));
    loop_.advance(std::chrono::milliseconds(100));
    return writer;
  }
  void publish(core::Event made) {
    hub_.announce({shared(std::move(made))}, core::EventSeq{++last_});
    loop_.run_ready();
  }
  static std::vector<std::string> names(const Writer& writer) {
    std::vector<std::string> found;
    for (const std::string& text : writer.writes) {
      if (text.starts_with("event: ")) found.push_back(text.substr(7, text.find('\n') - 7));
    }
    return found;
  }

  ManualLoop loop_;
  metrics::Registry metrics_;
  Limits limits_;
  Hub hub_{{&loop_}, metrics_, limits_};
  std::uint64_t last_ = 0;
};

using Names = std::vector<std::string>;

TEST(WireFormat, IsOneEventLineAndOneLineOfJson) {
  core::Event made = event("temp");
  EXPECT_EQ(wire_format(made),
            "event: temp\n"
            "data: "
            "{\"data\":\"21\",\"ttl\":60,\"published_at\":\"2026-01-02T00:00:00.000Z\",\"coreid\":"
            "\"e00fce680000000000000001\","
            "\"productID\":1}\n\n");
  made.data = std::nullopt;
  made.product = {};
  made.device.firmware_version = "7";
  EXPECT_EQ(
      wire_format(made),
      "event: temp\n"
      "data: "
      "{\"data\":null,\"ttl\":60,\"published_at\":\"2026-01-02T00:00:00.000Z\",\"coreid\":\"e00fce680000000000000001\","
      "\"version\":\"7\"}\n\n");
}

TEST(WireFormat, DataWithNewlinesAndBadUtf8StaysOneLine) {
  core::Event made = event("temp");
  made.data = "a\nb\xff\"";
  const std::string wire = wire_format(made);
  EXPECT_EQ(std::count(wire.begin(), wire.end(), '\n'), 3);
  EXPECT_NE(wire.find("a\\nb\xEF\xBF\xBD\\\""), std::string::npos);
}

TEST(WireFormat, NoNameMakesASecondLine) {
  for (const char* name : {"a\nevent: forged\ndata: {}\n\n", "a\rb", "a\r\nb", "a\x01\x7f",
                           "a\xe2\x80\xa8"
                           "b"}) {
    core::Event made = event(name);
    const std::string wire = wire_format(made);
    EXPECT_EQ(std::count(wire.begin(), wire.end(), '\n'), 3) << wire;
    EXPECT_EQ(wire.find('\r'), std::string::npos);
    EXPECT_EQ(wire.find("\nevent: "), std::string::npos);
    EXPECT_TRUE(wire.starts_with("event: a_"));
  }
}

TEST(Filter, AllConditionsHoldTogether) {
  core::UserId user;
  user.bytes[0] = 1;
  core::Event made = event("temp/x");
  Filter filter;
  const auto matches = [&] { return filter.matches(made, made.publisher); };
  EXPECT_TRUE(matches());
  filter.prefix = "temp/";
  EXPECT_TRUE(matches());
  filter.prefix = "Temp/";
  EXPECT_FALSE(matches());
  filter.prefix = "";
  filter.device = made.publisher;
  EXPECT_TRUE(matches());
  filter.device = "e00fce680000000000000002";
  EXPECT_FALSE(matches());
  filter.device = "";
  filter.owner = user;
  EXPECT_FALSE(matches());
  made.owner = user;
  EXPECT_TRUE(matches());
  filter.still_reached = [](core::ProductId, std::string_view) { return false; };
  EXPECT_FALSE(matches()) << "a late event of a product's device that is one's own no more";
  made.product = {};
  EXPECT_TRUE(matches()) << "the sandbox's own are not asked about";
  made.product = core::ProductId{1};
  filter.still_reached = [&](core::ProductId product, std::string_view device) {
    return product.value == 1 && device == made.publisher;
  };
  EXPECT_TRUE(matches());
  filter.still_reached = nullptr;
  filter.products = [](core::ProductId product) { return product.value == 2; };
  EXPECT_FALSE(matches());
  made.product = core::ProductId{2};
  EXPECT_TRUE(matches());
  made.product = {};  // a sandbox event is in no product's stream
  EXPECT_FALSE(matches());
}

TEST_F(HubTest, WhatADeliveryMakesIsNeverSeenBeforeItsEvent) {
  const auto writer = live();
  const auto cause = shared(event("temp"));
  const core::EventSeq seq{1};
  // The delivery was read from the disk and sent before the commit's callback came to announce its event.
  hub_.publish_made(cause, seq, {shared(event("hook-sent/temp", 1, "particle-internal"))});
  hub_.publish_made(cause, seq, {shared(event("hook-response/temp/0", 1, "particle-internal"))});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), Names{});
  hub_.announce({cause}, seq);
  hub_.publish_made(cause, seq, {shared(event("hook-response/temp/1", 1, "particle-internal"))});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), (Names{"temp", "hook-sent/temp", "hook-response/temp/0", "hook-response/temp/1"}));
}

TEST_F(HubTest, OnlyWhatIsStillToBeAnnouncedWaits) {
  const auto writer = live();
  const auto first = shared(event("a")), second = shared(event("b"));
  hub_.publish_made(second, core::EventSeq{2}, {shared(event("hook-sent/b"))});
  hub_.publish_made(first, core::EventSeq{1}, {shared(event("hook-sent/a"))});
  hub_.announce({first}, core::EventSeq{1});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), (Names{"a", "hook-sent/a"}));
  hub_.announce({second}, core::EventSeq{2});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), (Names{"a", "hook-sent/a", "b", "hook-sent/b"}));
}

TEST_F(HubTest, WhatIsMadeOfEventsFromBeforeTheStartOrOfATestWaitsForNothing) {
  Hub hub({&loop_}, metrics_, limits_, core::EventSeq{7});
  const auto writer = std::make_shared<Writer>();
  hub.subscribe(loop_, {}, writer);
  loop_.advance(limits_.stream_first_event_delay);
  hub.publish_made(shared(event("old")), core::EventSeq{7}, {shared(event("hook-sent/old"))});
  hub.publish_made(shared(event("test")), core::EventSeq{}, {shared(event("hook-sent/test"))});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), (Names{"hook-sent/old", "hook-sent/test"}));
  hub.close_all(loop_);
  loop_.run_ready();
}

TEST_F(HubTest, AnnouncesWhileNobodyListens) {
  publish(event("a"));
  const auto writer = live();
  hub_.publish_made(shared(event("a")), core::EventSeq{last_}, {shared(event("hook-sent/a"))});
  loop_.run_ready();
  EXPECT_EQ(names(*writer), Names{"hook-sent/a"});
}

TEST_F(HubTest, TheStreamOfADeviceShowsWhatItsEventsMade) {
  const std::string one = "e00fce680000000000000001", two = "e00fce680000000000000002";
  Filter of_one, of_two;
  of_one.device = one;
  of_two.device = two;
  const auto first = live(std::move(of_one)), second = live(std::move(of_two));
  const auto cause = shared(event("temp", 1, one));
  hub_.announce({cause}, core::EventSeq{1});
  hub_.publish_made(cause, core::EventSeq{1}, {shared(event("hook-sent/temp", 1, "particle-internal"))});
  loop_.run_ready();
  EXPECT_EQ(names(*first), (Names{"temp", "hook-sent/temp"}));
  EXPECT_EQ(names(*second), Names{});
}

TEST_F(HubTest, ClosesOnWhoMayNotListenAnyMoreBeforeTheNextEventAndSoonWithoutOne) {
  bool may_listen = true;
  Filter filter;
  filter.prefix = "temp";
  filter.ended = [&] { return may_listen ? std::nullopt : std::optional<std::string>("the token has ended"); };
  const auto ended = live(filter), silent = live(filter), other = live();
  publish(event("temp"));
  EXPECT_EQ(ended->events(), 1U);
  filter.prefix = "door";
  const auto elsewhere = live(filter);
  may_listen = false;
  publish(event("temp"));
  EXPECT_EQ(ended->events(), 1U) << "nothing is written after the end";
  EXPECT_TRUE(ended->closed);
  EXPECT_EQ(ended->writes.back(), ": the stream has ended: the token has ended\n\n");
  EXPECT_TRUE(silent->closed);
  EXPECT_FALSE(elsewhere->closed) << "nothing for it, so it was not asked";
  EXPECT_EQ(other->events(), 2U);
  EXPECT_EQ(hub_.open(), 2U);
  loop_.advance(limits_.stream_rights_checked_every);
  EXPECT_TRUE(elsewhere->closed);
  EXPECT_EQ(hub_.open(), 1U);
  EXPECT_FALSE(other->closed);
}

TEST_F(HubTest, EndsAStreamThatIsNotLiveYetWithoutWhatItHeldBack) {
  bool may_listen = true;
  Filter filter;
  filter.ended = [&] { return may_listen ? std::nullopt : std::optional<std::string>("why"); };
  const auto writer = subscribe(std::move(filter));
  publish(event("temp"));
  may_listen = false;
  publish(event("temp"));
  EXPECT_EQ(writer->writes, (Names{":ok\n\n", ": the stream has ended: why\n\n"}));
  loop_.advance(limits_.stream_keepalive);
  EXPECT_EQ(writer->writes.size(), 2U);
  EXPECT_EQ(loop_.timers(), 0U);
}

TEST_F(HubTest, GreetsAtOnceAndHoldsTheFirstEventsBackInOneWrite) {
  const auto writer = subscribe();
  EXPECT_EQ(writer->writes, std::vector<std::string>{":ok\n\n"});
  publish(event("a"));
  publish(event("b"));
  EXPECT_EQ(writer->writes.size(), 1U);
  loop_.advance(limits_.stream_first_event_delay);
  ASSERT_EQ(writer->writes.size(), 2U);
  EXPECT_EQ(writer->writes[1], wire_format(event("a")) + wire_format(event("b")));
}

TEST_F(HubTest, AfterwardsEachEventIsOneWrite) {
  const auto writer = live();
  publish(event("a"));
  publish(event("b"));
  ASSERT_EQ(writer->writes.size(), 3U);
  EXPECT_EQ(writer->writes[1], wire_format(event("a")));
}

TEST_F(HubTest, GivesEachSubscriberWhatItsFilterTakes) {
  Filter only_two;
  only_two.products = [](core::ProductId product) { return product.value == 2; };
  const auto all = live();
  const auto two = live(std::move(only_two));
  publish(event("a", 1));
  publish(event("b", 2));
  EXPECT_EQ(all->events(), 2U);
  EXPECT_EQ(two->events(), 1U);
}

TEST_F(HubTest, KeepsAnIdleStreamAliveAndSaysNothingOnABusyOne) {
  const auto writer = live();
  loop_.advance(limits_.stream_keepalive);
  EXPECT_EQ(writer->writes.back(), ":\n\n");
  const std::size_t before = writer->writes.size();
  loop_.advance(limits_.stream_keepalive / 2);
  publish(event("a"));
  loop_.advance(limits_.stream_keepalive - std::chrono::milliseconds(100));
  EXPECT_EQ(writer->writes.size(), before + 1);  // the event; its silence is not over
  loop_.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(writer->writes.back(), ":\n\n");
}

TEST_F(HubTest, ForgetsAPeerThatHasGone) {
  const auto writer = live();
  EXPECT_TRUE(hub_.wanted());
  writer->gone();
  loop_.run_ready();
  EXPECT_FALSE(hub_.wanted());
  EXPECT_EQ(loop_.timers(), 0U);
  EXPECT_EQ(writer.use_count(), 1);
}

TEST_F(HubTest, AReaderThatIsTooSlowIsDroppedAndTheOthersGoOn) {
  const auto slow = live();
  const auto quick = live();
  slow->broken = true;
  publish(event("a"));
  publish(event("b"));
  EXPECT_EQ(quick->events(), 2U);
  EXPECT_EQ(slow->events(), 0U);
  EXPECT_TRUE(hub_.wanted());
  EXPECT_EQ(slow.use_count(), 1);
}

TEST_F(HubTest, CountsAStreamThatItCutsOnce) {
  const auto cut = [&] { return metrics_.counter("fleethook_streams_cut_total", "as it is", {}).value(); };
  const auto slow = live();
  slow->broken = true;
  hub_.announce({shared(event("a")), shared(event("b")), shared(event("c"))}, core::EventSeq{last_ += 3});
  loop_.run_ready();
  EXPECT_EQ(cut(), 1U);
  EXPECT_EQ(slow.use_count(), 1);
}

TEST_F(HubTest, LetsGoOfWhatAStreamHoldsWhenItEnds) {
  Filter filter;
  auto held = std::make_shared<int>(1);
  filter.held = held;
  const auto stream = live(std::move(filter));
  EXPECT_EQ(held.use_count(), 2);
  stream->gone();
  loop_.run_ready();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(HubTest, HasRoomUntilItIsFull) {
  Limits small;
  small.streams_max = 2;
  Hub hub({&loop_}, metrics_, small);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(hub.has_room());
    hub.subscribe(loop_, {}, std::make_shared<Writer>());
  }
  EXPECT_FALSE(hub.has_room());
  hub.close_all(loop_);
  loop_.run_ready();
  EXPECT_TRUE(hub.has_room());
}

TEST_F(HubTest, ClosesAllOnRequest) {
  const auto writer = live();
  hub_.close_all(loop_);
  loop_.run_ready();
  EXPECT_TRUE(writer->closed);
  EXPECT_FALSE(hub_.wanted());
}

}  // namespace
}  // namespace fleethook::stream
