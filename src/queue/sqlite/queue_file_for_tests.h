// A SqliteQueue with its writer and a file of its own, on a file system that can fail.
#pragma once
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "queue/queue_for_tests.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "sqlite/fault_vfs.h"
#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::queue {

class QueueFile final : public QueueUnderTest {
 public:
  explicit QueueFile(const NoteLimits& note_limits = {}) : note_limits_(note_limits) {
    open().ok() ? void() : std::abort();
  }
  ~QueueFile() override { close(); }
  Queue& queue() override { return *queue_; }
  void reopen() override {
    close();
    open().ok() ? void() : std::abort();
  }
  void close() {
    queue_.reset();
    writer_.reset();
  }
  Result<void> open() {
    FLEETHOOK_TRY(auto database, sqlite::Database::open(path(), sqlite::OpenMode::kReadWriteCreate, vfs_.name()));
    FLEETHOOK_CHECK(database->execute("PRAGMA busy_timeout=0"));  // a test that locks the file need not wait
    FLEETHOOK_CHECK(migrate_schema(*database));
    auto writer = std::make_unique<sqlite::GroupWriter>(std::move(database), 20);  // checkpoints in small files too
    FLEETHOOK_TRY(queue_, SqliteQueue::open(*writer, path(), clock, vfs_.name(), note_limits_, uptime));
    writer_ = std::move(writer);
    return {};
  }
  HandClock clock;
  Uptime uptime;  // when it is opened next
  std::string path() const { return folder_ / "queue.db"; }
  sqlite::FaultVfs& vfs() { return vfs_; }
  sqlite::GroupWriter& writer() { return *writer_; }
  SqliteQueue& sqlite_queue() { return *queue_; }

 private:
  sqlite::FaultVfs vfs_;
  TemporaryFolder folder_;
  const NoteLimits note_limits_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<SqliteQueue> queue_;
};

}  // namespace fleethook::queue
