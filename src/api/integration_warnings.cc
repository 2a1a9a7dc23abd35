#include "api/integration_warnings.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "api/product_sight.h"
#include "base/text.h"
#include "core/credentials.h"
#include "core/integration_check.h"
#include "core/integration_names.h"
#include "core/mask.h"
#include "core/template.h"
#include "core/unknown_names.h"
#include "store/named_values.h"

namespace fleethook::api {
namespace {

using core::warning_code::kDoubleFiring;
using core::warning_code::kIdentical;

constexpr std::size_t kDoublesShown = 10;

// Whether a template that asks for `name` means a secret that is there, and was not selected.
bool is_unselected_secret(const core::Integration& integration,
                          const store::Catalog& catalog,
                          const std::string& name) {
  const store::Secrets* secrets = catalog.secrets(store::SecretOwner::of(integration));
  if (secrets == nullptr || !core::is_secret_name(name) || secrets->find(name) == secrets->end()) return false;
  const core::IntegrationConfig& config = integration.config;
  return !std::ranges::binary_search(config.secrets, name) &&
         std::ranges::none_of(config.parameters, [&](const json::Value& item) {
           const json::Value* key = item.find("key");
           return key != nullptr && key->is_string() && key->as_string() == name;
         });
}

void add_unselected_secrets(const core::Integration& integration,
                            const store::Catalog& catalog,
                            std::vector<core::Warning>& warnings) {
  if (catalog.secrets(store::SecretOwner::of(integration)) == nullptr) return;
  std::set<std::pair<std::string, std::string>> told;
  const auto use = [&](const std::string& field, const std::string& name) {
    if (!is_unselected_secret(integration, catalog, name) || !told.emplace(field, name).second) return;
    warnings.push_back(
        {field, std::string(core::warning_code::kSecretNotSelected),
         "the secret " + name + " is there but not selected, so nothing stands in its place; add it to secrets"});
  };
  const auto text = [&](const std::string& field, const std::string& source) {
    if (source.find("{{") == std::string::npos) return;
    const auto compiled = core::Template::compile(source);
    if (!compiled.ok()) return;
    for (const std::string& name : compiled->full_names()) use(field, name);
  };
  core::for_each_template(integration.config, {text, use});
}

void add_literal_credentials(const core::IntegrationConfig& config, std::vector<core::Warning>& warnings) {
  for (const std::string& field : core::literal_credential_fields(config)) {
    warnings.push_back(
        {field, std::string(core::warning_code::kLiteralCredential),
         "stands in the configuration as it is; as a secret it would be sealed, and replaced in one place: "
         "make one, select it, and write {{{ITS_NAME}}} here"});
  }
}

// The address without what differs from request to request.
std::string_view address_of(const core::IntegrationConfig& config) {
  std::string_view url = config.url;
  url = url.substr(0, url.find('?'));
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool fire_at_one_address(const core::IntegrationConfig& one, const core::IntegrationConfig& other) {
  if (one.disabled || other.disabled) return false;
  if (one.device && other.device && one.device != other.device) return false;
  const bool same_events = one.event.starts_with(other.event) || other.event.starts_with(one.event);
  return same_events && ascii_iequals(address_of(one), address_of(other));
}

std::string told_of(const core::Integration& integration) {
  return integration.id.str() + " (" + integration.config.name.value_or(core::default_name(integration.config)) + ")";
}

// Others that fire beside it, each with the place where.
class Beside {
 public:
  Beside(const core::Integration& integration, const store::Catalog& catalog, std::vector<core::Warning>& warnings)
      : integration_(integration),
        catalog_(catalog),
        origin_(catalog.integration(integration.separated_from)),
        warnings_(warnings) {}

  void on_product(const core::Product& product) {
    for (const core::IntegrationPtr& other : catalog_.integrations_of(product.id)) look(other, product);
  }
  // Sandboxes fire for the events of one's own devices in products too.
  void in_sandbox_of(const core::User& user, std::string_view where) {
    for (const core::IntegrationPtr& other : catalog_.sandbox_integrations_of(user.id)) {
      if (other->number != integration_.number && fire_at_one_address(integration_.config, other->config))
        twice(*other, std::string(where));
    }
  }
  void as_sandbox_on(const core::Product& product) {
    for (const core::IntegrationPtr& other : catalog_.integrations_of(product.id)) {
      const core::IntegrationPtr& there = core::Integration::running_on(other, product.id);
      if (fire_at_one_address(integration_.config, there->config))
        twice(*other, "for your devices in product " + product.slug);
    }
  }

 private:
  void look(const core::IntegrationPtr& other, const core::Product& product) {
    if (other->number == integration_.number) return;
    const std::string where = "on product " + product.slug;
    const bool separated = other->separated_from == integration_.id || other == origin_;
    const bool identical =
        integration_.scope == core::Scope::kOrganization && other->fingerprint == integration_.fingerprint;
    if (separated || identical) {
      add(separated ? kDoubleFiring : kIdentical,
          where + " the integration " + other->id.str() + ", " +
              (separated ? "separated from this one" : "identical to this one") +
              ", is there too: an event that matches both fires both");
      return;
    }
    const core::Override* mine = integration_.override_on(product.id);
    const core::IntegrationConfig config =
        mine == nullptr ? integration_.config : core::with_override(integration_.config, mine->settings);
    if (fire_at_one_address(config, core::Integration::running_on(other, product.id)->config)) twice(*other, where);
  }
  void twice(const core::Integration& other, const std::string& where) {
    add(kDoubleFiring, where + " the integration " + told_of(other) +
                           " fires for the same events at the same address: each of them goes there twice");
  }
  void add(std::string_view code, std::string message) {
    if (shown_++ < kDoublesShown) warnings_.push_back({std::nullopt, std::string(code), std::move(message)});
  }

  const core::Integration& integration_;
  const store::Catalog& catalog_;
  const core::IntegrationPtr origin_;
  std::vector<core::Warning>& warnings_;
  std::size_t shown_ = 0;
};

void add_doubles(const core::Integration& integration,
                 const store::Catalog& catalog,
                 const core::User* viewer,
                 std::vector<core::Warning>& warnings) {
  Beside beside(integration, catalog, warnings);
  std::set<core::ProductId> with_own_devices;
  if (viewer != nullptr) {
    for (const core::Device* device : catalog.devices_of(viewer->id)) {
      if (device->reaches() == viewer->id) with_own_devices.insert(device->product);
    }
    with_own_devices.erase(core::ProductId());
  }
  if (integration.scope == core::Scope::kSandbox) {
    if (viewer == nullptr || viewer->id != integration.user) return;
    beside.in_sandbox_of(*viewer, "in this sandbox");
    for (const core::ProductId id : with_own_devices) {
      const core::Product* product = catalog.product(id);
      if (product != nullptr && catalog.role_on(id, viewer->id) != core::Role::kNone) beside.as_sandbox_on(*product);
    }
    return;
  }
  const ProductSight sight(catalog, viewer, integration.organization);
  for (const core::ProductId id : sight.of(integration.products)) {
    if (const core::Product* product = catalog.product(id)) beside.on_product(*product);
  }
  const bool own_devices =
      std::ranges::any_of(integration.products, [&](core::ProductId id) { return with_own_devices.contains(id); });
  if (own_devices) beside.in_sandbox_of(*viewer, "for your own devices, in your sandbox,");
}

}  // namespace

std::vector<core::Warning> warnings_of(const core::Integration& integration,
                                       const store::Catalog& catalog,
                                       const core::User* viewer) {
  std::vector<core::Warning> warnings;
  add_unselected_secrets(integration, catalog, warnings);
  add_literal_credentials(integration.config, warnings);
  if (integration.merged_into.is_none()) add_doubles(integration, catalog, viewer, warnings);
  return warnings;
}

std::vector<core::Warning> unknown_names_of(const core::Integration& running,
                                            const core::Event& event,
                                            const store::Catalog& catalog,
                                            const Limits& limits) {
  std::vector<core::Warning> warnings;
  const auto compiled = core::CompiledIntegration::compile(running, limits);
  if (!compiled.ok()) return warnings;
  // What is missing behind a condition must not tell the value that it looked at.
  const core::NamedValues values = core::with_masks(store::named_values(catalog, running, **compiled, event.product));
  if (!values.refusal.empty()) return warnings;  // nothing is rendered
  core::DeliveryFacts facts;
  facts.values = &values;
  const core::Product* product = catalog.product(event.product);
  const std::string owner = product != nullptr && !product->user.is_none() ? product->user.str() : std::string();
  facts.product_owner = owner;
  for (core::UnknownName& unknown : core::unknown_names(running.config, event, facts, limits)) {
    if (is_unselected_secret(running, catalog, unknown.name)) continue;  // warnings_of() says it better
    core::mask(unknown.message, values);
    warnings.push_back(
        {std::move(unknown.field), std::string(core::warning_code::kUnknownName), std::move(unknown.message)});
  }
  return warnings;
}

void put_warnings(json::Object& into, std::vector<core::Warning> said, std::vector<core::Warning> more) {
  said.insert(said.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  if (!said.empty()) into.set("warnings", core::warnings_value(said));
}

}  // namespace fleethook::api
