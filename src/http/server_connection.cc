#include "http/server_connection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "http/lazy_timer.h"
#include "http/parser.h"
#include "http/read_buffer.h"
#include "http/serialize.h"

namespace fleethook::http {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kKeptBufferBytesMax = 16 * 1024;  // of a write buffer between two answers

// The Date header of this second, made once per thread and second.
std::string_view date_now(const Clock& clock) {
  thread_local long long second = -1;
  thread_local std::string text;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  if (now != second) {
    second = now;
    text = http_date(now);
  }
  return text;
}

// One state at a time; one read and at most one write in flight. Stream callbacks and timers hold `this`: the stream
// and the timer die with the connection, which `self_` keeps alive until finish().
class Connection final : public ServerConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(
      std::unique_ptr<Stream> stream, Loop& loop, Handler& handler, const Limits& limits, std::function<void()> closed)
      : loop_(loop),
        handler_(handler),
        limits_(limits),
        closed_(std::move(closed)),
        peer_(stream->peer()),
        secure_(stream->encrypted()),
        parser_(limits),
        timer_(loop, [this] { on_time_out(); }),
        stream_(std::move(stream)) {}

  void run() {
    self_ = shared_from_this();
    timer_.set_after(limits_.idle_time_max);
    read();
  }

  void close_idle() override {
    draining_ = true;
    if (state_ == State::kIdle || state_ == State::kStreaming) finish();
  }
  void abort() override { finish(); }

  // For the responder and the writer. All do nothing once the client has gone.
  void respond(Response response);
  void start_stream(Response head);
  void fail_request() {
    if (state_ == State::kHandling) respond(handler_.protocol_error(500, "the request was not answered"));
  }
  bool write_stream(std::string_view bytes);
  void close_stream();
  void cut_stream();
  void on_stream_gone(std::function<void()> callback);
  void on_stream_taken(std::function<void()> callback) { stream_taken_ = std::move(callback); }
  Loop& loop() { return loop_; }

 private:
  enum class State : std::uint8_t {
    kIdle,        // between requests
    kReading,     // part of a request is there
    kContinuing,  // writing "100 Continue"
    kHandling,    // the handler has the request
    kWriting,     // the answer
    kStreaming,   // a body without end
    kLingering,   // all is written; the client may still be sending
    kClosed,
  };

  void read();
  void on_read(std::error_code error, std::size_t size);
  void pump();
  bool judge_headers();
  bool has_room();
  void hand_over();
  void send(Response response, bool body_allowed);
  void write(std::string_view first, std::string_view second);
  void on_written(std::error_code error);
  void after_answer();
  void on_stream_written();
  void refuse(const Error& error);
  void refuse(Response response);
  void answer_error(int status, std::string_view message);
  void on_time_out();
  void finish();

  Loop& loop_;
  Handler& handler_;
  const Limits& limits_;
  std::function<void()> closed_;
  const std::string peer_;
  const bool secure_;
  std::shared_ptr<Connection> self_;

  State state_ = State::kIdle;
  RequestParser parser_;
  ReadBuffer in_;
  std::string out_head_, out_body_;  // being written; out_head_ is also the piece of a stream being written
  std::shared_ptr<void> out_held_;   // Response::held, of the answer being written
  bool reading_ = false;             // a read is in flight
  bool headers_judged_ = false;      // of the request being read
  bool head_request_ = false;
  bool keep_alive_ = true;  // the client wants it
  bool http_1_0_ = false;
  bool close_after_write_ = false;
  bool draining_ = false;

  bool writing_ = false;         // a piece of the stream is in flight
  bool stream_closing_ = false;  // close once all is written
  std::string stream_queue_;
  std::function<void()> stream_gone_, stream_taken_;

  LazyTimer timer_;
  std::unique_ptr<Stream> stream_;  // last: dies first, and its callbacks with it
};

class StreamWriter final : public BodyWriter {
 public:
  explicit StreamWriter(const std::shared_ptr<Connection>& connection)
      : loop_(connection->loop()), connection_(connection) {}
  ~StreamWriter() override { close(); }
  bool write(std::string_view bytes) override {
    const auto connection = connection_.lock();
    return connection && connection->write_stream(bytes);
  }
  void close() override {
    if (const auto connection = connection_.lock()) connection->close_stream();
    connection_.reset();
    closed_ = true;
  }
  void cut() override {
    if (const auto connection = connection_.lock()) connection->cut_stream();
    connection_.reset();
    closed_ = true;
  }
  void on_taken(std::function<void()> callback) override {
    if (const auto connection = connection_.lock()) connection->on_stream_taken(std::move(callback));
  }
  void on_closed(std::function<void()> callback) override {
    if (closed_) return;
    if (const auto connection = connection_.lock()) return connection->on_stream_gone(std::move(callback));
    loop_.post(std::move(callback));
  }

 private:
  Loop& loop_;
  std::weak_ptr<Connection> connection_;
  bool closed_ = false;
};

class RequestResponder final : public Responder {
 public:
  explicit RequestResponder(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~RequestResponder() override {
    if (!connection_) return;
    Loop& loop = connection_->loop();
    if (loop.in_loop()) {
      connection_->fail_request();
    } else {
      loop.post([connection = std::move(connection_)] { connection->fail_request(); });
    }
  }
  void respond(Response response) override { take()->respond(std::move(response)); }
  std::shared_ptr<BodyWriter> stream(Response head) override {
    const auto connection = take();
    connection->start_stream(std::move(head));
    return std::make_shared<StreamWriter>(connection);
  }

 private:
  std::shared_ptr<Connection> take() {
    FLEETHOOK_ASSERT(connection_ != nullptr);         // a request is answered once,
    FLEETHOOK_ASSERT(connection_->loop().in_loop());  // where it was received
    return std::exchange(connection_, nullptr);
  }
  std::shared_ptr<Connection> connection_;
};

// --- reading ---------------------------------------------------------------------------------------------------------

void Connection::read() {
  if (reading_) return;
  reading_ = true;
  const bool body_comes = state_ == State::kReading && headers_judged_;
  stream_->read_some(in_.space(/*small=*/!body_comes),
                     [this](std::error_code error, std::size_t size) { on_read(error, size); });
}

void Connection::on_read(std::error_code error, std::size_t size) {
  if (state_ == State::kClosed) return;
  reading_ = false;
  if (state_ == State::kWriting) return;  // a late piece of a request that is being answered 408
  if (error || size == 0 || state_ == State::kStreaming) return finish();  // who listens to a stream has nothing to say
  if (state_ == State::kLingering) return read();
  in_.filled(size);
  pump();
}

// Feeds the parser until a request is handed over or bytes are lacking. Answers never come back in here: the next
// request is looked at when the answer is written, so pipelined requests cost a turn of the loop each, not a level of
// the stack.
void Connection::pump() {
  while (state_ == State::kIdle || state_ == State::kReading) {
    if (in_.empty()) return read();
    const auto eaten = parser_.feed(in_.unused());
    if (!eaten.ok()) return refuse(eaten.error());
    in_.use(*eaten);
    if (headers_judged_ && !has_room()) return;
    if (state_ == State::kIdle && parser_.started()) {
      state_ = State::kReading;
      if (!parser_.done()) timer_.set_after(limits_.header_time_max);
    }
    if (parser_.headers_done() && !headers_judged_ && !judge_headers()) return;
    if (parser_.done()) hand_over();
  }
}

// The headers are there, and perhaps more. False if the request is refused or the client waits for our word.
bool Connection::judge_headers() {
  headers_judged_ = true;
  if (parser_.done()) return true;
  const auto left = parser_.body_bytes_left();
  if (left && *left <= std::min(in_.unused().size(), Handler::kBodyWithHeadBytesMax)) return true;
  Request& head = parser_.head();
  head.peer = peer_;
  head.secure = secure_;
  Ruling ruling = handler_.judge(head);
  if (ruling.refusal) {
    refuse(std::move(*ruling.refusal));
    return false;
  }
  head.keep = std::move(ruling.keep);
  parser_.allow_body(ruling.body_bytes_max, ruling.too_large);
  if (const auto verdict = parser_.feed({}); !verdict.ok()) {
    refuse(verdict.error());
    return false;
  }
  timer_.set_after(limits_.body_time_max);
  if (!parser_.expects_continue() || !in_.empty()) return true;
  state_ = State::kContinuing;
  write(kContinue, {});
  return false;
}

// Whether what came of the body may be kept; if not, the request is refused.
bool Connection::has_room() {
  const Request& request = parser_.head();
  if (!request.keep) return true;
  auto refusal = request.keep->body_takes(request.body.capacity());
  if (refusal) refuse(std::move(*refusal));
  return !refusal;
}

void Connection::hand_over() {
  Request request = parser_.take();
  if (!request.keep) {  // else the application has looked at them, and may have changed them
    request.peer = peer_;
    request.secure = secure_;
  }
  headers_judged_ = false;
  head_request_ = request.method == "HEAD";
  keep_alive_ = request.keep_alive;
  http_1_0_ = request.http_1_0;
  state_ = State::kHandling;
  timer_.clear();
  handler_.handle(std::move(request), std::make_shared<RequestResponder>(self_));
}

// --- answering -------------------------------------------------------------------------------------------------------

void Connection::respond(Response response) {
  if (state_ != State::kHandling) return;
  send(std::move(response), !head_request_);
}

void Connection::send(Response response, bool body_allowed) {
  handler_.complete(response);
  response.close = response.close || !keep_alive_ || draining_;
  if (http_1_0_ && !response.close) response.headers.set("Connection", "keep-alive");
  out_head_.clear();
  append_response_head(response, date_now(loop_.clock()), out_head_);
  const std::string_view lasting = response.lasting_body;
  out_body_ = std::move(response.body);
  out_held_ = std::move(response.held);
  close_after_write_ = response.close;
  state_ = State::kWriting;
  timer_.set_after(limits_.body_time_max);
  body_allowed = body_allowed && response.status != 204 && response.status != 304;
  const std::string_view body = lasting.data() != nullptr ? lasting : std::string_view(out_body_);
  write(out_head_, body_allowed ? body : std::string_view());
}

void Connection::write(std::string_view first, std::string_view second) {
  stream_->write_all(first, second, [this](std::error_code error) { on_written(error); });
}

void Connection::on_written(std::error_code error) {
  if (state_ == State::kClosed) return;
  if (error) return finish();
  if (state_ == State::kStreaming) return on_stream_written();
  if (state_ == State::kContinuing) {
    state_ = State::kReading;
    return pump();
  }
  after_answer();
}

void Connection::after_answer() {
  out_body_ = std::string();
  out_held_ = nullptr;
  if (out_head_.capacity() > kKeptBufferBytesMax) out_head_ = std::string();
  if (!close_after_write_) {
    state_ = State::kIdle;
    timer_.set_after(limits_.idle_time_max);
    return pump();
  }
  // Closing while the client still sends would reset the connection and could take the answer with it (RFC 9112 9.6).
  // One that asked for the close is not sending.
  if (!keep_alive_ && in_.empty()) return finish();
  in_.use(in_.unused().size());
  state_ = State::kLingering;
  timer_.set_after(limits_.linger_time_max);
  read();
}

void Connection::refuse(const Error& error) {
  if (error.fault != Fault::kTooLarge) return answer_error(400, error.message);
  answer_error(error.code == "body" ? 413 : error.code == "target" ? 414 : 431, error.message);
}

void Connection::answer_error(int status, std::string_view message) {
  Response response = handler_.protocol_error(status, message);
  response.status = status;
  refuse(std::move(response));
}

void Connection::refuse(Response response) {
  parser_.drop();  // the answer, or the wait for the rest, may take its time
  response.close = true;
  keep_alive_ = true;  // it did not ask for the close: linger
  // An answer to HEAD has no body, even if only the head of the request was understood.
  send(std::move(response), parser_.head().method != "HEAD");
}

// --- streaming -------------------------------------------------------------------------------------------------------

void Connection::start_stream(Response head) {
  if (state_ != State::kHandling) return;
  handler_.complete(head);
  out_head_.clear();
  append_stream_head(head, date_now(loop_.clock()), out_head_);
  in_.use(in_.unused().size());
  state_ = State::kStreaming;
  stream_closing_ = head_request_;
  writing_ = true;
  timer_.set_after(limits_.body_time_max);
  write(out_head_, {});
  read();  // tells when the peer goes
}

bool Connection::write_stream(std::string_view bytes) {
  if (state_ != State::kStreaming || stream_closing_) return false;
  if (bytes.empty()) return true;
  if (writing_) {
    if (stream_queue_.size() + bytes.size() > limits_.stream_buffer_bytes_max) {
      finish();
      return false;
    }
    stream_queue_ += bytes;
    return true;
  }
  out_head_ = bytes;
  writing_ = true;
  timer_.set_after(limits_.body_time_max);
  write(out_head_, {});
  return true;
}

void Connection::on_stream_written() {
  writing_ = false;
  timer_.clear();
  if (!stream_queue_.empty()) {
    out_head_.swap(stream_queue_);
    stream_queue_.clear();
    if (stream_queue_.capacity() > kKeptBufferBytesMax) stream_queue_ = std::string();
    writing_ = true;
    timer_.set_after(limits_.body_time_max);
    return write(out_head_, {});
  }
  if (stream_closing_) return finish();
  if (stream_taken_) stream_taken_();
}

void Connection::cut_stream() {
  if (state_ != State::kStreaming) return;
  stream_gone_ = stream_taken_ = nullptr;
  finish();
}

void Connection::close_stream() {
  if (state_ != State::kStreaming) return;
  stream_gone_ = stream_taken_ = nullptr;
  stream_closing_ = true;
  if (!writing_) finish();
}

void Connection::on_stream_gone(std::function<void()> callback) {
  if (state_ == State::kStreaming) {
    stream_gone_ = std::move(callback);
  } else {
    loop_.post(std::move(callback));
  }
}

// --- ending ----------------------------------------------------------------------------------------------------------

void Connection::on_time_out() {
  if (state_ == State::kReading) return answer_error(408, "the request did not arrive in time");
  finish();
}

// Everything is let go in a turn of the loop of its own: finish() is called from inside callbacks of the stream, from
// the handler and from writers, none of which must find its caller destroyed.
void Connection::finish() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  timer_.stop();
  loop_.post([self = std::move(self_)] {
    self->stream_.reset();
    self->out_held_ = nullptr;
    if (const auto gone = std::exchange(self->stream_gone_, nullptr)) gone();
    if (const auto closed = std::exchange(self->closed_, nullptr)) closed();
  });
}

}  // namespace

std::shared_ptr<ServerConnection> ServerConnection::start(
    std::unique_ptr<Stream> stream, Loop& loop, Handler& handler, const Limits& limits, std::function<void()> closed) {
  auto connection = std::make_shared<Connection>(std::move(stream), loop, handler, limits, std::move(closed));
  connection->run();
  return connection;
}

}  // namespace fleethook::http
