// Notes in the file: their limits, how they are forgotten, and those that go along with changes of the store. What all
// queues have in common is in queue/queue_contract.h.
#include "queue/sqlite/idempotency.h"

#include <future>

#include <gtest/gtest.h>

#include "queue/sqlite/queue_file_for_tests.h"
#include "sqlite/rider.h"

namespace fleethook::queue {
namespace {

using Answer = Notes::Answer;

class NotesTest : public ::testing::Test {
 protected:
  // A change such as the store makes: it takes the rider of its thread along.
  Result<void> change(bool fail = false) {
    sqlite::Rider* rider = sqlite::Rider::waiting();
    auto result = file_.writer().run_and_wait([&](sqlite::Database& database) -> Result<void> {
      FLEETHOOK_CHECK(database.execute("CREATE TABLE IF NOT EXISTS made(x); INSERT INTO made VALUES (1)"));
      if (rider != nullptr) FLEETHOOK_CHECK(rider->write(database));
      if (fail) return Error{Fault::kUnavailable, "no"};
      return {};
    });
    if (rider != nullptr) rider->done(result.ok());
    return result;
  }
  Notes& notes() { return file_.sqlite_queue().notes(); }
  static Note note(std::uint8_t number, std::uint8_t caller = 1) {
    Note made = note_named(number, "");
    made.status = 0;
    made.caller.bytes[0] = caller;
    return made;
  }
  Result<Once> append_once(Note made) {
    return waiting::append_once(file_.queue(), std::move(made), {accepted(event_named("a"))});
  }
  void forget(Moment now) {
    std::promise<Result<void>> done;
    notes().forget(now, [&](Result<void> result) { done.set_value(std::move(result)); });
    ASSERT_TRUE(done.get_future().get().ok());
  }

  QueueFile file_{NoteLimits{1000, 400}};
};

TEST_F(NotesTest, WorkWithAKeyIsDoneOnceAndItsAnswerKept) {
  int runs = 0;
  const auto work = [&] {
    ++runs;
    EXPECT_TRUE(change().ok());
    return Answer{201, "made"};
  };
  EXPECT_FALSE(notes().run(note(1), work)->note);
  for (int round = 0; round < 2; ++round) {
    const auto again = notes().run(note(1), work).value();
    ASSERT_TRUE(again.note);
    EXPECT_EQ(again.note->status, 201);
    EXPECT_EQ(again.note->answer, "made");
    file_.reopen();
  }
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(notes().run(note(2), work)->note);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(notes().stats().notes, 2u);
  EXPECT_EQ(notes().stats().bytes, 2 * (kNoteBytes + 4));
}

TEST_F(NotesTest, WorkThatChangedNothingLeavesItsKeyFree) {
  int runs = 0;
  for (int i = 0; i < 2; ++i) {
    const auto earlier = notes().run(note(1), [&] {
      ++runs;
      EXPECT_FALSE(change(/*fail=*/true).ok());
      return Answer{409, "taken"};
    });
    EXPECT_FALSE(earlier->note);
  }
  EXPECT_FALSE(notes().run(note(1), [&] { return Answer{400, "no"}; })->note);
  EXPECT_EQ(runs, 2);
  ASSERT_TRUE(change().ok());  // another request of the same thread
  EXPECT_EQ(notes().stats().notes, 0u);
}

TEST_F(NotesTest, TheNoteIsThereWithTheChangeBeforeThereIsAnAnswer) {
  // As after the end of the process between the two.
  const auto none = notes().run(note(1), [&] {
    EXPECT_TRUE(change().ok());
    EXPECT_EQ(notes().stats().notes, 1u);
    const Once other = append_once(note(1)).value();
    EXPECT_EQ(other.earlier->status, 0);
    return Answer{};
  });
  EXPECT_FALSE(none->note);
  EXPECT_EQ(notes().run(note(1), [] { return Answer{}; })->note->status, 0);
}

TEST_F(NotesTest, AKeyThatIsBeingWorkedOnIsBusy) {
  const auto outer = notes().run(note(1), [&] {
    const auto inner = notes().run(note(1), [] { return Answer{}; });
    EXPECT_TRUE(inner->under_way);
    return Answer{};
  });
  EXPECT_FALSE(outer->under_way);
  EXPECT_FALSE(notes().run(note(1), [] { return Answer{}; })->under_way);
}

TEST_F(NotesTest, AnEventThatTakesTheKeyMeanwhileUndoesTheChange) {
  const auto none = notes().run(note(1), [&] {
    EXPECT_FALSE(append_once(note(1)).value().earlier);
    EXPECT_EQ(change().error().fault, Fault::kConflict);
    return Answer{409, "taken"};
  });
  EXPECT_FALSE(none->note);
  EXPECT_EQ(append_once(note(1)).value().earlier, note(1)) << "that of the event";
  EXPECT_EQ(notes().stats().notes, 1u);
}

TEST_F(NotesTest, NoMoreIsKeptThanThereIsRoomForAndNothingIsDoneThen) {
  for (std::uint8_t i = 1; i <= 3; ++i) EXPECT_TRUE(append_once(note(i)).ok());
  const auto refused = append_once(note(4));
  EXPECT_EQ(refused.error().fault, Fault::kOverloaded) << "400 bytes for each caller";
  EXPECT_EQ(append_once(note(1)).value().earlier, note(1)) << "what is known is known";
  for (std::uint8_t i = 11; i <= 13; ++i) EXPECT_TRUE(append_once(note(i, 2)).ok());
  EXPECT_TRUE(append_once(note(21, 3)).ok());
  EXPECT_EQ(append_once(note(22, 3)).error().fault, Fault::kOverloaded) << "1,000 bytes for all";
  EXPECT_EQ(file_.queue().stats().events, 7u);
  bool refused_too = false;
  (void)notes().run(note(23, 3), [&] {
    refused_too = change().error().fault == Fault::kOverloaded;
    return Answer{429, ""};
  });
  EXPECT_TRUE(refused_too);
  EXPECT_TRUE(waiting::append(file_.queue(), {accepted(event_named("without a key"))}).ok());
  file_.reopen();
  EXPECT_EQ(append_once(note(4)).error().fault, Fault::kOverloaded) << "counted when it was opened";
  forget(due_at(1000));
  EXPECT_EQ(notes().stats().notes, 0u);
  EXPECT_EQ(notes().stats().bytes, 0u);
  EXPECT_TRUE(append_once(note(4)).ok());
}

TEST_F(NotesTest, ForgetsThoseWhoseTimeIsOver) {
  Note longer = note(2);
  longer.until = due_at(3000);
  ASSERT_TRUE(append_once(note(1)).ok());
  ASSERT_TRUE(append_once(longer).ok());
  forget(due_at(999));
  EXPECT_EQ(notes().stats().notes, 2u);
  forget(due_at(1000));
  EXPECT_EQ(notes().stats().notes, 1u);
  EXPECT_EQ(append_once(longer).value().earlier, longer);
}

TEST_F(NotesTest, ATransactionThatFailsLeavesNoNoteAndNoEvent) {
  file_.vfs().fill_disk();
  EXPECT_FALSE(append_once(note(1)).ok());
  file_.vfs().calm();
  EXPECT_FALSE(append_once(note(1)).value().earlier);
  EXPECT_EQ(notes().stats().notes, 1u);
  EXPECT_EQ(file_.queue().stats().events, 1u);
}

}  // namespace
}  // namespace fleethook::queue
