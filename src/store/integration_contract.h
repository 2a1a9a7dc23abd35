// The part of the store contract about integrations: where they fire, versions, pauses, product sets. See
// store_contract.h.
#pragma once
#include "store/changes.h"
#include "store/store_contract.h"

namespace fleethook::store {

inline constexpr core::EventSeq kNewest{41};  // when a command was sent

class IntegrationContract : public StoreContract {};

TEST_P(IntegrationContract, AnIntegrationFiresInItsPlacesOnly) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A"), b = add_product(ann, acme, "B"),
                      own = add_product(ann, {}, "Own");
  const auto shared = add_shared(acme, {b.id, a.id, b.id}, webhook("temp"));
  const auto sandbox = add_sandbox(ann, webhook("te"));
  const auto single =
      made(store().create_integration({core::Scope::kProduct, ann.id, {}, {own.id}, ann.id, webhook("temperature")}));
  EXPECT_EQ(shared->products, (std::vector{a.id, b.id})) << "ascending, each once";
  EXPECT_EQ(shared->version, 1U);
  for (int round = 0; round < 2; ++round) {
    const CatalogPtr now = catalog();
    EXPECT_EQ(fired(now->triggers(a.id), "temperature"), std::vector{shared->number.value});
    EXPECT_EQ(fired(now->triggers(b.id), "temp"), std::vector{shared->number.value});
    EXPECT_EQ(fired(now->triggers(own.id), "temperature"), std::vector{single->number.value});
    EXPECT_TRUE(fired(now->triggers(own.id), "temp").empty());
    EXPECT_EQ(fired(now->sandbox_triggers(ann.id), "temp"), std::vector{sandbox->number.value});
    EXPECT_EQ(now->integrations_of(a.id).size(), 1U);
    EXPECT_EQ(now->integrations_of(acme.id).size(), 1U);
    EXPECT_EQ(now->sandbox_integrations_of(ann.id).size(), 1U);
    EXPECT_EQ(now->integration(shared->id)->number, shared->number);
    EXPECT_EQ(now->integration(single->number)->id, single->id);
    EXPECT_EQ(now->integration_count(), 3U);
    check_consistent(*now);
    reopen();
  }
}

TEST_P(IntegrationContract, AnEditIsANewVersionInAllPlacesAtOnce) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A"), b = add_product(ann, acme, "B"), c = add_product(ann, acme, "C");
  const auto first = add_shared(acme, {a.id, b.id}, webhook("temp"));
  const CatalogPtr before = catalog();
  const auto lines_before = lines_of(*before);
  clock().advance(std::chrono::seconds(1));
  const auto second = made(store().update_integration(first->id, {webhook("alarm"), {c.id, b.id}, 1, ann.id}));
  EXPECT_EQ(second->version, 2U);
  EXPECT_EQ(second->number, first->number);
  EXPECT_EQ(second->created_at, first->created_at);
  EXPECT_EQ(second->updated_at, clock().now());
  EXPECT_EQ(lines_of(*before), lines_before) << "who holds the old snapshot sees the old state";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->triggers(a.id), nullptr);
    EXPECT_TRUE(fired(catalog()->triggers(b.id), "temp").empty());
    EXPECT_EQ(fired(catalog()->triggers(b.id), "alarm"), std::vector{first->number.value});
    EXPECT_EQ(fired(catalog()->triggers(c.id), "alarm"), std::vector{first->number.value});
    EXPECT_TRUE(catalog()->integrations_of(a.id).empty());
    EXPECT_EQ(catalog()->integration(first->id)->products, (std::vector{b.id, c.id}));
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(IntegrationContract, AStaleEditIsRefusedAndAnEmptyOneChangesNothing) {
  const core::User ann = add_user("ann@example.com");
  const auto integration = add_sandbox(ann, webhook("temp"));
  ASSERT_TRUE(store().update_integration(integration->id, {webhook("alarm"), {}, std::nullopt, ann.id}).ok());
  const CatalogPtr before = catalog();
  const auto stale = store().update_integration(integration->id, {webhook("x"), {}, 1, ann.id});
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().fault, Fault::kConflict);
  EXPECT_EQ(stale.error().code, "version_mismatch");
  const auto same = store().update_integration(integration->id, {webhook("alarm"), {}, 2, ann.id});
  ASSERT_TRUE(same.ok());
  EXPECT_EQ((*same)->version, 2U);
  EXPECT_EQ(catalog(), before);
  auto other = integration->id;
  other.bytes[0] ^= 1;
  EXPECT_EQ(store().update_integration(other, {webhook("x"), {}, {}, ann.id}).error().fault, Fault::kNotFound);
}

TEST_P(IntegrationContract, ADisabledIntegrationIsListedButFiresNothing) {
  const core::User ann = add_user("ann@example.com");
  core::IntegrationConfig config = webhook("temp");
  config.disabled = true;
  const auto integration = add_sandbox(ann, config);
  reopen();
  EXPECT_EQ(catalog()->sandbox_triggers(ann.id), nullptr);
  EXPECT_EQ(catalog()->sandbox_integrations_of(ann.id).size(), 1U);
  config.disabled = false;
  made(store().update_integration(integration->id, {config, {}, {}, ann.id}));
  EXPECT_EQ(fired(catalog()->sandbox_triggers(ann.id), "temp").size(), 1U);
  config.disabled = true;
  made(store().update_integration(integration->id, {config, {}, {}, ann.id}));
  EXPECT_EQ(catalog()->sandbox_triggers(ann.id), nullptr);
  check_consistent(*catalog());
}

TEST_P(IntegrationContract, APlacementIsPausedAloneAndWithoutAVersion) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::ProductId a = add_product(ann, acme, "A").id, b = add_product(ann, acme, "B").id;
  const auto shared = add_shared(acme, {a, b}, webhook("temp"));
  const auto sandbox = add_sandbox(ann, webhook("temp"));
  EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kRunning);
  const Instant began = clock().now();
  ASSERT_TRUE(store().set_pause(shared->id, {a}, core::Pause::kHold, kNewest, {ann.id, ann.username}).ok());
  ASSERT_TRUE(
      store().set_pause(sandbox->id, {core::ProductId{}}, core::Pause::kSkip, kNewest, {ann.id, ann.username}).ok());
  clock().advance(std::chrono::hours(1));
  ASSERT_TRUE(store().set_pause(shared->id, {a}, core::Pause::kHold, kNewest, {{}, "somebody else"}).ok())
      << "it is already";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kHold);
    EXPECT_EQ(catalog()->pause(shared->number, b), core::Pause::kRunning);
    EXPECT_EQ(catalog()->pause(sandbox->number, {}), core::Pause::kSkip);
    EXPECT_EQ(catalog()->integration(shared->id)->version, 1U);
    ASSERT_NE(catalog()->paused(shared->number, a), nullptr);
    EXPECT_EQ(*catalog()->paused(shared->number, a),
              (core::Paused{core::Pause::kHold, began, ann.id, ann.username, kNewest}));
    EXPECT_EQ(catalog()->paused(shared->number, b), nullptr);
    reopen();
  }
  ASSERT_TRUE(store().set_pause(shared->id, {a, b}, core::Pause::kSkip, kNewest, {ann.id, ann.username}).ok());
  ASSERT_TRUE(store().set_pause(shared->id, {a}, core::Pause::kRunning, kNewest, {ann.id, ann.username}).ok());
  ASSERT_TRUE(store().set_pause(shared->id, {a}, core::Pause::kRunning, kNewest, {ann.id, ann.username}).ok());
  reopen();
  EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kRunning);
  EXPECT_EQ(catalog()->pause(shared->number, b), core::Pause::kSkip);

  const auto entries = store().audit({acme.id, {}, {}, shared->id.str(), 0, 50}).value();
  ASSERT_EQ(entries.size(), 3U) << "what changes nothing is not noted";
  EXPECT_EQ(entries[2].action, "integration.paused");
  EXPECT_EQ(entries[2].at, began);
  EXPECT_EQ(entries[2].by.name, ann.username);
  EXPECT_EQ(entries[2].products, std::vector<core::ProductId>{a});
  EXPECT_EQ(entries[2].target_name, "temp for example.com");
  EXPECT_EQ(json::write(entries[1].diff), "{\"pause." + std::to_string(a.value) +
                                              "\":{\"from\":\"hold\",\"to\":\"skip\"},\"pause." +
                                              std::to_string(b.value) + "\":{\"from\":\"running\",\"to\":\"skip\"}}");
  EXPECT_EQ(entries[0].action, "integration.resumed");
  EXPECT_EQ(store().audit({{}, ann.id, {}, sandbox->id.str(), 0, 50}).value().size(), 1U);
}

TEST_P(IntegrationContract, WhatIsToldToEndIsSaidByTheNumberOfTheNewestEvent) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::ProductId a = add_product(ann, acme, "A").id, b = add_product(ann, acme, "B").id;
  const auto shared = add_shared(acme, {a, b}, webhook("temp"));
  const Actor by{ann.id, ann.username};
  EXPECT_EQ(catalog()->dropped({shared->number, a}), nullptr);
  const Instant until = clock().now();
  ASSERT_TRUE(store().drop_waiting(shared->id, {a}, {}, by).ok()) << "before there was any event";
  ASSERT_TRUE(store().drop_waiting(shared->id, {b}, {7}, by).ok());
  clock().advance(std::chrono::hours(-24));
  ASSERT_TRUE(store().set_pause(shared->id, {a}, core::Pause::kSkip, {}, by).ok());
  for (int round = 0; round < 2; ++round) {
    const core::Dropped* at_first = catalog()->dropped({shared->number, a});
    ASSERT_NE(at_first, nullptr);
    EXPECT_EQ(*at_first, (core::Dropped{until, core::EventSeq{}})) << "no event is a number, too";
    EXPECT_FALSE(at_first->reaches({1}, until - std::chrono::hours(1)));
    const core::Dropped* later = catalog()->dropped({shared->number, b});
    ASSERT_NE(later, nullptr);
    EXPECT_TRUE(later->reaches({7}, until + std::chrono::hours(1)));
    EXPECT_FALSE(later->reaches({8}, until - std::chrono::hours(1)));
    EXPECT_EQ(catalog()->paused(shared->number, a)->newest, core::EventSeq{});
    reopen();
  }
  ASSERT_TRUE(store().drop_waiting(shared->id, {b}, {9}, by).ok());
  reopen();
  EXPECT_EQ(catalog()->dropped({shared->number, b})->newest, core::EventSeq{9});
  ASSERT_TRUE(store().drop_waiting(shared->id, {b}, {8}, by).ok()) << "it was sent before the other one";
  EXPECT_EQ(catalog()->dropped({shared->number, b})->newest, core::EventSeq{9}) << "nothing is taken back";
}

TEST_P(IntegrationContract, APauseOfWhatIsNotThereIsRefusedAndChangesNothing) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::ProductId a = add_product(ann, acme, "A").id, b = add_product(ann, acme, "B").id;
  const auto shared = add_shared(acme, {a}, webhook("temp"));
  const auto sandbox = add_sandbox(ann, webhook("temp"));
  const auto before = catalog();
  const std::pair<core::IntegrationId, std::vector<core::ProductId>> cases[] = {
      {shared->id, {a, b}}, {shared->id, {core::ProductId{}}}, {sandbox->id, {a}}, {core::IntegrationId{}, {a}}};
  for (const auto& [id, products] : cases) {
    const auto refused = store().set_pause(id, products, core::Pause::kHold, kNewest, {ann.id, ann.username});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kNotFound);
  }
  EXPECT_EQ(catalog(), before);
  EXPECT_TRUE(store().audit({acme.id, {}, {}, shared->id.str(), 0, 50}).value().empty());
}

TEST_P(IntegrationContract, APauseEndsWithItsPlacement) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::ProductId a = add_product(ann, acme, "A").id, b = add_product(ann, acme, "B").id;
  const auto shared = add_shared(acme, {a, b}, webhook("temp"));
  const auto gone = add_shared(acme, {a}, webhook("temp"));
  const auto sandbox = add_sandbox(bob, webhook("temp"));
  const Actor by{ann.id, ann.username};
  ASSERT_TRUE(store().set_pause(shared->id, {a, b}, core::Pause::kHold, kNewest, by).ok());
  ASSERT_TRUE(store().set_pause(gone->id, {a}, core::Pause::kHold, kNewest, by).ok());
  ASSERT_TRUE(store().set_pause(sandbox->id, {core::ProductId{}}, core::Pause::kHold, kNewest, by).ok());
  ASSERT_TRUE(store().update_integration(shared->id, {webhook("other"), {a, b}, {}, ann.id}).ok());
  EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kHold) << "an edit does not end it";
  ASSERT_TRUE(store().update_integration(shared->id, {webhook("temp"), {b}, {}, ann.id}).ok());
  ASSERT_TRUE(store().delete_integration(gone->id).ok());
  ASSERT_TRUE(store().delete_user(bob.id, {}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kRunning);
    EXPECT_EQ(catalog()->pause(shared->number, b), core::Pause::kHold);
    EXPECT_EQ(catalog()->data().pauses.size(), 1U);
    reopen();
  }
  ASSERT_TRUE(store().update_integration(shared->id, {webhook("temp"), {a, b}, {}, ann.id}).ok());
  reopen();
  EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kRunning) << "a new placement runs";
}

TEST_P(IntegrationContract, APauseIsCarriedAlongWhenItsPlacementGoesToAnotherIntegration) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::ProductId a = add_product(ann, acme, "A").id, b = add_product(ann, acme, "B").id;
  const auto shared = add_shared(acme, {a, b}, webhook("temp"));
  ASSERT_TRUE(store().set_pause(shared->id, {a, b}, core::Pause::kSkip, kNewest, {ann.id, ann.username}).ok());
  const core::Paused paused = *catalog()->paused(shared->number, a);
  const auto made = store().change_integrations([&](const Catalog& now, const Making& making) -> Result<Changes> {
    Changes changes;
    auto rest = next_version(*now.integration(shared->number), making);
    rest->products = {b};
    auto copy = new_integration(making);
    copy->scope = core::Scope::kOrganization;
    copy->organization = acme.id;
    copy->products = {a};
    copy->config = webhook("other");
    changes.integrations = {{rest, "edited", ann.id}, {copy, "separated", ann.id}};
    changes.carried = {{shared->number, 1, a}};
    return changes;
  });
  ASSERT_TRUE(made.ok()) << made.error().message;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->pause(shared->number, a), core::Pause::kRunning);
    EXPECT_EQ(catalog()->pause(shared->number, b), core::Pause::kSkip);
    ASSERT_NE(catalog()->paused((*made)[1]->number, a), nullptr);
    EXPECT_EQ(*catalog()->paused((*made)[1]->number, a), paused);
    reopen();
  }
}

TEST_P(IntegrationContract, ProductSetsThatCannotBeAreRefused) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product inside = add_product(ann, acme, "In"), own = add_product(ann, {}, "Own"),
                      own2 = add_product(ann, {}, "Own 2");
  const struct {
    const char* why;
    core::Scope scope;
    core::UserId user;
    core::OrganizationId organization;
    std::vector<core::ProductId> products;
    Fault fault;
  } cases[] = {
      {"sandbox with a product", core::Scope::kSandbox, ann.id, {}, {own.id}, Fault::kInvalid},
      {"sandbox of nobody", core::Scope::kSandbox, {}, {}, {}, Fault::kNotFound},
      {"no product", core::Scope::kProduct, ann.id, {}, {}, Fault::kInvalid},
      {"two products outside an organization", core::Scope::kProduct, ann.id, {}, {own.id, own2.id}, Fault::kInvalid},
      {"a product of another user", core::Scope::kProduct, bob.id, {}, {own.id}, Fault::kNotFound},
      {"a product of an organization", core::Scope::kProduct, ann.id, {}, {inside.id}, Fault::kNotFound},
      {"empty set", core::Scope::kOrganization, {}, acme.id, {}, Fault::kInvalid},
      {"a product outside", core::Scope::kOrganization, {}, acme.id, {inside.id, own.id}, Fault::kNotFound},
      {"a product that is not", core::Scope::kOrganization, {}, acme.id, {inside.id, {7}}, Fault::kNotFound},
      {"no organization", core::Scope::kOrganization, ann.id, {}, {inside.id}, Fault::kNotFound},
  };
  const CatalogPtr before = catalog();
  for (const auto& it : cases) {
    const auto result =
        store().create_integration({it.scope, it.user, it.organization, it.products, ann.id, webhook("x")});
    ASSERT_FALSE(result.ok()) << it.why;
    EXPECT_EQ(result.error().fault, it.fault) << it.why << ": " << result.error().message;
  }
  const auto good = add_shared(acme, {inside.id}, webhook("x"));
  EXPECT_EQ(store().update_integration(good->id, {webhook("x"), {}, {}, ann.id}).error().fault, Fault::kInvalid);
  EXPECT_EQ(store().update_integration(good->id, {webhook("x"), {own.id}, {}, ann.id}).error().fault, Fault::kNotFound);
  EXPECT_EQ(catalog()->integration(good->id), good);
  EXPECT_EQ(catalog()->revision(), before->revision() + 1);
}

TEST_P(IntegrationContract, EveryVersionStaysReadableAlsoAfterDeletion) {
  const core::User ann = add_user("ann@example.com");
  const auto first = add_sandbox(ann, webhook("one"));
  clock().advance(std::chrono::seconds(1));
  made(store().update_integration(first->id, {webhook("two"), {}, {}, ann.id}));
  const auto check = [&] {
    for (const auto& [version, event] : {std::pair{1U, "one"}, std::pair{2U, "two"}}) {
      const auto read = store().integration_version(first->number, version);
      ASSERT_TRUE(read.ok()) << read.error().message;
      EXPECT_EQ((*read)->config, webhook(event));
      EXPECT_EQ((*read)->version, version);
      EXPECT_EQ((*read)->id, first->id);
      EXPECT_EQ((*read)->user, ann.id);
    }
    EXPECT_EQ(store().integration_version(first->number, 3).error().fault, Fault::kNotFound);
    EXPECT_EQ(store().integration_version({12345}, 1).error().fault, Fault::kNotFound);
  };
  check();
  EXPECT_EQ(store().integration_version(first->number, 2).value(), catalog()->integration(first->id))
      << "the current one is shared";
  ASSERT_TRUE(store().delete_integration(first->id).ok());
  EXPECT_EQ(store().delete_integration(first->id).error().fault, Fault::kNotFound);
  EXPECT_EQ(catalog()->integration(first->number), nullptr);
  EXPECT_EQ(catalog()->sandbox_triggers(ann.id), nullptr);
  check();
  reopen();
  check();
  EXPECT_EQ(catalog()->integration(first->number), nullptr);
  EXPECT_GT(add_sandbox(ann, webhook("x"))->number, first->number) << "numbers are never used again";
}

}  // namespace fleethook::store
