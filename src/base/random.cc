#include "base/random.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <sodium.h>

#include "base/assert.h"
#include "base/crypto.h"

namespace fleethook {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  std::uint8_t bytes[sizeof value];
  fill(bytes);
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void SystemRandom::fill(std::span<std::uint8_t> into) {
  static const bool ready = crypto::init();  // libsodium's generator is safe across threads only once initialised
  FLEETHOOK_ASSERT(ready);
  randombytes_buf(into.data(), into.size());
}

// Vigna, https://prng.di.unimi.it/splitmix64.c: the seeding its authors recommend for xoshiro.
SeededRandom::SeededRandom(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    word = z ^ (z >> 31);
  }
}

// Blackman and Vigna, https://prng.di.unimi.it/xoshiro256starstar.c.
std::uint64_t SeededRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void SeededRandom::fill(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const std::uint64_t word = next();
    const std::size_t count = std::min(into.size(), sizeof word);
    std::memcpy(into.data(), &word, count);
    into = into.subspan(count);
  }
}

}  // namespace fleethook
