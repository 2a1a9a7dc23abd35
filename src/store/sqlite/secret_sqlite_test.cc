// What SQLite's file shows of secrets: nothing; and what becomes of damaged, moved and foreign ones.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "sqlite/temporary_folder_for_tests.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/base/manual_loop.h"

namespace fleethook::store {
namespace {

const Actor kAnn{{}, "ann@example.com"};

class SecretFile : public ::testing::Test {
 protected:
  // An organization with two secrets, closed again.
  void SetUp() override {
    ASSERT_TRUE(open(keys_).ok());
    const auto ann = store_->create_user({"ann@example.com", "", json::Object{}, false}, {}).value();
    acme_ = store_->create_organization({"Acme", "acme", core::Plan::kEnterprise, ann.id}, {})->id;
    ASSERT_TRUE(store_->put_secret(SecretOwner::of(acme_), {"FIRST", "plain-of-the-first"}, kAnn).ok());
    ASSERT_TRUE(store_->put_secret(SecretOwner::of(acme_), {"SECOND", "plain-of-the-second"}, kAnn).ok());
    ASSERT_TRUE(store_->put_secret(SecretOwner::of(ann.id), {"FIRST", "plain-of-ann"}, kAnn).ok());
  }
  void TearDown() override { close(); }

  Result<void> open(const crypto::Keyring& keys) {
    FLEETHOOK_TRY(auto database, sqlite::Database::open(file(), sqlite::OpenMode::kReadWriteCreate));
    FLEETHOOK_CHECK(migrate_store(*database));
    writer_ = std::make_unique<sqlite::GroupWriter>(std::move(database));
    FLEETHOOK_TRY(store_, SqliteStore::open(*writer_, file(), clock_, random_, {}, nullptr, keys));
    return {};
  }
  void close() {
    writer_.reset();
    store_.reset();
  }
  std::unique_ptr<sqlite::Database> raw() {
    return sqlite::Database::open(file(), sqlite::OpenMode::kReadWriteCreate).value();
  }
  Result<void> opened_after(const std::string& damage) {
    close();
    EXPECT_TRUE(raw()->execute(damage).ok()) << damage;
    return open(keys_);
  }
  std::string value(const std::string& name) {
    return store_->catalog()->secrets(SecretOwner::of(acme_))->at(name)->value;
  }
  std::string file() const { return folder_ / "fleethook.db"; }
  static std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder_;
  testing::ManualClock clock_;
  SeededRandom random_{1};
  crypto::Keyring keys_ = crypto::Keyring::make(random_);
  core::OrganizationId acme_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SecretFile, HoldsNothingOfAPlainValue) {
  ASSERT_TRUE(store_->put_secret(SecretOwner::of(acme_), {"FIRST", "plain-of-another"}, kAnn).ok());
  EXPECT_NE(bytes_of(file() + "-wal").find("FIRST"), std::string::npos) << "the log is looked at while it is there";
  EXPECT_EQ(bytes_of(file() + "-wal").find("plain-of"), std::string::npos);
  close();
  ASSERT_TRUE(raw()->execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  const std::string bytes = bytes_of(file());
  EXPECT_NE(bytes.find("SECOND"), std::string::npos) << "the names are in it";
  EXPECT_EQ(bytes.find("plain-of"), std::string::npos);
}

TEST_F(SecretFile, IsNotOpenedWithAWrongKeyOrNoneAndIsLeftAsItWas) {
  close();
  const crypto::Keyring other = crypto::Keyring::make(random_);
  for (const crypto::Keyring& wrong : {other, crypto::Keyring()}) {
    const auto result = open(wrong);
    close();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().fault, Fault::kCorrupt);
    EXPECT_NE(result.error().message.find("FIRST"), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find(keys_.current_id()), std::string::npos) << result.error().message;
  }
  ASSERT_TRUE(open(keys_).ok());
  EXPECT_EQ(value("FIRST"), "plain-of-the-first");
}

TEST_F(SecretFile, WithoutAKeyNoSecretIsStored) {
  close();
  ASSERT_TRUE(raw()->execute("DELETE FROM secret").ok());
  ASSERT_TRUE(open({}).ok());
  const auto refused = store_->put_secret(SecretOwner::of(acme_), {"A", "v"}, kAnn);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_EQ(store_->catalog()->secrets(SecretOwner::of(acme_)), nullptr);
}

TEST_F(SecretFile, ASecretThatWasMovedOrChangedIsRefused) {
  const std::string exchanged =
      "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'SECOND') WHERE name = 'FIRST'";
  EXPECT_EQ(opened_after(exchanged).error().fault, Fault::kCorrupt);
}

TEST_F(SecretFile, AnotherOwnersSecretOfTheSameNameIsRefused) {
  EXPECT_FALSE(
      opened_after("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'FIRST' AND user IS NOT NULL) "
                   "WHERE name = 'FIRST' AND organization IS NOT NULL")
          .ok());
}

TEST_F(SecretFile, ADamagedSecretIsNamed) {
  const auto result =
      opened_after("UPDATE secret SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE name = 'SECOND'");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("SECOND"), std::string::npos);
  EXPECT_EQ(result.error().message.find("plain"), std::string::npos);
}

// A limit that cannot be read must not become none.
TEST_F(SecretFile, ALimitThatCannotBeReadStopsTheStart) {
  for (const char* damage : {"UPDATE secret SET hosts = '[1]' WHERE name = 'SECOND'",
                             "UPDATE secret SET hosts = NULL, products = '' WHERE name = 'SECOND'"}) {
    const auto result = opened_after(damage);
    ASSERT_FALSE(result.ok()) << damage;
    EXPECT_EQ(result.error().fault, Fault::kCorrupt);
    EXPECT_NE(result.error().message.find("SECOND"), std::string::npos) << result.error().message;
  }
}

TEST_F(SecretFile, OfBeforeThereWereLimitsHasNone) {
  close();
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file() + end);
  const std::string ann(24, '1');
  {
    const auto database = raw();
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(15)).ok());
    ASSERT_TRUE(database
                    ->execute("INSERT INTO user(id, username, password_hash, account_info, administrator, created_at) "
                              "VALUES (x'" +
                              ann + "', 'ann@example.com', '', '{}', 0, 0)")
                    .ok());
    const std::string sealed = keys_.seal("plain-of-before", "u:" + ann + "/FIRST", random_);
    auto insert = database->prepare(
        "INSERT INTO secret(user, name, sealed, created_at, updated_at) "
        "VALUES ((SELECT id FROM user), 'FIRST', ?1, 0, 0)");
    ASSERT_TRUE(insert.ok());
    insert->bind_blob(1, {reinterpret_cast<const std::uint8_t*>(sealed.data()), sealed.size()});
    ASSERT_TRUE(insert->run().ok());
  }
  ASSERT_TRUE(open(keys_).ok());
  const Secrets* secrets = store_->catalog()->secrets(SecretOwner::of(*core::UserId::parse(ann)));
  ASSERT_NE(secrets, nullptr);
  EXPECT_EQ(secrets->at("FIRST")->value, "plain-of-before");
  EXPECT_EQ(secrets->at("FIRST")->products, std::nullopt);
  EXPECT_EQ(secrets->at("FIRST")->hosts, nullptr);
}

TEST_F(SecretFile, ResealingMovesEverySecretToTheCurrentKeyAtOnce) {
  close();
  const crypto::Keyring before = keys_;
  keys_.add_key(random_);
  EXPECT_EQ(*reseal_secrets(*raw(), keys_, random_), 3U);
  EXPECT_EQ(*reseal_secrets(*raw(), keys_, random_), 0U) << "once more changes nothing";
  EXPECT_FALSE(open(before).ok());
  close();
  keys_.drop_old_keys();
  ASSERT_TRUE(open(keys_).ok());
  EXPECT_EQ(value("FIRST"), "plain-of-the-first");
  EXPECT_EQ(value("SECOND"), "plain-of-the-second");
}

TEST_F(SecretFile, ResealingThatMeetsASecretItCannotOpenChangesNothing) {
  close();
  ASSERT_TRUE(raw()->execute("UPDATE secret SET sealed = x'00' WHERE name = 'SECOND'").ok());
  const auto rows = [&] {
    std::string all;
    const auto database = raw();
    auto statement = database->prepare("SELECT sealed FROM secret ORDER BY number");
    while (*statement->step()) all += statement->column_text(0);
    return all;
  };
  const std::string before = rows();
  keys_.add_key(random_);
  EXPECT_EQ(reseal_secrets(*raw(), keys_, random_).error().fault, Fault::kCorrupt);
  EXPECT_EQ(rows(), before);
}

}  // namespace
}  // namespace fleethook::store
