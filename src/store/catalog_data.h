// What a catalog snapshot consists of. For catalog.cc, for the editor that makes the next snapshot, and for tests.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog.h"
#include "store/cow_map.h"

namespace fleethook::store {

using IntegrationSet = CowMap<core::IntegrationNumber, core::IntegrationPtr>;

struct PlacementHash {
  std::uint64_t operator()(const core::PlacementKey& key) const {
    return SpreadHash::mix(SpreadHash::mix(key.integration.value) + key.product.value);
  }
};

// A user and what hangs on it. Lists of ids are in the order of creation.
struct UserEntry {
  core::User user;
  CowSet<crypto::Digest> tokens;
  std::vector<core::OrganizationId> organizations;  // a member of
  std::vector<core::ProductId> products;            // owned by the user itself
  std::vector<core::ProductId> joined_products;     // in whose own team it is
  CowSet<core::DeviceId> devices;                   // of products, claimed by it or for it
  CowSet<core::DeviceId> own_devices;               // of the sandbox
  IntegrationSet integrations;                      // of the sandbox
  Triggers triggers;
  CowSet<core::InvitationId> invitations;  // made by it
};

struct OrganizationEntry {
  core::Organization organization;
  std::uint64_t order = 0;            // rises with creation
  std::vector<core::Member> members;  // ascending by user
  CowSet<core::UserId> api_users;
  CowSet<core::InvitationId> invitations;  // to its team
  std::vector<core::ProductId> products;
  IntegrationSet integrations;
  CowMap<crypto::Digest, std::vector<core::IntegrationNumber>> fingerprints;  // each list ascending
};

struct ProductEntry {
  core::Product product;
  std::vector<core::Member> members;  // of its own team, ascending by user
  CowSet<core::UserId> api_users;
  CowSet<core::InvitationId> invitations;  // to its own team
  CowSet<core::DeviceId> devices;
  CowSet<core::DeviceId> claimed;           // those of `devices` that have an owner
  CowMap<std::string, std::size_t> groups;  // how many devices are in each; none without a device
  IntegrationSet integrations;
  Triggers triggers;
};

struct Catalog::Data {
  std::uint64_t revision = 0;  // rises with every published change
  CowMap<core::UserId, UserEntry> users;
  CowMap<std::string, core::UserId> usernames;
  CowMap<crypto::Digest, core::AccessToken> tokens;
  CowMap<core::OrganizationId, OrganizationEntry> organizations;
  CowMap<std::string, core::OrganizationId> organization_slugs;
  CowMap<core::ProductId, ProductEntry> products;
  CowMap<std::string, core::ProductId> product_slugs;
  CowMap<core::DeviceId, core::Device> devices;      // each in a product
  CowMap<core::DeviceId, core::Device> own_devices;  // each in the sandbox of its owner; an id may be in both
  IntegrationSet integrations;
  CowMap<core::IntegrationId, core::IntegrationNumber> integration_numbers;
  CowSet<core::IntegrationNumber> staged;                            // integrations of which a version is staged
  CowMap<core::IntegrationId, core::IntegrationPtr> closed;          // merged into others
  CowMap<core::IntegrationNumber, core::IntegrationId> merged;       // those of `closed`, into which
  CowMap<core::PlacementKey, core::Paused, PlacementHash> pauses;    // of placements that are there
  CowMap<core::PlacementKey, core::Dropped, PlacementHash> dropped;  // of placements that ended, too
  CowMap<core::PlacementKey, core::Moved, PlacementHash> moved;
  CowMap<core::InvitationId, Invitation> invitations;
  CowMap<std::string, std::vector<core::InvitationId>> invited;  // by name, ascending; no list is empty
  // No entry is empty or null.
  CowMap<core::OrganizationId, SecretsPtr> organization_secrets;
  CowMap<core::UserId, SecretsPtr> user_secrets;
  CowMap<core::OrganizationId, VariablesPtr> organization_variables;
  CowMap<core::ProductId, VariablesPtr> product_variables;
  CowMap<core::IntegrationNumber, std::map<core::ProductId, VariablesPtr>> placement_variables;

  // Who can own things and be a member; nullptr for API users too.
  const core::User* person(const core::UserId& id) const {
    const UserEntry* entry = users.find(id);
    return entry == nullptr || entry->user.api ? nullptr : &entry->user;
  }
};

}  // namespace fleethook::store
