// The part of the history contract about attempts that are kept one by one: searched, paged, and found by their event.
// See store_contract.h.
#pragma once
#include "store/history_contract.h"

namespace fleethook::store {

class AttemptContract : public FleetContract {
 protected:
  static Exchange attempt(std::uint64_t integration, std::uint64_t number, Instant at, int status) {
    Exchange made = exchange(integration, 10001 + number % 2, at, status < 300 && status != 0);
    auto event = std::make_shared<core::Event>(*event_of(number % 3 == 0 ? "alarm/door" : "temp", "1", number));
    event->publisher = number % 5 == 0 ? "d5" : "other";
    made.event = std::move(event);
    made.status = status;
    made.error_class = status == 0 ? core::ErrorClass::kTimeout : core::error_class_of_status(status);
    return made;
  }
  // The numbers of the events of what is found, in its order.
  std::vector<int> found(const AttemptQuery& query, const AttemptPage& page = {}) {
    const auto read = store().attempts(query, page);
    EXPECT_TRUE(read.ok());
    std::vector<int> numbers;
    if (!read.ok()) return numbers;
    for (const Exchange& one : read->attempts) numbers.push_back(one.event->id.bytes[15]);
    return numbers;
  }
};

TEST_P(AttemptContract, AttemptsAreFoundByWhatNarrowsThem) {
  const Instant now = clock().now();
  HistoryBatch batch;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    constexpr int kStatuses[] = {200, 503, 404, 0};
    batch.exchanges.push_back(attempt(1 + i % 2, i, now + std::chrono::seconds(i), kStatuses[i % 4]));
  }
  ASSERT_TRUE(record(std::move(batch)).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(found({}), (std::vector{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1})) << "newest first";
    EXPECT_EQ(found({.integration = core::IntegrationNumber{1}}), (std::vector{12, 10, 8, 6, 4, 2}));
    EXPECT_EQ(found({.device = "d5"}), (std::vector{10, 5}));
    EXPECT_EQ(found({.product = core::ProductId{10001}, .name = "alarm/"}), (std::vector{12, 6}));
    EXPECT_EQ(found({.status = std::pair{500, 599}}), (std::vector{9, 5, 1}));
    EXPECT_EQ(found({.error = core::ErrorClass::kTimeout}), (std::vector{11, 7, 3}));
    EXPECT_EQ(found({.success = true}), (std::vector{12, 8, 4}));
    EXPECT_EQ(found({.from = now + std::chrono::seconds(3), .to = now + std::chrono::seconds(5)}), (std::vector{4, 3}));
    EXPECT_EQ(found({.integration = core::IntegrationNumber{9}}), std::vector<int>{});
    reopen();
  }
}

TEST_P(AttemptContract, APageOfASearchLeadsOn) {
  HistoryBatch batch;
  for (std::uint64_t i = 1; i <= 40; ++i) batch.exchanges.push_back(attempt(1, i, clock().now(), 503));
  ASSERT_TRUE(record(std::move(batch)).ok());
  std::vector<int> all;
  AttemptPage page{.limit = 3, .look_max = 11};
  while (true) {
    const Attempts some = store().attempts({.device = "", .name = "alarm"}, page).value();
    for (const Exchange& one : some.attempts) all.push_back(one.event->id.bytes[15]);
    if (some.all) break;
    ASSERT_NE(some.behind, page.behind);
    page.behind = some.behind;
  }
  EXPECT_EQ(all, (std::vector{39, 36, 33, 30, 27, 24, 21, 18, 15, 12, 9, 6, 3}));
}

TEST_P(AttemptContract, OneIsReadBackByItsIdIfItIsAskedForThere) {
  ASSERT_TRUE(record({{}, {attempt(1, 7, clock().now(), 404)}, {}}).ok());
  const Exchange kept = store().attempts({}, {}).value().attempts.at(0);
  const auto read = store().attempt(kept.id, {}).value();
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->error_class, core::ErrorClass::kClient);
  EXPECT_EQ(read->request_body, "{}");
  EXPECT_FALSE(store().attempt(kept.id, {.integration = core::IntegrationNumber{2}}).value().has_value());
  EXPECT_FALSE(store().attempt(kept.id + 1, {}).value().has_value());
}

TEST_P(AttemptContract, AllThatIsKeptOfAnEventIsFoundByIt) {
  const Instant now = clock().now();
  auto again = std::make_shared<core::Event>(*event_of("temp", "1", 5));
  again->replay = 3;
  Exchange of_replay = attempt(1, 5, now + Duration(2), 200);
  of_replay.event = again;
  Outcome replayed = outcome(1, 10001, 5, now + Duration(3));
  replayed.replay = 3;
  DeadLetter letter;
  letter.integration = {2};
  letter.product = {10001};
  letter.event = event_of("temp", "1", 5);
  letter.at = now;
  ASSERT_TRUE(
      record({{outcome(2, 10001, 5, now, core::OutcomeKind::kError), replayed,
               outcome(1, 10001, 5, now, core::OutcomeKind::kError), outcome(1, 10001, 6, now)},
              {attempt(1, 5, now, 503), attempt(1, 6, now, 503), attempt(2, 5, now + Duration(1), 404), of_replay},
              {letter}})
          .ok());
  for (int round = 0; round < 2; ++round) {
    const EventHistory history = store().of_event(event_id(5), 10).value();
    ASSERT_EQ(history.outcomes.size(), 3U);
    EXPECT_EQ(history.outcomes[0].integration.value, 1U);
    EXPECT_EQ(history.outcomes[0].kind, core::OutcomeKind::kError);
    EXPECT_EQ(history.outcomes[1].replay, 3U);
    EXPECT_EQ(history.outcomes[1].kind, core::OutcomeKind::kSuccess);
    EXPECT_EQ(history.outcomes[2].integration.value, 2U);
    ASSERT_EQ(history.attempts.size(), 3U) << "newest first";
    EXPECT_EQ(history.attempts[0].event->replay, 3U);
    EXPECT_EQ(history.attempts[1].status, 404);
    EXPECT_EQ(history.attempts[2].status, 503);
    ASSERT_EQ(history.letters.size(), 1U);
    EXPECT_EQ(history.letters[0].integration.value, 2U);
    EXPECT_EQ(store().of_event(event_id(5), 2).value().attempts.size(), 2U);
    EXPECT_TRUE(store().of_event(event_id(77), 10).value().outcomes.empty());
    reopen();
  }
}

}  // namespace fleethook::store
