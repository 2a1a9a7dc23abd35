// Who may say where a secret goes, and in which products it is used: the one place where that is decided, when an
// integration is saved and when it sends. Hosts are asked of core/secret_hosts.h.
#pragma once
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/catalog_types.h"
#include "store/catalog.h"
#include "store/changes.h"
#include "store/secrets.h"

namespace fleethook::store {

// From this role on a person may change integrations, on the organization or the product where he has it.
inline constexpr core::Role kSecretRole = core::Role::kDeveloper;

// Whether `integration` may use the secret for events of `product`: it is the owner's sandbox, or the secret is limited
// to no products, or to this one among others.
bool serves(const Secret& secret, const core::Integration& integration, core::ProductId product);
// The sentence for a secret that does not.
std::string not_for(const Secret& secret, const Catalog& catalog, core::ProductId product);

// An integration that uses a secret where the secret's limits do not let it: what it sends there ends in error.
struct SecretMisfit {
  core::IntegrationPtr integration;
  std::vector<core::ProductId> products;  // that the secret's list does not name, ascending
  std::vector<std::string> hosts;         // that are not the secret's, and do not depend on the event; ascending
};
// Of what runs now; ascending by creation.
std::vector<SecretMisfit> misfits_of(const Catalog& catalog, const SecretOwner& owner, const Secret& secret);

// For stores, before integrations are written. Looks at each place where one of them runs otherwise than before: where
// it is new, or sends something else, or elsewhere. What goes on as it did is not judged, so that nobody's limits stop
// a product from leaving. For each secret that it uses there:
// - kForbidden, code "secret_not_allowed": who makes the change (Changes::Put::by; none is the server) may not say
//   where this secret goes. Who may change integrations of its owner as a whole may; others only on products that the
//   secret lists, where they may change integrations.
// - kInvalid, field "secrets", code "secret_not_for_product": it is limited to other products.
// - kInvalid, field "signing.secrets.0": it is to sign, and has no key in it.
// - kInvalid, field "url", code "secret_not_for_host": the host does not depend on the event, and is none of the
//   secret's. Field "auth.oauth2.token_url" for the secret by which a token is asked for, which goes there alone.
// And kInvalid, field "secrets", with more of them than Limits::secrets_per_integration_max, unless it has not grown.
Result<void> check_secret_use(const Catalog::Data& data, const Changes& changes, const Limits& limits);

// kForbidden, code "secret_not_allowed": one of these variables of `owner` is a part of the URL of an integration there
// with a secret of which `by` may not say where it goes.
Result<void> check_variables_of_urls(const Catalog& catalog,
                                     const VariablesOwner& owner,
                                     const std::vector<std::string>& variables,
                                     const core::UserId& by);

}  // namespace fleethook::store
