// The one thread that writes: everything that arrived while the last commit was being synced goes into the next
// transaction, so under load one fsync serves hundreds of writers. No timer decides the size of a group; the disk does.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace fleethook::sqlite {

// Something to be written. Both functions run on the writer's thread.
class Work {
 public:
  virtual ~Work() = default;
  // Inside the transaction. An error of an isolated work undoes that work only (savepoint) and the group goes on; an
  // error of another one undoes the whole group: every work of it then gets that error. `database` is the writer's
  // connection.
  virtual Result<void> run(Database& database) = 0;
  virtual bool isolated() const { return false; }
  // True: nothing that was submitted later shares its transaction, so done() runs before any later run().
  virtual bool ends_group() const { return false; }
  // About how many rows it writes: bounds a transaction, and so the time until its first work is answered.
  virtual std::size_t rows() const { return 1; }
  // What it is for, a literal: failures are kept by kind.
  virtual const char* kind() const { return "other"; }
  // Whether run() leaves nothing behind in memory when it fails, so that it may be isolated though it is not by itself.
  // A kind that fails is, until one of it succeeds again: then it no longer takes others down.
  virtual bool may_be_isolated() const { return false; }
  // After the commit is on disk, or with the error. When another work's error undid it, that is kUnavailable.
  virtual void done(Result<void> result) = 0;
};

struct WriterStats {
  std::uint64_t commits = 0, works = 0, failures = 0;
};

// How works of one kind fare, as far as the database is to blame. The kind "commit" is what concerns all: transactions
// that cannot be begun or committed.
struct WorkKind {
  std::string name;
  std::uint64_t failures = 0;  // since the start
  std::string failing;         // why the last one failed; "" when it succeeded
};

class GroupWriter {
 public:
  // Takes the connection; starts the thread, and one that copies the log into the file whenever it has grown to
  // `log_pages`.
  explicit GroupWriter(std::unique_ptr<Database> database, std::int64_t log_pages = 2048);
  // finish(), and closes the connection.
  ~GroupWriter();
  GroupWriter(const GroupWriter&) = delete;

  // Works already submitted are written, then the threads end; nothing may be submitted any more. Returns the
  // connection: who closes it after all others to the file leaves one file behind, without a log beside it.
  std::unique_ptr<Database> finish();

  // From any thread. Works submitted by one thread are written in that order.
  void submit(std::unique_ptr<Work> work);
  // Runs `write` as an isolated work of `kind` and waits for the commit. `committed` runs on the writer's thread right
  // after the commit and before any later work (snapshots are published there, so their order is the order of commits).
  // Not on the writer's own thread, not on a loop.
  Result<void> run_and_wait(std::function<Result<void>(Database&)> write,
                            std::function<void()> committed = nullptr,
                            const char* kind = "other");
  WriterStats stats() const;
  // Those that ever failed, and whatever note() was called for. From any thread.
  std::vector<WorkKind> kinds() const;
  // For a part of a work that may fail without it. Thread-safe.
  void note(const char* kind, const Result<void>& result);
  // Why the last group failed; "" when the last one succeeded.
  std::string last_failure() const;
  // When commits fail: tries one, so that it is known when they succeed again though nobody writes. Waits for it, as
  // run_and_wait().
  void probe();
  // Asked on the writer's thread before each commit: an error undoes the group. Waits until it is in force.
  void guard_commits(std::function<Result<void>()> may_commit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::sqlite
