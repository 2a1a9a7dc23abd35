// Who sees the literal credentials of an integration, and that what was shown masked is not saved so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSettings = R"("event":"t","url":"https://user:urlpassword@h.example/x?sig=urlsignature",
    "auth":{"username":"authuser","password":"authpassword"},"headers":{"X-API-Key":"headerkey","Accept":"text/plain"},
    "query":{"api_key":"querykey"},"json":{"token":"jsontoken","room":"{{{room}}}"})";
constexpr std::string_view kLiterals[] = {"urlpassword", "urlsignature", "authuser",  "authpassword",
                                          "headerkey",   "querykey",     "jsontoken", "overridden"};

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    for (const char* name : {"ann", "adam", "dev", "sue", "vic"}) world_.add_user(name);
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    world_.add_product("ann", acme_, "Two");
    base_ = "/v1/orgs/" + acme_;
    for (const auto& [name, role] :
         {std::pair("adam", "Administrator"), {"dev", "Developer"}, {"sue", "Support"}, {"vic", "View-only"}}) {
      EXPECT_EQ(world_.join("ann", base_ + "/team", name, role).status, 200);
    }
    id_ = world_.add_integration("ann", base_ + "/integrations",
                                 "{" + std::string(kSettings) + R"(,"product_ids":["one","two"]})");
    // A second version, an override and a version that is tried, each with one.
    EXPECT_EQ(
        world_.send("ann", "PATCH", at(), R"({"headers":{"X-API-Key":"headerkey2","Accept":"text/plain"}})").status,
        200);
    EXPECT_EQ(world_
                  .send("ann", "PUT", "/v1/orgs/" + acme_ + "/integrations/" + id_ + "/products/one/override",
                        R"({"auth":{"username":"authuser","password":"overridden"}})")
                  .status,
              200);
  }

  std::string at() const { return base_ + "/integrations/" + id_; }

  // Everything that shows the integration, in one text.
  std::string all_seen_by(const std::string& user) {
    std::string all;
    const auto add = [&](std::string_view method, const std::string& path, std::string body = "") {
      const Reply reply = world_.send(user, method, path, std::move(body));
      EXPECT_EQ(reply.status, 200) << user << " " << path << reply.text;
      all += reply.text + "\n";
    };
    const std::string of_product = "/v1/products/" + one_ + "/integrations/";
    add("GET", base_ + "/integrations");
    add("GET", at());
    add("GET", "/v1/products/" + one_ + "/integrations");
    add("GET", of_product + id_);
    add("GET", at() + "/versions");
    add("GET", at() + "/versions/1");
    add("GET", at() + "/versions/1?against=2");
    add("POST", at() + "/preview", R"({"event":{"data":"{\"room\":\"r\"}"}})");
    return all;
  }

  TestWorld world_;
  std::string acme_, one_, base_, id_;
};

TEST_F(CredentialsTest, AreShownToThoseWhoMayChangeThem) {
  for (const char* user : {"ann", "adam", "dev"}) {
    const std::string seen = all_seen_by(user);
    for (const std::string_view literal : kLiterals) EXPECT_THAT(seen, HasSubstr(std::string(literal))) << user;
    EXPECT_THAT(seen, Not(HasSubstr("[[SENSITIVE]]"))) << user;
  }
}

TEST_F(CredentialsTest, AreMaskedForEverybodyElse) {
  for (const char* user : {"sue", "vic"}) {
    const std::string seen = all_seen_by(user);
    for (const std::string_view literal : kLiterals) EXPECT_THAT(seen, Not(HasSubstr(std::string(literal)))) << user;
    EXPECT_THAT(seen, HasSubstr("[[SENSITIVE]]")) << user;
    EXPECT_THAT(seen, HasSubstr("text/plain"));
    EXPECT_THAT(seen, HasSubstr("{{{room}}}"));
    EXPECT_THAT(seen, Not(HasSubstr("YXV0aHVzZXI6"))) << "the Base64 of auth in a preview";
  }
  // The audit log has no Support and View-only readers, or masks.
  for (const char* user : {"sue", "vic", "adam"}) {
    const Reply audit = world_.send(user, "GET", base_ + "/audit");
    const bool may_see = std::string(user) == "adam";
    EXPECT_EQ(audit.text.find("authpassword") != std::string::npos, may_see) << user << audit.status;
  }
}

TEST_F(CredentialsTest, AreMaskedForApiUsersThatMayNotUpdate) {
  const auto token_of = [&](const char* scopes) {
    const Reply made =
        world_.send("ann", "POST", base_ + "/team", std::string(R"({"friendly_name":"bot","scopes":)") + scopes + "}");
    return made["created.tokens.0.token"];
  };
  const auto seen = [&](const std::string& token) {
    return world_.send(token, "GET", at()).text + world_.send(token, "GET", base_ + "/integrations").text;
  };
  const std::string reads = seen(token_of(R"(["integrations:list","integrations:get"])"));
  EXPECT_THAT(reads, HasSubstr("[[SENSITIVE]]"));
  for (const std::string_view literal : kLiterals) EXPECT_THAT(reads, Not(HasSubstr(std::string(literal))));
  EXPECT_THAT(seen(token_of(R"(["integrations:list","integrations:get","integrations:update"])")),
              HasSubstr("authpassword"));
}

TEST_F(CredentialsTest, WhoSeesThemMaySendThemBack) {
  Reply got = world_.send("dev", "GET", at());
  const std::uint64_t version = static_cast<std::uint64_t>(got.find("integration.version")->as_int());
  const Reply kept = world_.send("dev", "PUT", at(), json::write(*got.find("integration")));
  EXPECT_EQ(kept.status, 200) << kept.text;
  EXPECT_EQ(static_cast<std::uint64_t>(world_.send("dev", "GET", at()).find("integration.version")->as_int()), version)
      << "nothing changed";
}

TEST_F(CredentialsTest, WhatIsShownMaskedIsNotSaved) {
  const Reply masked = world_.send("vic", "GET", at());
  const Reply refused = world_.refused(400, "invalid_request", "[[SENSITIVE]] stands for a value that is not shown",
                                       "dev", "PUT", at(), json::write(*masked.find("integration")));
  for (const char* field : {"auth.password", "headers.X-API-Key", "query.api_key", "json.token", "url"})
    EXPECT_THAT(refused.text, HasSubstr("\"field\":\"" + std::string(field) + "\"")) << refused.text;
  world_.refused(400, "invalid_request", "headers.X: [[SENSITIVE]]", "dev", "PATCH", at(),
                 R"({"headers":{"X":"a [[SENSITIVE]]"}})");
  world_.refused(400, "invalid_request", "auth.password", "dev", "PUT", at() + "/products/one/override",
                 R"({"auth":{"username":"u","password":"[[SENSITIVE]]"}})");
}

}  // namespace
}  // namespace fleethook::api
