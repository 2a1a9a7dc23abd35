#include "testing/sim_network.h"

#include <algorithm>
#include <cstring>

namespace fleethook::testing {
namespace {
const std::error_code kReset = std::make_error_code(std::errc::connection_reset);
}

// The client's end.
class SimStream final : public http::Stream {
 public:
  explicit SimStream(LinkPtr link) : link_(std::move(link)) {}
  ~SimStream() override { link_->client_close(); }
  void read_some(std::span<char> into, OnRead done) override {
    link_->read_into_ = into;
    link_->on_read_ = std::move(done);
    link_->complete_read();
  }
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override {
    link_->client_write(std::string(first.data(), first.size()).append(second.data(), second.size()), std::move(done));
  }
  std::string peer() const override { return "192.0.2.1"; }

 private:
  LinkPtr link_;
};

Steady SimLink::next_arrival(Steady& last) const {
  return last = std::max(last, sim_.steady() + delay_);
}

void SimLink::send(std::string bytes) {
  if (receiver_closed_) return;
  sim_.at(next_arrival(last_to_client_),
          [self = shared_from_this(), bytes = std::move(bytes)] { self->arrive(bytes, false); });
}

void SimLink::close() {
  if (std::exchange(receiver_closed_, true)) return;
  sim_.at(next_arrival(last_to_client_), [self = shared_from_this()] { self->arrive({}, true); });
}

void SimLink::reset() {
  receiver_closed_ = true;
  sim_.after(delay_, [self = shared_from_this()] {
    self->reset_ = true;
    self->unread_.clear();
    self->complete_read();
  });
}

void SimLink::arrive(std::string bytes, bool end) {
  if (client_closed_ || reset_) return;
  unread_ += bytes;
  ended_ = ended_ || end;
  complete_read();
}

void SimLink::complete_read() {
  if (!on_read_ || read_posted_ || !(reset_ || ended_ || !unread_.empty())) return;
  read_posted_ = true;
  loop_.post([self = shared_from_this()] {
    self->read_posted_ = false;
    if (self->client_closed_ || !self->on_read_) return;
    const std::size_t size = std::min(self->unread_.size(), self->read_into_.size());
    std::memcpy(self->read_into_.data(), self->unread_.data(), size);
    self->unread_.erase(0, size);
    const auto done = std::exchange(self->on_read_, nullptr);
    done(size == 0 && self->reset_ ? kReset : std::error_code(), size);
  });
}

void SimLink::client_write(std::string bytes, http::Stream::OnWrite done) {
  const bool broken = reset_;
  if (!broken) {
    // In two portions, so that receivers can answer in between.
    const std::size_t cut = sim_.below(bytes.size() + 1);
    for (std::string part : {bytes.substr(0, cut), bytes.substr(cut)}) {
      if (part.empty()) continue;
      sim_.at(next_arrival(last_to_receiver_), [self = shared_from_this(), part = std::move(part)] {
        if (self->receiver_closed_) {
          if (!self->client_closed_) self->reset();
        } else {
          self->receiver_.bytes_came(self, part);
        }
      });
    }
  }
  loop_.post([self = shared_from_this(), broken, done = std::move(done)] {
    if (!self->client_closed_) done(broken ? std::make_error_code(std::errc::broken_pipe) : std::error_code());
  });
}

void SimLink::client_close() {
  if (std::exchange(client_closed_, true)) return;
  const auto read = std::exchange(on_read_, nullptr);
  sim_.at(next_arrival(last_to_receiver_), [self = shared_from_this()] {
    self->receiver_closed_ = true;
    self->receiver_.closed(self.get());
  });
}

Imposter& SimNetwork::add(std::string host, std::uint16_t port, Personality personality, Imposter::Witness& witness) {
  auto& place = receivers_[{host, port}];
  if (place != nullptr) replaced_.push_back(std::move(place));
  place = std::make_unique<Imposter>(sim_, host, port, std::move(personality), witness);
  return *place;
}

void SimNetwork::connect(SimLoop& loop,
                         const http::Destination& destination,
                         Deadline deadline,
                         http::Transport::OnConnected done) {
  const auto found = receivers_.find({destination.host, destination.port});
  const auto fail = [&](http::ConnectFault fault, std::string message, Duration after) {
    sim_.trace("connect fails", static_cast<std::uint64_t>(fault));
    const Duration left = deadline.left(sim_.steady());
    if (after >= left) fault = http::ConnectFault::kTimedOut, message = "ETIMEDOUT";
    sim_.after(std::min(after, left),
               [post = loop.poster(), fault, message = std::move(message), done = std::move(done)] {
                 post([fault, message, done] { done({fault, message, nullptr}); });
               });
  };
  const std::string address = destination.host + ":" + std::to_string(destination.port);
  if (found == receivers_.end())
    return fail(http::ConnectFault::kUnknownHost, "getaddrinfo ENOTFOUND " + destination.host,
                std::chrono::milliseconds(5));
  Imposter& receiver = *found->second;
  const Personality& p = receiver.personality;
  if (p.no_file) return fail(http::ConnectFault::kNoFile, "no file for a socket", std::chrono::seconds(2));
  if (p.forbidden)
    return fail(http::ConnectFault::kForbidden, "address 10.0.0.1 is refused by the egress guard",
                std::chrono::milliseconds(1));
  if (sim_.chance(p.unknown_host))
    return fail(http::ConnectFault::kUnknownHost, "getaddrinfo ENOTFOUND " + destination.host,
                std::chrono::milliseconds(5));
  if (receiver.is_dead() || sim_.chance(p.refuse)) {
    sim_.probe("connection refused");
    return fail(http::ConnectFault::kRefused, "connect ECONNREFUSED " + address, std::chrono::milliseconds(1));
  }
  if (sim_.chance(p.unreachable)) {
    sim_.probe("connect timed out");
    return fail(http::ConnectFault::kTimedOut, "ETIMEDOUT", std::chrono::hours(1));
  }
  auto link = std::make_shared<SimLink>(sim_, loop, receiver,
                                        sim_.between(std::chrono::microseconds(50), std::chrono::milliseconds(3)));
  std::erase_if(links_, [](const auto& one) { return one.expired(); });
  links_.push_back(link);
  receiver.opened(link);
  sim_.after(2 * link->delay_, [post = loop.poster(), link, done = std::move(done)] {
    post([link, done] { done({http::ConnectFault::kNone, {}, std::make_unique<SimStream>(link)}); });
  });
}

void SimNetwork::crashed(const std::vector<const SimLoop*>& loops) {
  for (const auto& weak : links_) {
    const auto link = weak.lock();
    if (link && std::find(loops.begin(), loops.end(), &link->client_loop()) != loops.end()) link->client_close();
  }
}

}  // namespace fleethook::testing
