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

// Keeps what is written, one entry a write, and takes it at once unless it is deaf.
struct Writer final : http::BodyWriter {
  explicit Writer(Loop& on) : loop(on) {}
  Loop& loop;
  std::vector<std::string> writes;
  bool deaf = false, gone_already = false, closed = false, was_cut = false;
  std::function<void()> on_close, taken;

  bool write(std::string_view bytes) override {
    if (gone_already) return false;
    writes.emplace_back(bytes);
    if (!deaf) take();
    return true;
  }
  void take() {
    if (taken) loop.post(taken);
  }
  void close() override { closed = true; }
  void cut() override { closed = was_cut = true; }
  void on_taken(std::function<void()> callback) override { taken = std::move(callback); }
  void on_closed(std::function<void()> callback) override { on_close = std::move(callback); }
  void gone() {
    if (on_close) std::exchange(on_close, nullptr)();
  }
  std::string text() const {
    std::string all;
    for (const std::string& one : writes) all += one;
    return all;
  }
  std::size_t events() const { return names().size(); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    const std::string all = text();
    for (std::size_t at = all.find("event: "); at != std::string::npos; at = all.find("\nevent: ", at)) {
      at = all.find(' ', at) + 1;
      found.push_back(all.substr(at, all.find('\n', at) - at));
    }
    return found;
  }
};

class HubTest : public ::testing::Test {
 protected:
  std::shared_ptr<Writer> subscribe(Filter filter = {}) {
    auto writer = std::make_shared<Writer>(loop_);
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
  static std::vector<std::string> names(const Writer& writer) { return writer.names(); }

  ManualLoop loop_;
  metrics::Registry metrics_;
  Limits limits_;
  static core::OrganizationId organization(int number) {
    core::OrganizationId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    return id;
  }
  // Products 11 to 19 are those of organization 1, and so on.
  static core::OrganizationId organization_of(core::ProductId product) {
    return organization(static_cast<int>(product.value / 10));
  }
  Hub hub_{{&loop_}, metrics_, limits_, organization_of};
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
  core::OrganizationId of;
  const auto matches = [&] { return filter.matches(made, made.publisher, of); };
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
  filter.product = core::ProductId{2};
  EXPECT_FALSE(matches());
  made.product = core::ProductId{2};
  EXPECT_TRUE(matches());
  filter.organization.bytes[0] = 1;
  EXPECT_FALSE(matches());
  of.bytes[0] = 1;
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
  Hub hub({&loop_}, metrics_, limits_, organization_of, core::EventSeq{7});
  const auto writer = std::make_shared<Writer>(loop_);
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

TEST_F(HubTest, EachListenerHearsOfItsProductItsOrganizationOrItsOwner) {
  core::UserId ann;
  ann.bytes[0] = 1;
  Filter of_product, of_organization, of_owner;
  of_product.product = core::ProductId{11};
  of_organization.organization = organization(1);
  of_owner.owner = ann;
  const auto product = live(of_product), whole = live(of_organization), own = live(of_owner);
  publish(event("a", 11));
  publish(event("b", 12));
  publish(event("c", 21));
  core::Event hers = event("d", 11);
  hers.owner = ann;
  publish(hers);
  hers.product = {};
  hers.name = "e";
  publish(hers);
  EXPECT_EQ(names(*product), (Names{"a", "d"}));
  EXPECT_EQ(names(*whole), (Names{"a", "b", "d"}));
  EXPECT_EQ(names(*own), (Names{"d", "e"}));
}

TEST_F(HubTest, EndsAStreamThatIsNotLiveYetWithoutWhatItHeldBack) {
  bool may_listen = true;
  Filter filter;
  filter.ended = [&] { return may_listen ? std::nullopt : std::optional<std::string>("why"); };
  const auto writer = subscribe(std::move(filter));
  publish(event("temp"));
  may_listen = false;
  loop_.advance(limits_.stream_first_event_delay);
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
  only_two.product = core::ProductId{2};
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

TEST_F(HubTest, ForgetsAPeerThatIsFoundToHaveGoneWhenItIsWrittenTo) {
  const auto writer = live();
  writer->gone_already = true;
  publish(event("a"));
  EXPECT_FALSE(hub_.wanted());
  EXPECT_EQ(writer.use_count(), 1);
  EXPECT_FALSE(writer->was_cut);
}

// --- how much at once ------------------------------------------------------------------------------------------------

TEST_F(HubTest, WhatComesWhileAReaderTakesIsOneWriteAfterwards) {
  const auto writer = live();
  writer->deaf = true;
  publish(event("a"));
  publish(event("b"));
  publish(event("c"));
  EXPECT_EQ(names(*writer), Names{"a"});
  writer->take();
  loop_.run_ready();
  EXPECT_EQ(writer->writes.back(), wire_format(event("b")) + wire_format(event("c")));
}

TEST_F(HubTest, AReaderThatIsTooSlowIsCutAndCountedOnceAndTheOthersGetABurstOfAnyLength) {
  const auto cuts = [&] { return metrics_.counter("fleethook_streams_cut_total", "as it is", {}).value(); };
  const auto slow = live();
  const auto quick = live();
  slow->deaf = true;
  std::vector<core::EventPtr> many;
  std::string all;
  for (int number = 0; number < 200; ++number) {
    core::Event made = event("n");
    made.data = std::string(16'000, 'x');
    all += wire_format(made);
    many.push_back(shared(std::move(made)));
  }
  hub_.announce(many, core::EventSeq{last_ += 200});
  loop_.run_ready();
  loop_.advance(std::chrono::milliseconds(500));
  EXPECT_TRUE(slow->was_cut);
  EXPECT_EQ(cuts(), 1U);
  EXPECT_EQ(slow.use_count(), 1);
  EXPECT_TRUE(hub_.wanted());
  EXPECT_EQ(quick->text(), ":ok\n\n" + all);
}

TEST_F(HubTest, ManyListenersAreServedInTurnsWithTheLoopForOthersInBetween) {
  limits_.stream_steps_per_turn_max = 640;  // ten writes
  limits_.stream_steps_per_s = 64'000;      // a thousand a second
  Hub hub({&loop_}, metrics_, limits_, organization_of);
  std::vector<std::shared_ptr<Writer>> writers;
  for (int i = 0; i < 50; ++i) {
    writers.push_back(std::make_shared<Writer>(loop_));
    hub.subscribe(loop_, {}, writers.back());
  }
  loop_.advance(std::chrono::seconds(1));
  const auto served = [&] { return std::ranges::count_if(writers, [](const auto& one) { return one->events() > 0; }); };
  hub.announce({shared(event("a"))}, core::EventSeq{1});
  loop_.run_ready();
  EXPECT_GT(served(), 0);
  EXPECT_LE(served(), 10);
  loop_.advance(std::chrono::milliseconds(20));
  EXPECT_LE(served(), 30);
  // What is published meanwhile comes with what waits.
  hub.announce({shared(event("b"))}, core::EventSeq{2});
  loop_.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(served(), 50);
  EXPECT_EQ(writers.back()->writes.size(), 2U) << "both events in one write";
  for (const auto& writer : writers) {
    std::string text;
    for (std::size_t i = 1; i < writer->writes.size(); ++i) text += writer->writes[i];
    EXPECT_EQ(text, wire_format(event("a")) + wire_format(event("b")));
  }
  hub.close_all(loop_);
}

// A socket that was never read takes megabytes in one write: so the bytes count, not only the writes.
TEST_F(HubTest, LongTextsForManyListenersLeaveTheLoopToOthersToo) {
  limits_.stream_steps_per_turn_max = 640;
  limits_.stream_steps_per_s = 64'000;
  Hub hub({&loop_}, metrics_, limits_, organization_of);
  std::vector<std::shared_ptr<Writer>> writers;
  for (int i = 0; i < 50; ++i) {
    writers.push_back(std::make_shared<Writer>(loop_));
    hub.subscribe(loop_, {}, writers.back());
  }
  loop_.advance(std::chrono::seconds(1));
  const auto served = [&] { return std::ranges::count_if(writers, [](const auto& one) { return one->events() > 0; }); };
  core::Event longest = event("a");
  longest.data = std::string(16'000, 'x');
  hub.announce({shared(std::move(longest))}, core::EventSeq{1});
  loop_.run_ready();
  EXPECT_GT(served(), 0);
  EXPECT_LE(served(), 5);
  loop_.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(served(), 50);
  hub.close_all(loop_);
}

TEST_F(HubTest, AFloodThatIsNotMatchedYetDoesNotKeepTheOthersWaiting) {
  limits_.stream_steps_per_turn_max = 640;
  limits_.stream_steps_per_s = 64'000;
  Hub hub({&loop_}, metrics_, limits_, organization_of);
  Filter flooded, quiet;
  flooded.product = core::ProductId{11};
  quiet.product = core::ProductId{21};
  std::vector<std::shared_ptr<Writer>> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(std::make_shared<Writer>(loop_));
    crowd.back()->deaf = true;
    hub.subscribe(loop_, flooded, crowd.back());
  }
  const auto writer = std::make_shared<Writer>(loop_);
  hub.subscribe(loop_, quiet, writer);
  loop_.advance(std::chrono::seconds(1));
  std::vector<core::EventPtr> many(300, shared(event("flood", 11)));
  hub.announce(many, core::EventSeq{300});
  hub.announce({shared(event("quiet", 21))}, core::EventSeq{301});
  loop_.run_ready();
  loop_.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(names(*writer), Names{"quiet"});
  hub.close_all(loop_);
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
  Hub hub({&loop_}, metrics_, small, organization_of);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(hub.has_room());
    hub.subscribe(loop_, {}, std::make_shared<Writer>(loop_));
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
