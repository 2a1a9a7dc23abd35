#include "server/server_metrics.h"

#include <chrono>

#include "delivery/balance.h"
#include "server/process_metrics.h"

namespace fleethook::server {
namespace {

template <class Number>
double number(Number value) {
  return static_cast<double>(value);
}

}  // namespace

ServerMetrics::ServerMetrics(metrics::Registry& registry, const Subjects& subjects)
    : registry_(registry), disk_(registry, subjects.folder) {
  register_process_metrics(registry_);
  registry_.gauge_callback("fleethook_ready", "1 while /readyz answers 200.", {},
                           [is_ready = subjects.is_ready] { return is_ready() ? 1 : 0; });
  registry_.gauge("fleethook_build_info", "Always 1; the label tells the version.", {{"version", FLEETHOOK_VERSION}})
      .set(1);
  register_queue(subjects.data);
  register_connections(subjects);
  register_memory(subjects);
  register_catalog(subjects);
  if (subjects.identity != nullptr) register_tls(*subjects.identity);
}

void ServerMetrics::register_queue(DataFolder& data) {
  queue::Queue& queue = data.queue();
  registry_.gauge_callback("fleethook_queue_events", "Events kept in the queue.", {},
                           [&queue] { return number(queue.stats().events); });
  registry_.gauge_callback("fleethook_queue_ready_deliveries", "Deliveries that wait for their first attempt.", {},
                           [&queue] { return number(queue.stats().ready); });
  registry_.gauge_callback("fleethook_queue_retry_deliveries", "Deliveries that wait for another attempt.", {},
                           [&queue] { return number(queue.stats().retries); });
  registry_.gauge_callback("fleethook_queue_waiting_deliveries", "Deliveries that wait, for whatever.", {},
                           [&queue] { return number(queue.stats().waiting()); });
  registry_.gauge_callback("fleethook_queue_parked_deliveries",
                           "Deliveries that wait until their integration is resumed.", {},
                           [&queue] { return number(queue.stats().parked); });
  registry_.gauges_callback(
      "fleethook_ledger_deliveries",
      "All deliveries that were ever made (created), and what has become of them (all others), through restarts and of "
      "one moment: created is the sum of the others.",
      "state", [&data] {
        const delivery::Balance balance = data.settler().balance();
        return metrics::Registry::Samples{{"created", number(balance.created)},
                                          {"success", number(balance.ended.success)},
                                          {"error", number(balance.ended.error)},
                                          {"sleep", number(balance.ended.sleep)},
                                          {"cancelled", number(balance.ended.cancelled)},
                                          {"waiting", number(balance.waiting)},
                                          {"held", number(balance.held)}};
      });
  registry_.gauge_callback("fleethook_idempotency_keys", "Idempotency keys that are kept.", {},
                           [&data] { return number(data.notes().stats().notes); });
  registry_.gauge_callback("fleethook_idempotency_bytes", "Bytes kept of requests with an Idempotency-Key.", {},
                           [&data] { return number(data.notes().stats().bytes); });
  sqlite::GroupWriter& writer = data.writer();
  registry_.gauge_callback("fleethook_commits", "Transactions committed since start.", {},
                           [&writer] { return number(writer.stats().commits); });
}

void ServerMetrics::register_connections(const Subjects& subjects) {
  registry_.gauge_callback("fleethook_connections_open", "Open connections of clients.", {},
                           [&open = subjects.connections] { return number(open.taken()); });
  connections_refused_ = &registry_.counter("fleethook_connections_refused_total",
                                            "Connections closed at once since there were too many.", {});
  registry_
      .gauge("fleethook_connections_max", "Connections of clients that there may be, by the files of the process.", {})
      .set(number(subjects.connection_limits.clients));
  registry_
      .gauge("fleethook_receiver_connections_max", "Connections to receivers that there may be, by the same files.", {})
      .set(number(subjects.connection_limits.receivers));
  registry_.gauge_callback("fleethook_receiver_connections_open", "Connections to receivers, being made or open.", {},
                           [&open = subjects.receivers] { return number(open.taken()); });
  file_waits_ = &registry_.counter("fleethook_file_waits_total",
                                   "Times that connections to receivers waited for a file of the process.", {});
}

void ServerMetrics::register_memory(const Subjects& subjects) {
  const api::Budgets& budgets = subjects.budgets;
  registry_.gauge_callback("fleethook_request_body_bytes", "Bytes of bodies being read or answered, larger ones only.",
                           {}, [&budgets] { return number(budgets.bodies.taken()); });
  registry_.gauge_callback("fleethook_answer_bytes_waiting", "Bytes of large answers that were not taken yet.", {},
                           [&budgets] { return number(budgets.answers.taken()); });
  registry_.gauge_callback("fleethook_receiver_answer_bytes", "Bytes kept of answers of receivers, larger ones only.",
                           {}, [&kept = subjects.kept_answers] { return number(kept.taken()); });
  const auto history_bytes = [this](const char* kind) {
    return &registry_.gauge("fleethook_history_bytes",
                            "Bytes kept of logged requests (log) and of deliveries that were given up (dead_letters), "
                            "as of the last look, each 15 seconds; see --keep-history-mb.",
                            {{"kind", kind}});
  };
  history_bytes_log_ = history_bytes("log");
  history_bytes_dead_letters_ = history_bytes("dead_letters");
}

void ServerMetrics::register_catalog(const Subjects& subjects) {
  store::Store& store = subjects.data.store();
  registry_.gauge_callback("fleethook_integrations", "Integrations in the catalog.", {},
                           [&store] { return number(store.catalog()->integration_count()); });
  registry_.gauge_callback("fleethook_sessions_open", "Browsers that are signed in.", {},
                           [&store, &clock = subjects.clock, idle_max = subjects.limits.session_idle_max] {
                             return number(store.catalog()->open_sessions(clock.now(), idle_max));
                           });
}

void ServerMetrics::register_tls(const net::TlsIdentity& identity) {
  handshake_failures_ = &registry_.counter("fleethook_tls_handshake_failures_total",
                                           "Connections of clients that ended before TLS was agreed on.", {});
  const auto reloads = [this](const char* result) {
    return &registry_.counter("fleethook_tls_reloads_total", "Times that the certificate was taken again.",
                              {{"result", result}});
  };
  tls_reloads_ = reloads("ok");
  tls_reload_failures_ = reloads("failed");
  registry_.gauge_callback("fleethook_tls_certificate_expiry_timestamp_seconds", "When the certificate in use expires.",
                           {}, [&identity] {
                             const auto until = identity.facts().until.time_since_epoch();
                             return number(std::chrono::duration_cast<std::chrono::seconds>(until).count());
                           });
}

void ServerMetrics::show(const store::HistoryBytes& kept) {
  history_bytes_log_->set(number(kept.exchanges));
  history_bytes_dead_letters_->set(number(kept.dead_letters));
}

}  // namespace fleethook::server
