#include "server/demo_organization.h"

#include <algorithm>
#include <cstdio>

#include "http/url.h"

namespace fleethook::server {
namespace {

constexpr int kDevicesPerProduct = 8;
constexpr int kDevicesOfOther = 3;

// In the settings, {open} and {closed} stand for the two receivers.
struct SampleIntegration {
  const char* name;
  const char* settings;
};

constexpr SampleIntegration kIntegrations[] = {
    {"Temperatures to the cold-chain desk", R"({
        "event": "temperature/", "url": "{open}/temperatures", "noDefaults": true,
        "json": {"product": "{{{PRODUCT_ID}}}", "device": "{{{PARTICLE_DEVICE_ID}}}",
                 "event": "{{{PARTICLE_EVENT_NAME}}}", "value": "{{{value}}}", "unit": "{{{unit}}}",
                 "at": "{{{PARTICLE_PUBLISHED_AT}}}"},
        "product_ids": ["cold-room-sensor", "tank-gauge", "greenhouse-node"]})"},
    {"Alarms to the duty phone", R"({
        "event": "alarm/", "url": "{open}/alarms", "secrets": ["DUTY_KEY"],
        "headers": {"X-Key": "{{{DUTY_KEY}}}"},
        "json": {"site": "{{{product.vars.site}}}", "alarm": "{{{PARTICLE_EVENT_NAME}}}", "where": "{{{where}}}",
                 "value": "{{{value}}}"},
        "product_ids": ["cold-room-sensor", "tank-gauge", "greenhouse-node"]})"},
    {"Doors to the warehouse log", R"({
        "event": "door/", "url": "{open}/doors", "policy": "particle", "noDefaults": true,
        "form": {"door": "{{{door}}}", "what": "{{{PARTICLE_EVENT_NAME}}}", "seconds": "{{{seconds}}}"},
        "product_ids": ["cold-room-sensor", "tank-gauge", "greenhouse-node"]})"},
    {"Batteries to the service plan", R"({
        "event": "battery/", "url": "{open}/batteries", "requestType": "GET", "noDefaults": true,
        "query": {"device": "{{{PARTICLE_DEVICE_ID}}}", "percent": "{{{percent}}}"},
        "responseTemplate": "next visit {{{visit}}}",
        "product_ids": ["cold-room-sensor", "tank-gauge", "greenhouse-node"]})"},
    {"Stock to the old warehouse", R"({
        "event": "stock/", "url": "{closed}/v1/stock",
        "json": {"item": "{{{item}}}", "count": "{{{count}}}"},
        "product_ids": ["cold-room-sensor", "tank-gauge", "greenhouse-node"]})"},
    {"Humidity to the irrigation", R"({
        "event": "humidity/", "url": "{open}/irrigation/{{{place}}}", "requestType": "PUT", "noDefaults": true,
        "headers": {"Content-Type": "text/plain"}, "body": "{{{percent}}} % at {{{place}}}",
        "product_ids": ["greenhouse-node"]})"},
    {"Night report to the office", R"({
        "event": "report/", "url": "{open}/reports", "disabled": true,
        "product_ids": ["cold-room-sensor", "tank-gauge"]})"},
};

struct Person {
  const char *username, *first_name, *last_name, *role;
};
constexpr Person kPeople[] = {
    {"manager@polar-foods.example", "Marta", "Lind", "Administrator"},
    {"developer@polar-foods.example", "Deniz", "Aksoy", "Developer"},
    {"support@polar-foods.example", "Sunniva", "Berg", "Support"},
    {"viewer@polar-foods.example", "Victor", "Holm", "View-only"},
};

std::string device_id(std::uint64_t product, int index) {
  char text[32];
  std::snprintf(text, sizeof text, "e00fce68%08x%08x", static_cast<unsigned>(product), static_cast<unsigned>(index));
  return text;
}

std::string filled(std::string text, std::string_view tag, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(tag, at)) != std::string::npos; at += value.size()) {
    text.replace(at, tag.size(), value);
  }
  return text;
}

std::string base_of(const std::string& organization) {
  return "/v1/orgs/" + organization;
}

// --- steps: each sets up one kind of thing

Result<DemoProduct> make_product(const DemoApi& api, const std::string& organization, const char* name, int devices) {
  FLEETHOOK_TRY(const json::Value made,
                api.call("POST", base_of(organization) + "/products",
                         json::Object{{"product", json::Object{{"name", name}, {"platform_id", 13}}}}));
  DemoProduct product;
  product.id = static_cast<std::uint64_t>(made.find("product")->find("id")->as_int());
  product.slug = made.find("product")->find("slug")->as_string();
  product.name = name;
  json::Array ids;
  for (int i = 1; i <= devices; ++i) {
    product.devices.push_back(device_id(product.id, i));
    ids.emplace_back(product.devices.back());
  }
  FLEETHOOK_CHECK(api.call("POST", "/v1/products/" + product.slug + "/devices", json::Object{{"ids", std::move(ids)}}));
  return product;
}

// Names and versions; two groups by place, and the last two devices try new firmware first.
Result<void> describe_devices(const DemoApi& api, const DemoProduct& product) {
  const std::string path = "/v1/products/" + product.slug + "/devices/";
  for (std::size_t i = 0; i < product.devices.size(); ++i) {
    const bool early = i + 2 >= product.devices.size();
    json::Array groups{i % 2 == 0 ? "oslo" : "bergen"};
    if (early) groups.emplace_back("canary");
    const json::Object device{{"name", product.name + " " + std::to_string(i + 1)},
                              {"firmware_version", early ? "13" : "12"},
                              {"system_firmware_version", early ? "6.2.1" : "5.9.0"},
                              {"development", i + 1 == product.devices.size()},
                              {"groups", std::move(groups)}};
    FLEETHOOK_CHECK(api.call("PUT", path + product.devices[i], device));
  }
  return {};
}

// Whoever accepts an invitation says so himself. The administrator made the account, so no code is needed.
Result<void> join(const DemoApi& api, const std::string& path, const DemoUser& user, const char* role) {
  FLEETHOOK_CHECK(api.call("POST", path, json::Object{{"username", user.username}, {"role", role}}));
  std::string form = "grant_type=password&username=";
  http::append_percent_encoded(user.username, form);
  http::append_percent_encoded(user.password, form += "&password=");
  FLEETHOOK_TRY(const json::Value token, api.call("POST", "/oauth/token", json::Value(form)));
  const DemoApi invited(api.client(), api.url(), token.find("access_token")->as_string());
  FLEETHOOK_TRY(const json::Value waiting, invited.get("/v1/user/invitations"));
  for (const json::Value& one : waiting.find("invitations")->as_array())
    FLEETHOOK_CHECK(invited.call("POST", "/v1/user/invitations/" + one.find("id")->as_string() + "/accept", "{}"));
  FLEETHOOK_CHECK(invited.call("DELETE", "/v1/access_tokens/current", "{}"));
  return {};
}

Result<void> make_team(const DemoApi& api, const Administrator& administrator, DemoOrganization& made) {
  FLEETHOOK_CHECK(api.call("PUT", "/v1/user", R"({"account_info": {"first_name": "Olga", "last_name": "Nordby"}})"));
  made.users.push_back({administrator.username, administrator.password, "Owner"});
  for (const Person& person : kPeople) {
    FLEETHOOK_CHECK(api.call("POST", "/v1/users",
                             json::Object{{"username", person.username},
                                          {"password", administrator.password},
                                          {"account_info", json::Object{{"first_name", person.first_name},
                                                                        {"last_name", person.last_name}}}}));
    made.users.push_back({person.username, administrator.password, person.role});
    FLEETHOOK_CHECK(join(api, base_of(made.slug) + "/team", made.users.back(), person.role));
  }
  FLEETHOOK_CHECK(api.call("POST", base_of(made.slug) + "/team", R"({
      "friendly_name": "Nightly export", "scopes": ["devices:list", "integrations:list", "integrations:get"]})"));
  return {};
}

Result<void> set_values(const DemoApi& api, const DemoOrganization& made) {
  FLEETHOOK_CHECK(
      api.call("POST", base_of(made.slug) + "/secrets", R"({"name": "DUTY_KEY", "value": "duty-phone-4711"})"));
  FLEETHOOK_CHECK(api.call("PUT", base_of(made.slug) + "/variables", R"({"variables": {"site": "Oslo harbour"}})"));
  FLEETHOOK_CHECK(api.call("PUT", "/v1/products/greenhouse-node/variables", R"({"variables": {"site": "Nesodden"}})"));
  return {};
}

Result<void> make_integrations(const DemoApi& api, const DemoReceiverUrls& receivers, DemoOrganization& made) {
  for (const SampleIntegration& sample : kIntegrations) {
    FLEETHOOK_TRY(json::Value settings,
                  json::parse(filled(filled(sample.settings, "{open}", receivers.open), "{closed}", receivers.closed)));
    settings.as_object().set("integration_type", "Webhook");
    settings.as_object().set("name", sample.name);
    FLEETHOOK_TRY(const json::Value answer, api.call("POST", base_of(made.slug) + "/integrations", settings));
    made.integrations.emplace_back(sample.name, answer.find("id")->as_string());
  }
  return {};
}

const DemoUser& developer_of(const DemoOrganization& made) {
  return *std::ranges::find(made.users, "Developer", &DemoUser::role);
}

// What differs from product to product: one of each kind, each on another integration. The shared one of all products
// gets a header only, so that its numbers go on adding up.
Result<void> make_differences(const DemoApi& api, DemoOrganization& made) {
  const auto at = [&made](std::size_t index) {
    return base_of(made.slug) + "/integrations/" + made.integrations[index].second;
  };
  FLEETHOOK_CHECK(api.call("PUT", at(0) + "/products/tank-gauge/override", R"({"headers": {"X-Accuracy": "0.5"}})"));
  FLEETHOOK_CHECK(
      api.call("PUT", at(1) + "/products/tank-gauge/variables", R"({"variables": {"site": "Oslo harbour, quay 3"}})"));
  FLEETHOOK_TRY(
      const json::Value separated,
      api.call("POST", "/v1/products/greenhouse-node/integrations/" + made.integrations[1].second + "/separate",
               R"({"name": "Greenhouse alarms to the gardener", "headers": {"X-Key": "{{{DUTY_KEY}}}",
                             "X-Plants": "yes"}})"));
  made.integrations.emplace_back("Greenhouse alarms to the gardener", separated.find("id")->as_string());
  FLEETHOOK_CHECK(api.call("POST", at(2) + "/pause", R"({"product_ids": ["tank-gauge"], "mode": "hold"})"));
  FLEETHOOK_CHECK(api.call("POST", at(3) + "/stage", R"({"product_ids": ["cold-room-sensor"], "error_percent_max": 10,
      "settings": {"query": {"device": "{{{PARTICLE_DEVICE_ID}}}", "percent": "{{{percent}}}",
                             "product": "{{{PRODUCT_ID}}}"}}})"));
  return {};
}

Result<void> make_other_organization(const DemoApi& api, const DemoReceiverUrls& receivers, DemoOrganization& made) {
  made.other_slug = "alpine-dairy";
  FLEETHOOK_CHECK(api.call("POST", "/v1/orgs", R"({"name": "Alpine Dairy", "slug": "alpine-dairy"})"));
  FLEETHOOK_TRY(made.other_product, make_product(api, made.other_slug, "Milk Tank", kDevicesOfOther));
  FLEETHOOK_CHECK(describe_devices(api, made.other_product));
  FLEETHOOK_CHECK(api.call("POST", base_of(made.other_slug) + "/integrations",
                           json::Object{{"integration_type", "Webhook"},
                                        {"name", "Milk to the dairy"},
                                        {"event", "milk/"},
                                        {"url", receivers.open + "/milk"},
                                        {"product_ids", json::Array{made.other_product.id}}}));
  return join(api, base_of(made.other_slug) + "/team", developer_of(made), "View-only");
}

Result<void> make_sandbox(const DemoApi& api, const DemoReceiverUrls& receivers, DemoOrganization& made) {
  FLEETHOOK_CHECK(api.call("POST", "/v1/devices", json::Object{{"id", device_id(0, 1)}}));
  FLEETHOOK_TRY(const json::Value answer, api.call("POST", "/v1/integrations",
                                                   json::Object{{"integration_type", "Webhook"},
                                                                {"name", "My bench sensor"},
                                                                {"event", "bench/"},
                                                                {"url", receivers.open + "/bench"}}));
  made.sandbox_integration = answer.find("id")->as_string();
  return {};
}

}  // namespace

Result<DemoOrganization> set_up_organization(const DemoApi& api,
                                             const Administrator& administrator,
                                             const DemoReceiverUrls& receivers) {
  DemoOrganization made;
  made.slug = "polar-foods";
  FLEETHOOK_CHECK(api.call("POST", "/v1/orgs", R"({"name": "Polar Foods", "slug": "polar-foods"})"));
  for (const char* name : {"Cold Room Sensor", "Tank Gauge", "Greenhouse Node"}) {
    FLEETHOOK_TRY(DemoProduct product, make_product(api, made.slug, name, kDevicesPerProduct));
    FLEETHOOK_CHECK(describe_devices(api, product));
    made.products.push_back(std::move(product));
  }
  FLEETHOOK_CHECK(make_team(api, administrator, made));
  FLEETHOOK_CHECK(set_values(api, made));
  FLEETHOOK_CHECK(make_integrations(api, receivers, made));
  FLEETHOOK_CHECK(make_differences(api, made));
  FLEETHOOK_CHECK(make_other_organization(api, receivers, made));
  FLEETHOOK_CHECK(make_sandbox(api, receivers, made));
  return made;
}

}  // namespace fleethook::server
