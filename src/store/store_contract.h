// What every store must do, whatever it keeps its data in: fixtures, and catalogs as text. The tests themselves are in
// *_contract.h, a suite for each part. Those of a FleetStore are device_, history_ and secret_contract.h; the others
// need a Store. Include those that the store keeps in one test file and instantiate each suite with a factory.
#pragma once
#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/device_groups.h"
#include "store/catalog_data.h"
#include "store/device_rules.h"
#include "store/invitation_rules.h"
#include "store/store.h"
#include "testing/base/manual_loop.h"

namespace fleethook::store {

// A store on data of its own.
class FleetHarness {
 public:
  virtual ~FleetHarness() = default;
  virtual FleetStore& store() = 0;
  // Closes the store and opens it again on the same data.
  virtual void reopen() = 0;
  testing::ManualClock clock;
};

class StoreHarness : public FleetHarness {
 public:
  Store& store() override = 0;
};

template <class Harness>
struct FactoryOf {
  std::string name;
  std::function<std::unique_ptr<Harness>()> make;
};
using FleetFactory = FactoryOf<FleetHarness>;
using StoreFactory = FactoryOf<StoreHarness>;
template <class Harness>
void PrintTo(const FactoryOf<Harness>& factory, std::ostream* out) {
  *out << factory.name;
}

template <class Harness>
class ContractOn : public ::testing::TestWithParam<FactoryOf<Harness>> {
 protected:
  auto& store() { return harness_->store(); }
  CatalogPtr catalog() { return store().catalog(); }
  testing::ManualClock& clock() { return harness_->clock; }
  void reopen() { harness_->reopen(); }

  static Actor actor(const core::User& user) { return {user.id, user.username}; }
  // The newest entry; of a product when one is given.
  AuditEntry last_audit(const core::Organization& organization, core::ProductId product = {}) {
    AuditQuery query;
    query.organization = organization.id;
    query.product = product;
    query.limit = 1;
    const auto entries = store().audit(query);
    EXPECT_TRUE(entries.ok() && entries->size() == 1);
    return entries.ok() && !entries->empty() ? entries->front() : AuditEntry();
  }
  core::User add_user(const std::string& name) {
    auto user = store().create_user({name, "hash of " + name, json::Object{{"first", name}}, false}, {});
    EXPECT_TRUE(user.ok());
    return user.ok() ? *user : core::User();
  }
  core::Organization add_organization(const core::User& by, const std::string& name, const std::string& slug = "") {
    auto organization = store().create_organization({name, slug, core::Plan::kEnterprise, by.id}, actor(by));
    EXPECT_TRUE(organization.ok()) << organization.error().message;
    return organization.ok() ? *organization : core::Organization();
  }
  core::Product add_product(const core::User& by, const core::Organization& organization, const std::string& name) {
    auto product = store().create_product(
        {name, "", "of " + name, 13, json::Object{{"quarantine", false}}, organization.id, by.id}, actor(by));
    EXPECT_TRUE(product.ok()) << product.error().message;
    return product.ok() ? *product : core::Product();
  }
  static core::IntegrationConfig webhook(const std::string& event,
                                         const std::string& url = "https://example.com/hook") {
    core::IntegrationConfig config;
    config.event = event;
    config.url = url;
    return config;
  }
  core::IntegrationPtr add_sandbox(const core::User& user, const core::IntegrationConfig& config) {
    return made(store().create_integration({core::Scope::kSandbox, user.id, {}, {}, user.id, config}));
  }
  core::IntegrationPtr add_shared(const core::Organization& organization,
                                  const std::vector<core::ProductId>& products,
                                  const core::IntegrationConfig& config) {
    return made(store().create_integration(
        {core::Scope::kOrganization, {}, organization.id, products, organization.created_by, config}));
  }
  static core::IntegrationPtr made(Result<core::IntegrationPtr> result) {
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : nullptr;
  }

  // Records and waits for the commit.
  Result<void> record(HistoryBatch batch) {
    std::promise<Result<void>> promise;
    store().record(std::move(batch), [&](Result<void> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }

 private:
  std::unique_ptr<Harness> harness_ = this->GetParam().make();
};

// The fixtures of the suites.
class FleetContract : public ContractOn<FleetHarness> {};
class StoreContract : public ContractOn<StoreHarness> {};

inline core::DeviceId device_id(std::uint64_t n) {
  core::DeviceId id;
  id.bytes[0] = 0xe0;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[11 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

// The numbers of the integrations that an event would fire.
inline std::vector<std::uint64_t> fired(const Triggers* triggers, std::string_view event) {
  std::vector<std::uint64_t> numbers;
  if (triggers != nullptr) {
    triggers->match(event,
                    [&](const core::IntegrationPtr& integration) { numbers.push_back(integration->number.value); });
  }
  std::ranges::sort(numbers);
  return numbers;
}

// --- A catalog as lines of text, everything in it, in an order of its own: equal catalogs give equal text. ---

inline std::string text_of(Instant when) {
  return std::to_string(when.time_since_epoch().count());
}
inline std::string text_of(const std::vector<core::ProductId>& ids) {
  std::string text;
  for (const core::ProductId id : ids) text += std::to_string(id.value) + ",";
  return text;
}
inline std::string text_of(const IntegrationSet& set, const Triggers& triggers) {
  std::vector<core::IntegrationNumber> numbers = keys_of(set);
  std::ranges::sort(numbers);
  std::string text = "integrations[";
  for (const core::IntegrationNumber number : numbers) {
    text += std::to_string(number.value) + "v" + std::to_string((*set.find(number))->version) + " fires with:";
    for (const std::uint64_t other : fired(&triggers, (*set.find(number))->config.event))
      text += " " + std::to_string(other);
    text += "; ";
  }
  return text + "] triggers " + std::to_string(triggers.size());
}
template <class Key>
std::string text_of_ids(const CowSet<Key>& set) {
  std::vector<Key> keys = keys_of(set);
  std::ranges::sort(keys);
  std::string text;
  for (const Key& key : keys) text += to_hex(std::span<const std::uint8_t>(key.bytes)) + ",";
  return text;
}
inline std::string text_of(const UserEntry& entry) {
  const core::User& user = entry.user;
  std::string text = "user " + user.id.str() + " " + user.username + " " + user.password_hash + " " +
                     json::write(user.account_info) + (user.administrator ? " admin " : " ") +
                     (user.vouched ? "vouched " : "") + text_of(user.created_at) + " tokens " +
                     std::to_string(entry.tokens.size()) + " organizations ";
  for (const auto& id : entry.organizations) text += id.str() + ",";
  if (user.api) {
    text += " API user of " + user.api->organization.str() + " " + std::to_string(user.api->product.value) + " " +
            user.api->friendly_name + " scopes ";
    for (const std::string& scope : user.api->scopes) text += scope + ",";
  }
  return text + " joined " + text_of(entry.joined_products) + " products " + text_of(entry.products) + " devices " +
         text_of_ids(entry.devices) + " own devices " + text_of_ids(entry.own_devices) + " " +
         text_of(entry.integrations, entry.triggers);
}
inline std::string text_of(const std::vector<core::Member>& members, const CowSet<core::UserId>& api_users) {
  std::string text = " members ";
  for (const core::Member& member : members) {
    text += member.user.str() + ":" + std::string(core::to_text(member.role)) + ",";
  }
  return text + " API users " + text_of_ids(api_users);
}
inline std::string text_of(const OrganizationEntry& entry) {
  const core::Organization& o = entry.organization;
  std::string text = "organization " + std::to_string(entry.order) + " " + o.id.str() + " " + o.slug + " " + o.name +
                     " " + std::string(core::to_text(o.plan)) + " " + std::string(core::to_text(o.group_identical)) +
                     " " + o.created_by.str() + " " + text_of(o.created_at) + text_of(entry.members, entry.api_users);
  return text + " products " + text_of(entry.products) + " " + text_of(entry.integrations, Triggers());
}
inline std::string text_of(const ProductEntry& entry) {
  const core::Product& p = entry.product;
  return "product " + std::to_string(p.id.value) + " " + p.slug + " " + p.name + " " + p.description + " " +
         std::to_string(p.platform_id) + " " + json::write(p.settings) + " " + p.organization.str() + " " +
         p.user.str() + " " + text_of(p.created_at) + text_of(entry.members, entry.api_users) + " devices " +
         text_of_ids(entry.devices) + " " + text_of(entry.integrations, entry.triggers);
}
inline std::string text_of(const core::Device& d) {
  return "device " + d.id.str() + " " + d.name + " " + std::to_string(d.product.value) + " " + d.owner.str() +
         (d.owner_agreed ? " " : " (meant) ") + d.firmware_version + " " + d.os_version + " " +
         core::join_groups(d.groups) + (d.development ? " development " : " ") +
         (d.heard->last() ? text_of(*d.heard->last()) : "never");
}
inline std::string text_of(const core::AccessToken& t) {
  return "token " + to_hex(t.digest) + " " + t.user.str() + " " + t.client + " " +
         (t.expires_at ? text_of(*t.expires_at) : "never") + " " + text_of(t.created_at) + " " +
         std::string(core::to_text(t.kind));
}
inline std::string text_of(const core::Integration& i) {
  return "integration " + std::to_string(i.number.value) + " " + i.id.str() + " scope " +
         std::to_string(static_cast<int>(i.scope)) + " " + i.user.str() + " " + i.organization.str() + " products " +
         text_of(i.products) + " v" + std::to_string(i.version) + " " + text_of(i.created_at) + " " +
         text_of(i.updated_at) + " " + i.created_by.str() + " " + json::write(core::stored_form(i.config, i.scope));
}
inline std::vector<std::string> lines_of(const Catalog& catalog) {
  const Catalog::Data& data = catalog.data();
  std::vector<std::string> lines;
  const auto add = [&](const auto&, const auto& value) { lines.push_back(text_of(value)); };
  data.users.for_each(add);
  data.organizations.for_each(add);
  data.products.for_each(add);
  data.devices.for_each(add);
  data.own_devices.for_each(add);
  data.tokens.for_each(add);
  data.integrations.for_each(
      [&](const auto&, const core::IntegrationPtr& integration) { lines.push_back(text_of(*integration)); });
  data.usernames.for_each(
      [&](const std::string& name, const core::UserId& id) { lines.push_back("name " + name + " " + id.str()); });
  data.organization_slugs.for_each(
      [&](const std::string& slug, const auto& id) { lines.push_back("slug " + slug + " " + id.str()); });
  data.product_slugs.for_each([&](const std::string& slug, core::ProductId id) {
    lines.push_back("slug " + slug + " " + std::to_string(id.value));
  });
  data.pauses.for_each([&](const core::PlacementKey& placement, const core::Paused& paused) {
    lines.push_back("pause of " + std::to_string(placement.integration.value) + " on " +
                    std::to_string(placement.product.value) + " " + std::string(core::to_text(paused.mode)) + " " +
                    text_of(paused.since) + " " + paused.by.str() + " " + paused.by_name);
  });
  data.invitations.for_each([&](const core::InvitationId& id, const Invitation& one) {
    lines.push_back("invitation " + id.str() + " to " + one.place.organization.str() + " " +
                    std::to_string(one.place.product.value) + " " + one.username + " " +
                    std::string(core::to_text(one.role)) + " " + one.account.str() + " " + one.invited_by.str() + " " +
                    one.invited_by_name + " " + text_of(one.invited_at) + " " + text_of(one.expires_at));
  });
  const auto add_secrets = [&](const auto& id, const SecretsPtr& secrets) {
    for (const auto& [name, secret] : *secrets) {
      const auto last = secret->access->last();
      lines.push_back("secret of " + id.str() + " " + name + "=" + secret->value + " " + text_of(secret->created_at) +
                      " " + text_of(secret->updated_at) + " " + (last ? text_of(*last) : "never"));
    }
  };
  data.organization_secrets.for_each(add_secrets);
  data.user_secrets.for_each(add_secrets);
  const auto add_variables = [&](const std::string& of, const VariablesPtr& variables) {
    for (const auto& [name, text] : *variables) lines.push_back("variable of " + of + " " + name + "=" + text);
  };
  data.organization_variables.for_each([&](const auto& id, const auto& one) { add_variables(id.str(), one); });
  data.product_variables.for_each(
      [&](const auto& id, const auto& one) { add_variables(std::to_string(id.value), one); });
  data.placement_variables.for_each([&](core::IntegrationNumber number, const auto& placements) {
    for (const auto& [product, one] : placements)
      add_variables(std::to_string(number.value) + " on " + std::to_string(product.value), one);
  });
  data.integration_numbers.for_each([&](const auto& id, core::IntegrationNumber number) {
    lines.push_back("number of " + id.str() + " " + std::to_string(number.value));
  });
  std::ranges::sort(lines);
  return lines;
}

// Everything derived, computed anew from the plain lists and compared.
inline void check_consistent(const Catalog& catalog) {
  const Catalog::Data& data = catalog.data();
  std::size_t memberships = 0, api_users = 0, in_groups = 0;
  std::size_t claimed = 0, in_products = 0, tokens = 0, slots = 0, armed = 0, expected_slots = 0, expected_armed = 0;
  data.devices.for_each([&](const core::DeviceId& id, const core::Device& device) {
    EXPECT_EQ(device.id, id);
    const ProductEntry* product = data.products.find(device.product);
    ASSERT_NE(product, nullptr);
    EXPECT_TRUE(product->devices.contains(id));
    EXPECT_EQ(product->claimed.contains(id), !device.owner.is_none());
    EXPECT_TRUE(device.owner_agreed || !device.owner.is_none());
    EXPECT_TRUE(device.owner.is_none() || data.users.find(device.owner)->devices.contains(id));
    EXPECT_TRUE(device.owner.is_none() || may_have_devices(catalog, device.product, device.owner));
    claimed += !device.owner.is_none();
    ++in_products;
    in_groups += device.groups.size();
    for (const std::string& group : device.groups) {
      EXPECT_TRUE(data.products.find(device.product)->groups.contains(group));
    }
  });
  std::size_t own_devices = 0;
  data.own_devices.for_each([&](const core::DeviceId& id, const core::Device& device) {
    EXPECT_EQ(device.id, id);
    EXPECT_TRUE(device.product.is_none() && device.owner_agreed);
    EXPECT_TRUE(data.users.find(device.owner)->own_devices.contains(id));
    ++own_devices;
  });
  data.tokens.for_each([&](const auto& digest, const core::AccessToken& token) {
    EXPECT_TRUE(data.users.find(token.user)->tokens.contains(digest));
  });
  std::size_t invitations = 0;
  data.invitations.for_each([&](const core::InvitationId& id, const Invitation& invitation) {
    const CowSet<core::InvitationId>* of_team = invitations_at(data, invitation.place);
    ASSERT_NE(of_team, nullptr);
    EXPECT_TRUE(of_team->contains(id));
    EXPECT_TRUE(may_invite(data, invitation.place, invitation.invited_by));
    EXPECT_EQ(catalog.invitation_of(invitation.place, invitation.username), &invitation) << "one for each name";
    EXPECT_EQ(std::ranges::count(catalog.invitations_for(invitation.username), &invitation), 1);
    EXPECT_TRUE(invitation.invited_by.is_none() || data.users.find(invitation.invited_by)->invitations.contains(id));
    invitations += invitation.invited_by.is_none() ? 1 : 2;
  });
  data.users.for_each([&](const auto&, const UserEntry& entry) {
    invitations -= entry.invitations.size();
    EXPECT_EQ(catalog.user_by_name(entry.user.username), &entry.user);
    claimed -= entry.devices.size();
    own_devices -= entry.own_devices.size();
    tokens += entry.tokens.size();
    memberships += entry.organizations.size() + entry.joined_products.size();
    if (entry.user.api) {
      ++api_users;
      EXPECT_LE(entry.tokens.size(), 1U);
      EXPECT_TRUE(entry.user.api->organization.is_none()
                      ? data.products.find(entry.user.api->product)->api_users.contains(entry.user.id)
                      : data.organizations.find(entry.user.api->organization)->api_users.contains(entry.user.id));
    }
    slots += entry.integrations.size();
    armed += entry.triggers.size();
  });
  data.products.for_each([&](const auto&, const ProductEntry& entry) {
    EXPECT_EQ(catalog.product_by_slug(entry.product.slug), &entry.product);
    in_products -= entry.devices.size();
    entry.groups.for_each([&](const std::string&, std::size_t devices) {
      EXPECT_GT(devices, 0U);
      in_groups -= devices;
    });
    memberships -= entry.members.size();
    api_users -= entry.api_users.size();
    invitations -= entry.invitations.size();
    for (const core::Member& member : entry.members) {
      EXPECT_EQ(std::ranges::count(data.users.find(member.user)->joined_products, entry.product.id), 1);
      EXPECT_EQ(catalog.role_in(entry.product.organization, member.user), core::Role::kNone) << "superseded";
      EXPECT_NE(member.role, core::Role::kOwner);
    }
    slots += entry.integrations.size();
    armed += entry.triggers.size();
    const auto& list = entry.product.organization.is_none()
                           ? data.users.find(entry.product.user)->products
                           : data.organizations.find(entry.product.organization)->products;
    EXPECT_EQ(std::ranges::count(list, entry.product.id), 1);
  });
  data.organizations.for_each([&](const auto& id, const OrganizationEntry& entry) {
    EXPECT_EQ(catalog.organization_by_slug(entry.organization.slug), &entry.organization);
    slots += entry.integrations.size();
    memberships -= entry.members.size();
    api_users -= entry.api_users.size();
    invitations -= entry.invitations.size();
    EXPECT_EQ(std::ranges::count(entry.members, core::Role::kOwner, &core::Member::role), 1) << "exactly one Owner";
    for (const core::Member& member : entry.members)
      EXPECT_EQ(std::ranges::count(data.users.find(member.user)->organizations, id), 1);
  });
  data.integrations.for_each([&](core::IntegrationNumber number, const core::IntegrationPtr& integration) {
    EXPECT_EQ(catalog.integration(integration->id), integration);
    const std::size_t places = integration->products.size() + (integration->scope == core::Scope::kSandbox ? 1 : 0);
    expected_slots += places + (integration->organization.is_none() ? 0 : 1);
    expected_armed += integration->config.disabled ? 0 : places;
    const auto fires_in = [&](const Triggers* triggers) {
      const auto numbers = fired(triggers, integration->config.event);
      return std::ranges::count(numbers, number.value) == (integration->config.disabled ? 0 : 1);
    };
    EXPECT_TRUE(integration->scope != core::Scope::kSandbox || fires_in(catalog.sandbox_triggers(integration->user)));
    for (const core::ProductId id : integration->products) {
      EXPECT_EQ(*data.products.find(id)->integrations.find(number), integration);
      EXPECT_TRUE(fires_in(catalog.triggers(id)));
    }
  });
  data.pauses.for_each([&](const core::PlacementKey& placement, const core::Paused& paused) {
    const core::IntegrationPtr integration = catalog.integration(placement.integration);
    ASSERT_NE(integration, nullptr);
    EXPECT_TRUE(placement.product.is_none() ? integration->scope == core::Scope::kSandbox
                                            : integration->on(placement.product));
    EXPECT_EQ(catalog.pause(placement.integration, placement.product), paused.mode);
  });
  EXPECT_EQ(memberships, 0U);
  EXPECT_EQ(invitations, 0U);
  EXPECT_EQ(in_groups, 0U);
  EXPECT_EQ(api_users, 0U);
  EXPECT_EQ(claimed, 0U);
  EXPECT_EQ(own_devices, 0U);
  EXPECT_EQ(in_products, 0U);
  EXPECT_EQ(tokens, data.tokens.size());
  EXPECT_EQ(slots, expected_slots);
  EXPECT_EQ(armed, expected_armed);
  EXPECT_EQ(data.integration_numbers.size(), data.integrations.size());
  EXPECT_EQ(data.usernames.size(), data.users.size());
  EXPECT_EQ(data.product_slugs.size(), data.products.size());
  EXPECT_EQ(data.organization_slugs.size(), data.organizations.size());
}

}  // namespace fleethook::store
