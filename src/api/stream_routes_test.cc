// Event streams: each ends soon after the right to it, and says why. What is written to them is held by
// stream/hub_test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "base/crypto.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

class StreamRoutesTest : public ::testing::Test {
 protected:
  StreamRoutesTest() {
    ann_ = world_.add_user("ann");
    bob_ = world_.add_user("bob");
    world_.add_organization("ann", "Acme");
    world_.add_organization("ann", "Other");
    product_ = world_.add_product("ann", "acme", "One");
  }

  std::shared_ptr<Streamed> open(std::string_view user, std::string_view path) {
    const Reply reply = world_.send(user, "GET", path);
    EXPECT_TRUE(reply.streams) << path << " -> " << reply.text;
    return reply.streams ? reply.streamed : std::make_shared<Streamed>();
  }
  void ok(std::string_view user, std::string_view method, std::string_view path, std::string body = "") {
    const Reply reply = world_.send(user, method, path, std::move(body));
    EXPECT_EQ(reply.status / 100, 2) << method << " " << path << " -> " << reply.text;
  }
  std::string api_user(std::string_view team, std::string_view scopes) {
    const Reply made =
        world_.send("ann", "POST", team, R"({"friendly_name":"Robot","scopes":)" + std::string(scopes) + "}");
    EXPECT_EQ(made.status, 200) << made.text;
    robot_ = made["created.username"];
    return made["created.tokens.0.token"];
  }
  void some_time() { world_.loop().advance(std::chrono::milliseconds(900)); }
  void expect_open(const std::shared_ptr<Streamed>& stream) {
    some_time();
    EXPECT_FALSE(stream->closed) << stream->text;
  }
  void expect_ended(const std::shared_ptr<Streamed>& stream, std::string_view why) {
    some_time();
    EXPECT_TRUE(stream->closed);
    EXPECT_THAT(stream->text, HasSubstr(": the stream has ended: " + std::string(why)));
  }
  std::shared_ptr<Streamed> of_bob_in_the_team() {
    EXPECT_EQ(world_.join("ann", "/v1/orgs/acme/team", "bob", "View-only").status, 200);
    const auto stream = open("bob", "/v1/products/one/events");
    expect_open(stream);
    return stream;
  }
  void publish(std::uint64_t product, const std::string& name) {
    auto event = std::make_shared<core::Event>();
    event->name = name;
    event->publisher = "api";
    event->product = core::ProductId{product};
    world_.services().hub.announce({event}, core::EventSeq{++last_});
    some_time();
  }

  TestWorld world_;
  core::UserId ann_, bob_;
  std::string product_, robot_;
  std::uint64_t last_ = 0;
};

TEST_F(StreamRoutesTest, EndsWithTheTokenThatOpenedIt) {
  const auto own = open("bob", "/v1/devices/events"), prefixed = open("bob", "/v1/events/temp");
  const auto other = open("ann", "/v1/devices/events");
  expect_open(own);
  ok("bob", "DELETE", "/v1/access_tokens/current");
  expect_ended(own, "the token has been ended");
  expect_ended(prefixed, "the token has been ended");
  expect_open(other);
}

TEST_F(StreamRoutesTest, EndsWhenTheTokenExpires) {
  core::AccessToken token;
  token.digest = crypto::digest("brief");
  token.user = bob_;
  token.created_at = world_.loop().clock().now();
  token.expires_at = token.created_at + std::chrono::minutes(1);
  ASSERT_TRUE(world_.store().add_token(std::move(token), {}).ok());
  const auto stream = open("brief", "/v1/devices/events");
  world_.loop().advance(std::chrono::seconds(58));
  expect_open(stream);
  world_.loop().advance(std::chrono::seconds(1));
  expect_ended(stream, "the token has expired");
}

TEST_F(StreamRoutesTest, EndsWhenThePasswordIsChangedUnlessItsTokenDidThatOrIsKept) {
  const std::string form = "grant_type=password&username=bob@example.com&password=password-of-bob";
  const std::string other =
      world_.send("", "POST", "/oauth/token", form, "application/x-www-form-urlencoded")["access_token"];
  const auto own = open("bob", "/v1/devices/events");
  const auto of_other = open(other, "/v1/devices/events");
  ok("bob", "PUT", "/v1/user", R"({"password":"another one","current_password":"password-of-bob","keep_tokens":true})");
  expect_open(of_other);
  ok("bob", "PUT", "/v1/user", R"({"password":"a third one","current_password":"another one"})");
  expect_ended(of_other, "the token has been ended");
  expect_open(own);
  ok("bob", "PUT", "/v1/user",
     R"({"password":"a fourth one","current_password":"a third one","invalidate_tokens":true})");
  expect_ended(own, "the token has been ended");
}

TEST_F(StreamRoutesTest, EndsWithItsUser) {
  const auto stream = open("bob", "/v1/devices/events");
  ok("bob", "DELETE", "/v1/user", R"({"password":"password-of-bob"})");
  expect_ended(stream, "the token has been ended");
}

TEST_F(StreamRoutesTest, EndsWhenItsUserLeavesTheTeam) {
  const auto stream = of_bob_in_the_team();
  const auto own = open("bob", "/v1/devices/events");
  ok("ann", "DELETE", "/v1/orgs/acme/team/bob@example.com");
  expect_ended(stream, "there is no product");
  expect_open(own);
}

TEST_F(StreamRoutesTest, GoesOnWhenTheRoleChangesToOneThatMayStillListen) {
  const auto stream = of_bob_in_the_team();
  ok("ann", "PUT", "/v1/orgs/acme/team/bob@example.com", R"({"role":"Support"})");
  expect_open(stream);
}

TEST_F(StreamRoutesTest, EndsWhenTheProductMovesAwayFromItsTeam) {
  const auto stream = of_bob_in_the_team();
  const auto of_ann = open("ann", "/v1/products/one/events");
  const auto below = open("ann", "/v1/orgs/acme/products/one/events");
  ok("ann", "POST", "/v1/products/one/move", R"({"organization":"other"})");
  expect_ended(stream, "there is no product");
  expect_ended(below, "there is no product");
  expect_open(of_ann);
}

TEST_F(StreamRoutesTest, EndsWithItsProduct) {
  const auto stream = open("ann", "/v1/products/one/events");
  ok("ann", "DELETE", "/v1/products/one");
  expect_ended(stream, "there is no product");
}

TEST_F(StreamRoutesTest, ShowsAnOrganizationNoProductThatMovedAway) {
  const auto stream = open("ann", "/v1/orgs/acme/events");
  const std::uint64_t product = std::stoull(product_);
  publish(product, "before");
  ok("ann", "POST", "/v1/products/one/move", R"({"organization":"other"})");
  publish(product, "after");
  EXPECT_THAT(stream->text, HasSubstr("event: before\n"));
  EXPECT_THAT(stream->text, ::testing::Not(HasSubstr("event: after\n")));
  EXPECT_FALSE(stream->closed);
}

TEST_F(StreamRoutesTest, StaysWithItsProductWhenAnotherOneTakesTheName) {
  EXPECT_EQ(world_.join("ann", "/v1/products/one/team", "bob", "View-only").status, 200);
  const auto stream = open("bob", "/v1/products/one/events");
  ok("ann", "PUT", "/v1/products/one", R"({"slug":"renamed"})");
  world_.add_product("ann", "acme", "One");
  expect_open(stream);
  EXPECT_EQ(world_.join("ann", "/v1/products/one/team", "bob", "View-only").status, 200);
  ok("ann", "DELETE", "/v1/products/renamed/team/bob@example.com");
  expect_ended(stream, "there is no product '" + product_);
}

TEST_F(StreamRoutesTest, EndsWhenAnApiUserLosesTheScope) {
  for (const std::string_view path : {"/v1/orgs/acme/events", "/v1/products/one/events"}) {
    const std::string token = api_user("/v1/orgs/acme/team", R"(["events:get"])");
    const auto stream = open(token, path);
    expect_open(stream);
    ok("ann", "PUT", "/v1/orgs/acme/team/" + robot_, R"({"scopes":["events:send"]})");
    expect_ended(stream, "the token has been ended");
  }
}

TEST_F(StreamRoutesTest, EndsWhenAnApiUserGetsAnotherTokenOrGoes) {
  const auto replaced = open(api_user("/v1/products/one/team", R"(["events:get"])"), "/v1/products/one/events");
  expect_open(replaced);
  ok("ann", "PUT", "/v1/products/one/team/" + robot_ + "/token");
  expect_ended(replaced, "the token has been ended");
  const auto deleted = open(api_user("/v1/products/one/team", R"(["events:get"])"), "/v1/products/one/events");
  ok("ann", "DELETE", "/v1/products/one/team/" + robot_);
  expect_ended(deleted, "the token has been ended");
}

TEST_F(StreamRoutesTest, EndsForTheApiUserOfAnOrganizationThatTheProductLeft) {
  const auto stream = open(api_user("/v1/orgs/acme/team", R"(["events:get"])"), "/v1/products/one/events");
  expect_open(stream);
  ok("ann", "POST", "/v1/products/one/move", R"({"organization":"other"})");
  expect_ended(stream, "there is no product");
}

}  // namespace
}  // namespace fleethook::api
