// Two http::Streams connected in memory, with what goes wrong on real connections at a test's command.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/loop.h"
#include "http/stream.h"

namespace fleethook::testing {

// What one end of a pair does wrong, and what it has done. Shared with the stream: a test keeps it after giving the
// stream away, and may change it at any time.
struct StreamControl {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  std::size_t read_bytes_max = std::numeric_limits<std::size_t>::max();  // one read gives at most so many bytes
  std::size_t unread_bytes_max =
      std::numeric_limits<std::size_t>::max();  // a write waits while the peer has so many unread
  std::uint64_t cut_after_bytes = kNever;       // once so many bytes are written, the connection breaks both ways
  std::uint64_t fail_operation = kNever;        // the nth read or write (from 0) fails, and the connection with it
  std::uint64_t operations = 0;                 // reads and writes started
  std::uint64_t writes = 0;                     // writes started
  std::uint64_t bytes_written = 0;
  bool fired = false;  // cut_after_bytes or fail_operation has struck
};

// One end. As TCP does it: destroying an end gives the other the bytes still on the way and then end of stream, but a
// reset (ECONNRESET, bytes on the way lost) if it left bytes unread or is written to afterwards. Lives on its loop.
class MemoryStream final : public http::Stream {
 public:
  using Pair = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;
  // Each sees the other at 127.0.0.1.
  static Pair pair(Loop& loop);
  ~MemoryStream() override;

  void read_some(std::span<char> into, OnRead done) override;
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override;
  std::string peer() const override { return "127.0.0.1"; }
  bool ended() const override;
  bool all_taken() const override;
  bool encrypted() const override { return encrypted_; }
  void pretend_encrypted() { encrypted_ = true; }

  std::shared_ptr<StreamControl> control() const;
  void shutdown_write();  // half close: the peer reads to the end of the stream, this end can go on reading
  void reset();           // breaks the connection both ways

 private:
  struct Link;
  MemoryStream(std::shared_ptr<Link> link, int side) : link_(std::move(link)), side_(side) {}
  std::shared_ptr<Link> link_;
  int side_;
  bool encrypted_ = false;
};

// The other side of a connection under test: sends what it is told and keeps all that comes. Lives on the stream's
// loop.
class RawPeer {
 public:
  explicit RawPeer(std::unique_ptr<MemoryStream> stream);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;

  void send(std::string_view bytes);     // queued behind what is not written yet
  std::string received;                  // may be cleared by the test
  bool ended() const { return ended_; }  // the other side closed, or the connection broke
  std::error_code error() const { return error_; }
  void stop_reading() { reading_ = false; }  // after the read in flight
  void resume_reading();
  void close() { stream_.reset(); }
  MemoryStream* stream() { return stream_.get(); }  // nullptr once closed

 private:
  void read();
  void write();
  std::unique_ptr<MemoryStream> stream_;
  std::string buffer_, writing_, queued_;
  bool reading_ = true, read_in_flight_ = false, write_in_flight_ = false, ended_ = false;
  std::error_code error_;
};

}  // namespace fleethook::testing
