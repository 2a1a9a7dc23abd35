// Writing a configuration: as it is stored, as it is answered, and as a fingerprint.
#include <algorithm>
#include <utility>

#include "core/integration.h"
#include "core/integration_names.h"

namespace fleethook::core {
namespace {

json::Object oauth2_value(const IntegrationConfig::OAuth2& oauth2) {
  json::Object out;
  out.set("token_url", oauth2.token_url);
  out.set("client_id", oauth2.client_id);
  out.set("client_secret", oauth2.client_secret);
  if (!oauth2.scope.empty()) out.set("scope", oauth2.scope);
  if (!oauth2.audience.empty()) out.set("audience", oauth2.audience);
  out.set("client_auth", oauth2.credentials_in_body ? "body" : "basic");
  return out;
}

json::Array names_value(const std::vector<std::string>& names) {
  return json::Array(names.begin(), names.end());
}

json::Value signing_value(const IntegrationConfig& config) {
  return json::Object{{"secrets", names_value(config.signing)}};
}

template <class T>
void put(json::Object& out, std::string_view name, const std::optional<T>& value) {
  if (value) out.set(name, json::Value(*value));
}

void put_if(bool condition, json::Object& out, std::string_view name, json::Value value) {
  if (condition) out.set(name, std::move(value));
}

json::Value with_sorted_keys(const json::Value& value) {
  if (value.is_array()) {
    json::Array sorted;
    sorted.reserve(value.as_array().size());
    for (const json::Value& item : value.as_array()) sorted.push_back(with_sorted_keys(item));
    return sorted;
  }
  if (!value.is_object()) return value;
  std::vector<json::Member> members;
  for (const auto& [key, item] : value.as_object()) members.emplace_back(key, with_sorted_keys(item));
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return json::Object::of(std::move(members));
}

}  // namespace

json::Object auth_value(const IntegrationConfig::Auth& auth) {
  if (auth.oauth2) return {{"oauth2", oauth2_value(*auth.oauth2)}};
  if (!auth.bearer.empty()) return {{"bearer", auth.bearer}};
  return {{"username", auth.username}, {"password", auth.password}};
}

json::Object stored_form(const IntegrationConfig& config, Scope) {
  const IntegrationConfig defaults;
  json::Object delivery;  // usually nothing
  if (config.delivery != defaults.delivery) {
    const json::Object standard = wire_values(defaults.delivery);
    for (auto& [name, value] : wire_values(config.delivery)) {
      if (value != *standard.find(name)) delivery.set(name, std::move(value));
    }
  }
  const auto put_delivery = [&](std::string_view name, json::Object& into) {
    if (json::Value* value = delivery.find(name)) into.set(name, std::move(*value));
  };
  json::Object out;  // in the order of the keys
  if (config.auth) out.set("auth", auth_value(*config.auth));
  put(out, "body", config.body);
  put_delivery("concurrency", out);
  put_if(config.data_url_response_event, out, "dataUrlResponseEvent", true);
  if (config.device) out.set("deviceID", config.device->str());
  put_if(config.disabled, out, "disabled", true);
  put(out, "errorResponseTopic", config.error_response_topic);
  out.set("event", config.event);
  put_delivery("finalStatuses", out);
  put(out, "form", config.form);
  put_if(!config.headers.empty(), out, "headers", config.headers);
  out.set("integration_type", to_text(config.type));
  put(out, "json", config.json);
  put(out, "name", config.name);
  put_if(config.no_defaults, out, "noDefaults", true);
  put_delivery("orderPerDevice", out);
  put_if(!config.parameters.empty(), out, "parameters", config.parameters);
  put_if(config.policy != defaults.policy, out, "policy", to_text(config.policy));
  put_if(!config.query.empty(), out, "query", config.query);
  put_delivery("rate", out);
  put_delivery("redirects", out);
  put_if(!config.reject_unauthorized, out, "rejectUnauthorized", false);
  put_if(config.request_type != defaults.request_type, out, "requestType", to_text(config.request_type));
  put(out, "responseTemplate", config.response_template);
  put(out, "responseTopic", config.response_topic);
  put_delivery("retryDelays", out);
  put_delivery("retryFor", out);
  put_if(!config.secrets.empty(), out, "secrets", names_value(config.secrets));
  put_if(!config.signing.empty(), out, "signing", signing_value(config));
  put(out, "template", config.template_slug);
  put_delivery("timeout", out);
  put_if(config.unchunked, out, "unchunked", true);
  out.set("url", config.url);
  return out;
}

json::Object wire_form(const IntegrationConfig& config, Scope scope) {
  json::Object out;
  out.set("integration_type", to_text(config.type));
  out.set("event", config.event);
  out.set("name", config.name.value_or(default_name(config)));
  out.set("disabled", config.disabled);
  out.set("deviceID", config.device ? json::Value(config.device->str()) : json::Value());
  out.set("policy", to_text(config.policy));
  out.set("url", config.url);
  out.set("requestType", to_text(config.request_type));
  put(out, "json", config.json);
  put(out, "form", config.form);
  put(out, "body", config.body);
  put_if(!config.query.empty(), out, "query", config.query);
  put_if(!config.headers.empty(), out, "headers", config.headers);
  if (config.auth) out.set("auth", auth_value(*config.auth));
  put_if(!config.signing.empty(), out, "signing", signing_value(config));
  out.set("noDefaults", config.no_defaults);
  out.set("rejectUnauthorized", config.reject_unauthorized);
  for (auto& [name, value] : wire_values(config.delivery)) out.set(name, std::move(value));
  out.set("responseTopic", response_topic(config, scope));
  out.set("errorResponseTopic", error_response_topic(config, scope));
  put(out, "responseTemplate", config.response_template);
  out.set("unchunked", config.unchunked);
  out.set("dataUrlResponseEvent", config.data_url_response_event);
  put(out, "template", config.template_slug);
  put_if(!config.parameters.empty(), out, "parameters", config.parameters);
  put_if(!config.secrets.empty(), out, "secrets", names_value(config.secrets));
  return out;
}

crypto::Digest fingerprint(const IntegrationConfig& config, Scope scope) {
  return crypto::digest(json::write(with_sorted_keys(stored_form(config, scope))));
}

}  // namespace fleethook::core
