// What holds for every route, and the routes of tokens, users and the running server.
#include "api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
  }
  TestWorld world_;
};

TEST_F(ApiTest, EveryRouteThatNeedsATokenRefusesWithoutOne) {
  for (const Route& route : world_.router().routes()) {
    if (row_of(route.permission).without_token) continue;
    std::string path(route.pattern);
    for (char& c : path) c = c == ':' || c == '*' ? 'x' : c;
    for (const char* token : {"", "wrong", "null"}) {
      const Reply reply = world_.send(token, route.method, path, route.method == "GET" ? "" : "{}");
      EXPECT_EQ(reply.status, 401) << route.method << " " << path;
      EXPECT_EQ(reply.text,
                R"({"ok":false,"error":"invalid_token","error_description":"The access token provided is invalid."})");
    }
  }
}

// Whatever the body, an authenticated request gets an answer in the house's shape (send() looks at that), and nothing
// is 500.
TEST_F(ApiTest, NoRouteFallsOverOddBodies) {
  for (const Route& route : world_.router().routes()) {
    if (route.method == "GET" || route.method == "DELETE") continue;
    std::string path(route.pattern);
    for (char& c : path) c = c == ':' || c == '*' ? 'x' : c;
    for (const char* body : {"", "{}", "[]", "{", "null", "\xFF",
                             R"({"name":{},"product":[],"product_ids":[[]],"event":1,"id":1,"ids":{}})"}) {
      const Reply reply = world_.send("root", route.method, path, body);
      EXPECT_NE(reply.status, 500) << route.method << " " << path << " " << body;
      EXPECT_NE(reply.status, 401);
    }
  }
}

TEST_F(ApiTest, TakesTheTokenWhereClientsPutIt) {
  http::Request request;
  request.method = "GET";
  request.target = "/v1/user?access_token=ann";
  EXPECT_EQ(world_.send(request)["username"], "ann@example.com");
  request.target = "/v1/user/?nonce=921.703189";
  request.headers.set("authorization", "bearer   ann");
  EXPECT_EQ(world_.send(request)["username"], "ann@example.com");
  request = {};
  request.method = "POST";
  request.target = "/v1/devices/events";
  request.headers.set("Content-Type", kForm);
  request.body = "name=temp&access_token=ann";
  EXPECT_EQ(world_.send(request).status, 200);
  // The query is read on GET only: it ends up in logs of proxies.
  request.target = "/v1/devices/events?access_token=ann";
  request.body = "name=temp";
  EXPECT_EQ(world_.send(request).status, 401);
}

TEST_F(ApiTest, SaysWhatIsNotThereAndWhatIsAllowed) {
  world_.refused(404, "not_found", "/v1/nothing", "ann", "GET", "/v1/nothing");
  world_.refused(404, "not_found", "", "", "GET", "/v1/access_tokensx");
  const Reply reply = world_.refused(405, "method_not_allowed", "POST, GET", "ann", "DELETE", "/v1/orgs");
  EXPECT_EQ(reply.header("Allow"), "POST, GET");
}

TEST_F(ApiTest, AnswersAPreflightOnEveryPath) {
  for (const char* path : {"/v1/user", "/oauth/token", "/nothing", "/v1/products/1/integrations"}) {
    const Reply reply = world_.send("", "OPTIONS", path);
    EXPECT_EQ(reply.status, 204);
    EXPECT_EQ(reply.header("Access-Control-Allow-Methods"), "GET, POST, PUT, PATCH, DELETE");
    for (const char* name : {"Authorization", "Content-Type", "X-Particle-Tool", "X-Particle-Project"}) {
      EXPECT_THAT(reply.header("Access-Control-Allow-Headers"), HasSubstr(name));
    }
    EXPECT_EQ(reply.header("Access-Control-Allow-Credentials"), "");
  }
}

TEST_F(ApiTest, HeadIsGet) {
  EXPECT_EQ(world_.send("ann", "HEAD", "/v1/user")["username"],
            "ann@example.com");  // the connection leaves the body out
  EXPECT_EQ(world_.send("ann", "HEAD", "/v1/devices/events").header("Content-Type"), "text/event-stream");
}

TEST_F(ApiTest, LimitsBodiesAndAnswersProtocolErrorsInJson) {
  http::Request head;
  head.method = "POST";
  head.headers.set("Authorization", "Bearer root");
  world_.add_product("root", "", "First");
  head.target = "/v1/products/first/events/batch?x=1";
  EXPECT_EQ(world_.api().judge(head).body_bytes_max, Limits{}.batch_body_bytes_max);
  head.target = "/v1/webhooks";
  EXPECT_EQ(world_.api().judge(head).body_bytes_max, Limits{}.request_body_bytes_max);
  const http::Response response = world_.api().protocol_error(413, "too much");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, R"({"ok":false,"error":"too much","error_description":"too much","code":"bad_http"})");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
}

// --- tokens
// ----------------------------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, LogsInAsTheClientsDo) {
  const char* forms[] = {
      "username=ann%40example.com&password=password-of-ann&grant_type=password&client_id=particle-api&client_secret="
      "particle-api&expires_in=7776000",
      "username=ANN%40example.com&password=password-of-ann&grant_type=password&client_id=CLI2&client_secret=client_"
      "secret_here",
      "grant_type=password&username=ann@example.com&password=password-of-ann"};
  for (const char* form : forms) {
    const Reply reply = world_.send("null", "POST", "/oauth/token", form, kForm);  // the CLI sends Bearer null along
    ASSERT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply["access_token"].size(), 40U);
    EXPECT_EQ(reply["token_type"], "bearer");
    EXPECT_EQ(reply["expires_in"], "7776000");
    EXPECT_EQ(world_.send(reply["access_token"], "GET", "/v1/user")["username"], "ann@example.com");
  }
}

TEST_F(ApiTest, RefusesALoginInTheWordsOfOAuth) {
  const struct {
    const char *form, *error, *description;
  } cases[] = {
      {"grant_type=password&username=ann@example.com&password=wrong", "invalid_grant", "User credentials are invalid"},
      {"grant_type=password&username=nobody@example.com&password=password-of-ann", "invalid_grant",
       "User credentials are invalid"},
      {"grant_type=password&username=ann@example.com", "invalid_request", "username and password are required"},
      {"grant_type=client_credentials", "unsupported_grant_type", "this server knows the grant type password only"},
      {R"({"grant_type":"password"})", "invalid_request", "grant_type is required, in a form body"},
      {"grant_type=password&username=ann@example.com&password=password-of-ann&expires_in=-1", "invalid_request",
       "expires_in: expected seconds, or 0 for never"},
      {"grant_type=password&username=ann@example.com&password=password-of-ann&expires_at=2025-01-01", "invalid_request",
       "expires_at: expected an ISO 8601 time in the future"},
  };
  for (const auto& c : cases) {
    const Reply reply = world_.send("", "POST", "/oauth/token", c.form, kForm);
    EXPECT_EQ(reply.status, 400) << c.form;
    EXPECT_EQ(reply["error"], c.error) << c.form;
    EXPECT_EQ(reply["error_description"], c.description) << c.form;
  }
}

TEST_F(ApiTest, ATokenLivesAsLongAsItWasAskedFor) {
  const std::string login = "grant_type=password&username=ann@example.com&password=password-of-ann";
  const Reply brief = world_.send("", "POST", "/oauth/token", login + "&expires_in=60", kForm);
  const Reply dated = world_.send("", "POST", "/oauth/token", login + "&expires_at=2026-01-01T00:02:00Z", kForm);
  const Reply eternal = world_.send("", "POST", "/oauth/token", login + "&expires_in=0", kForm);
  EXPECT_EQ(brief["expires_in"], "60");
  EXPECT_EQ(dated["expires_in"], "120");
  EXPECT_EQ(eternal["expires_in"], "0");
  EXPECT_EQ(world_.send(brief["access_token"], "GET", "/v1/access_tokens/current")["expires_at"],
            "2026-01-01T00:01:00.000Z");
  EXPECT_EQ(world_.send(eternal["access_token"], "GET", "/v1/access_tokens/current")["expires_at"], "null");
  world_.loop().advance(std::chrono::seconds(59));
  EXPECT_EQ(world_.send(brief["access_token"], "GET", "/v1/user").status, 200);
  world_.loop().advance(std::chrono::seconds(1));
  EXPECT_EQ(world_.send(brief["access_token"], "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send(dated["access_token"], "GET", "/v1/user").status, 200);
  world_.loop().manual_clock().set_now(world_.loop().clock().now() + std::chrono::hours(24 * 365 * 50));
  EXPECT_EQ(world_.send(dated["access_token"], "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send(eternal["access_token"], "GET", "/v1/user").status, 200);
}

TEST_F(ApiTest, LocksOutWhoGuessesPasswords) {
  const std::string wrong = "grant_type=password&username=ann@example.com&password=wrong";
  const std::string right = "grant_type=password&username=ann@example.com&password=password-of-ann";
  for (std::uint32_t i = 0; i < Limits{}.login_failures_in_a_row_max; ++i) {
    ASSERT_EQ(world_.send("", "POST", "/oauth/token", wrong, kForm).status, 400);
  }
  const Reply reply =
      world_.refused(429, "too_many_requests", "1800 seconds", "", "POST", "/oauth/token", right, kForm);
  EXPECT_EQ(reply.header("Retry-After"), "1800");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200) << "only logging in is locked";
  world_.loop().manual_clock().advance(Limits{}.login_lock);
  EXPECT_EQ(world_.send("", "POST", "/oauth/token", right, kForm).status, 200);
}

TEST_F(ApiTest, DescribesTheTokenInUse) {
  const std::string slug = world_.add_organization("ann", "Acme");
  const Reply reply = world_.send("ann", "GET", "/v1/access_tokens/current");
  EXPECT_EQ(reply["client"], "test");
  EXPECT_EQ(reply["client_id"], "test");
  EXPECT_EQ(reply["scopes"], "[]");
  EXPECT_EQ(reply["orgs.0.slug"], slug);
}

TEST_F(ApiTest, TokensEndByTheirNameByThemselvesAndAllAtOnce) {
  const auto log_in = [&] {
    return world_.send("", "POST", "/oauth/token",
                       "grant_type=password&username=ann@example.com&password=password-of-ann", kForm)["access_token"];
  };
  const std::string one = log_in();
  EXPECT_EQ(world_.send("", "DELETE", "/v1/access_tokens/" + one).text,
            R"({"ok":true})");  // no Authorization: clients send none
  EXPECT_EQ(world_.send(one, "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send("", "DELETE", "/v1/access_tokens/" + one).status, 401);
  const std::string two = log_in();
  EXPECT_EQ(world_.send(two, "DELETE", "/v1/access_tokens/current").text, R"({"ok":true})");
  EXPECT_EQ(world_.send(two, "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200);
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/access_tokens").text, R"({"ok":true})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 401);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/user").status, 200) << "not those of others";
}

// --- users
// -----------------------------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, SignsUpWithJsonAndWithAForm) {
  const Reply json =
      world_.send("", "POST", "/v1/users",
                  R"({"username":" Carl@Example.com","password":"long enough","account_info":{"first_name":"C"}})");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json["ok"], "true");
  EXPECT_EQ(json["username"], "carl@example.com");
  EXPECT_EQ(world_
                .send("", "POST", "/v1/users",
                      "username=dora%40example.com&password=long+enough&account_info[first_name]=D", kForm)
                .status,
            200);
  const Reply token = world_.send("", "POST", "/oauth/token",
                                  "grant_type=password&username=dora@example.com&password=long enough", kForm);
  const Reply user = world_.send(token["access_token"], "GET", "/v1/user");
  EXPECT_EQ(user["account_info"], R"({"first_name":"D"})");
  EXPECT_EQ(user["mfa.enabled"], "false");
  EXPECT_EQ(user["wifi_device_count"], "0");
  EXPECT_EQ(world_.send(token["access_token"], "GET", "/v1/user/identify?tracking=1")["email"], "dora@example.com");
}

TEST_F(ApiTest, RefusesUsersThatCannotBe) {
  const struct {
    const char *body, *part;
  } cases[] = {
      {R"({"password":"long enough"})", "username: expected"},
      {R"({"username":"x@y.z"})", "password: required"},
      {R"({"username":"no address","password":"long enough"})", "username: expected"},
      {R"({"username":"@x","password":"long enough"})", "username: expected"},
      {R"({"username":"a b@x","password":"long enough"})", "username: expected"},
      {R"({"username":1,"password":"long enough"})", "username: expected text"},
      {R"({"username":"x@y.z","password":"short"})", "password: expected 8 to 1024"},
      {R"({"username":"x@y.z","password":"long enough","account_info":"x"})", "account_info: expected an object"},
  };
  for (const auto& c : cases) world_.refused(400, "invalid_request", c.part, "", "POST", "/v1/users", c.body);
  world_.refused(409, "conflict", "taken", "", "POST", "/v1/users",
                 R"({"username":"ANN@example.com","password":"long enough"})");
}

TEST(SignUp, BelongsToTheAdministratorWhereItIsNotOpen) {
  TestWorld world({}, /*open_signup=*/false);
  world.add_user("root", true);
  world.add_user("ann");
  const std::string body = R"({"username":"x@y.z","password":"long enough"})";
  world.refused(403, "forbidden", "administrator", "", "POST", "/v1/users", body);
  world.refused(403, "forbidden", "administrator", "ann", "POST", "/v1/users", body);
  EXPECT_EQ(world.send("root", "POST", "/v1/users", body).status, 200);
}

TEST_F(ApiTest, ChangesAUserOnlyWithThePassword) {
  EXPECT_EQ(world_.send("ann", "PUT", "/v1/user", R"({"account_info":{"last_name":"N"}})")["ok"], "true");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user")["account_info"], R"({"last_name":"N"})");
  world_.refused(400, "invalid_request", "current_password", "ann", "PUT", "/v1/user",
                 R"({"username":"ann2@example.com"})");
  world_.refused(400, "invalid_request", "current_password", "ann", "PUT", "/v1/user",
                 R"({"password":"long enough","current_password":"wrong"})");
  world_.refused(409, "conflict", "taken", "ann", "PUT", "/v1/user",
                 R"({"username":"bob@example.com","current_password":"password-of-ann"})");
  EXPECT_EQ(
      world_
          .send("ann", "PUT", "/v1/user",
                R"({"username":"ann2@example.com","password":"another one","current_password":"password-of-ann"})")
          .status,
      200);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user")["username"], "ann2@example.com");
  EXPECT_EQ(world_
                .send("ann", "PUT", "/v1/user",
                      R"({"password":"third password","current_password":"another one","invalidate_tokens":"true"})")
                .status,
            200);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 401);
}

TEST_F(ApiTest, DeletesAUserOnlyWithThePasswordAndNothingOwned) {
  world_.refused(400, "invalid_request", "password", "ann", "DELETE", "/v1/user");
  const std::string body = R"({"password":"password-of-ann"})";
  world_.add_product("ann", "", "Mine");
  world_.refused(409, "conflict", "mine", "ann", "DELETE", "/v1/user", body);
  EXPECT_EQ(world_.send("bob", "DELETE", "/v1/user", R"({"password":"password-of-bob"})")["ok"], "true");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/user").status, 401);
}

TEST_F(ApiTest, DoesNotPretendToSendMail) {
  world_.refused(501, "not_available", "sends no mail", "", "POST", "/v1/user/password-reset",
                 R"({"username":"ann@example.com"})");
}

// --- the running server
// ----------------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, TellsHowItIs) {
  EXPECT_EQ(world_.send("", "GET", "/healthz").text, R"({"ok":true})");
  EXPECT_EQ(world_.send("", "GET", "/readyz").status, 200);
  world_.troubles = {"the disk is full", "the store is locked"};
  const Reply reply = world_.refused(503, "not_ready", "the disk is full; the store is locked", "", "GET", "/readyz");
  EXPECT_EQ(reply["troubles"], R"(["the disk is full","the store is locked"])");
  EXPECT_EQ(world_.send("", "GET", "/healthz").status, 200) << "alive all the same";
  world_.troubles = {Trouble("requests are not logged", /*stops_it=*/false)};
  const Reply limps = world_.send("", "GET", "/readyz");
  EXPECT_EQ(limps.status, 200) << "events are accepted and delivered";
  EXPECT_EQ(limps.text, R"({"ok":true,"troubles":["requests are not logged"]})");
  EXPECT_THAT(world_.send("", "GET", "/metrics").text, HasSubstr("fleethook_http_requests_total 6"));
  EXPECT_EQ(world_.send("", "GET", "/openapi.json")["servers.0.url"], "http://hooks.test");
  EXPECT_THAT(world_.send("", "GET", "/").text, HasSubstr("<h1>Fleethook</h1>"));
}

}  // namespace
}  // namespace fleethook::api
