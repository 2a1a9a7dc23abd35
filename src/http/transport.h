// How a connection to a destination is made, or why not. net/ connects for real (DNS, egress guard, TCP, TLS);
// testing/ connects to simulated receivers.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/stream.h"

namespace fleethook::http {

struct Destination {
  std::string host;  // name or address literal, lower case
  std::uint16_t port = 0;
  bool tls = false;
  bool verify_certificate = true;
  bool operator==(const Destination&) const = default;
};

enum class ConnectFault : std::uint8_t {
  kNone,
  kTimedOut,     // ETIMEDOUT
  kRefused,      // ECONNREFUSED and other failures to connect
  kUnknownHost,  // ENOTFOUND: the name does not resolve
  kTls,          // handshake or certificate
  kForbidden,    // the egress guard refuses the address: only the operator can change that
  kNoFile,       // this process may open no more files: nobody was asked, so nothing is known of the destination
};

struct ConnectResult {
  ConnectFault fault = ConnectFault::kNone;
  std::string message;             // for people: "connect ECONNREFUSED 127.0.0.1:81"
  std::unique_ptr<Stream> stream;  // when fault == kNone
};

// One per loop; lives on it.
class Transport {
 public:
  using OnConnected = std::function<void(ConnectResult)>;
  virtual ~Transport() = default;
  // `done` runs later on the loop, exactly once, at the deadline at the latest; never after the transport is destroyed.
  virtual void connect(const Destination& destination, Deadline deadline, OnConnected done) = 0;
};

}  // namespace fleethook::http
