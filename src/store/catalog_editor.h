// Makes the next catalog snapshot out of the present one. Every put and erase keeps the derived parts (name indexes,
// lists of owners, tries of triggers) in step, whoever the store is.
#pragma once
#include <cstdint>
#include <memory>
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
  bool changed() const { return changed_; }

  // What an API user belongs to must be there, and never changes.
  void put_user(const core::User& user);
  // Its tokens and sandbox integrations go, its devices are released, it leaves its teams. It must not own products.
  void erase_user(const core::UserId& id);
  void put_token(const core::AccessToken& token);
  bool erase_token(const crypto::Digest& digest);
  void put_organization(const core::Organization& organization,
                        std::uint64_t order);  // order counts for a new one only
  void put_member(const core::OrganizationId& organization, const core::UserId& user, core::Role role);
  void put_member(core::ProductId product, const core::UserId& user, core::Role role);
  void erase_member(const core::OrganizationId& organization, const core::UserId& user);
  void erase_member(core::ProductId product, const core::UserId& user);
  // A product that moves: who has a role through its new owner leaves its own team.
  void put_product(const core::Product& product);  // new, or with other values; its owner may change
  void erase_product(core::ProductId id);  // no integration runs on it any more; its devices stay, in no product
  void put_device(const core::Device& device);
  void put_integration(const core::IntegrationPtr& integration);  // new, or another version of one with the same number
  void put_integrations(const std::vector<core::IntegrationPtr>& integrations);  // new ones; builds each trie once
  void erase_integration(core::IntegrationNumber number);
  void put_closed(const core::IntegrationPtr& integration);  // one that was merged into another, after erasing it
  // The placement must be there. Its pause ends by itself when it goes: with the product, or with the integration.
  void put_pause(const core::PlacementKey& placement, const core::Paused& paused);
  bool erase_pause(const core::PlacementKey& placement);
  // It stays when the placement goes: what was told to end ends.
  void put_dropped(const core::PlacementKey& placement, Instant until);
  // The whole of them; empty = none. Variables of a placement go by themselves when the placement goes.
  void put_secrets(const SecretOwner& owner, Secrets secrets);
  void put_variables(const VariablesOwner& owner, Variables variables);

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

  Edit edit_;
  std::shared_ptr<Catalog::Data> data_;
  bool changed_ = false;
};

}  // namespace fleethook::store
