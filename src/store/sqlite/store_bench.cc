// What the store costs: recording outcomes, editing a large catalog, listing. By hand:
//   cmake --build build/release --target fleethook_store_sqlite
//   g++ -O2 -std=c++20 -Isrc src/store/sqlite/store_bench.cc
//   build/release/libfleethook_{store_sqlite,store,sqlite,core,json,http,base}.a ... store_bench FOLDER
//   [record|commands|memory]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "store/catalog_editor.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace fleethook;
using namespace fleethook::store;

double wall_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}
double rss_mb() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long total = 0, resident = 0;
  if (file == nullptr || std::fscanf(file, "%ld %ld", &total, &resident) != 2) return 0;
  std::fclose(file);
  return static_cast<double>(resident) * 4096 / 1e6;
}

struct Timed {
  const char* what;
  double wall = wall_us(), cpu = cpu_us();
  void per(std::size_t n, const char* unit) const {
    const auto count = static_cast<double>(n);
    std::printf("%-56s %9.3f us wall %9.3f us CPU a %s (%.0f)\n", what, (wall_us() - wall) / count,
                (cpu_us() - cpu) / count, unit, count);
    std::fflush(stdout);
  }
};

struct Opened {
  std::string path;
  SystemClock clock;
  SystemRandom random;
  Limits limits;
  std::unique_ptr<sqlite::GroupWriter> writer;
  std::unique_ptr<SqliteStore> store;
  explicit Opened(const std::string& file) : path(file) {
    auto database = sqlite::Database::open(path, sqlite::OpenMode::kReadWriteCreate).value();
    if (!migrate_store(*database).ok()) std::abort();
    writer = std::make_unique<sqlite::GroupWriter>(std::move(database));
    limits.integrations_per_owner_max = 1'000'000;
    store = SqliteStore::open(*writer, path, clock, random, limits).value();
  }
  ~Opened() { writer.reset(); }
};

// `batches` of `size` outcomes over `integrations`, at most 8 batches under way.
void record(Opened& opened,
            const char* what,
            std::size_t batches,
            std::size_t size,
            std::uint64_t integrations,
            std::uint64_t& event) {
  std::vector<std::future<void>> under_way;
  SeededRandom ids(event + 1);  // the system's costs more than what is measured
  const Timed timed{what};
  const auto commits = opened.writer->stats().commits;
  std::vector<std::shared_ptr<std::promise<void>>> promises;
  for (std::size_t b = 0; b < batches; ++b) {
    HistoryBatch batch;
    batch.outcomes.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      Outcome outcome;
      outcome.integration = {1 + event * 7919 % integrations};
      outcome.product = {10001 + event % 3};
      ++event;
      outcome.event = core::EventId::make(opened.clock.now(), ids);
      outcome.status = 200;
      outcome.attempts = 1;
      outcome.at = opened.clock.now();
      outcome.took = Duration(1700);
      outcome.device.firmware_version = event % 5 == 0 ? "12" : "13";
      batch.outcomes.push_back(outcome);
    }
    auto promise = std::make_shared<std::promise<void>>();
    under_way.push_back(promise->get_future());
    opened.store->record(std::move(batch), [promise](Result<void> result) {
      if (!result) std::abort();
      promise->set_value();
    });
    if (b >= 8) under_way[b - 8].get();
  }
  for (auto& each : under_way) {
    if (each.valid()) each.get();
  }
  timed.per(batches * size, "outcome");
  std::printf("  %llu commits\n", static_cast<unsigned long long>(opened.writer->stats().commits - commits));
}

core::IntegrationConfig webhook(std::size_t i) {
  core::IntegrationConfig config;
  config.event = "sensor/" + std::to_string(i) + "/temperature";
  config.url = "https://receiver-" + std::to_string(i % 100) + ".example.com/hooks/{{{PARTICLE_DEVICE_ID}}}";
  config.json =
      json::Value(json::Object{{"value", "{{{PARTICLE_EVENT_VALUE}}}"}, {"device", "{{{PARTICLE_DEVICE_ID}}}"}});
  return config;
}

void edit_large_catalog() {
  core::User user;
  user.id.bytes[0] = 1;
  user.username = "u";
  CatalogPtr catalog = std::make_shared<Catalog>();
  const auto edit = [&](auto&& change) {
    CatalogEditor editor(*catalog);
    change(editor);
    catalog = std::move(editor).finish();
  };
  constexpr std::size_t kDevices = 1'000'000, kIntegrations = 100'000;
  core::Product product;
  edit([&](CatalogEditor& editor) {
    editor.put_user(user);
    for (std::uint64_t p = 0; p < 1000; ++p) {
      product.id = {10'001 + p};
      product.slug = "p" + std::to_string(p);
      product.user = user.id;
      editor.put_product(product);
    }
  });
  const auto device = [&](std::uint64_t i) {
    core::Device made;
    for (std::size_t b = 0; b < 8; ++b) made.id.bytes[11 - b] = static_cast<std::uint8_t>(i >> (8 * b));
    made.product = {10'001 + i % 1000};
    made.name = "device-" + std::to_string(i);
    return made;
  };
  double before = rss_mb();
  {
    const Timed timed{"load devices"};
    edit([&](CatalogEditor& editor) {
      for (std::uint64_t i = 0; i < kDevices; ++i) editor.put_device(device(i));
    });
    timed.per(kDevices, "device");
    std::printf("  %.0f bytes a device\n", (rss_mb() - before) * 1e6 / kDevices);
  }
  {
    const Timed timed{"snapshot with one device changed, of 1,000,000"};
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      edit([&](CatalogEditor& editor) {
        auto changed = device(i * 97);
        changed.firmware_version = "8";
        editor.put_device(changed);
      });
    }
    timed.per(10'000, "snapshot");
  }
  {
    const Timed timed{"find a device, of 1,000,000"};
    std::size_t found = 0;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) found += catalog->device(device(i * 7919 % kDevices).id) != nullptr;
    timed.per(found, "look-up (with making the id)");
  }
  before = rss_mb();
  std::vector<core::IntegrationPtr> integrations;
  for (std::size_t i = 0; i < kIntegrations; ++i) {
    auto made = std::make_shared<core::Integration>();
    made->number = {i + 1};
    std::memcpy(made->id.bytes.data() + 4, &i, sizeof i);
    made->scope = core::Scope::kProduct;
    made->user = user.id;
    made->products = {{10'001 + i % 10}};
    made->config = webhook(i);
    integrations.push_back(std::move(made));
  }
  std::printf("  %.0f bytes an integration's own\n", (rss_mb() - before) * 1e6 / kIntegrations);
  {
    const Timed timed{"load integrations"};
    edit([&](CatalogEditor& editor) { editor.put_integrations(integrations); });
    timed.per(kIntegrations, "integration");
    std::printf("  %.0f bytes an integration in all\n", (rss_mb() - before) * 1e6 / kIntegrations);
  }
  {
    const Timed timed{"snapshot with one integration edited, of 100,000"};
    for (std::size_t i = 0; i < 10'000; ++i) {
      edit([&](CatalogEditor& editor) {
        auto changed = std::make_shared<core::Integration>(*integrations[i * 7]);
        ++changed->version;
        changed->config.disabled = i % 2 == 0;
        editor.put_integration(changed);
      });
    }
    timed.per(10'000, "snapshot");
  }
}

void fill_and_reopen(const std::string& folder) {
  const std::string path = folder + "/catalog.db";
  constexpr std::size_t kIntegrations = 50'000;
  core::UserId user;
  {
    Opened opened(path);
    user = opened.store->create_user({"u", "", json::Object{}, true}, {}).value().id;
    const auto organization =
        opened.store->create_organization({"Acme", "", core::Plan::kEnterprise, user}, {}).value();
    const auto product =
        opened.store->create_product({"P", "", "", 0, json::Object{}, organization.id, user}, {}).value();
    for (const char* what : {"import 10,000 devices", "import 90,000 more, by 10,000"}) {
      const Timed import{what};
      const std::size_t first = opened.store->catalog()->data().devices.size(), last = first == 0 ? 10'000 : 100'000;
      for (std::size_t from = first; from < last; from += 10'000) {
        std::vector<core::DeviceId> ids(10'000);
        for (std::size_t i = from; i < from + ids.size(); ++i)
          std::memcpy(ids[i - from].bytes.data() + 1, &i, sizeof i), ids[i - from].bytes[0] = 1;
        (void)opened.store->import_devices(product.id, ids, user, {}).value();
      }
      import.per(last - first, "device");
    }
    {
      const Timed renamed{"rename a device, of 100,000"};
      std::vector<core::Device> some;
      opened.store->catalog()->data().devices.for_each([&](const core::DeviceId&, const core::Device& device) {
        if (some.size() < 2'000) some.push_back(device);
      });
      for (core::Device& device : some) {
        device.name = "renamed";
        if (!opened.store->update_device(device, {})) std::abort();
      }
      renamed.per(some.size(), "command");
    }
    const Timed timed{"create integrations by 16 threads"};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < kIntegrations; i += 16) {
          if (!opened.store->create_integration(
                  {core::Scope::kOrganization, {}, organization.id, {product.id}, user, webhook(i)}))
            std::abort();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    timed.per(kIntegrations, "command");
  }
  const Timed reopen{"open with 50,000 integrations, 100,000 devices"};
  Opened opened(path);
  reopen.per(1, "start");
  std::printf("  %.0f MB resident\n", rss_mb());
  const auto organization = opened.store->catalog()->organizations()[0]->id;
  std::uint64_t event = 0;
  record(opened, "outcomes of 50,000 integrations", 2'000, 100, kIntegrations, event);
  const Timed list{"list 50,000 integrations with today's counters"};
  const auto day =
      static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(opened.clock.now()).time_since_epoch().count());
  std::uint64_t sum = 0;
  for (const auto& integration : opened.store->catalog()->integrations_of(organization)) {
    for (const auto& [product, counts] : opened.store->counters_of_day(integration->number, day)) sum += counts.success;
  }
  list.per(kIntegrations, "row");
  if (sum != event) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/tmp/store_bench";
  std::filesystem::create_directories(folder);
  for (const char* name : {"/history.db", "/catalog.db"}) {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(folder + name + end);
  }
  const std::string part = argc > 2 ? argv[2] : "";  // "", or one of record, commands, memory
  std::uint64_t event = 0;
  if (part.empty() || part == "record") {
    Opened opened(folder + "/history.db");
    record(opened, "record, batches of 100, 1 integration, 3 products", 10'000, 100, 1, event);
    record(opened, "record, batches of 100, 10 integrations", 10'000, 100, 10, event);
    record(opened, "record, batches of 10, 10 integrations", 20'000, 10, 10, event);
    record(opened, "record, batches of 100, 1,000 integrations", 2'000, 100, 1000, event);
    record(opened, "record, batches of 100, 100,000 integrations", 4'000, 100, 100'000, event);
    record(opened, "the same again", 4'000, 100, 100'000, event);
  }
  if (part.empty() || part == "commands") fill_and_reopen(folder);
  if (part.empty() || part == "memory") edit_large_catalog();
}
