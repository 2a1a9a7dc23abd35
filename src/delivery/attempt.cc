#include "delivery/attempt.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "core/hops.h"
#include "core/mask.h"
#include "core/oauth2.h"
#include "core/secret_hosts.h"
#include "delivery/context.h"
#include "delivery/redirect.h"
#include "http/serialize.h"
#include "store/named_values.h"

namespace fleethook::delivery {

Target::Target(core::LaneKey lane_key) : key(std::move(lane_key)) {
  http::Url url;
  url.tls = key.tls;
  url.host = key.host;
  url.port = key.port;
  host_header = url.host_header();
}

bool Attempt::start(Delivery delivery) {
  delivery_ = std::move(delivery);
  report_ = {};
  hides_host_.reset();
  hops_ = 0;
  visited_.clear();
  token_.reset();
  const Clock& clock = context_.outside.loop.clock();
  report_.started_at = clock.now();
  started_ = clock.steady();
  if (!build()) return false;
  deadline_ = Deadline::at(started_ + compiled_->timeout());
  asked_ = true;  // by whoever starts it
  if (compiled_->token_grant() != nullptr) {
    const TokenOutcome outcome = ask_for_token();
    if (outcome.failure != nullptr) {
      close_report(outcome.failure->result, outcome.failure->error_class, outcome.failure->error);
      return false;
    }
    if (outcome.token != nullptr) take_token(outcome.token);
  }
  if (auto inside = context_.gate.enter()) inside_.emplace(*std::move(inside));
  FLEETHOOK_ASSERT(inside_);  // nothing is started once stopping
  if (compiled_->token_grant() == nullptr || token_ != nullptr) go();
  return true;
}

TokenOutcome Attempt::ask_for_token() {
  const core::TokenGrant& grant = *compiled_->token_grant();
  const std::string* secret = values_.secret(grant.settings.client_secret);
  FLEETHOOK_ASSERT(secret != nullptr);  // else no request could be made
  const TokenOutcome outcome = context_.tokens.ask(grant, *secret, deadline_, *this);
  if (outcome.token == nullptr) asked_ = false;  // it may have to wait
  return outcome;
}

void Attempt::token_came(const TokenOutcome& outcome) {
  if (outcome.failure == nullptr) {
    take_token(outcome.token);
    return go();
  }
  const TokenFailure& failure = *outcome.failure;
  if (failure.ours && !report_.sent) return call_off();
  end(failure.result, failure.error_class, failure.error);
}

void Attempt::take_token(const TokenPtr& token) {
  token_ = token;
  core::put_token(token->text, request_);
  values_.credentials.push_back(token->text);  // hidden in what comes back
}

// Once: a token that came after the attempt began is no older than any other would be. Within the attempt, since a
// token that ran out or was called back says nothing of the receiver: it costs no delay, no attempt of a fixed number,
// and nothing of the breaker's patience.
bool Attempt::try_another_token() {
  if (token_ == nullptr || token_->at >= started_ || !current().headers.has("Authorization")) return false;
  const core::TokenGrant& grant = *compiled_->token_grant();
  context_.tokens.refused(grant, *values_.secret(grant.settings.client_secret), token_);
  note("401: its token was thrown away, and another one asked for");
  token_.reset();
  hops_ = 0;
  visited_.clear();
  report_.outcome.status = 0;
  report_.response = {};
  report_.truncated = false;
  const TokenOutcome outcome = ask_for_token();
  if (outcome.token != nullptr || outcome.failure != nullptr) token_came(outcome);
  return true;
}

void Attempt::go() {
  const http::Url& url = current().url;
  on_target_ = target_.is_of(url);
  verify_ = !url.tls || compiled_->verify_certificate();
  if (on_target_) connection_ = pool_.lease(verify_);
  if (connection_ == nullptr) {
    connect();
  } else {
    exchange();
  }
}

Result<void> Attempt::redirect() {
  const Limits& limits = context_.outside.limits;
  const auto refused = [](std::string why) { return Error{Fault::kInvalid, std::move(why)}; };
  if (compiled_->redirects() == core::Redirects::kError)
    return refused("it redirects, which this integration takes for an error");
  if (hops_ == limits.redirects_max) return refused("it redirects more than " + std::to_string(hops_) + " times");
  FLEETHOOK_TRY(Redirected next, follow(current(), report_.response, values_, limits.url_bytes_max));
  // Also without the headers and the body that stay at home: what is told to one host is not asked for at another.
  if (const auto* kept = core::kept_from(values_, next.request)) {
    return Error{Fault::kForbidden, "it redirects, and " + core::not_sent_to(*kept, next.request.url.host)};
  }
  const auto exact = [](const core::OutgoingRequest& request) { return request.method + " " + request.url.str(); };
  visited_.push_back(exact(current()));
  const std::string to = exact(next.request);
  if (std::find(visited_.begin(), visited_.end(), to) != visited_.end()) return refused("it redirects in a circle");
  std::string text = std::to_string(report_.outcome.status) + " to " + place(next.request);
  for (const std::string& name : next.withheld) text += (&name == &next.withheld.front() ? ", without " : ", ") + name;
  note(std::move(text));
  context_.meters.redirected();
  hop_ = std::move(next.request);
  ++hops_;
  // What comes last counts: an answer, or that there is none.
  report_.outcome.status = 0;
  report_.response = {};
  report_.truncated = false;
  go();
  return {};
}

// Nothing that fails here can be changed by waiting.
bool Attempt::build() {
  compiled_ = delivery_.integration->compiled();
  values_ = {};
  if (compiled_ == nullptr) {
    request_ = {};
    close_report(core::AttemptResult::kImpossible, core::ErrorClass::kLocal,
                 "the stored configuration of the integration cannot be read");
    return false;
  }
  core::DeliveryFacts facts = this->facts();
  if (!compiled_->needs().empty() || !compiled_->credentials().empty() || compiled_->token_grant() != nullptr) {
    // As they are now: a retry uses what was changed since the last attempt.
    values_ = store::named_values(*context_.outside.store.catalog(), *delivery_.integration, *compiled_,
                                  delivery_.event->product, report_.started_at);
    facts.values = &values_;
  }
  if (!values_.refusal.empty()) {
    request_ = {};
    close_report(core::AttemptResult::kImpossible, core::ErrorClass::kTemplate, values_.refusal);
    return false;
  }
  core::WorkBudget work(compiled_->limits());
  facts.work = &work;
  auto request = compiled_->build(*delivery_.event, facts);
  context_.turns.built(*delivery_.integration, work);
  if (!request) {
    request_ = {};
    close_report(core::AttemptResult::kImpossible, core::ErrorClass::kTemplate, std::move(request).error().message);
    return false;
  }
  request_ = *std::move(request);
  if (const auto* kept = core::kept_from(values_, request_)) {
    std::string why = core::not_sent_to(*kept, host());
    request_ = {};
    close_report(core::AttemptResult::kImpossible, core::ErrorClass::kTemplate, std::move(why));
    return false;
  }
  return true;
}

core::DeliveryFacts Attempt::facts() const {
  core::DeliveryFacts facts;
  facts.delivery = core::delivery_id(delivery_.event->id, delivery_.integration->id);
  facts.attempt = number();
  facts.now = report_.started_at;
  facts.product_owner = context_.owners.of(delivery_.event->product);
  return facts;
}

Result<core::OutgoingRequest> Attempt::shown_request() const {
  const core::NamedValues masks = core::with_masks(values_);
  core::DeliveryFacts with = facts();
  with.values = &masks;
  core::WorkBudget work = context_.turns.for_people(*delivery_.integration);
  with.work = &work;
  auto request = compiled_->build(*delivery_.event, with);
  context_.turns.built(*delivery_.integration, work);
  return request;
}

bool Attempt::hidden_host(const http::Url& url) const {
  if (values_.secrets.empty() || compiled_->constant_lane() != nullptr || url.host != request_.url.host) return false;
  if (!hides_host_) {
    const auto shown = shown_request();
    hides_host_ = !shown.ok() || shown->url.host != url.host;
  }
  return *hides_host_;
}

std::string Attempt::host() const {
  return hidden_host(current().url) ? std::string(core::kMask) : current().url.host;
}

std::string Attempt::destination_for_people() const {
  return request_.url.host.empty() ? std::string() : origin_for_people(request_.url);
}

std::string Attempt::origin_for_people(const http::Url& url) const {
  return hidden_host(url) ? std::string(core::kMask) : (url.tls ? "https://" : "http://") + url.host_header();
}

std::string Attempt::place(const core::OutgoingRequest& request) const {
  return request.method + " " + origin_for_people(request.url) + request.url.target;
}

http::Destination Attempt::destination() const {
  const http::Url& url = current().url;
  return {url.host, url.port, url.tls, verify_};
}

void Attempt::connect() {
  asked_ = false;
  connecting_ = pool_.connect(destination(), deadline_, *this);
}

void Attempt::connected(ConnectionPtr connection) {
  connecting_ = 0;
  connection_ = std::move(connection);
  exchange();
}

void Attempt::not_connected(http::ConnectFault fault, std::string message) {
  connecting_ = 0;
  // These name the host, and its addresses.
  if (fault != http::ConnectFault::kTimedOut && hidden_host(current().url)) {
    const bool is_forbidden = fault == http::ConnectFault::kForbidden;
    message = is_forbidden ? "connections to " : "cannot connect to ";
    message.append(core::kMask).append(is_forbidden ? " are not allowed" : "");
  }
  switch (fault) {
    case http::ConnectFault::kTimedOut:
      return end(core::AttemptResult::kFailed, core::ErrorClass::kTimeout, "ETIMEDOUT");
    case http::ConnectFault::kNoFile:
      // It is ours, and says nothing of the receiver: this was no attempt.
      if (!report_.sent) return call_off();
      return end(core::AttemptResult::kFailed, core::ErrorClass::kLocal, std::move(message));
    case http::ConnectFault::kForbidden:
      return end(core::AttemptResult::kForbidden, core::ErrorClass::kEgress, std::move(message));
    case http::ConnectFault::kUnknownHost:
    case http::ConnectFault::kTls:
    case http::ConnectFault::kRefused:
    case http::ConnectFault::kNone:
      break;
  }
  const core::ErrorClass error = fault == http::ConnectFault::kUnknownHost ? core::ErrorClass::kDns
                                 : fault == http::ConnectFault::kTls       ? core::ErrorClass::kTls
                                                                           : core::ErrorClass::kConnect;
  end(core::AttemptResult::kFailed, error, message.empty() ? "cannot connect" : std::move(message));
}

void Attempt::exchange() {
  if (!std::exchange(asked_, false) && !owner_.may_go(delivery_)) return call_off();
  if (!report_.sent) {
    report_.sent = true;
    context_.reporter.sent(*this);
  }
  const core::OutgoingRequest& request = current();
  std::string bytes;
  bytes.reserve(request.body.size() + request.url.target.size() + 512);
  http::append_request(request.method, request.url.target, on_target_ ? target_.host_header : request.url.host_header(),
                       request.headers, request.body, bytes);
  connection_->exchange(
      std::move(bytes), false, deadline_, [this](http::ExchangeResult result) { exchanged(std::move(result)); }, this);
}

// Receivers decide how long their answers are; we, how much of them is kept. What is logged is a beginning, with as
// much behind it as a secret across the cut may take. More than that is for people who listen, and comes out of what
// all answers share.
bool Attempt::has_room_for(std::size_t bytes) {
  const Limits& limits = context_.outside.limits;
  const bool somebody_reads = owner_.reads_answer() || context_.reporter.wanted();
  if (!somebody_reads && bytes > limits.answer_logged_bytes_max) return false;
  Shares* const all = context_.outside.kept_answers;
  if (all == nullptr) return true;
  if (answer_room_.amount() == 0) answer_room_ = all->hold(target_.key.owner);
  if (answer_room_.grow_to(bytes) == Shares::Taken::kYes) return true;
  context_.meters.answer_cut();
  return false;
}

void Attempt::forget_answer() {
  report_.response = {};
  answer_room_.clear();
}

void Attempt::exchanged(http::ExchangeResult result) {
  const bool was_kept = connection_->exchanges() > 0;
  release(result.fault == http::ExchangeFault::kNone && result.reusable && on_target_);
  switch (result.fault) {
    case http::ExchangeFault::kNone: {
      report_.outcome.status = result.response.status;
      report_.truncated = result.truncated;
      if (!result.remark.empty()) {
        context_.meters.remarked();
        note(std::move(result.remark));
      }
      report_.response = std::move(result.response);
      const int status = report_.outcome.status;
      const core::ErrorClass error_class = core::error_class_of_status(status);
      if (error_class == core::ErrorClass::kNone) return end(core::AttemptResult::kAnswered, error_class, {});
      if (status == 401 && try_another_token()) return;
      std::string error = "error status " + std::to_string(status) + " from " + host();
      report_.loop_cut = status == core::kLoopStatus && report_.response.headers.has(core::kHopsHeader);
      if (report_.loop_cut) error.append(": a loop was cut; what this webhook publishes leads to what fires it");
      if (is_redirect(status)) {
        const auto redirected = redirect();
        if (redirected.ok()) return;
        error.append(": ").append(redirected.error().message);
        // What must not be sent there now must not be sent there later.
        if (redirected.error().fault == Fault::kForbidden)
          return end(core::AttemptResult::kImpossible, error_class, std::move(error));
      }
      return end(core::AttemptResult::kAnswered, error_class, std::move(error));
    }
    case http::ExchangeFault::kStale:
      // The request cannot have been answered, and a new connection cannot be stale: this repeats once.
      if (was_kept) return connect();
      return end(core::AttemptResult::kFailed, core::ErrorClass::kReset, "read ECONNRESET");
    case http::ExchangeFault::kTimedOut:
      return end(core::AttemptResult::kFailed, core::ErrorClass::kTimeout, "ESOCKETTIMEDOUT");
    case http::ExchangeFault::kReset:
    case http::ExchangeFault::kBadResponse:
      break;
  }
  const bool is_reset = result.fault == http::ExchangeFault::kReset;
  end(core::AttemptResult::kFailed, is_reset ? core::ErrorClass::kReset : core::ErrorClass::kProtocol,
      result.message.empty() ? "read ECONNRESET" : std::move(result.message));
}

void Attempt::note(std::string text) {
  core::mask(text, values_);
  report_.notes.push_back(std::move(text));
}

void Attempt::release(bool reusable) {
  if (reusable) {
    pool_.give_back(std::move(connection_), verify_);
  } else {
    pool_.drop(std::move(connection_));
  }
}

void Attempt::end(core::AttemptResult result, core::ErrorClass error_class, std::string error) {
  close_report(result, error_class, std::move(error));
  if (is_long(report_.response) && !context_.turns.may_build(target_.key.owner))
    return context_.turns.wait(target_.key.owner, *this);
  conclude();
}

void Attempt::conclude() {
  // Paid for afterwards: who owes a lot is not shown what is left out of it.
  Turns& turns = context_.turns;
  const std::size_t looked_through = is_long(report_.response) ? report_.response.body.size() : 0;
  const std::string payer = looked_through != 0 ? target_.key.owner : std::string();
  // The gate must not be empty before the owner has kept what came of it.
  const std::optional<Gate::Entry> inside(std::move(inside_));
  inside_.reset();
  owner_.attempt_ended(*this);  // may start this attempt again, or destroy it
  if (looked_through != 0) turns.looked_through(payer, looked_through);
}

// More than is kept where nobody listens.
bool Attempt::is_long(const http::Response& response) const {
  return response.body.size() > context_.outside.limits.answer_logged_bytes_max;
}

// A connection that was made for it is not kept: nobody knows yet how long it may idle.
void Attempt::call_off() {
  if (connection_) pool_.drop(std::move(connection_));
  const std::optional<Gate::Entry> inside(std::move(inside_));
  inside_.reset();
  owner_.attempt_called_off(*this);
}

void Attempt::close_report(core::AttemptResult result, core::ErrorClass error_class, std::string error) {
  const Clock& clock = context_.outside.loop.clock();
  report_.outcome.result = result;
  report_.error_class = error_class;
  report_.error = std::move(error);
  if (report_.error.empty() && report_.outcome.status / 100 != 2) report_.error = "no answer";
  core::mask(report_.error, values_);
  report_.ended_at = clock.now();
  report_.took = clock.steady() - started_;
  const int status = report_.outcome.status;
  if (status != 429 && status != 503) return;
  if (const auto value = report_.response.headers.get("Retry-After"); value.data() != nullptr) {
    report_.outcome.retry_after = parse_retry_after(value, report_.ended_at);
  }
}

void Attempt::cut() {
  context_.turns.forget(*this);
  if (token_ == nullptr && compiled_ != nullptr && compiled_->token_grant() != nullptr) context_.tokens.forget(*this);
  if (connecting_ != 0) pool_.cancel(std::exchange(connecting_, 0));
  if (connection_ != nullptr) pool_.drop(std::move(connection_));
  inside_.reset();
}

}  // namespace fleethook::delivery
