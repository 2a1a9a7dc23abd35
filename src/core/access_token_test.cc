#include "core/access_token.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

using namespace std::chrono_literals;

constexpr Duration kIdle = 12h;

AccessToken made(TokenKind kind, Instant at) {
  AccessToken token;
  token.kind = kind;
  token.created_at = at;
  return token;
}

TEST(TokenKind, ReadsWhatItWrites) {
  for (const TokenKind kind : {TokenKind::kToken, TokenKind::kSession})
    EXPECT_EQ(parse_token_kind(to_text(kind)), kind);
  EXPECT_EQ(to_text(TokenKind::kSession), "session");
  for (const char* text : {"", "Session", "cookie"}) EXPECT_FALSE(parse_token_kind(text).has_value()) << text;
}

TEST(AccessToken, ATokenMayRestAndASessionMayNot) {
  const Instant start{};
  const AccessToken token = made(TokenKind::kToken, start), session = made(TokenKind::kSession, start);
  EXPECT_EQ(idle_end(token, kIdle), std::nullopt);
  EXPECT_FALSE(has_ended(token, start + 10000h, kIdle));
  EXPECT_EQ(idle_end(session, kIdle), start + kIdle) << "never used counts from its beginning";
  EXPECT_FALSE(has_ended(session, start + kIdle - 1us, kIdle));
  EXPECT_TRUE(has_ended(session, start + kIdle, kIdle));
}

TEST(AccessToken, UseKeepsASessionUntilItExpires) {
  const Instant start{};
  AccessToken session = made(TokenKind::kSession, start);
  session.expires_at = start + 20h;
  const AccessToken in_another_snapshot = session;
  in_another_snapshot.use->note(start + 10h);
  EXPECT_EQ(idle_end(session, kIdle), start + 22h) << "all copies know of it";
  EXPECT_FALSE(has_ended(session, start + 20h - 1us, kIdle));
  EXPECT_TRUE(has_ended(session, start + 20h, kIdle));
}

TEST(LastUse, OnlyGoesForwardAndTellsOnceThatItIsUnsaved) {
  LastUse use{std::nullopt};
  EXPECT_EQ(use.last(), std::nullopt);
  EXPECT_FALSE(use.take_unsaved());
  use.note(Instant(2h));
  use.note(Instant(1h));
  EXPECT_EQ(use.last(), Instant(2h));
  EXPECT_TRUE(use.take_unsaved());
  EXPECT_FALSE(use.take_unsaved());
  EXPECT_FALSE(LastUse(Instant(1h)).take_unsaved()) << "it came from where it would be saved";
}

}  // namespace
}  // namespace fleethook::core
