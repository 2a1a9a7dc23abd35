#include "core/member_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/credentials.h"
#include "core/unknown_names.h"

namespace fleethook::core {
namespace {

// All names here are plain ones, but for those that messages tell.
using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view plain, Names names) {
  return std::ranges::find(names, plain) != names.end();
}

// What answers and exports have beside the settings; product_ids and version are read by the routes.
bool is_read_only(std::string_view plain) {
  return is_one_of(
      plain, {"id",       "createdat",     "updatedat",      "createdby",  "version",    "todaycounters", "counters",
              "logs",     "errors",        "health",         "shared",     "productids", "products",      "identicalto",
              "staged",   "stagedversion", "separatedfrom",  "mergedinto", "closedat",   "effective",     "ok",
              "warnings", "hookurl",       "integrationurl", "joined",     "paused",     "waiting",       "held",
              "override", "lasterrorat",   "identicalcount"});
}

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> kNames = {"integration_type",
                                                  "name",
                                                  "event",
                                                  "disabled",
                                                  "deviceID",
                                                  "policy",
                                                  "url",
                                                  "requestType",
                                                  "json",
                                                  "form",
                                                  "body",
                                                  "query",
                                                  "headers",
                                                  "auth",
                                                  "signing",
                                                  "noDefaults",
                                                  "rejectUnauthorized",
                                                  "timeout",
                                                  "redirects",
                                                  "retryDelays",
                                                  "retryFor",
                                                  "finalStatuses",
                                                  "concurrency",
                                                  "rate",
                                                  "orderPerDevice",
                                                  "responseTopic",
                                                  "errorResponseTopic",
                                                  "responseTemplate",
                                                  "unchunked",
                                                  "dataUrlResponseEvent",
                                                  "template",
                                                  "parameters",
                                                  "secrets",
                                                  "product_ids"};
  return kNames;
}

bool is_empty(const json::Value& value) {
  return (value.is_string() && value.as_string().empty()) || (value.is_object() && value.as_object().empty()) ||
         (value.is_array() && value.as_array().empty()) || (value.is_bool() && !value.as_bool());
}

constexpr std::string_view kKnownCredentials =
    R"(known are auth ({"username", "password"}, {"bearer"} or {"oauth2"}), signing, and headers with {{{SECRET}}} in them)";

std::optional<std::string> refused_credential(std::string_view plain, std::string_view name) {
  if (is_one_of(plain, {"username", "user", "password", "pass", "bearer", "basicauth", "httpauth", "bearertoken"}))
    return R"(belongs into auth: {"username", "password"} or {"bearer"})";
  if (is_one_of(plain,
                {"oauth", "oauth2", "clientid", "clientsecret", "tokenurl", "tokenendpoint", "clientcredentials"}))
    return R"(belongs into auth: {"oauth2": {"token_url", "client_id", "client_secret"}}, with the client's secret in a secret)";
  if (plain.starts_with("azuresas") || plain == "sastoken" || plain == "sas")
    return R"(this server makes no shared access signatures, and the request would go out without one; put a finished one into a secret and into headers: {"Authorization": "{{{SAS_TOKEN}}}"})";
  if (is_one_of(plain, {"ca", "cert", "key", "pfx", "passphrase", "clientcert", "clientkey", "certificate"}))
    return "this server has no certificates of single integrations, and the request would go out without it";
  if (is_one_of(plain, {"signature", "hmac", "signingsecret", "signingsecrets", "signingkey", "signingkeys",
                        "webhooksecret", "webhookkey"}))
    return R"(belongs into signing: {"secrets": ["NAME"]}, with the key in that secret)";
  const bool is_credential =
      is_credential_name(name) ||
      is_one_of(plain, {"digest", "ntlm", "hawk", "aws", "awssigv4", "jwt", "credentials", "apikey", "token",
                        "accesstoken", "secret", "privatekey", "serviceaccount"});
  if (!is_credential) return std::nullopt;
  return "is a credential that this server does not know, and the request would go out without it; " +
         std::string(kKnownCredentials);
}

std::optional<std::string> refused_filter(std::string_view plain) {
  if (is_one_of(plain, {"devicename", "corename"})) return "is no filter here; deviceID takes the name of a device too";
  if (is_one_of(plain, {"devices", "deviceids", "coreids", "deviceidlist"}))
    return "is no filter here, and every device would fire it; deviceID takes one device, in the sandbox";
  if (is_one_of(plain, {"product", "productid", "productidorslug", "productslug"}))
    return "is no filter here; product_ids says in which products an integration of an organization executes";
  if (is_one_of(plain, {"group", "groups", "devicegroup", "devicegroups", "platform", "platformid", "firmwareversion",
                        "productversion", "filter", "filters", "eventfilter", "condition", "conditions", "where"}))
    return "is no filter here, and events that it should keep away would fire it; the beginning of the event's name, "
           "the "
           "products and, in the sandbox, one device decide";
  return std::nullopt;
}

std::optional<std::string> scalar_text(const json::Value& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_int()) return std::to_string(value.as_int());
  return std::nullopt;
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string plain;
  plain.reserve(name.size());
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain;
}

Stray judge_stray(std::string_view name, const json::Value& value, Scope scope, const ReadHelp& help) {
  const std::string plain = plain_name(name);
  if ((plain == "productids" || plain == "products") && scope == Scope::kSandbox && !is_empty(value))
    return {Stray::Kind::kRefused, "is only for integrations of an organization: in a sandbox it would say nothing"};
  if (is_read_only(plain)) return {Stray::Kind::kReadOnly, {}};
  const bool names_product = plain == "product" || plain == "productid" || plain == "productidorslug";
  if (names_product && help.is_own_product) {
    if (const auto text = scalar_text(value); text && help.is_own_product(*text)) return {Stray::Kind::kReadOnly, {}};
  }
  const std::string near = nearest_name(name, setting_names());
  std::optional<std::string> refusal = refused_credential(plain, name);
  if (!refusal) refusal = refused_filter(plain);
  if (!refusal && (near == "auth" || near == "signing" || near == "deviceID"))
    refusal = "is not known; did you mean " + near + "?";
  if (refusal && !is_empty(value)) return {Stray::Kind::kRefused, *refusal};
  return {Stray::Kind::kUnknown,
          "is not known here and was ignored" + (near.empty() ? std::string() : "; did you mean " + near + "?")};
}

Stray judge_stray_of_auth(std::string_view name, const json::Value& value) {
  const std::string plain = plain_name(name);
  // An option of the library that Particle's servers used: whether to wait for a 401 first.
  if (plain == "sendimmediately" || is_empty(value))
    return {Stray::Kind::kUnknown, "is not known here and was ignored"};
  const std::string near = nearest_name(name, {"username", "password", "user", "pass", "bearer", "oauth2"});
  return {Stray::Kind::kRefused,
          "is not known, and the request would go out without it; known are username and password, bearer, or oauth2" +
              (near.empty() ? std::string() : "; did you mean " + near + "?")};
}

}  // namespace fleethook::core
