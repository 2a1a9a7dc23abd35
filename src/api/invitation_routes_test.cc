// Invitations over the API: what the inviter, the invited one and strangers are told. The rules are held by
// store/invitation_contract.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

Limits few() {
  Limits limits;
  limits.invitations_waiting_max = 3;
  return limits;
}

class InvitationRoutesTest : public ::testing::Test {
 protected:
  explicit InvitationRoutesTest(const Limits& limits = {}) : world_(limits) {
    for (const char* name : {"ann", "eve"}) world_.add_user(name);
    sign_up("bob", store::Actor());
    world_.add_organization("ann", "acme");
    world_.add_product("ann", "acme", "cold");
  }
  Reply invite(std::string_view by, std::string_view name, std::string_view team, std::string_view role = "Support") {
    return world_.send(by, "POST", team,
                       json::write(json::Object{{"username", std::string(name) + "@example.com"}, {"role", role}}));
  }
  Reply accept(std::string_view who, const std::string& id, const std::string& code = "") {
    return world_.send(who, "POST", "/v1/user/invitations/" + id + "/accept",
                       code.empty() ? "{}" : R"({"code":")" + code + "\"}");
  }
  // By itself, when nobody vouches for the address; or made by the server.
  void sign_up(const std::string& name, const std::optional<store::Actor>& by = std::nullopt) {
    const auto made = world_.store().create_user({name + "@example.com", "", json::Object{}, false}, by);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(world_.store().add_token({crypto::digest(name), made->id, "test", std::nullopt, {}}, {}).ok());
  }
  std::string role_of(std::string_view name) {
    const store::CatalogPtr catalog = world_.store().catalog();
    const core::User* user = catalog->user_by_name(std::string(name) + "@example.com");
    return std::string(core::to_text(catalog->role_in(catalog->organization_by_slug("acme")->id, user->id)));
  }

  TestWorld world_;
  const std::string team_ = "/v1/orgs/acme/team", cold_ = "/v1/products/cold/team", mine_ = "/v1/user/invitations";
};

TEST_F(InvitationRoutesTest, ARoleIsGivenToWhoAccepts) {
  const Reply invited = invite("ann", "bob", team_);
  EXPECT_EQ(invited["invited.username"], "bob@example.com") << invited.text;
  EXPECT_EQ(invited["invited.role.name"], "Support");
  EXPECT_THAT(invited["invited.code"], MatchesRegex("[0-9a-f]{40}"));
  EXPECT_EQ(invited.header("Cache-Control"), "no-store");
  EXPECT_EQ(role_of("bob"), "");
  const Reply list = world_.send("bob", "GET", mine_);
  EXPECT_EQ(list["invitations.0.organization.slug"], "acme") << list.text;
  EXPECT_EQ(list["invitations.0.product"], "null");
  EXPECT_EQ(list["invitations.0.role.name"], "Support");
  EXPECT_EQ(list["invitations.0.invited_by"], "ann@example.com");
  EXPECT_EQ(list["invitations.0.needs_code"], "false") << "the server made this account";
  EXPECT_THAT(list.text, Not(HasSubstr(invited["invited.code"])));
  const Reply accepted = accept("bob", list["invitations.0.id"]);
  EXPECT_EQ(accepted["accepted.role.name"], "Support") << accepted.text;
  EXPECT_EQ(role_of("bob"), "Support");
  EXPECT_EQ(world_.send("bob", "GET", mine_).text, R"({"invitations":[]})");
  world_.refused(404, "not_found", "no such invitation", "bob", "POST", mine_ + "/" + invited["invited.id"] + "/accept",
                 R"({"code":")" + invited["invited.code"] + "\"}");
}

TEST_F(InvitationRoutesTest, WithoutARoleItIsDeveloperAndOneOfAProductNamesIt) {
  EXPECT_EQ(world_.send("ann", "POST", cold_, R"({"username":" Bob@Example.com "})")["invited.username"],
            "bob@example.com");
  const Reply list = world_.send("bob", "GET", mine_);
  EXPECT_EQ(list["invitations.0.product.slug"], "cold");
  EXPECT_EQ(list["invitations.0.organization"], "null") << "of which the invited one has seen nothing yet";
  EXPECT_EQ(list["invitations.0.role.name"], "Developer");
}

TEST_F(InvitationRoutesTest, TheAnswersAreTheSameWhetherThereIsAnAccountOrNot) {
  const auto shape = [](Reply reply, const std::string& name) {
    std::string text = reply.text;
    for (std::string part : {name, reply["invited.id"], reply["invited.code"], reply["_id"]}) {
      for (std::size_t at; !part.empty() && (at = text.find(part)) != std::string::npos;)
        text.replace(at, part.size(), "#");
    }
    return std::to_string(reply.status) + " " + text;
  };
  for (const std::string& team : {team_, cold_}) {
    const Reply there = invite("ann", "bob", team), nobody = invite("ann", "nob", team);
    EXPECT_EQ(shape(there, "bob"), shape(nobody, "nob"));
    EXPECT_EQ(shape(invite("ann", "bob", team), "bob"), shape(invite("ann", "nob", team), "nob")) << "again";
    const Reply list = world_.send("ann", "GET", team);
    std::map<std::string, std::string> lines;
    for (const json::Value& one : list.find("team")->as_array()) {
      if (one.find("invite_pending") == nullptr) continue;
      json::Object line = one.as_object();
      line.set("_id", "#"), line.set("username", "#");
      lines[one.find("username")->as_string()] = json::write(line);
    }
    EXPECT_EQ(lines["bob@example.com"], lines["nob@example.com"]) << list.text;
    EXPECT_THAT(lines["nob@example.com"], HasSubstr("\"invite_pending\":true"));
    for (const char* what : {"/invitation", ""}) {
      const auto send = [&](const std::string& name) {
        return world_.send("ann", what[0] == 0 ? "PUT" : "POST", team + "/" + name + "@example.com" + what,
                           R"({"role":"View-only"})");
      };
      EXPECT_EQ(shape(send("bob"), "bob"), shape(send("nob"), "nob")) << what;
    }
    const auto withdrawn = [&](const std::string& name) {
      return world_.send("ann", "DELETE", team + "/" + name + "@example.com");
    };
    EXPECT_EQ(shape(withdrawn("bob"), "bob"), shape(withdrawn("nob"), "nob"));
    EXPECT_EQ(shape(withdrawn("bob"), "bob"), shape(withdrawn("nob"), "nob")) << "again";
  }
}

TEST_F(InvitationRoutesTest, AProductsTeamLearnsNothingAboutWhoIsInTheOrganization) {
  world_.join("ann", team_, "bob", "Support");
  world_.join("ann", cold_, "eve", "Administrator");
  world_.refused(409, "conflict", "holds in all its products", "ann", "POST", cold_,
                 R"({"username":"bob@example.com"})");
  const Reply invited = invite("eve", "bob", cold_);
  EXPECT_EQ(invited.status, 200) << "as for anybody: " << invited.text;
  world_.refused(409, "conflict", "holds in all its products", "bob", "POST",
                 mine_ + "/" + invited["invited.id"] + "/accept", R"({"code":")" + invited["invited.code"] + "\"}");
}

TEST_F(InvitationRoutesTest, WhoeverHasTheNameByOwnWordNeedsTheCode) {
  sign_up("early");
  const Reply early = invite("ann", "early", team_), late = invite("ann", "late", team_);
  sign_up("late");
  for (const auto& [name, invited] : {std::pair("early", &early), {"late", &late}}) {
    const std::string id = (*invited)["invited.id"], path = mine_ + "/" + id + "/accept";
    EXPECT_EQ(world_.send(name, "GET", mine_)["invitations.0.needs_code"], "true");
    world_.refused(403, "invitation_code", "needs the code", name, "POST", path, "{}");
    world_.refused(403, "invitation_code", "not the code", name, "POST", path, R"({"code":"0123"})");
    world_.refused(404, "not_found", "no such invitation", "bob", "POST", path,
                   R"({"code":")" + (*invited)["invited.code"] + "\"}");
    EXPECT_EQ(role_of(name), "");
    EXPECT_EQ(accept(name, id, (*invited)["invited.code"]).status, 200);
    EXPECT_EQ(role_of(name), "Support");
  }
}

TEST_F(InvitationRoutesTest, WhoIsThereAlreadyIsNotInvitedAndTheAnswerSaysWhatWorks) {
  ASSERT_EQ(world_.join("ann", team_, "bob", "Support").status, 200);
  const auto refused = [&](const std::string& team, const char* username) {
    return world_.refused(409, "conflict", username, "ann", "POST", team,
                          std::string(R"({"username":")") + username + "\"}")["error"];
  };
  const std::string member = refused(team_, "bob@example.com");
  EXPECT_THAT(member, HasSubstr("PUT " + team_ + "/bob@example.com changes a role"));
  EXPECT_EQ(world_.send("ann", "PUT", team_ + "/bob@example.com", R"({"role":"Administrator"})").status, 200);
  const std::string owner = refused(team_, "ann@example.com");
  EXPECT_THAT(owner, Not(HasSubstr("changes a role"))) << "there is always one Owner";
  EXPECT_THAT(owner, HasSubstr("PUT " + team_ + "/USERNAME with the role Owner makes another member the Owner"));
  EXPECT_EQ(world_.send("ann", "PUT", team_ + "/bob@example.com", R"({"role":"Owner"})").status, 200);
  EXPECT_THAT(refused(cold_, "bob@example.com"), Not(HasSubstr("PUT"))) << "the role is the organization's";
}

TEST_F(InvitationRoutesTest, RenewingGivesAnotherCodeAndRole) {
  sign_up("joe");
  const Reply first = invite("ann", "joe", team_);
  world_.refused(409, "invited", "/invitation renews it", "ann", "POST", team_, R"({"username":"joe@example.com"})");
  world_.refused(409, "conflict", "has not accepted yet", "ann", "PUT", team_ + "/joe@example.com",
                 R"({"role":"Developer"})");
  const std::string renewal = team_ + "/joe@example.com/invitation";
  world_.refused(400, "invalid_request", "role: expected one of", "ann", "POST", renewal, R"({"role":"Owner"})");
  const Reply second = world_.send("ann", "POST", renewal, R"({"role":"View-only"})");
  EXPECT_EQ(second["invited.id"], first["invited.id"]) << second.text;
  EXPECT_EQ(second.header("Cache-Control"), "no-store");
  EXPECT_EQ(accept("joe", first["invited.id"], first["invited.code"]).status, 403);
  EXPECT_EQ(accept("joe", first["invited.id"], second["invited.code"]).status, 200);
  EXPECT_EQ(role_of("joe"), "View-only");
  world_.refused(404, "not_found", "is waiting", "ann", "POST", renewal, "{}");
  world_.refused(403, "forbidden", "Administrator or higher", "joe", "POST", renewal, "{}");
}

TEST_F(InvitationRoutesTest, DecliningAndWithdrawingEndIt) {
  const std::string id = invite("ann", "bob", team_)["invited.id"];
  world_.refused(404, "not_found", "no such invitation", "eve", "POST", mine_ + "/" + id + "/decline");
  EXPECT_EQ(world_.send("bob", "POST", mine_ + "/" + id + "/decline").text, R"({"ok":true})");
  EXPECT_EQ(accept("bob", id).status, 404);
  const std::string other = invite("ann", "bob", team_)["invited.id"];
  EXPECT_EQ(world_.send("ann", "DELETE", team_ + "/BOB@example.com").text, R"({"ok":true})");
  EXPECT_EQ(accept("bob", other).status, 404);
  EXPECT_EQ(world_.send("bob", "GET", mine_).text, R"({"invitations":[]})");
}

class FewInvitations : public InvitationRoutesTest {
 protected:
  FewInvitations() : InvitationRoutesTest(few()) {}
};

TEST_F(FewInvitations, WaitAndNoMore) {
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(invite("ann", name, team_).status, 200);
  world_.refused(400, "quota", "at most 3 invitations", "ann", "POST", team_, R"({"username":"d@example.com"})");
  EXPECT_EQ(invite("ann", "d", cold_).status, 200) << "another team";
  world_.loop().advance(Limits().invitation_lifetime);
  const Reply after = invite("ann", "d", team_);
  EXPECT_EQ(after.status, 200) << "their time is over: " << after.text;
  EXPECT_THAT(world_.send("ann", "GET", team_).text,
              Not(HasSubstr("a@example.com\",\"role\":{\"id\":\"000000000000000000000004")));
}

}  // namespace
}  // namespace fleethook::api
