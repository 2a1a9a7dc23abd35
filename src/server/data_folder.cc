#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::server {
namespace {

Error cannot(const std::string& what, const std::string& path, const std::string& reason) {
  return {Fault::kUnavailable, "cannot " + what + " " + path + ": " + reason};
}

std::string reason_of(int error) { return std::generic_category().message(error); }

}  // namespace

std::string DataFolder::database_path(const std::string& folder) { return folder + "/fleethook.db"; }

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& path, bool create, const Clock& clock, Random& random) {
  if (path.empty()) return Error{Fault::kInvalid, "name the data folder with --data DIR (or FLEETHOOK_DATA)"};
  if (create) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) return cannot("create the data folder", path, failed.message());
    // Passwords and tokens are only digests in there, but integrations hold credentials of receivers.
    chmod(path.c_str(), 0700);
  } else if (!std::filesystem::exists(database_path(path))) {
    return Error{Fault::kNotFound, "there is no Fleethook data in " + path + "; make it with: fleethook init --data " + path + " --admin EMAIL"};
  }

  std::unique_ptr<DataFolder> folder(new DataFolder());
  const std::string lock_path = path + "/fleethook.lock";
  folder->lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (folder->lock_ < 0) return cannot("write in the data folder", path, reason_of(errno));
  if (flock(folder->lock_, LOCK_EX | LOCK_NB) != 0) {
    return Error{Fault::kConflict, "another fleethook process is using " + path + "; stop it first"};
  }

  const std::string database = database_path(path);
  FLEETHOOK_TRY(auto connection, sqlite::Database::open(database, sqlite::OpenMode::kReadWriteCreate));
  FLEETHOOK_CHECK(store::migrate_store(*connection));
  FLEETHOOK_CHECK(queue::migrate_schema(*connection));
  folder->writer_ = std::make_unique<sqlite::GroupWriter>(std::move(connection));
  FLEETHOOK_TRY(folder->store_, store::SqliteStore::open(*folder->writer_, database, clock, random));
  FLEETHOOK_TRY(folder->queue_, queue::SqliteQueue::open(*folder->writer_, database));
  return folder;
}

DataFolder::~DataFolder() {
  queue_.reset();    // waits for what it submitted
  writer_.reset();   // writes what the store submitted, which refers to it
  store_.reset();
  if (lock_ >= 0) close(lock_);
}

}  // namespace fleethook::server
