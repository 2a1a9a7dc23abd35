#include "core/oauth2.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "core/compiled_test_help.h"
#include "core/mask.h"
#include "json/value.h"

namespace fleethook::core {
namespace {

using namespace std::chrono_literals;
using test::compiled;
using test::event;
using test::facts;

IntegrationConfig::OAuth2 settings() {
  return {"https://auth.example/token?tenant=1", "fleet", "CLIENT_SECRET"};
}

TokenGrant grant(IntegrationConfig::OAuth2 of = settings(), std::string owner = "o:1", bool verify = true) {
  return *TokenGrant::make(std::move(of), std::move(owner), verify);
}

std::string why_none(int status, std::string_view body) {
  const auto read = read_token(status, body, {});
  return read.ok() ? "(a token)" : read.error().message;
}

std::chrono::seconds lifetime(const std::string& said) {
  return read_token(200, R"({"access_token":"t")" + said + "}", {})->lifetime;
}

TEST(OAuth2, ARequestForATokenSaysWhoAsksInItsHead) {
  IntegrationConfig::OAuth2 of = settings();
  of.client_id = "fleet:1";
  of.scope = "events write";
  of.audience = "https://api.example/";
  const OutgoingRequest request = grant(of).request("s%cret ü");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.str(), "https://auth.example/token?tenant=1");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.headers.get("Accept"), "application/json");
  EXPECT_EQ(request.headers.get("Authorization"), "Basic " + to_base64("fleet%3A1:s%25cret%20%C3%BC"))
      << "each encoded by itself, as RFC 6749 has it";
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=events%20write&audience=https%3A%2F%2Fapi.example%2F");
}

TEST(OAuth2, OrInItsBody) {
  IntegrationConfig::OAuth2 of = settings();
  of.credentials_in_body = true;
  const OutgoingRequest request = grant(of).request("s&t");
  EXPECT_FALSE(request.headers.has("Authorization"));
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=fleet&client_secret=s%26t");
}

TEST(OAuth2, OneTokenIsForOneOwnerOneClientAndOneUse) {
  const TokenKey key = grant().key("s");
  EXPECT_EQ(grant().key("s"), key);
  EXPECT_NE(grant().key("t"), key) << "a changed secret gets a token of its own";
  EXPECT_NE(grant(settings(), "o:2").key("s"), key);
  EXPECT_NE(grant(settings(), "o:1", false).key("s"), key);
  std::set<TokenKey> keys{key};
  for (std::string IntegrationConfig::OAuth2::*member :
       {&IntegrationConfig::OAuth2::token_url, &IntegrationConfig::OAuth2::client_id, &IntegrationConfig::OAuth2::scope,
        &IntegrationConfig::OAuth2::audience}) {
    IntegrationConfig::OAuth2 other = settings();
    other.*member += "x";
    EXPECT_TRUE(keys.insert(grant(other).key("s")).second);
  }
  IntegrationConfig::OAuth2 other = settings();
  other.credentials_in_body = true;
  EXPECT_TRUE(keys.insert(grant(other).key("s")).second);
  other = settings();
  other.client_id = "flee";
  EXPECT_NE(grant(other).key("ts"), grant().key("s")) << "no two parts run together";
}

TEST(OAuth2, ATokenLivesAsLongAsItsEndpointSays) {
  EXPECT_EQ(read_token(200, R"({"access_token":"abc","token_type":"bearer","expires_in":3600})", {})->text, "abc");
  EXPECT_EQ(lifetime(R"(,"expires_in":3600)"), 1h);
  EXPECT_EQ(lifetime(R"(,"expires_in":"600")"), 10min);
  EXPECT_EQ(lifetime(R"(,"expires_in":1e12)"), 24h);
  for (const char* nothing : {"", R"(,"expires_in":0)", R"(,"expires_in":-5)", R"(,"expires_in":"soon")",
                              R"(,"expires_in":null)", R"(,"expires_in":"nan")"}) {
    EXPECT_EQ(lifetime(nothing), 5min) << nothing;
  }
}

TEST(OAuth2, WhatIsNoTokenIsSaidWithTheWordsOfItsEndpoint) {
  EXPECT_EQ(why_none(401, R"({"error":"invalid_client","error_description":"unknown client"})"),
            "it answered 401, invalid_client: unknown client");
  EXPECT_EQ(why_none(503, "<html>"), "it answered 503");
  EXPECT_EQ(why_none(302, ""), "it answered 302, and redirects are not followed there");
  EXPECT_EQ(why_none(200, R"({"error":"invalid_scope"})"), "it answered invalid_scope");
  EXPECT_EQ(why_none(200, "access_token=abc"), "its answer is not JSON with an access_token");
  EXPECT_EQ(why_none(200, "[]"), "its answer is not JSON with an access_token");
  EXPECT_EQ(why_none(200, R"({"access_token":""})"), "its answer has no access_token");
  EXPECT_EQ(why_none(200, R"({"access_token":"a","token_type":"mac"})"), "its token is of another type than Bearer");
  EXPECT_EQ(why_none(200, R"({"access_token":"a\r\nHost: b"})"), "its token has control characters");
  EXPECT_EQ(why_none(200, R"({"access_token":")" + std::string(8'193, 'a') + "\"}"), "its token is over 8192 bytes");
  EXPECT_LT(why_none(400, R"({"error":")" + std::string(5'000, 'e') + "\"}").size(), 400U);
}

constexpr const char* kAuth =
    R"("auth":{"oauth2":{"token_url":"https://auth.example/token","client_id":"fleet","client_secret":"S"}})";

TEST(OAuth2, AnIntegrationLeavesTheHeaderToTheToken) {
  const auto made = compiled(std::string(kAuth) + R"(,"headers":{"{{{PARTICLE_EVENT_VALUE}}}":"mine"})");
  ASSERT_NE(made->token_grant(), nullptr);
  EXPECT_EQ(made->token_grant()->url.host, "auth.example");
  EXPECT_EQ(made->token_grant()->owner, "u:5f0000000000000000000002");
  EXPECT_TRUE(made->needs().secrets.empty()) << "no template sees it";
  auto request = made->build(event("authorization"), facts());
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->headers.has("Authorization"));
  put_token("abc", *request);
  EXPECT_EQ(request->headers.get("Authorization"), "Bearer abc");
  EXPECT_EQ(compiled("")->token_grant(), nullptr);
}

TEST(OAuth2, TheUserOfTheUrlIsNotSentBesideAToken) {
  const auto made = compiled(std::string(kAuth) + R"(,"url":"https://u:p@h.example/")");
  EXPECT_FALSE(made->build(event(), facts())->headers.has("Authorization"));
}

TEST(OAuth2, AMaskStandsForTheTokenWhereSecretsAreMasks) {
  NamedValues values;
  values.secrets = {{"S", "hunter2"}};
  const NamedValues masks = with_masks(values);
  DeliveryFacts with = facts();
  with.values = &masks;
  EXPECT_EQ(compiled(kAuth)->build(event(), with)->headers.get("Authorization"), "Bearer [[SENSITIVE]]");
}

}  // namespace
}  // namespace fleethook::core
