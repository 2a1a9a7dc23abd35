#include "core/access_token.h"

#include <array>

#include "core/enum_names.h"

namespace fleethook::core {
namespace {

constexpr std::array<std::string_view, 2> kKinds = {"token", "session"};

}  // namespace

std::string_view to_text(TokenKind kind) {
  return enum_name(kKinds, kind);
}

std::optional<TokenKind> parse_token_kind(std::string_view text) {
  return enum_value<TokenKind>(kKinds, text);
}

std::optional<Instant> idle_end(const AccessToken& token, Duration session_idle_max) {
  if (token.kind != TokenKind::kSession) return std::nullopt;
  return token.use->last().value_or(token.created_at) + session_idle_max;
}

bool has_ended(const AccessToken& token, Instant now, Duration session_idle_max) {
  if (token.expires_at && *token.expires_at <= now) return true;
  const auto idle = idle_end(token, session_idle_max);
  return idle && *idle <= now;
}

}  // namespace fleethook::core
