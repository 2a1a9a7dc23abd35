#include "queue/ordered.h"

#include <string_view>

namespace fleethook::queue {

// FNV-1a, mixed. It stands on disk: it must stay as it is.
Device device_of(const core::Event& event) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char letter : std::string_view(event.publisher)) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
  }
  hash ^= hash >> 33;
  hash *= 0xFF51AFD7ED558CCDULL;
  hash ^= hash >> 33;
  return hash >> 3;
}

}  // namespace fleethook::queue
