// What the server counts and measures of itself, beside what its layers do of themselves.
#pragma once
#include <functional>
#include <string>

#include "api/budgets.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/shares.h"
#include "metrics/registry.h"
#include "net/tls_server.h"
#include "server/data_folder.h"
#include "server/disk_metrics.h"
#include "server/files.h"
#include "store/history.h"

namespace fleethook::server {

// Registers all of it. Thread-safe.
class ServerMetrics {
 public:
  // What is measured. All of it outlives the last Registry::text().
  struct Subjects {
    DataFolder& data;
    const Shares& connections;
    const Shares& receivers;
    const ConnectionLimits& connection_limits;
    const Shares& kept_answers;
    const api::Budgets& budgets;
    const net::TlsIdentity* identity;  // nullptr: plain HTTP, and no metrics of TLS
    const Clock& clock;
    const Limits& limits;
    const std::string& folder;
    std::function<bool()> is_ready;
  };
  ServerMetrics(metrics::Registry& registry, const Subjects& subjects);

  void connection_refused() { connections_refused_->add(); }
  void file_waited() { file_waits_->add(); }
  // With TLS only.
  void handshake_failed() { handshake_failures_->add(); }
  void tls_reloaded(bool ok) { (ok ? tls_reloads_ : tls_reload_failures_)->add(); }
  // What the last look at the history found.
  void show(const store::HistoryBytes& kept);
  // Where one may wait for the disk.
  void look_at_disk() { disk_.look(); }

 private:
  void register_queue(DataFolder& data);
  void register_connections(const Subjects& subjects);
  void register_memory(const Subjects& subjects);
  void register_catalog(const Subjects& subjects);
  void register_tls(const net::TlsIdentity& identity);

  metrics::Registry& registry_;
  DiskMetrics disk_;
  metrics::Counter* connections_refused_ = nullptr;
  metrics::Counter* file_waits_ = nullptr;
  metrics::Counter* handshake_failures_ = nullptr;
  metrics::Counter* tls_reloads_ = nullptr;
  metrics::Counter* tls_reload_failures_ = nullptr;
  metrics::Gauge* history_bytes_log_ = nullptr;
  metrics::Gauge* history_bytes_dead_letters_ = nullptr;
};

}  // namespace fleethook::server
