#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kGone = "HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone";
constexpr std::string_view kDevice = "00000000000000000000000a";

class EventLogRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"ann", "bob", "eve"}) world_.add_user(name);
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "One");
    world_.add_product("ann", "acme", "Two");
    world_.send("ann", "POST", "/v1/products/one/devices", R"({"id":")" + std::string(kDevice) + "\"}");
    world_.send("ann", "PUT", "/v1/products/one/devices/" + std::string(kDevice), R"({"name":"Boiler 7"})");
    shared_ = add("/v1/orgs/acme/integrations", R"("name":"Shared","event":"alarm","product_ids":["one","two"])");
  }
  std::string add(const std::string& at, const std::string& members) {
    return world_.add_integration("ann", at,
                                  R"({"integration_type":"Webhook","url":"http://x.test/a",)" + members + "}");
  }
  // Its id.
  std::string publish(const std::string& at, const std::string& name, const std::string& data, bool by_device = false) {
    const std::string device = by_device ? R"(,"as_device_id":")" + std::string(kDevice) + "\"" : "";
    world_.fired("ann", at, R"({"name":")" + name + R"(","data":")" + data + "\"" + device + "}");
    const Reply newest = world_.send("ann", "GET", "/v1/orgs/acme/event_log?per_page=1");
    return newest["events.0.id"];
  }
  std::size_t count(std::string_view target, std::string_view user = "ann") {
    const Reply reply = world_.send(user, "GET", target);
    EXPECT_EQ(reply.status, 200) << target << reply.text;
    return reply.status == 200 ? reply.find("events")->as_array().size() : 999;
  }
  Reply trace(const std::string& event, const std::string& at = "/v1/orgs/acme") {
    Reply reply = world_.send("ann", "GET", at + "/event_log/" + event);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply;
  }
  // What is said of an integration that was not fired: verdict and why.
  static std::string why_not(const Reply& traced, const std::string& id) {
    for (const json::Value& one : traced.find("not_fired")->as_array()) {
      if (one.find("integration")->find("id")->as_string() == id)
        return one.find("verdict")->as_string() + ": " + one.find("why")->as_string();
    }
    return "(absent)";
  }

  TestWorld world_;
  std::string shared_;
};

TEST_F(EventLogRoutes, EventsAreFoundByWhatPeopleTypeAndByEachParameter) {
  publish("/v1/products/one/events", "alarm/door", "the front door", true);
  publish("/v1/products/two/events", "temp", "21");
  publish("/v1/devices/events", "alarm/own", "mine");
  const std::string all = "/v1/orgs/acme/event_log";
  EXPECT_EQ(count(all), 2U);
  EXPECT_EQ(count("/v1/products/one/event_log"), 1U);
  EXPECT_EQ(count("/v1/event_log"), 1U);
  const struct {
    const char* query;
    std::size_t found;
  } rows[] = {{"?product=two", 1},
              {"?event=alarm", 1},
              {"?text=FRONT", 1},
              {"?text=TEMP", 1},
              {"?device=api", 1},
              {"?device=boiler%207", 1},
              {"?search=Boiler%207", 1},
              {"?search=front", 1},
              {"?search=00000000000000000000000A", 1},
              {"?device=0000000000000000000000ff", 0},
              {"?search=nothing", 0},
              {"?from=2000-01-01", 2},
              {"?to=2000-01-01", 0},
              {"?replays=false", 2},
              {"?per_page=1", 1}};
  for (const auto& row : rows) EXPECT_EQ(count(all + row.query), row.found) << row.query;
  const Reply found = world_.send("ann", "GET", all + "?search=Boiler%207");
  EXPECT_EQ(found["device.id"], kDevice);
  EXPECT_EQ(found["device.name"], "Boiler 7");
  EXPECT_EQ(found["events.0.device_name"], "Boiler 7");
  EXPECT_EQ(found["events.0.data"], "the front door");
  EXPECT_EQ(found["events.0.product.slug"], "one");
  for (const char* query : {"?product=three", "?device=Nobody", "?from=yesterday", "?replays=maybe", "?per_page=0",
                            "?behind=x", "?search=a&text=b"}) {
    const std::string field(query + 1, std::string_view(query).find('=') - 1);
    const Reply reply = world_.send("ann", "GET", all + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply["violations.0.field"], field) << query;
  }
}

TEST_F(EventLogRoutes, ADeviceThatPublishedNothingIsKnownAllTheSame) {
  const Reply none = world_.send("ann", "GET", "/v1/products/one/event_log?search=boiler%207");
  EXPECT_EQ(none["device.known"], "true");
  EXPECT_EQ(none["device.last_heard"], "null");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/two/event_log?device=" + std::string(kDevice))["device.known"],
            "false");
}

TEST_F(EventLogRoutes, ANameThatSeveralDevicesHaveIsRefusedWithTheirIds) {
  world_.send("ann", "POST", "/v1/products/two/devices", R"({"id":"00000000000000000000000b"})");
  world_.send("ann", "PUT", "/v1/products/two/devices/00000000000000000000000b", R"({"name":"boiler 7"})");
  world_.refused(400, "invalid_request", "00000000000000000000000b", "ann", "GET",
                 "/v1/orgs/acme/event_log?device=Boiler%207");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/event_log?device=Boiler%207").status, 200);
}

TEST_F(EventLogRoutes, AnEventTellsItsDeliveriesWithTheirAttempts) {
  world_.receiver_says = kGone;
  const std::string event = publish("/v1/products/one/events", "alarm/door", "1", true);
  for (const std::string at : {"/v1/orgs/acme", "/v1/products/one"}) {
    const Reply traced = trace(event, at);
    EXPECT_EQ(traced["event.name"], "alarm/door");
    const std::string first = "deliveries.0.";
    EXPECT_EQ(traced[first + "integration.id"], shared_);
    EXPECT_EQ(traced[first + "product.slug"], "one");
    EXPECT_EQ(traced[first + "state"], "error");
    EXPECT_EQ(traced[first + "status"], "410");
    EXPECT_EQ(traced[first + "error"], "4xx");
    EXPECT_EQ(traced[first + "tries.0.attempt"], "1");
    EXPECT_EQ(traced[first + "tries.0.url"], "http://x.test/a");
    EXPECT_NE(traced[first + "dead_letter"], "null");
    EXPECT_EQ(why_not(traced, shared_), "(absent)") << "it fired";
    const Reply attempt = world_.send("ann", "GET", at + "/attempts/" + traced[first + "tries.0.id"]);
    EXPECT_EQ(attempt["attempt.response.body"], "gone");
    EXPECT_EQ(attempt["attempt.integration.name"], "Shared");
    EXPECT_EQ(attempt["attempt.event.data"], "1");
  }
}

TEST_F(EventLogRoutes, AnEventTellsWhatItDidNotFireByWhatWasThen) {
  const std::string other = add("/v1/orgs/acme/integrations", R"("name":"Other","event":"temp","product_ids":["one"])");
  const std::string two = add("/v1/orgs/acme/integrations", R"("name":"Two","event":"alarm","product_ids":["two"])");
  const std::string off =
      add("/v1/orgs/acme/integrations", R"("name":"Off","event":"alarm","product_ids":["one"],"disabled":true)");
  const std::string event = publish("/v1/products/one/events", "alarm", "1");
  // All of it is changed afterwards.
  world_.loop().advance(std::chrono::seconds(60));
  EXPECT_LT(world_
                .send("ann", "PUT", "/v1/orgs/acme/integrations/" + other,
                      R"({"integration_type":"Webhook","url":"http://x.test/a","event":"alarm","product_ids":["one"]})")
                .status,
            300);
  EXPECT_LT(world_
                .send("ann", "PUT", "/v1/orgs/acme/integrations/" + off,
                      R"({"integration_type":"Webhook","url":"http://x.test/a","event":"alarm","product_ids":["one"]})")
                .status,
            300);
  EXPECT_LT(world_.send("ann", "DELETE", "/v1/orgs/acme/integrations/" + two).status, 300);
  const std::string later = add("/v1/orgs/acme/integrations", R"("name":"Late","event":"alarm","product_ids":["one"])");
  const Reply traced = trace(event);
  EXPECT_THAT(why_not(traced, other), ::testing::StartsWith("prefix: the name 'alarm' does not begin with 'temp'"));
  EXPECT_THAT(why_not(traced, off), ::testing::StartsWith("disabled: it is disabled"));
  EXPECT_THAT(why_not(traced, later), ::testing::StartsWith("not_yet: it was made later, at "));
  EXPECT_THAT(why_not(traced, two), ::testing::StartsWith("deleted: it was deleted since, at "));
  EXPECT_EQ(traced["deliveries.0.state"], "success");
}

TEST_F(EventLogRoutes, APauseThatCameLaterIsNoReasonAndOneThatEndedIs) {
  const std::string pause = "/v1/orgs/acme/integrations/" + shared_;
  const auto state = [&](const std::string& event) { return trace(event)["deliveries.0.state"]; };
  ASSERT_LT(world_.send("ann", "POST", pause + "/pause", R"({"mode":"hold"})").status, 300);
  const std::string held = publish("/v1/products/one/events", "alarm", "held");
  EXPECT_EQ(state(held), "held");
  EXPECT_EQ(trace(held)["deliveries.0.waits_for"], "its integration, which is paused");
  ASSERT_LT(world_.send("ann", "POST", pause + "/resume").status, 300);
  const std::string after = publish("/v1/products/one/events", "alarm", "after");
  EXPECT_EQ(state(after), "success");
}

TEST_F(EventLogRoutes, OnlyThoseWhoMaySeeAnEventAreToldOfIt) {
  const std::string one = publish("/v1/products/one/events", "alarm", "1");
  const std::string hidden =
      add("/v1/orgs/acme/integrations", R"("name":"Hidden","event":"alarm","product_ids":["two"])");
  ASSERT_EQ(world_.join("ann", "/v1/products/one/team", "bob", "View-only").status, 200);
  const Reply seen = world_.send("bob", "GET", "/v1/products/one/event_log/" + one);
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(why_not(seen, hidden), "(absent)") << "it runs on another product only";
  for (const char* at : {"/v1/products/two/event_log", "/v1/orgs/acme/event_log"})
    EXPECT_NE(world_.send("bob", "GET", at).status, 200) << at;
  world_.refused(404, "not_found", "Event not found", "ann", "GET", "/v1/products/two/event_log/" + one);
  world_.refused(404, "not_found", "Event not found", "eve", "GET", "/v1/event_log/" + one);
  EXPECT_EQ(world_.send("eve", "GET", "/v1/orgs/acme/event_log").status, 404);
}

TEST_F(EventLogRoutes, AttemptsAreSearchedWhereTheirIntegrationIs) {
  publish("/v1/products/one/events", "alarm/door", "1", true);
  world_.receiver_says = kGone;
  publish("/v1/products/two/events", "alarm/window", "2");
  const auto found = [&](const std::string& target, std::string_view user = "ann") {
    const Reply reply = world_.send(user, "GET", target);
    EXPECT_EQ(reply.status, 200) << target << reply.text;
    return reply.find("attempts")->as_array().size();
  };
  const std::string all = "/v1/orgs/acme/attempts";
  const struct {
    const char* query;
    std::size_t found;
  } rows[] = {{"", 2},
              {"?status=4xx", 1},
              {"?error=4xx", 1},
              {"?success=true", 1},
              {"?event=alarm/d", 1},
              {"?product=two", 1},
              {"?device=boiler%207", 1},
              {"?to=2000-01-01", 0}};
  for (const auto& row : rows) EXPECT_EQ(found(all + row.query), row.found) << row.query;
  EXPECT_EQ(found(all + "?integration=" + shared_), 2U);
  EXPECT_EQ(found("/v1/products/one/attempts"), 1U);
  EXPECT_EQ(found("/v1/attempts"), 0U);
  EXPECT_EQ(found("/v1/attempts", "eve"), 0U);
  EXPECT_EQ(world_.send("ann", "GET", all + "?success=maybe").status, 400);
  const Reply first = world_.send("ann", "GET", all + "?per_page=1");
  EXPECT_EQ(first["attempts.0.event.name"], "alarm/window");
  EXPECT_EQ(world_.send("ann", "GET", all + "?per_page=1&behind=" + first["next_behind"])["attempts.0.event.name"],
            "alarm/door");
  const std::string id = first["attempts.0.id"];
  world_.refused(404, "not_found", "Attempt not found", "ann", "GET", "/v1/products/one/attempts/" + id);
  world_.refused(404, "not_found", "Attempt not found", "eve", "GET", "/v1/attempts/" + id);
}

}  // namespace
}  // namespace fleethook::api
