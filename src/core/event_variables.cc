#include "core/event_variables.h"

#include "base/hex.h"
#include "base/text.h"

namespace fleethook::core {
namespace {

const std::string kEmpty;
const std::string kTrue = "true";
const std::string kFalse = "false";

// Whole numbers, booleans and texts are no place to look names up in, so they need not be parsed.
bool may_hold_names(std::string_view data) {
  const std::size_t first = data.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (data[first] == '{' || data[first] == '[');
}

}  // namespace

const std::string& data_text(const Event& event) { return event.data ? *event.data : kEmpty; }

const std::string* EventVariables::named(std::string_view name) const {
  if (const std::string* text = predefined(name)) return text;
  for (const auto& [key, text] : defined_) {
    if (key == name) return &text;
  }
  return nullptr;
}

const std::string* EventVariables::predefined(std::string_view name) const {
  if (name.starts_with("PRODUCT_")) return product_name(name.substr(8));
  const bool particle = name.starts_with("PARTICLE_");
  if (!particle && !name.starts_with("SPARK_")) return nullptr;
  name.remove_prefix(particle ? 9 : 6);
  if (name == "EVENT_NAME") return &event_.name;
  if (name == "EVENT_VALUE") return &data_text(event_);
  if (name == "PUBLISHED_AT") {
    if (published_at_.empty()) append_iso8601(event_.published_at, published_at_);
    return &published_at_;
  }
  if (!particle) return name == "CORE_ID" ? &event_.publisher : nullptr;
  if (name == "DEVICE_ID") return &event_.publisher;
  if (name == "EVENT_ID") {
    if (event_id_.empty()) event_.id.append_to(event_id_);
    return &event_id_;
  }
  if (name == "EVENT_PUBLIC") return event_.is_public ? &kTrue : &kFalse;
  if (name == "EVENT_JSON") return &event_json();
  if (name == "EVENT_BASE64") {
    if (base64_.empty()) append_base64(event_json(), base64_);
    return &base64_;
  }
  return nullptr;
}

// Empty in a sandbox, but always ours: data cannot define them.
const std::string* EventVariables::product_name(std::string_view name) const {
  if (name == "ID") {
    if (product_id_.empty() && !event_.product.is_none()) product_id_ = std::to_string(event_.product.value);
    return &product_id_;
  }
  if (name == "USER_ID") {
    if (owner_text_.empty()) owner_text_ = product_owner_;
    return &owner_text_;
  }
  return name == "VERSION" ? &event_.product_version : nullptr;
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
  if (!event_.product_version.empty()) {
    out += ",\"product_version\":";
    json::append_quoted(event_.product_version, out);
  }
  out += "}";
  return out;
}

const json::Value* EventVariables::data() const {
  if (!data_) {
    data_.emplace();
    if (event_.data && may_hold_names(*event_.data)) {
      if (auto parsed = json::parse(*event_.data, limits_.json_depth_max)) data_ = std::move(parsed).value();
    }
  }
  return data_->is_null() ? nullptr : &*data_;
}

}  // namespace fleethook::core
