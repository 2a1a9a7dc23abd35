// A fleet's store in simulated memory, on a SimDisk. It passes store/history_contract.h, device_contract.h and
// secret_contract.h. Tests may plant faults by a class that overrides some of it.
#pragma once
#include <map>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/limits.h"
#include "store/draft.h"
#include "store/store.h"
#include "testing/sim_disk.h"

namespace fleethook::testing {

class SimStore : public store::FleetStore, private store::Numbers {
 public:
  SimStore(const Clock& clock, Random& random, SimDisk& disk)
      : clock_(clock), random_(random), disk_(disk), catalog_(std::make_shared<store::Catalog>()) {}

  store::CatalogPtr catalog() const override { return catalog_; }
  Result<core::User> create_user(store::NewUser user, const std::optional<store::Actor>& by) override;
  Result<core::Organization> create_organization(store::NewOrganization organization, const store::Actor& by) override;
  Result<core::Product> create_product(store::NewProduct product, const store::Actor& by) override;
  Result<std::vector<core::IntegrationPtr>> change_integrations(const store::Rule& rule) override;
  Result<void> drop_waiting(const core::IntegrationId& id,
                            const std::vector<core::ProductId>& products,
                            core::EventSeq newest,
                            const store::Actor& by) override;
  Result<void> move_waiting(const core::IntegrationId& id,
                            const std::vector<core::ProductId>& products,
                            core::EventSeq newest,
                            const store::Actor& by) override;
  Result<void> set_pause(const core::IntegrationId& id,
                         const std::vector<core::ProductId>& products,
                         core::Pause pause,
                         core::EventSeq newest,
                         const store::Actor& by) override;
  Result<core::IntegrationPtr> integration_version(core::IntegrationNumber number, std::uint32_t version) override;
  Result<std::vector<store::VersionRecord>> versions(core::IntegrationNumber number,
                                                     std::uint32_t before,
                                                     std::size_t limit) override;
  Result<std::vector<store::PlacementRecord>> placements(core::IntegrationNumber number) override;

  Result<void> save_token_use() override { return {}; }  // memory is all there is
  Result<void> save_device_heard() override { return {}; }
  Result<store::ImportReport> import_devices(core::ProductId,
                                             const std::vector<core::DeviceId>&,
                                             const core::UserId&,
                                             const store::Actor&) override;
  Result<void> remove_device(core::ProductId, const core::DeviceId&, const store::Actor&) override;
  Result<void> claim_device(const core::DeviceId&, const core::UserId&, const store::Actor&) override;
  Result<void> release_device(core::ProductId, const core::DeviceId&, const store::Actor&) override;
  Result<void> release_own_device(const core::DeviceId&, const core::UserId&, const store::Actor&) override;
  Result<void> update_device(const core::Device&, const store::Actor&) override;
  Result<void> change_groups(core::ProductId,
                             const std::vector<core::DeviceId>&,
                             const store::GroupChange&,
                             const store::Actor&) override;
  Result<store::SecretPut> put_secret(const store::SecretOwner& owner,
                                      store::NewSecret secret,
                                      const store::Actor& by) override;
  Result<void> delete_secret(const store::SecretOwner& owner, const std::string& name, const store::Actor& by) override;
  Result<store::VariablesPtr> set_variables(const store::VariablesOwner& owner,
                                            store::VariablesEdit edit,
                                            const store::Actor& by) override;
  Result<void> save_secret_access() override { return {}; }  // memory is all there is
  Result<std::vector<store::AuditEntry>> audit(const store::AuditQuery& query) override;

  void record(store::HistoryBatch batch, OnRecorded done) override;
  // Commits at once: a part of another write. Tests may plant faults in it.
  virtual void commit(store::HistoryBatch batch);
  store::Ended ended() const override { return ended_; }
  Result<std::vector<store::DayCounts>> counters(core::IntegrationNumber integration,
                                                 std::int32_t from,
                                                 std::int32_t to) override;
  Result<std::vector<std::vector<store::DayCounts>>> counters_of_many(
      std::span<const core::IntegrationNumber> integrations, std::int32_t from, std::int32_t to) override;
  Result<std::vector<store::HourCounts>> hour_counters(core::IntegrationNumber integration,
                                                       std::int32_t from,
                                                       std::int32_t to) override;
  Result<std::vector<store::VersionCounts>> version_counters(core::IntegrationNumber integration) override;
  Result<std::vector<store::MinuteCounts>> traffic(core::ProductId product,
                                                   std::int32_t from,
                                                   std::int32_t to,
                                                   const store::TrafficFilter& filter) override;
  std::vector<std::pair<core::ProductId, store::Counts>> counters_of_day(core::IntegrationNumber integration,
                                                                         std::int32_t day) override;
  std::vector<store::PlacementNumbers> numbers(std::span<const core::IntegrationNumber> integrations,
                                               std::int32_t today) override;
  std::uint64_t numbers_revision() const override { return outcomes_counted_; }
  Result<std::vector<store::Exchange>> exchanges(core::IntegrationNumber integration,
                                                 core::ProductId product,
                                                 bool success,
                                                 std::size_t limit) override;
  Result<store::Attempts> attempts(const store::AttemptQuery& query, const store::AttemptPage& page) override;
  Result<std::optional<store::Exchange>> attempt(std::uint64_t id, const store::AttemptQuery& query) override;
  Result<store::EventHistory> of_event(const core::EventId& event, std::size_t attempts_max) override;
  Result<store::DeadLetters> dead_letters(const store::DeadLetterQuery& query,
                                          const store::DeadLetterPage& page) override;
  Result<std::optional<store::DeadLetter>> dead_letter(std::uint64_t id, const store::DeadLetterQuery& query) override;
  Result<store::Replay> create_replay(store::ReplayPlan plan, std::uint64_t found, const store::Actor& by) override;
  Result<std::vector<store::Replay>> replays(const store::DeadLetterQuery& owner, std::size_t limit) override;
  Result<store::Replay> replay(std::uint32_t number) override;
  Result<std::vector<store::Replay>> running_replays() override;
  Result<store::Replay> set_replay(std::uint32_t number, store::ReplayState state, const store::Actor& by) override;
  Result<void> note_replay_step(const store::ReplayStep& step) override;
  Result<void> end_replay(std::uint32_t number) override;
  Result<void> prune(Instant before, std::int32_t day, Instant fine) override;
  Result<store::HistoryBytes> prune_to(store::HistoryBytes most) override;
  const store::OpenOutages& open_outages() const override { return open_outages_; }
  Result<std::vector<store::Outage>> outages(const store::OutageQuery& query) override;

  // What is committed.
  using OutcomeKey = std::tuple<core::IntegrationNumber, core::EventId, std::uint32_t>;  // last: the replay
  const std::map<OutcomeKey, store::Outcome>& outcomes() const { return outcomes_; }
  const std::vector<store::Exchange>& all_exchanges() const { return exchanges_; }
  const std::map<OutcomeKey, store::DeadLetter>& all_dead_letters() const { return dead_letters_; }
  // Runs at the commit of each outcome, also of one that was there already (`is_new` false).
  std::function<void(const store::Outcome&, bool is_new)> on_outcome;

 private:
  Result<core::ProductId> next_product() override { return core::ProductId{++last_product_}; }
  Result<core::IntegrationNumber> next_integration() override { return core::IntegrationNumber{++last_integration_}; }
  Result<std::uint64_t> next_organization_order() override { return ++organizations_; }
  void keep(const store::CatalogChange& change);
  void keep_versions(const store::row::PutIntegration& put);
  void count(const store::Outcome& outcome);
  void note_outage(store::Outage& one);
  void audit_replay(const store::Replay& replay, const char* action, const store::Actor& by);
  template <class Query>
  bool is_theirs(core::IntegrationNumber number, const Query& query) const;
  // As SqliteStore::command().
  template <class Rule>
  auto command(Rule&& rule) -> std::invoke_result_t<Rule&, store::Draft&>;

  const Clock& clock_;
  Random& random_;
  const Limits limits_;
  SimDisk& disk_;
  store::CatalogPtr catalog_;
  std::map<std::pair<core::IntegrationNumber, std::uint32_t>, store::VersionRecord> versions_;
  std::map<std::pair<core::IntegrationNumber, core::ProductId>, store::PlacementRecord> placements_;
  std::uint64_t last_integration_ = 0, last_product_ = 10'000, organizations_ = 0;

  std::vector<store::AuditEntry> audit_;

  std::map<OutcomeKey, store::Outcome> outcomes_;
  std::map<std::tuple<core::IntegrationNumber, std::int32_t, core::ProductId>, store::Counts> counters_;
  std::map<std::tuple<core::IntegrationNumber, std::int32_t, core::ProductId>, store::Counts> hours_;
  std::map<std::tuple<core::IntegrationNumber, std::uint32_t, core::ProductId, std::int32_t>, store::Counts>
      of_versions_;  // last: the day
  std::map<std::pair<core::IntegrationNumber, core::ProductId>, store::LastOutcomes> last_;
  std::uint64_t outcomes_counted_ = 0;
  store::Ended ended_;
  using Kind = std::tuple<std::string, std::string, std::string>;  // firmware, OS, groups
  std::map<std::pair<core::ProductId, std::int32_t>, std::map<Kind, store::Counts>> traffic_;
  std::vector<store::Exchange> exchanges_;  // in the order of recording
  std::vector<store::Outage> outages_;      // the same
  store::OpenOutages open_outages_;
  std::map<OutcomeKey, store::DeadLetter> dead_letters_;
  std::uint64_t last_letter_ = 0, last_exchange_ = 0;
  std::uint32_t last_replay_ = 0;
  std::map<std::uint32_t, store::Replay> replays_;
};

}  // namespace fleethook::testing
