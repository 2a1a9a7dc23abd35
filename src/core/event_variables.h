// What the names in the templates of one delivery stand for. Each value is made when a template first asks for it.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "core/event.h"
#include "core/named_values.h"
#include "core/template.h"

namespace fleethook::core {

struct IntegrationConfig;

// A name that an integration defines for its templates: a selected secret or a parameter. It is never taken for a key
// of the event's data, with or without a value (a device could then pass for one).
struct DefinedName {
  std::string name;
  std::string text;    // of a parameter with a value
  std::string secret;  // "" = none; else the secret whose value it has, given when something is rendered
};
using DefinedNames = std::vector<DefinedName>;
// Secrets before parameters: of two with one name the secret wins.
DefinedNames defined_names(const IntegrationConfig& config);
// The text of a defined name or of a path below product.vars; nullptr = neither.
const std::string* find_defined(const DefinedNames& defined, const NamedValues& values, std::string_view name);

// The predefined names. Templates of events are compiled with them as slots, so that rendering asks by place.
inline constexpr std::array<std::string_view, 15> kPredefinedNames = {
    "PARTICLE_DEVICE_ID", "PARTICLE_EVENT_NAME",   "PARTICLE_EVENT_VALUE", "PARTICLE_PUBLISHED_AT",
    "PARTICLE_EVENT_ID",  "PARTICLE_EVENT_PUBLIC", "PARTICLE_EVENT_JSON",  "PARTICLE_EVENT_BASE64",
    "PRODUCT_ID",         "PRODUCT_USER_ID",       "PRODUCT_VERSION",      "SPARK_CORE_ID",
    "SPARK_EVENT_NAME",   "SPARK_EVENT_VALUE",     "SPARK_PUBLISHED_AT"};
inline Result<Template> compile_for_events(std::string_view source, const Limits& limits) {
  return Template::compile(source, limits, nullptr, kPredefinedNames);
}

// Predefined names win over `defined`, these over the keys of the event's data; paths below product.vars are `values`'
// alone. Data that is a JSON object gives its keys, an array its indexes, anything else nothing. Refers to its
// arguments. Not thread-safe: one for each delivery.
class EventVariables final : public Variables {
 public:
  EventVariables(const Event& event,
                 const DefinedNames& defined,
                 const NamedValues& values,
                 std::string_view product_owner,
                 const Limits& limits,
                 WorkBudget& work)
      : Variables(work),
        event_(event),
        defined_(defined),
        values_(values),
        product_owner_(product_owner),
        limits_(limits) {}

  const std::string* named(std::string_view name) const override;
  const std::string* slot(std::size_t place, std::string_view name) const override;
  const json::Value* data() const override;

  const Event& event() const { return event_; }
  const NamedValues& values() const { return values_; }

 private:
  const std::string& published_at() const;
  const std::string& event_id() const;
  const std::string& product_id() const;
  const std::string& product_user_id() const;
  const std::string& event_json() const;
  const std::string& event_base64() const;

  const Event& event_;
  const DefinedNames& defined_;
  const NamedValues& values_;
  std::string_view product_owner_;
  const Limits& limits_;

  // Made on demand; "" = not made yet.
  mutable std::string published_at_, event_id_, product_id_, product_user_id_, json_, base64_;
  mutable std::optional<json::Value> data_;
};

// For response templates: as EventVariables, but names that are neither predefined nor defined are members of the
// reply. Refers to its arguments.
class ReplyVariables final : public Variables {
 public:
  ReplyVariables(const EventVariables& of, const json::Value& reply) : Variables(of.work()), of_(of), reply_(reply) {}
  const std::string* named(std::string_view name) const override { return of_.named(name); }
  const std::string* slot(std::size_t place, std::string_view name) const override { return of_.slot(place, name); }
  const json::Value* data() const override { return &reply_; }

 private:
  const EventVariables& of_;
  const json::Value& reply_;
};

// The event's data as text: "" without data.
const std::string& data_text(const Event& event);

}  // namespace fleethook::core
