// The contract on SQLite, and what is the file's own: migrations, damaged files, failing disks.
#include <mutex>
#include <set>
#include <thread>

#include "sqlite/fault_vfs.h"
#include "sqlite/temporary_folder_for_tests.h"
#include "store/attempt_contract.h"
#include "store/catalog_contract.h"
#include "store/claim_contract.h"
#include "store/dead_letter_contract.h"
#include "store/device_contract.h"
#include "store/history_contract.h"
#include "store/integration_contract.h"
#include "store/invitation_contract.h"
#include "store/replay_contract.h"
#include "store/secret_contract.h"
#include "store/secret_scope_contract.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/team_contract.h"

namespace fleethook::store {
namespace {

class SqliteHarness final : public StoreHarness {
 public:
  explicit SqliteHarness(const char* vfs = nullptr, const Limits& limits = {}) : vfs_(vfs), limits_(limits) {
    const auto opened = try_open();
    EXPECT_TRUE(opened.ok()) << opened.error().message;
  }
  ~SqliteHarness() override { close(); }
  Store& store() override { return *store_; }
  void reopen() override {
    close();
    const auto opened = try_open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }

  Result<void> try_open() {
    FLEETHOOK_TRY(auto database, sqlite::Database::open(file(), sqlite::OpenMode::kReadWriteCreate, vfs_));
    FLEETHOOK_CHECK(migrate_store(*database));
    writer_ = std::make_unique<sqlite::GroupWriter>(std::move(database));
    FLEETHOOK_TRY(store_, SqliteStore::open(*writer_, file(), clock, random_, limits_, vfs_, keys));
    return {};
  }
  void close() {
    writer_.reset();
    store_.reset();
  }
  std::string file() const { return folder_ / "fleethook.db"; }
  sqlite::GroupWriter& writer() { return *writer_; }
  crypto::Keyring keys = [] {
    SeededRandom random(5);
    return crypto::Keyring::make(random);
  }();

 private:
  TemporaryFolder folder_;
  const char* vfs_;
  const Limits limits_;
  SeededRandom random_{1};
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<SqliteStore> store_;
};

template <class Factory>
auto on_sqlite() {
  return ::testing::Values(Factory{"sqlite", [] { return std::make_unique<SqliteHarness>(); }});
}
const auto name_of = [](const auto& of) { return of.param.name; };

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, TeamContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, IntegrationContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, ClaimContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, InvitationContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, SecretScopeContract, on_sqlite<StoreFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, DeviceContract, on_sqlite<FleetFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, SecretContract, on_sqlite<FleetFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, AttemptContract, on_sqlite<FleetFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, DeadLetterContract, on_sqlite<FleetFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, ReplayContract, on_sqlite<FleetFactory>(), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, HistoryContract, on_sqlite<FleetFactory>(), name_of);

std::unique_ptr<sqlite::Database> open_file(const std::string& path) {
  return sqlite::Database::open(path, sqlite::OpenMode::kReadWriteCreate).value();
}

TEST(SqliteStore, TeamsAndApiUsersHaveABound) {
  Limits limits;
  limits.team_members_max = 3;
  limits.api_users_max = 2;
  SqliteHarness harness(nullptr, limits);
  Store& store = harness.store();
  const auto add_user = [&](const std::string& name) {
    return store.create_user({name, "", json::Object{}, false}, {}).value();
  };
  const core::User ann = add_user("ann@example.com");
  const auto acme = store.create_organization({"Acme", "", core::Plan::kFree, ann.id}, {}).value();
  const auto own = store.create_product({"Own", "", "", 0, json::Object{}, {}, ann.id}, {}).value();
  for (const TeamPlace& place : {TeamPlace{acme.id, {}}, TeamPlace{{}, own.id}}) {
    const std::size_t already = place.product.is_none() ? 1 : 0;  // the organization's Owner
    for (std::size_t i = 0; i <= limits.api_users_max; ++i) {
      const std::string name = std::to_string(i) + (already ? "o" : "p");
      const auto bot = store.create_api_user({place, "Bot", {}, crypto::digest(name)}, {});
      ASSERT_EQ(bot.ok(), i < limits.api_users_max) << i;
      if (!bot.ok()) {
        EXPECT_EQ(bot.error().violations.at(0).field, "friendly_name");
        EXPECT_NE(bot.error().message.find("at most 2"), std::string::npos);
      }
    }
    for (std::size_t i = already; i <= limits.team_members_max; ++i) {
      const auto added =
          store.add_member(place, add_user(std::to_string(i) + (already ? "o" : "p")).id, core::Role::kSupport, {});
      ASSERT_EQ(added.ok(), i < limits.team_members_max) << i;
      if (!added.ok()) {
        EXPECT_EQ(added.error().violations.at(0).field, "username");
        EXPECT_NE(added.error().message.find("at most 3"), std::string::npos);
      }
    }
  }
}

TEST(StoreSchema, AFileOfTheFirstVersionIsUpgradedWithItsData) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(1)).ok());
    ASSERT_TRUE(database
                    ->execute("INSERT INTO user(id, username, password_hash, account_info, administrator, created_at) "
                              "VALUES (x'0102030405060708090a0b0c', 'ann@example.com', 'h', '{\"a\":1}', 1, 5)")
                    .ok());
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  auto store = SqliteStore::open(writer, path, clock, random);
  ASSERT_TRUE(store.ok()) << store.error().message;
  const core::User* ann = (*store)->catalog()->user_by_name("ann@example.com");
  ASSERT_NE(ann, nullptr);
  EXPECT_EQ(ann->id.str(), "0102030405060708090a0b0c");
  EXPECT_TRUE(ann->administrator);
  EXPECT_EQ(ann->created_at, Instant(Duration(5)));
  EXPECT_TRUE((*store)->counters({1}, 0, 1)->empty());
}

TEST(StoreSchema, CountersWithoutHoursAndVersionsGoOn) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  const std::int32_t today = utc_day(clock.now());
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(2)).ok());
    const std::string rows =
        "(" + std::to_string(today - 1) + ", 1, 10001, 5, 2, 1), (" + std::to_string(today) + ", 1, 10001, 3, 0, 0)";
    ASSERT_TRUE(database->execute("INSERT INTO counters VALUES " + rows).ok());
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  auto store = SqliteStore::open(writer, path, clock, random).value();
  std::promise<Result<void>> recorded;
  store->record({{outcome(1, 10001, 1, clock.now())}, {}, {}},
                [&](Result<void> result) { recorded.set_value(std::move(result)); });
  ASSERT_TRUE(recorded.get_future().get().ok());
  const auto days = store->counters({1}, 0, 100'000).value();
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(days[0].counts, (Counts{5, 2, 1}));
  EXPECT_EQ(days[1].counts, (Counts{4, 0, 0}));
  EXPECT_EQ(store->counters_of_day({1}, today).at(0).second.success, 4U);
  const auto versions = store->version_counters({1}).value();
  ASSERT_EQ(versions.size(), 1U) << "what was counted without a version is of none";
  EXPECT_EQ(versions[0].counts.success, 1U);
  EXPECT_EQ(store->hour_counters({1}, 0, 2'000'000)->size(), 1U);
}

TEST(StoreSchema, LastOutcomesOfBeforeAreKnown) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(10)).ok());
    const auto row = [](int event, int product, int kind, int at) {
      return "(" + std::to_string(event) + ", 1, " + std::to_string(product) + ", " + std::to_string(kind) +
             ", 200, 1, 1, " + std::to_string(at) + ", 5)";
    };
    ASSERT_TRUE(database
                    ->execute("INSERT INTO outcome(event, integration, product, kind, status, attempts, version, at, "
                              "took) VALUES " +
                              row(1, 10001, 0, 100) + ", " + row(2, 10001, 1, 300) + ", " + row(3, 10001, 1, 200) +
                              ", " + row(4, 10001, 2, 400) + ", " + row(5, 10002, 2, 100))
                    .ok());
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  const auto store = SqliteStore::open(writer, path, clock, random).value();
  const auto numbers = store->numbers(std::vector<core::IntegrationNumber>{{1}}, utc_day(clock.now()));
  ASSERT_EQ(numbers.size(), 1U);
  EXPECT_EQ(numbers[0].product, core::ProductId{10001});
  EXPECT_EQ(numbers[0].last, (LastOutcomes{Instant(Duration(100)), Instant(Duration(300))}));
}

// Outcomes had the number that the queue gave their events.
TEST(StoreSchema, WhatHasNoIdOfItsEventStaysUntilItIsOldAndDeadLettersAreNamedByTheirs) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  const Instant now = clock.now(), old = now - std::chrono::days(40);
  const auto count = [&](const char* table) {
    auto database = open_file(path);
    const std::string text = std::string("SELECT count(*) FROM ") + table;
    auto rows = database->prepare(text.c_str());
    return rows.ok() && rows->step().ok() ? rows->column_int(0) : -1;
  };
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(20)).ok());
    for (int event = 1; event <= 1'200; ++event) {
      const std::string at = std::to_string(micros(event <= 1'100 ? old : now));
      ASSERT_TRUE(database
                      ->execute("INSERT INTO outcome VALUES (" + std::to_string(event) + ", 1, 10001, 0, 200, 1, 1, " +
                                at + ", 5)")
                      .ok());
    }
    for (const char* letter : {"1, 1, 7, 10001, 3, 2, 410", "2, 2, 7, 10001, 1, 1, 500"}) {
      const std::string row =
          std::string("INSERT INTO dead_letter VALUES (") + letter + ", " + std::to_string(micros(now)) +
          ", 'gone', x'0192000000007000800000000000000a', 10001, NULL, 'temp', x'31', 'api', 5, 60, "
          "0, 1, 0, '', '', '', 400)";
      ASSERT_TRUE(database->execute(row).ok()) << row;
    }
  }
  {
    auto database = open_file(path);
    ASSERT_TRUE(migrate_store(*database).ok());
    sqlite::GroupWriter writer(std::move(database));
    const auto store = SqliteStore::open(writer, path, clock, random).value();
    const auto letters_of = [&](std::uint64_t integration) {
      DeadLetterQuery query;
      query.integration = core::IntegrationNumber{integration};
      return store->dead_letters(query, {}).value().letters;
    };
    const auto letters = letters_of(1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].event->id.str(), "01920000-0000-7000-8000-00000000000a");
    EXPECT_EQ(letters[0].reason + *letters[0].event->data, "gone1");
    EXPECT_EQ(letters[0].version, 3U);
    EXPECT_EQ(letters_of(2).size(), 1U);
    EXPECT_EQ(count("numbered_outcome"), 1'200);
    std::promise<Result<void>> recorded;
    store->record({{outcome(1, 10001, 1, now)}, {}, {letters[0]}},
                  [&](Result<void> result) { recorded.set_value(std::move(result)); });
    ASSERT_TRUE(recorded.get_future().get().ok());
    EXPECT_EQ(letters_of(1).size(), 1U) << "given again";
    ASSERT_TRUE(store->prune(now - std::chrono::days(30), 0, Instant()).ok());
    EXPECT_EQ(count("numbered_outcome"), 100);
    EXPECT_EQ(count("outcome"), 1);
  }
}

// One record was both what a product and what a sandbox knows of a device.
TEST(StoreSchema, OldClaimsStayWithThoseWhoMayHaveDevicesAndAreOfTheSandboxElse) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  const auto user = [](int n) { return std::string(22, '0') + "0" + std::to_string(n); };
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(14)).ok());
    const auto run = [&](const std::string& text) {
      const auto done = database->execute(text.c_str());
      ASSERT_TRUE(done.ok()) << text << ": " << done.error().message;
    };
    for (int n = 1; n <= 6; ++n) {
      run("INSERT INTO user(id, username, password_hash, account_info, administrator, created_at) VALUES (x'" +
          user(n) + "', 'u" + std::to_string(n) + "', '', '{}', " + (n == 5 ? "1" : "0") + ", 0)");
    }
    run("INSERT INTO organization(id, slug, name, plan, group_identical, created_by, created_at) VALUES (x'" + user(9) +
        "', 'acme', 'Acme', 'basic', 'suggest', x'" + user(1) + "', 0)");
    run("INSERT INTO team_member(organization, user, role, added_at) VALUES (x'" + user(9) + "', x'" + user(1) +
        "', 'Owner', 0), (x'" + user(9) + "', x'" + user(2) + "', 'View-only', 0)");
    run("INSERT INTO product(id, slug, name, description, platform_id, settings, organization, user, created_at) "
        "VALUES "
        "(10001, 'p', 'P', '', 6, '{}', x'" +
        user(9) + "', x'" + user(1) +
        "', 0), "
        "(10002, 'q', 'Q', '', 6, '{}', NULL, x'" +
        user(6) + "', 0)");
    run("INSERT INTO product_member(product, user, role, added_at) VALUES (10001, x'" + user(3) + "', 'Developer', 0)");
    const auto device = [&](int id, const std::string& product, const std::string& owner) {
      run("INSERT INTO device(id, name, product, owner, firmware_version, development, last_heard, os_version, "
          "device_groups) VALUES (x'" +
          user(id) + "', 'n', " + product + ", " + owner + ", '7', 1, 5, '6', '')");
    };
    for (int n = 1; n <= 6; ++n) device(n, n == 6 ? "10002" : "10001", "x'" + user(n) + "'");
    device(7, "10001", "NULL");
    device(8, "NULL", "x'" + user(4) + "'");
    device(9, "NULL", "NULL");
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  const auto store = SqliteStore::open(writer, path, clock, random).value();
  const CatalogPtr catalog = store->catalog();
  check_consistent(*catalog);
  std::string in_products, in_sandboxes;
  for (int n = 1; n <= 9; ++n) {
    const auto id = *core::DeviceId::parse(user(n));
    if (const core::Device* device = catalog->device(id)) {
      in_products +=
          std::to_string(n) + (device->owner.is_none() ? " " : ":" + catalog->user(device->owner)->username + " ");
      EXPECT_EQ(device->name + device->firmware_version + device->os_version, "n76");
      EXPECT_TRUE(device->owner_agreed && device->development);
      EXPECT_EQ(device->heard->last(), Instant(Duration(5)));
    }
    if (const core::Device* device = catalog->own_device(id)) {
      in_sandboxes += std::to_string(n) + ":" + catalog->user(device->owner)->username + " ";
      EXPECT_EQ(device->name, "");
      EXPECT_EQ(device->heard->last().has_value(), n == 8) << "what the product heard stays there";
    }
  }
  EXPECT_EQ(in_products, "1:u1 2 3:u3 4 5:u5 6:u6 7 ");
  EXPECT_EQ(in_sandboxes, "2:u2 4:u4 8:u4 ");
}

TEST(StoreSchema, TrafficThatWasToldApartByFirmwareOnlyGoesOn) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  const std::int32_t minute = minute_of(clock.now());
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(8)).ok());
    const std::string at = "(" + std::to_string(minute) + ", 10001, ";
    ASSERT_TRUE(
        database->execute("INSERT INTO traffic VALUES " + at + "'7', 5, 2, 1), " + at + "'other', 3, 0, 0)").ok());
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  auto store = SqliteStore::open(writer, path, clock, random).value();
  HistoryBatch batch{{outcome(1, 10001, 1, clock.now())}, {}, {}};
  batch.outcomes[0].device.firmware_version = "7";
  std::promise<Result<void>> recorded;
  store->record(std::move(batch), [&](Result<void> result) { recorded.set_value(std::move(result)); });
  ASSERT_TRUE(recorded.get_future().get().ok());
  EXPECT_EQ(store->traffic({10001}, minute, minute, {})->at(0).counts, (Counts{9, 2, 1}));
  EXPECT_EQ(store->traffic({10001}, minute, minute, {.firmware_version = "7"})->at(0).counts, (Counts{6, 2, 1}));
  EXPECT_EQ(store->traffic({10001}, minute, minute, {.group = "other"})->at(0).counts, (Counts{3, 0, 0}));
}

// They had a time only, which goes on to decide until they are said again.
TEST(StoreSchema, PausesAndWhatWasDroppedBeforeGoByTheirTime) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  SeededRandom random(1);
  const std::string path = folder / "old.db";
  {
    auto database = open_file(path);
    ASSERT_TRUE(sqlite::migrate(*database, "store", store_migrations().first(19)).ok());
    for (const char* text :
         {"INSERT INTO user(id, username, password_hash, account_info, administrator, created_at)"
          " VALUES (x'000000000000000000000001', 'ann', '', '{}', 1, 0)",
          "INSERT INTO integration(id, scope, user, version, last_version, created_at)"
          " VALUES (x'000000000000000000000002', 'sandbox', x'000000000000000000000001', 1, 1, 0)",
          R"(INSERT INTO integration_version(integration, version, config, products, created_at)
             VALUES (1, 1, '{"event":"temp","url":"http://a.example/hook"}', '[]', 0))",
          "INSERT INTO pause(integration, product, mode, since, user_name) VALUES (1, 0, 'skip', 50, 'ann')",
          "INSERT INTO dropped(integration, product, until) VALUES (1, 0, 40)"}) {
      const auto done = database->execute(text);
      ASSERT_TRUE(done.ok()) << text << ": " << done.error().message;
    }
  }
  auto database = open_file(path);
  ASSERT_TRUE(migrate_store(*database).ok());
  sqlite::GroupWriter writer(std::move(database));
  const auto store = SqliteStore::open(writer, path, clock, random).value();
  const auto at = [](int micros) { return Instant(Duration(micros)); };
  {
    const CatalogPtr catalog = store->catalog();
    const core::Paused* paused = catalog->paused({1}, {});
    const core::Dropped* dropped = catalog->dropped({{1}, {}});
    ASSERT_TRUE(paused != nullptr && dropped != nullptr);
    EXPECT_FALSE(paused->newest || dropped->newest);
    EXPECT_TRUE(paused->began_after({9}, at(49)));
    EXPECT_FALSE(paused->began_after({1}, at(51)));
    EXPECT_TRUE(dropped->reaches({9}, at(40)));
    EXPECT_FALSE(dropped->reaches({1}, at(41)));
  }
  const core::IntegrationId id = store->catalog()->integration(core::IntegrationNumber{1})->id;
  ASSERT_TRUE(store->drop_waiting(id, {core::ProductId{}}, {5}, {}).ok());
  EXPECT_TRUE(store->catalog()->dropped({{1}, {}})->reaches({5}, at(41)));
}

TEST(StoreSchema, AFileOfANewerVersionIsRefused) {
  const TemporaryFolder folder;
  auto database = open_file(folder / "new.db");
  ASSERT_TRUE(migrate_store(*database).ok());
  ASSERT_TRUE(migrate_store(*database).ok()) << "once more changes nothing";
  ASSERT_TRUE(database->execute("UPDATE schema_version SET version = 99 WHERE part = 'store'").ok());
  const auto result = migrate_store(*database);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("newer Fleethook"), std::string::npos) << result.error().message;
}

TEST(SqliteStore, ProductNumbersBeginAt10001) {
  SqliteHarness harness;
  const auto user = harness.store().create_user({"u", "", json::Object{}, false}, {}).value();
  EXPECT_EQ(harness.store().create_product({"P", "", "", 0, json::Object{}, {}, user.id}, {})->id,
            core::ProductId{10001});
}

// Each statement damages one row of a good file.
TEST(SqliteStore, WhatCannotBeReadIsNamedAndRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"UPDATE integration_version SET config = '{'", "integration "},
      {"UPDATE integration_version SET config = '[]'", "integration "},
      {"UPDATE integration_version SET config = '{\"url\":5}'", "integration "},
      {"UPDATE integration_version SET products = '[\"x\"]'", "integration "},
      {"UPDATE integration SET scope = 'galaxy'", "integration "},
      {"UPDATE organization SET plan = 'gold'", "organization acme"},
      {"UPDATE team_member SET role = 'Pope'", "team of organization"},
      {"UPDATE user SET account_info = 'x'", "user ann"},
      {"UPDATE product SET settings = ''", "product p"},
      {"INSERT INTO pause VALUES (1, 10001, 'asleep', 0, NULL, '', 0)", "pause of integration "},
  };
  for (const auto& [damage, name] : cases) {
    SqliteHarness harness;
    const auto user = harness.store().create_user({"ann", "", json::Object{}, false}, {}).value();
    const auto acme = harness.store().create_organization({"Acme", "", core::Plan::kFree, user.id}, {}).value();
    const auto product = harness.store().create_product({"P", "", "", 0, json::Object{}, acme.id, user.id}, {}).value();
    core::IntegrationConfig config;
    config.event = "e";
    config.url = "https://example.com/";
    ASSERT_TRUE(harness.store()
                    .create_integration({core::Scope::kOrganization, {}, acme.id, {product.id}, user.id, config})
                    .ok());
    harness.close();
    ASSERT_TRUE(open_file(harness.file())->execute(damage).ok());
    const auto result = harness.try_open();
    ASSERT_FALSE(result.ok()) << damage;
    EXPECT_EQ(result.error().fault, Fault::kCorrupt);
    EXPECT_NE(result.error().message.find(name), std::string::npos) << result.error().message;
  }
}

Result<void> record(History& store, HistoryBatch batch) {
  std::promise<Result<void>> promise;
  store.record(std::move(batch), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::uint64_t successes(Store& store) {
  std::uint64_t sum = 0;
  const auto days = store.counters({1}, 0, 100'000);
  EXPECT_TRUE(days.ok());
  for (const DayCounts& day : *days) sum += day.counts.success;
  return sum;
}

std::uint64_t mirrored(Store& store, const Clock& clock) {
  std::uint64_t sum = 0;
  for (const auto& [product, counts] : store.counters_of_day({1}, utc_day(clock.now()))) sum += counts.success;
  return sum;
}

// For every operation of the disk: it fails once; the command answers well or badly and is right either way.
TEST(SqliteStore, AnyFailingOperationLeavesAllOrNothing) {
  sqlite::FaultVfs vfs;
  SqliteHarness harness(vfs.name());
  const auto user = harness.store().create_user({"ann", "", json::Object{}, false}, {}).value();
  std::uint64_t recorded = 0;
  int failures = 0;
  for (std::uint64_t n = 0;; ++n) {
    const CatalogPtr before = harness.store().catalog();
    vfs.fail_at(n);
    core::IntegrationConfig config;
    config.event = "e" + std::to_string(n);
    config.url = "https://example.com/";
    const auto made = harness.store().create_integration({core::Scope::kSandbox, user.id, {}, {}, user.id, config});
    const auto kept =
        record(harness.store(),
               {{outcome(1, 10001, n + 1, harness.clock.now())}, {exchange(1, 10001, harness.clock.now())}, {}});
    const bool fired = vfs.fired();
    vfs.calm();
    failures += !made.ok();
    ASSERT_TRUE(made.ok() || made.error().fault == Fault::kUnavailable) << made.error().message;
    EXPECT_EQ(harness.store().catalog() == before, !made.ok());
    recorded += kept.ok();
    // The next group writes over whatever the failed one left behind.
    ASSERT_TRUE(harness.store().claim_device(device_id(n), user.id, {}).ok());
    EXPECT_EQ(harness.store().trouble(), "");
    EXPECT_EQ(mirrored(harness.store(), harness.clock), recorded);
    const auto lines = lines_of(*harness.store().catalog());
    if (n % 4 == 0 || !fired) harness.reopen();
    ASSERT_EQ(lines_of(*harness.store().catalog()), lines) << "failing operation " << n;
    EXPECT_EQ(successes(harness.store()), recorded);
    EXPECT_EQ(mirrored(harness.store(), harness.clock), recorded);
    if (!fired) break;
  }
  EXPECT_GT(failures, 2);
}

TEST(SqliteStore, AnyFailingOperationWhileOpeningIsAnErrorOrNone) {
  sqlite::FaultVfs vfs;
  SqliteHarness harness(vfs.name());
  ASSERT_TRUE(harness.store().create_user({"ann", "", json::Object{}, false}, {}).ok());
  bool fired = true;
  for (std::uint64_t n = 0; fired; ++n) {
    harness.close();
    vfs.fail_at(n);
    const auto opened = harness.try_open();
    fired = vfs.fired();
    vfs.calm();
    if (!opened.ok()) {
      EXPECT_TRUE(opened.error().fault == Fault::kUnavailable || opened.error().fault == Fault::kCorrupt)
          << opened.error().message;
      harness.close();
      ASSERT_TRUE(harness.try_open().ok());
    }
    EXPECT_NE(harness.store().catalog()->user_by_name("ann"), nullptr);
  }
}

// Commands that arrive together share a transaction, each computed on the one before: when it fails, all of them are
// undone.
TEST(SqliteStore, CommandsThatShareAFailedTransactionAreAllUndone) {
  sqlite::FaultVfs vfs;
  SqliteHarness harness(vfs.name());
  SeededRandom random(3);
  std::mutex mutex;
  std::set<std::string> answered, refused;
  for (int round = 0; round < 12; ++round) {
    vfs.fail_at(random.next() % 40);
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 8; ++i) {
          // Each name is asked for by two threads: one of them at most may have it.
          const std::string name = std::to_string(round) + "/" + std::to_string(t / 2) + "/" + std::to_string(i);
          const auto made = harness.store().create_user({name, "", json::Object{}, false}, {});
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(!made.ok() || answered.insert(name).second) << name;
          if (!made.ok() && made.error().fault == Fault::kUnavailable) refused.insert(name);
          EXPECT_TRUE(made.ok() || made.error().fault == Fault::kUnavailable || made.error().fault == Fault::kConflict);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    vfs.calm();
    const CatalogPtr now = harness.store().catalog();
    EXPECT_EQ(now->data().users.size(), answered.size());
    for (const std::string& name : answered) EXPECT_NE(now->user_by_name(name), nullptr) << name;
    check_consistent(*now);
    // One more, so that nothing of a failed transaction is left in the journal.
    ASSERT_TRUE(harness.store().create_user({std::to_string(round), "", json::Object{}, false}, {}).ok());
    answered.insert(std::to_string(round));
    const auto lines = lines_of(*harness.store().catalog());
    harness.reopen();
    ASSERT_EQ(lines_of(*harness.store().catalog()), lines);
  }
  EXPECT_FALSE(refused.empty()) << "the faults must hit something";
}

TEST(SqliteStore, AFullDiskIsReportedAndGottenOver) {
  sqlite::FaultVfs vfs;
  SqliteHarness harness(vfs.name());
  const auto user = harness.store().create_user({"ann", "", json::Object{}, false}, {}).value();
  vfs.fill_disk();
  const auto refused = harness.store().create_user({"bob", "", json::Object{}, false}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_FALSE(record(harness.store(), {{outcome(1, 0, 1, harness.clock.now())}, {}, {}}).ok());
  EXPECT_NE(harness.store().trouble(), "");
  EXPECT_NE(harness.store().catalog()->user(user.id), nullptr) << "reading goes on";
  EXPECT_EQ(successes(harness.store()), 0U);
  vfs.calm();
  EXPECT_TRUE(harness.store().create_user({"bob", "", json::Object{}, false}, {}).ok());
  EXPECT_TRUE(record(harness.store(), {{outcome(1, 0, 1, harness.clock.now())}, {}, {}}).ok());
  EXPECT_EQ(harness.store().trouble(), "");
  EXPECT_EQ(mirrored(harness.store(), harness.clock), 1U);
}

// Once nothing at all was recorded then, and events that came with it were refused.
TEST(SqliteStore, ADamagedLogHoldsUpNoOutcomes) {
  SqliteHarness harness;
  ASSERT_TRUE(open_file(harness.file())->execute("ALTER TABLE exchange RENAME TO lost").ok());
  const auto log = [&](std::uint64_t event) {
    return record(harness.store(),
                  {{outcome(1, 10001, event, harness.clock.now())}, {exchange(1, 10001, harness.clock.now())}, {}});
  };
  EXPECT_TRUE(log(1).ok());
  EXPECT_TRUE(log(2).ok());
  EXPECT_EQ(successes(harness.store()), 2U);
  const auto kinds = harness.writer().kinds();
  ASSERT_EQ(kinds.size(), 1U);
  EXPECT_EQ(kinds[0].name, "logs");
  EXPECT_EQ(kinds[0].failing, "database: no such table: exchange");
  EXPECT_EQ(kinds[0].failures, 1U) << "it is not tried again at once";
  ASSERT_TRUE(open_file(harness.file())->execute("ALTER TABLE lost RENAME TO exchange").ok());
  harness.clock.advance(std::chrono::seconds(2));
  EXPECT_TRUE(log(3).ok());
  EXPECT_EQ(harness.writer().kinds()[0].failing, "");
  EXPECT_EQ(harness.store().exchanges({1}, {10001}, true, 10).value().size(), 1U) << "those before are lost";
  EXPECT_EQ(successes(harness.store()), 3U);
}

// The disk gives nothing back of the log's pages: SQLite undoes the whole transaction then.
TEST(SqliteStore, WhatBreaksTheTransactionOfTheLogIsLeftOutTheNextTime) {
  sqlite::FaultVfs vfs;
  SqliteHarness harness(vfs.name());
  const HistoryBatch batch{{outcome(1, 10001, 1, harness.clock.now())}, {exchange(1, 10001, harness.clock.now())}, {}};
  bool fired = true;
  for (std::uint64_t n = 0; fired; ++n) {
    vfs.fail_at(n);
    (void)record(harness.store(), batch).ok();
    fired = vfs.fired();
    vfs.calm();
    ASSERT_TRUE(record(harness.store(), batch).ok()) << "with the log left out, if need be";
    ASSERT_EQ(successes(harness.store()), 1U);
  }
}

TEST(SqliteStore, WhatWasAnsweredSurvivesAnyCrash) {
  for (const auto unsynced : {sqlite::Unsynced::kKept, sqlite::Unsynced::kDropped, sqlite::Unsynced::kTrashed}) {
    sqlite::FaultVfs vfs;
    SqliteHarness harness(vfs.name());
    std::set<std::string> users;
    std::set<std::uint64_t> events;
    std::uint64_t asked = 0;
    for (std::uint64_t n = 0; n < 30; ++n) {
      vfs.crash_at(n);
      for (int i = 0; i < 4; ++i) {
        const std::string name = "u" + std::to_string(++asked);
        if (harness.store().create_user({name, "", json::Object{}, false}, {}).ok()) users.insert(name);
        if (record(harness.store(), {{outcome(1, 10001, asked, harness.clock.now())}, {}, {}}).ok())
          events.insert(asked);
      }
      harness.close();
      vfs.restart(unsynced, n);
      ASSERT_TRUE(harness.try_open().ok());
      for (const std::string& name : users) ASSERT_NE(harness.store().catalog()->user_by_name(name), nullptr) << name;
      const std::uint64_t counted = successes(harness.store());
      ASSERT_GE(counted, events.size());
      ASSERT_LE(counted, asked);
      // Recorded again after the crash, everything is counted exactly once.
      for (std::uint64_t event = 1; event <= asked; ++event) events.insert(event);
      HistoryBatch again;
      for (const std::uint64_t event : events) again.outcomes.push_back(outcome(1, 10001, event, harness.clock.now()));
      ASSERT_TRUE(record(harness.store(), again).ok());
      ASSERT_EQ(successes(harness.store()), asked);
      ASSERT_EQ(mirrored(harness.store(), harness.clock), asked);
      check_consistent(*harness.store().catalog());
    }
  }
}

// Batches that arrive together are written together; each is answered.
TEST(SqliteStore, ManyRecordersAtOnceAreAllAnsweredAndCounted) {
  SqliteHarness harness;
  constexpr std::uint64_t kThreads = 4, kBatches = 50, kEach = 11;
  std::atomic<std::uint64_t> answered = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t b = 0; b < kBatches; ++b) {
        HistoryBatch batch;
        // Half of every batch is recorded by another thread too.
        for (std::uint64_t i = 0; i < kEach; ++i)
          batch.outcomes.push_back(
              outcome(1, 10001 + i % 2, (i % 2 == 0 ? t : 99) * 100'000 + b * 100 + i, harness.clock.now()));
        harness.store().record(std::move(batch), [&](Result<void> result) {
          EXPECT_TRUE(result.ok());
          ++answered;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(record(harness.store(), {}).ok());
  EXPECT_EQ(answered, kThreads * kBatches);
  const std::uint64_t expected = kThreads * kBatches * 6 + kBatches * 5;
  EXPECT_EQ(successes(harness.store()), expected);
  EXPECT_EQ(mirrored(harness.store(), harness.clock), expected);
}

}  // namespace
}  // namespace fleethook::store
