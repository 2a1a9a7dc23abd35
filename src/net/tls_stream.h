// TLS over any http::Stream, both ends of it. OpenSSL is fed bytes and never sees a socket. Private to net/.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "http/stream.h"
#include "net/loop_impl.h"
#include "net/openssl.h"

namespace fleethook::net {

// Lives on its loop. A write becomes as few TLS records as it fits into, and one write of the stream below per 64 KiB.
class TlsStream final : public http::Stream {
 public:
  // "" when the handshake is done, else what went wrong, for people: "certificate: self-signed certificate".
  using OnHandshake = std::function<void(std::string problem)>;

  // `ssl` is set up as client or server; `keep` is held as long as it lives (for what its callbacks need).
  TlsStream(AsioLoop& loop, std::unique_ptr<http::Stream> below, SslPtr ssl, std::shared_ptr<void> keep);
  ~TlsStream() override;

  // Comes before reads and writes. Never runs `done` inside the call, nor once this is destroyed.
  void handshake(OnHandshake done);
  void read_some(std::span<char> into, OnRead done) override;
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override;
  std::string peer() const override { return below_->peer(); }
  bool ended() const override { return said_end_ || ended_ || below_->ended(); }
  bool all_taken() const override {
    return outgoing_.empty() && !sending_now_ && rest_[0].empty() && rest_[1].empty() && below_->all_taken();
  }
  bool encrypted() const override { return true; }
  // Whether the handshake took up an earlier session.
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

 private:
  friend struct TlsStreamBio;
  void advance();
  void shake_hands();
  void decrypt();
  void encrypt();
  void send();
  void receive();
  std::string describe_failure() const;

  AsioLoop::Impl& loop_;
  std::shared_ptr<void> keep_;
  SslPtr ssl_;
  Pending<std::string> handshake_;
  Pending<std::error_code, std::size_t> read_;
  Pending<std::error_code> write_;
  bool established_ = false;
  bool wants_input_ = false;

  std::span<char> into_;                       // of the read under way
  std::array<std::span<const char>, 2> rest_;  // plain text of the write under way

  std::string received_;  // buffer for bytes from below, used in [received_begin_, received_end_)
  std::size_t received_begin_ = 0;
  std::size_t received_end_ = 0;
  bool receiving_ = false;
  bool ended_ = false;     // the stream below has ended
  bool said_end_ = false;  // the other end has said in TLS that nothing more comes
  std::error_code receive_problem_;

  std::string outgoing_;  // what OpenSSL wants sent
  std::string sending_;   // what the stream below is sending
  bool sending_now_ = false;
  std::error_code send_problem_;

  // Last, so that it goes first: its callbacks into this must not run while the rest is being destroyed.
  std::unique_ptr<http::Stream> below_;
};

}  // namespace fleethook::net
