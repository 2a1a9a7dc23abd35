#include "core/integration_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "core/named_values.h"
#include "core/pieces.h"
#include "core/signature.h"
#include "core/template.h"
#include "core/url_shape.h"
#include "http/serialize.h"

namespace fleethook::core {
namespace {

void walk(const std::string& field, const json::Value& item, const TemplateVisitor& visit);

void walk(const std::string& field, const json::Object& members, const TemplateVisitor& visit) {
  for (const auto& [key, item] : members) {
    const std::string path = field + "." + key;
    visit.text(path, key);
    walk(path, item, visit);
  }
}

// Recursion is bounded by how deeply json::parse nests.
void walk(const std::string& field, const json::Value& item, const TemplateVisitor& visit) {
  if (item.is_string()) {
    visit.text(field, item.as_string());
  } else if (item.is_object()) {
    const json::Object& object = item.as_object();
    if (Pieces::is_variable(object)) return visit.variable(field, object.begin()->second.as_string());
    walk(field, object, visit);
  } else if (item.is_array()) {
    for (std::size_t i = 0; i < item.as_array().size(); ++i)
      walk(field + "." + std::to_string(i), item.as_array()[i], visit);
  }
}

class Checker {
 public:
  Checker(const Limits& limits, std::vector<Violation>& violations) : limits_(limits), violations_(violations) {}

  void refuse(std::string field, std::string message) { violations_.push_back({std::move(field), std::move(message)}); }

  void text(const std::string& field, const std::string& source) {
    if (field == "url" && source.size() > limits_.url_bytes_max)
      return refuse("url", "must be at most " + std::to_string(limits_.url_bytes_max) + " bytes");
    if (source.find("{{") != std::string::npos) {  // else plain text, as most members are
      const auto compiled = Template::compile(source, limits_);
      if (!compiled) return refuse(field, compiled.error().message);
      for (const std::string& name : compiled->full_names()) variable(field, name);
    }
    if (field != "url" || source.empty()) return;  // an empty one was refused where it was read
    if (auto shape = url_shape(source); !shape) refuse("url", shape.error().message);
  }

  // A path that could never have a value is a mistake, not an empty text at night.
  void variable(const std::string& field, const std::string& path) {
    if (!is_variables_path(path)) return;
    const std::string_view name = std::string_view(path).substr(std::min(path.size(), kVariablesPrefix.size()));
    if (is_variable_name(name) && name.size() <= limits_.name_bytes_max) return;
    refuse(field, "'" + path +
                      "' names no variable: expected product.vars. and a name of A-Z, a-z, 0-9 and _ that does not "
                      "begin with a digit, at most " +
                      std::to_string(limits_.name_bytes_max) + " bytes");
  }

  // What stands in the texts already; what templates insert is checked when it is rendered.
  void headers(const json::Object& fields) {
    if (fields.size() > limits_.rendered_headers_max)
      refuse("headers", "must be at most " + std::to_string(limits_.rendered_headers_max));
    for (const auto& [key, item] : fields) {
      const std::string path = "headers." + key;
      const bool templated = key.find("{{") != std::string::npos;
      if (templated ? !http::is_header_value(key) : !http::is_header_name(key))
        refuse(path, "is not a name of a header");
      if (item.is_string() && !http::is_header_value(item.as_string()))
        refuse(path, "must not have control characters");
    }
  }

  // A receiver checks all three together.
  void headers_beside_signing(const json::Object& fields) {
    for (const auto& [key, item] : fields) {
      if (is_signature_header(key))
        refuse("headers." + key, "is set by signing, which makes webhook-id, webhook-timestamp and webhook-signature");
    }
  }

  // There is one, with the token.
  void headers_beside_oauth2(const json::Object& fields) {
    for (const auto& [key, item] : fields) {
      if (ascii_iequals(key, "authorization"))
        refuse("headers." + key, "is set by auth.oauth2, which puts the token there");
    }
  }

 private:
  const Limits& limits_;
  std::vector<Violation>& violations_;
};

}  // namespace

void for_each_template(const IntegrationConfig& config, const TemplateVisitor& visit) {
  visit.text("url", config.url);
  walk("headers", config.headers, visit);
  walk("query", config.query, visit);
  if (config.form) walk("form", *config.form, visit);
  if (config.json) walk("json", *config.json, visit);
  if (config.body) visit.text("body", *config.body);
  if (config.auth && !config.auth->bearer.empty()) {
    visit.text("auth.bearer", config.auth->bearer);
  } else if (config.auth && !config.auth->oauth2) {
    visit.text("auth.username", config.auth->username);
    visit.text("auth.password", config.auth->password);
  }
  if (config.response_topic) visit.text("responseTopic", *config.response_topic);
  if (config.error_response_topic) visit.text("errorResponseTopic", *config.error_response_topic);
  if (config.response_template) walk("responseTemplate", *config.response_template, visit);
}

void check_templates(const IntegrationConfig& config, const Limits& limits, std::vector<Violation>& violations) {
  Checker check(limits, violations);
  for_each_template(config, {[&](const auto& field, const auto& source) { check.text(field, source); },
                             [&](const auto& field, const auto& path) { check.variable(field, path); }});
  check.headers(config.headers);
  if (!config.signing.empty()) check.headers_beside_signing(config.headers);
  if (config.auth && config.auth->oauth2) check.headers_beside_oauth2(config.headers);
}

std::vector<VariableUse> variables_used(const IntegrationConfig& config) {
  std::map<std::string, std::vector<std::string>> uses;
  const auto use = [&](const std::string& field, std::string_view path) {
    if (!path.starts_with(kVariablesPrefix)) return;
    const std::string_view name = path.substr(kVariablesPrefix.size());
    if (!is_variable_name(name)) return;
    std::vector<std::string>& fields = uses[std::string(name)];
    if (fields.empty() || fields.back() != field) fields.push_back(field);
  };
  const auto text = [&](const std::string& field, const std::string& source) {
    // Most have none; only a template that may have one is worth parsing.
    if (source.find(kVariablesPrefix) == std::string::npos) return;
    const auto compiled = Template::compile(source);
    if (!compiled) return;
    for (const std::string& name : compiled->full_names()) use(field, name);
  };
  for_each_template(config, {text, use});
  std::vector<VariableUse> found;
  for (auto& [name, fields] : uses) found.push_back({name, std::move(fields)});
  return found;
}

namespace {

std::vector<std::string> once_each(std::vector<std::string> names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& names) {
  to.insert(to.end(), names.begin(), names.end());
}

void append_signing(std::vector<std::string>& to, const Integration& integration) {
  append(to, integration.config.signing);
  if (integration.staged != nullptr) append(to, integration.staged->config.signing);
  for (const Override& one : integration.overrides) {
    if (one.settings.find("signing") != nullptr) append(to, with_override({}, one.settings).signing);
  }
}

}  // namespace

std::vector<std::string> secrets_in_requests(const IntegrationConfig& config) {
  std::vector<std::string> names = config.secrets;
  append(names, config.signing);
  for (const json::Value& item : config.parameters) {
    const json::Value* secret = item.find("secret");
    if (secret != nullptr && secret->is_string()) names.push_back(secret->as_string());
  }
  return once_each(std::move(names));
}

std::vector<std::string> secrets_used(const IntegrationConfig& config) {
  std::vector<std::string> names = secrets_in_requests(config);
  if (config.auth && config.auth->oauth2) names.push_back(config.auth->oauth2->client_secret);
  return once_each(std::move(names));
}

bool names_secrets(const json::Object& override_settings) {
  return override_settings.find("signing") != nullptr || override_settings.find("auth") != nullptr;
}

std::vector<std::string> secrets_used(const Integration& integration) {
  std::vector<std::string> names = secrets_used(integration.config);
  if (integration.staged != nullptr) append(names, secrets_used(integration.staged->config));
  for (const Override& one : integration.overrides) {
    if (names_secrets(one.settings)) append(names, secrets_used(with_override({}, one.settings)));
  }
  return once_each(std::move(names));
}

std::vector<std::string> secrets_signing(const Integration& integration) {
  std::vector<std::string> names;
  append_signing(names, integration);
  return once_each(std::move(names));
}

}  // namespace fleethook::core
