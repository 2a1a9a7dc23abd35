// How much one owner may have, one event fire, and one user or address listen to; and lists that would be too long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;

Limits small_limits() {
  Limits limits;
  limits.organizations_per_user_max = 2;
  limits.products_per_owner_max = 3;
  limits.integrations_per_owner_max = 5;
  limits.integrations_per_event_max = 3;
  limits.streams_per_user_max = 2;
  limits.streams_per_address_max = 3;
  return limits;
}

class QuotasTest : public ::testing::Test {
 protected:
  QuotasTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
  }
  static std::string hook(std::string_view event, const std::string& more = "") {
    return R"({"event":")" + std::string(event) + R"(","url":"http://recv.test/)" + std::string(event) + "\"" +
           (more.empty() ? "" : "," + more) + "}";
  }
  std::string add(const std::string& path, std::string_view event, const std::string& more = "") {
    return world_.add_integration("ann", path, hook(event, more));
  }
  void over(std::string_view sentence, std::string_view method, std::string_view target, std::string body) {
    world_.refused(400, "quota", sentence, "ann", method, target, std::move(body));
  }

  TestWorld world_{small_limits()};
};

TEST_F(QuotasTest, AUserHasSoManyIntegrationsInSandboxAndOwnProductsTogether) {
  const std::string product = "/v1/products/" + world_.add_product("ann", "", "Own") + "/integrations";
  for (const char* event : {"a", "b", "c"}) add("/v1/integrations", event);
  const std::string last = add(product, "d");
  add(product, "e");
  over("at most 5 integrations", "POST", "/v1/integrations", hook("f"));
  over("at most 5 integrations", "POST", product, hook("f"));
  EXPECT_EQ(world_.send("ann", "PATCH", product + "/" + last, R"({"event":"x"})").status, 200)
      << "what is there may be changed";
  EXPECT_EQ(world_.send("ann", "DELETE", product + "/" + last).status, 200);
  add("/v1/integrations", "f");
  EXPECT_EQ(world_.send("bob", "POST", "/v1/integrations", hook("f")).status, 201) << "others have their own";
}

TEST_F(QuotasTest, AnOrganizationHasSoManyIntegrationsThroughAllItsPaths) {
  world_.add_organization("ann", "Acme");
  const std::string a = world_.add_product("ann", "acme", "A"), b = world_.add_product("ann", "acme", "B");
  const std::string acme = "/v1/orgs/acme/integrations";
  const std::string shared = add(acme, "a", R"("product_ids":["a","b"])");
  for (const char* event : {"b", "c", "d"}) add(acme, event, R"("product_ids":["a"])");
  add("/v1/products/" + b + "/integrations", "e");
  over("an organization has at most 5 integrations", "POST", acme, hook("f", R"("product_ids":["a"])"));
  over("at most 5", "POST", "/v1/products/" + a + "/integrations", hook("f"));
  over("at most 5", "POST", "/v1/products/" + b + "/integrations/" + shared + "/separate", R"({"name":"mine"})");
  const Reply joined = world_.send("ann", "POST", "/v1/products/" + b + "/integrations", hook("b"));
  EXPECT_EQ(joined["joined"], "true") << "joining adds none";
  add("/v1/integrations", "f");
}

TEST_F(QuotasTest, OneEventFiresSoManyIntegrationsWhateverTheirPrefixesAre) {
  for (const char* event : {"temp", "temp/in", "temp/in/1"}) add("/v1/integrations", event);
  for (const char* event : {"t", "temp", "temp/in", "temp/in/1/x"}) {
    over("one event fires at most 3 integrations in a sandbox", "POST", "/v1/integrations", hook(event));
  }
  const std::string beside = add("/v1/integrations", "temp/out");
  over("at most 3", "PATCH", "/v1/integrations/" + beside, R"({"event":"temp/i"})");
  EXPECT_EQ(world_.send("ann", "PATCH", "/v1/integrations/" + beside, R"({"event":"hum","name":"x"})").status, 200);
  const std::string off = add("/v1/integrations", "temp/", R"("disabled":true)");
  over("at most 3", "PATCH", "/v1/integrations/" + off, R"({"disabled":false})");
}

TEST_F(QuotasTest, ARefusedIntegrationNamesTheProductWhereTooManyWouldFire) {
  world_.add_organization("ann", "Acme");
  world_.add_product("ann", "acme", "A");
  const std::string b = world_.add_product("ann", "acme", "B");
  const std::string acme = "/v1/orgs/acme/integrations";
  for (const char* url : {"1", "2", "3"}) {
    world_.add_integration("ann", acme,
                           R"({"event":"e","url":"http://recv.test/)" + std::string(url) + R"(","product_ids":["b"]})");
  }
  const Reply reply =
      world_.refused(400, "quota", "on the product b", "ann", "POST", acme, hook("e/f", R"("product_ids":["a","b"])"));
  EXPECT_EQ(reply["violations.0.field"], "event");
  const std::string other = add(acme, "e/f", R"("product_ids":["a"])");
  over("on the product b", "PATCH", acme + "/" + other, R"({"product_ids":["a","b"]})");
  // At the bound a product may still be separated: as many fire as before.
  const Reply list = world_.send("ann", "GET", acme);
  EXPECT_EQ(list.header("X-Total-Count"), "4");
}

TEST_F(QuotasTest, AUserOwnsSoManyOrganizationsAndTheAdministratorAnyNumber) {
  for (const char* name : {"One", "Two"}) world_.add_organization("ann", name);
  over("a user owns at most 2 organizations", "POST", "/v1/orgs", R"({"name":"Three"})");
  for (const char* name : {"A", "B", "C"}) world_.add_organization("root", name);
}

TEST_F(QuotasTest, AnOwnerHasSoManyProducts) {
  world_.add_organization("ann", "Acme");
  for (const char* name : {"A", "B", "C"}) {
    world_.add_product("ann", "acme", name);
    world_.add_product("ann", "", std::string("Own ") + name);
  }
  over("an organization has at most 3 products", "POST", "/v1/orgs/acme/products", R"({"product":{"name":"D"}})");
  over("a user has at most 3 products", "POST", "/v1/products", R"({"product":{"name":"D"}})");
}

// --- streams ---------------------------------------------------------------------------------------------------------

TEST_F(QuotasTest, AUserHasSoManyStreamsAndGetsThemBackWhenTheyEnd) {
  const auto open = [&](std::string_view user) { return world_.send(user, "GET", "/v1/events/x").status; };
  EXPECT_EQ(world_.send("ann", "HEAD", "/v1/events/x").status, 200) << "opens none";
  EXPECT_EQ(open("ann"), 200);
  EXPECT_EQ(open("ann"), 200);
  world_.refused(429, "too_many_requests", "this user has as many event streams open as it may (2)", "ann", "GET",
                 "/v1/events/x");
  EXPECT_EQ(open("bob"), 200);
  world_.refused(429, "too_many_requests", "this address", "bob", "GET", "/v1/events/x");
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/access_tokens/ann").status, 200);
  world_.loop().advance(Limits{}.stream_rights_checked_every);
  EXPECT_EQ(open("bob"), 200) << "ann's have ended";
}

// --- lists -----------------------------------------------------------------------------------------------------------

class ListsTest : public ::testing::Test {
 protected:
  static Limits limits() {
    Limits limits;
    limits.list_bytes_max = 8'000;
    return limits;
  }
  ListsTest() {
    world_.add_user("ann");
    world_.add_organization("ann", "Acme");
    world_.add_product("ann", "acme", "A");
  }
  std::string add(int number) {
    return world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"event":"e)" + std::to_string(number) + R"(","url":"http://recv.test/x","product_ids":["a"]})");
  }
  TestWorld world_{limits()};
};

TEST_F(ListsTest, AListComesByPagesForWhoAsksForThem) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(add(i));
  const auto page = [&](const char* query) {
    const Reply reply = world_.send("ann", "GET", "/v1/orgs/acme/integrations" + std::string(query));
    EXPECT_EQ(reply.header("X-Total-Count"), "5");
    std::vector<std::string> found;
    for (const json::Value& one : reply.body.as_array()) found.push_back(one.find("id")->as_string());
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(page(""), ids);
  EXPECT_EQ(page("?page=1"), ids);
  EXPECT_EQ(page("?page=2&per_page=2"), (Ids{ids[2], ids[3]}));
  EXPECT_EQ(page("?page=3&perPage=2"), Ids{ids[4]});
  EXPECT_EQ(page("?page=4&per_page=2"), Ids{});
  world_.refused(400, "invalid_request", "per_page: expected a number from 1", "ann", "GET",
                 "/v1/orgs/acme/integrations?per_page=0");
}

TEST_F(ListsTest, AListThatWouldBeTooLongIsRefusedAndItsPagesAreNot) {
  for (int i = 0; i < 20; ++i) add(i);
  world_.refused(413, "list_too_long", "?page=", "ann", "GET", "/v1/orgs/acme/integrations");
  EXPECT_EQ(world_.send("ann", "GET", "/v1/orgs/acme/integrations?per_page=5").body.as_array().size(), 5U);
}

TEST_F(ListsTest, SoDoesAnyOtherAnswer) {
  for (int i = 0; i < 60; ++i)
    world_.add_product("ann", "acme", "Product " + std::to_string(i) + std::string(100, 'x'));
  world_.refused(413, "list_too_long", "longer than 8000 bytes", "ann", "GET", "/v1/orgs/acme/products");
}

TEST(IdenticalTest, ShowsSomeAndSaysHowManyThereAre) {
  TestWorld world;
  world.add_user("ann");
  world.add_organization("ann", "Acme");
  world.add_product("ann", "acme", "A");
  std::string first;
  const std::size_t most = Limits{}.identical_shown_max;
  for (std::size_t i = 0; i < most + 3; ++i) {
    const std::string id = world.add_integration("ann", "/v1/orgs/acme/integrations",
                                                 R"({"event":"e","url":"http://recv.test/x","product_ids":["a"]})");
    if (i == 0) first = id;
    const Reply one = world.send("ann", "GET", "/v1/orgs/acme/integrations/" + first);
    EXPECT_EQ(one.find("integration.identical_to")->as_array().size(), std::min(i, most));
    EXPECT_EQ(one["integration.identical_count"], i <= most ? "(absent)" : std::to_string(i));
  }
}

}  // namespace
}  // namespace fleethook::api
