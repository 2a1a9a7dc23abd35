// The part of the store contract about invitations. See store_contract.h.
#pragma once
#include "store/invitation_rules.h"
#include "store/team_contract.h"

namespace fleethook::store {

class InvitationContract : public StoreContract {
 protected:
  // By the server, which vouches for the address. add_user() signs up by itself.
  core::User vouched(const std::string& name) {
    return store().create_user({name, "hash", json::Object{}, false}, Actor()).value();
  }
  Invitation invite(const core::User& by, const TeamPlace& place, const std::string& name) {
    auto made = store().invite({place, name, core::Role::kSupport, crypto::digest("code of " + name)}, actor(by));
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : Invitation();
  }
  Result<void> accept(const core::User& user, const Invitation& invitation, const std::string& code) {
    return store().accept_invitation(invitation.id, crypto::digest(code), actor(user));
  }
  std::size_t waiting() { return catalog()->data().invitations.size(); }
  std::string reason_in(const AuditEntry& entry) {
    const json::Value* reason = entry.diff.find("reason");
    return reason == nullptr ? "" : reason->find("to")->as_string();
  }
};

TEST_P(InvitationContract, IsKeptUntilItIsAccepted) {
  const core::User ann = add_user("ann@example.com"), bob = vouched("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A");
  ASSERT_TRUE(store().add_member(team_of(a), bob.id, core::Role::kDeveloper, {}).ok());
  const Invitation made = invite(ann, team_of(acme), "bob@example.com");
  EXPECT_EQ(last_audit(acme).action, "team.invited");
  EXPECT_EQ(last_audit(acme).target, made.id.str()) << "not whether there is an account";
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(catalog()->invitations_of(team_of(acme)).size(), 1U);
    const Invitation& kept = *catalog()->invitations_for("bob@example.com").at(0);
    EXPECT_EQ(kept.id, made.id);
    EXPECT_EQ(kept.place, team_of(acme));
    EXPECT_EQ(kept.role, core::Role::kSupport);
    EXPECT_EQ(kept.code, crypto::digest("code of bob@example.com"));
    EXPECT_EQ(kept.account, bob.id);
    EXPECT_EQ(kept.invited_by, ann.id);
    EXPECT_EQ(kept.invited_by_name, "ann@example.com");
    EXPECT_EQ(kept.expires_at, clock().now() + Limits().invitation_lifetime);
    EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kNone);
    check_consistent(*catalog());
    reopen();
  }
  ASSERT_TRUE(store().accept_invitation(made.id, std::nullopt, actor(bob)).ok());
  const AuditEntry entry = last_audit(acme);
  EXPECT_EQ(entry.action, "team.invitation_accepted");
  EXPECT_EQ(entry.by.name, "bob@example.com");
  EXPECT_EQ(diff_text(entry), R"(invited_by null "ann@example.com"; role null "Support")");
  EXPECT_EQ(entry.products, std::vector{a.id}) << "where the membership ended";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kSupport);
    EXPECT_EQ(waiting(), 0U);
    check_consistent(*catalog());
    reopen();
  }
  EXPECT_EQ(accept(bob, made, "code of bob@example.com").error().fault, Fault::kNotFound) << "once";
}

TEST_P(InvitationContract, TakesTheCodeUnlessSomebodyVouchesForTheAccount) {
  const core::User ann = add_user("ann@example.com"), eve = add_user("eve@example.com"),
                   bob = vouched("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const Invitation early = invite(ann, team_of(acme), "eve@example.com"),
                   late = invite(ann, team_of(acme), "late@example.com"),
                   renamed = invite(ann, team_of(acme), "new-bob@example.com");
  const core::User squatter = add_user("late@example.com");
  core::User bob_renamed = bob;
  bob_renamed.username = "new-bob@example.com";
  ASSERT_TRUE(store().update_user(bob_renamed, actor(bob), {}).ok());
  for (int round = 0; round < 2; ++round) {
    for (const auto& [user, invitation] : {std::pair(eve, early), {squatter, late}, {bob_renamed, renamed}}) {
      for (const std::optional<crypto::Digest>& code :
           {std::optional<crypto::Digest>(), std::optional(crypto::digest("guess"))}) {
        const auto refused = store().accept_invitation(invitation.id, code, actor(user));
        ASSERT_FALSE(refused.ok()) << user.username;
        EXPECT_EQ(refused.error().code, "invitation_code");
      }
      EXPECT_EQ(accept(ann, invitation, "code of " + user.username).error().fault, Fault::kNotFound)
          << "the code is no use to another one";
    }
    reopen();
  }
  EXPECT_TRUE(accept(eve, early, "code of eve@example.com").ok());
  EXPECT_TRUE(accept(squatter, late, "code of late@example.com").ok());
  const Invitation again =
      store().renew_invitation(renamed.id, core::Role::kNone, crypto::digest("2"), actor(ann)).value();
  EXPECT_EQ(store().accept_invitation(again.id, std::nullopt, actor(bob_renamed)).error().code, "invitation_code")
      << "nobody vouches for a name that one took by oneself";
}

TEST_P(InvitationContract, EndsWithTheRightOfWhoeverMadeIt) {
  const core::User ann = add_user("ann@example.com"), adam = add_user("adam@example.com"),
                   bob = add_user("bob@example.com"),
                   root = store().create_user({"root@example.com", "", json::Object{}, true}, {}).value();
  const core::Organization acme = add_organization(ann, "Acme");
  const core::Product a = add_product(ann, acme, "A");
  const auto administrator = [&] {
    (void)store().add_member(team_of(acme), adam.id, core::Role::kAdministrator, {});
    (void)store().change_role(team_of(acme), adam.id, core::Role::kAdministrator, {});
  };
  const std::function<void()> losses[] = {
      [&] { ASSERT_TRUE(store().change_role(team_of(acme), adam.id, core::Role::kDeveloper, actor(ann)).ok()); },
      [&] { ASSERT_TRUE(store().remove_member(team_of(acme), adam.id, actor(ann)).ok()); },
  };
  for (const auto& loses : losses) {
    administrator();
    const Invitation of_organization = invite(adam, team_of(acme), "bob@example.com"),
                     of_product = invite(adam, team_of(a), "bob@example.com"),
                     anns = invite(ann, team_of(a), "joe@example.com");
    loses();
    EXPECT_EQ(last_audit(acme).action, "team.invitation_ended");
    EXPECT_EQ(last_audit(acme).by.name, "ann@example.com");
    EXPECT_EQ(reason_in(last_audit(acme)), "whoever invited may not add members any more");
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(waiting(), 1U);
      EXPECT_NE(catalog()->invitation(anns.id), nullptr);
      check_consistent(*catalog());
      reopen();
    }
    EXPECT_EQ(store().accept_invitation(of_organization.id, std::nullopt, actor(bob)).error().fault, Fault::kNotFound);
    EXPECT_EQ(store().accept_invitation(of_product.id, std::nullopt, actor(bob)).error().fault, Fault::kNotFound);
    ASSERT_TRUE(store().withdraw_invitation(anns.id, actor(ann)).ok());
    EXPECT_EQ(last_audit(acme).action, "team.invitation_withdrawn");
  }
  administrator();
  invite(adam, team_of(acme), "bob@example.com");
  invite(root, team_of(a), "bob@example.com");
  ASSERT_TRUE(store().delete_user(adam.id, actor(adam)).ok());
  EXPECT_EQ(waiting(), 1U);
  core::User plain = root;
  plain.administrator = false;
  ASSERT_TRUE(store().update_user(plain, actor(root), {}).ok());
  EXPECT_EQ(waiting(), 0U);
  check_consistent(*catalog());
}

TEST_P(InvitationContract, IsTheNewInvitersWhenItIsRenewed) {
  const core::User ann = add_user("ann@example.com"), adam = add_user("adam@example.com"),
                   bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  ASSERT_TRUE(store().add_member(team_of(acme), adam.id, core::Role::kAdministrator, {}).ok());
  const Invitation first = invite(adam, team_of(acme), "bob@example.com");
  clock().advance(std::chrono::hours(1));
  const Invitation renewed =
      store().renew_invitation(first.id, core::Role::kViewOnly, crypto::digest("second"), actor(ann)).value();
  EXPECT_EQ(last_audit(acme).action, "team.invitation_renewed");
  EXPECT_EQ(diff_text(last_audit(acme)), R"(role "Support" "View-only")");
  EXPECT_EQ(renewed.expires_at, first.expires_at + std::chrono::hours(1));
  ASSERT_TRUE(store().remove_member(team_of(acme), adam.id, {}).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(accept(bob, first, "code of bob@example.com").error().code, "invitation_code");
    reopen();
  }
  EXPECT_TRUE(accept(bob, first, "second").ok());
  EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kViewOnly);
}

TEST_P(InvitationContract, DoesNotFollowAProductToAnotherOwner) {
  const core::User ann = add_user("ann@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  core::Product own = add_product(ann, {}, "Own");
  add_user("bob@example.com");
  invite(ann, team_of(own), "bob@example.com");
  own.organization = acme.id;
  ASSERT_TRUE(change_product(store(), own, false).ok());
  EXPECT_EQ(reason_in(last_audit(acme, own.id)), "the product has another owner");
  EXPECT_EQ(waiting(), 0U);
  invite(ann, team_of(own), "bob@example.com");
  ASSERT_TRUE(change_product(store(), own, true).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(waiting(), 0U) << "nor stay without it";
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(InvitationContract, EndsWithTheAccountsAndWithItsTime) {
  const core::User ann = add_user("ann@example.com"), bob = add_user("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  invite(ann, team_of(acme), "bob@example.com");
  ASSERT_TRUE(store().delete_user(bob.id, actor(bob)).ok());
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(reason_in(last_audit(acme)), "the account was deleted");
  const core::User joe = add_user("joe@example.com");
  const Invitation old = invite(ann, team_of(acme), "joe@example.com");
  clock().advance(Limits().invitation_lifetime);
  EXPECT_EQ(accept(joe, old, "code of joe@example.com").error().fault, Fault::kNotFound);
  EXPECT_EQ(store().decline_invitation(old.id, actor(joe)).error().fault, Fault::kNotFound);
  const Invitation fresh = invite(ann, team_of(acme), "joe@example.com");
  EXPECT_NE(fresh.id, old.id);
  EXPECT_EQ(waiting(), 1U) << "the old one gave way";
  ASSERT_TRUE(store().end_old_invitations().ok());
  EXPECT_EQ(waiting(), 1U);
  clock().advance(Limits().invitation_lifetime);
  ASSERT_TRUE(store().end_old_invitations().ok());
  EXPECT_EQ(last_audit(acme).action, "team.invitation_ended");
  EXPECT_EQ(last_audit(acme).by.name, "fleethook");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(waiting(), 0U);
    check_consistent(*catalog());
    reopen();
  }
}

TEST_P(InvitationContract, IsRefusedForMembersForTheOwnersRoleAndTwice) {
  const core::User ann = add_user("ann@example.com"), bob = vouched("bob@example.com");
  const core::Organization acme = add_organization(ann, "Acme");
  const auto refusal = [&](const std::string& name, core::Role role) {
    return store().invite({team_of(acme), name, role, crypto::digest("1")}, actor(ann)).error();
  };
  EXPECT_EQ(refusal("ann@example.com", core::Role::kSupport).fault, Fault::kConflict);
  EXPECT_EQ(refusal("bob@example.com", core::Role::kOwner).violations.at(0).field, "role");
  const Invitation made = invite(ann, team_of(acme), "bob@example.com");
  EXPECT_EQ(refusal("bob@example.com", core::Role::kSupport).code, "invited");
  ASSERT_TRUE(store().add_member(team_of(acme), bob.id, core::Role::kViewOnly, {}).ok());
  EXPECT_EQ(store().accept_invitation(made.id, std::nullopt, actor(bob)).error().fault, Fault::kConflict)
      << "who got in by another way";
  ASSERT_TRUE(store().decline_invitation(made.id, actor(bob)).ok());
  EXPECT_EQ(last_audit(acme).action, "team.invitation_declined");
  EXPECT_EQ(catalog()->role_in(acme.id, bob.id), core::Role::kViewOnly);
}

}  // namespace fleethook::store
