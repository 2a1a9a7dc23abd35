#include "store/sqlite/audit_rows.h"

#include <utility>

#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

#define FLEETHOOK_AUDIT_COLUMNS                                                                              \
  "SELECT a.number, a.at, a.user, a.user_name, a.organization, a.owner, a.action, a.target, a.target_name, " \
  "unseal(a.diff, " FLEETHOOK_PLACE_OF_DIFF("a.at", "a.action", "a.target") ") "

Result<AuditEntry> read_entry(const Statement& row) {
  AuditEntry entry;
  entry.number = static_cast<std::uint64_t>(row.column_int(0));
  entry.at = sql::instant(row, 1);
  entry.by.user = sql::id<core::UserId>(row, 2);
  entry.by.name = sql::text(row, 3);
  entry.organization = sql::id<core::OrganizationId>(row, 4);
  entry.owner = sql::id<core::UserId>(row, 5);
  entry.action = sql::text(row, 6);
  entry.target = sql::text(row, 7);
  entry.target_name = sql::text(row, 8);
  auto diff = json::parse(row.column_text(9));
  if (!diff || !diff->is_object()) {
    return Error{Fault::kCorrupt, "audit entry " + std::to_string(entry.number) + " in the data file cannot be read"};
  }
  entry.diff = std::move(diff->as_object());
  return entry;
}

Result<void> read_products(Database& database, AuditEntry& entry) {
  return sql::for_each(
      database, "SELECT product FROM audit_product WHERE audit = ?1 ORDER BY product",
      [&](const Statement& row) -> Result<void> {
        entry.products.push_back(sql::number<core::ProductId>(row, 0));
        return {};
      },
      entry.number);
}

}  // namespace

Result<void> write_audit(Database& database, const AuditEntry& entry) {
  FLEETHOOK_CHECK(sql::run(database,
                           "INSERT INTO audit(at, user, user_name, organization, owner, action, target, target_name, "
                           "diff) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
                           "seal(?9, " FLEETHOOK_PLACE_OF_DIFF("?1", "?6", "?7") "))",
                           entry.at, entry.by.user, entry.by.name, entry.organization, entry.owner, entry.action,
                           entry.target, entry.target_name, json::write(json::Value(entry.diff))));
  const std::int64_t number = database.last_insert_rowid();
  for (const core::ProductId product : entry.products) {
    FLEETHOOK_CHECK(
        sql::run(database, "INSERT OR IGNORE INTO audit_product(product, audit) VALUES (?1, ?2)", product, number));
  }
  return {};
}

// The narrowest condition leads; the others are filters on what it finds.
Result<std::vector<AuditEntry>> read_audit(Database& database, const AuditQuery& query) {
  std::vector<AuditEntry> entries;
  const auto keep = [&](const Statement& row) -> Result<void> {
    FLEETHOOK_TRY(AuditEntry entry, read_entry(row));
    entries.push_back(std::move(entry));
    return {};
  };
  const std::int64_t before = query.before == 0 ? INT64_MAX : static_cast<std::int64_t>(query.before);
  if (!query.product.is_none()) {
    FLEETHOOK_CHECK(sql::for_each(database,
                                  FLEETHOOK_AUDIT_COLUMNS
                                  "FROM audit_product AS p JOIN audit AS a ON a.number = p.audit WHERE p.product = ?1 "
                                  "AND p.audit < ?2 AND (?3 = '' OR a.target = ?3) ORDER BY p.audit DESC LIMIT ?4",
                                  keep, query.product, before, query.target, query.limit));
  } else if (!query.organization.is_none()) {
    FLEETHOOK_CHECK(sql::for_each(database,
                                  FLEETHOOK_AUDIT_COLUMNS
                                  "FROM audit AS a WHERE a.organization = ?1 AND a.number < ?2 AND "
                                  "(?3 = '' OR a.target = ?3) ORDER BY a.number DESC LIMIT ?4",
                                  keep, query.organization, before, query.target, query.limit));
  } else if (query.owner.is_none()) {
    FLEETHOOK_CHECK(sql::for_each(database,
                                  FLEETHOOK_AUDIT_COLUMNS "FROM audit AS a WHERE a.number < ?1 AND "
                                                          "(?2 = '' OR a.target = ?2) ORDER BY a.number DESC LIMIT ?3",
                                  keep, before, query.target, query.limit));
  } else {
    FLEETHOOK_CHECK(sql::for_each(database,
                                  FLEETHOOK_AUDIT_COLUMNS "FROM audit AS a WHERE a.owner = ?1 AND a.number < ?2 AND "
                                                          "(?3 = '' OR a.target = ?3) ORDER BY a.number DESC LIMIT ?4",
                                  keep, query.owner, before, query.target, query.limit));
  }
  for (AuditEntry& entry : entries) FLEETHOOK_CHECK(read_products(database, entry));
  return entries;
}

}  // namespace fleethook::store
