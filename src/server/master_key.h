// The file with the keys that secrets and configurations are sealed with, and how it is replaced. It stands apart from
// the database, so that a copy of one without the other shows nothing.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "base/keyring.h"
#include "base/random.h"
#include "base/result.h"
#include "sqlite/database.h"

namespace fleethook::server {

// `chosen` when it is not "", else master.key in the data folder.
std::string master_key_path(const std::string& folder, const std::string& chosen);

// kNotFound: no such file. kCorrupt: not one of ours, or damaged. kUnavailable: not readable. All name the file and say
// what to do.
Result<crypto::Keyring> read_master_keys(const std::string& path);
// The whole file or nothing: written beside it (mode 0600) and on disk before it takes the old one's place.
Result<void> write_master_keys(const std::string& path, const crypto::Keyring& keys);
// Reads it; makes it when there is none and nothing was sealed in `database` yet. A missing file that is needed is
// never made anew: kNotFound says for how many secrets.
Result<crypto::Keyring> read_or_make_master_keys(const std::string& path, sqlite::Database& database, Random& random);

// Replaces the current key: writes the file with a new key and the old ones, seals configurations and then every secret
// again, each table in one transaction, drops the old keys from the file. After a crash between any two of these the
// file opens everything, and the next rotation goes on from there. The server must be stopped: kConflict otherwise.
// `done` is called after each step; false ends it there, as a crash would (tests).
enum class RotationStep : std::uint8_t { kNewKeyWritten, kSecretsSealed, kOldKeysDropped };
struct Rotation {
  std::string key_id;
  std::size_t secrets = 0;
  std::size_t rows = 0;  // of configurations and of the audit log
};
Result<Rotation> rotate_master_key(const std::string& folder,
                                   const std::string& key_file,
                                   Random& random,
                                   const std::function<bool(RotationStep)>& done = {});

}  // namespace fleethook::server
