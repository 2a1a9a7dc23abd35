#include "store/account_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/mask.h"
#include "store/entries.h"
#include "store/errors.h"
#include "store/quotas.h"
#include "store/slug.h"
#include "store/token_rules.h"

namespace fleethook::store {
namespace {

// A slug chosen by the user if it is right and free, or one made from the name.
template <class Index>
Result<std::string> choose_slug(const std::string& chosen,
                                const std::string& name,
                                std::string_view kind,
                                const Index& slugs,
                                const Limits& limits) {
  if (chosen.empty()) {
    return make_free_slug(
        name, kind, [&](const std::string& slug) { return slugs.contains(slug); }, limits);
  }
  FLEETHOOK_CHECK(check_slug(chosen, limits));
  if (slugs.contains(chosen)) return taken("slug", chosen);
  return chosen;
}

// The teams that a user leaves by going altogether.
void note_leaving(Draft& draft, const UserEntry& user, const Actor& by) {
  const Catalog::Data& data = draft.data();
  const Instant now = draft.now();
  const auto note = [&](AuditEntry entry, core::Role role) {
    entry.target = user.user.id.str();
    entry.target_name = user.user.username;
    put_change(entry.diff, "role", core::to_text(role), nullptr);
    draft.note(std::move(entry));
  };
  const auto role_among = [&](const std::vector<core::Member>& members) {
    return std::ranges::find(members, user.user.id, &core::Member::user)->role;
  };
  for (const core::OrganizationId& id : user.organizations) {
    const OrganizationEntry& entry = *data.organizations.find(id);
    note(audit_of(entry.organization, by, "team.member_removed", now), role_among(entry.members));
  }
  for (const core::ProductId id : user.joined_products) {
    const ProductEntry& entry = *data.products.find(id);
    note(audit_of(entry.product, by, "team.member_removed", now), role_among(entry.members));
  }
}

bool runs_installation(const Catalog::Data& data, const Actor& by) {
  if (by.user.is_none()) return true;  // the server itself
  const core::User* user = data.person(by.user);
  return user != nullptr && user->administrator;
}

// That a password changed, and nothing of it.
void put_differences(const core::User& before, const core::User& after, json::Object& diff) {
  const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
    if (from != to) put_change(diff, field, std::move(from), std::move(to));
  };
  compare("username", before.username, after.username);
  compare("account_info", before.account_info, after.account_info);
  compare("administrator", before.administrator, after.administrator);
  if (before.password_hash != after.password_hash) put_change(diff, "password", core::kMask, core::kMask);
}

}  // namespace

Result<core::User> create_user(Draft& draft, NewUser user, const std::optional<Actor>& by) {
  core::User made;
  if (draft.data().usernames.contains(user.username)) return taken("username", user.username);
  const Instant now = draft.now();
  made.id = core::UserId::make(now, draft.random());
  made.username = std::move(user.username);
  made.password_hash = std::move(user.password_hash);
  made.account_info = std::move(user.account_info);
  made.administrator = user.administrator;
  made.created_at = now;
  made.vouched = by && runs_installation(draft.data(), *by);
  draft.put(row::PutUser{made});
  AuditEntry entry = audit_of(draft.data(), made, by.value_or(Actor{made.id, made.username}), "user.created", now);
  if (made.administrator) put_change(entry.diff, "administrator", nullptr, true);
  draft.note(std::move(entry));
  return made;
}

Result<void> update_user(Draft& draft, const core::User& user, const Actor& by, const TokensToEnd& ends) {
  const UserEntry* old = draft.data().users.find(user.id);
  if (old == nullptr) return no_such("user", user.id.str());
  const core::UserId* holder = draft.data().usernames.find(user.username);
  if (holder != nullptr && *holder != user.id) return taken("username", user.username);
  core::User changed = user;
  changed.created_at = old->user.created_at;
  changed.api = old->user.api;
  // Who takes another name by himself has nobody's word for it, unless it is his own that counts.
  changed.vouched = old->user.vouched && (old->user.username == changed.username || old->user.administrator);
  AuditEntry entry = audit_of(draft.data(), changed, by, "user.updated", draft.now());
  put_differences(old->user, changed, entry.diff);
  if (old->user.password_hash != changed.password_hash) erase_sessions(draft, changed.id);
  draft.put(row::PutUser{changed});
  if (!entry.diff.empty()) draft.note(std::move(entry));
  if (ends.any) end_tokens(draft, changed.id, ends.but, by);
  draft.end_lost_ground(by);
  return {};
}

Result<void> delete_user(Draft& draft, const core::UserId& id, const Actor& by) {
  const Catalog::Data& data = draft.data();
  const UserEntry* user = data.users.find(id);
  if (user == nullptr) return no_such("user", id.str());
  if (!user->products.empty()) {
    return Error{Fault::kConflict, "the user owns product " + data.products.find(user->products.front())->product.slug};
  }
  for (const core::OrganizationId& organization : user->organizations) {
    const OrganizationEntry& entry = *data.organizations.find(organization);
    for (const core::Member& member : entry.members) {
      if (member.user == id && member.role == core::Role::kOwner) {
        return Error{Fault::kConflict, "the user owns organization " + entry.organization.slug};
      }
    }
  }
  note_leaving(draft, *user, by);
  draft.note(audit_of(data, user->user, by, "user.deleted", draft.now()));
  for (const core::IntegrationNumber number : keys_of(user->integrations)) {
    draft.put(row::CloseIntegration{number, {}, draft.now()});
  }
  draft.put(row::EraseUser{id});
  draft.end_lost_ground(by);
  return {};
}

Result<core::Organization> create_organization(Draft& draft, NewOrganization organization, const Actor& by) {
  core::Organization made;
  const Catalog::Data& data = draft.data();
  if (data.person(organization.created_by) == nullptr) return no_such("user", organization.created_by.str());
  FLEETHOOK_CHECK(check_organization_quota(data, organization.created_by, draft.limits()));
  FLEETHOOK_TRY(made.slug, choose_slug(organization.slug, organization.name, "organization", data.organization_slugs,
                                       draft.limits()));
  const Instant now = draft.now();
  made.id = core::OrganizationId::make(now, draft.random());
  made.name = std::move(organization.name);
  made.plan = organization.plan;
  made.created_by = organization.created_by;
  made.created_at = now;
  FLEETHOOK_TRY(const std::uint64_t order, draft.numbers().next_organization_order());
  draft.put(row::PutOrganization{made, order});
  draft.put(row::PutMember{{made.id, {}}, made.created_by, core::Role::kOwner, now});
  AuditEntry entry = audit_of(made, by, "organization.created", now);
  entry.target = made.id.str();
  entry.target_name = made.name;
  put_change(entry.diff, "slug", nullptr, made.slug);
  put_change(entry.diff, "plan", nullptr, core::to_text(made.plan));
  draft.note(std::move(entry));
  return made;
}

Result<void> update_organization(Draft& draft, const core::Organization& organization, const Actor& by) {
  const OrganizationEntry* old = draft.data().organizations.find(organization.id);
  if (old == nullptr) return no_such("organization", organization.id.str());
  const core::Organization before = old->organization;
  core::Organization changed = before;
  changed.name = organization.name;
  changed.plan = organization.plan;
  changed.group_identical = organization.group_identical;
  AuditEntry entry = audit_of(changed, by, "organization.updated", draft.now());
  entry.target = changed.id.str();
  entry.target_name = changed.name;
  const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
    if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
  };
  compare("name", before.name, changed.name);
  compare("plan", core::to_text(before.plan), core::to_text(changed.plan));
  compare("group_identical", core::to_text(before.group_identical), core::to_text(changed.group_identical));
  if (entry.diff.empty()) return {};
  draft.put(row::PutOrganization{changed, old->order});
  draft.note(std::move(entry));
  return {};
}

Result<core::Product> create_product(Draft& draft, NewProduct product, const Actor& by) {
  core::Product made;
  const Catalog::Data& data = draft.data();
  if (data.person(product.user) == nullptr) return no_such("user", product.user.str());
  if (!product.organization.is_none() && !data.organizations.contains(product.organization)) {
    return no_such("organization", product.organization.str());
  }
  FLEETHOOK_CHECK(check_product_quota(data, product.organization, product.user, draft.limits()));
  FLEETHOOK_TRY(made.slug, choose_slug(product.slug, product.name, "product", data.product_slugs, draft.limits()));
  made.name = std::move(product.name);
  made.description = std::move(product.description);
  made.platform_id = product.platform_id;
  made.settings = std::move(product.settings);
  made.organization = product.organization;
  made.user = product.user;
  made.created_at = draft.now();
  FLEETHOOK_TRY(made.id, draft.numbers().next_product());
  draft.put(row::PutProduct{made});
  AuditEntry entry = audit_of(made, by, "product.created", made.created_at);
  entry.target = std::to_string(made.id.value);
  entry.target_name = made.name;
  put_change(entry.diff, "slug", nullptr, made.slug);
  draft.note(std::move(entry));
  return made;
}

Result<void> update_product(Draft& draft, const core::Product& product, const Actor& by) {
  const ProductEntry* old = draft.data().products.find(product.id);
  if (old == nullptr) return no_such("product", std::to_string(product.id.value));
  const core::Product before = old->product;
  core::Product changed = before;
  changed.name = product.name;
  changed.description = product.description;
  if (product.slug != before.slug) {
    FLEETHOOK_CHECK(check_slug(product.slug, draft.limits()));
    if (draft.data().product_slugs.contains(product.slug)) return taken("slug", product.slug);
    changed.slug = product.slug;
  }
  AuditEntry entry = audit_of(changed, by, "product.updated", draft.now());
  entry.target = std::to_string(changed.id.value);
  entry.target_name = changed.name;
  const auto compare = [&](std::string_view field, const std::string& from, const std::string& to) {
    if (from != to) put_change(entry.diff, field, from, to);
  };
  compare("name", before.name, changed.name);
  compare("slug", before.slug, changed.slug);
  compare("description", before.description, changed.description);
  if (entry.diff.empty()) return {};
  draft.put(row::PutProduct{changed});
  draft.note(std::move(entry));
  return {};
}

}  // namespace fleethook::store
