// How many of something there are, counted by those that are: no place that takes one out can forget to count it down.
#pragma once
#include <cstddef>
#include <utility>

namespace fleethook::delivery {

// Lives on one loop, longer than what it counts.
class Tally {
 public:
  // `all`: counts what this one counts, and what others do.
  explicit Tally(Tally* all = nullptr) : all_(all) {}
  Tally(const Tally&) = delete;
  std::size_t count() const { return count_; }

 private:
  friend class Counted;
  void add(std::ptrdiff_t more) {
    for (Tally* one = this; one != nullptr; one = one->all_) one->count_ += static_cast<std::size_t>(more);
  }
  Tally* const all_;
  std::size_t count_ = 0;
};

// One of them, as long as it lives. A copy is one more.
class Counted {
 public:
  Counted() = default;  // counts nowhere
  explicit Counted(Tally& tally) : tally_(&tally) { tally_->add(1); }
  Counted(const Counted& other) : tally_(other.tally_) {
    if (tally_ != nullptr) tally_->add(1);
  }
  Counted(Counted&& other) noexcept : tally_(std::exchange(other.tally_, nullptr)) {}
  Counted& operator=(Counted other) noexcept {
    std::swap(tally_, other.tally_);
    return *this;
  }
  ~Counted() {
    if (tally_ != nullptr) tally_->add(-1);
  }

 private:
  Tally* tally_ = nullptr;
};

}  // namespace fleethook::delivery
