#include "delivery/tokens.h"

#include <algorithm>
#include <utility>

#include "delivery/attempt.h"
#include "http/serialize.h"

namespace fleethook::delivery {
namespace {

// No endpoint has more to say.
class NoMoreRoom final : public http::AnswerRoom {
 public:
  bool has_room_for(std::size_t /*bytes*/) override { return false; }
};
NoMoreRoom no_more_room;

metrics::Counter& counter(metrics::Registry& registry, const char* result) {
  return registry.counter("fleethook_oauth2_token_requests_total",
                          "Requests to token endpoints of OAuth 2, by what came of them: token or failed",
                          {{"result", result}});
}

TokenOutcome failure(core::AttemptResult result, core::ErrorClass error_class, std::string error, bool ours = false) {
  return {nullptr, std::make_shared<const TokenFailure>(TokenFailure{result, error_class, std::move(error), ours})};
}

std::string no_token_from(const std::string& host, std::string_view why) {
  return "the token endpoint " + host + " gave no token: " + std::string(why);
}

core::ErrorClass class_of(http::ConnectFault fault) {
  switch (fault) {
    case http::ConnectFault::kTimedOut:
      return core::ErrorClass::kTimeout;
    case http::ConnectFault::kUnknownHost:
      return core::ErrorClass::kDns;
    case http::ConnectFault::kTls:
      return core::ErrorClass::kTls;
    case http::ConnectFault::kForbidden:
      return core::ErrorClass::kEgress;
    case http::ConnectFault::kNoFile:
      return core::ErrorClass::kLocal;
    case http::ConnectFault::kRefused:
    case http::ConnectFault::kNone:
      break;
  }
  return core::ErrorClass::kConnect;
}

core::ErrorClass class_of(http::ExchangeFault fault) {
  switch (fault) {
    case http::ExchangeFault::kTimedOut:
      return core::ErrorClass::kTimeout;
    case http::ExchangeFault::kBadResponse:
      return core::ErrorClass::kProtocol;
    case http::ExchangeFault::kReset:
    case http::ExchangeFault::kStale:
    case http::ExchangeFault::kNone:
      break;
  }
  return core::ErrorClass::kReset;
}

}  // namespace

Tokens::Tokens(Loop& loop,
               http::Transport& transport,
               const Limits& limits,
               metrics::Registry& registry,
               std::shared_ptr<TokenCache> cache)
    : loop_(loop),
      transport_(transport),
      limits_(limits),
      fetched_(counter(registry, "token")),
      refused_(counter(registry, "failed")),
      cache_(cache != nullptr ? std::move(cache) : std::make_shared<TokenCache>(limits.oauth2_tokens_max)),
      self_(std::make_shared<Tokens*>(this)) {}

// Those of other loops who wait for a fetch of this one are told, and ask again.
Tokens::~Tokens() {
  cache_->leave(*this);
  for (const auto& [key, fetch] : fetches_) {
    cache_->settle(key,
                   failure(core::AttemptResult::kFailed, core::ErrorClass::kLocal, "the server is stopping",
                           /*ours=*/true),
                   loop_.clock().steady());
  }
  for (const auto& [key, clients] : waiting_) {
    for (const Waiting& one : clients) loop_.cancel(one.timer);
  }
}

TokenOutcome Tokens::ask(const core::TokenGrant& grant, const std::string& secret, Deadline deadline, Client& client) {
  const core::TokenKey key = grant.key(secret);
  const TokenCache::Answer answer = cache_->ask(key, loop_.clock().steady(), *this);
  const bool waits = answer.outcome.token == nullptr && answer.outcome.failure == nullptr;
  if (waits) {
    Waiting one{&client};
    if (const auto when = deadline.when())
      one.timer = loop_.schedule(*when, [this, key, &client, host = grant.url.host] { late(key, client, host); });
    waiting_[key].push_back(one);
  }
  if (answer.fetch) fetch(key, grant, secret);
  return answer.outcome;
}

void Tokens::refused(const core::TokenGrant& grant, const std::string& secret, const TokenPtr& token) {
  cache_->refused(grant.key(secret), token);
}

void Tokens::forget(Client& client) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    std::erase_if(at->second, [&](const Waiting& one) {
      if (one.client != &client) return false;
      loop_.cancel(one.timer);
      return true;
    });
    at = at->second.empty() ? waiting_.erase(at) : std::next(at);
  }
}

void Tokens::late(const core::TokenKey& key, Client& client, const std::string& host) {
  std::deque<Waiting>& clients = waiting_[key];
  std::erase_if(clients, [&](const Waiting& one) { return one.client == &client; });
  if (clients.empty()) waiting_.erase(key);
  client.token_came(failure(core::AttemptResult::kFailed, core::ErrorClass::kTimeout,
                            no_token_from(host, "it has not answered in time")));
}

void Tokens::settled(const core::TokenKey& key, const TokenOutcome& outcome) {
  loop_.post([weak = std::weak_ptr<Tokens*>(self_), key, outcome] {
    if (const auto self = weak.lock()) (*self)->tell(key, outcome);
  });
}

// Those who begin to wait meanwhile wait for the next one.
void Tokens::tell(const core::TokenKey& key, const TokenOutcome& outcome) {
  const auto found = waiting_.find(key);
  std::size_t left = found == waiting_.end() ? 0 : found->second.size();
  for (; left > 0; --left) {
    const auto clients = waiting_.find(key);  // whoever is told may make others forget
    if (clients == waiting_.end()) return;
    const Waiting one = clients->second.front();
    clients->second.pop_front();
    if (clients->second.empty()) waiting_.erase(clients);
    loop_.cancel(one.timer);
    one.client->token_came(outcome);
  }
}

void Tokens::fetch(const core::TokenKey& key, const core::TokenGrant& grant, const std::string& secret) {
  auto fetch = std::make_unique<Fetch>();
  fetch->host = grant.url.host;
  fetch->request = grant.request(secret);
  fetch->deadline = Deadline::at(loop_.clock().steady() + limits_.delivery_time_max);
  const Deadline deadline = fetch->deadline;
  fetches_[key] = std::move(fetch);
  transport_.connect({grant.url.host, grant.url.port, grant.url.tls, !grant.url.tls || grant.verify_certificate},
                     deadline, [weak = std::weak_ptr<Tokens*>(self_), key](http::ConnectResult result) {
                       if (const auto self = weak.lock()) (*self)->connected(key, std::move(result));
                     });
}

void Tokens::connected(const core::TokenKey& key, http::ConnectResult result) {
  const auto found = fetches_.find(key);
  if (found == fetches_.end()) return;
  if (result.fault == http::ConnectFault::kNoFile) {
    // Ours: the endpoint was not asked. Whoever waits comes again.
    return end(key,
               failure(core::AttemptResult::kFailed, core::ErrorClass::kLocal,
                       no_token_from(found->second->host, result.message), /*ours=*/true),
               loop_.clock().steady());
  }
  if (result.fault != http::ConnectFault::kNone) {
    const bool is_forbidden = result.fault == http::ConnectFault::kForbidden;
    return failed(key, is_forbidden ? core::AttemptResult::kForbidden : core::AttemptResult::kFailed,
                  class_of(result.fault), result.message.empty() ? "cannot connect" : result.message,
                  limits_.oauth2_pause);
  }
  Fetch& fetch = *found->second;
  const core::OutgoingRequest request = std::exchange(fetch.request, {});
  std::string bytes;
  http::append_request(request.method, request.url.target, request.url.host_header(), request.headers, request.body,
                       bytes);
  fetch.connection = std::make_unique<http::ClientConnection>(std::move(result.stream), loop_, limits_);
  fetch.connection->exchange(
      std::move(bytes), false, fetch.deadline, [this, key](const http::ExchangeResult& came) { exchanged(key, came); },
      &no_more_room);
}

void Tokens::exchanged(const core::TokenKey& key, const http::ExchangeResult& result) {
  if (result.fault == http::ExchangeFault::kNone) return answered(key, result);
  const bool is_late = result.fault == http::ExchangeFault::kTimedOut;
  const std::string why = is_late ? "ESOCKETTIMEDOUT" : result.message.empty() ? "read ECONNRESET" : result.message;
  failed(key, core::AttemptResult::kFailed, class_of(result.fault), why, limits_.oauth2_pause);
}

void Tokens::answered(const core::TokenKey& key, const http::ExchangeResult& result) {
  const int status = result.response.status;
  const auto issued = result.truncated ? Result<core::IssuedToken>(Error{Fault::kTooLarge, "its answer is too long"})
                                       : core::read_token(status, result.response.body, limits_);
  if (!issued.ok()) {
    Duration pause = limits_.oauth2_pause;
    const std::string_view after = result.response.headers.get("Retry-After");
    if (const auto asked = after.empty() ? std::nullopt : parse_retry_after(after, loop_.clock().now()))
      pause = std::clamp(*asked, limits_.oauth2_pause, limits_.oauth2_pause_max);
    const core::ErrorClass of_status = core::error_class_of_status(status);
    return failed(key, core::AttemptResult::kFailed,
                  of_status == core::ErrorClass::kNone ? core::ErrorClass::kProtocol : of_status,
                  issued.error().message, pause);
  }
  auto token = std::make_shared<Token>();
  token->text = issued->text;
  token->at = loop_.clock().steady();
  // Until half of that time is left others go on with this one, and nobody waits.
  const Duration lifetime = issued->lifetime;
  const Duration before = std::min<Duration>(limits_.oauth2_renewed_before, lifetime / 4);
  token->renewed_at = token->at + lifetime - before;
  token->ends_at = token->at + lifetime - before / 2;
  fetched_.add();
  end(key, {std::move(token), nullptr}, Steady());
}

void Tokens::failed(const core::TokenKey& key,
                    core::AttemptResult result,
                    core::ErrorClass error_class,
                    std::string_view why,
                    Duration pause) {
  refused_.add();
  const std::string error = no_token_from(fetches_.at(key)->host, why);
  end(key, failure(result, error_class, error), loop_.clock().steady() + pause);
}

void Tokens::end(const core::TokenKey& key, const TokenOutcome& outcome, Steady paused_until) {
  const auto fetch = std::move(fetches_.extract(key).mapped());  // whose callback this may be in
  cache_->settle(key, outcome, paused_until);
}

}  // namespace fleethook::delivery
