// What the administrator of the installation sees, and nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AdministrationTest : public ::testing::Test {
 protected:
  AdministrationTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    acme_ = world_.add_organization("ann", "Acme");
    world_.add_product("ann", acme_, "Thermometer");
  }
  delivery::LaneView lane(const std::string& owner, const std::string& host) {
    delivery::LaneView made;
    made.key = {owner, true, host, 443};
    made.in_memory = 5;
    made.in_flight = 2;
    made.due_at = world_.loop().clock().now() + std::chrono::minutes(1);
    return made;
  }

  TestWorld world_;
  std::string acme_;
};

TEST_F(AdministrationTest, IsForTheAdministratorOfTheInstallationAlone) {
  for (const char* path : {"/v1/instance", "/v1/users"})
    world_.refused(403, "forbidden", "this needs the administrator of the installation", "ann", "GET", path);
}

TEST_F(AdministrationTest, ShowsHowTheInstallationDoes) {
  const core::Organization* acme = world_.store().catalog()->organization_by_slug(acme_);
  const core::User* ann = world_.store().catalog()->user_by_name("ann@example.com");
  world_.instance.started_at = world_.loop().clock().now();
  world_.instance.connections = 7;
  world_.instance.lane_count = 3;
  world_.instance.lanes = {lane("o:" + acme->id.str(), "example.com"), lane("u:" + ann->id.str(), "ann.test"),
                           lane("o:000000000000000000000000", "gone.test")};
  world_.instance.lanes[1].due_at = std::nullopt;
  world_.instance.lanes[1].breakers_open = 1;
  world_.instance.lanes[1].breakers = {{{{99}, {}},
                                        delivery::BreakerState::kHalfOpen,
                                        "connect ECONNREFUSED ann.test:443",
                                        world_.loop().clock().now(),
                                        world_.loop().clock().now() + std::chrono::seconds(8)}};
  world_.instance.files = {{"fleethook.db", 4096}, {"fleethook.db-wal", 8192}};
  world_.instance.free_bytes = 1'000'000;
  const Reply reply = world_.send("root", "GET", "/v1/instance");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["version"], FLEETHOOK_VERSION);
  EXPECT_EQ(reply["started_at"], "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(reply["ready"], "true");
  EXPECT_EQ(reply["troubles"], "[]");
  EXPECT_EQ(reply["connections"], "7");
  EXPECT_EQ(reply["streams"], "0");
  EXPECT_EQ(reply["catalog"], R"({"users":2,"organizations":1,"products":1,"devices":0,"integrations":0})");
  EXPECT_EQ(reply["queue"], R"({"events":0,"ready":0,"retry":0,"parked":0})");
  EXPECT_EQ(reply["lane_count"], "3");
  EXPECT_EQ(reply["lanes.0.organization.slug"], acme_);
  EXPECT_EQ(reply["lanes.0.scheme"], "https");
  EXPECT_EQ(reply["lanes.0.host"], "example.com");
  EXPECT_EQ(reply["lanes.0.port"], "443");
  EXPECT_EQ(reply["lanes.0.in_memory"], "5");
  EXPECT_EQ(reply["lanes.0.in_flight"], "2");
  EXPECT_EQ(reply["lanes.0.waiting"], "3");
  EXPECT_EQ(reply["lanes.0.due_at"], "2026-01-01T00:01:00.000Z");
  EXPECT_EQ(reply["lanes.1.organization"], "null");
  EXPECT_EQ(reply["lanes.1.user.username"], "ann@example.com");
  EXPECT_EQ(reply["lanes.1.due_at"], "null");
  EXPECT_EQ(reply["lanes.0.breakers"], "[]");
  EXPECT_EQ(reply["lanes.0.breakers_open"], "0");
  EXPECT_EQ(reply["lanes.1.breakers_open"], "1");
  EXPECT_EQ(reply["lanes.1.breakers"], R"([{"integration_id":null,"product_id":null,"state":"half_open",)"
                                       R"("reason":"connect ECONNREFUSED ann.test:443",)"
                                       R"("since":"2026-01-01T00:00:00.000Z",)"
                                       R"("next_try_at":"2026-01-01T00:00:08.000Z"}])");
  EXPECT_EQ(reply["lanes.2.organization"], "null");
  EXPECT_EQ(reply["storage"], R"([{"name":"fleethook.db","bytes":4096},{"name":"fleethook.db-wal","bytes":8192}])");
  EXPECT_EQ(reply["free_bytes"], "1000000");
  world_.troubles = {"the disk is full"};
  const Reply broken = world_.send("root", "GET", "/v1/instance");
  EXPECT_EQ(broken["ready"], "false");
  EXPECT_EQ(broken["troubles"], R"(["the disk is full"])");
  world_.troubles = {Trouble("requests are not logged", /*stops_it=*/false)};
  EXPECT_EQ(world_.send("root", "GET", "/v1/instance")["ready"], "true");
}

TEST_F(AdministrationTest, ListsPeopleByNameWithWhatTheyHave) {
  world_.send("ann", "PUT", "/v1/user", R"({"account_info":{"first_name":"Ann"}})");
  world_.send("ann", "POST", "/v1/orgs/" + acme_ + "/team", R"({"friendly_name":"bot","scopes":["events:get"]})");
  const Reply reply = world_.send("root", "GET", "/v1/users");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.find("users")->as_array().size(), 2U) << "API users are no people";
  EXPECT_EQ(reply["users.0.username"], "ann@example.com");
  EXPECT_EQ(reply["users.0.name"], "Ann");
  EXPECT_EQ(reply["users.0.administrator"], "false");
  EXPECT_EQ(reply["users.0.created_at"], "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(reply["users.0.organizations"], "1");
  EXPECT_EQ(reply["users.0.tokens"], "1");
  EXPECT_EQ(reply["users.1.administrator"], "true");
  EXPECT_THAT(reply.text, Not(HasSubstr("password")));
}

}  // namespace
}  // namespace fleethook::api
