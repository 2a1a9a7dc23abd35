// Signed requests over the API: which keys sign is said by names of secrets, and no answer has a key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sharing_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kMasked = "[[SENSITIVE]]";

class SigningTest : public SharingTest {
 protected:
  SigningTest() {
    put("KEY", kKey);
    put("OWN", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    put("NO_KEY", "hunter2");
  }
  Reply put(const std::string& name, const std::string& value) {
    return world_.send("ann", "PUT", "/v1/orgs/acme/secrets/" + name, R"({"value":)" + quoted(value) + "}");
  }
  static std::string signing(const std::string& names) { return R"("signing":{"secrets":[)" + names + "]}"; }
};

TEST_F(SigningTest, TheViewNamesTheSecretsAndRequestsAreSigned) {
  const std::string id = shared("h", signing(R"("KEY")"));
  EXPECT_EQ(org("GET", "/" + id)["integration.signing.secrets.0"], "KEY");
  const auto sent = requests(a_);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_THAT(sent[0], HasSubstr("webhook-signature: v1,"));
  EXPECT_EQ(org("PATCH", "/" + id, R"({"signing":null})").status, 200);
  EXPECT_EQ(org("GET", "/" + id)["integration.signing"], "(absent)");
  EXPECT_THAT(requests(a_).at(0), Not(HasSubstr("webhook-signature")));
  EXPECT_THAT(org("GET", "/" + id + "/versions/2?against=1").text,
              HasSubstr(R"("signing":{"from":{"secrets":["KEY"]},"to":null})"));
}

TEST_F(SigningTest, WhatCannotSignIsRefusedWhenItIsSaved) {
  const auto refused_with = [&](const std::string& more, const std::string& field) {
    const Reply reply =
        world_.send("ann", "POST", "/v1/orgs/acme/integrations", hook("h", R"("product_ids":["a"],)" + more));
    EXPECT_EQ(reply.status, 400) << reply.text;
    EXPECT_THAT(reply.text, HasSubstr(quoted(field)));
    EXPECT_THAT(reply.text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(reply.text, Not(HasSubstr("MfKQ9r8")));
    return reply.text;
  };
  EXPECT_THAT(refused_with(signing(R"("KEY","GONE")"), "signing.secrets.1"), HasSubstr("there is no secret GONE"));
  EXPECT_THAT(refused_with(signing(R"("NO_KEY")"), "signing.secrets.0"),
              HasSubstr("secret NO_KEY is no signing key: expected whsec_"));
  EXPECT_THAT(refused_with(signing(quoted(kKey)), "signing.secrets.0"), HasSubstr("put the key into a secret"));
  EXPECT_THAT(refused_with(signing(R"("KEY")") + R"(,"headers":{"Webhook-ID":"x"})", "headers.Webhook-ID"),
              HasSubstr("is set by signing"));
}

TEST_F(SigningTest, AKeyThatSignsStaysAKey) {
  shared("h", signing(R"("KEY")"));
  refused(400, "invalid_request", "value: signs the requests of integration", "PUT", "/v1/orgs/acme/secrets/KEY",
          R"({"value":"hunter2"})");
  EXPECT_EQ(put("KEY", "whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB").status, 200);
  refused(409, "secret_in_use", "is used by integration", "DELETE", "/v1/orgs/acme/secrets/KEY");
}

TEST_F(SigningTest, OneProductMaySignWithAKeyOfItsOwn) {
  const std::string id = shared("h", signing(R"("KEY")"));
  ASSERT_EQ(org("PUT", "/" + id + "/products/" + b_ + "/override", R"({"signing":{"secrets":["GONE"]}})").status, 400);
  const Reply set = org("PUT", "/" + id + "/products/" + b_ + "/override", R"({"signing":{"secrets":["OWN"]}})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(on(b_, "GET", "/" + id)["integration.effective.configuration.signing.secrets.0"], "OWN");
  EXPECT_EQ(on(a_, "GET", "/" + id)["integration.signing.secrets.0"], "KEY");
  refused(400, "invalid_request", "signs the requests", "PUT", "/v1/orgs/acme/secrets/OWN", R"({"value":"hunter2"})");
  refused(409, "secret_in_use", "is used by integration", "DELETE", "/v1/orgs/acme/secrets/OWN");
  EXPECT_THAT(world_.send("ann", "GET", "/v1/orgs/acme/audit?target=OWN").text, HasSubstr("secret.selected"));
}

TEST_F(SigningTest, APreviewHasAMaskForEachSignature) {
  const std::string id = shared("h", signing(R"("KEY","OWN")"));
  const Reply preview = org("POST", "/" + id + "/preview", "{}");
  EXPECT_EQ(preview["previews.0.request.headers.webhook-signature"], std::string(kMasked) + " " + kMasked);
  EXPECT_NE(preview["previews.0.request.headers.webhook-id"], "(absent)");
  EXPECT_THAT(preview.text, Not(HasSubstr("MfKQ9r8")));
  refused(400, "invalid_request", "secret NO_KEY is no signing key", "POST",
          "/v1/orgs/acme/integrations/" + id + "/preview", R"({"settings":{"signing":{"secrets":["NO_KEY"]}}})");
  const Reply missing = org("POST", "/" + id + "/preview", R"({"settings":{"signing":{"secrets":["GONE"]}}})");
  EXPECT_EQ(missing["previews.0.error"], "it cannot be signed: there is no secret GONE");
  EXPECT_EQ(missing["previews.0.request"], "null");
}

TEST_F(SigningTest, WhoMayNotUseASecretLearnsNothingOfItsForm) {
  world_.add_user("one");
  EXPECT_EQ(world_.join("ann", "/v1/products/" + a_ + "/team", "one", "Developer").status, 200);
  for (const char* name : {R"("KEY")", R"("NO_KEY")"}) {
    world_.refused(403, "secret_not_allowed", "only who may change integrations", "one", "POST",
                   "/v1/products/" + a_ + "/integrations", hook("h", signing(name)));
  }
}

TEST_F(SigningTest, ATestIsSigned) {
  const std::string id = shared("h", signing(R"("KEY")"));
  EXPECT_EQ(org("POST", "/" + id + "/test", "{}").status, 200);
  EXPECT_THAT(world_.received.back(), HasSubstr("webhook-signature: v1,"));
}

}  // namespace
}  // namespace fleethook::api
