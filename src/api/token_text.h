// The text of a new token: 40 hex digits, shown once; only its digest is kept.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/hex.h"
#include "base/random.h"

namespace fleethook::api {

// `random` must be the system's.
inline std::string make_token(Random& random) {
  std::array<std::uint8_t, 20> bytes{};
  random.fill(bytes);
  return to_hex(bytes);
}

}  // namespace fleethook::api
