#include "api/labels.h"

namespace fleethook::api {

core::IntegrationPtr Labels::known(core::IntegrationNumber number, std::uint32_t version) {
  if (core::IntegrationPtr integration = call_.catalog->integration(number)) return integration;
  const auto [known, is_new] = gone_.try_emplace(number);
  if (is_new) {
    if (auto read = services_.store.integration_version(number, version); read.ok())
      known->second = std::move(read).value();
  }
  return known->second;
}

json::Value Labels::integration(core::IntegrationNumber number, std::uint32_t version) {
  const core::IntegrationPtr integration = known(number, version);
  if (integration == nullptr) return {};
  const core::IntegrationConfig& config = integration->config;
  return json::Object{{"id", integration->id.str()},
                      {"name", config.name.value_or(core::default_name(config))},
                      {"deleted", call_.catalog->integration(number) == nullptr}};
}

json::Value Labels::product(core::ProductId id) const {
  if (id.is_none()) return {};
  const core::Product* product = call_.catalog->product(id);
  return json::Object{{"id", id.value},
                      {"slug", product != nullptr ? json::Value(product->slug) : json::Value()},
                      {"name", product != nullptr ? json::Value(product->name) : json::Value()}};
}

json::Value Labels::device_name(std::string_view coreid, core::ProductId product) const {
  const auto id = core::DeviceId::parse(coreid);
  if (!id) return {};
  const core::Device* device = product.is_none() ? call_.catalog->own_device(*id) : call_.catalog->device(*id);
  if (device == nullptr || device->product != product || device->name.empty()) return {};
  return device->name;
}

}  // namespace fleethook::api
