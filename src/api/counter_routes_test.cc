#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kGone = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kFine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

class Counters : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.add_user("ann");
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "One");
    world_.add_product("ann", "acme", "Two");
    shared_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"integration_type":"Webhook","event":"a","url":"http://x.test/a","product_ids":["one","two"]})");
    idle_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"integration_type":"Webhook","event":"idle","url":"http://x.test/b","product_ids":["one"]})");
  }
  void publish(const std::string& product, std::string_view receiver_says) {
    world_.receiver_says = receiver_says;
    world_.fired("ann", "/v1/products/" + product + "/events", R"({"name":"a","data":"1"})");
  }
  Reply get(std::string_view target, std::string etag = "") {
    http::Request request;
    request.method = "GET";
    request.target = target;
    request.headers.add("Authorization", "Bearer ann");
    if (!etag.empty()) request.headers.add("If-None-Match", etag);
    return world_.send(std::move(request));
  }

  TestWorld world_;
  std::string shared_, idle_;
};

TEST_F(Counters, SayByAnotherRevisionThatTheListMayHaveChanged) {
  const auto revision = [this] { return get("/v1/orgs/acme/integrations/counters")["revision"]; };
  const auto before = revision();
  EXPECT_EQ(revision(), before);
  publish("one", kFine);
  EXPECT_EQ(revision(), before) << "traffic alone changes no row";
  world_.send("ann", "PATCH", "/v1/orgs/acme/integrations/" + shared_, R"({"name":"other"})");
  EXPECT_NE(revision(), before);
}

TEST_F(Counters, AreTodaysSumsAndTheHealthOfWhatHadTraffic) {
  EXPECT_EQ(get("/v1/orgs/acme/integrations/counters").text,
            R"({"date":")" + utc_day_text(utc_day(world_.loop().clock().now())) + R"(","revision":)" +
                std::to_string(world_.store().catalog()->revision()) + R"(,"counters":{}})");
  publish("one", kFine);
  publish("two", kFine);
  const Reply fine = get("/v1/orgs/acme/integrations/counters");
  EXPECT_EQ(fine["counters"],
            "{\"" + shared_ +
                R"(":{"success":2,"error":0,"sleep":0,"cancelled":0,"health":"healthy","last_error_at":null}})");
  publish("two", kGone);
  const std::string at = to_iso8601(world_.loop().clock().now()).substr(0, 16);
  const Reply failing = get("/v1/orgs/acme/integrations/counters");
  const std::string of = "counters." + shared_;
  EXPECT_EQ(failing[of + ".success"], "2");
  EXPECT_EQ(failing[of + ".error"], "1");
  EXPECT_EQ(failing[of + ".health"], "failing") << "one of its products is enough";
  EXPECT_THAT(failing[of + ".last_error_at"], ::testing::StartsWith(at));
  publish("one", kFine);
  EXPECT_EQ(get("/v1/orgs/acme/integrations/counters")[of + ".health"], "failing");
  publish("two", kFine);
  const Reply again = get("/v1/orgs/acme/integrations/counters");
  EXPECT_EQ(again[of + ".health"], "healthy");
  EXPECT_THAT(again[of + ".last_error_at"], ::testing::StartsWith(at)) << "that there was one is still known";
}

TEST_F(Counters, OfAProductAreItsOwn) {
  publish("one", kFine);
  publish("two", kGone);
  const std::string of = "counters." + shared_;
  const Reply one = get("/v1/products/one/integrations/counters");
  EXPECT_EQ(one[of], R"({"success":1,"error":0,"sleep":0,"cancelled":0,"health":"healthy","last_error_at":null})");
  const Reply two = get("/v1/products/two/integrations/counters");
  EXPECT_EQ(two[of + ".error"], "1");
  EXPECT_EQ(two[of + ".success"], "0");
  EXPECT_EQ(two[of + ".health"], "failing");
}

TEST_F(Counters, OfTheSandboxAreOnesOwn) {
  const std::string own = world_.add_integration(
      "ann", "/v1/integrations", R"({"integration_type":"Webhook","event":"mine","url":"http://x.test/c"})");
  world_.receiver_says = kFine;
  world_.fired("ann", "/v1/devices/events", R"({"name":"mine","data":"1"})");
  EXPECT_EQ(
      get("/v1/integrations/counters")["counters"],
      "{\"" + own + R"(":{"success":1,"error":0,"sleep":0,"cancelled":0,"health":"healthy","last_error_at":null}})");
  EXPECT_EQ(get("/v1/integrations")["0.health"], "healthy");
}

TEST_F(Counters, HealthStandsInListsAndDetailsAndOnEachProduct) {
  EXPECT_EQ(get("/v1/orgs/acme/integrations")["0.health"], "quiet");
  publish("one", kFine);
  publish("two", kGone);
  const Reply list = get("/v1/orgs/acme/integrations");
  const std::string row = list["0.id"] == shared_ ? "0" : "1";
  EXPECT_EQ(list[row + ".health"], "failing");
  EXPECT_EQ(list[row + ".products.0.health"], "healthy");
  EXPECT_EQ(list[row + ".products.1.health"], "failing");
  const Reply detail = get("/v1/orgs/acme/integrations/" + shared_);
  EXPECT_EQ(detail["integration.health"], "failing");
  EXPECT_EQ(detail["integration.products.0.health"], "healthy");
  EXPECT_EQ(detail["integration.products.1.health"], "failing");
  EXPECT_EQ(get("/v1/products/one/integrations/" + shared_)["integration.health"], "healthy");
  EXPECT_EQ(get("/v1/products/two/integrations/" + shared_)["integration.health"], "failing");
}

TEST_F(Counters, AProductThatLeftNoLongerMakesItFail) {
  publish("one", kFine);
  publish("two", kGone);
  ASSERT_EQ(world_.send("ann", "PATCH", "/v1/orgs/acme/integrations/" + shared_, R"({"product_ids":["one"]})").status,
            200);
  const Reply reply = get("/v1/orgs/acme/integrations/counters");
  EXPECT_EQ(reply["counters." + shared_ + ".health"], "healthy");
  EXPECT_EQ(reply["counters." + shared_ + ".error"], "1") << "what happened today has happened";
}

TEST_F(Counters, ByDayAreThoseOfTheIdsThatWereAskedFor) {
  publish("one", kFine);
  publish("two", kGone);
  const std::int32_t today = utc_day(world_.loop().clock().now());
  const Reply two_days = get("/v1/orgs/acme/integrations/counters?ids=" + shared_ + "," + idle_ + "&days=2");
  EXPECT_EQ(two_days.text, R"({"first_day":")" + utc_day_text(today - 1) + R"(","days":{")" + shared_ +
                               R"(":[[0,0,0,0],[1,1,0,0]],")" + idle_ + R"(":[[0,0,0,0],[0,0,0,0]]}})");
  EXPECT_EQ(get("/v1/products/one/integrations/counters?ids=" + shared_ + "&days=1")["days." + shared_], "[[1,0,0,0]]");
  const Reply month = get("/v1/orgs/acme/integrations/counters?ids=" + shared_);
  EXPECT_EQ(month["first_day"], utc_day_text(today - 29));
  EXPECT_EQ(month.find("days." + shared_)->as_array().size(), 30U);
  // Not at this place, gone, or no id at all: left out.
  EXPECT_EQ(get("/v1/products/two/integrations/counters?ids=" + idle_ + ",x,&days=1")["days"], "{}");
  EXPECT_EQ(get("/v1/integrations/counters?ids=" + shared_ + "&days=1")["days"], "{}");
}

TEST_F(Counters, ByDayRefuseWhatIsTooMuch) {
  const auto refused = [&](const std::string& query, std::string_view field) {
    const Reply reply = world_.refused(400, "invalid_request", "expected", "ann", "GET",
                                       "/v1/orgs/acme/integrations/counters?" + query);
    EXPECT_EQ(reply["violations.0.field"], field) << reply.text;
  };
  for (const char* days : {"0", "31", "x", "-1", "1.5", ""}) refused("ids=a&days=" + std::string(days), "days");
  std::string ids;
  for (int i = 0; i < 200; ++i) ids += "a,";
  EXPECT_EQ(get("/v1/orgs/acme/integrations/counters?ids=" + ids).status, 200);
  refused("ids=" + ids + "a", "ids");
  world_.refused(400, "invalid_request", "name the integrations", "ann", "GET",
                 "/v1/orgs/acme/integrations/counters?days=3");
}

TEST_F(Counters, AreNotSentAgainUntilSomethingChanges) {
  for (const char* target : {"/v1/orgs/acme/integrations", "/v1/orgs/acme/integrations/counters"}) {
    const Reply first = get(target);
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.header("Cache-Control"), "private, no-cache");
    const std::string etag = first.header("ETag");
    EXPECT_EQ(get(target, etag).status, 304);
    EXPECT_EQ(get(target, etag).header("ETag"), etag);
    publish("one", kFine);
    const Reply counted = get(target, etag);
    EXPECT_EQ(counted.status, 200);
    EXPECT_EQ(get(target, counted.header("ETag")).status, 304);
    ASSERT_EQ(world_
                  .send("ann", "PATCH", "/v1/orgs/acme/integrations/" + shared_,
                        R"({"name":")" + etag.substr(1, 3) + std::string(target).substr(20, 9) + R"("})")
                  .status,
              200);
    const Reply edited = get(target, counted.header("ETag"));
    EXPECT_EQ(edited.status, 200);
    world_.loop().advance(std::chrono::hours(24));
    EXPECT_EQ(get(target, edited.header("ETag")).status, 200) << "today is another day";
  }
}

TEST_F(Counters, OfOthersAreNotFound) {
  world_.add_user("eve");
  EXPECT_GE(world_.send("eve", "GET", "/v1/orgs/acme/integrations/counters").status, 403);
  EXPECT_EQ(world_.send("eve", "GET", "/v1/integrations/counters")["counters"], "{}");
  const std::string etag = get("/v1/integrations").header("ETag");
  http::Request request;
  request.method = "GET";
  request.target = "/v1/integrations";
  request.headers.add("Authorization", "Bearer eve");
  request.headers.add("If-None-Match", etag);
  EXPECT_EQ(world_.send(std::move(request)).status, 200) << "a tag is good for one user";
}

}  // namespace
}  // namespace fleethook::api
