#include "server/disk_metrics.h"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "server/data_folder.h"

namespace fleethook::server {
namespace {

metrics::Gauge& database_bytes(metrics::Registry& registry, const char* part) {
  return registry.gauge("fleethook_database_bytes",
                        "Bytes of the database file (data) and of its write-ahead log (log), as of the last second.",
                        {{"part", part}});
}

// One that is not there has none: the log comes and goes.
void show_size(const std::string& file, metrics::Gauge& gauge) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (!error) gauge.set(static_cast<double>(bytes));
  if (error == std::errc::no_such_file_or_directory) gauge.set(0);
}

}  // namespace

DiskMetrics::DiskMetrics(metrics::Registry& registry, const std::string& folder)
    : folder_(folder),
      database_(DataFolder::database_path(folder)),
      database_bytes_(database_bytes(registry, "data")),
      log_bytes_(database_bytes(registry, "log")),
      free_(registry.gauge("fleethook_disk_free_bytes",
                           "Bytes that the server may still write to the disk of its data, as of the last second.")),
      size_(registry.gauge("fleethook_disk_size_bytes", "Bytes of the disk of its data.")) {
  look();
}

void DiskMetrics::look() {
  show_size(database_, database_bytes_);
  show_size(database_ + "-wal", log_bytes_);
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder_, error);
  if (error) return;
  free_.set(static_cast<double>(space.available));
  size_.set(static_cast<double>(space.capacity));
}

}  // namespace fleethook::server
