// What a command makes of the catalog, as a value that has the whole of it. A rule is a function on a Draft
// (store/draft.h): it reads the newest catalog, puts and erases rows, and notes entries of the audit log. Nothing but
// the change leaves it:
//
//   command ──▶ rule, pure ──▶ CatalogChange ──apply()────────▶ the next snapshot
//               team_rules.h    rows in order ──write_change()──▶ tables (store/sqlite/change_rows.h)
//               changes.h       audit entries
//               ...
//
// Both sides read the same value, and nothing is read back. So it can be compared, written down, and applied to a copy
// of the same catalog in another process: see draft_test.cc. New numbers are asked for before: see Numbers.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/catalog_types.h"
#include "core/integration.h"
#include "core/pause.h"
#include "store/audit.h"
#include "store/invitations.h"
#include "store/secrets.h"

namespace fleethook::store {

class CatalogEditor;  // store/catalog_editor.h

// Each puts one row as a whole, new or instead of the one that is there, or erases one. What goes with it by itself is
// said here and in catalog_editor.h; a table needs the same cascade.
namespace row {

struct PutUser {
  core::User user;
};
// With its tokens, memberships and secrets. Integrations of its sandbox, devices and invitations have rows of their own
// in the same change.
struct EraseUser {
  core::UserId id;
};
struct PutToken {
  core::AccessToken token;  // a new one
};
struct EraseToken {
  crypto::Digest digest{};
};
struct PutOrganization {
  core::Organization organization;
  std::uint64_t order = 0;  // rises with creation
};
struct PutProduct {
  core::Product product;  // maybe with another owner than before
};
// With its team, API users and variables. Devices and invitations have rows of their own in the same change; no
// integration runs on it any more. Its number is not given again.
struct EraseProduct {
  core::ProductId id;
  Instant at{};
};
// With it go pauses and variables of placements that it no longer has.
struct PutIntegration {
  core::IntegrationPtr integration;  // settled
  // What is new about it: versions, its own or the staged one, and how and by whom they came to be; products.
  std::vector<std::uint32_t> versions;
  std::string action;
  core::UserId by;
  std::vector<core::ProductId> joined, left;
  Instant at{};
};
// It fires no more. Its number and its versions stay: what was sent to it may still finish.
struct CloseIntegration {
  core::IntegrationNumber number;
  core::IntegrationId merged_into;  // none: deleted
  Instant at{};
};
struct PutMember {
  TeamPlace place;
  core::UserId user;
  core::Role role = core::Role::kNone;
  Instant since{};  // counts for a new one only
};
struct EraseMember {
  TeamPlace place;
  core::UserId user;
};
struct PutDevice {
  core::Device device;  // product none: of its owner's sandbox
};
struct EraseDevice {
  core::DeviceId id;
  bool in_sandbox = false;
};
struct PutInvitation {
  Invitation invitation;
};
struct EraseInvitation {
  core::InvitationId id;
};
struct PutPause {
  core::PlacementKey placement;
  core::Paused paused;  // mode kRunning: no row
};
struct PutDropped {
  core::PlacementKey placement;
  core::Dropped dropped;
};
struct PutMoved {
  core::PlacementKey placement;
  core::Moved moved;
};
struct PutSecret {
  SecretOwner owner;
  SecretPtr secret;  // the value is plain: whoever writes it down seals it
};
struct EraseSecret {
  SecretOwner owner;
  std::string name;
};
struct PutVariables {
  VariablesOwner owner;
  Variables variables;  // all of them; empty: no row
};

}  // namespace row

using Row = std::variant<row::PutUser,
                         row::EraseUser,
                         row::PutToken,
                         row::EraseToken,
                         row::PutOrganization,
                         row::PutProduct,
                         row::EraseProduct,
                         row::PutIntegration,
                         row::CloseIntegration,
                         row::PutMember,
                         row::EraseMember,
                         row::PutDevice,
                         row::EraseDevice,
                         row::PutInvitation,
                         row::EraseInvitation,
                         row::PutPause,
                         row::PutDropped,
                         row::PutMoved,
                         row::PutSecret,
                         row::EraseSecret,
                         row::PutVariables>;

struct CatalogChange {
  std::vector<Row> rows;          // in the order in which they are applied
  std::vector<AuditEntry> audit;  // with their times, without numbers
  bool empty() const { return rows.empty() && audit.empty(); }
};
bool operator==(const CatalogChange& a, const CatalogChange& b);  // by value, whatever pointers are in them

// On the catalog that the change was made for, or one that has the same rows. What a row erases may be gone already.
void apply(const Row& row, CatalogEditor& editor);
void apply(const CatalogChange& change, CatalogEditor& editor);

}  // namespace fleethook::store
