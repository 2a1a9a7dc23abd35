// Who may read what of the audit log, and what of an account is in it.
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

class AuditRoutesTest : public ::testing::Test {
 protected:
  AuditRoutesTest() {
    world_.add_user("root", /*administrator=*/true);
    world_.add_user("ann");
  }
  TestWorld world_;
};

TEST_F(AuditRoutesTest, WhatOneDoesWithOnesAccountIsInOnesOwnLog) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  ASSERT_EQ(world_.send("", "POST", "/v1/users", R"({"username":"eve@example.com","password":"long enough"})").status,
            200);
  const std::string login = "grant_type=password&username=eve@example.com&password=long+enough&client_id=cli";
  const std::string token = world_.send("", "POST", "/oauth/token", login, kForm)["access_token"];
  const auto log = [&] { return world_.send(token, "GET", "/v1/audit"); };
  EXPECT_EQ(log()["audit.0.action"], "token.created");
  EXPECT_EQ(log()["audit.0.changes.client.to"], "cli");
  EXPECT_EQ(log()["audit.1.action"], "user.created");
  EXPECT_EQ(log()["audit.1.by.username"], "eve@example.com");
  const std::string change =
      R"({"password":"even longer","current_password":"long enough","account_info":{"first_name":"Eve"}})";
  ASSERT_EQ(world_.send(token, "PUT", "/v1/user", change).status, 200);
  EXPECT_EQ(log()["audit.0.action"], "user.updated");
  EXPECT_EQ(log()["audit.0.changes.password.to"], "[[SENSITIVE]]");
  const std::string text = log().text;
  for (const std::string& hidden :
       {std::string("long enough"), std::string("even longer"), std::string("$argon2"), token}) {
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden;
  }
}

TEST_F(AuditRoutesTest, AdministratorsOfTheInstallationReadAboutEverybody) {
  world_.add_organization("ann", "Acme");
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/access_tokens").status, 200);
  const Reply all = world_.send("root", "GET", "/v1/audit?all=true&limit=3");
  EXPECT_EQ(all["audit.0.action"], "token.all_revoked");
  EXPECT_EQ(all["audit.0.by.username"], "ann@example.com");
  EXPECT_EQ(all["audit.1.action"], "organization.created");
  EXPECT_NE(all["next_before"], "(absent)");
  EXPECT_EQ(world_.send("root", "GET", "/v1/audit?all=true&limit=3&before=" + all["next_before"])["audit.0.action"],
            "user.created");
  const Reply own = world_.send("root", "GET", "/v1/audit?all=false");
  EXPECT_EQ(own["audit.0.target_name"], "root@example.com");
}

TEST_F(AuditRoutesTest, OthersDoNot) {
  world_.refused(403, "forbidden", "only an administrator of this installation", "ann", "GET", "/v1/audit?all=true");
  const Reply reply = world_.refused(400, "invalid_request", "true or false", "root", "GET", "/v1/audit?all=yes");
  EXPECT_EQ(reply["violations.0.field"], "all");
}

}  // namespace
}  // namespace fleethook::api
