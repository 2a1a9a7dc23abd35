// What SQLite's file shows of configurations: nothing that stands in them, and what becomes of files of before that.
#include "store/sqlite/sealed_rows.h"

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

class SealedRows : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(open(keys_).ok()); }
  void TearDown() override { close(); }

  // As a server does it.
  Result<void> open(const crypto::Keyring& keys) {
    FLEETHOOK_TRY(auto database, sqlite::Database::open(file(), sqlite::OpenMode::kReadWriteCreate));
    FLEETHOOK_CHECK(migrate_store(*database));
    database->use_keys(std::make_shared<const crypto::Keyring>(keys), random_);
    FLEETHOOK_CHECK(seal_file(*database, keys));
    writer_ = std::make_unique<sqlite::GroupWriter>(std::move(database));
    FLEETHOOK_TRY(store_, SqliteStore::open(*writer_, file(), clock_, random_, {}, nullptr, keys));
    return {};
  }
  void close() {
    writer_.reset();
    store_.reset();
  }
  std::unique_ptr<sqlite::Database> raw(const crypto::Keyring& keys) {
    auto database = sqlite::Database::open(file(), sqlite::OpenMode::kReadWriteCreate).value();
    database->use_keys(std::make_shared<const crypto::Keyring>(keys), random_);
    return database;
  }
  // An integration with credentials in its configuration, in one of before, and in an override of a product.
  void make() {
    const auto ann = store_->create_user({"ann@example.com", "", json::Object{}, false}, {}).value();
    const auto acme = store_->create_organization({"Acme", "acme", core::Plan::kEnterprise, ann.id}, {}).value();
    const auto one = store_->create_product({"One", "one", "", 0, json::Object{}, acme.id, ann.id}, {}).value();
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = "https://example.com/";
    config.headers = {{"X-Key", "cr3dential-of-before"}};
    const auto made = store_->create_integration({core::Scope::kOrganization, {}, acme.id, {one.id}, ann.id, config});
    ASSERT_TRUE(made.ok());
    config.headers = {{"X-Key", "cr3dential-of-now"}};
    ASSERT_TRUE(store_->update_integration((*made)->id, {config, {one.id}, std::nullopt, ann.id}).ok());
    const auto rule = [&](const Catalog& catalog, const Making& making) -> Result<Changes> {
      auto next = next_version(*catalog.integration((*made)->id), making);
      next->overrides.push_back({one.id, json::Object{{"auth", json::Object{{"bearer", "cr3dential-of-one"}}}}});
      Changes changes;
      AuditEntry entry;
      entry.organization = acme.id;
      entry.action = "integration.override_set";
      entry.target = next->id.str();
      put_change(entry.diff, "headers.X-Key", "cr3dential-of-before", "cr3dential-of-now");
      changes.audit.push_back(std::move(entry));
      changes.integrations.push_back({std::move(next), "override_set", ann.id});
      return changes;
    };
    ASSERT_TRUE(store_->change_integrations(rule).ok());
    id_ = (*made)->id;
    acme_ = acme.id;
  }
  void expect_all_there() {
    const auto integration = store_->catalog()->integration(id_);
    ASSERT_NE(integration, nullptr);
    EXPECT_EQ(*integration->config.headers.find("X-Key"), json::Value("cr3dential-of-now"));
    ASSERT_EQ(integration->overrides.size(), 1U);
    EXPECT_NE(json::write(json::Value(integration->overrides[0].settings)).find("cr3dential-of-one"),
              std::string::npos);
    const auto first = store_->integration_version(integration->number, 1);
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(*(*first)->config.headers.find("X-Key"), json::Value("cr3dential-of-before"));
    EXPECT_EQ(store_->versions(integration->number, 0, 10)->size(), 3U);
    AuditQuery query;
    query.organization = acme_;
    query.target = id_.str();
    const auto audit = store_->audit(query);
    ASSERT_TRUE(audit.ok()) << audit.error().message;
    EXPECT_NE(json::write(json::Value(audit->at(0).diff)).find("cr3dential-of-now"), std::string::npos);
  }
  std::string bytes() const {
    std::string all;
    for (const char* end : {"", "-wal"}) {
      std::ifstream in(file() + end, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::string file() const { return folder_ / "fleethook.db"; }

  TemporaryFolder folder_;
  testing::ManualClock clock_;
  SeededRandom random_{1};
  crypto::Keyring keys_ = crypto::Keyring::make(random_);
  core::IntegrationId id_;
  core::OrganizationId acme_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SealedRows, NothingOfAConfigurationIsInTheFileOrItsLog) {
  make();
  EXPECT_NE(bytes().find("ann@example.com"), std::string::npos) << "the log is looked at while it is there";
  for (int round = 0; round < 2; ++round) {
    for (const char* text : {"cr3dential", "X-Key", "example.com/"})
      EXPECT_EQ(bytes().find(text), std::string::npos) << text;
    expect_all_there();
    close();
    ASSERT_TRUE(raw(keys_)->execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
    ASSERT_TRUE(open(keys_).ok());
  }
}

// As a version before there was sealing left it, with something in its free pages that was thrown away.
class FileOfBefore : public SealedRows {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open({}).ok());  // nothing is sealed without a key
    make();
    const auto thrown_away = [&](const Catalog&, const Making&) -> Result<Changes> {
      Changes changes;
      AuditEntry entry;
      entry.organization = acme_;
      entry.action = "thrown.away";
      put_change(entry.diff, "x", nullptr, std::string(20'000, 'z') + "cr3dential-thrown-away");
      changes.audit.push_back(std::move(entry));
      return changes;
    };
    ASSERT_TRUE(store_->change_integrations(thrown_away).ok());
    close();
    ASSERT_TRUE(
        raw({})->execute("DELETE FROM audit WHERE action = 'thrown.away'; PRAGMA wal_checkpoint(TRUNCATE)").ok());
    EXPECT_NE(bytes().find("cr3dential-of-now"), std::string::npos);
    EXPECT_NE(bytes().find("cr3dential-thrown-away"), std::string::npos);
  }
};

TEST_F(FileOfBefore, IsSealedAtTheNextStartAndKeepsNoCopy) {
  ASSERT_TRUE(open(keys_).ok());
  EXPECT_EQ(bytes().find("cr3dential"), std::string::npos);
  expect_all_there();
  close();
  EXPECT_EQ(*seal_rows(*raw(keys_)), 0U) << "once more changes nothing";
  EXPECT_TRUE(*has_sealed_rows(*raw(keys_)));
}

TEST_F(FileOfBefore, KeepsNoCopyEitherWhenAStartCrashedBetweenSealingAndRewriting) {
  EXPECT_GT(*seal_rows(*raw(keys_)), 3U);
  EXPECT_NE(bytes().find("cr3dential"), std::string::npos) << "in free pages";
  ASSERT_TRUE(open(keys_).ok());
  EXPECT_EQ(bytes().find("cr3dential"), std::string::npos);
  expect_all_there();
}

TEST_F(SealedRows, AfterARotationTheOldKeyOpensNothing) {
  make();
  close();
  const crypto::Keyring before = keys_;
  keys_.add_key(random_);
  EXPECT_GT(*seal_rows(*raw(keys_)), 3U);
  EXPECT_EQ(*seal_rows(*raw(keys_)), 0U);
  const auto refused = open(before);
  close();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "secret_not_opened") << refused.error().message;
  keys_.drop_old_keys();
  ASSERT_TRUE(open(keys_).ok());
  expect_all_there();
}

TEST_F(SealedRows, WithWrongKeysNothingIsSealedAndTheFileStaysAsItWas) {
  ASSERT_TRUE(store_->create_user({"ann@example.com", "", json::Object{}, false}, {}).ok());
  const auto ann = store_->catalog()->user_by_name("ann@example.com")->id;
  ASSERT_TRUE(store_->put_secret(SecretOwner::of(ann), {"KEY", "v"}, {}).ok());
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "https://example.com/";
  ASSERT_TRUE(store_->create_integration({core::Scope::kSandbox, ann, {}, {}, ann, config}).ok());
  close();
  // As if it had just been upgraded.
  ASSERT_TRUE(raw(keys_)
                  ->execute("UPDATE integration_version SET config = unseal(config, 'c:1/1'); "
                            "DELETE FROM schema_version WHERE part = 'sealed'")
                  .ok());
  const auto refused = open(crypto::Keyring::make(random_));
  close();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("KEY"), std::string::npos) << refused.error().message;
  EXPECT_NE(bytes().find("https://example.com/"), std::string::npos);
  EXPECT_TRUE(open(keys_).ok());
}

TEST_F(SealedRows, AConfigurationThatWasMovedOrChangedDoesNotOpen) {
  make();
  close();
  ASSERT_TRUE(raw(keys_)->execute("CREATE TABLE kept AS SELECT version, config FROM integration_version").ok());
  for (const char* damage : {"(SELECT config FROM kept WHERE version = 1)", "'sealed:AAAA'", "'sealed:?'"}) {
    ASSERT_TRUE(raw(keys_)->execute(std::string("UPDATE integration_version SET config = ") + damage).ok());
    const auto refused = open(keys_);
    close();
    EXPECT_FALSE(refused.ok()) << damage;
  }
  ASSERT_TRUE(raw(keys_)
                  ->execute("UPDATE integration_version SET config = "
                            "(SELECT config FROM kept WHERE kept.version = integration_version.version)")
                  .ok());
  ASSERT_TRUE(open(keys_).ok());
  expect_all_there();
}

}  // namespace
}  // namespace fleethook::store
