// What proves who calls: tokens of programs, and sessions of people in a browser. Both are found by the digest of a
// secret that is shown once and kept nowhere.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "core/ids.h"
#include "core/last_use.h"

namespace fleethook::core {

// A token comes in a header, a session in a cookie; neither is taken for the other.
enum class TokenKind : std::uint8_t { kToken, kSession };
std::string_view to_text(TokenKind kind);  // "token", "session"
std::optional<TokenKind> parse_token_kind(std::string_view text);

struct AccessToken {
  crypto::Digest digest{};
  UserId user;
  std::string client;                 // the OAuth client id that asked for it; of a session, the browser
  std::optional<Instant> expires_at;  // nullopt = never
  Instant created_at{};
  TokenKind kind = TokenKind::kToken;
  std::shared_ptr<LastUse> use = std::make_shared<LastUse>(std::nullopt);  // never null
};

// When a session ends if it is not used again; nullopt for a token, which may rest.
std::optional<Instant> idle_end(const AccessToken& token, Duration session_idle_max);
bool has_ended(const AccessToken& token, Instant now, Duration session_idle_max);

}  // namespace fleethook::core
