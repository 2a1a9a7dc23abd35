#include "delivery/token_cache.h"

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

struct Loop final : TokenCache::Waiter {
  void settled(const core::TokenKey& /*key*/, const TokenOutcome& outcome) override { told.push_back(outcome); }
  std::vector<TokenOutcome> told;
};

class TokenCacheTest : public ::testing::Test {
 protected:
  static TokenOutcome token(const std::string& text, Steady at, Duration lifetime = 1h) {
    return {std::make_shared<const Token>(Token{text, at, at + lifetime - 2min, at + lifetime - 1min}), nullptr};
  }
  static TokenOutcome failure() { return {nullptr, std::make_shared<const TokenFailure>()}; }
  static core::TokenKey key(std::uint8_t number) { return {number}; }

  const Steady begin_{1h};
  TokenCache cache_{3};
  Loop one_, other_;
};

TEST_F(TokenCacheTest, OneFetchesAndAllAreTold) {
  EXPECT_TRUE(cache_.ask(key(1), begin_, one_).fetch);
  EXPECT_FALSE(cache_.ask(key(1), begin_, other_).fetch);
  EXPECT_FALSE(cache_.ask(key(1), begin_, one_).fetch);
  EXPECT_TRUE(cache_.ask(key(2), begin_, one_).fetch) << "of another key one fetches at the same time";
  cache_.settle(key(1), token("t", begin_), {});
  ASSERT_EQ(one_.told.size(), 1U) << "once, however many of its attempts wait";
  ASSERT_EQ(other_.told.size(), 1U);
  EXPECT_EQ(other_.told[0].token->text, "t");
  EXPECT_EQ(cache_.ask(key(1), begin_ + 1s, other_).outcome.token->text, "t");
}

TEST_F(TokenCacheTest, NearItsEndOneFetchesTheNextAndTheOthersGoOn) {
  cache_.ask(key(1), begin_, one_);
  cache_.settle(key(1), token("old", begin_), {});
  const Steady near = begin_ + 58min + 30s;
  const auto first = cache_.ask(key(1), near, one_);
  EXPECT_TRUE(first.fetch);
  EXPECT_EQ(first.outcome.token->text, "old");
  EXPECT_FALSE(cache_.ask(key(1), near, other_).fetch);
  cache_.settle(key(1), failure(), near + 2s);
  EXPECT_EQ(cache_.ask(key(1), near + 1s, other_).outcome.token->text, "old") << "what there is serves";
  EXPECT_FALSE(cache_.ask(key(1), near + 1s, other_).fetch) << "the endpoint has a pause";
  EXPECT_TRUE(cache_.ask(key(1), near + 3s, other_).fetch);
  cache_.settle(key(1), token("new", near + 3s), {});
  EXPECT_EQ(cache_.ask(key(1), near + 4s, one_).outcome.token->text, "new");
}

TEST_F(TokenCacheTest, ATokenThatHasEndedIsNobodys) {
  cache_.ask(key(1), begin_, one_);
  cache_.settle(key(1), token("old", begin_), {});
  const auto answer = cache_.ask(key(1), begin_ + 1h, one_);
  EXPECT_TRUE(answer.fetch);
  EXPECT_EQ(answer.outcome.token, nullptr);
}

TEST_F(TokenCacheTest, AnEndpointThatGaveNoneIsLeftAloneForAWhile) {
  cache_.ask(key(1), begin_, one_);
  cache_.settle(key(1), failure(), begin_ + 2s);
  const auto paused = cache_.ask(key(1), begin_ + 1s, other_);
  EXPECT_FALSE(paused.fetch);
  EXPECT_NE(paused.outcome.failure, nullptr);
  EXPECT_TRUE(cache_.ask(key(1), begin_ + 2s, other_).fetch);
}

TEST_F(TokenCacheTest, OnlyTheTokenThatWasRefusedIsThrownAway) {
  cache_.ask(key(1), begin_, one_);
  const TokenOutcome old = token("old", begin_);
  cache_.settle(key(1), old, {});
  cache_.refused(key(1), old.token);
  EXPECT_TRUE(cache_.ask(key(1), begin_ + 1s, one_).fetch);
  cache_.settle(key(1), token("new", begin_ + 1s), {});
  cache_.refused(key(1), old.token);  // by one who was late
  EXPECT_EQ(cache_.ask(key(1), begin_ + 2s, other_).outcome.token->text, "new");
}

TEST_F(TokenCacheTest, WhoLeftIsToldNothing) {
  cache_.ask(key(1), begin_, one_);
  cache_.ask(key(1), begin_, other_);
  cache_.leave(other_);
  cache_.settle(key(1), token("t", begin_), {});
  EXPECT_EQ(one_.told.size(), 1U);
  EXPECT_TRUE(other_.told.empty());
}

TEST_F(TokenCacheTest, IsBoundedAndLosesWhatIsOverFirst) {
  cache_.ask(key(1), begin_, one_);
  cache_.settle(key(1), token("short", begin_, 3min), {});
  cache_.ask(key(2), begin_, one_);
  cache_.settle(key(2), token("long", begin_), {});
  cache_.ask(key(3), begin_, one_);  // is being fetched
  EXPECT_TRUE(cache_.ask(key(4), begin_ + 5min, one_).fetch);
  EXPECT_EQ(cache_.ask(key(2), begin_ + 5min, one_).outcome.token->text, "long");
  EXPECT_FALSE(cache_.ask(key(3), begin_ + 5min, one_).fetch) << "it is still under way";
  cache_.ask(key(5), begin_ + 5min, one_);
  EXPECT_TRUE(cache_.ask(key(2), begin_ + 5min, one_).fetch) << "one more takes the place of one";
}

}  // namespace
}  // namespace fleethook::delivery
