// Tells people about attempts: events for streams, and exchanges for the log. Neither decides anything.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/attempt.h"
#include "delivery/surroundings.h"
#include "delivery/turns.h"
#include "store/history.h"

namespace fleethook::delivery {

// Lives on its loop.
class Reporter {
 public:
  Reporter(const Surroundings& outside, Turns& turns) : outside_(outside), turns_(turns) {}

  // A request goes out: hook-sent, if it is the delivery's first one.
  void sent(const Attempt& attempt);
  // An attempt has ended: hook-response after 2xx; hook-error after the first failure, saying that it will be tried
  // again, and at the end of the delivery (`last`); with policy particle after each failure.
  void ended(const Attempt& attempt, bool last);
  // The receiver of the attempt's placement begins to fail with it, or has taken it and works again: hook-failing,
  // hook-recovered.
  void condition(const Attempt& attempt, const store::Outage& outage);
  // The attempt for the log: every failure, and some successes; whole as far as Limits::logged_failures_per_minute_max
  // and its neighbours go. A failure beyond them has a note in place of its texts.
  std::optional<store::Exchange> exchange(const Attempt& attempt);
  // All of it, whatever was logged before.
  store::Exchange full_exchange(const Attempt& attempt) const;

  // Whether anybody listens to what deliveries publish.
  bool wanted() const { return outside_.streams_wanted && outside_.publish && outside_.streams_wanted(); }

 private:
  void show_request(const Attempt& attempt, store::Exchange& exchange) const;
  void publish(const Delivery& of, std::vector<core::Event> events, Instant now);

  const Surroundings& outside_;
  Turns& turns_;
  // Whether one more may be kept whole in the minute of `at`.
  bool takes_whole(const Delivery& delivery, bool success, Instant at);
  store::Exchange row_of(const Attempt& attempt) const;

  struct Logged {
    std::uint32_t successes = 0, failures = 0;
  };
  std::int64_t minute_ = 0;
  std::map<std::pair<core::IntegrationNumber, core::ProductId>, Logged> logged_;  // in that minute
  std::map<std::string, std::uint32_t> logged_of_;                                // the same by owner
};

}  // namespace fleethook::delivery
