#include "api/console_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr console_files::File kFiles[] = {
    {"/assets/index-0a1b2c3d.js", "text/javascript; charset=utf-8", "aa", true, "plain script", "br script",
     "gz script"},
    {"/assets/logo-0a1b2c3d.png", "image/png", "bb", true, "picture", {}, {}},
    {"/favicon.svg", "image/svg+xml", "cc", false, "drawing", {}, "gz drawing"},
    {"/index.html", "text/html; charset=utf-8", "dd", false, "the page", "br page", "gz page"},
};

http::Request request(std::string method,
                      std::string target,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {}) {
  http::Request made;
  made.method = std::move(method);
  made.target = std::move(target);
  for (const auto& [name, value] : headers) made.headers.add(name, value);
  return made;
}

http::Response get(std::string target,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {}) {
  auto answer = console_answer(kFiles, request("GET", std::move(target), headers));
  EXPECT_TRUE(answer.has_value());
  return answer.value_or(http::Response{});
}

bool is_page(std::string target, std::string_view accept = "text/html,application/xml;q=0.9,*/*;q=0.8") {
  const auto answer = console_answer(kFiles, request("GET", std::move(target), {{"Accept", accept}}));
  return answer && answer->content() == "the page";
}

TEST(ConsoleFiles, AreAnsweredWithTheirTypeAndKeptForGoodWhenTheirNameHasAHash) {
  const http::Response script = get("/assets/index-0a1b2c3d.js?x=1");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.content(), "plain script");
  EXPECT_EQ(script.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(script.headers.get("ETag"), "\"aa\"");
  EXPECT_EQ(get("/favicon.svg").headers.get("Cache-Control"), "no-cache");
}

TEST(ConsoleFiles, AreNotCopiedToBeAnswered) {
  EXPECT_EQ(get("/favicon.svg").content().data(), kFiles[2].identity.data());
}

TEST(ConsoleFiles, ComeInTheSmallestEncodingThatTheClientTakes) {
  const auto encoding = [](std::string_view accept, std::string target = "/index.html") {
    const http::Response answer = get(std::move(target), {{"Accept-Encoding", accept}});
    EXPECT_EQ(answer.headers.get("Vary"), "Accept-Encoding");
    return std::string(answer.headers.get("Content-Encoding")) + "|" + std::string(answer.content());
  };
  EXPECT_EQ(encoding("gzip, deflate, br, zstd"), "br|br page");
  EXPECT_EQ(encoding("gzip"), "gzip|gz page");
  EXPECT_EQ(encoding("br;q=0.5, gzip;q=0.8"), "gzip|gz page");
  EXPECT_EQ(encoding("br;q=0, gzip"), "gzip|gz page");
  EXPECT_EQ(encoding("*"), "br|br page");
  EXPECT_EQ(encoding("*;q=0.1, br;q=0"), "gzip|gz page");
  EXPECT_EQ(encoding("identity, br;q=0.5"), "|the page");
  EXPECT_EQ(encoding("deflate"), "|the page");
  EXPECT_EQ(encoding(""), "|the page");
  EXPECT_EQ(encoding("br, gzip;q=0.1", "/favicon.svg"), "gzip|gz drawing");
  EXPECT_EQ(encoding("br, gzip", "/assets/logo-0a1b2c3d.png"), "|picture");
  EXPECT_EQ(encoding("identity;q=0", "/assets/logo-0a1b2c3d.png"), "|picture");
}

TEST(ConsoleFiles, HaveATagForEachEncodingAndAreNotSentAgainToWhoHasThem) {
  const http::Response packed = get("/index.html", {{"Accept-Encoding", "br"}});
  EXPECT_EQ(packed.headers.get("ETag"), "\"dd-br\"");
  const http::Response known = get("/index.html", {{"Accept-Encoding", "br"}, {"If-None-Match", "\"x\", \"dd-br\""}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.content(), "");
  EXPECT_EQ(known.headers.get("ETag"), "\"dd-br\"");
  EXPECT_EQ(known.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(known.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(get("/index.html", {{"If-None-Match", "\"dd-br\""}}).status, 200) << "that is another encoding";
  EXPECT_EQ(get("/index.html", {{"If-None-Match", "W/\"dd\""}}).status, 304);
  EXPECT_EQ(get("/index.html", {{"If-None-Match", "*"}}).status, 304);
}

TEST(ConsolePage, AnswersEveryAddressThatABrowserAsksFor) {
  for (const char* address :
       {"/", "/index.html", "/login", "/orgs/acme/integrations", "/orgs/acme/integrations/",
        "/products/1/integrations/2?tab=history", "/v10", "/v1x/orgs", "/assetsx", "/metrics-of"}) {
    EXPECT_TRUE(is_page(address)) << address;
  }
  EXPECT_TRUE(is_page("/login", "*/*"));
  EXPECT_TRUE(is_page("/login", "text/*"));
  EXPECT_TRUE(is_page("/", "application/json")) << "whatever stands at / is the page";
}

TEST(ConsolePage, NeverAnswersWhereTheApiOrHashedFilesAre) {
  for (const char* address : {"/v1", "/v1/nothing", "/v1/orgs/x", "/oauth", "/oauth/token/x", "/healthz/x", "/readyz/x",
                              "/metrics/x", "/openapi.json/x", "/assets", "/assets/", "/assets/index-99999999.js"}) {
    EXPECT_FALSE(is_page(address)) << address;
  }
}

TEST(ConsolePage, AnswersNeitherProgramsNorOtherMethods) {
  EXPECT_FALSE(is_page("/login", "application/json"));
  EXPECT_FALSE(is_page("/login", "text/html;q=0, */*"));
  EXPECT_FALSE(console_answer(kFiles, request("GET", "/login")).has_value());
  EXPECT_FALSE(console_answer(kFiles, request("POST", "/login", {{"Accept", "*/*"}})).has_value());
  EXPECT_TRUE(console_answer(kFiles, request("HEAD", "/login", {{"Accept", "*/*"}})).has_value());
}

TEST(ConsolePage, LetsNoOtherHostOrScriptIn) {
  const http::Response page = get("/");
  const std::string_view policy = page.headers.get("Content-Security-Policy");
  EXPECT_THAT(std::string(policy), ::testing::HasSubstr("default-src 'none'; script-src 'self'; "));
  EXPECT_THAT(std::string(policy), ::testing::HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(page.headers.get("Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_EQ(page.headers.get("Referrer-Policy"), "same-origin");
  EXPECT_THAT(std::string(page.headers.get("Permissions-Policy")), ::testing::HasSubstr("camera=()"));
}

// Through the API, on the loop.
TEST(Console, StandsWhereNoRouteIs) {
  TestWorld world;
  world.carry_console(kFiles);
  world.add_user("ann");
  const auto ask = [&](std::string method, std::string target, std::string_view accept = "text/html") {
    return world.send(request(std::move(method), std::move(target), {{"Accept", accept}}));
  };
  EXPECT_EQ(ask("GET", "/").text, "the page");
  EXPECT_EQ(ask("GET", "/orgs/acme").text, "the page");
  EXPECT_EQ(ask("GET", "/assets/logo-0a1b2c3d.png").text, "picture");
  EXPECT_EQ(ask("GET", "/healthz")["ok"], "true");
  EXPECT_EQ(ask("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(ask("GET", "/v1/nothing")["code"], "not_found");
  EXPECT_EQ(ask("GET", "/oauth/token")["code"], "method_not_allowed");
  EXPECT_EQ(ask("GET", "/assets/index-99999999.js")["code"], "not_found");
  EXPECT_EQ(ask("POST", "/orgs/acme")["code"], "not_found");
  EXPECT_EQ(ask("GET", "/orgs/acme", "application/json")["code"], "not_found");
}

TEST(Console, IsASmallPageInABinaryWithoutIt) {
  TestWorld world;
  const auto page = world.send(request("GET", "/", {{"Accept", "text/html"}}));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, ::testing::HasSubstr("/openapi.json"));
  EXPECT_EQ(world.send(request("GET", "/orgs/acme", {{"Accept", "text/html"}}))["code"], "not_found");
}

}  // namespace
}  // namespace fleethook::api
