// All that is asked about: the catalog (who there is, what they own, which integrations) and the history of deliveries.
// Implementations: store/sqlite; held by store/store_contract.h. Whoever needs one room of it takes that one:
//
//   catalogs.h            Catalogs          the newest snapshot: ingest, delivery, streams
//   integrations.h        Integrations      rules of integrations, pauses, versions: sharing, api. Is a Catalogs too
//   history.h             History           recorded by delivery, read by api
//   replays.h             Replays           made by api, carried out by ingest/replayer.h
//   founding.h            Founding          users, organizations, products that come to be
//   devices.h             Devices
//   named_value_store.h   NamedValueStore   secrets and variables
//   audit_log.h           AuditLog
//   noted.h               Noted             written now and then: when tokens, devices and secrets were last used
//   accounts.h            Accounts          users, organizations and products that change; tokens, API users
//   teams.h               Teams             members and invitations
//
// A FleetStore is what a fleet needs to run; a Store has its people too.
#pragma once
#include <string>

#include "store/accounts.h"
#include "store/audit_log.h"
#include "store/catalogs.h"
#include "store/devices.h"
#include "store/founding.h"
#include "store/history.h"
#include "store/integrations.h"
#include "store/named_value_store.h"
#include "store/noted.h"
#include "store/replays.h"
#include "store/teams.h"

namespace fleethook::store {

// Thread-safe. All of the commands block until committed: API pool only. When one returns, catalog() shows the change.
// Errors: kNotFound, kConflict (names taken; the message says which), kUnavailable (nothing was changed). `by` goes
// into the audit log, in the transaction of the change; what changes nothing leaves no entry.
class FleetStore : public Founding,
                   public Devices,
                   public Integrations,
                   public NamedValueStore,
                   public AuditLog,
                   public Noted,
                   public History,
                   public Replays {
 public:
  ~FleetStore() override = default;
};

class Store : public FleetStore, public Accounts, public Teams {
 public:
  ~Store() override = default;
  // Why the last write failed; "" when it succeeded.
  virtual std::string trouble() const = 0;
};

}  // namespace fleethook::store
