// Tokens of OAuth 2 that integrations got, in memory, for all loops: whoever needs one by the same key shares it, and
// of one key one is fetched at a time, by one of the loops.
//
//   ask() -+-> a token: use it; near its end one of those who ask fetches the next one meanwhile
//          +-> a failure: the endpoint gave none just now, and is left alone for a pause
//          +-> fetch: nobody does; then settle()
//          +-> nothing: somebody does; the waiter is told
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/error_class.h"
#include "core/oauth2.h"
#include "core/retry_policy.h"

namespace fleethook::delivery {

struct Token {
  std::string text;
  Steady at{};  // when it came
  Steady renewed_at{}, ends_at{};
};
using TokenPtr = std::shared_ptr<const Token>;

struct TokenFailure {
  core::AttemptResult result = core::AttemptResult::kFailed;
  core::ErrorClass error_class = core::ErrorClass::kNone;
  std::string error;  // for people; secrets are not masked
  bool ours = false;  // the endpoint was not asked, and this says nothing of it
};

// One of both, or none while somebody waits.
struct TokenOutcome {
  TokenPtr token;
  std::shared_ptr<const TokenFailure> failure;
};

// Thread-safe.
class TokenCache {
 public:
  class Waiter {
   public:
    // On any thread, inside of the cache: to be taken to one's own loop.
    virtual void settled(const core::TokenKey& key, const TokenOutcome& outcome) = 0;

   protected:
    ~Waiter() = default;
  };

  explicit TokenCache(std::size_t tokens_max) : tokens_max_(tokens_max) {}

  struct Answer {
    TokenOutcome outcome;
    bool fetch = false;  // the asker is to fetch one, and to say settle(), whatever comes of it
  };
  // `waiter` is told once, unless the outcome is there.
  Answer ask(const core::TokenKey& key, Steady now, Waiter& waiter);
  // A failure keeps others from fetching until `paused_until`.
  void settle(const core::TokenKey& key, const TokenOutcome& outcome, Steady paused_until);
  // A receiver did not take this one: nobody gets it any more.
  void refused(const core::TokenKey& key, const TokenPtr& token);
  // Is told nothing from now on.
  void leave(Waiter& waiter);

 private:
  struct Entry {
    TokenOutcome last;
    Steady paused_until{};
    bool fetching = false;
    std::vector<Waiter*> waiting;
  };
  using Entries = std::map<core::TokenKey, Entry>;
  void make_room(Steady now);

  const std::size_t tokens_max_;
  std::mutex mutex_;
  Entries entries_;  // under mutex_
};

}  // namespace fleethook::delivery
