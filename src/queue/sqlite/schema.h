// The tables of the queue: what they hold, and how an event becomes a row and back.
#pragma once
#include "core/event.h"
#include "sqlite/database.h"

namespace fleethook::queue {

// Brings part "queue" of the schema up to date. Errors as sqlite::migrate. Call before a GroupWriter takes the
// connection.
Result<void> migrate_schema(sqlite::Database& database);

// What one event counts for in Queue::prune's bytes_max: its texts, and a little for the rest of its row.
std::uint64_t stored_bytes(const core::Event& event);

// Columns of an event in the order that bind_event() and read_event() use.
#define FLEETHOOK_EVENT_COLUMNS                                                                   \
  "id, product, owner, name, data, publisher, published_at, ttl, origin, public, hops, version, " \
  "os_version, device_groups, replay, replayed_at"
#define FLEETHOOK_EVENT_COLUMNS_OF_E                                                                           \
  "e.id, e.product, e.owner, e.name, e.data, e.publisher, e.published_at, e.ttl, e.origin, e.public, e.hops, " \
  "e.version, e.os_version, e.device_groups, e.replay, e.replayed_at"
inline constexpr int kEventColumns = 16;
// core::Event::accepted_at() in SQL: the other is 0, or earlier. Events stand in the order of this, but for what
// overtook within a moment.
#define FLEETHOOK_ACCEPTED_AT "max(published_at, replayed_at)"
// Binds positions first .. first + kEventColumns - 1. `event` must live until the statement is reset.
void bind_event(sqlite::Statement& statement, int first, const core::Event& event);
// Reads columns first .. first + kEventColumns - 1.
core::EventPtr read_event(const sqlite::Statement& statement, int first);

}  // namespace fleethook::queue
