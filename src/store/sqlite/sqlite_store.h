// The store in one SQLite file: catalog commands are computed and committed on the writer's thread and then published
// as the next snapshot; outcomes are recorded in groups; the history is read on connections of its own.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/keyring.h"
#include "base/limits.h"
#include "base/random.h"
#include "sqlite/group_writer.h"
#include "store/sqlite/day_counters.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/record_inbox.h"
#include "store/store.h"

namespace fleethook::store {

class Draft;  // store/draft.h

// Thread-safe, as Store. Destroy it after the writer has run what was submitted (works refer to it): the writer goes
// first.
class SqliteStore final : public Store {
 public:
  // `writer` holds a connection to the file at `path`, already brought up to date by migrate_store(). `random` is drawn
  // from on the writer's thread only. `vfs` names another file system for the reading connections (tests). `keys` seal
  // and open secrets; without them none can be stored. Errors: kUnavailable (cannot be opened or read), kCorrupt (names
  // what is wrong; also a secret that the keys do not open).
  static Result<std::unique_ptr<SqliteStore>> open(sqlite::GroupWriter& writer,
                                                   const std::string& path,
                                                   const Clock& clock,
                                                   Random& random,
                                                   const Limits& limits = {},
                                                   const char* vfs = nullptr,
                                                   crypto::Keyring keys = {});

  CatalogPtr catalog() const override {
    const std::lock_guard lock(published_mutex_);
    return published_;
  }

  Result<core::User> create_user(NewUser user, const std::optional<Actor>& by) override;
  Result<void> update_user(const core::User& user, const Actor& by, const TokensToEnd& ends) override;
  Result<void> delete_user(const core::UserId& id, const Actor& by) override;
  Result<void> add_token(core::AccessToken token, const Actor& by) override;
  Result<void> revoke_token(const crypto::Digest& digest) override;
  Result<void> revoke_tokens_of(const core::UserId& user, const Actor& by) override;
  Result<void> save_token_use() override;
  Result<void> save_device_heard() override;
  Result<core::Organization> create_organization(NewOrganization organization, const Actor& by) override;
  Result<void> update_organization(const core::Organization& organization, const Actor& by) override;
  Result<core::Product> create_product(NewProduct product, const Actor& by) override;
  Result<void> update_product(const core::Product& product, const Actor& by) override;
  Result<ImportReport> import_devices(core::ProductId product,
                                      const std::vector<core::DeviceId>& ids,
                                      const core::UserId& claim_for,
                                      const Actor& by) override;
  Result<void> remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) override;
  Result<void> claim_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) override;
  Result<void> release_device(core::ProductId product, const core::DeviceId& id, const Actor& by) override;
  Result<void> release_own_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) override;
  Result<void> update_device(const core::Device& device, const Actor& by) override;
  Result<void> change_groups(core::ProductId product,
                             const std::vector<core::DeviceId>& devices,
                             const GroupChange& change,
                             const Actor& by) override;
  Result<void> add_member(const TeamPlace& place, const core::UserId& user, core::Role role, const Actor& by) override;
  Result<void> change_role(const TeamPlace& place, const core::UserId& user, core::Role role, const Actor& by) override;
  Result<void> remove_member(const TeamPlace& place, const core::UserId& user, const Actor& by) override;
  Result<Invitation> invite(NewInvitation invitation, const Actor& by) override;
  Result<Invitation> renew_invitation(const core::InvitationId& id,
                                      core::Role role,
                                      const crypto::Digest& code,
                                      const Actor& by) override;
  Result<void> accept_invitation(const core::InvitationId& id,
                                 const std::optional<crypto::Digest>& code,
                                 const Actor& by) override;
  Result<void> decline_invitation(const core::InvitationId& id, const Actor& by) override;
  Result<void> withdraw_invitation(const core::InvitationId& id, const Actor& by) override;
  Result<void> end_old_invitations() override;
  Result<core::User> create_api_user(NewApiUser user, const Actor& by) override;
  Result<ApiUserChange> update_api_user(const core::UserId& id, ApiUserEdit edit, const Actor& by) override;
  Result<void> delete_api_user(const core::UserId& id, const Actor& by) override;

  Result<std::vector<core::IntegrationPtr>> change_integrations(const Rule& rule) override;
  Result<void> drop_waiting(const core::IntegrationId& id,
                            const std::vector<core::ProductId>& products,
                            core::EventSeq newest,
                            const Actor& by) override;
  Result<void> move_waiting(const core::IntegrationId& id,
                            const std::vector<core::ProductId>& products,
                            core::EventSeq newest,
                            const Actor& by) override;
  Result<void> set_pause(const core::IntegrationId& id,
                         const std::vector<core::ProductId>& products,
                         core::Pause pause,
                         core::EventSeq newest,
                         const Actor& by) override;
  Result<core::IntegrationPtr> integration_version(core::IntegrationNumber number, std::uint32_t version) override;
  Result<std::vector<VersionRecord>> versions(core::IntegrationNumber number,
                                              std::uint32_t before,
                                              std::size_t limit) override;
  Result<std::vector<PlacementRecord>> placements(core::IntegrationNumber number) override;
  Result<SecretPut> put_secret(const SecretOwner& owner, NewSecret secret, const Actor& by) override;
  Result<void> delete_secret(const SecretOwner& owner, const std::string& name, const Actor& by) override;
  Result<VariablesPtr> set_variables(const VariablesOwner& owner, VariablesEdit edit, const Actor& by) override;
  Result<void> save_secret_access() override;
  Result<std::vector<AuditEntry>> audit(const AuditQuery& query) override;
  std::string trouble() const override { return writer_.last_failure(); }

  void record(HistoryBatch batch, OnRecorded done) override;
  // The same with another work in its transaction: both are committed, or neither. `beside` runs after the batch.
  void record_with(HistoryBatch batch, std::unique_ptr<sqlite::Work> beside, OnRecorded done);
  // Runs `look` while nothing that was recorded with another work becomes visible: what it sees of both is of one
  // moment. `look` takes no longer than reading some numbers.
  void between_settlements(const std::function<void()>& look) const {
    const std::lock_guard lock(ended_.settling());
    look();
  }
  Ended ended() const override { return ended_.get(); }
  Result<std::vector<DayCounts>> counters(core::IntegrationNumber integration,
                                          std::int32_t from,
                                          std::int32_t to) override;
  Result<std::vector<std::vector<DayCounts>>> counters_of_many(std::span<const core::IntegrationNumber> integrations,
                                                               std::int32_t from,
                                                               std::int32_t to) override;
  Result<std::vector<HourCounts>> hour_counters(core::IntegrationNumber integration,
                                                std::int32_t from,
                                                std::int32_t to) override;
  Result<std::vector<VersionCounts>> version_counters(core::IntegrationNumber integration) override;
  Result<std::vector<MinuteCounts>> traffic(core::ProductId product,
                                            std::int32_t from,
                                            std::int32_t to,
                                            const TrafficFilter& filter) override;
  std::vector<std::pair<core::ProductId, Counts>> counters_of_day(core::IntegrationNumber integration,
                                                                  std::int32_t day) override;
  std::vector<PlacementNumbers> numbers(std::span<const core::IntegrationNumber> integrations,
                                        std::int32_t today) override {
    return day_counters_.numbers(integrations, today);
  }
  std::uint64_t numbers_revision() const override { return day_counters_.revision(); }
  Result<std::vector<Exchange>> exchanges(core::IntegrationNumber integration,
                                          core::ProductId product,
                                          bool success,
                                          std::size_t limit) override;
  Result<Attempts> attempts(const AttemptQuery& query, const AttemptPage& page) override;
  Result<std::optional<Exchange>> attempt(std::uint64_t id, const AttemptQuery& query) override;
  Result<EventHistory> of_event(const core::EventId& event, std::size_t attempts_max) override;
  Result<DeadLetters> dead_letters(const DeadLetterQuery& query, const DeadLetterPage& page) override;
  Result<std::optional<DeadLetter>> dead_letter(std::uint64_t id, const DeadLetterQuery& query) override;
  Result<Replay> create_replay(ReplayPlan plan, std::uint64_t found, const Actor& by) override;
  Result<std::vector<Replay>> replays(const DeadLetterQuery& owner, std::size_t limit) override;
  Result<Replay> replay(std::uint32_t number) override;
  Result<std::vector<Replay>> running_replays() override;
  Result<Replay> set_replay(std::uint32_t number, ReplayState state, const Actor& by) override;
  Result<void> note_replay_step(const ReplayStep& step) override;
  Result<void> end_replay(std::uint32_t number) override;
  const OpenOutages& open_outages() const override { return open_outages_; }
  Result<std::vector<Outage>> outages(const OutageQuery& query) override;
  Result<HistoryBytes> prune_to(HistoryBytes most) override;
  Result<void> prune(Instant before, std::int32_t day, Instant fine) override;

 private:
  SqliteStore(sqlite::GroupWriter& writer,
              const std::string& path,
              const Clock& clock,
              Random& random,
              const Limits& limits,
              const char* vfs,
              crypto::Keyring keys);

  // Runs a rule on the writer's thread, on the newest catalog. What it makes of the catalog is written and becomes true
  // at once, or, when it gives an error or the commit fails, nothing does.
  using RuleOnDraft = std::function<Result<void>(Draft&)>;
  class ChangeWork;
  Result<void> run(RuleOnDraft rule);
  // The same for a rule that answers something.
  template <class Answering>
  auto command(Answering&& rule) -> std::invoke_result_t<Answering&, Draft&> {
    using Answer = std::invoke_result_t<Answering&, Draft&>;
    if constexpr (std::is_same_v<Answer, Result<void>>) {
      return run(rule);
    } else {
      std::optional<Answer> answer;
      FLEETHOOK_CHECK(run([&](Draft& draft) -> Result<void> {
        answer.emplace(rule(draft));
        if (!answer->ok()) return answer->error();
        return {};
      }));
      return *std::move(answer);
    }
  }

  void publish(CatalogPtr snapshot) {
    const std::lock_guard lock(published_mutex_);
    published_.swap(snapshot);  // the old one goes outside the lock
  }

  // What was noted in memory, by the caller's thread: `write` for each of `count`, in steps.
  Result<void> write_noted(std::size_t count, const std::function<Result<void>(sqlite::Database&, std::size_t)>& write);

  Result<void> prune_step(const std::function<Result<void>(sqlite::Database&)>& step);
  Result<void> prune_last_outcomes(Instant before);
  Result<void> roll_up_counters();
  Result<void> prune_step_by_step(const std::function<Result<void>(sqlite::Database&, std::int64_t&)>& step);

  sqlite::GroupWriter& writer_;
  const Clock& clock_;
  Random& random_;
  const Limits limits_;
  const std::shared_ptr<const crypto::Keyring> keys_;  // also of the connections, the writer's among them
  ReaderPool readers_;
  DayCounters day_counters_;
  OpenOutages open_outages_;
  EndedCount ended_;
  RecordInbox inbox_;
  LogHealth log_health_;
  std::mutex noted_mutex_;  // one at a time saves what was noted
  CatalogPtr newest_;       // the writer's thread's own: with the changes of the transaction under way
  // Not std::atomic<std::shared_ptr>: the load() of g++ 12 gives its lock bit back without ordering, which
  // ThreadSanitizer rightly calls a race. The lock is held for the copy of a pointer.
  mutable std::mutex published_mutex_;
  CatalogPtr published_;  // written on the writer's thread only
};

}  // namespace fleethook::store
