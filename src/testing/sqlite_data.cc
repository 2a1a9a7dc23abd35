#include "testing/sqlite_data.h"

#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "delivery/sqlite/settler.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "sqlite/temporary_folder_for_tests.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::testing {

struct SqliteData::Impl {
  Impl(const Clock& of, Random& from, const queue::NoteLimits& notes, const Limits& of_store)
      : clock(of), random(from), note_limits(notes), limits(of_store) {}

  void open() {
    const std::string path = folder / "fleethook.db";
    SeededRandom key_random(1);
    auto database = sqlite::Database::open(path, sqlite::OpenMode::kReadWriteCreate);
    FLEETHOOK_ASSERT(database.ok());
    FLEETHOOK_ASSERT(store::migrate_store(**database).ok());
    FLEETHOOK_ASSERT(queue::migrate_schema(**database).ok());
    writer = std::make_unique<sqlite::GroupWriter>(std::move(database).value());
    auto opened =
        store::SqliteStore::open(*writer, path, clock, random, limits, nullptr, crypto::Keyring::make(key_random));
    FLEETHOOK_ASSERT(opened.ok());
    store = std::move(opened).value();
    auto opened_queue = queue::SqliteQueue::open(*writer, path, clock, nullptr, note_limits);
    FLEETHOOK_ASSERT(opened_queue.ok());
    queue = std::move(opened_queue).value();
    settler.emplace(*store, *queue);
  }
  void close() {
    queue.reset();
    writer.reset();
    store.reset();
  }

  const Clock& clock;
  Random& random;
  const queue::NoteLimits note_limits;
  const Limits limits;
  TemporaryFolder folder;
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<sqlite::GroupWriter> writer;  // its last works still refer to the store
  std::unique_ptr<queue::SqliteQueue> queue;
  std::optional<delivery::SqliteSettler> settler;
};

SqliteData::SqliteData(const Clock& clock, Random& random, const queue::NoteLimits& note_limits, const Limits& limits)
    : impl_(std::make_unique<Impl>(clock, random, note_limits, limits)) {
  impl_->open();
}

void SqliteData::reopen() {
  impl_->close();
  impl_->open();
}

SqliteData::~SqliteData() = default;

store::Store& SqliteData::store() {
  return *impl_->store;
}
queue::Queue& SqliteData::queue() {
  return *impl_->queue;
}
delivery::Settler& SqliteData::settler() {
  return *impl_->settler;
}
queue::Notes& SqliteData::notes() {
  return impl_->queue->notes();
}

}  // namespace fleethook::testing
