// Integrations in the three scopes.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kHook = R"({"event":"temp","url":"https://example.com/h"})";

class IntegrationRoutesTest : public ::testing::Test {
 protected:
  IntegrationRoutesTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    two_ = world_.add_product("ann", acme_, "Two");
    own_ = world_.add_product("ann", "", "Own");
  }
  // Created at the organization for products One and Two.
  std::string shared() {
    return world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"event":"temp","url":"https://example.com/h","product_ids":[)" + two_ + "," + one_ + "]}");
  }
  Reply org(std::string_view method, const std::string& id, std::string body = "") {
    return world_.send("ann", method, "/v1/orgs/acme/integrations/" + id, std::move(body));
  }
  TestWorld world_;
  std::string acme_, one_, two_, own_;
};

// The list is written item by item, an answer to an edit as a whole: they show the same.
TEST_F(IntegrationRoutesTest, AListShowsEachIntegrationAsAnEditAnswersIt) {
  const std::string id = shared();
  const std::string other = world_.add_integration(
      "ann", "/v1/products/one/integrations",
      R"({"event":"a\"b","url":"https://example.com/x","headers":{"X":"1"},"json":{"a":[1,null]}})");
  const Reply list = world_.send("ann", "GET", "/v1/orgs/acme/integrations");
  ASSERT_TRUE(list.body.is_array()) << list.text;
  ASSERT_EQ(list.body.as_array().size(), 2U);
  for (const json::Value& item : list.body.as_array()) {
    Reply edited = org("PATCH", item.find("id")->as_string(), "{}");
    json::Object expected = edited.find("integration")->as_object();
    json::Object shown = item.as_object();
    for (const char* changing : {"version", "updated_at"}) expected.erase(changing), shown.erase(changing);
    EXPECT_EQ(json::write(shown), json::write(expected));
  }
  EXPECT_EQ(world_.send("ann", "GET", "/v1/integrations").text, "[]");
}

TEST_F(IntegrationRoutesTest, CreationAnswersWhatClientsReadInEveryScope) {
  const struct {
    std::string path, hook_base, response_topic, products;
  } cases[] = {
      {"/v1/webhooks", "/v1/webhooks/", "hook-response/{{PARTICLE_EVENT_NAME}}", "(absent)"},
      {"/v1/integrations", "/v1/webhooks/", "hook-response/{{PARTICLE_EVENT_NAME}}", "(absent)"},
      {"/v1/products/own/webhooks", "/v1/products/" + own_ + "/webhooks/",
       "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}", "[" + own_ + "]"},
      {"/v1/products/one/integrations/", "/v1/products/" + one_ + "/webhooks/",
       "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}", "[" + one_ + "]"},
      {"/v1/orgs/acme/integrations", "/v1/orgs/acme/webhooks/",
       "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}", "[" + one_ + "]"},
      {"/v1/orgs/acme/webhooks", "/v1/orgs/acme/webhooks/",
       "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}", "[" + one_ + "]"},
  };
  for (const auto& c : cases) {
    const bool at_organization = c.path.starts_with("/v1/orgs");
    const Reply made = world_.send("ann", "POST", c.path,
                                   R"({"event":"temp","url":"https://example.com/h","integration_type":"Webhook")" +
                                       (at_organization ? R"(,"product_ids":[)" + one_ + "]" : std::string()) + "}");
    ASSERT_EQ(made.status, 201) << c.path << made.text;
    EXPECT_EQ(made["ok"], "true");
    EXPECT_TRUE(made.find("id")->is_string());
    EXPECT_EQ(made["id"].size(), 24U);
    EXPECT_EQ(made["error"], "(absent)");
    EXPECT_EQ(made["hookUrl"], "http://hooks.test" + c.hook_base + made["id"]);
    EXPECT_EQ(made["integration_type"], "Webhook");
    EXPECT_EQ(made["name"], "temp for example.com");
    EXPECT_EQ(made["created_at"], "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(made["version"], "1");
    EXPECT_EQ(made["requestType"], "POST");
    EXPECT_EQ(made["disabled"], "false");
    EXPECT_EQ(made["rejectUnauthorized"], "true");
    EXPECT_EQ(made["policy"], "durable");
    EXPECT_EQ(made["responseTopic"], c.response_topic) << c.path;
    EXPECT_EQ(made["product_ids"], c.products) << c.path;
    EXPECT_EQ(made["shared"], c.products == "(absent)" ? "(absent)" : "false");
    EXPECT_EQ(made["todayCounters"], R"({"success":0,"error":0,"sleep":0,"cancelled":0})");

    const std::string path = c.path.ends_with('/') ? c.path.substr(0, c.path.size() - 1) : c.path;
    const Reply detail = world_.send("ann", "GET", path + "/" + made["id"]);
    ASSERT_EQ(detail.status, 200);
    EXPECT_EQ(detail["integration.url"], "https://example.com/h");
    EXPECT_EQ(detail["integration.logs"], "[]");
    EXPECT_EQ(detail["integration.errors"], "[]");
    EXPECT_EQ(detail.find("integration.counters")->as_array().size(), 30U);
    EXPECT_EQ(detail["integration.counters.29"],
              R"({"date":"2026-01-01","success":0,"error":0,"sleep":0,"cancelled":0})");
    EXPECT_EQ(detail["integration.products.0.counters.29.success"], at_organization ? "0" : "(absent)");
    const Reply list = world_.send("ann", "GET", path);
    ASSERT_TRUE(list.body.is_array());
    EXPECT_EQ(list["0.integration_type"], "Webhook");
    EXPECT_TRUE(list.find("0.todayCounters.success")->is_int());
    EXPECT_TRUE(list.find("0.todayCounters.error")->is_int());
    EXPECT_EQ(list["0.counters"], "(absent)");
    EXPECT_EQ(list["0.logs"], "(absent)");
    EXPECT_EQ(world_.send("ann", "DELETE", path + "/" + made["id"]).text, R"({"ok":true,"cancelled":0})");
    EXPECT_EQ(world_.send("ann", "GET", path).text, "[]");
    world_.refused(404, "not_found", " not found", "ann", "DELETE", path + "/" + made["id"]);
  }
}

// The bodies that particle-api-js 12.0.3 and particle-cli 3.43.1 were seen to send.
TEST_F(IntegrationRoutesTest, TakesTheBodiesThatClientsWereSeenToSend) {
  const std::string device = "0123456789abcdef01234567";
  const struct {
    std::string path, body;
    std::map<std::string, std::string> expected;
  } cases[] = {
      {"/v1/webhooks",
       R"({"event":"temp","url":"http://example.com/h","deviceId":")" + device +
           R"(","rejectUnauthorized":false,"noDefaults":true,"requestType":"PUT","auth":{"username":"u","password":"p"},"headers":{"X-A":"1"},"query":{"q":"{{{PARTICLE_EVENT_VALUE}}}"},"json":{"v":"{{{t}}}"},"responseTemplate":"{{{x}}}","responseTopic":"resp/{{PARTICLE_DEVICE_ID}}","errorResponseTopic":"err/{{PARTICLE_DEVICE_ID}}"})",
       {{"deviceID", device},
        {"requestType", "PUT"},
        {"rejectUnauthorized", "false"},
        {"noDefaults", "true"},
        {"json", R"({"v":"{{{t}}}"})"},
        {"errorResponseTopic", "err/{{PARTICLE_DEVICE_ID}}"},
        {"query.q", "{{{PARTICLE_EVENT_VALUE}}}"}}},
      {"/v1/webhooks",
       R"({"event":"temp","url":"http://example.com/hook"})",
       {{"requestType", "POST"}, {"name", "temp for example.com"}}},
      {"/v1/webhooks",
       R"({"event":"slack-hook","url":"http://e.x","deviceid":")" + device +
           R"(","requestType":"POST","eventName":"slack-hook","json":{"a":1},"headers":{"H":"v"},"noDefaults":true,"responseTopic":"r","rejectUnauthorized":"true","mydevices":true,"_":null,"query":null,"auth":null})",
       {{"event", "slack-hook"}, {"deviceID", device}, {"rejectUnauthorized", "true"}, {"mydevices", "(absent)"}}},
      {"/v1/integrations",
       R"({"event":"temp","deviceid":")" + device +
           R"(","integration_type":"Webhook","url":"http://e.x","requestType":"POST","json":{"a":1}})",
       {{"json", R"({"a":1})"}}},
      {"/v1/webhooks",
       R"({"eventName":"old","url":"http://e.x","method":"GET"})",
       {{"event", "old"}, {"requestType", "GET"}}},
      {"/v1/orgs/acme/integrations",
       R"({"event":"temp","integration_type":"Webhook","url":"http://e.x","requestType":"POST","products":"one"})",
       {{"product_ids", "[" + one_ + "]"}}},
      {"/v1/products/one/integrations",
       R"({"event":"t","url":"http://e.x","product_ids":[)" + one_ + "]}",
       {{"shared", "false"}}},
  };
  for (const auto& c : cases) {
    const Reply made = world_.send("ann", "POST", c.path, c.body);
    ASSERT_EQ(made.status, 201) << c.body << made.text;
    const Reply got = world_.send("ann", "GET", c.path + "/" + made["id"]);
    for (const auto& [name, value] : c.expected) EXPECT_EQ(got["integration." + name], value) << c.body;
  }
  const Reply form = world_.send("ann", "POST", "/v1/webhooks",
                                 "event=temp&url=http%3A%2F%2Fe.x&json[a][b]=1&headers[X-A]=2&noDefaults=true", kForm);
  ASSERT_EQ(form.status, 201) << form.text;
  EXPECT_EQ(form["json"], R"({"a":{"b":"1"}})");
  EXPECT_EQ(form["noDefaults"], "true");
}

TEST_F(IntegrationRoutesTest, RefusesConfigurationsThatCannotWork) {
  const struct {
    std::string path, body, part;
  } cases[] = {
      {"/v1/webhooks", R"({"url":"http://e.x"})", "event: "},
      {"/v1/webhooks", R"({"event":"e"})", "url: "},
      {"/v1/webhooks", R"({"event":"","url":"http://e.x"})", "event: "},
      {"/v1/webhooks", R"({"event":")" + std::string(65, 'e') + R"(","url":"http://e.x"})", "event: "},
      {"/v1/webhooks", R"({"event":"e","url":"ftp://e.x"})", "url: "},
      {"/v1/webhooks", R"({"event":"e","url":"e.x/h"})", "url: "},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","requestType":"PATCH"})", "requestType: "},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","integration_type":"GoogleMaps"})", "integration_type: "},
      {"/v1/integrations", R"({"event":"e"})", "Webhook"},
      {"/v1/integrations", R"({"event":"e","url":"http://e.x","integration_type":"webhook"})", "integration_type: "},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","json":{},"form":{}})", "only one of json, form and body"},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","deviceID":"12"})", "deviceID: "},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","disabled":"maybe"})", "disabled: "},
      {"/v1/products/one/webhooks", R"({"event":"e","url":"http://e.x","deviceID":"0123456789abcdef01234567"})",
       "deviceID: "},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","body":"ok\nthen {{#open}} it"})", "line 2"},
      {"/v1/webhooks", R"({"event":"e","url":"http://e.x","body":"ok\nthen {{#open}} it"})", "column 6"},
  };
  for (const auto& c : cases) {
    const Reply reply = world_.refused(400, "invalid_request", c.part, "ann", "POST", c.path, c.body);
    EXPECT_NE(reply["violations.0.field"], "(absent)") << c.body;
  }
  EXPECT_EQ(world_.send("ann", "GET", "/v1/integrations").text, "[]");
}

TEST_F(IntegrationRoutesTest, AnOrganizationNamesItsProducts) {
  const std::string path = "/v1/orgs/acme/integrations";
  const auto body = [](const std::string& products) { return R"({"event":"e","url":"http://e.x")" + products + "}"; };
  const std::string both = "[" + one_ + "," + two_ + "]";
  const std::pair<std::string, std::string> good[] = {
      {R"(,"product_ids":[)" + two_ + "," + one_ + "]", both},  // ascending in answers
      {R"(,"product_ids":["two",)" + one_ + "]", both},
      {R"(,"products":[{"id":)" + one_ + R"(},{"slug":"two"}])", both},
      {R"(,"product_ids":)" + one_, "[" + one_ + "]"},
      {R"(,"product_ids":"two")", "[" + two_ + "]"},
      {R"(,"product_ids":["one"],"products":["two"])", "[" + one_ + "]"},
      {R"(,"product_ids":null,"products":["two"])", "[" + two_ + "]"},
  };
  for (const auto& [products, expected] : good) {
    const Reply made = world_.send("ann", "POST", path, body(products));
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made["product_ids"], expected) << products;
    EXPECT_EQ(made["shared"], expected == both ? "true" : "false");
  }
  EXPECT_EQ(world_.send("ann", "POST", path, "event=e&url=http://e.x&product_ids[]=one&product_ids[]=" + two_,
                        kForm)["product_ids"],
            both);
  world_.add_organization("bob", "Rival");
  const std::string foreign = world_.add_product("bob", "rival", "Foreign");
  const std::pair<std::string, std::string> bad[] = {
      {"", "product_ids: name the product"},
      {R"(,"product_ids":[])", "product_ids: select at least one"},
      {R"(,"product_ids":"*")", "no wildcard"},
      {R"(,"product_ids":["all"])", "no wildcard"},
      {R"(,"product_ids":["one",)" + one_ + "]", "twice"},
      {R"(,"product_ids":[)" + foreign + "]", "is no product of organization acme"},
      {R"(,"product_ids":["foreign"])", "is no product of organization acme"},
      {R"(,"product_ids":[)" + own_ + "]", "is no product of organization acme"},
      {R"(,"product_ids":[99999])", "is no product of organization acme"},
      {R"(,"product_ids":[-1])", "is no product of organization acme"},
      {R"(,"product_ids":[1.5])", "expected product ids or slugs"},
      {R"(,"product_ids":[[1]])", "expected product ids or slugs"},
      {R"(,"product_ids":{})", "expected product ids or slugs"},
      {R"(,"product_ids":true)", "expected product ids or slugs"},
  };
  for (const auto& [products, part] : bad) {
    const Reply reply = world_.refused(400, "invalid_request", part, "ann", "POST", path, body(products));
    EXPECT_EQ(reply["violations.0.field"], "product_ids");
  }
  // A product's path names its product already.
  for (const char* products : {"[]", "\"*\"", "[\"two\"]", "[\"one\",\"two\"]"}) {
    world_.refused(400, "invalid_request", "product_ids: can only be one", "ann", "POST",
                   "/v1/products/one/integrations", body(R"(,"product_ids":)" + std::string(products)));
  }
}

TEST_F(IntegrationRoutesTest, AFreePlanHasNoOrganizationIntegrations) {
  const std::string id = shared();
  ASSERT_EQ(world_.send("root", "PUT", "/v1/orgs/acme", R"({"plan":"free"})").status, 200);
  for (const std::string& base : {std::string("/v1/orgs/acme/integrations"), std::string("/v1/orgs/acme/webhooks")}) {
    for (const auto& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"GET", base},
                                                          {"POST", base},
                                                          {"GET", base + "/" + id},
                                                          {"PUT", base + "/" + id},
                                                          {"PATCH", base + "/" + id},
                                                          {"DELETE", base + "/" + id},
                                                          {"POST", base + "/" + id + "/test"}}) {
      const Reply reply = world_.refused(403, "plan_required", "basic, plus, enterprise", "ann", method, path,
                                         method == "GET" ? "" : "{}");
      EXPECT_EQ(reply["plans"], R"(["basic","plus","enterprise"])");
    }
  }
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/integrations")["0.id"], id) << "what there is stays visible";
  EXPECT_EQ(world_.send("ann", "POST", "/v1/products/one/integrations", std::string(kHook)).status, 201);
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/products/one/integrations/" + id).status, 200) << "and removable";
}

TEST_F(IntegrationRoutesTest, PutReplacesAndPatchMerges) {
  for (const std::string& base : {std::string("/v1/integrations"), std::string("/v1/products/own/webhooks"),
                                  std::string("/v1/products/one/integrations")}) {
    const std::string id = world_.add_integration(
        "ann", base,
        R"({"event":"temp","url":"http://e.x/a","name":"N","disabled":true,"requestType":"GET","headers":{"A":"1"}})");
    const std::string path = base + "/" + id;
    const Reply patched = world_.send("ann", "PATCH", path, R"({"requestType":"PUT"})");
    ASSERT_EQ(patched.status, 200) << patched.text;
    EXPECT_EQ(patched["integration.requestType"], "PUT");
    EXPECT_EQ(patched["integration.disabled"], "true");
    EXPECT_EQ(patched["integration.headers"], R"({"A":"1"})");
    EXPECT_EQ(patched["integration.version"], "2");
    EXPECT_EQ(world_.send("ann", "PATCH", path, R"({"headers":null})")["integration.requestType"], "PUT");
    world_.refused(400, "invalid_request", "url", "ann", "PATCH", path, R"({"url":null})");
    const Reply put =
        world_.send("ann", "PUT", path, R"({"event":"foo"})");  // particle-api-js sends what its caller gave
    EXPECT_EQ(put["integration.event"], "foo");
    EXPECT_EQ(put["integration.url"], "http://e.x/a");
    EXPECT_EQ(put["integration.name"], "N");
    EXPECT_EQ(put["integration.disabled"], "false") << "back to its default";
    EXPECT_EQ(put["integration.requestType"], "POST");
    EXPECT_EQ(world_.send("ann", "PUT", path, R"({"name":null})")["integration.name"], "foo for e.x");
    world_.refused(400, "invalid_request", "integration_type", "ann", "PUT", path,
                   R"({"integration_type":"AzureIotHub"})");
    EXPECT_EQ(world_.send("ann", "PUT", path, "event=bar&disabled=true", kForm)["integration.disabled"], "true");
  }
}

// Clients read, change one member, and send all of it back, answers' own members included.
TEST_F(IntegrationRoutesTest, AnAnswerCanBeSentBack) {
  const std::string sandbox =
      "/v1/integrations/" + world_.add_integration("ann", "/v1/integrations", std::string(kHook));
  const std::string product = "/v1/products/one/integrations/" +
                              world_.add_integration("ann", "/v1/products/one/integrations", std::string(kHook));
  for (const std::string& path : {sandbox, product, "/v1/orgs/acme/integrations/" + shared()}) {
    const Reply before = world_.send("ann", "GET", path);
    for (const char* method : {"PUT", "PATCH"}) {
      const Reply after = world_.send("ann", method, path, before["integration"]);
      ASSERT_EQ(after.status, 200) << after.text;
      for (const char* name :
           {"name", "event", "url", "version", "product_ids", "responseTopic", "requestType", "updated_at"}) {
        EXPECT_EQ(after["integration." + std::string(name)], before["integration." + std::string(name)])
            << path << " " << name;
      }
    }
  }
}

TEST_F(IntegrationRoutesTest, AStaleVersionIsAConflict) {
  const std::string id = shared();
  EXPECT_EQ(org("PUT", id, R"({"disabled":true,"version":1})")["integration.version"], "2");
  for (const char* method : {"PUT", "PATCH"}) {
    world_.refused(409, "version_mismatch", "version 2", "ann", method, "/v1/orgs/acme/integrations/" + id,
                   R"({"disabled":false,"version":1})");
    world_.refused(400, "invalid_request", "version", "ann", method, "/v1/orgs/acme/integrations/" + id,
                   R"({"version":4294967298})");
    world_.refused(400, "invalid_request", "version", "ann", method, "/v1/orgs/acme/integrations/" + id,
                   R"({"version":-1})");
    world_.refused(400, "invalid_request", "version", "ann", method, "/v1/orgs/acme/integrations/" + id,
                   R"({"version":"x"})");
  }
  EXPECT_EQ(org("PATCH", id, R"({"disabled":false,"version":"2"})")["integration.version"], "3") << "a form's number";
  EXPECT_EQ(org("PATCH", id, R"({"disabled":true})")["integration.version"], "4") << "without one the last writer wins";
}

TEST_F(IntegrationRoutesTest, TheOrganizationChangesTheProducts) {
  const std::string id = shared();
  const std::string three = world_.add_product("ann", acme_, "Three");
  EXPECT_EQ(org("PUT", id, R"({"event":"temp2","disabled":false})")["integration.product_ids"],
            "[" + one_ + "," + two_ + "]")
      << "absent: kept";
  EXPECT_EQ(org("PUT", id, R"({"product_ids":["three","two"]})")["integration.product_ids"],
            "[" + two_ + "," + three + "]");
  world_.refused(404, "not_found", "not found", "ann", "GET", "/v1/products/one/integrations/" + id);
  EXPECT_EQ(org("PATCH", id, R"({"product_ids":[")" + one_ + "\"]}")["integration.shared"], "false");
  const std::string path = "/v1/orgs/acme/integrations/" + id;
  for (const char* method : {"PUT", "PATCH"}) {
    world_.refused(400, "last_product", "disable or delete", "ann", method, path, R"({"product_ids":[]})");
    world_.refused(400, "invalid_request", "no wildcard", "ann", method, path, R"({"product_ids":"*"})");
    world_.refused(400, "invalid_request", "is no product of organization acme", "ann", method, path,
                   R"({"product_ids":["own"]})");
    world_.refused(400, "invalid_request", "can only be one", "ann", method, "/v1/products/one/integrations/" + id,
                   R"({"product_ids":["two"]})");
  }
  EXPECT_EQ(org("GET", id)["integration.product_ids"], "[" + one_ + "]");
}

TEST_F(IntegrationRoutesTest, ASharedOneIsShownOnEachOfItsProducts) {
  const std::string id = shared();
  for (const std::string& product : {one_, two_}) {
    for (const char* kind : {"/integrations", "/webhooks"}) {
      const Reply list = world_.send("ann", "GET", "/v1/products/" + product + kind);
      EXPECT_EQ(list["0.id"], id);
      EXPECT_EQ(list["0.shared"], "true");
      EXPECT_EQ(list["0.product_ids"], "[" + one_ + "," + two_ + "]");
      EXPECT_EQ(list["0.products.1"], R"({"id":)" + two_ + R"(,"slug":"two","name":"Two"})");
      EXPECT_EQ(list["1"], "(absent)");
    }
  }
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/own/integrations").text, "[]");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/integrations").text, "[]");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/integrations")["0.products.0.todayCounters.success"], "0");
  world_.add_integration("ann", "/v1/products/one/integrations", R"({"event":"other","url":"http://e.x"})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/integrations").body.as_array().size(), 2U)
      << "also those of one product";
}

TEST_F(IntegrationRoutesTest, AProductDoesNotEditWhatItShares) {
  const std::string id = shared();
  for (const char* method : {"PUT", "PATCH"}) {
    for (const char* kind : {"integrations", "webhooks"}) {
      const Reply reply = world_.refused(409, "shared_integration", "one, two", "ann", method,
                                         "/v1/products/one/" + std::string(kind) + "/" + id, R"({"disabled":true})");
      EXPECT_EQ(reply["products"], R"([{"id":)" + one_ + R"(,"slug":"one","name":"One"},{"id":)" + two_ +
                                       R"(,"slug":"two","name":"Two"}])");
    }
  }
  EXPECT_EQ(org("GET", id)["integration.version"], "1");
}

TEST_F(IntegrationRoutesTest, DeletingOnAProductTakesOnlyThatProductOut) {
  const std::string id = shared();
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/products/one/webhooks/" + id).text, R"({"ok":true,"cancelled":0})");
  world_.refused(404, "not_found", "Webhook not found", "ann", "DELETE", "/v1/products/one/webhooks/" + id);
  const Reply left = world_.send("ann", "GET", "/v1/products/two/integrations/" + id);
  EXPECT_EQ(left["integration.product_ids"], "[" + two_ + "]");
  EXPECT_EQ(left["integration.shared"], "false");
  EXPECT_EQ(left["integration.version"], "2");
  EXPECT_EQ(world_.send("ann", "PATCH", "/v1/products/two/integrations/" + id, R"({"disabled":true})").status, 200)
      << "now it is its own";
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/products/two/integrations/" + id).status, 200);
  EXPECT_EQ(org("GET", id).status, 404);
  const std::string again = shared();
  EXPECT_EQ(org("DELETE", again).text, R"({"ok":true,"cancelled":0})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/integrations").text, "[]");
}

TEST_F(IntegrationRoutesTest, EachScopeKnowsOnlyItsOwn) {
  const std::string sandbox = world_.add_integration("ann", "/v1/integrations", std::string(kHook));
  const std::string of_one = world_.add_integration("ann", "/v1/products/one/integrations", std::string(kHook));
  const std::string of_own = world_.add_integration("ann", "/v1/products/own/integrations", std::string(kHook));
  const std::pair<std::string, std::string> wrong[] = {
      {"/v1/integrations/", of_one},
      {"/v1/integrations/", of_own},
      {"/v1/products/one/integrations/", sandbox},
      {"/v1/products/two/webhooks/", of_one},
      {"/v1/products/one/integrations/", of_own},
      {"/v1/orgs/acme/integrations/", sandbox},
      {"/v1/orgs/acme/webhooks/", of_own},
      {"/v1/integrations/", "abc"},
      {"/v1/integrations/", std::string(24, 'f')},
  };
  for (const auto& [base, id] : wrong) {
    for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
      world_.refused(404, "not_found", "not found", "ann", method, base + id,
                     std::string_view(method) == "GET" ? "" : "{}");
    }
    world_.refused(404, "not_found", "not found", "ann", "POST", base + id + "/test", "{}");
  }
  world_.refused(404, "not_found", "not found", "bob", "GET", "/v1/integrations/" + sandbox);
  world_.refused(404, "not_found", "not found", "bob", "DELETE", "/v1/webhooks/" + sandbox);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/integrations")["0.id"], sandbox);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/integrations").text, "[]");
}

// --- test
// ------------------------------------------------------------------------------------------------------------------------------

TEST_F(IntegrationRoutesTest, ATestIsARealRequestCountedAndLogged) {
  const std::string id = shared();
  const Reply passed = world_.send("ann", "POST", "/v1/orgs/acme/integrations/" + id + "/test",
                                   R"({"data":"21","device_id":"d1","product_id":"two"})");
  EXPECT_EQ(passed.text, R"({"pass":true,"data":"there"})");
  ASSERT_EQ(world_.received.size(), 1U);
  EXPECT_THAT(world_.received[0], HasSubstr("POST /h HTTP/1.1"));
  EXPECT_THAT(world_.received[0], HasSubstr("data=21"));
  EXPECT_THAT(world_.received[0], HasSubstr("coreid=d1"));
  world_.receiver_says = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  const Reply failed = world_.send("ann", "POST", "/v1/products/one/webhooks/" + id + "/test");
  EXPECT_EQ(failed["pass"], "false");
  EXPECT_THAT(failed["error"], HasSubstr("404"));
  EXPECT_THAT(world_.received[1], HasSubstr("data=test-event"));
  EXPECT_THAT(world_.received[1], HasSubstr("coreid=api"));
  world_.refused(400, "invalid_request", "product_id", "ann", "POST", "/v1/orgs/acme/integrations/" + id + "/test",
                 R"({"product_id":"own"})");
  world_.refused(400, "invalid_request", "data", "ann", "POST", "/v1/orgs/acme/integrations/" + id + "/test",
                 R"({"data":")" + std::string(16'385, 'x') + "\"}");

  // The record follows the answer; no event tells when it is on disk.
  Reply detail;
  for (int i = 0; i < 2000 && (detail["integration.todayCounters.success"] != "1" ||
                               detail["integration.todayCounters.error"] != "1");
       ++i) {
    world_.loop().advance(std::chrono::milliseconds(10));
    detail = org("GET", id);
  }
  EXPECT_EQ(detail["integration.todayCounters"], R"({"success":1,"error":1,"sleep":0,"cancelled":0})");
  EXPECT_EQ(detail["integration.counters.29.error"], "1");
  EXPECT_EQ(detail["integration.products.0.todayCounters"], R"({"success":0,"error":1,"sleep":0,"cancelled":0})");
  EXPECT_EQ(detail["integration.products.1.todayCounters"], R"({"success":1,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(detail["integration.logs.0.request.method"], "POST");
  EXPECT_EQ(detail["integration.logs.0.response.statusCode"], "200");
  EXPECT_EQ(detail["integration.logs.0.response.body"], "there");
  EXPECT_EQ(detail["integration.logs.0.product_id"], two_);
  EXPECT_EQ(detail["integration.logs.0.event.data"], "21");
  EXPECT_EQ(detail["integration.logs.0.error"], "null");
  EXPECT_EQ(detail["integration.errors.0.response.statusCode"], "404");
  EXPECT_EQ(detail["integration.errors.0.attempt"], "1");
  const Reply on_product = world_.send("ann", "GET", "/v1/products/one/integrations/" + id);
  EXPECT_EQ(on_product["integration.todayCounters"], R"({"success":0,"error":1,"sleep":0,"cancelled":0})")
      << "that product's numbers only";
  EXPECT_EQ(on_product["integration.logs"], "[]");
  EXPECT_EQ(on_product["integration.products.0.todayCounters"], "(absent)");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/integrations")["0.todayCounters"],
            R"({"success":1,"error":1,"sleep":0,"cancelled":0})");
  // A product that left keeps its past days.
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/products/two/integrations/" + id).status, 200);
  const Reply after = org("GET", id);
  EXPECT_EQ(after["integration.product_ids"], "[" + one_ + "]");
  EXPECT_EQ(after["integration.products.1.removed"], "true");
  EXPECT_EQ(after["integration.todayCounters"], R"({"success":1,"error":1,"sleep":0,"cancelled":0})");
}

}  // namespace
}  // namespace fleethook::api
