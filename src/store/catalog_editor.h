// Makes the next catalog snapshot out of the present one. Every put and erase keeps the derived parts (name indexes,
// lists of owners, tries of triggers) in step, whoever the store is.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog_data.h"

namespace fleethook::store {

// Whether the integration runs there; product none = in a sandbox.
bool has_placement(const core::Integration& integration, core::ProductId product);

// Lives on one thread, for one change; costs what changes, not what is there. What it is given must hold together
// (owners exist, names are free): the store checks that before, here it is asserted where a breach would corrupt the
// snapshot.
class CatalogEditor {
 public:
  explicit CatalogEditor(const Catalog& base) : data_(std::make_shared<Catalog::Data>(base.data())) {}

  // As it stands after the changes so far.
  const Catalog::Data& data() const { return *data_; }
  Catalog so_far() const { return Catalog(std::shared_ptr<const Catalog::Data>(data_)); }  // sees later changes too
  bool changed() const { return changed_; }

  // What an API user belongs to must be there, and never changes.
  void put_user(const core::User& user);
  // Its tokens, sandbox integrations and devices go, its claims end, it leaves its teams. It must not own products.
  void erase_user(const core::UserId& id);
  void put_token(const core::AccessToken& token);
  bool erase_token(const crypto::Digest& digest);
  void put_organization(const core::Organization& organization,
                        std::uint64_t order);  // order counts for a new one only
  void put_member(const core::OrganizationId& organization, const core::UserId& user, core::Role role);
  void put_member(core::ProductId product, const core::UserId& user, core::Role role);
  void erase_member(const core::OrganizationId& organization, const core::UserId& user);
  void erase_member(core::ProductId product, const core::UserId& user);
  void put_product(const core::Product& product);   // new, or with other values; its owner may change
  void erase_product(core::ProductId id);           // no integration runs on it any more; its devices go with it
  void put_device(const core::Device& device);      // of a product; not to another one: it leaves the first before
  void put_own_device(const core::Device& device);  // of its owner's sandbox
  void erase_device(const core::DeviceId& id);
  void erase_own_device(const core::DeviceId& id);
  void put_integration(const core::IntegrationPtr& integration);  // new, or another version of one with the same number
  void put_integrations(const std::vector<core::IntegrationPtr>& integrations);  // new ones; builds each trie once
  void erase_integration(core::IntegrationNumber number);
  void put_closed(const core::IntegrationPtr& integration);  // one that was merged into another, after erasing it
  // The placement must be there. Its pause ends by itself when it goes: with the product, or with the integration.
  void put_pause(const core::PlacementKey& placement, const core::Paused& paused);
  bool erase_pause(const core::PlacementKey& placement);
  // It stays when the placement goes: what was told to end ends.
  void put_dropped(const core::PlacementKey& placement, const core::Dropped& dropped);
  void put_moved(const core::PlacementKey& placement, const core::Moved& moved);
  // The whole of them; empty = none. Variables of a placement go by themselves when the placement goes.
  void put_secrets(const SecretOwner& owner, Secrets secrets);
  void put_variables(const VariablesOwner& owner, Variables variables);

  // New, or another one of the same id, name and place. Its place is there.
  void put_invitation(const Invitation& invitation);
  void erase_invitation(const core::InvitationId& id);
  // Invitations that the changes so far have ended, since the last call: whoever made them may not add to the team any
  // more, the product moved to another owner, the account that they were for is gone. See store/invitation_rules.h.
  // Those of a product that is gone are not told of: its own entry says so.
  struct EndedInvitation {
    Invitation invitation;
    std::string reason;
  };
  std::vector<EndedInvitation> end_lost_invitations();
  std::vector<core::InvitationId> take_changed_invitations() { return std::exchange(changed_invitations_, {}); }

  // Ends the claims on devices of products that have lost their ground by the changes so far: their owner has no
  // kDeviceRole there any more. See store/device_rules.h. Answers those that ended since the last call, also the ones
  // of users who are gone.
  struct EndedClaim {
    core::DeviceId device;
    core::ProductId product;
    core::UserId owner;
    std::string username;
  };
  std::vector<EndedClaim> end_lost_claims();

  // Which devices, of products or of sandboxes, were put or erased since the last call; some more than once.
  std::vector<core::DeviceId> take_changed_devices() { return std::exchange(changed_devices_, {}); }
  void forget_changed_devices() { changed_devices_.clear(); }

  // The new snapshot, with the next revision. The editor is spent.
  CatalogPtr finish() &&;

 private:
  template <class Place>
  void for_each_place(const core::IntegrationPtr& integration, Place&& place);
  void index_integration(const core::IntegrationPtr& integration);
  void unindex_integration(const core::IntegrationPtr& integration);
  std::vector<core::ProductId>& products_of_owner(const core::Product& product);
  void take_integration_out(const core::IntegrationPtr& integration);
  void count_in_groups(const core::Device& device, int change);
  void end_pauses(const core::Integration& before, const core::Integration* after);
  // Its rights may have become less.
  void weaken(const core::UserId& user) {
    weakened_.push_back(user);
    doubtful_inviters_.push_back(user);
  }
  void end_claim(const core::DeviceId& id);
  void end_invitation(const core::InvitationId& id, std::string reason);
  CowSet<core::InvitationId>* invitations_of(const TeamPlace& place);
  void end_claim_if_lost(const core::DeviceId& id);

  Edit edit_;
  std::shared_ptr<Catalog::Data> data_;
  bool changed_ = false;
  std::vector<core::DeviceId> changed_devices_;
  // Whose claims, and in which products, may have lost their ground.
  std::vector<core::UserId> weakened_;
  std::vector<core::ProductId> moved_;
  std::vector<EndedClaim> ended_;
  // The same for invitations.
  std::vector<core::UserId> doubtful_inviters_;
  std::vector<core::ProductId> moved_teams_;
  std::vector<EndedInvitation> ended_invitations_;
  std::vector<core::InvitationId> changed_invitations_;
};

}  // namespace fleethook::store
