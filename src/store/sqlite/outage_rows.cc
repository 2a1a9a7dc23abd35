#include "store/sqlite/outage_rows.h"

#include <algorithm>
#include <utility>

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

#define FLEETHOOK_OUTAGE_SELECT                                                                                      \
  "SELECT id, integration, product, lane, destination, version, began_at, ended_at, failures, status, error_class, " \
  "error FROM outage "

Outage read(const Statement& row) {
  Outage one;
  one.id = static_cast<std::uint64_t>(row.column_int(0));
  one.placement = {sql::number<core::IntegrationNumber>(row, 1), sql::number<core::ProductId>(row, 2)};
  one.lane.value = static_cast<std::uint64_t>(row.column_int(3));
  one.destination = row.column_text(4);
  one.version = static_cast<std::uint32_t>(row.column_int(5));
  one.began_at = sql::instant(row, 6);
  if (!row.column_is_null(7)) one.ended_at = sql::instant(row, 7);
  one.failures = static_cast<std::uint64_t>(row.column_int(8));
  one.status = static_cast<std::int32_t>(row.column_int(9));
  one.error_class = static_cast<core::ErrorClass>(row.column_int(10));
  one.error = row.column_text(11);
  return one;
}

// Where one lasts, it goes on; else a new one, unless the placement has too many.
Result<void> begin(Database& database, Outage& one) {
  FLEETHOOK_CHECK(
      sql::run(database,
               "UPDATE outage SET failures = failures + ?4, version = ?5, status = ?6, error_class = ?7, error = ?8"
               " WHERE integration = ?1 AND product = ?2 AND lane = ?3 AND ended_at IS NULL",
               one.placement.integration, one.placement.product.value, one.lane.value, one.failures, one.version,
               one.status, static_cast<int>(one.error_class), std::string_view(one.error)));
  if (database.changes() > 0) return {};
  FLEETHOOK_CHECK(sql::run(
      database,
      "INSERT INTO outage(integration, product, lane, destination, version, began_at, failures, status, error_class,"
      " error) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE"
      " (SELECT count(*) FROM outage WHERE integration = ?1 AND product = ?2 AND ended_at IS NULL) < ?11",
      one.placement.integration, one.placement.product.value, one.lane.value, std::string_view(one.destination),
      one.version, one.began_at, one.failures, one.status, static_cast<int>(one.error_class),
      std::string_view(one.error), OpenOutages::kOfPlacementMax));
  FLEETHOOK_TRY(const auto id, sql::first_number(database, "SELECT last_insert_rowid()"));
  one.id = static_cast<std::uint64_t>(id.value_or(0));
  return {};
}

Result<void> end(Database& database, const Outage& one) {
  return sql::run(database,
                  "UPDATE outage SET ended_at = ?4, failures = failures + iif(lane = ?3, ?5, 0)"
                  " WHERE integration = ?1 AND product = ?2 AND ended_at IS NULL AND (lane = ?3 OR version < ?6)",
                  one.placement.integration, one.placement.product.value, one.lane.value, *one.ended_at, one.failures,
                  one.version);
}

}  // namespace

Result<void> write_outages(Database& database, std::vector<Outage>& recorded) {
  for (Outage& one : recorded) FLEETHOOK_CHECK(one.is_end() ? end(database, one) : begin(database, one));
  return {};
}

Result<std::vector<Outage>> read_open_outages(Database& database) {
  std::vector<Outage> open;
  FLEETHOOK_CHECK(sql::for_each(database, FLEETHOOK_OUTAGE_SELECT "WHERE ended_at IS NULL ORDER BY id",
                                [&](const Statement& row) -> Result<void> {
                                  open.push_back(read(row));
                                  return {};
                                }));
  return open;
}

Result<std::vector<Outage>> read_outages(Database& database, const OutageQuery& query) {
  std::vector<Outage> found;
  const auto collect = [&](const Statement& row) -> Result<void> {
    Outage one = read(row);
    if (query.fits(one)) found.push_back(std::move(one));
    return {};
  };
  const std::uint64_t before = query.behind == 0 ? std::uint64_t{INT64_MAX} : query.behind;
  if (query.lasting) {
    FLEETHOOK_CHECK(sql::for_each(database, FLEETHOOK_OUTAGE_SELECT "WHERE ended_at IS NULL", collect));
  } else {
    for (const core::IntegrationNumber one : query.integrations) {
      FLEETHOOK_CHECK(sql::for_each(
          database,
          FLEETHOOK_OUTAGE_SELECT
          "WHERE integration = ?1 AND id < ?2 AND (?3 IS NULL OR product = ?3) ORDER BY id DESC LIMIT ?4",
          collect, one, before, query.product ? std::optional(query.product->value) : std::nullopt, query.limit));
    }
  }
  std::ranges::sort(found, std::ranges::greater(), &Outage::id);
  if (found.size() > query.limit) found.resize(query.limit);
  return found;
}

Result<void> prune_outages(Database& database, Instant before) {
  return sql::run(database, "DELETE FROM outage WHERE ended_at < ?1", before);
}

}  // namespace fleethook::store
