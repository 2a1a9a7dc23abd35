// Organizations, products and devices.
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

class ProductRoutesTest : public ::testing::Test {
 protected:
  ProductRoutesTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme Inc");
    one_ = world_.add_product("ann", acme_, "One");
    devices_ = "/v1/products/" + one_ + "/devices";
  }
  static std::string device(int n) {
    std::string id = std::to_string(n);
    return std::string(24 - id.size(), '0') + id;
  }
  TestWorld world_;
  std::string acme_, one_, devices_;
};

TEST_F(ProductRoutesTest, OrganizationsHaveWhatClientsReadAndOurAdditions) {
  EXPECT_EQ(acme_, "acme-inc");
  const Reply list = world_.send("ann", "GET", "/v1/orgs/");  // some official code has the trailing slash
  EXPECT_EQ(list["organizations.0.slug"], "acme-inc");
  EXPECT_EQ(list["organizations.0.name"], "Acme Inc");
  EXPECT_EQ(list["organizations.0.id"].size(), 24U);
  const Reply one = world_.send("ann", "GET", "/v1/orgs/" + list["organizations.0.id"]);
  EXPECT_EQ(one["organization.slug"], "acme-inc");
  EXPECT_EQ(one["organization.plan"], "enterprise");
  EXPECT_EQ(one["organization.group_identical"], "auto");
  const Reply small = world_.send("bob", "POST", "/v1/orgs", "name=Small&slug=small-1&plan=growth", kForm);
  EXPECT_EQ(small.status, 201);
  EXPECT_EQ(small["organization.plan"], "basic");  // growth is an alias
  EXPECT_EQ(world_.send("bob", "GET", "/v1/orgs")["organizations.1"], "(absent)") << "only one's own";
  EXPECT_NE(world_.send("root", "GET", "/v1/orgs")["organizations.1"], "(absent)") << "the administrator sees all";
}

TEST_F(ProductRoutesTest, RefusesOrganizationsThatCannotBe) {
  const struct {
    const char *body, *part;
  } cases[] = {
      {R"({})", "name: expected 1 to 128"},
      {R"({"name":"  "})", "name: expected 1 to 128"},
      {R"({"name":7})", "name: expected text"},
      {R"({"name":"a\u0000b"})", "name: must not have control characters"},
      {R"({"name":"a\u0085b"})", "name: must not have control characters"},
      {R"({"name":"a\u2028b"})", "name: must not have control characters"},
      {R"({"name":"\u202ecba"})", "name: must not have control characters"},
      {R"({"name":"a\u200bb"})", "name: must not have control characters"},
      {R"({"name":"x","slug":"A"})", "slug: expected lower-case"},
      {R"({"name":"x","slug":"123"})", "slug: expected lower-case"},
      {R"({"name":"x","slug":"-a"})", "slug: expected lower-case"},
      {R"({"name":"x","plan":"gold"})", "plan: expected one of free, basic, plus, enterprise"},
  };
  for (const auto& c : cases) world_.refused(400, "invalid_request", c.part, "bob", "POST", "/v1/orgs", c.body);
  world_.refused(409, "conflict", "taken", "bob", "POST", "/v1/orgs", R"({"name":"x","slug":"acme-inc"})");
}

TEST_F(ProductRoutesTest, ThePlanIsTheInstallationAdministratorsMatter) {
  EXPECT_EQ(
      world_.send("ann", "PUT", "/v1/orgs/acme-inc", R"({"name":"New","group_identical":"off"})")["organization.name"],
      "New");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme-inc")["organization.group_identical"], "off");
  EXPECT_EQ(world_.send("ann", "PUT", "/v1/orgs/acme-inc", R"({"plan":"enterprise"})").status, 200)
      << "nothing changes";
  world_.refused(403, "forbidden", "administrator of this installation", "ann", "PUT", "/v1/orgs/acme-inc",
                 R"({"plan":"free"})");
  EXPECT_EQ(world_.send("root", "PUT", "/v1/orgs/acme-inc", R"({"plan":"plus"})")["organization.plan"], "plus");
  world_.refused(400, "invalid_request", "plan", "root", "PUT", "/v1/orgs/acme-inc", R"({"plan":"gold"})");
  world_.refused(400, "invalid_request", "auto, suggest, off", "ann", "PUT", "/v1/orgs/acme-inc",
                 R"({"group_identical":"yes"})");
  world_.refused(404, "not_found", "acme-inc", "bob", "PUT", "/v1/orgs/acme-inc", R"({"name":"Bob's"})");
}

TEST_F(ProductRoutesTest, ProductsOfUsersAndOfOrganizations) {
  const Reply made = world_.send(
      "ann", "POST", "/v1/user/products/",
      R"({"product":{"name":"My Product","platform_id":13,"description":"d","settings":{"location":{"opt_in":false}}}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["ok"], "true");
  EXPECT_EQ(made["product.slug"], "my-product");
  EXPECT_TRUE(made.find("product.id")->is_int());
  EXPECT_EQ(made["product.platform_id"], "13");
  EXPECT_EQ(made["product.user"], "ann@example.com");
  EXPECT_EQ(made["product.organization_id"], "(absent)");
  EXPECT_EQ(made["product.device_count"], "0");
  EXPECT_EQ(made["product.groups"], "[]");
  const Reply by_slug = world_.send("ann", "GET", "/v1/products/my-product");
  EXPECT_EQ(by_slug["product.id"], made["product.id"]);
  EXPECT_EQ(by_slug["product.settings"], R"({"location":{"opt_in":false}})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/" + one_)["product.org"], "Acme Inc");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/" + one_)["product.user"], "(absent)");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products").text, world_.send("ann", "GET", "/v1/user/products/").text);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products").find("products")->as_array().size(), 2U);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme-inc/products").find("products")->as_array().size(), 1U);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/products").text, R"({"products":[]})");
}

TEST_F(ProductRoutesTest, AProductIsCalledOtherwiseAndKeepsItsId) {
  const std::string at = "/v1/products/one";
  const std::string id = one_;
  const Reply changed =
      world_.send("ann", "PUT", at, R"({"name":"Pump Two","slug":"pump-two","description":"in the cellar"})");
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed["ok"], "true");
  EXPECT_EQ(changed["product.id"], id);
  EXPECT_EQ(changed["product.name"], "Pump Two");
  EXPECT_EQ(changed["product.slug"], "pump-two");
  EXPECT_EQ(changed["product.description"], "in the cellar");
  EXPECT_EQ(changed["product.org"], "Acme Inc");
  world_.refused(404, "not_found", "one", "ann", "GET", at);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/" + id)["product.slug"], "pump-two");
  EXPECT_EQ(world_.send("ann", "PUT", "/v1/products/" + id, R"({"description":""})")["product.name"], "Pump Two")
      << "what is not sent stays";
  EXPECT_EQ(world_.send("ann", "GET", "/v1/products/pump-two")["product.description"], "");
}

TEST_F(ProductRoutesTest, RefusesNamesAndSlugsThatAProductCannotHave) {
  world_.add_product("ann", acme_, "Two");
  const std::string at = "/v1/products/" + one_;
  world_.refused(400, "invalid_request", "name: expected 1 to 128", "ann", "PUT", at, R"({"name":" "})");
  world_.refused(400, "invalid_request", "slug: expected lower-case", "ann", "PUT", at, R"({"slug":"10001"})");
  world_.refused(400, "invalid_request", "description", "ann", "PUT", at, R"({"description":[]})");
  world_.refused(409, "conflict", "taken", "ann", "PUT", at, R"({"slug":"two"})");
  world_.refused(404, "not_found", one_, "bob", "PUT", at, R"({"name":"Bob's"})");
  EXPECT_EQ(world_.send("ann", "GET", at)["product.name"], "One");
}

TEST_F(ProductRoutesTest, RefusesProductsThatCannotBe) {
  const struct {
    const char *body, *part;
  } cases[] = {
      {R"({"name":"x"})", "product: expected an object"},
      {R"({"product":{}})", "name: expected"},
      {R"({"product":{"name":"x","platform_id":"abc"}})", "platform_id: expected a whole number"},
      {R"({"product":{"name":"x","settings":1}})", "settings: expected an object"},
      {R"({"product":{"name":"x","slug":"10001"}})", "slug: expected"},
  };
  for (const auto& c : cases)
    world_.refused(400, "invalid_request", c.part, "ann", "POST", "/v1/orgs/acme-inc/products", c.body);
  world_.refused(409, "conflict", "taken", "ann", "POST", "/v1/products", R"({"product":{"name":"x","slug":"one"}})");
  EXPECT_EQ(world_.send("ann", "POST", "/v1/products", "product[name]=F&product[platform_id]=6",
                        kForm)["product.platform_id"],
            "6");
}

// To a stranger, what others own does not exist.
TEST_F(ProductRoutesTest, StrangersSeeNothing) {
  const std::string own = world_.add_product("ann", "", "Own");
  ASSERT_EQ(world_.send("ann", "POST", devices_, R"({"id":")" + device(1) + "\"}").status, 200);
  for (const Route& route : world_.router().routes()) {
    const bool of_product = route.pattern.starts_with("/v1/products/:product");
    const bool of_organization = route.pattern.starts_with("/v1/orgs/:organization");
    if (!of_product && !of_organization) continue;
    for (const std::string& name : of_product ? std::vector<std::string>{one_, "one", own, "99999"}
                                              : std::vector<std::string>{"acme-inc", "none"}) {
      std::string path(route.pattern);
      const auto fill = [&](std::string_view parameter, const std::string& value) {
        if (const std::size_t at = path.find(parameter); at != std::string::npos)
          path.replace(at, parameter.size(), value);
      };
      fill(":organization", name);
      fill(":product", of_product ? name : one_);
      fill(":device", device(1));
      fill(":id", std::string(24, 'a'));
      const Reply reply = world_.refused(404, "not_found", "there is no", "bob", route.method, path,
                                         route.method == "GET" ? "" : R"({"name":"x"})");
      EXPECT_FALSE(reply.streams);
    }
  }
}

// --- devices
// ---------------------------------------------------------------------------------------------------------------------------

TEST_F(ProductRoutesTest, ImportsDevicesInEveryForm) {
  const Reply single = world_.send("ann", "POST", devices_, R"({"id":")" + device(1) + "\"}");
  EXPECT_EQ(single.text,
            R"({"updated":1,"updatedDeviceIds":[")" + device(1) +
                R"("],"existingDeviceIds":[],"nonmemberDeviceIds":[],"invalidDeviceIds":[],"protectedDeviceIds":[]})");
  const Reply list =
      world_.send("ann", "POST", devices_,
                  R"({"ids":[")" + device(1) + R"(",")" + device(2) + R"(","0123456789ABCDEF01234567","nonsense",")" +
                      device(2) + R"("],"import_sims":false})");
  EXPECT_EQ(list["updatedDeviceIds"], R"([")" + device(2) + R"(","0123456789abcdef01234567"])");
  EXPECT_EQ(list["existingDeviceIds"], R"([")" + device(1) + "\"]");
  EXPECT_EQ(list["invalidDeviceIds"], R"(["nonsense"])");
  EXPECT_EQ(world_.send("ann", "POST", devices_, "ids[]=" + device(3) + "&ids[]=" + device(4), kForm)["updated"], "2");
  const std::string file =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: "
      "application/octet-stream\r\n\r\n" +
      device(5) + "\r\n\n  " + device(6) + "\n\r\n--b--\r\n";
  EXPECT_EQ(world_.send("ann", "POST", devices_ + "?claim_user=ann@example.com", file,
                        "multipart/form-data; boundary=b")["updated"],
            "2");
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(5))["owner"], "ann@example.com");
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(5))["claim_pending"], "false");
  const std::string two = world_.add_product("ann", acme_, "Two");
  const Reply taken = world_.send("ann", "POST", "/v1/products/two/devices", R"({"id":")" + device(1) + "\"}");
  EXPECT_EQ(taken["nonmemberDeviceIds"], R"([")" + device(1) + "\"]");
  EXPECT_EQ(taken["updated"], "0");
  EXPECT_EQ(world_.send("ann", "POST", devices_, R"({"id":"zz"})")["invalidDeviceIds"], R"(["zz"])");
}

TEST_F(ProductRoutesTest, RefusesImportsThatNameNothing) {
  world_.refused(400, "invalid_request", "at least one device", "ann", "POST", devices_, "{}");
  world_.refused(400, "invalid_request", "ids: expected an array", "ann", "POST", devices_, R"({"ids":"x"})");
  world_.refused(400, "invalid_request", "ids: expected an array", "ann", "POST", devices_, R"({"ids":[1]})");
  world_.refused(400, "invalid_request", "boundary", "ann", "POST", devices_, "x", "multipart/form-data");
  world_.refused(400, "invalid_request", "claim_user", "ann", "POST", devices_,
                 R"({"id":")" + device(1) + R"(","claim_user":"no@body.x"})");
  EXPECT_EQ(world_.send("ann", "GET", devices_)["meta.total"], "0") << "nothing is half done";
  std::string many = R"({"ids":["x")";
  for (std::size_t i = 0; i < Limits{}.devices_per_import_max; ++i) many += ",\"x\"";
  world_.refused(400, "invalid_request", "at most 10000 devices", "ann", "POST", devices_, many + "]}");
}

TEST_F(ProductRoutesTest, ListsDevicesByPages) {
  std::string ids;
  for (int i = 1; i <= 30; ++i) ids += (i == 1 ? "\"" : ",\"") + device(i) + "\"";
  ASSERT_EQ(world_.send("ann", "POST", devices_, "{\"ids\":[" + ids + "]}")["updated"], "30");
  const Reply first = world_.send("ann", "GET", devices_);
  EXPECT_EQ(first.find("devices")->as_array().size(), 25U);
  EXPECT_EQ(first["devices.0.id"], device(1));
  EXPECT_EQ(first["meta"], R"({"page":1,"per_page":25,"total_pages":2,"total":30})");
  EXPECT_EQ(first["customers"], "[]");
  for (const char* name : {"per_page", "perPage"}) {
    const Reply page = world_.send("ann", "GET", devices_ + "?page=3&" + name + "=7&groups=");
    EXPECT_EQ(page["devices.0.id"], device(15));
    EXPECT_EQ(page["meta.total_pages"], "5");
  }
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "?page=9").find("devices")->as_array().size(), 0U);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "?deviceId=030").find("devices")->as_array().size(), 1U);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "?sortAttr=deviceId&sortDir=desc")["devices.0.id"], device(30));
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "?per_page=5000")["meta.per_page"], "100");
  for (const char* query : {"?page=0", "?page=x", "?per_page=-1", "?per_page="}) {
    world_.refused(400, "invalid_request", "expected a number", "ann", "GET", devices_ + query);
  }
}

TEST_F(ProductRoutesTest, ChangesAndRemovesADevice) {
  world_.send("ann", "POST", devices_, R"({"id":")" + device(1) + "\"}");
  const std::string one = devices_ + "/" + device(1);
  EXPECT_EQ(world_.send("ann", "PUT", one, R"({"name":"Pump","development":"true","firmware_version":"3"})").status,
            200);
  world_.refused(400, "invalid_request", "at most 64 characters", "ann", "PUT", one,
                 R"({"firmware_version":")" + std::string(65, '3') + "\"}");
  const Reply got = world_.send("ann", "GET", "/v1/products/one/devices/" + device(1));
  EXPECT_EQ(got["name"], "Pump");
  EXPECT_EQ(got["development"], "true");
  EXPECT_EQ(got["firmware_version"], "3");
  EXPECT_EQ(got["product_id"], one_);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "?deviceName=puM").find("devices")->as_array().size(), 1U);
  EXPECT_EQ(world_.send("ann", "DELETE", one, R"({"deny":false})").status, 204);  // the SDK sends a body
  world_.refused(404, "not_found", "there is no device", "ann", "GET", one);
  world_.refused(404, "not_found", "there is no device", "ann", "DELETE", one, "{}");
}

TEST_F(ProductRoutesTest, ClaimsAndReleases) {
  EXPECT_EQ(world_.send("bob", "POST", "/v1/devices", "id=" + device(7), kForm)["id"], device(7));
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices")["0.id"], device(7));
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices/" + device(7))["owner"], "bob@example.com");
  world_.refused(404, "not_found", "there is no device", "ann", "GET", "/v1/devices/" + device(7));
  world_.refused(403, "forbidden", "another user", "ann", "POST", "/v1/devices", R"({"id":")" + device(7) + "\"}");
  world_.refused(400, "invalid_request", "24 hex digits", "ann", "POST", "/v1/devices", R"({"id":"7"})");
  EXPECT_EQ(world_.send("bob", "DELETE", "/v1/devices/" + device(7)).text, R"({"ok":true})");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices").text, "[]");
  world_.send("ann", "POST", devices_ + "?claim_user=ann@example.com", R"({"id":")" + device(8) + "\"}");
  EXPECT_EQ(world_.send("ann", "DELETE", devices_ + "/" + device(8) + "/owner").text, R"({"ok":true})");
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(8))["owner"], "null");
}

TEST_F(ProductRoutesTest, ADeviceThatIsMeantForAMemberIsHisOnceHeClaimsIt) {
  const std::string body = R"({"ids":[")" + device(1) + R"("],"claim_user":"bob@example.com"})";
  const Reply stranger = world_.refused(400, "invalid_request", "claim_user: there is no user 'bob@example.com' with",
                                        "ann", "POST", devices_, body);
  const Reply nobody =
      world_.refused(400, "invalid_request", "claim_user: there is no user 'nob@example.com' with", "ann", "POST",
                     devices_, R"({"ids":[")" + device(1) + R"("],"claim_user":"nob@example.com"})");
  EXPECT_EQ(stranger.text.size(), nobody.text.size()) << "the words are the same";
  EXPECT_EQ(world_.send("ann", "GET", devices_)["meta.total"], "0") << "nothing is half done";
  ASSERT_EQ(world_.join("ann", "/v1/orgs/acme-inc/team", "bob", "Support").status, 200);
  world_.refused(400, "invalid_request", "the role Developer or higher", "ann", "POST", devices_, body);
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/orgs/acme-inc/team/bob@example.com", R"({"role":"Developer"})").status, 200);
  EXPECT_EQ(world_.send("ann", "POST", devices_, body)["updatedDeviceIds"], R"([")" + device(1) + R"("])");
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(1))["owner"], "bob@example.com");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices/" + device(1))["claim_pending"], "true");
  world_.refused(400, "invalid_request", "is not one of yours", "bob", "POST", "/v1/devices/events",
                 R"({"name":"n","as_device_id":")" + device(1) + "\"}");
  EXPECT_EQ(world_.send("ann", "POST", devices_ + "?claim_user=ann@example.com",
                        R"({"id":")" + device(1) + "\"}")["protectedDeviceIds"],
            R"([")" + device(1) + R"("])");
  EXPECT_EQ(world_.send("bob", "POST", "/v1/devices", R"({"id":")" + device(1) + "\"}").status, 200);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices")["0.claim_pending"], "false");
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/orgs/acme-inc/team/bob@example.com").status, 200);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(1))["owner"], "null");
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices").text, "[]");
}

TEST_F(ProductRoutesTest, WhatAStrangerHasClaimedIsTheFleetsAllTheSameAndTellsNeitherOfTheOther) {
  const std::string id = R"({"id":")" + device(1) + "\"}";
  ASSERT_EQ(world_.send("bob", "POST", "/v1/devices", id).status, 200);
  EXPECT_EQ(world_.send("ann", "POST", devices_, id)["updated"], "1");
  ASSERT_EQ(world_.send("ann", "PUT", devices_ + "/" + device(1), R"({"name":"Pump","groups":["eu"]})").status, 200);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(1))["owner"], "null");
  const Reply his = world_.send("bob", "GET", "/v1/devices/" + device(1));
  EXPECT_EQ(his["owner"], "bob@example.com");
  EXPECT_EQ(his["name"], "null");
  EXPECT_EQ(his["product_id"], "null");
  EXPECT_EQ(his.text.find("eu"), std::string::npos);
  EXPECT_EQ(
      world_.send("bob", "POST", "/v1/devices/events", R"({"name":"n","as_device_id":")" + device(1) + "\"}").status,
      200);
  EXPECT_EQ(world_.send("ann", "GET", devices_ + "/" + device(1))["last_heard"], "null");
  EXPECT_EQ(world_.send("ann", "DELETE", devices_ + "/" + device(1) + "/owner").status, 200);
  EXPECT_EQ(world_.send("bob", "GET", "/v1/devices/" + device(1)).status, 200) << "not hers to release";
  EXPECT_EQ(world_.send("bob", "DELETE", "/v1/devices/" + device(1)).status, 200);
  world_.refused(403, "forbidden", "not a member of", "bob", "POST", "/v1/devices", id);
}

// Claiming shows a device's events: a stranger must not get at a fleet's this way.
TEST_F(ProductRoutesTest, AFleetsDeviceIsNotForStrangersToClaim) {
  world_.send("ann", "POST", devices_, R"({"id":")" + device(1) + "\"}");
  world_.refused(403, "forbidden", "not a member of", "bob", "POST", "/v1/devices", R"({"id":")" + device(1) + "\"}");
  EXPECT_EQ(world_.send("ann", "POST", "/v1/devices", R"({"id":")" + device(1) + "\"}").status, 200);
}

}  // namespace
}  // namespace fleethook::api
