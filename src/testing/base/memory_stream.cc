#include "testing/base/memory_stream.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/assert.h"

namespace fleethook::testing {

struct MemoryStream::Link : std::enable_shared_from_this<Link> {
  struct End {
    bool alive = true;
    std::string unread;          // sent by the other end
    bool end_of_stream = false;  // the other end sends no more
    std::span<char> read_into;
    OnRead on_read;
    bool read_posted = false;
    std::string write_rest;
    OnWrite on_write;
    bool write_posted = false;
    std::shared_ptr<StreamControl> control = std::make_shared<StreamControl>();
  };

  explicit Link(Loop& on) : loop(on) {}

  // Starts an operation of `end`; false (and the connection is broken) if it is the one that is to fail.
  void count(End& end) {
    if (end.control->operations++ != end.control->fail_operation) return;
    end.control->fired = true;
    break_both();
  }

  void break_both() {
    broken = true;
    for (End& end : ends) end.unread.clear();
    settle();
  }

  // Moves written bytes to the other end, as far as it takes them.
  void move_bytes(int side) {
    End& from = ends[side];
    End& to = ends[1 - side];
    if (broken || from.write_rest.empty()) return;
    if (!to.alive) {  // the write succeeds; the answer to it is a reset
      from.write_rest.clear();
      return break_both();
    }
    StreamControl& control = *from.control;
    const std::size_t room = control.unread_bytes_max - std::min(control.unread_bytes_max, to.unread.size());
    std::size_t count = std::min(room, from.write_rest.size());
    const bool cut = control.bytes_written + count >= control.cut_after_bytes;
    if (cut) count = static_cast<std::size_t>(control.cut_after_bytes - control.bytes_written);
    to.unread.append(from.write_rest, 0, count);
    from.write_rest.erase(0, count);
    control.bytes_written += count;
    if (!cut) return;
    control.fired = true;
    broken = true;  // what was written before the cut can still be read
  }

  // Posts the completion of whatever can complete now.
  void settle() {
    for (int side = 0; side < 2; ++side) {
      move_bytes(side);
      End& end = ends[side];
      if (end.on_write && !end.write_posted && (broken || end.write_rest.empty())) {
        end.write_posted = true;
        loop.post([self = shared_from_this(), side] { self->complete_write(side); });
      }
    }
    for (int side = 0; side < 2; ++side) {
      End& end = ends[side];
      if (end.on_read && !end.read_posted && (broken || end.end_of_stream || !end.unread.empty())) {
        end.read_posted = true;
        loop.post([self = shared_from_this(), side] { self->complete_read(side); });
      }
    }
  }

  void complete_read(int side) {
    End& end = ends[side];
    end.read_posted = false;
    if (!end.alive || !end.on_read) return;
    const std::size_t size =
        std::min({end.unread.size(), end.read_into.size(), std::max<std::size_t>(end.control->read_bytes_max, 1)});
    const OnRead done = std::exchange(end.on_read, nullptr);
    if (size == 0) {
      done(broken ? std::make_error_code(std::errc::connection_reset) : std::error_code(), 0);
      return;
    }
    std::memcpy(end.read_into.data(), end.unread.data(), size);
    end.unread.erase(0, size);
    settle();  // a write may have waited for room
    done({}, size);
  }

  void complete_write(int side) {
    End& end = ends[side];
    end.write_posted = false;
    if (!end.alive || !end.on_write) return;
    const bool failed = !end.write_rest.empty() || (broken && end.control->fired);
    end.write_rest.clear();
    const OnWrite done = std::exchange(end.on_write, nullptr);
    done(failed ? std::make_error_code(std::errc::connection_reset) : std::error_code());
  }

  Loop& loop;
  End ends[2];
  bool broken = false;
};

MemoryStream::Pair MemoryStream::pair(Loop& loop) {
  auto link = std::make_shared<Link>(loop);
  return {std::unique_ptr<MemoryStream>(new MemoryStream(link, 0)),
          std::unique_ptr<MemoryStream>(new MemoryStream(link, 1))};
}

MemoryStream::~MemoryStream() {
  Link::End& own = link_->ends[side_];
  own.alive = false;
  // The callbacks may own this very stream: they die after the link is consistent.
  const OnRead read = std::exchange(own.on_read, nullptr);
  const OnWrite write = std::exchange(own.on_write, nullptr);
  own.write_rest.clear();
  link_->ends[1 - side_].end_of_stream = true;
  if (own.unread.empty()) {
    link_->settle();
  } else {
    link_->break_both();
  }
}

bool MemoryStream::ended() const {
  return link_->broken || link_->ends[side_].end_of_stream;
}

bool MemoryStream::all_taken() const {
  return !link_->broken && link_->ends[side_].write_rest.empty() && link_->ends[1 - side_].unread.empty();
}

void MemoryStream::read_some(std::span<char> into, OnRead done) {
  Link::End& own = link_->ends[side_];
  FLEETHOOK_ASSERT(!own.on_read && !into.empty());
  own.read_into = into;
  own.on_read = std::move(done);
  link_->count(own);
  link_->settle();
}

void MemoryStream::write_all(std::span<const char> first, std::span<const char> second, OnWrite done) {
  Link::End& own = link_->ends[side_];
  FLEETHOOK_ASSERT(!own.on_write);
  own.write_rest.assign(first.data(), first.size()).append(second.data(), second.size());
  own.on_write = std::move(done);
  ++own.control->writes;
  link_->count(own);
  link_->settle();
}

std::shared_ptr<StreamControl> MemoryStream::control() const {
  return link_->ends[side_].control;
}

void MemoryStream::shutdown_write() {
  link_->ends[1 - side_].end_of_stream = true;
  link_->settle();
}

void MemoryStream::reset() {
  link_->break_both();
}

RawPeer::RawPeer(std::unique_ptr<MemoryStream> stream) : stream_(std::move(stream)), buffer_(64 * 1024, '\0') {
  read();
}
RawPeer::~RawPeer() = default;

void RawPeer::send(std::string_view bytes) {
  queued_ += bytes;
  write();
}

void RawPeer::resume_reading() {
  reading_ = true;
  read();
}

void RawPeer::read() {
  if (!reading_ || read_in_flight_ || ended_ || stream_ == nullptr) return;
  read_in_flight_ = true;
  stream_->read_some(buffer_, [this](std::error_code error, std::size_t size) {
    read_in_flight_ = false;
    received.append(buffer_, 0, size);
    ended_ = error || size == 0;
    if (error) error_ = error;
    read();
  });
}

void RawPeer::write() {
  if (write_in_flight_ || queued_.empty() || stream_ == nullptr) return;
  write_in_flight_ = true;
  writing_ = std::exchange(queued_, {});
  stream_->write_all(writing_, {}, [this](std::error_code error) {
    write_in_flight_ = false;
    if (error) error_ = error;
    if (!error) write();
  });
}

}  // namespace fleethook::testing
