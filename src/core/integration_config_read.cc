// Reading a configuration that a user sent, or that was stored.
#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "core/enum_names.h"
#include "core/integration.h"
#include "core/integration_check.h"
#include "core/integration_names.h"

namespace fleethook::core {
namespace {

using Names = std::initializer_list<std::string_view>;  // the documented name first, then its aliases

// Numbers and booleans where text is expected are written as JavaScript would; nullopt for anything that has no plain
// text.
std::optional<std::string> scalar_text(const json::Value& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_int()) return std::to_string(value.as_int());
  if (!value.is_number()) return std::nullopt;
  std::string text;
  json::append_number(value.as_double(), text);
  return text;
}

class Reader {
 public:
  Reader(const json::Object& body, EditMode mode, const IntegrationConfig* base, Scope scope, const Limits& limits)
      : body_(body), mode_(mode), base_(base), scope_(scope), limits_(limits) {
    if (base == nullptr) return;
    if (mode == EditMode::kMerge) {
      config_ = *base;
    } else {  // what PUT keeps when it is absent
      config_.type = base->type;
      config_.event = base->event;
      config_.name = base->name;
      config_.url = base->url;
    }
  }

  // False if the rest cannot be judged: other types have other fields.
  bool read_type(bool webhooks_path);
  void read_common();
  void read_webhook();
  void read_formats();
  void read_delivery();
  void read_name();

  void refuse(std::string_view field, std::string message) {
    violations_.push_back({std::string(field), std::move(message)});
  }
  // For what is missing, unless it was sent and refused.
  void require(std::string_view field, std::string message) {
    if (violations_.empty() || violations_.back().field != field) refuse(field, std::move(message));
  }
  IntegrationConfig& config() { return config_; }
  std::vector<Violation>& violations() { return violations_; }

 private:
  struct Member {
    const json::Value* value = nullptr;  // nullptr = absent or null
    bool is_null = false;
  };

  Member find(Names names) const {
    Member member;
    for (const std::string_view name : names) {
      const json::Value* value = body_.find(name);
      if (value == nullptr) continue;
      if (!value->is_null()) return {value, false};
      member.is_null = true;
    }
    return member;
  }

  // Reads a member into `into` by `read(value, field) -> optional<T>`, which refuses what it cannot read. A merge takes
  // null for the default; elsewhere null is as good as absent.
  template <class T, class Read>
  void take(Names names, T& into, Read read, T fallback = {}) {
    const Member member = find(names);
    if (member.value != nullptr) {
      if (auto value = read(*member.value, *names.begin())) into = *std::move(value);
    } else if (member.is_null && mode_ == EditMode::kMerge) {
      into = std::move(fallback);
    }
  }

  void flag(std::string_view name, bool& into, bool fallback = false) {
    const auto read = [this](const json::Value& value, std::string_view field) -> std::optional<bool> {
      if (value.is_bool()) return value.as_bool();
      if (value.is_string() && value.as_string() == "true") return true;
      if (value.is_string() && value.as_string() == "false") return false;
      refuse(field, "must be true or false");
      return std::nullopt;
    };
    take({name}, into, read, fallback);
  }

  std::optional<std::string> text(const json::Value& value, std::string_view field) {
    if (value.is_string()) return value.as_string();
    refuse(field, "must be text");
    return std::nullopt;
  }

  // Reads text into an optional setting; `empty_is_none`: "" says nothing.
  void optional_text(Names names, std::optional<std::string>& into, bool empty_is_none) {
    const auto read = [&](const json::Value& value,
                          std::string_view field) -> std::optional<std::optional<std::string>> {
      auto got = text(value, field);
      if (!got) return std::nullopt;
      if (got->empty() && empty_is_none) return std::optional<std::string>();
      return got;
    };
    take(names, into, read);
  }

  template <class Enum, std::size_t Size>
  void choice(Names names, Enum& into, const std::array<std::string_view, Size>& words, Enum fallback) {
    const auto read = [&](const json::Value& value, std::string_view field) -> std::optional<Enum> {
      const auto chosen = value.is_string() ? enum_value<Enum>(words, value.as_string()) : std::nullopt;
      if (!chosen) refuse(field, "must be one of " + enum_list(words));
      return chosen;
    };
    take(names, into, read, fallback);
  }

  std::optional<json::Object> pairs(const json::Value& value, std::string_view field);
  std::optional<json::Value> object_or_text(const json::Value& value, std::string_view field);
  std::optional<std::optional<DeviceId>> device(const json::Value& value, std::string_view field);
  std::optional<std::optional<IntegrationConfig::Auth>> auth(const json::Value& value, std::string_view field);
  std::optional<IntegrationConfig::Auth> credentials(const json::Object& sent, std::string_view field);
  std::optional<std::vector<std::string>> secrets(const json::Value& value, std::string_view field);
  std::optional<json::Array> parameters(const json::Value& value, std::string_view field);
  bool parameter_ok(const json::Value& item, const std::string& field);

  const json::Object& body_;
  EditMode mode_;
  const IntegrationConfig* base_;
  Scope scope_;
  const Limits& limits_;
  IntegrationConfig config_;
  std::vector<Violation> violations_;
};

bool Reader::read_type(bool webhooks_path) {
  const json::Value* sent = find({"integration_type"}).value;
  if (sent == nullptr) {
    if (base_ != nullptr || webhooks_path || find({"url"}).value != nullptr) return true;
    refuse("integration_type", "is required: one of " + enum_list(kIntegrationTypes));
    return false;
  }
  const auto type =
      sent->is_string() ? enum_value<IntegrationType>(kIntegrationTypes, sent->as_string()) : std::nullopt;
  if (!type) {
    refuse("integration_type", "must be one of " + enum_list(kIntegrationTypes));
  } else if (base_ != nullptr && *type != base_->type) {
    refuse("integration_type", "cannot be changed from " + std::string(to_text(base_->type)));
  } else if (webhooks_path && *type != IntegrationType::kWebhook) {
    refuse("integration_type", "must be Webhook here; other types belong to /integrations");
  } else if (*type != IntegrationType::kWebhook) {
    refuse("integration_type", std::string(to_text(*type)) + " is not available on this server; available: Webhook");
  } else {
    config_.type = *type;
    return true;
  }
  return false;
}

void Reader::read_common() {
  take({"event", "eventName"}, config_.event, [&](const auto& value, auto field) { return text(value, field); });
  if (config_.event.empty()) {
    require("event", "is required: the beginning of the names of the events that fire it");
  } else if (config_.event.size() > limits_.event_name_bytes_max) {
    refuse("event", "must be at most " + std::to_string(limits_.event_name_bytes_max) + " bytes");
  }
  flag("disabled", config_.disabled);
  take({"deviceID", "deviceid", "deviceId", "device"}, config_.device,
       [&](const auto& value, auto field) { return device(value, field); });
  choice({"policy"}, config_.policy, kPolicies, DeliveryPolicy::kDurable);
  optional_text({"template"}, config_.template_slug, true);
  if (config_.template_slug && config_.template_slug->size() > limits_.slug_bytes_max) {
    refuse("template", "must be at most " + std::to_string(limits_.slug_bytes_max) + " bytes");
  }
  take({"parameters"}, config_.parameters, [&](const auto& value, auto field) { return parameters(value, field); });
  take({"secrets"}, config_.secrets, [&](const auto& value, auto field) { return secrets(value, field); });
}

void Reader::read_webhook() {
  take({"url"}, config_.url, [&](const auto& value, auto field) { return text(value, field); });
  config_.url = std::string(trim_spaces(config_.url));  // pasted ones often have some
  if (config_.url.empty()) require("url", "is required: an http or https URL");
  choice({"requestType", "method"}, config_.request_type, kRequestTypes, RequestType::kPost);
  read_formats();
  take({"query"}, config_.query, [&](const auto& value, auto field) { return pairs(value, field); });
  take({"headers"}, config_.headers, [&](const auto& value, auto field) { return pairs(value, field); });
  take({"auth"}, config_.auth, [&](const auto& value, auto field) { return auth(value, field); });
  flag("noDefaults", config_.no_defaults);
  flag("rejectUnauthorized", config_.reject_unauthorized, true);
  optional_text({"responseTopic", "responseEvent"}, config_.response_topic, false);
  optional_text({"errorResponseTopic", "errorTopic"}, config_.error_response_topic, false);
  take({"responseTemplate"}, config_.response_template, [&](const auto& value, auto field) {
    std::optional<std::optional<json::Value>> got;
    if (value.is_string() && value.as_string().empty()) {
      got.emplace();  // an empty template would only swallow every answer
    } else if (auto read = object_or_text(value, field)) {
      got = std::move(read);
    }
    return got;
  });
  flag("unchunked", config_.unchunked);
  flag("dataUrlResponseEvent", config_.data_url_response_event);
  // What equals the default is not stored, so equal settings have equal forms.
  if (config_.response_topic == default_topic(kResponseTopicKind, scope_)) config_.response_topic.reset();
  if (config_.error_response_topic == default_topic(kErrorTopicKind, scope_)) config_.error_response_topic.reset();
}

void Reader::read_delivery() {
  for (const std::string_view name : kDeliverySettingNames) {
    const Member member = find({name});
    if (member.value == nullptr && !(member.is_null && mode_ == EditMode::kMerge)) continue;
    auto read = read_setting(name, member.value, config_.delivery);
    if (read.ok()) continue;
    for (Violation& violation : std::move(read).error().violations) violations_.push_back(std::move(violation));
  }
}

void Reader::read_formats() {
  take({"json"}, config_.json, [&](const auto& value, auto field) {
    std::optional<std::optional<json::Value>> got;
    if (auto read = object_or_text(value, field)) got = std::move(read);
    return got;
  });
  take({"form"}, config_.form, [&](const auto& value, auto field) {
    std::optional<std::optional<json::Object>> got;
    if (auto read = pairs(value, field)) got = std::move(read);
    return got;
  });
  optional_text({"body"}, config_.body, false);

  const std::pair<std::string_view, bool> formats[] = {
      {"json", config_.json.has_value()}, {"form", config_.form.has_value()}, {"body", config_.body.has_value()}};
  std::string_view first;
  for (const auto& [name, is_set] : formats) {
    if (!is_set) continue;
    if (first.empty()) {
      first = name;
    } else {
      refuse(name, "excludes " + std::string(first) + ": only one of json, form and body can be set (null clears one)");
    }
  }
}

// After all other fields: the default name is made of them.
void Reader::read_name() {
  const Member member = find({"name"});
  if (member.is_null && mode_ != EditMode::kCreate) config_.name.reset();
  if (member.value != nullptr) {
    auto sent = text(*member.value, "name");
    // A name that the answers computed is none, also when it was computed before this edit.
    const bool computed_before = base_ != nullptr && !base_->name && sent == default_name(*base_);
    if (sent && !sent->empty() && !computed_before) {
      config_.name = std::move(sent);
    } else {
      config_.name.reset();
    }
  }
  if (config_.name == default_name(config_)) config_.name.reset();
  if (config_.name && config_.name->size() > limits_.name_bytes_max) {
    refuse("name", "must be at most " + std::to_string(limits_.name_bytes_max) + " bytes");
  }
}

std::optional<json::Object> Reader::pairs(const json::Value& value, std::string_view field) {
  if (!value.is_object()) {
    refuse(field, "must be an object of names and texts");
    return std::nullopt;
  }
  json::Object read;
  for (const auto& [key, item] : value.as_object()) {
    if (item.is_null()) continue;
    const std::string path = std::string(field) + "." + key;
    auto text = scalar_text(item);
    if (key.empty() && field != "headers") refuse(path, "must have a name");
    if (text) {
      read.set(key, *std::move(text));
    } else {
      refuse(path, "must be text, a number or a boolean");
    }
  }
  return read;
}

std::optional<json::Value> Reader::object_or_text(const json::Value& value, std::string_view field) {
  if (value.is_object() || value.is_string()) return value;
  refuse(field, "must be an object or text");
  return std::nullopt;
}

std::optional<std::optional<DeviceId>> Reader::device(const json::Value& value, std::string_view field) {
  if (value.is_string() && value.as_string().empty()) return std::optional<DeviceId>();
  const auto id = value.is_string() ? DeviceId::parse(value.as_string()) : std::nullopt;
  if (scope_ != Scope::kSandbox) {
    refuse(field, "is only for sandbox integrations: here it would have to fire for the whole fleet");
  } else if (!id) {
    refuse(field, "must be a device id of 24 hex digits");
  } else {
    return id;
  }
  return std::nullopt;
}

std::optional<std::optional<IntegrationConfig::Auth>> Reader::auth(const json::Value& value, std::string_view field) {
  if (!value.is_object()) {
    refuse(field, "must be an object with username and password, or with bearer");
    return std::nullopt;
  }
  auto read = credentials(value.as_object(), field);
  if (!read) return std::nullopt;
  if (*read == IntegrationConfig::Auth()) return std::optional<IntegrationConfig::Auth>();
  return read;
}

std::optional<IntegrationConfig::Auth> Reader::credentials(const json::Object& sent, std::string_view field) {
  IntegrationConfig::Auth read;
  const std::pair<std::string_view, std::string*> members[] = {{"username", &read.username},
                                                               {"user", &read.username},
                                                               {"password", &read.password},
                                                               {"pass", &read.password},
                                                               {"bearer", &read.bearer}};
  const std::size_t before = violations_.size();
  for (const auto& [name, into] : members) {
    const json::Value* member = sent.find(name);
    if (member == nullptr || member->is_null()) continue;
    const std::string path = std::string(field) + "." + std::string(name);
    auto text = scalar_text(*member);
    if (!text) {
      refuse(path, "must be text");
    } else if (into->empty()) {
      *into = *std::move(text);
    } else if (*into != *text) {
      refuse(path, "says something else than its other spelling beside it");
    }
  }
  if (!read.bearer.empty() && !(read.username.empty() && read.password.empty())) {
    refuse(std::string(field) + ".bearer", "excludes username and password: a request has one Authorization header");
  }
  if (violations_.size() > before) return std::nullopt;
  return read;
}

std::optional<std::vector<std::string>> Reader::secrets(const json::Value& value, std::string_view field) {
  if (!value.is_array()) {
    refuse(field, "must be a list of names of secrets");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < value.as_array().size(); ++i) {
    const json::Value& item = value.as_array()[i];
    const json::Value* name = item.is_object() ? item.find("name") : &item;
    if (name != nullptr && name->is_string() && is_secret_name(name->as_string())) {
      names.push_back(name->as_string());
    } else {
      refuse(std::string(field) + "." + std::to_string(i),
             "must be a name of A-Z, 0-9 and _ that does not begin with a digit");
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<json::Array> Reader::parameters(const json::Value& value, std::string_view field) {
  if (!value.is_array()) {
    refuse(field, R"(must be a list of {"key", "value"} or {"key", "secret"})");
    return std::nullopt;
  }
  const json::Array& items = value.as_array();
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string path = std::string(field) + "." + std::to_string(i);
    if (!parameter_ok(items[i], path)) continue;
    const std::string& key = items[i].find("key")->as_string();
    if (!keys.insert(key).second) refuse(path + ".key", key + " is there twice");
  }
  return items;
}

bool Reader::parameter_ok(const json::Value& item, const std::string& field) {
  const json::Value* key = item.find("key");
  if (key == nullptr || !key->is_string() || key->as_string().empty()) {
    refuse(field + ".key", "is required: the name of the parameter");
    return false;
  }
  const auto given = [&](std::string_view name) {
    const json::Value* member = item.find(name);
    return member != nullptr && !member->is_null() ? member : nullptr;
  };
  const json::Value* value = given("value");
  const json::Value* secret = given("secret");
  if ((value == nullptr) == (secret == nullptr)) {
    refuse(field, "must have either value or secret");
  } else if (value != nullptr && !scalar_text(*value)) {
    refuse(field + ".value", "must be text, a number or a boolean");
  } else if (secret != nullptr && !(secret->is_string() && is_secret_name(secret->as_string()))) {
    refuse(field + ".secret", "must be a name of A-Z, 0-9 and _ that does not begin with a digit");
  } else {
    return true;
  }
  return false;
}

// One sentence for people; the list stands beside it.
Error refused(std::vector<Violation> violations) {
  constexpr std::size_t kShown = 5;
  Error error;
  for (std::size_t i = 0; i < std::min(violations.size(), kShown); ++i) {
    if (i > 0) error.message += "; ";
    error.message.append(violations[i].field).append(": ").append(violations[i].message);
  }
  if (violations.size() > kShown) error.message += "; and " + std::to_string(violations.size() - kShown) + " more";
  error.violations = std::move(violations);
  return error;
}

}  // namespace

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_secret_name(std::string_view text) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && upper(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return upper(c) || (c >= '0' && c <= '9'); });
}

Result<IntegrationConfig> read_config(const json::Object& body,
                                      EditMode mode,
                                      const IntegrationConfig* base,
                                      Scope scope,
                                      bool webhooks_path,
                                      const Limits& limits,
                                      const ReadHelp& /*help*/) {
  Reader reader(body, mode, mode == EditMode::kCreate ? nullptr : base, scope, limits);
  if (!reader.read_type(webhooks_path)) return refused(std::move(reader.violations()));
  reader.read_common();
  reader.read_webhook();
  reader.read_delivery();
  reader.read_name();
  // A name that is kept already stays readable, so this is asked only of what is new.
  const std::optional<std::string>& name = reader.config().name;
  if (name && (base == nullptr || name != base->name) && has_control_characters(*name)) {
    reader.refuse("name", "must not have control characters");
  }
  check_templates(reader.config(), limits, reader.violations());
  const std::size_t size = json::write(json::Value(stored_form(reader.config(), scope))).size();
  if (size > limits.integration_config_bytes_max) {
    reader.refuse("integration",
                  "must be at most " + std::to_string(limits.integration_config_bytes_max) + " bytes in all");
  }
  if (!reader.violations().empty()) return refused(std::move(reader.violations()));
  return std::move(reader.config());
}

// Templates were checked when they were saved; compiling them again here would make starting with many integrations
// slow.
Result<IntegrationConfig> read_stored(const json::Object& stored, Scope scope) {
  const Limits limits;
  Reader reader(stored, EditMode::kCreate, nullptr, scope, limits);
  if (reader.read_type(false)) {
    reader.read_common();
    reader.read_webhook();
    reader.read_delivery();
    reader.read_name();
  }
  if (reader.violations().empty()) return std::move(reader.config());
  Error error = refused(std::move(reader.violations()));
  error.fault = Fault::kCorrupt;
  return error;
}

}  // namespace fleethook::core
