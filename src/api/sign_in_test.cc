// Guessing of passwords at every door, signing up without end, and the line before the threads that hash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

class SignInTest : public ::testing::Test {
 protected:
  SignInTest() {
    for (const char* name : {"ann", "eve"}) world_.add_user(name);
  }

  Reply send(const std::string& peer,
             std::string_view method,
             std::string_view target,
             std::string body,
             std::string_view type = "application/json",
             const std::string& token = "") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.peer = peer;
    request.headers.add("Content-Type", type);
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    request.body = std::move(body);
    return world_.send(std::move(request));
  }
  Reply token_for(const std::string& peer, const std::string& name, const std::string& password) {
    return send(peer, "POST", "/oauth/token",
                "grant_type=password&username=" + name + "@example.com&password=" + password, kForm);
  }
  Reply session_for(const std::string& peer, const std::string& name, const std::string& password) {
    return send(peer, "POST", "/v1/session",
                json::write(json::Object{{"username", name + "@example.com"}, {"password", password}}));
  }
  Reply sign_up(const std::string& peer, const std::string& name) {
    return send(peer, "POST", "/v1/users", R"({"username":")" + name + R"(@example.com","password":"long enough"})");
  }
  // Guesses at `name` from 20 addresses, nine times each at most; how many got a look at the password.
  template <class Guess>
  std::uint32_t guesses_looked_at(const Guess& guess) {
    std::uint32_t looked_at = 0;
    for (int from = 1; from <= 20; ++from) {
      for (int i = 0; i < 9; ++i) {
        const Reply reply = guess("198.51.100." + std::to_string(from));
        if (reply.status == 400) ++looked_at;
        EXPECT_TRUE(reply.status == 400 || reply.status == 429) << reply.text;
      }
    }
    return looked_at;
  }

  const Limits limits_;
  const PasswordLimits passwords_;
  TestWorld world_;
};

TEST_F(SignInTest, GuessesAtOneUserFromManyAddressesAreLocked) {
  EXPECT_EQ(guesses_looked_at([&](const std::string& peer) { return token_for(peer, "ann", "wrong"); }),
            passwords_.failures_per_name_max);
  const Reply refused = token_for("203.0.113.1", "ann", "password-of-ann");
  EXPECT_EQ(refused.status, 429) << "the right one is not looked at either, from where she never signed in";
  EXPECT_EQ(refused.header("Retry-After"), "1800");
  EXPECT_EQ(session_for("203.0.113.1", "ann", "password-of-ann").status, 429) << "the same at the other door";
  EXPECT_EQ(token_for("203.0.113.1", "eve", "password-of-eve").status, 200);
}

TEST_F(SignInTest, GuessesWithATokenAreLockedToo) {
  EXPECT_EQ(guesses_looked_at([&](const std::string& peer) {
              const bool puts = peer.back() % 2 == 0;
              return send(peer, puts ? "PUT" : "DELETE", "/v1/user",
                          puts ? R"({"password":"another one","current_password":"wrong"})" : R"({"password":"wrong"})",
                          "application/json", "ann");
            }),
            passwords_.failures_per_name_max);
  EXPECT_EQ(token_for("203.0.113.1", "ann", "password-of-ann").status, 429) << "all doors have one lock";
  EXPECT_EQ(world_.send("ann", "GET", "/v1/user").status, 200) << "what is open goes on";
}

TEST_F(SignInTest, ALoginOfOnesOwnNowAndThenDoesNotBuyGuesses) {
  std::uint32_t looked_at = 0;
  for (int i = 0; i < 90; ++i) {
    if (i % 9 == 8) {
      token_for("198.51.100.1", "eve", "password-of-eve");
    } else if (token_for("198.51.100.1", "ann", "wrong").status == 400) {
      ++looked_at;
    }
  }
  EXPECT_EQ(looked_at, limits_.login_failures_in_a_row_max);
}

TEST_F(SignInTest, AStrangerDoesNotLockTheOwnerOut) {
  ASSERT_EQ(token_for("203.0.113.1", "ann", "password-of-ann").status, 200);
  guesses_looked_at([&](const std::string& peer) { return token_for(peer, "ann", "wrong"); });
  ASSERT_EQ(token_for("203.0.113.2", "ann", "password-of-ann").status, 429);
  EXPECT_EQ(token_for("203.0.113.1", "ann", "password-of-ann").status, 200);
  EXPECT_EQ(session_for("203.0.113.1", "ann", "password-of-ann").status, 200);
  EXPECT_EQ(token_for("203.0.113.2", "ann", "password-of-ann").status, 429) << "still locked elsewhere";
  world_.loop().manual_clock().advance(limits_.login_lock);
  EXPECT_EQ(token_for("203.0.113.2", "ann", "password-of-ann").status, 200);
}

TEST_F(SignInTest, ANameThatNobodyHasIsLockedInTheSameWords) {
  std::string said[2];
  for (const auto& [at, name] : {std::pair(0, "ann"), {1, "nobody"}}) {
    EXPECT_EQ(guesses_looked_at([&, name = name](const std::string& peer) { return token_for(peer, name, "wrong"); }),
              passwords_.failures_per_name_max);
    said[at] = token_for("203.0.113.1", name, "password-of-ann").text;
    world_.loop().manual_clock().advance(limits_.login_lock);
  }
  EXPECT_EQ(said[0], said[1]);
  EXPECT_THAT(said[0], HasSubstr("too many wrong passwords for this name"));
}

TEST_F(SignInTest, AnAddressOfIPv6IsItsNetwork) {
  for (std::uint32_t i = 0; i < limits_.login_failures_in_a_row_max; ++i)
    ASSERT_EQ(token_for("2001:db8::" + std::to_string(i + 1), "ann", "wrong").status, 400);
  EXPECT_EQ(token_for("2001:db8::abcd", "eve", "password-of-eve").status, 429);
  EXPECT_EQ(token_for("2001:db8:0:1::1", "eve", "password-of-eve").status, 200);
}

TEST_F(SignInTest, SignUpsOfAnAddressAreLimitedAndSoIsAskingWhoExists) {
  for (std::uint32_t i = 0; i < passwords_.sign_ups_per_hour_per_address_max; ++i)
    ASSERT_EQ(sign_up("198.51.100.1", i % 2 == 0 ? "new" + std::to_string(i) : "ann").status, i % 2 == 0 ? 200 : 409);
  const Reply refused = sign_up("198.51.100.1", "another");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "3600");
  EXPECT_THAT(refused["error"], HasSubstr("sign-ups from this address"));
  EXPECT_EQ(sign_up("198.51.100.1", "ann").text, refused.text) << "no longer told who exists";
  const std::string rename = R"({"username":"eve@example.com","current_password":"password-of-ann"})";
  EXPECT_EQ(send("198.51.100.1", "PUT", "/v1/user", rename, "application/json", "ann").status, 429)
      << "nor by taking another name";
  EXPECT_EQ(sign_up("198.51.100.2", "another").status, 200);
  world_.add_user("root", true);
  for (std::uint32_t i = 0; i <= passwords_.sign_ups_per_hour_per_address_max; ++i)
    ASSERT_EQ(world_
                  .send("root", "POST", "/v1/users",
                        R"({"username":"made)" + std::to_string(i) + R"(@example.com","password":"long enough"})")
                  .status,
              200)
        << "the administrator's own are not counted";
}

TEST(SignUps, OfTheWholeServerAreLimited) {
  PasswordLimits limits;
  limits.sign_ups_per_hour_max = 2;
  TestWorld world({}, /*open_signup=*/true, limits);
  for (const char* name : {"a", "b"})
    ASSERT_EQ(world
                  .send("", "POST", "/v1/users",
                        R"({"username":")" + std::string(name) + R"(@example.com","password":"long enough"})")
                  .status,
              200);
  world.refused(429, "too_many_requests", "sign-ups on this server", "", "POST", "/v1/users",
                R"({"username":"c@example.com","password":"long enough"})");
}

TEST(PasswordRequests, AreRefusedWhenTheLineIsFullAndNothingElseIs) {
  PasswordLimits limits;
  limits.requests_waiting_per_address_max = 0;
  TestWorld of_address({}, /*open_signup=*/true, limits);
  of_address.add_user("ann");
  const std::string body = R"({"username":"ann@example.com","password":"password-of-ann"})";
  EXPECT_EQ(of_address.refused(429, "too_many_requests", "of this address", "", "POST", "/v1/session", body)
                .header("Retry-After"),
            "1");
  limits.requests_waiting_max = 0;
  TestWorld of_all({}, /*open_signup=*/true, limits);
  of_all.add_user("ann");
  of_all.refused(503, "unavailable", "nothing was done", "", "POST", "/v1/users",
                 R"({"username":"c@example.com","password":"long enough"})");
  of_all.refused(503, "unavailable", "nothing was done", "ann", "DELETE", "/v1/user", R"({"password":"x"})");
  for (const char* target : {"/healthz", "/readyz", "/v1/user", "/v1/session"})
    EXPECT_EQ(of_all.send("ann", "GET", target).status, 200) << target;
  EXPECT_EQ(of_all.send("ann", "POST", "/v1/devices/events", R"({"name":"x"})").status, 200);
}

// What must answer while everything else waits.
TEST(Health, IsAnsweredOnTheLoop) {
  for (const Route& route : all_routes()) {
    const bool health = route.pattern == "/healthz" || route.pattern == "/readyz";
    EXPECT_EQ(route.at_once != nullptr, health) << route.pattern;
  }
}

}  // namespace
}  // namespace fleethook::api
