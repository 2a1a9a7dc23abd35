// What every Queue must do, as tests. An implementation instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, QueueContract, Values(QueueBackend{"sqlite", make_sqlite}), name_of_backend);
#pragma once
#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "queue/queue_for_tests.h"

namespace fleethook::queue {

class QueueContract : public testing::TestWithParam<QueueBackend> {
 protected:
  QueueContract() : under_test_(GetParam().make()) {}
  Queue& queue() { return under_test_->queue(); }
  void reopen() { under_test_->reopen(); }

  std::vector<Accepted> append(std::vector<Accepted> events) {
    return waiting::append(queue(), std::move(events)).value();
  }
  Accepted append(core::Event event, std::vector<std::pair<std::string, std::uint64_t>> deliveries) {
    return append({accepted(std::move(event), std::move(deliveries))}).front();
  }
  void ack(std::vector<DeliveryKey> keys) { ASSERT_TRUE(waiting::ack(queue(), std::move(keys)).ok()); }
  void retry(std::vector<Retry> retries) { ASSERT_TRUE(waiting::retry(queue(), std::move(retries)).ok()); }
  std::vector<DeliveryKey> ready(core::LaneId lane) { return keys(waiting::load_ready(queue(), lane).value()); }
  std::vector<DeliveryKey> retries(core::LaneId lane, Moment until = Moment::max()) {
    return keys(waiting::load_retries(queue(), lane, until).value());
  }
  static std::vector<DeliveryKey> keys(const std::vector<Pending>& pending) {
    std::vector<DeliveryKey> found;
    for (const Pending& one : pending) found.push_back(one.key);
    return found;
  }
  using Keys = std::vector<DeliveryKey>;

 private:
  std::unique_ptr<QueueUnderTest> under_test_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(QueueContract);

TEST_P(QueueContract, GivesAnEventBackAsItWas) {
  core::Event full;
  for (std::size_t i = 0; i < 16; ++i) full.id.bytes[i] = static_cast<std::uint8_t>(i * 16);
  for (std::size_t i = 0; i < 12; ++i) full.owner.bytes[i] = static_cast<std::uint8_t>(255 - i);
  full.product.value = 12345;
  full.name = "temperature/\xc3\xa4";
  full.data = std::string("{\"a\":\0 \xff\xfe}", 10);
  full.publisher = "0123456789abcdef01234567";
  full.published_at = at(1'722'470'400'123'456);
  full.ttl_s = 16'777'215;
  full.is_public = true;
  full.origin = core::Origin::kDevice;
  full.hops = 8;
  full.device = {"42", "6.1.0", "canary,eu"};
  core::Event empty = event_named("x", 0);
  empty.data = "";
  empty.ttl_s = 0;
  core::Event none = event_named("y");
  core::Event large = event_named("z");
  large.data = std::string(16'384, 'L');
  core::Event replayed = full;
  replayed.replay = 7;
  replayed.replayed_at = full.published_at + std::chrono::days(3);
  std::vector<Accepted> events;
  for (const core::Event& event : {full, empty, none, large, replayed})
    events.push_back(accepted(event, {{"a.com", 3}}));
  events[1].deliveries[0].integration = integration(3, 77);
  events = append(std::move(events));

  const auto check = [&] {
    const auto loaded = waiting::load_ready(queue(), events[0].deliveries[0].lane->id).value();
    ASSERT_EQ(loaded.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(loaded[i].key, key_of(events[i]));
      EXPECT_EQ(*loaded[i].event, *events[i].event) << i;
      EXPECT_EQ(loaded[i].progress, Progress{});
      EXPECT_EQ(loaded[i].due, std::nullopt);
      EXPECT_EQ(loaded[i].version, i == 1 ? 77u : 1u);
    }
  };
  check();
  reopen();
  check();
}

TEST_P(QueueContract, NumbersEventsInTheOrderOfCalls) {
  std::vector<std::promise<std::vector<core::EventSeq>>> answers(50);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::vector<Accepted> events;
    for (std::size_t k = 0; k <= i % 3; ++k) events.push_back(accepted(event_named("e"), {{"a.com", 1}}));
    queue().append(std::move(events), [&answer = answers[i]](const Result<Batch>& appended) {
      ASSERT_TRUE(appended.ok());
      std::vector<core::EventSeq> numbers;
      for (const Accepted& event : **appended) numbers.push_back(event.seq);
      answer.set_value(numbers);
    });
  }
  core::EventSeq last;
  for (auto& answer : answers) {
    for (const core::EventSeq seq : answer.get_future().get()) {
      EXPECT_LT(last, seq);
      last = seq;
    }
  }
  reopen();
  EXPECT_LT(last, append(event_named("e"), {}).seq);
}

TEST_P(QueueContract, FindsAnEventByItsIdAmongNeighboursOfTheSameTime) {
  SeededRandom random(3);
  std::vector<core::Event> events;
  for (int i = 0; i < 60; ++i) {
    core::Event event;
    // Seconds apart, some at the same moment, some a little out of order.
    const Instant when = at(1'722'470'400'000'000 + (i / 3) * 1'700'000 - (i % 5) * 200'000);
    event.id = core::EventId::make(when, random);
    event.name = "e" + std::to_string(i);
    event.published_at = when;
    events.push_back(event);
    append(event, {});
    if (i % 20 != 15) continue;
    // It stands here a second time, far from where its own time says.
    core::Event replayed = events[static_cast<std::size_t>(i) / 20];
    replayed.replay = 1;
    replayed.replayed_at = when;
    append(replayed, {});
  }
  for (int round = 0; round < 2; ++round) {
    for (const core::Event& event : events) {
      const auto found = queue().event(event.id);
      ASSERT_TRUE(found.ok()) << found.error().message;
      EXPECT_EQ(*found->event, event);
    }
    reopen();
  }
  EXPECT_EQ(queue().event(core::EventId::make(at(1'722'470'400'000'000), random)).error().fault, Fault::kNotFound);
  EXPECT_EQ(queue().event(core::EventId::make(at(0), random)).error().fault, Fault::kNotFound);
}

TEST_P(QueueContract, KnowsWhatALanesIdStandsFor) {
  const core::LaneKey keys[] = {{"o:1", true, "a.com", 443},  {"o:2", true, "a.com", 443},
                                {"o:1", false, "a.com", 443}, {"o:1", true, "a.com", 8443},
                                {"o:1", true, "b.com", 443},  {"u:1", false, "invalid", 0}};
  for (int round = 0; round < 3; ++round) {
    for (const core::LaneKey& key : keys) {
      Accepted one = accepted(event_named("e"));
      one.deliveries.push_back({integration(1), core::named_lane(key)});
      append({std::move(one)});
      EXPECT_EQ(queue().lane(core::lane_id(key)).value().key, key);
    }
    if (round == 1) reopen();
  }
  EXPECT_EQ(queue().lanes().value().size(), std::size(keys));
}

TEST_P(QueueContract, LoadsABacklogInPages) {
  std::vector<Accepted> events;
  for (int i = 0; i < 40; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 9}, {"b.com", 2}, {"a.com", 4}}));
  events = append(std::move(events));
  Keys expected;
  for (const Accepted& event : events) {
    expected.push_back(key_of(event, 2));
    expected.push_back(key_of(event, 0));
  }
  const core::LaneId lane = expected[0].lane;
  EXPECT_EQ(ready(lane), expected);
  for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, std::size_t{80}, std::size_t{1000}}) {
    Keys paged;
    while (true) {
      const DeliveryKey after = paged.empty() ? DeliveryKey{} : paged.back();
      const auto page = waiting::load_ready(queue(), lane, after.event, after.integration, limit).value();
      EXPECT_LE(page.size(), limit);
      if (page.empty()) break;
      for (const Pending& one : page) paged.push_back(one.key);
    }
    EXPECT_EQ(paged, expected) << limit;
  }
  EXPECT_TRUE(waiting::load_ready(queue(), lane, {}, {}, 0).value().empty());
  EXPECT_TRUE(ready(core::LaneId{999}).empty());
}

// One placement's backlog stands before another's, and is passed over.
TEST_P(QueueContract, LoadsWhatIsWishedOfEachPlacement) {
  std::vector<Accepted> events;
  for (int i = 0; i < 50; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 1}}));
  for (int i = 0; i < 5; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 1}, {"a.com", 2}, {"a.com", 3}}));
  events = append(std::move(events));
  const core::LaneId lane = key_of(events[0]).lane;
  const auto placement = [](std::uint64_t integration) { return core::PlacementKey{{integration}, {}}; };
  const auto integrations = [](const ReadyFound& found) {
    std::map<std::uint64_t, std::size_t> counts;
    for (const Pending& one : found.deliveries) ++counts[one.key.integration.value];
    return counts;
  };
  using Counts = std::map<std::uint64_t, std::size_t>;
  ReadyWish wish;
  wish.of = {{placement(2), {}, 3}};
  wish.limit = 3;
  wish.for_first = true;
  ReadyFound found = waiting::load_wished(queue(), lane, wish).value();
  EXPECT_EQ(integrations(found), (Counts{{2, 3}}));
  EXPECT_EQ(found.upto, (ReadyPlace{events[52].seq, {2}})) << "no further than the first needs";
  EXPECT_FALSE(found.all);

  wish.of.push_back({placement(1), {events[51].seq, {1}}, 100});
  wish.of.front().limit = 10;
  wish.limit = 110;
  found = waiting::load_wished(queue(), lane, wish).value();
  EXPECT_EQ(integrations(found), (Counts{{1, 3}, {2, 5}})) << "of the other what stands behind its own place";
  EXPECT_TRUE(found.all);

  wish = {.after = {}, .of = {{placement(1), {}, 0}}, .others_each = 2, .limit = 100, .for_first = false};
  found = waiting::load_wished(queue(), lane, wish).value();
  EXPECT_EQ(integrations(found), (Counts{{2, 2}, {3, 2}}));
  EXPECT_TRUE(found.all);
  wish.limit = 3;
  found = waiting::load_wished(queue(), lane, wish).value();
  EXPECT_EQ(found.deliveries.size(), 3u);
  EXPECT_EQ(found.upto, (ReadyPlace{events[51].seq, {2}}));
  EXPECT_FALSE(found.all);
}

// However many are looked through on the way, one load does not hold up the next for long.
TEST_P(QueueContract, ALoadMayEndBeforeItHasFoundSomething) {
  std::vector<Accepted> events;
  for (int i = 0; i < 40'000; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 1}}));
  events.push_back(accepted(event_named("e"), {{"a.com", 2}}));
  events = append(std::move(events));
  ReadyWish wish;
  wish.of = {{{{2}, {}}, {}, 10}};
  wish.limit = 10;
  wish.for_first = true;
  std::size_t found = 0;
  for (int loads = 0; found == 0; ++loads) {
    ASSERT_LT(loads, 10);
    const ReadyFound some = waiting::load_wished(queue(), key_of(events[0]).lane, wish).value();
    found += some.deliveries.size();
    EXPECT_EQ(some.all, !some.deliveries.empty());
    wish.after = some.upto;
  }
  EXPECT_EQ(found, 1u);
}

TEST_P(QueueContract, RetriesOfOnePlacementAreReadPastThoseOfOthers) {
  std::vector<Accepted> events;
  for (int i = 0; i < 20; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 1}, {"a.com", 2}}));
  events = append(std::move(events));
  const core::LaneId lane = key_of(events[0]).lane;
  std::vector<Retry> retries;
  for (int i = 0; i < 20; ++i) retries.push_back({key_of(events[i], 0), 1, {1, 1, due_at(1)}, due_at(10 + i)});
  retries.push_back({key_of(events[3], 1), 1, {1, 1, due_at(1)}, due_at(1000)});
  retries.push_back({key_of(events[2], 1), 1, {1, 1, due_at(1)}, due_at(2000)});
  retry(retries);
  const auto keys_of = [&](std::uint64_t integration, Moment until, std::size_t limit) {
    return keys(waiting::load_retries_of(queue(), lane, {{integration}, {}}, until, limit).value());
  };
  EXPECT_EQ(keys_of(2, Moment::max(), 10), (Keys{key_of(events[3], 1), key_of(events[2], 1)}));
  EXPECT_EQ(keys_of(2, due_at(1500), 10), (Keys{key_of(events[3], 1)}));
  EXPECT_EQ(keys_of(1, Moment::max(), 2), (Keys{key_of(events[0], 0), key_of(events[1], 0)}));
  EXPECT_TRUE(keys_of(3, Moment::max(), 10).empty());
  const std::vector<PlacementDue> expected = {{{{1}, {}}, due_at(10)}, {{{2}, {}}, due_at(1000)}};
  EXPECT_EQ(queue().lane(lane).value().retries, expected);
  EXPECT_EQ(queue().lanes().value().front().retries, expected);
}

TEST_P(QueueContract, StatsNameTheNewestEventThatEverWas) {
  EXPECT_EQ(queue().stats().last, core::EventSeq{});
  append(event_named("a"), {});
  const core::EventSeq last = append(event_named("b"), {}).seq;
  EXPECT_EQ(queue().stats().last, last);
  ASSERT_TRUE(waiting::prune(queue(), at(1'000'000), 0).ok());
  EXPECT_EQ(queue().stats().events, 0u);
  reopen();
  EXPECT_EQ(queue().stats().last, last);
}

TEST_P(QueueContract, AppendsOnceForEachNote) {
  const Note note = note_named(1, "first");
  const Once first =
      waiting::append_once(queue(), note, {accepted(event_named("a"), {{"a.com", 1}}), accepted(event_named("b"))})
          .value();
  ASSERT_EQ(first.events->size(), 2u);
  EXPECT_FALSE(first.earlier);
  EXPECT_EQ(ready(key_of(first.events->at(0)).lane), Keys{key_of(first.events->at(0))});
  for (int round = 0; round < 2; ++round) {
    Note again = note_named(1, "again");
    again.request[0] = 77;
    again.at = due_at(500);
    const Once second = waiting::append_once(queue(), again, {accepted(event_named("a"), {{"a.com", 1}})}).value();
    EXPECT_EQ(second.events, nullptr);
    EXPECT_EQ(second.earlier, note) << "as it was kept, whatever is asked now";
    EXPECT_EQ(queue().stats().events, 2u);
    EXPECT_EQ(queue().stats().ready, 1u);
    reopen();
  }
  EXPECT_EQ(waiting::append_once(queue(), note_named(2, ""), {accepted(event_named("c"))}).value().events->size(), 1u)
      << "another key";
  EXPECT_EQ(append(event_named("d"), {}).seq.value, first.events->at(1).seq.value + 2) << "no numbers are left out";
}

TEST_P(QueueContract, ANoteWhoseTimeIsOverIsReplaced) {
  waiting::append_once(queue(), note_named(1, "first"), {accepted(event_named("a"))}).value();
  Note late = note_named(1, "late");
  late.at = due_at(1000);
  late.until = due_at(2000);
  EXPECT_EQ(waiting::append_once(queue(), late, {accepted(event_named("b"))}).value().events->size(), 1u);
  Note later = late;
  later.at = due_at(1999);
  EXPECT_EQ(waiting::append_once(queue(), later, {accepted(event_named("c"))}).value().earlier, late);
  EXPECT_EQ(queue().stats().events, 2u);
}

TEST_P(QueueContract, ARequestOfWhichNothingWasAcceptedHasANoteToo) {
  EXPECT_TRUE(waiting::append_once(queue(), note_named(1, "none"), {}).value().events->empty());
  EXPECT_EQ(waiting::append_once(queue(), note_named(1, ""), {accepted(event_named("a"))}).value().earlier,
            note_named(1, "none"));
  EXPECT_EQ(queue().stats().events, 0u);
}

TEST_P(QueueContract, OfRequestsWithOneKeyAtTheSameTimeOneIsDone) {
  std::vector<std::promise<Result<Once>>> answers(20);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    queue().append_once(note_named(1, std::to_string(i)), {accepted(event_named("a"))},
                        [&answers, i](Result<Once> once) { answers[i].set_value(std::move(once)); });
  }
  const Once first = answers[0].get_future().get().value();
  EXPECT_EQ(first.events->size(), 1u);
  for (std::size_t i = 1; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].get_future().get().value().earlier, note_named(1, "0"));
  }
  EXPECT_EQ(queue().stats().events, 1u);
}

TEST_P(QueueContract, WhatIsAcknowledgedNeverComesBack) {
  const Accepted one = append(event_named("e"), {{"a.com", 1}, {"a.com", 2}, {"a.com", 3}});
  const core::LaneId lane = key_of(one).lane;
  retry({{key_of(one, 1), 1, {1, 1, due_at(5)}, due_at(100)}});
  ack({key_of(one, 0), key_of(one, 1)});
  ack({key_of(one, 0), {core::LaneId{77}, core::EventSeq{1}, core::IntegrationNumber{1}}});
  ack({});
  retry({{key_of(one, 0), 1, {1, 1, due_at(5)}, due_at(100)}, {key_of(one, 1), 1, {2, 2, due_at(5)}, due_at(100)}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ready(lane), Keys{key_of(one, 2)});
    EXPECT_EQ(retries(lane), Keys{});
    EXPECT_EQ(queue().stats().ready, 1u);
    EXPECT_EQ(queue().stats().retries, 0u);
    EXPECT_EQ(queue().stats().events, 1u) << "the event stays, for replay";
    reopen();
  }
}

TEST_P(QueueContract, ARetryWaitsForItsTimeWithItsProgress) {
  const Accepted one = append(event_named("e"), {{"a.com", 1}, {"a.com", 2}, {"a.com", 3}, {"b.com", 4}});
  const core::LaneId lane = key_of(one).lane;
  retry({{key_of(one, 0), 5, {1, 1, due_at(50)}, due_at(300)}, {key_of(one, 1), 1, {1, 0, due_at(51)}, due_at(200)}});
  retry({{key_of(one, 3), 1, {1, 1, due_at(52)}, due_at(100)}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ready(lane), Keys{key_of(one, 2)});
    EXPECT_EQ(retries(lane), (Keys{key_of(one, 1), key_of(one, 0)}));
    EXPECT_EQ(retries(lane, due_at(300)), (Keys{key_of(one, 1), key_of(one, 0)}));
    EXPECT_EQ(retries(lane, due_at(299)), Keys{key_of(one, 1)});
    EXPECT_EQ(retries(lane, due_at(199)), Keys{});
    EXPECT_EQ(keys(waiting::load_retries(queue(), lane, due_at(900), 1).value()), Keys{key_of(one, 1)});
    const Pending loaded = waiting::load_retries(queue(), lane).value()[1];
    EXPECT_EQ(loaded.due, due_at(300));
    EXPECT_EQ(loaded.version, 5u);
    EXPECT_EQ(loaded.progress, (Progress{1, 1, due_at(50)}));
    EXPECT_EQ(*loaded.event, *one.event);
    reopen();
  }
  retry({{key_of(one, 0), 6, {2, 2, due_at(50)}, due_at(10)}});
  EXPECT_EQ(retries(lane), (Keys{key_of(one, 0), key_of(one, 1)})) << "replaced, not doubled";
  EXPECT_EQ(waiting::load_retries(queue(), lane).value()[0].progress, (Progress{2, 2, due_at(50)}));
  EXPECT_EQ(queue().stats().retries, 3u);
  EXPECT_EQ(queue().stats().ready, 1u);
}

TEST_P(QueueContract, TellsHowManyWaitOfEachPlacement) {
  core::Event event = event_named("e");
  event.product.value = 10001;
  Accepted both = accepted(event, {{"a.com", 1}, {"b.com", 1}, {"a.com", 2}, {"a.com", 3}});
  auto sandbox = std::make_shared<core::Integration>(*integration(3));
  sandbox->scope = core::Scope::kSandbox;
  both.deliveries[3].integration = sandbox;
  both.deliveries[2].parked = true;
  const std::uint64_t before = queue().waiting_revision();
  const Accepted one = append({both}).front();
  EXPECT_GT(queue().waiting_revision(), before);
  const core::PlacementKey first{{1}, {10001}}, second{{2}, {10001}}, third{{3}, {}};
  EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{first, 2, 0}, {second, 1, 1}, {third, 1, 0}}));
  EXPECT_EQ(queue().stats().waiting(), 4u);
  DeliveryKey known = key_of(one, 0), mistaken = key_of(one, 3);
  known.product = {10001};
  mistaken.product = {10001};
  retry({{key_of(one, 1), 1, {1, 1, due_at(1)}, due_at(5)}});
  ack({known, mistaken, known});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{first, 1, 0}, {second, 1, 1}}));
    EXPECT_EQ(waiting::load_retries(queue(), key_of(one, 1).lane).value()[0].product, core::ProductId{10001});
    reopen();
  }
  ack({key_of(one, 1), key_of(one, 2)});
  EXPECT_TRUE(queue().waiting().empty());
  EXPECT_EQ(queue().stats().waiting(), 0u);
}

TEST_P(QueueContract, FindsWhatWaitsOfSomeIntegrationsInALane) {
  std::vector<Accepted> events;
  for (int i = 0; i < 40; ++i)
    events.push_back(accepted(event_named("e", i), {{"a.com", 1}, {"a.com", 2}, {"b.com", 1}, {"a.com", 3}}));
  events[7].deliveries[0].parked = true;
  events = append(std::move(events));
  const core::LaneId lane = key_of(events[0]).lane;
  for (const std::size_t i : {3, 4})
    retry({{key_of(events[i]), 6, {2, 1, due_at(5)}, due_at(100 - static_cast<int>(i))}});
  Keys expected;
  for (std::size_t i = 0; i < 40; ++i) {
    if (i != 3 && i != 4 && i != 7) expected.push_back(key_of(events[i]));
    expected.push_back(key_of(events[i], 3));
  }
  expected.insert(expected.end(), {key_of(events[3]), key_of(events[4])});
  Keys found;
  SearchPlace place;
  for (bool more = true; more;) {
    const Found some = waiting::find(queue(), lane, place, {{1}, {3}}, 9).value();
    EXPECT_LE(some.deliveries.size(), 9u);
    for (const Pending& one : some.deliveries) found.push_back(one.key);
    if (some.all) {
      EXPECT_EQ(some.deliveries.back().progress, (Progress{2, 1, due_at(5)}));
    }
    place = some.upto;
    more = !some.all;
  }
  EXPECT_EQ(found, expected);
  std::size_t behind = 0;
  place = {.retries = false, .event = events[30].seq, .integration = {1}};
  for (bool more = true; more;) {
    const Found some = waiting::find(queue(), lane, place, {{1}}, 1000).value();
    behind += some.deliveries.size();
    place = some.upto;
    more = !some.all;
  }
  EXPECT_EQ(behind, 9u + 2u) << "and the retries";
  EXPECT_TRUE(waiting::find(queue(), lane, {}, {}, 10).value().deliveries.empty());
  EXPECT_TRUE(waiting::find(queue(), {99}, {.retries = true, .event = {}, .integration = {}}, {{1}}, 1).value().all);
  const auto parked = waiting::load_parked(queue(), {{1}, {}}).value();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].key, key_of(events[7]));
  EXPECT_EQ(*parked[0].event, *events[7].event);
  EXPECT_TRUE(waiting::load_parked(queue(), {{1}, {}}, events[7].seq, lane).value().empty());
}

TEST_P(QueueContract, ListsTheLanesThatHaveSomething) {
  EXPECT_TRUE(queue().lanes().value().empty());
  const Accepted one = append(event_named("e"), {{"a.com", 1}, {"b.com", 1}, {"c.com", 1}, {"c.com", 2}, {"d.com", 1}});
  const auto lane = [&](std::size_t i) { return one.deliveries[i].lane->id; };
  retry({{key_of(one, 1), 1, {1, 1, due_at(1)}, due_at(700)}, {key_of(one, 2), 1, {1, 1, due_at(1)}, due_at(400)}});
  ack({key_of(one, 4)});
  for (int round = 0; round < 2; ++round) {
    auto lanes = queue().lanes().value();
    std::sort(lanes.begin(), lanes.end(), [](const LaneState& a, const LaneState& b) { return a.key < b.key; });
    ASSERT_EQ(lanes.size(), 3u);
    const std::optional<Moment> due[] = {std::nullopt, due_at(700), due_at(400)};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(lanes[i].id, lane(i));
      EXPECT_EQ(lanes[i].key, one.deliveries[i].lane->key);
      EXPECT_EQ(lanes[i].has_ready, i != 1);
      EXPECT_EQ(lanes[i].next_due(), due[i]);
      EXPECT_EQ(queue().lane(lane(i)).value().next_due(), due[i]);
      EXPECT_EQ(queue().lane(lane(i)).value().has_ready, i != 1);
    }
    reopen();
  }
  EXPECT_FALSE(queue().lane(lane(4)).value().has_ready) << "known, though empty";
  EXPECT_EQ(queue().lane(core::LaneId{12345}).error().fault, Fault::kNotFound);
}

TEST_P(QueueContract, OffersWhatIsCommittedToTheOwnerOfItsShard) {
  const core::LanePtr lane = lane_to("a.com");
  Shards of_a, others = Shards().set();
  of_a.set(shard_of(lane->id));
  others.reset(shard_of(lane->id));
  Heard owner(queue(), of_a), other(queue(), others);
  append(event_named("first"), {{"a.com", 1}});
  ASSERT_TRUE(waiting::append_once(queue(), note_named(1, ""), {accepted(event_named("second"), {{"a.com", 1}})}).ok());
  append(event_named("for nobody"), {});
  Accepted held = accepted(event_named("held"), {{"a.com", 1}});
  held.deliveries[0].parked = true;
  append({held});
  EXPECT_EQ(owner.said(), (std::vector<std::string>{"found", "first", "second"}));
  EXPECT_EQ(other.said(), std::vector<std::string>{"found"});
  EXPECT_EQ(waiting::release(queue(), {{1}, {}}).value().deliveries, 1u);
  EXPECT_EQ(owner.said().back(), "back to a.com");
  EXPECT_EQ(other.said(), std::vector<std::string>{"found"});
}

TEST_P(QueueContract, WhoeverOwnsAShardNextFindsWhatWaitsThere) {
  const auto hosts = [](const std::vector<LaneState>& lanes) {
    std::vector<std::string> names;
    for (const LaneState& lane : lanes) names.push_back(lane.key.host);
    return names;
  };
  {
    Heard first(queue());
    append(event_named("first"), {{"a.com", 1}});
    EXPECT_EQ(first.said(), (std::vector<std::string>{"found", "first"}));
    EXPECT_TRUE(first.lanes_found().empty());
  }
  const Accepted done = append(event_named("second"), {{"b.com", 1}});  // nobody hears
  ack({key_of(done)});
  append(event_named("third"), {{"c.com", 1}});
  Heard second(queue());
  std::vector<std::string> found = hosts(second.lanes_found());
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::string>{"a.com", "c.com"}));
  Heard third(queue());
  append(event_named("fourth"), {{"a.com", 1}});
  EXPECT_EQ(third.said(), (std::vector<std::string>{"found", "fourth"}));
  EXPECT_EQ(second.said(), std::vector<std::string>{"found"}) << "a shard has one owner";
}

TEST_P(QueueContract, PrunesWhatIsOldButNothingThatIsWaitedFor) {
  std::vector<Accepted> events;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::pair<std::string, std::uint64_t>> deliveries;
    if (i == 600) deliveries = {{"a.com", 1}};
    if (i == 800) deliveries = {{"b.com", 1}};
    events.push_back(accepted(event_named("e", i), std::move(deliveries)));
  }
  events = append(std::move(events));
  retry({{key_of(events[600]), 1, {1, 1, due_at(1)}, due_at(1)}});
  ASSERT_TRUE(waiting::prune(queue(), at(300)).ok());
  EXPECT_EQ(queue().stats().events, 700u);
  ASSERT_TRUE(waiting::prune(queue(), at(10'000)).ok());
  EXPECT_EQ(queue().stats().events, 2u) << "a retry and a first attempt wait, and keep nothing else";
  EXPECT_EQ(*waiting::load_retries(queue(), key_of(events[600]).lane).value()[0].event, *events[600].event);
  ack({key_of(events[600])});
  ASSERT_TRUE(waiting::prune(queue(), at(10'000)).ok());
  EXPECT_EQ(queue().stats().events, 1u);
  ASSERT_TRUE(waiting::prune(queue(), at(10'000), 0).ok());
  reopen();
  EXPECT_EQ(queue().stats().events, 1u);
  EXPECT_EQ(*queue().event(events[800].event->id).value().event, *events[800].event) << "found by its id";
  EXPECT_EQ(*waiting::load_ready(queue(), key_of(events[800]).lane).value()[0].event, *events[800].event);
  ack({key_of(events[800])});
  ASSERT_TRUE(waiting::prune(queue(), at(10'000)).ok());
  EXPECT_EQ(queue().stats().events, 0u);
}

TEST_P(QueueContract, WhatIsKeptForADeliveryIsReadInEveryWay) {
  std::vector<Accepted> events;
  for (int i = 0; i < 4; ++i) events.push_back(accepted(event_named("e", i), {{"a.com", 7}}));
  events[3].deliveries[0].parked = true;
  events = append(std::move(events));
  retry({{key_of(events[1]), 1, {1, 1, due_at(1)}, due_at(1)}});
  append(event_named("young", 1'000'000), {});
  ASSERT_TRUE(waiting::prune(queue(), at(1'000)).ok());
  EXPECT_EQ(queue().stats().events, 5u);
  const core::LaneId lane = key_of(events[0]).lane;
  for (int round = 0; round < 2; ++round) {
    const auto fresh = waiting::load_ready(queue(), lane, {}, {}, 10).value();
    ASSERT_EQ(fresh.size(), 2u);
    EXPECT_EQ(*fresh[0].event, *events[0].event);
    EXPECT_EQ(*fresh[1].event, *events[2].event);
    EXPECT_EQ(*waiting::load_retries(queue(), lane).value().at(0).event, *events[1].event);
    EXPECT_EQ(*waiting::load_parked(queue(), {{7}, {}}, {}, {}).value().at(0).event, *events[3].event);
    reopen();
  }
  // Moved while it is kept: from where it is parked to another time, and by its release.
  retry({{key_of(events[3]), 1, {2, 1, due_at(1)}, due_at(5), core::PlacementKey{{7}, {}}}});
  EXPECT_EQ(waiting::load_parked(queue(), {{7}, {}}, {}, {}).value().at(0).progress.attempts, 2u);
  ASSERT_TRUE(waiting::release(queue(), {{7}, {}}).ok());
  EXPECT_EQ(waiting::load_retries(queue(), lane).value().size(), 2u);
  ASSERT_TRUE(waiting::prune(queue(), at(1'000)).ok());
  EXPECT_EQ(queue().stats().events, 5u);
  for (const Accepted& one : events) ack({key_of(one)});
  ASSERT_TRUE(waiting::prune(queue(), at(0)).ok());
  EXPECT_EQ(queue().stats().events, 1u);
}

TEST_P(QueueContract, PrunesTheOldestBeyondSoManyBytes) {
  std::vector<Accepted> events;
  for (int i = 0; i < 1000; ++i) {
    core::Event event = event_named("e", 1000);
    event.data = std::string(1000, 'x');
    events.push_back(accepted(std::move(event)));
  }
  append(std::move(events));
  const std::uint64_t one = 64 + 1 + 1000 + 3;  // see prune()
  ASSERT_TRUE(waiting::prune(queue(), at(0), 1000 * one).ok());
  EXPECT_EQ(queue().stats().events, 1000u);
  ASSERT_TRUE(waiting::prune(queue(), at(0), 1000 * one - 1).ok());
  EXPECT_EQ(queue().stats().events, 999u);
  reopen();
  ASSERT_TRUE(waiting::prune(queue(), at(0), 300 * one + 5).ok());
  EXPECT_EQ(queue().stats().events, 300u);
  ASSERT_TRUE(waiting::prune(queue(), at(0), 0).ok());
  EXPECT_EQ(queue().stats().events, 0u);
}

TEST_P(QueueContract, NeverReusesANumberEvenWhenAllWasPruned) {
  core::EventSeq last;
  for (int round = 0; round < 4; ++round) {
    const Accepted one = append(event_named("e", 1), {{"a.com", 1}});
    EXPECT_LT(last, one.seq);
    last = one.seq;
    ack({key_of(one)});
    ASSERT_TRUE(waiting::prune(queue(), at(2)).ok());
    EXPECT_EQ(queue().stats().events, 0u);
    reopen();
    ASSERT_TRUE(waiting::prune(queue(), at(2)).ok()) << "of an empty queue";
  }
}

TEST_P(QueueContract, CountsTheDeliveriesThatWereEverMade) {
  EXPECT_EQ(queue().stats().created, 0u);
  Accepted twice = accepted(event_named("e", 1), {{"a.com", 1}, {"b.com", 2}, {"a.com", 1}});
  twice.deliveries[1].parked = true;
  const std::vector<Accepted> events =
      append({twice, accepted(event_named("e", 2)), accepted(event_named("e", 3), {{"a.com", 1}})});
  EXPECT_EQ(queue().stats().created, 3u) << "one that is named twice is one";
  reopen();
  EXPECT_EQ(queue().stats().created, 3u);
  retry({{key_of(events[2]), 1, {1, 1, due_at(1)}, due_at(5)}});
  ASSERT_TRUE(waiting::release(queue(), {{2}, {}}).ok());
  EXPECT_EQ(queue().stats().created, 3u) << "whatever becomes of them";
  ack({key_of(events[0], 0), key_of(events[0], 1), key_of(events[2])});
  ASSERT_TRUE(waiting::prune(queue(), at(10)).ok());
  EXPECT_EQ(queue().stats().events, 0u);
  reopen();
  EXPECT_EQ(queue().stats().created, 3u);
  append(event_named("e", 1), {{"a.com", 1}});
  EXPECT_EQ(queue().stats().created, 4u);
}

TEST_P(QueueContract, TakesMuchAtOnce) {
  std::vector<Accepted> events;
  for (int i = 0; i < 1000; ++i) {
    core::Event event = event_named("e");
    event.data = std::string(4000, 'x');
    events.push_back(accepted(std::move(event), {{"a.com", 1}, {"b.com", 2}}));
  }
  events = append(std::move(events));
  EXPECT_EQ(queue().stats().ready, 2000u);
  EXPECT_EQ(ready(key_of(events[0]).lane).size(), 1000u);
  Keys all;
  for (const Accepted& event : events) all.insert(all.end(), {key_of(event, 0), key_of(event, 1)});
  ack(all);
  EXPECT_EQ(queue().stats().ready, 0u);
  EXPECT_TRUE(queue().lanes().value().empty());
  EXPECT_TRUE(append(std::vector<Accepted>()).empty());
}

TEST_P(QueueContract, AnswersEverythingBeforeItEnds) {
  std::atomic<int> answers{0};
  for (int i = 0; i < 100; ++i) {
    queue().append({}, [&](const Result<Batch>&) { ++answers; });
    queue().ack({}, [&](Result<void>) { ++answers; });
    queue().load_ready(core::LaneId{1}, {}, [&](Result<ReadyFound>) { ++answers; });
    queue().prune({{UINT64_MAX}, at(0)}, 0, [&](Result<void>) { ++answers; });
    queue().release({{1}, {}}, 1, [&](Result<Released>) { ++answers; });
  }
  reopen();
  EXPECT_EQ(answers, 500);
}

TEST_P(QueueContract, ManyThreadsPublishAcknowledgeAndLoadAtOnce) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kEach = 100;
  std::vector<std::vector<core::EventSeq>> numbers(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kEach; ++i) {
        const std::string host = std::to_string(i % 3);
        const Accepted one =
            waiting::append(queue(), {accepted(event_named("e"), {{host, 10 + t}, {host, 20 + t}})}).value().front();
        numbers[t].push_back(one.seq);
        EXPECT_GE(waiting::load_ready(queue(), key_of(one).lane).value().size(), 2u)
            << "sees what it was told is committed";
        EXPECT_TRUE(queue().lane(key_of(one).lane).ok());
        if (i % 7 == 0) (void)waiting::retry(queue(), {{key_of(one, 1), 1, {1, 1, due_at(1)}, due_at(1)}}).ok();
        EXPECT_TRUE(waiting::ack(queue(), {key_of(one, 1)}).ok());
        EXPECT_GE(queue().stats().ready, 1u);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<core::EventSeq> unique;
  for (const auto& of_thread : numbers) {
    EXPECT_TRUE(std::is_sorted(of_thread.begin(), of_thread.end()));
    unique.insert(of_thread.begin(), of_thread.end());
  }
  EXPECT_EQ(unique.size(), kThreads * kEach);
  EXPECT_EQ(queue().stats().ready, kThreads * kEach);
  EXPECT_EQ(queue().stats().retries, 0u);
}

}  // namespace fleethook::queue
