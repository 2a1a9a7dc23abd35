// Every route, as everybody: each role in an organization and on one product only, API users with the scopes that are
// needed, without one of them and without any, and everybody who has all rights somewhere else. What must come out is
// computed from the permission table and the pattern of the route; what comes out is told from the words of the gate's
// refusals. Anything else has passed the gate.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/permissions.h"
#include "api/session.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using core::Role;

constexpr Role kRoles[] = {Role::kNone,      Role::kViewOnly,      Role::kSupport,
                           Role::kDeveloper, Role::kAdministrator, Role::kOwner};
constexpr std::string_view kNoId = "00000000000000000000abcd";

// What the test knows of a caller, on its own: it does not ask the catalog.
struct Caller {
  std::string token;
  bool administrator = false;
  Role in_acme = Role::kNone;    // and so on cold and warm, its products
  Role on_cold = Role::kNone;    // in its own team
  Role on_garage = Role::kNone;  // a product of a user
  bool is_api_user = false;
  std::string belongs_to{};  // an API user: "acme", "cold", "warm", "other", "elsewhere"
  std::set<std::string_view> scopes{};
};

// What a path names. "" = its pattern has no such name.
struct Target {
  std::string organization, product;
};

// "passed", or a refusal of the gate.
std::string expected(const Caller& caller, const PermissionRow& row, const Target& target) {
  if (caller.is_api_user && row.api_users == ApiUsers::kClosed) return "closed to API users";
  const auto in_acme = [](const std::string& product) { return product == "cold" || product == "warm"; };
  const auto role_on = [&](const std::string& product) {
    if (product == "garage") return caller.on_garage;
    if (!in_acme(product)) return Role::kNone;
    return product == "cold" ? std::max(caller.in_acme, caller.on_cold) : caller.in_acme;
  };
  if (!target.organization.empty()) {
    const bool sees = caller.is_api_user ? caller.belongs_to == "acme" : caller.in_acme != Role::kNone;
    if (!sees && !caller.administrator) return "no organization";
  }
  if (!target.product.empty()) {
    const bool through = (caller.belongs_to == "acme" && in_acme(target.product)) ||
                         (caller.belongs_to == "other" && target.product == "elsewhere");
    const bool sees =
        caller.is_api_user ? caller.belongs_to == target.product || through : role_on(target.product) != Role::kNone;
    if (!sees && !caller.administrator) return "no product";
    if (!target.organization.empty() && !in_acme(target.product)) return "no product";
  }
  if (caller.administrator) return "passed";
  if (row.of_installation) return "needs the administrator of the installation";
  if (caller.is_api_user) {
    for (const std::string_view scope : scopes_of(row)) {
      if (!caller.scopes.contains(scope)) return "needs scope " + std::string(scope);
    }
    return "passed";
  }
  if (target.organization.empty() && target.product.empty()) return "passed";
  if (row.of_owner) {  // its own team does not count
    const Role of_owner = in_acme(target.product) ? caller.in_acme : role_on(target.product);
    const Role needed = in_acme(target.product) ? row.role : Role::kOwner;
    return of_owner >= needed ? "passed" : "needs role " + std::string(core::to_text(needed));
  }
  const Role role = target.product.empty() ? caller.in_acme : role_on(target.product);
  return role >= row.role ? "passed" : "needs role " + std::string(core::to_text(row.role));
}

std::string outcome(const Reply& reply, const Target& target) {
  const std::string sentence = reply["error"];
  const auto quoted = [](std::string_view kind, const std::string& name) {
    return "there is no " + std::string(kind) + " '" + name + "'";
  };
  if (reply.status == 400 && sentence == "unauthorized") return "closed to API users";
  if (reply.status == 404 && !target.organization.empty() && sentence == quoted("organization", target.organization))
    return "no organization";
  if (reply.status == 404 && !target.product.empty() && sentence.starts_with(quoted("product", target.product)))
    return "no product";
  if (reply.status == 403 && sentence == "this needs the administrator of the installation")
    return sentence.substr(std::string_view("this ").size());
  if (reply.status == 403 && reply["code"] == "forbidden") {
    for (const std::string_view kind : {"role", "scope"}) {
      const std::string start = "this needs the " + std::string(kind) + " ";
      if (!sentence.starts_with(start)) continue;
      const std::string rest = sentence.substr(start.size());
      return "needs " + std::string(kind) + " " + rest.substr(0, std::min(rest.find(' '), rest.find(',')));
    }
  }
  return "passed";
}

class PermissionMatrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new World; }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }

  // Set up once; what passes the gate finds nothing to change, as the ids in the paths are nobody's and the bodies are
  // empty.
  struct World {
    TestWorld test;
    std::vector<Caller> people, foreign_api_users;
    core::OrganizationId acme, other;
    std::map<std::string, core::ProductId> products;

    World() {
      test.add_user("root", /*administrator=*/true);
      const core::UserId ann = test.add_user("ann");
      test.add_user("gina");
      test.add_user("stranger");
      test.add_organization("ann", "acme");
      test.add_organization("stranger", "other");
      acme = test.store().catalog()->organization_by_slug("acme")->id;
      other = test.store().catalog()->organization_by_slug("other")->id;
      for (const auto& [owner, organization, name] :
           std::initializer_list<std::array<const char*, 3>>{{"ann", "acme", "cold"},
                                                             {"ann", "acme", "warm"},
                                                             {"stranger", "other", "elsewhere"},
                                                             {"gina", "", "garage"}}) {
        test.add_product(owner, organization, name);
        products[name] = test.store().catalog()->product_by_slug(name)->id;
      }
      people.push_back({"root", true});
      people.push_back({"ann", false, Role::kOwner});
      people.push_back({"gina", false, Role::kNone, Role::kNone, Role::kOwner});
      people.push_back({"stranger"});
      for (const Role role : kRoles) {
        if (role == Role::kOwner) continue;
        const std::string name = role == Role::kNone ? "nobody" : "has-" + ascii_lower(core::to_text(role));
        const core::UserId in_organization = test.add_user(name);
        people.push_back({name, false, role});
        if (role == Role::kNone) continue;
        add(store::TeamPlace{acme, {}}, in_organization, role);
        add(store::TeamPlace{{}, products["cold"]}, test.add_user(name + "-on-cold"), role);
        people.push_back({name + "-on-cold", false, Role::kNone, role});
        add(store::TeamPlace{{}, products["garage"]}, test.add_user(name + "-on-garage"), role);
        people.push_back({name + "-on-garage", false, Role::kNone, Role::kNone, role});
      }
      std::set<std::string_view> all(known_scopes().begin(), known_scopes().end());
      for (const char* place : {"warm", "other", "elsewhere", "garage"})
        foreign_api_users.push_back(api_user(place, all));
      (void)ann;
    }

    void add(const store::TeamPlace& place, const core::UserId& user, Role role) {
      const auto added = test.store().add_member(place, user, role, {});
      ASSERT_TRUE(added.ok()) << added.error().message;
    }
    // One for each place and set of scopes.
    Caller api_user(const std::string& place, const std::set<std::string_view>& scopes) {
      Caller caller;
      caller.is_api_user = true;
      caller.belongs_to = place;
      caller.scopes = scopes;
      const bool most = scopes.size() > known_scopes().size() / 2;
      caller.token = "bot-of-" + place + (most ? " without" : " with");  // a name that tells what it may do, and short
      store::NewApiUser wanted;
      if (place == "acme")
        wanted.place.organization = acme;
      else if (place == "other")
        wanted.place.organization = other;
      else
        wanted.place.product = products.at(place);
      wanted.friendly_name = "bot";
      for (const std::string_view scope : known_scopes()) {
        if (scopes.contains(scope)) wanted.scopes.emplace_back(scope);
        if (scopes.contains(scope) != most) caller.token += " " + std::string(scope);
      }
      wanted.token = crypto::digest(caller.token);
      if (test.store().catalog()->token(wanted.token) == nullptr) {
        EXPECT_TRUE(test.store().create_api_user(std::move(wanted), {}).ok());
      }
      return caller;
    }
    // Another product of the same owner, for those who may delete it.
    std::string spare_of(const std::string& product) {
      const store::CatalogPtr catalog = test.store().catalog();
      const core::Product* like = catalog->product_by_slug(product);
      auto made = test.store().create_product({"spare", "", "", 0, json::Object{}, like->organization, like->user}, {});
      EXPECT_TRUE(made.ok());
      return made->slug;
    }
    // Some routes end the caller's token.
    void ensure_token(const Caller& caller, const core::UserId& user) {
      const crypto::Digest digest = crypto::digest(caller.token);
      if (test.store().catalog()->token(digest) != nullptr) return;
      if (caller.is_api_user) {
        EXPECT_TRUE(test.store().update_api_user(user, {std::nullopt, std::nullopt, digest, true}, {}).ok());
      } else {
        EXPECT_TRUE(test.store().add_token({digest, user, "test", std::nullopt, {}}, {}).ok());
      }
    }
  };

  static std::vector<Target> targets_of(const Route& route) {
    const bool organization = route.pattern.find("/:organization") != std::string_view::npos;
    const bool product = route.pattern.find("/:product") != std::string_view::npos;
    if (organization && product)
      return {{"acme", "cold"}, {"acme", "warm"}, {"acme", "elsewhere"}, {"acme", "garage"}, {"acme", "none"}};
    if (organization) return {{"acme", ""}};
    if (product) return {{"", "cold"}, {"", "warm"}, {"", "garage"}, {"", "elsewhere"}};
    return {{"", ""}};
  }

  static std::string path_of(const Route& route, const Target& target) {
    std::string path;
    std::string_view rest = route.pattern;
    while (!rest.empty()) {
      rest.remove_prefix(1);
      const std::string_view segment = rest.substr(0, rest.find('/'));
      rest.remove_prefix(segment.size());
      path += '/';
      if (segment == ":organization")
        path += target.organization;
      else if (segment == ":product")
        path += target.product;
      else if (segment == ":username")
        path += "ghost@example.com";
      else if (segment.starts_with(':'))
        path += kNoId;
      else if (segment.starts_with('*'))
        path += "x";
      else
        path += segment;
    }
    return path;
  }

  void check(const Caller& caller, const Route& route) {
    const PermissionRow& row = row_of(route.permission);
    const core::UserId user = world_->test.store().catalog()->token(crypto::digest(caller.token))->user;
    for (const Target& target : targets_of(route)) {
      std::string wanted = expected(caller, row, target);
      // Of elsewhere only the stranger may know, and the administrator.
      if (caller.token == "stranger" && target.product == "elsewhere" && target.organization.empty()) wanted = "passed";
      if (target.product == "none" && wanted == "passed") wanted = "no product";
      const bool deletes = wanted == "passed" && route.method == "DELETE" && route.pattern == "/v1/products/:product";
      const std::string path = deletes ? "/v1/products/" + world_->spare_of(target.product) : path_of(route, target);
      const Reply reply = world_->test.send(caller.token, route.method, path,
                                            route.method == "GET" || route.method == "DELETE" ? "" : "{}");
      ++requests_;
      const std::string what =
          std::string(route.method) + " " + path + " as " + caller.token + " (" + std::string(row.name) + ")";
      EXPECT_EQ(outcome(reply, target), wanted) << what << " -> " << reply.status << " " << reply.text;
      EXPECT_TRUE(reply.status < 500 || reply.status == 501) << what << " -> " << reply.text;
      if (!row.without_token) {
        EXPECT_NE(reply.status, 401) << what;
      }
      world_->ensure_token(caller, user);
      if (!caller.is_api_user) check_session(caller, user, route, deletes ? path : path_of(route, target), reply);
    }
  }

  // Under a cookie the answer is the same, if it comes with the proof; without, no change is made.
  void check_session(const Caller& caller,
                     const core::UserId& user,
                     const Route& route,
                     const std::string& path,
                     const Reply& by_token) {
    const std::string secret = "session of " + caller.token + " in a browser";
    core::AccessToken session{crypto::digest(secret), user, "", std::nullopt, {}, core::TokenKind::kSession};
    session.created_at = world_->test.loop().clock().now();
    if (world_->test.store().catalog()->token(session.digest) == nullptr) {
      ASSERT_TRUE(world_->test.store().add_token(session, {}).ok());
    }
    http::Request request;
    request.method = route.method;
    request.target = path;
    request.headers.add("Cookie", "fleethook_session=" + secret);
    if (route.method != "GET" && route.method != "DELETE") {
      request.headers.add("Content-Type", "application/json");
      request.body = "{}";
    }
    const std::string what = request.method + " " + path + " as " + caller.token + " in a browser";
    if (route.method != "GET") {
      const Reply refused = world_->test.send(request);
      if (row_of(route.permission).without_token) {
        EXPECT_NE(refused["code"], "csrf") << what;
      } else {
        EXPECT_EQ(refused.status, 403) << what;
        EXPECT_EQ(refused["code"], "csrf") << what;
      }
      request.headers.add("X-CSRF-Token", csrf_of(secret));
    }
    // What is deleted is gone, and whose account is deleted is nobody.
    if (route.method == "DELETE" && by_token.status < 300) return;
    EXPECT_EQ(world_->test.send(request).status, by_token.status) << what;
    world_->ensure_token(caller, user);
  }

  static World* world_;
  std::size_t requests_ = 0;
};

PermissionMatrix::World* PermissionMatrix::world_ = nullptr;

TEST_F(PermissionMatrix, PeopleOfEveryRole) {
  for (const Route& route : all_routes()) {
    for (const Caller& caller : world_->people) check(caller, route);
  }
  EXPECT_GT(requests_, 1500U);
}

TEST_F(PermissionMatrix, ApiUsersWithAndWithoutTheScopes) {
  const std::set<std::string_view> all(known_scopes().begin(), known_scopes().end());
  for (const Route& route : all_routes()) {
    const auto needed = scopes_of(row_of(route.permission));
    for (const char* place : {"acme", "cold"}) {
      check(world_->api_user(place, {}), route);
      check(world_->api_user(place, {needed.begin(), needed.end()}), route);
      for (const std::string_view scope : needed) {
        std::set<std::string_view> all_but = all;
        all_but.erase(scope);
        check(world_->api_user(place, all_but), route);
      }
    }
  }
  EXPECT_GT(requests_, 500U);
}

TEST_F(PermissionMatrix, ApiUsersOfOtherPlacesWithAllScopes) {
  for (const Route& route : all_routes()) {
    for (const Caller& caller : world_->foreign_api_users) check(caller, route);
  }
}

// The table itself: a row that was put too low would pass all of the above.
// A preview of what is saved and an explanation change nothing; they are POST because they take a body. A preview of
// what one would make asks for the right to make it.
bool only_looks(const Route& route) {
  return route.method == "GET" || route.pattern.ends_with("/:id/preview") || route.pattern.ends_with("/explain");
}

TEST_F(PermissionMatrix, LookingNeedsViewOnlyAndChangingDeveloper) {
  const std::set<Permission> for_administrators = {Permission::kOrganizationUpdate, Permission::kProductUpdate,
                                                   Permission::kTeamInvite,         Permission::kTeamUpdate,
                                                   Permission::kTeamRemove,         Permission::kAuditRead};
  const std::set<std::string> public_routes = {"POST /oauth/token", "DELETE /v1/access_tokens/:token",
                                               "POST /v1/session",  "POST /v1/user/password-reset",
                                               "POST /v1/users",    "GET /healthz",
                                               "GET /readyz",       "GET /metrics",
                                               "GET /openapi.json", "GET /"};
  for (const Route& route : all_routes()) {
    const PermissionRow& row = row_of(route.permission);
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    EXPECT_EQ(row.without_token, public_routes.contains(std::string(route.method) + " " + std::string(route.pattern)));
    const Target target = targets_of(route).front();
    if (target.organization.empty() && target.product.empty()) continue;
    if (for_administrators.contains(route.permission)) {
      EXPECT_EQ(row.role, Role::kAdministrator);
      EXPECT_EQ(row.api_users, ApiUsers::kClosed);
    } else {
      EXPECT_EQ(row.role, only_looks(route) ? Role::kViewOnly : Role::kDeveloper);
    }
  }
}

}  // namespace
}  // namespace fleethook::api
