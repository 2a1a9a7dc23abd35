// Random sequences of every command, with events between them, against a model that knows nothing of catalogs, versions
// as rows or variants: maps of texts. After each command every product fires exactly what the model says, and what was
// once made for a delivery is still the same. A failing seed is named and replays:
//   FLEETHOOK_SHARING_SEED=17 build/dev/tests/sharing/sharing_model_test
//   FLEETHOOK_SHARING_SEEDS=50000 ...
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/explain.h"
#include "ingest/ingest.h"
#include "sharing/sharing.h"
#include "testing/sim.h"
#include "testing/sim_store.h"
#include "testing/sqlite_data.h"

namespace fleethook::sharing {
namespace {

// --- The model ---

struct Settings {
  std::string event, url, name;  // name "" = the computed one
  bool disabled = false;
  auto operator<=>(const Settings&) const = default;
};
using Product = int;
using Owner = int;  // 0, 1: organizations; 2: a user

struct Shared {
  Owner owner = 0;
  Settings settings;
  std::set<Product> products;
  std::map<Product, std::string> override_urls;
  std::optional<Settings> staged;
  std::set<Product> tried_on;
  std::map<std::uint32_t, std::pair<Settings, std::map<Product, std::string>>> versions;
  std::uint32_t version = 1, last_version = 1;
  std::set<Product> held;

  Settings on(Product product) const {
    Settings there = staged && tried_on.contains(product) ? *staged : settings;
    if (const auto at = override_urls.find(product); at != override_urls.end()) there.url = at->second;
    return there;
  }
  void next_version() {
    version = ++last_version;
    versions[version] = {settings, override_urls};
  }
  void leave(Product product) {
    products.erase(product);
    override_urls.erase(product);
    held.erase(product);
    tried_on.erase(product);
    if (tried_on.empty()) staged.reset();
  }
};

Shared on_products(Owner owner, Settings settings, std::set<Product> products) {
  Shared made;
  made.owner = owner;
  made.settings = std::move(settings);
  made.products = std::move(products);
  return made;
}

// What came of a command: "" = done, else the code, or for refusals without one "invalid" and "not_found".
template <class T>
std::string code_of(const Result<T>& result) {
  if (result.ok()) return "";
  if (!result.error().code.empty()) return result.error().code;
  return result.error().fault == Fault::kNotFound ? "not_found" : "invalid";
}

// Where the commands run.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual store::FleetStore& store() = 0;
  virtual void reopen() = 0;
};

class InMemory final : public Backend {
 public:
  store::FleetStore& store() override { return store_; }
  void reopen() override {}

 private:
  testing::Sim sim_{1};
  SeededRandom ids_{99};
  testing::SimDisk disk_{sim_};
  testing::SimStore store_{sim_, ids_, disk_};
};

// The real one, on files; closed and opened again now and then.
class OnDisk final : public Backend {
 public:
  store::FleetStore& store() override { return data_.store(); }
  void reopen() override { data_.reopen(); }

 private:
  SystemClock clock_;
  SeededRandom ids_{99};
  testing::SqliteData data_{clock_, ids_};
};

class World {
 public:
  World(std::uint64_t seed, Backend& backend) : backend_(backend), random_(seed + 1) {
    user_ = store().create_user({"owner@example.com", "", {}, false}, {})->id;
    for (Owner owner = 0; owner < 2; ++owner) {
      const std::string name = owner == 0 ? "one" : "two";
      organizations_.push_back(store().create_organization({name, name, core::Plan::kEnterprise, user_}, by_)->id);
    }
    by_ = {user_, "owner@example.com"};
    for (Product product = 0; product < kProducts; ++product) {
      owners_.push_back(
          product < 4 ? 0 : product - 3);  // four in the first organization, one in the second, one of the user
      const std::string name = "p" + std::to_string(product);
      const core::OrganizationId organization = organization_of(owners_.back());
      products_.push_back(store().create_product({name, name, "", 0, {}, organization, user_}, by_)->id);
    }
  }

  // "" when all is as it should be.
  std::string run(int commands) {
    for (int i = 0; i < commands && failure_.empty(); ++i) {
      step();
      if (chance(10)) backend_.reopen();
      check();
    }
    check_audit();
    return failure_;
  }

 private:
  static constexpr Product kProducts = 6;

  store::FleetStore& store() { return backend_.store(); }
  std::size_t below(std::size_t n) { return random_.next() % n; }
  bool chance(int in) { return below(static_cast<std::size_t>(in)) == 0; }
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = what + "\n  after:" + trace_;
  }
  void expect(const std::string& got, const std::string& wanted) {
    if (got != wanted) fail("answered '" + got + "', expected '" + wanted + "'");
  }
  core::OrganizationId organization_of(Owner owner) const {
    return owner < 2 ? organizations_[static_cast<std::size_t>(owner)] : core::OrganizationId();
  }
  core::ProductId id_of(Product product) const { return products_[static_cast<std::size_t>(product)]; }
  std::vector<core::ProductId> ids_of(const std::set<Product>& products) const {
    std::vector<core::ProductId> ids;
    for (const Product product : products) ids.push_back(id_of(product));
    return ids;
  }
  std::set<Product> products_of(Owner owner) const {
    std::set<Product> all;
    for (Product product = 0; product < kProducts; ++product) {
      if (owners_[static_cast<std::size_t>(product)] == owner) all.insert(product);
    }
    return all;
  }
  std::set<Product> some_of(const std::set<Product>& all) {
    std::set<Product> some;
    for (const Product product : all) {
      if (!chance(2)) some.insert(product);
    }
    if (some.empty() && !all.empty()) some.insert(*std::next(all.begin(), static_cast<long>(below(all.size()))));
    return some;
  }

  // Few values, so that integrations often become identical.
  Settings some_settings() {
    static const char* const kEvents[] = {"a", "a/b", "b"};
    static const char* const kUrls[] = {"https://x.example/1", "https://x.example/2"};
    Settings settings{kEvents[below(3)], kUrls[below(2)], chance(4) ? "named" : "", chance(8)};
    return settings;
  }
  static core::IntegrationConfig config(const Settings& settings) {
    core::IntegrationConfig made;
    made.event = settings.event;
    made.url = settings.url;
    made.disabled = settings.disabled;
    if (!settings.name.empty()) made.name = settings.name;
    return made;
  }
  static MakeConfig maker(const Settings& settings) {
    return [settings](const core::IntegrationConfig&) { return Result<core::IntegrationConfig>(config(settings)); };
  }

  std::string any_alive() {
    if (order_.empty()) return "";
    return order_[below(order_.size())];
  }
  static core::IntegrationId parsed(const std::string& id) { return *core::IntegrationId::parse(id); }
  Request request() const { return {by_, std::nullopt}; }

  std::string add(Shared shared, const core::IntegrationPtr& made) {
    shared.versions[1] = {shared.settings, shared.override_urls};
    const std::string id = made->id.str();
    alive_[id] = std::move(shared);
    order_.push_back(id);
    return id;
  }
  void drop(const std::string& id) {
    alive_.erase(id);
    std::erase(order_, id);
  }
  // The oldest identical one of an organization that is not on the product.
  std::string to_join(Owner owner,
                      Product product,
                      const Settings& settings,
                      const std::set<std::string>& not_these = {}) {
    if (owner >= 2) return "";
    for (const std::string& id : order_) {
      const Shared& one = alive_[id];
      if (one.owner == owner && one.settings == settings && !one.products.contains(product) && !not_these.contains(id))
        return id;
    }
    return "";
  }

  void step() {
    using Command = void (World::*)();
    static constexpr std::pair<const char*, Command> kCommands[] = {{"create at organization", &World::create_shared},
                                                                    {"create in product", &World::create_in_product},
                                                                    {"edit", &World::edit_settings},
                                                                    {"set products", &World::set_products},
                                                                    {"edit in product", &World::edit_in_product},
                                                                    {"separate", &World::separate_one},
                                                                    {"merge", &World::merge_two},
                                                                    {"roll back", &World::roll_back},
                                                                    {"pause", &World::pause_one},
                                                                    {"resume", &World::resume_one},
                                                                    {"remove from product", &World::remove_one},
                                                                    {"delete", &World::delete_one},
                                                                    {"override", &World::override_one},
                                                                    {"stage", &World::stage_one},
                                                                    {"promote", &World::promote_one},
                                                                    {"discard", &World::discard_one},
                                                                    {"move product", &World::move_one}};
    const auto& [name, command] = kCommands[below(std::size(kCommands))];
    trace_ += std::string(" ") + name + ",";
    (this->*command)();
  }

  void create_shared() {
    const Owner owner = chance(5) ? 1 : 0;
    const std::set<Product> products = some_of(products_of(owner));
    if (products.empty()) return;
    Shared shared = on_products(owner, some_settings(), products);
    Creation creation{
        core::Scope::kOrganization, {}, organization_of(owner), ids_of(products), config(shared.settings)};
    const auto made = create(store(), by_, creation);
    expect(code_of(made), "");
    if (!made.ok()) return;
    if (made->joined) fail("joined at the organization's path");
    add(std::move(shared), made->integration);
  }

  void create_in_product() {
    const auto product = static_cast<Product>(below(kProducts));
    const Owner owner = owners_[static_cast<std::size_t>(product)];
    const Settings settings = some_settings();
    Creation creation{owner < 2 ? core::Scope::kOrganization : core::Scope::kProduct,
                      owner < 2 ? core::UserId() : user_,
                      organization_of(owner),
                      {id_of(product)},
                      config(settings),
                      true};
    const auto made = create(store(), by_, creation);
    expect(code_of(made), "");
    if (!made.ok()) return;
    const std::string joined = to_join(owner, product, settings);
    if (made->joined != !joined.empty()) return fail("joined, or did not");
    if (joined.empty()) {
      add(on_products(owner, settings, {product}), made->integration);
      return;
    }
    if (made->integration->id.str() != joined) return fail("joined another than the oldest");
    alive_[joined].products.insert(product);
    alive_[joined].next_version();
  }

  void edit_settings() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    const Settings settings = some_settings();
    const bool stale = chance(8);
    const auto made = edit(store(), {by_, stale ? std::optional(one.version + 1) : std::nullopt}, {parsed(id), {}},
                           {maker(settings), {}});
    if (stale) return expect(code_of(made), "version_mismatch");
    const bool changes = settings != one.settings;
    expect(code_of(made), changes && one.staged ? "version_staged" : "");
    if (!changes || one.staged) return;
    one.settings = settings;
    one.next_version();
  }

  void set_products() {
    const std::string id = any_alive();
    if (id.empty() || alive_[id].owner >= 2) return;
    Shared& one = alive_[id];
    const bool none = chance(6);
    const std::set<Product> products = none ? std::set<Product>() : some_of(products_of(one.owner));
    const auto made =
        edit(store(), request(), {parsed(id), {}},
             {{}, [&](const core::Integration&) { return Result<std::vector<core::ProductId>>(ids_of(products)); }});
    expect(code_of(made), none ? "last_product" : "");
    if (none || products == one.products) return;
    const std::set<Product> before = one.products;
    for (const Product product : before) {
      if (!products.contains(product)) one.leave(product);
    }
    one.products = products;
    one.next_version();
  }

  Product some_product_of(const Shared& one) {
    return *std::next(one.products.begin(), static_cast<long>(below(one.products.size())));
  }

  void edit_in_product() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    const Product product = some_product_of(one);
    const Settings settings = some_settings();
    const auto made = edit(store(), request(), {parsed(id), id_of(product)}, {maker(settings), {}});
    const bool changes = settings != one.settings;
    expect(code_of(made), one.products.size() > 1 ? "shared_integration"
                          : changes && one.staged ? "version_staged"
                                                  : "");
    if (!made.ok() || !changes) return;
    one.settings = settings;
    one.next_version();
  }

  void separate_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    const auto product = static_cast<Product>(below(kProducts));
    Shared& one = alive_[id];
    const Settings settings = chance(3) ? one.settings : some_settings();
    const auto made = separate(store(), request(), {parsed(id), id_of(product)}, maker(settings));
    expect(code_of(made), !one.products.contains(product) ? "not_found"
                          : one.products.size() < 2       ? "not_shared"
                          : settings == one.settings      ? "nothing_changed"
                                                          : "");
    if (!made.ok()) return;
    Shared copy = on_products(one.owner, settings, {product});
    if (one.held.contains(product)) copy.held.insert(product);
    one.leave(product);
    one.next_version();
    if (add(std::move(copy), made->copy) == id) fail("the copy has the old id");
  }

  void merge_two() {
    const std::string id = any_alive();
    const std::string with = any_alive();
    if (id.empty() || alive_[id].owner >= 2) return;
    Shared& one = alive_[id];
    const auto made = merge(store(), request(), organization_of(one.owner), parsed(id), parsed(with));
    const Shared other = alive_[with];
    expect(code_of(made), id == with || other.owner != one.owner ? "invalid"
                          : other.settings != one.settings       ? "not_identical"
                          : one.staged || other.staged           ? "version_staged"
                                                                 : "");
    if (!made.ok()) return;
    for (const Product product : other.products) {
      if (!one.products.insert(product).second) continue;
      if (const auto at = other.override_urls.find(product); at != other.override_urls.end())
        one.override_urls.insert(*at);
      if (other.held.contains(product)) one.held.insert(product);
    }
    one.next_version();
    drop(with);
    const auto again = edit(store(), request(), {parsed(with), {}}, {maker(some_settings()), {}});
    expect(code_of(again), "merged");
  }

  void roll_back() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    const auto to = static_cast<std::uint32_t>(1 + below(one.last_version + 1));
    const auto made = rollback(store(), request(), {parsed(id), {}}, to);
    const auto found = one.versions.find(to);
    expect(code_of(made), found == one.versions.end() ? "invalid" : one.staged ? "version_staged" : "");
    if (!made.ok()) return;
    const auto [settings, overrides] = found->second;
    std::map<Product, std::string> still;
    for (const auto& [product, url] : overrides) {
      if (one.products.contains(product)) still[product] = url;
    }
    if (settings == one.settings && still == one.override_urls) return;
    one.settings = settings;
    one.override_urls = still;
    one.next_version();
  }

  void pause_one() { set_pause(core::Pause::kHold); }
  void resume_one() { set_pause(core::Pause::kRunning); }
  void set_pause(core::Pause pause) {
    const std::string id = any_alive();
    if (id.empty()) return;
    const auto product = static_cast<Product>(below(kProducts));
    Shared& one = alive_[id];
    const auto made = store().set_pause(parsed(id), {id_of(product)}, pause, {}, by_);
    expect(code_of(made), one.products.contains(product) ? "" : "not_found");
    if (!made.ok()) return;
    if (pause == core::Pause::kRunning) {
      one.held.erase(product);
    } else {
      one.held.insert(product);
    }
  }

  void remove_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    const Product product = some_product_of(one);
    const auto made = remove(store(), request(), {parsed(id), id_of(product)});
    expect(code_of(made), "");
    if (one.products.size() == 1) return drop(id);
    one.leave(product);
    one.next_version();
  }

  void delete_one() {
    const std::string id = any_alive();
    if (id.empty() || !chance(3)) return;  // rarely, so that there is something left to play with
    expect(code_of(remove(store(), request(), {parsed(id), {}})), "");
    drop(id);
    expect(code_of(remove(store(), request(), {parsed(id), {}})), "not_found");
  }

  void override_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    const auto product = static_cast<Product>(below(kProducts));
    Shared& one = alive_[id];
    const std::string url = chance(3)   ? ""
                            : chance(3) ? one.settings.url
                                        : "https://override.example/" + std::to_string(below(2));
    json::Object settings;
    if (!url.empty()) settings.set("url", url);
    const auto made = set_override(store(), request(), {parsed(id), {}}, id_of(product), settings);
    std::map<Product, std::string> after = one.override_urls;
    after.erase(product);
    if (!url.empty() && url != one.settings.url) after[product] = url;
    const bool changes = after != one.override_urls;
    expect(code_of(made), !one.products.contains(product) ? "not_found"
                          : changes && one.staged         ? "version_staged"
                                                          : "");
    if (!made.ok() || !changes) return;
    one.override_urls = after;
    one.next_version();
  }

  void stage_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    const Settings settings = some_settings();
    const std::set<Product> products = some_of(one.products);
    Staging staging;
    staging.config = maker(settings);
    staging.products = ids_of(products);
    const auto made = stage(store(), request(), {parsed(id), {}}, staging);
    expect(code_of(made), one.staged ? "version_staged" : settings == one.settings ? "nothing_changed" : "");
    if (!made.ok()) return;
    one.staged = settings;
    one.tried_on = products;
    one.versions[++one.last_version] = {settings, one.override_urls};
  }

  void promote_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    expect(code_of(promote(store(), request(), {parsed(id), {}})), one.staged ? "" : "not_staged");
    if (!one.staged) return;
    one.settings = *one.staged;
    one.staged.reset();
    one.tried_on.clear();
    one.next_version();
  }

  void discard_one() {
    const std::string id = any_alive();
    if (id.empty()) return;
    Shared& one = alive_[id];
    expect(code_of(discard(store(), request(), {parsed(id), {}})), one.staged ? "" : "not_staged");
    one.staged.reset();
    one.tried_on.clear();
  }

  void move_one() {
    if (!chance(3)) return;
    const auto product = static_cast<Product>(below(kProducts));
    const auto to = static_cast<Owner>(below(3));
    const Owner from = owners_[static_cast<std::size_t>(product)];
    std::vector<core::IntegrationNumber> before;
    for (const auto& one : store().catalog()->integrations_of(id_of(product))) before.push_back(one->number);
    expect(code_of(move_product(store(), by_, id_of(product), organization_of(to), user_)), "");
    if (from == to) return;
    owners_[static_cast<std::size_t>(product)] = to;
    std::set<std::string> joined;
    for (const std::string& id : std::vector(order_)) {
      if (alive_.contains(id) && alive_[id].products.contains(product) && alive_[id].owner == from) {
        move_along(id, product, to, joined);
      }
    }
    // Copies are the newest integrations on the product, in the order of what they are copies of.
    take_copies(product);
  }

  void move_along(const std::string& id, Product product, Owner to, std::set<std::string>& joined) {
    Shared& one = alive_[id];
    Settings effective = one.settings;
    if (const auto at = one.override_urls.find(product); at != one.override_urls.end()) effective.url = at->second;
    const bool held = one.held.contains(product);
    const bool shared = one.products.size() > 1;
    if (shared) {
      one.leave(product);
      one.next_version();
    }
    if (const std::string there = to_join(to, product, effective, joined); !there.empty()) {
      joined.insert(there);
      if (!shared) drop(id);
      Shared& other = alive_[there];
      other.products.insert(product);
      if (held) other.held.insert(product);
      other.next_version();
    } else if (shared) {
      Shared copy = on_products(to, effective, {product});
      if (held) copy.held.insert(product);
      copies_.push_back(std::move(copy));
    } else {
      one.owner = to;
      one.settings = effective;
      one.override_urls.clear();
      one.staged.reset();
      one.tried_on.clear();
      one.next_version();
    }
  }

  void take_copies(Product product) {
    std::vector<core::IntegrationPtr> fresh;
    for (const auto& one : store().catalog()->integrations_of(id_of(product))) {
      if (!alive_.contains(one->id.str())) fresh.push_back(one);
    }
    if (fresh.size() != copies_.size()) return fail("another number of copies went along");
    for (std::size_t i = 0; i < fresh.size(); ++i) add(std::move(copies_[i]), fresh[i]);
    copies_.clear();
  }

  // --- What must hold after every command ---

  void check() {
    const store::CatalogPtr catalog = store().catalog();
    check_lists(*catalog);
    for (Product product = 0; product < kProducts; ++product) {
      for (const char* name : {"a", "a/b/c", "b", "none"}) check_event(*catalog, product, name);
    }
    check_past();
  }

  void check_lists(const store::Catalog& catalog) {
    if (catalog.integration_count() != alive_.size()) return fail("another number of integrations");
    for (const auto& [id, one] : alive_) {
      const core::IntegrationPtr found = catalog.integration(parsed(id));
      if (found == nullptr) return fail("an integration is missing");
      if (found->products != ids_of(one.products)) return fail("another product set");
      if (found->version != one.version || found->last_version != one.last_version) return fail("another version");
      if (found->organization != organization_of(one.owner)) return fail("another owner");
      std::set<std::string> twins;
      for (const auto& [other_id, other] : alive_) {
        if (one.owner < 2 && other.owner == one.owner && other.settings == one.settings) twins.insert(other_id);
      }
      std::set<std::string> found_twins;
      for (const auto& twin : catalog.identical(organization_of(one.owner), found->fingerprint))
        found_twins.insert(twin->id.str());
      if (twins != found_twins) return fail("others are identical");
    }
  }

  void check_event(const store::Catalog& catalog, Product product, const std::string& name) {
    core::Event event;
    event.product = id_of(product);
    event.name = name;
    std::set<std::pair<std::string, std::string>> wanted, got;
    for (const auto& [id, one] : alive_) {
      if (!one.products.contains(product)) continue;
      const Settings there = one.on(product);
      if (!there.disabled && name.starts_with(there.event)) wanted.insert({id, there.url});
    }
    const auto matched = ingest::matching(catalog, event);
    for (const core::IntegrationPtr& one : matched) {
      if (!got.insert({one->id.str(), one->config.url}).second) fail("fires twice");
      const bool held = catalog.pause(one->number, event.product) == core::Pause::kHold;
      if (held != alive_[one->id.str()].held.contains(product)) fail("held, or not");
      const Made made{one->number, one->version, event.product, one->config.url};
      if (chance(20)) made_.push_back(made);
    }
    if (got != wanted) fail("product p" + std::to_string(product) + " fires something else for " + name);
    if (!chance(8)) return;  // it looks at everything: sometimes is enough
    std::size_t explained = 0;
    for (const auto& one : ingest::explain(catalog, event)) explained += ingest::fires(one.verdict) ? 1 : 0;
    if (explained != matched.size()) fail("explained differently");
  }

  // A delivery made under a version finds it as it was, on its product, whatever happened since.
  void check_past() {
    for (const Made& made : made_) {
      const auto version = store().integration_version(made.integration, made.version);
      if (!version.ok()) return fail("a version is gone");
      if (core::Integration::running_on(*version, made.product)->config.url != made.url)
        return fail("a version changed");
    }
  }

  void check_audit() {
    const auto entries = store().audit({organizations_[0], {}, {}, "", 0, 1'000'000});
    if (!entries.ok()) return fail("no audit log");
    for (const auto& entry : *entries) {
      if (entry.action.empty() || entry.by.name.empty() || entry.target.empty())
        return fail("an audit entry says too little");
    }
  }

  struct Made {
    core::IntegrationNumber integration;
    std::uint32_t version;
    core::ProductId product;
    std::string url;
  };

  Backend& backend_;
  SeededRandom random_;
  core::UserId user_;
  store::Actor by_;
  std::vector<core::OrganizationId> organizations_;
  std::vector<core::ProductId> products_;
  std::vector<Owner> owners_;
  std::map<std::string, Shared> alive_;
  std::vector<std::string> order_;  // by creation
  std::vector<Shared> copies_;
  std::vector<Made> made_;
  std::string trace_, failure_;
};

// From the environment, for replaying and for long runs.
std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

template <class OfKind>
void run_seeds(std::uint64_t seeds) {
  constexpr int kCommands = 40;
  const auto only = number_from("FLEETHOOK_SHARING_SEED");
  const std::uint64_t last = only ? *only : number_from("FLEETHOOK_SHARING_SEEDS").value_or(seeds);
  for (std::uint64_t seed = only ? *only : 1; seed <= last; ++seed) {
    OfKind backend;
    const std::string failure = World(seed, backend).run(kCommands);
    ASSERT_EQ(failure, "") << "replay with FLEETHOOK_SHARING_SEED=" << seed;
  }
}

TEST(SharingModel, EveryProductFiresWhatThePlainModelSays) {
  run_seeds<InMemory>(2000);
}

TEST(SharingModel, AndSoOnTheRealStoreThroughRestarts) {
  run_seeds<OnDisk>(40);
}

}  // namespace
}  // namespace fleethook::sharing
