#include "net/tls_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/errno_name.h"

namespace fleethook::net {
namespace {
constexpr std::size_t kRecordBytesMax = 16'384;       // RFC 8446, 5.1
constexpr std::size_t kReceiveBytes = 17 * 1024;      // one record with its header and tag
constexpr std::size_t kOutgoingBytesMax = 64 * 1024;  // encrypted at a time; then they are sent first
const std::error_code kProtocolError = std::make_error_code(std::errc::protocol_error);
}  // namespace

// The BIO between OpenSSL and a TlsStream's two buffers. (OpenSSL's own memory BIO would copy once more.)
struct TlsStreamBio {
  static BIO* make(TlsStream* stream) {
    static BIO_METHOD* const method = make_method();  // one for the life of the process
    BIO* bio = BIO_new(method);
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    return bio;
  }
  static BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fleethook stream");
    BIO_meth_set_read(method, read);
    BIO_meth_set_write(method, write);
    BIO_meth_set_ctrl(method, ctrl);
    return method;
  }
  static int read(BIO* bio, char* into, int size) {
    auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    const std::size_t taken = std::min(static_cast<std::size_t>(size), stream.received_end_ - stream.received_begin_);
    BIO_clear_retry_flags(bio);
    if (taken == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(into, stream.received_.data() + stream.received_begin_, taken);
    stream.received_begin_ += taken;
    return static_cast<int>(taken);
  }
  static int write(BIO* bio, const char* from, int size) {
    static_cast<TlsStream*>(BIO_get_data(bio))->outgoing_.append(from, static_cast<std::size_t>(size));
    return size;
  }
  static long ctrl(BIO*, int command, long, void*) {  // NOLINT(google-runtime-int): OpenSSL's signature
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
};

TlsStream::TlsStream(AsioLoop& loop, std::unique_ptr<http::Stream> below, SslPtr ssl, std::shared_ptr<void> keep)
    : loop_(loop.impl()), keep_(std::move(keep)), ssl_(std::move(ssl)), below_(std::move(below)) {
  BIO* bio = TlsStreamBio::make(this);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() {
  if (!established_) return;
  // Says goodbye if that is possible without waiting: the stream below sends at once what its buffer takes. It also
  // marks the session as fit for resumption.
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  if (!sending_now_ && !send_problem_ && !ended_) below_->write_all(outgoing_, {}, [](std::error_code) {});
}

void TlsStream::handshake(OnHandshake done) {
  handshake_.start(std::move(done));
  advance();
}

void TlsStream::read_some(std::span<char> into, OnRead done) {
  FLEETHOOK_ASSERT(established_ && !into.empty());
  read_.start(std::move(done));
  into_ = into;
  advance();
}

void TlsStream::write_all(std::span<const char> first, std::span<const char> second, OnWrite done) {
  FLEETHOOK_ASSERT(established_);
  write_.start(std::move(done));
  rest_ = {first, second};
  advance();
}

// Does whatever can be done now. Runs after every event; callbacks only ever run later.
void TlsStream::advance() {
  wants_input_ = false;
  if (handshake_.unfinished()) shake_hands();
  if (read_.unfinished()) decrypt();
  if (write_.unfinished()) encrypt();
  send();
  receive();
}

void TlsStream::shake_hands() {
  if (send_problem_) return handshake_.finish(loop_, "TLS handshake: write " + errno_name(send_problem_.value()));
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    established_ = true;
    return handshake_.finish(loop_, "");
  }
  if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ) return handshake_.finish(loop_, describe_failure());
  if (receive_problem_) return handshake_.finish(loop_, "TLS handshake: read " + errno_name(receive_problem_.value()));
  if (ended_) return handshake_.finish(loop_, "TLS handshake: the other end closed the connection");
  wants_input_ = true;
}

std::string TlsStream::describe_failure() const {
  const auto verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0) {
    ERR_clear_error();
    return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  }
  return "TLS handshake: " + take_openssl_error();
}

void TlsStream::decrypt() {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int outcome = SSL_read_ex(ssl_.get(), into_.data(), into_.size(), &bytes);
  if (outcome == 1) return read_.finish(loop_, {}, bytes);
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      if (receive_problem_) return read_.finish(loop_, receive_problem_, 0);
      // Many servers close without TLS's goodbye; HTTP's own framing tells whether the message was whole.
      if (ended_) return read_.finish(loop_, {}, 0);
      wants_input_ = true;
      return;
    case SSL_ERROR_ZERO_RETURN:
      said_end_ = true;
      return read_.finish(loop_, {}, 0);
    default:
      ERR_clear_error();
      return read_.finish(loop_, kProtocolError, 0);
  }
}

void TlsStream::encrypt() {
  if (send_problem_) return write_.finish(loop_, send_problem_);
  while (outgoing_.size() < kOutgoingBytesMax && !(rest_[0].empty() && rest_[1].empty())) {
    std::array<char, kRecordBytesMax> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    std::size_t used = 0;
    for (std::span<const char>& part : rest_) {
      const std::size_t taken = std::min(part.size(), record.size() - used);
      if (taken != 0) std::memcpy(record.data() + used, part.data(), taken);
      part = part.subspan(taken);
      used += taken;
    }
    ERR_clear_error();
    std::size_t written = 0;
    // Our BIO takes everything, so it is all or an error.
    if (SSL_write_ex(ssl_.get(), record.data(), used, &written) != 1) {
      ERR_clear_error();
      send_problem_ = kProtocolError;
      return write_.finish(loop_, send_problem_);
    }
  }
  if (rest_[0].empty() && rest_[1].empty() && outgoing_.empty() && !sending_now_) write_.finish(loop_, {});
}

void TlsStream::send() {
  if (sending_now_ || outgoing_.empty() || send_problem_) return;
  sending_.swap(outgoing_);
  outgoing_.clear();
  sending_now_ = true;
  below_->write_all(sending_, {}, [this](std::error_code problem) {
    sending_now_ = false;
    send_problem_ = problem;
    if (sending_.capacity() > 2 * kRecordBytesMax) sending_ = std::string();  // idle connections are many
    advance();
  });
}

void TlsStream::receive() {
  if (!wants_input_ || receiving_ || ended_ || receive_problem_) return;
  FLEETHOOK_ASSERT(received_begin_ == received_end_);  // OpenSSL asks for more only when it has taken all
  received_.resize(kReceiveBytes);
  receiving_ = true;
  below_->read_some(received_, [this](std::error_code problem, std::size_t bytes) {
    receiving_ = false;
    receive_problem_ = problem;
    ended_ = !problem && bytes == 0;
    received_begin_ = 0;
    received_end_ = bytes;
    advance();
  });
}

}  // namespace fleethook::net
