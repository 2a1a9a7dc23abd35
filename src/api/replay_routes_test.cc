#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kTooLarge = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";

// Nothing carries replays out here: that is ingest/replayer_test.cc.
class ReplayRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"ann", "bob", "eve"}) world_.add_user(name);
    world_.add_organization("ann", "Acme");
    for (const char* name : {"One", "Two"}) world_.add_product("ann", "acme", name);
    shared_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"integration_type":"Webhook","event":"a","url":"http://x.test/a","product_ids":["one","two"],)"
        R"("finalStatuses":["4xx"]})");
    other_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"integration_type":"Webhook","event":"b","url":"http://x.test/b","product_ids":["one"]})");
    own_ = world_.add_integration("ann", "/v1/integrations",
                                  R"({"integration_type":"Webhook","event":"a","url":"http://y.test/a"})");
    world_.receiver_says = kTooLarge;
    for (const char* product : {"one", "one", "two"})
      world_.fired("ann", std::string("/v1/products/") + product + "/events", R"({"name":"alarm","data":"1"})");
    world_.services().wake_replays = [this] { ++woken_; };
  }
  Reply post(std::string_view at, std::string body) { return world_.send("ann", "POST", at, std::move(body)); }

  TestWorld world_;
  std::string shared_, other_, own_;
  int woken_ = 0;
};

constexpr std::string_view kOfAcme = "/v1/orgs/acme/replays";

TEST_F(ReplayRoutes, ADryRunCountsAndChangesNothing) {
  const Reply all = post(kOfAcme, R"({"filter":{},"dry_run":true})");
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all["would_replay"], "3");
  EXPECT_EQ(all["complete"], "true");
  EXPECT_EQ(post(kOfAcme, R"({"filter":{"product":"one"},"dry_run":true})")["would_replay"], "2");
  EXPECT_EQ(post("/v1/products/two/replays", R"({"filter":{},"dry_run":true})")["would_replay"], "1");
  EXPECT_EQ(post(kOfAcme, R"({"filter":{"replayed":null},"dry_run":true})")["would_replay"], "3") << "taken or not";
  EXPECT_EQ(post("/v1/replays", R"({"filter":{},"dry_run":true})")["would_replay"], "0");
  EXPECT_EQ(post(kOfAcme, R"({"filter":{"status":413,"product":10001},"dry_run":true})")["would_replay"], "2")
      << "a number is as good as its digits";
  const std::string id = world_.send("ann", "GET", "/v1/orgs/acme/dead_letters")["dead_letters.0.id"];
  EXPECT_EQ(post(kOfAcme, R"({"ids":[")" + id + R"(","7"],"dry_run":true})")["would_replay"], "1");
  EXPECT_EQ(world_.send("ann", "GET", kOfAcme)["replays"], "[]");
  EXPECT_EQ(woken_, 0);
}

TEST_F(ReplayRoutes, AReplayIsMadeShownPausedResumedAndCancelled) {
  const Reply made = post(kOfAcme, R"({"filter":{"product":"one","status":"4xx","text":"1"},"rate":7})");
  ASSERT_EQ(made.status, 202) << made.text;
  EXPECT_EQ(woken_, 1);
  const std::string number = made["replay.number"];
  EXPECT_EQ(made["replay.state"], "running");
  EXPECT_EQ(made["replay.by.username"], "ann@example.com");
  EXPECT_EQ(made["replay.filter.status"], "4xx");
  EXPECT_EQ(made["replay.filter.replayed"], "false") << "what was replayed is not replayed again by accident";
  EXPECT_EQ(made["replay.found"], "2");
  EXPECT_EQ(made["replay.rate"], "7");
  EXPECT_EQ(made["replay.version"], "present");
  EXPECT_EQ(made["replay.integration"], "null");
  const std::string at = std::string(kOfAcme) + "/" + number;
  EXPECT_EQ(world_.send("ann", "GET", at)["replay.number"], number);
  EXPECT_EQ(world_.send("ann", "GET", kOfAcme)["replays.0.number"], number);
  EXPECT_EQ(post(at + "/pause", "")["replay.state"], "paused");
  EXPECT_EQ(post(at + "/resume", "")["replay.state"], "running");
  const Reply cancelled = post(at + "/cancel", "");
  EXPECT_EQ(cancelled["replay.state"], "cancelled");
  EXPECT_NE(cancelled["replay.ended_at"], "null");
  EXPECT_EQ(woken_, 4);
  world_.refused(409, "conflict", "is cancelled already", "ann", "POST", at + "/resume");
  const Reply audit = world_.send("ann", "GET", "/v1/orgs/acme/audit?target=" + number);
  EXPECT_EQ(audit["audit.0.action"], "replay.cancelled");
  EXPECT_EQ(audit["audit.3.action"], "replay.started");
}

TEST_F(ReplayRoutes, ToAnotherIntegrationOrByTheVersionOfThen) {
  const Reply other = post(kOfAcme, R"({"filter":{},"integration":")" + other_ + "\"}");
  EXPECT_EQ(other["replay.integration.id"], other_);
  EXPECT_EQ(post(kOfAcme, R"({"filter":{},"version":"same"})")["replay.version"], "same");
  world_.refused(400, "invalid_request", "present version only", "ann", "POST", kOfAcme,
                 R"({"filter":{},"version":"same","integration":")" + other_ + "\"}");
  world_.refused(400, "invalid_request", "there is no integration", "ann", "POST", kOfAcme,
                 R"({"filter":{},"integration":")" + own_ + "\"}");
}

TEST_F(ReplayRoutes, WhatIsWrongIsNamed) {
  const struct {
    const char* body;
    const char* field;
  } rows[] = {{R"({})", "filter"},
              {R"({"filter":{},"ids":["1"]})", "filter"},
              {R"({"filter":[]})", "filter"},
              {R"({"filter":{"name":"x"}})", "filter.name"},
              {R"({"filter":{"status":[5]}})", "filter.status"},
              {R"({"filter":{"status":5}})", "status"},
              {R"({"filter":{"status":"many"}})", "status"},
              {R"({"filter":{"event":"none"}})", "filter"},
              {R"({"ids":[]})", "ids"},
              {R"({"ids":["x"]})", "ids"},
              {R"({"ids":["77"]})", "ids"},
              {R"({"filter":{},"rate":0})", "rate"},
              {R"({"filter":{},"rate":10001})", "rate"},
              {R"({"filter":{},"version":"old"})", "version"},
              {R"({"filter":{},"speed":3})", "speed"}};
  for (const auto& row : rows) {
    const Reply reply = post(kOfAcme, row.body);
    EXPECT_EQ(reply.status, 400) << row.body;
    EXPECT_EQ(reply["violations.0.field"], row.field) << row.body;
  }
  EXPECT_EQ(world_.send("ann", "GET", kOfAcme)["replays"], "[]");
}

TEST_F(ReplayRoutes, AnOwnerHasFewAtATime) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(post(kOfAcme, R"({"filter":{}})").status, 202);
  world_.refused(409, "conflict", "5 replays are running", "ann", "POST", kOfAcme, R"({"filter":{}})");
}

TEST_F(ReplayRoutes, WhoMayNotChangeIntegrationsOnlyLooksOn) {
  ASSERT_EQ(world_.join("ann", "/v1/products/one/team", "bob", "View-only").status, 200);
  const std::string of_one = "/v1/products/one/replays";
  const std::string number = post(of_one, R"({"filter":{}})")["replay.number"];
  const std::string of_all = post(kOfAcme, R"({"filter":{}})")["replay.number"];
  EXPECT_EQ(world_.send("bob", "GET", of_one)["replays.0.number"], number);
  EXPECT_EQ(world_.send("bob", "GET", of_one)["replays.1.number"], "(absent)") << "that of the organization is not his";
  EXPECT_EQ(world_.send("bob", "GET", of_one + "/" + of_all).status, 404);
  EXPECT_EQ(world_.send("bob", "POST", of_one, R"({"filter":{}})").status, 403);
  EXPECT_EQ(world_.send("bob", "POST", of_one + "/" + number + "/cancel").status, 403);
  EXPECT_EQ(world_.send("ann", "GET", std::string(kOfAcme) + "/" + number).status, 200)
      << "the organization sees those of its products";
  EXPECT_EQ(world_.send("eve", "GET", of_one).status, 404);
  EXPECT_EQ(world_.send("eve", "GET", "/v1/replays/" + number).status, 404);
  EXPECT_EQ(world_.send("eve", "POST", "/v1/replays/" + number + "/cancel").status, 404);
}

TEST_F(ReplayRoutes, EventsOfATimeRangeAreCountedByTheIntegrationThatTheyWouldFire) {
  const auto body = [](const std::string& events, const std::string& more) {
    return R"({"events":)" + events + R"(,"integration":")" + more;
  };
  const std::string dry = R"(","dry_run":true})";
  EXPECT_EQ(post(kOfAcme, body(R"({"from":"2000-01-01"})", shared_ + dry))["would_replay"], "3");
  EXPECT_EQ(post(kOfAcme, body(R"({"from":"2000-01-01","product":"two"})", shared_ + dry))["would_replay"], "1");
  EXPECT_EQ(post(kOfAcme, body(R"({"from":"2000-01-01"})", other_ + dry))["would_replay"], "0")
      << "fires on other names";
  EXPECT_EQ(post(kOfAcme, body(R"({"from":"2000-01-01","to":"2000-01-02"})", shared_ + dry))["would_replay"], "0");
  EXPECT_EQ(post("/v1/products/two/replays", body(R"({"from":"2000-01-01"})", shared_ + dry))["would_replay"], "1");
  const std::string device = "00000000000000000000000a", at = "/v1/products/one/devices";
  world_.send("ann", "POST", at, R"({"id":")" + device + "\"}");
  world_.send("ann", "PUT", at + "/" + device, R"({"name":"Boiler 7"})");
  const auto sought = [&](const std::string& text) {
    return post(kOfAcme, body(R"({"from":"2000-01-01","search":")" + text + "\"}", shared_ + dry))["would_replay"];
  };
  EXPECT_EQ(sought("API"), "0") << "no device, and no text of theirs";
  EXPECT_EQ(sought("api"), "3");
  EXPECT_EQ(sought("boiler 7"), "0") << "a device, which published nothing";
  EXPECT_EQ(sought("ALARM"), "3") << "a text in the name";
  const Reply made = post(kOfAcme, body(R"({"from":"2000-01-01","event":"al"})", shared_ + "\"}"));
  EXPECT_EQ(made.status, 202) << made.text;
  EXPECT_EQ(made["replay.found"], "3");
  EXPECT_EQ(made["replay.events.event"], "al");
  EXPECT_EQ(made["replay.filter"], "null");
  EXPECT_EQ(made["replay.integration.id"], shared_);
  const struct {
    std::string body, field;
  } rows[] = {{body(R"({})", shared_ + dry), "events.from"},
              {body(R"({"from":"2000-01-01","status":"5xx"})", shared_ + dry), "events.status"},
              {body(R"({"from":["2000-01-01"]})", shared_ + dry), "events.from"},
              {body(R"({"from":"2000-01-01","search":"a","text":"b"})", shared_ + dry), "events.search"},
              {R"({"events":{"from":"2000-01-01"}})", "integration"},
              {R"({"events":{"from":"2000-01-01"},"filter":{},"integration":")" + shared_ + "\"}", "filter"},
              {body(R"({"from":"2000-01-01"})", other_ + "\"}"), "events"},
              {body(R"({"from":"2000-01-01"})", own_ + dry), "integration"}};
  for (const auto& row : rows) {
    const Reply refused = post(kOfAcme, row.body);
    EXPECT_EQ(refused.status, 400) << row.body;
    EXPECT_EQ(refused["violations.0.field"], row.field) << row.body;
  }
}

}  // namespace
}  // namespace fleethook::api
