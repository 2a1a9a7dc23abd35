// Values that templates ask for and that are not part of an integration's configuration: cloud secrets and the
// variables of product.vars. A compiled integration knows the names only; the values are given whenever something is
// rendered, so a changed one takes effect at once, in retries too.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleethook::core {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// A value. What is missing renders as nothing.
struct NamedValues {
  NamedTexts secrets;    // by the name of the secret; sensitive: mask() hides them
  NamedTexts variables;  // NAME of {{{product.vars.NAME}}}
  // Literal ones of the configuration (core/credentials.h). Nobody asks for them; mask() hides them too.
  std::vector<std::string> credentials = {};
  // Secrets that may be sent to certain hosts only (core/secret_hosts.h).
  struct Bound {
    std::string secret;
    std::shared_ptr<const std::vector<std::string>> hosts;
  };
  std::vector<Bound> bound = {};
  // Why no request may be made with these values, for people: a secret that is not for the product is not among them.
  // "" = one may be made.
  std::string refusal = {};

  bool empty() const { return secrets.empty() && variables.empty() && credentials.empty(); }
  const std::string* secret(std::string_view name) const { return find(secrets, name); }
  const std::string* variable(std::string_view name) const { return find(variables, name); }
  static const NamedValues& none();

 private:
  // A handful each: a scan costs less than a tree.
  static const std::string* find(const NamedTexts& texts, std::string_view name) {
    for (const auto& [key, text] : texts) {
      if (key == name) return &text;
    }
    return nullptr;
  }
};

// The names that an integration needs values for, each list ascending and without duplicates.
struct NeededNames {
  std::vector<std::string> secrets, variables;
  bool empty() const { return secrets.empty() && variables.empty(); }
};

// What a path that names a variable begins with. Such a path is asked of Variables::named() before anything else, so
// event data cannot answer it.
inline constexpr std::string_view kVariablesPath = "product.vars";
inline constexpr std::string_view kVariablesPrefix = "product.vars.";
// product.vars itself, or a path below it.
inline bool is_variables_path(std::string_view path) {
  return path.starts_with(kVariablesPath) &&
         (path.size() == kVariablesPath.size() || path[kVariablesPath.size()] == '.');
}
// ^[A-Za-z_][A-Za-z0-9_]*$
bool is_variable_name(std::string_view text);

}  // namespace fleethook::core
