#include "testing/sim_store.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "base/text.h"
#include "core/device_groups.h"
#include "store/account_rules.h"
#include "store/changes.h"
#include "store/device_rules.h"
#include "store/pauses.h"
#include "store/secret_rules.h"

namespace fleethook::testing {

using core::Integration;
using core::IntegrationPtr;

template <class Rule>
auto SimStore::command(Rule&& rule) -> std::invoke_result_t<Rule&, store::Draft&> {
  store::Draft draft(*catalog_, {clock_.now(), random_, limits_, *this});
  auto answer = rule(draft);
  if (!answer.ok()) return answer;
  store::Draft::Made made = std::move(draft).finish();
  keep(made.change);
  if (made.catalog != nullptr) catalog_ = std::move(made.catalog);
  return answer;
}

// What the catalog does not hold. `catalog_` is still as it was before.
void SimStore::keep(const store::CatalogChange& change) {
  for (const store::Row& row : change.rows) {
    if (const auto* put = std::get_if<store::row::PutIntegration>(&row)) {
      const core::IntegrationNumber number = put->integration->number;
      keep_versions(*put);
      for (const core::ProductId id : put->joined) placements_[{number, id}] = {id, put->at, std::nullopt};
      for (const core::ProductId id : put->left) placements_[{number, id}].removed_at = put->at;
    } else if (const auto* close = std::get_if<store::row::CloseIntegration>(&row)) {
      for (const core::ProductId id : catalog_->integration(close->number)->products)
        placements_[{close->number, id}].removed_at = close->at;
    }
  }
  for (const store::AuditEntry& entry : change.audit) {
    audit_.push_back(entry);
    audit_.back().number = audit_.size();
  }
}

void SimStore::keep_versions(const store::row::PutIntegration& put) {
  const Integration& integration = *put.integration;
  for (const std::uint32_t version : put.versions) {
    auto copy = std::make_shared<Integration>(integration);
    copy->version = version;
    if (version != integration.version) copy->config = integration.staged->config;
    copy->staged.reset();
    copy->settle();
    versions_[{integration.number, version}] = {std::move(copy), put.action, put.by, put.at};
  }
}

Result<core::User> SimStore::create_user(store::NewUser user, const std::optional<store::Actor>& by) {
  return command([&](store::Draft& draft) { return store::create_user(draft, std::move(user), by); });
}

Result<core::Organization> SimStore::create_organization(store::NewOrganization organization, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::create_organization(draft, std::move(organization), by); });
}

// Tests need not say by whom an organization has it.
Result<core::Product> SimStore::create_product(store::NewProduct product, const store::Actor& by) {
  const store::OrganizationEntry* owner = catalog_->data().organizations.find(product.organization);
  if (product.user.is_none() && owner != nullptr) product.user = owner->organization.created_by;
  return command([&](store::Draft& draft) { return store::create_product(draft, std::move(product), by); });
}

Result<std::vector<IntegrationPtr>> SimStore::change_integrations(const store::Rule& rule) {
  return command([&](store::Draft& draft) { return store::change_integrations(draft, rule); });
}

Result<void> SimStore::set_pause(const core::IntegrationId& id,
                                 const std::vector<core::ProductId>& products,
                                 core::Pause pause,
                                 core::EventSeq newest,
                                 const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::set_pause(draft, id, products, pause, newest, by); });
}

Result<void> SimStore::move_waiting(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::EventSeq newest,
                                    const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::move_waiting(draft, id, products, newest, by); });
}

Result<void> SimStore::drop_waiting(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::EventSeq newest,
                                    const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::drop_waiting(draft, id, products, newest, by); });
}

// A copy, as if read from disk: it shares nothing with what the catalog holds.
Result<IntegrationPtr> SimStore::integration_version(core::IntegrationNumber number, std::uint32_t version) {
  const auto found = versions_.find({number, version});
  if (found == versions_.end()) return Error{Fault::kNotFound, "there is no such version"};
  auto copy = std::make_shared<Integration>(*found->second.integration);
  copy->settle();
  return IntegrationPtr(std::move(copy));
}

Result<std::vector<store::VersionRecord>> SimStore::versions(core::IntegrationNumber number,
                                                             std::uint32_t before,
                                                             std::size_t limit) {
  std::vector<store::VersionRecord> found;
  for (const auto& [key, record] : versions_) {
    if (key.first == number && (before == 0 || key.second < before)) found.push_back(record);
  }
  std::ranges::reverse(found);
  if (found.size() > limit) found.resize(limit);
  return found;
}

Result<std::vector<store::PlacementRecord>> SimStore::placements(core::IntegrationNumber number) {
  std::vector<store::PlacementRecord> found;
  for (const auto& [key, record] : placements_) {
    if (key.first == number) found.push_back(record);
  }
  return found;
}

Result<store::ImportReport> SimStore::import_devices(core::ProductId product,
                                                     const std::vector<core::DeviceId>& ids,
                                                     const core::UserId& claim_for,
                                                     const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::import_devices(draft, product, ids, claim_for, by); });
}

Result<void> SimStore::remove_device(core::ProductId product, const core::DeviceId& id, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::remove_device(draft, product, id, by); });
}

Result<void> SimStore::claim_device(const core::DeviceId& id, const core::UserId& user, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::claim_device(draft, id, user, by); });
}

Result<void> SimStore::release_device(core::ProductId product, const core::DeviceId& id, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::release_device(draft, product, id, by); });
}

Result<void> SimStore::release_own_device(const core::DeviceId& id, const core::UserId& user, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::release_own_device(draft, id, user, by); });
}

Result<void> SimStore::update_device(const core::Device& device, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::update_device(draft, device, by); });
}

Result<void> SimStore::change_groups(core::ProductId product,
                                     const std::vector<core::DeviceId>& devices,
                                     const store::GroupChange& asked,
                                     const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::change_groups(draft, product, devices, asked, by); });
}

Result<store::SecretPut> SimStore::put_secret(const store::SecretOwner& owner,
                                              store::NewSecret secret,
                                              const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::put_secret(draft, owner, std::move(secret), by); });
}

Result<void> SimStore::delete_secret(const store::SecretOwner& owner, const std::string& name, const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::delete_secret(draft, owner, name, by); });
}

Result<store::VariablesPtr> SimStore::set_variables(const store::VariablesOwner& owner,
                                                    store::VariablesEdit edit,
                                                    const store::Actor& by) {
  return command([&](store::Draft& draft) { return store::set_variables(draft, owner, edit, by); });
}

Result<std::vector<store::AuditEntry>> SimStore::audit(const store::AuditQuery& query) {
  std::vector<store::AuditEntry> found;
  for (auto at = audit_.rbegin(); at != audit_.rend() && found.size() < query.limit; ++at) {
    const bool concerned =
        query.product.is_none() || std::ranges::find(at->products, query.product) != at->products.end();
    const bool theirs =
        query.product.is_none()
            ? (query.organization.is_none() ? at->owner == query.owner : at->organization == query.organization)
            : true;
    if (concerned && theirs && (query.before == 0 || at->number < query.before) &&
        (query.target.empty() || at->target == query.target)) {
      found.push_back(*at);
    }
  }
  return found;
}

void SimStore::record(store::HistoryBatch batch, OnRecorded done) {
  disk_.write([this, batch = std::move(batch)] { commit(batch); },
              [done = std::move(done)](const Result<void>& result) { done(result); });
}

void SimStore::commit(store::HistoryBatch batch) {
  for (const store::Outcome& outcome : batch.outcomes) {
    const bool is_new = outcomes_.try_emplace({outcome.integration, outcome.event, outcome.replay}, outcome).second;
    if (is_new) count(outcome);
    if (on_outcome) on_outcome(outcome, is_new);
  }
  for (store::Exchange& exchange : batch.exchanges) {
    exchange.id = ++last_exchange_;
    exchanges_.push_back(std::move(exchange));
  }
  for (const store::DeadLetter& letter : batch.dead_letters) {
    const OutcomeKey key{letter.integration, letter.event->id, letter.replay};
    const auto found = outcomes_.find(key);
    if (found != outcomes_.end() && found->second.kind == core::OutcomeKind::kSuccess) continue;
    dead_letters_.insert_or_assign(key, letter).first->second.id = ++last_letter_;
  }
  for (store::Outage& one : batch.outages) note_outage(one);
  open_outages_.apply(batch.outages);
}

void SimStore::note_outage(store::Outage& one) {
  std::size_t open = 0;
  for (store::Outage& known : outages_) {
    if (known.ended_at || known.placement != one.placement) continue;
    ++open;
    if (one.is_end() ? !known.is_ended_by(one) : known.lane != one.lane) continue;
    if (known.lane == one.lane) known.failures += one.failures;
    known.ended_at = one.ended_at;
    if (one.is_end()) continue;
    known.version = one.version;
    known.status = one.status;
    known.error_class = one.error_class;
    known.error = one.error;
    return;
  }
  if (one.is_end() || open >= store::OpenOutages::kOfPlacementMax) return;
  one.id = outages_.size() + 1;
  outages_.push_back(one);
}

Result<std::vector<store::Outage>> SimStore::outages(const store::OutageQuery& query) {
  std::vector<store::Outage> found;
  std::ranges::copy_if(outages_ | std::views::reverse, std::back_inserter(found),
                       [&](const store::Outage& one) { return query.fits(one); });
  if (found.size() > query.limit) found.resize(query.limit);
  return found;
}

void SimStore::count(const store::Outcome& outcome) {
  store::Counts one;
  one.of(outcome.kind) = 1;
  ++outcomes_counted_;
  ended_.add(outcome);
  if (const auto replay = replays_.find(outcome.replay); replay != replays_.end())
    ++replay->second.ended.of(outcome.kind);
  if (outcome.kind == core::OutcomeKind::kSuccess)
    last_[{outcome.integration, outcome.product}] += {.success = outcome.at};
  if (outcome.kind == core::OutcomeKind::kError) last_[{outcome.integration, outcome.product}] += {.error = outcome.at};
  const std::int32_t day = utc_day(outcome.at);
  counters_[{outcome.integration, day, outcome.product}] += one;
  hours_[{outcome.integration, store::hour_of(outcome.at), outcome.product}] += one;
  of_versions_[{outcome.integration, outcome.version, outcome.product, day}] += one;
  if (outcome.product.is_none()) return;
  const std::string other(store::kOtherKind);
  const Kind others{other, other, other};
  const auto shortened = [&](const std::string& text, std::size_t most) { return text.size() > most ? other : text; };
  const Kind kind{shortened(outcome.device.firmware_version, limits_.firmware_version_bytes_max),
                  shortened(outcome.device.os_version, limits_.firmware_version_bytes_max),
                  shortened(outcome.device.groups, limits_.groups_per_device_max * (limits_.group_name_bytes_max + 1))};
  auto& kinds = traffic_[{outcome.product, store::minute_of(outcome.at)}];
  const bool room = kinds.contains(kind) || kinds.size() - kinds.count(others) < limits_.traffic_kinds_max;
  kinds[room ? kind : others] += one;
}

Result<std::vector<store::HourCounts>> SimStore::hour_counters(core::IntegrationNumber integration,
                                                               std::int32_t from,
                                                               std::int32_t to) {
  std::vector<store::HourCounts> hours;
  for (auto at = hours_.lower_bound({integration, from, {}}); at != hours_.end(); ++at) {
    const auto& [of, hour, product] = at->first;
    if (of != integration || hour > to) break;
    hours.push_back({product, hour, at->second});
  }
  return hours;
}

Result<std::vector<store::VersionCounts>> SimStore::version_counters(core::IntegrationNumber integration) {
  std::vector<store::VersionCounts> versions;
  for (auto at = of_versions_.lower_bound({integration, 0, {}, 0}); at != of_versions_.end(); ++at) {
    const auto& [of, version, product, day] = at->first;
    if (of != integration) break;
    const bool same = !versions.empty() && versions.back().version == version && versions.back().product == product;
    if (!same) versions.push_back({version, product, {}});
    versions.back().counts += at->second;
  }
  return versions;
}

Result<std::vector<store::MinuteCounts>> SimStore::traffic(core::ProductId product,
                                                           std::int32_t from,
                                                           std::int32_t to,
                                                           const store::TrafficFilter& filter) {
  std::vector<store::MinuteCounts> minutes;
  for (auto at = traffic_.lower_bound({product, from}); at != traffic_.end(); ++at) {
    const auto& [of, minute] = at->first;
    if (of != product || minute > to) break;
    store::MinuteCounts sum{minute, {}};
    for (const auto& [kind, counts] : at->second) {
      const auto& [firmware, os, groups] = kind;
      const bool fits = (!filter.firmware_version || *filter.firmware_version == firmware) &&
                        (!filter.os_version || *filter.os_version == os) &&
                        (!filter.group || core::names_group(groups, *filter.group));
      if (fits) sum.counts += counts;
    }
    if (sum.counts != store::Counts{}) minutes.push_back(sum);
  }
  return minutes;
}

Result<std::vector<store::DayCounts>> SimStore::counters(core::IntegrationNumber integration,
                                                         std::int32_t from,
                                                         std::int32_t to) {
  std::vector<store::DayCounts> days;
  for (auto at = counters_.lower_bound({integration, from, {}}); at != counters_.end(); ++at) {
    const auto& [of, day, product] = at->first;
    if (of != integration || day > to) break;
    days.push_back({product, day, at->second});
  }
  return days;
}

Result<std::vector<std::vector<store::DayCounts>>> SimStore::counters_of_many(
    std::span<const core::IntegrationNumber> integrations, std::int32_t from, std::int32_t to) {
  std::vector<std::vector<store::DayCounts>> all;
  for (const core::IntegrationNumber integration : integrations) {
    FLEETHOOK_TRY(all.emplace_back(), counters(integration, from, to));
  }
  return all;
}

std::vector<store::PlacementNumbers> SimStore::numbers(std::span<const core::IntegrationNumber> integrations,
                                                       std::int32_t today) {
  std::vector<store::PlacementNumbers> numbers;
  for (const core::IntegrationNumber integration : integrations) {
    std::map<core::ProductId, store::PlacementNumbers> of_products;
    for (const auto& [placement, last] : last_) {
      if (placement.first == integration) of_products[placement.second].last = last;
    }
    for (const auto& [product, counts] : counters_of_day(integration, today)) of_products[product].today = counts;
    for (const auto& [product, found] : of_products) numbers.push_back({integration, product, found.today, found.last});
  }
  return numbers;
}

std::vector<std::pair<core::ProductId, store::Counts>> SimStore::counters_of_day(core::IntegrationNumber integration,
                                                                                 std::int32_t day) {
  std::vector<std::pair<core::ProductId, store::Counts>> counts;
  const auto days = counters(integration, day, day);
  for (const store::DayCounts& one : *days) counts.emplace_back(one.product, one.counts);
  return counts;
}

Result<std::vector<store::Exchange>> SimStore::exchanges(core::IntegrationNumber integration,
                                                         core::ProductId product,
                                                         bool success,
                                                         std::size_t limit) {
  std::vector<store::Exchange> found;
  for (auto at = exchanges_.rbegin(); at != exchanges_.rend(); ++at) {
    if (at->integration == integration && at->success == success && (product.is_none() || at->product == product))
      found.push_back(*at);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

template <class Query>
bool SimStore::is_theirs(core::IntegrationNumber number, const Query& query) const {
  if (query.organization.is_none() && query.user.is_none()) return true;
  const auto version = versions_.lower_bound({number, 0});
  if (version == versions_.end() || version->first.first != number) return false;
  const Integration& integration = *version->second.integration;
  if (!query.organization.is_none()) return integration.organization == query.organization;
  return integration.organization.is_none() && integration.user == query.user;
}

Result<store::Attempts> SimStore::attempts(const store::AttemptQuery& query, const store::AttemptPage& page) {
  store::Attempts found;
  std::size_t looked_at = 0;
  for (auto at = exchanges_.rbegin(); at != exchanges_.rend(); ++at) {
    if (page.behind != 0 && at->id >= page.behind) continue;
    if (looked_at++ == page.look_max || found.attempts.size() == page.limit) return found;
    found.behind = at->id;
    found.looked_at = at->at;
    if (query.fits(*at) && is_theirs(at->integration, query)) found.attempts.push_back(*at);
  }
  found.all = true;
  return found;
}

Result<std::optional<store::Exchange>> SimStore::attempt(std::uint64_t id, const store::AttemptQuery& query) {
  for (const store::Exchange& one : exchanges_) {
    if (one.id == id && query.fits(one) && is_theirs(one.integration, query)) return std::optional(one);
  }
  return std::optional<store::Exchange>();
}

Result<store::EventHistory> SimStore::of_event(const core::EventId& event, std::size_t attempts_max) {
  store::EventHistory history;
  for (const auto& [key, outcome] : outcomes_)
    if (outcome.event == event) history.outcomes.push_back(outcome);
  for (auto at = exchanges_.rbegin(); at != exchanges_.rend() && history.attempts.size() < attempts_max; ++at)
    if (at->event->id == event) history.attempts.push_back(*at);
  for (const auto& [key, letter] : dead_letters_)
    if (letter.event->id == event) history.letters.push_back({letter.id, letter.integration, letter.replay});
  std::ranges::stable_sort(history.outcomes, {},
                           [](const store::Outcome& one) { return std::pair(one.integration, one.replay); });
  return history;
}

Result<store::DeadLetters> SimStore::dead_letters(const store::DeadLetterQuery& query,
                                                  const store::DeadLetterPage& page) {
  std::vector<const store::DeadLetter*> all;
  for (const auto& [key, letter] : dead_letters_) {
    const bool is_behind = page.behind == 0 || (page.oldest_first ? letter.id > page.behind : letter.id < page.behind);
    if (is_behind && letter.id <= page.upto) all.push_back(&letter);
  }
  std::ranges::sort(all,
                    [&](const auto* a, const auto* b) { return page.oldest_first ? a->id < b->id : a->id > b->id; });
  store::DeadLetters found;
  std::size_t looked_at = 0;
  for (const store::DeadLetter* letter : all) {
    if (looked_at++ == page.look_max || (!page.count_only && found.letters.size() == page.limit)) return found;
    found.behind = letter->id;
    found.looked_at = letter->at;
    if (!is_theirs(letter->integration, query) || !query.fits(*letter)) continue;
    ++found.found;
    if (!page.count_only) found.letters.push_back(*letter);
  }
  found.all = true;
  return found;
}

Result<std::optional<store::DeadLetter>> SimStore::dead_letter(std::uint64_t id, const store::DeadLetterQuery& query) {
  for (const auto& [key, letter] : dead_letters_) {
    if (letter.id == id && is_theirs(letter.integration, query) && query.fits(letter)) return std::optional(letter);
  }
  return std::optional<store::DeadLetter>();
}

void SimStore::audit_replay(const store::Replay& replay, const char* action, const store::Actor& by) {
  store::AuditEntry entry;
  entry.at = clock_.now();
  entry.by = by;
  entry.organization = replay.plan.query.organization;
  entry.owner = replay.plan.query.user;
  entry.action = action;
  entry.target = std::to_string(replay.number);
  entry.target_name = "replay " + entry.target;
  entry.number = audit_.size() + 1;
  audit_.push_back(std::move(entry));
}

Result<store::Replay> SimStore::create_replay(store::ReplayPlan plan, std::uint64_t found, const store::Actor& by) {
  store::Replay replay;
  replay.number = ++last_replay_;
  replay.plan = std::move(plan);
  replay.by = by;
  replay.created_at = clock_.now();
  replay.upto = last_letter_;
  replay.found = found;
  audit_replay(replay, "replay.started", by);
  return replays_[replay.number] = replay;
}

Result<std::vector<store::Replay>> SimStore::replays(const store::DeadLetterQuery& owner, std::size_t limit) {
  std::vector<store::Replay> found;
  const std::string key = store::owner_key(owner);
  for (auto at = replays_.rbegin(); at != replays_.rend() && found.size() < limit; ++at) {
    if (key.empty() || key == store::owner_key(at->second.plan.query)) found.push_back(at->second);
  }
  return found;
}

Result<store::Replay> SimStore::replay(std::uint32_t number) {
  const auto found = replays_.find(number);
  if (found == replays_.end()) return Error{Fault::kNotFound, "Replay not found: " + std::to_string(number) + "."};
  return found->second;
}

Result<std::vector<store::Replay>> SimStore::running_replays() {
  std::vector<store::Replay> found;
  for (const auto& [number, replay] : replays_) {
    if (replay.state == store::ReplayState::kRunning) found.push_back(replay);
  }
  return found;
}

Result<store::Replay> SimStore::set_replay(std::uint32_t number, store::ReplayState state, const store::Actor& by) {
  FLEETHOOK_TRY(store::Replay replay, this->replay(number));
  if (replay.state == state) return replay;
  FLEETHOOK_CHECK(store::check_may_become(replay, state));
  replay.state = state;
  if (state == store::ReplayState::kCancelled) replay.ended_at = clock_.now();
  audit_replay(replay, store::audit_action(state), by);
  return replays_[number] = replay;
}

Result<void> SimStore::note_replay_step(const store::ReplayStep& step) {
  const auto found = replays_.find(step.number);
  if (found == replays_.end() || found->second.behind != step.from || found->second.walked) return {};
  store::Replay& replay = found->second;
  replay.behind = step.to;
  replay.placed += step.placed;
  replay.skipped += step.skipped;
  replay.walked = step.last;
  for (auto& [key, letter] : dead_letters_) {
    if (std::ranges::find(step.taken, letter.id) != step.taken.end()) letter.replayed = step.number;
  }
  return {};
}

Result<void> SimStore::end_replay(std::uint32_t number) {
  const auto found = replays_.find(number);
  if (found == replays_.end()) return {};
  store::Replay& replay = found->second;
  if (replay.state != store::ReplayState::kRunning || !replay.walked || replay.waiting() > 0) return {};
  replay.state = store::ReplayState::kDone;
  replay.ended_at = clock_.now();
  return {};
}

Result<void> SimStore::prune(Instant before, std::int32_t day, Instant fine) {
  std::erase_if(outcomes_, [before](const auto& one) { return one.second.at < before; });
  std::erase_if(last_, [before](const auto& one) { return std::max(one.second.success, one.second.error) < before; });
  std::erase_if(exchanges_, [before](const auto& one) { return one.at < before; });
  std::erase_if(outages_, [before](const auto& one) { return one.ended_at && *one.ended_at < before; });
  std::erase_if(replays_, [before](const auto& one) { return one.second.ended_at && *one.second.ended_at < before; });
  std::erase_if(dead_letters_, [before](const auto& one) { return one.second.at < before; });
  std::erase_if(counters_, [day](const auto& one) { return std::get<1>(one.first) < day; });
  std::erase_if(of_versions_, [day](const auto& one) { return std::get<3>(one.first) < day; });
  std::erase_if(hours_, [fine](const auto& one) { return std::get<1>(one.first) < store::hour_of(fine); });
  std::erase_if(traffic_, [fine](const auto& one) { return one.first.second < store::minute_of(fine); });
  return {};
}

namespace {
std::uint64_t bytes_of(const core::Event& event) {
  return 256 + event.name.size() + event.data.value_or("").size();
}
}  // namespace

Result<store::HistoryBytes> SimStore::prune_to(store::HistoryBytes most) {
  store::HistoryBytes left;
  const auto exchange_bytes = [](const store::Exchange& one) {
    return bytes_of(*one.event) + one.request_body.size() + one.response_body.size();
  };
  for (const store::Exchange& one : exchanges_) left.exchanges += exchange_bytes(one);
  while (left.exchanges > most.exchanges) {
    left.exchanges -= exchange_bytes(exchanges_.front());
    exchanges_.erase(exchanges_.begin());
  }
  for (const auto& [key, letter] : dead_letters_) left.dead_letters += bytes_of(*letter.event);
  while (left.dead_letters > most.dead_letters) {
    const auto oldest =
        std::ranges::min_element(dead_letters_, [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
    left.dead_letters -= bytes_of(*oldest->second.event);
    dead_letters_.erase(oldest);
  }
  return left;
}

}  // namespace fleethook::testing
