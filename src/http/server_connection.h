// One client's connection to us: reads requests, hands them to a Handler, writes the answers in order. Sockets, TLS and
// threads are somebody else's: it works on an http::Stream and a Loop, so tests drive it in memory.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/loop.h"
#include "http/message.h"
#include "http/stream.h"

namespace fleethook::http {

// Writes a body without a known length (server-sent events). Lives on the connection's loop.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // One call is one write to the socket if it is idle, else queued behind. False once the peer is gone or the queue
  // would pass Limits::stream_buffer_bytes_max (then the connection is closed).
  virtual bool write(std::string_view bytes) = 0;
  // Once all that was written is taken. Dropping the writer is close() too.
  virtual void close() = 0;
  // At once; what is not taken is lost.
  virtual void cut() = 0;
  // Runs on the loop, never inside a call, each time that all that was written has been taken by the socket.
  virtual void on_taken(std::function<void()> callback) = 0;
  // Runs once on the loop, never inside a call, when the peer has gone or was cut off; not after close() or cut().
  virtual void on_closed(std::function<void()> callback) = 0;
};

// The answer to one request; exactly one of respond and stream is called, once, on the connection's loop. Safe to call
// after the client has gone (then it does nothing). Dropping it unanswered, on any thread, sends 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(Response response) = 0;
  // Sends status and headers now and keeps the connection for writing.
  virtual std::shared_ptr<BodyWriter> stream(Response head) = 0;
};

// What becomes of a request whose body is still to come.
struct Ruling {
  // It is answered at once. Nothing of the body is kept, nor "100 Continue" said, and the connection ends.
  std::optional<Response> refusal{};
  std::size_t body_bytes_max = 0;                        // of a longer one: 413
  std::string_view too_large = "the body is too large";  // the sentence of that; a literal
  std::shared_ptr<Keep> keep{};                          // goes to handle() as Request::keep; null: nobody counts
};

class Handler {
 public:
  virtual ~Handler() = default;
  // On the connection's loop. The answer may come later. The next pipelined request is handed over once this one is
  // answered.
  virtual void handle(Request request, std::shared_ptr<Responder> responder) = 0;
  // Asked once the head is there, before anything of the body is kept; not where there is no body, or a small one came
  // with the head (at most kBodyWithHeadBytesMax) and is in memory anyway. It may change `peer` and `secure` of it.
  static constexpr std::size_t kBodyWithHeadBytesMax = 4 * 1024;
  virtual Ruling judge(Request& head) = 0;
  // The body of our own error answers (400, 408, 413, 414, 431, 500): JSON in the house's shape.
  virtual Response protocol_error(int status, std::string_view message) const = 0;
  // Every answer passes here right before it is written, our own error answers and the heads of streams too: the place
  // for what stands on all of them. The status is final.
  virtual void complete(Response&) const {}
};

// Serves `stream` until it closes; keeps itself alive. Time-outs: Limits::header_time_max, body_time_max (also for the
// client to take an answer or a piece of a stream), idle_time_max; linger_time_max for the client to read an answer
// that we close on. HEAD is answered like GET without the body. Expect: 100-continue is honoured. `loop` and `handler`
// outlive it. `closed` runs once when it is over. close_idle() on the returned handle starts a graceful end: after the
// current answer (with Connection: close), or at once when idle or streaming.
class ServerConnection {
 public:
  static std::shared_ptr<ServerConnection> start(
      std::unique_ptr<Stream> stream, Loop& loop, Handler& handler, const Limits& limits, std::function<void()> closed);
  virtual ~ServerConnection() = default;
  virtual void close_idle() = 0;
  virtual void abort() = 0;
};

}  // namespace fleethook::http
