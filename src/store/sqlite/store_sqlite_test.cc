// The contract on SQLite, and what is the file's own: migrations, refusals, faults.
#include <unistd.h>

#include <filesystem>

#include "store/catalog_contract.h"
#include "store/history_contract.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "fleethook-store-XXXXXX") {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ + "/fleethook.db"; }

 private:
  std::string path_;
};

class SqliteHarness final : public StoreHarness {
 public:
  SqliteHarness() { open(); }
  ~SqliteHarness() override { close(); }
  Store& store() override { return *store_; }
  void reopen() override {
    close();
    open();
  }

 private:
  void open() {
    auto database = sqlite::Database::open(folder_.file(), sqlite::OpenMode::kReadWriteCreate).value();
    ASSERT_TRUE(migrate_store(*database).ok());
    writer_ = std::make_unique<sqlite::GroupWriter>(std::move(database));
    auto store = SqliteStore::open(*writer_, folder_.file(), clock, random_);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = std::move(store).value();
  }
  void close() {
    writer_.reset();
    store_.reset();
  }

  Folder folder_;
  SeededRandom random_{1};
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<SqliteStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         ::testing::Values(StoreFactory{"sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
                         [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace fleethook::store
