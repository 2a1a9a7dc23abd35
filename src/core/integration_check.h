// Checks what a configuration says before it is saved: every template, the URL, header names and values. And the one
// walk over all templates of a configuration, for whoever asks what they use.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/integration.h"

namespace fleethook::core {

// Appends one violation for each place that is wrong; its field is the path of the member ("json.a.b"), its message
// begins with the place in the text ("line 1, column 5: ...").
void check_templates(const IntegrationConfig& config, const Limits& limits, std::vector<Violation>& violations);

// Calls text(field, source) for every text that is a template, keys of objects included, and variable(field, path) for
// every {"$var": path}. The field is the path of the member.
struct TemplateVisitor {
  std::function<void(const std::string& field, const std::string& source)> text;
  std::function<void(const std::string& field, const std::string& path)> variable;
};
void for_each_template(const IntegrationConfig& config, const TemplateVisitor& visit);

// A NAME of product.vars.NAME and the fields whose templates use it, in the order of the walk.
struct VariableUse {
  std::string name;
  std::vector<std::string> fields;
};
// Ascending by name.
std::vector<VariableUse> variables_used(const IntegrationConfig& config);
// The secrets that are selected, stand behind parameters or sign: ascending, without duplicates.
std::vector<std::string> secrets_in_requests(const IntegrationConfig& config);
// These, and the one by which tokens are asked for.
std::vector<std::string> secrets_used(const IntegrationConfig& config);
// The same of everything that an integration runs: its configuration, one that is tried, and overrides of products.
std::vector<std::string> secrets_used(const Integration& integration);
// Of these the ones whose keys sign.
std::vector<std::string> secrets_signing(const Integration& integration);
// Whether the settings of an override may name some.
bool names_secrets(const json::Object& override_settings);

}  // namespace fleethook::core
