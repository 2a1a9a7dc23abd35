// Reading a configuration that a user sent, or that was stored.
#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "core/credentials.h"
#include "core/enum_names.h"
#include "core/integration.h"
#include "core/integration_check.h"
#include "core/integration_names.h"
#include "core/mask.h"
#include "core/member_names.h"
#include "http/serialize.h"
#include "http/url.h"

namespace fleethook::core {
namespace {

// The documented name first, then its aliases; none of two that differ in case, _ and - only.
using Names = std::initializer_list<std::string_view>;

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

enum class Source : std::uint8_t { kSent, kStored };  // stored names are the documented ones

class Reader {
 public:
  Reader(const json::Object& body,
         EditMode mode,
         const IntegrationConfig* base,
         Scope scope,
         const Limits& limits,
         const ReadHelp& help,
         Source source)
      : body_(body), mode_(mode), base_(base), scope_(scope), limits_(limits), help_(help), source_(source) {
    if (source == Source::kSent) {
      sent_.reserve(body.size());
      for (const auto& [name, value] : body) sent_.push_back({plain_name(name), name, &value});
    }
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
  void judge_strays();

  void refuse(std::string_view field, std::string message) {
    violations_.push_back({std::string(field), std::move(message)});
  }
  // For what is missing, unless it was sent and refused.
  void require(std::string_view field, std::string message) {
    if (violations_.empty() || violations_.back().field != field) refuse(field, std::move(message));
  }
  void warn(std::string_view code, std::string_view field, std::string message) {
    if (help_.warnings != nullptr)
      help_.warnings->push_back({std::string(field), std::string(code), std::move(message)});
  }
  IntegrationConfig& config() { return config_; }
  std::vector<Violation>& violations() { return violations_; }

 private:
  struct Member {
    const json::Value* value = nullptr;  // nullptr = absent or null
    bool is_null = false;
  };

  struct Sent {
    std::string plain;
    std::string_view name;
    const json::Value* value = nullptr;
    bool read = false;
  };

  Member find(Names names) {
    Member member;
    if (source_ == Source::kStored) {
      member.value = body_.find(*names.begin());
      return member;
    }
    std::string_view counts;
    for (const std::string_view name : names) {
      const std::string plain = plain_name(name);
      for (const bool as_documented : {true, false}) {
        for (Sent& sent : sent_) {
          if (sent.plain != plain || (sent.name == name) != as_documented) continue;
          sent.read = true;
          if (sent.value->is_null()) {
            member.is_null = true;
          } else if (member.value == nullptr || (says_nothing(*member.value) && !says_nothing(*sent.value))) {
            member.value = sent.value;
            counts = sent.name;
          } else if (*sent.value != *member.value && !says_nothing(*sent.value)) {
            overruled(*names.begin(), sent.name, counts);
          }
        }
      }
    }
    return member;
  }
  static bool says_nothing(const json::Value& value) { return value.is_string() && value.as_string().empty(); }
  // Two spellings of one member say different things.
  void overruled(std::string_view field, std::string_view name, std::string_view counts) {
    if (field == "deviceID")
      return refuse(name, "says something else than " + std::string(counts) + ", which means the same filter");
    warn(warning_code::kIgnoredMember, name,
         "was ignored: " + std::string(counts) + " stands beside it, means the same and counts");
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

  void flag(std::string_view name, bool& into, bool fallback = false) { flag({name}, into, fallback); }
  void flag(Names names, bool& into, bool fallback = false) {
    const auto read = [this](const json::Value& value, std::string_view field) -> std::optional<bool> {
      if (value.is_bool()) return value.as_bool();
      if (value.is_string() && ascii_iequals(value.as_string(), "true")) return true;
      if (value.is_string() && ascii_iequals(value.as_string(), "false")) return false;
      refuse(field, "must be true or false");
      return std::nullopt;
    };
    take(names, into, read, fallback);
  }
  // Deprecated: true says what is always so.
  void flag_of_old() {
    bool mine = true;
    flag("mydevices", mine, true);
    if (!mine)
      warn(warning_code::kIgnoredMember, "mydevices", "was ignored: events of your own devices alone fire it, always");
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
      if (value.is_string()) {
        for (std::size_t i = 0; i < words.size(); ++i) {
          if (ascii_iequals(words[i], value.as_string())) return static_cast<Enum>(i);
        }
      }
      refuse(field, "must be one of " + enum_list(words));
      return std::nullopt;
    };
    take(names, into, read, fallback);
  }

  std::optional<json::Object> pairs(const json::Value& value, std::string_view field, const json::Object& before);
  std::optional<json::Value> object_or_text(const json::Value& value, std::string_view field);
  std::optional<std::optional<DeviceId>> device(const json::Value& value, std::string_view field);
  std::optional<std::optional<IntegrationConfig::Auth>> auth(const json::Value& value, std::string_view field);
  std::optional<IntegrationConfig::Auth> credentials(const json::Object& sent, std::string_view field);
  std::optional<IntegrationConfig::OAuth2> oauth2(const json::Value& value, const std::string& field);
  void check_oauth2(const IntegrationConfig::OAuth2& read, const std::string& field);
  std::optional<std::vector<std::string>> secrets(const json::Value& value, std::string_view field);
  std::optional<std::vector<std::string>> signing(const json::Value& value, std::string_view field);
  std::optional<std::vector<std::string>> signing_secrets(const json::Value& value, const std::string& field);
  std::optional<json::Array> parameters(const json::Value& value, std::string_view field);
  bool parameter_ok(const json::Value& item, const std::string& field);
  void stray(std::string_view field, Stray judged);

  const json::Object& body_;
  EditMode mode_;
  const IntegrationConfig* base_;
  Scope scope_;
  const Limits& limits_;
  const ReadHelp& help_;
  const Source source_;
  std::vector<Sent> sent_;
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
  take({"deviceID", "coreid", "device"}, config_.device,
       [&](const auto& value, auto field) { return device(value, field); });
  flag_of_old();
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
  take({"query"}, config_.query, [&](const auto& value, auto field) { return pairs(value, field, config_.query); });
  take({"headers"}, config_.headers,
       [&](const auto& value, auto field) { return pairs(value, field, config_.headers); });
  take({"auth"}, config_.auth, [&](const auto& value, auto field) { return auth(value, field); });
  take({"signing"}, config_.signing, [&](const auto& value, auto field) { return signing(value, field); });
  flag("noDefaults", config_.no_defaults);
  flag("rejectUnauthorized", config_.reject_unauthorized, true);
  optional_text({"responseTopic", "responseEvent"}, config_.response_topic, false);
  optional_text({"errorResponseTopic", "errorTopic", "errorResponseEvent"}, config_.error_response_topic, false);
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
  flag({"dataUrlResponseEvent", "dataUriResponseEvent"}, config_.data_url_response_event);
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
    if (auto read = pairs(value, field, config_.form.value_or(json::Object()))) got = std::move(read);
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

// A merge goes into `before` member by member.
std::optional<json::Object> Reader::pairs(const json::Value& value,
                                          std::string_view field,
                                          const json::Object& before) {
  if (!value.is_object()) {
    refuse(field, "must be an object of names and texts");
    return std::nullopt;
  }
  json::Object read;
  if (mode_ == EditMode::kMerge) read = before;
  for (const auto& [key, item] : value.as_object()) {
    // Names of headers do not depend on case.
    std::string name = key;
    for (const auto& [spelled, old] : read) {
      if (field == "headers" && mode_ == EditMode::kMerge && ascii_iequals(spelled, key)) name = spelled;
    }
    if (item.is_null()) {
      if (mode_ == EditMode::kMerge) read.erase(name);
      continue;
    }
    const std::string path = std::string(field) + "." + key;
    auto text = scalar_text(item);
    if (key.empty() && field != "headers") refuse(path, "must have a name");
    if (text) {
      read.set(name, *std::move(text));
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
  if (says_nothing(value)) return std::optional<DeviceId>();
  if (scope_ != Scope::kSandbox) {
    refuse(field, "is only for sandbox integrations: here it would have to fire for the whole fleet");
    return std::nullopt;
  }
  if (value.is_string()) {
    if (const auto id = DeviceId::parse(value.as_string())) return id;
    if (help_.device_named) {
      auto named = help_.device_named(value.as_string());
      if (named.ok()) return *named;
      refuse(field, named.error().message);
      return std::nullopt;
    }
  }
  refuse(field, "must be a device id of 24 hex digits");
  return std::nullopt;
}

std::optional<std::optional<IntegrationConfig::Auth>> Reader::auth(const json::Value& value, std::string_view field) {
  if (!value.is_object()) {
    refuse(field, "must be an object with username and password, with bearer, or with oauth2");
    return std::nullopt;
  }
  auto read = credentials(value.as_object(), field);
  if (!read) return std::nullopt;
  if (*read == IntegrationConfig::Auth()) return std::optional<IntegrationConfig::Auth>();
  return read;
}

// A merge goes into the present ones, unless it changes from one kind to the other.
std::optional<IntegrationConfig::Auth> Reader::credentials(const json::Object& sent, std::string_view field) {
  const std::size_t before = violations_.size();
  struct Part {
    std::string_view plain;
    std::string IntegrationConfig::Auth::*into;
  };
  using Auth = IntegrationConfig::Auth;
  constexpr Part kParts[] = {{"username", &Auth::username},
                             {"user", &Auth::username},
                             {"password", &Auth::password},
                             {"pass", &Auth::password},
                             {"bearer", &Auth::bearer}};
  Auth read;
  std::vector<std::string Auth::*> cleared;
  bool clears_oauth2 = false;
  for (const auto& [name, value] : sent) {
    const std::string path = std::string(field) + "." + name;
    if (plain_name(name) == "oauth2") {
      if (!value.is_null()) read.oauth2 = oauth2(value, path);
      clears_oauth2 = value.is_null();
      continue;
    }
    const auto part = std::ranges::find(kParts, plain_name(name), &Part::plain);
    if (part == std::end(kParts)) {
      if (!value.is_null()) stray(path, judge_stray_of_auth(name, value));
      continue;
    }
    std::string& into = read.*(part->into);
    auto text = scalar_text(value);
    if (value.is_null()) {
      cleared.push_back(part->into);
    } else if (!text) {
      refuse(path, "must be text");
    } else if (into.empty()) {
      into = *std::move(text);
    } else if (into != *text) {
      refuse(path, "says something else than its other spelling beside it");
    }
  }
  if (!read.bearer.empty() && !(read.username.empty() && read.password.empty())) {
    refuse(std::string(field) + ".bearer", "excludes username and password: a request has one Authorization header");
  }
  if (read.oauth2 && !(read.username.empty() && read.password.empty() && read.bearer.empty())) {
    refuse(std::string(field) + ".oauth2",
           "excludes username, password and bearer: a request has one Authorization header");
  }
  if (violations_.size() > before) return std::nullopt;
  if (mode_ != EditMode::kMerge || !config_.auth || read.oauth2) return read;
  if (config_.auth->oauth2) {
    if (read == Auth() && !clears_oauth2) read.oauth2 = config_.auth->oauth2;
    return read;
  }
  const bool keeps = read == Auth() || (read.bearer.empty() && config_.auth->bearer.empty());
  for (const auto member : {&Auth::username, &Auth::password, &Auth::bearer}) {
    if (keeps && (read.*member).empty() && std::ranges::find(cleared, member) == cleared.end())
      read.*member = (*config_.auth).*member;
  }
  return read;
}

// A merge goes into the present one, as into all of auth.
std::optional<IntegrationConfig::OAuth2> Reader::oauth2(const json::Value& value, const std::string& field) {
  using OAuth2 = IntegrationConfig::OAuth2;
  struct Part {
    std::string_view plain;
    std::string OAuth2::*into;
  };
  constexpr Part kParts[] = {{"tokenurl", &OAuth2::token_url},
                             {"clientid", &OAuth2::client_id},
                             {"clientsecret", &OAuth2::client_secret},
                             {"scope", &OAuth2::scope},
                             {"audience", &OAuth2::audience}};
  if (!value.is_object()) {
    refuse(field, "must be an object with token_url, client_id and client_secret");
    return std::nullopt;
  }
  OAuth2 read;
  if (mode_ == EditMode::kMerge && config_.auth && config_.auth->oauth2) read = *config_.auth->oauth2;
  const std::size_t before = violations_.size();
  for (const auto& [name, item] : value.as_object()) {
    const std::string path = field + "." + name;
    const std::string plain = plain_name(name);
    const auto part = std::ranges::find(kParts, plain, &Part::plain);
    if (part != std::end(kParts)) {
      if (auto read_text = item.is_null() ? std::optional<std::string>("") : text(item, path))
        read.*(part->into) = std::string(trim_spaces(*read_text));
    } else if (plain == "clientauth") {
      const bool is_known =
          item.is_null() || (item.is_string() && (item.as_string() == "basic" || item.as_string() == "body"));
      if (!is_known) refuse(path, "must be basic or body: how the token endpoint is told who asks");
      read.credentials_in_body = item.is_string() && item.as_string() == "body";
    } else if (!item.is_null()) {
      refuse(path, "is not known; known are token_url, client_id, client_secret, scope, audience and client_auth");
    }
  }
  std::string& secret = read.client_secret;  // as a template would name it
  if (secret.starts_with("{{{") && secret.ends_with("}}}")) secret = trim_spaces(secret.substr(3, secret.size() - 6));
  if (violations_.size() == before) check_oauth2(read, field);
  if (violations_.size() > before) return std::nullopt;
  return read;
}

void Reader::check_oauth2(const IntegrationConfig::OAuth2& read, const std::string& field) {
  const auto plain_text = [&](std::string_view name, const std::string& value, std::size_t bytes_max) {
    const std::string path = field + "." + std::string(name);
    if (value.find("{{") != std::string::npos) {
      refuse(path, "must be plain text without tags: one token serves all events");
    } else if (value.size() > bytes_max) {
      refuse(path, "must be at most " + std::to_string(bytes_max) + " bytes");
    } else if (!http::is_header_value(value)) {
      refuse(path, "must not have control characters");
    } else {
      return true;
    }
    return false;
  };
  if (read.token_url.empty()) {
    refuse(field + ".token_url", "is required: the http or https URL of the token endpoint");
  } else if (plain_text("token_url", read.token_url, limits_.url_bytes_max)) {
    const auto url = http::parse_url(read.token_url);
    if (!url.ok()) {
      refuse(field + ".token_url", url.error().message);
    } else if (!url->user.empty() || !url->password.empty()) {
      refuse(field + ".token_url", "must have no user and password: client_id and client_secret say who asks");
    }
  }
  if (read.client_id.empty()) refuse(field + ".client_id", "is required: the name by which the endpoint knows us");
  plain_text("client_id", read.client_id, limits_.oauth2_text_bytes_max);
  plain_text("scope", read.scope, limits_.oauth2_text_bytes_max);
  plain_text("audience", read.audience, limits_.oauth2_text_bytes_max);
  if (read.client_secret.empty()) {
    refuse(field + ".client_secret", "is required: the name of a secret with the client's secret in it");
  } else if (!is_secret_name(read.client_secret)) {
    refuse(
        field + ".client_secret",
        "must be the name of a secret (A-Z, 0-9 and _, not beginning with a digit): put the client's secret into one");
  }
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

std::optional<std::vector<std::string>> Reader::signing(const json::Value& value, std::string_view field) {
  constexpr std::string_view kExpected = R"(must be {"secrets": ["NAME"]}: names of secrets whose keys sign)";
  if (!value.is_object()) {
    refuse(field, std::string(kExpected));
    return std::nullopt;
  }
  const std::size_t before = violations_.size();
  const json::Value* names = nullptr;
  for (const auto& [name, item] : value.as_object()) {
    if (plain_name(name) == "secrets") {
      names = &item;
    } else if (!item.is_null()) {
      refuse(std::string(field) + "." + name, "is not known; known is secrets");
    }
  }
  if (names == nullptr) refuse(field, std::string(kExpected));
  if (violations_.size() > before) return std::nullopt;
  return signing_secrets(*names, std::string(field) + ".secrets");
}

// Their order is that of the signatures, so it is kept.
std::optional<std::vector<std::string>> Reader::signing_secrets(const json::Value& value, const std::string& field) {
  const std::size_t before = violations_.size();
  if (!value.is_array() || value.as_array().empty() || value.as_array().size() > limits_.signing_secrets_max) {
    refuse(field, "must be a list of 1 to " + std::to_string(limits_.signing_secrets_max) + " names of secrets");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < value.as_array().size(); ++i) {
    const json::Value& item = value.as_array()[i];
    const std::string path = field + "." + std::to_string(i);
    if (item.is_string() && item.as_string().starts_with("wh") && !is_secret_name(item.as_string())) {
      refuse(path, "must be the name of a secret, not a key: put the key into a secret");
    } else if (!item.is_string() || !is_secret_name(item.as_string())) {
      refuse(path, "must be a name of A-Z, 0-9 and _ that does not begin with a digit");
    } else if (std::ranges::find(names, item.as_string()) != names.end()) {
      refuse(path, item.as_string() + " is there twice");
    } else {
      names.push_back(item.as_string());
    }
  }
  if (violations_.size() > before) return std::nullopt;
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

void Reader::stray(std::string_view field, Stray judged) {
  if (judged.kind == Stray::Kind::kRefused) refuse(field, std::move(judged.message));
  if (judged.kind == Stray::Kind::kUnknown) warn(warning_code::kUnknownMember, field, std::move(judged.message));
}

// What no setting has read.
void Reader::judge_strays() {
  for (const Sent& sent : sent_) {
    if (!sent.read && !sent.value->is_null()) stray(sent.name, judge_stray(sent.name, *sent.value, scope_, help_));
  }
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
                                      const ReadHelp& help) {
  Reader reader(body, mode, mode == EditMode::kCreate ? nullptr : base, scope, limits, help, Source::kSent);
  if (!reader.read_type(webhooks_path)) return refused(std::move(reader.violations()));
  reader.read_common();
  reader.read_webhook();
  reader.read_delivery();
  reader.read_name();
  // A name that is kept already stays readable, so this is asked only of what is new.
  const std::optional<std::string>& name = reader.config().name;
  if (name && (base == nullptr || name != base->name) && has_hidden_characters(*name)) {
    reader.refuse("name", "must not have control characters or characters that are not seen");
  }
  const std::string& event = reader.config().event;
  if ((base == nullptr || event != base->event) && has_hidden_characters(event)) {
    reader.refuse("event", "must not have control characters or characters that are not seen: no event's name has any");
  }
  const auto check_topic = [&](std::string_view field, const auto& topic, const auto* before) {
    if (!topic || (before != nullptr && topic == *before) || !has_hidden_characters(*topic)) return;
    reader.refuse(std::string(field), "must not have control characters or characters that are not seen");
  };
  check_topic("responseTopic", reader.config().response_topic, base == nullptr ? nullptr : &base->response_topic);
  check_topic("errorResponseTopic", reader.config().error_response_topic,
              base == nullptr ? nullptr : &base->error_response_topic);
  reader.judge_strays();
  check_templates(reader.config(), limits, reader.violations());
  if (help.check_more) help.check_more(reader.config(), reader.violations());
  const json::Value stored = stored_form(reader.config(), scope);
  const std::vector<std::string> kept =
      base == nullptr ? std::vector<std::string>() : fields_with_mask(stored_form(*base, scope));
  for (const std::string& field : fields_with_mask(stored)) {
    if (std::ranges::find(kept, field) != kept.end()) continue;
    reader.refuse(field, std::string(kMask) + " stands for a value that is not shown; send the value itself");
  }
  const std::size_t size = json::write(stored).size();
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
  const ReadHelp nobody;
  Reader reader(stored, EditMode::kCreate, nullptr, scope, limits, nobody, Source::kStored);
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
