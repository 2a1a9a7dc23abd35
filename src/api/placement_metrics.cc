#include "api/placement_metrics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/integration_numbers.h"
#include "api/waiting.h"
#include "base/text.h"
#include "metrics/text.h"
#include "store/catalog_data.h"

namespace fleethook::api {
namespace {

using metrics::Kind;
using metrics::TextPage;

constexpr std::array kOutcomes = {core::OutcomeKind::kSuccess, core::OutcomeKind::kError, core::OutcomeKind::kSleep,
                                  core::OutcomeKind::kCancelled};
static_assert(kOutcomes.size() == core::kOutcomeKinds);

struct Placement {
  core::IntegrationPtr integration;
  core::ProductId product;
  store::PlacementNumbers numbers;
  Waits waits;
  bool is_paused = false;
  bool is_worth_a_look() const { return waits.waiting > 0 || numbers.last.failing(); }
};

std::vector<core::IntegrationPtr> integrations_of(const store::Catalog& catalog, const MetricsScope& scope) {
  if (scope.product != nullptr) return catalog.integrations_of(scope.product->id);
  if (scope.organization != nullptr) return catalog.integrations_of(scope.organization->id);
  std::vector<core::IntegrationPtr> all;
  catalog.data().integrations.for_each([&all](const auto&, const core::IntegrationPtr& one) { all.push_back(one); });
  return all;
}

std::vector<core::ProductId> products_of(const core::Integration& integration, const MetricsScope& scope) {
  if (scope.product != nullptr) return {scope.product->id};
  if (integration.scope == core::Scope::kSandbox) return {core::ProductId{}};
  return integration.products;
}

// In the order in which their integrations were made, then by product.
std::vector<Placement> placements_of(Services& services, const store::Catalog& catalog, const MetricsScope& scope) {
  std::vector<core::IntegrationPtr> integrations = integrations_of(catalog, scope);
  std::ranges::sort(integrations, {}, [](const core::IntegrationPtr& one) { return one->number; });
  std::vector<core::IntegrationNumber> asked;
  asked.reserve(integrations.size());
  for (const core::IntegrationPtr& integration : integrations) asked.push_back(integration->number);
  const std::vector<queue::Waiting> waiting = services.queue.waiting();
  const auto numbers = services.store.numbers(asked, utc_day(services.clock.now()));

  std::vector<Placement> placements;
  std::span<const store::PlacementNumbers> rest(numbers);  // in the order of `integrations`
  for (const core::IntegrationPtr& integration : integrations) {
    std::size_t count = 0;
    while (count < rest.size() && rest[count].integration == integration->number) ++count;
    const auto of_it = rest.first(count);
    rest = rest.subspan(count);
    for (const core::ProductId product : products_of(*integration, scope)) {
      placements.push_back({integration, product, numbers_on(of_it, product),
                            waits_on(waiting, catalog, {integration->number, product}),
                            catalog.pause(integration->number, product) != core::Pause::kRunning});
    }
  }
  return placements;
}

// Gives how many were left out.
std::size_t leave_out_beyond(std::size_t most, std::vector<Placement>& placements) {
  if (placements.size() <= most) return 0;
  const std::size_t left_out = placements.size() - most;
  std::ranges::stable_partition(placements, &Placement::is_worth_a_look);
  placements.erase(placements.begin() + static_cast<std::ptrdiff_t>(most), placements.end());
  return left_out;
}

metrics::Labels labels_of(const Placement& placement, const store::Catalog& catalog) {
  const core::Integration& integration = *placement.integration;
  const core::Organization* organization = catalog.organization(integration.organization);
  const core::Product* product = catalog.product(placement.product);
  return {{"organization", organization == nullptr ? "" : organization->slug},
          {"product", product == nullptr ? "" : product->slug},
          {"integration", integration.id.str()},
          {"name", integration.config.name.value_or(core::default_name(integration.config))}};
}

// Placements with their labels, and the page that they are written to.
class Writer {
 public:
  Writer(const std::vector<Placement>& placements, const store::Catalog& catalog)
      : placements_(placements), catalog_(catalog) {
    for (const Placement& one : placements_) labels_.push_back(metrics::labels_text(labels_of(one, catalog_)));
  }

  template <class Value>
  void gauge(std::string_view name, std::string_view help, const Value& value) {
    page_.family(name, Kind::kGauge, help);
    for (std::size_t i = 0; i < placements_.size(); ++i) {
      page_.sample(labels_[i], static_cast<double>(value(placements_[i])));
    }
  }
  // Without those of which it is not known.
  template <class Value>
  void moment(std::string_view name, std::string_view help, const Value& value) {
    page_.family(name, Kind::kGauge, help);
    for (std::size_t i = 0; i < placements_.size(); ++i) {
      const Instant at = value(placements_[i]);
      if (at == Instant{}) continue;
      page_.sample(labels_[i], std::chrono::duration<double>(at.time_since_epoch()).count());
    }
  }
  void deliveries(std::string_view name, std::string_view help) {
    page_.family(name, Kind::kCounter, help);
    for (const Placement& one : placements_) {
      for (const core::OutcomeKind kind : kOutcomes) {
        metrics::Labels labels = labels_of(one, catalog_);
        labels.emplace_back("outcome", to_text(kind));
        store::Counts today = one.numbers.today;
        page_.sample(metrics::labels_text(std::move(labels)), static_cast<double>(today.of(kind)));
      }
    }
  }
  void left_out(std::size_t count) {
    page_.family("fleethook_integration_placements_left_out", Kind::kGauge,
                 "Integrations on products that are not on this page, since there are too many.");
    page_.sample({}, static_cast<double>(count));
  }
  std::string text() && { return std::move(page_).text(); }

 private:
  const std::vector<Placement>& placements_;
  const store::Catalog& catalog_;
  std::vector<std::string> labels_;
  TextPage page_;
};

}  // namespace

std::string placement_metrics(Services& services, const store::Catalog& catalog, const MetricsScope& scope) {
  std::vector<Placement> placements = placements_of(services, catalog, scope);
  const std::size_t left_out = leave_out_beyond(services.limits.placements_in_metrics_max, placements);
  Writer writer(placements, catalog);
  writer.deliveries("fleethook_integration_deliveries_total",
                    "Deliveries that came to their end, by outcome, since midnight UTC, when it begins anew.");
  writer.gauge("fleethook_integration_failing", "1: of its deliveries that were a success or an error the last failed.",
               [](const Placement& one) { return one.numbers.last.failing() ? 1 : 0; });
  writer.gauge("fleethook_integration_held_deliveries",
               "Deliveries that wait until the integration is resumed or enabled.",
               [](const Placement& one) { return one.waits.held; });
  writer.moment("fleethook_integration_last_error_timestamp_seconds", "When a delivery last ended as an error.",
                [](const Placement& one) { return one.numbers.last.error; });
  writer.moment("fleethook_integration_last_success_timestamp_seconds", "When a delivery last was a success.",
                [](const Placement& one) { return one.numbers.last.success; });
  writer.gauge("fleethook_integration_paused", "1: it is paused on this product.",
               [](const Placement& one) { return one.is_paused ? 1 : 0; });
  writer.left_out(left_out);
  writer.gauge("fleethook_integration_waiting_deliveries",
               "Deliveries that wait, for whatever, or are under way; those that are held among them.",
               [](const Placement& one) { return one.waits.waiting; });
  return std::move(writer).text();
}

// Where metrics have a listener of their own nobody has looked up a catalog.
Result<http::Response> show_placement_metrics(Services& services, Call& call) {
  const store::CatalogPtr catalog = call.catalog ? call.catalog : services.store.catalog();
  http::Response response;
  response.headers.set("Content-Type", metrics::kTextType);
  response.body = placement_metrics(services, *catalog, {call.organization, call.product});
  return response;
}

}  // namespace fleethook::api
