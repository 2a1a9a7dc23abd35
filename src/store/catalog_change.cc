#include "store/catalog_change.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "store/catalog_editor.h"

namespace fleethook::store {
namespace {

template <class... F>
struct Each : F... {
  using F::operator()...;
};

std::optional<Instant> last(const std::shared_ptr<core::LastUse>& use) {
  return use == nullptr ? std::nullopt : use->last();
}

auto parts(const TeamPlace& place) {
  return std::tie(place.organization, place.product);
}
auto parts(const SecretOwner& owner) {
  return std::tie(owner.organization, owner.user);
}
auto parts(const VariablesOwner& owner) {
  return std::tie(owner.organization, owner.product, owner.integration);
}
auto parts(const core::Staged& one) {
  return std::tie(one.version, one.config, one.products, one.since, one.by, one.error_percent_max, one.outcomes_min);
}
auto parts(const core::Integration& one) {
  return std::tuple_cat(std::tie(one.id, one.number, one.scope, one.user, one.organization, one.products, one.version,
                                 one.last_version, one.created_at, one.updated_at, one.created_by, one.config,
                                 one.overrides, one.separated_from, one.merged_into, one.closed_at),
                        std::make_tuple(one.staged == nullptr ? std::nullopt : std::optional(parts(*one.staged))));
}
auto parts(const row::PutUser& put) {
  const core::User& user = put.user;
  return std::tie(user.id, user.username, user.password_hash, user.account_info, user.administrator, user.created_at,
                  user.api, user.vouched);
}
auto parts(const row::EraseUser& erase) {
  return std::tie(erase.id);
}
auto parts(const row::PutToken& put) {
  const core::AccessToken& token = put.token;
  return std::tuple_cat(
      std::tie(token.digest, token.user, token.client, token.expires_at, token.created_at, token.kind),
      std::make_tuple(last(token.use)));
}
auto parts(const row::EraseToken& erase) {
  return std::tie(erase.digest);
}
auto parts(const row::PutOrganization& put) {
  const core::Organization& one = put.organization;
  return std::tie(one.id, one.slug, one.name, one.plan, one.group_identical, one.created_by, one.created_at, put.order);
}
auto parts(const row::PutProduct& put) {
  const core::Product& one = put.product;
  return std::tie(one.id, one.slug, one.name, one.description, one.platform_id, one.settings, one.organization,
                  one.user, one.created_at);
}
auto parts(const row::EraseProduct& erase) {
  return std::tie(erase.id, erase.at);
}
auto parts(const row::PutIntegration& put) {
  return std::tuple_cat(parts(*put.integration),
                        std::tie(put.versions, put.action, put.by, put.joined, put.left, put.at));
}
auto parts(const row::CloseIntegration& close) {
  return std::tie(close.number, close.merged_into, close.at);
}
auto parts(const row::PutMember& put) {
  return std::tuple_cat(parts(put.place), std::tie(put.user, put.role, put.since));
}
auto parts(const row::EraseMember& erase) {
  return std::tuple_cat(parts(erase.place), std::tie(erase.user));
}
auto parts(const row::PutDevice& put) {
  const core::Device& one = put.device;
  return std::tuple_cat(std::tie(one.id, one.name, one.product, one.owner, one.owner_agreed, one.firmware_version,
                                 one.os_version, one.groups, one.development),
                        std::make_tuple(last(one.heard)));
}
auto parts(const row::EraseDevice& erase) {
  return std::tie(erase.id, erase.in_sandbox);
}
auto parts(const row::PutInvitation& put) {
  const Invitation& one = put.invitation;
  return std::tuple_cat(parts(one.place),
                        std::tie(one.id, one.username, one.role, one.code, one.account, one.invited_by,
                                 one.invited_by_name, one.invited_at, one.expires_at));
}
auto parts(const row::EraseInvitation& erase) {
  return std::tie(erase.id);
}
auto parts(const row::PutPause& put) {
  return std::tie(put.placement, put.paused);
}
auto parts(const row::PutDropped& put) {
  return std::tie(put.placement, put.dropped);
}
auto parts(const row::PutMoved& put) {
  return std::tie(put.placement, put.moved);
}
auto parts(const row::PutSecret& put) {
  const Secret& one = *put.secret;
  return std::tuple_cat(parts(put.owner),
                        std::make_tuple(one.name, one.value, one.products,
                                        one.hosts == nullptr ? std::nullopt : std::optional(*one.hosts), one.created_at,
                                        one.updated_at, last(one.access)));
}
auto parts(const row::EraseSecret& erase) {
  return std::tuple_cat(parts(erase.owner), std::tie(erase.name));
}
auto parts(const row::PutVariables& put) {
  return std::tuple_cat(parts(put.owner), std::tie(put.variables));
}
auto parts(const AuditEntry& one) {
  return std::tie(one.number, one.at, one.by.user, one.by.name, one.organization, one.owner, one.products, one.action,
                  one.target, one.target_name, one.diff);
}

Secrets secrets_of(const CatalogEditor& editor, const SecretOwner& owner) {
  const Secrets* there = editor.so_far().secrets(owner);
  return there == nullptr ? Secrets() : *there;
}

void apply_closing(const row::CloseIntegration& close, CatalogEditor& editor) {
  const core::IntegrationPtr* there = editor.data().integrations.find(close.number);
  if (there == nullptr) return;
  auto closed = std::make_shared<core::Integration>(**there);
  editor.erase_integration(close.number);
  if (close.merged_into.is_none()) return;
  closed->merged_into = close.merged_into;
  closed->closed_at = close.at;
  closed->settle(&closed->fingerprint);
  editor.put_closed(std::move(closed));
}

bool same(const Row& a, const Row& b) {
  if (a.index() != b.index()) return false;
  return std::visit([&]<class One>(const One& one) { return parts(one) == parts(std::get<One>(b)); }, a);
}

}  // namespace

bool operator==(const CatalogChange& a, const CatalogChange& b) {
  return std::ranges::equal(a.rows, b.rows, same) &&
         std::ranges::equal(a.audit, b.audit,
                            [](const AuditEntry& one, const AuditEntry& other) { return parts(one) == parts(other); });
}

void apply(const Row& row, CatalogEditor& editor) {
  const Catalog::Data& data = editor.data();
  std::visit(Each{[&](const row::PutUser& put) { editor.put_user(put.user); },
                  [&](const row::EraseUser& erase) {
                    if (data.users.contains(erase.id)) editor.erase_user(erase.id);
                  },
                  [&](const row::PutToken& put) { editor.put_token(put.token); },
                  [&](const row::EraseToken& erase) { editor.erase_token(erase.digest); },
                  [&](const row::PutOrganization& put) { editor.put_organization(put.organization, put.order); },
                  [&](const row::PutProduct& put) { editor.put_product(put.product); },
                  [&](const row::EraseProduct& erase) { editor.erase_product(erase.id); },
                  [&](const row::PutIntegration& put) { editor.put_integration(put.integration); },
                  [&](const row::CloseIntegration& close) { apply_closing(close, editor); },
                  [&](const row::PutMember& put) {
                    if (put.place.organization.is_none())
                      return editor.put_member(put.place.product, put.user, put.role);
                    editor.put_member(put.place.organization, put.user, put.role);
                  },
                  [&](const row::EraseMember& erase) {
                    if (erase.place.organization.is_none()) return editor.erase_member(erase.place.product, erase.user);
                    editor.erase_member(erase.place.organization, erase.user);
                  },
                  [&](const row::PutDevice& put) {
                    if (put.device.product.is_none()) return editor.put_own_device(put.device);
                    editor.put_device(put.device);
                  },
                  [&](const row::EraseDevice& erase) {
                    if (erase.in_sandbox) {
                      if (data.own_devices.contains(erase.id)) editor.erase_own_device(erase.id);
                    } else if (data.devices.contains(erase.id)) {
                      editor.erase_device(erase.id);
                    }
                  },
                  [&](const row::PutInvitation& put) { editor.put_invitation(put.invitation); },
                  [&](const row::EraseInvitation& erase) {
                    if (data.invitations.contains(erase.id)) editor.erase_invitation(erase.id);
                  },
                  [&](const row::PutPause& put) {
                    if (put.paused.mode != core::Pause::kRunning) return editor.put_pause(put.placement, put.paused);
                    editor.erase_pause(put.placement);
                  },
                  [&](const row::PutDropped& put) { editor.put_dropped(put.placement, put.dropped); },
                  [&](const row::PutMoved& put) { editor.put_moved(put.placement, put.moved); },
                  [&](const row::PutSecret& put) {
                    Secrets secrets = secrets_of(editor, put.owner);
                    secrets.insert_or_assign(put.secret->name, put.secret);
                    editor.put_secrets(put.owner, std::move(secrets));
                  },
                  [&](const row::EraseSecret& erase) {
                    Secrets secrets = secrets_of(editor, erase.owner);
                    secrets.erase(erase.name);
                    editor.put_secrets(erase.owner, std::move(secrets));
                  },
                  [&](const row::PutVariables& put) { editor.put_variables(put.owner, put.variables); }},
             row);
}

void apply(const CatalogChange& change, CatalogEditor& editor) {
  for (const Row& row : change.rows) store::apply(row, editor);
}

}  // namespace fleethook::store
