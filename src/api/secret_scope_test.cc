// Which products may use a secret and which hosts may get it, over the API.
#include "store/secret_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/permissions.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretScopeRoutes : public ::testing::Test {
 protected:
  SecretScopeRoutes() {
    for (const char* name : {"ann", "dev"}) world_.add_user(name);
    world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", "acme", "One");
    two_ = world_.add_product("ann", "acme", "Two");
    EXPECT_EQ(world_.join("ann", "/v1/products/" + one_ + "/team", "dev", "Developer").status, 200);
    EXPECT_EQ(put(R"({"value":"pl4in"})").status, 201);
  }
  Reply put(const std::string& body) { return world_.send("ann", "PUT", kSecret, body); }
  std::string at_one(const std::string& rest = "") const { return "/v1/products/" + one_ + "/integrations" + rest; }
  static std::string hook(const std::string& more) {
    return R"({"event":"temp","url":"https://h.example/x","secrets":["API_KEY"])" + more + "}";
  }

  static constexpr const char* kSecret = "/v1/orgs/acme/secrets/API_KEY";
  TestWorld world_;
  std::string one_, two_;
};

TEST_F(SecretScopeRoutes, BothListsAreShownSetKeptAndTakenAwayWithoutTheValue) {
  const Reply fresh = world_.send("ann", "GET", kSecret);
  EXPECT_EQ(fresh["secret.products"] + fresh["secret.hosts"], "nullnull");
  const Reply limited = put(R"({"products":["two",)" + one_ + R"(],"hosts":["A.example","*.b.example:8443"]})");
  EXPECT_EQ(limited.status, 200) << limited.text;
  EXPECT_EQ(limited["secret.products"], "[" + one_ + "," + two_ + "]");
  EXPECT_EQ(limited["secret.hosts"], R"(["a.example","*.b.example:8443"])");
  EXPECT_EQ(put(R"({"value":"other"})")["secret.hosts"], R"(["a.example","*.b.example:8443"])");
  EXPECT_EQ(put(R"({"products":null})")["secret.products"], "null");
  EXPECT_EQ(put(R"({"secret":{"hosts":null}})")["secret.hosts"], "null");
  EXPECT_EQ(put(R"({"hosts":"one.example"})")["secret.hosts"], R"(["one.example"])") << "as a form sends it";
  EXPECT_EQ(put("{}").status, 400) << "nothing is no change";
  const Reply made = world_.send("ann", "POST", "/v1/secrets", R"({"name":"MINE","value":"v","hosts":["a.example"]})");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["secret.hosts"], R"(["a.example"])");
}

TEST_F(SecretScopeRoutes, WhatIsNoProductOfItsOwnerOrNoHostIsRefused) {
  const std::string own = world_.add_product("ann", "", "Own");
  world_.refused(400, "invalid_request", "is no product of the secret's owner", "ann", "PUT", kSecret,
                 R"({"products":[)" + own + "]}");
  world_.refused(400, "invalid_request", "is no product", "ann", "PUT", kSecret, R"({"products":["nowhere"]})");
  world_.refused(400, "invalid_request", "at least one product", "ann", "PUT", kSecret, R"({"products":[]})");
  world_.refused(400, "invalid_request", "at least one host", "ann", "PUT", kSecret, R"({"hosts":[]})");
  world_.refused(400, "invalid_request", "expected a host", "ann", "PUT", kSecret,
                 R"({"hosts":["https://a.example/"]})");
  world_.refused(400, "invalid_request", "expected text", "ann", "PUT", kSecret, R"({"hosts":[1]})");
  world_.refused(400, "invalid_request", "is required", "ann", "PUT", "/v1/orgs/acme/secrets/FRESH",
                 R"({"hosts":["a.example"]})");
  world_.refused(400, "invalid_request", "is no product", "ann", "POST", "/v1/secrets",
                 R"({"name":"MINE","value":"v","products":["one"]})");
}

TEST_F(SecretScopeRoutes, AChangeOfTheListsIsInTheAudit) {
  put(R"({"products":["one"],"hosts":["a.example"]})");
  const Reply audit = world_.send("ann", "GET", "/v1/orgs/acme/audit?target=API_KEY&limit=1");
  EXPECT_EQ(audit["audit.0.action"], "secret.updated");
  EXPECT_THAT(audit["audit.0.changes"], HasSubstr(R"("products":{"from":null,"to":[)" + one_ + "]}"));
  EXPECT_THAT(audit["audit.0.changes"], HasSubstr(R"("hosts":{"from":null,"to":["a.example"]})"));
}

TEST_F(SecretScopeRoutes, ADeveloperOfOneProductDoesNotSelectIt) {
  world_.refused(403, "secret_not_allowed", "secret API_KEY is not for product one", "dev", "POST", at_one(), hook(""));
  put(R"({"products":["one"]})");
  EXPECT_EQ(world_.send("dev", "POST", at_one(), hook("")).status, 201);
  world_.refused(400, "secret_not_for_product", "may not be used on product two", "ann", "POST",
                 "/v1/orgs/acme/integrations", hook(R"(,"product_ids":["one","two"])"));
}

TEST_F(SecretScopeRoutes, NorLeadsWhatUsesItElsewhereByAnyWay) {
  const std::string shared =
      world_.add_integration("ann", "/v1/orgs/acme/integrations", hook(R"(,"product_ids":["one","two"])"));
  const std::string mine = world_.add_integration("ann", at_one(), hook(R"(,"event":"mine")"));
  const auto refused = [&](const std::string& method, const std::string& target, const std::string& body) {
    world_.refused(403, "secret_not_allowed", "API_KEY", "dev", method, target, body);
  };
  const std::string evil = R"({"url":"https://evil.example/"})";
  refused("PUT", at_one("/" + mine), hook(R"(,"headers":{"X":"y"})"));
  refused("PATCH", at_one("/" + mine), evil);
  refused("POST", at_one("/" + shared + "/separate"), evil);
  refused("PUT", at_one("/" + shared + "/override"), evil);
  refused("POST", at_one("/preview"), R"({"settings":)" + hook("") + "}");
  refused("POST", at_one("/" + mine + "/preview"), R"({"settings":)" + evil + "}");
  // Back to what it was once, before somebody took it away.
  EXPECT_EQ(world_.send("ann", "PATCH", at_one("/" + mine), R"({"url":"https://newer.example/"})").status, 200);
  refused("POST", at_one("/" + mine + "/rollback"), R"({"to":1})");
  EXPECT_EQ(world_.send("dev", "PATCH", at_one("/" + mine), R"({"name":"fine"})").status, 200);
  EXPECT_EQ(world_.send("dev", "POST", at_one("/" + shared + "/separate"), R"({"name":"fine too"})").status, 201);
}

TEST_F(SecretScopeRoutes, AHostThatIsKnownIsRefusedWhenItIsSavedAndOneThatIsNotInThePreview) {
  put(R"({"hosts":["h.example"]})");
  world_.refused(400, "secret_not_for_host", "secret API_KEY may not be sent to evil.example", "ann", "POST", at_one(),
                 R"({"event":"temp","url":"https://evil.example/","secrets":["API_KEY"]})");
  const std::string id = world_.add_integration(
      "ann", at_one(),
      R"({"event":"temp","url":"https://{{{host}}}/","headers":{"X":"{{{API_KEY}}}"},"secrets":["API_KEY"]})");
  const auto preview = [&](const std::string& host) {
    return world_.send("ann", "POST", at_one("/" + id + "/preview"),
                       R"({"event":{"data":"{\"host\":\")" + host + R"(\"}"}})");
  };
  EXPECT_EQ(preview("h.example")["previews.0.error"], "null");
  const Reply kept = preview("evil.example");
  EXPECT_EQ(kept["previews.0.error"], "secret API_KEY may not be sent to evil.example");
  EXPECT_EQ(kept["previews.0.request"], "null");
  put(R"({"products":["two"]})");
  EXPECT_THAT(preview("h.example")["previews.0.error"], HasSubstr("may not be used on product one"));
  EXPECT_THAT(preview("h.example").text, Not(HasSubstr("pl4in")));
}

TEST_F(SecretScopeRoutes, ListsThatAreNarrowerThanWhatRunsAreSetWithAWarning) {
  const std::string shared = world_.add_integration("ann", "/v1/orgs/acme/integrations",
                                                    hook(R"(,"name":"Desk","product_ids":["one","two"])"));
  EXPECT_EQ(put(R"({"products":["one","two"],"hosts":["h.example"]})")["warnings"], "(absent)");
  const Reply products = put(R"({"products":["two"]})");
  EXPECT_EQ(products.status, 200) << products.text;
  EXPECT_EQ(products["warnings.0.field"] + " " + products["warnings.0.code"], "products secret_not_for_product");
  EXPECT_EQ(products["warnings.0.message"], "integration " + shared +
                                                " (Desk) uses the secret on one, which the list does not name: what it "
                                                "sends there ends in error");
  const Reply both = put(R"({"hosts":["other.example"]})");
  EXPECT_EQ(both["warnings.1.field"] + " " + both["warnings.1.code"], "hosts secret_not_for_host");
  EXPECT_THAT(both["warnings.1.message"], HasSubstr("sends the secret to h.example, which the list does not name"));
  EXPECT_EQ(put(R"({"products":null,"hosts":["h.example"]})")["warnings"], "(absent)");
  world_.add_integration("ann", "/v1/orgs/acme/integrations",
                         R"({"event":"other","url":"https://o.example/","product_ids":["one"]})");
  EXPECT_EQ(put(R"({"products":["two"]})")["warnings.1"], "(absent)") << "one that does not use it";
}

TEST_F(SecretScopeRoutes, WarningsOfOneAnswerAreFew) {
  for (int i = 0; i < 12; ++i)
    world_.add_integration("ann", at_one(), hook(R"(,"event":"e)" + std::to_string(i) + '"'));
  const Reply reply = put(R"({"products":["two"]})");
  EXPECT_EQ(reply["warnings.10.message"], "and so do 2 more integrations");
  EXPECT_EQ(reply["warnings.11"], "(absent)");
}

TEST(SecretRole, IsThatOfChangingIntegrations) {
  EXPECT_EQ(row_of(Permission::kIntegrationsUpdate).role, store::kSecretRole);
  EXPECT_EQ(row_of(Permission::kIntegrationsCreate).role, store::kSecretRole);
  EXPECT_EQ(row_of(Permission::kIntegrationsSeparate).role, store::kSecretRole);
}

}  // namespace
}  // namespace fleethook::api
