// Requests that come again with their Idempotency-Key. That a note and what its request did are there together is held
// by queue/queue_contract.h and queue/sqlite/idempotency_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

Limits small() {
  Limits limits;
  limits.idempotency_bytes_per_user_max = 1000;
  return limits;
}

class IdempotencyTest : public ::testing::Test {
 protected:
  explicit IdempotencyTest(const Limits& limits = {}) : world_(limits) {
    world_.add_user("ann");
    world_.add_user("bob");
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "One");
    world_.join("ann", "/v1/orgs/acme/team", "bob", "Developer");
  }
  Reply send(std::string_view user, std::string_view target, std::string body, std::string_view key) {
    http::Request request;
    request.method = "POST";
    request.target = target;
    request.peer = "192.0.2.1";
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Authorization", "Bearer " + std::string(user));
    request.headers.add("Idempotency-Key", key);
    request.body = std::move(body);
    return world_.send(std::move(request));
  }
  void expect_replayed(const Reply& first, const Reply& again) {
    EXPECT_EQ(again.status, first.status);
    EXPECT_EQ(again.text, first.text);
    EXPECT_EQ(first.header("Idempotency-Replayed"), "");
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(again.header("Access-Control-Expose-Headers"), "Idempotency-Replayed");
  }
  std::size_t integrations(std::string_view path) { return world_.send("ann", "GET", path).body.as_array().size(); }

  TestWorld world_;
};

constexpr std::string_view kEvent = R"({"name":"temp","data":"21"})";
constexpr std::string_view kHook = R"({"integration_type":"Webhook","event":"temp","url":"http://a.example/x"})";

TEST_F(IdempotencyTest, AnEventIsPublishedOnce) {
  for (const std::string_view path : {"/v1/products/one/events", "/v1/devices/events"}) {
    const std::size_t before = world_.accepted().size();
    const Reply first = send("ann", path, std::string(kEvent), std::string("k ") + std::string(path));
    EXPECT_EQ(first.status, 200) << first.text;
    const Reply again = send("ann", path, std::string(kEvent), std::string("k ") + std::string(path));
    expect_replayed(first, again);
    ASSERT_EQ(world_.accepted().size(), before + 1);
    EXPECT_EQ(first["id"], world_.accepted().back()->id.str());
  }
  EXPECT_THAT(world_.send("", "GET", "/metrics").text, HasSubstr("fleethook_requests_replayed_total 2"));
}

TEST_F(IdempotencyTest, AKeyIsTheCallersOwn) {
  const Reply first = send("ann", "/v1/products/one/events", std::string(kEvent), "same");
  const Reply other = send("bob", "/v1/products/one/events", std::string(kEvent), "same");
  EXPECT_EQ(other.header("Idempotency-Replayed"), "");
  EXPECT_NE(other["id"], first["id"]);
  EXPECT_EQ(world_.accepted().size(), 2U);
}

TEST_F(IdempotencyTest, AKeyWithAnotherRequestIsRefused) {
  ASSERT_EQ(send("ann", "/v1/products/one/events", std::string(kEvent), "k").status, 200);
  for (const auto& [path, body] : std::vector<std::pair<std::string_view, std::string>>{
           {"/v1/products/one/events", R"({"name":"temp","data":"22"})"},
           {"/v1/devices/events", std::string(kEvent)},
           {"/v1/products/one/webhooks", std::string(kHook)}}) {
    const Reply other = send("ann", path, body, "k");
    EXPECT_EQ(other.status, 422) << path << other.text;
    EXPECT_EQ(other["code"], "idempotency_key_reused");
    EXPECT_EQ(other["violations.0.field"], "Idempotency-Key");
  }
  EXPECT_EQ(world_.accepted().size(), 1U);
}

TEST_F(IdempotencyTest, AKeyIsOneToTwoHundredFiftyFivePrintableCharacters) {
  const std::string longest(255, 'k');
  EXPECT_EQ(send("ann", "/v1/devices/events", std::string(kEvent), longest).status, 200);
  for (const std::string& key : {std::string(), longest + "k", std::string("a\tb"), std::string("caf\xc3\xa9")}) {
    for (const std::string_view path :
         {"/v1/devices/events", "/v1/products/one/events", "/v1/products/one/events/batch", "/v1/webhooks"}) {
      const Reply refused = send("ann", path, std::string(kEvent), key);
      EXPECT_EQ(refused.status, 400) << path << " " << key;
      EXPECT_EQ(refused["violations.0.field"], "Idempotency-Key");
    }
  }
  EXPECT_EQ(world_.accepted().size(), 1U);
}

TEST_F(IdempotencyTest, ABatchIsPublishedOnceWithItsAnswerToEachEvent) {
  const std::string body = R"([{"name":"a"},{"name":""},{"name":"b"},{"name":"c","ttl":"x"}])";
  const Reply plain = world_.send("ann", "POST", "/v1/products/one/events/batch", body);
  const std::size_t before = world_.accepted().size();
  const Reply first = send("ann", "/v1/products/one/events/batch", body, "k");
  EXPECT_EQ(first["accepted"], "2");
  EXPECT_EQ(first["refused"], "2");
  for (const char* at : {"results.1", "results.3"}) EXPECT_EQ(first[at], plain[at]);
  expect_replayed(first, send("ann", "/v1/products/one/events/batch", body, "k"));
  ASSERT_EQ(world_.accepted().size(), before + 2);
  EXPECT_EQ(first["results.0.id"], world_.accepted()[before]->id.str());
  EXPECT_EQ(first["results.2.id"], world_.accepted()[before + 1]->id.str());
}

TEST_F(IdempotencyTest, ARefusedRequestLeavesItsKeyFree) {
  EXPECT_EQ(send("ann", "/v1/products/one/events", R"({"name":""})", "k").status, 400);
  EXPECT_EQ(send("ann", "/v1/products/one/events", std::string(kEvent), "k").status, 200);
  EXPECT_EQ(send("ann", "/v1/products/one/webhooks", R"({"event":"x"})", "k2").status, 400);
  EXPECT_EQ(send("ann", "/v1/products/one/webhooks", std::string(kHook), "k2").status, 201);
}

TEST_F(IdempotencyTest, AnIntegrationIsCreatedOnceInEachScope) {
  for (const std::string path : {"/v1/webhooks", "/v1/integrations", "/v1/products/one/webhooks",
                                 "/v1/products/one/integrations", "/v1/orgs/acme/integrations"}) {
    const std::size_t before = integrations(path);
    const std::string body =
        path.starts_with("/v1/orgs")
            ? R"({"integration_type":"Webhook","event":"o","url":"http://a.example/","product_ids":["one"]})"
            : std::string(kHook);
    const Reply first = send("ann", path, body, path);
    EXPECT_EQ(first.status, 201) << first.text;
    expect_replayed(first, send("ann", path, body, path));
    EXPECT_EQ(integrations(path), before + 1) << path;
  }
}

TEST_F(IdempotencyTest, AProductAndAnOrganizationAreCreatedOnce) {
  const std::string product = R"({"product":{"name":"Pump","platform_id":13}})";
  for (const std::string path : {"/v1/products", "/v1/user/products", "/v1/orgs/acme/products"}) {
    const Reply first = send("ann", path, product, path);
    expect_replayed(first, send("ann", path, product, path));
  }
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products").find("products")->as_array().size(), 4U);
  const std::string organization = R"({"name":"Other"})";
  const Reply first = send("ann", "/v1/orgs", organization, "o");
  expect_replayed(first, send("ann", "/v1/orgs", organization, "o"));
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs").find("organizations")->as_array().size(), 2U);
}

TEST_F(IdempotencyTest, AnApiUserIsCreatedOnceAndItsTokenKeptNowhere) {
  const std::string body = R"({"friendly_name":"Robot","scopes":["events:get"]})";
  const Reply first = send("ann", "/v1/orgs/acme/team", body, "k");
  EXPECT_EQ(first.status, 200);
  const Reply again = send("ann", "/v1/orgs/acme/team", body, "k");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again["code"], "idempotency_answer_lost");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/team").find("team")->as_array().size(), 3U);
}

TEST_F(IdempotencyTest, AKeyIsForgottenAfterADay) {
  const Reply first = send("ann", "/v1/products/one/events", std::string(kEvent), "k");
  world_.loop().advance(std::chrono::hours(24) - std::chrono::seconds(1));
  expect_replayed(first, send("ann", "/v1/products/one/events", std::string(kEvent), "k"));
  world_.loop().advance(std::chrono::seconds(1));
  const Reply later = send("ann", "/v1/products/one/events", R"({"name":"other"})", "k");
  EXPECT_EQ(later.status, 200);
  EXPECT_EQ(later.header("Idempotency-Replayed"), "");
}

class IdempotencyLimitTest : public IdempotencyTest {
 protected:
  IdempotencyLimitTest() : IdempotencyTest(small()) {}
};

TEST_F(IdempotencyLimitTest, WhoHasNoRoomForMoreKeysIsToldSoAndNothingIsDone) {
  std::size_t sent = 0;
  Reply reply;
  do {
    reply = send("ann", "/v1/products/one/events", std::string(kEvent), "k" + std::to_string(sent));
  } while (reply.status == 200 && ++sent < 100);
  EXPECT_EQ(reply.status, 429) << reply.text;
  EXPECT_EQ(reply["code"], "idempotency_keys_full");
  EXPECT_EQ(world_.accepted().size(), sent);
  EXPECT_EQ(send("ann", "/v1/webhooks", std::string(kHook), "hook").status, 429);
  EXPECT_EQ(integrations("/v1/webhooks"), 0U);
  EXPECT_EQ(world_.send("ann", "POST", "/v1/products/one/events", std::string(kEvent)).status, 200) << "without a key";
  EXPECT_EQ(send("bob", "/v1/products/one/events", std::string(kEvent), "k").status, 200) << "others have their own";
}

TEST(IdempotencyHeader, IsAllowedFromOtherOriginsAndInTheDescription) {
  TestWorld world;
  http::Request preflight;
  preflight.method = "OPTIONS";
  preflight.target = "/v1/devices/events";
  EXPECT_THAT(world.send(std::move(preflight)).header("Access-Control-Allow-Headers"), HasSubstr("Idempotency-Key"));
  EXPECT_THAT(world.send("", "GET", "/openapi.json").text, HasSubstr(R"("name": "Idempotency-Key")"));
}

}  // namespace
}  // namespace fleethook::api
