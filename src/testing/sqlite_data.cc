#include "testing/sqlite_data.h"

#include <string>
#include <utility>

#include "base/assert.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "sqlite/temporary_folder_for_tests.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::testing {

struct SqliteData::Impl {
  TemporaryFolder folder;
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<sqlite::GroupWriter> writer;   // its last works still refer to the store
  std::unique_ptr<queue::SqliteQueue> queue;
};

SqliteData::SqliteData(const Clock& clock, Random& random) : impl_(std::make_unique<Impl>()) {
  const std::string path = impl_->folder / "fleethook.db";
  SeededRandom key_random(1);
  auto database = sqlite::Database::open(path, sqlite::OpenMode::kReadWriteCreate);
  FLEETHOOK_ASSERT(database.ok());
  FLEETHOOK_ASSERT(store::migrate_store(**database).ok());
  FLEETHOOK_ASSERT(queue::migrate_schema(**database).ok());
  impl_->writer = std::make_unique<sqlite::GroupWriter>(std::move(database).value());
  auto store = store::SqliteStore::open(*impl_->writer, path, clock, random, {}, nullptr, crypto::Keyring::make(key_random));
  FLEETHOOK_ASSERT(store.ok());
  impl_->store = std::move(store).value();
  auto queue = queue::SqliteQueue::open(*impl_->writer, path);
  FLEETHOOK_ASSERT(queue.ok());
  impl_->queue = std::move(queue).value();
}

SqliteData::~SqliteData() = default;

store::Store& SqliteData::store() { return *impl_->store; }
queue::Queue& SqliteData::queue() { return *impl_->queue; }

}  // namespace fleethook::testing
