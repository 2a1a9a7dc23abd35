// The bytes read from a stream and not used yet. Small while a connection is idle, larger while it receives much.
#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "base/assert.h"

namespace fleethook::http {

// Not thread-safe. Filled only when all of it is used.
class ReadBuffer {
 public:
  std::span<const char> unused() const { return {data_.get() + at_, end_ - at_}; }
  void use(std::size_t size) {
    FLEETHOOK_ASSERT(size <= end_ - at_);
    at_ += size;
  }
  bool empty() const { return at_ == end_; }

  // Where the next read goes. A read that filled the last space asks for a larger one; `small` goes back.
  std::span<char> space(bool small) {
    FLEETHOOK_ASSERT(empty());
    const std::size_t wanted = small || size_ == 0 ? kSmall : (end_ == size_ ? kLarge : size_);
    if (wanted != size_) {
      data_ = std::make_unique_for_overwrite<char[]>(wanted);
      size_ = wanted;
    }
    at_ = end_ = 0;
    return {data_.get(), size_};
  }
  void filled(std::size_t size) {
    FLEETHOOK_ASSERT(size <= size_);
    at_ = 0;
    end_ = size;
  }

 private:
  static constexpr std::size_t kSmall = 4 * 1024;
  static constexpr std::size_t kLarge = 64 * 1024;
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0, at_ = 0, end_ = 0;
};

}  // namespace fleethook::http
