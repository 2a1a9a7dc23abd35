#include "core/header_plan.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/hex.h"
#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/hops.h"
#include "core/signature.h"
#include "http/serialize.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kAuthorization = "Authorization";
constexpr std::string_view kAttempt = "fleethook-attempt";
// What these and an authorization need as a rule.
constexpr std::size_t kOurTextBytes = 176, kOurFields = 6;
constexpr std::size_t kSignatureTextBytes = 112;  // one of Ed25519, or two of HMAC

// A wrong one would let the receiver see another message than we sent, or let a loop go on.
bool is_always_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {
      "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te",
      "trailer",        "upgrade",           "expect",     kHopsHeader};
  return std::any_of(std::begin(kOurs), std::end(kOurs),
                     [&](std::string_view ours) { return ascii_iequals(ours, name); });
}

void add_number(http::Headers& headers, std::string_view name, std::int64_t number) {
  char text[20];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  headers.add(name, {text, static_cast<std::size_t>(end - text)});
}

Error too_long(const Limits& limits) {
  return Error{Fault::kTooLarge,
               "the rendered headers are over " + std::to_string(limits.rendered_headers_bytes_max) + " bytes"};
}

bool is_constant(const Template& text) {
  return text.constant() != nullptr;
}

}  // namespace

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string text(user);
  text.append(":").append(password);
  std::string header = "Basic ";
  append_base64(text, header);
  return header;
}

Result<HeaderPlan> HeaderPlan::compile(const IntegrationConfig& config,
                                       std::string_view content_type,
                                       std::string_view accept,
                                       const Limits& limits) {
  HeaderPlan plan;
  plan.signed_ = !config.signing.empty();
  plan.has_token_ = config.auth && config.auth->oauth2;
  for (const auto& [key, text] : config.headers) {
    FLEETHOOK_TRY(auto name, compile_for_events(key, limits));
    FLEETHOOK_TRY(auto value, compile_for_events(text.as_string(), limits));
    if (is_constant(name) && plan.is_ours(*name.constant())) continue;
    if (is_constant(name) && is_constant(value)) {
      plan.constant_.set(*name.constant(), *value.constant());
    } else {
      plan.rendered_.push_back({std::move(name), std::move(value)});
    }
  }
  if (config.auth && !config.auth->bearer.empty()) {
    FLEETHOOK_TRY(auto token, compile_for_events(config.auth->bearer, limits));
    if (!is_constant(token)) {
      plan.bearer_ = std::move(token);
    } else if (!plan.constant_.has(kAuthorization)) {
      plan.constant_.add(kAuthorization, "Bearer " + *token.constant());
    }
  } else if (config.auth && !plan.has_token_) {
    FLEETHOOK_TRY(auto user, compile_for_events(config.auth->username, limits));
    FLEETHOOK_TRY(auto password, compile_for_events(config.auth->password, limits));
    if (!is_constant(user) || !is_constant(password)) {
      plan.auth_ = Field{std::move(user), std::move(password)};
    } else if (!plan.constant_.has(kAuthorization)) {
      plan.constant_.add(kAuthorization, basic_authorization(*user.constant(), *password.constant()));
    }
  }
  plan.set_defaults(content_type, accept);
  return plan;
}

bool HeaderPlan::is_ours(std::string_view name) const {
  return is_always_ours(name) || (signed_ && is_signature_header(name)) ||
         (has_token_ && ascii_iequals(name, kAuthorization));
}

void HeaderPlan::set_defaults(std::string_view content_type, std::string_view accept) {
  const auto add = [this](std::string_view name, std::string_view value) {
    if (!value.empty() && !constant_.has(name)) constant_.add(name, value);
  };
  add("User-Agent", "Fleethook/" FLEETHOOK_VERSION);
  add("Accept", accept);
  add("Content-Type", content_type);
  add_id_ = !constant_.has(kIdHeader);
  add_timestamp_ = !constant_.has(kTimestampHeader);
  add_attempt_ = !constant_.has(kAttempt);
  text_bytes_ = kOurTextBytes;
  if (signed_) text_bytes_ += kSignatureTextBytes;
  for (std::size_t i = 0; i < constant_.size(); ++i)
    text_bytes_ += constant_.name_at(i).size() + constant_.value_at(i).size();
}

Result<http::Headers> HeaderPlan::headers(const EventVariables& variables,
                                          const DeliveryFacts& facts,
                                          std::string_view url_user,
                                          std::string_view url_password,
                                          const Limits& limits) const {
  http::Headers out;
  out.reserve(text_bytes_, constant_.size() + kOurFields + rendered_.size());
  out = constant_;  // which keeps the room
  if (add_id_) out.add(kIdHeader, facts.delivery.str());
  if (add_timestamp_) {
    add_number(out, kTimestampHeader, std::chrono::floor<std::chrono::seconds>(facts.now.time_since_epoch()).count());
  }
  if (add_attempt_) add_number(out, kAttempt, facts.attempt);
  add_number(out, kHopsHeader, next_hops(variables.event().hops));
  if (auth_) {
    std::string user, password;
    FLEETHOOK_CHECK(auth_->name.render(variables, user, limits.rendered_headers_bytes_max));
    FLEETHOOK_CHECK(auth_->value.render(variables, password, limits.rendered_headers_bytes_max));
    if (!out.has(kAuthorization)) out.add(kAuthorization, basic_authorization(user, password));
  } else if (bearer_) {
    std::string header = "Bearer ";
    FLEETHOOK_CHECK(bearer_->render(variables, header, limits.rendered_headers_bytes_max));
    if (!http::is_header_value(header)) {
      return Error{Fault::kInvalid, "the rendered value of auth.bearer has control characters"};
    }
    if (!out.has(kAuthorization)) out.add(kAuthorization, header);
  } else if (!has_token_ && (!url_user.empty() || !url_password.empty()) && !out.has(kAuthorization)) {
    out.add(kAuthorization, basic_authorization(url_user, url_password));
  }
  FLEETHOOK_CHECK(append_rendered(variables, limits, out));
  if (out.lines().size() > limits.rendered_headers_bytes_max) return too_long(limits);
  return out;
}

Result<void> HeaderPlan::append_rendered(const EventVariables& variables,
                                         const Limits& limits,
                                         http::Headers& out) const {
  if (rendered_.empty()) return {};
  std::string name, value;
  std::size_t bytes = 0;
  for (const Field& field : rendered_) {
    name.clear();
    value.clear();
    FLEETHOOK_CHECK(field.name.render(variables, name, limits.rendered_headers_bytes_max));
    FLEETHOOK_CHECK(field.value.render(variables, value, limits.rendered_headers_bytes_max));
    if (name.empty() || is_ours(name)) continue;
    if (!http::is_header_name(name)) {
      return Error{Fault::kInvalid,
                   "the rendered name of header '" + field.name.source() + "' is not a name of a header"};
    }
    if (!http::is_header_value(value)) {
      return Error{Fault::kInvalid,
                   "the rendered value of header '" + field.name.source() + "' has control characters"};
    }
    bytes += name.size() + value.size();
    if (bytes > limits.rendered_headers_bytes_max) return too_long(limits);
    out.set(name, value);
    if (out.size() > limits.rendered_headers_max) {
      return Error{Fault::kTooLarge,
                   "the request has more than " + std::to_string(limits.rendered_headers_max) + " headers"};
    }
  }
  return {};
}

}  // namespace fleethook::core
