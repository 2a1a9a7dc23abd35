// What configurations of integrations hold is sealed on disk as secrets are: each version with its overrides, and the
// audit entries, which say what was changed. Statements call seal(text, place) where they write and unseal(text, place)
// where they read (sqlite/database.h); the places are spelled here, once.
#pragma once
#include <cstddef>

#include "base/result.h"
#include "sqlite/database.h"

// Of columns or of parameters: FLEETHOOK_PLACE_OF_CONFIG("?1", "?2").
#define FLEETHOOK_PLACE_OF_CONFIG(integration, version) "'c:' || " integration " || '/' || " version
#define FLEETHOOK_PLACE_OF_OVERRIDES(integration, version) "'o:' || " integration " || '/' || " version
#define FLEETHOOK_PLACE_OF_DIFF(at, action, target) "'a:' || " at " || '/' || " action " || '/' || " target

namespace fleethook::store {

// Whether something is sealed that needs the keys it was sealed with; what a missing key file would lose.
Result<bool> has_sealed_rows(sqlite::Database& database);
// Seals what is not under the current key of the connection, each table in one transaction: what was written by
// versions before there was sealing, and everything after a rotation. Returns how many rows. kCorrupt, code
// "secret_not_opened": the keys do not open one.
Result<std::size_t> seal_rows(sqlite::Database& database);
// Whether the keys of the connection open what is sealed: one row is tried. Errors as of seal_rows().
Result<void> check_sealed_rows(sqlite::Database& database);
// Once in the life of a file: seals what it holds in clear, and rewrites it, so that neither free pages nor the log
// keep a copy. Before anything else uses the file. `keys`: of the connection; when they do not open the secrets that
// are there, these are the wrong ones, and nothing is sealed with them. Does nothing without a key.
Result<void> seal_file(sqlite::Database& database, const crypto::Keyring& keys);

}  // namespace fleethook::store
