#include <cstdio>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/crypto.h"
#include "base/text.h"
#include "net/tls_identity.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "server/files.h"
#include "server/master_key.h"
#include "store/catalog_data.h"

namespace fleethook::server {
namespace {

// One line for each thing looked at; remembers whether all were well.
struct Report {
  bool well = true;
  void line(bool good, const std::string& text) {
    std::printf("%s  %s\n", good ? "ok  " : "BAD ", text.c_str());
    well = well && good;
  }
};

void check_machine(Report& report) {
  report.line(crypto::init(), "cryptographic library");
  const std::size_t files = raise_file_limit();
  report.line(files >= 4096, "open files: at most " + std::to_string(files) + " (each connection is one)");
}

void check_disk(Report& report, const std::string& folder) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return report.line(false, "disk space of " + folder + " cannot be read");
  const std::uint64_t free_mb = disk.f_bavail * disk.f_frsize / (1024 * 1024);
  report.line(free_mb >= 512, "disk space: " + std::to_string(free_mb) + " MB free");
}

// Others on this machine must not read it.
void check_master_key(Report& report, const std::string& path, std::size_t secrets) {
  const auto keys = read_master_keys(path);
  if (!keys.ok()) return report.line(false, "master key: " + keys.error().message);
  struct stat file {};
  const bool is_private = stat(path.c_str(), &file) == 0 && (file.st_mode & 0077) == 0;
  report.line(is_private, "master key " + keys->current_id() + ": opens " + std::to_string(secrets) + " secrets" +
                              (is_private ? "" : "; others can read " + path + ": chmod 600 it"));
  if (keys->size() > 1)
    report.line(false, "master key: a rotation was not finished; run it again: fleethook rotate-key");
}

void check_data(Report& report, const std::string& folder, const std::string& key_file) {
  const SystemClock clock;
  SystemRandom random;
  const auto data = DataFolder::open(folder, /*create=*/false, clock, random, key_file);
  if (!data.ok()) return report.line(false, "data folder: " + data.error().message);
  const auto catalog = (*data)->store().catalog();
  const auto backlog = (*data)->queue().stats();
  report.line(true, "data folder " + folder + ": " + std::to_string(catalog->organizations().size()) +
                        " organizations, " + std::to_string(catalog->integration_count()) + " integrations, " +
                        std::to_string(backlog.ready + backlog.retries) + " deliveries waiting");
  std::size_t secrets = 0;
  const auto count = [&](const auto&, const store::SecretsPtr& one) { secrets += one->size(); };
  catalog->data().organization_secrets.for_each(count);
  catalog->data().user_secrets.for_each(count);
  check_master_key(report, master_key_path(folder, key_file), secrets);
  std::string verdict = "no answer";
  const auto checked = (*data)->writer().run_and_wait([&](sqlite::Database& database) -> Result<void> {
    FLEETHOOK_TRY(auto statement, database.prepare("PRAGMA quick_check(1)"));
    FLEETHOOK_TRY(const bool row, statement.step());
    if (row) verdict = std::string(statement.column_text(0));
    return {};
  });
  report.line(checked.ok() && verdict == "ok", "database file: " + (checked.ok() ? verdict : checked.error().message));
}

// Groups may read a key (Debian has one for that), others may not.
void check_certificate(Report& report, const Config& config) {
  if (config.tls_cert.empty() && config.tls_key.empty()) return;
  if (const auto lacking = lacking_tls_option(config)) return report.line(false, lacking->message);
  const auto identity = net::TlsIdentity::load(config.tls_cert, config.tls_key);
  if (!identity.ok()) return report.line(false, "certificate: " + identity.error().message);
  const net::CertificateFacts facts = (*identity)->facts();
  const Instant now = SystemClock().now();
  std::string names;
  for (const std::string& name : facts.names) names += (names.empty() ? "" : ", ") + name;
  const auto days = std::chrono::duration_cast<std::chrono::days>(facts.until - now).count();
  const std::string validity = now < facts.from ? "not good before " + to_iso8601(facts.from)
                               : now > facts.until
                                   ? "expired at " + to_iso8601(facts.until)
                                   : "expires at " + to_iso8601(facts.until) + ", in " + std::to_string(days) + " days";
  report.line(!facts.names.empty() && facts.from <= now && now <= facts.until,
              "certificate for " + (names.empty() ? "no name, which clients refuse" : names) + ": " + validity);
  struct stat file {};
  const bool is_private = stat(config.tls_key.c_str(), &file) == 0 && (file.st_mode & 0007) == 0;
  report.line(is_private, "private key of the certificate: " +
                              (is_private ? "fits" : "others can read " + config.tls_key + ": chmod o= it"));
}

}  // namespace

int doctor(const Config& config) {
  Report report;
  check_machine(report);
  check_certificate(report, config);
  if (config.data.empty()) {
    report.line(false, "no data folder named: use --data DIR");
  } else {
    check_disk(report, config.data);
    check_data(report, config.data, config.master_key_file);
  }
  return report.well ? 0 : 1;
}

}  // namespace fleethook::server
