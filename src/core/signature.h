// Signatures of requests after the Standard Webhooks specification (https://www.standardwebhooks.com): keys as people
// keep them in secrets, and the header by which a receiver knows that a request is ours and what it was. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/named_values.h"

namespace fleethook::core {

struct OutgoingRequest;

// What is signed is "<id>.<timestamp>.<body>", with the values of these headers. The first two are on every request.
inline constexpr std::string_view kIdHeader = "webhook-id";
inline constexpr std::string_view kTimestampHeader = "webhook-timestamp";
inline constexpr std::string_view kSignatureHeader = "webhook-signature";
// Whether it is one of the three, in any case of letters: with signing they are ours alone.
bool is_signature_header(std::string_view name);

class SigningKey {
 public:
  // "whsec_" and Base64 of 24 to 64 bytes: HMAC-SHA256, "v1". "whsk_" and Base64 of 32 bytes, or of 64 with the public
  // half behind them: Ed25519, "v1a". kInvalid (message only): it has another form. The message has no part of it, nor
  // its length.
  static Result<SigningKey> read(std::string_view text);

  // Appends "v1,<Base64>" or "v1a,<Base64>".
  void append_signature(std::string_view id, std::string_view timestamp, std::string_view body, std::string& out) const;

 private:
  enum class Scheme : std::uint8_t { kHmac, kEd25519 };
  SigningKey(Scheme scheme, std::string_view bytes) : scheme_(scheme), bytes_(bytes) {}

  Scheme scheme_;
  std::string bytes_;  // of Ed25519 the seed
};

// kInvalid: one of the secrets has no value, or no key in it; the message names the secret.
Result<void> check_keys(const std::vector<std::string>& secrets, const NamedValues& values);

// Adds kSignatureHeader to a request that is complete without it: one signature for each of the secrets, in their
// order, with spaces between. Errors as of check_keys(). With values that are masks the header has kMask for each.
Result<void> sign(const std::vector<std::string>& secrets, const NamedValues& values, OutgoingRequest& request);

}  // namespace fleethook::core
