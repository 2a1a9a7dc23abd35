// The catalog as one immutable snapshot in memory: organizations, products, devices, users, tokens, integrations, and
// the tries that match events. Readers on loops take a shared_ptr and never wait; a change makes a new snapshot that
// shares what did not change.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog_types.h"
#include "core/integration.h"
#include "core/pause.h"
#include "core/prefix_trie.h"
#include "store/invitations.h"
#include "store/secrets.h"

namespace fleethook::store {

using Triggers = core::PrefixTrie<core::IntegrationPtr>;

struct DeviceGroup {
  std::string name;
  std::size_t devices = 0;  // in it; at least 1
};

// Immutable; safe from any thread. Pointers live as long as the snapshot.
class Catalog {
 public:
  Catalog();
  ~Catalog();
  std::uint64_t revision() const;

  const core::User* user(const core::UserId& id) const;
  const core::User* user_by_name(std::string_view username) const;
  const core::AccessToken* token(const crypto::Digest& digest) const;  // expired ones too; callers check expires_at
  std::vector<const core::AccessToken*> tokens_of(
      const core::UserId& user) const;                                      // the newest first; expired ones too
  std::size_t open_sessions(Instant now, Duration session_idle_max) const;  // walks over all tokens
  std::vector<const core::User*> people() const;  // users that are no API users, ascending by name
  const core::Organization* organization(const core::OrganizationId& id) const;
  const core::Organization* organization_by_slug(std::string_view slug) const;
  const core::Product* product(core::ProductId id) const;
  const core::Product* product_by_slug(std::string_view slug) const;
  const core::Device* device(const core::DeviceId& id) const;      // in a product
  const core::Device* own_device(const core::DeviceId& id) const;  // in somebody's sandbox
  // As the user has it: one of a product whose events reach the user, else one of its sandbox, else one that was
  // claimed for the user, who has said nothing yet. nullptr: the user has none of this id.
  const core::Device* device_of(const core::UserId& user, const core::DeviceId& id) const;
  std::size_t device_count(core::ProductId product) const;

  // Ascending by creation.
  std::vector<const core::Organization*> organizations_of(const core::UserId& member) const;
  std::vector<const core::Organization*> organizations() const;
  std::vector<const core::Product*> products_of(const core::OrganizationId& organization) const;
  std::vector<const core::Product*> products_of(
      const core::UserId& user) const;  // owned by the user itself, not through organizations
  // Where the user is in the product's own team; not those reached through organizations.
  std::vector<const core::Product*> products_joined_by(const core::UserId& user) const;
  std::vector<const core::Device*> devices_of(core::ProductId product) const;    // ascending by id
  std::vector<const core::Device*> devices_of(const core::UserId& owner) const;  // as device_of()
  std::vector<DeviceGroup> groups_of(core::ProductId product) const;             // ascending by name

  core::Role role_in(const core::OrganizationId& organization, const core::UserId& user) const;
  // Role on a product: a user who owns it is Owner; else the higher of the role in its organization and in its own
  // team.
  core::Role role_on(core::ProductId product, const core::UserId& user) const;
  // The people of a team, ascending by id. A product's own team is without its owner and without its organization's
  // team.
  std::vector<core::Member> team_of(const core::OrganizationId& organization) const;
  std::vector<core::Member> team_of(core::ProductId product) const;
  // Those that belong to the organization itself (not to its products), or to the product; ascending by id.
  std::vector<const core::User*> api_users_of(const core::OrganizationId& organization) const;
  std::vector<const core::User*> api_users_of(core::ProductId product) const;

  // nullptr = none. Those whose time is over are among these until they are forgotten; callers look at expires_at.
  const Invitation* invitation(const core::InvitationId& id) const;
  std::vector<const Invitation*> invitations_of(const TeamPlace& place) const;      // ascending by name
  std::vector<const Invitation*> invitations_for(std::string_view username) const;  // the newest first
  const Invitation* invitation_of(const TeamPlace& place, std::string_view name) const;

  core::IntegrationPtr integration(const core::IntegrationId& id) const;  // null when there is none
  core::IntegrationPtr integration(core::IntegrationNumber number) const;
  std::vector<core::IntegrationPtr> integrations_of(core::ProductId product) const;  // ascending by creation
  std::vector<core::IntegrationPtr> integrations_of(const core::OrganizationId& organization) const;
  std::vector<core::IntegrationPtr> sandbox_integrations_of(const core::UserId& user) const;
  std::size_t integration_count() const;
  struct Sizes {
    std::size_t users = 0;  // people and API users
    std::size_t organizations = 0, products = 0;
    std::size_t devices = 0;  // of products, and of sandboxes
    std::size_t integrations = 0;
  };
  Sizes sizes() const;
  // One that was merged into another, for some weeks after; null when there is none.
  core::IntegrationPtr closed_integration(const core::IntegrationId& id) const;
  // The one of this number, or the one that took its place when it was merged; null when neither is there.
  core::IntegrationPtr in_place_of(core::IntegrationNumber number) const;
  // Those of an organization with this fingerprint, ascending by creation.
  std::vector<core::IntegrationPtr> identical(const core::OrganizationId& organization,
                                              const crypto::Digest& fingerprint) const;
  // Those of which a version is staged.
  std::vector<core::IntegrationPtr> staged_integrations() const;

  // Whether the integration is paused on the product (none = in its sandbox). One test of a pointer while nothing is
  // paused at all. nullptr, kRunning: it runs, or it is not there.
  const core::Paused* paused(core::IntegrationNumber integration, core::ProductId product) const;
  core::Pause pause(core::IntegrationNumber integration, core::ProductId product) const;
  // Of what waits for a placement, also for one that is not there any more: one of a product that left stands as the
  // integration does where nothing is set differently, and one of an integration that was merged as the other one does
  // there.
  core::Standing standing(const core::PlacementKey& placement) const;
  // What of the placement was told to end. nullptr: nothing was.
  const core::Dropped* dropped(const core::PlacementKey& placement) const;
  const core::Moved* moved(const core::PlacementKey& placement) const;  // nullptr: nothing was
  // nullptr = none. Which of them an integration gets: store/named_values.h.
  const Secrets* secrets(const SecretOwner& owner) const;
  const Variables* variables(const VariablesOwner& owner) const;

  // What fires, by trigger prefix: integrations as they run there (Integration::running_on), without the disabled ones.
  // nullptr = none.
  const Triggers* triggers(core::ProductId product) const;
  const Triggers* sandbox_triggers(const core::UserId& user) const;

  struct Data;  // store/catalog_data.h, for whoever builds snapshots
  explicit Catalog(std::shared_ptr<const Data> data);
  const Data& data() const { return *data_; }

 private:
  std::shared_ptr<const Data> data_;
};
using CatalogPtr = std::shared_ptr<const Catalog>;

}  // namespace fleethook::store
