// Whose devices are: the one place that decides it. Stores run these on their newest catalog.
//
// An id is a name that anybody can write down, so nothing here lets one who knows it take anything from another. A
// device is known in up to two places, each with a record of its own, and the two know nothing of each other:
//
//   sandbox  whoever claimed it outside of products. He publishes as it into his own sandbox, and sees that alone.
//   product  one of a fleet, put there by the fleet's people. Its events are the product's; its owner, if it has one,
//            gets them too: in his streams, and for the integrations of his sandbox, with his secrets. So that takes
//            both: the owner's word, and a place in the product's team from kDeviceRole on (may_have_devices()).
//
//   state                        who may bring it there
//   in no place                  its owner releases it; a product's people remove it
//   sandbox of X                 X claims it (POST /v1/devices), while it is in no product and in nobody's sandbox
//   product, unclaimed           the product's people import it, whoever has it in a sandbox. Its owner or the
//                                product's people release it
//   product, meant for X         the product's people import it for X (claim_user), who may have devices there. Nothing
//                                of it reaches X yet. X may refuse it by releasing it
//   product, claimed by X        X, who may have devices there, claims it while it is unclaimed or meant for X, imports
//                                it for himself, or imports what he has in his sandbox
//
//   what happens                 what becomes of claims
//   removed from the product     the record goes, with its claim, its name and all that the product knew. So does the
//                                record of each device of a product that is deleted. The sandbox's record stays as it
//                                is
//   a member leaves, or gets a   his claims in the products where he may not have devices any more end, in the same
//   lower role; a product moves; change, and the audit log names them. A claim of somebody who may have devices after
//   an administrator is none     it stays: a product that its owner moves into his organization keeps running
//   an account is deleted        its claims in products end, its sandbox goes with its devices
//   an upgrade from before this  claims in products of people who may have devices there stay; all others become
//                                records of the owner's sandbox (store/sqlite/migrations.cc)
#pragma once
#include <vector>

#include "base/result.h"
#include "store/catalog_editor.h"
#include "store/devices.h"

namespace fleethook::store {

class Draft;  // store/draft.h

// A person with the role kDeviceRole on the product, or the administrator of the installation.
bool may_have_devices(const Catalog& catalog, core::ProductId product, const core::UserId& user);

// The commands of Devices of the same names, with their refusals, on a draft.
Result<ImportReport> import_devices(Draft& draft,
                                    core::ProductId product,
                                    const std::vector<core::DeviceId>& ids,
                                    const core::UserId& claim_for,
                                    const Actor& by);
Result<void> remove_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by);
Result<void> claim_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by);
Result<void> release_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by);
Result<void> release_own_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by);
Result<void> update_device(Draft& draft, const core::Device& device, const Actor& by);
Result<void> change_groups(Draft& draft,
                           core::ProductId product,
                           const std::vector<core::DeviceId>& devices,
                           const GroupChange& asked,
                           const Actor& by);

// One entry for each product and owner, as of CatalogEditor::end_lost_claims().
std::vector<AuditEntry> audit_of_ended(const Catalog::Data& data,
                                       const std::vector<CatalogEditor::EndedClaim>& claims,
                                       const Actor& by,
                                       Instant now);

}  // namespace fleethook::store
