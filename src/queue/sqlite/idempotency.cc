#include "queue/sqlite/idempotency.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "sqlite/rider.h"

namespace fleethook::queue {
namespace {

constexpr sqlite::Migration kScripts[] = {{1, R"sql(
CREATE TABLE note(              -- of requests with an Idempotency-Key
  key BLOB NOT NULL UNIQUE,     -- digest of the caller and the key
  request BLOB NOT NULL,        -- digest of what was asked
  caller BLOB NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,       -- when it is forgotten
  status INTEGER NOT NULL,      -- of the answer; 0: there is none
  answer TEXT NOT NULL
);
CREATE INDEX note_until ON note(until);
)sql"}};

using sqlite::Database;
using sqlite::Statement;

std::int64_t count_of(Moment when) {
  return when.time_since_epoch().count();
}

std::int64_t bytes_of(std::size_t answer) {
  return static_cast<std::int64_t>(kNoteBytes + answer);
}

void add(std::uint64_t& sum, std::int64_t change) {
  sum = static_cast<std::uint64_t>(std::max<std::int64_t>(static_cast<std::int64_t>(sum) + change, 0));
}

template <class Bytes>
void copy_bytes(std::string_view from, Bytes& into) {
  if (from.size() == into.size()) std::copy(from.begin(), from.end(), into.begin());
}

Error full() {
  return {
      Fault::kOverloaded,
      "Idempotency-Key: no more keys can be kept now; they are forgotten after a day. Send fewer requests with a key, "
      "or smaller ones",
      "idempotency_keys_full"};
}

class AppendOnce final : public sqlite::Work {
 public:
  AppendOnce(NoteBook& book, WriterState& state, Note note, std::vector<Accepted> events, Log::OnOnce done)
      : book_(book), note_(std::move(note)), done_(std::move(done)), rows_(2 + events.size()) {
    for (const Accepted& event : events) rows_ += event.deliveries.size();
    append_ = make_append(state, std::move(events), [this](Result<Batch> appended) {
      if (!appended.ok()) return done_(std::move(appended).error());
      done_(Once{std::nullopt, *std::move(appended)});
    });
  }

  std::size_t rows() const override { return rows_; }
  const char* kind() const override { return append_->kind(); }
  bool may_be_isolated() const override { return true; }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(fate_, book_.write(database, note_));
    if (fate_ == NoteFate::kWritten) return append_->run(database);
    if (fate_ == NoteFate::kFull) return {};
    FLEETHOOK_TRY(auto earlier, read_note(database, note_.key, note_.at));
    FLEETHOOK_ASSERT(earlier.has_value());
    earlier_ = std::move(*earlier);
    return {};
  }

  void done(Result<void> result) override {
    if (!result.ok() && fate_ == NoteFate::kWritten) book_.undone(note_);
    if (!result.ok() || fate_ == NoteFate::kWritten) return append_->done(std::move(result));
    if (fate_ == NoteFate::kFull) return done_(full());
    done_(Once{std::move(earlier_), {}});
  }

 private:
  NoteBook& book_;
  Note note_;
  Log::OnOnce done_;
  std::size_t rows_;
  std::unique_ptr<sqlite::Work> append_;
  NoteFate fate_ = NoteFate::kFull;
  Note earlier_;
};

class Forget final : public sqlite::Work {
 public:
  Forget(NoteBook& book, Moment now, Notes::OnDone done) : book_(book), now_(now), done_(std::move(done)) {}
  bool isolated() const override { return true; }
  const char* kind() const override { return "idempotency"; }
  std::size_t rows() const override { return kForgottenAtOnce / 2; }
  Result<void> run(Database& database) override { return book_.forget(database, now_); }
  void done(Result<void> result) override {
    if (!result.ok()) book_.undone();
    done_(std::move(result));
  }

 private:
  NoteBook& book_;
  Moment now_;
  Notes::OnDone done_;
};

}  // namespace

Result<void> migrate_notes(Database& database) {
  return sqlite::migrate(database, "idempotency", kScripts);
}

Result<void> NoteBook::load(Database& database) {
  FLEETHOOK_TRY(
      Statement select,
      database.prepare("SELECT caller, count(*), sum(length(CAST(answer AS BLOB))) FROM note GROUP BY caller"));
  const std::lock_guard lock(mutex_);
  bytes_of_.clear();
  stats_ = {};
  for (;;) {
    FLEETHOOK_TRY(const bool found, select.step());
    if (!found) break;
    core::UserId caller;
    copy_bytes(select.column_text(0), caller.bytes);
    const std::uint64_t notes = static_cast<std::uint64_t>(select.column_int(1));
    const std::uint64_t bytes = notes * kNoteBytes + static_cast<std::uint64_t>(select.column_int(2));
    bytes_of_[caller] = bytes;
    stats_.notes += notes;
    stats_.bytes += bytes;
  }
  stale_ = false;
  return {};
}

Result<void> NoteBook::count_anew_if_stale(Database& database) {
  {
    const std::lock_guard lock(mutex_);
    if (!stale_) return {};
  }
  return load(database);
}

Result<NoteFate> NoteBook::write(Database& database, const Note& note) {
  FLEETHOOK_CHECK(count_anew_if_stale(database));
  FLEETHOOK_TRY(Statement known,
                database.prepare("SELECT until, caller, length(CAST(answer AS BLOB)) FROM note WHERE key = ?1"));
  FLEETHOOK_TRY(const bool found, known.bind_blob(1, note.key).step());
  if (found) {
    if (known.column_int(0) > count_of(note.at)) return NoteFate::kKnown;
    core::UserId caller;
    copy_bytes(known.column_text(1), caller.bytes);
    count(caller, -1, -bytes_of(static_cast<std::size_t>(known.column_int(2))));
    known.reset();
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM note WHERE key = ?1"));
    FLEETHOOK_CHECK(drop.bind_blob(1, note.key).run());
  }
  const auto bytes = static_cast<std::uint64_t>(bytes_of(note.answer.size()));
  if (!has_room(note.caller, bytes)) return NoteFate::kFull;
  FLEETHOOK_TRY(Statement insert, database.prepare("INSERT INTO note(key, request, caller, at, until, status, answer)"
                                                   " VALUES (?1,?2,?3,?4,?5,?6,?7)"));
  FLEETHOOK_CHECK(insert.bind_blob(1, note.key)
                      .bind_blob(2, note.request)
                      .bind_blob(3, note.caller.bytes)
                      .bind(4, count_of(note.at))
                      .bind(5, count_of(note.until))
                      .bind(6, std::int64_t{note.status})
                      .bind_text(7, note.answer)
                      .run());
  count(note.caller, 1, static_cast<std::int64_t>(bytes));
  return NoteFate::kWritten;
}

Result<void> NoteBook::keep_answer(Database& database, const Note& note) {
  FLEETHOOK_TRY(Statement update, database.prepare("UPDATE note SET status = ?2, answer = ?3 WHERE key = ?1"));
  FLEETHOOK_CHECK(update.bind_blob(1, note.key).bind(2, std::int64_t{note.status}).bind_text(3, note.answer).run());
  if (database.changes() != 0) count(note.caller, 0, static_cast<std::int64_t>(note.answer.size()));
  return {};
}

Result<void> NoteBook::forget(Database& database, Moment now) {
  FLEETHOOK_TRY(Statement drop,
                database.prepare("DELETE FROM note WHERE rowid IN (SELECT rowid FROM note WHERE until <= ?1"
                                 " ORDER BY until LIMIT ?2) RETURNING caller, length(CAST(answer AS BLOB))"));
  drop.bind(1, count_of(now)).bind(2, kForgottenAtOnce);
  for (;;) {
    FLEETHOOK_TRY(const bool found, drop.step());
    if (!found) return {};
    core::UserId caller;
    copy_bytes(drop.column_text(0), caller.bytes);
    count(caller, -1, -bytes_of(static_cast<std::size_t>(drop.column_int(1))));
  }
}

bool NoteBook::has_room(const core::UserId& caller, std::uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  const auto of_caller = bytes_of_.find(caller);
  return stats_.bytes + bytes <= limits_.bytes_max &&
         (of_caller == bytes_of_.end() ? 0 : of_caller->second) + bytes <= limits_.bytes_per_caller_max;
}

void NoteBook::undone(const Note& note) {
  count(note.caller, -1, -bytes_of(note.answer.size()));
  undone();
}

void NoteBook::undone() {
  const std::lock_guard lock(mutex_);
  stale_ = true;
}

NoteStats NoteBook::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void NoteBook::count(const core::UserId& caller, std::int64_t notes, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  add(stats_.notes, notes);
  add(stats_.bytes, bytes);
  std::uint64_t& of_caller = bytes_of_[caller];
  add(of_caller, bytes);
  if (of_caller == 0) bytes_of_.erase(caller);
}

Result<std::optional<Note>> read_note(Database& database, const crypto::Digest& key, Moment now) {
  FLEETHOOK_TRY(Statement select,
                database.prepare("SELECT request, caller, at, until, status, answer FROM note WHERE key = ?1"));
  FLEETHOOK_TRY(const bool found, select.bind_blob(1, key).step());
  if (!found || select.column_int(3) <= count_of(now)) return std::optional<Note>();
  Note note;
  note.key = key;
  copy_bytes(select.column_text(0), note.request);
  copy_bytes(select.column_text(1), note.caller.bytes);
  note.at = Moment(Duration(select.column_int(2)));
  note.until = Moment(Duration(select.column_int(3)));
  note.status = static_cast<int>(select.column_int(4));
  note.answer = select.column_text(5);
  return std::optional(std::move(note));
}

std::unique_ptr<sqlite::Work> make_append_once(
    NoteBook& book, WriterState& state, Note note, std::vector<Accepted> events, Log::OnOnce done) {
  return std::make_unique<AppendOnce>(book, state, std::move(note), std::move(events), std::move(done));
}

Result<Notes::Earlier> SqliteNotes::run(Note note, const std::function<Answer()>& work) {
  {
    const std::lock_guard lock(mutex_);
    if (!under_way_.insert(note.key).second) return Earlier{true, std::nullopt};
  }
  struct Leave {
    SqliteNotes& notes;
    const crypto::Digest key;
    ~Leave() {
      const std::lock_guard lock(notes.mutex_);
      notes.under_way_.erase(key);
    }
  } leave{*this, note.key};

  std::promise<Result<std::optional<Note>>> found;
  reader_.post([&](Database& database) { found.set_value(read_note(database, note.key, note.at)); });
  FLEETHOOK_TRY(auto earlier, found.get_future().get());
  if (earlier) return Earlier{false, std::move(earlier)};

  bool taken = false;
  {
    sqlite::Rider rider(
        [this, &note](Database& database) -> Result<void> {
          FLEETHOOK_TRY(const NoteFate fate, book_.write(database, note));
          if (fate == NoteFate::kWritten) return {};
          if (fate == NoteFate::kFull) return full();
          // Since it was looked up, an event was published with this key.
          return Error{Fault::kConflict, "Idempotency-Key: this key came with another request just now",
                       "idempotency_key_reused"};
        },
        [this, &note] { book_.undone(note); });
    Answer answer = work();
    taken = rider.taken();
    note.status = answer.status;
    note.answer = std::move(answer.text);
  }
  if (!taken) return Earlier{};
  const auto kept = writer_.run_and_wait([&](Database& database) { return book_.keep_answer(database, note); });
  if (!kept.ok()) {
    book_.undone();
    log::warn("idempotency.answer_not_kept", {{"reason", kept.error().message}});
  }
  return Earlier{};
}

void SqliteNotes::forget(Moment now, OnDone done) {
  writer_.submit(std::make_unique<Forget>(book_, now, std::move(done)));
}

NoteStats SqliteNotes::stats() const {
  return book_.stats();
}

}  // namespace fleethook::queue
