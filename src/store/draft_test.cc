// The rules as functions of a catalog value: what they put, erase and note, without any store. And that a change says
// all of it: applied to a copy of the catalog it was made for, it gives the catalog that the rule saw at the end.
#include "store/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/account_rules.h"
#include "store/api_user_rules.h"
#include "store/changes.h"
#include "store/device_rules.h"
#include "store/invitation_rules.h"
#include "store/pauses.h"
#include "store/secret_rules.h"
#include "store/store_contract.h"
#include "store/team_rules.h"
#include "store/token_rules.h"

namespace fleethook::store {
namespace {

using ::testing::ElementsAre;

class DraftTest : public ::testing::Test, public Numbers {
 protected:
  DraftTest();

  Result<core::ProductId> next_product() override { return core::ProductId{++products_}; }
  Result<core::IntegrationNumber> next_integration() override { return core::IntegrationNumber{++integrations_}; }
  Result<std::uint64_t> next_organization_order() override { return ++organizations_; }
  Actor by_ann() const { return {ann.id, ann.username}; }
  TeamPlace team() const { return {acme.id, {}}; }

  // Runs the rule, keeps its change and the catalog that it makes, and checks that the one makes the other.
  template <class Rule>
  auto try_to(Rule&& rule) {
    const CatalogPtr before = catalog;
    Draft draft(*before, {clock.now(), random_, limits, *this});
    auto answer = rule(draft);
    change = {};
    if (!answer.ok()) return answer;
    Draft::Made made = std::move(draft).finish();
    change = std::move(made.change);
    if (made.catalog != nullptr) catalog = std::move(made.catalog);
    CatalogEditor elsewhere(*before);
    apply(change, elsewhere);
    const CatalogPtr copy = std::move(elsewhere).finish();
    EXPECT_EQ(lines_of(*copy), lines_of(*catalog));
    check_consistent(*copy);
    return answer;
  }
  template <class Rule>
  auto run(Rule&& rule) {
    auto answer = try_to(rule);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
    if constexpr (!std::is_same_v<decltype(answer), Result<void>>) return *std::move(answer);
  }
  core::IntegrationPtr add_shared(std::vector<core::ProductId> products) {
    const auto rule = [&](const Catalog&, const Making& making) -> Result<Changes> {
      auto fresh = new_integration(making);
      fresh->scope = core::Scope::kOrganization;
      fresh->organization = acme.id;
      fresh->products = products;
      fresh->config.event = "temp";
      fresh->config.url = "https://receiver.example.com/";
      Changes changes;
      changes.integrations = {{std::move(fresh), "created", ann.id}};
      return changes;
    };
    return run([&](Draft& draft) { return change_integrations(draft, rule); }).front();
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> actions;
    for (const AuditEntry& entry : change.audit) actions.push_back(entry.action);
    return actions;
  }
  template <class One>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(change.rows, [](const Row& row) { return std::holds_alternative<One>(row); }));
  }

  testing::ManualClock clock;
  Limits limits;
  CatalogPtr catalog = std::make_shared<Catalog>();
  CatalogChange change;  // of the last rule
  core::User ann, bob;
  core::Organization acme;
  core::Product pump;

 private:
  SeededRandom random_{1};
  std::uint64_t products_ = 10'000, integrations_ = 0, organizations_ = 0;
};

DraftTest::DraftTest() {
  ann = run([](Draft& draft) { return create_user(draft, {"ann@example.com", "hash", json::Object{}, false}, {}); });
  bob = run([](Draft& draft) { return create_user(draft, {"bob@example.com", "hash", json::Object{}, false}, {}); });
  acme = run([&](Draft& draft) { return create_organization(draft, {"Acme", "", {}, ann.id}, by_ann()); });
  pump = run([&](Draft& draft) {
    return create_product(draft, {"Pump", "", "", 13, json::Object{}, acme.id, ann.id}, by_ann());
  });
}

TEST_F(DraftTest, ARefusalLeavesTheCatalogAsItWas) {
  const auto before = lines_of(*catalog);
  const auto refused =
      try_to([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kOwner, by_ann()); });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(lines_of(*catalog), before);
}

TEST_F(DraftTest, TheSameRuleOnTheSameCatalogGivesAnEqualChange) {
  const auto make = [&](core::Role role) {
    SeededRandom random(7);
    Draft draft(*catalog, {clock.now(), random, limits, *this});
    EXPECT_TRUE(add_member(draft, team(), bob.id, role, by_ann()).ok());
    return std::move(draft).finish().change;
  };
  EXPECT_EQ(make(core::Role::kSupport), make(core::Role::kSupport));
  EXPECT_FALSE(make(core::Role::kSupport) == make(core::Role::kDeveloper));
}

TEST_F(DraftTest, WhoeverLosesTheRoleLosesTheClaimsInTheSameChange) {
  run([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kDeveloper, by_ann()); });
  run([&](Draft& draft) { return import_devices(draft, pump.id, {device_id(1), device_id(2)}, {}, by_ann()); });
  EXPECT_EQ(count<row::PutDevice>(), 2U);
  run([&](Draft& draft) { return claim_device(draft, device_id(1), bob.id, {bob.id, bob.username}); });
  EXPECT_THAT(actions(), ElementsAre("device.claimed"));
  run([&](Draft& draft) { return change_role(draft, team(), bob.id, core::Role::kViewOnly, by_ann()); });
  EXPECT_THAT(actions(), ElementsAre("team.role_changed", "device.released"));
  EXPECT_EQ(count<row::PutMember>(), 1U);
  EXPECT_EQ(count<row::PutDevice>(), 1U);
  EXPECT_TRUE(catalog->device(device_id(1))->owner.is_none());
}

TEST_F(DraftTest, ARoleInTheOrganizationEndsThoseInItsProducts) {
  run([&](Draft& draft) { return add_member(draft, {{}, pump.id}, bob.id, core::Role::kSupport, by_ann()); });
  run([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kViewOnly, by_ann()); });
  EXPECT_EQ(count<row::PutMember>(), 1U);
  EXPECT_EQ(count<row::EraseMember>(), 1U);
  EXPECT_THAT(change.audit.front().products, ElementsAre(pump.id));
}

TEST_F(DraftTest, AUserWhoGoesTakesTokensMembershipsClaimsAndSandboxAlong) {
  run([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kDeveloper, by_ann()); });
  run([&](Draft& draft) { return import_devices(draft, pump.id, {device_id(1)}, bob.id, by_ann()); });
  run([&](Draft& draft) { return claim_device(draft, device_id(2), bob.id, {bob.id, bob.username}); });
  core::AccessToken token;
  token.digest = crypto::digest("one");
  token.user = bob.id;
  run([&](Draft& draft) { return add_token(draft, token, by_ann()); });
  run([&](Draft& draft) { return delete_user(draft, bob.id, by_ann()); });
  EXPECT_THAT(actions(), ElementsAre("team.member_removed", "user.deleted", "device.released"));
  EXPECT_EQ(catalog->data().users.find(bob.id), nullptr);
  EXPECT_EQ(catalog->data().own_devices.size(), 0U);
  EXPECT_EQ(catalog->data().tokens.size(), 0U);
}

TEST_F(DraftTest, OneSessionTooManyEndsTheOneThatRestedLongest) {
  limits.sessions_per_user_max = 2;
  for (const char* name : {"first", "second", "third"}) {
    clock.advance(std::chrono::seconds(1));
    core::AccessToken session;
    session.digest = crypto::digest(name);
    session.user = bob.id;
    session.kind = core::TokenKind::kSession;
    session.created_at = clock.now();
    run([&](Draft& draft) { return add_token(draft, session, by_ann()); });
  }
  EXPECT_EQ(count<row::PutToken>(), 1U);
  EXPECT_EQ(count<row::EraseToken>(), 1U);
  EXPECT_EQ(catalog->data().tokens.find(crypto::digest("first")), nullptr);
}

TEST_F(DraftTest, AnotherScopeGivesAnApiUserAnotherToken) {
  const core::User program = run([&](Draft& draft) {
    return create_api_user(draft, {team(), "CI", {"devices:list"}, crypto::digest("old")}, by_ann());
  });
  ApiUserEdit edit;
  edit.scopes = {"integrations:list"};
  edit.token = crypto::digest("new");
  const ApiUserChange made = run([&](Draft& draft) { return update_api_user(draft, program.id, edit, by_ann()); });
  EXPECT_TRUE(made.token_replaced);
  EXPECT_EQ(count<row::EraseToken>(), 1U);
  EXPECT_EQ(count<row::PutToken>(), 1U);
  EXPECT_EQ(count<row::PutUser>(), 1U);
  run([&](Draft& draft) { return delete_api_user(draft, program.id, by_ann()); });
}

TEST_F(DraftTest, AnInvitationThatIsAcceptedBecomesAMember) {
  const core::User vouched = run([](Draft& draft) {
    return create_user(draft, {"eve@example.com", "hash", json::Object{}, false}, Actor());
  });
  const Invitation invitation = run([&](Draft& draft) {
    return invite(draft, {team(), "eve@example.com", core::Role::kSupport, crypto::digest("code")}, by_ann());
  });
  EXPECT_EQ(count<row::PutInvitation>(), 1U);
  run([&](Draft& draft) {
    return accept_invitation(draft, invitation.id, crypto::digest("code"), {vouched.id, vouched.username});
  });
  EXPECT_EQ(count<row::PutMember>(), 1U);
  EXPECT_EQ(count<row::EraseInvitation>(), 1U);
}

TEST_F(DraftTest, InvitationsEndWithTheRightOfWhoeverMadeThem) {
  run([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kAdministrator, by_ann()); });
  run([&](Draft& draft) {
    return invite(draft, {team(), "eve@example.com", core::Role::kSupport, {}}, {bob.id, bob.username});
  });
  run([&](Draft& draft) { return remove_member(draft, team(), bob.id, by_ann()); });
  EXPECT_THAT(actions(), ElementsAre("team.member_removed", "team.invitation_ended"));
  EXPECT_EQ(count<row::EraseInvitation>(), 1U);
}

TEST_F(DraftTest, ASecretIsARowAndItsValueIsInNoEntry) {
  const SecretOwner of_acme = SecretOwner::of(acme.id);
  run([&](Draft& draft) { return put_secret(draft, of_acme, {"KEY", "hush-hush"}, by_ann()); });
  EXPECT_EQ(count<row::PutSecret>(), 1U);
  EXPECT_EQ(json::write(change.audit.front().diff).find("hush"), std::string::npos);
  run([&](Draft& draft) {
    return set_variables(draft, VariablesOwner::of(acme.id), {{{"region", "eu"}}, true}, by_ann());
  });
  EXPECT_EQ(count<row::PutVariables>(), 1U);
  run([&](Draft& draft) { return delete_secret(draft, of_acme, "KEY", by_ann()); });
  EXPECT_EQ(count<row::EraseSecret>(), 1U);
}

TEST_F(DraftTest, AnIntegrationIsARowWithWhatIsNewAboutIt) {
  const core::Product valve = run([&](Draft& draft) {
    return create_product(draft, {"Valve", "", "", 13, json::Object{}, acme.id, ann.id}, by_ann());
  });
  const core::IntegrationPtr made = add_shared({pump.id});
  EXPECT_EQ(made->number.value, 1U);
  ASSERT_EQ(change.rows.size(), 1U);
  const auto created = std::get<row::PutIntegration>(change.rows.front());
  EXPECT_EQ(created.integration, made);
  EXPECT_THAT(created.versions, ElementsAre(1U));
  EXPECT_THAT(created.joined, ElementsAre(pump.id));

  const auto to_valve = [&](const Catalog& now, const Making& making) -> Result<Changes> {
    auto next = next_version(*now.integration(made->number), making);
    next->products = {valve.id};
    Changes changes;
    changes.integrations = {{std::move(next), "edited", ann.id}};
    return changes;
  };
  run([&](Draft& draft) { return change_integrations(draft, to_valve); });
  const auto edited = std::get<row::PutIntegration>(change.rows.front());
  EXPECT_THAT(edited.versions, ElementsAre(2U));
  EXPECT_THAT(edited.joined, ElementsAre(valve.id));
  EXPECT_THAT(edited.left, ElementsAre(pump.id));
  EXPECT_EQ(edited.action, "edited");
  EXPECT_FALSE((change == CatalogChange{{created}, {}}));
}

TEST_F(DraftTest, AMergedIntegrationHandsItsPausesAndVariablesOver) {
  const core::Product valve = run([&](Draft& draft) {
    return create_product(draft, {"Valve", "", "", 13, json::Object{}, acme.id, ann.id}, by_ann());
  });
  const core::IntegrationPtr stays = add_shared({pump.id}), goes = add_shared({valve.id});
  run([&](Draft& draft) { return set_pause(draft, goes->id, {valve.id}, core::Pause::kHold, {}, by_ann()); });
  EXPECT_EQ(count<row::PutPause>(), 1U);
  run([&](Draft& draft) {
    return set_variables(draft, VariablesOwner::of(goes->number, valve.id), {{{"region", "eu"}}, true}, by_ann());
  });
  const auto merge = [&](const Catalog& now, const Making& making) -> Result<Changes> {
    auto next = next_version(*now.integration(stays->number), making);
    next->products = {pump.id, valve.id};
    Changes changes;
    changes.closed = {{goes->number, stays->id}};
    changes.integrations = {{std::move(next), "merged", ann.id}};
    changes.carried = {{goes->number, 0, valve.id}};
    return changes;
  };
  run([&](Draft& draft) { return change_integrations(draft, merge); });
  EXPECT_EQ(count<row::CloseIntegration>(), 1U);
  EXPECT_EQ(count<row::PutPause>(), 1U);
  EXPECT_EQ(count<row::PutVariables>(), 1U);
  EXPECT_EQ(catalog->pause(stays->number, valve.id), core::Pause::kHold);
  EXPECT_NE(catalog->variables(VariablesOwner::of(stays->number, valve.id)), nullptr);
  EXPECT_EQ(catalog->data().merged.size(), 1U);
}

TEST_F(DraftTest, AProductThatMovesLeavesBehindWhoHasARoleThroughItsNewOwner) {
  const core::Product own = run([&](Draft& draft) {
    return create_product(draft, {"Own", "", "", 13, json::Object{}, {}, ann.id}, by_ann());
  });
  run([&](Draft& draft) { return add_member(draft, {{}, own.id}, bob.id, core::Role::kDeveloper, by_ann()); });
  run([&](Draft& draft) { return add_member(draft, team(), bob.id, core::Role::kViewOnly, by_ann()); });
  run([&](Draft& draft) { return import_devices(draft, own.id, {device_id(1)}, bob.id, by_ann()); });
  const auto move = [&](const Catalog& now, const Making&) -> Result<Changes> {
    Changes changes;
    changes.products = {*now.product(own.id)};
    changes.products.front().organization = acme.id;
    changes.audit.emplace_back().action = "product.moved";
    return changes;
  };
  run([&](Draft& draft) { return change_integrations(draft, move); });
  EXPECT_EQ(count<row::EraseMember>(), 1U);
  EXPECT_EQ(count<row::PutProduct>(), 1U);
  EXPECT_EQ(count<row::PutDevice>(), 1U) << "who may only look at the organization's products has no devices of them";
  EXPECT_THAT(actions(), ElementsAre("product.moved", "device.released"));
}

TEST_F(DraftTest, AProductThatIsDeletedTakesItsDevicesAndInvitationsAlong) {
  run([&](Draft& draft) { return import_devices(draft, pump.id, {device_id(1), device_id(2)}, {}, by_ann()); });
  run([&](Draft& draft) {
    return invite(draft, {{{}, pump.id}, "eve@example.com", core::Role::kSupport, {}}, by_ann());
  });
  const auto remove = [&](const Catalog&, const Making&) -> Result<Changes> {
    Changes changes;
    changes.deleted_products = {pump.id};
    return changes;
  };
  run([&](Draft& draft) { return change_integrations(draft, remove); });
  EXPECT_EQ(count<row::EraseProduct>(), 1U);
  EXPECT_EQ(count<row::EraseDevice>(), 2U);
  EXPECT_EQ(count<row::EraseInvitation>(), 1U);
  EXPECT_EQ(catalog->product(pump.id), nullptr);
}

}  // namespace
}  // namespace fleethook::store
