// The history half of the store contract. See store_contract.h.
#pragma once
#include <map>
#include <tuple>

#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "store/store_contract.h"

namespace fleethook::store {

class HistoryContract : public FleetContract {};

// The id of an event by its number in a test: those of higher numbers come later.
inline core::EventId event_id(std::uint64_t number) {
  core::EventId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return id;
}

inline Outcome outcome(std::uint64_t integration,
                       std::uint64_t product,
                       std::uint64_t event,
                       Instant at,
                       core::OutcomeKind kind = core::OutcomeKind::kSuccess) {
  Outcome made;
  made.integration = {integration};
  made.product = {product};
  made.event = event_id(event);
  made.kind = kind;
  made.status = 200;
  made.attempts = 1;
  made.at = at;
  made.took = Duration(1500);
  return made;
}

inline core::EventPtr event_of(const std::string& name, std::optional<std::string> data, std::uint64_t number = 7) {
  auto event = std::make_shared<core::Event>();
  event->id = event_id(number);
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
  event->device = {"12", "6.1.0", "canary,eu"};
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
  if (success) made.notes = {"302 to https://example.com/b", "the answer is incomplete"};
  return made;
}

inline void expect_equal(const Exchange& a, const Exchange& b) {
  EXPECT_EQ(std::tie(a.integration, a.product, a.version, a.success, a.attempt, a.at, a.took, a.method, a.url,
                     a.request_headers),
            std::tie(b.integration, b.product, b.version, b.success, b.attempt, b.at, b.took, b.method, b.url,
                     b.request_headers));
  EXPECT_EQ(std::tie(a.request_body, a.status, a.response_headers, a.response_body, a.error, a.notes),
            std::tie(b.request_body, b.status, b.response_headers, b.response_body, b.error, b.notes));
  EXPECT_EQ(*a.event, *b.event);
}

TEST_P(HistoryContract, AnOutcomeIsCountedOnceHoweverOftenItIsRecorded) {
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

TEST_P(HistoryContract, AnEventCountsForEachIntegrationAndAgainForEachReplay) {
  const Instant now = clock().now();
  const std::int32_t today = utc_day(now);
  const Outcome first = outcome(1, 10001, 50, now), other = outcome(2, 10001, 50, now);
  Outcome again = first;
  again.replay = 1;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(record({{again, first, other, first, again}, {}, {}}).ok());
    EXPECT_EQ(store().counters({1}, today, today)->at(0).counts, (Counts{2, 0, 0}));
    EXPECT_EQ(store().counters({2}, today, today)->at(0).counts, (Counts{1, 0, 0}));
    EXPECT_EQ(store().ended(), (Ended{{3, 0, 0}, 0}));
    reopen();
  }
}

TEST_P(HistoryContract, WhatAllDeliveriesCameToIsKnownForGood) {
  const Instant now = clock().now();
  EXPECT_EQ(store().ended(), Ended{});
  const Outcome one = outcome(1, 10001, 50, now);
  Outcome test = outcome(1, 10001, 57, now, core::OutcomeKind::kError);
  test.test = true;
  ASSERT_TRUE(record({{one, one, outcome(2, 10002, 50, now, core::OutcomeKind::kSleep), test}, {}, {}}).ok());
  ASSERT_TRUE(record({{outcome(1, 10001, 51, now, core::OutcomeKind::kCancelled), test}, {}, {}}).ok());
  const Ended expected{{1, 1, 1, 1}, 1};
  EXPECT_EQ(store().ended(), expected);
  ASSERT_TRUE(store().prune(now + std::chrono::hours(48), utc_day(now) + 2, now + std::chrono::hours(48)).ok());
  EXPECT_EQ(store().ended(), expected) << "pruning takes nothing of it";
  reopen();
  EXPECT_EQ(store().ended(), expected);
}

TEST_P(HistoryContract, WhatWasCancelledIsCountedAsThatInEveryCounterAndSaysNothingOfHealth) {
  const Instant now = clock().now();
  const std::int32_t today = utc_day(now);
  Outcome cancelled = outcome(1, 10001, 60, now, core::OutcomeKind::kCancelled);
  cancelled.version = 3;
  ASSERT_TRUE(record({{cancelled, outcome(1, 10001, 61, now)}, {}, {}}).ok());
  ASSERT_TRUE(record({{cancelled}, {}, {}}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(store().counters_of_day({1}, today).at(0).second, (Counts{1, 0, 0, 1}));
    EXPECT_EQ(store().counters({1}, today, today)->at(0).counts, (Counts{1, 0, 0, 1}));
    EXPECT_EQ(store().hour_counters({1}, hour_of(now), hour_of(now))->at(0).counts, (Counts{1, 0, 0, 1}));
    EXPECT_EQ(store().version_counters({1})->at(1).counts, (Counts{0, 0, 0, 1}));
    EXPECT_EQ(store().traffic({10001}, minute_of(now), minute_of(now), {})->at(0).counts, (Counts{1, 0, 0, 1}));
    const core::IntegrationNumber number{1};
    EXPECT_EQ(store().numbers({&number, 1}, today).at(0).last, (LastOutcomes{now, {}}));
    ASSERT_TRUE(store().prune({}, 0, now).ok());  // hours that are over become days
    reopen();
  }
}

TEST_P(HistoryContract, AnEmptyBatchIsFine) {
  EXPECT_TRUE(record({}).ok());
}

TEST_P(HistoryContract, CountersAreKeptPerUtcDay) {
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

// Times of the last success and error, by integration and product.
inline std::map<std::pair<std::uint64_t, std::uint64_t>, LastOutcomes> last_outcomes(
    History& store, std::vector<core::IntegrationNumber> integrations, std::int32_t today) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, LastOutcomes> last;
  for (const PlacementNumbers& numbers : store.numbers(integrations, today)) {
    if (numbers.last.known()) last[{numbers.integration.value, numbers.product.value}] = numbers.last;
  }
  return last;
}

// Against the simplest possible model, with repetitions, restarts, late outcomes and hours that become days in between.
TEST_P(HistoryContract, CountersAreExactForAnyTraffic) {
  using Of = std::tuple<std::uint64_t, std::int64_t, std::uint64_t>;
  SeededRandom random(7);
  std::map<std::pair<std::uint64_t, core::EventId>, bool> seen;
  std::map<Of, Counts> days, hours, versions, minutes;
  std::map<std::pair<std::uint64_t, std::uint64_t>, LastOutcomes> last;
  for (int step = 0; step < 120; ++step) {
    HistoryBatch batch;
    const std::uint64_t size = random.next() % 40;
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t integration = 1 + random.next() % 5, event = 1 + random.next() % 600,
                          product = 10001 + random.next() % 3;
      const Instant at = clock().now() - std::chrono::minutes(random.next() % (random.next() % 3 == 0 ? 4000 : 90));
      batch.outcomes.push_back(outcome(integration, product, event, at,
                                       static_cast<core::OutcomeKind>(random.next() % core::kOutcomeKinds)));
      batch.outcomes.back().version = static_cast<std::uint32_t>(1 + random.next() % 3);
      batch.outcomes.back().device.firmware_version = std::to_string(random.next() % 4);
    }
    // Which of two different outcomes of one delivery in the same batch wins is the store's choice: leave the first.
    std::map<std::pair<std::uint64_t, core::EventId>, bool> in_batch;
    std::erase_if(batch.outcomes, [&](const Outcome& each) {
      return !in_batch.emplace(std::pair(each.integration.value, each.event), true).second;
    });
    for (const Outcome& each : batch.outcomes) {
      const std::uint64_t integration = each.integration.value, product = each.product.value;
      if (!seen.emplace(std::pair(integration, each.event), true).second) continue;
      Counts one;
      one.of(each.kind) = 1;
      if (one.success > 0) last[{integration, product}] += {.success = each.at};
      if (one.error > 0) last[{integration, product}] += {.error = each.at};
      days[{integration, utc_day(each.at), product}] += one;
      hours[{integration, hour_of(each.at), product}] += one;
      versions[{integration, each.version, product}] += one;
      minutes[{product, minute_of(each.at), each.device.firmware_version[0] - '0'}] += one;
    }
    ASSERT_TRUE(record(batch).ok());
    if (step % 20 == 10) reopen();
    if (step % 7 == 3) {
      ASSERT_TRUE(store().prune(Instant(), 0, Instant()).ok());
    }
    clock().advance(std::chrono::minutes(50));
  }
  for (int round = 0; round < 2; ++round) {
    std::map<Of, Counts> read_days, read_hours, read_versions, read_minutes;
    for (std::uint64_t integration = 1; integration <= 5; ++integration) {
      const auto of_days = store().counters({integration}, 0, 100'000).value();
      for (const DayCounts& day : of_days) {
        read_days[{integration, day.day, day.product.value}] = day.counts;
        bool mirrored = false;
        for (const auto& [product, counts] : store().counters_of_day({integration}, day.day))
          mirrored = mirrored || (product == day.product && counts == day.counts);
        EXPECT_TRUE(mirrored);
      }
      const auto of_hours = store().hour_counters({integration}, 0, 2'000'000).value();
      for (const HourCounts& hour : of_hours) read_hours[{integration, hour.hour, hour.product.value}] = hour.counts;
      const auto of_versions = store().version_counters({integration}).value();
      for (const VersionCounts& each : of_versions)
        read_versions[{integration, each.version, each.product.value}] = each.counts;
    }
    for (std::uint64_t product = 10001; product <= 10003; ++product) {
      for (int firmware = 0; firmware < 4; ++firmware) {
        const auto of_minutes =
            store().traffic({product}, 0, 100'000'000, {.firmware_version = std::to_string(firmware)}).value();
        for (const MinuteCounts& minute : of_minutes) read_minutes[{product, minute.minute, firmware}] = minute.counts;
      }
    }
    EXPECT_EQ(last_outcomes(store(), {{1}, {2}, {3}, {4}, {5}}, utc_day(clock().now())), last);
    EXPECT_EQ(read_days, days);
    EXPECT_EQ(read_hours, hours);
    EXPECT_EQ(read_versions, versions);
    EXPECT_EQ(read_minutes, minutes);
    reopen();
    ASSERT_TRUE(store().prune(Instant(), 0, Instant()).ok());
  }
}

TEST_P(HistoryContract, CountersByHourAreThoseOfTheHoursAskedFor) {
  const Instant start = std::chrono::floor<std::chrono::hours>(clock().now());
  const std::int32_t hour = hour_of(start);
  Outcome of_next_version = outcome(1, 10002, 4, start);
  of_next_version.version = 2;
  ASSERT_TRUE(record({{outcome(1, 10002, 1, start), outcome(1, 10001, 2, start, core::OutcomeKind::kSleep),
                       outcome(1, 10001, 3, start - Duration(1), core::OutcomeKind::kError), of_next_version,
                       outcome(2, 10001, 5, start)},
                      {},
                      {}})
                  .ok());
  for (int round = 0; round < 2; ++round) {
    const auto both = store().hour_counters({1}, hour - 1, hour).value();
    ASSERT_EQ(both.size(), 3U);
    EXPECT_EQ(std::tie(both[0].hour, both[0].product, both[0].counts),
              std::make_tuple(hour - 1, core::ProductId{10001}, Counts{0, 1, 0}));
    EXPECT_EQ(std::tie(both[1].hour, both[1].product, both[1].counts),
              std::make_tuple(hour, core::ProductId{10001}, Counts{0, 0, 1}));
    EXPECT_EQ(both[2].counts, (Counts{2, 0, 0})) << "whatever their version";
    EXPECT_EQ(store().hour_counters({1}, hour, hour)->size(), 2U);
    EXPECT_TRUE(store().hour_counters({1}, hour + 1, hour + 9)->empty());
    EXPECT_TRUE(store().hour_counters({3}, 0, hour)->empty());
    // Once the hours are over and rolled up, they stay what they were.
    clock().advance(std::chrono::hours(3));
    ASSERT_TRUE(store().prune(Instant(), 0, Instant()).ok());
    reopen();
  }
}

TEST_P(HistoryContract, CountersByVersionLetVersionsBeCompared) {
  const Instant now = clock().now();
  HistoryBatch batch;
  for (std::uint64_t event = 1; event <= 6; ++event) {
    batch.outcomes.push_back(outcome(1, 10001 + event % 2, event, now - std::chrono::days(event % 3),
                                     event == 6 ? core::OutcomeKind::kError : core::OutcomeKind::kSuccess));
    batch.outcomes.back().version = event <= 4 ? 12 : 13;
  }
  ASSERT_TRUE(record(batch).ok());
  ASSERT_TRUE(record(batch).ok()) << "again, and counted once";
  for (int round = 0; round < 2; ++round) {
    const auto versions = store().version_counters({1}).value();
    ASSERT_EQ(versions.size(), 4U);
    const auto expect = [&](std::size_t at, std::uint32_t version, std::uint64_t product, Counts counts) {
      EXPECT_EQ(versions[at].version, version);
      EXPECT_EQ(versions[at].product, core::ProductId{product});
      EXPECT_EQ(versions[at].counts, counts) << at;
    };
    expect(0, 12, 10001, {2, 0, 0});
    expect(1, 12, 10002, {2, 0, 0});
    expect(2, 13, 10001, {0, 1, 0});
    expect(3, 13, 10002, {1, 0, 0});
    EXPECT_TRUE(store().version_counters({2})->empty());
    ASSERT_TRUE(store().prune(Instant(), 0, now).ok()) << "their days are kept, though their hours go";
    reopen();
  }
  // With the last of its days a version goes.
  clock().advance(std::chrono::days(1));
  ASSERT_TRUE(store().prune(Instant(), utc_day(now) + 1, now).ok());
  EXPECT_TRUE(store().version_counters({1})->empty());
}

TEST_P(HistoryContract, TrafficIsThatOfAProductByMinute) {
  const Instant start = std::chrono::floor<std::chrono::minutes>(clock().now());
  const std::int32_t minute = minute_of(start);
  HistoryBatch batch;
  const auto add = [&](std::uint64_t integration, std::uint64_t product, Instant at, std::string firmware,
                       core::OutcomeKind kind = core::OutcomeKind::kSuccess) {
    batch.outcomes.push_back(outcome(integration, product, batch.outcomes.size() + 1, at, kind));
    batch.outcomes.back().device.firmware_version = std::move(firmware);
  };
  add(1, 10001, start, "7");
  add(2, 10001, start + Duration(59'999'999), "8", core::OutcomeKind::kError);
  add(3, 10001, start + Duration(60'000'000), "7", core::OutcomeKind::kSleep);
  add(1, 10001, start - Duration(1), "");
  add(1, 10002, start, "7");
  add(4, 0, start, "7");
  ASSERT_TRUE(record(batch).ok());
  ASSERT_TRUE(record(batch).ok());
  for (int round = 0; round < 2; ++round) {
    const auto all = store().traffic({10001}, minute - 5, minute + 5, {}).value();
    ASSERT_EQ(all.size(), 3U) << "minutes without traffic are left out";
    EXPECT_EQ(all[0].minute, minute - 1);
    EXPECT_EQ(all[1].counts, (Counts{1, 1, 0})) << "of all its integrations";
    EXPECT_EQ(all[2].counts, (Counts{0, 0, 1}));
    EXPECT_EQ(store().traffic({10001}, minute, minute, {})->size(), 1U);
    const auto of_seven = store().traffic({10001}, minute - 5, minute + 5, {.firmware_version = "7"}).value();
    ASSERT_EQ(of_seven.size(), 2U);
    EXPECT_EQ(of_seven[0].counts, (Counts{1, 0, 0}));
    EXPECT_EQ(store().traffic({10001}, minute - 5, minute + 5, {.firmware_version = ""})->size(), 1U)
        << "of devices with no known firmware";
    EXPECT_TRUE(store().traffic({10001}, minute - 5, minute + 5, {.firmware_version = "9"})->empty());
    EXPECT_TRUE(store().traffic({0}, minute - 5, minute + 5, {})->empty()) << "a sandbox is no product";
    reopen();
  }
}

TEST_P(HistoryContract, TrafficIsToldApartByWhatTheDevicesWere) {
  const std::int32_t minute = minute_of(clock().now());
  HistoryBatch batch;
  const auto add = [&](int count, const core::DeviceTraits& device) {
    for (int i = 0; i < count; ++i) {
      batch.outcomes.push_back(outcome(1, 10001, batch.outcomes.size() + 1, clock().now()));
      batch.outcomes.back().device = device;
    }
  };
  add(1, {"7", "6.1.0", ""});
  add(2, {"7", "6.1.0", "canary"});
  add(4, {"7", "6.2.0", "canary,eu"});
  add(8, {"8", "6.2.0", "eu-west"});
  add(16, {});
  ASSERT_TRUE(record(batch).ok());
  const auto sum = [&](const TrafficFilter& filter) {
    std::uint64_t found = 0;
    const auto minutes = store().traffic({10001}, minute, minute, filter).value();
    for (const MinuteCounts& each : minutes) found += each.counts.success;
    return found;
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(sum({}), 31U);
    EXPECT_EQ(sum({.firmware_version = "7"}), 7U);
    EXPECT_EQ(sum({.os_version = "6.2.0"}), 12U);
    EXPECT_EQ(sum({.os_version = ""}), 16U) << "unknown";
    EXPECT_EQ(sum({.group = "canary"}), 6U);
    EXPECT_EQ(sum({.group = "eu"}), 4U) << "names are whole: eu-west is another";
    EXPECT_EQ(sum({.firmware_version = "7", .os_version = "6.1.0", .group = "canary"}), 2U) << "all must fit";
    EXPECT_EQ(sum({.firmware_version = "8", .group = "canary"}), 0U);
    reopen();
  }
}

TEST_P(HistoryContract, TooManyKindsOfDevicesInAMinuteCountAsOther) {
  const Limits limits;
  const Instant now = std::chrono::floor<std::chrono::minutes>(clock().now());
  const std::int32_t minute = minute_of(now);
  std::uint64_t event = 0;
  const auto record_each = [&](std::uint64_t product, Instant at, std::size_t from, std::size_t to,
                               std::string prefix) {
    HistoryBatch batch;
    for (std::size_t i = from; i < to; ++i) {
      batch.outcomes.push_back(outcome(1, product, ++event, at));
      batch.outcomes.back().device.firmware_version = prefix + std::to_string(1000 + i);
    }
    ASSERT_TRUE(record(batch).ok());
  };
  const auto of = [&](std::uint64_t product, std::int32_t at, std::optional<std::string> firmware) {
    std::uint64_t sum = 0;
    const auto minutes = store().traffic({product}, at, at, {.firmware_version = std::move(firmware)}).value();
    for (const MinuteCounts& each : minutes) sum += each.counts.success;
    return sum;
  };
  record_each(10001, now, 0, limits.traffic_kinds_max - 1, "");
  record_each(10001, now, 0, limits.traffic_kinds_max + 9, "");
  reopen();
  record_each(10001, now, limits.traffic_kinds_max + 9, limits.traffic_kinds_max + 10, "");
  record_each(10001, now, 0, 1, "");
  EXPECT_EQ(of(10001, minute, "1000"), 3U) << "known ones go on";
  EXPECT_EQ(of(10001, minute, std::to_string(1000 + limits.traffic_kinds_max - 1)), 1U);
  EXPECT_EQ(of(10001, minute, std::to_string(1000 + limits.traffic_kinds_max)), 0U);
  EXPECT_EQ(of(10001, minute, std::string(kOtherKind)), 10U);
  EXPECT_EQ(of(10001, minute, std::nullopt), event) << "none is lost";
  // Each product and each minute has room of its own; what is too long is not counted apart.
  record_each(10002, now, 0, 1, "");
  record_each(10001, now + std::chrono::minutes(1), 0, 1, "");
  record_each(10002, now, 0, 1, std::string(limits.firmware_version_bytes_max, 'x'));
  EXPECT_EQ(of(10002, minute, "1000"), 1U);
  EXPECT_EQ(of(10001, minute + 1, "1000"), 1U);
  EXPECT_EQ(of(10002, minute, std::string(kOtherKind)), 1U);
}

TEST_P(HistoryContract, PruningTakesHoursAndMinutesBeforeDays) {
  const Instant now = clock().now();
  const Instant old = now - std::chrono::days(8);
  HistoryBatch batch;
  for (std::uint64_t i = 0; i < 700; ++i) {
    batch.outcomes.push_back(outcome(1 + i, 10001, 1, old + std::chrono::minutes(i)));
    batch.outcomes.push_back(outcome(1 + i, 10001, 2, now));
  }
  ASSERT_TRUE(record(batch).ok());
  const Instant fine = old + std::chrono::days(1);
  ASSERT_TRUE(store().prune(now - std::chrono::days(30), utc_day(now) - 30, fine).ok());
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t integration : {1U, 700U}) {
      const auto hours = store().hour_counters({integration}, 0, 2'000'000).value();
      ASSERT_EQ(hours.size(), 1U);
      EXPECT_EQ(hours[0].hour, hour_of(now));
      EXPECT_EQ(store().counters({integration}, 0, 100'000)->size(), 2U) << "the day keeps its numbers";
      EXPECT_EQ(store().version_counters({integration})->at(0).counts.success,
                integration == 1 && round == 1 ? 3U : 2U);
    }
    EXPECT_EQ(store().traffic({10001}, 0, minute_of(now) - 1, {})->size(), 0U);
    EXPECT_EQ(store().traffic({10001}, minute_of(now), minute_of(now), {})->at(0).counts.success, 700U);
    // An outcome of an hour that is gone still reaches its day.
    ASSERT_TRUE(record({{outcome(1, 10001, 3, old)}, {}, {}}).ok());
    EXPECT_EQ(store().counters({1}, utc_day(old), utc_day(old))->at(0).counts.success, 2U);
    ASSERT_TRUE(store().prune(now - std::chrono::days(30), utc_day(now) - 30, fine).ok());
    reopen();
  }
}

TEST_P(HistoryContract, PruningFindsWhatIsOldBehindManyThatAreNot) {
  const Instant now = clock().now();
  const Instant old = now - std::chrono::days(40);
  HistoryBatch batch;
  // Events of long ago that had waited, and ended today.
  for (std::uint64_t i = 0; i < 12'000; ++i) {
    Outcome late = outcome(1, 10001, 1 + i, now);
    late.took = now - old;
    batch.outcomes.push_back(late);
  }
  batch.outcomes.push_back(outcome(1, 10001, 20'000, old));
  batch.outcomes.push_back(outcome(1, 10001, 20'001, now));
  ASSERT_TRUE(record(batch).ok());
  ASSERT_TRUE(store().prune(now - std::chrono::days(30), 0, Instant()).ok());
  // Recorded once more it is new only if it is gone.
  const auto days = [&] { return store().counters({1}, utc_day(old), utc_day(old)).value(); };
  const auto before = days().at(0).counts.success;
  ASSERT_TRUE(record({{outcome(1, 10001, 20'000, old)}, {}, {}}).ok());
  EXPECT_EQ(days().at(0).counts.success, before + 1);
  ASSERT_TRUE(record({{outcome(1, 10001, 1, now), outcome(1, 10001, 20'001, now)}, {}, {}}).ok());
  EXPECT_EQ(store().counters({1}, utc_day(now), utc_day(now))->at(0).counts.success, 12'001U) << "young ones stay";
}

inline DeadLetter letter_of_size(std::uint64_t event, Instant at, std::size_t size) {
  DeadLetter letter;
  letter.integration = {1};
  letter.product = {10001};
  letter.event = event_of("temp", std::string(size, 'x'), event);
  letter.at = at;
  letter.reason = "error status 500 from example.com";
  return letter;
}

TEST_P(HistoryContract, OldDeadLettersGoLikeTheLog) {
  const Instant now = clock().now();
  ASSERT_TRUE(record({{}, {}, {letter_of_size(1, now - std::chrono::days(31), 5), letter_of_size(2, now, 5)}}).ok());
  ASSERT_TRUE(store().prune(now - std::chrono::days(30), 0, Instant()).ok());
  const auto left = store().dead_letters({}, {}).value().letters;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].event->id, event_id(2));
}

TEST_P(HistoryContract, BeyondItsBytesTheOldestOfTheLogAndOfDeadLettersGo) {
  const Instant now = clock().now();
  const auto add = [&](std::uint64_t from, std::uint64_t count) {
    HistoryBatch batch;
    for (std::uint64_t i = from; i < from + count; ++i) {
      Exchange large = exchange(1, 10001, now + Duration(i));
      large.request_body = std::string(10'000, 'x');
      batch.exchanges.push_back(large);
      batch.dead_letters.push_back(letter_of_size(i, now + Duration(i), 5'000));
    }
    ASSERT_TRUE(record(batch).ok());
  };
  add(1, 300);
  const HistoryBytes unbounded = store().prune_to({1ULL << 60, 1ULL << 60}).value();
  EXPECT_GE(unbounded.exchanges, 299U * 10'000);
  EXPECT_GE(unbounded.dead_letters, 299U * 5'000);
  const HistoryBytes left = store().prune_to({500'000, 250'000}).value();
  EXPECT_LE(left.exchanges, 500'000U);
  EXPECT_LE(left.dead_letters, 250'000U);
  const auto log = store().exchanges({1}, {}, true, 1'000).value();
  const auto letters = store().dead_letters({}, {.limit = 1'000}).value().letters;
  EXPECT_NEAR(static_cast<double>(log.size()), 47, 4);
  EXPECT_NEAR(static_cast<double>(letters.size()), 46, 4);
  EXPECT_EQ(log.front().at, now + Duration(300)) << "the newest stay";
  EXPECT_EQ(letters.front().event->id, event_id(300));
  reopen();
  add(301, 10);
  EXPECT_LE(store().prune_to({500'000, 250'000})->exchanges, 500'000U);
  EXPECT_EQ(store().exchanges({1}, {}, true, 1)->at(0).at, now + Duration(310));
  EXPECT_EQ(store().prune_to({0, 0}).value(), HistoryBytes());
}

TEST_P(HistoryContract, AnExchangeIsReadBackByteForByte) {
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

TEST_P(HistoryContract, ExchangesComeNewestFirstPerProductAndInAll) {
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

TEST_P(HistoryContract, OfTwoExchangesAtOneTimeTheLaterRecordedComesFirst) {
  Exchange first = exchange(1, 10001, clock().now()), second = first;
  second.attempt = 3;
  ASSERT_TRUE(record({{}, {first, second}, {}}).ok());
  const auto read = store().exchanges({1}, {}, true, 10).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].attempt, 3U);
}

TEST_P(HistoryContract, NumbersOfManyIntegrationsComeInTheirOrder) {
  const Instant now = clock().now();
  const auto yesterday = now - std::chrono::days(1);
  ASSERT_TRUE(record({{outcome(1, 10002, 1, now), outcome(1, 10001, 2, yesterday, core::OutcomeKind::kError),
                       outcome(1, 10003, 3, now, core::OutcomeKind::kSleep), outcome(3, 0, 4, now),
                       outcome(4, 10001, 5, yesterday, core::OutcomeKind::kSleep)},
                      {},
                      {}})
                  .ok());
  const std::vector<core::IntegrationNumber> asked = {{3}, {2}, {4}, {1}};
  for (int round = 0; round < 2; ++round) {
    const auto numbers = store().numbers(asked, utc_day(now));
    ASSERT_EQ(numbers.size(), 4U) << "of 2 there is nothing, of 4 nothing today";
    using Of = std::tuple<std::uint64_t, std::uint64_t, Counts, LastOutcomes>;
    const auto of = [&](std::size_t at) {
      const PlacementNumbers& one = numbers[at];
      return Of{one.integration.value, one.product.value, one.today, one.last};
    };
    EXPECT_EQ(of(0), (Of{3, 0, {1, 0, 0}, {.success = now}}));
    EXPECT_EQ(of(1), (Of{1, 10001, {}, {.error = yesterday}}));
    EXPECT_EQ(of(2), (Of{1, 10002, {1, 0, 0}, {.success = now}}));
    EXPECT_EQ(of(3), (Of{1, 10003, {0, 0, 1}, {}})) << "a sleep is no outcome to judge by";
    reopen();
  }
}

TEST_P(HistoryContract, TheLastOutcomesOfAPlacementAreKnownForAsLongAsItsHistory) {
  const Instant start = clock().now();
  const auto today = [&] { return utc_day(clock().now()); };
  using core::OutcomeKind;
  ASSERT_TRUE(record({{outcome(1, 10001, 1, start, OutcomeKind::kError)}, {}, {}}).ok());
  EXPECT_TRUE(store().numbers(std::vector<core::IntegrationNumber>{{1}}, today())[0].last.failing());
  clock().advance(std::chrono::hours(2));
  const Instant later = clock().now();
  ASSERT_TRUE(record({{outcome(1, 10001, 2, later)}, {}, {}}).ok());
  ASSERT_TRUE(record({{outcome(1, 10001, 3, later + Duration(5), OutcomeKind::kSleep)}, {}, {}}).ok());
  const std::map<std::pair<std::uint64_t, std::uint64_t>, LastOutcomes> both = {{{1, 10001}, {later, start}}};
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(last_outcomes(store(), {{1}}, today()), both) << round;
    EXPECT_FALSE(both.at({1, 10001}).failing());
    reopen();
    EXPECT_EQ(last_outcomes(store(), {{1}}, today()), both) << round;
    // In the first round hours become days; then their day goes from memory.
    ASSERT_TRUE(store().prune(start, utc_day(start), clock().now() - std::chrono::days(7)).ok());
    clock().advance(std::chrono::days(3));
    // Late news are no news.
    ASSERT_TRUE(record({{outcome(1, 10001, 4, start - Duration(1))}, {}, {}}).ok());
  }
  ASSERT_TRUE(record({{outcome(2, 10001, 5, clock().now())}, {}, {}}).ok());
  ASSERT_TRUE(store().prune(later + Duration(1), 0, Instant()).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(last_outcomes(store(), {{1}, {2}}, today()).size(), 1U) << "older than what is kept";
    reopen();
  }
}

TEST_P(HistoryContract, TheRevisionOfNumbersRisesWithEachThroughRestartsToo) {
  const std::uint64_t before = store().numbers_revision();
  EXPECT_EQ(store().numbers_revision(), before);
  ASSERT_TRUE(record({{outcome(1, 10001, 1, clock().now())}, {}, {}}).ok());
  const std::uint64_t after = store().numbers_revision();
  EXPECT_GT(after, before);
  clock().advance(std::chrono::seconds(1));
  reopen();
  EXPECT_GE(store().numbers_revision(), after);
  ASSERT_TRUE(record({{outcome(1, 10001, 2, clock().now())}, {}, {}}).ok());
  EXPECT_GT(store().numbers_revision(), after);
}

TEST_P(HistoryContract, CountersOfManyIntegrationsAreThoseOfEach) {
  const Instant now = clock().now();
  const std::int32_t today = utc_day(now);
  HistoryBatch batch;
  for (std::uint64_t event = 0; event < 200; ++event) {
    batch.outcomes.push_back(outcome(1 + event % 3, 10001 + event % 2, event, now - std::chrono::days(event % 9)));
  }
  ASSERT_TRUE(record(batch).ok());
  for (int round = 0; round < 2; ++round) {
    const std::vector<core::IntegrationNumber> asked = {{3}, {9}, {1}};
    const auto many = store().counters_of_many(asked, today - 5, today);
    ASSERT_TRUE(many.ok());
    ASSERT_EQ(many->size(), 3U);
    EXPECT_TRUE((*many)[1].empty());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto one = store().counters(asked[i], today - 5, today);
      ASSERT_TRUE(one.ok());
      ASSERT_EQ((*many)[i].size(), one->size());
      for (std::size_t at = 0; at < one->size(); ++at) {
        EXPECT_EQ((*many)[i][at].day, (*one)[at].day);
        EXPECT_EQ((*many)[i][at].product, (*one)[at].product);
        EXPECT_EQ((*many)[i][at].counts, (*one)[at].counts);
      }
    }
    ASSERT_TRUE(store().prune(Instant(), 0, Instant()).ok());
  }
}

TEST_P(HistoryContract, PruningTakesWhatIsOldAndNothingElse) {
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
  ASSERT_TRUE(store().prune(now - std::chrono::days(30), today - 30, now - std::chrono::days(7)).ok());
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
