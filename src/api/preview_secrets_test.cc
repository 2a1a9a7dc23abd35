// What a preview tells of secrets: that they are there, and nothing that depends on their values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PreviewSecrets : public ::testing::Test {
 protected:
  PreviewSecrets() {
    for (const char* name : {"ann", "dev", "vic", "one"}) world_.add_user(name);
    world_.add_organization("ann", "Acme");
    product_ = world_.add_product("ann", "acme", "One");
    world_.add_product("ann", "acme", "Two");
    join("/v1/orgs/acme", "dev", "Developer");
    join("/v1/orgs/acme", "vic", "View-only");
    join("/v1/products/" + product_, "one", "View-only");
    put("q7zW");
    id_ = world_.add_integration("ann", "/v1/orgs/acme/integrations",
                                 R"({"event":"temp","url":"https://h.example/x","headers":{"X-Key":"{{{API_KEY}}}"},)"
                                 R"("secrets":["API_KEY"],"product_ids":["one","two"]})");
  }
  void join(const std::string& at, const std::string& name, const std::string& role) {
    EXPECT_EQ(world_.join("ann", at + "/team", name, role).status, 200);
  }
  void put(const std::string& value) {
    json::Object body{{"value", value}};
    EXPECT_LT(
        world_.send("ann", "PUT", "/v1/orgs/acme/secrets/API_KEY", json::write(json::Value(std::move(body)))).status,
        300);
  }
  std::string at() const { return "/v1/orgs/acme/integrations/" + id_ + "/preview"; }
  // Without what differs from call to call.
  static std::string stable(std::string text) {
    for (const std::string_view name : {"\"webhook-id\":\"", "\"webhook-timestamp\":\""}) {
      for (std::size_t from = 0; (from = text.find(name, from)) != std::string::npos;) {
        from += name.size();
        text.erase(from, text.find('"', from) - from);
      }
    }
    return text;
  }
  std::string previewed(const std::string& settings) {
    const Reply reply =
        world_.send("dev", "POST", at(), R"({"event":{"data":"{\"n\":1}"},"settings":)" + settings + "}");
    EXPECT_EQ(reply.status, 200) << reply.text;
    return stable(reply.text);
  }
  std::vector<std::string> audit_of_secret(const std::string& action) {
    std::vector<std::string> by;
    const Reply reply = world_.send("ann", "GET", "/v1/orgs/acme/audit?target=API_KEY");
    for (const json::Value& entry : reply.find("audit")->as_array()) {
      if (entry.find("action")->as_string() == action) by.push_back(entry.find("by")->find("username")->as_string());
    }
    return by;
  }

  TestWorld world_;
  std::string product_, id_;
};

TEST_F(PreviewSecrets, NothingInTheAnswerDependsOnTheValue) {
  const std::string of_all[] = {
      R"({"body":"{{#API_KEY}}{{0.0}}|{{1.0}}|{{2.0}}|{{3.0}}|{{4.0}}{{/API_KEY}}"})",
      R"({"body":"{{#API_KEY}}{{0}}|{{5}}|{{9}}|{{length}}{{/API_KEY}}{{^API_KEY}}none{{/API_KEY}}"})",
      R"({"body":"{{API_KEY}} q7zW longer {{{API_KEY}}} https://u:p@secret.example/x?y#z"})",
      R"({"json":{"k":"{{{API_KEY}}}","q7zW":"{{#API_KEY}}{{0.0}}{{/API_KEY}}"}})",
      R"({"json":"{\"k\":\"{{{API_KEY}}}\"}"})",
      R"({"query":{"k":"{{{API_KEY}}}"},"headers":{"X-Key":"{{#API_KEY}}{{3.0}}{{/API_KEY}}"}})",
      R"({"headers":{"X-{{{API_KEY}}}":"1","X-B":"{{#API_KEY}}{{0.0}}{{/API_KEY}}"}})",
      R"({"auth":{"username":"me","password":"{{{API_KEY}}}"}})",
      R"({"auth":{"bearer":"{{#API_KEY}}{{0.0}}{{/API_KEY}}"}})",
      R"({"url":"https://{{{API_KEY}}}/x"})",
      R"({"url":"https://{{{API_KEY}}}.example:8443/x"})",
      R"({"url":"https://h.example:{{{API_KEY}}}/x"})",
      R"({"url":"https://me:{{{API_KEY}}}@h.example/x"})",
      R"({"url":"https://{{#API_KEY}}{{0.0}}{{/API_KEY}}.example/x"})",
      R"({"url":"{{{API_KEY}}}"})",
      R"({"url":"{{{API_KEY}}}/x?y=1"})",
      R"({"url":"https://h.example/{{{API_KEY}}}/{{{n}}}?k={{{API_KEY}}}#f"})",
      R"({"parameters":[{"key":"p","secret":"API_KEY"}],"body":"{{#p}}{{0.0}}{{1.0}}{{/p}}"})",
  };
  const std::string values[] = {"q7zW",
                                "q",
                                "a-much-longer-value-that-is-another-one",
                                "https://u:p@secret.example/x?y#z",
                                "secret.example",
                                "8443",
                                "with\nline end",
                                "[[SENSITIVE]]",
                                "h.example",
                                ".."};
  for (const std::string& settings : of_all) {
    put(values[0]);
    const std::string first = previewed(settings);
    for (const std::string& value : values) {
      put(value);
      EXPECT_EQ(previewed(settings), first) << settings << " with " << value;
    }
  }
}

TEST_F(PreviewSecrets, AMaskStandsWhereTheValueWouldInHostAndURLToo) {
  const auto request = [&](const std::string& settings) {
    return world_.send("dev", "POST", at(), R"({"settings":)" + settings + "}");
  };
  EXPECT_EQ(request(R"({"url":"https://{{{API_KEY}}}/x"})")["previews.0.request.url"], "https://[[SENSITIVE]]/x");
  EXPECT_EQ(request(R"({"url":"https://{{{API_KEY}}}/x"})")["previews.0.request.headers.Host"], "[[SENSITIVE]]");
  EXPECT_EQ(request(R"({"url":"{{{API_KEY}}}/x?y=1"})")["previews.0.request.url"], "https://[[SENSITIVE]]/x?y=1");
  EXPECT_EQ(request(R"({"url":"https://me:{{{API_KEY}}}@h.example/{{{API_KEY}}}"})")["previews.0.request.url"],
            "https://h.example/[[SENSITIVE]]");
  EXPECT_EQ(
      request(R"({"auth":{"username":"me","password":"{{{API_KEY}}}"}})")["previews.0.request.headers.Authorization"],
      "Basic [[SENSITIVE]]");
  EXPECT_EQ(request(R"({"body":"{{{API_KEY}}}"})")["previews.0.request.body"], "[[SENSITIVE]]");
}

TEST_F(PreviewSecrets, OnlyWhoMayMakeAnEditMayPreviewIt) {
  const std::string settings =
      R"({"settings":{"body":"{{#API_KEY}}{{0.0}}{{/API_KEY}}","event":"e","url":"https://h.example"}})";
  EXPECT_EQ(world_.send("vic", "POST", at(), "{}").status, 200);
  world_.refused(403, "forbidden", "Developer", "vic", "POST", at(), settings);
  const std::string of_product = "/v1/products/" + product_ + "/integrations/";
  EXPECT_EQ(world_.send("one", "POST", of_product + id_ + "/preview", "{}").status, 200);
  world_.refused(403, "forbidden", "Developer", "one", "POST", of_product + id_ + "/preview", settings);
  world_.refused(403, "forbidden", "Developer", "one", "POST", of_product + "preview", settings);
  world_.refused(403, "forbidden", "Developer", "vic", "POST", "/v1/orgs/acme/integrations/preview", settings);
  EXPECT_EQ(world_.send("dev", "POST", at(), settings).status, 200);
}

TEST_F(PreviewSecrets, PeopleWhoUseASecretStandInTheAudit) {
  EXPECT_THAT(audit_of_secret("secret.selected"), ::testing::ElementsAre("ann@example.com"));
  const std::string settings = R"({"settings":{"body":"x","secrets":["API_KEY"]}})";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world_.send("dev", "POST", at(), settings).status, 200);
  EXPECT_EQ(world_.send("vic", "POST", at(), "{}").status, 200);
  EXPECT_THAT(audit_of_secret("secret.previewed"), ::testing::ElementsAre("dev@example.com"))
      << "one entry, however often the form asks";
  EXPECT_EQ(world_.send("dev", "POST", "/v1/orgs/acme/integrations/" + id_ + "/test", "{}").status, 200);
  EXPECT_THAT(audit_of_secret("secret.tested"), ::testing::ElementsAre("dev@example.com"));
  // An edit that changes something else selects nothing anew.
  EXPECT_EQ(
      world_.send("dev", "PATCH", "/v1/orgs/acme/integrations/" + id_, R"({"url":"https://other.example"})").status,
      200);
  EXPECT_THAT(audit_of_secret("secret.selected"), ::testing::ElementsAre("ann@example.com"));
  world_.add_integration("dev", "/v1/orgs/acme/integrations",
                         R"({"event":"e","url":"https://h.example/y","secrets":["API_KEY"],"product_ids":["one"]})");
  EXPECT_THAT(audit_of_secret("secret.selected"), ::testing::ElementsAre("dev@example.com", "ann@example.com"));
}

}  // namespace
}  // namespace fleethook::api
