// Devices of products and of sandboxes.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"

namespace fleethook::store {

struct GroupChange {
  std::vector<std::string> add, remove;  // names of groups; one that is in both is removed
};
struct ImportReport {
  std::vector<core::DeviceId> updated;    // now in the product
  std::vector<core::DeviceId> existing;   // were already
  std::vector<core::DeviceId> nonmember;  // in another product: left alone
  // In this product, but not to be claimed for whom they were to be claimed: another one has them. Left alone.
  std::vector<core::DeviceId> claimed_by_another;
};

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h. Who may have which
// device, and what becomes of it, is in store/device_rules.h.
class Devices {
 public:
  virtual ~Devices() = default;
  // claim_for: for whom they are claimed; none = nobody, but what `by` has in its sandbox it takes along. kInvalid on
  // "claim_user" when that one may not have devices of the product.
  virtual Result<ImportReport> import_devices(core::ProductId product,
                                              const std::vector<core::DeviceId>& ids,
                                              const core::UserId& claim_for,
                                              const Actor& by) = 0;
  // Nothing is left of it in the product.
  virtual Result<void> remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) = 0;
  // By `user` itself. kForbidden: another one has claimed it, or it is in a product of which the user may not have
  // devices.
  virtual Result<void> claim_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) = 0;
  // Ends the claim on a device of the product, if there is one.
  virtual Result<void> release_device(core::ProductId product, const core::DeviceId& id, const Actor& by) = 0;
  // Ends what the user has of it, in its sandbox and in a product. kNotFound: nothing.
  virtual Result<void> release_own_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) = 0;
  virtual Result<void> update_device(const core::Device& device,  // in its product
                                     const Actor& by) = 0;  // name, firmware_version, os_version, groups, development
  // Those of `devices` that are in the product. kInvalid on "metadata.add", and nothing changed, when one of them would
  // be in more than Limits::groups_per_device_max groups.
  virtual Result<void> change_groups(core::ProductId product,
                                     const std::vector<core::DeviceId>& devices,
                                     const GroupChange& change,
                                     const Actor& by) = 0;
};

}  // namespace fleethook::store
