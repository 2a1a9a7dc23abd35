#include "queue/sqlite/schema.h"

#include <algorithm>

#include "queue/sqlite/idempotency.h"

namespace fleethook::queue {
namespace {

// The name that each lane gets, in `lane_named(number, id)`.
Result<void> name_lanes(sqlite::Database& database) {
  FLEETHOOK_CHECK(database.execute("CREATE TEMP TABLE lane_named(number INTEGER PRIMARY KEY, id INTEGER NOT NULL)"));
  FLEETHOOK_TRY(sqlite::Statement lane, database.prepare("SELECT id, owner, tls, host, port FROM lane"));
  FLEETHOOK_TRY(sqlite::Statement insert, database.prepare("INSERT INTO lane_named(number, id) VALUES (?1, ?2)"));
  while (true) {
    FLEETHOOK_TRY(const bool more, lane.step());
    if (!more) return {};
    const core::LaneKey key{std::string(lane.column_text(1)), lane.column_int(2) != 0, std::string(lane.column_text(3)),
                            static_cast<std::uint16_t>(lane.column_int(4))};
    insert.bind(1, lane.column_int(0)).bind(2, static_cast<std::int64_t>(core::lane_id(key).value));
    FLEETHOOK_CHECK(insert.run());
  }
}

// Times are microseconds since 1970 UTC, but for those of the timeline; ids are blobs (`SELECT hex(id)`). Everything
// that grows is ordered by its primary key alone: a secondary index would double the work of a publish. The one index
// is on `retry`, which healthy receivers never touch.
constexpr sqlite::Migration kScripts[] = {{1, R"sql(
CREATE TABLE event(             -- accepted; kept after delivery for replay, until pruned from the oldest on
  seq INTEGER PRIMARY KEY,      -- without gaps
  id BLOB NOT NULL,
  product INTEGER NOT NULL,     -- 0: none
  owner BLOB,
  name TEXT NOT NULL,
  data TEXT,                    -- as published, which need not be UTF-8
  publisher TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  origin INTEGER NOT NULL,      -- 0 device, 1 api
  public INTEGER NOT NULL,
  hops INTEGER NOT NULL,
  version TEXT NOT NULL,        -- of the device's firmware
  stored_before INTEGER NOT NULL  -- bytes of all events accepted before this one
);
CREATE TABLE lane(              -- destinations, by small numbers
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  tls INTEGER NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  UNIQUE(owner, host, port, tls)
);
CREATE TABLE ready(             -- deliveries that were never tried
  lane INTEGER NOT NULL,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  version INTEGER NOT NULL,     -- of the integration's configuration
  PRIMARY KEY(lane, event, integration)
) WITHOUT ROWID;
CREATE TABLE retry(             -- deliveries that wait for another attempt; never in `ready` at the same time
  lane INTEGER NOT NULL,
  due INTEGER NOT NULL,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  PRIMARY KEY(lane, due, event, integration)
) WITHOUT ROWID;
CREATE UNIQUE INDEX retry_key ON retry(lane, event, integration);
CREATE TABLE high_water(        -- where numbering goes on when all events were pruned: 'seq', 'stored', 'created'
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
)sql"},
                                          {2, R"sql(
CREATE TABLE parked(            -- deliveries of held placements; never in `ready` or `retry` at the same time
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,     -- of the placement; 0: the sandbox
  event INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  version INTEGER NOT NULL,     -- this and the rest as in `retry`, where it comes when the placement is resumed
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  PRIMARY KEY(integration, product, event, lane)
) WITHOUT ROWID;
)sql"},
                                          {3, R"sql(
ALTER TABLE event ADD COLUMN os_version TEXT NOT NULL DEFAULT '';   -- of the device; '': unknown
ALTER TABLE event ADD COLUMN device_groups TEXT NOT NULL DEFAULT '';  -- names with commas between, ascending
)sql"},
                                          {4, R"sql(
ALTER TABLE ready ADD COLUMN product INTEGER NOT NULL DEFAULT 0;   -- of the placement, as in `parked`
ALTER TABLE retry ADD COLUMN product INTEGER NOT NULL DEFAULT 0;
-- Of those that wait for a sandbox integration it becomes the device's: they count for the integration all the same.
UPDATE ready SET product = coalesce((SELECT product FROM event WHERE seq = ready.event), 0);
UPDATE retry SET product = coalesce((SELECT product FROM event WHERE seq = retry.event), 0);
)sql"},
                                          {5, R"sql(
-- Events that are older than what is kept, and that deliveries wait for. They leave `event`, which has no gaps.
CREATE TABLE event_kept(
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL,             -- this and the rest as in `event`
  product INTEGER NOT NULL,
  owner BLOB,
  name TEXT NOT NULL,
  data TEXT,
  publisher TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  public INTEGER NOT NULL,
  hops INTEGER NOT NULL,
  version TEXT NOT NULL,
  os_version TEXT NOT NULL,
  device_groups TEXT NOT NULL
);
CREATE INDEX event_kept_id ON event_kept(id);
)sql"},
                                          {6, R"sql(
-- By placement, so that the retries of one are read past however many of others.
CREATE TABLE retry_by_placement(
  lane INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,     -- of the placement, as in `parked`
  due INTEGER NOT NULL,
  event INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  PRIMARY KEY(lane, integration, product, due, event)
) WITHOUT ROWID;
INSERT INTO retry_by_placement SELECT lane, integration, product, due, event, version, attempts, sent, first_attempt_at
  FROM retry;
DROP TABLE retry;
ALTER TABLE retry_by_placement RENAME TO retry;
CREATE UNIQUE INDEX retry_key ON retry(lane, event, integration);
)sql"},
                                          {7, R"sql(
-- From here on `due` and `first_attempt_at` of `retry` and `parked` are times of the timeline (queue/timeline.h), which
-- begins where the wall clock stood: what is there keeps its meaning.
CREATE TABLE time_anchor(       -- one row: where the timeline stood
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  guessed INTEGER NOT NULL,
  wall INTEGER NOT NULL,        -- what the wall clock showed
  boot TEXT NOT NULL,           -- the name of the machine's time of being up, and how long it was
  up INTEGER NOT NULL
);
CREATE TABLE time_mark(
  at INTEGER PRIMARY KEY,
  wall INTEGER NOT NULL,
  last INTEGER NOT NULL,        -- the newest event that was accepted by then
  after_step INTEGER NOT NULL   -- the wall clock was set since the mark before
);
)sql"},
                                          {8, R"sql(
-- Deliveries that were ever made, up to this event and its own. What waits now is what counting begins with.
ALTER TABLE event ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
INSERT OR REPLACE INTO high_water(name, value) VALUES
  ('created', (SELECT count(*) FROM ready) + (SELECT count(*) FROM retry) + (SELECT count(*) FROM parked));
UPDATE event SET created = (SELECT value FROM high_water WHERE name = 'created')
  WHERE seq = (SELECT max(seq) FROM event);
)sql"},
                                          {9, R"sql(
-- From here on a lane is named by its key (core/lane_key.h), not by a number that this file gave.
CREATE TABLE lane_by_key(
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  tls INTEGER NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL
);
INSERT OR IGNORE INTO lane_by_key SELECT n.id, owner, tls, host, port FROM lane JOIN lane_named n ON n.number = lane.id;
DROP TABLE lane;
ALTER TABLE lane_by_key RENAME TO lane;
CREATE TABLE ready_by_key(
  lane INTEGER NOT NULL,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  version INTEGER NOT NULL,
  product INTEGER NOT NULL,
  PRIMARY KEY(lane, event, integration)
) WITHOUT ROWID;
INSERT INTO ready_by_key SELECT n.id, event, integration, version, product
  FROM lane_named n CROSS JOIN ready r ON r.lane = n.number;
DROP TABLE ready;
ALTER TABLE ready_by_key RENAME TO ready;
CREATE TABLE retry_by_key(
  lane INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  due INTEGER NOT NULL,
  event INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  PRIMARY KEY(lane, integration, product, due, event)
) WITHOUT ROWID;
INSERT INTO retry_by_key SELECT n.id, integration, product, due, event, version, attempts, sent, first_attempt_at
  FROM lane_named n CROSS JOIN retry r ON r.lane = n.number;
DROP TABLE retry;
ALTER TABLE retry_by_key RENAME TO retry;
CREATE UNIQUE INDEX retry_key ON retry(lane, event, integration);
UPDATE parked SET lane = (SELECT id FROM lane_named WHERE number = parked.lane);
DROP TABLE lane_named;
)sql",
                                           name_lanes},
                                          {10, R"sql(
-- An event that a replay brought again stands here a second time, under a number of its own.
ALTER TABLE event ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;        -- its number; 0: as it was published
ALTER TABLE event ADD COLUMN replayed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event_kept ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event_kept ADD COLUMN replayed_at INTEGER NOT NULL DEFAULT 0;
)sql"},
                                          {11, R"sql(
CREATE TABLE event_digest(      -- what stands in a block of `event`: queue/sqlite/event_digest.h
  block INTEGER PRIMARY KEY,    -- seq / 4096
  first_at INTEGER NOT NULL,    -- the earliest and the latest time at which one of them was accepted
  last_at INTEGER NOT NULL,
  bits BLOB NOT NULL
);
)sql"}};

constexpr std::uint64_t kRowBytes = 64;

}  // namespace

Result<void> migrate_schema(sqlite::Database& database) {
  FLEETHOOK_CHECK(sqlite::migrate(database, "queue", kScripts));
  return migrate_notes(database);
}

std::uint64_t stored_bytes(const core::Event& event) {
  return kRowBytes + event.name.size() + (event.data ? event.data->size() : 0) + event.publisher.size() +
         event.device.firmware_version.size() + event.device.os_version.size() + event.device.groups.size();
}

void bind_event(sqlite::Statement& statement, int first, const core::Event& event) {
  statement.bind_blob(first, event.id.bytes).bind(first + 1, static_cast<std::int64_t>(event.product.value));
  event.owner.is_none() ? statement.bind_null(first + 2) : statement.bind_blob(first + 2, event.owner.bytes);
  statement.bind_text(first + 3, event.name);
  event.data ? statement.bind_text(first + 4, *event.data) : statement.bind_null(first + 4);
  statement.bind_text(first + 5, event.publisher)
      .bind(first + 6, event.published_at.time_since_epoch().count())
      .bind(first + 7, std::int64_t{event.ttl_s})
      .bind(first + 8, static_cast<std::int64_t>(event.origin))
      .bind(first + 9, std::int64_t{event.is_public})
      .bind(first + 10, std::int64_t{event.hops})
      .bind_text(first + 11, event.device.firmware_version)
      .bind_text(first + 12, event.device.os_version)
      .bind_text(first + 13, event.device.groups)
      .bind(first + 14, std::int64_t{event.replay})
      .bind(first + 15, event.replayed_at.time_since_epoch().count());
}

namespace {

template <std::size_t N>
void read_bytes(const sqlite::Statement& statement, int column, std::array<std::uint8_t, N>& into) {
  const std::string_view bytes = statement.column_text(column);
  if (bytes.size() == N) std::copy(bytes.begin(), bytes.end(), into.begin());
}

}  // namespace

core::EventPtr read_event(const sqlite::Statement& statement, int first) {
  auto event = std::make_shared<core::Event>();
  read_bytes(statement, first, event->id.bytes);
  event->product.value = static_cast<std::uint64_t>(statement.column_int(first + 1));
  read_bytes(statement, first + 2, event->owner.bytes);
  event->name = statement.column_text(first + 3);
  if (!statement.column_is_null(first + 4)) event->data.emplace(statement.column_text(first + 4));
  event->publisher = statement.column_text(first + 5);
  event->published_at = Instant(Duration(statement.column_int(first + 6)));
  event->ttl_s = static_cast<std::int32_t>(statement.column_int(first + 7));
  event->origin = static_cast<core::Origin>(statement.column_int(first + 8));
  event->is_public = statement.column_int(first + 9) != 0;
  event->hops = static_cast<std::uint8_t>(statement.column_int(first + 10));
  event->device.firmware_version = statement.column_text(first + 11);
  event->device.os_version = statement.column_text(first + 12);
  event->device.groups = statement.column_text(first + 13);
  event->replay = static_cast<std::uint32_t>(statement.column_int(first + 14));
  event->replayed_at = Instant(Duration(statement.column_int(first + 15)));
  return event;
}

}  // namespace fleethook::queue
