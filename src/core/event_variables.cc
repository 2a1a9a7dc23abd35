#include "core/event_variables.h"

#include <algorithm>

#include "base/hex.h"
#include "base/text.h"
#include "core/integration.h"

namespace fleethook::core {
namespace {

constexpr std::size_t kNamesPerStep = 8;  // compared, one after the other

const std::string kEmpty;
const std::string kTrue = "true";
const std::string kFalse = "false";

// Whole numbers, booleans and texts are no place to look names up in, so they need not be parsed.
bool may_hold_names(std::string_view data) {
  const std::size_t first = data.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (data[first] == '{' || data[first] == '[');
}

}  // namespace

DefinedNames defined_names(const IntegrationConfig& config) {
  DefinedNames names;
  for (const std::string& secret : config.secrets) names.push_back({secret, "", secret});
  for (const json::Value& item : config.parameters) {
    const json::Value* key = item.find("key");
    if (key == nullptr || !key->is_string()) continue;
    DefinedName name{key->as_string(), "", ""};
    if (const json::Value* value = item.find("value")) append_as_text(*value, name.text);
    if (const json::Value* secret = item.find("secret"); secret != nullptr && secret->is_string())
      name.secret = secret->as_string();
    names.push_back(std::move(name));
  }
  return names;
}

const std::string* find_defined(const DefinedNames& defined, const NamedValues& values, std::string_view name) {
  const auto or_empty = [](const std::string* text) { return text != nullptr ? text : &kEmpty; };
  if (is_variables_path(name)) {
    const bool is_below = name.size() > kVariablesPrefix.size();
    return or_empty(is_below ? values.variable(name.substr(kVariablesPrefix.size())) : nullptr);
  }
  for (const DefinedName& one : defined) {
    if (one.name == name) return one.secret.empty() ? &one.text : or_empty(values.secret(one.secret));
  }
  return nullptr;
}

const std::string& data_text(const Event& event) {
  return event.data ? *event.data : kEmpty;
}

const std::string* EventVariables::named(std::string_view name) const {
  const auto at = std::find(kPredefinedNames.begin(), kPredefinedNames.end(), name);
  if (at != kPredefinedNames.end()) return slot(static_cast<std::size_t>(at - kPredefinedNames.begin()), name);
  work().spend((defined_.size() + values_.secrets.size() + values_.variables.size()) / kNamesPerStep);
  return find_defined(defined_, values_, name);
}

// In the order of kPredefinedNames. Those of the product are empty in a sandbox, but always ours: data cannot define
// them.
const std::string* EventVariables::slot(std::size_t place, std::string_view) const {
  switch (place) {
    case 0:
    case 11:
      return &event_.publisher;
    case 1:
    case 12:
      return &event_.name;
    case 2:
    case 13:
      return &data_text(event_);
    case 3:
    case 14:
      return &published_at();
    case 4:
      return &event_id();
    case 5:
      return event_.is_public ? &kTrue : &kFalse;
    case 6:
      return &event_json();
    case 7:
      return &event_base64();
    case 8:
      return &product_id();
    case 9:
      return &product_user_id();
    case 10:
      return &event_.device.firmware_version;
    default:
      return nullptr;
  }
}

const std::string& EventVariables::published_at() const {
  if (published_at_.empty()) append_iso8601(event_.published_at, published_at_);
  return published_at_;
}

const std::string& EventVariables::event_id() const {
  if (event_id_.empty()) event_.id.append_to(event_id_);
  return event_id_;
}

const std::string& EventVariables::product_id() const {
  if (product_id_.empty() && !event_.product.is_none()) product_id_ = std::to_string(event_.product.value);
  return product_id_;
}

const std::string& EventVariables::product_user_id() const {
  if (product_user_id_.empty()) product_user_id_ = product_owner_;
  return product_user_id_;
}

const std::string& EventVariables::event_base64() const {
  if (base64_.empty()) append_base64(event_json(), base64_);
  return base64_;
}

const std::string& EventVariables::event_json() const {
  if (!json_.empty()) return json_;
  std::string& out = json_;
  out.reserve(192 + event_.name.size() + data_text(event_).size());
  out += "{\"event\":";
  json::append_quoted(event_.name, out);
  out += ",\"data\":";
  if (event_.data) {
    json::append_quoted(*event_.data, out);
  } else {
    out += "null";
  }
  out += ",\"published_at\":\"";
  append_iso8601(event_.published_at, out);
  out += "\",\"coreid\":";
  json::append_quoted(event_.publisher, out);
  out += ",\"id\":\"";
  event_.id.append_to(out);
  out.append("\",\"ttl\":").append(std::to_string(event_.ttl_s));
  out += event_.is_public ? ",\"public\":true" : ",\"public\":false";
  if (!event_.product.is_none()) out.append(",\"product_id\":").append(std::to_string(event_.product.value));
  if (!event_.device.firmware_version.empty()) {
    out += ",\"product_version\":";
    json::append_quoted(event_.device.firmware_version, out);
  }
  out += "}";
  return out;
}

const json::Value* EventVariables::data() const {
  if (!data_) {
    data_.emplace();
    if (event_.data && may_hold_names(*event_.data)) {
      work().spend(event_.data->size() / WorkBudget::kJsonBytesPerStep);
      if (auto parsed = json::parse(*event_.data, limits_.json_depth_max)) data_ = std::move(parsed).value();
    }
  }
  return data_->is_null() ? nullptr : &*data_;
}

}  // namespace fleethook::core
