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

Integration::Integration(const Integration& other)
    : id(other.id),
      number(other.number),
      scope(other.scope),
      user(other.user),
      organization(other.organization),
      products(other.products),
      version(other.version),
      created_at(other.created_at),
      updated_at(other.updated_at),
      created_by(other.created_by),
      config(other.config) {}

Integration& Integration::operator=(const Integration& other) {
  if (this == &other) return *this;
  id = other.id;
  number = other.number;
  scope = other.scope;
  user = other.user;
  organization = other.organization;
  products = other.products;
  version = other.version;
  created_at = other.created_at;
  updated_at = other.updated_at;
  created_by = other.created_by;
  config = other.config;
  delete compiled_.exchange(nullptr);  // it was of the old values
  return *this;
}

}  // namespace fleethook::core
