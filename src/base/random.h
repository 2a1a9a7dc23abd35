// Chance as an argument: identifiers, jitter and sampling draw from one of these.
#pragma once
#include <cstdint>
#include <span>

namespace fleethook {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  virtual void fill(std::span<std::uint8_t> into) = 0;
  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

// The system's cryptographic generator (libsodium). Thread-safe.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
  void fill(std::span<std::uint8_t> into) override;
};

// Reproducible (xoshiro256**, seeded by splitmix64). Not thread-safe. For identifiers' random parts where secrecy does
// not matter, for jitter, and for the simulated world.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;
  void fill(std::span<std::uint8_t> into) override;

 private:
  std::uint64_t state_[4];
};

}  // namespace fleethook
