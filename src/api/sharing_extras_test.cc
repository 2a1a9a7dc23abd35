// What goes beyond one definition for all: versions, overrides, trials, variables, previews, explanations, moves and
// the audit log, through the API, with requests that a receiver gets.
#include "api/sharing_test_support.h"
#include "sharing/sharing.h"

namespace fleethook::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SharingExtrasTest : public SharingTest {
 protected:
  std::string variables(const std::string& path, const std::string& members) {
    return world_.send("ann", "PUT", path + "/variables", R"({"variables":)" + members + "}").text;
  }
};

// --- Versions ---

TEST_F(SharingExtrasTest, EachVersionSaysWhoMadeItWhatItChangedAndWhatCameOfIt) {
  const std::string id = shared();
  fired("a");
  org("PATCH", "/" + id, R"({"disabled":true,"product_ids":["a","b","c"]})");
  const Reply list = org("GET", "/" + id + "/versions");
  EXPECT_EQ(list["versions.0.version"], "2");
  EXPECT_EQ(list["versions.0.action"], "edited");
  EXPECT_EQ(list["versions.0.created_by"], "ann@example.com");
  EXPECT_EQ(list["versions.0.current"], "true");
  EXPECT_EQ(list["versions.0.changes.disabled"], R"({"from":false,"to":true})");
  EXPECT_EQ(list["versions.0.changes.product_ids"],
            R"({"from":)" + ids({a_, b_}) + R"(,"to":)" + ids({a_, b_, c_}) + "}");
  EXPECT_EQ(list["versions.1.outcomes"], R"({"success":1,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(list["versions.1.changes"], "{}");
  const Reply page = org("GET", "/" + id + "/versions?before=2&limit=1");
  EXPECT_EQ(page["versions.0.version"], "1");
  EXPECT_EQ(page["next_before"], "1");
  const Reply one = org("GET", "/" + id + "/versions/1");
  EXPECT_EQ(one["version.configuration.disabled"], "false");
  EXPECT_EQ(one["version.against"], "2");
  EXPECT_EQ(one["version.changes.disabled"], R"({"from":true,"to":false})");
  refused(404, "not_found", "no version 9", "GET", "/v1/orgs/acme/integrations/" + id + "/versions/9");
  refused(400, "invalid_request", "limit", "GET", "/v1/orgs/acme/integrations/" + id + "/versions?limit=0");
}

TEST_F(SharingExtrasTest, ARollbackBringsTheConfigurationBackAndLeavesTheProducts) {
  const std::string id = shared("old");
  org("PATCH", "/" + id, R"({"url":"http://recv.test/new/{{{PRODUCT_ID}}}","product_ids":["a"]})");
  EXPECT_EQ(fired("a"), Targets{"/new/" + a_});
  const Reply reply = org("POST", "/" + id + "/rollback", R"({"to":1})");
  EXPECT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply["integration.version"], "3");
  EXPECT_EQ(reply["integration.product_ids"], ids({a_}));
  EXPECT_EQ(fired("a"), Targets{"/old/" + a_});
  EXPECT_EQ(fired("b"), Targets{});
  EXPECT_EQ(org("POST", "/" + id + "/rollback", R"({"to":3})")["integration.version"], "3") << "nothing differs";
  refused(400, "invalid_request", "to: expected one of", "POST", "/v1/orgs/acme/integrations/" + id + "/rollback",
          R"({"to":9})");
}

// --- Overrides ---

TEST_F(SharingExtrasTest, AnOverrideChangesOneProductAndTheViewSaysWhereEachValueComesFrom) {
  const std::string id = shared("h", R"("headers":{"X-Site":"1","X-Other":"2"})");
  const Reply put = org("PUT", "/" + id + "/products/b/override",
                        R"({"url":"http://recv.test/b","headers":{"x-site":"9","X-Other":null}})");
  EXPECT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_});
  const auto got = requests("b");
  ASSERT_EQ(got.size(), 1U);
  EXPECT_THAT(got[0], HasSubstr("POST /b HTTP"));
  EXPECT_THAT(got[0], HasSubstr("X-Site: 9"));
  EXPECT_THAT(got[0], Not(HasSubstr("X-Other")));
  const Reply view = org("GET", "/" + id);
  EXPECT_EQ(view["integration.products.0.effective.from"], "{}");
  EXPECT_EQ(view["integration.products.1.effective.from"],
            R"({"url":"override","headers.X-Site":"override","headers.X-Other":"override"})");
  EXPECT_EQ(view["integration.products.1.effective.configuration.url"], "http://recv.test/b");
  EXPECT_EQ(view["integration.url"], "http://recv.test/h/{{{PRODUCT_ID}}}");
  // An edit of what is shared reaches the product too, where it does not differ.
  org("PATCH", "/" + id, R"({"headers":{"X-Site":"1","X-New":"3"}})");
  EXPECT_THAT(requests("b").at(0), HasSubstr("X-New: 3"));
  refused(400, "invalid_request", "event: cannot be set for one product alone", "PUT",
          "/v1/orgs/acme/integrations/" + id + "/products/b/override", R"({"event":"x"})");
  EXPECT_EQ(org("DELETE", "/" + id + "/products/b/override").status, 200);
  EXPECT_EQ(fired("b"), Targets{"/h/" + b_});
}

TEST_F(SharingExtrasTest, AProductDisablesASharedIntegrationForItselfOnItsOwnPath) {
  const std::string id = shared();
  EXPECT_EQ(on("a", "PUT", "/" + id + "/override", R"({"disabled":true})").status, 200);
  EXPECT_EQ(fired("a"), Targets{});
  EXPECT_EQ(fired("b"), Targets{"/h/" + b_});
}

// --- Trials ---

TEST_F(SharingExtrasTest, AStagedVersionRunsOnItsProductsUntilItIsPromoted) {
  const std::string id = shared("old");
  const std::string one = "/v1/orgs/acme/integrations/" + id;
  const Reply staged = org("POST", "/" + id + "/stage",
                           R"({"product_ids":["b"],"settings":{"url":"http://recv.test/new/{{{PRODUCT_ID}}}"}})");
  EXPECT_EQ(staged.status, 200) << staged.text;
  EXPECT_EQ(staged["integration.staged.version"], "2");
  EXPECT_EQ(staged["integration.version"], "1");
  EXPECT_EQ(fired("a"), Targets{"/old/" + a_});
  EXPECT_EQ(fired("b"), Targets{"/new/" + b_});
  const Reply view = org("GET", "/" + id);
  EXPECT_EQ(view["integration.staged.outcomes.staged"], R"({"success":1,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(view["integration.staged.outcomes.others"], R"({"success":1,"error":0,"sleep":0,"cancelled":0})");
  EXPECT_EQ(view["integration.products.1.effective.from"], R"({"url":"staged"})");
  refused(409, "version_staged", "promote or discard it first", "PATCH", one, R"({"disabled":true})");
  refused(409, "version_staged", "promote or discard", "PUT", one + "/products/a/override", R"({"disabled":true})");
  EXPECT_EQ(org("PATCH", "/" + id, R"({"product_ids":["a","b","c"]})").status, 200) << "products may join";
  EXPECT_EQ(org("POST", "/" + id + "/promote").status, 200);
  EXPECT_EQ(fired("a"), Targets{"/new/" + a_});
  EXPECT_EQ(fired("c"), Targets{"/new/" + c_});
  refused(409, "not_staged", "no version", "POST", one + "/discard");
}

TEST_F(SharingExtrasTest, ADiscardedVersionIsGoneAndSeparatingTheLastThatTriesItDiscardsIt) {
  const std::string id = shared("old");
  const std::string body = R"({"product_ids":["b"],"settings":{"url":"http://recv.test/new"}})";
  org("POST", "/" + id + "/stage", body);
  EXPECT_EQ(org("POST", "/" + id + "/discard").status, 200);
  EXPECT_EQ(fired("b"), Targets{"/old/" + b_});
  org("POST", "/" + id + "/stage", body);
  EXPECT_EQ(on("b", "POST", "/" + id + "/separate", R"({"name":"mine"})").status, 201);
  EXPECT_EQ(fired("b"), Targets{"/old/" + b_}) << "it was separated from what all have";
  EXPECT_EQ(org("GET", "/" + id)["integration.staged"], "(absent)");
}

TEST_F(SharingExtrasTest, AVersionThatFailsMoreThanItMayIsDiscardedByItself) {
  const std::string id = shared("old");
  const Reply staged =
      org("POST", "/" + id + "/stage",
          R"({"product_ids":["b"],"settings":{"url":"http://recv.test/new"},"error_percent_max":40,"outcomes_min":2})");
  ASSERT_EQ(staged.status, 200) << staged.text;
  const auto discarded = [&] {
    return sharing::discard_failing(world_.store(), world_.store(), world_.loop().clock().now()).value();
  };
  world_.receiver_says = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
  fired("b");
  EXPECT_EQ(discarded(), 0U) << "one outcome is too few to judge by";
  world_.receiver_says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  fired("b");
  const auto id_of = *core::IntegrationId::parse(id);
  EXPECT_EQ(sharing::discard(world_.store(), {}, {id_of, {}}, "", 9).error().code, "not_staged")
      << "what was judged is not what is staged by now: it stays";
  EXPECT_EQ(discarded(), 1U) << "1 of 2 is over 40 %";
  EXPECT_EQ(org("GET", "/" + id)["integration.staged"], "(absent)");
  const Reply audit = world_.send("ann", "GET", "/v1/orgs/acme/audit?limit=1&target=" + id);
  EXPECT_EQ(audit["audit.0.action"], "integration.discarded");
  EXPECT_EQ(audit["audit.0.by.username"], "fleethook");
  EXPECT_THAT(audit["audit.0.changes.reason.to"], HasSubstr("1 of 2 deliveries of version 2"));
}

TEST_F(SharingExtrasTest, AStageIsRefusedWithTheFieldThatIsWrong) {
  const std::string path = "/v1/orgs/acme/integrations/" + shared() + "/stage";
  refused(400, "invalid_request", "settings", "POST", path, R"({"product_ids":["a"]})");
  refused(400, "invalid_request", "product_ids", "POST", path, R"({"settings":{"disabled":true}})");
  refused(400, "invalid_request", "'c' is not one", "POST", path,
          R"({"product_ids":["c"],"settings":{"disabled":true}})");
  refused(400, "invalid_request", "error_percent_max", "POST", path,
          R"({"product_ids":["a"],"settings":{"disabled":true},"error_percent_max":101})");
  refused(409, "nothing_changed", "at least one field", "POST", path, R"({"product_ids":["a"],"settings":{}})");
}

// --- Variables and secrets ---

TEST_F(SharingExtrasTest, AMissingVariableIsFoundWhenSavingAndNamesFieldAndProducts) {
  const std::string body =
      R"({"event":"temp","url":"http://recv.test/{{{product.vars.site}}}","product_ids":["a","b"]})";
  const Reply reply = refused(400, "invalid_request", "url: product.vars.site has no value on a, b", "POST",
                              "/v1/orgs/acme/integrations", body);
  EXPECT_EQ(reply["violations.0.field"], "url");
  variables("/v1/products/a", R"({"site":"of-a"})");
  refused(400, "invalid_request", "has no value on b;", "POST", "/v1/orgs/acme/integrations", body);
  variables("/v1/orgs/acme", R"({"site":"of-all"})");
  const std::string id = world_.add_integration("ann", "/v1/orgs/acme/integrations", body);
  EXPECT_EQ(fired("a"), Targets{"/of-a"});
  EXPECT_EQ(fired("b"), Targets{"/of-all"});
  variables("/v1/orgs/acme/integrations/" + id + "/products/b", R"({"site":"of-the-placement"})");
  EXPECT_EQ(fired("b"), Targets{"/of-the-placement"});
  variables("/v1/products/a", "{}");
  EXPECT_EQ(fired("a"), Targets{"/of-all"});
  // b has one of its own, but a needs the organization's.
  EXPECT_THAT(refused(409, "variable_in_use", "site", "PUT", "/v1/orgs/acme/variables", R"({"variables":{}})")["error"],
              HasSubstr("on product a"));
}

TEST_F(SharingExtrasTest, VariablesOfAPlacementGoAlongWhenTheProductSeparatesAndMerges) {
  variables("/v1/orgs/acme", R"({"site":"all"})");
  const std::string id = world_.add_integration(
      "ann", "/v1/orgs/acme/integrations",
      R"({"event":"temp","url":"http://recv.test/{{{product.vars.site}}}","product_ids":["a","b"]})");
  variables("/v1/orgs/acme/integrations/" + id + "/products/b", R"({"site":"roof"})");
  const Reply copy = on("b", "POST", "/" + id + "/separate", R"({"name":"mine"})");
  ASSERT_EQ(copy.status, 201) << copy.text;
  EXPECT_EQ(fired("b"), Targets{"/roof"});
  on("b", "PATCH", "/" + copy["id"], R"({"name":null})");
  EXPECT_EQ(org("POST", "/" + id + "/merge", R"({"with":")" + copy["id"] + "\"}").status, 200);
  EXPECT_EQ(fired("b"), Targets{"/roof"});
}

TEST_F(SharingExtrasTest, ASecretThatDoesNotExistIsRefusedByName) {
  refused(400, "invalid_request", "there is no secret KEY", "POST", "/v1/orgs/acme/integrations",
          hook("h", R"("product_ids":["a"],"secrets":["KEY"],"headers":{"X":"{{{KEY}}}"})"));
}

// --- Preview and explain ---

TEST_F(SharingExtrasTest, APreviewIsTheRequestThatTheReceiverGets) {
  ASSERT_EQ(world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"s3cret"})").status, 201);
  const std::string id = shared("h", R"("secrets":["KEY"],"headers":{"X-Key":"k-{{{KEY}}}"},"noDefaults":true,)"
                                     R"("json":{"v":"{{{PARTICLE_EVENT_VALUE}}}","p":"{{{PRODUCT_ID}}}"})");
  const Reply preview =
      org("POST", "/" + id + "/preview", R"({"event":{"name":"temp","data":"21"},"product_ids":["b"]})");
  ASSERT_EQ(preview.status, 200) << preview.text;
  EXPECT_EQ(preview["previews.0.product_id"], b_);
  EXPECT_EQ(preview["previews.0.fires"], "true");
  EXPECT_EQ(preview["previews.0.request.url"], "http://recv.test/h/" + b_);
  EXPECT_EQ(preview["previews.0.request.headers.X-Key"], "k-[[SENSITIVE]]");
  EXPECT_TRUE(world_.received.empty()) << "nothing is sent";
  const auto got = requests("b");
  ASSERT_EQ(got.size(), 1U);
  EXPECT_THAT(got[0], HasSubstr("POST /h/" + b_ + " HTTP/1.1"));
  EXPECT_THAT(got[0], HasSubstr("X-Key: k-s3cret"));
  EXPECT_EQ(got[0].substr(got[0].find("\r\n\r\n") + 4), preview["previews.0.request.body"]);
}

TEST_F(SharingExtrasTest, APreviewShowsUnsavedSettingsAndSaysWhyAnEventWouldNotFire) {
  const std::string id = shared();
  const Reply preview =
      org("POST", "/" + id + "/preview",
          R"({"event":{"name":"other"},"settings":{"url":"http://recv.test/unsaved"},"product_ids":["a"]})");
  EXPECT_EQ(preview["previews.0.request.url"], "http://recv.test/unsaved");
  EXPECT_EQ(preview["previews.0.fires"], "false");
  EXPECT_EQ(preview["previews.0.verdict"], "prefix");
  EXPECT_EQ(fired("a"), Targets{"/h/" + a_}) << "nothing was saved";
  refused(400, "invalid_request", "url", "POST", "/v1/orgs/acme/integrations/" + id + "/preview",
          R"({"settings":{"url":"ftp://x"}})");
}

TEST_F(SharingExtrasTest, AnIntegrationIsPreviewedBeforeItIsMadeAndThenSendsJustThat) {
  ASSERT_EQ(world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"s3cret"})").status, 201);
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/products/b/variables", R"({"variables":{"site":"roof"}})").status, 200);
  const std::string settings = R"({"event":"t","url":"http://recv.test/{{{product.vars.site}}}/{{{PRODUCT_ID}}}",)"
                               R"("secrets":["KEY"],"headers":{"X-Key":"k-{{{KEY}}}"}})";
  const Reply preview =
      org("POST", "/preview",
          R"({"product_ids":["a","b"],"settings":)" + settings + R"(,"event":{"name":"temp","data":"21"}})");
  ASSERT_EQ(preview.status, 200) << preview.text;
  EXPECT_EQ(preview["previews.1.product_id"], b_);
  EXPECT_EQ(preview["previews.1.fires"], "true");
  EXPECT_EQ(preview["previews.1.request.url"], "http://recv.test/roof/" + b_);
  EXPECT_EQ(preview["previews.0.request.url"], "http://recv.test//" + a_) << "a has no such variable";
  EXPECT_EQ(preview["previews.1.request.headers.X-Key"], "k-[[SENSITIVE]]");
  EXPECT_TRUE(world_.received.empty()) << "nothing is sent";
  EXPECT_EQ(org("GET", "").text, "[]") << "and nothing is made";

  ASSERT_EQ(on("b", "POST", "", settings).status, 201);
  const auto got = requests("b");
  ASSERT_EQ(got.size(), 1U);
  EXPECT_THAT(got[0], HasSubstr("POST /roof/" + b_ + " HTTP/1.1"));
}

TEST_F(SharingExtrasTest, APreviewOfWhatIsNotMadeYetSaysWhatCreatingWouldRefuse) {
  const std::string base = "/v1/orgs/acme/integrations/preview";
  refused(400, "invalid_request", "settings", "POST", base, R"({"product_ids":["a"]})");
  refused(400, "invalid_request", "product_ids", "POST", base, R"({"settings":{"event":"t","url":"http://x/"}})");
  refused(400, "invalid_request", "no product of organization", "POST", base,
          R"({"product_ids":["nowhere"],"settings":{"event":"t","url":"http://x/"}})");
  refused(400, "invalid_request", "url", "POST", base,
          R"({"product_ids":["a"],"settings":{"event":"t","url":"ftp://x"}})");
  refused(400, "invalid_request", "can only be a", "POST", "/v1/products/a/integrations/preview",
          R"({"product_ids":["b"],"settings":{"event":"t","url":"http://x/"}})");
  const Reply other = on("a", "POST", "/preview",
                         R"({"settings":{"event":"t","url":"http://x/","disabled":true},"event":{"name":"temp"}})");
  EXPECT_EQ(other["previews.0.verdict"], "disabled");
  const Reply sandbox = world_.send("ann", "POST", "/v1/integrations/preview",
                                    R"({"settings":{"event":"t","url":"http://x/y"},"event":{"name":"hum"}})");
  EXPECT_EQ(sandbox["previews.0.verdict"], "prefix");
  EXPECT_EQ(sandbox["previews.0.request.url"], "http://x/y");
}

TEST_F(SharingExtrasTest, APastEventIsPreviewedByItsIdByThoseWhoMaySeeIt) {
  const std::string id = shared("h", R"("noDefaults":true,"body":"{{{PARTICLE_EVENT_VALUE}}}")");
  const Reply published = world_.send("ann", "POST", "/v1/products/a/events", R"({"name":"temp","data":"past"})");
  const std::string body = R"({"event_id":")" + published["id"] + "\"}";
  EXPECT_EQ(on("a", "POST", "/" + id + "/preview", body)["previews.0.request.body"], "past");
  refused(400, "invalid_request", "is not kept here", "POST", "/v1/products/b/integrations/" + id + "/preview", body);
  refused(400, "invalid_request", "event_id", "POST", "/v1/products/a/explain", R"({"event_id":"nonsense"})");
}

TEST_F(SharingExtrasTest, AnExplanationHasAReasonForEachIntegration) {
  shared("fires");
  const std::string held = shared("held");
  const std::string disabled = shared("off", R"("disabled":true)");
  const std::string elsewhere = shared("elsewhere", "", R"(["c"])");
  org("POST", "/" + held + "/pause", R"({"product_ids":["a"]})");
  world_.add_integration("ann", "/v1/orgs/acme/integrations",
                         R"({"event":"hum","url":"http://recv.test/","product_ids":["a"]})");
  const Reply reply = world_.send("ann", "POST", "/v1/orgs/acme/explain", R"({"product":"a","event":{"name":"temp"}})");
  EXPECT_EQ(reply["fires.0.verdict"], "fires");
  EXPECT_EQ(reply["fires.1.verdict"], "held");
  EXPECT_EQ(reply["fires.1.id"], held);
  EXPECT_EQ(reply["others.0.verdict"], "disabled");
  EXPECT_EQ(reply["others.0.id"], disabled);
  EXPECT_EQ(reply["others.1.verdict"], "not_on_product");
  EXPECT_EQ(reply["others.1.id"], elsewhere);
  EXPECT_EQ(reply["others.2.verdict"], "prefix");
  EXPECT_EQ(reply["others.2.why"], "the name 'temp' does not begin with 'hum'");
  refused(400, "invalid_request", "product: name the product", "POST", "/v1/orgs/acme/explain",
          R"({"event":{"name":"temp"}})");
  refused(400, "invalid_request", "event.data: expected text", "POST", "/v1/products/a/explain",
          R"({"event":{"name":"temp","data":1}})");
  refused(400, "invalid_request", "event.name: an event needs a name", "POST", "/v1/products/a/explain", "{}");
}

// --- Moving products ---

TEST_F(SharingExtrasTest, AProductThatLeavesTakesACopyAlongAndOneThatComesJoins) {
  world_.add_organization("ann", "Other");
  const std::string x = world_.add_product("ann", "other", "X");
  const std::string id = shared();
  const std::string there =
      world_.add_integration("ann", "/v1/orgs/other/integrations", hook("h", R"("product_ids":["x"])"));
  // Two identical ones on the product: over there one joins, the other goes along on its own.
  const std::string twin =
      world_.add_integration("ann", "/v1/orgs/acme/integrations", hook("h", R"("product_ids":["b"])"));
  const Reply moved = world_.send("ann", "POST", "/v1/products/b/move", R"({"organization":"other"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  EXPECT_EQ(moved["product.org"], "Other");
  EXPECT_EQ(org("GET", "/" + id)["integration.product_ids"], ids({a_}));
  const Reply list = on("b", "GET", "");
  ASSERT_EQ(list.body.as_array().size(), 2U);
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/other/integrations/" + there)["integration.product_ids"], ids({b_, x}));
  EXPECT_EQ(fired("b"), (Targets{"/h/" + b_, "/h/" + b_})) << "as before";
  // To oneself: an integration of a product of a user is never shared.
  ASSERT_EQ(world_.send("ann", "POST", "/v1/products/b/move", R"({"organization":null})").status, 200);
  EXPECT_EQ(fired("b"), (Targets{"/h/" + b_, "/h/" + b_}));
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/other/integrations/" + there)["integration.product_ids"], ids({x}));
  refused(404, "not_found", "no organization 'nowhere'", "POST", "/v1/products/b/move",
          R"({"organization":"nowhere"})");
  refused(400, "invalid_request", "organization", "POST", "/v1/products/b/move", "{}");
}

TEST_F(SharingExtrasTest, AMoveThatWouldTakeASecretAwayIsRefusedAndChangesNothing) {
  world_.add_organization("ann", "Other");
  world_.send("ann", "POST", "/v1/orgs/acme/secrets", R"({"name":"KEY","value":"s"})");
  const std::string id = shared("h", R"("secrets":["KEY"],"headers":{"X":"{{{KEY}}}"})");
  refused(409, "missing_names", "there is no secret KEY", "POST", "/v1/products/b/move", R"({"organization":"other"})");
  EXPECT_EQ(org("GET", "/" + id)["integration.product_ids"], ids({a_, b_}));
}

TEST_F(SharingExtrasTest, ADeletedProductLeavesEverySetAndItsOwnIntegrationsGo) {
  const std::string id = shared();
  const std::string own = shared("own", "", R"(["b"])");
  ASSERT_EQ(world_.send("ann", "DELETE", "/v1/products/b").text, R"({"ok":true,"cancelled":0})");
  EXPECT_EQ(org("GET", "/" + id)["integration.product_ids"], ids({a_}));
  EXPECT_EQ(org("GET", "/" + own).status, 404);
  refused(404, "not_found", "no product 'b'", "GET", "/v1/products/b");
  EXPECT_EQ(world_.add_product("ann", "acme", "B").empty(), false) << "the name is free again";
}

// --- Audit ---

TEST_F(SharingExtrasTest, TheAuditLogSaysWhoChangedWhatAndEachProductSeesItsOwn) {
  const std::string id = shared();
  const std::string own = shared("own", "", R"(["c"])");
  org("PATCH", "/" + id, R"({"disabled":true})");
  on("b", "POST", "/" + id + "/separate", R"({"name":"mine"})");
  const Reply all = world_.send("ann", "GET", "/v1/orgs/acme/audit?limit=2");
  EXPECT_EQ(all["audit.0.action"], "integration.product_separated");
  EXPECT_EQ(all["audit.1.action"], "integration.separated");
  const Reply next = world_.send("ann", "GET", "/v1/orgs/acme/audit?limit=1&before=" + all["next_before"]);
  EXPECT_EQ(next["audit.0.action"], "integration.edited");
  EXPECT_EQ(next["audit.0.by.username"], "ann@example.com");
  EXPECT_EQ(next["audit.0.target"], id);
  EXPECT_EQ(next["audit.0.changes.disabled"], R"({"from":false,"to":true})");
  const Reply of_c = world_.send("ann", "GET", "/v1/products/c/audit");
  EXPECT_THAT(of_c.text, HasSubstr(own));
  EXPECT_THAT(of_c.text, Not(HasSubstr(id)));
  refused(400, "invalid_request", "limit", "GET", "/v1/orgs/acme/audit?limit=1000");
}

}  // namespace
}  // namespace fleethook::api
