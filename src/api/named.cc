#include "api/named.h"

#include "api/answers.h"
#include "base/text.h"

namespace fleethook::api {

Result<void> check_seen(std::string_view text, std::string_view field) {
  if (!has_hidden_characters(text)) return {};
  return Error::field(std::string(field), "must not have control characters or characters that are not seen");
}

Result<std::string> checked_name(const json::Object& body, std::string_view field, const Limits& limits) {
  FLEETHOOK_TRY(const auto sent, text_member(body, field));
  const std::string name = sent ? std::string(trim_spaces(*sent)) : std::string();
  FLEETHOOK_CHECK(check_seen(name, field));
  if (name.empty() || name.size() > limits.name_bytes_max || !is_valid_utf8(name)) {
    return Error::field(std::string(field), "expected 1 to " + std::to_string(limits.name_bytes_max) + " characters");
  }
  return name;
}

Result<std::string> checked_slug(const json::Object& body, const Limits& limits) {
  FLEETHOOK_TRY(const auto sent, text_member(body, "slug"));
  if (!sent || sent->empty()) return std::string();
  bool letters = false;
  bool shaped = sent->size() <= limits.slug_bytes_max && sent->front() != '-' && sent->back() != '-';
  for (const char c : *sent) {
    const bool letter = c >= 'a' && c <= 'z';
    letters = letters || letter || c == '-';
    shaped = shaped && (letter || (c >= '0' && c <= '9') || c == '-');
  }
  if (!shaped || !letters) {
    return Error::field("slug", "expected lower-case letters, digits and dashes, at most " +
                                    std::to_string(limits.slug_bytes_max) + ", and not digits alone");
  }
  return *sent;
}

Result<std::string> checked_username(const std::string& sent, const Limits& limits) {
  const std::string username = ascii_lower(trim_spaces(sent));
  const std::size_t at = username.find('@');
  const bool shaped = at != std::string::npos && at > 0 && at + 1 < username.size() &&
                      username.find_first_of(" \t\r\n/<>\"") == std::string::npos;
  if (username.ends_with("@api.particle.io"))
    return Error::field("username", "addresses at api.particle.io are those of API users");
  if (!shaped || has_hidden_characters(username) || username.size() > limits.email_bytes_max ||
      !is_valid_utf8(username))
    return Error::field("username", "expected an email address");
  return username;
}

std::vector<const core::Organization*> seen_organizations(const Call& call) {
  if (const auto& api = call.user->api) {
    if (api->organization.is_none()) return {};
    return {call.catalog->organization(api->organization)};
  }
  return call.user->administrator ? call.catalog->organizations() : call.catalog->organizations_of(call.user->id);
}

json::Value full_name(const core::User& user) {
  std::string name;
  for (const std::string_view part : {"first_name", "last_name"}) {
    const json::Value* text = user.account_info.find(part);
    if (text == nullptr || !text->is_string() || trim_spaces(text->as_string()).empty()) continue;
    if (!name.empty()) name += ' ';
    name += trim_spaces(text->as_string());
  }
  return name.empty() ? json::Value() : json::Value(std::move(name));
}

namespace {

json::Array group_names(const core::Product& product, const store::Catalog& catalog) {
  json::Array names;
  for (const store::DeviceGroup& group : catalog.groups_of(product.id)) names.emplace_back(group.name);
  return names;
}

}  // namespace

json::Object product_object(const core::Product& product, const store::Catalog& catalog) {
  json::Object object{{"id", product.id.value},
                      {"platform_id", product.platform_id},
                      {"name", product.name},
                      {"slug", product.slug},
                      {"description", product.description},
                      {"subscription_id", nullptr},
                      {"groups", group_names(product, catalog)},
                      {"settings", product.settings.is_object() ? product.settings : json::Value(json::Object{})},
                      {"device_protection", "disabled"},
                      {"device_count", catalog.device_count(product.id)}};
  if (const core::Organization* organization = catalog.organization(product.organization)) {
    object.set("org", organization->name);
    object.set("organization_id", organization->id.str());
  } else if (const core::User* user = catalog.user(product.user)) {
    object.set("user", user->username);
  }
  return object;
}

Result<http::Response> create_product(Services& services, Call& call, const core::OrganizationId& organization) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  const json::Value* sent = body.find("product");
  if (sent == nullptr || !sent->is_object()) return Error::field("product", "expected an object with at least a name");
  const json::Object& product = sent->as_object();
  store::NewProduct wanted;
  FLEETHOOK_TRY(wanted.name, checked_name(product, "name", services.limits));
  FLEETHOOK_TRY(wanted.slug, checked_slug(product, services.limits));
  FLEETHOOK_TRY(const auto description, text_member(product, "description"));
  FLEETHOOK_TRY(const auto platform, int_member(product, "platform_id"));
  const json::Value* settings = product.find("settings");
  if (settings != nullptr && !settings->is_null() && !settings->is_object())
    return Error::field("settings", "expected an object");
  wanted.description = description.value_or("");
  wanted.platform_id = platform.value_or(0);
  wanted.settings = settings != nullptr && settings->is_object() ? *settings : json::Value(json::Object{});
  wanted.organization = organization;
  wanted.user = call.user->id;
  FLEETHOOK_TRY(const core::Product made, services.store.create_product(std::move(wanted), call.actor()));
  return answer(201, json::Object{{"ok", true}, {"product", product_object(made, *services.store.catalog())}});
}

}  // namespace fleethook::api
