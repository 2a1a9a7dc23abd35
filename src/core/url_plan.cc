#include "core/url_plan.h"

#include <utility>

#include "core/event_variables.h"
#include "core/url_shape.h"

namespace fleethook::core {

Result<UrlPlan> UrlPlan::compile(const std::string& url, std::string owner, const Limits& limits) {
  UrlPlan plan;
  plan.owner_ = std::move(owner);
  FLEETHOOK_TRY(plan.template_, compile_for_events(url, limits));
  FLEETHOOK_TRY(const UrlShape shape, url_shape(url));
  if (shape == UrlShape::kConstant) {
    FLEETHOOK_TRY(plan.constant_, http::parse_url(url));
    plan.lane_ = plan.lane_of(*plan.constant_);
  } else if (shape == UrlShape::kConstantAuthority) {
    // The text before the first tag is a whole authority and the beginning of a path or query.
    FLEETHOOK_TRY(const auto head, http::parse_url(url.substr(0, url.find("{{"))));
    plan.lane_ = plan.lane_of(head);
  }
  return plan;
}

Result<http::Url> UrlPlan::url(const Variables& variables, const Limits& limits) const {
  if (constant_) return *constant_;
  std::string text;
  FLEETHOOK_CHECK(template_.render(variables, text, limits.url_bytes_max));
  auto parsed = http::parse_url(text);
  if (!parsed) return Error{parsed.error().fault, "the rendered URL cannot be used: " + parsed.error().message};
  return parsed;
}

Result<LaneKey> UrlPlan::lane(const Variables& variables, const Limits& limits) const {
  if (lane_) return *lane_;
  FLEETHOOK_TRY(const auto parsed, url(variables, limits));
  return lane_of(parsed);
}

}  // namespace fleethook::core
