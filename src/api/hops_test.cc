// Loops of events, as routes meet them: the header fleethook-hops of requests and of refusals.
#include "core/hops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

class HopsTest : public ::testing::Test {
 protected:
  HopsTest() {
    world_.add_user("ann");
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "One");
  }

  // With the header once for each of `hops`.
  Reply send(const std::string& target,
             std::string body,
             std::initializer_list<const char*> hops,
             std::string key = "") {
    http::Request request;
    request.method = "POST";
    request.target = target;
    request.body = std::move(body);
    request.peer = "192.0.2.1";
    request.headers.add("Authorization", "Bearer ann");
    request.headers.add("Content-Type", "application/json");
    for (const char* one : hops) request.headers.add("Fleethook-Hops", one);
    if (!key.empty()) request.headers.add("Idempotency-Key", key);
    return world_.send(std::move(request));
  }
  std::string refused_events() const {
    const std::string text = world_.metrics().text();
    const std::string name = "fleethook_events_refused_total{reason=\"hops\"} ";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? "none" : text.substr(at + name.size(), text.find('\n', at) - at - name.size());
  }
  std::string hook(const std::string& event) {
    return world_.add_integration(
        "ann", "/v1/products/one/integrations",
        R"({"integration_type":"Webhook","event":")" + event + R"(","url":"http://a.example/x"})");
  }
  std::vector<int> hops_of_accepted() const {
    std::vector<int> hops;
    for (const core::EventPtr& event : world_.accepted()) hops.push_back(event->hops);
    return hops;
  }

  static constexpr const char* kEvents = "/v1/products/one/events";
  static constexpr const char* kBatch = "/v1/products/one/events/batch";
  mutable TestWorld world_;
};

TEST_F(HopsTest, AnEventHasThoseOfItsRequest) {
  for (const char* path : {kEvents, "/v1/devices/events"}) {
    EXPECT_EQ(send(path, R"({"name":"boom"})", {}).status, 200);
    EXPECT_EQ(send(path, R"({"name":"boom"})", {"1"}).status, 200);
    EXPECT_EQ(send(path, R"({"name":"boom"})", {"8"}).status, 200);
  }
  EXPECT_EQ(hops_of_accepted(), (std::vector<int>{0, 1, 8, 0, 1, 8}));
}

TEST_F(HopsTest, WhatCameTooFarIsRefusedAndNothingIsStored) {
  const std::string id = hook("boom");
  const std::string test = "/v1/products/one/integrations/" + id + "/test";
  for (const std::string& path : {std::string(kEvents), std::string("/v1/devices/events"), std::string(kBatch), test}) {
    const Reply reply = send(path, R"({"name":"boom"})", {"9"});
    EXPECT_EQ(reply.status, 508) << path;
    EXPECT_EQ(reply["code"], "loop_detected");
    EXPECT_THAT(reply["error"], HasSubstr("fleethook-hops: a loop: 9 hops from delivery to delivery"));
    EXPECT_THAT(reply["error"], HasSubstr("at most 8 may"));
    EXPECT_EQ(reply["violations.0.field"], "fleethook-hops");
    EXPECT_EQ(reply.header("Fleethook-Hops"), "8");
    for (const char* text : {"", "x", "-1", "1,2", "99999999999999999999"})
      EXPECT_EQ(send(path, R"({"name":"boom"})", {text}).status, 508) << path << " " << text;
    EXPECT_EQ(send(path, R"({"name":"boom"})", {"1", "1"}).status, 508);
  }
  EXPECT_TRUE(world_.accepted().empty());
  EXPECT_TRUE(world_.received.empty());
  EXPECT_EQ(refused_events(), "28");
}

TEST_F(HopsTest, OtherRoutesDoNotLookAtThem) {
  http::Request request;
  request.method = "GET";
  request.target = "/v1/products/one/integrations";
  request.headers.add("Authorization", "Bearer ann");
  request.headers.add("Fleethook-Hops", "99");
  EXPECT_EQ(world_.send(std::move(request)).status, 200);
}

TEST_F(HopsTest, WhoeverHasNoRightIsToldThatFirst) {
  http::Request request;
  request.method = "POST";
  request.target = kEvents;
  request.headers.add("Fleethook-Hops", "99");
  EXPECT_EQ(world_.send(std::move(request)).status, 401);
  EXPECT_EQ(refused_events(), "0");
}

TEST_F(HopsTest, EachDoublingOfABatchCountsOneMoreIfADeliveryLedToIt) {
  const std::string four = R"([{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}])";
  EXPECT_EQ(send(kBatch, four, {}).status, 200);
  EXPECT_EQ(send(kBatch, four, {"6"}).status, 200);
  EXPECT_EQ(hops_of_accepted(), (std::vector<int>{0, 0, 0, 0, 8, 8, 8, 8}));
  const Reply refused = send(kBatch, four, {"7"});
  EXPECT_EQ(refused.status, 508);
  EXPECT_EQ(refused.header("Fleethook-Hops"), "8");
  EXPECT_EQ(world_.accepted().size(), 8U);
}

TEST_F(HopsTest, EachDoublingOfWhatAnEventFiresCountsOneMoreIfADeliveryLedToIt) {
  for (int i = 0; i < 5; ++i) hook("boom");
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {}).status, 200);
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {"1"}).status, 200);
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {"8"}).status, 200) << "its deliveries may end elsewhere";
  EXPECT_EQ(hops_of_accepted(), (std::vector<int>{0, 4, 11}));
}

TEST_F(HopsTest, ATestPassesThemOn) {
  const std::string id = hook("boom");
  EXPECT_EQ(send("/v1/products/one/integrations/" + id + "/test", "{}", {"3"})["pass"], "true");
  ASSERT_EQ(world_.received.size(), 1U);
  EXPECT_THAT(world_.received[0], HasSubstr("fleethook-hops: 4\r\n"));
}

TEST_F(HopsTest, ARefusedRequestLeavesItsKeyFree) {
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {"9"}, "k").status, 508);
  const Reply first = send(kEvents, R"({"name":"boom"})", {"1"}, "k");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {"2"}, "k").header("Idempotency-Replayed"), "true");
  EXPECT_EQ(send(kEvents, R"({"name":"boom"})", {"9"}, "k").header("Fleethook-Hops"), "8");
  EXPECT_EQ(world_.accepted().size(), 1U);
}

}  // namespace
}  // namespace fleethook::api
