// The part of the store contract about claims on devices of products, and what ends them. See store_contract.h and
// device_rules.h.
#pragma once
#include "store/store_contract.h"

namespace fleethook::store {

class ClaimContract : public StoreContract {
 protected:
  ClaimContract() {
    ann = add_user("ann@example.com");
    bob = add_user("bob@example.com");
    acme = add_organization(ann, "Acme");
    pump = add_product(ann, acme, "Pump");
  }
  TeamPlace team() const { return {acme.id, {}}; }
  // Bob with a role, and device 1 of the product.
  void start(core::Role role) {
    ASSERT_TRUE(store().add_member(team(), bob.id, role, actor(ann)).ok());
    ASSERT_TRUE(store().import_devices(pump.id, {device_id(1), device_id(2)}, {}, actor(ann)).ok());
  }
  void start_with_claim() {
    start(core::Role::kDeveloper);
    ASSERT_TRUE(store().claim_device(device_id(1), bob.id, actor(bob)).ok());
    ASSERT_EQ(catalog()->device(device_id(1))->reaches(), bob.id);
  }
  // Nothing of the fleet is Bob's, and the log names who ended it.
  void expect_ended(const core::User& by) {
    const AuditEntry entry = last_audit(acme, pump.id);
    EXPECT_EQ(entry.action, "device.released");
    EXPECT_EQ(entry.by.user, by.id);
    EXPECT_NE(json::write(json::Value(entry.diff)).find("bob@example.com"), std::string::npos);
    EXPECT_NE(json::write(json::Value(entry.diff)).find(device_id(1).str()), std::string::npos);
    expect_nothing();
  }
  void expect_nothing() {
    for (int round = 0; round < 2; ++round) {
      ASSERT_NE(catalog()->device(device_id(1)), nullptr);
      EXPECT_TRUE(catalog()->device(device_id(1))->owner.is_none());
      EXPECT_TRUE(catalog()->devices_of(bob.id).empty());
      check_consistent(*catalog());
      reopen();
    }
  }
  core::User ann, bob;
  core::Organization acme;
  core::Product pump;
};

TEST_P(ClaimContract, ClaimingAProductsDeviceNeedsARoleThere) {
  start(core::Role::kSupport);
  const auto refused = store().claim_device(device_id(1), bob.id, actor(bob));
  EXPECT_EQ(refused.error().fault, Fault::kForbidden);
  EXPECT_NE(refused.error().message.find("Developer"), std::string::npos) << refused.error().message;
  expect_nothing();
  ASSERT_TRUE(store().change_role(team(), bob.id, core::Role::kDeveloper, actor(ann)).ok());
  ASSERT_TRUE(store().claim_device(device_id(1), bob.id, actor(bob)).ok());
  EXPECT_EQ(store().claim_device(device_id(1), ann.id, actor(ann)).error().fault, Fault::kForbidden)
      << "nobody takes it from him";
  const auto report = store().import_devices(pump.id, {device_id(1), device_id(2)}, ann.id, actor(ann)).value();
  EXPECT_EQ(report.claimed_by_another, std::vector{device_id(1)});
  EXPECT_EQ(report.existing, std::vector{device_id(2)});
  EXPECT_EQ(catalog()->device(device_id(1))->owner, bob.id);
  EXPECT_EQ(catalog()->device(device_id(2))->owner, ann.id);
}

TEST_P(ClaimContract, WhatIsClaimedForSomebodyReachesHimOnceHeClaimsIt) {
  start(core::Role::kDeveloper);
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, bob.id, actor(ann)).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->device(device_id(1))->owner, bob.id);
    EXPECT_TRUE(catalog()->device(device_id(1))->reaches().is_none());
    EXPECT_EQ(catalog()->devices_of(bob.id).size(), 1U) << "he can see what is meant for him";
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, bob.id, actor(ann)).ok());
  EXPECT_TRUE(catalog()->device(device_id(1))->reaches().is_none());
  ASSERT_TRUE(store().claim_device(device_id(1), bob.id, actor(bob)).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), bob.id);
  EXPECT_EQ(last_audit(acme, pump.id).action, "device.claimed");
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, bob.id, actor(ann)).ok());
  reopen();
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), bob.id) << "meaning it again takes nothing back";
  ASSERT_TRUE(store().release_own_device(device_id(1), bob.id, actor(bob)).ok());
  expect_nothing();
}

TEST_P(ClaimContract, AColleagueWhoImportsWhatIsInOnesSandboxMakesItReachNobody) {
  ASSERT_TRUE(store().claim_device(device_id(1), bob.id, actor(bob)).ok());
  start(core::Role::kDeveloper);
  EXPECT_TRUE(catalog()->device(device_id(1))->owner.is_none());
  ASSERT_TRUE(store().claim_device(device_id(1), bob.id, actor(bob)).ok()) << "he says it for the product, too";
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), bob.id);
  ASSERT_TRUE(store().remove_member(team(), bob.id, actor(ann)).ok());
  EXPECT_TRUE(catalog()->device(device_id(1))->owner.is_none());
  ASSERT_EQ(catalog()->devices_of(bob.id).size(), 1U);
  EXPECT_TRUE(catalog()->devices_of(bob.id)[0]->product.is_none());
}

TEST_P(ClaimContract, LeavingTheTeamEndsTheClaims) {
  start_with_claim();
  ASSERT_TRUE(store().remove_member(team(), bob.id, actor(bob)).ok());
  expect_ended(bob);
}

TEST_P(ClaimContract, LeavingTheTeamOfTheProductEndsTheClaims) {
  const TeamPlace own{{}, pump.id};
  ASSERT_TRUE(store().add_member(own, bob.id, core::Role::kDeveloper, actor(ann)).ok());
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, bob.id, actor(bob)).ok());
  ASSERT_EQ(catalog()->device(device_id(1))->reaches(), bob.id);
  ASSERT_TRUE(store().remove_member(own, bob.id, actor(ann)).ok());
  expect_ended(ann);
}

TEST_P(ClaimContract, ALowerRoleEndsTheClaims) {
  start_with_claim();
  ASSERT_TRUE(store().change_role(team(), bob.id, core::Role::kAdministrator, actor(ann)).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), bob.id);
  ASSERT_TRUE(store().change_role(team(), bob.id, core::Role::kViewOnly, actor(ann)).ok());
  expect_ended(ann);
}

TEST_P(ClaimContract, ALowerRoleInTheOrganizationThanInItsProductEndsTheClaims) {
  ASSERT_TRUE(store().add_member({{}, pump.id}, bob.id, core::Role::kDeveloper, actor(ann)).ok());
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, bob.id, actor(bob)).ok());
  ASSERT_TRUE(store().add_member(team(), bob.id, core::Role::kViewOnly, actor(ann)).ok());
  expect_ended(ann);
}

TEST_P(ClaimContract, AnAccountThatIsDeletedLeavesNoClaim) {
  start_with_claim();
  ASSERT_TRUE(store().delete_user(bob.id, actor(bob)).ok());
  expect_ended(bob);
}

TEST_P(ClaimContract, AnAdministratorWhoIsNoneAnyMoreHasNoClaimWithoutARole) {
  core::User root = store().create_user({"root@example.com", "", json::Object{}, true}, {}).value();
  ASSERT_TRUE(store().import_devices(pump.id, {device_id(1)}, root.id, actor(root)).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), root.id);
  root.administrator = false;
  ASSERT_TRUE(store().update_user(root, actor(ann), {}).ok());
  expect_nothing();
}

// As moving is done: a rule that gives the product another owner.
TEST_P(ClaimContract, AProductThatMovesKeepsTheClaimsOfThoseWhoMayHaveDevicesThereOnly) {
  start_with_claim();
  ASSERT_TRUE(store().claim_device(device_id(2), ann.id, actor(ann)).ok());
  const core::User eve = add_user("eve@example.com");
  const core::Organization other = add_organization(eve, "Other");
  ASSERT_TRUE(store().add_member({other.id, {}}, ann.id, core::Role::kDeveloper, actor(eve)).ok());
  const auto moved = store().change_integrations([&](const Catalog& now, const Making&) -> Result<Changes> {
    Changes changes;
    changes.products.push_back(*now.product(pump.id));
    changes.products.back().organization = other.id;
    AuditEntry entry;
    entry.by = actor(ann);
    entry.organization = other.id;
    entry.products = {pump.id};
    entry.action = "product.moved";
    changes.audit.push_back(entry);
    return changes;
  });
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  EXPECT_EQ(catalog()->device(device_id(2))->reaches(), ann.id);
  EXPECT_EQ(last_audit(other, pump.id).action, "device.released");
  expect_nothing();
}

TEST_P(ClaimContract, AProductThatIsDeletedTakesItsDevicesAlong) {
  start_with_claim();
  const auto deleted = store().change_integrations([&](const Catalog&, const Making&) -> Result<Changes> {
    Changes changes;
    changes.deleted_products.push_back(pump.id);
    return changes;
  });
  ASSERT_TRUE(deleted.ok()) << deleted.error().message;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->device(device_id(1)), nullptr);
    EXPECT_TRUE(catalog()->devices_of(bob.id).empty());
    check_consistent(*catalog());
    reopen();
  }
}

}  // namespace fleethook::store
