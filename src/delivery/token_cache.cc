#include "delivery/token_cache.h"

#include <algorithm>
#include <utility>

namespace fleethook::delivery {

TokenCache::Answer TokenCache::ask(const core::TokenKey& key, Steady now, Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= tokens_max_ && !entries_.contains(key)) make_room(now);
  Entry& entry = entries_[key];
  const bool paused = now < entry.paused_until;
  Answer answer;
  if (entry.last.token != nullptr && now < entry.last.token->ends_at) {
    answer.outcome.token = entry.last.token;
    answer.fetch = now >= entry.last.token->renewed_at && !paused && !entry.fetching;
    entry.fetching |= answer.fetch;
    return answer;
  }
  if (!entry.fetching && paused && entry.last.failure != nullptr) {
    answer.outcome.failure = entry.last.failure;
    return answer;
  }
  if (std::ranges::find(entry.waiting, &waiter) == entry.waiting.end()) entry.waiting.push_back(&waiter);
  answer.fetch = !std::exchange(entry.fetching, true);
  return answer;
}

void TokenCache::settle(const core::TokenKey& key, const TokenOutcome& outcome, Steady paused_until) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key];
  entry.fetching = false;
  entry.paused_until = paused_until;
  if (outcome.token != nullptr) entry.last.token = outcome.token;
  entry.last.failure = outcome.failure;
  for (Waiter* waiter : std::exchange(entry.waiting, {})) waiter->settled(key, outcome);
}

void TokenCache::refused(const core::TokenKey& key, const TokenPtr& token) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second.last.token == token) found->second.last.token.reset();
}

void TokenCache::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, entry] : entries_) std::erase(entry.waiting, &waiter);
}

// What is over goes first; else any that nobody waits for: it costs one more request.
void TokenCache::make_room(Steady now) {
  std::erase_if(entries_, [now](const auto& one) {
    const Entry& entry = one.second;
    return !entry.fetching && now >= entry.paused_until &&
           (entry.last.token == nullptr || now >= entry.last.token->ends_at);
  });
  if (entries_.size() < tokens_max_) return;
  const auto idle = std::ranges::find_if(entries_, [](const auto& one) { return !one.second.fetching; });
  if (idle != entries_.end()) entries_.erase(idle);
}

}  // namespace fleethook::delivery
