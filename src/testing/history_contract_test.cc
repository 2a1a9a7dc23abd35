// The simulated store keeps its history, devices, secrets and variables as every store must.
#include "store/history_contract.h"

#include "store/device_contract.h"
#include "store/secret_contract.h"
#include "testing/sim_store.h"

namespace fleethook::testing {
namespace {

// Tests of the contract wait for each answer: the simulation runs until it has come.
class SteppedStore final : public store::StoreHarness {
 public:
  SteppedStore() : inner_(clock, sim_.random(), disk_), stepped_(*this) {}
  store::Store& store() override { return stepped_; }
  void reopen() override { disk_.crash(); }

 private:
  struct Stepped final : store::Store {
    explicit Stepped(SteppedStore& owner) : o(owner) {}
    void record(store::HistoryBatch batch, OnRecorded done) override {
      o.inner_.record(std::move(batch), std::move(done));
      while (o.sim_.step()) {
      }
    }
    store::Ended ended() const override { return o.inner_.ended(); }
    store::CatalogPtr catalog() const override { return o.inner_.catalog(); }
    Result<core::User> create_user(store::NewUser user, const std::optional<store::Actor>& by) override {
      return o.inner_.create_user(std::move(user), by);
    }
    Result<void> update_user(const core::User& user, const store::Actor& by, const store::TokensToEnd& ends) override {
      return o.inner_.update_user(user, by, ends);
    }
    Result<void> delete_user(const core::UserId& id, const store::Actor& by) override {
      return o.inner_.delete_user(id, by);
    }
    Result<void> add_token(core::AccessToken token, const store::Actor& by) override {
      return o.inner_.add_token(std::move(token), by);
    }
    Result<void> revoke_token(const crypto::Digest& digest) override { return o.inner_.revoke_token(digest); }
    Result<void> revoke_tokens_of(const core::UserId& user, const store::Actor& by) override {
      return o.inner_.revoke_tokens_of(user, by);
    }
    Result<core::Organization> create_organization(store::NewOrganization one, const store::Actor& by) override {
      return o.inner_.create_organization(std::move(one), by);
    }
    Result<void> update_organization(const core::Organization& one, const store::Actor& by) override {
      return o.inner_.update_organization(one, by);
    }
    Result<core::Product> create_product(store::NewProduct one, const store::Actor& by) override {
      return o.inner_.create_product(std::move(one), by);
    }
    Result<void> update_product(const core::Product& one, const store::Actor& by) override {
      return o.inner_.update_product(one, by);
    }
    Result<store::ImportReport> import_devices(core::ProductId product,
                                               const std::vector<core::DeviceId>& ids,
                                               const core::UserId& user,
                                               const store::Actor& by) override {
      return o.inner_.import_devices(product, ids, user, by);
    }
    Result<void> remove_device(core::ProductId product, const core::DeviceId& id, const store::Actor& by) override {
      return o.inner_.remove_device(product, id, by);
    }
    Result<void> claim_device(const core::DeviceId& id, const core::UserId& owner, const store::Actor& by) override {
      return o.inner_.claim_device(id, owner, by);
    }
    Result<void> release_device(core::ProductId product, const core::DeviceId& id, const store::Actor& by) override {
      return o.inner_.release_device(product, id, by);
    }
    Result<void> release_own_device(const core::DeviceId& id,
                                    const core::UserId& user,
                                    const store::Actor& by) override {
      return o.inner_.release_own_device(id, user, by);
    }
    Result<void> update_device(const core::Device& device, const store::Actor& by) override {
      return o.inner_.update_device(device, by);
    }
    Result<void> change_groups(core::ProductId product,
                               const std::vector<core::DeviceId>& devices,
                               const store::GroupChange& change,
                               const store::Actor& by) override {
      return o.inner_.change_groups(product, devices, change, by);
    }
    Result<void> add_member(const store::TeamPlace& place,
                            const core::UserId& user,
                            core::Role role,
                            const store::Actor& by) override {
      return o.inner_.add_member(place, user, role, by);
    }
    Result<void> change_role(const store::TeamPlace& place,
                             const core::UserId& user,
                             core::Role role,
                             const store::Actor& by) override {
      return o.inner_.change_role(place, user, role, by);
    }
    Result<void> remove_member(const store::TeamPlace& place,
                               const core::UserId& user,
                               const store::Actor& by) override {
      return o.inner_.remove_member(place, user, by);
    }
    Result<store::Invitation> invite(store::NewInvitation invitation, const store::Actor& by) override {
      return o.inner_.invite(std::move(invitation), by);
    }
    Result<store::Invitation> renew_invitation(const core::InvitationId& id,
                                               core::Role role,
                                               const crypto::Digest& code,
                                               const store::Actor& by) override {
      return o.inner_.renew_invitation(id, role, code, by);
    }
    Result<void> accept_invitation(const core::InvitationId& id,
                                   const std::optional<crypto::Digest>& code,
                                   const store::Actor& by) override {
      return o.inner_.accept_invitation(id, code, by);
    }
    Result<void> decline_invitation(const core::InvitationId& id, const store::Actor& by) override {
      return o.inner_.decline_invitation(id, by);
    }
    Result<void> withdraw_invitation(const core::InvitationId& id, const store::Actor& by) override {
      return o.inner_.withdraw_invitation(id, by);
    }
    Result<void> end_old_invitations() override { return o.inner_.end_old_invitations(); }
    Result<core::User> create_api_user(store::NewApiUser user, const store::Actor& by) override {
      return o.inner_.create_api_user(std::move(user), by);
    }
    Result<store::ApiUserChange> update_api_user(const core::UserId& id,
                                                 store::ApiUserEdit edit,
                                                 const store::Actor& by) override {
      return o.inner_.update_api_user(id, std::move(edit), by);
    }
    Result<void> delete_api_user(const core::UserId& id, const store::Actor& by) override {
      return o.inner_.delete_api_user(id, by);
    }
    Result<std::vector<store::AuditEntry>> audit(const store::AuditQuery& query) override {
      return o.inner_.audit(query);
    }
    Result<std::vector<core::IntegrationPtr>> change_integrations(const store::Rule& rule) override {
      return o.inner_.change_integrations(rule);
    }
    Result<std::vector<store::VersionRecord>> versions(core::IntegrationNumber number,
                                                       std::uint32_t before,
                                                       std::size_t limit) override {
      return o.inner_.versions(number, before, limit);
    }
    Result<std::vector<store::PlacementRecord>> placements(core::IntegrationNumber number) override {
      return o.inner_.placements(number);
    }
    Result<void> drop_waiting(const core::IntegrationId& id,
                              const std::vector<core::ProductId>& products,
                              const store::Actor& by) override {
      return o.inner_.drop_waiting(id, products, by);
    }
    Result<void> set_pause(const core::IntegrationId& id,
                           const std::vector<core::ProductId>& products,
                           core::Pause pause,
                           const store::Actor& by) override {
      return o.inner_.set_pause(id, products, pause, by);
    }
    Result<core::IntegrationPtr> integration_version(core::IntegrationNumber number, std::uint32_t version) override {
      return o.inner_.integration_version(number, version);
    }
    Result<store::SecretPut> put_secret(const store::SecretOwner& owner,
                                        store::NewSecret secret,
                                        const store::Actor& by) override {
      return o.inner_.put_secret(owner, std::move(secret), by);
    }
    Result<void> delete_secret(const store::SecretOwner& owner,
                               const std::string& name,
                               const store::Actor& by) override {
      return o.inner_.delete_secret(owner, name, by);
    }
    Result<store::VariablesPtr> set_variables(const store::VariablesOwner& owner,
                                              store::VariablesEdit edit,
                                              const store::Actor& by) override {
      return o.inner_.set_variables(owner, std::move(edit), by);
    }
    Result<void> save_token_use() override { return o.inner_.save_token_use(); }
    Result<void> save_device_heard() override { return o.inner_.save_device_heard(); }
    Result<void> save_secret_access() override { return o.inner_.save_secret_access(); }
    std::string trouble() const override { return o.inner_.trouble(); }
    Result<std::vector<store::DayCounts>> counters(core::IntegrationNumber i,
                                                   std::int32_t from,
                                                   std::int32_t to) override {
      return o.inner_.counters(i, from, to);
    }
    Result<std::vector<std::vector<store::DayCounts>>> counters_of_many(std::span<const core::IntegrationNumber> of,
                                                                        std::int32_t from,
                                                                        std::int32_t to) override {
      return o.inner_.counters_of_many(of, from, to);
    }
    Result<std::vector<store::HourCounts>> hour_counters(core::IntegrationNumber i,
                                                         std::int32_t from,
                                                         std::int32_t to) override {
      return o.inner_.hour_counters(i, from, to);
    }
    Result<std::vector<store::VersionCounts>> version_counters(core::IntegrationNumber i) override {
      return o.inner_.version_counters(i);
    }
    Result<std::vector<store::MinuteCounts>> traffic(core::ProductId product,
                                                     std::int32_t from,
                                                     std::int32_t to,
                                                     const store::TrafficFilter& filter) override {
      return o.inner_.traffic(product, from, to, filter);
    }
    std::vector<std::pair<core::ProductId, store::Counts>> counters_of_day(core::IntegrationNumber i,
                                                                           std::int32_t day) override {
      return o.inner_.counters_of_day(i, day);
    }
    std::vector<store::PlacementNumbers> numbers(std::span<const core::IntegrationNumber> of,
                                                 std::int32_t today) override {
      return o.inner_.numbers(of, today);
    }
    std::uint64_t numbers_revision() const override { return o.inner_.numbers_revision(); }
    Result<std::vector<store::Exchange>> exchanges(core::IntegrationNumber i,
                                                   core::ProductId product,
                                                   bool success,
                                                   std::size_t limit) override {
      return o.inner_.exchanges(i, product, success, limit);
    }
    Result<std::vector<store::DeadLetter>> dead_letters(core::IntegrationNumber i, std::size_t limit) override {
      return o.inner_.dead_letters(i, limit);
    }
    Result<void> prune(Instant before, std::int32_t day, Instant fine) override {
      return o.inner_.prune(before, day, fine);
    }
    Result<store::HistoryBytes> prune_to(store::HistoryBytes most) override { return o.inner_.prune_to(most); }
    SteppedStore& o;
  };

  Sim sim_{1};
  SimDisk disk_{sim_};
  SimStore inner_;
  Stepped stepped_;
};

}  // namespace
}  // namespace fleethook::testing

namespace fleethook::store {
INSTANTIATE_TEST_SUITE_P(Simulated,
                         StoreContract,
                         ::testing::Values(StoreFactory{"sim",
                                                        [] { return std::make_unique<testing::SteppedStore>(); }}),
                         [](const auto& one) { return one.param.name; });
INSTANTIATE_TEST_SUITE_P(Simulated,
                         SecretContract,
                         ::testing::Values(StoreFactory{"sim",
                                                        [] { return std::make_unique<testing::SteppedStore>(); }}),
                         [](const auto& one) { return one.param.name; });
}  // namespace fleethook::store
