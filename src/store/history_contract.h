// The history half of the store contract. See store_contract.h.
#pragma once
#include <map>
#include <tuple>

#include "base/random.h"
#include "base/text.h"
#include "store/store_contract.h"

namespace fleethook::store {

inline Outcome outcome(std::uint64_t integration,
                       std::uint64_t product,
                       std::uint64_t event,
                       Instant at,
                       core::OutcomeKind kind = core::OutcomeKind::kSuccess) {
  Outcome made;
  made.integration = {integration};
  made.product = {product};
  made.event = {event};
  made.kind = kind;
  made.status = 200;
  made.attempts = 1;
  made.at = at;
  made.took = Duration(1500);
  return made;
}

inline core::EventPtr event_of(const std::string& name, std::optional<std::string> data) {
  auto event = std::make_shared<core::Event>();
  event->id.bytes[15] = 7;
  event->product = {10001};
  event->owner.bytes[2] = 9;
  event->name = name;
  event->data = std::move(data);
  event->publisher = "e00fce6800000000000000ff";
  event->published_at = Instant(Duration(1'770'000'000'123'456));
  event->ttl_s = 3600;
  event->is_public = true;
  event->origin = core::Origin::kDevice;
  event->hops = 3;
  event->product_version = "12";
  return event;
}

inline Exchange exchange(std::uint64_t integration, std::uint64_t product, Instant at, bool success = true) {
  Exchange made;
  made.integration = {integration};
  made.product = {product};
  made.version = 4;
  made.event = event_of("temp", "21.5");
  made.success = success;
  made.attempt = 2;
  made.at = at;
  made.took = Duration(12'345);
  made.method = "POST";
  made.url = "https://example.com/a?b=c";
  made.request_headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"X-Twice", "1"}, {"X-Twice", "a: b"}};
  made.request_body = "{}";
  made.status = success ? 200 : 503;
  made.response_headers = {{"Server", "nginx"}};
  made.response_body = "ok";
  made.error = success ? "" : "error status 503 from example.com";
  return made;
}

inline void expect_equal(const Exchange& a, const Exchange& b) {
  EXPECT_EQ(std::tie(a.integration, a.product, a.version, a.success, a.attempt, a.at, a.took, a.method, a.url,
                     a.request_headers),
            std::tie(b.integration, b.product, b.version, b.success, b.attempt, b.at, b.took, b.method, b.url,
                     b.request_headers));
  EXPECT_EQ(std::tie(a.request_body, a.status, a.response_headers, a.response_body, a.error),
            std::tie(b.request_body, b.status, b.response_headers, b.response_body, b.error));
  EXPECT_EQ(*a.event, *b.event);
}

TEST_P(StoreContract, AnOutcomeIsCountedOnceHoweverOftenItIsRecorded) {
  const Instant now = clock().now();
  const std::int32_t today = utc_day(now);
  const auto twice = outcome(1, 10001, 50, now);
  auto later = outcome(1, 10001, 50, now, core::OutcomeKind::kError);
  ASSERT_TRUE(record({{twice, outcome(1, 10001, 51, now, core::OutcomeKind::kError), twice}, {}, {}}).ok());
  ASSERT_TRUE(record({{twice, outcome(1, 10002, 52, now, core::OutcomeKind::kSleep)}, {}, {}}).ok());
  ASSERT_TRUE(record({{later}, {}, {}}).ok());
  for (int round = 0; round < 3; ++round) {
    using Of = std::vector<std::pair<core::ProductId, Counts>>;
    EXPECT_EQ(store().counters_of_day({1}, today), (Of{{{10001}, {1, 1, 0}}, {{10002}, {0, 0, 1}}}));
    const auto days = store().counters({1}, today, today);
    ASSERT_TRUE(days.ok());
    ASSERT_EQ(days->size(), 2U);
    EXPECT_EQ(days->at(0).counts, (Counts{1, 1, 0}));
    EXPECT_EQ(days->at(1).product, core::ProductId{10002});
    reopen();
    ASSERT_TRUE(record({{twice}, {}, {}}).ok());
  }
  EXPECT_TRUE(store().counters_of_day({2}, today).empty());
}

TEST_P(StoreContract, AnEmptyBatchIsFine) {
  EXPECT_TRUE(record({}).ok());
}

TEST_P(StoreContract, CountersAreKeptPerUtcDay) {
  const Instant midnight = std::chrono::floor<std::chrono::days>(clock().now());
  const std::int32_t day = utc_day(midnight);
  ASSERT_TRUE(
      record({{outcome(1, 0, 1, midnight - Duration(1)), outcome(1, 0, 2, midnight), outcome(1, 0, 3, midnight),
               outcome(1, 0, 4, midnight + std::chrono::days(1)), outcome(1, 0, 5, midnight - std::chrono::days(9))},
              {},
              {}})
          .ok());
  for (int round = 0; round < 2; ++round) {
    const auto days = store().counters({1}, day - 20, day);
    ASSERT_TRUE(days.ok());
    ASSERT_EQ(days->size(), 3U) << "days without traffic are left out, later ones not asked for";
    EXPECT_EQ(days->at(0).day, day - 9);
    EXPECT_EQ(days->at(1).day, day - 1);
    EXPECT_EQ(days->at(2).counts, (Counts{2, 0, 0}));
    for (const std::int32_t each : {day - 9, day - 1, day, day + 1}) {
      ASSERT_EQ(store().counters_of_day({1}, each).size(), 1U) << each - day;
      EXPECT_EQ(store().counters_of_day({1}, each)[0].second.success, each == day ? 2U : 1U);
    }
    EXPECT_TRUE(store().counters_of_day({1}, day - 5).empty());
    clock().advance(std::chrono::days(1));
    reopen();
  }
}

// Against the simplest possible model, with repetitions and restarts.
TEST_P(StoreContract, CountersAreExactForAnyTraffic) {
  SeededRandom random(7);
  std::map<std::pair<std::uint64_t, std::uint64_t>, bool> seen;
  std::map<std::tuple<std::uint64_t, std::int32_t, std::uint64_t>, Counts> model;
  for (int step = 0; step < 60; ++step) {
    HistoryBatch batch;
    const std::uint64_t size = random.next() % 40;
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t integration = 1 + random.next() % 5, event = 1 + random.next() % 300,
                          product = 10001 + random.next() % 3;
      const Instant at = clock().now() - std::chrono::hours(random.next() % 60);
      const auto kind = static_cast<core::OutcomeKind>(random.next() % 3);
      batch.outcomes.push_back(outcome(integration, product, event, at, kind));
    }
    // Which of two different outcomes of one delivery in the same batch wins is the store's choice: leave the first.
    std::map<std::pair<std::uint64_t, std::uint64_t>, bool> in_batch;
    std::erase_if(batch.outcomes, [&](const Outcome& each) {
      return !in_batch.emplace(std::pair(each.integration.value, each.event.value), true).second;
    });
    for (const Outcome& each : batch.outcomes) {
      if (!seen.emplace(std::pair(each.integration.value, each.event.value), true).second) continue;
      Counts& counts = model[{each.integration.value, utc_day(each.at), each.product.value}];
      (each.kind == core::OutcomeKind::kSuccess ? counts.success
       : each.kind == core::OutcomeKind::kError ? counts.error
                                                : counts.sleep) += 1;
    }
    ASSERT_TRUE(record(batch).ok());
    if (step % 20 == 10) reopen();
    clock().advance(std::chrono::minutes(50));
  }
  std::map<std::tuple<std::uint64_t, std::int32_t, std::uint64_t>, Counts> read;
  for (std::uint64_t integration = 1; integration <= 5; ++integration) {
    const auto days = store().counters({integration}, 0, 100'000).value();
    for (const DayCounts& day : days) {
      read[{integration, day.day, day.product.value}] = day.counts;
      bool mirrored = false;
      for (const auto& [product, counts] : store().counters_of_day({integration}, day.day)) {
        mirrored = mirrored || (product == day.product && counts == day.counts);
      }
      EXPECT_TRUE(mirrored);
    }
  }
  EXPECT_EQ(read, model);
}

TEST_P(StoreContract, AnExchangeIsReadBackByteForByte) {
  Exchange odd = exchange(1, 10001, clock().now(), false);
  odd.event = event_of("n\xff", std::string("\0\xfe\n", 3));
  odd.request_body = std::string("a\0b\xc3", 4);
  odd.response_body = "";
  odd.status = 0;
  odd.response_headers.clear();
  odd.error = "connection refused \xe2\x82\xac";
  Exchange bare = exchange(1, 10001, clock().now() - Duration(1), false);
  auto event = event_of("", std::nullopt);
  bare.event = event;
  ASSERT_TRUE(record({{}, {odd, bare}, {}}).ok());
  reopen();
  const auto read = store().exchanges({1}, {}, false, 10);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  expect_equal(read->at(0), odd);
  expect_equal(read->at(1), bare);
  EXPECT_EQ(read->at(1).event->data, std::nullopt) << "no data is not empty data";
}

TEST_P(StoreContract, ExchangesComeNewestFirstPerProductAndInAll) {
  const Instant now = clock().now();
  HistoryBatch batch;
  for (int i = 0; i < 30; ++i)
    batch.exchanges.push_back(exchange(1, 10001 + static_cast<std::uint64_t>(i) % 3, now + Duration(i * 7 % 30), true));
  batch.exchanges.push_back(exchange(1, 10001, now + Duration(100), false));
  batch.exchanges.push_back(exchange(2, 10001, now + Duration(101), true));
  batch.exchanges.push_back(exchange(3, 0, now, true));
  ASSERT_TRUE(record(batch).ok());
  const auto times = [&](std::uint64_t integration, std::uint64_t product, bool success, std::size_t limit) {
    std::vector<Duration::rep> list;
    const auto read = store().exchanges({integration}, {product}, success, limit).value();
    for (const Exchange& each : read) list.push_back((each.at - now).count());
    return list;
  };
  EXPECT_EQ(times(1, 0, true, 4), (std::vector<Duration::rep>{29, 28, 27, 26}));
  EXPECT_EQ(times(1, 0, true, 100).size(), 30U);
  EXPECT_EQ(times(1, 10002, true, 100).size(), 10U);
  const auto of_one = times(1, 10003, true, 3);
  EXPECT_TRUE(std::ranges::is_sorted(of_one, std::greater<>()));
  EXPECT_EQ(times(1, 0, false, 10), std::vector<Duration::rep>{100});
  EXPECT_EQ(times(3, 0, true, 10), std::vector<Duration::rep>{0}) << "of a sandbox";
  EXPECT_TRUE(times(1, 10009, true, 10).empty());
  EXPECT_TRUE(times(1, 0, true, 0).empty());
}

TEST_P(StoreContract, OfTwoExchangesAtOneTimeTheLaterRecordedComesFirst) {
  Exchange first = exchange(1, 10001, clock().now()), second = first;
  second.attempt = 3;
  ASSERT_TRUE(record({{}, {first, second}, {}}).ok());
  const auto read = store().exchanges({1}, {}, true, 10).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].attempt, 3U);
}

TEST_P(StoreContract, ADeadLetterIsKeptWithItsEvent) {
  DeadLetter letter;
  letter.integration = {5};
  letter.product = {10001};
  letter.event_seq = {99};
  letter.event = event_of("alarm", std::string(1000, 'x'));
  letter.version = 3;
  letter.attempts = 12;
  letter.status = 410;
  letter.at = clock().now();
  letter.reason = "410 Gone";
  DeadLetter newer = letter;
  newer.event_seq = {98};
  newer.at += Duration(1);
  ASSERT_TRUE(record({{}, {}, {letter, newer}}).ok());
  newer.reason = "given up after 72 h";
  ASSERT_TRUE(record({{}, {}, {newer}}).ok()) << "the same delivery again replaces";
  ASSERT_TRUE(store().prune(clock().now() + std::chrono::days(100), 100'000).ok()) << "dead letters stay";
  reopen();
  const auto read = store().dead_letters({5}, 10);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).event_seq, core::EventSeq{98});
  EXPECT_EQ(read->at(0).reason, "given up after 72 h");
  const DeadLetter& old = read->at(1);
  EXPECT_EQ(
      std::tie(old.integration, old.product, old.event_seq, old.version, old.attempts, old.status, old.at, old.reason),
      std::tie(letter.integration, letter.product, letter.event_seq, letter.version, letter.attempts, letter.status,
               letter.at, letter.reason));
  EXPECT_EQ(*old.event, *letter.event);
  EXPECT_EQ(store().dead_letters({5}, 1)->size(), 1U);
  EXPECT_TRUE(store().dead_letters({6}, 10)->empty());
}

TEST_P(StoreContract, PruningTakesWhatIsOldAndNothingElse) {
  const Instant now = clock().now();
  const Instant old = now - std::chrono::days(40);
  const std::int32_t today = utc_day(now);
  for (std::uint64_t round = 0; round < 3; ++round) {
    HistoryBatch batch;
    for (std::uint64_t i = 0; i < 400; ++i) {
      const std::uint64_t event = round * 400 + i;
      batch.outcomes.push_back(outcome(1 + event % 2, 10001, event, old));
      batch.outcomes.push_back(outcome(1 + event % 2, 10001, 10'000 + event, now));
    }
    for (int i = 0; i < 5; ++i) {
      batch.exchanges.push_back(exchange(1, 10001, old));
      batch.exchanges.push_back(exchange(1, 10001, now));
    }
    ASSERT_TRUE(record(batch).ok());
  }
  ASSERT_TRUE(store().prune(now - std::chrono::days(30), today - 30).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(store().exchanges({1}, {}, true, 1000)->size(), 15U);
    const auto days = store().counters({1}, 0, 100'000);
    ASSERT_EQ(days->size(), 1U);
    EXPECT_EQ(days->at(0).day, today);
    EXPECT_EQ(days->at(0).counts.success, 600U);
    EXPECT_EQ(store().counters_of_day({2}, today).at(0).second.success, 600U);
    EXPECT_TRUE(store().counters_of_day({2}, utc_day(old)).empty());
    reopen();
  }
  // Young outcomes are still known: recording one again counts nothing.
  ASSERT_TRUE(record({{outcome(1, 10001, 10'000, now)}, {}, {}}).ok());
  EXPECT_EQ(store().counters_of_day({1}, today).at(0).second.success, 600U);
}

}  // namespace fleethook::store
