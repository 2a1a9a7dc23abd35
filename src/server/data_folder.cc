#include "server/data_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "delivery/sqlite/settler.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"
#include "server/master_key.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::server {
namespace {

constexpr std::uintmax_t kRoomToStart = 1 << 20;

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

std::string lock_path(const std::string& folder) {
  return folder + "/fleethook.lock";
}

// The parts of the database, as SQLite names them.
std::vector<std::string> database_files(const std::string& database) {
  return {database, database + "-wal", database + "-shm"};
}

constexpr const char* kRestore =
    "Restore a backup into the folder (docs/operating.md), or begin anew: move the file away and run fleethook init";

// A folder that has lost its data is no new installation: that would be to answer as if nobody had ever been here.
Result<void> check_not_empty(const std::string& database) {
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(database, unknown);
  if (unknown || bytes > 0) return {};
  return Error{Fault::kCorrupt, "the database " + database +
                                    " is empty (0 bytes), so its data is lost or elsewhere; nothing was changed. " +
                                    kRestore};
}

Result<void> check_ours(sqlite::Database& connection, const std::string& database) {
  FLEETHOOK_TRY(auto select, connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'"));
  FLEETHOOK_TRY(const bool found, select.step());
  if (found) return {};
  return Error{Fault::kCorrupt,
               database + " is a database without the tables of Fleethook; nothing was changed. " + kRestore};
}

// What SQLite says, with the file and what to do.
Error in_words(Error error, const std::string& folder) {
  const std::string database = DataFolder::database_path(folder);
  const auto says = [&](std::string_view part) { return error.message.find(part) != std::string::npos; };
  std::error_code unknown;
  const std::filesystem::space_info space = std::filesystem::space(folder, unknown);
  const std::string free = unknown ? "" : " (" + std::to_string(space.available / 1024) + " KiB are free)";
  if (says("database or disk is full") || says(reason_of(ENOSPC)) || says(reason_of(EDQUOT)) ||
      says(reason_of(EFBIG)) || (!unknown && says("disk I/O error") && space.available < kRoomToStart)) {
    error.message = "there is no room on the disk of " + folder + free +
                    ": starting writes a few files beside the data. Make room, and start again. (" + error.message +
                    ")";
  } else if (says(reason_of(EMFILE)) || says(reason_of(ENFILE))) {
    error.message = "too few files may be open (ulimit -n, LimitNOFILE= of systemd, fs.file-max): " + error.message;
  } else if (error.fault == Fault::kCorrupt && error.code.empty() && !says(kRestore)) {
    error.message = "the database " + database + " is damaged: " + error.message + ". Nothing was changed. " + kRestore;
  }
  return error;
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
  const Error taken{Fault::kConflict, "another fleethook process is using " + folder + "; stop it first"};
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return cannot("open the data folder", folder, reason_of(errno));
  std::unique_ptr<FolderLock> lock(new FolderLock(folder, directory, -1));
  if (flock(directory, LOCK_EX | LOCK_NB) != 0) return taken;
  lock->file_ = ::open(lock_path(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock->file_ < 0) return cannot("write in the data folder", folder, reason_of(errno));
  if (flock(lock->file_, LOCK_EX | LOCK_NB) != 0) return taken;
  return lock;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
  close(directory_);
}

Result<void> FolderLock::keep() {
  const std::string path = lock_path(folder_);
  struct stat there {
  }, ours{};
  const bool found = stat(path.c_str(), &there) == 0;
  if (found && fstat(file_, &ours) == 0 && there.st_dev == ours.st_dev && there.st_ino == ours.st_ino) return {};
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return cannot("make", "fleethook.lock again, which was removed while the server runs", reason_of(errno));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return Error{Fault::kUnavailable,
                 "fleethook.lock was replaced while the server runs, and another process has locked it: two servers on "
                 "one data folder lose events. Stop the other one"};
  }
  close(std::exchange(file_, file));
  log::warn("data.lock_file_made_again", {{"file", path}, {"reason", "it was removed while the server runs"}});
  return {};
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
  auto opened = open_files(path, create, clock, random, key_file, limits);
  if (!opened.ok()) return in_words(std::move(opened).error(), path);
  return opened;
}

Result<std::unique_ptr<DataFolder>> DataFolder::open_files(const std::string& path,
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

  std::unique_ptr<DataFolder> folder(new DataFolder(path));
  FLEETHOOK_TRY(folder->lock_, create ? FolderLock::take_new(path) : FolderLock::take(path));

  const std::string database = database_path(path);
  const std::string key_path = master_key_path(path, key_file);
  if (!create) FLEETHOOK_CHECK(check_not_empty(database));
  FLEETHOOK_CHECK(make_private_file(database));
  for (const std::string& file : database_files(database)) keep_private(file);
  for (const std::string& file : {lock_path(path), key_path}) keep_private(file);
  FLEETHOOK_TRY(auto connection, sqlite::Database::open(database, sqlite::OpenMode::kReadWriteCreate));
  if (!create) FLEETHOOK_CHECK(check_ours(*connection, database));
  FLEETHOOK_CHECK(store::migrate_store(*connection));
  FLEETHOOK_CHECK(delivery::end_what_was_recorded(*connection));
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
  FLEETHOOK_TRY(auto opened_queue,
                queue::SqliteQueue::open(*folder->writer_, database, clock, nullptr,
                                         {limits.idempotency_bytes_max, limits.idempotency_bytes_per_user_max},
                                         machine_uptime()));
  folder->settler_ = std::make_unique<delivery::SqliteSettler>(**opened, *opened_queue);
  folder->store_ = std::move(opened).value();
  if (const delivery::Balance balance = folder->settler_->balance(); !balance.adds_up()) {
    log::error("data.does_not_add_up", {{"created", balance.created},
                                        {"ended", balance.ended.all()},
                                        {"waiting", balance.waiting},
                                        {"held", balance.held},
                                        {"meaning",
                                         "rows of deliveries were lost or added while no server ran; what is "
                                         "there is delivered"}});
  }
  folder->kept_queue_ = opened_queue.get();
  folder->queue_ = std::move(opened_queue);
  folder->watch_ = std::make_unique<FolderWatch>(database_files(database));
  folder->writer_->guard_commits([raw = folder.get()] { return raw->may_commit(); });
  return folder;
}

Result<void> DataFolder::may_commit() const {
  if (lost_.load(std::memory_order_relaxed))
    return Error{Fault::kUnavailable, "another process uses the data folder too: stop one of them"};
  return watch_->check();
}

Result<void> DataFolder::check() {
  FLEETHOOK_CHECK(watch_->check());
  auto kept = lock_->keep();
  lost_ = !kept.ok();
  if (kept.ok()) writer_->probe();
  return kept;
}

queue::Notes& DataFolder::notes() {
  return kept_queue_->notes();
}

delivery::Settler& DataFolder::settler() {
  return *settler_;
}

void DataFolder::keep_time() {
  kept_queue_->keep_time();
}

DataFolder::~DataFolder() {
  if (!writer_) return;
  queue_.reset();                       // waits for what it submitted
  auto connection = writer_->finish();  // writes what the store submitted, which refers to it
  store_.reset();
  // A connection that reads cannot take the log into the file and remove it: the writer's goes last.
  connection.reset();
  const std::string log = database_path(path_) + "-wal";
  std::error_code unknown;
  if (std::filesystem::exists(log, unknown)) {
    log::warn("data.log_left",
              {{"file", log},
               {"meaning", "it is a part of the database: another process has that open, or the disk is full"}});
  }
}

}  // namespace fleethook::server
