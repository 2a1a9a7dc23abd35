// A byte stream to one peer, as seen by code that speaks HTTP. net/ implements it over TCP and TLS; testing/ implements
// it in memory. No Asio type appears here, so including it costs nothing.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace fleethook::http {

// One read and one write may be in flight at a time. Callbacks run on the stream's loop thread, never inside the call
// that started the operation. Destroying the stream closes it and drops pending callbacks.
class Stream {
 public:
  using OnRead = std::function<void(std::error_code, std::size_t bytes_read)>;
  using OnWrite = std::function<void(std::error_code)>;
  virtual ~Stream() = default;
  // `into` must stay valid until `done` runs. bytes_read == 0 without an error means end of stream.
  virtual void read_some(std::span<char> into, OnRead done) = 0;
  // All of both parts, in one system call where possible (head and body of a message). They must stay valid until
  // `done` runs.
  virtual void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) = 0;
  // Address of the other end without port.
  virtual std::string peer() const = 0;
  // Whether the peer has closed its end, as far as the loop was told by now. Costs nothing; false where nobody can
  // tell.
  virtual bool ended() const { return false; }
  // Whether the peer's machine has taken all that was written, and has not reset the connection. Asked when the peer
  // has closed: a machine resets when what it took was not read. False where nobody can tell.
  virtual bool all_taken() const { return false; }
  // Whether nobody between the two ends can read along: TLS.
  virtual bool encrypted() const { return false; }
};

}  // namespace fleethook::http
