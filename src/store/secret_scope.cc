#include "store/secret_scope.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/integration_check.h"
#include "core/secret_hosts.h"
#include "core/signature.h"
#include "http/url.h"
#include "store/catalog_data.h"
#include "store/named_values.h"

namespace fleethook::store {
namespace {

std::string slug_of(const Catalog& catalog, core::ProductId id) {
  const core::Product* product = catalog.product(id);
  return product == nullptr ? std::to_string(id.value) : product->slug;
}

const Secret* find_secret(const Secrets* secrets, const std::string& name) {
  if (secrets == nullptr) return nullptr;
  const auto found = secrets->find(name);
  return found == secrets->end() ? nullptr : found->second.get();
}

// What somebody may do with the secrets of one owner. That he may change integrations where he is was asked before, so
// an API user's scopes need not be looked at again.
class Right {
 public:
  Right(const Catalog& catalog, SecretOwner owner, const core::UserId& by)
      : catalog_(catalog), owner_(std::move(owner)), by_(by) {
    const core::User* user = catalog.user(by);
    api_ = user != nullptr && user->api ? &*user->api : nullptr;
    if (by.is_none() || (user != nullptr && user->administrator)) {
      all_ = true;
    } else if (owner_.organization.is_none()) {
      all_ = by == owner_.user;
    } else {
      all_ = api_ != nullptr ? api_->organization == owner_.organization
                             : catalog.role_in(owner_.organization, by) >= kSecretRole;
    }
  }

  bool all() const { return all_; }
  Result<void> check(const Secret& secret, core::ProductId product) const {
    if (all_) return {};
    const bool listed = secret.products && std::ranges::binary_search(*secret.products, product);
    const bool may_change = api_ != nullptr ? api_->product == product : catalog_.role_on(product, by_) >= kSecretRole;
    if (listed && may_change) return {};
    const std::string whose =
        owner_.organization.is_none() ? "its owner" : "who may change integrations of the organization";
    return Error{Fault::kForbidden,
                 "secret " + secret.name + " is not for product " + slug_of(catalog_, product) + ": only " + whose +
                     " decides where it goes, unless its list of products names this one",
                 "secret_not_allowed"};
  }

 private:
  const Catalog& catalog_;
  const SecretOwner owner_;
  const core::UserId by_;
  const core::ApiAccess* api_ = nullptr;
  bool all_ = false;
};

// Whether what goes out, and where to, is the same; which events make it go, and what becomes of answers, may differ.
// Whatever is not named here counts.
bool sends_alike(const core::IntegrationConfig& one, const core::IntegrationConfig& other) {
  if (one == other) return true;
  core::IntegrationConfig alike = one;
  alike.name = other.name;
  alike.event = other.event;
  alike.device = other.device;
  alike.disabled = other.disabled;
  alike.policy = other.policy;
  alike.response_topic = other.response_topic;
  alike.error_response_topic = other.error_response_topic;
  alike.unchunked = other.unchunked;
  alike.data_url_response_event = other.data_url_response_event;
  alike.delivery = other.delivery;
  alike.delivery.redirects = one.delivery.redirects;
  return alike == other;
}

// The most that one of its configurations uses.
std::size_t secrets_of(const core::Integration& integration) {
  std::size_t most = core::secrets_used(integration.config).size();
  const auto count = [&](const core::IntegrationConfig& config) {
    most = std::max(most, core::secrets_used(config).size());
  };
  if (integration.staged != nullptr) count(integration.staged->config);
  for (const core::Override& one : integration.overrides) {
    if (core::names_secrets(one.settings)) count(core::with_override(integration.config, one.settings));
  }
  return most;
}

bool uses_secrets(const core::Integration& integration) {
  return !core::secrets_used(integration).empty();
}

// The host of a token endpoint that would be told the secret, and is none of the secret's.
std::optional<std::string> token_host_kept_from(const Secret& secret, const core::IntegrationConfig& config) {
  if (secret.hosts == nullptr || !config.auth || !config.auth->oauth2) return std::nullopt;
  if (config.auth->oauth2->client_secret != secret.name) return std::nullopt;
  const auto url = http::parse_url(config.auth->oauth2->token_url);
  if (!url.ok() || core::may_go_to(*secret.hosts, url->host, url->port)) return std::nullopt;
  return url->host;
}

// One integration that is put.
class Use {
 public:
  Use(const Catalog& catalog, const Changes::Put& put)
      : catalog_(catalog),
        next_(settled(*put.integration)),
        old_(before(catalog, *put.integration)),
        secrets_(catalog.secrets(SecretOwner::of(*put.integration))),
        right_(catalog, SecretOwner::of(*put.integration), put.by) {}

  Result<void> check(const Limits& limits) {
    const std::size_t count = secrets_of(*next_);
    if (count > limits.secrets_per_integration_max && (old_ == nullptr || count > secrets_of(*old_))) {
      return Error::field("secrets", "expected at most " + std::to_string(limits.secrets_per_integration_max));
    }
    if (next_->scope == core::Scope::kSandbox) return check_on(core::ProductId());
    // Most products run the shared configuration as it is: they are compared, and its host is found, once.
    const bool goes_on = old_ != nullptr && sends_alike(next_->config, old_->config);
    for (const core::ProductId product : next_->products) {
      const bool was_on = old_ != nullptr && old_->on(product);
      if (!is_plain(*next_, product) || (was_on && !is_plain(*old_, product))) {
        FLEETHOOK_CHECK(check_on(product));
      } else if (!was_on || !goes_on) {
        FLEETHOOK_CHECK(check_config(next_->config, product, &plain_lane_));
      }
    }
    return {};
  }

 private:
  using Lane = std::optional<core::LanePtr>;  // nullopt: not asked yet; null: none that is constant

  static core::IntegrationPtr settled(const core::Integration& integration) {
    auto copy = std::make_shared<core::Integration>(integration);
    copy->settle(&integration.fingerprint);
    return copy;
  }
  // As it was; of a copy what it was copied from. What was another owner's had other secrets.
  static core::IntegrationPtr before(const Catalog& catalog, const core::Integration& next) {
    core::IntegrationPtr old =
        next.number.is_none() ? catalog.integration(next.separated_from) : catalog.integration(next.number);
    const bool same_owner =
        old != nullptr && old->organization == next.organization && old->user == next.user && old->scope == next.scope;
    return same_owner ? old : nullptr;
  }
  static bool is_plain(const core::Integration& integration, core::ProductId product) {
    const core::Staged* staged = integration.staged.get();
    return integration.override_on(product) == nullptr &&
           (staged == nullptr || !std::ranges::binary_search(staged->products, product));
  }

  // Each configuration that runs there now, or that it may come back to.
  Result<void> check_on(core::ProductId product) {
    std::vector<core::IntegrationConfig> known;
    if (old_ != nullptr && (product.is_none() || old_->on(product))) known = configs_on(old_, product);
    for (const core::IntegrationConfig& config : configs_on(next_, product)) {
      const auto goes_on = [&](const core::IntegrationConfig& one) { return sends_alike(config, one); };
      if (std::ranges::any_of(known, goes_on)) continue;
      FLEETHOOK_CHECK(check_config(config, product, nullptr));
    }
    return {};
  }

  Result<void> check_config(const core::IntegrationConfig& config, core::ProductId product, Lane* lane) const {
    for (const std::string& name : core::secrets_used(config)) {
      const Secret* secret = find_secret(secrets_, name);
      if (secret == nullptr) continue;  // others say so
      FLEETHOOK_CHECK(right_.check(*secret, product));
      if (!serves(*secret, *next_, product)) {
        Error error = Error::field("secrets", not_for(*secret, catalog_, product));
        error.code = "secret_not_for_product";
        return error;
      }
      FLEETHOOK_CHECK(check_key(*secret, config));
      if (secret->hosts == nullptr) continue;
      FLEETHOOK_CHECK(check_token_endpoint(*secret, config));
      if (!std::ranges::binary_search(core::secrets_in_requests(config), name)) continue;
      Lane own;
      FLEETHOOK_CHECK(check_host(*secret, config, lane == nullptr ? own : *lane));
    }
    return {};
  }

  // Not before it is known that the secret may be used here: its form is nobody else's business.
  static Result<void> check_key(const Secret& secret, const core::IntegrationConfig& config) {
    const auto at = std::ranges::find(config.signing, secret.name);
    if (at == config.signing.end()) return {};
    const auto key = core::SigningKey::read(secret.value);
    if (key.ok()) return {};
    return Error::field("signing.secrets." + std::to_string(at - config.signing.begin()),
                        "secret " + secret.name + " is no signing key: " + key.error().message);
  }

  static Result<void> check_token_endpoint(const Secret& secret, const core::IntegrationConfig& config) {
    const auto host = token_host_kept_from(secret, config);
    if (!host) return {};
    Error error = Error::field("auth.oauth2.token_url", core::not_sent_to({secret.name, secret.hosts}, *host));
    error.code = "secret_not_for_host";
    return error;
  }

  Result<void> check_host(const Secret& secret, const core::IntegrationConfig& config, Lane& lane) const {
    if (!lane) {
      core::Integration running = *next_;
      running.config = config;
      const auto compiled = core::CompiledIntegration::compile(running);
      lane = compiled.ok() ? (*compiled)->constant_lane() : nullptr;
    }
    if (*lane == nullptr || core::may_go_to(*secret.hosts, (*lane)->key.host, (*lane)->key.port)) return {};
    Error error = Error::field("url", core::not_sent_to({secret.name, secret.hosts}, (*lane)->key.host));
    error.code = "secret_not_for_host";
    return error;
  }

  const Catalog& catalog_;
  const core::IntegrationPtr next_, old_;
  const Secrets* secrets_;
  const Right right_;
  Lane plain_lane_;
};

}  // namespace

bool serves(const Secret& secret, const core::Integration& integration, core::ProductId product) {
  return integration.scope == core::Scope::kSandbox || !secret.products ||
         std::ranges::binary_search(*secret.products, product);
}

std::string not_for(const Secret& secret, const Catalog& catalog, core::ProductId product) {
  return "secret " + secret.name + " may not be used on product " + slug_of(catalog, product) +
         ", which its list of products does not name";
}

std::vector<SecretMisfit> misfits_of(const Catalog& catalog, const SecretOwner& owner, const Secret& secret) {
  std::vector<SecretMisfit> misfits;
  if (!secret.products && secret.hosts == nullptr) return misfits;
  for (const core::IntegrationPtr& integration : integrations_using(catalog, owner, secret.name)) {
    SecretMisfit misfit{integration, {}, {}};
    const auto look = [&](core::ProductId product) {
      const core::IntegrationPtr& running = core::Integration::running_on(integration, product);
      const auto compiled = running->compiled();
      if (compiled == nullptr || !std::ranges::binary_search(core::secrets_used(running->config), secret.name)) return;
      if (!serves(secret, *integration, product)) {
        misfit.products.push_back(product);
        return;
      }
      if (const auto host = token_host_kept_from(secret, running->config)) misfit.hosts.push_back(*host);
      if (!std::ranges::binary_search(core::secrets_in_requests(running->config), secret.name)) return;
      if (const core::LanePtr lane = secret.hosts == nullptr ? nullptr : compiled->constant_lane();
          lane != nullptr && !core::may_go_to(*secret.hosts, lane->key.host, lane->key.port)) {
        misfit.hosts.push_back(lane->key.host);
      }
    };
    if (integration->scope == core::Scope::kSandbox) {
      look(core::ProductId());
    } else {
      for (const core::ProductId product : integration->products) look(product);
    }
    std::ranges::sort(misfit.hosts);
    misfit.hosts.erase(std::ranges::unique(misfit.hosts).begin(), misfit.hosts.end());
    if (!misfit.products.empty() || !misfit.hosts.empty()) misfits.push_back(std::move(misfit));
  }
  return misfits;
}

Result<void> check_secret_use(const Catalog::Data& data, const Changes& changes, const Limits& limits) {
  const auto uses = [](const Changes::Put& put) { return uses_secrets(*put.integration); };
  if (std::ranges::none_of(changes.integrations, uses)) return {};
  const Catalog catalog(std::make_shared<const Catalog::Data>(data));
  for (const Changes::Put& put : changes.integrations) {
    if (uses(put)) FLEETHOOK_CHECK(Use(catalog, put).check(limits));
  }
  return {};
}

namespace {

// What receivers and those before them go by.
bool says_where(std::string_view field) {
  return field == "url" || ascii_iequals(field, "headers.host");
}

}  // namespace

Result<void> check_variables_of_urls(const Catalog& catalog,
                                     const VariablesOwner& owner,
                                     const std::vector<std::string>& variables,
                                     const core::UserId& by) {
  if (owner.product.is_none() || variables.empty()) return {};
  for (const core::IntegrationPtr& integration : catalog.integrations_of(owner.product)) {
    if (!owner.integration.is_none() && integration->number != owner.integration) continue;
    if (!uses_secrets(*integration)) continue;
    const Right right(catalog, SecretOwner::of(*integration), by);
    if (right.all()) continue;
    const Secrets* secrets = catalog.secrets(SecretOwner::of(*integration));
    for (const core::IntegrationConfig& config : configs_on(integration, owner.product)) {
      for (const core::VariableUse& use : core::variables_used(config)) {
        if (!std::ranges::any_of(use.fields, says_where) || std::ranges::find(variables, use.name) == variables.end())
          continue;
        for (const std::string& name : core::secrets_used(config)) {
          const Secret* secret = find_secret(secrets, name);
          auto checked = secret == nullptr ? Result<void>() : right.check(*secret, owner.product);
          if (checked.ok()) continue;
          Error error = std::move(checked).error();
          error.message = "variable " + use.name + " is a part of the URL of integration " + integration->id.str() +
                          ", and " + error.message;
          return error;
        }
      }
    }
  }
  return {};
}

}  // namespace fleethook::store
