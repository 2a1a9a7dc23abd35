#include "core/credentials.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "core/integration_test_help.h"

namespace fleethook::core {
namespace {

using Texts = std::vector<std::string>;

IntegrationConfig with(const std::string& members) {
  json::Object body = test::object(R"({"event":"t","url":"https://h.example/"})");
  for (const auto& [name, value] : test::object("{" + members + "}")) body.set(name, value);
  return test::config(json::write(body));
}

TEST(CredentialNames, AreThoseThatOpenSomething) {
  for (const char* name : {"Authorization", "Proxy-Authorization", "Cookie", "X-API-Key", "api_key", "apiKey",
                           "X-Auth-Token", "token", "access_token", "client_secret", "password", "key", "sig", "X-Key",
                           "PAGERDUTY_ROUTING_KEY", "Ocp-Apim-Subscription-Key"})
    EXPECT_TRUE(is_credential_name(name)) << name;
  for (const char* name : {"Content-Type", "X-Idempotency-Key", "partition_key", "monkey", "temperature", "Accept",
                           "keys", "signal", "tokens", ""})
    EXPECT_FALSE(is_credential_name(name)) << name;
}

TEST(LiteralCredentials, AreFoundByTheirFields) {
  struct Row {
    const char* members;
    Texts fields;
  };
  const Row rows[] = {
      {R"("auth":{"username":"user","password":"pass"})", {"auth.password"}},
      {R"("auth":{"username":"sk_live_1","password":""})", {"auth.username"}},
      {R"("auth":{"username":"{{{U}}}","password":"{{{P}}}"})", {}},
      {R"("headers":{"Authorization":"Bearer abcdefgh","X-Api-Key":"k3y","Accept":"text/plain"})",
       {"headers.Authorization", "headers.X-Api-Key"}},
      {R"("headers":{"Authorization":"Bearer {{TOKEN}}","X-Api-Key":"{{{KEY}}}"})", {}},
      {R"("headers":{"Authorization":"Token abcdef0123456789{{x}}"})", {"headers.Authorization"}},
      {R"("headers":{"Authorization":"SharedAccessSignature sr={{a}}&sig={{b}}"})", {"headers.Authorization"}},
      {R"("query":{"api_key":"abc","q":"abc"},"form":{"token":"t","{{x}}":"y"})", {"form.token", "query.api_key"}},
      {R"("json":{"auth":{"client_secret":"abc","key":"temp"},"list":[{"token":"t"}],"token":{"$var":"t"}})",
       {"json.auth.client_secret", "json.list.0.token"}},
      {R"("url":"https://user:pass@h.example/x")", {"url"}},
      {R"("url":"https://{{{U}}}:{{{P}}}@h.example/x?token={{{T}}}")", {}},
      {R"("url":"https://h.example/x?a=b&sig=abc#token=x")", {"url"}},
      {R"("url":"https://h.example/x@y?a=b:c@d")", {}},
      {R"("parameters":[{"key":"ROUTING_KEY","value":"abc"},{"key":"API_KEY","secret":"S"},{"key":"ROOM","value":"1"}])",
       {"parameters.0.value"}},
      {R"("headers":{"Authorization":""})", {}},
  };
  for (const Row& row : rows) EXPECT_EQ(literal_credential_fields(with(row.members)), row.fields) << row.members;
}

TEST(LiteralCredentials, GiveTheTextsToHide) {
  EXPECT_EQ(literal_credential_texts(with(R"("auth":{"username":"user","password":"pass"})")),
            (Texts{"pass", "dXNlcjpwYXNz"}));
  EXPECT_EQ(literal_credential_texts(with(R"("auth":{"username":"longer-user","password":"abc"})")),
            (Texts{"longer-user", "bG9uZ2VyLXVzZXI6YWJj"}));
  EXPECT_EQ(literal_credential_texts(with(R"("headers":{"Authorization":"Bearer abcdefgh"})")), (Texts{"abcdefgh"}));
  EXPECT_EQ(literal_credential_texts(with(R"("headers":{"Authorization":"Basic dXNlcjpwYXNz"})")),
            (Texts{"dXNlcjpwYXNz", "pass"}));
  EXPECT_EQ(literal_credential_texts(with(R"("url":"https://user:p%40ss@h.example/?sig=a%2Bbc&x=yyyy")")),
            (Texts{"p@ss", to_base64("user:p@ss"), "a+bc"}));
  EXPECT_TRUE(literal_credential_texts(with(R"("query":{"key":"abc"})")).empty()) << "too short to look for";
  EXPECT_TRUE(literal_credential_texts(with(R"("auth":{"username":"{{{U}}}","password":"{{{P}}}"})")).empty());
}

TEST(LiteralCredentials, AreReplacedWhereSettingsAreShown) {
  const auto shown = [](const char* settings) {
    return json::write(settings_without_credentials(test::object(settings)));
  };
  EXPECT_EQ(
      shown(R"({"auth":{"username":"user","password":"pass"},"headers":{"X-Key":"a","Accept":"b"},"event":"token"})"),
      R"({"auth":{"username":"[[SENSITIVE]]","password":"[[SENSITIVE]]"},"headers":{"X-Key":"[[SENSITIVE]]","Accept":"b"},"event":"token"})");
  EXPECT_EQ(shown(R"({"url":"https://user:pass@h.example/x?a=b&sig=abc&c#d"})"),
            R"({"url":"https://[[SENSITIVE]]:[[SENSITIVE]]@h.example/x?a=b&sig=[[SENSITIVE]]&c#d"})");
  EXPECT_EQ(
      shown(
          R"({"url":"https://h.example/{{{a}}}?sig={{{SIG}}}","auth":null,"headers":{"Authorization":"Bearer {{T}}"}})"),
      R"({"url":"https://h.example/{{{a}}}?sig={{{SIG}}}","auth":null,"headers":{"Authorization":"Bearer {{T}}"}})");
  EXPECT_EQ(shown(R"({"headers":{"Authorization":null}})"), R"({"headers":{"Authorization":null}})");
}

TEST(LiteralCredentials, AreReplacedInDifferences) {
  const json::Object shown = difference_without_credentials(test::object(
      R"({"headers.X-Key":{"from":"a","to":null},"auth":{"from":null,"to":{"username":"u","password":"p"}},
          "auth.password":{"from":"p","to":"q"},"json.token":{"from":"t","to":"{{{T}}}"},"product_ids":{"from":[1],"to":[2]},
          "headers.X.Token.v":{"from":"v","to":"w"},"headers.V.Token":{"from":"v","to":"w"},
          "overrides.12":{"from":{},"to":{"auth":{"username":"u","password":"p"},"headers":{"X-Key":"k"}}},
          "name":{"from":"key","to":"token"}})"));
  EXPECT_EQ(
      json::write(shown),
      json::write(json::Value(test::object(
          R"({"headers.X-Key":{"from":"[[SENSITIVE]]","to":null},"auth":{"from":null,"to":{"username":"[[SENSITIVE]]","password":"[[SENSITIVE]]"}},
          "auth.password":{"from":"[[SENSITIVE]]","to":"[[SENSITIVE]]"},"json.token":{"from":"[[SENSITIVE]]","to":"{{{T}}}"},"product_ids":{"from":[1],"to":[2]},
          "headers.X.Token.v":{"from":"v","to":"w"},"headers.V.Token":{"from":"[[SENSITIVE]]","to":"[[SENSITIVE]]"},
          "overrides.12":{"from":{},"to":{"auth":{"username":"[[SENSITIVE]]","password":"[[SENSITIVE]]"},"headers":{"X-Key":"[[SENSITIVE]]"}}},
          "name":{"from":"key","to":"token"}})"))));
}

TEST(LiteralCredentials, WhatWasShownMaskedIsFoundInWhatIsSent) {
  EXPECT_EQ(
      fields_with_mask(test::object(
          R"({"auth":{"username":"u","password":"[[SENSITIVE]]"},"headers":{"A":"x [[SENSITIVE]]"},"json":{"a":["[[SENSITIVE]]"]},"event":"e"})")),
      (Texts{"auth.password", "headers.A", "json.a.0"}));
}

}  // namespace
}  // namespace fleethook::core
