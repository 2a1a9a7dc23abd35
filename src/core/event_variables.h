// What the names in the templates of one delivery stand for. Each value is made when a template first asks for it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "core/event.h"
#include "core/template.h"

namespace fleethook::core {

// Names that an integration defines for its templates: parameters with their values, and secrets, which have none yet but
// must not be taken for keys of the event's data (a device could then pass for one).
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// Predefined names win over `defined`, these over the keys of the event's data. Data that is a JSON object gives its keys, an
// array its indexes, anything else nothing. Refers to its arguments. Not thread-safe: one for each delivery.
class EventVariables final : public Variables {
 public:
  EventVariables(const Event& event, const NamedTexts& defined, std::string_view product_owner, const Limits& limits)
      : event_(event), defined_(defined), product_owner_(product_owner), limits_(limits) {}

  const std::string* named(std::string_view name) const override;
  const json::Value* data() const override;

  const Event& event() const { return event_; }

 private:
  const std::string* predefined(std::string_view name) const;
  const std::string* product_name(std::string_view name) const;
  const std::string& event_json() const;

  const Event& event_;
  const NamedTexts& defined_;
  std::string_view product_owner_;
  const Limits& limits_;

  // Made on demand; "" = not made yet.
  mutable std::string published_at_, event_id_, product_id_, owner_text_, json_, base64_;
  mutable std::optional<json::Value> data_;
};

// The event's data as text: "" without data.
const std::string& data_text(const Event& event);

}  // namespace fleethook::core
