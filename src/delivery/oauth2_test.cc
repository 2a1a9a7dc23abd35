// Tokens of OAuth 2 on their way: got once for many deliveries, renewed, thrown away; and what becomes of deliveries
// when the endpoint gives none.
#include <algorithm>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

const store::Actor kAnn{{}, "ann@example.com"};

class OAuth2Test : public ::testing::Test, public DeliveryWorld {
 protected:
  OAuth2Test() {
    put("SECRET", "hunter2-long");
    auth_ = &receiver("auth.example");
    api_ = &receiver("api.example");
    on_request = [this] { answer_next(); };
    answer_next();
  }
  ~OAuth2Test() override { stop(); }

  void put(const std::string& name, std::string_view value, std::optional<std::vector<std::string>> hosts = {}) {
    store::NewSecret secret{name, std::string(value)};
    if (hosts) secret.hosts = *hosts;
    ASSERT_TRUE(store.put_secret(store::SecretOwner::of(user), secret, kAnn).ok());
  }
  core::IntegrationConfig config(std::string path = "/hook", std::string host = "api.example") const {
    core::IntegrationConfig made;
    made.event = "temp";
    made.url = "http://" + host + path;
    made.auth = core::IntegrationConfig::Auth{
        .oauth2 = core::IntegrationConfig::OAuth2{"http://auth.example/token", "fleet", "SECRET"}};
    return made;
  }
  // Each token has a number of its own; a receiver that is strict takes the newest only.
  void answer_next() {
    if (gives_tokens_) {
      const std::string token = "token-" + std::to_string(std::max<std::size_t>(fetches(), 1)) + "-abcdefgh";
      auth_->personality.body =
          R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" + std::to_string(lifetime_) + "}";
    }
    if (!accepted_.empty() && !requests.empty() && requests.back().host == "api.example") {
      const bool takes = requests.back().request.headers.get("Authorization") == "Bearer " + accepted_;
      api_->personality.statuses = {takes ? 200 : 401};
    }
  }
  std::size_t fetches() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(requests, [](const ReceivedRequest& one) { return one.host == "auth.example"; }));
  }
  // What the API was sent as credentials.
  std::vector<std::string> sent() const {
    std::vector<std::string> all;
    for (const ReceivedRequest& one : requests) {
      if (one.host != "auth.example") all.emplace_back(one.request.headers.get("Authorization"));
    }
    return all;
  }
  std::string last_error() const { return store.all_exchanges().back().error; }
  core::ErrorClass last_class() const { return store.all_exchanges().back().error_class; }

  testing::Imposter *auth_ = nullptr, *api_ = nullptr;
  bool gives_tokens_ = true;
  int lifetime_ = 3600;
  std::string accepted_;
};

using Sent = std::vector<std::string>;

TEST_F(OAuth2Test, ManyDeliveriesOfSeveralIntegrationsShareOneToken) {
  receiver("other.example");
  const auto one = integration(config());
  const auto two = integration(config("/two"));
  const auto elsewhere = integration(config("/", "other.example"));
  start();
  publish(one, 50);
  publish(two, 50);
  publish(elsewhere, 10);
  run(1min);
  EXPECT_EQ(fetches(), 1U);
  EXPECT_EQ(sent(), Sent(110, "Bearer token-1-abcdefgh"));
  EXPECT_EQ(counts().success, 110U);
  const http::Request& asked = requests.front().request;
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.body, "grant_type=client_credentials");
}

TEST_F(OAuth2Test, IsRenewedBeforeItEndsAndNobodyWaits) {
  const auto hook = integration(config());
  start();
  publish(hook);
  run(58min);
  publish(hook);
  run(1min + 10s);  // half a minute is left until nobody would use it any more
  publish(hook);
  run(5s);
  EXPECT_EQ(fetches(), 2U);
  publish(hook);
  run(1min);
  EXPECT_EQ(sent(), (Sent{"Bearer token-1-abcdefgh", "Bearer token-1-abcdefgh", "Bearer token-1-abcdefgh",
                          "Bearer token-2-abcdefgh"}));
}

TEST_F(OAuth2Test, AfterA401ItIsThrownAwayAndTheAttemptGoesOnWithAnother) {
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1min);
  accepted_ = "token-2-abcdefgh";  // the first was called back
  publish(hook);
  run(1s);
  EXPECT_EQ(fetches(), 2U);
  EXPECT_EQ(sent(), (Sent{"Bearer token-1-abcdefgh", "Bearer token-1-abcdefgh", "Bearer token-2-abcdefgh"}));
  EXPECT_EQ(counts().success, 2U);
  const auto& exchange = store.all_exchanges().back();
  EXPECT_EQ(exchange.attempt, 1U);
  EXPECT_EQ(exchange.status, 200);
  ASSERT_EQ(exchange.notes.size(), 1U);
  EXPECT_EQ(exchange.notes[0], "401: its token was thrown away, and another one asked for");
}

TEST_F(OAuth2Test, ATokenThatIsNewIsNotBlamed) {
  api_->personality.statuses = {401};
  const auto hook = integration(config());
  start();
  publish(hook);
  run(400ms);
  EXPECT_EQ(fetches(), 1U);
  EXPECT_EQ(sent().size(), 1U);
  EXPECT_EQ(last_error(), "error status 401 from api.example");
  run(10min);
  EXPECT_LE(fetches(), sent().size()) << "one for each attempt at most";
}

TEST_F(OAuth2Test, AnEndpointThatRefusesIsAFailedAttemptThatIsTriedAgain) {
  gives_tokens_ = false;
  auth_->personality.statuses = {401};
  auth_->personality.body = R"({"error":"invalid_client","error_description":"no hunter2-long here"})";
  const auto hook = integration(config());
  start();
  publish(hook);
  run(100ms);
  EXPECT_EQ(last_error(),
            "the token endpoint auth.example gave no token: it answered 401, invalid_client: no [[SENSITIVE]] here");
  EXPECT_EQ(last_class(), core::ErrorClass::kClient);
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(queue_is_empty());
  auth_->personality = {};
  gives_tokens_ = true;
  answer_next();
  run(1h);
  EXPECT_EQ(counts().success, 1U);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(OAuth2Test, IsNotHammeredWhileItFailsAndTheBreakerSeesIt) {
  gives_tokens_ = false;
  auth_->personality.statuses = {503};
  const auto hook = integration(config());
  start();
  publish(hook, 500);
  run(20s);
  EXPECT_LE(fetches(), 11U) << "two seconds between them";
  EXPECT_EQ(dispatcher->stats().breakers_open, 1U);
  EXPECT_LT(store.all_exchanges().size(), 200U);
  auth_->personality = {};
  gives_tokens_ = true;
  answer_next();
  run(10min);
  EXPECT_EQ(counts().success, 500U);
}

TEST_F(OAuth2Test, SaysWhatKeptItFromTheEndpoint) {
  struct Case {
    const char* what;
    void (*make)(testing::Personality&);
    core::ErrorClass error_class;
    const char* error;
  };
  const Case cases[] = {
      {"refused", [](testing::Personality& p) { p.refuse = 1; }, core::ErrorClass::kConnect, "connect ECONNREFUSED"},
      {"dns", [](testing::Personality& p) { p.unknown_host = 1; }, core::ErrorClass::kDns, "ENOTFOUND"},
      {"egress", [](testing::Personality& p) { p.forbidden = true; }, core::ErrorClass::kEgress, "egress guard"},
      {"reset", [](testing::Personality& p) { p.reset_before = 1; }, core::ErrorClass::kReset, "ECONNRESET"},
      {"silent", [](testing::Personality& p) { p.silence = 1; }, core::ErrorClass::kTimeout, "not answered in time"},
      {"garbage", [](testing::Personality& p) { p.garbage = 1; }, core::ErrorClass::kProtocol, "not valid HTTP"},
      {"no token", [](testing::Personality& p) { p.body = "hello"; }, core::ErrorClass::kProtocol, "access_token"},
      {"redirect", [](testing::Personality& p) { p.statuses = {302}; }, core::ErrorClass::kRedirect, "redirects"},
      {"too long", [](testing::Personality& p) { p.body = std::string(20'000, ' '); }, core::ErrorClass::kProtocol,
       "too long"},
  };
  gives_tokens_ = false;
  core::IntegrationConfig once = config();
  once.delivery.retry_for = 0s;
  const auto hook = integration(once);
  start();
  for (const Case& one : cases) {
    auth_->personality = {};
    one.make(auth_->personality);
    publish(hook);
    run(30s);
    EXPECT_EQ(last_class(), one.error_class) << one.what;
    EXPECT_EQ(last_error().find("the token endpoint auth.example gave no token: "), 0U) << last_error();
    EXPECT_NE(last_error().find(one.error), std::string::npos) << last_error();
  }
  EXPECT_TRUE(sent().empty());
}

TEST_F(OAuth2Test, OthersOfTheLaneDoNotWaitForASilentEndpoint) {
  auth_->personality.silence = 1;
  const auto silent = integration(config());
  const auto plain = integration("http://api.example/plain");
  start();
  publish(silent, 2'000);
  run(10ms);
  publish(plain, 100);
  run(5s);
  EXPECT_EQ(counts().success, 100U);
  EXPECT_EQ(fetches(), 1U) << "one at a time, however many wait";
  auth_->personality = {};
  answer_next();
  run(1h);
  EXPECT_EQ(counts().success, 2'100U);
}

TEST_F(OAuth2Test, WithoutAFileNothingIsBlamed) {
  auth_->personality.no_file = true;
  const auto hook = integration(config());
  start();
  publish(hook, 3);
  run(10s);
  EXPECT_TRUE(store.all_exchanges().empty()) << "this was no attempt";
  auth_->personality.no_file = false;
  run(10s);
  EXPECT_EQ(counts().success, 3U);
}

TEST_F(OAuth2Test, AChangedSecretIsInForceAtOnce) {
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  put("SECRET", "another-long-one");
  publish(hook);
  run(1s);
  EXPECT_EQ(fetches(), 2U);
  EXPECT_NE(requests[0].request.headers.get("Authorization"), requests[2].request.headers.get("Authorization"));
}

TEST_F(OAuth2Test, ASecretThatIsGoneOrNotForThatHostIsNotSent) {
  const auto hook = integration(config());
  put("SECRET", "hunter2-long", std::vector<std::string>{"elsewhere.example"});
  core::IntegrationConfig gone = config();
  gone.auth->oauth2->client_secret = "GONE";
  const auto without = integration(gone);
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(last_error(), "secret SECRET may not be sent to auth.example");
  publish(without);
  run(1s);
  EXPECT_EQ(last_error(), "no token can be asked for: there is no secret GONE");
  EXPECT_EQ(last_class(), core::ErrorClass::kTemplate);
  EXPECT_TRUE(requests.empty());
  EXPECT_TRUE(queue_is_empty()) << "no waiting changes that";
}

TEST_F(OAuth2Test, TheHostsOfTheSecretAreThoseOfTheEndpointAlone) {
  put("SECRET", "hunter2-long", std::vector<std::string>{"auth.example"});
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(counts().success, 1U);
}

TEST_F(OAuth2Test, NeitherTokenNorSecretIsInWhatIsShown) {
  api_->personality.body = R"({"you":"token-1-abcdefgh"})";
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(counts().success, 1U);
  const auto& exchange = store.all_exchanges().back();
  EXPECT_EQ(exchange.response_body, R"({"you":"[[SENSITIVE]]"})");
  for (const auto& [name, value] : exchange.request_headers) {
    EXPECT_EQ(value.find("token-1"), std::string::npos) << name;
    if (name == "Authorization") {
      EXPECT_EQ(value, "[[SENSITIVE]]");
    }
  }
  for (const std::string& event : event_names()) EXPECT_EQ(event.find("token-1"), std::string::npos) << event;
}

TEST_F(OAuth2Test, ATokenStaysInItsOrigin) {
  receiver("b.example");
  api_->personality.statuses = {307};
  api_->personality.location = "http://b.example/";
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.back().host, "b.example");
  EXPECT_FALSE(requests.back().request.headers.has("Authorization"));
}

TEST_F(OAuth2Test, ATestAsksForATokenToo) {
  const auto hook = integration(config());
  start();
  core::Event event;
  event.product = product;
  event.name = "temp";
  std::optional<TestResult> result;
  dispatcher->test(hook, event, [&](TestResult came) { result = std::move(came); });
  run(1s);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->pass) << result->error;
  EXPECT_EQ(sent(), Sent{"Bearer token-1-abcdefgh"});
}

TEST_F(OAuth2Test, WhatIsHeldWhileItWaitsIsNotSent) {
  auth_->personality.think_min = auth_->personality.think_max = 5s;
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  set_pause(hook, core::Pause::kHold);
  run(1min);
  EXPECT_TRUE(sent().empty());
  set_pause(hook, core::Pause::kRunning);
  run(1min);
  EXPECT_EQ(counts().success, 1U);
}

TEST_F(OAuth2Test, StopsWhileItWaits) {
  auth_->personality.silence = 1;
  const auto hook = integration(config());
  start();
  publish(hook, 5);
  run(100ms);
  stop(Deadline::at(sim.steady() + 1s));
  EXPECT_FALSE(queue_is_empty());
  auth_->personality = {};
  answer_next();
  start();
  run(1h);
  EXPECT_EQ(counts().success, 5U);
}

}  // namespace
}  // namespace fleethook::delivery
