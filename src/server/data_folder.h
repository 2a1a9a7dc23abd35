// The folder that holds everything an installation knows. One process at a time; one database file in it.
#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "queue/queue.h"
#include "sqlite/group_writer.h"
#include "store/store.h"

namespace fleethook::server {

// Keeps other processes out of a data folder as long as it lives.
class FolderLock {
 public:
  // kNotFound: there is no data in it. kConflict: another process has it. kUnavailable: not writable.
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;

 private:
  friend class DataFolder;
  explicit FolderLock(int file) : file_(file) {}
  static Result<std::unique_ptr<FolderLock>> take_new(const std::string& folder);  // data need not be there
  int file_;
};

// Open storage, closed in the order that queue, writer and store ask for.
class DataFolder {
 public:
  // `create`: makes the folder (mode 0700) and the file. Otherwise kNotFound when there is none ("run fleethook init").
  // Files that others may read are made private (0600), with a line in the log.
  // kConflict when another process has it open. kUnavailable: not reachable, not writable, written by a newer version.
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
  queue::Notes& notes() { return *notes_; }
  sqlite::GroupWriter& writer() { return *writer_; }
  static std::string database_path(const std::string& folder);

 private:
  DataFolder() = default;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<queue::Queue> queue_;
  queue::Notes* notes_ = nullptr;  // of the queue
};

}  // namespace fleethook::server
