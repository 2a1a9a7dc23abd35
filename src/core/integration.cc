#include "core/integration.h"

#include <algorithm>
#include <array>

#include "core/compiled_integration.h"
#include "core/enum_names.h"
#include "core/integration_names.h"
#include "core/url_shape.h"

namespace fleethook::core {

std::string_view to_text(IntegrationType type) {
  return enum_name(kIntegrationTypes, type);
}
std::string_view to_text(RequestType type) {
  return enum_name(kRequestTypes, type);
}
std::string_view to_text(DeliveryPolicy policy) {
  return enum_name(kPolicies, policy);
}

std::string default_name(const IntegrationConfig& config) {
  return config.event + " for " + std::string(url_domain(config.url));
}

std::string default_topic(std::string_view kind, Scope scope) {
  std::string topic = scope == Scope::kSandbox ? "" : "{{PARTICLE_DEVICE_ID}}/";
  topic.append(kind).append("/{{PARTICLE_EVENT_NAME}}");
  return topic;
}

std::string response_topic(const IntegrationConfig& config, Scope scope) {
  return config.response_topic.value_or(default_topic(kResponseTopicKind, scope));
}

std::string error_response_topic(const IntegrationConfig& config, Scope scope) {
  return config.error_response_topic.value_or(default_topic(kErrorTopicKind, scope));
}

bool Integration::on(ProductId product) const {
  return std::binary_search(products.begin(), products.end(), product);
}

std::shared_ptr<const CompiledIntegration> Integration::compiled() const {
  if (const Compiled* ready = compiled_.load(std::memory_order_acquire)) return *ready;
  auto fresh = CompiledIntegration::compile(*this);
  if (!fresh) return nullptr;
  // Two threads may both compile; the results are equal and the first one stays.
  auto mine = std::make_unique<const Compiled>(std::move(fresh).value());
  const Compiled* first = nullptr;
  return compiled_.compare_exchange_strong(first, mine.get(), std::memory_order_acq_rel) ? *mine.release() : *first;
}

Integration::~Integration() {
  delete compiled_.load(std::memory_order_acquire);
}

// Lists every value once, for copying. A new field belongs here too.
#define FLEETHOOK_INTEGRATION_VALUES(value)                                                                    \
  value(id) value(number) value(scope) value(user) value(organization) value(products) value(version)          \
      value(last_version) value(created_at) value(updated_at) value(created_by) value(config) value(overrides) \
          value(staged) value(separated_from) value(merged_into) value(closed_at) value(fingerprint)

Integration::Integration(const Integration& other) {
  *this = other;
}

Integration& Integration::operator=(const Integration& other) {
  if (this == &other) return *this;
#define FLEETHOOK_COPY(name) name = other.name;
  FLEETHOOK_INTEGRATION_VALUES(FLEETHOOK_COPY)
#undef FLEETHOOK_COPY
  variants_.clear();
  delete compiled_.exchange(nullptr);  // it was of the old values
  return *this;
}

const Override* Integration::override_on(ProductId product) const {
  const auto at = std::ranges::lower_bound(overrides, product, {}, &Override::product);
  return at == overrides.end() || at->product != product ? nullptr : &*at;
}

void Integration::settle(const crypto::Digest* known_fingerprint) {
  if (scope == Scope::kOrganization) {
    fingerprint = known_fingerprint != nullptr ? *known_fingerprint : core::fingerprint(config, scope);
  }
  variants_.clear();
  if (overrides.empty() && staged == nullptr) return;
  for (const ProductId product : products) {
    const bool tries = staged != nullptr && std::ranges::binary_search(staged->products, product);
    const Override* override_here = override_on(product);
    if (!tries && override_here == nullptr) continue;
    auto variant = std::make_shared<Integration>(*this);
    variant->overrides.clear();
    variant->staged.reset();
    if (tries) {
      variant->config = staged->config;
      variant->version = staged->version;
    }
    if (override_here != nullptr) {
      variant->config = with_override(std::move(variant->config), override_here->settings);
    }
    variants_.emplace_back(product, std::move(variant));
  }
}

const IntegrationPtr& Integration::running_on(const IntegrationPtr& integration, ProductId product) {
  const auto& variants = integration->variants_;
  if (variants.empty()) return integration;
  const auto at = std::ranges::lower_bound(variants, product, {}, [](const auto& entry) { return entry.first; });
  return at == variants.end() || at->first != product ? integration : at->second;
}

}  // namespace fleethook::core
