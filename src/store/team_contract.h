// The half of the store contract about teams, API users and who did what. See store_contract.h.
#pragma once
#include <set>

#include "store/store_contract.h"

namespace fleethook::store {

class TeamContract : public StoreContract {};

inline TeamPlace team_of(const core::Organization& organization) {
  return {organization.id, {}};
}
inline TeamPlace team_of(const core::Product& product) {
  return {{}, product.id};
}
// "field from to; ..."
inline std::string diff_text(const AuditEntry& entry) {
  std::string text;
  for (const auto& [field, change] : entry.diff) {
    if (!text.empty()) text += "; ";
    text += field + " " + json::write(*change.find("from")) + " " + json::write(*change.find("to"));
  }
  return text;
}

TEST_P(TeamContract, AMemberOfATeamHasTheRoleInAllProductsOfTheOrganization) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme"), other = add_organization(ann, "Other");
  const core::Product a = add_product(ann, acme, "A"), elsewhere = add_product(ann, other, "Elsewhere");
  ASSERT_TRUE(store().add_member(team_of(acme), bob.id, core::Role::kSupport, actor(ann)).ok());
  const AuditEntry entry = last_audit(acme);
  EXPECT_EQ(entry.action, "team.member_added");
  EXPECT_EQ(entry.by.name, "ann@example.com");
  EXPECT_EQ(entry.target_name, "bob@example.com");
  EXPECT_EQ(diff_text(entry), R"(role null "Support")");
  ASSERT_TRUE(store().change_role(team_of(acme), bob.id, core::Role::kDeveloper, actor(ann)).ok());
  EXPECT_EQ(diff_text(last_audit(acme)), R"(role "Support" "Developer")");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kDeveloper);
    EXPECT_EQ(catalog()->role_on(a.id, bob.id), core::Role::kDeveloper);
    EXPECT_EQ(catalog()->role_on(elsewhere.id, bob.id), core::Role::kNone);
    EXPECT_EQ(catalog()->team_of(acme.id).size(), 2U);
    EXPECT_TRUE(catalog()->team_of(a.id).empty()) << "not a member of the product's own team";
    ASSERT_EQ(catalog()->organizations_of(bob.id).size(), 1U);
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().remove_member(team_of(acme), bob.id, actor(bob)).ok());
  EXPECT_EQ(last_audit(acme).action, "team.member_removed");
  EXPECT_EQ(last_audit(acme).by.name, "bob@example.com");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_on(a.id, bob.id), core::Role::kNone);
    EXPECT_TRUE(catalog()->organizations_of(bob.id).empty());
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(TeamContract, AMembershipOfOneProductHoldsThereAndTheHigherRoleCounts) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com"),
                   eve = add_user("eve@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A"), b = add_product(ann, acme, "B"),
                      own = add_product(ann, {}, "Own");
  ASSERT_TRUE(store().add_member(team_of(a), bob.id, core::Role::kDeveloper, actor(ann)).ok());
  ASSERT_TRUE(store().add_member(team_of(own), bob.id, core::Role::kViewOnly, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme, a.id).action, "team.member_added");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_on(a.id, bob.id), core::Role::kDeveloper);
    EXPECT_EQ(catalog()->role_on(b.id, bob.id), core::Role::kNone);
    EXPECT_EQ(catalog()->role_on(own.id, bob.id), core::Role::kViewOnly);
    EXPECT_EQ(catalog()->role_on(own.id, ann.id), core::Role::kOwner);
    EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kNone);
    EXPECT_TRUE(catalog()->organizations_of(bob.id).empty());
    ASSERT_EQ(catalog()->products_joined_by(bob.id).size(), 2U);
    EXPECT_EQ(catalog()->products_joined_by(bob.id)[0]->id, a.id);
    EXPECT_EQ(catalog()->team_of(a.id), (std::vector<core::Member>{{bob.id, core::Role::kDeveloper}}));
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_EQ(store().add_member(team_of(a), ann.id, core::Role::kViewOnly, {}).error().fault, Fault::kConflict)
      << "has a role through the organization";
  EXPECT_EQ(store().add_member(team_of(own), ann.id, core::Role::kViewOnly, {}).error().fault, Fault::kConflict);
  EXPECT_EQ(store().remove_member(team_of(a), ann.id, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().remove_member(team_of(own), ann.id, {}).error().fault, Fault::kConflict);
  EXPECT_EQ(store().change_role(team_of(own), ann.id, core::Role::kDeveloper, {}).error().fault, Fault::kConflict);
  EXPECT_EQ(store().change_role(team_of(a), bob.id, core::Role::kOwner, {}).error().violations.at(0).field, "role");
  EXPECT_EQ(store().change_role(team_of(a), eve.id, core::Role::kSupport, {}).error().fault, Fault::kNotFound);
  ASSERT_TRUE(store().remove_member(team_of(own), bob.id, {}).ok());
  EXPECT_EQ(catalog()->role_on(own.id, bob.id), core::Role::kNone);
  check_consistent(*catalog());
}

TEST_P(TeamContract, JoiningAnOrganizationEndsMembershipsInItsProducts) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme"), other = add_organization(ann, "Other");
  const core::Product a = add_product(ann, acme, "A"), elsewhere = add_product(ann, other, "Elsewhere");
  ASSERT_TRUE(store().add_member(team_of(a), bob.id, core::Role::kAdministrator, {}).ok());
  ASSERT_TRUE(store().add_member(team_of(elsewhere), bob.id, core::Role::kDeveloper, {}).ok());
  ASSERT_TRUE(store().add_member(team_of(acme), bob.id, core::Role::kViewOnly, {}).ok());
  EXPECT_EQ(last_audit(acme).products, std::vector{a.id}) << "the entry names where the membership ended";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_on(a.id, bob.id), core::Role::kViewOnly);
    EXPECT_EQ(catalog()->role_on(elsewhere.id, bob.id), core::Role::kDeveloper);
    EXPECT_TRUE(catalog()->team_of(a.id).empty());
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().remove_member(team_of(acme), bob.id, {}).ok());
  EXPECT_EQ(catalog()->role_on(a.id, bob.id), core::Role::kNone) << "it does not come back";
}

// What sharing's rules do with products, in short.
inline Result<std::vector<core::IntegrationPtr>> change_product(Store& store,
                                                                const core::Product& product,
                                                                bool erase) {
  return store.change_integrations([&](const Catalog&, const Making&) -> Result<Changes> {
    Changes changes;
    if (erase) {
      changes.deleted_products = {product.id};
    } else {
      changes.products = {product};
    }
    return changes;
  });
}

TEST_P(TeamContract, ATeamOfAProductMovesAndGoesWithIt) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com"),
                   eve = add_user("eve@example.com");
  const core::Organization acme = add_organization(bob, "Acme");
  core::Product own = add_product(ann, {}, "Own");
  ASSERT_TRUE(store().add_member(team_of(own), bob.id, core::Role::kSupport, {}).ok());
  ASSERT_TRUE(store().add_member(team_of(own), eve.id, core::Role::kSupport, {}).ok());
  const core::User bot = store().create_api_user({team_of(own), "Bot", {}, crypto::digest("1")}, {}).value();
  own.organization = acme.id;
  ASSERT_TRUE(change_product(store(), own, false).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_on(own.id, bob.id), core::Role::kOwner) << "through the organization";
    EXPECT_EQ(catalog()->role_on(own.id, eve.id), core::Role::kSupport);
    EXPECT_EQ(catalog()->role_on(own.id, ann.id), core::Role::kNone);
    EXPECT_EQ(catalog()->team_of(own.id).size(), 1U);
    EXPECT_EQ(catalog()->api_users_of(own.id).size(), 1U);
    check_consistent(*catalog());
    reopen();
  }
  own.organization = {};
  own.user = bot.id;
  EXPECT_EQ(change_product(store(), own, false).error().fault, Fault::kNotFound) << "to no API user";
  own.user = eve.id;
  ASSERT_TRUE(change_product(store(), own, false).ok());
  EXPECT_EQ(catalog()->role_on(own.id, eve.id), core::Role::kOwner);
  EXPECT_TRUE(catalog()->team_of(own.id).empty());
  ASSERT_TRUE(store().add_member(team_of(own), ann.id, core::Role::kViewOnly, {}).ok());
  reopen();
  check_consistent(*catalog());
  ASSERT_TRUE(change_product(store(), own, true).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->product(own.id), nullptr);
    EXPECT_EQ(catalog()->user(bot.id), nullptr);
    EXPECT_EQ(catalog()->token(crypto::digest("1")), nullptr);
    EXPECT_TRUE(catalog()->products_joined_by(ann.id).empty());
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(TeamContract, AnOrganizationHasOneOwnerWhateverHappens) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com"),
                   eve = add_user("eve@example.com");
  core::User root = add_user("root@example.com");
  root.administrator = true;
  ASSERT_TRUE(store().update_user(root, {}, {}).ok());
  const core::Organization acme = add_organization(ann, "Acme");
  EXPECT_EQ(store().add_member(team_of(acme), bob.id, core::Role::kOwner, actor(ann)).error().violations.at(0).field,
            "role");
  ASSERT_TRUE(store().add_member(team_of(acme), bob.id, core::Role::kAdministrator, actor(ann)).ok());
  ASSERT_TRUE(store().add_member(team_of(acme), eve.id, core::Role::kViewOnly, actor(ann)).ok());
  const auto roles = [&] {
    std::string text;
    for (const core::User& user : {ann, bob, eve}) {
      text += std::string(core::to_text(catalog()->role_in(acme.id, user.id))) + " ";
    }
    return text;
  };
  EXPECT_EQ(store().remove_member(team_of(acme), ann.id, actor(ann)).error().fault, Fault::kConflict);
  EXPECT_EQ(store().change_role(team_of(acme), ann.id, core::Role::kDeveloper, actor(ann)).error().fault,
            Fault::kConflict);
  EXPECT_EQ(store().change_role(team_of(acme), bob.id, core::Role::kOwner, actor(bob)).error().fault,
            Fault::kForbidden);
  EXPECT_EQ(store().change_role(team_of(acme), eve.id, core::Role::kOwner, actor(bob)).error().fault,
            Fault::kForbidden);
  EXPECT_EQ(roles(), "Owner Administrator View-only ");
  ASSERT_TRUE(store().change_role(team_of(acme), eve.id, core::Role::kOwner, actor(ann)).ok());
  EXPECT_EQ(diff_text(last_audit(acme)), R"(role "View-only" "Owner"; former_owner "ann@example.com" "Administrator")");
  EXPECT_EQ(roles(), "Administrator Administrator Owner ");
  EXPECT_EQ(store().change_role(team_of(acme), bob.id, core::Role::kOwner, actor(ann)).error().fault, Fault::kForbidden)
      << "no Owner any more";
  ASSERT_TRUE(store().change_role(team_of(acme), bob.id, core::Role::kOwner, actor(root)).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(roles(), "Administrator Owner Administrator ");
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().delete_user(ann.id, {}).ok());
  EXPECT_EQ(last_audit(acme).action, "team.member_removed");
  EXPECT_EQ(store().delete_user(bob.id, {}).error().fault, Fault::kConflict);
  EXPECT_EQ(catalog()->team_of(acme.id).size(), 2U);
  check_consistent(*catalog());
}

TEST_P(TeamContract, WhatChangesNothingInATeamLeavesNoTrace) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  ASSERT_TRUE(store().add_member(team_of(acme), bob.id, core::Role::kSupport, {}).ok());
  const auto number = last_audit(acme).number;
  ASSERT_TRUE(store().change_role(team_of(acme), bob.id, core::Role::kSupport, {}).ok());
  ASSERT_TRUE(store().change_role(team_of(acme), ann.id, core::Role::kOwner, {}).ok()) << "she is";
  ASSERT_TRUE(store().update_organization(acme, {}).ok());
  const auto again = store().add_member(team_of(acme), bob.id, core::Role::kDeveloper, {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().fault, Fault::kConflict);
  EXPECT_NE(again.error().message.find("Support"), std::string::npos) << again.error().message;
  EXPECT_EQ(last_audit(acme).number, number);
  EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kSupport);
}

TEST_P(TeamContract, AnApiUserBelongsToOnePlaceAndHasOneToken) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A"), own = add_product(ann, {}, "Own");
  const auto bot = store().create_api_user(
      {team_of(acme), "Cold Chain", {"events:send", "events:get", "events:send"}, crypto::digest("1")}, actor(ann));
  ASSERT_TRUE(bot.ok()) << bot.error().message;
  EXPECT_EQ(last_audit(acme).action, "api_user.created");
  EXPECT_EQ(diff_text(last_audit(acme)), R"(scopes null ["events:get","events:send"])");
  EXPECT_EQ(bot->username.substr(0, 11), "cold-chain+");
  EXPECT_EQ(bot->username.size(), std::string("cold-chain+0123456789@api.particle.io").size());
  const auto other = store().create_api_user({team_of(a), "Cold Chain", {}, crypto::digest("2")}, actor(ann));
  ASSERT_TRUE(other.ok());
  EXPECT_NE(other->username, bot->username);
  for (int round = 0; round < 2; ++round) {
    const core::User* found = catalog()->user_by_name(bot->username);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->api, (core::ApiAccess{acme.id, {}, "Cold Chain", {"events:get", "events:send"}}));
    EXPECT_TRUE(found->password_hash.empty());
    EXPECT_FALSE(found->administrator);
    ASSERT_NE(catalog()->token(crypto::digest("1")), nullptr);
    EXPECT_EQ(catalog()->token(crypto::digest("1"))->expires_at, std::nullopt);
    ASSERT_EQ(catalog()->api_users_of(acme.id).size(), 1U);
    EXPECT_EQ(catalog()->api_users_of(acme.id)[0], found);
    ASSERT_EQ(catalog()->api_users_of(a.id).size(), 1U);
    EXPECT_EQ(catalog()->user(other->id)->api->product, a.id);
    EXPECT_TRUE(catalog()->team_of(acme.id).size() == 1) << "no member";
    check_consistent(*catalog());
    reopen();
  }
  // Not a person: owns nothing, joins nothing, and gets no other token.
  EXPECT_EQ(store().add_token({crypto::digest("3"), bot->id, "cli", std::nullopt, {}}, {}).error().fault,
            Fault::kConflict);
  EXPECT_EQ(store().add_member(team_of(acme), bot->id, core::Role::kSupport, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().create_organization({"X", "", core::Plan::kFree, bot->id}, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().create_product({"X", "", "", 0, json::Object{}, {}, bot->id}, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().claim_device(device_id(1), bot->id, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().import_devices(own.id, {device_id(1)}, bot->id, {}).error().fault, Fault::kInvalid);
  core::User changed = *bot;
  changed.api.reset();
  ASSERT_TRUE(store().update_user(changed, {}, {}).ok());
  EXPECT_TRUE(catalog()->user(bot->id)->api.has_value());
  EXPECT_EQ(store().delete_api_user(ann.id, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().update_api_user(ann.id, {}, {}).error().fault, Fault::kNotFound);
  ASSERT_TRUE(store().delete_api_user(bot->id, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme).action, "api_user.removed");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->user(bot->id), nullptr);
    EXPECT_EQ(catalog()->token(crypto::digest("1")), nullptr);
    EXPECT_TRUE(catalog()->api_users_of(acme.id).empty());
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(TeamContract, ATokenOfAnApiUserIsReplacedWithItsScopes) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::User bot =
      store().create_api_user({team_of(acme), "Bot", {"events:get"}, crypto::digest("1")}, {}).value();
  const auto update = [&](std::optional<std::string> name, std::optional<std::vector<std::string>> scopes,
                          const char* token, bool replace) {
    auto changed = store().update_api_user(bot.id, {std::move(name), std::move(scopes), crypto::digest(token), replace},
                                           actor(ann));
    EXPECT_TRUE(changed.ok());
    return changed.ok() && changed->token_replaced;
  };
  const auto living = [&] {
    std::string text;
    for (const char* token : {"1", "2", "3"}) {
      if (catalog()->token(crypto::digest(token)) != nullptr) text += token;
    }
    return text;
  };
  EXPECT_FALSE(update("Robot", std::nullopt, "2", false));
  EXPECT_EQ(diff_text(last_audit(acme)), R"(friendly_name "Bot" "Robot")");
  EXPECT_EQ(living(), "1");
  const auto number = last_audit(acme).number;
  EXPECT_FALSE(update("Robot", std::vector<std::string>{"events:get", "events:get"}, "2", false)) << "the same scopes";
  EXPECT_EQ(last_audit(acme).number, number);
  EXPECT_TRUE(update(std::nullopt, std::vector<std::string>{"events:send"}, "2", false));
  EXPECT_EQ(diff_text(last_audit(acme)), R"(scopes ["events:get"] ["events:send"])");
  EXPECT_EQ(living(), "2");
  EXPECT_TRUE(update(std::nullopt, std::nullopt, "3", true));
  EXPECT_EQ(last_audit(acme).action, "api_user.token_replaced");
  EXPECT_EQ(diff_text(last_audit(acme)), "") << "a token is written nowhere";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(living(), "3");
    EXPECT_EQ(catalog()->user(bot.id)->username, bot.username);
    EXPECT_EQ(catalog()->user(bot.id)->api->friendly_name, "Robot");
    EXPECT_EQ(catalog()->user(bot.id)->api->scopes, std::vector<std::string>{"events:send"});
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(TeamContract, ChangesOfOrganizationsProductsAndDevicesAreAudited) {
  const core::User ann = add_user("ann@example.com");
  core::Organization acme = add_organization(ann, "Acme");
  EXPECT_EQ(last_audit(acme).action, "organization.created");
  EXPECT_EQ(last_audit(acme).by.user, ann.id);
  acme.name = "Acme Two";
  acme.plan = core::Plan::kFree;
  ASSERT_TRUE(store().update_organization(acme, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme).action, "organization.updated");
  EXPECT_EQ(diff_text(last_audit(acme)), R"(name "Acme" "Acme Two"; plan "enterprise" "free")");
  const core::Product a = add_product(ann, acme, "A");
  EXPECT_EQ(last_audit(acme, a.id).action, "product.created");
  core::Product named = a;
  named.name = "Pump";
  named.slug = "pump";
  ASSERT_TRUE(store().update_product(named, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme, a.id).action, "product.updated");
  EXPECT_EQ(diff_text(last_audit(acme, a.id)), R"(name "A" "Pump"; slug "a" "pump")");
  const auto renamed = last_audit(acme).number;
  ASSERT_TRUE(store().update_product(named, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme).number, renamed) << "nothing changed";
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1), device_id(2)}, ann.id, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme, a.id).action, "device.added");
  EXPECT_NE(diff_text(last_audit(acme, a.id)).find(device_id(2).str()), std::string::npos);
  core::Device device = *catalog()->device(device_id(1));
  device.name = "freezer";
  ASSERT_TRUE(store().update_device(device, actor(ann)).ok());
  EXPECT_EQ(diff_text(last_audit(acme, a.id)), R"(name "" "freezer")");
  const auto number = last_audit(acme).number;
  ASSERT_TRUE(store().update_device(device, actor(ann)).ok());
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1)}, ann.id, actor(ann)).ok());
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, actor(ann)).ok());
  EXPECT_EQ(last_audit(acme).number, number) << "nothing changed";
  ASSERT_TRUE(store().release_device(a.id, device_id(1), actor(ann)).ok());
  EXPECT_EQ(last_audit(acme, a.id).action, "device.released");
  EXPECT_EQ(diff_text(last_audit(acme, a.id)), R"(owner "ann@example.com" null)");
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), actor(ann)).ok());
  EXPECT_EQ(last_audit(acme, a.id).action, "device.removed");
  EXPECT_EQ(last_audit(acme, a.id).target, device_id(1).str());
  // A device of nobody's product is its owner's matter.
  ASSERT_TRUE(store().claim_device(device_id(7), ann.id, actor(ann)).ok());
  ASSERT_TRUE(store().release_own_device(device_id(7), ann.id, actor(ann)).ok());
  AuditQuery of_ann;
  of_ann.owner = ann.id;
  const auto entries = store().audit(of_ann);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ(entries->at(0).action, "device.released");
  EXPECT_EQ(entries->at(1).action, "device.claimed");
  EXPECT_EQ(entries->at(2).action, "user.created");
}

TEST_P(TeamContract, ChangesOfAccountsAndTokensAreAudited) {
  const core::User root = add_user("root@example.com");
  core::User ann = store().create_user({"ann@example.com", "h1", json::Object{}, false}, actor(root)).value();
  const core::Organization acme = add_organization(root, "Acme");
  const auto newest = [&] {
    AuditQuery query;
    query.owner = ann.id;
    query.limit = 1;
    return store().audit(query).value().at(0);
  };
  EXPECT_EQ(newest().action, "user.created");
  EXPECT_EQ(newest().by.name, "root@example.com") << "whoever created it; who signs up does it alone";
  EXPECT_EQ(newest().target, ann.id.str());
  ann.username = "ann@example.org";
  ann.password_hash = "h2";
  ann.account_info = json::Object{{"first", "Ann"}};
  ASSERT_TRUE(store().update_user(ann, actor(ann), {}).ok());
  EXPECT_EQ(diff_text(newest()), R"(username "ann@example.com" "ann@example.org"; account_info {} {"first":"Ann"}; )"
                                 R"(password "[[SENSITIVE]]" "[[SENSITIVE]]")");
  const auto number = newest().number;
  ASSERT_TRUE(store().update_user(ann, actor(ann), {}).ok());
  EXPECT_EQ(newest().number, number) << "nothing changed";
  const auto log_in = [&](const char* text) {
    return store()
        .add_token({crypto::digest(text), ann.id, "cli", Instant(Duration(0)), clock().now()}, actor(ann))
        .ok();
  };
  ASSERT_TRUE(log_in("one") && log_in("two") && log_in("three"));
  EXPECT_EQ(newest().action, "token.created");
  EXPECT_EQ(diff_text(newest()), R"(client null "cli"; expires_at null "1970-01-01T00:00:00.000Z")");
  ASSERT_TRUE(store().revoke_token(crypto::digest("one")).ok());
  EXPECT_EQ(newest().action, "token.revoked");
  EXPECT_EQ(newest().by.user, ann.id) << "by holding it";
  ASSERT_TRUE(store().revoke_tokens_of(ann.id, actor(ann)).ok());
  EXPECT_EQ(newest().action, "token.all_revoked");
  EXPECT_EQ(diff_text(newest()), "tokens 2 0");
  const auto last = newest().number;
  ASSERT_TRUE(store().revoke_tokens_of(ann.id, actor(ann)).ok());
  EXPECT_EQ(newest().number, last) << "there was none";
  ASSERT_TRUE(store().delete_user(ann.id, actor(ann)).ok());
  reopen();
  EXPECT_EQ(newest().action, "user.deleted") << "the log outlives the user";
  // Without anything that narrows it: the whole installation.
  const auto all = store().audit({}).value();
  EXPECT_EQ(all.front().number, newest().number);
  EXPECT_EQ(all.back().number, 1U);
  EXPECT_EQ(last_audit(acme).action, "organization.created") << "accounts are no organization's matter";
}

TEST_P(TeamContract, AnApiUserThatEndsItsTokenIsItsOrganizationsMatter) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const auto bot = store().create_api_user({{acme.id, {}}, "bot", {"events:send"}, crypto::digest("b")}, actor(ann));
  ASSERT_TRUE(bot.ok());
  ASSERT_TRUE(store().revoke_token(crypto::digest("b")).ok());
  EXPECT_EQ(last_audit(acme).action, "token.revoked");
  EXPECT_EQ(last_audit(acme).target, bot->username);
}

}  // namespace fleethook::store
