// Keys that small values are sealed with before they are written to a disk: XChaCha20-Poly1305, by libsodium. The
// current key seals; it and older ones open, so that a key can be replaced while values sealed with the old one are
// still about.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace fleethook::crypto {

// A value: copied with its keys. Safe from any thread once made.
class Keyring {
 public:
  // Without a key: seals nothing and opens nothing.
  Keyring() = default;
  // With one key, drawn from `random`: SystemRandom outside of tests.
  static Keyring make(Random& random);
  // What str() gave. kCorrupt names the line; never a key.
  static Result<Keyring> parse(std::string_view text);
  // One line for each key, the current one first: "<id> <key>", in hex, behind lines of explanation that begin with
  // '#'.
  std::string str() const;

  bool empty() const { return keys_.empty(); }
  std::size_t size() const { return keys_.size(); }
  std::string current_id() const;  // 16 hex digits, from the key's digest: tells keys apart and gives nothing away
  // A new current key; the ones before stay and open what they sealed.
  void add_key(Random& random);
  // Leaves the current key only.
  void drop_old_keys();

  // The nonce is drawn from `random` (192 bits: never used twice by chance). What is sealed opens only with the same
  // `bound_to`, which says where it belongs: a sealed value that was moved elsewhere does not open. Asserts that there
  // is a key.
  std::string seal(std::string_view plain, std::string_view bound_to, Random& random) const;
  // kCorrupt: no key of these sealed it (the message names the id that did), it belongs elsewhere, or it was changed.
  Result<std::string> open(std::string_view sealed, std::string_view bound_to) const;
  // Whether the current key sealed it, as far as its head says.
  bool is_current(std::string_view sealed) const;

 private:
  static constexpr std::size_t kKeyBytes = 32, kIdBytes = 8;
  struct Key {
    std::array<std::uint8_t, kIdBytes> id{};
    std::array<std::uint8_t, kKeyBytes> bytes{};
  };
  static Key make_key(Random& random);
  static std::array<std::uint8_t, kIdBytes> id_of(const std::array<std::uint8_t, kKeyBytes>& bytes);
  const Key* key_of(std::string_view sealed) const;

  std::vector<Key> keys_;  // the current one first
};

}  // namespace fleethook::crypto
