// What differs between two configurations, and what one product sets differently.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "core/integration.h"
#include "core/integration_names.h"

namespace fleethook::core {
namespace {

constexpr std::array<std::string_view, 11> kOverridable = {"url",         "headers",  "auth",         "signing",
                                                           "disabled",    "policy",   "timeout",      "redirects",
                                                           "retryDelays", "retryFor", "finalStatuses"};

// Wire members that others are computed from, or that do not belong to the configuration of this scope.
json::Object settings_of(const IntegrationConfig& config, Scope scope) {
  json::Object settings = wire_form(config, scope);
  if (!config.name) settings.erase("name");
  if (!config.device) settings.erase("deviceID");
  return settings;
}

json::Value or_null(const json::Value* value) {
  return value == nullptr ? json::Value() : *value;
}

// Objects are gone into, so that one changed header is one line.
void differ(const std::string& path, const json::Value* from, const json::Value* to, json::Object& out) {
  if (from != nullptr && to != nullptr && *from == *to) return;
  const bool both_objects = from != nullptr && to != nullptr && from->is_object() && to->is_object();
  if (!both_objects) {
    out.set(path, json::Object{{"from", or_null(from)}, {"to", or_null(to)}});
    return;
  }
  for (const auto& [key, value] : from->as_object()) differ(path + "." + key, &value, to->find(key), out);
  for (const auto& [key, value] : to->as_object()) {
    if (from->find(key) == nullptr) differ(path + "." + key, nullptr, &value, out);
  }
}

const json::Value* find_header(const json::Object& headers, std::string_view name, std::string& spelled) {
  for (const auto& [key, value] : headers) {
    if (!ascii_iequals(key, name)) continue;
    spelled = key;
    return &value;
  }
  return nullptr;
}

// Names of headers do not depend on case: a different spelling is the same header.
void set_header(json::Object& headers, const std::string& name, const json::Value& value) {
  std::string spelled = name;
  find_header(headers, name, spelled);
  if (value.is_null()) {
    headers.erase(spelled);
  } else {
    headers.set(spelled, value);
  }
}

json::Object header_differences(const json::Object& from, const json::Object& to) {
  json::Object differences;
  for (const auto& [name, value] : to) {
    const json::Value* old = from.find(name);
    if (old == nullptr || *old != value) differences.set(name, value);
  }
  for (const auto& [name, value] : from) {
    if (to.find(name) == nullptr) differences.set(name, nullptr);
  }
  return differences;
}

// They were checked when they were set; nullopt: none.
std::optional<IntegrationConfig::Auth> auth_of(const json::Value& value) {
  const auto text = [](const json::Value& of, std::string_view name) {
    const json::Value* member = of.find(name);
    return member != nullptr && member->is_string() ? member->as_string() : std::string();
  };
  IntegrationConfig::Auth auth{text(value, "username"), text(value, "password"), text(value, "bearer")};
  if (const json::Value* oauth2 = value.find("oauth2")) {
    auth.oauth2 = IntegrationConfig::OAuth2{text(*oauth2, "token_url"),     text(*oauth2, "client_id"),
                                            text(*oauth2, "client_secret"), text(*oauth2, "scope"),
                                            text(*oauth2, "audience"),      text(*oauth2, "client_auth") == "body"};
  }
  if (auth == IntegrationConfig::Auth()) return std::nullopt;
  return auth;
}

json::Value signing_value(const std::vector<std::string>& secrets) {
  return json::Object{{"secrets", json::Array(secrets.begin(), secrets.end())}};
}

// It was checked when it was set.
std::vector<std::string> signing_of(const json::Value& value) {
  std::vector<std::string> names;
  const json::Value* secrets = value.find("secrets");
  if (secrets == nullptr || !secrets->is_array()) return names;
  for (const json::Value& name : secrets->as_array()) {
    if (name.is_string()) names.push_back(name.as_string());
  }
  return names;
}

}  // namespace

json::Object config_diff(const IntegrationConfig& from, const IntegrationConfig& to, Scope scope) {
  json::Object diff;
  const json::Object before = settings_of(from, scope);
  const json::Object after = settings_of(to, scope);
  for (const auto& [name, value] : before) differ(name, &value, after.find(name), diff);
  for (const auto& [name, value] : after) {
    if (before.find(name) == nullptr) differ(name, nullptr, &value, diff);
  }
  return diff;
}

Result<json::Object> read_override(const json::Object& sent,
                                   const IntegrationConfig& config,
                                   Scope scope,
                                   const Limits& limits) {
  json::Object body;
  for (const auto& [name, value] : sent) {
    if (std::ranges::find(kOverridable, name) == kOverridable.end()) {
      return Error::field(name,
                          "cannot be set for one product alone; url, headers, auth, signing, disabled, policy, "
                          "timeout, redirects, retryDelays, retryFor and finalStatuses can. Separate the integration "
                          "to change more");
    }
    if (!value.is_null()) body.set(name, value);
  }
  FLEETHOOK_TRY(const IntegrationConfig there, read_config(body, EditMode::kMerge, &config, scope, false, limits));
  json::Object settings;
  if (there.auth != config.auth)
    settings.set("auth", there.auth ? json::Value(auth_value(*there.auth)) : json::Value());
  if (there.disabled != config.disabled) settings.set("disabled", there.disabled);
  json::Object headers = header_differences(config.headers, there.headers);
  if (!headers.empty()) settings.set("headers", std::move(headers));
  if (there.policy != config.policy) settings.set("policy", to_text(there.policy));
  if (there.signing != config.signing) settings.set("signing", signing_value(there.signing));
  if (there.url != config.url) settings.set("url", there.url);
  const json::Object before = wire_values(config.delivery);
  for (auto& [name, value] : wire_values(there.delivery)) {
    if (value != *before.find(name)) settings.set(name, std::move(value));
  }
  return settings;
}

IntegrationConfig with_override(IntegrationConfig config, const json::Object& override_settings) {
  for (const auto& [name, value] : override_settings) {
    if (name == "url" && value.is_string()) config.url = value.as_string();
    if (name == "disabled" && value.is_bool()) config.disabled = value.as_bool();
    if (name == "policy" && value.is_string()) {
      config.policy = value.as_string() == to_text(DeliveryPolicy::kParticle) ? DeliveryPolicy::kParticle
                                                                              : DeliveryPolicy::kDurable;
    }
    if (name == "headers" && value.is_object()) {
      for (const auto& [header, text] : value.as_object()) set_header(config.headers, header, text);
    }
    if (std::ranges::find(kDeliverySettingNames, name) != std::end(kDeliverySettingNames)) {
      static_cast<void>(read_setting(name, &value, config.delivery));  // it was checked when it was set
    }
    if (name == "signing") config.signing = signing_of(value);
    if (name == "auth") config.auth = auth_of(value);
  }
  return config;
}

}  // namespace fleethook::core
