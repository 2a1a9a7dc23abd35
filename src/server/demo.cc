// The demo: a whole installation in a temporary folder with a sample organization (demo_organization), simulated
// devices (demo_devices) and local receivers (demo_receiver). What becomes of the temperatures, which three products
// send through one shared integration, is counted. Every number it prints is counted by somebody else than the one it
// is compared with: devices count answers, the receiver counts deliveries, the server's history counts outcomes.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>

#include <stdlib.h>

#include "base/log.h"
#include "server/commands.h"
#include "server/demo_devices.h"
#include "server/demo_organization.h"
#include "server/demo_receiver.h"
#include "server/server.h"

namespace fleethook::server {
namespace {

constexpr int kDrainSeconds = 30;
constexpr const char* kListen = "127.0.0.1:8080";  // an address that is easy to type; a free port when it is taken

using Publishers = std::vector<std::shared_ptr<DemoPublisher>>;

struct Counters {
  std::uint64_t success = 0, error = 0, sleep = 0, cancelled = 0;
};

// One line of the table, and whether it adds up.
struct Row {
  std::string name;
  std::uint64_t published = 0, delivered = 0, failed = 0, skipped = 0, retried = 0;
  std::uint64_t successes = 0;  // in the server's history
  bool adds_up = true;
};

// Today's outcomes of each product, as the server's own history has them.
Result<std::map<std::uint64_t, Counters>> outcomes(const DemoApi& api, const DemoOrganization& organization) {
  FLEETHOOK_TRY(const json::Value detail,
                api.get("/v1/orgs/" + organization.slug + "/integrations/" + organization.shared_integration()));
  std::map<std::uint64_t, Counters> found;
  for (const json::Value& product : detail.find("integration")->find("products")->as_array()) {
    Counters& counters = found[static_cast<std::uint64_t>(product.find("id")->as_int())];
    for (const json::Value& day : product.find("counters")->as_array()) {
      counters.success += static_cast<std::uint64_t>(day.find("success")->as_int());
      counters.error += static_cast<std::uint64_t>(day.find("error")->as_int());
      counters.sleep += static_cast<std::uint64_t>(day.find("sleep")->as_int());
      counters.cancelled += static_cast<std::uint64_t>(day.find("cancelled")->as_int());
    }
  }
  return found;
}

// True when a stop was asked for before `span` was over.
bool wait_for_stop(const sigset_t& signals, std::chrono::milliseconds span) {
  timespec time{span.count() / 1000, (span.count() % 1000) * 1'000'000};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

std::uint64_t published_by(const Publishers& publishers) {
  std::uint64_t sum = 0;
  for (const auto& publisher : publishers) sum += publisher->published();
  return sum;
}

// Waits until every published event has its outcome, or the patience ends.
Result<std::map<std::uint64_t, Counters>> drained(const DemoApi& api,
                                                  const DemoOrganization& organization,
                                                  std::uint64_t published,
                                                  const sigset_t& signals) {
  for (int waited = 0;; ++waited) {
    FLEETHOOK_TRY(auto counted, outcomes(api, organization));
    std::uint64_t finished = 0;
    for (const auto& [product, counters] : counted)
      finished += counters.success + counters.error + counters.sleep + counters.cancelled;
    if (finished >= published || waited >= kDrainSeconds * 4) return counted;
    wait_for_stop(signals, std::chrono::milliseconds(250));
  }
}

// A row for each product, and one for all of them.
std::vector<Row> rows(const DemoOrganization& organization,
                      const Publishers& temperatures,
                      const OpenReceiver& receiver,
                      std::map<std::uint64_t, Counters> counted) {
  std::vector<Row> table;
  Row all{.name = "all"};
  for (std::size_t i = 0; i < organization.products.size(); ++i) {
    const DemoProduct& product = organization.products[i];
    const DemoReceived received = receiver.of(product.id);
    const Counters counters = counted[product.id];
    Row row{.name = product.name,
            .published = temperatures[i]->published(),
            .delivered = received.delivered,
            .failed = counters.error,
            .skipped = counters.sleep,
            .retried = received.refused,
            .successes = counters.success};
    row.adds_up = row.published != 0 && row.published == row.delivered && row.successes == row.delivered &&
                  row.failed + row.skipped == 0 && temperatures[i]->refused() == 0;
    all.published += row.published, all.delivered += row.delivered, all.failed += row.failed;
    all.skipped += row.skipped, all.retried += row.retried, all.successes += row.successes;
    all.adds_up = all.adds_up && row.adds_up;
    table.push_back(std::move(row));
  }
  table.push_back(std::move(all));
  return table;
}

void print_table(const std::vector<Row>& table) {
  std::printf("\n%-18s %10s %10s %8s %8s %9s\n", "product", "published", "delivered", "failed", "skipped", "retried");
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  for (const Row& row : table) {
    std::printf("%-18s %10llu %10llu %8llu %8llu %9llu\n", row.name.c_str(), number(row.published),
                number(row.delivered), number(row.failed), number(row.skipped), number(row.retried));
  }
  std::printf(
      "\nThese are the temperatures.  published: answers that the devices got.  delivered: different deliveries that "
      "the\nreceiver took.  failed, skipped: outcomes in the server's history, whose successes are %llu.  retried: "
      "first attempts\nthat the receiver refused with 503 on purpose; they came again and were taken.\n",
      number(table.back().successes));
  std::printf("\n%s\n", table.back().adds_up ? "The numbers add up: everything published was delivered."
                                             : "THE NUMBERS DO NOT ADD UP.");
}

json::Object json_table(const std::vector<Row>& table) {
  json::Array products;
  for (const Row& row : table) {
    if (&row == &table.back()) break;
    products.emplace_back(json::Object{{"name", row.name},
                                       {"published", row.published},
                                       {"delivered", row.delivered},
                                       {"failed", row.failed},
                                       {"skipped", row.skipped},
                                       {"retried", row.retried}});
  }
  return {{"adds_up", table.back().adds_up}, {"products", std::move(products)}};
}

void print_welcome(const DemoApi& api,
                   const Administrator& administrator,
                   const DemoOrganization& organization,
                   const std::string& folder) {
  std::printf(
      "Open         %s\n"
      "Sign in as   %s\n"
      "Password     %s\n\n"
      "This is a sample installation, gone when it ends (its data: %s).\n"
      "Everybody has the same password, as nobody should outside of a demo:\n\n",
      api.url().c_str(), administrator.username.c_str(), administrator.password.c_str(), folder.c_str());
  for (const DemoUser& user : organization.users) {
    std::printf("  %-14s %s\n", user.role.c_str(), user.username.c_str());
  }
  std::printf(
      "\nThe organization Polar Foods has %zu products of %zu devices each. All share \"%s\".\n"
      "Of its other integrations one fails, one waits in one product, one tries an edit, one was separated.\n\n"
      "  token=%s\n"
      "  curl -H \"Authorization: Bearer $token\" %s/v1/orgs/%s/integrations\n"
      "  curl -N -H \"Authorization: Bearer $token\" %s/v1/orgs/%s/events\n\n",
      organization.products.size(), organization.products.front().devices.size(),
      organization.integrations.front().first.c_str(), api.token().c_str(), api.url().c_str(),
      organization.slug.c_str(), api.url().c_str(), organization.slug.c_str());
}

json::Object json_product(const DemoProduct& product) {
  json::Array devices;
  for (const std::string& id : product.devices) devices.emplace_back(id);
  return {{"id", product.id}, {"slug", product.slug}, {"name", product.name}, {"devices", std::move(devices)}};
}

json::Object json_welcome(const DemoApi& api,
                          const Administrator& administrator,
                          const DemoOrganization& organization) {
  json::Array users;
  for (const DemoUser& user : organization.users) {
    users.emplace_back(json::Object{{"username", user.username}, {"password", user.password}, {"role", user.role}});
  }
  json::Array products;
  for (const DemoProduct& product : organization.products) products.emplace_back(json_product(product));
  json::Object integrations;
  for (const auto& [name, id] : organization.integrations) integrations.set(name, id);
  return {{"url", api.url()},
          {"username", administrator.username},
          {"password", administrator.password},
          {"access_token", api.token()},
          {"users", std::move(users)},
          {"organization", organization.slug},
          {"products", std::move(products)},
          {"integrations", std::move(integrations)},
          {"other_organization", organization.other_slug},
          {"other_product", json_product(organization.other_product)},
          {"sandbox_integration", organization.sandbox_integration}};
}

void print_line(json::Object object) {
  std::printf("%s\n", json::write(std::move(object)).c_str());
}

Result<std::unique_ptr<Server>> start_server(const DemoOptions& options, const std::string& folder) {
  Config config;
  config.data = folder;
  config.listen = options.listen.empty() ? kListen : options.listen;
  config.allow_egress = {"127.0.0.1/32"};  // the receivers; everything else private stays refused
  auto server = Server::start(config);
  if (server.ok() || !options.listen.empty()) return server;
  config.listen = "127.0.0.1:0";
  return Server::start(config);
}

// Publishes until the time is over or a stop is asked for, and waits for the last answers.
void publish(const DemoOptions& options,
             const DemoApi& api,
             const DemoOrganization& organization,
             const Publishers& temperatures,
             const OpenReceiver& receiver,
             const sigset_t& signals) {
  Publishers all = other_publishers(api, organization);
  all.insert(all.end(), temperatures.begin(), temperatures.end());
  for (const auto& publisher : all) api.client().loop().post([publisher] { publisher->start(); });
  for (int second = 1; options.seconds == 0 || second <= options.seconds; ++second) {
    if (wait_for_stop(signals, std::chrono::seconds(1))) break;
    if (second % 5 != 0 || options.json) continue;
    std::uint64_t delivered = 0;
    for (const DemoProduct& product : organization.products) delivered += receiver.of(product.id).delivered;
    std::printf("%4d s  published %llu  delivered %llu\n", second,
                static_cast<unsigned long long>(published_by(temperatures)),
                static_cast<unsigned long long>(delivered));
    std::fflush(stdout);
  }
  for (const auto& publisher : all) publisher->stop();
  while (!std::ranges::all_of(all, [](const auto& publisher) { return publisher->idle(); })) {
    wait_for_stop(signals, std::chrono::milliseconds(20));
  }
}

Result<bool> run(const DemoOptions& options, const std::string& folder, const sigset_t& signals) {
  const SystemClock clock;
  FLEETHOOK_TRY(const Administrator administrator,
                make_installation({folder, "admin@polar-foods.example", "demo-password", false}));
  FLEETHOOK_TRY(const auto receivers, DemoReceivers::start(clock));
  FLEETHOOK_TRY(const auto server, start_server(options, folder));
  FLEETHOOK_TRY(auto tls, net::TlsClient::make(""));
  HttpClient client(clock, std::move(tls));
  const DemoApi api(client, "http://" + server->address(), administrator.access_token);

  FLEETHOOK_TRY(const DemoOrganization organization, set_up_organization(api, administrator, receivers->urls()));
  FLEETHOOK_CHECK(publish_one_of_each(api, organization));
  if (options.json) {
    print_line(json_welcome(api, administrator, organization));
  } else {
    print_welcome(api, administrator, organization, folder);
  }
  std::fflush(stdout);

  const Publishers temperatures = temperature_publishers(api, organization, options.events_per_second);
  publish(options, api, organization, temperatures, receivers->open(), signals);
  FLEETHOOK_TRY(auto counted, drained(api, organization, published_by(temperatures), signals));
  const std::vector<Row> table = rows(organization, temperatures, receivers->open(), std::move(counted));
  if (options.json) {
    print_line(json_table(table));
  } else {
    print_table(table);
  }
  std::fflush(stdout);
  (void)server->stop().ok();
  return table.back().adds_up;
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
