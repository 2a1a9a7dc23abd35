#include "core/default_data.h"

#include "base/text.h"
#include "core/event_variables.h"
#include "http/url.h"

namespace fleethook::core {

Result<DefaultData> DefaultData::beside(const json::Object& own, const Limits& limits) {
  DefaultData defaults;
  defaults.wanted_ = (1U << kNames.size()) - 1;
  for (const auto& [key, value] : own) {
    if (key.find("{{") == std::string::npos) {
      defaults.wanted_ = without(defaults.wanted_, key);
    } else {
      FLEETHOOK_TRY(auto program, compile_for_events(key, limits));
      defaults.own_keys_.push_back(std::move(program));
    }
  }
  return defaults;
}

DefaultData::Mask DefaultData::wanted(const Variables& variables) const {
  Mask mask = wanted_;
  std::string key;
  for (const Template& own : own_keys_) {
    constexpr std::size_t kLongest = 12;
    key.clear();
    if (own.render(variables, key, kLongest)) mask = without(mask, key);
  }
  return mask;
}

DefaultData::Mask DefaultData::without(Mask mask, std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) mask = static_cast<Mask>(mask & ~(1U << i));
  }
  return mask;
}

void DefaultData::append_form(Mask mask, const Event& event, std::string& out) {
  if ((mask & 1U) != 0) {
    out += "event=";
    http::append_percent_encoded(event.name, out);
  }
  if ((mask & 2U) != 0) {
    out += (mask & 1U) != 0 ? "&data=" : "data=";
    http::append_percent_encoded(data_text(event), out);
  }
  if ((mask & 4U) != 0) {
    out += (mask & 3U) != 0 ? "&published_at=" : "published_at=";
    const std::size_t at = out.size();
    append_iso8601(event.published_at, out);
    // "2026-01-31T23:59:59.000Z": only the two colons need encoding, the later one first.
    out.replace(at + 16, 1, "%3A");
    out.replace(at + 13, 1, "%3A");
  }
  if ((mask & 8U) != 0) {
    out += (mask & 7U) != 0 ? "&coreid=" : "coreid=";
    http::append_percent_encoded(event.publisher, out);
  }
}

void DefaultData::append_json(Mask mask, const Event& event, std::string& out) {
  if ((mask & 1U) != 0) {
    out += "\"event\":";
    json::append_quoted(event.name, out);
  }
  if ((mask & 2U) != 0) {
    out += (mask & 1U) != 0 ? ",\"data\":" : "\"data\":";
    json::append_quoted(data_text(event), out);
  }
  if ((mask & 4U) != 0) {
    out += (mask & 3U) != 0 ? ",\"published_at\":\"" : "\"published_at\":\"";
    append_iso8601(event.published_at, out);
    out += '"';
  }
  if ((mask & 8U) != 0) {
    out += (mask & 7U) != 0 ? ",\"coreid\":" : "\"coreid\":";
    json::append_quoted(event.publisher, out);
  }
}

}  // namespace fleethook::core
