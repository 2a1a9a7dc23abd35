// Two loops that share a cache: one asks the endpoint for both.
#include "delivery/tokens.h"

#include <gtest/gtest.h>

#include "testing/sim_network.h"

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

struct Client final : Tokens::Client {
  void token_came(const TokenOutcome& outcome) override { told.push_back(outcome); }
  std::vector<TokenOutcome> told;
};

class TokensTest : public ::testing::Test, public testing::Imposter::Witness {
 protected:
  TokensTest() {
    endpoint_.personality.body = R"({"access_token":"t","expires_in":3600})";
    endpoint_.personality.think_min = endpoint_.personality.think_max = 1s;
  }
  void received(const testing::Imposter&, const testing::Imposter::Request&) override { ++asked_; }
  void answered(const testing::Imposter&, const http::Request&, int, std::optional<Duration>, bool) override {}

  std::unique_ptr<Tokens> tokens(testing::SimLoop& loop, testing::SimTransport& transport) {
    return std::make_unique<Tokens>(loop, transport, limits_, metrics_, cache_);
  }
  TokenOutcome ask(Tokens& of, Client& client, Duration patience = 10s) {
    return of.ask(grant_, "secret", Deadline::at(sim_.steady() + patience), client);
  }
  void run(Duration span) { sim_.run_until(sim_.steady() + span); }

  testing::Sim sim_{1};
  testing::SimNetwork network_{sim_};
  testing::Imposter& endpoint_ = network_.add("auth.example", 80, {}, *this);
  const Limits limits_;
  metrics::Registry metrics_;
  std::shared_ptr<TokenCache> cache_ = std::make_shared<TokenCache>(limits_.oauth2_tokens_max);
  const core::TokenGrant grant_ = *core::TokenGrant::make({"http://auth.example/t", "c", "S"}, "o:1", true);
  testing::SimLoop loop_a_{sim_}, loop_b_{sim_};
  testing::SimTransport transport_a_{network_, loop_a_}, transport_b_{network_, loop_b_};
  std::unique_ptr<Tokens> a_ = tokens(loop_a_, transport_a_), b_ = tokens(loop_b_, transport_b_);
  Client one_, two_, three_;
  int asked_ = 0;
};

TEST_F(TokensTest, OneLoopAsksForAll) {
  for (const auto& [of, client] :
       {std::pair(a_.get(), &one_), std::pair(a_.get(), &two_), std::pair(b_.get(), &three_)})
    EXPECT_EQ(ask(*of, *client).token, nullptr);
  run(5s);
  EXPECT_EQ(asked_, 1);
  for (const Client* client : {&one_, &two_, &three_}) {
    ASSERT_EQ(client->told.size(), 1U);
    EXPECT_EQ(client->told[0].token->text, "t");
  }
  EXPECT_EQ(ask(*b_, one_).token->text, "t") << "at once";
}

TEST_F(TokensTest, WhoIsLateIsToldAndTheFetchGoesOnForTheOthers) {
  ask(*a_, one_, 500ms);
  ask(*b_, two_);
  run(5s);
  ASSERT_EQ(one_.told.size(), 1U);
  EXPECT_EQ(one_.told[0].failure->error, "the token endpoint auth.example gave no token: it has not answered in time");
  EXPECT_EQ(two_.told.at(0).token->text, "t");
}

TEST_F(TokensTest, WhoForgetsIsNotTold) {
  ask(*a_, one_);
  ask(*a_, two_);
  a_->forget(one_);
  run(20s);
  EXPECT_TRUE(one_.told.empty());
  EXPECT_EQ(two_.told.size(), 1U);
}

TEST_F(TokensTest, ALoopThatGoesLeavesNobodyWaiting) {
  ask(*a_, one_);
  ask(*b_, two_);
  run(100ms);
  a_.reset();
  run(100ms);
  EXPECT_TRUE(one_.told.empty());
  ASSERT_EQ(two_.told.size(), 1U);
  EXPECT_TRUE(two_.told[0].failure->ours);
  EXPECT_EQ(ask(*b_, two_).failure, nullptr) << "nothing is known of the endpoint, so it is asked again";
  run(5s);
  EXPECT_EQ(two_.told.at(1).token->text, "t");
}

TEST_F(TokensTest, AnEndpointThatSaysWhenIsAskedThenAndNotBefore) {
  endpoint_.personality.statuses = {503};
  endpoint_.personality.retry_after = 1;
  endpoint_.personality.retry_after_exactly = 30s;
  ask(*a_, one_);
  run(5s);
  EXPECT_EQ(one_.told.at(0).failure->error_class, core::ErrorClass::kServer);
  run(20s);
  EXPECT_NE(ask(*b_, one_).failure, nullptr);
  EXPECT_EQ(asked_, 1);
  run(10s);
  EXPECT_EQ(ask(*b_, one_).failure, nullptr);
  run(5s);
  EXPECT_EQ(asked_, 2);
}

}  // namespace
}  // namespace fleethook::delivery
