#include "api/answers.h"

#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

TEST(Answers, AnErrorSaysTheSameSentenceToEveryClient) {
  const struct {
    Fault fault;
    int status;
    const char* code;
  } cases[] = {
      {Fault::kInvalid, 400, "invalid_request"}, {Fault::kForbidden, 403, "forbidden"},
      {Fault::kNotFound, 404, "not_found"},      {Fault::kConflict, 409, "conflict"},
      {Fault::kTooLarge, 413, "too_large"},      {Fault::kOverloaded, 429, "too_many_requests"},
      {Fault::kUnavailable, 503, "unavailable"}, {Fault::kCorrupt, 500, "internal"},
  };
  for (const auto& c : cases) {
    const http::Response response = error_answer({c.fault, "it \"is\" so"});
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.body, R"({"ok":false,"error":"it \"is\" so","error_description":"it \"is\" so","code":")" +
                                 std::string(c.code) + "\"}");
    EXPECT_EQ(response.headers.get("Content-Type").substr(0, 16), "application/json");
    EXPECT_EQ(response.headers.has("Retry-After"), c.status == 429 || c.status == 503);
    EXPECT_EQ(status_of({c.fault, ""}), c.status);
  }
}

TEST(Answers, KeepACodeOfTheirOwnAndTheViolations) {
  Error error = Error::field("url", "is required");
  error.code = "special";
  EXPECT_EQ(error_answer(error).body,
            R"({"ok":false,"error":"url: is required","error_description":"url: is required","code":"special",)"
            R"("violations":[{"field":"url","message":"is required"}]})");
  EXPECT_EQ(error_answer({Fault::kConflict, "x"}, {{"more", 1}}).body,
            R"({"ok":false,"error":"x","error_description":"x","code":"conflict","more":1})");
}

TEST(Answers, TellOfManyViolationsTheFirstHundredAndHowManyMoreThereAre) {
  Error error = Error::field("0", "x");
  for (int i = 1; i < 9000; ++i) error.violations.push_back({std::to_string(i), "x"});
  const json::Value body = json::parse(error_answer(error).body).value();
  EXPECT_EQ(body.find("violations")->as_array().size(), 100U);
  EXPECT_EQ(body.find("more_violations")->as_int(), 8900);
}

TEST(Answers, APlanThatIsNeededIsNamedToMachinesToo) {
  const http::Response response = error_answer({Fault::kForbidden, "x", "plan_required"});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(
      response.body,
      R"({"ok":false,"error":"x","error_description":"x","code":"plan_required","plans":["basic","plus","enterprise"]})");
}

TEST(Answers, ABadTokenIsWhatTheClientsLookFor) {
  for (const http::Response& response : {invalid_token(), error_answer({Fault::kUnauthorized, "anything"})}) {
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body,
              R"({"ok":false,"error":"invalid_token","error_description":"The access token provided is invalid."})");
  }
}

TEST(Answers, InvalidTextInAnErrorDoesNotBreakTheJson) {
  const auto body = json::parse(error_answer({Fault::kNotFound, "no '\xFF\xFE'"}).body);
  ASSERT_TRUE(body.ok());
}

TEST(Answers, TellBrowsersWhatToTrust) {
  http::Response response = ok_true();
  response.headers.set("Referrer-Policy", "same-origin");
  add_security_headers(response, /*own_tls=*/false);
  EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.headers.get("Referrer-Policy"), "same-origin") << "an answer that says it itself is left alone";
  EXPECT_FALSE(response.headers.has("Strict-Transport-Security")) << "that is for whoever ends TLS to say";
  add_security_headers(response, /*own_tls=*/true);
  EXPECT_EQ(response.headers.get("Strict-Transport-Security"), "max-age=31536000");
  EXPECT_EQ(response.headers.size(), 4U);
}

}  // namespace
}  // namespace fleethook::api
