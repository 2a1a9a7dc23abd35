// The demo: a whole installation in a temporary folder, set up over its own REST API as a user would, with simulated
// devices of three products, a local receiver, and one integration shared by the three. Every number it prints is
// counted by somebody else than the one it is compared with: devices count answers, the receiver counts deliveries, the
// server's history counts outcomes.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <unordered_set>

#include <stdlib.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client_connection.h"
#include "http/serialize.h"
#include "http/server_connection.h"
#include "http/url.h"
#include "net/listener.h"
#include "server/commands.h"
#include "server/http_client.h"
#include "server/server.h"

namespace fleethook::server {
namespace {

constexpr int kDevicesPerProduct = 8;
constexpr int kDrainSeconds = 30;
// One first attempt in this many is answered 503, to show that nothing is lost: the delivery comes again.
constexpr std::uint64_t kRefuseEvery = 50;

struct DemoProduct {
  std::string name, event, unit;
  std::uint64_t id = 0;
  std::vector<std::string> devices;
};

std::vector<DemoProduct> sample_products() {
  return {{"Cold Room Sensor", "temperature/cold-room", "C", 0, {}},
          {"Tank Gauge", "temperature/tank", "C", 0, {}},
          {"Greenhouse Node", "temperature/greenhouse", "C", 0, {}}};
}

// What the receiver saw of one product.
struct Received {
  std::uint64_t requests = 0;  // attempts that reached it, refused ones too
  std::uint64_t refused = 0;
  std::unordered_set<std::string> delivered;  // webhook-id: the same for every attempt of a delivery
};

// The webhook's receiver: a real HTTP server on loopback.
class Receiver final : public http::Handler {
 public:
  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override {
    const auto body = json::parse(request.body);
    const json::Value* product = body.ok() ? body->find("product") : nullptr;
    http::Response response;
    if (product == nullptr || !product->is_string()) {
      response.status = 400;
      return responder->respond(std::move(response));
    }
    {
      const std::lock_guard lock(mutex_);
      Received& received = received_[product->as_string()];
      ++received.requests;
      const bool first = request.headers.get("fleethook-attempt") == "1";
      if (first && ++first_attempts_ % kRefuseEvery == 0) {
        ++received.refused;
        response.status = 503;
      } else {
        received.delivered.emplace(request.headers.get("webhook-id"));
      }
    }
    responder->respond(std::move(response));
  }
  std::size_t body_bytes_max(const http::Request&) const override { return 1024 * 1024; }
  http::Response protocol_error(int status, std::string_view message) const override {
    http::Response response;
    response.status = status;
    response.body = message;
    return response;
  }

  struct Numbers {
    std::uint64_t requests = 0, refused = 0, delivered = 0;
  };
  Numbers of(std::uint64_t product) const {
    const std::lock_guard lock(mutex_);
    const auto found = received_.find(std::to_string(product));
    if (found == received_.end()) return {};
    return {found->second.requests, found->second.refused, found->second.delivered.size()};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Received> received_;
  std::uint64_t first_attempts_ = 0;
};

// The devices of one product: publish in turn over one kept-alive connection. Lives on the client's loop, but for the
// two counts.
class Devices : public std::enable_shared_from_this<Devices> {
 public:
  Devices(
      HttpClient& client, const DemoProduct& product, std::string host, std::uint16_t port, std::string token, int rate)
      : client_(client),
        product_(product),
        destination_{std::move(host), port, false, true},
        token_(std::move(token)),
        pause_(std::chrono::microseconds(1'000'000 / rate)) {}

  void start() { publish(); }
  void stop() { stopped_ = true; }
  std::uint64_t published() const { return published_.load(); }
  std::uint64_t refused() const { return refused_.load(); }
  bool idle() const { return idle_.load(); }

 private:
  void publish() {
    if (stopped_) {
      idle_ = true;
      connection_.reset();
      return;
    }
    if (connection_ == nullptr) return connect();
    const std::string& device = product_.devices[turn_ % product_.devices.size()];
    const double reading = 4.0 + static_cast<double>(turn_ % 40) / 10.0;
    ++turn_;
    char data[96];
    std::snprintf(data, sizeof data, "{\"value\":%.1f,\"unit\":\"%s\"}", reading, product_.unit.c_str());
    const std::string body = json::write(
        json::Object{{"name", product_.event}, {"data", data}, {"private", true}, {"as_device_id", device}});
    http::Headers headers;
    headers.add("Authorization", "Bearer " + token_);
    headers.add("Content-Type", "application/json");
    std::string bytes;
    http::append_request("POST", "/v1/products/" + std::to_string(product_.id) + "/events", destination_.host, headers,
                         body, bytes);
    connection_->exchange(std::move(bytes), false, Deadline::after(client_.loop().clock(), std::chrono::seconds(20)),
                          [self = shared_from_this()](const http::ExchangeResult& result) { self->answered(result); });
  }

  void connect() {
    client_.transport().connect(destination_, Deadline::after(client_.loop().clock(), std::chrono::seconds(5)),
                                [self = shared_from_this()](http::ConnectResult result) {
                                  if (result.fault == http::ConnectFault::kNone) {
                                    self->connection_ = std::make_unique<http::ClientConnection>(
                                        std::move(result.stream), self->client_.loop(), Limits{});
                                  }
                                  self->later();
                                });
  }

  void answered(const http::ExchangeResult& result) {
    if (result.fault == http::ExchangeFault::kNone && result.response.status == 200) {
      ++published_;
    } else {
      ++refused_;
    }
    if (!result.reusable) client_.loop().post([self = shared_from_this()] { self->connection_.reset(); });
    later();
  }

  void later() {
    client_.loop().schedule_after(pause_, [self = shared_from_this()] { self->publish(); });
  }

  HttpClient& client_;
  const DemoProduct product_;
  const http::Destination destination_;
  const std::string token_;
  const Duration pause_;
  std::unique_ptr<http::ClientConnection> connection_;
  std::size_t turn_ = 0;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> idle_{false};
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> refused_{0};
};

struct Counters {
  std::uint64_t success = 0, error = 0, sleep = 0;
};

// What is running, for the two halves of the demo.
struct Stage {
  HttpClient& client;
  std::string url, token, integration;
  std::vector<DemoProduct> products;
};

std::string device_id(std::uint64_t product, int index) {
  char text[32];
  std::snprintf(text, sizeof text, "e00fce68%08x%08x", static_cast<unsigned>(product), static_cast<unsigned>(index));
  return text;
}

Result<void> set_up(Stage& stage, const std::string& receiver_url) {
  const auto call = [&](const std::string& method, const std::string& path, json::Value body) {
    return stage.client.call(method, stage.url + path, stage.token, &body);
  };
  FLEETHOOK_TRY(const json::Value organization,
                call("POST", "/v1/orgs", json::Object{{"name", "Polar Foods"}, {"slug", "polar-foods"}}));
  json::Array product_ids;
  for (DemoProduct& product : stage.products) {
    FLEETHOOK_TRY(const json::Value made,
                  call("POST", "/v1/orgs/polar-foods/products",
                       json::Object{{"product", json::Object{{"name", product.name}, {"platform_id", 13}}}}));
    product.id = static_cast<std::uint64_t>(made.find("product")->find("id")->as_int());
    product_ids.emplace_back(product.id);
    json::Array ids;
    for (int i = 1; i <= kDevicesPerProduct; ++i) {
      product.devices.push_back(device_id(product.id, i));
      ids.emplace_back(product.devices.back());
    }
    FLEETHOOK_TRY(
        [[maybe_unused]] const json::Value imported,
        call("POST", "/v1/products/" + std::to_string(product.id) + "/devices", json::Object{{"ids", std::move(ids)}}));
  }
  const json::Object payload{{"product", "{{{PRODUCT_ID}}}"},
                             {"device", "{{{PARTICLE_DEVICE_ID}}}"},
                             {"event", "{{{PARTICLE_EVENT_NAME}}}"},
                             {"value", "{{{value}}}"},
                             {"unit", "{{{unit}}}"},
                             {"at", "{{{PARTICLE_PUBLISHED_AT}}}"}};
  FLEETHOOK_TRY(const json::Value integration, call("POST", "/v1/orgs/polar-foods/integrations",
                                                    json::Object{{"integration_type", "Webhook"},
                                                                 {"name", "Temperatures to the cold-chain desk"},
                                                                 {"event", "temperature/"},
                                                                 {"url", receiver_url},
                                                                 {"requestType", "POST"},
                                                                 {"noDefaults", true},
                                                                 {"json", payload},
                                                                 {"product_ids", std::move(product_ids)}}));
  stage.integration = integration.find("id")->as_string();
  return {};
}

// Today's outcomes of each product, as the server's own history has them.
Result<std::map<std::uint64_t, Counters>> outcomes(const Stage& stage) {
  FLEETHOOK_TRY(
      const json::Value detail,
      stage.client.call("GET", stage.url + "/v1/orgs/polar-foods/integrations/" + stage.integration, stage.token));
  std::map<std::uint64_t, Counters> found;
  for (const json::Value& product : detail.find("integration")->find("products")->as_array()) {
    Counters& counters = found[static_cast<std::uint64_t>(product.find("id")->as_int())];
    for (const json::Value& day : product.find("counters")->as_array()) {
      counters.success += static_cast<std::uint64_t>(day.find("success")->as_int());
      counters.error += static_cast<std::uint64_t>(day.find("error")->as_int());
      counters.sleep += static_cast<std::uint64_t>(day.find("sleep")->as_int());
    }
  }
  return found;
}

// True when a stop was asked for before `span` was over.
bool wait_for_stop(const sigset_t& signals, std::chrono::milliseconds span) {
  timespec time{span.count() / 1000, (span.count() % 1000) * 1'000'000};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

void print_table(const Stage& stage,
                 const std::vector<std::shared_ptr<Devices>>& devices,
                 const Receiver& receiver,
                 const std::map<std::uint64_t, Counters>& counted,
                 bool& adds_up) {
  std::printf("\n%-18s %10s %10s %8s %8s %9s\n", "product", "published", "delivered", "failed", "skipped", "retried");
  Counters sum;
  std::uint64_t published_sum = 0;
  std::uint64_t delivered_sum = 0;
  std::uint64_t retried_sum = 0;
  for (std::size_t i = 0; i < stage.products.size(); ++i) {
    const DemoProduct& product = stage.products[i];
    const Receiver::Numbers received = receiver.of(product.id);
    const auto found = counted.find(product.id);
    const Counters counters = found == counted.end() ? Counters{} : found->second;
    const std::uint64_t published = devices[i]->published();
    std::printf("%-18s %10llu %10llu %8llu %8llu %9llu\n", product.name.c_str(),
                static_cast<unsigned long long>(published), static_cast<unsigned long long>(received.delivered),
                static_cast<unsigned long long>(counters.error), static_cast<unsigned long long>(counters.sleep),
                static_cast<unsigned long long>(received.refused));
    if (published == 0 || published != received.delivered || counters.success != received.delivered ||
        devices[i]->refused() != 0 || counters.error + counters.sleep != 0) {
      adds_up = false;
    }
    sum.success += counters.success, sum.error += counters.error, sum.sleep += counters.sleep;
    published_sum += published, delivered_sum += received.delivered, retried_sum += received.refused;
  }
  std::printf("%-18s %10llu %10llu %8llu %8llu %9llu\n", "all", static_cast<unsigned long long>(published_sum),
              static_cast<unsigned long long>(delivered_sum), static_cast<unsigned long long>(sum.error),
              static_cast<unsigned long long>(sum.sleep), static_cast<unsigned long long>(retried_sum));
  std::printf(
      "\npublished: answers that the devices got.  delivered: different deliveries that the receiver took.\n"
      "failed, skipped: outcomes in the server's history, whose successes are %llu.  retried: first attempts that the\n"
      "receiver refused with 503 on purpose; they came again and were taken.\n",
      static_cast<unsigned long long>(sum.success));
}

// Waits until every published event has its outcome, or the patience ends.
Result<std::map<std::uint64_t, Counters>> drained(const Stage& stage,
                                                  std::uint64_t published,
                                                  const sigset_t& signals) {
  for (int waited = 0;; ++waited) {
    FLEETHOOK_TRY(auto counted, outcomes(stage));
    std::uint64_t finished = 0;
    for (const auto& [product, counters] : counted) finished += counters.success + counters.error + counters.sleep;
    if (finished >= published || waited >= kDrainSeconds * 4) return counted;
    wait_for_stop(signals, std::chrono::milliseconds(250));
  }
}

void print_welcome(const Stage& stage, const Administrator& administrator, const std::string& folder) {
  std::printf(
      "Fleethook is running at %s\n\n"
      "  organization   Polar Foods (polar-foods) with %zu products of %d devices each\n"
      "  integration    %s, one definition shared by the %zu products\n"
      "  login          %s / %s\n"
      "  access token   %s\n"
      "  data           %s (removed at the end)\n\n"
      "Look around while it runs:\n"
      "  curl -H 'Authorization: Bearer %s' %s/v1/orgs/polar-foods/integrations\n"
      "  curl -N -H 'Authorization: Bearer %s' %s/v1/orgs/polar-foods/events\n\n",
      stage.url.c_str(), stage.products.size(), kDevicesPerProduct, stage.integration.c_str(), stage.products.size(),
      administrator.username.c_str(), administrator.password.c_str(), administrator.access_token.c_str(),
      folder.c_str(), administrator.access_token.c_str(), stage.url.c_str(), administrator.access_token.c_str(),
      stage.url.c_str());
  std::fflush(stdout);
}

// The receiver on a loop of its own: what is measured must not share a loop with what measures.
class ReceiverHost {
 public:
  static Result<std::unique_ptr<ReceiverHost>> start(const Clock& clock) {
    auto host = std::unique_ptr<ReceiverHost>(new ReceiverHost(clock));
    FLEETHOOK_TRY(host->listener_,
                  net::Listener::open(host->loop_, "127.0.0.1:0", false,
                                      [raw = host.get()](std::unique_ptr<http::Stream> stream) {
                                        raw->connections_.push_back(http::ServerConnection::start(
                                            std::move(stream), raw->loop_, raw->receiver_, raw->limits_, [] {}));
                                      }));
    host->thread_ = std::thread([raw = host.get()] { raw->loop_.run(); });
    return host;
  }
  // Connections that are still open belong to the loop: they go before it does.
  ~ReceiverHost() {
    loop_.post([this] {
      for (const auto& connection : connections_) connection->abort();
      connections_.clear();
      loop_.stop();
    });
    if (thread_.joinable()) thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_->port()) + "/temperatures"; }
  const Receiver& receiver() const { return receiver_; }

 private:
  explicit ReceiverHost(const Clock& clock) : loop_(clock) {}
  Limits limits_;
  Receiver receiver_;
  net::AsioLoop loop_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::shared_ptr<http::ServerConnection>> connections_;  // on the loop only; a handful
  std::thread thread_;
};

Result<bool> run(const DemoOptions& options, const std::string& folder, const sigset_t& signals) {
  const SystemClock clock;
  FLEETHOOK_TRY(const Administrator administrator,
                make_installation({folder, "admin@polar-foods.example", "demo-password", false}));
  FLEETHOOK_TRY(const auto receiver, ReceiverHost::start(clock));

  Config config;
  config.data = folder;
  config.listen = options.listen;
  config.allow_egress = {"127.0.0.1/32"};  // the receiver; everything else private stays refused
  FLEETHOOK_TRY(const auto server, Server::start(config));

  FLEETHOOK_TRY(auto tls, net::TlsClient::make(""));
  HttpClient client(clock, std::move(tls));
  Stage stage{client, "http://" + server->address(), administrator.access_token, "", sample_products()};
  FLEETHOOK_CHECK(set_up(stage, receiver->url()));
  print_welcome(stage, administrator, folder);

  const std::size_t colon = server->address().rfind(':');
  const std::string host = server->address().substr(0, colon);
  const auto port = static_cast<std::uint16_t>(std::stoi(server->address().substr(colon + 1)));
  std::vector<std::shared_ptr<Devices>> devices;
  for (const DemoProduct& product : stage.products) {
    devices.push_back(
        std::make_shared<Devices>(client, product, host, port, administrator.access_token, options.events_per_second));
    client.loop().post([started = devices.back()] { started->start(); });
  }
  const auto published = [&] {
    std::uint64_t sum = 0;
    for (const auto& product : devices) sum += product->published();
    return sum;
  };

  for (int second = 1; options.seconds == 0 || second <= options.seconds; ++second) {
    if (wait_for_stop(signals, std::chrono::seconds(1))) break;
    if (second % 5 != 0) continue;
    std::uint64_t delivered = 0;
    for (const DemoProduct& product : stage.products) delivered += receiver->receiver().of(product.id).delivered;
    std::printf("%4d s  published %llu  delivered %llu\n", second, static_cast<unsigned long long>(published()),
                static_cast<unsigned long long>(delivered));
    std::fflush(stdout);
  }

  for (const auto& product : devices) product->stop();
  while (std::any_of(devices.begin(), devices.end(), [](const auto& product) { return !product->idle(); })) {
    wait_for_stop(signals, std::chrono::milliseconds(20));
  }
  FLEETHOOK_TRY(const auto counted, drained(stage, published(), signals));
  bool adds_up = true;
  print_table(stage, devices, receiver->receiver(), counted, adds_up);
  std::printf("\n%s\n",
              adds_up ? "The numbers add up: everything published was delivered." : "THE NUMBERS DO NOT ADD UP.");
  std::fflush(stdout);
  server->stop();
  return adds_up;
}

}  // namespace

int demo(const DemoOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::configure(log::Format::kText, log::Level::kWarn);

  std::string folder = (std::filesystem::temp_directory_path() / "fleethook-demo-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "fleethook demo: cannot make a temporary folder\n");
    return 1;
  }
  const auto done = run(options, folder, signals);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!done.ok()) {
    std::fprintf(stderr, "fleethook demo: %s\n", done.error().message.c_str());
    return 1;
  }
  return *done ? 0 : 1;
}

}  // namespace fleethook::server
