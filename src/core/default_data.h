// The four members that a request carries unless noDefaults says otherwise: event, data, published_at, coreid. All are
// strings; an event without data has "" there. A member of the same name in the integration wins.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "core/template.h"
#include "json/value.h"

namespace fleethook::core {

class DefaultData {
 public:
  // One bit for each member, in the order above.
  using Mask = std::uint8_t;
  static constexpr std::array<std::string_view, 4> kNames = {"event", "data", "published_at", "coreid"};

  // None at all.
  DefaultData() = default;
  // All but those that `own` has; its keys may be templates, and are then rendered to tell.
  static Result<DefaultData> beside(const json::Object& own, const Limits& limits);

  bool none() const { return wanted_ == 0; }
  // Those to add to this request. Keys too large to render count as other names.
  Mask wanted(const Variables& variables) const;

  // "event=temp&data=21", percent-encoded.
  static void append_form(Mask mask, const Event& event, std::string& out);
  // "event":"temp","data":"21" (as JSON, without braces). Invalid UTF-8 becomes U+FFFD.
  static void append_json(Mask mask, const Event& event, std::string& out);
  static Mask without(Mask mask, std::string_view name);

 private:
  Mask wanted_ = 0;
  std::vector<Template> own_keys_;  // those that are templates
};

}  // namespace fleethook::core
