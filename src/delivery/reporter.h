// Tells people about attempts: events for streams, and exchanges for the log. Neither decides anything.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
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
  // The attempt for the log: every failure, and of successes logged_successes_per_minute_max per placement and minute.
  std::optional<store::Exchange> exchange(const Attempt& attempt);
  // All of it, whatever was logged before.
  store::Exchange full_exchange(const Attempt& attempt) const;

 private:
  bool wanted() const { return outside_.streams_wanted && outside_.publish && outside_.streams_wanted(); }
  void show_request(const Attempt& attempt, store::Exchange& exchange) const;
  void publish(const Delivery& of, std::vector<core::Event> events, Instant now);

  const Surroundings& outside_;
  Turns& turns_;
  std::int64_t minute_ = 0;
  std::map<std::pair<core::IntegrationNumber, core::ProductId>, std::uint32_t> logged_;  // successes of that minute
};

}  // namespace fleethook::delivery
