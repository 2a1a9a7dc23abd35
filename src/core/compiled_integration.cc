#include "core/compiled_integration.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/body_plan.h"
#include "core/credentials.h"
#include "core/event_variables.h"
#include "core/header_plan.h"
#include "core/integration_check.h"
#include "core/mask.h"
#include "core/oauth2.h"
#include "core/response_plan.h"
#include "core/signature.h"
#include "core/url_plan.h"

namespace fleethook::core {
namespace {

void append_query(std::string_view query, std::string& target) {
  if (query.empty()) return;
  const bool has_query = target.find('?') != std::string::npos;
  const bool needs_joint = !has_query || (target.back() != '?' && target.back() != '&');
  if (needs_joint) target += has_query ? '&' : '?';
  target += query;
}

// A budget that was given, or one of its own.
class Work {
 public:
  Work(WorkBudget* given, WorkBudget own) : own_(own), used_(given != nullptr ? *given : own_) {}
  Work(const Work&) = delete;
  WorkBudget& operator*() { return used_; }
  WorkBudget* operator->() { return &used_; }

 private:
  WorkBudget own_;
  WorkBudget& used_;
};

// Rendering for people; `values` themselves when there is nothing to hide.
class Masked {
 public:
  explicit Masked(const NamedValues& values) : values_(values) {
    if (values.secrets.empty()) return;
    masks_ = with_masks(values);
    hidden_ = and_masks(values);
  }
  const NamedValues& values() const { return masks_ ? *masks_ : values_; }
  // For mask().
  const NamedValues& hidden() const { return masks_ ? hidden_ : values_; }

 private:
  const NamedValues& values_;
  std::optional<NamedValues> masks_;
  NamedValues hidden_;
};

}  // namespace

std::string lane_owner(const Integration& integration) {
  return integration.organization.is_none() ? "u:" + integration.user.str() : "o:" + integration.organization.str();
}

struct CompiledIntegration::Impl {
  Limits limits;
  DeliveryPolicy policy = DeliveryPolicy::kDurable;
  bool verify_certificate = true;
  DeliverySettings delivery;
  std::string method;
  std::string user;  // owner of a sandbox or product
  DefinedNames defined;
  NeededNames needs;
  std::vector<std::string> credentials;
  std::vector<std::string> signing;  // names of secrets
  std::optional<TokenGrant> tokens;
  UrlPlan url;
  BodyPlan body;
  HeaderPlan headers;
  ResponsePlan response;

  EventVariables variables(const Event& event, const NamedValues& values, WorkBudget& work) const {
    return {event, defined, values, user, limits, work};
  }
  Result<void> add_query(const EventVariables& of, http::Url& to) const;
};

Result<void> CompiledIntegration::Impl::add_query(const EventVariables& of, http::Url& to) const {
  if (!body.query().empty()) {
    std::string query;
    query.reserve(128);
    FLEETHOOK_CHECK(body.query().append(of, query, limits.url_bytes_max));
    append_query(query, to.target);
  }
  if (to.target.size() + to.host.size() > limits.url_bytes_max) {
    return Error{Fault::kTooLarge, "the rendered URL is over " + std::to_string(limits.url_bytes_max) + " bytes"};
  }
  return {};
}

CompiledIntegration::CompiledIntegration(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
CompiledIntegration::~CompiledIntegration() = default;

Result<std::shared_ptr<const CompiledIntegration>> CompiledIntegration::compile(const Integration& integration,
                                                                                const Limits& limits) {
  const IntegrationConfig& config = integration.config;
  auto impl = std::make_unique<Impl>();
  impl->limits = limits;
  impl->policy = config.policy;
  impl->verify_certificate = config.reject_unauthorized;
  impl->delivery = config.delivery;
  impl->method = to_text(config.request_type);
  if (!integration.user.is_none()) impl->user = integration.user.str();
  impl->defined = defined_names(config);
  impl->needs.secrets = secrets_in_requests(config);
  impl->signing = config.signing;
  impl->credentials = literal_credential_texts(config);
  for (VariableUse& use : variables_used(config)) impl->needs.variables.push_back(std::move(use.name));
  if (config.auth && config.auth->oauth2) {
    FLEETHOOK_TRY(impl->tokens,
                  TokenGrant::make(*config.auth->oauth2, lane_owner(integration), config.reject_unauthorized));
  }
  FLEETHOOK_TRY(impl->url, UrlPlan::compile(config.url, lane_owner(integration), limits));
  FLEETHOOK_TRY(impl->body, BodyPlan::compile(config, limits));
  FLEETHOOK_TRY(impl->headers, HeaderPlan::compile(config, impl->body.content_type(), impl->body.accept(), limits));
  FLEETHOOK_TRY(impl->response, ResponsePlan::compile(config, integration.scope, limits));
  return std::shared_ptr<const CompiledIntegration>(new CompiledIntegration(std::move(impl)));
}

const NeededNames& CompiledIntegration::needs() const {
  return impl_->needs;
}

Result<void> CompiledIntegration::check_keys(const NamedValues& values) const {
  return core::check_keys(impl_->signing, values);
}

const TokenGrant* CompiledIntegration::token_grant() const {
  return impl_->tokens ? &*impl_->tokens : nullptr;
}

const std::vector<std::string>& CompiledIntegration::credentials() const {
  return impl_->credentials;
}

Result<LanePtr> CompiledIntegration::lane(const Event& event, const NamedValues& values, WorkBudget* work) const {
  Work of(work, WorkBudget(impl_->limits));
  return impl_->url.lane(impl_->variables(event, values, *of), impl_->limits);
}

const LanePtr& CompiledIntegration::constant_lane() const {
  return impl_->url.constant_lane();
}

Result<OutgoingRequest> CompiledIntegration::build(const Event& event, const DeliveryFacts& facts) const {
  const Impl& impl = *impl_;
  const NamedValues& values = facts.values != nullptr ? *facts.values : NamedValues::none();
  Work work(facts.work, WorkBudget(impl.limits));
  const EventVariables variables(event, impl.defined, values, facts.product_owner, impl.limits, *work);
  OutgoingRequest request;
  FLEETHOOK_TRY(request.url,
                has_masks(values) ? impl.url.shown(variables, impl.limits) : impl.url.url(variables, impl.limits));
  FLEETHOOK_CHECK(impl.add_query(variables, request.url));
  FLEETHOOK_TRY(request.headers,
                impl.headers.headers(variables, facts, request.url.user, request.url.password, impl.limits));
  // They are in the headers now; nobody needs them in a log.
  request.url.user.clear();
  request.url.password.clear();
  request.method = impl.method;
  FLEETHOOK_CHECK(impl.body.append(variables, request.body, impl.limits));
  if (work->is_over()) return work->error();
  if (impl.tokens && has_masks(values)) put_token(kMask, request);
  if (!impl.signing.empty()) FLEETHOOK_CHECK(sign(impl.signing, values, request));
  return request;
}

Event CompiledIntegration::sent_event(const Event& cause, Instant now, const NamedValues& values) const {
  std::string name = "hook-sent/" + cause.name;
  mask(name, values);
  return ResponsePlan::made_by(cause, std::move(name), "undefined", now);
}

std::vector<Event> CompiledIntegration::response_events(
    const Event& cause, const Reply& reply, Instant now, const NamedValues& values, WorkBudget* work) const {
  Work of(work, WorkBudget::for_people(impl_->limits));
  const Masked masked(values);
  return impl_->response.responses(cause, impl_->variables(cause, masked.values(), *of), masked.hidden(), reply, now,
                                   impl_->limits);
}

std::vector<Event> CompiledIntegration::error_events(
    const Event& cause, std::string_view message, Instant now, const NamedValues& values, WorkBudget* work) const {
  Work of(work, WorkBudget::for_people(impl_->limits));
  const Masked masked(values);
  return impl_->response.errors(cause, impl_->variables(cause, masked.values(), *of), masked.hidden(), message, now,
                                impl_->limits);
}

DeliveryPolicy CompiledIntegration::policy() const {
  return impl_->policy;
}
bool CompiledIntegration::verify_certificate() const {
  return impl_->verify_certificate;
}
const DeliverySettings& CompiledIntegration::delivery() const {
  return impl_->delivery;
}
const Limits& CompiledIntegration::limits() const {
  return impl_->limits;
}

DeliveryId delivery_id(const EventId& event, const IntegrationId& integration) {
  std::array<char, sizeof event.bytes + sizeof integration.bytes> both;
  auto at = std::copy(event.bytes.begin(), event.bytes.end(), both.begin());
  std::copy(integration.bytes.begin(), integration.bytes.end(), at);
  const crypto::Digest hash = crypto::digest({both.data(), both.size()});

  constexpr std::size_t kTime = 6;  // bytes of milliseconds
  DeliveryId id;
  std::copy_n(event.bytes.begin(), kTime, id.bytes.begin());
  std::copy_n(hash.begin(), id.bytes.size() - kTime, id.bytes.begin() + kTime);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x70);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace fleethook::core
