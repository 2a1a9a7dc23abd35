// One connection to a receiver: one request at a time, answer parsed, kept alive for the next. On an http::Stream and a
// Loop, so the simulated world drives it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "base/limits.h"
#include "base/loop.h"
#include "http/message.h"
#include "http/stream.h"

namespace fleethook::http {

// Of an exchange without an answer. A status line is one, whatever is wrong behind it (parser.h).
enum class ExchangeFault : std::uint8_t {
  kNone,
  kStale,        // the kept-alive connection was closed before the peer had read the request: repeat on another one
  kTimedOut,     // ESOCKETTIMEDOUT: connected, no answer in time
  kReset,        // the connection broke, or was closed after the request was read
  kBadResponse,  // not HTTP
};

struct ExchangeResult {
  ExchangeFault fault = ExchangeFault::kNone;
  std::string message;     // for people: "read ECONNRESET", "the response is not HTTP: ..."
  Response response;       // when fault == kNone; its body is decoded (content_coding.h)
  std::string remark;      // what was wrong with the response, for people; "" = nothing
  bool truncated = false;  // body was cut, at response_body_bytes_max or where there was no room
  bool reusable = false;   // the connection may take another request
};

// Says how much of an answer's body is kept. On the connection's loop.
class AnswerRoom {
 public:
  // Asked before more than kFreeBytes are kept, and again as it grows: `bytes` in all. False: the rest is discarded.
  static constexpr std::size_t kFreeBytes = 16 * 1024;
  virtual bool has_room_for(std::size_t bytes) = 0;

 protected:
  ~AnswerRoom() = default;
};

// Lives on its loop. Owns the stream; `loop` and `limits` outlive it. Destroying it closes the connection and drops the
// callback.
class ClientConnection {
 public:
  using OnDone = std::function<void(ExchangeResult)>;
  ClientConnection(std::unique_ptr<Stream> stream, Loop& loop, const Limits& limits);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;

  // `bytes` is the whole request (serialize.h). One exchange at a time. `done` runs later on the loop; it may destroy
  // this object. `room` outlives the exchange; without one there is room for Limits::response_body_bytes_max.
  void exchange(std::string bytes, bool head_request, Deadline deadline, OnDone done, AnswerRoom* room = nullptr);
  // While idle: `gone` runs when the peer closes or sends something unasked. A pool uses it to drop the
  // connection. Holds until replaced; may destroy this object.
  void watch_idle(std::function<void()> gone);
  std::uint64_t exchanges() const;  // how many it has done

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::http
