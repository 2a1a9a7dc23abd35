// The part of the store contract about users, tokens, organizations and products, and about the catalog as a whole. See
// store_contract.h.
#pragma once
#include <atomic>
#include <thread>

#include "base/random.h"
#include "store/store_contract.h"

namespace fleethook::store {

class CatalogContract : public StoreContract {};

TEST_P(CatalogContract, StartsEmpty) {
  EXPECT_TRUE(catalog()->organizations().empty());
  EXPECT_EQ(catalog()->integration_count(), 0U);
  EXPECT_EQ(catalog()->user(core::UserId{}), nullptr);
  EXPECT_EQ(store().trouble(), "");
}

TEST_P(CatalogContract, AUserIsFoundByIdAndByName) {
  const core::User ann = add_user("ann@example.com");
  EXPECT_FALSE(ann.id.is_none());
  EXPECT_EQ(ann.created_at, clock().now());
  for (int round = 0; round < 2; ++round) {
    ASSERT_NE(catalog()->user(ann.id), nullptr);
    EXPECT_EQ(catalog()->user_by_name("ann@example.com"), catalog()->user(ann.id));
    EXPECT_EQ(catalog()->user(ann.id)->password_hash, "hash of ann@example.com");
    EXPECT_EQ(catalog()->user(ann.id)->account_info, json::Value(json::Object{{"first", "ann@example.com"}}));
    EXPECT_EQ(catalog()->user_by_name("bob@example.com"), nullptr);
    reopen();
  }
}

TEST_P(CatalogContract, ATakenUsernameIsRefusedByNameAndNothingChanges) {
  add_user("ann@example.com");
  core::User bob = add_user("bob@example.com");
  const auto before = catalog();
  const auto again = store().create_user({"ann@example.com", "", json::Object{}, true}, {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().fault, Fault::kConflict);
  EXPECT_NE(again.error().message.find("ann@example.com"), std::string::npos);
  bob.username = "ann@example.com";
  const auto renamed = store().update_user(bob, {}, {});
  ASSERT_FALSE(renamed.ok());
  EXPECT_EQ(renamed.error().fault, Fault::kConflict);
  EXPECT_EQ(catalog(), before);
}

TEST_P(CatalogContract, AUserCanBeRenamedAndTheOldNameIsFree) {
  core::User ann = add_user("ann@example.com");
  const Instant created = ann.created_at;
  clock().advance(std::chrono::hours(1));
  ann.username = "anna@example.com";
  ann.password_hash = "new";
  ann.administrator = true;
  ann.created_at = clock().now();
  ASSERT_TRUE(store().update_user(ann, {}, {}).ok());
  EXPECT_EQ(catalog()->user_by_name("ann@example.com"), nullptr);
  add_user("ann@example.com");
  reopen();
  const core::User* found = catalog()->user_by_name("anna@example.com");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, ann.id);
  EXPECT_EQ(found->password_hash, "new");
  EXPECT_TRUE(found->administrator);
  EXPECT_EQ(found->created_at, created) << "the time of creation never changes";
  core::User nobody = ann;
  nobody.id = core::UserId{};
  EXPECT_EQ(store().update_user(nobody, {}, {}).error().fault, Fault::kNotFound);
}

TEST_P(CatalogContract, DeletingAUserTakesTokensSandboxAndClaimsAlong) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const auto token = crypto::digest("a");
  ASSERT_TRUE(store().add_token({token, ann.id, "cli", std::nullopt, clock().now()}, {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("b"), bob.id, "cli", std::nullopt, clock().now()}, {}).ok());
  const auto integration = add_sandbox(ann, webhook("temp"));
  add_sandbox(bob, webhook("temp"));
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, {}).ok());
  ASSERT_TRUE(store().claim_device(device_id(2), bob.id, {}).ok());
  ASSERT_TRUE(store().delete_user(ann.id, {}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->user(ann.id), nullptr);
    EXPECT_EQ(catalog()->user_by_name("ann@example.com"), nullptr);
    EXPECT_EQ(catalog()->token(token), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("b")), nullptr);
    EXPECT_EQ(catalog()->integration(integration->id), nullptr);
    EXPECT_EQ(catalog()->integration_count(), 1U);
    EXPECT_EQ(catalog()->own_device(device_id(1)), nullptr);
    EXPECT_EQ(catalog()->devices_of(bob.id).size(), 1U);
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_EQ(store().delete_user(ann.id, {}).error().fault, Fault::kNotFound);
  add_user("ann@example.com");
}

TEST_P(CatalogContract, AUserWhoOwnsSomethingIsNotDeleted) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const core::User eve = add_user("eve@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  add_product(bob, {}, "Own");
  add_product(eve, acme, "Theirs");  // made by eve, owned by the organization
  EXPECT_EQ(store().delete_user(ann.id, {}).error().fault, Fault::kConflict);
  EXPECT_EQ(store().delete_user(bob.id, {}).error().fault, Fault::kConflict);
  EXPECT_TRUE(store().delete_user(eve.id, {}).ok());
  reopen();
  EXPECT_EQ(catalog()->products_of(acme.id).size(), 1U);
  check_consistent(*catalog());
}

TEST_P(CatalogContract, ATokenIsFoundByItsDigestUntilItIsRevoked) {
  const core::User ann = add_user("ann@example.com");
  const core::AccessToken token{crypto::digest("secret"), ann.id, "cli", clock().now() + std::chrono::hours(1),
                                clock().now()};
  ASSERT_TRUE(store().add_token(token, {}).ok());
  EXPECT_EQ(store().add_token(token, {}).error().fault, Fault::kConflict);
  core::AccessToken stray = token;
  stray.digest = crypto::digest("other");
  stray.user.bytes[3] ^= 1;
  EXPECT_EQ(store().add_token(stray, {}).error().fault, Fault::kNotFound);
  clock().advance(std::chrono::hours(2));
  reopen();
  const core::AccessToken* found = catalog()->token(token.digest);
  ASSERT_NE(found, nullptr) << "expired ones are still known";
  EXPECT_EQ(found->user, ann.id);
  EXPECT_EQ(found->client, "cli");
  EXPECT_EQ(found->expires_at, token.expires_at);
  ASSERT_TRUE(store().revoke_token(token.digest).ok());
  EXPECT_EQ(catalog()->token(token.digest), nullptr);
  EXPECT_EQ(store().revoke_token(token.digest).error().fault, Fault::kNotFound);
  reopen();
  EXPECT_EQ(catalog()->token(token.digest), nullptr);
}

TEST_P(CatalogContract, AllTokensOfOneUserGoAtOnce) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  for (const char* text : {"1", "2", "3"})
    ASSERT_TRUE(store().add_token({crypto::digest(text), ann.id, "", std::nullopt, {}}, {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("4"), bob.id, "", std::nullopt, {}}, {}).ok());
  ASSERT_TRUE(store().revoke_tokens_of(ann.id, {}).ok());
  ASSERT_TRUE(store().revoke_tokens_of(ann.id, {}).ok()) << "having none is fine";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->token(crypto::digest("2")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("4")), nullptr);
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(CatalogContract, AChangeOfAUserEndsItsTokensInTheSameCommit) {
  core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  for (const char* text : {"1", "2", "3"})
    ASSERT_TRUE(store().add_token({crypto::digest(text), ann.id, "", std::nullopt, {}}, {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("4"), bob.id, "", std::nullopt, {}}, {}).ok());
  ann.password_hash = "new";
  ASSERT_TRUE(store().update_user(ann, {}, {.any = true, .but = crypto::digest("2")}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->token(crypto::digest("1")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("2")), nullptr);
    EXPECT_EQ(catalog()->token(crypto::digest("3")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("4")), nullptr);
    check_consistent(*catalog());
    reopen();
  }
  AuditQuery newest;
  newest.owner = ann.id;
  newest.limit = 2;
  const auto log = store().audit(newest).value();
  EXPECT_EQ(log.at(0).action, "token.others_revoked");
  EXPECT_EQ(log.at(1).action, "user.updated");
  ann.username = bob.username;
  EXPECT_FALSE(store().update_user(ann, {}, {.any = true}).ok());
  EXPECT_NE(catalog()->token(crypto::digest("2")), nullptr) << "a change that is refused ends nothing";
  ann.username = "ann@example.com";
  ASSERT_TRUE(store().update_user(ann, {}, {.any = true}).ok());
  EXPECT_EQ(catalog()->token(crypto::digest("2")), nullptr);
  EXPECT_EQ(store().audit(newest).value().at(0).action, "token.all_revoked");
}

TEST_P(CatalogContract, ASessionIsKeptWithItsKindAndItsLastUse) {
  const core::User ann = add_user("ann@example.com");
  core::AccessToken session{
      crypto::digest("session"), ann.id, "Firefox on Linux", clock().now() + std::chrono::hours(100), clock().now(),
      core::TokenKind::kSession};
  ASSERT_TRUE(store().add_token(session, {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("token"), ann.id, "cli", std::nullopt, clock().now()}, {}).ok());
  EXPECT_EQ(catalog()->open_sessions(clock().now(), std::chrono::hours(1)), 1U);
  EXPECT_EQ(catalog()->open_sessions(clock().now() + std::chrono::hours(1), std::chrono::hours(1)), 0U);
  clock().advance(std::chrono::hours(1));
  const Instant used = clock().now();
  catalog()->token(session.digest)->use->note(used);
  ASSERT_TRUE(store().save_token_use().ok());
  ASSERT_TRUE(store().save_token_use().ok()) << "nothing new to save is fine";
  reopen();
  const auto tokens = catalog()->tokens_of(ann.id);
  ASSERT_EQ(tokens.size(), 2U);
  const core::AccessToken* kept = catalog()->token(session.digest);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->kind, core::TokenKind::kSession);
  EXPECT_EQ(kept->client, "Firefox on Linux");
  EXPECT_EQ(kept->use->last(), used);
  EXPECT_EQ(catalog()->token(crypto::digest("token"))->kind, core::TokenKind::kToken);
  EXPECT_EQ(catalog()->token(crypto::digest("token"))->use->last(), std::nullopt);
}

TEST_P(CatalogContract, OfTooManySessionsTheOneThatRestedLongestEnds) {
  const core::User ann = add_user("ann@example.com");
  const auto sign_in = [&](std::size_t number) {
    const core::AccessToken session{
        crypto::digest(std::to_string(number)), ann.id, "", std::nullopt, clock().now(), core::TokenKind::kSession};
    ASSERT_TRUE(store().add_token(session, {}).ok());
    clock().advance(std::chrono::seconds(1));
  };
  ASSERT_TRUE(store().add_token({crypto::digest("token"), ann.id, "", std::nullopt, {}}, {}).ok());
  const std::size_t most = Limits{}.sessions_per_user_max;
  for (std::size_t i = 0; i < most; ++i) sign_in(i);
  catalog()->token(crypto::digest("0"))->use->note(clock().now());
  sign_in(most);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->tokens_of(ann.id).size(), most + 1);
    EXPECT_NE(catalog()->token(crypto::digest("token")), nullptr) << "tokens do not count";
    EXPECT_NE(catalog()->token(crypto::digest("0")), nullptr) << "it was used a moment ago";
    EXPECT_EQ(catalog()->token(crypto::digest("1")), nullptr);
    check_consistent(*catalog());
    ASSERT_TRUE(store().save_token_use().ok());
    reopen();
  }
}

TEST_P(CatalogContract, WhatHasEndedIsForgottenInTime) {
  const core::User ann = add_user("ann@example.com");
  const Instant now = clock().now();
  const auto hours = [&](int count) { return now + std::chrono::hours(count); };
  ASSERT_TRUE(store().add_token({crypto::digest("short"), ann.id, "", hours(1), now}, {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("ever"), ann.id, "", std::nullopt, now}, {}).ok());
  for (const char* text : {"rested", "used"}) {
    const core::AccessToken session{crypto::digest(text), ann.id, "", hours(100), now, core::TokenKind::kSession};
    ASSERT_TRUE(store().add_token(session, {}).ok());
  }
  clock().advance(std::chrono::hours(2));
  catalog()->token(crypto::digest("used"))->use->note(clock().now());
  clock().advance(Limits{}.session_idle_max - std::chrono::hours(1));
  ASSERT_TRUE(store().save_token_use().ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->token(crypto::digest("short")), nullptr);
    EXPECT_EQ(catalog()->token(crypto::digest("rested")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("ever")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("used")), nullptr);
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(CatalogContract, ANewPasswordEndsSessionsAndLeavesTokens) {
  core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const auto session = [&](const char* text, const core::User& user) {
    return core::AccessToken{crypto::digest(text), user.id, "", std::nullopt, clock().now(), core::TokenKind::kSession};
  };
  ASSERT_TRUE(store().add_token(session("of ann", ann), {}).ok());
  ASSERT_TRUE(store().add_token(session("of bob", bob), {}).ok());
  ASSERT_TRUE(store().add_token({crypto::digest("token"), ann.id, "", std::nullopt, {}}, {}).ok());
  ann.account_info = json::Object{{"first_name", "Ann"}};
  ASSERT_TRUE(store().update_user(ann, {}, {}).ok());
  EXPECT_NE(catalog()->token(crypto::digest("of ann")), nullptr) << "another name ends nothing";
  ann.password_hash = "another";
  ASSERT_TRUE(store().update_user(ann, {}, {}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->token(crypto::digest("of ann")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("of bob")), nullptr);
    EXPECT_NE(catalog()->token(crypto::digest("token")), nullptr);
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(CatalogContract, TheCreatorOfAnOrganizationIsItsOwner) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Organization zeta = add_organization(bob, "Zeta");
  const core::Organization beta = add_organization(ann, "Beta");
  const core::Product shared = add_product(ann, acme, "Shared");
  const core::Product own = add_product(bob, {}, "Own");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_in(acme.id, ann.id), core::Role::kOwner);
    EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kNone);
    EXPECT_EQ(catalog()->role_on(shared.id, ann.id), core::Role::kOwner) << "organization roles hold in its products";
    EXPECT_EQ(catalog()->role_on(shared.id, bob.id), core::Role::kNone);
    EXPECT_EQ(catalog()->role_on(own.id, bob.id), core::Role::kOwner);
    EXPECT_EQ(catalog()->role_on(own.id, ann.id), core::Role::kNone);
    EXPECT_EQ(catalog()->role_on(own.id, core::UserId{}), core::Role::kNone);
    EXPECT_EQ(catalog()->role_on({424242}, bob.id), core::Role::kNone);
    ASSERT_EQ(catalog()->organizations_of(ann.id).size(), 2U);
    EXPECT_EQ(catalog()->organizations_of(ann.id)[1]->id, beta.id)
        << "in the order of creation, also within one microsecond";
    ASSERT_EQ(catalog()->organizations().size(), 3U);
    EXPECT_EQ(catalog()->organizations()[1]->id, zeta.id);
    reopen();
  }
}

TEST_P(CatalogContract, SlugsAreMadeFromNamesAndStayUnique) {
  const core::User ann = add_user("ann@example.com");
  EXPECT_EQ(add_organization(ann, "Acme Cooling, Inc.").slug, "acme-cooling-inc");
  EXPECT_EQ(add_organization(ann, "Acme -- Cooling Inc").slug, "acme-cooling-inc-2");
  reopen();
  EXPECT_EQ(add_organization(ann, "acme cooling inc").slug, "acme-cooling-inc-3");
  EXPECT_EQ(add_organization(ann, "Other", "chosen-one").slug, "chosen-one");
  EXPECT_EQ(add_product(ann, {}, "Acme Cooling Inc").slug, "acme-cooling-inc") << "products have names of their own";
  EXPECT_EQ(add_product(ann, {}, "Acme Cooling Inc").slug, "acme-cooling-inc-2");
  const auto taken = store().create_organization({"X", "chosen-one", core::Plan::kFree, ann.id}, {});
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().fault, Fault::kConflict);
  EXPECT_NE(taken.error().message.find("chosen-one"), std::string::npos);
  const auto wrong = store().create_product({"X", "No Such", "", 0, json::Object{}, {}, ann.id}, {});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().fault, Fault::kInvalid);
  EXPECT_EQ(wrong.error().violations.at(0).field, "slug");
}

TEST_P(CatalogContract, AnOrganizationKeepsItsSlugWhenItsSettingsChange) {
  const core::User ann = add_user("ann@example.com");
  core::Organization acme = add_organization(ann, "Acme");
  acme.name = "Acme Two";
  acme.slug = "stolen";
  acme.plan = core::Plan::kFree;
  acme.group_identical = core::GroupIdentical::kSuggest;
  ASSERT_TRUE(store().update_organization(acme, {}).ok());
  for (int round = 0; round < 2; ++round) {
    const core::Organization* found = catalog()->organization(acme.id);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "Acme Two");
    EXPECT_EQ(found->slug, "acme");
    EXPECT_EQ(found->plan, core::Plan::kFree);
    EXPECT_EQ(found->group_identical, core::GroupIdentical::kSuggest);
    EXPECT_EQ(catalog()->organization_by_slug("acme"), found);
    EXPECT_EQ(catalog()->organization_by_slug("stolen"), nullptr);
    reopen();
  }
  acme.id = core::OrganizationId{};
  EXPECT_EQ(store().update_organization(acme, {}).error().fault, Fault::kNotFound);
}

TEST_P(CatalogContract, ProductsHaveRisingNumbersAndOneOwner) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A");
  reopen();
  const core::Product b = add_product(ann, {}, "B");
  const core::Product c = add_product(ann, acme, "C");
  EXPECT_LT(a.id, b.id);
  EXPECT_LT(b.id, c.id);
  EXPECT_LT(c.id.value, 100'000U) << "small enough to be read aloud";
  reopen();
  ASSERT_EQ(catalog()->products_of(acme.id).size(), 2U);
  EXPECT_EQ(catalog()->products_of(acme.id)[1]->id, c.id);
  ASSERT_EQ(catalog()->products_of(ann.id).size(), 1U);
  EXPECT_EQ(catalog()->products_of(ann.id)[0]->slug, "b");
  EXPECT_EQ(catalog()->product(a.id)->settings, json::Value(json::Object{{"quarantine", false}}));
  EXPECT_EQ(catalog()->product_by_slug("a")->platform_id, 13);
  EXPECT_EQ(store().create_product({"D", "", "", 0, {}, acme.id, core::UserId{}}, {}).error().fault, Fault::kNotFound);
  core::OrganizationId nowhere = acme.id;
  nowhere.bytes[5] ^= 1;
  EXPECT_EQ(store().create_product({"D", "", "", 0, {}, nowhere, ann.id}, {}).error().fault, Fault::kNotFound);
}

TEST_P(CatalogContract, AProductIsFoundUnderItsNewSlugAlone) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  core::Product pump = add_product(ann, acme, "Pump");
  add_product(ann, acme, "Valve");
  pump.name = "Pump Two";
  pump.slug = "pump-two";
  pump.description = "in the cellar";
  pump.platform_id = 99;
  ASSERT_TRUE(store().update_product(pump, {}).ok());
  ASSERT_TRUE(store().update_product(pump, {}).ok()) << "its own slug is not taken";
  for (int round = 0; round < 2; ++round) {
    const core::Product* found = catalog()->product(pump.id);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "Pump Two");
    EXPECT_EQ(found->description, "in the cellar");
    EXPECT_EQ(found->platform_id, 13) << "only what people call it changes";
    EXPECT_EQ(catalog()->product_by_slug("pump-two"), found);
    EXPECT_EQ(catalog()->product_by_slug("pump"), nullptr);
    EXPECT_EQ(catalog()->products_of(acme.id).size(), 2U);
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_EQ(add_product(ann, acme, "Pump").slug, "pump") << "the old one is free again";
}

TEST_P(CatalogContract, AProductsSlugMustBeRightAndFree) {
  const core::User ann = add_user("ann@example.com");
  core::Product pump = add_product(ann, {}, "Pump");
  add_product(ann, {}, "Valve");
  pump.slug = "valve";
  EXPECT_EQ(store().update_product(pump, {}).error().fault, Fault::kConflict);
  pump.slug = "No Such";
  EXPECT_EQ(store().update_product(pump, {}).error().violations.at(0).field, "slug");
  EXPECT_EQ(catalog()->product(pump.id)->slug, "pump");
  pump.id = {12'345'678};
  EXPECT_EQ(store().update_product(pump, {}).error().fault, Fault::kNotFound);
}

TEST_P(CatalogContract, ListsAreInTheOrderOfCreation) {
  const core::User ann = add_user("ann@example.com");
  for (int i = 0; i < 40; ++i) add_sandbox(ann, webhook("event" + std::to_string(i)));
  reopen();
  const auto list = catalog()->sandbox_integrations_of(ann.id);
  ASSERT_EQ(list.size(), 40U);
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(list[i]->config.event, "event" + std::to_string(i));
}

// Anything in any order: derived parts stay right, and a fresh start reads back the very same catalog.
TEST_P(CatalogContract, AnySequenceOfCommandsIsReadBackAsItWas) {
  SeededRandom random(20260131);
  const auto pick = [&](std::uint64_t n) { return random.next() % n; };
  std::vector<core::User> users = {add_user("first@example.com")};
  std::vector<core::Organization> organizations = {add_organization(users[0], "Org")};
  std::vector<core::Product> products = {add_product(users[0], organizations[0], "Product")};
  std::vector<core::IntegrationId> integrations;
  std::vector<crypto::Digest> tokens;
  const auto config = [&] {
    core::IntegrationConfig made = webhook(std::string(1 + pick(4), static_cast<char>('a' + pick(3))));
    made.disabled = pick(5) == 0;
    if (pick(3) == 0) made.name = "n" + std::to_string(pick(5));
    if (pick(4) == 0) made.body = "{{{PARTICLE_EVENT_VALUE}}}\n\xc3\xa9";
    return made;
  };
  const auto products_in = [&](const core::OrganizationId& organization) {
    std::vector<core::ProductId> ids;
    for (const core::Product& product : products) {
      if (product.organization == organization && pick(2) == 0) ids.push_back(product.id);
    }
    return ids;
  };
  std::size_t pauses = 0;
  SeededRandom grouping(7);
  const auto group = [&] { return std::string(1, static_cast<char>('a' + grouping.next() % 4)); };
  for (int step = 0; step < 1600; ++step) {
    clock().advance(Duration(pick(1'000'000)));
    const core::User& user = users[pick(users.size())];
    const core::Organization& organization = organizations[pick(organizations.size())];
    const core::Product& product = products[pick(products.size())];
    const TeamPlace place = pick(2) == 0 ? TeamPlace{organization.id, {}} : TeamPlace{{}, product.id};
    const auto role = static_cast<core::Role>(1 + pick(5));
    const auto devices = catalog()->devices_of(product.id);
    if (!devices.empty()) {
      const core::DeviceId device = devices[grouping.next() % devices.size()]->id;
      (void)store().change_groups(product.id, {device}, {{group(), group()}, {group()}}, {}).ok();
    }
    switch (pick(27)) {
      case 0:
        if (auto made_user =
                store().create_user({"u" + std::to_string(pick(40)), "", json::Array{1, "x"}, pick(2) == 0}, {}))
          users.push_back(*made_user);
        break;
      case 1: {
        core::User renamed = user;
        renamed.username = "u" + std::to_string(pick(40));
        (void)store().update_user(renamed, {}, {}).ok();
        break;
      }
      case 2:
        if (pick(8) == 0) (void)store().delete_user(user.id, {}).ok();
        break;
      case 3:
        tokens.push_back(crypto::digest(std::to_string(random.next())));
        (void)store().add_token({tokens.back(), user.id, "c", std::nullopt, clock().now()}, {}).ok();
        break;
      case 4:
        if (!tokens.empty()) (void)store().revoke_token(tokens[pick(tokens.size())]).ok();
        break;
      case 5:
        (void)store().revoke_tokens_of(user.id, {}).ok();
        break;
      case 6:
        if (auto made_organization = store().create_organization({"Org", "", core::Plan::kBasic, user.id}, {}))
          organizations.push_back(*made_organization);
        break;
      case 7:
        if (auto made_product =
                store().create_product({"Product", "", "d", 6, json::Object{},
                                        pick(3) == 0 ? core::OrganizationId{} : organization.id, user.id},
                                       {})) {
          products.push_back(*made_product);
        }
        break;
      case 24: {
        core::Product renamed = product;
        renamed.name = "P" + std::to_string(pick(6));
        renamed.slug = "p-" + std::to_string(pick(6));
        (void)store().update_product(renamed, {}).ok();
        break;
      }
      case 8:
        (void)store()
            .import_devices(product.id, {device_id(pick(50)), device_id(pick(50))},
                            pick(2) == 0 ? user.id : core::UserId{}, pick(2) == 0 ? actor(user) : Actor())
            .ok();
        break;
      case 9:
        (void)store().remove_device(product.id, device_id(pick(50)), {}).ok();
        break;
      case 10:
        if (pick(3) == 0) {
          (void)store().release_own_device(device_id(pick(50)), user.id, {}).ok();
        } else {
          (void)store().claim_device(device_id(pick(50)), user.id, actor(user)).ok();
        }
        break;
      case 25:
        (void)store().release_device(product.id, device_id(pick(50)), {}).ok();
        break;
      case 26: {
        core::User changed = user;
        changed.administrator = pick(4) == 0;
        if (!user.api) (void)store().update_user(changed, {}, {}).ok();
        break;
      }
      case 11:
      case 12: {
        NewIntegration fresh{core::Scope::kSandbox, user.id, {}, {}, user.id, config()};
        if (pick(3) != 0)
          fresh = {core::Scope::kOrganization, {}, organization.id, products_in(organization.id), user.id, config()};
        if (pick(4) == 0) fresh = {core::Scope::kProduct, product.user, {}, {product.id}, user.id, config()};
        if (auto integration = store().create_integration(fresh)) integrations.push_back((*integration)->id);
        break;
      }
      case 13:
      case 14:
        if (!integrations.empty()) {
          const auto old = catalog()->integration(integrations[pick(integrations.size())]);
          if (old == nullptr) break;
          auto set = old->organization.is_none() || pick(2) == 0 ? old->products : products_in(old->organization);
          (void)store().update_integration(old->id, {config(), std::move(set), {}, user.id}).ok();
        }
        break;
      case 15:
        if (!integrations.empty() && pick(4) == 0)
          (void)store().delete_integration(integrations[pick(integrations.size())]).ok();
        break;
      case 16:
      case 17:
        if (!integrations.empty()) {
          const auto of = catalog()->integration(integrations[pick(integrations.size())]);
          if (of == nullptr) break;
          const auto pause = static_cast<core::Pause>(pick(3));
          const auto on = of->products.empty() ? std::vector<core::ProductId>{{}} : of->products;
          (void)store().set_pause(of->id, {on[pick(on.size())]}, pause, {}, {user.id, user.username}).ok();
          if (pause != core::Pause::kRunning) ++pauses;
        }
        break;
      case 18:
      case 22:
        (void)store().add_member(place, user.id, role, {}).ok();
        // Of some of these teams the user may ask others, or itself by another way in.
        (void)store().invite({place, "guest@example.com", core::Role::kSupport, {}}, {user.id, user.username}).ok();
        (void)store().invite({place, user.username, core::Role::kSupport, {}}, {}).ok();
        break;
      case 23:
        (void)store().change_role(place, user.id, role, {}).ok();
        break;
      case 19:
        if (pick(2) == 0) (void)store().remove_member(place, user.id, {}).ok();
        break;
      case 20:
        if (auto bot = store().create_api_user(
                {place, "Bot", {"events:get"}, crypto::digest(std::to_string(random.next()))}, {}))
          users.push_back(*bot);
        break;
      case 21:
        if (pick(3) == 0) {
          (void)store().delete_api_user(user.id, {}).ok();
        } else {
          ApiUserEdit edit;
          if (pick(2) == 0) edit.scopes = {"events:send", "events:get"};
          edit.token = crypto::digest(std::to_string(random.next()));
          edit.replace_token = pick(2) == 0;
          (void)store().update_api_user(user.id, std::move(edit), {}).ok();
        }
        break;
    }
    if (step % 200 == 199) {
      check_consistent(*catalog());
      const auto before = lines_of(*catalog());
      reopen();
      ASSERT_EQ(lines_of(*catalog()), before) << "after step " << step;
      check_consistent(*catalog());
    }
  }
  EXPECT_GT(catalog()->integration_count(), 15U) << "the sequence must reach something";
  EXPECT_GT(catalog()->data().pauses.size(), 3U) << "of " << pauses;
  EXPECT_GT(catalog()->data().own_devices.size(), 3U);
  std::size_t in_products = 0, in_organizations = 0, api_users = 0, grouped = 0, claimed = 0;
  catalog()->data().products.for_each([&](const auto&, const ProductEntry& entry) {
    in_products += entry.members.size();
    grouped += entry.groups.size();
    claimed += entry.claimed.size();
    api_users += entry.api_users.size();
  });
  catalog()->data().organizations.for_each([&](const auto&, const OrganizationEntry& entry) {
    in_organizations += entry.members.size() - 1;
    api_users += entry.api_users.size();
  });
  EXPECT_GT(grouped, 3U);
  EXPECT_GT(claimed, 1U);
  EXPECT_GT(in_products, 3U);
  EXPECT_GT(in_organizations, 3U);
  EXPECT_GT(api_users, 3U);
}

TEST_P(CatalogContract, ConcurrentCreationsOfOneNameGetDifferentSlugs) {
  const core::User ann = add_user("ann@example.com");
  constexpr int kThreads = 8;
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      EXPECT_TRUE(store().create_organization({"Same", "", core::Plan::kFree, ann.id}, {}).ok());
      won += store().create_organization({"Same", "only-one", core::Plan::kFree, ann.id}, {}).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(catalog()->organizations().size(), kThreads + 1U);
  EXPECT_NE(catalog()->organization_by_slug("same-" + std::to_string(kThreads)), nullptr);
  check_consistent(*catalog());
}

// For the thread sanitizer, and: a reader never sees half of a change.
TEST_P(CatalogContract, ReadersSeeWholeChangesOnly) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A"), b = add_product(ann, acme, "B");
  const auto integration = add_shared(acme, {a.id, b.id}, webhook("e0"));
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      std::uint64_t revision = 0;
      while (!stop) {
        const CatalogPtr now = catalog();
        EXPECT_GE(now->revision(), revision);
        revision = now->revision();
        const core::IntegrationPtr current = now->integration(integration->id);
        EXPECT_EQ(fired(now->triggers(a.id), current->config.event).size(), 1U);
        EXPECT_EQ(now->integrations_of(a.id), now->integrations_of(b.id));
        EXPECT_EQ(now->device_count(a.id), now->devices_of(a.id).size());
        std::this_thread::yield();
      }
    });
  }
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (std::uint64_t i = 0; i < 25; ++i) {
        EXPECT_TRUE(
            store()
                .update_integration(integration->id, {webhook("e" + std::to_string(i)), {a.id, b.id}, {}, ann.id})
                .ok());
        EXPECT_TRUE(store().import_devices(a.id, {device_id(w * 100 + i)}, ann.id, {}).ok());
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(catalog()->device_count(a.id), 50U);
  check_consistent(*catalog());
}

}  // namespace fleethook::store
