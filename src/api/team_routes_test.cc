#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/permissions.h"

namespace fleethook::api {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class TeamRoutesTest : public ::testing::Test {
 protected:
  TeamRoutesTest() {
    world_.add_user("root", /*administrator=*/true);
    for (const char* name : {"ann", "bob", "eve"}) world_.add_user(name);
    world_.add_organization("ann", "acme");
    cold_ = world_.add_product("ann", "acme", "cold");
    warm_ = world_.add_product("ann", "acme", "warm");
  }

  Reply add(std::string_view by, std::string_view team, std::string_view username, std::string_view role) {
    return world_.join(by, team, username.substr(0, username.find('@')), role);
  }
  // "ann@example.com Owner, bob@example.com Support, bot"
  std::string team(std::string_view user, std::string_view path) {
    const Reply reply = world_.send(user, "GET", path);
    EXPECT_EQ(reply.status, 200) << reply.text;
    std::string text;
    for (const json::Value& one : reply.find("team")->as_array()) {
      if (!text.empty()) text += ", ";
      text += one.find("is_programmatic") != nullptr
                  ? one.find("friendly_name")->as_string()
                  : one.find("username")->as_string() + " " + one.find("role")->find("name")->as_string();
    }
    return text;
  }
  std::string new_api_user(std::string_view path, std::string_view scopes) {
    const Reply made =
        world_.send("ann", "POST", path, R"({"friendly_name":"Bot","scopes":)" + std::string(scopes) + "}");
    EXPECT_EQ(made.status, 200) << made.text;
    username_ = made["created.username"];
    return made["created.tokens.0.token"];
  }

  TestWorld world_;
  std::string cold_, warm_, username_;
  const std::string org_team_ = "/v1/orgs/acme/team", cold_team_ = "/v1/products/cold/team";
};

TEST_F(TeamRoutesTest, MembersAreAddedChangedAndRemoved) {
  Reply reply = add("ann", org_team_, "bob@example.com", "Support");
  EXPECT_EQ(reply["invited.username"], "bob@example.com") << reply.text;
  EXPECT_EQ(add("ann", org_team_, "eve@example.com", "Developer").status, 200);
  EXPECT_EQ(team("bob", org_team_), "ann@example.com Owner, eve@example.com Developer, bob@example.com Support");
  reply = world_.send("ann", "GET", org_team_);
  EXPECT_EQ(reply["team.0.role.id"], "000000000000000000000001");
  EXPECT_EQ(reply["team.2.role.id"], "000000000000000000000004");
  EXPECT_THAT(reply["team.0._id"], MatchesRegex("[0-9a-f]{24}"));
  EXPECT_EQ(reply["team.0.no_mfa"], "true");
  EXPECT_EQ(reply["team.0.no_password"], "false");
  for (const char* method : {"PUT", "POST"}) {
    const std::string role = method[1] == 'U' ? "View-only" : "Administrator";
    reply = world_.send("ann", method, org_team_ + "/bob@example.com", R"({"role":")" + role + "\"}");
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply["updated.role.name"], role);
  }
  EXPECT_EQ(world_.send("bob", "DELETE", org_team_ + "/eve@example.com").text, R"({"ok":true})");
  EXPECT_EQ(team("ann", org_team_), "ann@example.com Owner, bob@example.com Administrator");
}

TEST_F(TeamRoutesTest, WhatCannotBeDoneIsSaidInASentence) {
  world_.refused(400, "invalid_request", "username: expected an email", "ann", "POST", org_team_,
                 R"({"username":"new","role":"Support"})");
  world_.refused(400, "invalid_request", "username: expected the email", "ann", "POST", org_team_, "{}");
  world_.refused(400, "invalid_request", "role: expected one of", "ann", "POST", org_team_,
                 R"({"username":"bob@example.com","role":"Boss"})");
  world_.refused(400, "invalid_request", "role: expected one of", "ann", "POST", org_team_,
                 R"({"username":"bob@example.com","role":"Owner"})");
  EXPECT_EQ(add("ann", org_team_, "bob@example.com", "Support").status, 200);
  const Reply again = world_.refused(409, "conflict", "with the role Support", "ann", "POST", org_team_,
                                     R"({"username":"bob@example.com"})");
  EXPECT_THAT(again["error"], HasSubstr("PUT /v1/orgs/acme/team/bob@example.com"));
  world_.refused(404, "not_found", "in the team of organization acme", "ann", "PUT", org_team_ + "/eve@example.com",
                 R"({"role":"Support"})");
  world_.refused(404, "not_found", "in the team of organization acme", "ann", "DELETE",
                 org_team_ + "/nobody@example.com");
  world_.refused(400, "invalid_request", "role: expected one of", "ann", "PUT", org_team_ + "/bob@example.com", "{}");
  world_.refused(400, "invalid_request", "is a person", "ann", "PUT", org_team_ + "/bob@example.com/token");
  world_.refused(409, "conflict", "make another member the Owner first", "ann", "DELETE",
                 org_team_ + "/ann@example.com");
  world_.refused(409, "conflict", "make another member the Owner", "ann", "PUT", org_team_ + "/ann@example.com",
                 R"({"role":"Support"})");
  world_.refused(403, "forbidden", "the role Administrator or higher on the organization; yours is Support", "bob",
                 "POST", org_team_, R"({"username":"eve@example.com"})");
  world_.refused(404, "not_found", "there is no organization 'acme'", "eve", "GET", org_team_);
}

TEST_F(TeamRoutesTest, OnlyTheOwnerHandsTheOrganizationOver) {
  add("ann", org_team_, "bob@example.com", "Administrator");
  add("ann", org_team_, "eve@example.com", "Developer");
  const std::string owner = R"({"role":"Owner"})";
  world_.refused(403, "forbidden", "only the Owner", "bob", "PUT", org_team_ + "/bob@example.com", owner);
  EXPECT_EQ(world_.send("ann", "PUT", org_team_ + "/eve@example.com", owner).status, 200);
  EXPECT_EQ(team("bob", org_team_),
            "eve@example.com Owner, ann@example.com Administrator, bob@example.com Administrator");
  EXPECT_EQ(world_.send("root", "PUT", org_team_ + "/ann@example.com", owner).status, 200)
      << "the administrator of the installation may";
  EXPECT_THAT(team("bob", org_team_), StartsWith("ann@example.com Owner"));
}

TEST_F(TeamRoutesTest, EverybodyMayLeaveButTheOwner) {
  add("ann", org_team_, "bob@example.com", "View-only");
  add("ann", cold_team_, "eve@example.com", "View-only");
  world_.refused(403, "forbidden", "Administrator or higher", "bob", "DELETE", org_team_ + "/ann@example.com");
  EXPECT_EQ(world_.send("bob", "DELETE", org_team_ + "/Bob@example.com").status, 200);
  world_.refused(404, "not_found", "there is no organization", "bob", "GET", org_team_);
  EXPECT_EQ(world_.send("eve", "DELETE", cold_team_ + "/eve@example.com").status, 200);
  world_.refused(404, "not_found", "there is no product", "eve", "GET", "/v1/products/cold");
  world_.refused(409, "conflict", "cannot leave", "ann", "DELETE", org_team_ + "/ann@example.com");
}

TEST_F(TeamRoutesTest, AMemberOfOneProductSeesThatProductOnly) {
  EXPECT_EQ(add("ann", cold_team_, "bob@example.com", "Developer").status, 200);
  EXPECT_EQ(team("bob", cold_team_), "bob@example.com Developer");
  Reply reply = world_.send("bob", "GET", "/v1/products");
  EXPECT_EQ(reply.find("products")->as_array().size(), 1U);
  EXPECT_EQ(reply["products.0.slug"], "cold");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/orgs").text, R"({"organizations":[]})");
  EXPECT_TRUE(world_.send("bob", "GET", "/v1/products/cold/events/x").streams);
  world_.refused(404, "not_found", "there is no product 'warm'", "bob", "GET", "/v1/products/warm/events/x");
  EXPECT_EQ(world_.send("bob", "POST", "/v1/products/cold/events", R"({"name":"temp"})").status, 200);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/products/warm").status, 404);
  // Joining the organization takes the place of that.
  EXPECT_EQ(add("ann", org_team_, "bob@example.com", "View-only").status, 200);
  world_.refused(403, "forbidden", "Developer or higher on the product; yours is View-only", "bob", "POST",
                 "/v1/products/cold/events", R"({"name":"temp"})");
  EXPECT_EQ(team("ann", cold_team_), "");
  world_.refused(409, "conflict", "holds in all its products", "ann", "POST", cold_team_,
                 R"({"username":"bob@example.com"})");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/products").find("products")->as_array().size(), 2U);
}

TEST_F(TeamRoutesTest, AProductOfAUserHasATeamToo) {
  world_.add_product("eve", "", "garage");
  const std::string path = "/v1/products/garage/team";
  EXPECT_EQ(team("eve", path), "eve@example.com Owner");
  EXPECT_EQ(add("eve", path, "bob@example.com", "Support").status, 200);
  EXPECT_EQ(team("bob", path), "eve@example.com Owner, bob@example.com Support");
  world_.refused(400, "invalid_request", "the Owner of a product is", "eve", "PUT", path + "/bob@example.com",
                 R"({"role":"Owner"})");
  world_.refused(409, "conflict", "stays in its team", "eve", "DELETE", path + "/eve@example.com");
  world_.refused(409, "conflict", "which owns it", "eve", "PUT", path + "/eve@example.com", R"({"role":"Support"})");
  world_.refused(409, "conflict", "is the Owner of product garage", "eve", "POST", path,
                 R"({"username":"eve@example.com"})");
}

TEST_F(TeamRoutesTest, AnApiUserWorksWithItsScopesWhereItBelongs) {
  const std::string token =
      new_api_user(org_team_, R"(["products:list","events:send","integrations:list","events:send"])");
  EXPECT_THAT(token, MatchesRegex("[0-9a-f]{40}"));
  EXPECT_THAT(username_, MatchesRegex("bot\\+[0-9a-z]{10}@api\\.particle\\.io"));
  EXPECT_EQ(world_.send(token, "GET", "/v1/orgs/acme/products").status, 200);
  EXPECT_EQ(world_.send(token, "GET", "/v1/products").find("products")->as_array().size(), 2U);
  EXPECT_EQ(world_.send(token, "POST", "/v1/products/cold/events", R"({"name":"temp"})").status, 200);
  EXPECT_EQ(world_.send(token, "GET", "/v1/orgs/acme/integrations").text, "[]");
  world_.refused(403, "forbidden", "this needs the scope integrations:create", token, "POST",
                 "/v1/orgs/acme/integrations", "{}");
  const Reply closed = world_.send(token, "POST", org_team_, R"({"username":"bob@example.com"})");
  EXPECT_EQ(closed.status, 400);
  EXPECT_EQ(closed["error"], "unauthorized");
  EXPECT_EQ(closed["error_description"], "API users are not allowed to call this endpoint");
  for (const char* path : {"/v1/devices", "/v1/integrations"})
    EXPECT_EQ(world_.send(token, "GET", path)["error"], "unauthorized");
  EXPECT_EQ(world_.send(token, "POST", "/v1/users", R"({"username":"x@example.com","password":"12345678"})")["error"],
            "unauthorized");
  const Reply current = world_.send(token, "GET", "/v1/access_tokens/current");
  EXPECT_EQ(current["scopes"], R"(["events:send","integrations:list","products:list"])");
  EXPECT_EQ(current["orgs.0.slug"], "acme");
  EXPECT_EQ(current["expires_at"], "null");
  EXPECT_EQ(world_.send(token, "GET", "/v1/user")["username"], username_);
  // No password is its password.
  for (const char* password : {"", "x"}) {
    const Reply login =
        world_.send("", "POST", "/oauth/token", "grant_type=password&username=" + username_ + "&password=" + password,
                    "application/x-www-form-urlencoded");
    EXPECT_EQ(login.status, 400) << login.text;
  }
  world_.refused(400, "invalid_request", "are those of API users", "", "POST", "/v1/users",
                 R"({"username":"me+1@api.particle.io","password":"12345678"})");
  for (const std::string& name : {username_, std::string("nobody@api.particle.io")}) {
    world_.refused(400, "invalid_request", "are those of API users", "ann", "POST", cold_team_,
                   R"({"username":")" + name + "\"}");
  }
}

TEST_F(TeamRoutesTest, AScopeToReplaceSecretsDoesNotMakeNewOnes) {
  const std::string secrets = "/v1/orgs/acme/secrets";
  ASSERT_EQ(world_.send("ann", "POST", secrets, R"({"name":"KEY","value":"1"})").status, 201);
  const std::string token = new_api_user(org_team_, R"(["secrets:update"])");
  EXPECT_EQ(world_.send(token, "PUT", secrets + "/KEY", R"({"value":"2"})").status, 200);
  world_.refused(403, "forbidden", "secrets:create", token, "PUT", secrets + "/OTHER", R"({"value":"2"})");
  const std::string both = new_api_user(org_team_, R"(["secrets:update","secrets:create"])");
  EXPECT_EQ(world_.send(both, "PUT", secrets + "/OTHER", R"({"value":"2"})").status, 201);
}

TEST_F(TeamRoutesTest, AnApiUserOfAProductIsListedThereAndWithItsOrganization) {
  const std::string token = new_api_user(cold_team_, R"(["devices:list"])");
  EXPECT_EQ(world_.send(token, "GET", "/v1/products/cold/devices").status, 200);
  world_.refused(404, "not_found", "there is no product 'warm'", token, "GET", "/v1/products/warm/devices");
  world_.refused(404, "not_found", "there is no organization 'acme'", token, "GET", "/v1/orgs/acme/events/x");
  EXPECT_EQ(team("ann", cold_team_), "Bot");
  EXPECT_EQ(team("ann", org_team_), "ann@example.com Owner, Bot");
  EXPECT_EQ(team("ann", "/v1/products/warm/team"), "");
  const Reply list = world_.send("ann", "GET", org_team_);
  EXPECT_EQ(list["team.1.product_id"], cold_);
  EXPECT_EQ(list["team.1.scopes"], R"(["devices:list"])");
  EXPECT_THAT(list.text, ::testing::Not(HasSubstr(token))) << "shown once";
  world_.refused(404, "not_found", "in the team of organization acme", "ann", "DELETE", org_team_ + "/" + username_);
  EXPECT_EQ(world_.send("ann", "DELETE", cold_team_ + "/" + username_).text, R"({"ok":true})");
  EXPECT_EQ(world_.send(token, "GET", "/v1/products/cold/devices").status, 401);
  EXPECT_EQ(team("ann", cold_team_), "");
}

TEST_F(TeamRoutesTest, OtherScopesComeWithAnotherToken) {
  const std::string token = new_api_user(org_team_, R"(["products:list"])");
  const std::string one = org_team_ + "/" + username_;
  Reply reply = world_.send("ann", "PUT", one, R"({"friendly_name":"Robot"})");
  EXPECT_EQ(reply["updated.friendly_name"], "Robot");
  EXPECT_EQ(reply["updated.tokens"], "(absent)");
  reply = world_.send("ann", "POST", one, R"({"friendly_name":"Robot","scopes":["products:list"]})");
  EXPECT_EQ(reply["updated.tokens"], "(absent)") << "the same scopes";
  EXPECT_EQ(world_.send(token, "GET", "/v1/products").status, 200);
  reply = world_.send("ann", "POST", one, R"({"scopes":["organization:get"]})");
  EXPECT_EQ(reply["updated.is_programmatic"], "true");
  const std::string second = reply["updated.tokens.0.token"];
  EXPECT_EQ(world_.send(token, "GET", "/v1/products").status, 401) << "dead at once";
  EXPECT_EQ(world_.send(second, "GET", "/v1/orgs/acme").status, 200);
  std::string last = second;
  for (const char* method : {"PUT", "POST"}) {
    reply = world_.send("ann", method, one + "/token");
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
    EXPECT_EQ(world_.send(last, "GET", "/v1/orgs/acme").status, 401);
    last = reply["updated.tokens.0.token"];
    EXPECT_EQ(world_.send(last, "GET", "/v1/orgs/acme").status, 200);
  }
}

TEST_F(TeamRoutesTest, ScopesAreChecked) {
  const struct {
    const char *body, *part;
  } cases[] = {
      {R"({"friendly_name":"Bot"})", "scopes: expected an array"},
      {R"({"scopes":["events:get"]})", "friendly_name: expected 1 to 128"},
      {R"({"friendly_name":"","scopes":[]})", "friendly_name: expected 1 to 128"},
      {R"({"friendly_name":"Bot","scopes":"events:get"})", "scopes: expected an array"},
      {R"({"friendly_name":"Bot","scopes":[1]})", "scopes: expected an array"},
      {R"({"friendly_name":"Bot","scopes":["events:get","events:fly"]})", "there is no scope 'events:fly'"},
      {R"({"friendly_name":"Bot","scopes":["*:*"]})", "there is no scope '*:*'"},
  };
  for (const auto& c : cases) world_.refused(400, "invalid_request", c.part, "ann", "POST", org_team_, c.body);
  new_api_user(org_team_, "[]");
  for (const char* body : {"{}", R"({"scopes":["x"]})", R"({"friendly_name":1})"}) {
    EXPECT_EQ(world_.send("ann", "PUT", org_team_ + "/" + username_, body).status, 400) << body;
  }
  const Reply form =
      world_.send("ann", "POST", org_team_, "friendly_name=Form&scopes[]=events:get&scopes[]=events:send",
                  "application/x-www-form-urlencoded");
  EXPECT_THAT(form["created.username"], EndsWith("@api.particle.io"));
  EXPECT_EQ(form["created.scopes"], R"(["events:get","events:send"])");
}

// No devices for accounts that nobody can log in to.
TEST_F(TeamRoutesTest, NothingIsClaimedForAnApiUser) {
  new_api_user(org_team_, "[]");
  world_.refused(400, "invalid_request", "claim_user: there is no user", "ann", "POST", "/v1/products/cold/devices",
                 R"({"id":"e00fce68000000000000000a","claim_user":")" + username_ + "\"}");
}

}  // namespace
}  // namespace fleethook::api
