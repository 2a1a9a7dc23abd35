// How the query and the body of a request are made, decided when an integration is compiled.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "core/default_data.h"
#include "core/event_variables.h"
#include "core/integration.h"
#include "core/pieces.h"

namespace fleethook::core {

// "a=1&b=2" with the default data in front.
class FormPlan {
 public:
  static Result<FormPlan> compile(const json::Object& pairs, bool with_defaults, const Limits& limits);

  bool empty() const { return defaults_.none() && pairs_.empty(); }
  Result<void> append(const EventVariables& variables, std::string& out, std::size_t bytes_max) const;

 private:
  DefaultData defaults_;
  Pieces pairs_;
};

// GET carries form fields and default data in its query and has no body. The other methods carry their format, or a
// form of the default data when nothing is configured; DELETE is like POST.
class BodyPlan {
 public:
  static Result<BodyPlan> compile(const IntegrationConfig& config, const Limits& limits);

  const FormPlan& query() const { return query_; }
  Result<void> append(const EventVariables& variables, std::string& out, const Limits& limits) const;
  // "" = none is set.
  std::string_view content_type() const;
  std::string_view accept() const { return json_configured_ ? "application/json" : ""; }

 private:
  enum class Kind : std::uint8_t { kNone, kForm, kJsonMembers, kJsonText, kRaw };

  Result<void> compile_json(const json::Value& value, bool with_defaults, const Limits& limits);
  Result<void> append_json_text(const EventVariables& variables, std::string& out, const Limits& limits) const;

  Kind kind_ = Kind::kNone;
  bool json_configured_ = false;
  FormPlan query_;
  FormPlan form_;
  DefaultData defaults_;  // of a JSON body
  Pieces content_;        // members of the object without braces; or the whole text
};

}  // namespace fleethook::core
