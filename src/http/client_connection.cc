#include "http/client_connection.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "http/content_coding.h"
#include "http/lazy_timer.h"
#include "http/parser.h"
#include "http/read_buffer.h"

namespace fleethook::http {

// A read is in flight at all times, also while idle: it brings the answer, or the news that the peer has closed.
struct ClientConnection::Impl : std::enable_shared_from_this<Impl> {
  Impl(std::unique_ptr<Stream> on, Loop& its_loop, const Limits& its_limits)
      : loop(its_loop),
        limits(its_limits),
        parser(its_limits),
        timer(its_loop, [this] { on_time_out(); }),
        stream(std::move(on)) {}

  bool busy() const { return static_cast<bool>(done); }

  void start(std::string bytes, bool head_request, Deadline until, OnDone callback, AnswerRoom* answer_room) {
    FLEETHOOK_ASSERT(!busy());
    done = std::move(callback);
    room = answer_room;
    kept_max = room == nullptr ? limits.response_body_bytes_max
                               : std::min(limits.response_body_bytes_max, AnswerRoom::kFreeBytes);
    parser.keep_body(kept_max);
    if (broken) return finish_later(used ? ExchangeFault::kStale : ExchangeFault::kReset, "the connection is closed");
    request = std::move(bytes);
    parser.expect_no_body(head_request);
    if (const auto when = until.when()) {
      deadline = when;
      timer.set(*when);
    }
    // It may have been closed a moment ago; then nothing is sent, and a read tells it next.
    written = !(used && stream->ended());
    if (written) {
      writing = true;
      stream->write_all(request, {}, [this](std::error_code error) { on_written(error); });
    }
    read();
  }

  void read() {
    if (reading || broken) return;
    reading = true;
    stream->read_some(in.space(!parser.started()),
                      [this](std::error_code error, std::size_t size) { on_read(error, size); });
  }

  void on_written(std::error_code error) {
    if (!stream) return;
    writing = false;
    if (!error || !busy()) return;
    // The peer may have answered and closed without reading all: what it said is worth waiting for, but not for long.
    write_error = error;
    broken_write = true;
    wait_a_moment();
  }

  void on_read(std::error_code error, std::size_t size) {
    if (!stream) return;
    const Inside inside(*this);
    reading = false;
    if (!busy()) return idle_ended();
    if (error) return fail(error);
    if (size == 0) return ended();
    in.filled(size);
    make_room(parser.body_bytes_kept() + size);
    const auto eaten = parser.feed(in.unused());
    const std::size_t left = eaten.ok() ? size - *eaten : 0;
    in.use(size);
    if (!eaten.ok()) return finish_fault(ExchangeFault::kBadResponse, eaten.error().message);
    if (parser.in_doubt()) wait_a_moment();
    if (!parser.done()) return read();
    succeed(left == 0 && parser.keep_alive() && !writing && !broken_write);
  }

  // For a body of so many bytes, as far as there is any.
  void make_room(std::size_t bytes) {
    const std::size_t most = limits.response_body_bytes_max;
    while (room != nullptr && bytes > kept_max && kept_max < most) {
      const std::size_t next = std::min(2 * kept_max, most);
      if (!room->has_room_for(next)) {
        room = nullptr;
        return;
      }
      kept_max = next;
      parser.keep_body(kept_max);
    }
  }

  void ended() {
    broken = true;
    if (!parser.started())
      return was_read() ? finish_fault(ExchangeFault::kReset, "socket hang up") : fail_before_answer("socket hang up");
    if (const auto complete = parser.end(); !complete.ok()) {
      return finish_fault(ExchangeFault::kBadResponse, complete.error().message);
    }
    succeed(false);
  }

  void fail(std::error_code error) {
    broken = true;
    const std::string message = error == std::errc::connection_reset ? "read ECONNRESET" : "read " + error.message();
    if (!parser.started()) return fail_before_answer(message);
    give_up(ExchangeFault::kReset, message);
  }

  // What has come so far is the answer if it has a status.
  void give_up(ExchangeFault fault, const std::string& message) {
    if (parser.end(message).ok()) return succeed(false);
    finish_fault(fault, message);
  }

  // Whether a peer that closes without an answer has had the request. Its machine acknowledges what comes to an open
  // socket, and answers with a reset what comes to a closed one, and also when a socket is closed with something unread
  // in it. So an end in good order after all was acknowledged comes from somebody who has read all: repeating it unseen
  // would be a second delivery. (A peer that only stops sending, and goes on reading, looks the same.)
  bool was_read() const { return written && stream->all_taken(); }

  // A peer may close a kept-alive connection at any moment (RFC 9112 9.3.1); a fresh one that says nothing is at fault
  // itself.
  void fail_before_answer(std::string message) {
    finish_fault(used ? ExchangeFault::kStale : ExchangeFault::kReset, std::move(message));
  }

  // The timer never stands later than the deadline.
  void wait_a_moment() {
    const Steady soon = loop.clock().steady() + limits.linger_time_max;
    timer.set(deadline ? std::min(soon, *deadline) : soon);
  }

  void on_time_out() {
    const Inside inside(*this);
    if (!busy()) return;
    const bool late = deadline && loop.clock().steady() >= *deadline;
    if (broken_write && !late) return fail(write_error);
    if (parser.in_doubt() && !late) {
      (void)parser.end("where it ends cannot be told").ok();
      return succeed(false);
    }
    give_up(ExchangeFault::kTimedOut, "ESOCKETTIMEDOUT");
  }

  void idle_ended() {
    broken = true;
    if (const auto callback = gone) callback();
  }

  void succeed(bool reusable) {
    ExchangeResult result;
    result.truncated = parser.truncated();
    result.remark = parser.remark();
    result.response = parser.take();
    if (!result.response.body.empty() && result.response.headers.has("Content-Encoding"))
      make_room(limits.response_body_bytes_max);
    const Decoded decoded = decode_content(result.response, kept_max);
    result.truncated = result.truncated || decoded.cut;
    if (result.remark.empty() && !decoded.problem.empty())
      result.remark = "the answer cannot be decoded: " + decoded.problem;
    // Some say so before they close a connection that was idle for long: it is no answer to what crossed it (RFC
    // 9110, 15.5.9).
    constexpr int kRequestTimeout = 408;
    if (used && !reusable && result.response.status == kRequestTimeout)
      return finish_fault(ExchangeFault::kStale, "the connection was idle for too long");
    result.reusable = reusable;
    broken = broken || !reusable;
    used = true;
    ++exchanges;
    finish(std::move(result));
    if (stream && !detached) read();
  }

  void finish_fault(ExchangeFault fault, std::string message) {
    broken = true;
    ExchangeResult result;
    result.fault = fault;
    result.message = std::move(message);
    finish(std::move(result));
  }

  void finish(ExchangeResult result) {
    timer.clear();
    deadline.reset();
    if (!writing) request = std::string();
    if (detached) return;
    std::exchange(done, nullptr)(std::move(result));
  }

  void finish_later(ExchangeFault fault, std::string message) {
    loop.post([weak = weak_from_this(), fault, text = std::move(message)] {
      if (const auto self = weak.lock(); self && !self->detached) {
        const Inside inside(*self);
        self->finish_fault(fault, text);
      }
    });
  }

  // Tells the destructor of the connection that this object is still at work below it on the stack.
  struct Inside {
    explicit Inside(Impl& impl) : impl_(impl) { ++impl_.depth; }
    ~Inside() { --impl_.depth; }
    Impl& impl_;
  };

  Loop& loop;
  const Limits& limits;
  ResponseParser parser;
  ReadBuffer in;
  std::string request;
  OnDone done;
  std::function<void()> gone;
  std::optional<Steady> deadline;
  std::error_code write_error;
  std::uint64_t exchanges = 0;
  int depth = 0;
  AnswerRoom* room = nullptr;  // of this exchange; null: there is no more than kept_max
  std::size_t kept_max = 0;
  bool used = false;  // has carried an exchange
  bool reading = false;
  bool writing = false;
  bool written = false;  // the request of this exchange, or some of it
  bool broken = false;   // no further exchange
  bool broken_write = false;
  bool detached = false;  // the connection is destroyed
  LazyTimer timer;
  std::unique_ptr<Stream> stream;  // last: dies first, and its callbacks with it
};

ClientConnection::ClientConnection(std::unique_ptr<Stream> stream, Loop& loop, const Limits& limits)
    : impl_(std::make_shared<Impl>(std::move(stream), loop, limits)) {}

ClientConnection::~ClientConnection() {
  impl_->detached = true;
  impl_->timer.stop();
  if (impl_->depth == 0) return;
  // Destroyed inside its own callback, that is inside the stream's or the timer's: they go when the stack is unwound.
  impl_->loop.post([impl = std::move(impl_)] { impl->stream.reset(); });
}

void ClientConnection::exchange(
    std::string bytes, bool head_request, Deadline deadline, OnDone done, AnswerRoom* room) {
  impl_->start(std::move(bytes), head_request, deadline, std::move(done), room);
}

void ClientConnection::watch_idle(std::function<void()> gone) {
  impl_->gone = std::move(gone);
  if (!impl_->broken) return impl_->read();
  impl_->loop.post([weak = std::weak_ptr(impl_)] {
    const auto impl = weak.lock();
    if (impl && !impl->detached && !impl->busy()) impl->idle_ended();
  });
}

std::uint64_t ClientConnection::exchanges() const {
  return impl_->exchanges;
}

}  // namespace fleethook::http
