#include "server/master_key.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/data_folder.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/secret_rows.h"

namespace fleethook::server {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;

Error cannot(const std::string& what, const std::string& path) {
  return {Fault::kUnavailable,
          "cannot " + what + " the master key file " + path + ": " + std::generic_category().message(errno)};
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string master_key_path(const std::string& folder, const std::string& chosen) {
  return chosen.empty() ? folder + "/master.key" : chosen;
}

Result<crypto::Keyring> read_master_keys(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) {
    if (errno != ENOENT) return cannot("read", path);
    return Error{Fault::kNotFound, "there is no master key file " + path};
  }
  std::string text(kFileBytesMax + 1, '\0');
  std::size_t bytes = 0;
  for (ssize_t got; bytes < text.size() && (got = read(file.get(), text.data() + bytes, text.size() - bytes)) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path);
    bytes += static_cast<std::size_t>(got);
  }
  text.resize(bytes);
  auto keys = crypto::Keyring::parse(text);
  if (keys && bytes <= kFileBytesMax) return keys;
  return Error{Fault::kCorrupt, "the master key file " + path + " cannot be used" +
                                    (keys ? std::string(": it is too large") : ", " + keys.error().message) +
                                    "; put back the copy that belongs to this data"};
}

Result<void> write_master_keys(const std::string& path, const crypto::Keyring& keys) {
  const std::string beside = path + ".new";
  {
    // A rest of a write that was broken off is of no use to anybody.
    const File file(open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.ok()) return cannot("write", beside);
    if (fchmod(file.get(), 0600) != 0 || !write_all(file.get(), keys.str()) || fsync(file.get()) != 0)
      return cannot("write", beside);
  }
  if (rename(beside.c_str(), path.c_str()) != 0) return cannot("replace", path);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const File folder(open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || fsync(folder.get()) != 0) return cannot("write the folder of", path);
  return {};
}

Result<crypto::Keyring> read_or_make_master_keys(const std::string& path, sqlite::Database& database, Random& random) {
  auto keys = read_master_keys(path);
  if (keys || keys.error().fault != Fault::kNotFound) return keys;
  FLEETHOOK_TRY(const std::size_t secrets, store::count_secrets(database));
  FLEETHOOK_TRY(const bool more, store::has_sealed_rows(database));
  if (secrets > 0 || more) {
    return Error{Fault::kNotFound, keys.error().message + ", and " + std::to_string(secrets) +
                                       " secrets and the configurations of integrations are sealed with it; put it "
                                       "back, or say where it is with --master-key-file (or "
                                       "FLEETHOOK_MASTER_KEY_FILE). Nothing was changed"};
  }
  crypto::Keyring made = crypto::Keyring::make(random);
  FLEETHOOK_CHECK(write_master_keys(path, made));
  return made;
}

Result<Rotation> rotate_master_key(const std::string& folder,
                                   const std::string& key_file,
                                   Random& random,
                                   const std::function<bool(RotationStep)>& done) {
  const auto broken_off = [&](RotationStep step) { return done && !done(step); };
  const Error stopped{Fault::kUnavailable, "the rotation was broken off"};
  FLEETHOOK_TRY(const auto lock, FolderLock::take(folder));
  FLEETHOOK_TRY(const auto database,
                sqlite::Database::open(DataFolder::database_path(folder), sqlite::OpenMode::kReadWriteCreate));
  FLEETHOOK_CHECK(store::migrate_store(*database));
  const std::string path = master_key_path(folder, key_file);
  FLEETHOOK_TRY(crypto::Keyring keys, read_or_make_master_keys(path, *database, random));

  keys.add_key(random);
  FLEETHOOK_CHECK(write_master_keys(path, keys));
  if (broken_off(RotationStep::kNewKeyWritten)) return stopped;
  Rotation rotation;
  rotation.key_id = keys.current_id();
  database->use_keys(std::make_shared<const crypto::Keyring>(keys), random);
  FLEETHOOK_TRY(rotation.rows, store::seal_rows(*database));
  FLEETHOOK_TRY(rotation.secrets, store::reseal_secrets(*database, keys, random));
  if (broken_off(RotationStep::kSecretsSealed)) return stopped;
  keys.drop_old_keys();
  FLEETHOOK_CHECK(write_master_keys(path, keys));
  if (broken_off(RotationStep::kOldKeysDropped)) return stopped;
  return rotation;
}

}  // namespace fleethook::server
