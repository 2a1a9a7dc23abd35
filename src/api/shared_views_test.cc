// A shared integration as members of single products see it: as it is there, and nothing of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sharing_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SharedViews : public SharingTest {
 protected:
  SharedViews() {
    for (const char* name : {"mia", "ada", "two", "vic"}) world_.add_user(name);
    join("/v1/products/" + a_, "mia", "View-only");
    join("/v1/products/" + a_, "ada", "Administrator");
    join("/v1/products/" + a_, "two", "View-only");
    join("/v1/products/" + b_, "two", "View-only");
    join("/v1/orgs/acme", "vic", "View-only");
    id_ = shared("h", "", R"(["a","b","c"])");
    override_on("b", "hidden-host", "hidden-password");
    override_on("b", "hidden-host-2", "hidden-password-2");
    override_on("a", "own-host", "own-password");
    ok(org("POST", "/" + id_ + "/pause", R"({"product_ids":["c"],"mode":"hold"})"));
    ok(org("POST", "/" + id_ + "/stage", R"({"product_ids":["b"],"settings":{"url":"http://staged-hidden.test/"}})"));
  }
  void join(const std::string& at, const std::string& name, const std::string& role) {
    ok(world_.join("ann", at + "/team", name, role));
  }
  void override_on(const std::string& product, const std::string& host, const std::string& password) {
    ok(org("PUT", "/" + id_ + "/products/" + product + "/override",
           R"({"url":"http://)" + host + R"(.test/","auth":{"username":"me","password":")" + password +
               R"("},"headers":{"X-)" + host + R"(":"1"}})"));
  }
  static void ok(const Reply& reply) { EXPECT_LT(reply.status, 300) << reply.text; }

  // Everything that shows the integration on a product's path.
  std::string all_seen_by(const std::string& user, const std::string& product, bool audit) {
    std::string all;
    const auto add = [&](std::string_view method, const std::string& path, std::string body = "") {
      const Reply reply = world_.send(user, method, path, std::move(body));
      EXPECT_EQ(reply.status, 200) << user << " " << path << " " << reply.text;
      all += reply.text + "\n";
    };
    const std::string base = "/v1/products/" + product + "/integrations";
    add("GET", base);
    add("GET", base + "/" + id_);
    add("GET", base + "/" + id_ + "/versions");
    for (const char* version : {"1", "2", "3", "4", "4?against=1"})
      add("GET", base + "/" + id_ + "/versions/" + version);
    add("GET", base + "/" + id_ + "/history");
    add("GET", base + "/counters");
    add("POST", base + "/" + id_ + "/preview", "{}");
    if (audit) add("GET", "/v1/products/" + product + "/audit");
    return all;
  }

  std::string id_;
};

TEST_F(SharedViews, AMemberOfOneProductSeesNothingThatIsSetForOthers) {
  for (const char* user : {"mia", "ada"}) {
    const std::string seen = all_seen_by(user, a_, std::string(user) == "ada");
    EXPECT_THAT(seen, HasSubstr("own-host"));
    for (const char* part : {"hidden", "\"slug\":\"b\"", "\"slug\":\"c\"", "\"mode\":\"hold\""})
      EXPECT_THAT(seen, Not(HasSubstr(part))) << user;
    EXPECT_THAT(seen, Not(HasSubstr("overrides." + b_)));
    EXPECT_THAT(seen, Not(HasSubstr("pause." + c_)));
  }
}

TEST_F(SharedViews, WhatIsLeftOutIsCounted) {
  const Reply view = world_.send("mia", "GET", "/v1/products/" + a_ + "/integrations/" + id_);
  EXPECT_EQ(view["integration.shared"], "true");
  EXPECT_EQ(view["integration.product_ids"], "[" + a_ + "]");
  EXPECT_EQ(view["integration.more_products"], "2");
  EXPECT_EQ(view["integration.products.0.slug"], "a");
  EXPECT_EQ(view["integration.products.1"], "(absent)");
  EXPECT_EQ(view["integration.staged"], "(absent)");
  const Reply version = world_.send("mia", "GET", "/v1/products/" + a_ + "/integrations/" + id_ + "/versions/1");
  EXPECT_EQ(version["version.more_products"], "2");
}

TEST_F(SharedViews, AMemberOfTwoProductsSeesBothAndOneWithARoleInTheOrganizationAll) {
  const Reply two = world_.send("two", "GET", "/v1/products/" + a_ + "/integrations/" + id_);
  EXPECT_EQ(two["integration.product_ids"], "[" + a_ + "," + b_ + "]");
  EXPECT_EQ(two["integration.more_products"], "1");
  EXPECT_EQ(two["integration.staged.product_ids"], "[" + b_ + "]");
  EXPECT_THAT(all_seen_by("two", a_, false), HasSubstr("hidden-host-2"));
  const Reply vic = world_.send("vic", "GET", "/v1/products/" + a_ + "/integrations/" + id_);
  EXPECT_EQ(vic["integration.product_ids"], "[" + a_ + "," + b_ + "," + c_ + "]");
  EXPECT_EQ(vic["integration.more_products"], "(absent)");
  EXPECT_THAT(all_seen_by("vic", a_, false), HasSubstr("hidden-host-2"));
  EXPECT_THAT(all_seen_by("root", a_, true), HasSubstr("hidden-host-2"));
}

TEST_F(SharedViews, ARefusedEditNamesTheProductsThatOneSees) {
  const Reply refused =
      world_.send("ada", "PATCH", "/v1/products/" + a_ + "/integrations/" + id_, R"({"url":"http://x.test"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused["code"], "shared_integration");
  EXPECT_EQ(refused["products.0.slug"], "a");
  EXPECT_EQ(refused["products.1"], "(absent)");
  EXPECT_EQ(refused["more_products"], "2");
  EXPECT_THAT(refused["error"], HasSubstr("the products a and 2 more;"));
}

TEST_F(SharedViews, AVersionThatOnlyOthersTryIsTheirs) {
  world_.refused(404, "not_found", "version 5", "mia", "GET",
                 "/v1/products/" + a_ + "/integrations/" + id_ + "/versions/5");
  EXPECT_EQ(world_.send("vic", "GET", "/v1/products/" + a_ + "/integrations/" + id_ + "/versions/5").status, 200);
  ok(org("POST", "/" + id_ + "/promote"));
  EXPECT_THAT(world_.send("mia", "GET", "/v1/products/" + a_ + "/integrations/" + id_)["integration.url"],
              HasSubstr("staged-hidden"))
      << "it is everybody's now";
}

TEST_F(SharedViews, AWarningDoesNotNameProductsOutOfSight) {
  world_.add_integration("ann", "/v1/products/" + b_ + "/integrations",
                         R"({"event":"temp","name":"beside","url":"http://hidden-host-2.test/"})");
  EXPECT_THAT(world_.send("mia", "GET", "/v1/products/" + a_ + "/integrations/" + id_).text, Not(HasSubstr("beside")));
  EXPECT_THAT(org("GET", "/" + id_).text, HasSubstr("beside"));
}

}  // namespace
}  // namespace fleethook::api
