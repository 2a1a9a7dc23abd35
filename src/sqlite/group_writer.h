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
  // After the commit is on disk, or with the error.
  virtual void done(Result<void> result) = 0;
};

struct WriterStats {
  std::uint64_t commits = 0, works = 0, failures = 0;
};

class GroupWriter {
 public:
  // Takes the connection; starts the thread, and one that copies the log into the file whenever it has grown to
  // `log_pages`.
  explicit GroupWriter(std::unique_ptr<Database> database, std::int64_t log_pages = 2048);
  // Works already submitted are written, then the thread ends.
  ~GroupWriter();
  GroupWriter(const GroupWriter&) = delete;

  // From any thread. Works submitted by one thread are written in that order.
  void submit(std::unique_ptr<Work> work);
  // Runs `write` as an isolated work and waits for the commit. Not on the writer's own thread, not on a loop.
  Result<void> run_and_wait(std::function<Result<void>(Database&)> write);
  // As run_and_wait; `committed` runs on the writer's thread right after the commit and before any later work
  // (snapshots are published there, so their order is the order of commits).
  Result<void> run_and_wait(std::function<Result<void>(Database&)> write, std::function<void()> committed);
  WriterStats stats() const;
  // Why the last group failed; "" when the last one succeeded. For /readyz.
  std::string last_failure() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::sqlite
