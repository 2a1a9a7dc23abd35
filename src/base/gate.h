// Whatever runs in the background has an owner that can stop it and wait: work enters the gate and leaves it; close()
// refuses new work and reports once the last one has left. Not thread-safe: lives on one loop. (After Seastar's gate.)
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace fleethook {

class Gate {
 public:
  class Entry {
   public:
    Entry(Entry&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    friend class Gate;
    explicit Entry(Gate* gate) : gate_(gate) {}
    Gate* gate_;
  };

  ~Gate() { FLEETHOOK_ASSERT(inside_ == 0); }
  // nullopt once closed.
  std::optional<Entry> enter() {
    if (closed_) return std::nullopt;
    ++inside_;
    return Entry(this);
  }
  // `empty` runs when nothing is inside any more; at once if nothing is.
  void close(std::function<void()> empty) {
    closed_ = true;
    on_empty_ = std::move(empty);
    if (inside_ == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
  }
  bool is_closed() const { return closed_; }
  std::size_t inside() const { return inside_; }

 private:
  void leave() {
    if (--inside_ == 0 && closed_ && on_empty_) std::exchange(on_empty_, nullptr)();
  }
  std::size_t inside_ = 0;
  bool closed_ = false;
  std::function<void()> on_empty_;
};

}  // namespace fleethook
