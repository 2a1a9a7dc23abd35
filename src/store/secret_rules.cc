#include "store/secret_rules.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "core/integration_check.h"
#include "core/integration_names.h"
#include "core/named_values.h"
#include "core/secret_hosts.h"
#include "core/signature.h"
#include "store/errors.h"
#include "store/named_values.h"
#include "store/secret_scope.h"

namespace fleethook::store {
namespace {

Result<void> check_owner(const Catalog::Data& data, const SecretOwner& owner) {
  if (!owner.organization.is_none()) {
    return data.organizations.contains(owner.organization) ? Result<void>()
                                                           : no_such("organization", owner.organization.str());
  }
  return data.users.contains(owner.user) ? Result<void>() : no_such("user", owner.user.str());
}

std::string shown_name(const core::Integration& integration) {
  return "\"" + integration.config.name.value_or(core::default_name(integration.config)) + "\" (" +
         integration.id.str() + ")";
}

}  // namespace

Result<void> check_secret_name(std::string_view name, const Limits& limits) {
  if (core::is_secret_name(name) && name.size() <= limits.name_bytes_max) return {};
  return Error::field("name", "expected A-Z, 0-9 and _, not beginning with a digit, at most " +
                                  std::to_string(limits.name_bytes_max) + " bytes");
}

namespace {

Result<SecretHosts> read_hosts(const std::optional<std::vector<std::string>>& sent, const Limits& limits) {
  if (!sent) return SecretHosts();
  if (sent->empty()) return Error::field("hosts", "name at least one host, or null for any");
  if (sent->size() > limits.hosts_per_secret_max) {
    return Error::field("hosts", "expected at most " + std::to_string(limits.hosts_per_secret_max));
  }
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i < sent->size(); ++i) {
    auto host = core::read_secret_host((*sent)[i]);
    if (!host.ok()) return Error::field("hosts." + std::to_string(i), host.error().message);
    if (std::ranges::find(hosts, *host) == hosts.end()) hosts.push_back(*std::move(host));
  }
  return SecretHosts(std::make_shared<const std::vector<std::string>>(std::move(hosts)));
}

Result<SecretProducts> read_products(SecretProducts sent, const Limits& limits) {
  if (!sent) return sent;
  if (sent->empty()) return Error::field("products", "name at least one product, or null");
  if (sent->size() > limits.products_per_secret_max) {
    return Error::field("products", "expected at most " + std::to_string(limits.products_per_secret_max));
  }
  std::ranges::sort(*sent);
  sent->erase(std::unique(sent->begin(), sent->end()), sent->end());
  return sent;
}

json::Value shown(const SecretProducts& products) {
  if (!products) return {};
  json::Array ids;
  for (const core::ProductId id : *products) ids.emplace_back(id.value);
  return ids;
}

json::Value shown(const SecretHosts& hosts) {
  if (hosts == nullptr) return {};
  return json::Array(hosts->begin(), hosts->end());
}

template <class List>
void note_change(json::Object& diff, std::string_view field, const List& from, const List& to) {
  json::Value before = shown(from), after = shown(to);
  if (!(before == after)) put_change(diff, field, std::move(before), std::move(after));
}

// Requests that it signs could not be made with anything but a key.
Result<void> check_still_signs(const Catalog& catalog, const SecretOwner& owner, const NewSecret& secret) {
  const auto key = core::SigningKey::read(*secret.value);
  if (key.ok()) return {};
  for (const core::IntegrationPtr& integration : integrations_using(catalog, owner, secret.name)) {
    if (std::ranges::binary_search(core::secrets_signing(*integration), secret.name))
      return Error::field("value", "signs the requests of integration " + shown_name(*integration) +
                                       ", and is no key: " + key.error().message);
  }
  return {};
}

}  // namespace

Result<SecretPut> put_secret(Draft& draft, const SecretOwner& owner, NewSecret secret, const Actor& by) {
  const Limits& limits = draft.limits();
  const Instant now = draft.now();
  FLEETHOOK_CHECK(check_owner(draft.data(), owner));
  FLEETHOOK_CHECK(check_secret_name(secret.name, limits));
  const Secrets* there = draft.so_far().secrets(owner);
  const Secrets secrets = there == nullptr ? Secrets() : *there;
  const auto old = secrets.find(secret.name);
  SecretPut put;
  put.created = old == secrets.end();
  if (put.created && !secret.value) return Error::field("value", "is required");
  if (secret.value && (secret.value->empty() || secret.value->size() > limits.secret_value_bytes_max)) {
    return Error::field("value", "expected text of 1 to " + std::to_string(limits.secret_value_bytes_max) + " bytes");
  }
  if (secret.value && !put.created) FLEETHOOK_CHECK(check_still_signs(draft.so_far(), owner, secret));
  if (put.created && secrets.size() >= limits.secrets_max) {
    return Error::field("name",
                        "there are " + std::to_string(limits.secrets_max) + " secrets already, and no more fit");
  }
  if (!put.created && secret.must_be_new) {
    return Error{Fault::kConflict, "there is a secret " + secret.name + " already", "secret_exists"};
  }
  const Secret before = put.created ? Secret() : *old->second;
  auto made = std::make_shared<Secret>(before);
  made->name = std::move(secret.name);
  if (secret.value) made->value = *std::move(secret.value);
  if (secret.products) {
    FLEETHOOK_TRY(made->products, read_products(*std::move(secret.products), limits));
  }
  if (secret.hosts) {
    FLEETHOOK_TRY(made->hosts, read_hosts(*secret.hosts, limits));
  }
  note_change(put.diff, "products", before.products, made->products);
  note_change(put.diff, "hosts", before.hosts, made->hosts);
  made->updated_at = now;
  if (put.created) {
    made->created_at = now;
    made->access = std::make_shared<core::LastUse>(std::nullopt);
  }
  put.secret = std::move(made);
  draft.put(row::PutSecret{owner, put.secret});
  AuditEntry entry =
      audit_of_secret(put.created ? "secret.created" : "secret.updated", owner, put.secret->name, by, now);
  entry.diff = put.diff;
  draft.note(std::move(entry));
  return put;
}

Result<void> delete_secret(Draft& draft, const SecretOwner& owner, const std::string& name, const Actor& by) {
  const Secrets* secrets = draft.so_far().secrets(owner);
  if (secrets == nullptr || !secrets->contains(name)) return no_such("secret", name);
  const auto users = integrations_using(draft.so_far(), owner, name);
  if (!users.empty()) {
    std::string message = "secret " + name + " is used by integration ";
    for (std::size_t i = 0; i < users.size(); ++i) message += (i == 0 ? "" : ", ") + shown_name(*users[i]);
    return Error{Fault::kConflict, message + "; change or delete what uses it first", "secret_in_use"};
  }
  draft.put(row::EraseSecret{owner, name});
  draft.note(audit_of_secret("secret.deleted", owner, name, by, draft.now()));
  return {};
}

AuditEntry audit_of_secret(
    std::string action, const SecretOwner& owner, const std::string& name, Actor by, Instant now) {
  AuditEntry entry;
  entry.at = now;
  entry.by = std::move(by);
  entry.organization = owner.organization;
  entry.owner = owner.user;
  entry.action = std::move(action);
  entry.target = entry.target_name = name;
  return entry;
}

std::vector<AuditEntry> audit_of_selections(const Catalog::Data& data, const Changes& changes, Instant now) {
  std::vector<AuditEntry> entries;
  for (const Changes::Put& put : changes.integrations) {
    const core::Integration& integration = *put.integration;
    const core::IntegrationPtr* before = data.integrations.find(integration.number);
    const std::vector<std::string> known =
        before == nullptr ? std::vector<std::string>() : core::secrets_used(**before);
    for (const std::string& name : core::secrets_used(integration)) {
      if (std::ranges::binary_search(known, name)) continue;
      Actor by = changes.audit.empty() ? Actor{} : changes.audit.front().by;
      AuditEntry entry = audit_of_secret("secret.selected", SecretOwner::of(integration), name, std::move(by), now);
      entry.products = integration.products;
      put_change(entry.diff, "integration", nullptr, integration.id.str());
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

namespace {

Result<void> check_texts(const VariablesEdit& edit, const Limits& limits) {
  Error error{Fault::kInvalid, ""};
  for (const auto& [name, text] : edit.texts) {
    const auto refuse = [&](std::string expected) {
      error.violations.push_back({"variables." + name, std::move(expected)});
    };
    if (!core::is_variable_name(name) || name.size() > limits.name_bytes_max) {
      refuse("expected a name of A-Z, a-z, 0-9 and _ that does not begin with a digit, at most " +
             std::to_string(limits.name_bytes_max) + " bytes");
    } else if (text && text->size() > limits.variable_value_bytes_max) {
      refuse("expected at most " + std::to_string(limits.variable_value_bytes_max) + " bytes");
    }
  }
  if (error.violations.empty()) return {};
  error.message = error.violations.front().field + ": " + error.violations.front().message;
  return error;
}

// The audit entry without its diff, which also finds the owner.
Result<AuditEntry> entry_for(const Catalog::Data& data, const VariablesOwner& owner) {
  AuditEntry entry;
  entry.action = "variables.changed";
  if (owner.product.is_none()) {
    const OrganizationEntry* organization = data.organizations.find(owner.organization);
    if (organization == nullptr) return no_such("organization", owner.organization.str());
    entry.organization = owner.organization;
    entry.target = owner.organization.str();
    entry.target_name = organization->organization.name;
    return entry;
  }
  const ProductEntry* product = data.products.find(owner.product);
  if (product == nullptr) return no_such("product", std::to_string(owner.product.value));
  entry.organization = product->product.organization;
  if (entry.organization.is_none()) entry.owner = product->product.user;
  entry.products = {owner.product};
  entry.target = std::to_string(owner.product.value);
  entry.target_name = product->product.name;
  if (owner.integration.is_none()) return entry;
  const core::IntegrationPtr* integration = data.integrations.find(owner.integration);
  if (integration == nullptr || !(*integration)->on(owner.product)) {
    return Error{Fault::kNotFound, "the integration does not run on product " + product->product.slug};
  }
  entry.target = (*integration)->id.str();
  entry.target_name = (*integration)->config.name.value_or(core::default_name((*integration)->config));
  return entry;
}

Result<void> check_config(const Catalog& after,
                          const core::Integration& integration,
                          const core::IntegrationConfig& config,
                          core::ProductId id,
                          const std::vector<std::string>& removed) {
  for (const MissingVariable& missing :
       missing_variables(after, config, integration.number, integration.organization, {id})) {
    if (!std::ranges::binary_search(removed, missing.name)) continue;
    const core::Product* product = after.product(id);
    return Error{Fault::kConflict,
                 "variable " + missing.name + " is used in " + missing.field + " of integration " +
                     shown_name(integration) + " on product " + (product != nullptr ? product->slug : "") +
                     ", which would be left without it; give it another value there first, or change the integration",
                 "variable_in_use"};
  }
  return {};
}

// Only what was taken away can leave somebody without.
Result<void> check_needed(const Catalog& after, const VariablesOwner& owner, const std::vector<std::string>& removed) {
  if (removed.empty()) return {};
  std::vector<core::IntegrationPtr> concerned;
  if (owner.product.is_none()) {
    concerned = after.integrations_of(owner.organization);
  } else if (owner.integration.is_none()) {
    concerned = after.integrations_of(owner.product);
  } else {
    concerned.push_back(after.integration(owner.integration));
  }
  for (const core::IntegrationPtr& integration : concerned) {
    const auto products = owner.product.is_none() ? integration->products : std::vector{owner.product};
    for (const core::ProductId product : products) {
      for (const core::IntegrationConfig& config : configs_on(integration, product)) {
        FLEETHOOK_CHECK(check_config(after, *integration, config, product, removed));
      }
    }
  }
  return {};
}

}  // namespace

Result<VariablesPtr> set_variables(Draft& draft,
                                   const VariablesOwner& owner,
                                   const VariablesEdit& edit,
                                   const Actor& by) {
  const Limits& limits = draft.limits();
  FLEETHOOK_CHECK(check_texts(edit, limits));
  FLEETHOOK_TRY(AuditEntry entry, entry_for(draft.data(), owner));
  entry.by = by;
  entry.at = draft.now();

  const Variables* present = draft.so_far().variables(owner);
  const Variables before = present == nullptr ? Variables() : *present;
  Variables after = edit.replace ? Variables() : before;
  for (const auto& [name, text] : edit.texts) {
    if (text) {
      after[name] = *text;
    } else {
      after.erase(name);
    }
  }
  if (after.size() > limits.variables_max) {
    return Error::field("variables", "expected at most " + std::to_string(limits.variables_max));
  }
  std::vector<std::string> removed;
  for (const auto& [name, text] : before) {
    const auto now_there = after.find(name);
    if (now_there == after.end()) {
      removed.push_back(name);
      put_change(entry.diff, name, text, nullptr);
    } else if (now_there->second != text) {
      put_change(entry.diff, name, text, now_there->second);
    }
  }
  for (const auto& [name, text] : after) {
    if (!before.contains(name)) put_change(entry.diff, name, nullptr, text);
  }
  std::vector<std::string> touched;
  for (const auto& [name, values] : entry.diff) touched.push_back(name);
  FLEETHOOK_CHECK(check_variables_of_urls(draft.so_far(), owner, touched, by.user));
  auto made = std::make_shared<const Variables>(after);
  if (after == before) return VariablesPtr(std::move(made));
  draft.put(row::PutVariables{owner, std::move(after)});
  FLEETHOOK_CHECK(check_needed(draft.so_far(), owner, removed));
  draft.note(std::move(entry));
  return VariablesPtr(std::move(made));
}

}  // namespace fleethook::store
