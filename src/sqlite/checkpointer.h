// Moves committed pages from the log (WAL) into the file without holding up the writer. SQLite's own way does it inside
// a commit: one in thousands then takes tens of milliseconds. Here a thread copies the bulk while the writer goes on;
// the writer copies the few pages that came meanwhile, after which SQLite starts the log from its beginning. So the log
// stays near `pages`.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "sqlite/database.h"

namespace fleethook::sqlite {

class Checkpointer {
 public:
  // `connection` is of the same file as the writer's; belongs to the thread that starts here. A checkpoint begins when
  // the log has `pages` pages.
  Checkpointer(std::unique_ptr<Database> connection, std::int64_t pages);
  // Waits for a checkpoint that is under way.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;

  // On the writer's thread after each commit, outside a transaction. Never waits for the other thread. Errors are not
  // reported: the log grows, and it is tried again.
  void committed(Database& writer);

 private:
  enum class State : std::uint8_t { kIdle, kRunning, kCopied };
  void loop();
  void start();
  void finish(Database& writer, std::int64_t logged);

  const std::int64_t pages_;
  std::unique_ptr<Database> connection_;  // the thread's own
  std::atomic<State> state_{State::kIdle};
  std::int64_t copied_ = 0;  // handed over by state_
  // Of the writer's thread.
  std::int64_t begin_at_;
  std::int64_t last_logged_ = 0;
  int rounds_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace fleethook::sqlite
