// The connections of one lane: kept alive between requests, at most so many at once. Leases go out most recently used
// first, so that those not needed age and are closed.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "http/client_connection.h"
#include "http/transport.h"

namespace fleethook::delivery {

using ConnectionPtr = std::unique_ptr<http::ClientConnection>;

// Lives on its loop. Whoever has leased a connection gives it back or drops it; the count of open ones depends on it.
class Pool {
 public:
  // Who waits for a connection being made.
  class Client {
   public:
    virtual void connected(ConnectionPtr connection) = 0;
    virtual void not_connected(http::ConnectFault fault, std::string message) = 0;

   protected:
    ~Client() = default;
  };
  using Ticket = std::uint64_t;  // 0 = none

  Pool(Loop& loop, http::Transport& transport, const Limits& limits);
  ~Pool();
  Pool(const Pool&) = delete;

  // An idle connection made with this verification, or nullptr.
  ConnectionPtr lease(bool verify_certificate);
  // Makes a new one for `client`, who is told later and once, unless it cancels. If the limit is reached an idle
  // connection of the other verification is closed for it; without one this is a bug (the lane starts no more attempts
  // than connections_per_lane_max).
  Ticket connect(const http::Destination& destination, Deadline deadline, Client& client);
  void cancel(Ticket ticket);
  // After an exchange that left it reusable. It is handed out again by the next lease(); settle() is to be called when
  // no lease followed.
  void give_back(ConnectionPtr connection, bool verify_certificate);
  void drop(ConnectionPtr connection);
  // From now on idle connections are watched, so that one closed by its peer is noticed. Costs a read each, which a
  // connection that is leased again at once need not pay.
  void settle();
  // Closes those idle since connection_idle_max.
  void close_idle(Steady now);
  // Closes up to `most` idle ones, those first that rested longest. Returns how many.
  std::size_t give_up_idle(std::size_t most);

  std::size_t open() const { return open_; }  // leased, idle, and being made
  std::size_t idle() const { return idle_.size(); }

 private:
  struct Idle {
    ConnectionPtr connection;
    Steady since{};
    bool verify = true;
    bool watched = false;
  };
  struct Connecting {
    Ticket ticket;
    Client* client;
  };
  void finish(Ticket ticket, http::ConnectResult result);
  void gone(const http::ClientConnection* connection);

  Loop& loop_;
  http::Transport& transport_;
  const Limits& limits_;
  std::vector<Idle> idle_;  // the most recently used last
  std::vector<Connecting> connecting_;
  std::size_t open_ = 0;
  Ticket last_ticket_ = 0;
  std::shared_ptr<Pool*> self_;  // connects under way hold it weakly: they may outlive the pool
};

}  // namespace fleethook::delivery
