// The part of the store contract about replays: how they are kept, step by step. See store_contract.h.
#pragma once
#include "store/dead_letter_contract.h"
#include "store/replays.h"

namespace fleethook::store {

class ReplayContract : public DeadLetterContract {
 protected:
  void add_letters(std::uint64_t first, std::uint64_t count) {
    HistoryBatch batch;
    for (std::uint64_t number = first; number < first + count; ++number)
      batch.dead_letters.push_back(letter(1, 10001, event_of("alarm", "1", number), clock().now()));
    ASSERT_TRUE(record(batch).ok());
  }
  std::vector<std::uint64_t> ids() {
    std::vector<std::uint64_t> found;
    const DeadLetters all = store().dead_letters({}, {.oldest_first = true, .limit = 1000}).value();
    for (const DeadLetter& one : all.letters) found.push_back(one.id);
    return found;
  }
  Actor ann() {
    if (ann_.user.is_none()) ann_ = actor(add_user("ann@example.com"));
    return ann_;
  }
  ReplayPlan plan() {
    ReplayPlan plan;
    plan.query.user = ann().user;
    return plan;
  }
  // Of an event that a replay brought.
  static Outcome outcome_of_replay(std::uint64_t event, std::uint32_t replay, core::OutcomeKind kind, Instant at) {
    Outcome made = outcome(1, 10001, event, at, kind);
    made.replay = replay;
    return made;
  }

 private:
  Actor ann_;
};

TEST_P(ReplayContract, APlanIsKeptAsItWasMade) {
  add_letters(1, 3);
  ReplayPlan full = plan();
  DeadLetterQuery& query = full.query;
  query.product = core::ProductId{10001};
  query.integration = core::IntegrationNumber{1};
  query.device = "e00fce6800000000000000ff";
  query.name = "al";
  query.status = {{400, 499}};
  query.error = core::ErrorClass::kClient;
  query.from = clock().now() - std::chrono::days(1);
  query.to = clock().now() + std::chrono::days(1);
  query.text = "\"quoted\"";
  query.replayed = false;
  full.ids = ids();
  full.to = {7};
  full.same_version = true;
  full.per_second = 7;
  const Replay made = store().create_replay(full, 3, ann()).value();
  const Replay plain = store().create_replay(plan(), 2, ann()).value();
  EXPECT_GT(plain.number, made.number);
  for (int round = 0; round < 2; ++round) {
    const Replay read = store().replay(made.number).value();
    EXPECT_EQ(json::write(to_json(read.plan)), json::write(to_json(full)));
    EXPECT_EQ(read.by.user, ann().user);
    EXPECT_EQ(read.by.name, "ann@example.com");
    EXPECT_EQ(read.created_at, made.created_at);
    EXPECT_EQ(read.upto, ids().back());
    EXPECT_EQ(std::tie(read.found, read.placed, read.skipped, read.behind, read.walked, read.state),
              std::make_tuple(3U, 0U, 0U, 0U, false, ReplayState::kRunning));
    EXPECT_EQ(json::write(to_json(store().replay(plain.number)->plan)), json::write(to_json(plan())));
    EXPECT_EQ(store().running_replays()->size(), 2U);
    const auto theirs = store().replays(plan().query, 10).value();
    ASSERT_EQ(theirs.size(), 2U);
    EXPECT_EQ(theirs[0].number, plain.number) << "newest first";
    EXPECT_EQ(store().replays(plan().query, 1)->size(), 1U);
    EXPECT_EQ(store().replays({}, 10)->size(), 2U);
    DeadLetterQuery other;
    other.user = add_user("of round " + std::to_string(round)).id;
    EXPECT_TRUE(store().replays(other, 10)->empty());
    EXPECT_EQ(store().replay(99).error().fault, Fault::kNotFound);
    reopen();
  }
}

TEST_P(ReplayContract, AStepIsNotedOnceAndMarksWhatItTook) {
  add_letters(1, 4);
  const Replay made = store().create_replay(plan(), 4, ann()).value();
  const auto all = ids();
  const ReplayStep first{made.number, 0, all[2], 2, 1, {all[0], all[2]}, false};
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(store().note_replay_step(first).ok()) << "the second time it changes nothing";
    const Replay now = store().replay(made.number).value();
    EXPECT_EQ(std::tie(now.placed, now.skipped, now.behind, now.walked), std::make_tuple(2U, 1U, all[2], false));
    DeadLetterQuery taken;
    taken.replayed = true;
    EXPECT_EQ(found(taken), (std::vector{3, 1}));
    EXPECT_EQ(store().dead_letter(all[0], {}).value()->replayed, made.number);
    reopen();
  }
  ASSERT_TRUE(store().note_replay_step({made.number, all[2], all[3], 1, 0, {all[3]}, true}).ok());
  EXPECT_TRUE(store().replay(made.number)->walked);
  ASSERT_TRUE(store().note_replay_step({made.number, all[3], all[3] + 9, 5, 0, {}, false}).ok());
  EXPECT_EQ(store().replay(made.number)->placed, 3U) << "nothing follows the last step";
}

TEST_P(ReplayContract, ItIsDoneWhenAllThatItPlacedHasEnded) {
  add_letters(1, 3);
  const Instant now = clock().now();
  const std::uint32_t number = store().create_replay(plan(), 3, ann())->number;
  ASSERT_TRUE(store().note_replay_step({number, 0, ids().back(), 3, 0, ids(), true}).ok());
  using core::OutcomeKind;
  ASSERT_TRUE(record({{outcome_of_replay(1, number, OutcomeKind::kSuccess, now),
                       outcome_of_replay(2, number, OutcomeKind::kError, now), outcome(1, 10001, 3, now)},
                      {},
                      {}})
                  .ok());
  ASSERT_TRUE(store().end_replay(number).ok());
  Replay read = store().replay(number).value();
  EXPECT_EQ(read.state, ReplayState::kRunning) << "one waits";
  EXPECT_EQ(read.ended, (Counts{1, 1, 0, 0}));
  EXPECT_EQ(read.waiting(), 1U);
  clock().advance(std::chrono::hours(1));
  ASSERT_TRUE(record({{outcome_of_replay(3, number, OutcomeKind::kCancelled, now),
                       outcome_of_replay(1, number, OutcomeKind::kSuccess, now)},
                      {},
                      {}})
                  .ok());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(store().end_replay(number).ok());
    read = store().replay(number).value();
    EXPECT_EQ(read.ended, (Counts{1, 1, 0, 1})) << "an outcome counts once";
    EXPECT_EQ(read.state, ReplayState::kDone);
    EXPECT_EQ(read.ended_at, clock().now());
    EXPECT_TRUE(store().running_replays()->empty());
    reopen();
  }
  EXPECT_EQ(store().set_replay(number, ReplayState::kCancelled, ann()).error().fault, Fault::kConflict);
  ASSERT_TRUE(store().prune(clock().now(), 0, Instant()).ok());
  EXPECT_TRUE(store().replay(number).ok());
  ASSERT_TRUE(store().prune(clock().now() + Duration(1), 0, Instant()).ok());
  EXPECT_FALSE(store().replay(number).ok()) << "it goes as old history does";
  EXPECT_GT(store().create_replay(plan(), 1, ann())->number, number) << "a number is never given again";
}

TEST_P(ReplayContract, APersonPausesResumesAndCancels) {
  add_letters(1, 1);
  const std::uint32_t number = store().create_replay(plan(), 1, ann())->number;
  EXPECT_EQ(store().set_replay(number, ReplayState::kPaused, ann())->state, ReplayState::kPaused);
  EXPECT_EQ(store().set_replay(number, ReplayState::kPaused, ann())->state, ReplayState::kPaused);
  EXPECT_TRUE(store().running_replays()->empty());
  ASSERT_TRUE(store().note_replay_step({number, 0, ids().back(), 1, 0, ids(), true}).ok());
  ASSERT_TRUE(store().end_replay(number).ok());
  EXPECT_EQ(store().replay(number)->state, ReplayState::kPaused);
  EXPECT_EQ(store().set_replay(number, ReplayState::kRunning, ann())->state, ReplayState::kRunning);
  const Replay cancelled = store().set_replay(number, ReplayState::kCancelled, ann()).value();
  EXPECT_EQ(cancelled.ended_at, clock().now());
  EXPECT_EQ(store().set_replay(number, ReplayState::kRunning, ann()).error().fault, Fault::kConflict);
  EXPECT_EQ(store().set_replay(99, ReplayState::kRunning, ann()).error().fault, Fault::kNotFound);
  AuditQuery query;
  query.owner = ann().user;
  query.target = std::to_string(number);
  std::vector<std::string> actions;
  const auto audited = store().audit(query).value();
  for (const AuditEntry& entry : audited) actions.push_back(entry.action);
  EXPECT_EQ(actions,
            (std::vector<std::string>{"replay.cancelled", "replay.resumed", "replay.paused", "replay.started"}));
}

}  // namespace fleethook::store
