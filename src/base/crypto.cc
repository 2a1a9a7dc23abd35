#include "base/crypto.h"

#include <new>

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

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fleethook::crypto
