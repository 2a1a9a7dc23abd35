// Pausing and resuming placements over the API.
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

class PauseRoutesTest : public ::testing::Test {
 protected:
  PauseRoutesTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    two_ = world_.add_product("ann", acme_, "Two");
    own_ = world_.add_product("ann", "", "Own");
    shared_ =
        world_.add_integration("ann", "/v1/orgs/acme/integrations",
                               R"({"event":"temp","url":"http://a.test/h","product_ids":[)" + two_ + "," + one_ + "]}");
  }
  Reply org(const std::string& what, std::string body = "") {
    return world_.send("ann", "POST", "/v1/orgs/acme/integrations/" + shared_ + "/" + what, std::move(body));
  }
  core::Pause at(const std::string& id, const std::string& product) {
    const auto catalog = world_.store().catalog();
    const auto integration = catalog->integration(*core::IntegrationId::parse(id));
    return catalog->pause(integration->number, {product.empty() ? 0 : std::stoull(product)});
  }
  void publish(const std::string& path) {
    ASSERT_EQ(world_.send("ann", "POST", path, R"({"name":"temp"})").status, 200);
  }
  TestWorld world_;
  std::string acme_, one_, two_, own_, shared_;
};

TEST_F(PauseRoutesTest, AtTheOrganizationItTakesAllProductsOrThoseThatAreNamed) {
  Reply reply = org("pause");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["ok"], "true");
  EXPECT_EQ(
      reply["paused"],
      R"([{"product_id":)" + one_ +
          R"(,"mode":"hold","since":"2026-01-01T00:00:00.000Z","by":"ann@example.com","waiting":0},{"product_id":)" +
          two_ + R"(,"mode":"hold","since":"2026-01-01T00:00:00.000Z","by":"ann@example.com","waiting":0}])");
  reply = org("resume", R"({"product_ids":["two"]})");
  EXPECT_EQ(reply["paused.0.product_id"], one_);
  EXPECT_EQ(reply.find("paused")->as_array().size(), 1U);
  EXPECT_EQ(at(shared_, one_), core::Pause::kHold);
  EXPECT_EQ(at(shared_, two_), core::Pause::kRunning);
  reply = org("pause", R"({"product_ids":)" + two_ + R"(,"mode":"skip"})");
  EXPECT_EQ(reply["paused.1.mode"], "skip");
  EXPECT_EQ(at(shared_, two_), core::Pause::kSkip);
  EXPECT_EQ(org("resume")["paused"], "[]");
  EXPECT_EQ(at(shared_, one_), core::Pause::kRunning);
  EXPECT_EQ(org("resume")["paused"], "[]") << "once more changes nothing";
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/integrations/" + shared_)["integration.version"], "1");
}

TEST_F(PauseRoutesTest, OnAProductsPathItIsThatProductAlone) {
  const std::string path = "/v1/products/one/integrations/" + shared_;
  const Reply reply = world_.send("ann", "POST", path + "/pause", R"({"mode":"skip"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["paused.0.product_id"], one_);
  EXPECT_EQ(at(shared_, two_), core::Pause::kRunning);
  EXPECT_EQ(world_.send("ann", "POST", path + "/pause", R"({"product_ids":["one"]})").status, 200);
  EXPECT_EQ(at(shared_, one_), core::Pause::kHold);
  world_.refused(400, "invalid_request", "can only be one", "ann", "POST", path + "/resume",
                 R"({"product_ids":["two"]})");
  EXPECT_EQ(world_.send("ann", "POST", path + "/resume")["paused"], "[]");
}

TEST_F(PauseRoutesTest, WhatWaitsIsShownAndEndsOnlyWhenToldTo) {
  const std::string at_org = "/v1/orgs/acme/integrations";
  org("pause", R"({"product_ids":["one"]})");
  publish("/v1/products/one/events");
  publish("/v1/products/one/events");
  Reply list = world_.send("ann", "GET", at_org);
  EXPECT_EQ(list["0.waiting"], "2");
  EXPECT_EQ(list["0.held"], "2");
  EXPECT_EQ(list["0.products.0.held"], "2");
  EXPECT_EQ(list["0.products.1.waiting"], "0");
  const Reply detail = world_.send("ann", "GET", at_org + "/" + shared_);
  EXPECT_EQ(detail["integration.waiting"], "2");
  EXPECT_EQ(detail["integration.products.0.waiting"], "2");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/two/integrations/" + shared_)["integration.waiting"], "0");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/integrations/" + shared_)["integration.held"], "2");

  Reply reply = org("pause", R"({"mode":"skip","product_ids":["one"]})");
  EXPECT_EQ(reply["paused.0.waiting"], "2") << "it stays";
  EXPECT_EQ(reply["dropped"], "(absent)");
  world_.refused(400, "invalid_request", "drop_held", "ann", "POST", at_org + "/" + shared_ + "/pause",
                 R"({"mode":"skip","drop_held":"yes"})");
  world_.refused(400, "invalid_request", "drop_held: is said when pausing", "ann", "POST",
                 at_org + "/" + shared_ + "/resume", R"({"drop_held":true})");
  reply = org("pause", R"({"mode":"skip","drop_held":true})");
  EXPECT_EQ(reply["dropped"], "2");
  EXPECT_EQ(reply["paused.0.waiting"], "0");
  const auto catalog = world_.store().catalog();
  const auto number = catalog->integration(*core::IntegrationId::parse(shared_))->number;
  EXPECT_NE(catalog->dropped({number, {std::stoull(one_)}}), nullptr);
  const Reply audit = world_.send("ann", "GET", "/v1/orgs/acme/audit");
  EXPECT_NE(audit.text.find("integration.waiting_dropped"), std::string::npos);

  EXPECT_EQ(world_.send("ann", "DELETE", at_org + "/" + shared_).text, R"({"ok":true,"cancelled":2})");
}

TEST_F(PauseRoutesTest, WhatStopsDeliveriesAnswersWhenItHasTakenEffectOnEveryLoop) {
  int taken = 0;
  world_.services().take_effect = [&taken] { ++taken; };
  const std::string shared = "/v1/orgs/acme/integrations/" + shared_;
  const auto times = [&](const char* method, const std::string& path, const char* body) {
    const int before = taken;
    EXPECT_LT(world_.send("ann", method, path, body).status, 300) << method << " " << path;
    return taken - before;
  };
  EXPECT_EQ(times("PATCH", shared, R"({"name":"other"})"), 0) << "stops nothing";
  EXPECT_EQ(times("POST", shared + "/pause", "{}"), 1);
  EXPECT_EQ(times("PUT", shared + "/products/" + one_ + "/override", R"({"disabled":true})"), 1);
  EXPECT_EQ(times("PATCH", shared, R"({"disabled":true})"), 1);
  EXPECT_EQ(times("DELETE", shared, ""), 1);
}

TEST_F(PauseRoutesTest, InTheSandboxThereIsOnePlacement) {
  const std::string id =
      world_.add_integration("ann", "/v1/integrations", R"({"event":"temp","url":"http://a.test/h"})");
  const Reply reply = world_.send("ann", "POST", "/v1/integrations/" + id + "/pause");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["paused.0.product_id"], "null");
  EXPECT_EQ(at(id, ""), core::Pause::kHold);
  world_.refused(400, "invalid_request", "product_ids: a sandbox integration has no products", "ann", "POST",
                 "/v1/integrations/" + id + "/pause", R"({"product_ids":["own"]})");
  world_.refused(404, "not_found", "Integration not found", "bob", "POST", "/v1/integrations/" + id + "/resume");
  EXPECT_EQ(world_.send("ann", "POST", "/v1/integrations/" + id + "/resume")["paused"], "[]");
}

TEST_F(PauseRoutesTest, EventsOfAHeldPlacementWaitAndAreCounted) {
  ASSERT_EQ(org("pause", R"({"product_ids":["one"]})").status, 200);
  publish("/v1/products/one/events");
  publish("/v1/products/one/events");
  publish("/v1/products/two/events");
  EXPECT_EQ(org("pause", R"({"product_ids":["one"]})")["paused.0.waiting"], "2");
}

TEST_F(PauseRoutesTest, RefusesWhatItCannotMean) {
  const std::string path = "/v1/orgs/acme/integrations/" + shared_ + "/pause";
  const std::pair<const char*, const char*> cases[] = {
      {R"({"mode":"stop"})", "mode: expected hold"},
      {R"({"mode":"running"})", "mode: expected hold"},
      {R"({"mode":1})", "mode: expected text"},
      {R"({"product_ids":[]})", "product_ids: select at least one product"},
      {R"({"product_ids":["*"]})", "product_ids: '*' is not one of the products"},
      {R"({"product_ids":["own"]})", "product_ids: 'own' is not one of the products"},
      {R"({"product_ids":[true]})", "product_ids: expected product ids or slugs"},
      {R"({"product_ids":["one","one"]})", "stands there twice"},
      {R"([])", "the body must be a JSON object"},
  };
  for (const auto& [body, sentence] : cases)
    world_.refused(400, "invalid_request", sentence, "ann", "POST", path, body);
  EXPECT_EQ(at(shared_, one_), core::Pause::kRunning);
  world_.refused(404, "not_found", "Integration not found", "ann", "POST", "/v1/orgs/acme/integrations/0123/pause");
  world_.refused(404, "not_found", "Integration not found", "ann", "POST",
                 "/v1/products/own/integrations/" + shared_ + "/pause");
  world_.refused(404, "not_found", "organization", "bob", "POST", path);
}

TEST_F(PauseRoutesTest, OnThePlanFreeTheProductsPathStillWorks) {
  ASSERT_EQ(world_.send("root", "PUT", "/v1/orgs/acme", R"({"plan":"free"})").status, 200);
  world_.refused(403, "plan_required", "need one of the plans", "ann", "POST",
                 "/v1/orgs/acme/integrations/" + shared_ + "/pause");
  EXPECT_EQ(world_.send("ann", "POST", "/v1/products/one/integrations/" + shared_ + "/pause").status, 200);
}

}  // namespace
}  // namespace fleethook::api
