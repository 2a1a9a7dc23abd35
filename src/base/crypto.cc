#include "base/crypto.h"

#include <new>
#include <tuple>

#include <sodium.h>

#include "base/assert.h"

namespace fleethook::crypto {

bool init() {
  return sodium_init() >= 0;
}

std::string hash_password(std::string_view password, PasswordCost cost) {
  const bool minimal = cost == PasswordCost::kMinimal;
  const auto operations = minimal ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
  const auto memory = minimal ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
  char hash[crypto_pwhash_STRBYTES];
  const int failed =
      crypto_pwhash_str_alg(hash, password.data(), password.size(), operations, memory, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) throw std::bad_alloc();  // the only way it fails
  return hash;
}

bool verify_password(std::string_view hash, std::string_view password) {
  if (hash.size() >= crypto_pwhash_STRBYTES || hash.find('\0') != std::string_view::npos) return false;
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

Digest digest(std::string_view bytes) {
  Digest result;
  crypto_generichash(result.data(), result.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     nullptr, 0);
  return result;
}

Digest keyed_digest(std::string_view key, std::string_view bytes) {
  FLEETHOOK_ASSERT(key.size() >= crypto_generichash_KEYBYTES_MIN && key.size() <= crypto_generichash_KEYBYTES_MAX);
  Digest result;
  crypto_generichash(result.data(), result.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return result;
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  for (const std::string_view part : parts)
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  Digest result;
  static_assert(std::tuple_size_v<Digest> == crypto_auth_hmacsha256_BYTES);
  crypto_auth_hmacsha256_final(&state, result.data());
  sodium_memzero(&state, sizeof state);
  return result;
}

namespace {

// Both halves of an Ed25519 key; the secret one leaves no copy behind.
struct Ed25519Pair {
  explicit Ed25519Pair(std::string_view seed) {
    static_assert(kEd25519SeedBytes == crypto_sign_SEEDBYTES);
    FLEETHOOK_ASSERT(seed.size() == crypto_sign_SEEDBYTES);
    crypto_sign_seed_keypair(open.data(), secret.data(), reinterpret_cast<const unsigned char*>(seed.data()));
  }
  ~Ed25519Pair() { sodium_memzero(secret.data(), secret.size()); }
  Ed25519Pair(const Ed25519Pair&) = delete;

  Ed25519PublicKey open;
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
};

}  // namespace

Ed25519PublicKey ed25519_public_key(std::string_view seed) {
  return Ed25519Pair(seed).open;
}

Ed25519Signature ed25519_sign(std::string_view seed, std::string_view message) {
  const Ed25519Pair pair(seed);
  Ed25519Signature signature;
  crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(message.data()),
                       message.size(), pair.secret.data());
  return signature;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fleethook::crypto
