// The folder that holds everything an installation knows. One process at a time; one database file in it.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/settler.h"
#include "queue/queue.h"
#include "server/folder_watch.h"
#include "sqlite/group_writer.h"
#include "store/store.h"

namespace fleethook::queue {
class SqliteQueue;
}

namespace fleethook::server {

// Keeps other processes out of a data folder as long as it lives.
class FolderLock {
 public:
  // kNotFound: there is no data in it. kConflict: another process has it. kUnavailable: not writable.
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  // Makes the lock file again when somebody has removed it, with a line in the log. kUnavailable: another process has
  // it, or it cannot be made. One thread at a time.
  Result<void> keep();

 private:
  friend class DataFolder;
  FolderLock(std::string folder, int directory, int file)
      : folder_(std::move(folder)), directory_(directory), file_(file) {}
  static Result<std::unique_ptr<FolderLock>> take_new(const std::string& folder);  // data need not be there
  const std::string folder_;
  const int directory_;  // locked itself: removing the file lets nobody in
  int file_;
};

// Open storage, closed in the order that queue, writer and store ask for; then one database file is left, without its
// log.
class DataFolder {
 public:
  // `create`: makes the folder (mode 0700) and the file. Otherwise kNotFound when there is none ("run fleethook init").
  // Files that others may read are made private (0600), with a line in the log.
  // kConflict when another process has it open. kUnavailable: not reachable, not writable, no room, written by a newer
  // version. kCorrupt: the database is empty, damaged, or another one. Each names the file and says what to do.
  // The master key is read from `key_file` ("" = master.key in the folder), and made when there is neither it nor a
  // secret that needs it.
  static Result<std::unique_ptr<DataFolder>> open(const std::string& path,
                                                  bool create,
                                                  const Clock& clock,
                                                  Random& random,
                                                  const std::string& key_file = "",
                                                  const Limits& limits = {});
  ~DataFolder();

  store::Store& store() { return *store_; }
  queue::Queue& queue() { return *queue_; }
  queue::Notes& notes();
  delivery::Settler& settler();
  // Each second: where the queue's timeline stands.
  void keep_time();
  sqlite::GroupWriter& writer() { return *writer_; }
  static std::string database_path(const std::string& folder);
  // Whether the folder is still ours, and its files those that are open: kUnavailable, with a sentence that says what
  // to do. Until it is well again nothing is committed. Not on a loop; one thread at a time.
  Result<void> check();

 private:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}
  static Result<std::unique_ptr<DataFolder>> open_files(const std::string& path,
                                                        bool create,
                                                        const Clock& clock,
                                                        Random& random,
                                                        const std::string& key_file,
                                                        const Limits& limits);
  Result<void> may_commit() const;  // on the writer's thread
  const std::string path_;
  std::unique_ptr<FolderWatch> watch_;
  std::atomic<bool> lost_{false};  // the lock
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<delivery::Settler> settler_;
  queue::SqliteQueue* kept_queue_ = nullptr;  // the same
};

}  // namespace fleethook::server
