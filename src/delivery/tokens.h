// Tokens of OAuth 2 for the attempts of one loop: from the cache that all loops share, or fetched here. The token
// endpoint is reached as receivers are, past the egress guard, but on connections of its own, so that no lane has a
// place less for it.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/loop.h"
#include "delivery/token_cache.h"
#include "http/client_connection.h"
#include "http/transport.h"
#include "metrics/registry.h"

namespace fleethook::delivery {

// Lives on its loop, longer than its clients.
class Tokens final : private TokenCache::Waiter {
 public:
  // Waits for one token at a time.
  class Client {
   public:
    virtual void token_came(const TokenOutcome& outcome) = 0;

   protected:
    ~Client() = default;
  };

  Tokens(Loop& loop,
         http::Transport& transport,
         const Limits& limits,
         metrics::Registry& registry,
         std::shared_ptr<TokenCache> cache);
  ~Tokens();
  Tokens(const Tokens&) = delete;

  // `secret`: the value of the secret that the grant names. An outcome without token and failure: the client is told
  // one later, at `deadline` at the latest, unless it forgets.
  TokenOutcome ask(const core::TokenGrant& grant, const std::string& secret, Deadline deadline, Client& client);
  // A receiver did not take it.
  void refused(const core::TokenGrant& grant, const std::string& secret, const TokenPtr& token);
  void forget(Client& client);

 private:
  struct Waiting {
    Client* client = nullptr;
    TimerId timer = 0;  // 0: without end
  };
  struct Fetch {
    std::string host;
    core::OutgoingRequest request;
    Deadline deadline = Deadline::never();
    std::unique_ptr<http::ClientConnection> connection{};
  };

  void settled(const core::TokenKey& key, const TokenOutcome& outcome) override;
  void tell(const core::TokenKey& key, const TokenOutcome& outcome);
  void late(const core::TokenKey& key, Client& client, const std::string& host);
  void fetch(const core::TokenKey& key, const core::TokenGrant& grant, const std::string& secret);
  void connected(const core::TokenKey& key, http::ConnectResult result);
  void exchanged(const core::TokenKey& key, const http::ExchangeResult& result);
  void answered(const core::TokenKey& key, const http::ExchangeResult& result);
  void failed(const core::TokenKey& key,
              core::AttemptResult result,
              core::ErrorClass error_class,
              std::string_view why,
              Duration pause);
  void end(const core::TokenKey& key, const TokenOutcome& outcome, Steady paused_until);

  Loop& loop_;
  http::Transport& transport_;
  const Limits& limits_;
  metrics::Counter &fetched_, &refused_;
  const std::shared_ptr<TokenCache> cache_;
  std::map<core::TokenKey, std::deque<Waiting>> waiting_;
  std::map<core::TokenKey, std::unique_ptr<Fetch>> fetches_;
  std::shared_ptr<Tokens*> self_;  // what is under way elsewhere holds it weakly
};

}  // namespace fleethook::delivery
