#include "ingest/explain_past.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "core/integration_names.h"
#include "ingest/matching.h"

namespace fleethook::ingest {
namespace {

std::string name_of(const core::IntegrationConfig& config) {
  return config.name.value_or(core::default_name(config));
}

PastExplanation about(const core::IntegrationPtr& integration) {
  PastExplanation past;
  past.id = integration->id;
  past.name = name_of(integration->config);
  past.scope = integration->scope;
  past.user = integration->user;
  past.integration = integration;
  return past;
}

}  // namespace

Result<void> PastExplainer::read_changes(const store::AuditQuery& of, Instant since) {
  store::AuditQuery query = of;
  query.limit = 200;
  while (changes_.size() < kEntriesMax) {
    FLEETHOOK_TRY(auto entries, audit_.audit(query));
    for (store::AuditEntry& entry : entries) {
      if (entry.at < since) return {};
      query.before = entry.number;
      changes_.push_back(std::move(entry));
    }
    if (entries.size() < query.limit) return {};
  }
  all_read_ = false;
  return {};
}

// nullptr: there was none yet.
Result<core::IntegrationPtr> PastExplainer::as_of(const core::IntegrationPtr& integration, Instant when) {
  if (integration->created_at > when) return core::IntegrationPtr();
  if (integration->updated_at <= when) return integration;
  constexpr std::size_t kAtOnce = 8;
  std::uint32_t below = 0;
  while (true) {
    FLEETHOOK_TRY(const auto records, integrations_.versions(integration->number, below, kAtOnce));
    for (const store::VersionRecord& record : records)
      if (record.at <= when && record.action != "staged") return record.integration;
    if (records.size() < kAtOnce) return core::IntegrationPtr();
    below = records.back().integration->version;
  }
}

// Before the earliest change since.
core::Pause PastExplainer::pause_then(const core::IntegrationId& id, core::ProductId product, core::Pause now) const {
  const std::string field = product.is_none() ? "pause" : "pause." + std::to_string(product.value);
  const std::string target = id.str();
  core::Pause then = now;
  for (const store::AuditEntry& entry : changes_) {
    if (entry.target != target) continue;
    const json::Value* change = entry.diff.find(field);
    if (change == nullptr || !change->is_object()) continue;
    const json::Value* from = change->as_object().find("from");
    if (from != nullptr && from->is_string()) then = core::parse_pause(from->as_string()).value_or(then);
  }
  return then;
}

Result<PastExplanation> PastExplainer::explain_one(const store::Catalog& catalog,
                                                   const core::Event& event,
                                                   const core::IntegrationPtr& integration) {
  PastExplanation past = about(integration);
  FLEETHOOK_TRY(const core::IntegrationPtr then, as_of(integration, event.accepted_at()));
  if (then == nullptr) {
    if (integration->scope != core::Scope::kSandbox && !integration->on(event.product)) {
      past.verdict = Verdict::kNotOnProduct;
      past.why = "it does not run on this product, and was made later, at " + to_iso8601(integration->created_at);
      return past;
    }
    past.verdict = Verdict::kNotYet;
    past.why = "it was made later, at " + to_iso8601(integration->created_at);
    return past;
  }
  const core::PlacementKey placement = core::placement_of(*then, event);
  const core::Pause now = catalog.pause(placement.integration, placement.product);
  Explanation one = explain_with(event, then, pause_then(integration->id, placement.product, now));
  past.verdict = one.verdict;
  past.why = std::move(one.why);
  if (then->version != integration->version) past.why += " (then, by version " + std::to_string(then->version) + ")";
  if (!all_read_) past.why += "; there were more changes since than are looked at, so a pause may be missing";
  return past;
}

Result<std::vector<PastExplanation>> PastExplainer::explain(const store::Catalog& catalog, const core::Event& event) {
  changes_.clear();
  all_read_ = true;
  const Instant then = event.accepted_at();
  const core::Product* product = catalog.product(event.product);
  const bool of_organization = product != nullptr && !product->organization.is_none();
  const auto changes_of = [&](const core::OrganizationId& organization, const core::UserId& of) {
    store::AuditQuery query;
    query.organization = organization;
    query.owner = of;
    return read_changes(query, then);
  };
  if (of_organization) FLEETHOOK_CHECK(changes_of(product->organization, {}));
  core::UserId owner = event.owner;
  if (!of_organization && product != nullptr) owner = product->user;
  if (!owner.is_none()) FLEETHOOK_CHECK(changes_of({}, owner));
  if (of_organization && !event.owner.is_none() && owner != event.owner) FLEETHOOK_CHECK(changes_of({}, event.owner));

  std::vector<PastExplanation> explanations;
  for (const core::IntegrationPtr& integration : expected_to_fire(catalog, event)) {
    FLEETHOOK_TRY(PastExplanation one, explain_one(catalog, event, integration));
    if (one.verdict != Verdict::kNotOnProduct || event.name.starts_with(integration->config.event))
      explanations.push_back(std::move(one));
  }
  for (const store::AuditEntry& entry : changes_) {
    const auto id = core::IntegrationId::parse(entry.target);
    if (entry.action != "integration.deleted" || !id) continue;
    PastExplanation gone;
    gone.id = *id;
    gone.name = entry.target_name;
    gone.scope =
        entry.organization.is_none() && entry.products.empty() ? core::Scope::kSandbox : core::Scope::kOrganization;
    gone.user = entry.owner;
    gone.products = entry.products;
    gone.verdict = Verdict::kDeleted;
    gone.why = "it was deleted since, at " + to_iso8601(entry.at) + ", by " + entry.by.name;
    explanations.push_back(std::move(gone));
  }
  std::ranges::stable_sort(explanations, {}, [](const PastExplanation& one) {
    return fires(one.verdict) ? 0 : one.verdict == Verdict::kPrefix ? 2 : 1;
  });
  return explanations;
}

}  // namespace fleethook::ingest
