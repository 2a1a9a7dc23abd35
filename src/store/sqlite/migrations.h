// The store's schema, as steps. Every time is in microseconds since 1970 UTC; every id of 12 or 16 bytes is a BLOB
// (hex(id) shows it).
#pragma once
#include <span>

#include "base/result.h"
#include "sqlite/database.h"

namespace fleethook::store {

// Part "store" of the data file; never edit a step that was released, add one.
std::span<const sqlite::Migration> store_migrations();

// Brings the file up to date; call it before the writer takes the connection. Errors as sqlite::migrate().
Result<void> migrate_store(sqlite::Database& database);

}  // namespace fleethook::store
