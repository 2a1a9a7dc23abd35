// Of the contract of every Queue: events that are kept are searched, and what waits for one of them is told. For
// whoever instantiates queue_contract.h.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "queue/queue_contract.h"

namespace fleethook::queue {

// Three devices of two products and a sandbox, in turn, a second apart from 1 s on; more than two blocks of digests.
class SearchedEvents {
 public:
  static constexpr int kAll = 10'000;
  static core::Event made(int number) {
    core::Event event = event_named("e" + std::to_string(number % 7) + "/x", std::int64_t{1'000'000} * (number + 1));
    for (std::size_t i = 0; i < 4; ++i) event.id.bytes[12 + i] = static_cast<std::uint8_t>(number >> 8 * i);
    event.publisher = "device-" + std::to_string(number % 3);
    event.product.value = static_cast<std::uint64_t>(number % 3);
    event.data = "Data " + std::to_string(number);
    if (number == 4500) event.publisher = "rare";
    if (number == 6000) event.owner.bytes[3] = 9;
    return event;
  }
  static std::vector<std::string> data_of(const FoundEvents& found) {
    std::vector<std::string> all;
    for (const Kept& one : found.events) all.push_back(one.event->data.value_or("none"));
    return all;
  }
  static void fill(Queue& queue) {
    std::vector<Accepted> events;
    for (int i = 0; i < kAll; ++i) {
      events.push_back(accepted(made(i)));
      if (events.size() < 999 && i + 1 < kAll) continue;
      ASSERT_TRUE(waiting::append(queue, std::move(events)).ok());
      events.clear();
    }
  }
};
using Data = std::vector<std::string>;

TEST_P(QueueContract, EventsAreFoundByWhatNarrowsThem) {
  SearchedEvents::fill(queue());
  const auto found = [&](const EventQuery& query, EventPage page = {.look_max = 1'000'000}) {
    return SearchedEvents::data_of(queue().search(query, page).value());
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(found({.device = "rare"}), Data{"Data 4500"});
    EventQuery owned;
    owned.owner.bytes[3] = 9;
    EXPECT_EQ(found(owned), Data{"Data 6000"});
    EXPECT_EQ(found({.text = "data 5432"}), Data{"Data 5432"});
    EXPECT_EQ(found({.products = {{1}, {2}}}, {.limit = 3}), (Data{"Data 9998", "Data 9997", "Data 9995"}));
    EXPECT_EQ(found({.products = {{2}}, .name = "e3"}, {.oldest_first = true, .limit = 2}),
              (Data{"Data 17", "Data 38"}));
    EXPECT_EQ(found({.device = "device-0", .from = at(1'000'000), .to = at(8'000'000)}, {.look_max = 1'000'000}),
              (Data{"Data 6", "Data 3", "Data 0"}));
    EXPECT_EQ(found({.device = "nobody"}), Data{});
    EXPECT_EQ(found({.products = {{77}}}), Data{});
    reopen();
  }
}

TEST_P(QueueContract, APageOfASearchSaysHowFarItLookedAndLeadsOn) {
  SearchedEvents::fill(queue());
  for (const bool oldest_first : {false, true}) {
    const EventQuery query{.device = "device-1"};
    EventPage page{.oldest_first = oldest_first, .limit = 40, .look_max = 500};
    Data all;
    for (int pages = 0;; ++pages) {
      ASSERT_LT(pages, 200);
      const FoundEvents found = queue().search(query, page).value();
      EXPECT_LE(found.events.size(), page.limit);
      for (const std::string& one : SearchedEvents::data_of(found)) all.push_back(one);
      if (found.all) break;
      ASSERT_NE(found.behind, page.behind) << "each page comes further";
      EXPECT_NE(found.looked_at, Instant{});
      page.behind = found.behind;
    }
    ASSERT_EQ(all.size(), 3333u) << "each once";
    EXPECT_EQ(oldest_first ? all.front() : all.back(), "Data 1");
    EXPECT_EQ(oldest_first ? all.back() : all.front(), "Data 9997");
  }
}

TEST_P(QueueContract, WhatAReplayBroughtAgainIsFoundByTheEventThatItIsOf) {
  SearchedEvents::fill(queue());
  core::Event again = SearchedEvents::made(17);
  again.replay = 4;
  again.replayed_at = at(20'000'000'000);
  const core::EventSeq replayed = append(again, {}).seq;
  append(event_named("later"), {});
  const FoundEvents found = queue().search({.replays_of = again.id}, {.look_max = 1'000'000}).value();
  ASSERT_EQ(found.events.size(), 1u);
  EXPECT_EQ(found.events[0].seq, replayed);
  EXPECT_EQ(found.events[0].event->replay, 4u);
  EXPECT_EQ(queue().event(again.id).value().event->replay, 0u);
  EXPECT_EQ(queue()
                .search({.text = "data 17", .replays = false}, {.limit = 1'000, .look_max = 1'000'000})
                .value()
                .events.size(),
            111u)
      << "17, 170 to 179, 1700 to 1799: each as it was published";
}

TEST_P(QueueContract, OldEventsThatDeliveriesWaitForAreFoundBehindTheOthers) {
  const core::EventSeq waited_for = append(event_named("old", 1'000'000), {{"a.com", 1}}).seq;
  append(event_named("gone", 2'000'000), {});
  append(event_named("young", 9'000'000), {});
  ASSERT_TRUE(waiting::prune(queue(), at(5'000'000)).ok());
  for (const bool oldest_first : {true, false}) {
    const FoundEvents found = queue().search({}, {.oldest_first = oldest_first}).value();
    ASSERT_EQ(found.events.size(), 2u);
    EXPECT_EQ(found.events[oldest_first ? 0 : 1].seq, waited_for);
    EXPECT_TRUE(found.all);
  }
}

TEST_P(QueueContract, TellsAllThatWaitsForOneEvent) {
  Accepted event = accepted(event_named("e"), {{"a.com", 1}, {"b.com", 2}, {"a.com", 3}, {"c.com", 4}, {"d.com", 5}});
  event.deliveries[3].parked = true;
  append(event_named("before"), {{"a.com", 1}, {"b.com", 2}});
  const Accepted one = append({event}).front();
  append(event_named("after"), {{"a.com", 1}, {"b.com", 2}});
  retry({{key_of(one, 1), 6, {2, 1, due_at(3)}, due_at(50)}});
  ack({key_of(one, 4)});
  for (int round = 0; round < 2; ++round) {
    const auto waiting = queue().waiting_for(one.seq).value();
    ASSERT_EQ(waiting.size(), 4u);
    const std::size_t delivery[] = {0, 1, 2, 3};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(waiting[i].delivery.key, key_of(one, delivery[i])) << i;
    EXPECT_EQ(waiting[1].delivery.due, due_at(50));
    EXPECT_EQ(waiting[1].delivery.progress.attempts, 2u);
    EXPECT_EQ(waiting[1].delivery.version, 6u);
    EXPECT_EQ(waiting[0].delivery.due, std::nullopt);
    EXPECT_TRUE(waiting[3].parked);
    EXPECT_FALSE(waiting[0].parked || waiting[1].parked || waiting[2].parked);
    reopen();
  }
  EXPECT_TRUE(queue().waiting_for({one.seq.value + 100}).value().empty());
}

}  // namespace fleethook::queue
