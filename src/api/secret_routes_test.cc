// Secrets and variables over the API.
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

class SecretRoutesTest : public ::testing::Test {
 protected:
  SecretRoutesTest() {
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    two_ = world_.add_product("ann", acme_, "Two");
  }
  // An integration of the organization on both products.
  std::string shared(const std::string& members) {
    return world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"event":"temp","integration_type":"Webhook","product_ids":[)" + one_ + "," + two_ + "]," + members + "}");
  }
  TestWorld world_;
  std::string acme_, one_, two_;
};

TEST_F(SecretRoutesTest, ASecretIsMadeListedReplacedAndDeletedAndItsValueNeverShown) {
  for (const std::string path : {"/v1/secrets", "/v1/orgs/acme/secrets"}) {
    const Reply made = world_.send("ann", "POST", path, R"({"secret":{"name":"API_KEY","value":"pl4in"}})");
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made["secret.name"], "API_KEY");
    EXPECT_EQ(made["secret.created_at"], made["secret.updated_at"]);
    EXPECT_EQ(made["secret.last_accessed_at"], "null");
    EXPECT_EQ(made["secret.integrations"], "[]");
    EXPECT_EQ(made["secret.logic_functions"], "[]");
    EXPECT_EQ(world_.send("ann", "POST", path, R"({"name":"FLAT","value":"pl4in"})").status, 201);
    EXPECT_EQ(world_.send("ann", "POST", path, "name=FORM&value=pl4in%20too", kForm).status, 201);
    world_.refused(409, "secret_exists", "API_KEY", "ann", "POST", path, R"({"name":"API_KEY","value":"other"})");
    EXPECT_EQ(world_.send("ann", "PUT", path + "/API_KEY", R"({"secret":{"value":"pl4in-2"}})").status, 200);
    EXPECT_EQ(world_.send("ann", "PUT", path + "/MADE_BY_PUT", R"({"value":"pl4in"})").status, 201);
    const Reply one = world_.send("ann", "GET", path + "/API_KEY");
    EXPECT_EQ(one["secret.name"], "API_KEY");
    const Reply list = world_.send("ann", "GET", path);
    EXPECT_EQ(list["secrets.0.name"] + list["secrets.1.name"] + list["secrets.2.name"] + list["secrets.3.name"],
              "API_KEYFLATFORMMADE_BY_PUT");
    for (const Reply* reply : {&made, &one, &list})
      EXPECT_EQ(reply->text.find("pl4in"), std::string::npos) << reply->text;
    const Reply deleted = world_.send("ann", "DELETE", path + "/FLAT");
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(deleted.text, "");
    world_.refused(404, "not_found", "FLAT", "ann", "DELETE", path + "/FLAT");
    world_.refused(404, "not_found", "FLAT", "ann", "GET", path + "/FLAT");
  }
  world_.refused(404, "not_found", "API_KEY", "bob", "GET", "/v1/secrets/API_KEY");
  world_.refused(404, "not_found", "acme", "bob", "GET", "/v1/orgs/acme/secrets");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/secrets")["secrets"], "[]") << "everybody has secrets of his own";
}

TEST_F(SecretRoutesTest, RefusesWhatNoSecretCanBe) {
  const struct {
    const char *body, *part;
  } cases[] = {
      {R"({})", "name: is required"},
      {R"({"name":"A"})", "value: is required"},
      {R"({"name":"A","value":7})", "value: expected text"},
      {R"({"name":"A","value":""})", "value: expected text of 1 to 8192 bytes"},
      {R"({"name":"lower","value":"v"})", "name: expected A-Z"},
      {R"({"name":"1A","value":"v"})", "name: expected A-Z"},
      {R"({"secret":5})", "secret: expected an object"},
      {R"({"secret":{"name":"A-B","value":"v"}})", "name: expected A-Z"},
  };
  for (const auto& c : cases)
    world_.refused(400, "invalid_request", c.part, "ann", "POST", "/v1/orgs/acme/secrets", c.body);
  world_.refused(400, "invalid_request", "name: expected A-Z", "ann", "PUT", "/v1/secrets/a%20b", R"({"value":"v"})");
  world_.refused(400, "invalid_request", "name: a secret cannot be renamed", "ann", "PUT", "/v1/secrets/A",
                 R"({"name":"B","value":"v"})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/secrets")["secrets"], "[]");
}

TEST_F(SecretRoutesTest, ASecretInUseIsNotDeletedAndTheAnswerSaysWhatUsesIt) {
  world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"v"})");
  const std::string id = shared(R"("name":"Alarms","url":"http://h.example/{{{KEY}}}","secrets":["KEY"])");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/secrets")["secrets.0.integrations"],
            R"([{"id":")" + id + R"(","name":"Alarms"}])");
  const Reply refused = world_.refused(409, "secret_in_use", "Alarms", "ann", "DELETE", "/v1/orgs/acme/secrets/KEY");
  EXPECT_EQ(refused["integrations.0.id"], id);
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/orgs/acme/integrations/" + id).status, 200);
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/orgs/acme/secrets/KEY").status, 204);
}

TEST_F(SecretRoutesTest, ATestRequestCarriesTheValueAndTheLogShowsAMask) {
  world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"s3cret"})");
  world_.send("ann", "PUT", "/v1/orgs/acme/variables", R"({"variables":{"host":"h.example"}})");
  world_.receiver_says = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\ngot s3cret!";
  const std::string id =
      shared(R"("url":"http://{{{product.vars.host}}}/in","headers":{"X-Key":"{{{KEY}}}"},"secrets":["KEY"])");
  const std::string path = "/v1/orgs/acme/integrations/" + id;
  const Reply tested = world_.send("ann", "POST", path + "/test", "{}");
  EXPECT_EQ(tested["pass"], "true") << tested.text;
  EXPECT_EQ(tested["data"], "got [[SENSITIVE]]!");
  ASSERT_EQ(world_.received.size(), 1U);
  EXPECT_NE(world_.received[0].find("s3cret"), std::string::npos) << world_.received[0];
  EXPECT_NE(world_.received[0].find("Host: h.example"), std::string::npos) << world_.received[0];
  Reply viewed;
  for (int i = 0; i < 1000 && viewed["integration.logs.0"] == "(absent)"; ++i) {  // it is recorded a moment later
    world_.loop().advance(std::chrono::milliseconds(10));
    viewed = world_.send("ann", "GET", path);
  }
  EXPECT_NE(viewed.text.find("[[SENSITIVE]]"), std::string::npos) << viewed.text;
  EXPECT_EQ(viewed.text.find("s3cret"), std::string::npos) << viewed.text;
  EXPECT_NE(world_.send("ann", "GET", "/v1/orgs/acme/secrets/KEY")["secret.last_accessed_at"], "null");
}

TEST_F(SecretRoutesTest, VariablesAreReplacedAndMergedAndSayWhereTheyComeFrom) {
  const std::string organization = "/v1/orgs/acme/variables", product = "/v1/products/" + one_ + "/variables";
  EXPECT_EQ(world_.send("ann", "GET", organization).text, R"({"variables":{}})");
  EXPECT_EQ(world_.send("ann", "GET", product).text, R"({"variables":{},"effective":{}})");
  const Reply put = world_.send("ann", "PUT", organization,
                                R"({"variables":{"host":"a.example","port":8080,"tls":true,"gone":null}})");
  EXPECT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(put.text, R"({"variables":{"host":"a.example","port":"8080","tls":"true"}})");
  EXPECT_EQ(world_.send("ann", "PATCH", organization, R"({"variables":{"tls":null,"tag":""}})")["variables"],
            R"({"host":"a.example","port":"8080","tag":""})");
  EXPECT_EQ(
      world_.send("ann", "PUT", product, R"({"variables":{"host":"b.example"}})")["effective"],
      R"({"host":{"value":"b.example","from":"product"},"port":{"value":"8080","from":"organization"},"tag":{"value":"","from":"organization"}})");
  EXPECT_EQ(world_.send("ann", "PATCH", product, "variables[x]=1", kForm)["variables"],
            R"({"host":"b.example","x":"1"})");
  EXPECT_EQ(world_.send("ann", "PUT", product, R"({"variables":{}})")["variables"], "{}");

  const std::string id = shared(R"("url":"http://h.example/")");
  const std::string placement = "/v1/orgs/acme/integrations/" + id + "/products/" + two_ + "/variables";
  EXPECT_EQ(world_.send("ann", "PUT", placement, R"({"variables":{"host":"c.example"}})")["effective.host"],
            R"({"value":"c.example","from":"placement"})");
  EXPECT_EQ(world_.send("ann", "GET", placement)["variables"], R"({"host":"c.example"})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/" + two_ + "/variables")["effective.host.value"], "a.example");
}

TEST_F(SecretRoutesTest, RefusesVariablesThatCannotBeAndPlacesThatAreNot) {
  const std::string path = "/v1/orgs/acme/variables";
  for (const char* body : {R"({})", R"({"variables":5})", R"({"variables":["a"]})", R"({"host":"a"})"})
    world_.refused(400, "invalid_request", "variables: expected an object", "ann", "PUT", path, body);
  world_.refused(400, "invalid_request", "variables.a-b: expected a name", "ann", "PUT", path,
                 R"({"variables":{"a-b":"x"}})");
  world_.refused(400, "invalid_request", "variables.a: expected text", "ann", "PUT", path, R"({"variables":{"a":{}}})");
  world_.refused(400, "invalid_request", "variables.a: expected at most 4096", "ann", "PUT", path,
                 R"({"variables":{"a":")" + std::string(4097, 'x') + R"("}})");
  const std::string id = shared(R"("url":"http://h.example/")");
  const std::string other = world_.add_product("ann", acme_, "Three");
  world_.refused(404, "not_found", "does not run", "ann", "GET",
                 "/v1/orgs/acme/integrations/" + id + "/products/" + other + "/variables");
  world_.refused(404, "not_found", "no integration", "ann", "GET",
                 "/v1/orgs/acme/integrations/" + std::string(24, '0') + "/products/" + one_ + "/variables");
  world_.refused(404, "not_found", "acme", "bob", "PUT", path, R"({"variables":{}})");
  world_.refused(404, "not_found", one_, "bob", "PUT", "/v1/products/" + one_ + "/variables", R"({"variables":{}})");
}

TEST_F(SecretRoutesTest, AVariableInUseIsNotTakenAway) {
  world_.send("ann", "PUT", "/v1/orgs/acme/variables", R"({"variables":{"host":"a.example"}})");
  const std::string id = shared(R"("url":"http://{{{product.vars.host}}}/")");
  const Reply refused =
      world_.refused(409, "variable_in_use", id, "ann", "PUT", "/v1/orgs/acme/variables", R"({"variables":{}})");
  EXPECT_NE(refused["error"].find("on product one"), std::string::npos) << refused.text;
  world_.refused(409, "variable_in_use", "host", "ann", "PATCH", "/v1/orgs/acme/variables",
                 R"({"variables":{"host":null}})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/variables")["variables.host"], "a.example");
}

}  // namespace
}  // namespace fleethook::api
