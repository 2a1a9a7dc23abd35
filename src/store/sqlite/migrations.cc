#include "store/sqlite/migrations.h"

#include <array>

namespace fleethook::store {
namespace {

// Whoever created something is noted by id without a reference: it outlives its creator.
constexpr const char* kCatalog = R"sql(
CREATE TABLE user (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  username TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  account_info TEXT NOT NULL,           -- JSON
  administrator INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE access_token (
  digest BLOB PRIMARY KEY,              -- BLAKE2b-256 of the token, which itself is kept nowhere
  user BLOB NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  client TEXT NOT NULL,
  expires_at INTEGER,                   -- NULL: never
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_by_user ON access_token(user);

CREATE TABLE organization (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  group_identical TEXT NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE team_member (
  organization BLOB NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  user BLOB NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (organization, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_member_by_user ON team_member(user);

CREATE TABLE product (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  settings TEXT NOT NULL,               -- JSON
  organization BLOB REFERENCES organization(id),   -- NULL: owned by the user
  user BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
-- Product numbers begin at 10001, so that they look like product numbers in addresses and logs.
INSERT INTO sqlite_sequence(name, seq) VALUES ('product', 10000);

CREATE TABLE device (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  product INTEGER REFERENCES product(id),          -- NULL: in no product
  owner BLOB REFERENCES user(id),                  -- NULL: unclaimed
  firmware_version TEXT NOT NULL,
  development INTEGER NOT NULL,
  last_heard INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_by_owner ON device(owner) WHERE owner IS NOT NULL;

-- A deleted integration keeps its row and its versions: deliveries under way still finish, and its number is never
-- used again.
CREATE TABLE integration (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  scope TEXT NOT NULL,                  -- 'sandbox', 'product', 'organization'
  user BLOB,
  organization BLOB REFERENCES organization(id),
  version INTEGER NOT NULL,             -- the current one
  created_by BLOB,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER                    -- NULL: alive
) STRICT;

CREATE TABLE integration_version (
  integration INTEGER NOT NULL REFERENCES integration(number),
  version INTEGER NOT NULL,
  config TEXT NOT NULL,                 -- JSON, the canonical form: only what differs from the defaults
  products TEXT NOT NULL,               -- JSON array of product numbers, ascending
  created_by BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (integration, version)
) STRICT, WITHOUT ROWID;

-- On which products an integration runs and ran.
CREATE TABLE placement (
  integration INTEGER NOT NULL REFERENCES integration(number),
  product INTEGER NOT NULL REFERENCES product(id),
  added_at INTEGER NOT NULL,
  removed_at INTEGER,                   -- NULL: still there
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
)sql";

// `product` 0 is the sandbox. No references: history is pruned by age, whatever became of what it tells of.
constexpr const char* kHistory = R"sql(
-- Ordered by event, so that new rows go to the end whatever their integration, and pruning takes rows from the
-- beginning.
CREATE TABLE outcome (
  event INTEGER NOT NULL,               -- EventSeq of the queue
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  kind INTEGER NOT NULL,                -- 0 success, 1 error, 2 sleep, 3 cancelled
  status INTEGER NOT NULL,              -- HTTP; 0: no answer
  attempts INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,                -- microseconds from published_at
  PRIMARY KEY (event, integration)
) WITHOUT ROWID;

-- Ordered by day, so that what changes all the time stands close together.
CREATE TABLE counters (
  day INTEGER NOT NULL,                 -- since 1970-01-01 UTC
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (day, integration, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchange (
  id INTEGER PRIMARY KEY,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  success INTEGER NOT NULL,
  at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  took INTEGER NOT NULL,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  request_headers TEXT NOT NULL,        -- "name: value", one a line
  request_body BLOB NOT NULL,
  status INTEGER NOT NULL,
  response_headers TEXT NOT NULL,
  response_body BLOB NOT NULL,
  error TEXT NOT NULL,
  event_id BLOB NOT NULL,
  event_product INTEGER NOT NULL,
  event_owner BLOB,
  event_name TEXT NOT NULL,
  event_data BLOB,                      -- NULL: published without data
  event_publisher TEXT NOT NULL,
  event_published_at INTEGER NOT NULL,
  event_ttl INTEGER NOT NULL,           -- seconds
  event_public INTEGER NOT NULL,
  event_origin INTEGER NOT NULL,        -- 0 device, 1 API, 2 delivery
  event_hops INTEGER NOT NULL,
  event_product_version TEXT NOT NULL
) STRICT;
CREATE INDEX exchange_newest ON exchange(integration, success, product, at, id);

CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY,
  integration INTEGER NOT NULL,
  event INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  event_id BLOB NOT NULL,
  event_product INTEGER NOT NULL,
  event_owner BLOB,
  event_name TEXT NOT NULL,
  event_data BLOB,
  event_publisher TEXT NOT NULL,
  event_published_at INTEGER NOT NULL,
  event_ttl INTEGER NOT NULL,
  event_public INTEGER NOT NULL,
  event_origin INTEGER NOT NULL,
  event_hops INTEGER NOT NULL,
  event_product_version TEXT NOT NULL,
  UNIQUE (integration, event)
) STRICT;
CREATE INDEX dead_letter_newest ON dead_letter(integration, at, id);
)sql";

// Who changed what. Without references, as the history: an entry outlives what it tells of.
constexpr const char* kAudit = R"sql(
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  user BLOB,                            -- NULL: the server itself
  user_name TEXT NOT NULL,
  organization BLOB,
  owner BLOB,                           -- without an organization: whose sandbox or product
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  target_name TEXT NOT NULL,
  diff TEXT NOT NULL                    -- JSON: field -> {from, to}
) STRICT;
CREATE INDEX audit_of_organization ON audit(organization, number) WHERE organization IS NOT NULL;
CREATE INDEX audit_of_owner ON audit(owner, number) WHERE owner IS NOT NULL;
CREATE TABLE audit_product (
  product INTEGER NOT NULL,
  audit INTEGER NOT NULL REFERENCES audit(number),
  PRIMARY KEY (product, audit)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_products ON audit_product(audit, product);
)sql";

// Shared integrations: what differs on single products, versions tried before all get them, where a merged one went.
constexpr const char* kSharing = R"sql(
ALTER TABLE integration ADD COLUMN last_version INTEGER NOT NULL DEFAULT 0;
UPDATE integration SET last_version = version;
ALTER TABLE integration ADD COLUMN staged TEXT;             -- JSON: version, products, since, by, limits; NULL: none
ALTER TABLE integration ADD COLUMN separated_from BLOB;
ALTER TABLE integration ADD COLUMN merged_into BLOB;        -- with deleted_at
ALTER TABLE integration_version ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]';  -- JSON: [{product, settings}]
ALTER TABLE integration_version ADD COLUMN fingerprint BLOB;                      -- NULL: not of an organization, or of before
ALTER TABLE integration_version ADD COLUMN action TEXT NOT NULL DEFAULT '';       -- created, edited, separated ...
CREATE INDEX integration_merged ON integration(deleted_at) WHERE merged_into IS NOT NULL;
ALTER TABLE product ADD COLUMN deleted_at INTEGER;          -- NULL: alive
)sql";

// Placements that do not run. A row goes with its placement, whichever command ends that.
constexpr const char* kPauses = R"sql(
CREATE TABLE pause (
  integration INTEGER NOT NULL REFERENCES integration(number),
  product INTEGER NOT NULL,             -- 0: the sandbox
  mode TEXT NOT NULL,                   -- 'hold', 'skip'
  since INTEGER NOT NULL,
  user BLOB,                            -- NULL: the server itself
  user_name TEXT NOT NULL,
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER pause_ends_with_placement AFTER UPDATE OF removed_at ON placement WHEN NEW.removed_at IS NOT NULL BEGIN
  DELETE FROM pause WHERE integration = NEW.integration AND product = NEW.product;
END;
CREATE TRIGGER pause_goes_with_placement AFTER DELETE ON placement BEGIN
  DELETE FROM pause WHERE integration = OLD.integration AND product = OLD.product;
END;
CREATE TRIGGER pause_ends_with_integration AFTER UPDATE OF deleted_at ON integration WHEN NEW.deleted_at IS NOT NULL BEGIN
  DELETE FROM pause WHERE integration = NEW.number;
END;
)sql";

// Counted before: version 0, and no hours or minutes.
constexpr const char* kFineHistory = R"sql(
-- Where outcomes are counted. Hours that are over are added to `counters`; `rollup` says how far that is.
CREATE TABLE hour_counters (
  hour INTEGER NOT NULL,                -- since 1970-01-01 UTC
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL,
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (hour, integration, product, version)
) STRICT, WITHOUT ROWID;

-- The last row of hour_counters that is in `counters` too, as all before it are.
CREATE TABLE rollup (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  hour INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO rollup VALUES (1, -1, 0, 0, 0);

ALTER TABLE counters RENAME TO counters_without_version;
CREATE TABLE counters (
  day INTEGER NOT NULL,                 -- since 1970-01-01 UTC
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL,             -- 0: of outcomes that were counted without it
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (day, integration, product, version)
) STRICT, WITHOUT ROWID;
INSERT INTO counters SELECT day, integration, product, 0, success, error, sleep FROM counters_without_version;
DROP TABLE counters_without_version;

-- Ordered by minute for the same reason. Sandboxes are not counted here.
CREATE TABLE traffic (
  minute INTEGER NOT NULL,              -- since 1970-01-01 UTC
  product INTEGER NOT NULL,
  firmware TEXT NOT NULL,               -- '': unknown; 'other': those that are too many in one minute
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (minute, product, firmware)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kTeams = R"sql(
-- The own team of a product; that of its organization reaches it without a row here.
CREATE TABLE product_member (
  product INTEGER NOT NULL REFERENCES product(id) ON DELETE CASCADE,
  user BLOB NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (product, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_member_by_user ON product_member(user);

-- What makes a user an API user. It belongs to exactly one of the two, for good.
CREATE TABLE api_user (
  user BLOB PRIMARY KEY REFERENCES user(id) ON DELETE CASCADE,
  organization BLOB REFERENCES organization(id),
  product INTEGER REFERENCES product(id),
  friendly_name TEXT NOT NULL,
  scopes TEXT NOT NULL,                 -- JSON array, ascending
  CHECK ((organization IS NULL) <> (product IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX api_user_of_organization ON api_user(organization) WHERE organization IS NOT NULL;
CREATE INDEX api_user_of_product ON api_user(product) WHERE product IS NOT NULL;
)sql";

constexpr const char* kSecrets = R"sql(
CREATE TABLE secret (
  number INTEGER PRIMARY KEY,
  organization BLOB REFERENCES organization(id) ON DELETE CASCADE,   -- one of these two
  user BLOB REFERENCES user(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,                 -- by the master key, bound to owner and name
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_accessed_at INTEGER,             -- NULL: never
  CHECK ((organization IS NULL) <> (user IS NULL))
) STRICT;
CREATE UNIQUE INDEX secret_of_organization ON secret(organization, name) WHERE organization IS NOT NULL;
CREATE UNIQUE INDEX secret_of_user ON secret(user, name) WHERE user IS NOT NULL;

-- Of an organization; of a product; or of an integration on a product.
CREATE TABLE variables (
  number INTEGER PRIMARY KEY,
  organization BLOB REFERENCES organization(id) ON DELETE CASCADE,
  product INTEGER REFERENCES product(id) ON DELETE CASCADE,
  integration INTEGER REFERENCES integration(number),
  texts TEXT NOT NULL,                  -- JSON: name -> text
  CHECK ((organization IS NULL) <> (product IS NULL)),
  CHECK (integration IS NULL OR product IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX variables_of ON variables(coalesce(organization, x''), coalesce(product, 0), coalesce(integration, 0));

-- Whoever takes a product out of an integration, or deletes it, need not think of its variables.
CREATE TRIGGER variables_of_removed_placement AFTER UPDATE OF removed_at ON placement WHEN NEW.removed_at IS NOT NULL
BEGIN
  DELETE FROM variables WHERE integration = NEW.integration AND product = NEW.product;
END;
CREATE TRIGGER variables_of_deleted_product AFTER UPDATE OF deleted_at ON product WHEN NEW.deleted_at IS NOT NULL
BEGIN
  DELETE FROM variables WHERE product = NEW.id;
END;
)sql";

constexpr const char* kDeviceGroups = R"sql(
ALTER TABLE device ADD COLUMN os_version TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN device_groups TEXT NOT NULL DEFAULT '';         -- names with commas between, ascending
ALTER TABLE exchange ADD COLUMN event_os_version TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN event_device_groups TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_letter ADD COLUMN event_os_version TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_letter ADD COLUMN event_device_groups TEXT NOT NULL DEFAULT '';

ALTER TABLE traffic RENAME TO traffic_by_firmware;
CREATE TABLE traffic (
  minute INTEGER NOT NULL,              -- since 1970-01-01 UTC
  product INTEGER NOT NULL,
  firmware TEXT NOT NULL,               -- '': unknown; 'other' in all three: kinds that are too many in one minute
  os TEXT NOT NULL,
  device_groups TEXT NOT NULL,          -- names with commas between
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (minute, product, firmware, os, device_groups)
) STRICT, WITHOUT ROWID;
INSERT INTO traffic SELECT minute, product, firmware, iif(firmware = 'other', 'other', ''), iif(firmware = 'other', 'other', ''),
  success, error, sleep FROM traffic_by_firmware;
DROP TABLE traffic_by_firmware;
)sql";

constexpr const char* kSessions = R"sql(
ALTER TABLE access_token ADD COLUMN kind TEXT NOT NULL DEFAULT 'token';       -- or 'session'
ALTER TABLE access_token ADD COLUMN last_used_at INTEGER;                     -- NULL: never
)sql";

// When the last outcomes of a placement were, in microseconds since 1970; 0: none.
constexpr const char* kLastOutcomes = R"sql(
ALTER TABLE hour_counters ADD COLUMN last_success INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hour_counters ADD COLUMN last_error INTEGER NOT NULL DEFAULT 0;

-- Of the hours that are in `counters`, see rollup; those after it say it themselves.
CREATE TABLE last_outcome (
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
INSERT INTO last_outcome
  SELECT integration, product, max(iif(kind = 0, at, 0)), max(iif(kind = 1, at, 0)) FROM outcome WHERE kind IN (0, 1)
  GROUP BY integration, product;
)sql";

constexpr const char* kCancelled = R"sql(
ALTER TABLE hour_counters ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counters ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE traffic ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kExchangeNotes = R"sql(
ALTER TABLE exchange ADD COLUMN notes TEXT NOT NULL DEFAULT '';               -- one a line
)sql";

constexpr const char* kDropped = R"sql(
-- What was accepted for a placement until then was told to end. Outlives the placement: what waits may too.
CREATE TABLE dropped (
  integration INTEGER NOT NULL REFERENCES integration(number),
  product INTEGER NOT NULL,             -- 0: the sandbox
  until INTEGER NOT NULL,
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dropped_goes_with_integration AFTER UPDATE OF deleted_at ON integration
WHEN NEW.deleted_at IS NOT NULL AND NEW.merged_into IS NULL BEGIN
  DELETE FROM dropped WHERE integration = NEW.number;
END;
)sql";

// A device has a record in its product and one in the sandbox of whoever claimed it outside (store/device_rules.h).
// Before, one record was both. Claims on a product's device stay with people who may have devices of it; all others,
// which may have come from anywhere, stand in the sandbox of their owner, where nothing of the product reaches.
constexpr const char* kDevicePlaces = R"sql(
CREATE TABLE fleet_device (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  product INTEGER NOT NULL REFERENCES product(id),
  owner BLOB REFERENCES user(id) DEFERRABLE INITIALLY DEFERRED,    -- NULL: unclaimed
  owner_agreed INTEGER NOT NULL,        -- 0: somebody else named the owner
  firmware_version TEXT NOT NULL,
  development INTEGER NOT NULL,
  last_heard INTEGER,
  os_version TEXT NOT NULL,
  device_groups TEXT NOT NULL           -- names with commas between, ascending
) STRICT, WITHOUT ROWID;
CREATE INDEX fleet_device_by_owner ON fleet_device(owner) WHERE owner IS NOT NULL;
CREATE TABLE own_device (
  id BLOB PRIMARY KEY,
  owner BLOB NOT NULL REFERENCES user(id) DEFERRABLE INITIALLY DEFERRED,
  last_heard INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX own_device_by_owner ON own_device(owner);

CREATE TEMP TABLE may_have AS
  SELECT d.id FROM device d JOIN product p ON p.id = d.product WHERE d.owner IN (SELECT id FROM user WHERE administrator)
    OR (p.organization IS NULL AND p.user = d.owner)
    OR EXISTS (SELECT 1 FROM team_member m WHERE m.organization = p.organization AND m.user = d.owner
               AND m.role IN ('Developer', 'Administrator', 'Owner'))
    OR EXISTS (SELECT 1 FROM product_member m WHERE m.product = p.id AND m.user = d.owner
               AND m.role IN ('Developer', 'Administrator'));
INSERT INTO own_device SELECT id, owner, iif(product IS NULL, last_heard, NULL) FROM device
  WHERE owner IS NOT NULL AND id NOT IN (SELECT id FROM may_have);
INSERT INTO fleet_device
  SELECT id, name, product, iif(id IN (SELECT id FROM may_have), owner, NULL), 1, firmware_version, development,
    last_heard, os_version, device_groups FROM device WHERE product IS NOT NULL;
DROP TABLE may_have;
DROP TABLE device;
)sql";

// What limits a secret, as JSON; NULL: nothing does. What was there before goes on as it did.
constexpr const char* kSecretScopes = R"sql(
ALTER TABLE secret ADD COLUMN products TEXT;   -- ids
ALTER TABLE secret ADD COLUMN hosts TEXT;      -- "api.example.com", "*.example.com:8443"
)sql";

// A role is given to an account that accepted it. Accounts from before have nobody's word for their address, but those
// that run the installation.
constexpr const char* kInvitations = R"sql(
CREATE TABLE invitation (
  id BLOB PRIMARY KEY,
  organization BLOB REFERENCES organization(id),
  product INTEGER REFERENCES product(id),  -- exactly one of the two
  username TEXT NOT NULL,               -- whether somebody has it or not
  role TEXT NOT NULL,
  code BLOB NOT NULL,                   -- a digest
  account BLOB,                         -- who had the name then; NULL: nobody
  invited_by BLOB,                      -- NULL: the server
  invited_by_name TEXT NOT NULL,
  invited_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE user ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
UPDATE user SET vouched = administrator;
)sql";

// Bytes of all rows up to this one, itself among them: what is kept is the difference of the last and the first.
constexpr const char* kHistoryBytes = R"sql(
ALTER TABLE exchange ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letter ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
)sql";

// What all deliveries came to, since this table was made. One row, written once for each group of outcomes.
constexpr const char* kEnded = R"sql(
CREATE TABLE ended (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  tests INTEGER NOT NULL                -- of these: in no queue
) STRICT;
INSERT INTO ended VALUES (1, 0, 0, 0, 0, 0);
)sql";

// The newest event when it was said: what came before it is told from what came after by number. NULL: said before
// there was this column; there the time decides, until it is said again or is over.
constexpr const char* kNewestEvent = R"sql(
ALTER TABLE pause ADD COLUMN newest INTEGER;
ALTER TABLE dropped ADD COLUMN newest INTEGER;
)sql";

// What became of a delivery is named by its event's id, not by a number of one queue. Outcomes of before have no id,
// and are not copied, since a file may hold millions: nothing asks for one but by its delivery, and none that waits has
// one (what versions left that recorded and acknowledged apart, delivery/sqlite/settler.h ends at the first start).
// They stay in their table until they are old. Dead letters carry their events.
constexpr const char* kNamedByEventIds = R"sql(
ALTER TABLE outcome RENAME TO numbered_outcome;
-- Ordered by event, and so by time: new rows go to the end whatever their integration, and pruning takes rows from the
-- beginning.
CREATE TABLE outcome (
  event BLOB NOT NULL,                  -- its id
  integration INTEGER NOT NULL,
  replay INTEGER NOT NULL,              -- which time the event was accepted for the integration: 0 is the first
  product INTEGER NOT NULL,
  kind INTEGER NOT NULL,                -- 0 success, 1 error, 2 sleep, 3 cancelled
  status INTEGER NOT NULL,              -- HTTP; 0: no answer
  attempts INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,                -- microseconds from published_at
  test INTEGER NOT NULL,                -- 1: it was in no queue
  PRIMARY KEY (event, integration, replay)
) WITHOUT ROWID;

ALTER TABLE dead_letter RENAME TO numbered_dead_letter;
CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY,
  integration INTEGER NOT NULL,
  replay INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  stored INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  event_product INTEGER NOT NULL,
  event_owner BLOB,
  event_name TEXT NOT NULL,
  event_data BLOB,                      -- NULL: published without data
  event_publisher TEXT NOT NULL,
  event_published_at INTEGER NOT NULL,
  event_ttl INTEGER NOT NULL,           -- seconds
  event_public INTEGER NOT NULL,
  event_origin INTEGER NOT NULL,        -- 0 device, 1 API, 2 delivery
  event_hops INTEGER NOT NULL,
  event_product_version TEXT NOT NULL,
  event_os_version TEXT NOT NULL,
  event_device_groups TEXT NOT NULL,
  UNIQUE (integration, event_id, replay)
) STRICT;
INSERT OR REPLACE INTO dead_letter
  SELECT id, integration, 0, product, version, attempts, status, at, reason, stored, event_id, event_product,
    event_owner, event_name, event_data, event_publisher, event_published_at, event_ttl, event_public, event_origin,
    event_hops, event_product_version, event_os_version, event_device_groups FROM numbered_dead_letter ORDER BY id;
DROP TABLE numbered_dead_letter;
CREATE INDEX dead_letter_newest ON dead_letter(integration, at, id);
)sql";

// Dead letters are searched in the order of their ids, by what narrows them.
constexpr const char* kDeadLetterSearch = R"sql(
ALTER TABLE outcome ADD COLUMN error INTEGER NOT NULL DEFAULT 0;          -- core/error_class.h
ALTER TABLE dead_letter ADD COLUMN error INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letter ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;   -- the newest replay that took it; 0: none
ALTER TABLE dead_letter ADD COLUMN owner BLOB;        -- organization or user of the integration
UPDATE dead_letter SET owner = (SELECT coalesce(organization, user) FROM integration WHERE number = dead_letter.integration);
DROP INDEX dead_letter_newest;
CREATE INDEX dead_letter_of_integration ON dead_letter(integration, id);
CREATE INDEX dead_letter_of_product ON dead_letter(product, id);
CREATE INDEX dead_letter_of_device ON dead_letter(event_publisher, id);
CREATE INDEX dead_letter_of_owner ON dead_letter(owner, id);
)sql";

constexpr const char* kReplays = R"sql(
CREATE TABLE replay (
  number INTEGER PRIMARY KEY AUTOINCREMENT,  -- Event::replay: never given again
  owner TEXT NOT NULL,                  -- 'o:' and the id of an organization, 'u:' and that of a user
  plan TEXT NOT NULL,                   -- JSON: which letters, and how
  user BLOB,                            -- who made it
  user_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  state INTEGER NOT NULL,               -- 0 running, 1 paused, 2 done, 3 cancelled
  upto INTEGER NOT NULL,                -- no letter of a higher id is of it
  behind INTEGER NOT NULL DEFAULT 0,    -- the id of the letter that it has come to
  found INTEGER NOT NULL,
  placed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  walked INTEGER NOT NULL DEFAULT 0,    -- 1: nothing more is to be taken
  success INTEGER NOT NULL DEFAULT 0,
  error INTEGER NOT NULL DEFAULT 0,
  sleep INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX replay_of_owner ON replay(owner, number);
)sql";

// Attempts are found by their event, by the device and by the integration, in the order of their ids.
constexpr const char* kAttemptSearch = R"sql(
ALTER TABLE exchange ADD COLUMN error_class INTEGER NOT NULL DEFAULT 0;   -- core/error_class.h
ALTER TABLE exchange ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;        -- of its delivery
CREATE INDEX exchange_of_event ON exchange(event_id);
CREATE INDEX exchange_of_device ON exchange(event_publisher, id);
CREATE INDEX exchange_of_integration ON exchange(integration, id);
CREATE INDEX dead_letter_of_event ON dead_letter(event_id);
)sql";

constexpr const char* kMoved = R"sql(
-- What was accepted for a placement until then was told to go by that version. Outlives the placement, as `dropped`.
CREATE TABLE moved (
  integration INTEGER NOT NULL REFERENCES integration(number),
  product INTEGER NOT NULL,             -- 0: the sandbox
  version INTEGER NOT NULL,
  until INTEGER NOT NULL,
  newest INTEGER NOT NULL,              -- number of the newest event that was accepted before
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER moved_goes_with_integration AFTER UPDATE OF deleted_at ON integration
WHEN NEW.deleted_at IS NOT NULL AND NEW.merged_into IS NULL BEGIN
  DELETE FROM moved WHERE integration = NEW.number;
END;
)sql";

// Since when receivers have failed, and until when.
constexpr const char* kOutages = R"sql(
CREATE TABLE outage (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,             -- of the placement; 0: the sandbox
  lane INTEGER NOT NULL,
  destination TEXT NOT NULL,            -- for people: https://host, or a mask
  version INTEGER NOT NULL,             -- of the configuration
  began_at INTEGER NOT NULL,            -- the first attempt that failed
  ended_at INTEGER,                     -- NULL: it lasts
  failures INTEGER NOT NULL,            -- attempts
  status INTEGER NOT NULL,              -- of the last one that was told: 0: no answer
  error_class INTEGER NOT NULL,         -- core/error_class.h
  error TEXT NOT NULL
) STRICT;
CREATE INDEX outage_of_integration ON outage(integration, id);
CREATE INDEX outage_lasts ON outage(integration, product) WHERE ended_at IS NULL;
CREATE TRIGGER outage_ends_with_integration AFTER UPDATE OF deleted_at ON integration
WHEN NEW.deleted_at IS NOT NULL BEGIN
  UPDATE outage SET ended_at = NEW.deleted_at WHERE integration = NEW.number AND ended_at IS NULL;
END;
)sql";

constexpr std::array<sqlite::Migration, 26> kMigrations = {
    {{1, kCatalog},          {2, kHistory},           {3, kAudit},         {4, kSharing},
     {5, kPauses},           {6, kFineHistory},       {7, kTeams},         {8, kSecrets},
     {9, kDeviceGroups},     {10, kSessions},         {11, kLastOutcomes}, {12, kCancelled},
     {13, kExchangeNotes},   {14, kDropped},          {15, kDevicePlaces}, {16, kSecretScopes},
     {17, kInvitations},     {18, kHistoryBytes},     {19, kEnded},        {20, kNewestEvent},
     {21, kNamedByEventIds}, {22, kDeadLetterSearch}, {23, kReplays},      {24, kAttemptSearch},
     {25, kMoved},           {26, kOutages}}};

}  // namespace

std::span<const sqlite::Migration> store_migrations() {
  return kMigrations;
}

Result<void> migrate_store(sqlite::Database& database) {
  return sqlite::migrate(database, "store", kMigrations);
}

}  // namespace fleethook::store
