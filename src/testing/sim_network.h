// Simulated connections and the receivers at their other ends. A receiver (Imposter) has a personality: how likely it
// is to do which of the things that receivers do. What it receives it tells a witness, who knows what is right.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/transport.h"
#include "testing/sim.h"

namespace fleethook::testing {

class Imposter;

// One connection, seen from both ends. Bytes and ends of stream travel with a delay, in order; a reset overtakes them.
class SimLink : public std::enable_shared_from_this<SimLink> {
 public:
  SimLink(Sim& sim, SimLoop& loop, Imposter& receiver, Duration delay)
      : sim_(sim), loop_(loop), receiver_(receiver), delay_(delay) {}

  // The receiver's end.
  void send(std::string bytes);
  void close();
  void reset();
  bool client_has_closed() const { return client_closed_; }  // seen at once, not after the delay
  const SimLoop& client_loop() const { return loop_; }

 private:
  friend class SimStream;
  friend class SimNetwork;
  void arrive(std::string bytes, bool end);
  void complete_read();
  void client_write(std::string bytes, http::Stream::OnWrite done);
  void client_close();
  Steady next_arrival(Steady& last) const;

  Sim& sim_;
  SimLoop& loop_;
  Imposter& receiver_;
  const Duration delay_;
  Steady last_to_client_{}, last_to_receiver_{};
  std::string unread_;
  bool ended_ = false, reset_ = false, receiver_closed_ = false, client_closed_ = false;
  std::span<char> read_into_;
  http::Stream::OnRead on_read_;
  bool read_posted_ = false;
};
using LinkPtr = std::shared_ptr<SimLink>;

// Probabilities of what a receiver does with a request; what is left over is an answer with one of `statuses`.
struct Personality {
  std::vector<int> statuses{200};
  std::string body = "{\"ok\":true}";                    // of its answers
  std::string location;                                  // of its 3xx answers; "" = they say none
  bool cuts_loops = false;                               // its 508 is a Fleethook's
  double retry_after = 0;                                // of a 429 or 503 that it says when to come back
  Duration retry_after_exactly{};                        // what it then says; zero: up to ten minutes
  bool mumbles = false;                                  // only its witness hears when it may be asked again
  double refuse = 0, unreachable = 0, unknown_host = 0;  // connecting
  bool forbidden = false;                                // the egress guard lets nobody connect
  bool no_file = false;                                  // our own process may open no more files
  double silence = 0, late = 0, slow_bytes = 0;
  double reset_before = 0, reset_in_head = 0, reset_in_body = 0, short_body = 0, garbage = 0;
  double continue_first = 0, early_answer = 0, close_after = 0, close_on_reuse = 0;
  Duration think_min = std::chrono::milliseconds(1), think_max = std::chrono::milliseconds(20);
  Duration idle_max = std::chrono::seconds(20);  // then it closes kept-alive connections
  Duration flap = Duration::zero();              // well and dead in turn, each so long; zero = never
  Steady dead_from{}, dead_until{};
};

// A receiver. Lives in the simulation.
class Imposter {
 public:
  struct Request {
    const http::Request& request;
    const SimLink& link;
    std::uint64_t nth_on_link;  // 1 = the first
  };
  class Witness {
   public:
    virtual ~Witness() = default;
    virtual void received(const Imposter& at, const Request& request) = 0;
    // An answer goes out. `prompt`: in full, and well before the client gives up, so the client gets it.
    virtual void answered(const Imposter& at,
                          const http::Request& request,
                          int status,
                          std::optional<Duration> retry_after,
                          bool prompt) = 0;
  };

  Imposter(Sim& sim, std::string name, std::uint16_t its_port, Personality its_personality, Witness& witness)
      : host(std::move(name)), port(its_port), personality(std::move(its_personality)), sim_(sim), witness_(witness) {}

  const std::string host;
  const std::uint16_t port;
  Personality personality;                   // may be changed at any time
  std::map<std::string, Personality> paths;  // what it does with requests to these, once they are there
  bool is_dead() const;
  std::size_t open_links_max() const { return open_links_max_; }  // at one time, as the clients see it

 private:
  friend class SimLink;
  friend class SimNetwork;
  const Personality& personality_at(const std::string& target) const {
    const auto found = paths.find(target);
    return found == paths.end() ? personality : found->second;
  }
  struct Conversation {
    std::unique_ptr<http::RequestParser> parser;
    std::uint64_t requests = 0;
    bool answered_early = false;
    bool busy = false;  // a request is being answered
    Steady idle_since{};
  };
  void opened(const LinkPtr& link);
  void bytes_came(const LinkPtr& link, std::string_view bytes);
  void closed(const SimLink* link) { conversations_.erase(link); }
  void hang_up(const LinkPtr& link);
  void request_came(const LinkPtr& link, const http::Request& request);
  void answer(const LinkPtr& link, const http::Request& request, bool prompt);
  void watch_idle(const LinkPtr& link);

  Sim& sim_;
  Witness& witness_;
  const Limits limits_;
  std::map<const SimLink*, Conversation>
      conversations_;  // nothing may depend on its order: pointers are not the seed's
  std::size_t open_links_max_ = 0;
};

class SimNetwork {
 public:
  explicit SimNetwork(Sim& sim) : sim_(sim) {}
  Imposter& add(std::string host, std::uint16_t port, Personality personality, Imposter::Witness& witness);
  void connect(SimLoop& loop,
               const http::Destination& destination,
               Deadline deadline,
               http::Transport::OnConnected done);
  // A process has crashed: its connections end.
  void crashed(const std::vector<const SimLoop*>& loops);

 private:
  Sim& sim_;
  std::map<std::pair<std::string, std::uint16_t>, std::unique_ptr<Imposter>> receivers_;
  std::vector<std::unique_ptr<Imposter>> replaced_;  // connections to them may still be open
  std::vector<std::weak_ptr<SimLink>> links_;
};

// The transport of one loop.
class SimTransport final : public http::Transport {
 public:
  SimTransport(SimNetwork& network, SimLoop& loop) : network_(network), loop_(loop) {}
  void connect(const http::Destination& destination, Deadline deadline, OnConnected done) override {
    network_.connect(loop_, destination, deadline, std::move(done));
  }

 private:
  SimNetwork& network_;
  SimLoop& loop_;
};

}  // namespace fleethook::testing
