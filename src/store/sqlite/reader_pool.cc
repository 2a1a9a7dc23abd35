#include "store/sqlite/reader_pool.h"

namespace fleethook::store {

Result<std::unique_ptr<sqlite::Database>> ReaderPool::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || open_ < connections_max_; });
    if (!idle_.empty()) {
      auto database = std::move(idle_.back());
      idle_.pop_back();
      return database;
    }
    ++open_;
  }
  auto database = sqlite::Database::open(path_, sqlite::OpenMode::kReadOnly, vfs_);
  if (!database) {
    give(nullptr);
  } else {
    (*database)->use_keys(keys_, random_);
  }
  return database;
}

// A connection that is left in a transaction met an error: it is closed, the next caller opens another one.
void ReaderPool::give(std::unique_ptr<sqlite::Database> database) {
  const bool good = database != nullptr && !database->in_transaction();
  if (!good) database.reset();
  {
    const std::lock_guard lock(mutex_);
    if (good) {
      idle_.push_back(std::move(database));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

}  // namespace fleethook::store
