// The rules of organization integrations, each under its number (O1-O21 of the reference), and the states that a shared
// integration goes through, as its users see them: through the API, with events that a receiver gets.
#include "api/sharing_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SharingRulesTest : public SharingTest {
 protected:
  void set_organization(const std::string& body) {
    ASSERT_EQ(world_.send("root", "PUT", "/v1/orgs/acme", body).status, 200);
  }
};

// --- O1 to O21 ---

TEST_F(SharingRulesTest, O1_EachPaidPlanHasThemAndFreeHasNot) {
  for (const char* plan : {"basic", "growth", "plus", "enterprise"}) {
    set_organization(R"({"plan":")" + std::string(plan) + "\"}");
    EXPECT_EQ(org("POST", "", hook(plan, R"("product_ids":["a"])")).status, 201) << plan;
  }
  set_organization(R"({"plan":"growth"})");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme")["organization.plan"], "basic");
  set_organization(R"({"plan":"free"})");
  const Reply reply = refused(403, "plan_required", "acme is on free", "POST", "/v1/orgs/acme/integrations",
                              hook("x", R"("product_ids":["a"])"));
  EXPECT_THAT(reply["error"], HasSubstr("basic, plus, enterprise"));
  EXPECT_EQ(reply["plans"], R"(["basic","plus","enterprise"])");
}

TEST_F(SharingRulesTest, O1_WhatIsSharedOutlivesALowerPlanAndProductsCanStillGoTheirOwnWay) {
  const std::string id = shared("h", "", R"(["a","b","c"])");
  set_organization(R"({"plan":"free"})");
  const std::string one = "/v1/orgs/acme/integrations/" + id;
  const std::pair<const char*, std::string> closed[] = {
      {"GET", "/v1/orgs/acme/integrations"},
      {"GET", one},
      {"PUT", one},
      {"PATCH", one},
      {"DELETE", one},
      {"GET", one + "/versions"},
      {"GET", one + "/versions/1"},
      {"POST", one + "/rollback"},
      {"POST", one + "/merge"},
      {"POST", one + "/stage"},
      {"POST", one + "/promote"},
      {"POST", one + "/discard"},
      {"PUT", one + "/products/a/override"},
      {"DELETE", one + "/products/a/override"},
      {"POST", one + "/pause"},
      {"POST", one + "/resume"},
      {"POST", one + "/test"},
      {"POST", one + "/preview"},
      {"GET", one + "/history"},
      {"GET", one + "/products/a/variables"},
      {"PUT", one + "/products/a/variables"},
      {"PATCH", one + "/products/a/variables"},
  };
  for (const auto& [method, path] : closed) {
    refused(403, "plan_required", "basic, plus, enterprise", method, path,
            std::string_view(method) == "GET" ? "" : "{}");
  }
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_}) << "it keeps running";
  EXPECT_EQ(on("a", "GET", "/" + id)["integration.shared"], "true");
  EXPECT_EQ(on("a", "POST", "/" + id + "/separate", R"({"name":"Mine"})").status, 201);
  EXPECT_EQ(on("b", "DELETE", "/" + id).status, 200);
  EXPECT_EQ(on("c", "PATCH", "/" + id, R"({"name":"Alone now"})").status, 200);
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_});
  EXPECT_EQ(fired("b"), Targets{});
  EXPECT_EQ(on("b", "POST", "", hook("h", R"("name":"Alone now")"))["joined"], "false") << "nothing new becomes shared";
}

TEST_F(SharingRulesTest, O2_AnEventFiresAndIsAnsweredAsWithAProductIntegration) {
  shared("h");
  const std::string own = world_.add_integration("ann", "/v1/products/c/integrations", hook("h"));
  const auto from_a = requests("a"), from_c = requests("c");
  ASSERT_EQ(from_a.size(), 1U);
  ASSERT_EQ(from_c.size(), 1U);
  for (const char* part : {"POST /h/", "event=temp", "data=21", "coreid=api"}) {
    EXPECT_THAT(from_a[0], HasSubstr(part));
    EXPECT_THAT(from_c[0], HasSubstr(part));
  }
  const Reply shared_one = on("a", "GET", "");
  for (const char* member : {"0.responseTopic", "0.errorResponseTopic"})
    EXPECT_EQ(shared_one[member], on("c", "GET", "")[member]);
  EXPECT_THAT(shared_one["0.responseTopic"], HasSubstr("{{PARTICLE_DEVICE_ID}}/hook-response/"));
}

TEST_F(SharingRulesTest, O3_O4_TheOrganizationsListHasAllOfItsProductsAndSaysWhichAreShared) {
  const std::string both = shared();
  const std::string own = world_.add_integration("ann", "/v1/products/c/integrations", hook("own"));
  world_.add_integration("ann", "/v1/integrations", hook("sandbox"));
  const Reply list = org("GET", "");
  ASSERT_EQ(list.body.as_array().size(), 2U) << list.text;
  EXPECT_EQ(list["0.id"], both);
  EXPECT_EQ(list["0.shared"], "true");
  EXPECT_EQ(list["0.product_ids"], ids({a_, b_}));
  EXPECT_EQ(list["1.id"], own);
  EXPECT_EQ(list["1.shared"], "false");
  EXPECT_EQ(list["1.product_ids"], ids({c_}));
}

TEST_F(SharingRulesTest, O5_O10_O11_TrafficIsSummedAndShownPerProductWithItsIdSlugAndName) {
  const std::string id = shared();
  fired("a");
  fired("a");
  world_.receiver_says = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
  fired("b");
  const std::string sum = R"({"success":2,"error":1,"sleep":0,"cancelled":0})";
  EXPECT_EQ(org("GET", "")["0.todayCounters"], sum);
  const Reply view = org("GET", "/" + id);
  EXPECT_EQ(view["integration.todayCounters"], sum);
  EXPECT_EQ(view["integration.counters.29.success"], "2");
  EXPECT_EQ(view["integration.products.0.todayCounters"], R"({"success":2,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(view["integration.products.0.counters.29.success"], "2");
  EXPECT_EQ(view["integration.products.1.todayCounters"], R"({"success":0,"error":1,"sleep":0,"cancelled":0})");
  EXPECT_EQ(view["integration.products.1.id"], b_);
  EXPECT_EQ(view["integration.products.1.slug"], "b");
  EXPECT_EQ(view["integration.products.1.name"], "B");
  EXPECT_EQ(on("a", "GET", "/" + id)["integration.todayCounters"],
            R"({"success":2,"error":0,"sleep":0,"cancelled":0})");
}

TEST_F(SharingRulesTest, O6_O7_O8_ProductsAreChosenOneByOneAndOneIsEnough) {
  EXPECT_EQ(org("POST", "", hook("one", R"("product_ids":["b"])"))["shared"], "false");
  EXPECT_EQ(org("POST", "", hook("three", R"("product_ids":["c","a","b"])"))["product_ids"], ids({a_, b_, c_}));
  world_.add_organization("bob", "Rival");
  const std::string foreign = world_.add_product("bob", "rival", "Foreign");
  const struct {
    std::string products, part;
  } cases[] = {
      {"[]", "select at least one product"},
      {R"("*")", "no wildcard"},
      {R"("all")", "no wildcard"},
      {R"(["a","*"])", "no wildcard"},
      {R"(["a","a"])", "'a' stands"},
      {R"(["a",)" + a_ + "]", "'" + a_ + "' stands there twice"},
      {R"(["a","nowhere"])", "'nowhere' is no product of organization acme"},
      {R"(["a","foreign"])", "'foreign' is no product"},
      {"[" + foreign + "]", "'" + foreign + "' is no product of organization acme"},
  };
  const std::size_t before = rows();
  for (const auto& c : cases) {
    const Reply reply = refused(400, "invalid_request", c.part, "POST", "/v1/orgs/acme/integrations",
                                hook("x", R"("product_ids":)" + c.products));
    EXPECT_EQ(reply["violations.0.field"], "product_ids");
  }
  refused(400, "invalid_request", "name the product or products", "POST", "/v1/orgs/acme/integrations", hook("x"));
  EXPECT_EQ(rows(), before);
}

TEST_F(SharingRulesTest, O9_O14_InsideAProductItSaysWithWhomItIsSharedAndWhereToSeparateIt) {
  const std::string id = shared();
  const Reply view = on("a", "GET", "/" + id);
  EXPECT_EQ(view["integration.shared"], "true");
  EXPECT_EQ(view["integration.products"],
            R"([{"id":)" + a_ + R"(,"slug":"a","name":"A"},{"id":)" + b_ + R"(,"slug":"b","name":"B"}])");
  for (const char* method : {"PUT", "PATCH"}) {
    const Reply reply =
        refused(409, "shared_integration", "a, b", method, "/v1/products/a/integrations/" + id, R"({"name":"X"})");
    EXPECT_THAT(reply["error"], HasSubstr("separate it"));
    EXPECT_EQ(reply["products"], view["integration.products"]);
    EXPECT_EQ(reply["separate_url"], "http://hooks.test/v1/products/" + a_ + "/integrations/" + id + "/separate");
  }
  // The address works as it is.
  EXPECT_EQ(
      world_.send("ann", "POST", "/v1/products/" + a_ + "/integrations/" + id + "/separate", R"({"name":"X"})").status,
      201);
}

TEST_F(SharingRulesTest, O12_O19_AnEditIsThereAtOnceForEachProduct) {
  const std::string id = shared("old");
  EXPECT_EQ(fired("a"), Targets{"/old/" + a_});
  const Reply edited = org("PUT", "/" + id, hook("new"));
  EXPECT_EQ(edited["integration.version"], "2");
  EXPECT_EQ(edited["integration.product_ids"], ids({a_, b_})) << "left out, they stay";
  EXPECT_EQ(fired("a"), Targets{"/new/" + a_});
  EXPECT_EQ(fired("b"), Targets{"/new/" + b_});
  EXPECT_EQ(on("b", "GET", "/" + id)["integration.url"], "http://recv.test/new/{{{PRODUCT_ID}}}");
}

TEST_F(SharingRulesTest, O13_ASeparatedProductRunsOnItsOwnSettingsOnlyAndTheOthersOnTheirs) {
  const std::string id = shared();
  const Reply made = on("a", "POST", "/" + id + "/separate", hook("own", R"("product_ids":["b"],"id":"ignored")"));
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["ok"], "true");
  EXPECT_EQ(made["separated_from"], id);
  EXPECT_NE(made["id"], id);
  EXPECT_EQ(made["product_ids"], ids({a_})) << "what a body says of products does not count here";
  EXPECT_EQ(fired("a"), Targets{"/own/" + a_}) << "exactly one of the two";
  EXPECT_EQ(fired("b"), Targets{"/h/" + b_});
  org("PATCH", "/" + id, R"({"url":"http://recv.test/changed"})");
  EXPECT_EQ(fired("a"), Targets{"/own/" + a_});
  EXPECT_EQ(fired("b"), Targets{"/changed"});
  refused(404, "not_found", "not found", "GET", "/v1/products/a/integrations/" + id);
}

TEST_F(SharingRulesTest, O15_AtLeastOneFieldMustDifferAndTheNameIsEnough) {
  const std::string id = shared("h", R"("headers":{"X-A":"1","X-B":"2"})");
  const std::string path = "/v1/products/a/integrations/" + id + "/separate";
  // The same once it is normalised: nothing, defaults spelled out, another order of keys, what cannot be set.
  const std::string same[] = {"{}",
                              "",
                              R"({"disabled":"false"})",
                              R"({"requestType":"POST","noDefaults":false})",
                              R"({"name":"temp for recv.test"})",
                              R"({"headers":{"X-B":"2","X-A":"1"}})",
                              R"({"product_ids":["a"],"created_at":"now"})",
                              hook("h")};
  for (const std::string& body : same)
    refused(409, "nothing_changed", "at least one field must change", "POST", path, body);
  EXPECT_EQ(rows(), 1U);
  const Reply made = world_.send("ann", "POST", path, R"({"name":"Mine"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made["url"], "http://recv.test/h/{{{PRODUCT_ID}}}");
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_}) << "a name changes nothing in operation";
  refused(409, "not_shared", "nothing to separate from", "POST",
          "/v1/products/a/integrations/" + made["id"] + "/separate", R"({"name":"Again"})");
}

TEST_F(SharingRulesTest, O16_GroupingFollowsTheOrganizationsSetting) {
  const struct {
    const char *setting, *joined;
    bool suggests;
  } cases[] = {{"auto", "true", true}, {"suggest", "false", true}, {"off", "false", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.setting);
    const std::string id = shared(c.setting);
    set_organization(R"({"group_identical":")" + std::string(c.setting) + "\"}");
    const Reply made = on("c", "POST", "", hook(c.setting));
    EXPECT_EQ(made["joined"], c.joined);
    EXPECT_EQ(made["id"] == id, std::string_view(c.joined) == "true");
    if (made["id"] == id) {
      EXPECT_EQ(made["product_ids"], ids({a_, b_, c_}));
      continue;
    }
    EXPECT_EQ(made["identical_to"], c.suggests ? "[\"" + id + "\"]" : "[]");
    EXPECT_EQ(org("GET", "/" + id)["integration.identical_to"], c.suggests ? "[\"" + made["id"] + "\"]" : "[]");
    EXPECT_EQ(org("POST", "/" + id + "/merge", R"({"with":")" + made["id"] + "\"}").status, 200)
        << "by hand it always works";
  }
  EXPECT_EQ(rows(), 3U);
}

TEST_F(SharingRulesTest, O16_OnlyWhatIsMadeInAProductJoinsAndOnlyWhereItIsNotYet) {
  const std::string oldest = shared("h", "", R"(["a"])");
  const std::string second = shared("h", "", R"(["a","b"])");
  EXPECT_NE(oldest, second) << "what is made at the organization is always new";
  EXPECT_EQ(on("c", "POST", "", hook("h"))["id"], oldest) << "the oldest of several";
  const Reply third = on("a", "POST", "", hook("h"));
  EXPECT_EQ(third["joined"], "false") << "both are there already";
  EXPECT_EQ(fired("a").size(), 3U);
  EXPECT_EQ(on("b", "POST", "", hook("h", R"("name":"Another")"))["joined"], "false") << "the name counts";
}

TEST_F(SharingRulesTest, O17_AnIntegrationOfOneProductIsMadeAndEditedThere) {
  const Reply made = on("a", "POST", "", hook("own"));
  EXPECT_EQ(made["joined"], "false");
  EXPECT_EQ(made["shared"], "false");
  EXPECT_EQ(on("a", "PATCH", "/" + made["id"], R"({"name":"Mine"})")["integration.name"], "Mine");
  EXPECT_EQ(fired("a"), Targets{"/own/" + a_});
  EXPECT_EQ(fired("b"), Targets{});
  EXPECT_EQ(on("a", "DELETE", "/" + made["id"]).status, 200);
  EXPECT_EQ(rows(), 0U);
}

TEST_F(SharingRulesTest, O18_ThereIsNoDeviceFilter) {
  const std::string id = shared();
  const std::string filter = R"({"deviceID":"0123456789abcdef01234567"})";
  refused(400, "invalid_request", "deviceID: ", "PATCH", "/v1/orgs/acme/integrations/" + id, filter);
  refused(400, "invalid_request", "deviceID: ", "POST", "/v1/products/a/integrations/" + id + "/separate", filter);
  refused(400, "invalid_request", "deviceID: ", "POST", "/v1/orgs/acme/integrations",
          hook("x", R"("product_ids":["a"],"deviceID":"0123456789abcdef01234567")"));
}

TEST_F(SharingRulesTest, O20_ASecretServesAllProductsAndAnotherValueCountsAtOnce) {
  ASSERT_EQ(world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"first"})").status, 201);
  shared("h", R"("headers":{"X-Key":"{{{KEY}}}"},"secrets":["KEY"])");
  for (const char* product : {"a", "b"}) EXPECT_THAT(requests(product), ::testing::ElementsAre(HasSubstr("first")));
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/orgs/acme/secrets/KEY", R"({"value":"second"})").status, 200);
  for (const char* product : {"a", "b"}) EXPECT_THAT(requests(product), ::testing::ElementsAre(HasSubstr("second")));
}

TEST_F(SharingRulesTest, O21_WhoMayViewMayNotChangeUnlessHeIsADeveloper) {
  const struct {
    const char* role;
    int change;
  } cases[] = {{"View-only", 403}, {"Support", 403}, {"Developer", 200}, {"Administrator", 200}};
  const std::string id = shared();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.role);
    world_.send("ann", "DELETE", "/v1/orgs/acme/team/bob@example.com");
    const Reply joined = world_.join("ann", "/v1/orgs/acme/team", "bob", c.role);
    ASSERT_LT(joined.status, 300) << joined.text;
    for (const std::string base : {"/v1/orgs/acme/integrations", "/v1/products/a/integrations"}) {
      EXPECT_EQ(world_.send("bob", "GET", base).status, 200);
      EXPECT_EQ(world_.send("bob", "GET", base + "/" + id).status, 200);
    }
    EXPECT_EQ(
        world_.send("bob", "PATCH", "/v1/orgs/acme/integrations/" + id, R"({"name":")" + std::string(c.role) + "\"}")
            .status,
        c.change);
    EXPECT_EQ(world_.send("bob", "POST", "/v1/products/a/integrations", hook(c.role)).status,
              c.change == 200 ? 201 : 403);
  }
}

// --- the states that one goes through, one after the other ---

TEST_F(SharingRulesTest, TheStatesOfASharedIntegrationFollowEachOther) {
  // create(org, [A, B])
  const std::string id = shared("h", R"("name":"N")");
  EXPECT_EQ(org("GET", "")["0.product_ids"], ids({a_, b_}));
  for (const char* product : {"a", "b"}) {
    EXPECT_EQ(on(product, "GET", "")["0.id"], id);
    EXPECT_EQ(on(product, "GET", "")["0.shared"], "true");
  }
  fired("a");
  // separate(A)
  refused(409, "nothing_changed", "at least one field", "POST", "/v1/products/a/integrations/" + id + "/separate",
          R"({"name":"N"})");
  const std::string own = on("a", "POST", "/" + id + "/separate", R"({"name":"M"})")["id"];
  EXPECT_EQ(rows(), 2U);
  EXPECT_EQ(org("GET", "/" + id)["integration.product_ids"], ids({b_}));
  EXPECT_EQ(org("GET", "/" + own)["integration.product_ids"], ids({a_}));
  world_.loop().advance(std::chrono::hours(1));
  const Reply past = org("GET", "/" + id);
  EXPECT_EQ(past["integration.products.0.id"], a_);
  EXPECT_EQ(past["integration.products.0.removed"], "true");
  EXPECT_THAT(past["integration.products.0.removed_at"], HasSubstr("2026-01-01T00:0"));
  EXPECT_EQ(past["integration.products.0.todayCounters.success"], "1") << "its past stays where it was made";
  EXPECT_EQ(past["integration.todayCounters.success"], "1");
  EXPECT_EQ(org("GET", "/" + own)["integration.todayCounters.success"], "0");
  // add(A) again: both fire, and the answer warns
  const Reply added = org("PATCH", "/" + id, R"({"product_ids":["a","b"]})");
  EXPECT_EQ(added["integration.product_ids"], ids({a_, b_}));
  EXPECT_THAT(added["warnings.0.message"], HasSubstr("fires both"));
  EXPECT_EQ(added["warnings.0.code"], "double_firing");
  EXPECT_EQ(fired("a").size(), 2U);
  // edit(A's own) back to equal: still two rows
  const Reply equal = on("a", "PATCH", "/" + own, R"({"name":"N"})");
  EXPECT_EQ(equal["identical_to"], "[\"" + id + "\"]");
  EXPECT_EQ(org("GET", "")["0.identical_to"], "[\"" + own + "\"]");
  EXPECT_EQ(rows(), 2U);
  // merge
  const Reply merged = org("POST", "/" + id + "/merge", R"({"with":")" + own + "\"}");
  EXPECT_EQ(merged["ok"], "true");
  EXPECT_EQ(merged["merged"], own);
  EXPECT_EQ(merged["integration.product_ids"], ids({a_, b_}));
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_});
  // create(C, the same) under auto
  const Reply joined = on("c", "POST", "", hook("h", R"("name":"N")"));
  EXPECT_EQ(joined["joined"], "true");
  EXPECT_EQ(joined["product_ids"], ids({a_, b_, c_}));
  EXPECT_EQ(fired("c"), Targets{"/h/" + c_});
  // remove(C) on its path; the last ones cannot be removed
  EXPECT_EQ(on("c", "DELETE", "/" + id).text, R"({"ok":true,"cancelled":0})");
  EXPECT_EQ(fired("c"), Targets{});
  EXPECT_EQ(org("GET", "/" + id)["integration.product_ids"], ids({a_, b_}));
  refused(400, "last_product", "disable or delete", "PUT", "/v1/orgs/acme/integrations/" + id, R"({"product_ids":[]})");
  refused(400, "invalid_request", "no wildcard", "PUT", "/v1/orgs/acme/integrations/" + id, R"({"product_ids":"*"})");
  // delete(org)
  EXPECT_EQ(org("DELETE", "/" + id).status, 200);
  EXPECT_EQ(fired("a"), Targets{});
}

TEST_F(SharingRulesTest, AMergedOneIsShownForThirtyDaysAndChangesNoMore) {
  const std::string stays = shared("h", "", R"(["a"])"), goes = shared("h", "", R"(["b"])");
  fired("b");
  ASSERT_EQ(org("POST", "/" + stays + "/merge", R"({"with":")" + goes + "\"}").status, 200);
  EXPECT_EQ(fired("b"), Targets{"/h/" + b_}) << "once";
  const Reply shown = org("GET", "/" + goes);
  EXPECT_EQ(shown["integration.merged_into"], stays);
  EXPECT_EQ(shown["integration.todayCounters.success"], "1");
  EXPECT_EQ(org("GET", "/" + stays)["integration.todayCounters.success"], "1") << "the one since";
  EXPECT_EQ(on("b", "GET", "/" + goes)["integration.merged_into"], stays);
  const std::string at_org = "/v1/orgs/acme/integrations/" + goes, at_product = "/v1/products/b/integrations/" + goes;
  const std::pair<const char*, std::string> changes[] = {
      {"PUT", at_org},
      {"PATCH", at_org},
      {"DELETE", at_org},
      {"PATCH", at_product},
      {"DELETE", at_product},
      {"POST", at_product + "/separate"},
      {"POST", at_org + "/stage"},
      {"POST", at_org + "/promote"},
      {"POST", at_org + "/discard"},
      {"POST", at_org + "/merge"},
      {"POST", at_org + "/rollback"},
      {"PUT", at_product + "/override"},
  };
  for (const auto& [method, path] : changes) {
    const Reply reply =
        refused(409, "merged", "merged into " + stays, method, path,
                R"({"name":"X","to":1,"with":")" + stays + R"(","settings":{"name":"X"},"product_ids":["b"]})");
    EXPECT_EQ(reply["merged_into"], stays) << path;
  }
  world_.loop().advance(std::chrono::hours(24 * 30) + std::chrono::seconds(1));
  refused(404, "not_found", "not found", "GET", at_org);
}

TEST_F(SharingRulesTest, OnlyIdenticalIntegrationsOfOneOrganizationMerge) {
  const std::string one = shared("h", R"("headers":{"X":"1"})"),
                    other = shared("h", R"("headers":{"X":"2"},"disabled":true)", R"(["c"])");
  const std::string path = "/v1/orgs/acme/integrations/" + one + "/merge";
  EXPECT_THAT(refused(409, "not_identical", "headers", "POST", path, R"({"with":")" + other + "\"}")["error"],
              HasSubstr("disabled"));
  refused(400, "invalid_request", "with: must be another", "POST", path, R"({"with":")" + one + "\"}");
  world_.add_organization("bob", "Rival");
  world_.add_product("bob", "rival", "Foreign");
  const std::string foreign = world_.add_integration("bob", "/v1/orgs/rival/integrations",
                                                     hook("h", R"("headers":{"X":"1"},"product_ids":["foreign"])"));
  for (const std::string& with : {foreign, std::string(24, 'f'), std::string("x")}) {
    refused(400, "invalid_request", "with: expected the id", "POST", path, R"({"with":")" + with + "\"}");
  }
  refused(400, "invalid_request", "with: expected the id", "POST", path, "{}");
  EXPECT_EQ(rows(), 2U);
}

TEST_F(SharingRulesTest, AStaleEditIsRefusedWithTheCurrentVersionByMemberAndByETag) {
  const std::string id = shared();
  EXPECT_EQ(org("GET", "/" + id).header("ETag"), "\"1\"");
  const Reply edited = org("PATCH", "/" + id, R"({"name":"Two","version":1})");
  EXPECT_EQ(edited["integration.version"], "2");
  EXPECT_EQ(edited.header("ETag"), "\"2\"");
  const std::string path = "/v1/orgs/acme/integrations/" + id;
  const std::string separate = "/v1/products/a/integrations/" + id + "/separate";
  EXPECT_EQ(refused(409, "version_mismatch", "", "PUT", path, R"({"name":"Late","version":1})")["version"], "2");
  EXPECT_EQ(refused(409, "version_mismatch", "", "POST", separate, R"({"name":"Late","version":1})")["version"], "2");
  const auto matching = [&](std::string_view method, const std::string& target, const std::string& etag,
                            std::string body) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Authorization", "Bearer ann");
    request.headers.add("If-Match", etag);
    request.body = std::move(body);
    return world_.send(std::move(request));
  };
  for (const char* etag : {"\"1\"", "1", "W/\"1\""}) {
    const Reply late = matching("PATCH", path, etag, R"({"name":"Late"})");
    EXPECT_EQ(late.status, 409) << etag;
    EXPECT_EQ(late["code"], "version_mismatch");
    EXPECT_EQ(late["version"], "2");
    EXPECT_EQ(matching("DELETE", path, etag, "").status, 409);
  }
  EXPECT_EQ(matching("PATCH", path, "\"x\"", "{}")["violations.0.field"], "If-Match");
  EXPECT_EQ(matching("PATCH", path, "\"2\"", R"({"version":1})").status, 400) << "the two contradict each other";
  EXPECT_EQ(matching("PATCH", path, "\"2\"", R"({"name":"Three"})").header("ETag"), "\"3\"");
  EXPECT_EQ(matching("PATCH", path, "*", R"({"name":"Four"})").header("ETag"), "\"4\"");
  EXPECT_EQ(org("PATCH", "/" + id, R"({"name":"Last wins"})")["integration.version"], "5") << "without either";
}

}  // namespace
}  // namespace fleethook::api
