#include "api/integration_views.h"

#include <algorithm>
#include <map>

#include "api/attempt_view.h"
#include "api/integration_numbers.h"
#include "api/integration_warnings.h"
#include "api/product_sight.h"
#include "api/waiting.h"
#include "base/text.h"
#include "core/credentials.h"
#include "sharing/sharing.h"
#include "store/identical.h"

namespace fleethook::api {
namespace {

constexpr std::int32_t kHistoryDays = 30;
constexpr std::size_t kLogEntries = 10;

using CountsByDay = std::map<std::int32_t, store::Counts>;

// 30 entries, oldest first, ending with today; days without traffic are zeros.
json::Array days_array(const CountsByDay& days, std::int32_t today) {
  json::Array array;
  for (std::int32_t day = today - kHistoryDays + 1; day <= today; ++day) {
    const auto found = days.find(day);
    json::Object entry{{"date", utc_day_text(day)}};
    const json::Object counts = counts_object(found == days.end() ? store::Counts{} : found->second);
    for (const auto& [name, value] : counts) entry.set(name, value);
    array.emplace_back(std::move(entry));
  }
  return array;
}

json::Object product_object(const core::Product& product) {
  return {{"id", product.id.value}, {"slug", product.slug}, {"name", product.name}};
}

json::Array log_array(const std::vector<store::Exchange>& exchanges) {
  json::Array array;
  for (const store::Exchange& exchange : exchanges) array.emplace_back(log_entry(exchange));
  return array;
}

}  // namespace

json::Object shown_settings(json::Object settings, bool credentials) {
  return credentials ? settings : core::settings_without_credentials(std::move(settings));
}

json::Object shown_difference(json::Object changes, bool credentials) {
  return credentials ? changes : core::difference_without_credentials(std::move(changes));
}

json::Array product_objects(const core::Integration& integration, const store::Catalog& catalog) {
  json::Array products;
  for (const core::ProductId id : integration.products) {
    if (const core::Product* product = catalog.product(id)) products.emplace_back(product_object(*product));
  }
  return products;
}

namespace {

// Others of the organization with the same configuration, if it wants to know of them, as far as the caller sees them:
// the oldest. How many there are is told to whoever sees them all, when these are not all.
void put_identical(json::Object& item,
                   const core::Integration& integration,
                   const store::Catalog& catalog,
                   const ProductSight& sight) {
  json::Array ids;
  const core::Organization* organization = catalog.organization(integration.organization);
  store::Identical found;
  if (organization != nullptr && organization->group_identical != core::GroupIdentical::kOff &&
      integration.merged_into.is_none())
    found = store::identical_to(catalog, integration, Limits{}.identical_shown_max);
  for (const core::IntegrationPtr& other : found.first) {
    if (!sight.of(other->products).empty()) ids.emplace_back(other->id.str());
  }
  const bool sees_all = ids.size() == found.first.size();
  const bool are_all = found.count == found.first.size();
  item.set("identical_to", std::move(ids));
  if (sees_all && !are_all) item.set("identical_count", found.count);
}

json::Value staged_object(const core::Integration& integration,
                          const store::Catalog& catalog,
                          bool credentials,
                          const ProductSight& sight) {
  const core::Staged& staged = *integration.staged;
  const core::User* by = catalog.user(staged.by);
  json::Object object{
      {"version", staged.version},
      {"since", to_iso8601(staged.since)},
      {"by", by == nullptr ? json::Value() : json::Value(by->username)},
      {"changes",
       shown_difference(core::config_diff(integration.config, staged.config, integration.scope), credentials)},
      {"outcomes_min", staged.outcomes_min}};
  sight.put_ids(object, "product_ids", staged.products);
  if (staged.error_percent_max) object.set("error_percent_max", *staged.error_percent_max);
  return object;
}

// What one product has beside its numbers: whether it is paused, what it sets differently, whether it tries a version.
void put_placement(json::Object& entry,
                   const core::Integration& integration,
                   core::ProductId product,
                   const ViewOptions& options) {
  const store::Catalog& catalog = options.catalog;
  if (const core::Paused* paused = catalog.paused(integration.number, product)) {
    json::Object shown{{"mode", core::to_text(paused->mode)}, {"since", to_iso8601(paused->since)}};
    // The server itself has a reason where a person has a name, and a person's is nobody's business here.
    if (paused->by.is_none()) shown.set("reason", paused->by_name);
    entry.set("paused", std::move(shown));
  }
  if (const core::Override* there = integration.override_on(product))
    entry.set("override", shown_settings(there->settings, options.credentials));
  if (integration.staged != nullptr && std::ranges::binary_search(integration.staged->products, product)) {
    entry.set("staged_version", integration.staged->version);
  }
}

// The configuration as it runs on a product, and where each value comes from that is not the shared one.
json::Object effective(const core::Integration& integration, core::ProductId product, bool credentials) {
  const bool tries = integration.staged != nullptr && std::ranges::binary_search(integration.staged->products, product);
  const core::IntegrationConfig& base = tries ? integration.staged->config : integration.config;
  const core::Override* there = integration.override_on(product);
  const core::IntegrationConfig config = there == nullptr ? base : core::with_override(base, there->settings);
  json::Object from;
  for (const auto& [field, values] : core::config_diff(integration.config, base, integration.scope)) {
    from.set(field, "staged");
  }
  for (const auto& [field, values] : core::config_diff(base, config, integration.scope)) from.set(field, "override");
  return {{"version", tries ? integration.staged->version : integration.version},
          {"configuration", shown_settings(core::wire_form(config, integration.scope), credentials)},
          {"from", std::move(from)}};
}

// What a row shows besides its id and its configuration.
json::Object row_members(const core::Integration& integration, const ViewOptions& options) {
  json::Object item;
  item.set("created_at", to_iso8601(integration.created_at));
  item.set("updated_at", to_iso8601(integration.updated_at));
  item.set("version", integration.version);

  const auto placements = options.store.numbers({&integration.number, 1}, utc_day(options.now));
  const Numbers numbers = numbers_of(integration, placements, options.store.open_outages(),
                                     options.product != nullptr ? options.product->id : core::ProductId{});
  item.set("todayCounters", counts_object(numbers.today));
  item.set("health", to_text(numbers.health));
  put_waits(item, options.product == nullptr
                      ? waits_of(options.waiting, options.catalog, integration.number)
                      : waits_on(options.waiting, options.catalog, {integration.number, options.product->id}));
  if (integration.scope == core::Scope::kSandbox) {
    put_placement(item, integration, {}, options);
    return item;
  }
  item.set("shared", integration.shared());
  const ProductSight sight(options.catalog, options.viewer, integration.organization);
  sight.put_ids(item, "product_ids", integration.products);
  json::Array products;
  for (const core::ProductId id : sight.of(integration.products)) {
    const core::Product* product = options.catalog.product(id);
    if (product == nullptr) continue;
    json::Object entry = product_object(*product);
    if (options.organization_path) {
      const store::PlacementNumbers there = numbers_on(placements, id);
      entry.set("todayCounters", counts_object(there.today));
      entry.set("health", to_text(health_of(there.last, options.store.open_outages().any({integration.number, id}))));
      put_waits(entry, waits_on(options.waiting, options.catalog, {integration.number, id}));
    }
    put_placement(entry, integration, id, options);
    products.emplace_back(std::move(entry));
  }
  item.set("products", std::move(products));
  if (integration.scope == core::Scope::kOrganization) put_identical(item, integration, options.catalog, sight);
  if (integration.staged != nullptr && !sight.hides_staged(integration, integration.staged->version))
    item.set("staged", staged_object(integration, options.catalog, options.credentials, sight));
  if (!integration.separated_from.is_none()) item.set("separated_from", integration.separated_from.str());
  if (!integration.merged_into.is_none()) {
    item.set("merged_into", integration.merged_into.str());
    item.set("closed_at", to_iso8601(integration.closed_at));
  }
  return item;
}

json::Object configuration(const core::Integration& integration, const ViewOptions& options) {
  return shown_settings(core::wire_form(integration.config, integration.scope), options.credentials);
}

void append_members(const json::Object& object, std::string& out) {
  for (const auto& [name, value] : object) {
    out += ',';
    json::append_quoted(name, out);
    out += ':';
    json::append(value, out);
  }
}

}  // namespace

json::Object list_item(const core::Integration& integration, const ViewOptions& options) {
  json::Object item{{"id", integration.id.str()}};
  for (auto& [name, value] : configuration(integration, options)) item.set(name, std::move(value));
  for (auto& [name, value] : row_members(integration, options)) item.set(name, std::move(value));
  return item;
}

void append_list_item(const core::Integration& integration, const ViewOptions& options, std::string& out) {
  out += "{\"id\":\"";
  out += integration.id.str();
  out += '"';
  append_members(configuration(integration, options), out);
  append_members(row_members(integration, options), out);
  out += '}';
}

namespace {

// Numbers of each product on an organization's path. Those that left keep their past days, and carry on what was
// accepted for them: they stay listed, marked removed, as long as they have any.
Result<json::Array> product_histories(const core::Integration& integration,
                                      std::map<core::ProductId, CountsByDay>& by_product,
                                      const ViewOptions& options) {
  const std::int32_t today = utc_day(options.now);
  FLEETHOOK_TRY(const auto placements, options.store.placements(integration.number));
  const bool alive = integration.merged_into.is_none();
  const auto numbers = options.store.numbers({&integration.number, 1}, today);
  for (const core::ProductId id : integration.products) by_product.try_emplace(id);
  for (const queue::Waiting& one : waiting_of(options.waiting, integration.number)) {
    by_product.try_emplace(one.placement.product);
  }
  json::Array products;
  for (auto& [id, counts] : by_product) {
    const core::Product* product = options.catalog.product(id);
    json::Object entry = product != nullptr ? product_object(*product) : json::Object{{"id", id.value}};
    const auto placed = std::ranges::find(placements, id, &store::PlacementRecord::product);
    if (!alive || !integration.on(id)) {
      entry.set("removed", true);
      if (placed != placements.end() && placed->removed_at) entry.set("removed_at", to_iso8601(*placed->removed_at));
    } else {
      put_placement(entry, integration, id, options);
      entry.set("effective", effective(integration, id, options.credentials));
    }
    entry.set("health", to_text(health_of(numbers_on(numbers, id).last,
                                          options.store.open_outages().any({integration.number, id}))));
    put_waits(entry, waits_on(options.waiting, options.catalog, {integration.number, id}));
    entry.set("todayCounters", counts_object(counts[today]));
    entry.set("counters", days_array(counts, today));
    products.emplace_back(std::move(entry));
  }
  return products;
}

}  // namespace

Result<json::Object> detail_view(const core::Integration& integration, const ViewOptions& options) {
  json::Object view = list_item(integration, options);
  const std::int32_t today = utc_day(options.now);
  FLEETHOOK_TRY(const auto days, options.store.counters(integration.number, today - kHistoryDays + 1, today));
  CountsByDay sum;
  std::map<core::ProductId, CountsByDay> by_product;
  for (const store::DayCounts& entry : days) {
    by_product[entry.product][entry.day] += entry.counts;
    if (options.product == nullptr || options.product->id == entry.product) sum[entry.day] += entry.counts;
  }
  view.set("counters", days_array(sum, today));
  // One source for both: the last day's entry is today's.
  view.set("todayCounters", counts_object(sum[today]));

  if (options.organization_path) {
    FLEETHOOK_TRY(json::Array products, product_histories(integration, by_product, options));
    view.set("products", std::move(products));
  } else if (options.product != nullptr) {
    view.set("effective", effective(integration, options.product->id, options.credentials));
  }
  if (json::Value* staged = view.find("staged"); staged != nullptr && staged->is_object()) {
    FLEETHOOK_TRY(const sharing::Trial trial, sharing::trial_of(options.store, integration, options.now));
    staged->as_object().set("outcomes", json::Object{{"staged", counts_object(trial.staged)},
                                                     {"others", counts_object(trial.others)},
                                                     {"others_since", to_iso8601(trial.others_since)}});
  }
  const core::ProductId only = options.product != nullptr ? options.product->id : core::ProductId{};
  FLEETHOOK_TRY(const auto logs, options.store.exchanges(integration.number, only, /*success=*/true, kLogEntries));
  FLEETHOOK_TRY(const auto errors, options.store.exchanges(integration.number, only, /*success=*/false, kLogEntries));
  view.set("logs", log_array(logs));
  view.set("errors", log_array(errors));
  put_warnings(view, warnings_of(integration, options.catalog, options.viewer));
  return view;
}

json::Object created_view(const core::Integration& integration,
                          const ViewOptions& options,
                          std::vector<core::Warning> said) {
  json::Object view{{"ok", true}};
  for (const auto& [name, value] : list_item(integration, options)) view.set(name, value);
  put_warnings(view, std::move(said), warnings_of(integration, options.catalog, options.viewer));
  const bool webhook = integration.config.type == core::IntegrationType::kWebhook;
  view.set(webhook ? "hookUrl" : "integrationUrl",
           options.base_url + (webhook ? "/webhooks/" : "/integrations/") + integration.id.str());
  return view;
}

}  // namespace fleethook::api
