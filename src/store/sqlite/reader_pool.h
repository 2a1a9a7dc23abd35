// A few read-only connections, so that reading the history never waits for the writer or for another reader.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace fleethook::store {

// Thread-safe. Connections are opened when first needed, at most `connections_max`; then callers wait for one.
class ReaderPool {
 public:
  // `keys`: what is sealed in the file opens with them.
  ReaderPool(std::string path,
             const char* vfs,
             std::shared_ptr<const crypto::Keyring> keys,
             Random& random,
             std::size_t connections_max = 4)
      : path_(std::move(path)), vfs_(vfs), keys_(std::move(keys)), random_(random), connections_max_(connections_max) {}
  ReaderPool(const ReaderPool&) = delete;

  // read(Database&) -> Result<T>, on the caller's thread. One read transaction: all its statements see the same state.
  template <class Read>
  auto with(Read&& read) -> decltype(read(std::declval<sqlite::Database&>())) {
    FLEETHOOK_TRY(std::unique_ptr<sqlite::Database> database, take());
    const Return give_back{this, &database};
    FLEETHOOK_CHECK(database->execute("BEGIN"));
    auto result = read(*database);
    FLEETHOOK_CHECK(database->execute("COMMIT"));
    return result;
  }

 private:
  struct Return {
    ReaderPool* pool;
    std::unique_ptr<sqlite::Database>* database;
    ~Return() { pool->give(std::move(*database)); }
  };

  Result<std::unique_ptr<sqlite::Database>> take();
  void give(std::unique_ptr<sqlite::Database> database);

  const std::string path_;
  const char* const vfs_;
  const std::shared_ptr<const crypto::Keyring> keys_;
  Random& random_;
  const std::size_t connections_max_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<sqlite::Database>> idle_;  // guarded by mutex_
  std::size_t open_ = 0;                                 // guarded by mutex_
};

}  // namespace fleethook::store
