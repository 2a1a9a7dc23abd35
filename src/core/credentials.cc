#include "core/credentials.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/hex.h"
#include "base/text.h"
#include "core/mask.h"
#include "http/url.h"

namespace fleethook::core {
namespace {

constexpr std::size_t kHiddenBytesMin = 4;      // of a password or token that is looked for in texts
constexpr std::size_t kUserBytesMin = 8;        // of a user's name: shorter ones are words
constexpr std::size_t kBesideTagsBytesMin = 8;  // of a literal part beside tags: shorter ones are "Token " and "sig="

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string letters_of(std::string_view name) {
  std::string text = ascii_lower(name);
  std::erase_if(text, [](char c) { return !is_alnum(c); });
  return text;
}

// A key of JSON is often just that.
bool is_credential_key_of_json(std::string_view name) {
  const std::string letters = letters_of(name);
  return letters != "key" && letters != "auth" && letters != "sig" && letters != "signature" && letters != "pass" &&
         is_credential_name(name);
}

// The text between tags, in stretches.
std::vector<std::string_view> literals_of(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find("{{"), text.size());
    if (open > 0) found.push_back(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::string_view close = text.starts_with("{{{") ? "}}}" : "}}";
    const std::size_t end = text.find(close);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + close.size());
  }
  return found;
}

bool has_tags(std::string_view text) {
  return text.find("{{") != std::string_view::npos;
}

// "Bearer abc" is a scheme and a credential, "abc" is one.
std::string_view without_scheme(std::string_view text) {
  text = trim_spaces(text);
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return text;
  const bool is_word = std::ranges::all_of(text.substr(0, space), [](char c) { return is_alnum(c) || c == '-'; });
  return is_word ? trim_spaces(text.substr(space)) : text;
}

// The stretches of a field's text that are a credential; none when it comes from tags.
std::vector<std::string_view> secret_parts(std::string_view text) {
  if (text.find(kMask) != std::string_view::npos) return {};
  if (!has_tags(text)) {
    const std::string_view whole = without_scheme(text);
    return whole.empty() ? std::vector<std::string_view>() : std::vector{whole};
  }
  std::vector<std::string_view> parts = literals_of(text);
  std::erase_if(parts, [](std::string_view part) {
    std::size_t run = 0;
    std::size_t longest = 0;
    for (const char c : part) {
      run = is_alnum(c) || c == '+' || c == '/' || c == '_' || c == '-' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    return longest < kBesideTagsBytesMin;
  });
  return parts;
}

enum class Holds : std::uint8_t { kCredential, kUserName, kHeader };

// Goes through settings as they stand on the wire, whole ones or parts under their paths. `literal` is called with
// every text that is a literal credential, and may replace it.
class Walk {
 public:
  using Literal = std::function<void(const std::string& field, Holds holds, std::string& text)>;
  explicit Walk(Literal literal) : literal_(std::move(literal)) {}

  void settings(json::Object& of) {
    for (auto& [name, value] : of) member(name, value);
  }

  // `path`: of a whole field, or of something in one ("headers.X-Key").
  void member(const std::string& path, json::Value& value) {
    const std::string field = path.substr(0, path.find('.'));
    if (field == "auth") return auth(path, value);
    if (field == "url") return whole_url(value);
    if (field == "parameters") return parameters(value);
    if (field == "overrides" && value.is_object()) return settings(value.as_object());
    // Names of headers and of fields may have dots in them, those of JSON are followed down.
    const std::string_view below = std::string_view(path).substr(std::min(field.size() + 1, path.size()));
    if (field == "headers") return named(path, below, value, Holds::kHeader, is_credential_name);
    if (field == "query" || field == "form") return named(path, below, value, Holds::kCredential, is_credential_name);
    if (field == "json") {
      return named(path, below.substr(below.rfind('.') + 1), value, Holds::kCredential, is_credential_key_of_json);
    }
  }

 private:
  void text(const std::string& field, Holds holds, json::Value& value) {
    if (!value.is_string() || secret_parts(value.as_string()).empty()) return;
    std::string changed = value.as_string();
    literal_(field, holds, changed);
    value = std::move(changed);
  }

  void auth(const std::string& path, json::Value& value) {
    if (path.starts_with("auth.oauth2")) return;  // its secret is named only
    if (value.is_object()) {
      for (auto& [name, item] : value.as_object()) auth(path + "." + name, item);
      return;
    }
    text(path, path == "auth.username" ? Holds::kUserName : Holds::kCredential, value);
  }

  // `name`: what says whether the text is one, the nearest key.
  void named(const std::string& path,
             std::string_view name,
             json::Value& value,
             Holds holds,
             bool (*is_credential)(std::string_view)) {
    if (value.is_object()) {
      for (auto& [key, item] : value.as_object()) named(path + "." + key, key, item, holds, is_credential);
    } else if (value.is_array()) {
      std::size_t i = 0;
      for (json::Value& item : value.as_array())
        named(path + "." + std::to_string(i++), name, item, holds, is_credential);
    } else if (is_credential(name)) {
      text(path, holds, value);
    }
  }

  void parameters(json::Value& value) {
    if (!value.is_array()) return;
    std::size_t i = 0;
    for (json::Value& item : value.as_array()) {
      const std::string field = "parameters." + std::to_string(i++) + ".value";
      if (!item.is_object()) continue;
      const json::Value* key = item.find("key");
      json::Value* text_of_it = item.as_object().find("value");
      const bool counts = key != nullptr && key->is_string() && is_credential_name(key->as_string());
      if (counts && text_of_it != nullptr) text(field, Holds::kCredential, *text_of_it);
    }
  }

  // User, password, and the fields of the query.
  void whole_url(json::Value& value) {
    if (!value.is_string()) return;
    const std::string& url = value.as_string();
    std::string out;
    std::string_view rest = url;
    const std::size_t scheme = rest.find("://");
    if (scheme != std::string_view::npos) {
      out = rest.substr(0, scheme + 3);
      rest.remove_prefix(scheme + 3);
      const std::size_t user = user_size(rest);
      if (user > 0) {
        out += user_info(rest.substr(0, user)) + "@";
        rest.remove_prefix(user + 1);
      }
    }
    const std::size_t query = outside_tags(rest, "?");
    out += rest.substr(0, query);
    rest.remove_prefix(query);
    while (!rest.empty()) {
      out += rest.front();  // ? or &
      rest.remove_prefix(1);
      const std::string_view pair = rest.substr(0, outside_tags(rest, "&#"));
      rest.remove_prefix(pair.size());
      out += field_of_query(pair);
      if (!rest.empty() && rest.front() == '#') break;
    }
    out += rest;
    value = std::move(out);
  }

  // Of the name and password that an authority begins with, 0 when it has none.
  static std::size_t user_size(std::string_view authority) {
    const std::size_t end = outside_tags(authority, "/?#@");
    return end < authority.size() && authority[end] == '@' ? end : 0;
  }

  static std::size_t outside_tags(std::string_view text, std::string_view any) {
    for (std::size_t at = 0; at < text.size();) {
      if (text.substr(at).starts_with("{{")) {
        const std::string_view close = text.substr(at).starts_with("{{{") ? "}}}" : "}}";
        const std::size_t end = text.find(close, at);
        at = end == std::string_view::npos ? text.size() : end + close.size();
      } else if (any.find(text[at]) != std::string_view::npos) {
        return at;
      } else {
        ++at;
      }
    }
    return text.size();
  }

  std::string user_info(std::string_view info) {
    const std::size_t colon = outside_tags(info, ":");
    json::Value user(info.substr(0, colon));
    if (colon == info.size()) {
      text("url", Holds::kCredential, user);
      return user.as_string();
    }
    json::Value password(info.substr(colon + 1));
    text("url", Holds::kUserName, user);
    text("url", Holds::kCredential, password);
    return user.as_string() + ":" + password.as_string();
  }

  std::string field_of_query(std::string_view pair) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !is_credential_name(pair.substr(0, equals))) return std::string(pair);
    json::Value value(pair.substr(equals + 1));
    text("url", Holds::kCredential, value);
    return std::string(pair.substr(0, equals + 1)) + value.as_string();
  }

  Literal literal_;
};

void hide(const std::string&, Holds, std::string& text) {
  text = kMask;
}

void add_once(std::vector<std::string>& to, std::string_view text) {
  if (std::ranges::find(to, text) == to.end()) to.emplace_back(text);
}

// What a receiver may send back of Basic credentials: the bare Base64, with or without the padding.
void add_basic(std::vector<std::string>& to, std::string_view user, std::string_view password) {
  std::string text = to_base64(std::string(user).append(":").append(password));
  while (text.ends_with('=')) text.pop_back();
  if (text.size() >= kUserBytesMin) add_once(to, text);
}

// The name and password in Basic credentials.
void add_decoded(std::vector<std::string>& to, std::string_view credentials) {
  const auto decoded = from_base64(credentials);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return;
  if (decoded->size() - colon > kHiddenBytesMin) add_once(to, std::string_view(*decoded).substr(colon + 1));
  if (colon >= kUserBytesMin) add_once(to, std::string_view(*decoded).substr(0, colon));
}

}  // namespace

bool is_credential_name(std::string_view name) {
  constexpr std::string_view kEnds[] = {"token",      "secret",     "password",        "passwd",     "apikey",
                                        "accesskey",  "authkey",    "writekey",        "readkey",    "appkey",
                                        "secretkey",  "privatekey", "subscriptionkey", "routingkey", "integrationkey",
                                        "licensekey", "accountkey", "sharedkey",       "signature",  "authorization",
                                        "cookie",     "credential", "credentials",     "passphrase", "sharedaccesskey"};
  constexpr std::string_view kWhole[] = {"key", "xkey", "sig", "auth", "xauth", "pass", "pwd", "sas"};
  const std::string letters = letters_of(name);
  return std::ranges::find(kWhole, letters) != std::end(kWhole) ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return letters.ends_with(end); });
}

std::vector<std::string> literal_credential_fields(const IntegrationConfig& config) {
  std::vector<std::string> fields;
  json::Object settings = wire_form(config, Scope::kSandbox);
  Walk([&](const std::string& field, Holds holds, std::string&) {
    if (holds != Holds::kUserName) add_once(fields, field);
  }).settings(settings);
  // A name without a password is often the key itself.
  if (config.auth && config.auth->password.empty() && !secret_parts(config.auth->username).empty())
    add_once(fields, "auth.username");
  return fields;
}

std::vector<std::string> literal_credential_texts(const IntegrationConfig& config) {
  std::vector<std::string> texts;
  json::Object settings = wire_form(config, Scope::kSandbox);
  std::string user_of_url;
  Walk([&](const std::string& field, Holds holds, std::string& text) {
    const bool is_url = field == "url";
    const std::string decoded = is_url ? http::percent_decode(text, false).value_or(text) : text;
    for (const std::string_view part : secret_parts(decoded)) {
      if (part.size() >= (holds == Holds::kUserName ? kUserBytesMin : kHiddenBytesMin)) add_once(texts, part);
      if (holds == Holds::kHeader) add_decoded(texts, part);
    }
    if (!is_url || has_tags(text)) return;
    if (holds == Holds::kUserName) {
      user_of_url = decoded;
    } else if (!user_of_url.empty()) {
      add_basic(texts, std::exchange(user_of_url, {}), decoded);
    }
  }).settings(settings);
  if (config.auth && !has_tags(config.auth->username) && !has_tags(config.auth->password)) {
    const auto& [user, password] = std::pair(config.auth->username, config.auth->password);
    add_basic(texts, user, password);
    if (password.empty() && user.size() >= kHiddenBytesMin) add_once(texts, user);
  }
  return texts;
}

json::Object settings_without_credentials(json::Object settings) {
  Walk(hide).settings(settings);
  return settings;
}

json::Object difference_without_credentials(json::Object changes) {
  Walk walk(hide);
  for (auto& [path, change] : changes) {
    if (!change.is_object()) continue;
    for (const std::string_view side : {"from", "to"}) {
      if (json::Value* value = change.as_object().find(side)) walk.member(path, *value);
    }
  }
  return changes;
}

std::vector<std::string> fields_with_mask(const json::Value& sent, const std::string& path) {
  std::vector<std::string> fields;
  const auto add = [&](const std::string& name, const json::Value& value) {
    for (std::string& field : fields_with_mask(value, path.empty() ? name : path + "." + name))
      fields.push_back(std::move(field));
  };
  if (sent.is_string()) {
    if (sent.as_string().find(kMask) != std::string::npos) fields.push_back(path);
  } else if (sent.is_object()) {
    for (const auto& [name, value] : sent.as_object()) add(name, value);
  } else if (sent.is_array()) {
    for (std::size_t i = 0; i < sent.as_array().size(); ++i) add(std::to_string(i), sent.as_array()[i]);
  }
  return fields;
}

}  // namespace fleethook::core
