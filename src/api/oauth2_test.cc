// Tokens of OAuth 2 over the API: how they are got is said with names of secrets, and no answer has a secret or a
// token.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sharing_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kValue = "hunter2-of-the-client";
constexpr const char* kToken = "token-of-the-endpoint";

class OAuth2Routes : public SharingTest {
 protected:
  OAuth2Routes() {
    put("CLIENT", R"("value":"hunter2-of-the-client")");
    put("OWN", R"("value":"another-of-them")");
    const std::string body = R"({"access_token":"token-of-the-endpoint","token_type":"Bearer","expires_in":3600})";
    world_.receiver_says = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  Reply put(const std::string& name, const std::string& members) {
    return world_.send("ann", "PUT", "/v1/orgs/acme/secrets/" + name, "{" + members + "}");
  }
  static std::string oauth2(const std::string& secret = "CLIENT", const std::string& more = "") {
    return R"("auth":{"oauth2":{"token_url":"http://auth.test/token","client_id":"fleet","client_secret":")" + secret +
           "\"" + more + "}}";
  }
  std::string refused_with(const std::string& members, const std::string& field) {
    const Reply reply =
        world_.send("ann", "POST", "/v1/orgs/acme/integrations", hook("h", R"("product_ids":["a"],)" + members));
    EXPECT_EQ(reply.status, 400) << reply.text;
    EXPECT_THAT(reply.text, HasSubstr(quoted(field)));
    EXPECT_THAT(reply.text, Not(HasSubstr("hunter2")));
    return reply.text;
  }
};

TEST_F(OAuth2Routes, TheViewHasNamesAndRequestsHaveTheToken) {
  const std::string id = shared("h", oauth2("CLIENT", R"(,"scope":"events")"));
  const Reply view = org("GET", "/" + id);
  EXPECT_EQ(view["integration.auth.oauth2.client_secret"], "CLIENT");
  EXPECT_EQ(view["integration.auth.oauth2.client_auth"], "basic");
  EXPECT_EQ(view["integration.auth.oauth2.scope"], "events");
  EXPECT_EQ(view["integration.auth.oauth2.audience"], "(absent)");
  const std::string other = shared("other", oauth2("CLIENT", R"(,"scope":"events")"), R"(["c"])");
  EXPECT_EQ(org("POST", "/" + other + "/test", "{}").status, 200);
  ASSERT_EQ(world_.received.size(), 2U);
  EXPECT_THAT(world_.received[0], HasSubstr("POST /token HTTP/1.1"));
  EXPECT_THAT(world_.received[0], HasSubstr("grant_type=client_credentials&scope=events"));
  EXPECT_THAT(world_.received[1], HasSubstr("Authorization: Bearer token-of-the-endpoint\r\n"));
  for (const std::string& product : {a_, b_}) {
    const auto sent = requests(product);
    ASSERT_EQ(sent.size(), 1U) << "the token serves all products, and the other integration too";
    EXPECT_THAT(sent[0], HasSubstr("Authorization: Bearer token-of-the-endpoint\r\n"));
  }
  for (const std::string& shown : {org("GET", "/" + id).text, on(a_, "GET", "/" + id).text}) {
    EXPECT_THAT(shown, Not(HasSubstr(kToken)));
    EXPECT_THAT(shown, Not(HasSubstr(kValue)));
  }
}

TEST_F(OAuth2Routes, AnEditIsMemberByMemberAndVersionsTellItApart) {
  const std::string id = shared("h", oauth2());
  EXPECT_EQ(org("PATCH", "/" + id, R"({"auth":{"oauth2":{"audience":"api","client_auth":"body"}}})").status, 200);
  const Reply view = org("GET", "/" + id);
  EXPECT_EQ(view["integration.auth.oauth2.client_id"], "fleet");
  EXPECT_EQ(view["integration.auth.oauth2.client_auth"], "body");
  const Reply diff = org("GET", "/" + id + "/versions/2?against=1");
  EXPECT_THAT(diff.text, HasSubstr(R"("auth.oauth2.client_auth":{"from":"basic","to":"body"})"));
  EXPECT_THAT(diff.text, HasSubstr("auth.oauth2.audience"));
  EXPECT_EQ(org("PATCH", "/" + id, R"({"auth":null})").status, 200);
  EXPECT_EQ(org("GET", "/" + id)["integration.auth"], "(absent)");
}

TEST_F(OAuth2Routes, WhatIsWrongIsNamedWhenItIsSaved) {
  EXPECT_THAT(refused_with(oauth2("GONE"), "auth.oauth2.client_secret"), HasSubstr("there is no secret GONE"));
  EXPECT_THAT(refused_with(oauth2("hunter2"), "auth.oauth2.client_secret"), HasSubstr("must be the name of a secret"));
  EXPECT_THAT(refused_with(oauth2("CLIENT", R"(,"client_auth":"jwt")"), "auth.oauth2.client_auth"),
              HasSubstr("basic or body"));
  EXPECT_THAT(refused_with(R"("auth":{"oauth2":{}})", "auth.oauth2.token_url"), HasSubstr("is required"));
  EXPECT_THAT(refused_with(oauth2() + R"(,"headers":{"authorization":"x"})", "headers.authorization"),
              HasSubstr("is set by auth.oauth2"));
}

TEST_F(OAuth2Routes, TheSecretGoesToItsHostsOnlyAndTheEndpointIsWhatCounts) {
  put("CLIENT", R"("hosts":["auth.test"])");
  const std::string id = shared("h", oauth2());
  refused(400, "secret_not_for_host", "auth.oauth2.token_url: secret CLIENT may not be sent to evil.test", "PATCH",
          "/v1/orgs/acme/integrations/" + id, R"({"auth":{"oauth2":{"token_url":"http://evil.test/"}}})");
  refused(400, "secret_not_for_host", "url: secret CLIENT may not be sent to recv.test", "PATCH",
          "/v1/orgs/acme/integrations/" + id, R"({"secrets":["CLIENT"]})");
  const Reply narrowed = put("CLIENT", R"("hosts":["elsewhere.test"])");
  EXPECT_EQ(narrowed.status, 200);
  EXPECT_THAT(narrowed.text, HasSubstr("auth.test")) << "who narrows it is told";
  const Reply preview = org("POST", "/" + id + "/preview", "{}");
  EXPECT_EQ(preview["previews.0.error"], "secret CLIENT may not be sent to auth.test");
}

TEST_F(OAuth2Routes, TheSecretIsInUse) {
  const std::string id = shared("h", oauth2());
  refused(409, "secret_in_use", "is used by integration", "DELETE", "/v1/orgs/acme/secrets/CLIENT");
  const Reply set = org("PUT", "/" + id + "/products/" + b_ + "/override",
                        R"({"auth":{"oauth2":{"client_id":"b","client_secret":"OWN"}}})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(on(b_, "GET", "/" + id)["integration.effective.configuration.auth.oauth2.client_id"], "b");
  EXPECT_EQ(on(b_, "GET", "/" + id)["integration.effective.configuration.auth.oauth2.token_url"],
            "http://auth.test/token");
  EXPECT_EQ(on(a_, "GET", "/" + id)["integration.auth.oauth2.client_id"], "fleet");
  refused(409, "secret_in_use", "is used by integration", "DELETE", "/v1/orgs/acme/secrets/OWN");
  EXPECT_THAT(world_.send("ann", "GET", "/v1/orgs/acme/audit?target=OWN").text, HasSubstr("secret.selected"));
}

TEST_F(OAuth2Routes, APreviewHasAMaskForTheTokenAndAsksForNone) {
  const std::string id = shared("h", oauth2());
  const Reply preview = org("POST", "/" + id + "/preview", "{}");
  EXPECT_EQ(preview["previews.0.request.headers.Authorization"], "Bearer [[SENSITIVE]]");
  EXPECT_TRUE(world_.received.empty());
  const Reply missing =
      org("POST", "/" + id + "/preview", R"({"settings":{"auth":{"oauth2":{"client_secret":"GONE"}}}})");
  EXPECT_EQ(missing["previews.0.error"], "no token can be asked for: there is no secret GONE");
}

TEST_F(OAuth2Routes, WhoMayNotUseASecretDoesNotAskForTokensWithIt) {
  world_.add_user("one");
  EXPECT_EQ(world_.join("ann", "/v1/products/" + a_ + "/team", "one", "Developer").status, 200);
  world_.refused(403, "secret_not_allowed", "only who may change integrations", "one", "POST",
                 "/v1/products/" + a_ + "/integrations", hook("h", oauth2()));
}

TEST_F(OAuth2Routes, NothingOfItIsALiteralCredential) {
  const Reply made =
      world_.send("ann", "POST", "/v1/orgs/acme/integrations", hook("h", R"("product_ids":["a"],)" + oauth2()));
  EXPECT_EQ(made.status, 201);
  EXPECT_THAT(made.text, Not(HasSubstr("literal_credential")));
}

}  // namespace
}  // namespace fleethook::api
