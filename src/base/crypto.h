// The few cryptographic operations we need, by libsodium (and nothing else of it leaks out).
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleethook::crypto {

// Call once at start; false if the library cannot initialise.
bool init();

// argon2id in libsodium's own string format (carries salt and cost). Slow by design (tens of milliseconds): never on a
// loop. `cost` kMinimal exists for tests and demos.
enum class PasswordCost : std::uint8_t { kInteractive, kMinimal };
std::string hash_password(std::string_view password, PasswordCost cost = PasswordCost::kInteractive);
bool verify_password(std::string_view hash, std::string_view password);

using Digest = std::array<std::uint8_t, 32>;
// BLAKE2b-256. Tokens are stored and looked up by this digest only: 160 random bits need no slow hash.
Digest digest(std::string_view bytes);

// The same under a key of 16 to 64 bytes: only who has the key can make it.
Digest keyed_digest(std::string_view key, std::string_view bytes);

bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace fleethook::crypto
