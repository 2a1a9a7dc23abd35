// Groups of devices: into them, out of them, and what they tell apart.
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

std::string device(int n) {
  std::string id = std::to_string(n);
  return "e00fce68" + std::string(16 - id.size(), '0') + id;
}

class GroupRoutesTest : public ::testing::Test {
 protected:
  GroupRoutesTest() {
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    world_.add_product("ann", acme_, "One");
    world_.add_product("ann", acme_, "Two");
    for (int n = 1; n <= 3; ++n)
      world_.send("ann", "POST", "/v1/products/one/devices", R"({"id":")" + device(n) + "\"}");
    world_.send("ann", "POST", "/v1/products/two/devices", R"({"id":")" + device(9) + "\"}");
  }
  // The numbers of devices, and members of `metadata`.
  static std::string body(const std::vector<int>& devices, const std::string& metadata) {
    std::string text = R"({"action":"groups","devices":[)";
    for (const int n : devices) text += (text.ends_with('[') ? "\"" : ",\"") + device(n) + "\"";
    return text + R"(],"metadata":{)" + metadata + "}}";
  }
  Reply change(const std::vector<int>& devices, const std::string& metadata) {
    return world_.send("ann", "PUT", "/v1/products/one/devices", body(devices, metadata));
  }
  void refused(const std::string& sent, const std::string& field, std::string_view part) {
    const Reply reply = world_.refused(400, "invalid_request", part, "ann", "PUT", "/v1/products/one/devices", sent);
    EXPECT_EQ(reply["violations.0.field"], field) << sent;
  }
  std::string groups_of(int n) { return world_.send("ann", "GET", "/v1/products/one/devices/" + device(n))["groups"]; }

  TestWorld world_;
  std::string acme_;
};

TEST_F(GroupRoutesTest, ManyDevicesAreGroupedAtOnce) {
  EXPECT_EQ(change({1, 2}, R"("add":["eu","canary","eu"])").text, R"({"ok":true})");
  EXPECT_EQ(change({2, 3}, R"("add":["eu"],"remove":["canary"])").text, R"({"ok":true})");
  EXPECT_EQ(groups_of(1), R"(["canary","eu"])");
  EXPECT_EQ(groups_of(2), R"(["eu"])");
  const Reply list = world_.send("ann", "GET", "/v1/products/one/groups");
  EXPECT_EQ(list["groups.0"],
            R"({"name":"canary","description":null,"fw_version":null,"color":null,"device_count":1})");
  EXPECT_EQ(list["groups.1.name"], "eu");
  EXPECT_EQ(list["groups.1.device_count"], "3");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/groups?name=can").find("groups")->as_array().size(), 1U);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one")["product.groups"], R"(["canary","eu"])");
  const auto listed = [&](const std::string& groups) {
    return world_.send("ann", "GET", "/v1/products/one/devices?groups=" + groups).find("devices")->as_array().size();
  };
  EXPECT_EQ(listed("canary"), 1U);
  EXPECT_EQ(listed("none%2Ccanary%2Ceu"), 3U) << "in one of them";
  EXPECT_EQ(listed("can"), 0U);
}

TEST_F(GroupRoutesTest, ADeviceIsGivenItsGroupsAndVersions) {
  const std::string one = "/v1/products/one/devices/" + device(1);
  const Reply changed = world_.send(
      "ann", "PUT", one, R"({"groups":["b","a","b"],"system_firmware_version":"6.1.0","firmware_version":"7"})");
  EXPECT_EQ(changed["groups"], R"(["a","b"])");
  EXPECT_EQ(changed["system_firmware_version"], "6.1.0");
  EXPECT_EQ(world_.send("ann", "PUT", one, R"({"name":"Pump"})")["groups"], R"(["a","b"])") << "left alone";
  EXPECT_EQ(world_.send("ann", "PUT", one, "groups[]=c", "application/x-www-form-urlencoded")["groups"], R"(["c"])");
  EXPECT_EQ(world_.send("ann", "PUT", one, R"({"groups":[],"system_firmware_version":""})")["system_firmware_version"],
            "null");
  EXPECT_EQ(groups_of(1), "[]");
  const auto bad = [&](const std::string& sent, const std::string& field, std::string_view part) {
    EXPECT_EQ(world_.refused(400, "invalid_request", part, "ann", "PUT", one, sent)["violations.0.field"], field)
        << sent;
  };
  bad(R"({"groups":"a"})", "groups", "an array");
  bad(R"({"groups":["a","B"]})", "groups[1]", "a-z, 0-9");
  bad(R"({"groups":["a",1]})", "groups[1]", "a-z, 0-9");
  bad(R"({"system_firmware_version":")" + std::string(65, '1') + "\"}", "system_firmware_version", "at most 64");
  std::string many = R"({"groups":["x")";
  for (std::size_t i = 0; i < Limits{}.groups_per_device_max; ++i) many += ",\"g" + std::to_string(i) + "\"";
  bad(many + "]}", "groups", "at most 32 groups");
}

TEST_F(GroupRoutesTest, BadRequestsAreRefusedNamingTheField) {
  const std::string id = "\"" + device(1) + "\"";
  refused(R"({"devices":[)" + id + R"(],"metadata":{"add":["a"]}})", "action", "expected groups");
  refused(R"({"action":"groups","metadata":{"add":["a"]}})", "devices", "at least one");
  refused(body({}, R"("add":["a"])"), "devices", "at least one");
  refused(R"({"action":"groups","devices":[)" + id + R"(,"x"],"metadata":{"add":["a"]}})", "devices[1]",
          "24 hex digits");
  refused(body({1, 9}, R"("add":["a"])"), "devices[1]", "is not in product one");
  refused(R"({"action":"groups","devices":[)" + id + "]}", "metadata", "an object");
  refused(body({1}, ""), "metadata", "at least one group");
  refused(body({1}, R"("add":["a"],"remove":["b","a"])"), "metadata", "both to add and to remove");
  refused(body({1}, R"("add":"a")"), "metadata.add", "an array");
  refused(body({1}, R"("remove":["A"])"), "metadata.remove[0]", "a-z, 0-9");
  EXPECT_EQ(groups_of(1), "[]");
}

TEST_F(GroupRoutesTest, DeletingAGroupTakesEveryDeviceOutOfIt) {
  change({1, 2, 3}, R"("add":["eu"])");
  change({1}, R"("add":["canary"])");
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/products/one/groups/eu").status, 204);
  EXPECT_EQ(groups_of(1), R"(["canary"])");
  EXPECT_EQ(groups_of(3), "[]");
  world_.refused(404, "not_found", "there is no group 'eu' in product one", "ann", "DELETE",
                 "/v1/products/one/groups/eu");
  world_.refused(404, "not_found", "there is no product", "bob", "DELETE", "/v1/products/one/groups/canary");
}

TEST_F(GroupRoutesTest, LeavingTheProductIsLeavingItsGroups) {
  change({1}, R"("add":["eu"])");
  world_.send("ann", "DELETE", "/v1/products/one/devices/" + device(1));
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/one/groups")["groups"], "[]");
  world_.send("ann", "POST", "/v1/products/two/devices", R"({"id":")" + device(1) + "\"}");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/two/devices/" + device(1))["groups"], "[]");
}

TEST_F(GroupRoutesTest, TheAuditLogSaysWhoWasGrouped) {
  change({1, 2}, R"("add":["eu"])");
  change({1}, R"("add":["eu"])");
  const Reply log = world_.send("ann", "GET", "/v1/orgs/acme/audit");
  EXPECT_EQ(log["audit.0.action"], "device.groups_changed");
  EXPECT_EQ(log["audit.0.changes.devices.to"], "[\"" + device(1) + "\",\"" + device(2) + "\"]") << log.text;
  EXPECT_NE(log["audit.1.action"], "device.groups_changed") << "what changes nothing is not told";
}

// The whole way: what the device is when it publishes goes with its event and tells the outcome apart.
TEST_F(GroupRoutesTest, TrafficOfAGroupIsThatOfTheDevicesThatWereInItWhenTheyPublished) {
  world_.add_integration("ann", "/v1/products/one/integrations",
                         R"({"event":"temp","url":"http://receiver.example/h"})");
  change({1, 2}, R"("add":["canary"])");
  world_.send("ann", "PUT", "/v1/products/one/devices/" + device(1), R"({"system_firmware_version":"6.1.0"})");
  const auto publish = [&](int n) {
    return world_
        .fired("ann", "/v1/products/one/events", R"({"name":"temp","data":"1","as_device_id":")" + device(n) + "\"}")
        .size();
  };
  for (int n = 1; n <= 3; ++n) ASSERT_EQ(publish(n), 1U);
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/products/one/groups/canary").status, 204);
  ASSERT_EQ(publish(1), 1U);
  const auto successes = [&](const std::string& filter) {
    std::int64_t sum = 0;
    const Reply reply = world_.send("ann", "GET", "/v1/products/one/metrics/integration?bucket_size=86400&" + filter);
    for (const json::Value& bucket : reply.find("integrations")->as_array()) {
      if (const json::Value* success = bucket.find("success")) sum += success->as_int();
    }
    return sum;
  };
  EXPECT_EQ(successes(""), 4);
  EXPECT_EQ(successes("device_group=canary"), 2);
  EXPECT_EQ(successes("device_os_version=6.1.0"), 2);
  EXPECT_EQ(successes("device_os_version=6.1.0&device_group=canary"), 1);
}

}  // namespace
}  // namespace fleethook::api
