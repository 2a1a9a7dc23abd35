// Numbers that are given before a row is there, and rows that are put again.
#include "store/sqlite/change_rows.h"

#include <gtest/gtest.h>

#include "sqlite/temporary_folder_for_tests.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

class ChangeRows : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = sqlite::Database::open(folder_ / "data.db", sqlite::OpenMode::kReadWriteCreate).value();
    ASSERT_TRUE(migrate_store(*database_).ok());
  }
  Result<void> write(std::vector<Row> rows) {
    CatalogChange change;
    change.rows = std::move(rows);
    return write_change(*database_, change, crypto::Keyring(), random_);
  }
  static row::PutProduct product(std::uint64_t number, const std::string& slug) {
    row::PutProduct put;
    put.product.id = core::ProductId{number};
    put.product.slug = slug;
    put.product.settings = json::Object{};
    put.product.user.bytes[0] = 1;
    return put;
  }
  static row::PutOrganization organization(std::uint8_t id, std::uint64_t order, const std::string& slug) {
    row::PutOrganization put;
    put.organization.id.bytes[0] = put.organization.created_by.bytes[0] = id;
    put.organization.slug = put.organization.name = slug;
    put.order = order;
    return put;
  }
  std::int64_t number(const char* sql) { return sql::first_number(*database_, sql).value().value_or(-1); }

  TemporaryFolder folder_;
  SeededRandom random_{1};
  std::unique_ptr<sqlite::Database> database_;
};

TEST_F(ChangeRows, NumbersRiseWithinAChange) {
  TableNumbers numbers(*database_);
  EXPECT_EQ(numbers.next_product().value().value, 10'001U);
  EXPECT_EQ(numbers.next_product().value().value, 10'002U);
  EXPECT_EQ(numbers.next_integration().value().value, 1U);
  EXPECT_EQ(numbers.next_organization_order().value(), 1U);
}

TEST_F(ChangeRows, NoNumberIsGivenAgainThoughItsRowIsGone) {
  ASSERT_TRUE(write({product(10'007, "pump")}).ok());
  ASSERT_TRUE(database_->execute("DELETE FROM product").ok());
  EXPECT_EQ(TableNumbers(*database_).next_product().value().value, 10'008U);
}

TEST_F(ChangeRows, NoNumberOfARowIsGivenThoughOnlyTheRowsWereCopied) {
  ASSERT_TRUE(write({organization(1, 7, "acme")}).ok());
  ASSERT_TRUE(database_->execute("DELETE FROM sqlite_sequence WHERE name = 'organization'").ok());
  EXPECT_EQ(TableNumbers(*database_).next_organization_order().value(), 8U);
}

TEST_F(ChangeRows, ARowThatIsPutAgainTakesItsOwnPlace) {
  ASSERT_TRUE(write({organization(1, 1, "acme"), product(10'001, "pump")}).ok());
  auto renamed = organization(1, 1, "acme");
  renamed.organization.name = "Acme Ltd";
  auto other = product(10'001, "valve");
  ASSERT_TRUE(write({renamed, other}).ok());
  EXPECT_EQ(number("SELECT count(*) FROM organization WHERE name = 'Acme Ltd'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM organization"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM product WHERE slug = 'valve'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM product"), 1);
}

TEST_F(ChangeRows, ARowNeverTakesThePlaceOfAnother) {
  ASSERT_TRUE(write({organization(1, 1, "acme"), product(10'001, "pump")}).ok());
  EXPECT_FALSE(write({organization(2, 2, "acme")}).ok()) << "its slug";
  EXPECT_FALSE(write({organization(2, 1, "other")}).ok()) << "its number";
  EXPECT_FALSE(write({product(10'002, "pump")}).ok()) << "its slug";
  EXPECT_EQ(number("SELECT count(*) FROM organization WHERE slug = 'acme' AND number = 1"), 1);
}

TEST_F(ChangeRows, WithoutAKeyNoSecretIsWritten) {
  auto secret = std::make_shared<Secret>();
  secret->name = "KEY";
  secret->value = "hush";
  secret->access = std::make_shared<core::LastUse>(std::nullopt);
  const auto written = write({row::PutSecret{SecretOwner::of(core::UserId()), secret}});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().fault, Fault::kUnavailable);
  EXPECT_EQ(number("SELECT count(*) FROM secret"), 0);
}

}  // namespace
}  // namespace fleethook::store
