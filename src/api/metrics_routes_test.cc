// Traffic over time: buckets of a product, hours of an integration.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kHour = std::chrono::hours(1);

class MetricsRoutesTest : public ::testing::Test {
 protected:
  MetricsRoutesTest() {
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    two_ = world_.add_product("ann", acme_, "Two");
    shared_ = world_.add_integration("ann", "/v1/orgs/acme/integrations",
                                     R"({"event":"temp","url":"https://example.com/h","product_ids":["one","two"]})");
    world_.loop().manual_clock().set_now(*parse_iso8601("2026-02-10T12:34:56Z"));
  }
  Instant now() { return world_.loop().clock().now(); }

  void record(const std::string& integration,
              const std::string& product,
              Instant at,
              int count,
              core::OutcomeKind kind = core::OutcomeKind::kSuccess,
              const core::DeviceTraits& device = {}) {
    store::HistoryBatch batch;
    for (int i = 0; i < count; ++i) {
      store::Outcome outcome;
      outcome.integration = world_.store().catalog()->integration(*core::IntegrationId::parse(integration))->number;
      outcome.product = {product.empty() ? 0 : std::stoull(product)};
      outcome.event = core::EventId::make(at, random_);
      outcome.kind = kind;
      outcome.at = at;
      outcome.device = device;
      batch.outcomes.push_back(outcome);
    }
    std::promise<bool> recorded;
    world_.store().record(std::move(batch), [&](const Result<void>& result) { recorded.set_value(result.ok()); });
    ASSERT_TRUE(recorded.get_future().get());
  }
  Reply metrics(const std::string& query) {
    return world_.send("ann", "GET", "/v1/products/one/metrics/integration" + query);
  }
  std::size_t buckets(const std::string& query) {
    const Reply reply = metrics(query);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.find("integrations")->as_array().size();
  }
  void refused(const std::string& query, const std::string& field, std::string_view part) {
    const Reply reply =
        world_.refused(400, "invalid_request", part, "ann", "GET", "/v1/products/one/metrics/integration" + query);
    EXPECT_EQ(reply["violations.0.field"], field) << query;
  }

  TestWorld world_;
  std::string acme_, one_, two_, shared_;
  SeededRandom random_{1};
};

TEST_F(MetricsRoutesTest, BucketsAreAlignedAndLeaveOutWhatIsZero) {
  const std::string other =
      world_.add_integration("ann", "/v1/products/one/integrations", R"({"event":"x","url":"https://example.com/x"})");
  const Instant noon = *parse_iso8601("2026-02-10T12:00:00Z");
  record(shared_, one_, noon, 40);
  record(other, one_, noon + 14 * kMinute, 3, core::OutcomeKind::kError);
  record(shared_, one_, noon + 15 * kMinute, 1, core::OutcomeKind::kSleep);
  record(shared_, two_, noon, 7);
  const Reply reply = metrics("?start_date=2026-02-10T12:05:00Z&end_date=2026-02-10T12:20:00Z");
  EXPECT_EQ(
      reply.text,
      R"({"integrations":[{"time":"2026-02-10T12:00:00.000Z","failure":3},{"time":"2026-02-10T12:15:00.000Z","sleep":1}]})");
  const Reply by_minute = metrics("?start_date=2026-02-10T11:59:59Z&end_date=2026-02-10T12:00:30Z&bucket_size=60");
  EXPECT_EQ(
      by_minute.text,
      R"({"integrations":[{"time":"2026-02-10T11:59:00.000Z"},{"time":"2026-02-10T12:00:00.000Z","success":40}]})");
}

TEST_F(MetricsRoutesTest, TheRangeIsTheLastDayUnlessOneIsGiven) {
  record(shared_, one_, now(), 2);
  record(shared_, one_, now() - 24 * kHour, 1);
  const Reply reply = metrics("");
  const auto& list = reply.find("integrations")->as_array();
  ASSERT_EQ(list.size(), 97U) << "from 12:30 to 12:30, both begun";
  EXPECT_EQ(reply["integrations.0.time"], "2026-02-09T12:30:00.000Z");
  EXPECT_EQ(reply["integrations.0.success"], "1");
  EXPECT_EQ(reply["integrations.1.success"], "(absent)");
  EXPECT_EQ(reply["integrations.96.success"], "2");
  EXPECT_EQ(buckets("?start_date=2026-02-10T12:00:00Z"), 3U) << "to now";
  EXPECT_EQ(buckets("?end_date=2026-02-10T00:00:00Z"), 97U) << "a day before it";
  EXPECT_EQ(buckets("?start_date=2026-02-09&end_date=2026-02-09"), 96U)
      << "a date as the end belongs to the range, all of it";
  EXPECT_EQ(buckets("?start_date=2026-02-10&end_date=2026-02-10"), 51U) << "but nothing is told of what is to come";
  EXPECT_EQ(buckets("?start_date=2026-02-11&end_date=2026-02-12"), 0U);
  EXPECT_EQ(buckets("?start_date=2026-01-20&end_date=2026-02-10&bucket_size=86400"), 8U) << "nor of what was pruned";
  EXPECT_EQ(buckets("?start_date=2026-01-20&end_date=2026-01-22"), 0U);
}

TEST_F(MetricsRoutesTest, BucketsAreWholeMinutes) {
  const std::string hour = "?start_date=2026-02-10T11:00:00Z&end_date=2026-02-10T11:59:59Z&bucket_size=";
  EXPECT_EQ(buckets(hour + "16"), 60U);
  EXPECT_EQ(buckets(hour + "60"), 60U);
  EXPECT_EQ(buckets(hour + "61"), 30U);
  EXPECT_EQ(buckets(hour + "900"), 4U);
  EXPECT_EQ(buckets(hour + "604800"), 1U);
}

TEST_F(MetricsRoutesTest, FiltersByFirmwareOsAndGroup) {
  record(shared_, one_, now(), 5, core::OutcomeKind::kSuccess, {"7", "6.1.0", "canary,eu"});
  record(shared_, one_, now(), 1, core::OutcomeKind::kError, {"8", "6.1.0", "eu"});
  const std::string minute = "?bucket_size=60&start_date=2026-02-10T12:34:00Z";
  EXPECT_EQ(metrics(minute + "&product_fw=7")["integrations.0"], R"({"time":"2026-02-10T12:34:00.000Z","success":5})");
  EXPECT_EQ(metrics(minute + "&product_fw=8")["integrations.0"], R"({"time":"2026-02-10T12:34:00.000Z","failure":1})");
  const std::string both = R"({"time":"2026-02-10T12:34:00.000Z","success":5,"failure":1})";
  EXPECT_EQ(metrics(minute + "&device_os_version=6.1.0")["integrations.0"], both);
  EXPECT_EQ(metrics(minute + "&device_group=eu")["integrations.0"], both);
  EXPECT_EQ(metrics(minute + "&device_group=canary")["integrations.0"],
            R"({"time":"2026-02-10T12:34:00.000Z","success":5})");
  EXPECT_EQ(metrics(minute + "&device_group=eu&product_fw=8")["integrations.0"],
            R"({"time":"2026-02-10T12:34:00.000Z","failure":1})");
  EXPECT_EQ(metrics(minute + "&device_group=canary&product_fw=8")["integrations.0"],
            R"({"time":"2026-02-10T12:34:00.000Z"})");
  EXPECT_EQ(metrics(minute + "&device_os_version=6.2.0")["integrations.0"], R"({"time":"2026-02-10T12:34:00.000Z"})");
  EXPECT_EQ(metrics(minute + "&product_fw=9")["integrations.0"], R"({"time":"2026-02-10T12:34:00.000Z"})");
  EXPECT_EQ(metrics(minute)["integrations.0"], R"({"time":"2026-02-10T12:34:00.000Z","success":5,"failure":1})");
}

TEST_F(MetricsRoutesTest, BadQueriesAreRefusedNamingTheField) {
  for (const char* bad : {"15", "0", "-60", "x", "60s", "", "1.5", "604801", "99999999999999999999"}) {
    refused(std::string("?bucket_size=") + bad, "bucket_size", "more than 15 and at most 604800");
  }
  for (const char* bad : {"", "yesterday", "2026-13-01", "1770000000"}) {
    refused(std::string("?start_date=") + bad, "start_date", "2026-01-31T12:00:00Z");
    refused(std::string("?end_date=") + bad, "end_date", "2026-01-31T12:00:00Z");
  }
  refused("?start_date=2026-02-10T12:00:01Z&end_date=2026-02-10T12:00:00Z", "start_date", "before end_date");
  refused("?start_date=2026-02-11", "start_date", "before end_date");
  refused("?start_date=2026-01-09&end_date=2026-02-10&bucket_size=86400", "start_date", "at most 31 days");
  refused("?start_date=0001-01-01", "start_date", "at most 31 days");
  refused("?start_date=2026-02-03&end_date=2026-02-10&bucket_size=60", "bucket_size",
          "these are 11520 buckets, and at most 10081");
  EXPECT_LE(buckets("?start_date=2026-02-03T12:34:56Z&bucket_size=60"), 10'081U) << "a week by minute is what there is";
  refused("?device_os_version=", "device_os_version", "1 to 64 characters");
  refused("?device_group=", "device_group", "a-z, 0-9");
  refused("?device_group=a,b", "device_group", "a-z, 0-9");
  refused("?product_fw=", "product_fw", "1 to 64 characters");
  refused("?product_fw=" + std::string(65, '1'), "product_fw", "1 to 64 characters");
}

TEST_F(MetricsRoutesTest, OnlyWhoMayReadTheProductSeesItsTraffic) {
  world_.refused(404, "not_found", "there is no product", "bob", "GET", "/v1/products/one/metrics/integration");
  EXPECT_EQ(world_.send("", "GET", "/v1/products/one/metrics/integration").status, 401);
  world_.refused(404, "not_found", "there is no product", "bob", "GET",
                 "/v1/products/one/integrations/" + shared_ + "/history");
  world_.refused(404, "not_found", "there is no organization", "bob", "GET",
                 "/v1/orgs/acme/integrations/" + shared_ + "/history");
  world_.refused(404, "not_found", "Integration not found", "bob", "GET", "/v1/integrations/" + shared_ + "/history");
}

TEST_F(MetricsRoutesTest, TheHistoryHasTheLastWeekByHour) {
  record(shared_, one_, now(), 3);
  record(shared_, two_, now(), 2, core::OutcomeKind::kError);
  record(shared_, two_, now() - 167 * kHour, 1, core::OutcomeKind::kSleep);
  record(shared_, two_, now() - 168 * kHour, 1);
  const Reply all = world_.send("ann", "GET", "/v1/orgs/acme/integrations/" + shared_ + "/history");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all.find("hours")->as_array().size(), 168U);
  EXPECT_EQ(all["hours.0"], R"({"time":"2026-02-03T13:00:00.000Z","success":0,"error":0,"sleep":1,"cancelled":0})");
  EXPECT_EQ(all["hours.1"], R"({"time":"2026-02-03T14:00:00.000Z","success":0,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(all["hours.167"], R"({"time":"2026-02-10T12:00:00.000Z","success":3,"error":2,"sleep":0,"cancelled":0})");
  EXPECT_EQ(all.find("products")->as_array().size(), 2U);
  EXPECT_EQ(all["products.0.id"], one_);
  EXPECT_EQ(all["products.0.slug"], "one");
  EXPECT_EQ(all["products.0.name"], "One");
  EXPECT_EQ(all["products.0.removed"], "(absent)");
  EXPECT_EQ(all["products.0.hours.167.success"], "3");
  EXPECT_EQ(all["products.0.hours.0.sleep"], "0");
  EXPECT_EQ(all["products.1.hours.167.error"], "2");

  const Reply of_one = world_.send("ann", "GET", "/v1/products/one/integrations/" + shared_ + "/history");
  EXPECT_EQ(of_one["hours.167"], R"({"time":"2026-02-10T12:00:00.000Z","success":3,"error":0,"sleep":0,"cancelled":0})")
      << "of that product only";
  EXPECT_EQ(of_one["hours.0.sleep"], "0");
  EXPECT_EQ(of_one["products"], "(absent)");
}

TEST_F(MetricsRoutesTest, AProductThatLeftKeepsItsPastHours) {
  record(shared_, two_, now(), 2);
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/products/two/integrations/" + shared_).status, 200);
  const Reply all = world_.send("ann", "GET", "/v1/orgs/acme/integrations/" + shared_ + "/history");
  EXPECT_EQ(all["hours.167.success"], "2");
  EXPECT_EQ(all["products.1.slug"], "two");
  EXPECT_EQ(all["products.1.removed"], "true");
  EXPECT_EQ(all["products.1.hours.167.success"], "2");
  world_.refused(404, "not_found", "Integration not found", "ann", "GET",
                 "/v1/products/two/integrations/" + shared_ + "/history");
}

TEST_F(MetricsRoutesTest, TheHistoryIsThereInTheSandboxAndNotOnPlanFree) {
  const std::string own =
      world_.add_integration("ann", "/v1/integrations", R"({"event":"temp","url":"https://example.com/h"})");
  record(own, "", now(), 4);
  const Reply reply = world_.send("ann", "GET", "/v1/integrations/" + own + "/history");
  EXPECT_EQ(reply["hours.167.success"], "4");
  EXPECT_EQ(reply["products"], "(absent)");
  world_.refused(404, "not_found", "Integration not found: 'x'", "ann", "GET", "/v1/integrations/x/history");
  world_.refused(404, "not_found", "Integration not found", "ann", "GET", "/v1/integrations/" + shared_ + "/history");
  world_.add_organization("ann", "Poor", "free");
  const Reply refusal = world_.refused(403, "plan_required", "poor is on free", "ann", "GET",
                                       "/v1/orgs/poor/integrations/" + shared_ + "/history");
  EXPECT_EQ(refusal["plans"], R"(["basic","plus","enterprise"])");
}

}  // namespace
}  // namespace fleethook::api
