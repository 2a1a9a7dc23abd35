// One request for one delivery: build it, lease or make a connection, exchange, say what came of it. A state machine on
// its loop; reused for the next delivery when it has ended.
//
//   start -> build -+-> token --> -+-> lease ----+-> exchange -+-> ended
//                   |   (OAuth 2)  +-> connect --+   |         (an idle connection turned out closed: connect again,
//                   |                   ^            |         the same attempt)
//                   |                   |            +-> redirected: the same once more for the next request
//                   |                   |            +-> 401: the token is thrown away, and all once more with another
//                   +-> ended (cannot be built)
//
// With a long answer that somebody listens to it ends when its owner has a turn (turns.h): masking and publishing it is
// work.
//
// A redirect is a hop of the same attempt, within its one deadline; what the last answer says counts. Each hop is
// connected to like any destination, past the egress guard; only connections to the lane's own target are taken from
// its pool and kept.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/gate.h"
#include "base/shares.h"
#include "core/compiled_integration.h"
#include "core/error_class.h"
#include "core/retry_policy.h"
#include "delivery/delivery.h"
#include "delivery/pool.h"
#include "delivery/tokens.h"
#include "delivery/turns.h"

namespace fleethook::delivery {

struct Context;

// What came of it.
struct AttemptReport {
  core::AttemptOutcome outcome;
  bool loop_cut = false;  // a Fleethook answered: what this delivery publishes leads to what fires it
  bool sent = false;      // the request went out, at least in part
  std::string error;      // for people and for hook-error events, secrets masked; "" on 2xx
  core::ErrorClass error_class = core::ErrorClass::kNone;  // of it
  http::Response response;                                 // when answered
  bool truncated = false;                                  // its body
  std::vector<std::string> notes;                          // for the log: see store::Exchange; secrets masked
  Instant started_at{}, ended_at{};
  Duration took{};
};

// Where the requests of a lane go, prepared.
struct Target {
  core::LaneKey key;
  std::string host_header;
  explicit Target(core::LaneKey lane_key);
  bool is_of(const http::Url& url) const { return url.port == key.port && url.tls == key.tls && url.host == key.host; }
};

// Lives on its loop, within `context`, `pool` and `owner`.
class Attempt final : private Pool::Client, private http::AnswerRoom, private Turns::Client, private Tokens::Client {
 public:
  class Owner {
   public:
    // The attempt has ended and may be started again or destroyed. Never inside start().
    virtual void attempt_ended(Attempt& attempt) = 0;
    // Asked when a request could go out after the attempt had to wait: whether it still may.
    virtual bool may_go(const Delivery& delivery) = 0;
    // It may not: the attempt is over, and nothing came of it. As attempt_ended() otherwise.
    virtual void attempt_called_off(Attempt& attempt) = 0;
    // Whether somebody is told the whole answer, also when no stream is open.
    virtual bool reads_answer() const { return false; }

   protected:
    ~Owner() = default;
  };

  Attempt(Context& context, Pool& pool, const Target& target, Owner& owner)
      : context_(context), pool_(pool), target_(target), owner_(owner) {}
  ~Attempt() { cut(); }
  Attempt(const Attempt&) = delete;

  // False: it has ended already (it cannot be built, or gets no token), and the owner is not called.
  bool start(Delivery delivery);
  // Breaks off what is under way; the owner is not called.
  void cut();
  // The owner has no more use for the answer.
  void forget_answer();

  // Valid from start() to the next one.
  Delivery& delivery() { return delivery_; }
  const Delivery& delivery() const { return delivery_; }
  const core::CompiledIntegration* compiled() const {
    return compiled_.get();
  }  // nullptr: the stored configuration does not compile
  // The first one, before redirects; empty if it could not be built.
  const core::OutgoingRequest& request() const { return request_; }
  // Of the last hop, for people: kMask when it comes from a secret.
  std::string host() const;
  // Where the first request goes: "https://example.com:8443", the port where it is not the usual one. The same mask. ""
  // if it could not be built.
  std::string destination_for_people() const;
  // The request as people see it, rendered once more with masks for its secrets. Errors as of build().
  // kTooLarge: it takes more work than such a copy is worth.
  Result<core::OutgoingRequest> shown_request() const;
  const AttemptReport& report() const { return report_; }
  // Adds to the error, for people.
  void add_to_error(std::string_view more) { report_.error.append(more); }
  const core::NamedValues& values() const { return values_; }               // that the request was built with
  std::uint32_t number() const { return delivery_.progress.attempts + 1; }  // until the owner counts it

 private:
  bool build();
  core::DeliveryFacts facts() const;  // without values
  // Whether `url` leads to a host that is named to nobody. Asked only when something went wrong.
  bool hidden_host(const http::Url& url) const;
  std::string origin_for_people(const http::Url& url) const;
  std::string place(const core::OutgoingRequest& request) const;  // for notes
  const core::OutgoingRequest& current() const { return hops_ == 0 ? request_ : hop_; }
  // What there is of a token at once; it may be still to come.
  TokenOutcome ask_for_token();
  void token_came(const TokenOutcome& outcome) override;
  void take_token(const TokenPtr& token);
  // After 401. False: another token would be no better.
  bool try_another_token();
  void go();
  // Whether it is on its way; the error says why not, and is kForbidden when it must not be.
  Result<void> redirect();
  void connect();
  void connected(ConnectionPtr connection) override;
  void not_connected(http::ConnectFault fault, std::string message) override;
  void exchange();
  bool has_room_for(std::size_t bytes) override;
  void exchanged(http::ExchangeResult result);
  void release(bool reusable);
  void note(std::string text);
  void call_off();
  void end(core::AttemptResult result, core::ErrorClass error_class, std::string error);
  void conclude();
  bool is_long(const http::Response& response) const;
  void turn_came() override { conclude(); }
  void close_report(core::AttemptResult result, core::ErrorClass error_class, std::string error);
  http::Destination destination() const;

  Context& context_;
  Pool& pool_;
  const Target& target_;
  Owner& owner_;

  Delivery delivery_;
  std::shared_ptr<const core::CompiledIntegration> compiled_;
  core::NamedValues values_;
  core::OutgoingRequest request_;
  core::OutgoingRequest hop_;  // the one under way after a redirect
  std::uint32_t hops_ = 0;
  std::vector<std::string> visited_;  // by those that were redirected
  TokenPtr token_;                    // nullptr: none is needed, or it is still to come
  AttemptReport report_;
  Shares::Hold answer_room_;  // of report_'s body
  std::optional<Gate::Entry> inside_;
  Deadline deadline_ = Deadline::never();
  Steady started_{};
  ConnectionPtr connection_;
  Pool::Ticket connecting_ = 0;
  bool verify_ = true;
  bool asked_ = false;                      // in this turn of the loop, whether it may go
  bool on_target_ = true;                   // the URL is the lane's; else the connection is not kept
  mutable std::optional<bool> hides_host_;  // of request_; nullopt: nobody asked
};

// Value of a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); nullopt if it is neither.
std::optional<Duration> parse_retry_after(std::string_view value, Instant now);

}  // namespace fleethook::delivery
