// The few cryptographic operations we need, by libsodium (and nothing else of it leaks out).
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
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

// HMAC with SHA-256 (RFC 2104) over the parts as one text, under a key of any length.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

// Ed25519 (RFC 8032). `seed`: the 32 bytes that a private key is made of.
inline constexpr std::size_t kEd25519SeedBytes = 32;
using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;
Ed25519PublicKey ed25519_public_key(std::string_view seed);
Ed25519Signature ed25519_sign(std::string_view seed, std::string_view message);

bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace fleethook::crypto
