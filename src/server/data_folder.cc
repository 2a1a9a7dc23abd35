#include "server/data_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "server/master_key.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::server {
namespace {

Error cannot(const std::string& what, const std::string& path, const std::string& reason) {
  return {Fault::kUnavailable, "cannot " + what + " " + path + ": " + reason};
}

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

std::string octal(mode_t mode) {
  std::string text = "0000";
  for (std::size_t i = text.size(); i-- > 0; mode >>= 3) text[i] = static_cast<char>('0' + (mode & 7U));
  return text;
}

// Events, configurations and keys are for the server's own user. Nothing but a line in the log when a file is not ours:
// who gave it to us may have had a reason.
void keep_private(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
  const mode_t mode = found.st_mode & 07777U, wanted = mode & ~static_cast<mode_t>(077);
  if (mode == wanted) return;
  if (chmod(path.c_str(), wanted) == 0) {
    log::warn("data.file_made_private", {{"file", path}, {"mode", octal(wanted)}, {"was", octal(mode)}});
  } else {
    log::warn("data.file_not_private", {{"file", path}, {"mode", octal(mode)}, {"reason", reason_of(errno)}});
  }
}

// The database as it will be made has the mode of the file that is there, and its log has the database's.
Result<void> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot("open", path, reason_of(errno));
  close(file);
  return {};
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& folder) {
  if (folder.empty()) return Error{Fault::kInvalid, "name the data folder with --data DIR (or FLEETHOOK_DATA)"};
  if (!std::filesystem::exists(DataFolder::database_path(folder))) {
    return Error{Fault::kNotFound, "there is no Fleethook data in " + folder +
                                       "; make it with: fleethook init --data " + folder + " --admin EMAIL"};
  }
  return take_new(folder);
}

Result<std::unique_ptr<FolderLock>> FolderLock::take_new(const std::string& folder) {
  const std::string path = folder + "/fleethook.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot("write in the data folder", folder, reason_of(errno));
  std::unique_ptr<FolderLock> lock(new FolderLock(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    return Error{Fault::kConflict, "another fleethook process is using " + folder + "; stop it first"};
  }
  return lock;
}

FolderLock::~FolderLock() {
  close(file_);
}

std::string DataFolder::database_path(const std::string& folder) {
  return folder + "/fleethook.db";
}

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& path,
                                                     bool create,
                                                     const Clock& clock,
                                                     Random& random,
                                                     const std::string& key_file,
                                                     const Limits& limits) {
  if (path.empty()) return Error{Fault::kInvalid, "name the data folder with --data DIR (or FLEETHOOK_DATA)"};
  if (create) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) return cannot("create the data folder", path, failed.message());
    // Passwords and tokens are only digests in there, but integrations hold credentials of receivers.
    chmod(path.c_str(), 0700);
  }

  std::unique_ptr<DataFolder> folder(new DataFolder());
  FLEETHOOK_TRY(folder->lock_, create ? FolderLock::take_new(path) : FolderLock::take(path));

  const std::string database = database_path(path);
  const std::string key_path = master_key_path(path, key_file);
  FLEETHOOK_CHECK(make_private_file(database));
  for (const std::string& file : {database, database + "-wal", database + "-shm", path + "/fleethook.lock", key_path})
    keep_private(file);
  FLEETHOOK_TRY(auto connection, sqlite::Database::open(database, sqlite::OpenMode::kReadWriteCreate));
  FLEETHOOK_CHECK(store::migrate_store(*connection));
  FLEETHOOK_CHECK(queue::migrate_schema(*connection));
  FLEETHOOK_TRY(auto keys, read_or_make_master_keys(key_path, *connection, random));
  const auto explained = [&](Error error) {
    if (error.code == "secret_not_opened") {
      error.message += ". The keys were read from " + key_path +
                       ": put the master key file there that belongs to this data, or name it with "
                       "--master-key-file. Nothing was changed";
    }
    return error;
  };
  connection->use_keys(std::make_shared<const crypto::Keyring>(keys), random);
  if (auto sealed = store::seal_file(*connection, keys); !sealed.ok()) return explained(std::move(sealed).error());
  folder->writer_ = std::make_unique<sqlite::GroupWriter>(std::move(connection));
  auto opened = store::SqliteStore::open(*folder->writer_, database, clock, random, limits, nullptr, std::move(keys));
  if (!opened) return explained(std::move(opened).error());
  folder->store_ = std::move(opened).value();
  FLEETHOOK_TRY(auto opened_queue,
                queue::SqliteQueue::open(*folder->writer_, database, nullptr,
                                         {limits.idempotency_bytes_max, limits.idempotency_bytes_per_user_max}));
  folder->notes_ = &opened_queue->notes();
  folder->queue_ = std::move(opened_queue);
  return folder;
}

DataFolder::~DataFolder() {
  queue_.reset();   // waits for what it submitted
  writer_.reset();  // writes what the store submitted, which refers to it
  store_.reset();
}

}  // namespace fleethook::server
