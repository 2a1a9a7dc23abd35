// One version of an integration made ready to run: templates compiled once, everything constant prepared, so that a
// delivery costs one pass over its pieces. Builds the outgoing request and the events that answer it. Pure: no clock,
// no I/O.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/event.h"
#include "core/integration.h"
#include "core/lane_key.h"
#include "core/named_values.h"
#include "core/work_budget.h"
#include "http/message.h"
#include "http/url.h"

namespace fleethook::core {

// What goes out. `url` tells where; `headers` has everything but Host and Content-Length.
struct OutgoingRequest {
  http::Url url;
  std::string method;
  http::Headers headers;
  std::string body;
};

// What a receiver answered, as far as events need it.
struct Reply {
  int status = 0;
  std::string content_type;
  std::string body;
  bool truncated = false;
};

// Things of a delivery that are not in the event.
struct DeliveryFacts {
  DeliveryId delivery;
  std::uint32_t attempt = 1;            // 1 = the first
  Instant now{};                        // for webhook-timestamp
  std::string_view product_owner;       // PRODUCT_USER_ID in hex, "" = none
  const NamedValues* values = nullptr;  // of the needed names; nullptr = none
  WorkBudget* work = nullptr;           // what rendering may take; nullptr = a whole budget
};

// LaneKey::owner of its deliveries: one owner's never share a lane with another's.
std::string lane_owner(const Integration& integration);

struct TokenGrant;  // core/oauth2.h

// Immutable; safe from any thread. A `work` of nullptr is a budget of its own, as large as is meant for that.
class CompiledIntegration {
 public:
  // kInvalid names the field and the place in its template.
  static Result<std::shared_ptr<const CompiledIntegration>> compile(const Integration& integration,
                                                                    const Limits& limits = {});
  ~CompiledIntegration();

  // The names that its templates need values for: selected secrets, those behind parameters, and variables. Usually
  // none; then nobody has to look for any.
  const NeededNames& needs() const;
  // kInvalid: a secret that signs has no value, or no key in it; the message names the secret. build() says so too, if
  // the values are no masks.
  Result<void> check_keys(const NamedValues& values) const;
  // How the token is got that build() leaves out; nullptr: none is needed. Its secret is not among needs().
  const TokenGrant* token_grant() const;
  // Literal credentials of the configuration, for NamedValues::credentials.
  const std::vector<std::string>& credentials() const;

  // Where an event goes. For a constant host this is prepared; else the URL is rendered for the event.
  // kInvalid: the rendered URL is not a URL (such a delivery ends in error without a request). kTooLarge: `work` is
  // over, which says nothing about the URL.
  Result<LanePtr> lane(const Event& event,
                       const NamedValues& values = NamedValues::none(),
                       WorkBudget* work = nullptr) const;
  const LanePtr& constant_lane() const;  // null when the host depends on the event

  // Renders the request. kInvalid or kTooLarge: it cannot be sent, and no waiting changes that. Header values with
  // control characters are refused (injection). Headers added: User-Agent, Accept and Content-Type by format,
  // Authorization by auth or the URL's user, webhook-id, webhook-timestamp, fleethook-attempt, fleethook-hops, and with
  // signing webhook-signature; the integration's own win, but those that frame the message (Content-Length,
  // Transfer-Encoding, Connection, ...) are left out. The returned URL has no user and password. All templates together
  // take the steps of one budget (facts.work); over it, kTooLarge. With a token_grant() there is no Authorization,
  // which is for the caller to add; with values that are masks it has kMask for the token.
  Result<OutgoingRequest> build(const Event& event, const DeliveryFacts& facts) const;

  // Events for streams, secrets masked in their names and data (in `message` by the caller). Publisher
  // "particle-internal", ttl 60, Origin::kDelivery; product, owner, hops and public flag of the cause. Ids are left
  // none. Names are valid UTF-8 of one line, at most topic_bytes_max; in topics {{x}} does not escape HTML. Once `work`
  // is over, templates give what they have made so far.
  Event sent_event(const Event& cause,
                   Instant now,
                   const NamedValues& values = NamedValues::none()) const;  // hook-sent/<name>
  std::vector<Event> response_events(const Event& cause,
                                     const Reply& reply,
                                     Instant now,
                                     const NamedValues& values = NamedValues::none(),
                                     WorkBudget* work = nullptr) const;  // 2xx
  std::vector<Event> error_events(const Event& cause,
                                  std::string_view message,
                                  Instant now,
                                  const NamedValues& values = NamedValues::none(),
                                  WorkBudget* work = nullptr) const;

  DeliveryPolicy policy() const;
  bool verify_certificate() const;
  const DeliverySettings& delivery() const;
  std::chrono::seconds timeout() const { return delivery().timeout; }  // of one attempt with all its redirects
  Redirects redirects() const { return delivery().redirects; }
  const Limits& limits() const;

 private:
  struct Impl;
  explicit CompiledIntegration(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// Stable for event and integration, so receivers can drop duplicates: a version 7 UUID with the event's time whose
// random part is a hash of both ids.
DeliveryId delivery_id(const EventId& event, const IntegrationId& integration);

}  // namespace fleethook::core
