#include <string>

#include "sqlite/database.h"

namespace fleethook::sqlite {
namespace {

Result<int> version_of(Database& database, std::string_view part) {
  FLEETHOOK_TRY(Statement select, database.prepare("SELECT version FROM schema_version WHERE part = ?1"));
  select.bind_text(1, part);
  FLEETHOOK_TRY(const bool found, select.step());
  return found ? static_cast<int>(select.column_int(0)) : 0;
}

Result<void> apply(Database& database, std::string_view part, const Migration& script) {
  if (script.first != nullptr) FLEETHOOK_CHECK(script.first(database));
  FLEETHOOK_CHECK(database.execute(script.sql));
  FLEETHOOK_TRY(Statement insert,
                database.prepare("INSERT OR REPLACE INTO schema_version(part, version) VALUES (?1, ?2)"));
  return insert.bind_text(1, part).bind(2, std::int64_t{script.version}).run();
}

// One step up, or nothing. Reads the version inside the transaction: two processes may start at once.
Result<void> step_up(Database& database, std::string_view part, const Migration& script) {
  FLEETHOOK_CHECK(database.execute("BEGIN IMMEDIATE"));
  auto result = [&]() -> Result<void> {
    FLEETHOOK_TRY(const int version, version_of(database, part));
    if (version < script.version) FLEETHOOK_CHECK(apply(database, part, script));
    return database.execute("COMMIT");
  }();
  if (!result && database.in_transaction()) (void)database.execute("ROLLBACK").ok();
  return result;
}

Error too_new(std::string_view part, int found, std::size_t known) {
  return Error{Fault::kUnavailable, "this data folder was written by a newer Fleethook (" + std::string(part) +
                                        " schema " + std::to_string(found) + ", this binary knows " +
                                        std::to_string(known) + "); run the newer binary, or restore a backup"};
}

}  // namespace

Result<void> migrate(Database& database, std::string_view part, std::span<const Migration> scripts) {
  for (std::size_t i = 0; i < scripts.size(); ++i) FLEETHOOK_ASSERT(scripts[i].version == static_cast<int>(i) + 1);
  FLEETHOOK_CHECK(database.execute(
      "CREATE TABLE IF NOT EXISTS schema_version(part TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID"));
  FLEETHOOK_TRY(const int found, version_of(database, part));
  if (found > static_cast<int>(scripts.size())) return too_new(part, found, scripts.size());
  for (const Migration& script : scripts.subspan(static_cast<std::size_t>(found))) {
    FLEETHOOK_CHECK(step_up(database, part, script));
  }
  return {};
}

}  // namespace fleethook::sqlite
