#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kGone = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kTooLarge = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";

class DeadLetterRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"ann", "bob", "eve"}) world_.add_user(name);
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "One");
    world_.add_product("ann", "acme", "Two");
    shared_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"integration_type":"Webhook","name":"Shared","event":"a","url":"http://x.test/a","product_ids":["one","two"],)"
        R"("finalStatuses":["4xx"]})");
    own_ = world_.add_integration("ann", "/v1/integrations",
                                  R"({"integration_type":"Webhook","event":"a","url":"http://y.test/a"})");
    world_.receiver_says = kTooLarge;
  }
  void publish(const std::string& at, const std::string& name = "alarm", const std::string& data = "1") {
    world_.fired("ann", at, R"({"name":")" + name + R"(","data":")" + data + "\"}");
  }
  std::size_t count(std::string_view target) {
    const Reply reply = world_.send("ann", "GET", target);
    EXPECT_EQ(reply.status, 200) << target << reply.text;
    return reply.find("dead_letters")->as_array().size();
  }

  TestWorld world_;
  std::string shared_, own_;
};

TEST_F(DeadLetterRoutes, ALetterIsListedWhereItsIntegrationIsAndOpenedWithItsData) {
  publish("/v1/products/one/events", "alarm", "the door");
  publish("/v1/devices/events");
  EXPECT_EQ(count("/v1/orgs/acme/dead_letters"), 1U);
  EXPECT_EQ(count("/v1/products/one/dead_letters"), 1U);
  EXPECT_EQ(count("/v1/products/two/dead_letters"), 0U);
  EXPECT_EQ(count("/v1/dead_letters"), 1U) << "the sandbox";
  const Reply listed = world_.send("ann", "GET", "/v1/orgs/acme/dead_letters");
  const std::string first = "dead_letters.0.";
  EXPECT_EQ(listed[first + "integration.id"], shared_);
  EXPECT_EQ(listed[first + "integration.name"], "Shared");
  EXPECT_EQ(listed[first + "integration.deleted"], "false");
  EXPECT_EQ(listed[first + "product.slug"], "one");
  EXPECT_EQ(listed[first + "event.name"], "alarm");
  EXPECT_EQ(listed[first + "event.data_bytes"], "8");
  EXPECT_EQ(listed[first + "event.data"], "(absent)");
  EXPECT_EQ(listed[first + "status"], "413");
  EXPECT_EQ(listed[first + "error"], "4xx");
  EXPECT_EQ(listed[first + "attempts"], "1");
  EXPECT_EQ(listed[first + "reason"], "error status 413 from x.test");
  EXPECT_EQ(listed[first + "replayed"], "null");
  EXPECT_EQ(listed["next_behind"], "(absent)");
  const std::string id = listed[first + "id"];
  const Reply opened = world_.send("ann", "GET", "/v1/products/one/dead_letters/" + id);
  EXPECT_EQ(opened["dead_letter.event.data"], "the door");
  for (const std::string& at : {"/v1/dead_letters/" + id, "/v1/products/two/dead_letters/" + id,
                                std::string("/v1/orgs/acme/dead_letters/7"), std::string("/v1/dead_letters/x")})
    world_.refused(404, "not_found", "Dead letter not found", "ann", "GET", at);
}

TEST_F(DeadLetterRoutes, StrangersSeeNoneAndMembersOfOneProductThoseOfIt) {
  publish("/v1/products/one/events");
  publish("/v1/products/two/events");
  ASSERT_EQ(world_.join("ann", "/v1/products/one/team", "bob", "View-only").status, 200);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/products/one/dead_letters").find("dead_letters")->as_array().size(), 1U);
  for (const char* at : {"/v1/orgs/acme/dead_letters", "/v1/products/two/dead_letters"}) {
    EXPECT_NE(world_.send("bob", "GET", at).status, 200) << at;
    EXPECT_EQ(world_.send("eve", "GET", at).status, 404) << at;
  }
  EXPECT_EQ(world_.send("eve", "GET", "/v1/dead_letters").find("dead_letters")->as_array().size(), 0U);
}

TEST_F(DeadLetterRoutes, EachParameterNarrowsAndAWrongOneIsNamed) {
  publish("/v1/products/one/events", "alarm/door", "first");
  publish("/v1/products/two/events", "another", "second");
  world_.receiver_says = kGone;
  publish("/v1/products/two/events", "alarm/window", "third");
  const std::string all = "/v1/orgs/acme/dead_letters";
  EXPECT_EQ(count(all), 3U);
  const struct {
    const char* query;
    std::size_t found;
  } rows[] = {{"?product=two", 2},    {"?event=alarm", 2},   {"?event=alarm/d", 1},   {"?status=410", 1},
              {"?status=4xx", 3},     {"?status=none", 0},   {"?error=4xx", 3},       {"?error=dns", 0},
              {"?text=SECOND", 1},    {"?device=api", 3},    {"?from=2000-01-01", 3}, {"?to=2000-01-01", 0},
              {"?replayed=false", 3}, {"?replayed=true", 0}, {"?per_page=2", 2},      {"?product=two&event=an", 1}};
  for (const auto& row : rows) EXPECT_EQ(count(all + row.query), row.found) << row.query;
  EXPECT_EQ(count(all + "?integration=" + shared_), 3U);
  for (const char* query : {"?product=three", "?status=0", "?status=9xx", "?error=none-such", "?from=yesterday",
                            "?replayed=maybe", "?integration=abc", "?per_page=0", "?behind=x"}) {
    const std::string field(query + 1, std::string_view(query).find('=') - 1);
    const Reply reply = world_.send("ann", "GET", all + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply["violations.0.field"], field) << query;
  }
  world_.refused(400, "invalid_request", "there is no integration", "ann", "GET", all + "?integration=" + own_);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/dead_letters?product=two").status, 400);
}

TEST_F(DeadLetterRoutes, PagesLeadOnAndTheLastSaysSo) {
  for (int i = 0; i < 3; ++i) publish("/v1/products/one/events", "a" + std::to_string(i));
  const Reply first = world_.send("ann", "GET", "/v1/orgs/acme/dead_letters?per_page=2");
  EXPECT_EQ(first["dead_letters.0.event.name"], "a2") << "the newest first";
  ASSERT_NE(first["next_behind"], "(absent)");
  const Reply second =
      world_.send("ann", "GET", "/v1/orgs/acme/dead_letters?per_page=2&behind=" + first["next_behind"]);
  EXPECT_EQ(second["dead_letters.0.event.name"], "a0");
  EXPECT_EQ(second["dead_letters.1.event.name"], "(absent)");
  EXPECT_EQ(second["next_behind"], "(absent)");
}

TEST_F(DeadLetterRoutes, AnExportHasALineForEachOldestFirst) {
  for (const char* name : {"a1", "a2"}) publish("/v1/products/one/events", name, "data of it");
  const Reply exported = world_.send("ann", "GET", "/v1/orgs/acme/dead_letters/export?event=a");
  EXPECT_EQ(exported.header("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(exported.header("Link"), "");
  const std::size_t end = exported.text.find('\n');
  ASSERT_NE(end, std::string::npos);
  const auto line = json::parse(exported.text.substr(0, end));
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->find("event")->find("name")->as_string(), "a1");
  EXPECT_EQ(line->find("event")->find("data")->as_string(), "data of it");
  EXPECT_EQ(std::ranges::count(exported.text, '\n'), 2);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/dead_letters/export?event=none").status, 204);
}

TEST_F(DeadLetterRoutes, WhatADeletedIntegrationLeftIsStillThere) {
  publish("/v1/products/one/events");
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/orgs/acme/integrations/" + shared_).status, 200);
  const Reply listed = world_.send("ann", "GET", "/v1/orgs/acme/dead_letters");
  EXPECT_EQ(listed["dead_letters.0.integration.name"], "Shared");
  EXPECT_EQ(listed["dead_letters.0.integration.deleted"], "true");
}

}  // namespace
}  // namespace fleethook::api
