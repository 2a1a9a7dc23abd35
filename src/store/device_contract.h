// The part of the store contract about devices and their groups. See store_contract.h.
#pragma once
#include "store/store_contract.h"

namespace fleethook::store {

class DeviceContract : public FleetContract {};

TEST_P(DeviceContract, AnImportTellsWhatBecameOfEachDevice) {
  const core::User ann = add_user("ann@example.com");
  const core::User bob = add_user("bob@example.com");
  const core::Product a = add_product(ann, {}, "A");
  const core::Product b = add_product(ann, {}, "B");
  ASSERT_TRUE(store().import_devices(b.id, {device_id(9)}, {}, {}).ok());
  ASSERT_TRUE(store().claim_device(device_id(3), bob.id, {}).ok());
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1)}, {}, {}).ok());
  const auto report = store().import_devices(
      a.id, {device_id(2), device_id(1), device_id(9), device_id(3), device_id(2)}, ann.id, actor(ann));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->updated, (std::vector{device_id(2), device_id(3)}));
  EXPECT_EQ(report->existing, std::vector{device_id(1)});
  EXPECT_EQ(report->nonmember, std::vector{device_id(9)});
  EXPECT_TRUE(report->claimed_by_another.empty());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->device_count(a.id), 3U);
    EXPECT_EQ(catalog()->device_count(b.id), 1U);
    ASSERT_EQ(catalog()->devices_of(a.id).size(), 3U);
    EXPECT_EQ(catalog()->devices_of(a.id)[2]->id, device_id(3)) << "ascending by id";
    EXPECT_EQ(catalog()->device(device_id(3))->owner, ann.id);
    EXPECT_TRUE(catalog()->device(device_id(9))->owner.is_none()) << "left alone";
    EXPECT_EQ(catalog()->devices_of(ann.id).size(), 3U);
    EXPECT_EQ(catalog()->devices_of(bob.id).size(), 1U) << "what is in his sandbox is nobody else's matter";
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_EQ(store().import_devices({1}, {device_id(5)}, {}, {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(catalog()->device(device_id(5)), nullptr);
}

TEST_P(DeviceContract, DevicesAreClaimedReleasedRemovedAndRenamed) {
  const core::User ann = add_user("ann@example.com");
  const core::Product a = add_product(ann, {}, "A");
  const core::Product b = add_product(ann, {}, "B");
  EXPECT_EQ(store().release_own_device(device_id(1), ann.id, {}).error().fault, Fault::kNotFound);
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1)}, ann.id, actor(ann)).ok());
  core::Device device = *catalog()->device(device_id(1));
  device.name = "freezer";
  device.firmware_version = "7";
  device.os_version = "6.1.0";
  device.groups = {"canary", "eu"};
  device.development = true;
  device.owner = {};
  ASSERT_TRUE(store().update_device(device, {}).ok());
  reopen();
  device = *catalog()->device(device_id(1));
  EXPECT_EQ(device.name, "freezer");
  EXPECT_EQ(device.firmware_version, "7");
  EXPECT_EQ(device.os_version, "6.1.0");
  EXPECT_EQ(device.groups, (std::vector<std::string>{"canary", "eu"}));
  EXPECT_TRUE(device.development);
  EXPECT_EQ(device.owner, ann.id) << "not for update_device to change";
  EXPECT_EQ(device.product, a.id);
  EXPECT_EQ(store().remove_device(b.id, device_id(1), {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(store().release_device(b.id, device_id(1), {}).error().fault, Fault::kNotFound);
  ASSERT_TRUE(store().release_device(a.id, device_id(1), {}).ok());
  EXPECT_TRUE(catalog()->device(device_id(1))->owner.is_none());
  EXPECT_TRUE(store().release_device(a.id, device_id(1), {}).ok()) << "it is nobody's already";
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, {}).ok());
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), {}).ok());
  EXPECT_EQ(store().remove_device(a.id, device_id(1), {}).error().fault, Fault::kNotFound);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->device_count(a.id), 0U);
    EXPECT_EQ(catalog()->device(device_id(1)), nullptr) << "nothing of it is left behind or taken along";
    EXPECT_TRUE(catalog()->devices_of(ann.id).empty());
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().import_devices(b.id, {device_id(1)}, {}, {}).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->name, "");
  EXPECT_EQ(catalog()->device(device_id(1))->firmware_version, "");
  device.id = device_id(77);
  EXPECT_EQ(store().update_device(device, {}).error().fault, Fault::kNotFound);
}

TEST_P(DeviceContract, WhoKnowsAnIdFirstGetsNothingOfTheFleetItIsImportedInto) {
  const core::User ann = add_user("ann@example.com"), eve = add_user("eve@example.com");
  const core::Product a = add_product(ann, {}, "A");
  ASSERT_TRUE(store().claim_device(device_id(1), eve.id, actor(eve)).ok());
  catalog()->own_device(device_id(1))->heard->note(clock().now());
  const auto report = store().import_devices(a.id, {device_id(1)}, {}, actor(ann));
  EXPECT_EQ(report->updated, std::vector{device_id(1)}) << "the fleet's people are not kept out";
  for (int round = 0; round < 2; ++round) {
    const core::Device* in_fleet = catalog()->device(device_id(1));
    ASSERT_NE(in_fleet, nullptr);
    EXPECT_TRUE(in_fleet->owner.is_none() && in_fleet->reaches().is_none());
    EXPECT_EQ(in_fleet->heard->last(), std::nullopt) << "what it did in her sandbox is hers";
    const core::Device* hers = catalog()->device_of(eve.id, device_id(1));
    ASSERT_NE(hers, nullptr) << "nor does she lose what she had";
    EXPECT_TRUE(hers->product.is_none());
    EXPECT_TRUE(hers->heard->last().has_value());
    ASSERT_TRUE(store().save_device_heard().ok());
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_TRUE(store().claim_device(device_id(1), eve.id, actor(eve)).ok()) << "it is hers there already";
  EXPECT_TRUE(catalog()->device(device_id(1))->owner.is_none());
  ASSERT_TRUE(store().release_device(a.id, device_id(1), actor(ann)).ok());
  EXPECT_NE(catalog()->own_device(device_id(1)), nullptr) << "the importer cannot release what she has";
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, actor(ann)).ok()) << "she does not stand in the way";
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), ann.id);
  ASSERT_TRUE(store().release_own_device(device_id(1), eve.id, actor(eve)).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->reaches(), ann.id);
  EXPECT_EQ(store().claim_device(device_id(1), eve.id, actor(eve)).error().fault, Fault::kForbidden);
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), actor(ann)).ok());
  EXPECT_TRUE(store().claim_device(device_id(1), eve.id, actor(eve)).ok()) << "it is in no product any more";
}

TEST_P(DeviceContract, ADeviceIsClaimedForNobodyWhoMayNotHaveDevicesThere) {
  const core::User ann = add_user("ann@example.com"), victim = add_user("victim@example.com");
  const core::Product a = add_product(ann, {}, "A");
  const auto refused = store().import_devices(a.id, {device_id(1)}, victim.id, actor(ann));
  EXPECT_EQ(refused.error().fault, Fault::kInvalid);
  EXPECT_EQ(refused.error().violations.at(0).field, "claim_user");
  EXPECT_EQ(catalog()->device(device_id(1)), nullptr) << "nothing is half done";
  core::UserId nobody;
  nobody.bytes[0] = 1;
  EXPECT_EQ(store().import_devices(a.id, {device_id(1)}, nobody, actor(ann)).error().fault, Fault::kInvalid);
}

TEST_P(DeviceContract, WhatOneHasInOnesSandboxOneTakesAlongIntoOnesProduct) {
  const core::User ann = add_user("ann@example.com");
  const core::Product a = add_product(ann, {}, "A");
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, actor(ann)).ok());
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1), device_id(2)}, {}, actor(ann)).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->device(device_id(1))->reaches(), ann.id);
    EXPECT_TRUE(catalog()->device(device_id(2))->owner.is_none());
    ASSERT_EQ(catalog()->devices_of(ann.id).size(), 1U) << "shown once";
    EXPECT_EQ(catalog()->devices_of(ann.id)[0]->product, a.id);
    reopen();
  }
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), actor(ann)).ok());
  ASSERT_NE(catalog()->device_of(ann.id, device_id(1)), nullptr);
  EXPECT_TRUE(catalog()->device_of(ann.id, device_id(1))->product.is_none()) << "as it was before";
}

TEST_P(DeviceContract, KeepsWhenADeviceWasLastHeardWhateverElseHappensToIt) {
  const core::User ann = add_user("ann@example.com");
  const core::Product a = add_product(ann, {}, "A"), b = add_product(ann, {}, "B");
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1), device_id(2)}, {}, {}).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->heard->last(), std::nullopt) << "not heard by being imported";
  const auto before = catalog();
  const Instant heard = clock().now();
  before->device(device_id(1))->heard->note(heard);
  clock().advance(std::chrono::hours(1));
  core::Device renamed = *before->device(device_id(1));
  renamed.name = "freezer";
  ASSERT_TRUE(store().update_device(renamed, {}).ok());
  ASSERT_TRUE(store().claim_device(device_id(1), ann.id, {}).ok());
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1)}, {}, {}).ok());
  EXPECT_EQ(catalog()->device(device_id(1))->heard->last(), heard);
  before->device(device_id(1))->heard->note(heard + std::chrono::seconds(1));
  EXPECT_EQ(catalog()->device(device_id(1))->heard->last(), heard + std::chrono::seconds(1))
      << "all snapshots share it";
  ASSERT_TRUE(store().save_device_heard().ok());
  ASSERT_TRUE(store().save_device_heard().ok()) << "nothing new to save is fine";
  reopen();
  EXPECT_EQ(catalog()->device(device_id(1))->heard->last(), heard + std::chrono::seconds(1));
  EXPECT_EQ(catalog()->device(device_id(2))->heard->last(), std::nullopt);
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), {}).ok());
  ASSERT_TRUE(store().import_devices(b.id, {device_id(1)}, {}, {}).ok());
  reopen();
  EXPECT_EQ(catalog()->device(device_id(1))->heard->last(), std::nullopt) << "what another product heard is not told";
}

TEST_P(DeviceContract, GroupsAreThereAsLongAsADeviceIsInThem) {
  const core::User ann = add_user("ann@example.com");
  const core::Product a = add_product(ann, {}, "A"), b = add_product(ann, {}, "B");
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1), device_id(2), device_id(3)}, {}, {}).ok());
  ASSERT_TRUE(store().import_devices(b.id, {device_id(4)}, {}, {}).ok());
  const auto groups = [&](const core::Product& product) {
    std::string text;
    for (const DeviceGroup& group : catalog()->groups_of(product.id))
      text += group.name + ":" + std::to_string(group.devices) + " ";
    return text;
  };
  const auto both = {device_id(1), device_id(2)};
  ASSERT_TRUE(store().change_groups(a.id, both, {{"eu", "canary"}, {}}, {}).ok());
  ASSERT_TRUE(store().change_groups(a.id, {device_id(2), device_id(3)}, {{"eu", "all"}, {"canary"}}, {}).ok());
  ASSERT_TRUE(store().change_groups(a.id, {device_id(4)}, {{"eu"}, {}}, {}).ok())
      << "is in another product: left alone";
  reopen();
  EXPECT_EQ(catalog()->device(device_id(2))->groups, (std::vector<std::string>{"all", "eu"})) << "ascending";
  EXPECT_EQ(groups(a), "all:2 canary:1 eu:3 ");
  EXPECT_EQ(groups(b), "");
  ASSERT_TRUE(store().remove_device(a.id, device_id(1), {}).ok());
  EXPECT_EQ(groups(a), "all:2 eu:2 ");
  ASSERT_TRUE(store().import_devices(b.id, {device_id(1)}, {}, {}).ok());
  EXPECT_TRUE(catalog()->device(device_id(1))->groups.empty()) << "groups are a product's";
  core::Device device = *catalog()->device(device_id(3));
  device.groups = {"all"};
  ASSERT_TRUE(store().update_device(device, {}).ok());
  EXPECT_EQ(groups(a), "all:2 eu:1 ");
  ASSERT_TRUE(store().change_groups(a.id, {device_id(2), device_id(3)}, {{}, {"all", "eu", "no-such"}}, {}).ok());
  EXPECT_EQ(groups(a), "");
  EXPECT_EQ(store().change_groups({1}, both, {{"eu"}, {}}, {}).error().fault, Fault::kNotFound);
}

TEST_P(DeviceContract, ADeviceIsInSoManyGroupsAtMost) {
  const core::User ann = add_user("ann@example.com");
  const core::Product a = add_product(ann, {}, "A");
  ASSERT_TRUE(store().import_devices(a.id, {device_id(1), device_id(2)}, {}, {}).ok());
  GroupChange change;
  for (std::size_t i = 0; i < Limits().groups_per_device_max; ++i) change.add.push_back("g" + std::to_string(i));
  ASSERT_TRUE(store().change_groups(a.id, {device_id(2)}, change, {}).ok());
  const auto refused = store().change_groups(a.id, {device_id(1), device_id(2)}, {{"one-more"}, {}}, {});
  EXPECT_EQ(refused.error().fault, Fault::kInvalid);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(catalog()->device(device_id(1))->groups.empty()) << "all or none";
    EXPECT_EQ(catalog()->groups_of(a.id).size(), Limits().groups_per_device_max);
    reopen();
  }
  EXPECT_TRUE(store().change_groups(a.id, {device_id(2)}, {{"one-more"}, {"g0"}}, {}).ok()) << "one for another";
}

}  // namespace fleethook::store
