#include "delivery/pool.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace fleethook::delivery {

Pool::Pool(Loop& loop, http::Transport& transport, const Limits& limits)
    : loop_(loop), transport_(transport), limits_(limits), self_(std::make_shared<Pool*>(this)) {}
Pool::~Pool() = default;

ConnectionPtr Pool::lease(bool verify_certificate) {
  for (auto at = idle_.rbegin(); at != idle_.rend(); ++at) {
    if (at->verify != verify_certificate) continue;
    ConnectionPtr connection = std::move(at->connection);
    idle_.erase(std::next(at).base());
    return connection;
  }
  return nullptr;
}

Pool::Ticket Pool::connect(const http::Destination& destination, Deadline deadline, Client& client) {
  if (open_ >= limits_.connections_per_lane_max && !idle_.empty()) {
    idle_.erase(idle_.begin());
    --open_;
  }
  FLEETHOOK_ASSERT(open_ < limits_.connections_per_lane_max);
  ++open_;
  const Ticket ticket = ++last_ticket_;
  connecting_.push_back({ticket, &client});
  transport_.connect(destination, deadline, [self = std::weak_ptr<Pool*>(self_), ticket](http::ConnectResult result) {
    if (const auto pool = self.lock()) (*pool)->finish(ticket, std::move(result));
  });
  return ticket;
}

void Pool::cancel(Ticket ticket) {
  if (std::erase_if(connecting_, [ticket](const Connecting& one) { return one.ticket == ticket; }) > 0) --open_;
}

void Pool::finish(Ticket ticket, http::ConnectResult result) {
  const auto found = std::find_if(connecting_.begin(), connecting_.end(),
                                  [ticket](const Connecting& one) { return one.ticket == ticket; });
  if (found == connecting_.end()) return;  // cancelled: the stream closes
  Client& client = *found->client;
  *found = connecting_.back();
  connecting_.pop_back();
  if (result.fault == http::ConnectFault::kNone) {
    client.connected(std::make_unique<http::ClientConnection>(std::move(result.stream), loop_, limits_));
  } else {
    --open_;
    client.not_connected(result.fault, std::move(result.message));
  }
}

void Pool::give_back(ConnectionPtr connection, bool verify_certificate) {
  idle_.push_back({std::move(connection), Steady{}, verify_certificate, false});
}

void Pool::drop(ConnectionPtr connection) {
  connection.reset();
  --open_;
}

void Pool::settle() {
  // The watched ones come first: only what was given back since then can be unwatched.
  if (idle_.empty() || idle_.back().watched) return;
  const Steady now = loop_.clock().steady();
  for (auto at = idle_.rbegin(); at != idle_.rend() && !at->watched; ++at) {
    at->watched = true;
    at->since = now;
    at->connection->watch_idle([this, connection = at->connection.get()] { gone(connection); });
  }
}

void Pool::gone(const http::ClientConnection* connection) {
  open_ -= std::erase_if(idle_, [connection](const Idle& one) { return one.connection.get() == connection; });
}

std::size_t Pool::give_up_idle(std::size_t most) {
  const std::size_t count = std::min(most, idle_.size());
  idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(count));
  open_ -= count;
  return count;
}

void Pool::close_idle(Steady now) {
  open_ -= std::erase_if(
      idle_, [this, now](const Idle& one) { return one.watched && now - one.since >= limits_.connection_idle_max; });
}

}  // namespace fleethook::delivery
