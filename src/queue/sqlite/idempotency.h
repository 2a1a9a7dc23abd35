// The table of notes (queue/idempotency.h), and the works that write in it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "queue/idempotency.h"
#include "queue/queue.h"
#include "queue/sqlite/reader_thread.h"
#include "queue/sqlite/writes.h"
#include "sqlite/database.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// A few milliseconds of the writer's time.
inline constexpr std::int64_t kForgottenAtOnce = 2048;

// What came of writing a note.
enum class NoteFate : std::uint8_t { kWritten, kKnown, kFull };

// Makes the table, or brings it up to date.
Result<void> migrate_notes(sqlite::Database& database);

// Writes notes and keeps account of them. Its writes are on the writer's thread; the account can be read from any.
class NoteBook {
 public:
  explicit NoteBook(const NoteLimits& limits) : limits_(limits) {}
  Result<void> load(sqlite::Database& database);  // at open
  // kKnown: one with this key is kept until after `note.at`. What is written is in the account at once: who has called
  // one of the first three calls undone() should the transaction fail.
  Result<NoteFate> write(sqlite::Database& database, const Note& note);
  Result<void> keep_answer(sqlite::Database& database, const Note& note);
  Result<void> forget(sqlite::Database& database, Moment now);  // the oldest, at most kForgottenAtOnce
  void undone(const Note& note);                                // that was written
  void undone();
  NoteStats stats() const;

 private:
  Result<void> count_anew_if_stale(sqlite::Database& database);
  bool has_room(const core::UserId& caller, std::uint64_t bytes) const;
  void count(const core::UserId& caller, std::int64_t notes, std::int64_t bytes);

  const NoteLimits limits_;
  mutable std::mutex mutex_;
  std::map<core::UserId, std::uint64_t> bytes_of_;  // guarded by mutex_, as the rest
  NoteStats stats_;
  bool stale_ = false;  // something was undone: counted anew before the next write
};

// nullopt: there is none, or its time was over at `now`.
Result<std::optional<Note>> read_note(sqlite::Database& database, const crypto::Digest& key, Moment now);

// As Log::append_once.
std::unique_ptr<sqlite::Work> make_append_once(
    NoteBook& book, WriterState& state, Note note, std::vector<Accepted> events, Log::OnOnce done);

// Notes over the writer and the reader thread of a queue, which outlive it; and so do they what it has submitted.
class SqliteNotes final : public Notes {
 public:
  SqliteNotes(NoteBook& book, sqlite::GroupWriter& writer, ReaderThread& reader)
      : book_(book), writer_(writer), reader_(reader) {}
  Result<Earlier> run(Note note, const std::function<Answer()>& work) override;
  void forget(Moment now, OnDone done) override;
  NoteStats stats() const override;

 private:
  NoteBook& book_;
  sqlite::GroupWriter& writer_;
  ReaderThread& reader_;
  std::mutex mutex_;
  std::set<crypto::Digest> under_way_;  // guarded by mutex_
};

}  // namespace fleethook::queue
