// The part of the history contract about dead letters: kept, searched, paged. See store_contract.h.
#pragma once
#include "store/history_contract.h"

namespace fleethook::store {

class DeadLetterContract : public FleetContract {
 protected:
  static DeadLetter letter(std::uint64_t integration, std::uint64_t product, core::EventPtr event, Instant at) {
    DeadLetter made;
    made.integration = {integration};
    made.product = {product};
    made.event = std::move(event);
    made.version = 3;
    made.attempts = 12;
    made.status = 410;
    made.error = core::ErrorClass::kClient;
    made.at = at;
    made.reason = "error status 410 from example.com";
    return made;
  }
  static core::EventPtr event_from(const std::string& device, std::uint64_t number, const std::string& data = "1") {
    auto event = std::make_shared<core::Event>(*event_of("alarm/door", data, number));
    event->publisher = device;
    return event;
  }
  static DeadLetterQuery of_integration(std::uint64_t integration) {
    DeadLetterQuery query;
    query.integration = core::IntegrationNumber{integration};
    return query;
  }
  // The numbers of the events of what is found, in its order.
  std::vector<int> found(const DeadLetterQuery& query, const DeadLetterPage& page = {}) {
    const auto read = store().dead_letters(query, page);
    EXPECT_TRUE(read.ok());
    std::vector<int> numbers;
    if (!read.ok()) return numbers;
    EXPECT_EQ(read->found, read->letters.size());
    for (const DeadLetter& one : read->letters) numbers.push_back(one.event->id.bytes[15]);
    return numbers;
  }
};

TEST_P(DeadLetterContract, ADeadLetterIsKeptWithItsEvent) {
  DeadLetter old = letter(5, 10001, event_of("alarm", std::string(1000, 'x'), 99), clock().now());
  DeadLetter newer = letter(5, 10001, event_of("alarm", std::string(1000, 'x'), 98), old.at + Duration(1));
  ASSERT_TRUE(record({{}, {}, {old, newer}}).ok());
  newer.reason = "given up after 72 h";
  ASSERT_TRUE(record({{}, {}, {newer}}).ok()) << "the same delivery again replaces";
  ASSERT_TRUE(store().prune(clock().now(), 100'000, clock().now()).ok()) << "as long as they are young enough";
  reopen();
  const auto read = store().dead_letters(of_integration(5), {});
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->letters.size(), 2U);
  EXPECT_TRUE(read->all);
  EXPECT_EQ(read->letters[0].event->id, event_id(98));
  EXPECT_EQ(read->letters[0].reason, "given up after 72 h");
  const DeadLetter& kept = read->letters[1];
  const auto values = [](const DeadLetter& one) {
    return std::tie(one.integration, one.product, one.replay, one.version, one.attempts, one.status, one.error, one.at,
                    one.reason, one.replayed);
  };
  EXPECT_EQ(values(kept), values(old));
  EXPECT_EQ(*kept.event, *old.event);
  EXPECT_GT(read->letters[0].id, kept.id);
  EXPECT_EQ(store().dead_letter(kept.id, {}).value()->event->id, event_id(99));
  EXPECT_FALSE(store().dead_letter(kept.id, of_integration(6)).value().has_value());
  EXPECT_FALSE(store().dead_letter(read->letters[0].id + 1, {}).value().has_value());
  EXPECT_TRUE(found(of_integration(6)).empty());
}

TEST_P(DeadLetterContract, WhatWasDeliveredIsNoDeadLetterUnlessAReplayOfItFails) {
  const Instant now = clock().now();
  ASSERT_TRUE(record({{outcome(5, 10001, 97, now)}, {}, {}}).ok());
  ASSERT_TRUE(record({{outcome(5, 10001, 97, now, core::OutcomeKind::kCancelled)},
                      {},
                      {letter(5, 10001, event_of("temp", "1", 97), now)}})
                  .ok());
  EXPECT_TRUE(found(of_integration(5)).empty());
  ASSERT_TRUE(record({{outcome(5, 10001, 98, now, core::OutcomeKind::kError)},
                      {},
                      {letter(5, 10001, event_of("temp", "1", 98), now)}})
                  .ok());
  EXPECT_EQ(found(of_integration(5)), std::vector{98});
  auto again = std::make_shared<core::Event>(*event_of("temp", "1", 97));
  again->replay = 7;
  DeadLetter replayed = letter(5, 10001, again, now);
  replayed.replay = 7;
  ASSERT_TRUE(record({{}, {}, {replayed}}).ok());
  EXPECT_EQ(found(of_integration(5)), (std::vector{97, 98}));
  const auto read = store().dead_letters(of_integration(5), {.limit = 1}).value();
  EXPECT_EQ(read.letters[0].replay, 7U);
  EXPECT_EQ(read.letters[0].event->replay, 7U);
}

TEST_P(DeadLetterContract, EachPartOfAQueryNarrowsIt) {
  const Instant now = clock().now();
  HistoryBatch batch;
  const auto add = [&](std::uint64_t number, std::uint64_t integration, std::uint64_t product,
                       const std::string& device, const std::string& data = "1") -> DeadLetter& {
    const Instant at = now + std::chrono::seconds(static_cast<std::int64_t>(number));
    return batch.dead_letters.emplace_back(letter(integration, product, event_from(device, number, data), at));
  };
  add(1, 1, 10001, "d1");
  add(2, 1, 10002, "d2").status = 503;
  add(3, 2, 10001, "d2", "the Door is open").error = core::ErrorClass::kDns;
  add(4, 2, 0, "d3").status = 0;
  add(5, 3, 10001, "d1").reason = "its time is OVER";
  ASSERT_TRUE(record(batch).ok());
  for (int round = 0; round < 2; ++round) {
    const auto with = [&](const auto& set) {
      DeadLetterQuery query;
      set(query);
      return found(query);
    };
    using Q = DeadLetterQuery&;
    EXPECT_EQ(with([](Q) {}), (std::vector{5, 4, 3, 2, 1}));
    EXPECT_EQ(with([](Q q) { q.integration = core::IntegrationNumber{2}; }), (std::vector{4, 3}));
    EXPECT_EQ(with([](Q q) { q.product = core::ProductId{10001}; }), (std::vector{5, 3, 1}));
    EXPECT_EQ(with([](Q q) { q.product = core::ProductId(); }), std::vector{4}) << "the sandbox";
    EXPECT_EQ(with([](Q q) { q.device = "d2"; }), (std::vector{3, 2}));
    EXPECT_TRUE(with([](Q q) { q.device = "d"; }).empty()) << "a device is named whole";
    EXPECT_EQ(with([](Q q) { q.name = "alarm"; }).size(), 5U);
    EXPECT_TRUE(with([](Q q) { q.name = "alarm/window"; }).empty());
    EXPECT_EQ(with([](Q q) { q.status = {{500, 599}}; }), std::vector{2});
    EXPECT_EQ(with([](Q q) { q.status = {{0, 0}}; }), std::vector{4});
    EXPECT_EQ(with([](Q q) { q.error = core::ErrorClass::kDns; }), std::vector{3});
    EXPECT_EQ(with([](Q q) { q.text = "door IS"; }), std::vector{3});
    EXPECT_EQ(with([](Q q) { q.text = "over"; }), std::vector{5});
    EXPECT_EQ(with([&](Q q) { q.from = now + std::chrono::seconds(4); }), (std::vector{5, 4}));
    EXPECT_EQ(with([&](Q q) { q.to = now + std::chrono::seconds(2); }), std::vector{1});
    EXPECT_TRUE(with([](Q q) { q.replayed = true; }).empty());
    EXPECT_EQ(with([](Q q) { q.device = "d2", q.product = core::ProductId{10001}; }), std::vector{3});
    EXPECT_EQ(with([](Q q) { q.integration = core::IntegrationNumber{1}, q.device = "d1"; }), std::vector{1});
    reopen();
  }
}

TEST_P(DeadLetterContract, PagesFollowEachOtherInBothOrders) {
  const Instant now = clock().now();
  HistoryBatch batch;
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const std::string device = number % 5 == 0 ? "rare" : "often";
    batch.dead_letters.push_back(letter(1, 10001, event_from("d", number, device), now));
  }
  ASSERT_TRUE(record(batch).ok());
  for (const bool oldest_first : {false, true}) {
    DeadLetterPage page{.oldest_first = oldest_first, .limit = 4};
    std::vector<int> all;
    int pages = 0;
    for (bool more = true; more; ++pages) {
      const auto read = store().dead_letters(of_integration(1), page).value();
      for (const DeadLetter& one : read.letters) all.push_back(one.event->id.bytes[15]);
      page.behind = read.behind;
      more = !read.all;
    }
    std::vector<int> expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    if (!oldest_first) std::ranges::reverse(expected);
    EXPECT_EQ(all, expected);
    EXPECT_LE(pages, 4);
  }
  DeadLetterQuery rare = of_integration(1);
  rare.text = "rare";
  DeadLetterPage page{.look_max = 7};
  auto read = store().dead_letters(rare, page).value();
  EXPECT_EQ(read.letters.size(), 2U);
  EXPECT_FALSE(read.all) << "it says how far it looked";
  EXPECT_EQ(read.looked_at, now);
  page.behind = read.behind;
  read = store().dead_letters(rare, page).value();
  EXPECT_TRUE(read.all && read.letters.empty());

  const std::uint64_t upto = store().dead_letters(of_integration(1), {.limit = 4}).value().letters.back().id;
  const auto older = store().dead_letters(of_integration(1), {.upto = upto, .limit = 1, .count_only = true}).value();
  EXPECT_EQ(older.found, 7U);
  EXPECT_TRUE(older.all && older.letters.empty());
}

TEST_P(DeadLetterContract, AnOwnerFindsItsOwnAlsoOfDeletedIntegrations) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A");
  const auto shared = add_shared(acme, {a.id}, webhook("temp"));
  const auto sandbox = add_sandbox(ann, webhook("temp"));
  const Instant now = clock().now();
  ASSERT_TRUE(store().delete_integration(shared->id).ok());
  ASSERT_TRUE(record({{},
                      {},
                      {letter(shared->number.value, a.id.value, event_of("temp", "1", 1), now),
                       letter(sandbox->number.value, 0, event_of("temp", "1", 2), now),
                       letter(77, a.id.value, event_of("temp", "1", 3), now)}})
                  .ok());
  for (int round = 0; round < 2; ++round) {
    DeadLetterQuery of_acme, of_ann;
    of_acme.organization = acme.id;
    of_ann.user = ann.id;
    EXPECT_EQ(found(of_acme), std::vector{1});
    EXPECT_EQ(found(of_ann), std::vector{2});
    of_ann.integration = shared->number;
    EXPECT_TRUE(found(of_ann).empty());
    of_acme.product = a.id;
    EXPECT_EQ(found(of_acme), std::vector{1}) << "and nothing of integrations of others that ran on its product";
    reopen();
  }
}

}  // namespace fleethook::store
