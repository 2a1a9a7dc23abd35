#include "core/body_plan.h"

#include <utility>

#include "base/text.h"

namespace fleethook::core {
namespace {

Result<void> within(std::size_t bytes_max, const std::string& out) {
  if (out.size() <= bytes_max) return {};
  return Error{Fault::kTooLarge, "rendered text is over " + std::to_string(bytes_max) + " bytes"};
}

// Puts the default data that the object in `text` lacks behind its opening brace; everything else stays as it was
// written, so numbers keep their digits. Text that is no object stays as it is.
void splice_defaults(const Event& event, std::string& text, const Limits& limits) {
  const std::size_t brace = text.find_first_not_of(" \t\r\n");
  if (brace == std::string::npos || text[brace] != '{') return;
  const auto parsed = json::parse(text, limits.json_depth_max);
  if (!parsed) return;
  DefaultData::Mask mask = (1U << DefaultData::kNames.size()) - 1;
  for (const std::string_view name : DefaultData::kNames) {
    if (parsed->find(name) != nullptr) mask = DefaultData::without(mask, name);
  }
  if (mask == 0) return;
  std::string members;
  DefaultData::append_json(mask, event, members);
  if (!parsed->as_object().empty()) members += ',';
  text.insert(brace + 1, members);
}

}  // namespace

Result<FormPlan> FormPlan::compile(const json::Object& pairs, bool with_defaults, const Limits& limits) {
  FormPlan plan;
  if (with_defaults) {
    FLEETHOOK_TRY(plan.defaults_, DefaultData::beside(pairs, limits));
  }
  for (const auto& [key, value] : pairs) {
    if (!plan.pairs_.empty()) plan.pairs_.add_literal("&");
    FLEETHOOK_CHECK(plan.pairs_.add_template(key, Template::Escape::kUrl, limits));
    plan.pairs_.add_literal("=");
    FLEETHOOK_CHECK(plan.pairs_.add_template(value.as_string(), Template::Escape::kUrl, limits));
  }
  return plan;
}

Result<void> FormPlan::append(const EventVariables& variables, std::string& out, std::size_t bytes_max) const {
  const DefaultData::Mask mask = defaults_.wanted(variables);
  DefaultData::append_form(mask, variables.event(), out);
  if (mask != 0 && !pairs_.empty()) out += '&';
  FLEETHOOK_CHECK(pairs_.append(variables, out, bytes_max));
  return within(bytes_max, out);
}

Result<BodyPlan> BodyPlan::compile(const IntegrationConfig& config, const Limits& limits) {
  BodyPlan plan;
  const bool with_defaults = !config.no_defaults;
  plan.json_configured_ = config.json.has_value();
  if (config.request_type == RequestType::kGet) {
    json::Object pairs = config.query;
    if (config.form) {
      for (const auto& [key, value] : *config.form) pairs.set(key, value);
    }
    FLEETHOOK_TRY(plan.query_, FormPlan::compile(pairs, with_defaults, limits));
    return plan;
  }
  FLEETHOOK_TRY(plan.query_, FormPlan::compile(config.query, false, limits));
  if (config.json) {
    FLEETHOOK_CHECK(plan.compile_json(*config.json, with_defaults, limits));
  } else if (config.body) {
    plan.kind_ = Kind::kRaw;
    FLEETHOOK_CHECK(plan.content_.add_template(*config.body, Template::Escape::kHtml, limits));
  } else if (config.form || with_defaults) {
    plan.kind_ = Kind::kForm;
    FLEETHOOK_TRY(plan.form_, FormPlan::compile(config.form.value_or(json::Object()), with_defaults, limits));
  }
  return plan;
}

Result<void> BodyPlan::compile_json(const json::Value& value, bool with_defaults, const Limits& limits) {
  const bool is_members = value.is_object() && !Pieces::is_variable(value.as_object());
  kind_ = is_members ? Kind::kJsonMembers : Kind::kJsonText;
  if (with_defaults) {
    FLEETHOOK_TRY(defaults_, DefaultData::beside(is_members ? value.as_object() : json::Object(), limits));
  }
  if (is_members) return content_.add_json_members(value.as_object(), limits);
  if (value.is_object()) return content_.add_json(value, limits);
  return content_.add_template(value.as_string(), Template::Escape::kHtml, limits);
}

std::string_view BodyPlan::content_type() const {
  switch (kind_) {
    case Kind::kForm:
      return "application/x-www-form-urlencoded";
    case Kind::kJsonMembers:
    case Kind::kJsonText:
      return "application/json";
    default:
      return "";
  }
}

Result<void> BodyPlan::append(const EventVariables& variables, std::string& out, const Limits& limits) const {
  const std::size_t bytes_max = limits.rendered_body_bytes_max;
  switch (kind_) {
    case Kind::kNone:
      return {};
    case Kind::kForm:
      out.reserve(128 + variables.event().name.size() + data_text(variables.event()).size() * 3 / 2);
      return form_.append(variables, out, bytes_max);
    case Kind::kJsonMembers: {
      out += '{';
      const DefaultData::Mask mask = defaults_.wanted(variables);
      DefaultData::append_json(mask, variables.event(), out);
      if (mask != 0 && !content_.empty()) out += ',';
      FLEETHOOK_CHECK(content_.append(variables, out, bytes_max));
      out += '}';
      return within(bytes_max, out);
    }
    case Kind::kJsonText:
      return append_json_text(variables, out, limits);
    case Kind::kRaw:
      return content_.append(variables, out, bytes_max);
  }
  return {};
}

Result<void> BodyPlan::append_json_text(const EventVariables& variables, std::string& out, const Limits& limits) const {
  std::string text;
  FLEETHOOK_CHECK(content_.append(variables, text, limits.rendered_body_bytes_max));
  if (!is_valid_utf8(text)) text = repair_utf8(text);
  if (!defaults_.none()) splice_defaults(variables.event(), text, limits);
  out += text;
  return within(limits.rendered_body_bytes_max, out);
}

}  // namespace fleethook::core
