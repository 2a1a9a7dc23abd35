#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "api/api.h"
#include "api/budgets.h"
#include "api/login_guard.h"
#include "api/metrics_site.h"
#include "api/password_line.h"
#include "base/log.h"
#include "base/shares.h"
#include "base/text.h"
#include "console_files/console_files.h"
#include "delivery/dispatcher.h"
#include "delivery/releaser.h"
#include "ingest/ingest.h"
#include "ingest/lane_of.h"
#include "ingest/replayer.h"
#include "metrics/registry.h"
#include "net/connector.h"
#include "net/egress_judge.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/proxy_list.h"
#include "net/tls_server.h"
#include "server/cores.h"
#include "server/data_folder.h"
#include "server/files.h"
#include "server/server_metrics.h"
#include "server/thread_pool.h"
#include "server/work_health.h"
#include "sharing/sharing.h"
#include "stream/hub.h"

namespace fleethook::server {
namespace {

constexpr Duration kWatchEvery = std::chrono::seconds(1);
constexpr Duration kPruneEvery = std::chrono::minutes(10);
constexpr Duration kForgetEvery = std::chrono::seconds(20);
constexpr Duration kHistoryBoundEvery = std::chrono::seconds(15);
constexpr Duration kFilesToldEvery = std::chrono::minutes(1);

// Few, so that a flood of passwords leaves the machine to events: each takes a core and 64 MiB.
std::size_t password_threads() {
  return usable_cores() < 8 ? 1 : 2;
}

Result<std::vector<net::Cidr>> ranges_of(const std::string& option, const std::vector<std::string>& texts) {
  std::vector<net::Cidr> ranges;
  for (const std::string& text : texts) {
    auto range = net::Cidr::parse(text);
    if (!range.ok())
      return Error{Fault::kInvalid, option + ": '" + text + "' is no address range (expected for example 10.0.0.0/8)"};
    ranges.push_back(*range);
  }
  return ranges;
}

using Connections = std::set<std::shared_ptr<http::ServerConnection>>;

// Starts a connection that stands in `among` as long as it is open.
void converse(Connections& among,
              std::unique_ptr<http::Stream> stream,
              Loop& loop,
              http::Handler& handler,
              const Limits& limits,
              std::function<void()> closed) {
  auto slot = std::make_shared<std::shared_ptr<http::ServerConnection>>();
  auto connection = http::ServerConnection::start(std::move(stream), loop, handler, limits,
                                                  [&among, slot, closed = std::move(closed)] {
                                                    among.erase(*slot);
                                                    slot->reset();
                                                    closed();
                                                  });
  *slot = connection;
  among.insert(std::move(connection));
}

std::string endpoint_of(const net::Listener& listener) {
  const std::string host = listener.host();
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + std::to_string(listener.port());
}

// Null without TLS.
Result<std::shared_ptr<net::TlsIdentity>> load_identity(const Config& config) {
  if (config.tls_cert.empty() && config.tls_key.empty()) return std::shared_ptr<net::TlsIdentity>();
  if (const auto lacking = lacking_tls_option(config)) return *lacking;
  return net::TlsIdentity::load(config.tls_cert, config.tls_key);
}

}  // namespace

// One loop with everything that belongs to it. Built on the main thread before its thread runs, destroyed after it
// ended.
struct LoopUnit {
  LoopUnit(const Clock& clock, std::uint64_t seed) : loop(clock), random(seed) {}
  net::AsioLoop loop;
  SeededRandom random;
  std::unique_ptr<net::Connector> connector;
  std::unique_ptr<delivery::Dispatcher> dispatcher;
  std::unique_ptr<ingest::Ingest> ingest;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<http::BehindProxies> behind_proxies;  // before the API, where there are any
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<net::TlsServer> tls;  // null: plain HTTP
  Connections connections;              // on the loop only
  // Where metrics have a listener of their own: on the first loop.
  std::unique_ptr<api::MetricsSite> metrics_site;
  std::unique_ptr<net::Listener> metrics_listener;
  Connections metrics_connections;
  std::thread thread;
};

struct Server::Impl {
  explicit Impl(const Config& config_in) : config(config_in) {}

  Result<void> build();
  void make_handlers();
  Result<void> listen();
  Result<void> listen_for_metrics();
  void accept(LoopUnit& unit, std::unique_ptr<http::Stream> stream);
  void serve(LoopUnit& unit, std::unique_ptr<http::Stream> stream, std::shared_ptr<Shares::Hold> hold);
  void accept_metrics(LoopUnit& unit, std::unique_ptr<http::Stream> stream);
  Result<void> own_shards();
  void announce(const std::vector<queue::Accepted>& committed);
  void pause(const core::IntegrationId& integration, const core::PlacementKey& placement, std::string why);
  using LoadVersion = std::function<void(
      core::IntegrationNumber, std::uint32_t version, std::function<void(Result<core::IntegrationPtr>)> done)>;
  LoadVersion loads_versions_to(Loop& loop);
  void sweep(const std::vector<core::IntegrationNumber>& of);
  void schedule_prune(LoopUnit& unit);
  void schedule_forgetting(LoopUnit& unit);
  void schedule_history_bound(LoopUnit& unit);
  void schedule_secret_access(LoopUnit& unit);
  void schedule_token_use(LoopUnit& unit);
  void schedule_device_heard(LoopUnit& unit);
  void schedule_watch(LoopUnit& unit);
  void schedule_tls_check(LoopUnit& unit);
  void tell_of_reload(const Result<bool>& reloaded);
  void save_secret_access();
  void save_token_use();
  void save_device_heard();
  api::InstanceView instance();
  std::vector<delivery::LineView> lines(const delivery::LineQuery& query);
  std::vector<api::Trouble> troubles();
  void watch_folder();
  void short_of_files(std::size_t waiting);
  Result<void> stop();
  // Runs `task` on every loop and waits until each has called its `done`.
  void on_every_loop(const std::function<void(LoopUnit&, std::function<void()> done)>& task);

  Config config;
  Limits limits;
  PasswordLimits password_limits;
  // Before whatever may hold some of them until its end; made when it is known how many files there are.
  ConnectionLimits connection_limits;
  std::unique_ptr<Shares> connections, receivers;
  Shares kept_answers{limits.answers_kept_bytes_max, limits.answers_kept_per_owner_bytes_max};
  std::unique_ptr<api::Budgets> budgets;
  SystemClock clock;
  SystemRandom random;
  metrics::Registry metrics;
  std::unique_ptr<DataFolder> data;
  net::EgressPolicy egress;
  http::AddressBook proxies;  // empty: nobody's word is believed
  std::shared_ptr<net::TlsClient> tls;
  std::shared_ptr<net::TlsIdentity> identity;  // null: plain HTTP
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::EgressJudge> egress_judge;
  std::unique_ptr<api::PasswordLine> password_line;
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<ThreadPool> password_pool;  // hashing takes tens of milliseconds of a core: nothing else waits for it
  std::vector<std::unique_ptr<LoopUnit>> units;
  std::unique_ptr<delivery::Releaser> releaser;  // on the first loop, as the next one
  std::unique_ptr<ingest::Replayer> replayer;
  std::unique_ptr<stream::Hub> hub;
  std::unique_ptr<api::LoginGuard> login_guard;
  std::unique_ptr<api::Services> services;
  std::unique_ptr<api::Router> router;
  std::string address;
  std::unique_ptr<ServerMetrics> own_metrics;
  std::atomic<bool> stopping{false};
  bool running = false;
  Instant started_at{};
  WorkHealth work_health{metrics};
  std::mutex watched_mutex;
  std::string folder_trouble;              // guarded by watched_mutex; "" = it is as it should be
  std::vector<std::string> told;           // troubles, to the log; watch_folder()'s own
  std::optional<Steady> told_of_files_at;  // guarded by watched_mutex
  std::atomic<bool> watching{false};       // that is under way: a dead disk holds up one thread, not the pool
};

Result<void> Server::Impl::build() {
  const std::size_t files = raise_file_limit();
  limits.integrations_per_owner_max = config.integrations_per_owner;
  FLEETHOOK_TRY(auto allowed, ranges_of("allow-egress", config.allow_egress));
  egress = net::EgressPolicy(std::move(allowed));
  FLEETHOOK_TRY(auto trusted, ranges_of("trusted-proxy", config.trusted_proxy));
  if (!trusted.empty()) proxies = net::ProxyList(std::move(trusted));
  FLEETHOOK_TRY(identity, load_identity(config));
  FLEETHOOK_TRY(data, DataFolder::open(config.data, /*create=*/false, clock, random, config.master_key_file, limits));
  FLEETHOOK_TRY(tls, net::TlsClient::make(config.ca_file));
  resolver = std::make_unique<net::Resolver>(clock, net::ResolverOptions{});
  pool = std::make_unique<ThreadPool>(config.api_threads);
  password_pool = std::make_unique<ThreadPool>(password_threads());
  password_line = std::make_unique<api::PasswordLine>(
      password_limits, metrics, [this](std::function<void()> task) { password_pool->post(std::move(task)); });

  const std::uint32_t loops = config.loops != 0 ? config.loops : usable_cores();
  std::vector<Loop*> all_loops;
  for (std::uint32_t i = 0; i < loops; ++i) {
    units.push_back(std::make_unique<LoopUnit>(clock, random.next()));
    all_loops.push_back(&units.back()->loop);
  }
  const auto organization_of = [this](core::ProductId id) {  // by the newest catalog: products come, and move
    const store::CatalogPtr catalog = data->store().catalog();
    const core::Product* product = catalog->product(id);
    return product == nullptr ? core::OrganizationId() : product->organization;
  };
  hub = std::make_unique<stream::Hub>(all_loops, metrics, limits, organization_of, data->queue().stats().last);
  login_guard = std::make_unique<api::LoginGuard>(clock, limits, password_limits);
  budgets = std::make_unique<api::Budgets>(limits);
  router = std::make_unique<api::Router>(api::all_routes());

  api::Settings settings;
  settings.base_url = config.base_url;
  settings.open_signup = opens_signup(config);
  if (!settings.open_signup && !config.open_signup)
    log::info("sign_up.closed", {{"open_it_with", "--open-signup true"}});
  settings.own_tls = identity != nullptr;
  settings.metrics_apart = !config.metrics_listen.empty();
  services = std::make_unique<api::Services>(
      api::Services{data->store(), *hub, metrics, clock, random, *login_guard, *password_line, *budgets, limits,
                    settings, [this](std::function<void()> task) { pool->post(std::move(task)); },
                    [this] { return troubles(); }, data->queue(), data->notes(), [this] { return instance(); }});
  services->console = console_files::embedded();
  egress_judge = std::make_unique<net::EgressJudge>(units.front()->loop, *resolver, egress);
  services->egress_refuses = [this](const std::string& host) {
    return egress_judge->refuses(host, limits.egress_lookup_max);
  };
  services->take_effect = [this] { on_every_loop([](LoopUnit&, const std::function<void()>& done) { done(); }); };
  FLEETHOOK_TRY(connection_limits, divide_files(files, open_files(), units.size(), limits));
  connections = std::make_unique<Shares>(connection_limits.clients, connection_limits.clients_per_address);
  receivers = std::make_unique<Shares>(connection_limits.receivers, connection_limits.per_receiver);
  if (connection_limits.clients < limits.connections_max) {
    log::info("server.few_files", {{"files", files},
                                   {"connections_of_clients", connection_limits.clients},
                                   {"connections_to_receivers", connection_limits.receivers},
                                   {"raise_it_with", "ulimit -Hn, or LimitNOFILE= of systemd"}});
  }
  return {};
}

// Connections to receivers that rest go first: they only spare the next request a handshake. On a loop.
void Server::Impl::short_of_files(std::size_t waiting) {
  own_metrics->file_waited();
  const Steady now = clock.steady();
  {
    const std::lock_guard lock(watched_mutex);
    if (!told_of_files_at || now - *told_of_files_at >= kFilesToldEvery) {
      told_of_files_at = now;
      log::warn("server.short_of_files", {{"waiting", waiting},
                                          {"connections_to_receivers_max", connection_limits.receivers},
                                          {"raise_it_with", "ulimit -Hn, or LimitNOFILE= of systemd"}});
    }
  }
  for (auto& unit : units) {
    unit->loop.post([&unit = *unit, waiting] { unit.dispatcher->give_up_idle(waiting); });
  }
}

// From the store, on the pool.
Server::Impl::LoadVersion Server::Impl::loads_versions_to(Loop& loop) {
  return [this, &loop](core::IntegrationNumber number, std::uint32_t version,
                       std::function<void(Result<core::IntegrationPtr>)> done) {
    pool->post([this, &loop, number, version, done = std::move(done)]() mutable {
      auto loaded = data->store().integration_version(number, version);
      loop.post([done = std::move(done), loaded = std::move(loaded)]() mutable { done(std::move(loaded)); });
    });
  };
}

// Last, when nothing can fail any more: a dispatcher has to be stopped, which needs its loop to run.
void Server::Impl::make_handlers() {
  const auto loops = static_cast<std::uint32_t>(units.size());
  const auto tokens = std::make_shared<delivery::TokenCache>(limits.oauth2_tokens_max);
  for (std::uint32_t i = 0; i < loops; ++i) {
    LoopUnit& unit = *units[i];
    unit.connector = std::make_unique<net::Connector>(
        unit.loop, *resolver, tls, egress,
        net::ConnectorFiles{receivers.get(), [this](std::size_t waiting) { short_of_files(waiting); }});
    delivery::Surroundings surroundings{
        unit.loop,
        data->queue(),
        data->queue(),
        data->store(),
        data->store().open_outages(),
        data->settler(),
        *unit.connector,
        unit.random,
        metrics,
        limits,
        {},
        queue::shards_of(i, loops),
        [this] { return hub->wanted(); },
        [this](const core::EventPtr& cause, core::EventSeq seq, std::vector<core::Event> events) {
          std::vector<core::EventPtr> shared;
          for (core::Event& event : events) {
            shared.push_back(std::make_shared<const core::Event>(std::move(event)));
          }
          hub->publish_made(cause, seq, std::move(shared));
        },
        loads_versions_to(unit.loop),
        &kept_answers,
        [this](const core::IntegrationId& integration, const core::PlacementKey& placement, std::string why) {
          pool->post([this, integration, placement, why = std::move(why)]() mutable {
            pause(integration, placement, std::move(why));
          });
        },
        {},
        tokens};
    unit.dispatcher = std::make_unique<delivery::Dispatcher>(std::move(surroundings));
    unit.ingest = std::make_unique<ingest::Ingest>(unit.loop, data->queue(), data->store(), unit.random, metrics,
                                                   limits, [this](const auto& committed) { announce(committed); });
    unit.api =
        std::make_unique<api::Api>(*services, api::LoopServices{unit.loop, *unit.ingest, *unit.dispatcher}, *router);
    if (proxies) unit.behind_proxies = std::make_unique<http::BehindProxies>(*unit.api, proxies);
  }
  releaser = std::make_unique<delivery::Releaser>(delivery::Releaser::Surroundings{
      units.front()->loop, data->queue(), data->queue(), data->store(), data->settler(), metrics,
      [this](const std::vector<core::IntegrationNumber>& of) { sweep(of); }, loads_versions_to(units.front()->loop),
      [this](const core::Integration& integration, const core::Event& event) {
        core::WorkBudget work = ingest::work_for_lanes(1, limits);
        return ingest::lane_of(*data->store().catalog(), integration, event, work);
      }});
  replayer = std::make_unique<ingest::Replayer>(
      ingest::Replayer::Surroundings{units.front()->loop, data->queue(), data->store(), metrics, limits,
                                     [this](std::function<void()> task) { pool->post(std::move(task)); }});
  services->lines = [this](const delivery::LineQuery& query) { return lines(query); };
  services->try_now = [this](const delivery::Wish& wish) {
    for (auto& unit : units) unit->loop.post([&unit = *unit, wish] { unit.dispatcher->try_now(wish); });
  };
  services->cancel = [this](const delivery::Wish& wish) {
    for (auto& unit : units) unit->loop.post([&unit = *unit, wish] { unit.dispatcher->cancel(wish); });
    units.front()->loop.post([this, wish] { releaser->cancel(wish); });
  };
  services->wake_replays = [this] { units.front()->loop.post([this] { replayer->wake(); }); };
  own_metrics = std::make_unique<ServerMetrics>(
      metrics, ServerMetrics::Subjects{*data, *connections, *receivers, connection_limits, kept_answers, *budgets,
                                       identity.get(), clock, limits, config.data,
                                       [this] { return std::ranges::none_of(troubles(), &api::Trouble::stops); }});
}

// On the pool, for the server itself: what a person has paused meanwhile stays as it is.
void Server::Impl::pause(const core::IntegrationId& integration, const core::PlacementKey& placement, std::string why) {
  store::Store& store = data->store();
  if (store.catalog()->standing(placement) != core::Standing::kRunning) return;
  const auto paused = store.set_pause(integration, {placement.product}, core::Pause::kHold, data->queue().stats().last,
                                      {{}, std::move(why)});
  if (!paused)
    log::warn("delivery.not_paused", {{"integration", integration.str()}, {"error", paused.error().message}});
}

// Each loop has about as many. What waits there is attempted from now on.
Result<void> Server::Impl::own_shards() {
  std::vector<queue::Claim> claims;
  claims.reserve(units.size());
  for (const auto& unit : units) claims.push_back(unit->dispatcher->claim());
  return data->queue().own(std::move(claims));
}

// To whoever listens, from the queue's own thread: before any dispatcher can have been told. A lane that reads its
// backlog from the disk may still be quicker; the hub lets what that makes wait.
void Server::Impl::announce(const std::vector<queue::Accepted>& committed) {
  std::vector<core::EventPtr> events;
  if (hub->wanted()) {
    events.reserve(committed.size());
    for (const queue::Accepted& accepted : committed) events.push_back(accepted.event);
  }
  hub->announce(std::move(events), committed.back().seq);
}

void Server::Impl::sweep(const std::vector<core::IntegrationNumber>& of) {
  for (auto& unit : units) {
    unit->loop.post([&unit = *unit, of] { unit.dispatcher->sweep(of); });
  }
}

void Server::Impl::accept(LoopUnit& unit, std::unique_ptr<http::Stream> stream) {
  if (stopping.load()) return;
  // The answer to one connection too many is to close it: it costs nothing, and the client tries again. A proxy of ours
  // stands for many clients, of whom nothing is known yet.
  const std::string peer = stream->peer();
  const auto known = proxies ? proxies(peer) : std::nullopt;
  auto hold =
      std::make_shared<Shares::Hold>(connections->hold(known && known->proxy ? std::string() : share_of_address(peer)));
  if (hold->grow_to(1) != Shares::Taken::kYes) return own_metrics->connection_refused();
  if (!unit.tls) return serve(unit, std::move(stream), std::move(hold));
  unit.tls->accept(std::move(stream),
                   [this, &unit, hold = std::move(hold)](std::unique_ptr<http::Stream> encrypted) mutable {
                     if (!encrypted) own_metrics->handshake_failed();
                     if (encrypted && !stopping.load()) serve(unit, std::move(encrypted), std::move(hold));
                   });
}

void Server::Impl::serve(LoopUnit& unit, std::unique_ptr<http::Stream> stream, std::shared_ptr<Shares::Hold> hold) {
  http::Handler& handler = unit.behind_proxies ? static_cast<http::Handler&>(*unit.behind_proxies) : *unit.api;
  converse(unit.connections, std::move(stream), unit.loop, handler, limits,
           [hold = std::move(hold)] { hold->clear(); });
}

void Server::Impl::accept_metrics(LoopUnit& unit, std::unique_ptr<http::Stream> stream) {
  if (unit.metrics_connections.size() >= connection_limits.metrics) return;
  converse(unit.metrics_connections, std::move(stream), unit.loop, *unit.metrics_site, limits, [] {});
}

Result<void> Server::Impl::listen() {
  const bool several = units.size() > 1;
  std::string where = config.listen;
  for (auto& unit : units) {
    LoopUnit* raw = unit.get();
    if (identity) unit->tls = std::make_unique<net::TlsServer>(unit->loop, identity);
    FLEETHOOK_TRY(unit->listener,
                  net::Listener::open(unit->loop, where, several, [this, raw](std::unique_ptr<http::Stream> stream) {
                    accept(*raw, std::move(stream));
                  }));
    if (unit == units.front()) where = endpoint_of(*unit->listener);
  }
  address = where;
  if (services->settings.base_url.empty()) services->settings.base_url = (identity ? "https://" : "http://") + address;
  return {};
}

Result<void> Server::Impl::listen_for_metrics() {
  if (config.metrics_listen.empty()) return {};
  if (config.metrics_listen == config.listen && !config.listen.ends_with(":0")) {
    return Error::field("metrics-listen", "expected another address than that of listen");
  }
  LoopUnit& unit = *units.front();
  FLEETHOOK_TRY(unit.metrics_listener, net::Listener::open(unit.loop, config.metrics_listen, /*share_port=*/false,
                                                           [this, &unit](std::unique_ptr<http::Stream> stream) {
                                                             accept_metrics(unit, std::move(stream));
                                                           }));
  unit.metrics_site = std::make_unique<api::MetricsSite>(*services, unit.loop);
  return {};
}

// Of what is in memory: who asks waits for no disk.
std::vector<api::Trouble> Server::Impl::troubles() {
  std::vector<api::Trouble> found;
  if (stopping.load()) found.emplace_back("the server is stopping");
  for (api::Trouble& one : work_health.observe(clock.steady(), data->writer().kinds())) found.push_back(std::move(one));
  const std::lock_guard lock(watched_mutex);
  if (!folder_trouble.empty()) found.emplace_back(folder_trouble);
  return found;
}

// On the pool, one at a time. Tells the log what began to fail, and what works again.
void Server::Impl::watch_folder() {
  const auto checked = data->check();
  own_metrics->look_at_disk();
  {
    const std::lock_guard lock(watched_mutex);
    folder_trouble = checked.ok() ? std::string() : checked.error().message;
  }
  if (stopping.load()) return;  // which is a trouble for who asks, and none for the log
  std::vector<std::string> now;
  for (const api::Trouble& one : troubles()) now.push_back(one.text);
  for (const std::string& one : now) {
    if (std::ranges::find(told, one) == told.end())
      log::error("server.in_trouble", {{"trouble", one}, {"data", config.data}});
  }
  if (now.empty() && !told.empty()) log::info("server.out_of_trouble");
  told = std::move(now);
}

void Server::Impl::schedule_prune(LoopUnit& unit) {
  unit.loop.schedule_after(kPruneEvery, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] {
      // A clock that is set makes nothing older: what goes is from before what it showed then.
      const queue::Timeline& timeline = data->queue().timeline();
      const Instant history_from = timeline.wall_before(std::chrono::hours(24) * config.keep_history_days);
      const auto pruned =
          data->store().prune(history_from, utc_day(history_from), timeline.wall_before(limits.fine_history_max));
      if (!pruned.ok()) log::warn("history.prune_failed", {{"reason", pruned.error().message}});
      data->queue().prune(timeline.older_than(std::chrono::hours(24) * config.keep_events_days),
                          config.keep_events_mb * 1024 * 1024, [](Result<void> result) {
                            if (!result.ok()) log::warn("queue.prune_failed", {{"reason", result.error().message}});
                          });
    });
    schedule_prune(unit);
  });
}

// What receivers make us keep is bounded in bytes too, and they can be quick: looked at more often than what is old.
void Server::Impl::schedule_history_bound(LoopUnit& unit) {
  unit.loop.schedule_after(kHistoryBoundEvery, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] {
      const std::uint64_t half = config.keep_history_mb * 1024 * 1024 / 2;
      const auto left = data->store().prune_to({half, half});
      if (!left.ok()) return log::warn("history.bound_failed", {{"reason", left.error().message}});
      own_metrics->show(*left);
    });
    schedule_history_bound(unit);
  });
}

// Of idempotency keys: some thousand at once, so that no commit takes long.
void Server::Impl::schedule_forgetting(LoopUnit& unit) {
  unit.loop.schedule_after(kForgetEvery, [this, &unit] {
    if (stopping.load()) return;
    data->notes().forget(data->queue().timeline().sure(), [](Result<void> result) {
      if (!result.ok()) log::warn("idempotency.forget_failed", {{"reason", result.error().message}});
    });
    schedule_forgetting(unit);
  });
}

void Server::Impl::schedule_secret_access(LoopUnit& unit) {
  unit.loop.schedule_after(limits.secret_access_kept_every, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] { save_secret_access(); });
    schedule_secret_access(unit);
  });
}

void Server::Impl::schedule_token_use(LoopUnit& unit) {
  unit.loop.schedule_after(limits.token_use_kept_every, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] { save_token_use(); });
    schedule_token_use(unit);
  });
}

void Server::Impl::schedule_device_heard(LoopUnit& unit) {
  unit.loop.schedule_after(limits.device_heard_kept_every, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] { save_device_heard(); });
    schedule_device_heard(unit);
  });
}

// The folder and the time; and versions that are tried and fail, which go by themselves.
void Server::Impl::schedule_watch(LoopUnit& unit) {
  unit.loop.schedule_after(kWatchEvery, [this, &unit] {
    if (stopping.load()) return;
    data->keep_time();
    if (!watching.exchange(true)) {
      pool->post([this] {
        watch_folder();
        watching = false;
      });
    }
    if (!data->store().catalog()->staged_integrations().empty()) {
      pool->post([this] {
        const auto discarded = sharing::discard_failing(data->store(), data->store(), clock.now());
        if (!discarded.ok()) log::warn("staged.watch_failed", {{"reason", discarded.error().message}});
        if (discarded.ok() && *discarded > 0) log::warn("staged.discarded", {{"versions", *discarded}});
      });
    }
    schedule_watch(unit);
  });
}

void Server::Impl::schedule_tls_check(LoopUnit& unit) {
  if (!identity) return;
  unit.loop.schedule_after(limits.tls_files_checked_every, [this, &unit] {
    if (stopping.load()) return;
    pool->post([this] { tell_of_reload(identity->reload_if_changed()); });
    schedule_tls_check(unit);
  });
}

// True: there is a new certificate.
void Server::Impl::tell_of_reload(const Result<bool>& reloaded) {
  if (!reloaded.ok()) {
    own_metrics->tls_reloaded(false);
    log::error("tls.reload_failed", {{"reason", reloaded.error().message}, {"in_use", "the one before"}});
  } else if (*reloaded) {
    own_metrics->tls_reloaded(true);
    log::info("tls.reloaded", {{"certificate", config.tls_cert}, {"until", to_iso8601(identity->facts().until)}});
  }
}

void Server::Impl::save_secret_access() {
  const auto saved = data->store().save_secret_access();
  if (!saved.ok()) log::warn("secrets.access_not_saved", {{"reason", saved.error().message}});
}

void Server::Impl::save_token_use() {
  const auto saved = data->store().save_token_use();
  if (!saved.ok()) log::warn("tokens.use_not_saved", {{"reason", saved.error().message}});
  const auto ended = data->store().end_old_invitations();
  if (!ended.ok()) log::warn("invitations.not_ended", {{"reason", ended.error().message}});
}

void Server::Impl::save_device_heard() {
  const auto saved = data->store().save_device_heard();
  if (!saved.ok()) log::warn("devices.heard_not_saved", {{"reason", saved.error().message}});
}

// On the pool. Each dispatcher is asked on its own loop; the pool goes before the loops do, so the loops still answer.
std::vector<delivery::LineView> Server::Impl::lines(const delivery::LineQuery& query) {
  std::mutex mutex;
  std::vector<delivery::LineView> all;
  on_every_loop([&](LoopUnit& unit, const std::function<void()>& done) {
    {
      const std::lock_guard lock(mutex);
      for (delivery::LineView& line : unit.dispatcher->lines(query)) all.push_back(std::move(line));
    }
    done();
  });
  return all;
}

api::InstanceView Server::Impl::instance() {
  api::InstanceView view;
  view.started_at = started_at;
  view.connections = connections->taken();
  std::mutex mutex;
  on_every_loop([&](LoopUnit& unit, const std::function<void()>& done) {
    {
      const std::lock_guard lock(mutex);
      view.lane_count += unit.dispatcher->stats().lanes;
      for (delivery::LaneView& lane : unit.dispatcher->lanes(limits.lanes_shown_max))
        view.lanes.push_back(std::move(lane));
    }
    done();
  });
  std::ranges::stable_sort(view.lanes, std::ranges::greater(), &delivery::LaneView::in_memory);
  view.lanes.resize(std::min(view.lanes.size(), limits.lanes_shown_max));
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(config.data, error)) {
    std::error_code unreadable;
    if (!file.is_regular_file(unreadable)) continue;
    const std::uintmax_t bytes = file.file_size(unreadable);
    if (!unreadable) view.files.push_back({file.path().filename().string(), bytes});
  }
  std::ranges::sort(view.files, {}, &api::InstanceView::File::name);
  const std::filesystem::space_info space = std::filesystem::space(config.data, error);
  if (!error) view.free_bytes = space.available;
  return view;
}

void Server::Impl::on_every_loop(const std::function<void(LoopUnit&, std::function<void()>)>& task) {
  std::vector<std::future<void>> waits;
  for (auto& unit : units) {
    auto promise = std::make_shared<std::promise<void>>();
    waits.push_back(promise->get_future());
    unit->loop.post([&task, &unit = *unit, promise] { task(unit, [promise] { promise->set_value(); }); });
  }
  for (auto& wait : waits) wait.wait();
}

// Outside in: no new connections, no new events, then the deliveries under way, then the rest. What a publisher was
// told is on disk is on disk whatever happens here.
Result<void> Server::Impl::stop() {
  if (!running) return {};
  running = false;
  stopping = true;
  on_every_loop([](LoopUnit& unit, const std::function<void()>& done) {
    unit.listener->close();
    done();
  });
  on_every_loop([](LoopUnit& unit, std::function<void()> done) { unit.ingest->stop(std::move(done)); });
  on_every_loop([this](LoopUnit& unit, const std::function<void()>& done) {
    hub->close_all(unit.loop);
    for (const auto& connection : std::vector(unit.connections.begin(), unit.connections.end()))
      connection->close_idle();
    done();
  });
  on_every_loop([this](LoopUnit& unit, std::function<void()> done) {
    if (&unit != units.front().get()) return done();
    releaser->stop(std::move(done));
  });
  on_every_loop([this](LoopUnit& unit, std::function<void()> done) {
    if (&unit != units.front().get()) return done();
    replayer->stop(std::move(done));
  });
  on_every_loop([this](LoopUnit& unit, std::function<void()> done) {
    unit.dispatcher->stop(Deadline::after(clock, std::chrono::seconds(config.stop_seconds)), std::move(done));
  });
  std::atomic<std::size_t> unrecorded{0};
  on_every_loop([&unrecorded](LoopUnit& unit, const std::function<void()>& done) {
    unrecorded += unit.dispatcher->stats().unrecorded;
    done();
  });
  password_pool->stop();
  pool->stop();  // handlers under way answer into loops that still run
  on_every_loop([](LoopUnit& unit, const std::function<void()>& done) {
    unit.tls.reset();  // and with it the handshakes under way
    // So late, for who watches shall see the end coming.
    if (unit.metrics_listener) unit.metrics_listener->close();
    for (const Connections* open : {&unit.connections, &unit.metrics_connections}) {
      for (const auto& connection : std::vector(open->begin(), open->end())) connection->abort();
    }
    done();
  });
  for (auto& unit : units) unit->loop.stop();
  for (auto& unit : units) unit->thread.join();
  save_secret_access();
  save_token_use();
  save_device_heard();
  if (unrecorded == 0) return {};
  const std::vector<api::Trouble> found = troubles();  // the first: that it stops
  return Error{Fault::kUnavailable, "what " + std::to_string(unrecorded) +
                                        " deliveries came to is not recorded within --stop-seconds (" +
                                        (found.size() > 1 ? found[1].text : "the disk was too slow") +
                                        "); they stay in the queue, and some may be sent again after the next start"};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  (void)stop().ok();
}

std::string Server::address() const {
  return impl_->address;
}

Result<void> Server::stop() {
  return impl_->stop();
}

void Server::reload() {
  if (!impl_->identity) {
    return log::info("server.nothing_to_reload", {{"reason",
                                                   "SIGHUP takes the files of --tls-cert again, and there is "
                                                   "none; the log goes to standard error"}});
  }
  const auto reloaded = impl_->identity->reload();
  impl_->tell_of_reload(reloaded.ok() ? Result<bool>(true) : Result<bool>(reloaded.error()));
}

Result<std::unique_ptr<Server>> Server::start(const Config& config) {
  auto impl = std::make_unique<Impl>(config);
  FLEETHOOK_CHECK(impl->build());
  FLEETHOOK_CHECK(impl->listen());
  FLEETHOOK_CHECK(impl->listen_for_metrics());
  impl->make_handlers();
  for (auto& unit : impl->units) {
    unit->thread = std::thread([&unit = *unit] { unit.loop.run(); });
  }
  impl->running = true;
  if (auto owned = impl->own_shards(); !owned) {
    (void)impl->stop().ok();
    return std::move(owned).error();
  }
  impl->started_at = impl->clock.now();
  LoopUnit& first = *impl->units.front();
  first.loop.post([raw = impl.get(), &first] {
    raw->schedule_prune(first);
    raw->schedule_forgetting(first);
    raw->schedule_history_bound(first);
    raw->schedule_watch(first);
    raw->releaser->start();
    raw->replayer->start();
    raw->schedule_secret_access(first);
    raw->schedule_token_use(first);
    raw->schedule_device_heard(first);
    raw->schedule_tls_check(first);
  });
  if (first.metrics_listener) log::info("metrics.listening", {{"address", endpoint_of(*first.metrics_listener)}});
  if (impl->identity) {
    log::info("tls.certificate", {{"file", config.tls_cert}, {"until", to_iso8601(impl->identity->facts().until)}});
  }
  const queue::QueueStats backlog = impl->data->queue().stats();
  log::info("server.started", {{"address", impl->address},
                               {"version", FLEETHOOK_VERSION},
                               {"data", config.data},
                               {"loops", impl->units.size()},
                               {"waiting_deliveries", backlog.ready + backlog.retries},
                               {"parked_deliveries", backlog.parked},
                               {"console_files", impl->services->console.size()}});
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace fleethook::server
