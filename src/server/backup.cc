// A copy of the data that a server can be started on. It reads the database as any other process may, so it needs no
// server to answer, and none to be stopped.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "server/master_key.h"
#include "sqlite/database.h"

namespace fleethook::server {
namespace {

// The name until it is whole: what was broken off is never taken for a copy.
constexpr const char* kPart = "fleethook.db.part";

Error cannot(const std::string& what, const std::string& path, const std::error_code& why) {
  return {Fault::kUnavailable, "cannot " + what + " " + path + ": " + why.message()};
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

// Makes the folder, or takes an empty one, or one in which only a copy was begun.
Result<void> prepare(const std::string& folder) {
  std::error_code failed;
  const bool is_new = std::filesystem::create_directories(folder, failed);
  if (failed) return cannot("make", folder, failed);
  if (is_new && chmod(folder.c_str(), 0700) != 0) return cannot("make private", folder, last_error());
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().filename() != kPart)
      return Error{Fault::kConflict, folder + " is not empty: name a new folder for each copy"};
  }
  if (failed) return cannot("read", folder, failed);
  std::filesystem::remove(folder + "/" + kPart, failed);
  const int file = ::open((folder + "/" + kPart).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return cannot("write in", folder, last_error());
  close(file);
  return {};
}

Result<void> sync_folder(const std::string& folder) {
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && fsync(directory) == 0;
  const std::error_code why = last_error();
  if (directory >= 0) close(directory);
  return synced ? Result<void>() : cannot("sync", folder, why);
}

// Says how far it is, for large ones.
class Progress {
 public:
  void operator()(std::int64_t done, std::int64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_at_ < std::chrono::seconds(5) || all == 0) return;
    told_at_ = now;
    std::fprintf(stderr, "fleethook backup: %lld %%\n", static_cast<long long>(done * 100 / all));
  }

 private:
  std::chrono::steady_clock::time_point told_at_ = std::chrono::steady_clock::now();
};

Result<std::uintmax_t> copy(const BackupOptions& options) {
  const std::string from = DataFolder::database_path(options.data);
  const std::string part = options.folder + "/" + kPart, whole = DataFolder::database_path(options.folder);
  const std::string key = master_key_path(options.folder, "");
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(from, unknown);
  if (unknown) return cannot("read", from, unknown);
  if (size == 0) return Error{Fault::kCorrupt, from + " is empty (0 bytes): there is nothing to copy"};
  FLEETHOOK_CHECK(prepare(options.folder));
  const auto made = [&]() -> Result<void> {
    // Able to write, so that a log that a killed server has left is read too, and cleared away at the end.
    FLEETHOOK_TRY(auto database, sqlite::Database::open(from, sqlite::OpenMode::kReadWriteCreate));
    Progress progress;
    FLEETHOOK_CHECK(database->copy_into(part, [&](std::int64_t done, std::int64_t all) { progress(done, all); }));
    if (options.with_master_key) {
      FLEETHOOK_TRY(const auto keys, read_master_keys(master_key_path(options.data, options.master_key_file)));
      FLEETHOOK_CHECK(write_master_keys(key, keys));
    }
    if (std::rename(part.c_str(), whole.c_str()) != 0) return cannot("rename", part, last_error());
    return sync_folder(options.folder);
  }();
  if (!made.ok()) {
    for (const std::string& file : {part, key}) std::filesystem::remove(file, unknown);
    return made.error();
  }
  return std::filesystem::file_size(whole, unknown);
}

}  // namespace

int backup(const BackupOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  const auto bytes =
      crypto::init() ? copy(options)
                     : Result<std::uintmax_t>(Error{Fault::kUnavailable, "the cryptographic library does not start"});
  if (!bytes.ok()) {
    std::fprintf(stderr, "fleethook backup: %s\n", bytes.error().message.c_str());
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const std::string key = master_key_path(options.data, options.master_key_file);
  std::printf("%s: %.1f MB in %.1f s\n", DataFolder::database_path(options.folder).c_str(),
              static_cast<double>(*bytes) / 1e6, took.count());
  if (options.with_master_key) {
    std::printf("The master key is in it: who has the folder can read all secrets.\n");
  } else {
    std::printf(
        "The master key %s is not in it: keep a copy of it elsewhere, for the data cannot be read without it.\n",
        key.c_str());
  }
  std::printf("What waited for delivery is in the copy too: a server that is started on it delivers that again.\n");
  return 0;
}

}  // namespace fleethook::server
