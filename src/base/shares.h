// Something that many take of and of which nobody may take all: bytes, connections, streams. There is one limit for all
// together and one for each of those who take.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fleethook {

// Thread-safe. Remembers only those who hold something.
class Shares {
 public:
  enum class Taken : std::uint8_t {
    kYes,
    kAllTaken,    // nothing was taken: all together would hold more than all_max
    kShareTaken,  // nothing was taken: `who` would hold more than share_max
  };

  // What somebody has taken; its end gives it back. Belongs to one thread at a time; the shares outlive it.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept;
    Hold& operator=(Hold&& other) noexcept;
    ~Hold() { clear(); }
    // Takes what lacks to `amount`, all of it or nothing. Less than it holds changes nothing.
    Taken grow_to(std::uint64_t amount);
    std::uint64_t amount() const { return amount_; }
    void clear();

   private:
    friend class Shares;
    Hold(Shares& of, std::string who) : of_(&of), who_(std::move(who)) {}
    Shares* of_ = nullptr;
    std::string who_;
    std::uint64_t amount_ = 0;
  };

  Shares(std::uint64_t all_max, std::uint64_t share_max) : all_max_(all_max), share_max_(share_max) {}
  Shares(const Shares&) = delete;

  // Nothing yet, for `who`. "" is nobody: only the limit for all together counts.
  Hold hold(std::string who) { return {*this, std::move(who)}; }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  std::uint64_t taken_by(const std::string& who) const;

 private:
  Taken take(const std::string& who, std::uint64_t amount);
  void give_back(const std::string& who, std::uint64_t amount);

  const std::uint64_t all_max_, share_max_;
  std::atomic<std::uint64_t> taken_{0};  // changed under the mutex
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::uint64_t> by_who_;  // more than 0
};

// Whose share an address of a client counts against: an IPv4 address by itself, also when it is written as IPv6; of
// IPv6 the network of 64 bits, which is what one customer has at least. Any other text is itself.
std::string share_of_address(std::string_view address);

}  // namespace fleethook
