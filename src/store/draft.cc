#include "store/draft.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "store/device_rules.h"
#include "store/invitation_rules.h"

namespace fleethook::store {
namespace {

template <class Id>
std::vector<Id> each_once(std::vector<Id> ids) {
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace

// Devices and invitations also change by what is done to users, teams and products. So each has one row, at the end.
void Draft::put(Row row) {
  store::apply(row, editor_);
  const bool told_by_editor =
      std::holds_alternative<row::PutDevice>(row) || std::holds_alternative<row::EraseDevice>(row) ||
      std::holds_alternative<row::PutInvitation>(row) || std::holds_alternative<row::EraseInvitation>(row);
  if (!told_by_editor) change_.rows.push_back(std::move(row));
}

void Draft::note(std::vector<AuditEntry> entries) {
  for (AuditEntry& entry : entries) note(std::move(entry));
}

void Draft::take_rows() {
  const Catalog::Data& data = editor_.data();
  const std::vector<core::DeviceId> devices = each_once(editor_.take_changed_devices());
  change_.rows.reserve(change_.rows.size() + devices.size());
  for (const core::DeviceId& id : devices) {
    if (const core::Device* device = data.devices.find(id)) {
      change_.rows.emplace_back(row::PutDevice{*device});
    } else if (base_.data().devices.contains(id)) {
      change_.rows.emplace_back(row::EraseDevice{id, false});
    }
    if (const core::Device* device = data.own_devices.find(id)) {
      change_.rows.emplace_back(row::PutDevice{*device});
    } else if (base_.data().own_devices.contains(id)) {
      change_.rows.emplace_back(row::EraseDevice{id, true});
    }
  }
  for (const core::InvitationId& id : each_once(editor_.take_changed_invitations())) {
    if (const Invitation* invitation = data.invitations.find(id)) {
      change_.rows.emplace_back(row::PutInvitation{*invitation});
    } else if (base_.data().invitations.contains(id)) {
      change_.rows.emplace_back(row::EraseInvitation{id});
    }
  }
}

void Draft::end_lost_ground(const Actor& by) {
  note(audit_of_ended(data(), editor_.end_lost_claims(), by, now()));
  note(audit_of_ended(data(), editor_.end_lost_invitations(), by, now()));
}

Draft::Made Draft::finish() && {
  end_lost_ground(Actor());  // rules that end memberships and owners say by whom; nothing is left unless one forgot
  take_rows();
  const bool changed = editor_.changed();
  return {std::move(change_), changed ? std::move(editor_).finish() : nullptr};
}

}  // namespace fleethook::store
