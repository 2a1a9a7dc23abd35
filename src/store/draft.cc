#include "store/draft.h"

#include <algorithm>
#include <utility>

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

void Draft::put(Row row) {
  store::apply(row, editor_);
  change_.rows.push_back(std::move(row));
}

void Draft::take_rows() {
  const Catalog::Data& data = editor_.data();
  for (const core::DeviceId& id : each_once(editor_.take_changed_devices())) {
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
  for (AuditEntry& entry : end_lost_claims(editor_, by, now()).audit) note(std::move(entry));
  for (AuditEntry& entry : audit_of_ended(data(), editor_.end_lost_invitations(), by, now())) note(std::move(entry));
}

CatalogChange Draft::finish() && {
  take_rows();
  return std::move(change_);
}

}  // namespace fleethook::store
