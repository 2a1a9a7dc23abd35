// Signing in from a browser: the cookie, its proof against other sites, and how a session ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/session.h"
#include "base/hex.h"

namespace fleethook::api {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
constexpr std::string_view kHost = "hooks.test";

// Keeps the cookie and sends it, and the proof, as our pages do.
class Browser {
 public:
  explicit Browser(TestWorld& world) : world_(world) {}

  static http::Request request(std::string_view method, std::string_view target, std::string body = "") {
    http::Request made;
    made.method = method;
    made.target = target;
    made.peer = "192.0.2.7";
    made.headers.add("Host", kHost);
    if (!body.empty()) made.headers.add("Content-Type", "application/json");
    made.body = std::move(body);
    return made;
  }
  http::Request with_cookie(std::string_view method, std::string_view target, std::string body = "") const {
    http::Request made = request(method, target, std::move(body));
    if (!cookie.empty()) made.headers.add("Cookie", "theme=dark; fleethook_session=" + cookie);
    return made;
  }
  Reply send(http::Request made) {
    Reply reply = world_.send(std::move(made));
    if (const std::string set = reply.header("Set-Cookie"); !set.empty()) {
      EXPECT_THAT(set, StartsWith("fleethook_session="));
      cookie = set.substr(18, set.find(';') - 18);
      if (const auto* proof = reply.find("csrf"); proof != nullptr) csrf = reply["csrf"];
    }
    return reply;
  }
  Reply sign_in(const std::string& name, const std::string& password = "") {
    return send(
        with_cookie("POST", "/v1/session",
                    json::write(json::Object{{"username", name + "@example.com"},
                                             {"password", password.empty() ? "password-of-" + name : password}})));
  }
  Reply get(std::string_view target) { return send(with_cookie("GET", target)); }
  Reply change(std::string_view method, std::string_view target, std::string body = "") {
    http::Request made = with_cookie(method, target, std::move(body));
    made.headers.add("Origin", "https://" + std::string(kHost));
    made.headers.add("X-CSRF-Token", csrf);
    return send(std::move(made));
  }

  std::string cookie, csrf;

 private:
  TestWorld& world_;
};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    other_ = world_.add_organization("bob", "Other");
  }
  void pass(Duration span) { world_.loop().manual_clock().advance(span); }
  std::string metric(const std::string& line) {
    const std::string text = world_.metrics().text();
    const std::size_t at = text.find("\n" + line + " ");
    if (at == std::string::npos) return "(absent)";
    const std::size_t from = at + line.size() + 2;
    return text.substr(from, text.find('\n', from) - from);
  }

  TestWorld world_;
  std::string acme_, other_;
};

TEST_F(SessionTest, SigningInTellsWhoOneIsWhereOneBelongsAndWhatEachRoleMayDo) {
  world_.add_product("ann", acme_, "Thermometer");
  world_.add_product("ann", "", "Own");
  world_.send("ann", "PUT", "/v1/user", R"({"account_info":{"first_name":"Ann","last_name":"Bell"}})");
  Browser browser(world_);
  const Reply reply = browser.sign_in("ann");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["user.username"], "ann@example.com");
  EXPECT_EQ(reply["user.name"], "Ann Bell");
  EXPECT_EQ(reply["user.administrator"], "false");
  EXPECT_EQ(reply["csrf"].size(), 64U);
  EXPECT_EQ(reply["expires_at"], "2026-01-08T00:00:00.000Z");
  EXPECT_EQ(reply["idle_expires_at"], "2026-01-01T12:00:00.000Z");
  EXPECT_EQ(reply["version"], FLEETHOOK_VERSION);
  EXPECT_EQ(reply.find("organizations")->as_array().size(), 1U);
  EXPECT_EQ(reply["organizations.0.slug"], acme_);
  EXPECT_EQ(reply["organizations.0.role"], "Owner");
  EXPECT_EQ(reply["organizations.0.plan"], "enterprise");
  EXPECT_EQ(reply["organizations.0.group_identical"], "auto");
  EXPECT_EQ(reply.find("products")->as_array().size(), 1U) << "those of organizations come with them";
  EXPECT_EQ(reply["products.0.slug"], "own");
  EXPECT_EQ(reply["products.0.organization"], "null");
  EXPECT_EQ(reply["products.0.role"], "Owner");
  EXPECT_EQ(reply.find("permissions")->as_array().size(), permission_table().size());
  EXPECT_THAT(
      reply["permissions"],
      AllOf(HasSubstr(R"({"name":"integrations:update","role":"Developer","of_owner":false,"for_oneself":false,)"),
            HasSubstr(R"("sentence":"Change an integration."})")));
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  EXPECT_EQ(browser.get("/v1/session").text, reply.text) << "the same when asked again";
  EXPECT_EQ(world_.send("bob", "GET", "/v1/session")["user.name"], "null");
}

TEST_F(SessionTest, WithATokenTheSameIsToldWithoutAProof) {
  const Reply reply = world_.send("ann", "GET", "/v1/session");
  EXPECT_EQ(reply["user.username"], "ann@example.com");
  EXPECT_EQ(reply["csrf"], "null");
  EXPECT_EQ(reply["idle_expires_at"], "null");
  EXPECT_EQ(reply["expires_at"], "null");
}

TEST_F(SessionTest, TheAdministratorOfTheInstallationIsOwnerOfAllOrganizations) {
  Browser browser(world_);
  const Reply reply = browser.sign_in("root");
  EXPECT_EQ(reply["user.administrator"], "true");
  EXPECT_EQ(reply.find("organizations")->as_array().size(), 2U);
  EXPECT_EQ(reply["organizations.1.role"], "Owner");
}

TEST_F(SessionTest, AProductsOwnTeamIsNamedWithItsOrganization) {
  world_.add_product("ann", acme_, "Thermometer");
  world_.join("ann", "/v1/products/thermometer/team", "bob", "Support");
  Browser browser(world_);
  const Reply reply = browser.sign_in("bob");
  EXPECT_EQ(reply["products.0.slug"], "thermometer") << reply.text;
  EXPECT_EQ(reply["products.0.organization"], acme_);
  EXPECT_EQ(reply["products.0.role"], "Support");
}

TEST_F(SessionTest, TheCookieIsForOurPagesOnlyAndSecureOverHttps) {
  Browser browser(world_);
  EXPECT_THAT(browser.sign_in("ann").header("Set-Cookie"),
              AllOf(HasSubstr("; Path=/;"), HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Strict"),
                    HasSubstr("; Max-Age=604800"), Not(HasSubstr("Secure"))));
  http::Request request =
      Browser::request("POST", "/v1/session", R"({"username":"ann@example.com","password":"password-of-ann"})");
  request.secure = true;
  EXPECT_THAT(world_.send(request).header("Set-Cookie"), HasSubstr("; Secure"));
}

TEST_F(SessionTest, WrongCredentialsAreRefusedInOneShape) {
  Browser browser(world_);
  for (const auto& [name, password] : {std::pair{"ann", "wrong"}, std::pair{"nobody", "password-of-ann"}}) {
    const Reply reply = browser.sign_in(name, password);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply["code"], "invalid_grant");
    EXPECT_EQ(reply["error"], "the email address or the password is wrong");
    EXPECT_EQ(reply.header("Set-Cookie"), "");
  }
  const struct {
    const char *body, *part;
  } cases[] = {{"{}", "username: required"},
               {R"({"username":"ann@example.com"})", "password: required"},
               {R"({"username":1,"password":"x"})", "username: expected text"},
               {"[]", "the body must be a JSON object"}};
  for (const auto& c : cases) world_.refused(400, "invalid_request", c.part, "", "POST", "/v1/session", c.body);
  EXPECT_EQ(metric(R"(fleethook_sign_ins_total{result="refused"})"), "2");
}

TEST_F(SessionTest, FormsOfOtherSitesCannotSignAnybodyIn) {
  const std::string body = R"({"username":"ann@example.com","password":"password-of-ann"})";
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
    world_.refused(400, "invalid_request", "application/json", "", "POST", "/v1/session", body, type);
  http::Request request = Browser::request("POST", "/v1/session", body);
  request.headers.set("Content-Type", "application/json; charset=utf-8");
  request.headers.set("Origin", "https://evil.test");
  const Reply foreign = world_.send(request);
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(foreign["code"], "csrf");
  EXPECT_EQ(foreign.header("Set-Cookie"), "");
  request.headers.set("Origin", "https://HOOKS.test");
  EXPECT_EQ(world_.send(request).status, 200);
}

TEST_F(SessionTest, AChangeNeedsTheProofAndLookingDoesNot) {
  Browser browser(world_);
  browser.sign_in("ann");
  EXPECT_EQ(browser.get("/v1/user")["username"], "ann@example.com");
  EXPECT_EQ(browser.get("/v1/user").header("Cache-Control"), "no-store");
  const std::string target = "/v1/orgs/" + acme_ + "/products";
  const std::string body = R"({"product":{"name":"New","platform_id":13}})";
  const Reply missing = browser.send(browser.with_cookie("POST", target, body));
  EXPECT_EQ(missing.status, 403);
  EXPECT_EQ(missing["code"], "csrf");
  EXPECT_THAT(missing["error"], HasSubstr("X-CSRF-Token"));
  Browser other(world_);
  other.sign_in("ann");
  for (const std::string& wrong : {other.csrf, std::string(64, '0'), browser.csrf.substr(1), browser.cookie}) {
    http::Request request = browser.with_cookie("POST", target, body);
    request.headers.add("X-CSRF-Token", wrong);
    EXPECT_EQ(browser.send(std::move(request))["code"], "csrf") << wrong;
  }
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    const char* path = std::string_view(method) == "DELETE" ? "/v1/session" : "/v1/user";
    if (std::string_view(method) == "PATCH") path = "/v1/orgs/acme";
    const Reply reply = browser.send(browser.with_cookie(method, path));
    EXPECT_TRUE(reply["code"] == "csrf" || reply.status == 405) << method << reply.text;
  }
  EXPECT_EQ(browser.change("POST", target, body).status, 201);
}

TEST_F(SessionTest, APageOfAnotherSiteIsRefusedEvenWithTheProof) {
  Browser browser(world_);
  browser.sign_in("ann");
  for (const char* origin :
       {"https://evil.test", "null", "https://hooks.test.evil.test", "https://hooks.test:8443", ""}) {
    http::Request request = browser.with_cookie("PUT", "/v1/user", "{}");
    request.headers.add("X-CSRF-Token", browser.csrf);
    request.headers.add("Origin", origin);
    const Reply reply = browser.send(std::move(request));
    EXPECT_EQ(reply.status, 403) << origin;
    EXPECT_EQ(reply["code"], "csrf") << origin;
  }
  EXPECT_EQ(browser.change("PUT", "/v1/user", "{}").status, 200);
}

TEST_F(SessionTest, ATokenNeedsNoProofAndWinsOverACookie) {
  Browser browser(world_);
  browser.sign_in("ann");
  http::Request request = browser.with_cookie("PUT", "/v1/user", "{}");
  request.headers.add("Authorization", "Bearer bob");
  request.headers.add("Origin", "https://elsewhere.test");
  EXPECT_EQ(world_.send(request).status, 200);
  request = browser.with_cookie("GET", "/v1/user");
  request.headers.add("Authorization", "Bearer bob");
  EXPECT_EQ(world_.send(request)["username"], "bob@example.com");
  request = browser.with_cookie("GET", "/v1/user?access_token=bob");
  EXPECT_EQ(world_.send(request)["username"], "bob@example.com");
  for (const char* header : {"Bearer wrong", "Bearer", "Basic YTpi"}) {
    request = browser.with_cookie("GET", "/v1/user");
    request.headers.add("Authorization", header);
    EXPECT_EQ(world_.send(request).status, 401) << header;
  }
}

TEST_F(SessionTest, ACookieIsNoTokenAndATokenNoCookie) {
  Browser browser(world_);
  browser.sign_in("ann");
  EXPECT_EQ(world_.send(browser.cookie, "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send("", "GET", "/v1/user?access_token=" + browser.cookie).status, 401);
  browser.cookie = "bob";
  EXPECT_EQ(browser.get("/v1/user").status, 401);
}

// Where nobody needs to be known, a cookie without its proof makes the caller nobody.
TEST_F(SessionTest, PublicRoutesIgnoreACookieWithoutProof) {
  TestWorld closed({}, /*open_signup=*/false);
  closed.add_user("root", true);
  Browser browser(closed);
  browser.sign_in("root");
  const std::string body = R"({"username":"new@example.com","password":"long enough"})";
  EXPECT_EQ(browser.send(browser.with_cookie("POST", "/v1/users", body))["code"], "forbidden");
  EXPECT_EQ(browser.change("POST", "/v1/users", body).status, 200);
  EXPECT_EQ(browser.sign_in("root").status, 200) << "with the cookie of a session that is still open";
}

TEST_F(SessionTest, EverySignInMakesASessionThatNobodyKnewBefore) {
  Browser browser(world_);
  browser.cookie = std::string(40, 'a');  // planted
  ASSERT_EQ(browser.sign_in("ann").status, 200);
  EXPECT_NE(browser.cookie, std::string(40, 'a'));
  const std::string first = browser.cookie;
  ASSERT_EQ(browser.sign_in("bob").status, 200);
  EXPECT_NE(browser.cookie, first);
  EXPECT_EQ(browser.get("/v1/user")["username"], "bob@example.com");
  Browser planter(world_);
  planter.cookie = first;
  EXPECT_EQ(planter.get("/v1/user").status, 401) << "the session that was presented has ended";
}

TEST_F(SessionTest, SigningOutEndsTheSessionAndClearsTheCookie) {
  Browser browser(world_), elsewhere(world_);
  browser.sign_in("ann");
  elsewhere.sign_in("ann");
  const std::string secret = browser.cookie;
  const Reply reply = browser.change("DELETE", "/v1/session");
  EXPECT_EQ(reply.text, R"({"ok":true})");
  EXPECT_THAT(reply.header("Set-Cookie"), AllOf(StartsWith("fleethook_session=;"), HasSubstr("Max-Age=0")));
  browser.cookie = secret;
  EXPECT_EQ(browser.get("/v1/session").status, 401);
  EXPECT_EQ(browser.change("DELETE", "/v1/session").status, 401);
  EXPECT_EQ(elsewhere.get("/v1/session").status, 200);
}

TEST_F(SessionTest, ASessionThatRestsTooLongEndsAndUseKeepsIt) {
  Browser browser(world_);
  browser.sign_in("ann");
  pass(Limits{}.session_idle_max - std::chrono::seconds(1));
  EXPECT_EQ(browser.get("/v1/session")["idle_expires_at"], "2026-01-01T23:59:59.000Z");
  pass(Limits{}.session_idle_max - std::chrono::seconds(1));
  EXPECT_EQ(browser.get("/v1/user").status, 200);
  pass(Limits{}.session_idle_max);
  EXPECT_EQ(browser.get("/v1/user").status, 401);
  EXPECT_EQ(browser.change("PUT", "/v1/user", "{}").status, 401);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200) << "tokens may rest";
}

TEST_F(SessionTest, ASessionEndsInTheEndHoweverMuchItIsUsed) {
  Browser browser(world_);
  browser.sign_in("ann");
  for (Duration spent{}; spent < Limits{}.session_lifetime; spent += std::chrono::hours(6)) {
    ASSERT_EQ(browser.get("/v1/user").status, 200);
    pass(std::chrono::hours(6));
  }
  EXPECT_EQ(browser.get("/v1/user").status, 401);
}

TEST_F(SessionTest, GuessingIsLockedForTokensAndSessionsTogether) {
  Browser browser(world_);
  const std::string form = "grant_type=password&username=ann@example.com&password=";
  const auto by_token = [&](const std::string& password) {
    http::Request request = Browser::request("POST", "/oauth/token", form + password);
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    return world_.send(request);
  };
  for (std::uint32_t i = 0; i < Limits{}.login_failures_in_a_row_max; ++i)
    ASSERT_EQ(i % 2 == 0 ? browser.sign_in("ann", "wrong").status : by_token("wrong").status, 400);
  const Reply locked = browser.sign_in("ann");
  EXPECT_EQ(locked.status, 429);
  EXPECT_EQ(locked.header("Retry-After"), "1800");
  EXPECT_EQ(by_token("password-of-ann").status, 429);
  EXPECT_EQ(metric(R"(fleethook_sign_ins_total{result="locked"})"), "2");
  world_.loop().manual_clock().advance(Limits{}.login_lock);
  EXPECT_EQ(browser.sign_in("ann").status, 200);
  EXPECT_EQ(metric(R"(fleethook_sign_ins_total{result="ok"})"), "1");
}

TEST_F(SessionTest, WhoFindsAnOpenBrowserCannotGuessItsPasswordEither) {
  Browser browser(world_);
  browser.sign_in("ann");
  const std::string wrong = R"({"password":"another one","current_password":"wrong"})";
  for (std::uint32_t i = 0; i < Limits{}.login_failures_in_a_row_max; ++i) {
    const bool deletes = i % 2 == 1;
    const Reply reply =
        browser.change(deletes ? "DELETE" : "PUT", "/v1/user", deletes ? R"({"password":"wrong"})" : wrong);
    ASSERT_EQ(reply.status, 400) << reply.text;
  }
  const Reply locked =
      browser.change("PUT", "/v1/user", R"({"password":"another one","current_password":"password-of-ann"})");
  EXPECT_EQ(locked.status, 429);
  EXPECT_EQ(locked.header("Retry-After"), "1800");
  EXPECT_EQ(browser.sign_in("ann").status, 429) << "the same lock";
  EXPECT_EQ(browser.get("/v1/user").status, 200);
}

TEST_F(SessionTest, ANewPasswordEndsAllElseAndGivesItsMakerAFreshSession) {
  Browser browser(world_), elsewhere(world_);
  browser.sign_in("ann");
  elsewhere.sign_in("ann");
  const std::string before = browser.cookie;
  const std::string body = R"({"password":"another one","current_password":"password-of-ann"})";
  const Reply reply = browser.change("PUT", "/v1/user", body);
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_NE(browser.cookie, before);
  EXPECT_EQ(browser.get("/v1/session")["csrf"], reply["csrf"]);
  EXPECT_EQ(browser.change("PUT", "/v1/user", "{}").status, 200) << "still signed in, with the new proof";
  EXPECT_EQ(elsewhere.get("/v1/user").status, 401);
  browser.cookie = before;
  EXPECT_EQ(browser.get("/v1/user").status, 401);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 401) << "a token of hers";
  EXPECT_EQ(elsewhere.sign_in("ann").status, 400);
  EXPECT_EQ(elsewhere.sign_in("ann", "another one").status, 200);
}

TEST_F(SessionTest, ATokenThatChangesThePasswordStaysAndEndsAllElse) {
  Browser browser(world_);
  browser.sign_in("ann");
  const std::string login = "grant_type=password&username=ann@example.com&password=password-of-ann";
  const std::string other =
      world_.send("", "POST", "/oauth/token", login, "application/x-www-form-urlencoded")["access_token"];
  const std::string body =
      R"({"password":"another one","current_password":"password-of-ann","invalidate_tokens":false})";
  EXPECT_EQ(world_.send("ann", "PUT", "/v1/user", body).header("Set-Cookie"), "");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200);
  EXPECT_EQ(world_.send(other, "GET", "/v1/user").status, 401) << "invalidate_tokens is what clients send by default";
  EXPECT_EQ(browser.get("/v1/user").status, 401);
}

TEST_F(SessionTest, ANewPasswordAndTheEndOfTheOtherTokensAreOneCommand) {
  const std::string login = "grant_type=password&username=ann@example.com&password=password-of-ann";
  for (int i = 0; i < 3; ++i) world_.send("", "POST", "/oauth/token", login, "application/x-www-form-urlencoded");
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/user", R"({"password":"another one","current_password":"password-of-ann"})")
                .status,
            200);
  const Reply log = world_.send("ann", "GET", "/v1/audit");
  EXPECT_EQ(log["audit.0.action"], "token.others_revoked") << "a crash between would leave tokens alive";
  EXPECT_EQ(log["audit.0.changes"], R"({"tokens":{"from":4,"to":1}})");
  EXPECT_EQ(log["audit.1.action"], "user.updated");
}

TEST_F(SessionTest, ANewPasswordKeepsTokensWhenAskedToAndEndsSessionsAllTheSame) {
  Browser browser(world_), elsewhere(world_);
  browser.sign_in("ann");
  elsewhere.sign_in("ann");
  const std::string start = R"({"current_password":"password-of-ann","password":"another one","keep_tokens":true)";
  const Reply both = browser.change("PUT", "/v1/user", start + R"(,"invalidate_tokens":true})");
  EXPECT_EQ(both.status, 400);
  EXPECT_EQ(both["violations.0.field"], "keep_tokens");
  ASSERT_EQ(browser.change("PUT", "/v1/user", start + "}").status, 200);
  EXPECT_EQ(browser.get("/v1/user").status, 200);
  EXPECT_EQ(elsewhere.get("/v1/user").status, 401);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200);
}

TEST_F(SessionTest, AnotherNameEndsNothing) {
  Browser browser(world_);
  browser.sign_in("ann");
  const std::string body = R"({"username":"ann2@example.com","current_password":"password-of-ann"})";
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/user", body).status, 200);
  EXPECT_EQ(browser.get("/v1/user")["username"], "ann2@example.com");
}

TEST_F(SessionTest, ListsOnesTokensAndSessionsAndEndsOneByItsId) {
  pass(std::chrono::hours(1));
  Browser browser(world_), elsewhere(world_);
  http::Request request =
      Browser::request("POST", "/v1/session", R"({"username":"ann@example.com","password":"password-of-ann"})");
  request.headers.add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
  elsewhere.send(std::move(request));
  pass(std::chrono::hours(1));
  browser.sign_in("ann");
  pass(std::chrono::minutes(5));
  const Reply list = browser.get("/v1/access_tokens");
  ASSERT_EQ(list.find("tokens")->as_array().size(), 3U) << list.text;
  EXPECT_EQ(list["tokens.0.kind"], "session");
  EXPECT_EQ(list["tokens.0.current"], "true");
  EXPECT_EQ(list["tokens.0.created_at"], "2026-01-01T02:00:00.000Z");
  EXPECT_EQ(list["tokens.0.last_used_at"], "2026-01-01T02:05:00.000Z");
  EXPECT_EQ(list["tokens.0.expires_at"], "2026-01-08T02:00:00.000Z");
  EXPECT_EQ(list["tokens.1.client"], "Firefox on Linux");
  EXPECT_EQ(list["tokens.1.current"], "false");
  EXPECT_EQ(list["tokens.2.kind"], "token");
  EXPECT_EQ(list["tokens.2.client"], "test");
  EXPECT_EQ(list["tokens.2.expires_at"], "null");
  EXPECT_EQ(list["tokens.0.id"].size(), 24U);
  EXPECT_THAT(list.text, Not(HasSubstr(to_hex(crypto::digest("ann"))))) << "the id is a part of the digest only";

  const std::string path = "/v1/access_tokens/by-id/" + list["tokens.1.id"];
  world_.refused(404, "not_found", "you have no token or session", "bob", "DELETE", path);
  EXPECT_EQ(elsewhere.get("/v1/user").status, 200);
  const Reply ended = browser.change("DELETE", path);
  EXPECT_EQ(ended.text, R"({"ok":true})");
  EXPECT_EQ(ended.header("Set-Cookie"), "");
  EXPECT_EQ(elsewhere.get("/v1/user").status, 401);
  EXPECT_EQ(browser.change("DELETE", path).status, 404);
  // One's own is signing out.
  const Reply out = browser.change("DELETE", "/v1/access_tokens/by-id/" + list["tokens.0.id"]);
  EXPECT_THAT(out.header("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(world_.send("ann", "GET", "/v1/access_tokens").find("tokens")->as_array().size(), 1U);
}

TEST_F(SessionTest, WhatHasEndedIsNotListed) {
  Browser browser(world_);
  browser.sign_in("ann");
  pass(Limits{}.session_idle_max);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/access_tokens").find("tokens")->as_array().size(), 1U);
}

TEST_F(SessionTest, SigningOutEverywhereEndsTokensAndSessions) {
  Browser browser(world_), elsewhere(world_), bob(world_);
  browser.sign_in("ann");
  elsewhere.sign_in("ann");
  bob.sign_in("bob");
  EXPECT_EQ(browser.change("DELETE", "/v1/access_tokens").status, 200);
  EXPECT_EQ(browser.get("/v1/user").status, 401);
  EXPECT_EQ(elsewhere.get("/v1/user").status, 401);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 401);
  EXPECT_EQ(bob.get("/v1/user").status, 200);
}

TEST_F(SessionTest, ASessionOfOneOrganizationSeesNothingOfAnother) {
  world_.add_product("bob", other_, "Theirs");
  Browser browser(world_);
  EXPECT_THAT(browser.sign_in("ann").text, Not(HasSubstr("other")));
  for (const std::string& path :
       {"/v1/orgs/" + other_, "/v1/orgs/" + other_ + "/integrations", "/v1/orgs/" + other_ + "/secrets",
        "/v1/orgs/" + other_ + "/audit", std::string("/v1/products/theirs"), std::string("/v1/products/theirs/events"),
        std::string("/v1/products/theirs/devices")}) {
    const Reply reply = browser.get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_FALSE(reply.streams);
  }
  EXPECT_EQ(browser.change("POST", "/v1/products/theirs/events", R"({"name":"x"})").status, 404);
  EXPECT_THAT(browser.get("/v1/orgs").text, Not(HasSubstr("Other")));
}

TEST_F(SessionTest, SigningInAndOutIsAudited) {
  Browser browser(world_);
  browser.sign_in("ann");
  browser.change("DELETE", "/v1/session");
  store::AuditQuery query;
  query.owner = world_.store().catalog()->user_by_name("ann@example.com")->id;
  const auto entries = world_.store().audit(query);
  ASSERT_TRUE(entries.ok());
  ASSERT_GE(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].action, "session.ended");
  EXPECT_EQ((*entries)[1].action, "session.started");
  EXPECT_EQ((*entries)[1].by.name, "ann@example.com");
  EXPECT_THAT(json::write((*entries)[1].diff), Not(HasSubstr(browser.csrf)));
}

TEST_F(SessionTest, NamesBrowsersAsTheirUsersWould) {
  EXPECT_EQ(browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Linux");
  EXPECT_EQ(browser_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                         "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"),
            "Edge on Windows");
  EXPECT_EQ(browser_name("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                         "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"),
            "Safari on iPhone");
  EXPECT_EQ(browser_name("curl/7.88.1"), "curl");
  EXPECT_EQ(browser_name(""), "browser");
}

}  // namespace
}  // namespace fleethook::api
