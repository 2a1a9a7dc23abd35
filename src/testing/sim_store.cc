#include "testing/sim_store.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/catalog_editor.h"

namespace fleethook::testing {

using core::Integration;
using core::IntegrationPtr;

Result<core::User> SimStore::create_user(store::NewUser given) {
  core::User user;
  user.created_at = clock_.now();
  user.id = core::UserId::make(user.created_at, random_);
  user.username = std::move(given.username);
  user.account_info = std::move(given.account_info);
  store::CatalogEditor editor(*catalog_);
  editor.put_user(user);
  catalog_ = std::move(editor).finish();
  return user;
}

Result<core::Organization> SimStore::create_organization(store::NewOrganization given) {
  core::Organization organization;
  organization.created_at = clock_.now();
  organization.id = core::OrganizationId::make(organization.created_at, random_);
  organization.slug = std::move(given.slug);
  organization.name = std::move(given.name);
  organization.created_by = given.created_by;
  store::CatalogEditor editor(*catalog_);
  editor.put_organization(organization, ++organizations_);
  editor.put_member(organization.id, given.created_by, core::Role::kOwner);
  catalog_ = std::move(editor).finish();
  return organization;
}

Result<core::Product> SimStore::create_product(store::NewProduct given) {
  core::Product product;
  product.id = core::ProductId{++last_product_};
  product.slug = given.slug.empty() ? "product-" + std::to_string(product.id.value) : std::move(given.slug);
  product.name = std::move(given.name);
  product.organization = given.organization;
  product.user = given.user;
  product.created_at = clock_.now();
  store::CatalogEditor editor(*catalog_);
  editor.put_product(product);
  catalog_ = std::move(editor).finish();
  return product;
}

Result<IntegrationPtr> SimStore::create_integration(store::NewIntegration given) {
  auto fresh = std::make_shared<Integration>();
  fresh->scope = given.scope;
  fresh->user = given.user;
  fresh->organization = given.organization;
  fresh->products = std::move(given.products);
  std::sort(fresh->products.begin(), fresh->products.end());
  fresh->created_by = given.created_by;
  fresh->config = std::move(given.config);
  fresh->created_at = fresh->updated_at = clock_.now();
  fresh->id = core::IntegrationId::make(fresh->created_at, random_);
  fresh->number = core::IntegrationNumber{++last_integration_};
  const IntegrationPtr made = std::move(fresh);
  versions_[{made->number, made->version}] = made;
  store::CatalogEditor editor(*catalog_);
  editor.put_integration(made);
  catalog_ = std::move(editor).finish();
  return made;
}

Result<IntegrationPtr> SimStore::update_integration(const core::IntegrationId& id, store::IntegrationEdit edit) {
  const IntegrationPtr old = catalog_->integration(id);
  if (old == nullptr) return Error{Fault::kNotFound, "there is no such integration"};
  auto fresh = std::make_shared<Integration>(*old);
  fresh->config = std::move(edit.config);
  fresh->products = std::move(edit.products);
  ++fresh->version;
  fresh->updated_at = clock_.now();
  const IntegrationPtr made = std::move(fresh);
  versions_[{made->number, made->version}] = made;
  store::CatalogEditor editor(*catalog_);
  editor.put_integration(made);
  catalog_ = std::move(editor).finish();
  return made;
}

Result<void> SimStore::delete_integration(const core::IntegrationId& id) {
  const IntegrationPtr old = catalog_->integration(id);
  if (old == nullptr) return Error{Fault::kNotFound, "there is no such integration"};
  store::CatalogEditor editor(*catalog_);
  editor.erase_integration(old->number);
  catalog_ = std::move(editor).finish();
  return {};
}

// A copy, as if read from disk: it shares nothing with what the catalog holds.
Result<IntegrationPtr> SimStore::integration_version(core::IntegrationNumber number, std::uint32_t version) {
  const auto found = versions_.find({number, version});
  if (found == versions_.end()) return Error{Fault::kNotFound, "there is no such version"};
  return IntegrationPtr(std::make_shared<Integration>(*found->second));
}

Result<std::vector<store::AuditEntry>> SimStore::audit(const store::AuditQuery& query) {
  std::vector<store::AuditEntry> found;
  for (auto at = audit_.rbegin(); at != audit_.rend() && found.size() < query.limit; ++at) {
    const bool concerned = query.product.is_none() || std::ranges::find(at->products, query.product) != at->products.end();
    const bool theirs = query.product.is_none() ? (query.organization.is_none() ? at->owner == query.owner : at->organization == query.organization) : true;
    if (concerned && theirs && (query.before == 0 || at->number < query.before) && (query.target.empty() || at->target == query.target)) {
      found.push_back(*at);
    }
  }
  return found;
}

void SimStore::record(store::HistoryBatch batch, OnRecorded done) {
  disk_.write([this, batch = std::move(batch)] { commit(batch); },
              [this, done = std::move(done)](const Result<void>& result) {
                trouble_ = result ? "" : result.error().message;
                done(result);
              });
}

void SimStore::commit(const store::HistoryBatch& batch) {
  for (const store::Outcome& outcome : batch.outcomes) {
    const bool is_new = outcomes_.try_emplace({outcome.integration, outcome.event}, outcome).second;
    if (is_new) {
      store::Counts& counts = counters_[{outcome.integration, utc_day(outcome.at), outcome.product}];
      switch (outcome.kind) {
        case core::OutcomeKind::kSuccess: ++counts.success; break;
        case core::OutcomeKind::kError: ++counts.error; break;
        case core::OutcomeKind::kSleep: ++counts.sleep; break;
      }
    }
    if (on_outcome) on_outcome(outcome, is_new);
  }
  exchanges_.insert(exchanges_.end(), batch.exchanges.begin(), batch.exchanges.end());
  for (const store::DeadLetter& letter : batch.dead_letters) dead_letters_.insert_or_assign({letter.integration, letter.event_seq}, letter);
}

Result<std::vector<store::DayCounts>> SimStore::counters(core::IntegrationNumber integration, std::int32_t from, std::int32_t to) {
  std::vector<store::DayCounts> days;
  for (auto at = counters_.lower_bound({integration, from, {}}); at != counters_.end(); ++at) {
    const auto& [of, day, product] = at->first;
    if (of != integration || day > to) break;
    days.push_back({product, day, at->second});
  }
  return days;
}

std::vector<std::pair<core::ProductId, store::Counts>> SimStore::counters_of_day(core::IntegrationNumber integration, std::int32_t day) {
  std::vector<std::pair<core::ProductId, store::Counts>> counts;
  const auto days = counters(integration, day, day);
  for (const store::DayCounts& one : *days) counts.emplace_back(one.product, one.counts);
  return counts;
}

Result<std::vector<store::Exchange>> SimStore::exchanges(core::IntegrationNumber integration, core::ProductId product, bool success,
                                                         std::size_t limit) {
  std::vector<store::Exchange> found;
  for (auto at = exchanges_.rbegin(); at != exchanges_.rend(); ++at) {
    if (at->integration == integration && at->success == success && (product.is_none() || at->product == product)) found.push_back(*at);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

Result<std::vector<store::DeadLetter>> SimStore::dead_letters(core::IntegrationNumber integration, std::size_t limit) {
  std::vector<store::DeadLetter> found;
  for (const auto& [key, letter] : dead_letters_) {
    if (key.first == integration) found.push_back(letter);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

Result<void> SimStore::prune(Instant before, std::int32_t day) {
  std::erase_if(outcomes_, [before](const auto& one) { return one.second.at < before; });
  std::erase_if(exchanges_, [before](const auto& one) { return one.at < before; });
  std::erase_if(counters_, [day](const auto& one) { return std::get<1>(one.first) < day; });
  return {};
}

}  // namespace fleethook::testing
