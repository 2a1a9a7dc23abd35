#include "core/signature.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/crypto.h"
#include "base/hex.h"
#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/mask.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kHmacPrefix = "whsec_";
constexpr std::string_view kPrivatePrefix = "whsk_";
constexpr std::string_view kPublicPrefix = "whpk_";
// Of the specification.
constexpr std::size_t kHmacBytesMin = 24, kHmacBytesMax = 64;
constexpr std::size_t kSeedBytes = crypto::kEd25519SeedBytes;

Error unlike_a_key(std::string why) {
  return {Fault::kInvalid, std::move(why)};
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<SigningKey> key_of(const std::string& name, const NamedValues& values) {
  const std::string* text = values.secret(name);
  if (text == nullptr) return unlike_a_key("it cannot be signed: there is no secret " + name);
  auto key = SigningKey::read(*text);
  if (key.ok()) return key;
  return unlike_a_key("it cannot be signed: secret " + name + " is no signing key: " + key.error().message);
}

}  // namespace

bool is_signature_header(std::string_view name) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{kIdHeader, kTimestampHeader, kSignatureHeader},
                             [&](std::string_view ours) { return ascii_iequals(ours, name); });
}

Result<SigningKey> SigningKey::read(std::string_view text) {
  if (text.starts_with(kPublicPrefix))
    return unlike_a_key("it is a public key (whpk_); the private one begins with whsk_");
  const bool hmac = text.starts_with(kHmacPrefix);
  if (!hmac && !text.starts_with(kPrivatePrefix))
    return unlike_a_key("expected whsec_ (HMAC) or whsk_ (Ed25519) and the key in Base64 behind it");
  text.remove_prefix((hmac ? kHmacPrefix : kPrivatePrefix).size());
  const std::optional<std::string> bytes = from_base64(text);
  if (!bytes) return unlike_a_key("what stands behind its prefix is not Base64 with padding");
  if (hmac) {
    if (bytes->size() >= kHmacBytesMin && bytes->size() <= kHmacBytesMax) return SigningKey(Scheme::kHmac, *bytes);
    return unlike_a_key("expected " + std::to_string(kHmacBytesMin) + " to " + std::to_string(kHmacBytesMax) +
                        " bytes behind whsec_");
  }
  if (bytes->size() != kSeedBytes && bytes->size() != 2 * kSeedBytes) {
    return unlike_a_key("expected 32 bytes behind whsk_, or 64 with the public key");
  }
  const std::string_view seed = std::string_view(*bytes).substr(0, kSeedBytes);
  const bool has_public_half = bytes->size() > kSeedBytes;
  if (has_public_half && text_of(crypto::ed25519_public_key(seed)) != std::string_view(*bytes).substr(kSeedBytes))
    return unlike_a_key("its public half does not belong to its private one");
  return SigningKey(Scheme::kEd25519, seed);
}

void SigningKey::append_signature(std::string_view id,
                                  std::string_view timestamp,
                                  std::string_view body,
                                  std::string& out) const {
  if (scheme_ == Scheme::kHmac) {
    out += "v1,";
    append_base64(text_of(crypto::hmac_sha256(bytes_, {id, ".", timestamp, ".", body})), out);
    return;
  }
  std::string whole;
  whole.reserve(id.size() + timestamp.size() + body.size() + 2);
  whole.append(id).append(".").append(timestamp).append(".").append(body);
  out += "v1a,";
  append_base64(text_of(crypto::ed25519_sign(bytes_, whole)), out);
}

Result<void> check_keys(const std::vector<std::string>& secrets, const NamedValues& values) {
  for (const std::string& name : secrets) FLEETHOOK_CHECK(key_of(name, values));
  return {};
}

Result<void> sign(const std::vector<std::string>& secrets, const NamedValues& values, OutgoingRequest& request) {
  std::string signatures;
  for (const std::string& name : secrets) {
    if (!signatures.empty()) signatures += ' ';
    if (has_masks(values)) {
      signatures += kMask;
      continue;
    }
    FLEETHOOK_TRY(const SigningKey key, key_of(name, values));
    key.append_signature(request.headers.get(kIdHeader), request.headers.get(kTimestampHeader), request.body,
                         signatures);
  }
  request.headers.set(kSignatureHeader, signatures);
  return {};
}

}  // namespace fleethook::core
