#include "sqlite/database.h"

#include <cstring>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <sqlite3.h>

#include "base/hex.h"

namespace fleethook::sqlite {

struct Statement::Cached {
  sqlite3_stmt* stmt = nullptr;
  bool in_use = false;
  ~Cached() { sqlite3_finalize(stmt); }
};

struct Database::Impl {
  std::string path;
  const char* vfs = nullptr;
  sqlite3* db = nullptr;
  std::int64_t log_pages = 0;
  std::uint64_t logged_commits = 0;
  std::shared_ptr<const crypto::Keyring> keys;  // nullptr, or without one: nothing is sealed
  Random* random = nullptr;
  bool seals() const { return keys != nullptr && !keys->empty(); }
  // Node-based: addresses of values stay while others come.
  std::unordered_map<const char*, Statement::Cached> statements;
  ~Impl() {
    statements.clear();
    sqlite3_close_v2(db);
  }
};

namespace {

Fault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Fault::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our SQL is right, so what it met on disk is wrong: a table is missing
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
      return Fault::kCorrupt;
    default:
      return Fault::kUnavailable;  // busy, full, I/O, read-only, out of memory, ...
  }
}

constexpr std::string_view kOurs = "database: ";

Error error_of(sqlite3* db, int code) {
  FLEETHOOK_ASSERT((code & 0xff) != SQLITE_MISUSE);
  std::string message = std::string(kOurs) + sqlite3_errmsg(db);
  const int system = sqlite3_system_errno(db);
  if ((code & 0xff) == SQLITE_IOERR && system != 0) message += std::string(": ") + std::strerror(system);
  return Error{fault_of(code), std::move(message)};
}

Error open_error(const std::string& path, sqlite3* db, int code) {
  std::string message = "cannot open " + path + ": ";
  const int system = db == nullptr ? 0 : sqlite3_system_errno(db);
  const bool reason_of_system = (code & 0xff) == SQLITE_CANTOPEN && system != 0;
  message += reason_of_system ? std::strerror(system) : db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  if ((code & 0xff) == SQLITE_IOERR && system != 0) message += std::string(": ") + std::strerror(system);
  return Error{fault_of(code), std::move(message)};
}

// --- what is sealed: texts that begin with this, which no JSON does; the rest is Base64.
constexpr std::string_view kSealed = "sealed:";

std::string_view argument(sqlite3_value* value) {
  const void* bytes = sqlite3_value_text(value);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

void answer(sqlite3_context* context, std::string_view text) {
  sqlite3_result_text64(context, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::optional<std::string> sealed_bytes(std::string_view text) {
  return text.starts_with(kSealed) ? from_base64(text.substr(kSealed.size())) : std::nullopt;
}

// As SQLITE_ERROR, which is kCorrupt here; after SQLITE_CORRUPT the connection would take nothing more.
void refuse(sqlite3_context* context, const std::string& why) {
  sqlite3_result_error(context, why.c_str(), static_cast<int>(why.size()));
}

// Process-wide switches, before the library starts: its memory statistics cost a mutex for each allocation.
void configure_once() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

// wal_autocheckpoint is in pages and for connections without a GroupWriter; the limit cuts the file back after it had
// to grow (a long reader, a large group). secure_delete is on in Debian's build and would overwrite every acknowledged
// row with zeros.
constexpr const char* kCommonPragmas =
    "PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;";
constexpr const char* kReaderPragmas = "PRAGMA cache_size=-1024;";
constexpr const char* kWriterPragmas =
    "PRAGMA cache_size=-4096; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA wal_autocheckpoint=4096;"
    "PRAGMA journal_size_limit=33554432;";

}  // namespace

// The SQL functions; members of a class that Database::Impl can be seen from.
struct Database::Sealing {
  static const Impl& of(sqlite3_context* context) { return *static_cast<const Impl*>(sqlite3_user_data(context)); }

  static std::string seal(const Impl& impl, std::string_view plain, std::string_view place) {
    if (!impl.seals()) return std::string(plain);
    return std::string(kSealed) + to_base64(impl.keys->seal(plain, place, *impl.random));
  }
  static Result<std::string> open(const Impl& impl, std::string_view text, std::string_view place) {
    if (!text.starts_with(kSealed)) return std::string(text);
    const auto sealed = sealed_bytes(text);
    if (!sealed) return Error{Fault::kCorrupt, "it was changed"};
    if (impl.keys == nullptr) return Error{Fault::kCorrupt, "there is no key"};
    return impl.keys->open(*sealed, place);
  }

  static void seal(sqlite3_context* context, int, sqlite3_value** values) {
    answer(context, seal(of(context), argument(values[0]), argument(values[1])));
  }
  static void unseal(sqlite3_context* context, int, sqlite3_value** values) {
    const auto text = open(of(context), argument(values[0]), argument(values[1]));
    if (!text.ok()) return refuse(context, text.error().message);
    answer(context, *text);
  }
  static void reseal(sqlite3_context* context, int, sqlite3_value** values) {
    const auto text = open(of(context), argument(values[0]), argument(values[1]));
    if (!text.ok()) return refuse(context, text.error().message);
    answer(context, seal(of(context), *text, argument(values[1])));
  }
  static void is_sealed_now(sqlite3_context* context, int, sqlite3_value** values) {
    const Impl& impl = of(context);
    const auto sealed = sealed_bytes(argument(values[0]));
    sqlite3_result_int(context, sealed && impl.seals() && impl.keys->is_current(*sealed) ? 1 : 0);
  }

  static int add(Impl& impl) {
    const auto function = [&](const char* name, int arguments, auto* run) {
      // Not for what stands in the file itself, such as triggers.
      return sqlite3_create_function_v2(impl.db, name, arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY, &impl, run, nullptr,
                                        nullptr, nullptr);
    };
    using Run = void(sqlite3_context*, int, sqlite3_value**);
    int code = function("seal", 2, static_cast<Run*>(seal));
    if (code == SQLITE_OK) code = function("unseal", 2, static_cast<Run*>(unseal));
    if (code == SQLITE_OK) code = function("reseal", 2, static_cast<Run*>(reseal));
    if (code == SQLITE_OK) code = function("is_sealed_now", 1, static_cast<Run*>(is_sealed_now));
    return code;
  }
};

void Database::use_keys(std::shared_ptr<const crypto::Keyring> keys, Random& random) {
  impl_->keys = std::move(keys);
  impl_->random = &random;
}

bool comes_from_database(const Error& error) {
  return error.message.starts_with(kOurs);
}

Statement::Statement(Cached* cached) : cached_(cached) {}
Statement::Statement(Statement&& other) noexcept : cached_(std::exchange(other.cached_, nullptr)) {}
Statement::~Statement() {
  if (cached_ == nullptr) return;
  sqlite3_reset(cached_->stmt);
  cached_->in_use = false;
}

Statement& Statement::bind(int position, std::int64_t value) {
  const int code = sqlite3_bind_int64(cached_->stmt, position, value);
  FLEETHOOK_ASSERT(code == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int position, double value) {
  const int code = sqlite3_bind_double(cached_->stmt, position, value);
  FLEETHOOK_ASSERT(code == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_text(int position, std::string_view value) {
  const char* from = value.data() == nullptr ? "" : value.data();  // a null pointer would bind NULL
  const int code = sqlite3_bind_text64(cached_->stmt, position, from, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  FLEETHOOK_ASSERT(code == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_blob(int position, std::span<const std::uint8_t> value) {
  const void* from = value.data() == nullptr ? static_cast<const void*>("") : value.data();
  const int code = sqlite3_bind_blob64(cached_->stmt, position, from, value.size(), SQLITE_STATIC);
  FLEETHOOK_ASSERT(code == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_null(int position) {
  const int code = sqlite3_bind_null(cached_->stmt, position);
  FLEETHOOK_ASSERT(code == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(cached_->stmt);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = error_of(sqlite3_db_handle(cached_->stmt), code);
  sqlite3_reset(cached_->stmt);
  return error;
}

Result<void> Statement::run() {
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(cached_->stmt);
  if (code == SQLITE_DONE) {
    sqlite3_reset(cached_->stmt);
    return {};
  }
  Error error = error_of(sqlite3_db_handle(cached_->stmt), code);
  sqlite3_reset(cached_->stmt);
  return error;
}

void Statement::reset() {
  sqlite3_reset(cached_->stmt);
}

std::int64_t Statement::column_int(int column) const {
  return sqlite3_column_int64(cached_->stmt, column);
}
double Statement::column_double(int column) const {
  return sqlite3_column_double(cached_->stmt, column);
}

std::string_view Statement::column_text(int column) const {
  // column_blob gives the bytes of texts too (the file is UTF-8), without making a terminated copy.
  const void* bytes = sqlite3_column_blob(cached_->stmt, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(cached_->stmt, column));
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

bool Statement::column_is_null(int column) const {
  return sqlite3_column_type(cached_->stmt, column) == SQLITE_NULL;
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::string& path, OpenMode mode, const char* vfs) {
  configure_once();
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->vfs = vfs;
  const int access = mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path.c_str(), &impl->db, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
  if (code == SQLITE_OK) code = sqlite3_exec(impl->db, kCommonPragmas, nullptr, nullptr, nullptr);
  // The first touch of the file: whatever is wrong with it or its folder comes out here.
  const char* touch = mode == OpenMode::kReadOnly ? "SELECT count(*) FROM sqlite_schema" : "PRAGMA journal_mode=WAL";
  if (code == SQLITE_OK) code = sqlite3_exec(impl->db, touch, nullptr, nullptr, nullptr);
  const char* more = mode == OpenMode::kReadOnly ? kReaderPragmas : kWriterPragmas;
  if (code == SQLITE_OK) code = sqlite3_exec(impl->db, more, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) code = Sealing::add(*impl);
  if (code != SQLITE_OK) return open_error(path, impl->db, code);
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(impl_->db, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(impl_->db, code);
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  Statement::Cached& cached = impl_->statements[sql];
  if (cached.stmt == nullptr) {
    const int code = sqlite3_prepare_v3(impl_->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &cached.stmt, nullptr);
    if (code != SQLITE_OK) return error_of(impl_->db, code);
    FLEETHOOK_ASSERT(cached.stmt != nullptr);
  }
  FLEETHOOK_ASSERT(!cached.in_use);
  cached.in_use = true;
  return Statement(&cached);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(impl_->db);
}
std::int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(impl_->db);
}
bool Database::in_transaction() const {
  return sqlite3_get_autocommit(impl_->db) == 0;
}

// In one read transaction: a copy page by page without one (".backup" of the sqlite3 command) begins anew with each
// commit of another process, and never ends while somebody publishes.
Result<void> Database::copy_into(const std::string& path,
                                 const std::function<void(std::int64_t, std::int64_t)>& progress) {
  constexpr int kPagesPerStep = 4096;
  Impl into;
  constexpr int kHow = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(path.c_str(), &into.db, kHow, nullptr);
  // Nobody can need to undo it: a copy that fails is no copy.
  if (code == SQLITE_OK)
    code = sqlite3_exec(into.db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return open_error(path, into.db, code);
  FLEETHOOK_CHECK(execute("BEGIN; SELECT count(*) FROM sqlite_schema"));
  sqlite3_backup* copy = sqlite3_backup_init(into.db, "main", impl_->db, "main");
  code = copy == nullptr ? sqlite3_errcode(into.db) : SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(copy, kPagesPerStep);
    const std::int64_t all = sqlite3_backup_pagecount(copy);
    if (code == SQLITE_OK || code == SQLITE_DONE) progress(all - sqlite3_backup_remaining(copy), all);
  }
  Result<void> copied;
  if (copy != nullptr) {
    const int finished = sqlite3_backup_finish(copy);
    if (code == SQLITE_DONE) code = finished == SQLITE_OK ? SQLITE_DONE : finished;
  }
  if (code != SQLITE_DONE) copied = open_error(path, into.db, code);
  FLEETHOOK_CHECK(execute("COMMIT"));
  return copied;
}

Result<std::unique_ptr<Database>> Database::open_another(OpenMode mode) const {
  return open(impl_->path, mode, impl_->vfs);
}

void Database::stop_own_checkpoints() {
  const auto note = [](void* impl, sqlite3*, const char*, int logged) {
    static_cast<Impl*>(impl)->log_pages = logged;
    ++static_cast<Impl*>(impl)->logged_commits;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(impl_->db, note, impl_.get());  // takes the place of the automatic one
}

std::int64_t Database::log_pages() const {
  return impl_->log_pages;
}

std::uint64_t Database::logged_commits() const {
  return impl_->logged_commits;
}

Result<std::int64_t> Database::checkpoint() {
  int logged = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(impl_->db, "main", SQLITE_CHECKPOINT_PASSIVE, &logged, &copied);
  if (code != SQLITE_OK) return error_of(impl_->db, code);
  return std::int64_t{copied};
}

}  // namespace fleethook::sqlite
