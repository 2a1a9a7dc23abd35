#include "queue/sqlite/reads.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "queue/ready_picker.h"
#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t column_number(const Statement& statement, int column) {
  return static_cast<std::uint64_t>(statement.column_int(column));
}
std::int64_t as_int(std::size_t limit, std::int64_t most) {
  return limit > static_cast<std::size_t>(most) ? most : static_cast<std::int64_t>(limit);
}

// nullptr: it is there no more.
Result<core::EventPtr> read_kept_event(Database& database, core::EventSeq seq) {
  FLEETHOOK_TRY(Statement row, database.prepare("SELECT " FLEETHOOK_EVENT_COLUMNS " FROM event_kept WHERE seq = ?1"));
  FLEETHOOK_TRY(const bool found, row.bind(1, as_int(seq.value)).step());
  return found ? read_event(row, 0) : core::EventPtr();
}

// Columns 0..3 event, integration, version, product.
Pending read_key(const Statement& row, core::LaneId lane) {
  Pending pending;
  pending.key = {lane, {column_number(row, 0)}, {column_number(row, 1)}};
  pending.version = static_cast<std::uint32_t>(row.column_int(2));
  pending.product = {column_number(row, 3)};
  return pending;
}

// Appends what a row tells. Columns as above; from `first_of_event` on those of the event, NULL when it is not in
// `event`. Neighbours of one event share it. One whose event is nowhere has ended since the row was read.
Result<void> add_pending(
    Database& database, const Statement& row, core::LaneId lane, int first_of_event, std::vector<Pending>& loaded) {
  Pending pending = read_key(row, lane);
  if (!loaded.empty() && loaded.back().key.event == pending.key.event) {
    pending.event = loaded.back().event;
  } else if (!row.column_is_null(first_of_event)) {
    pending.event = read_event(row, first_of_event);
  } else {
    FLEETHOOK_TRY(pending.event, read_kept_event(database, pending.key.event));
    if (pending.event == nullptr) return {};
  }
  loaded.push_back(std::move(pending));
  return {};
}

// The same with columns 4..7 due, attempts, sent, first_attempt_at.
Result<void> add_put_off(
    Database& database, const Statement& row, core::LaneId lane, int first_of_event, std::vector<Pending>& loaded) {
  const std::size_t before = loaded.size();
  FLEETHOOK_CHECK(add_pending(database, row, lane, first_of_event, loaded));
  if (loaded.size() == before) return {};
  Pending& pending = loaded.back();
  pending.due = Moment(Duration(row.column_int(4)));
  pending.progress.attempts = static_cast<std::uint32_t>(row.column_int(5));
  pending.progress.sent = static_cast<std::uint32_t>(row.column_int(6));
  pending.progress.first_attempt_at = Moment(Duration(row.column_int(7)));
  return {};
}

// Loose index scan: one seek for each lane, however many rows each has (SQLite does not skip by itself).
template <class Use>
Result<void> each_lane(Database& database, const char* first_row_after_lane, Use use) {
  FLEETHOOK_TRY(Statement next, database.prepare(first_row_after_lane));
  std::int64_t lane = 0;
  while (true) {
    FLEETHOOK_TRY(const bool found, next.bind(1, lane).step());
    if (!found) return {};
    lane = next.column_int(0);
    use(lane, next.column_int(1));
    next.reset();
  }
}

constexpr const char* kNextReady = "SELECT lane, event FROM ready WHERE lane > ?1 ORDER BY lane, event LIMIT 1";
constexpr const char* kNextRetryEvent =
    "SELECT lane, event FROM retry INDEXED BY retry_key WHERE lane > ?1 ORDER BY lane, event LIMIT 1";

// The earliest retry of each placement in each lane behind (?1, ?2, ?3): a seek each, however many retries there are.
constexpr const char* kNextRetry =
    "SELECT lane, integration, product, due FROM retry WHERE (lane, integration, product) > (?1, ?2, ?3)"
    " ORDER BY lane, integration, product, due LIMIT 1";

// `use` says whether to go on.
template <class Use>
Result<void> each_retrying_placement(Database& database, core::LaneId from, Use use) {
  FLEETHOOK_TRY(Statement next, database.prepare(kNextRetry));
  std::int64_t lane = as_int(from.value);
  std::int64_t integration = 0;
  std::int64_t product = 0;
  while (true) {
    FLEETHOOK_TRY(const bool found, next.bind(1, lane).bind(2, integration).bind(3, product).step());
    if (!found) return {};
    lane = next.column_int(0);
    integration = next.column_int(1);
    product = next.column_int(2);
    const PlacementDue due{{{static_cast<std::uint64_t>(integration)}, {static_cast<std::uint64_t>(product)}},
                           Moment(Duration(next.column_int(3)))};
    if (!use(lane, due)) return {};
    next.reset();
  }
}

// The oldest event that is parked of each placement: a seek each, however many are parked.
template <class Use>
Result<void> each_parked_placement(Database& database, Use use) {
  FLEETHOOK_TRY(
      Statement next,
      database.prepare("SELECT integration, product, event FROM parked WHERE (integration, product) > (?1, ?2)"
                       " ORDER BY integration, product, event LIMIT 1"));
  std::int64_t integration = 0;
  std::int64_t product = 0;
  // Numbers of integrations begin at 1, so (0, 0) stands before all.
  while (true) {
    FLEETHOOK_TRY(const bool found, next.bind(1, integration).bind(2, product).step());
    if (!found) return {};
    integration = next.column_int(0);
    product = next.column_int(1);
    use(integration, product, next.column_int(2));
    next.reset();
  }
}

}  // namespace

Result<core::LaneKey> read_lane_key(Database& database, core::LaneId id) {
  FLEETHOOK_TRY(Statement select, database.prepare("SELECT owner, tls, host, port FROM lane WHERE id = ?1"));
  FLEETHOOK_TRY(const bool found, select.bind(1, as_int(id.value)).step());
  if (!found) return Error{Fault::kNotFound, "no lane " + std::to_string(id.value)};
  return core::LaneKey{std::string(select.column_text(0)), select.column_int(1) != 0,
                       std::string(select.column_text(2)), static_cast<std::uint16_t>(select.column_int(3))};
}

namespace {

// Some milliseconds, while the lanes' other loads wait.
constexpr std::size_t kSearchedAtOnce = 16'384;

}  // namespace

// First the keys, so that nothing is read of the events of those that are passed over.
Result<ReadyFound> read_ready(Database& database, core::LaneId lane, const ReadyWish& wish) {
  FLEETHOOK_TRY(Statement keys,
                database.prepare("SELECT event, integration, version, product FROM ready"
                                 " WHERE lane = ?1 AND (event, integration) > (?2, ?3) ORDER BY event, integration"));
  FLEETHOOK_TRY(Statement event,
                database.prepare("SELECT " FLEETHOOK_EVENT_COLUMNS_OF_E " FROM event e WHERE e.seq = ?1"));
  keys.bind(1, as_int(lane.value))
      .bind(2, as_int(wish.after.event.value))
      .bind(3, as_int(wish.after.integration.value));
  ReadyFound found;
  found.upto = wish.after;
  ReadyPicker picker(wish);
  for (std::size_t seen = 0; seen < kSearchedAtOnce && !picker.has_enough(); ++seen) {
    FLEETHOOK_TRY(const bool more, keys.step());
    if (!more) {
      found.all = true;
      break;
    }
    Pending pending = read_key(keys, lane);
    found.upto = {pending.key.event, pending.key.integration};
    if (!picker.takes({pending.key.integration, pending.product}, found.upto)) continue;
    if (!found.deliveries.empty() && found.deliveries.back().key.event == pending.key.event) {
      pending.event = found.deliveries.back().event;
    } else {
      FLEETHOOK_TRY(const bool is_there, event.bind(1, as_int(pending.key.event.value)).step());
      if (is_there) {
        pending.event = read_event(event, 0);
      } else {
        FLEETHOOK_TRY(pending.event, read_kept_event(database, pending.key.event));
      }
      event.reset();
      if (pending.event == nullptr) continue;  // it has ended since its row was read
    }
    found.deliveries.push_back(std::move(pending));
  }
  return found;
}

namespace {

// Of one placement in a lane (1 to 3), by its due time (4), at most so many (5).
#define FLEETHOOK_RETRIES_DUE(compared)                                              \
  "SELECT r.event, r.integration, r.version, r.product, r.due, r.attempts, r.sent, " \
  "r.first_attempt_at, " FLEETHOOK_EVENT_COLUMNS_OF_E                                \
  " FROM retry r LEFT JOIN event e ON e.seq = r.event"                               \
  " WHERE r.lane = ?1 AND r.integration = ?2 AND r.product = ?3 AND r.due " compared \
  " ?4"                                                                              \
  " ORDER BY r.due, r.event LIMIT ?5"

Statement& bind_placement(Statement& statement, core::LaneId lane, const core::PlacementKey& placement) {
  return statement.bind(1, as_int(lane.value))
      .bind(2, as_int(placement.integration.value))
      .bind(3, as_int(placement.product.value));
}

Result<void> add_all_put_off(Database& database, Statement& rows, core::LaneId lane, std::vector<Pending>& loaded) {
  while (true) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) return {};
    FLEETHOOK_CHECK(add_put_off(database, rows, lane, 8, loaded));
  }
}

}  // namespace

Result<std::vector<Pending>> read_retries(
    Database& database, core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit) {
  FLEETHOOK_TRY(Statement rows, database.prepare(FLEETHOOK_RETRIES_DUE("<=")));
  bind_placement(rows, lane, placement).bind(4, until.time_since_epoch().count()).bind(5, as_int(limit, INT32_MAX));
  std::vector<Pending> loaded;
  FLEETHOOK_CHECK(add_all_put_off(database, rows, lane, loaded));
  return loaded;
}

Result<std::vector<Pending>> read_ordered(Database& database,
                                          core::LaneId lane,
                                          const core::PlacementKey& placement,
                                          const std::vector<Device>& devices,
                                          std::size_t each) {
  FLEETHOOK_TRY(Statement rows, database.prepare(FLEETHOOK_RETRIES_DUE("=")));
  bind_placement(rows, lane, placement).bind(5, as_int(each, INT32_MAX));
  std::vector<Pending> loaded;
  for (const Device device : devices) {
    rows.bind(4, in_order(device).time_since_epoch().count());
    FLEETHOOK_CHECK(add_all_put_off(database, rows, lane, loaded));
    rows.reset();
  }
  return loaded;
}

Result<std::vector<Device>> read_ordered_devices(
    Database& database, core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit) {
  FLEETHOOK_TRY(Statement next,
                database.prepare("SELECT due FROM retry WHERE lane = ?1 AND integration = ?2 AND product = ?3"
                                 " AND due >= ?4 ORDER BY due LIMIT 1"));
  bind_placement(next, lane, placement);
  std::vector<Device> devices;
  while (devices.size() < limit) {
    FLEETHOOK_TRY(const bool found, next.bind(4, in_order(from).time_since_epoch().count()).step());
    if (!found) break;
    devices.push_back(device_in(Moment(Duration(next.column_int(0)))));
    from = devices.back() + 1;
    next.reset();
  }
  return devices;
}

Result<std::vector<Pending>> read_parked(Database& database,
                                         const core::PlacementKey& placement,
                                         core::EventSeq after_event,
                                         core::LaneId after_lane,
                                         std::size_t limit) {
  FLEETHOOK_TRY(Statement rows,
                database.prepare("SELECT p.event, p.integration, p.version, p.product, p.due, p.attempts, p.sent,"
                                 " p.first_attempt_at, p.lane, " FLEETHOOK_EVENT_COLUMNS_OF_E
                                 " FROM parked p LEFT JOIN event e ON e.seq = p.event"
                                 " WHERE p.integration = ?1 AND p.product = ?2 AND (p.event, p.lane) > (?3, ?4)"
                                 " ORDER BY p.event, p.lane LIMIT ?5"));
  rows.bind(1, as_int(placement.integration.value)).bind(2, as_int(placement.product.value));
  rows.bind(3, as_int(after_event.value)).bind(4, as_int(after_lane.value)).bind(5, as_int(limit, INT32_MAX));
  std::vector<Pending> loaded;
  while (true) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) return loaded;
    FLEETHOOK_CHECK(add_put_off(database, rows, {column_number(rows, 8)}, 9, loaded));
  }
}

namespace {

// The keys of the next rows of a lane that are of one of the integrations; `place` moves on. True: it came to the end.
Result<bool> search(Database& database,
                    const char* keys_after,
                    core::LaneId lane,
                    const std::vector<core::IntegrationNumber>& of,
                    std::size_t limit,
                    SearchPlace& place,
                    std::vector<SearchPlace>& found) {
  FLEETHOOK_TRY(Statement rows, database.prepare(keys_after));
  rows.bind(1, as_int(lane.value)).bind(2, as_int(place.event.value)).bind(3, as_int(place.integration.value));
  for (std::size_t seen = 0; seen < kSearchedAtOnce && found.size() < limit; ++seen) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) return true;
    place.event.value = column_number(rows, 0);
    place.integration.value = column_number(rows, 1);
    if (std::ranges::binary_search(of, place.integration)) found.push_back(place);
  }
  return false;
}

}  // namespace

Result<Found> search_lane(Database& database,
                          core::LaneId lane,
                          const SearchPlace& after,
                          const std::vector<core::IntegrationNumber>& of,
                          std::size_t limit) {
  Found found;
  found.upto = after;
  std::vector<SearchPlace> places;
  FLEETHOOK_TRY(const bool ended,
                search(database,
                       after.retries ? "SELECT event, integration FROM retry INDEXED BY retry_key WHERE lane = ?1 AND"
                                       " (event, integration) > (?2, ?3) ORDER BY event, integration"
                                     : "SELECT event, integration FROM ready WHERE lane = ?1 AND"
                                       " (event, integration) > (?2, ?3) ORDER BY event, integration",
                       lane, of, limit, found.upto, places));
  FLEETHOOK_TRY(Statement row,
                database.prepare(
                    after.retries ? "SELECT r.event, r.integration, r.version, r.product, r.due, r.attempts,"
                                    " r.sent, r.first_attempt_at, " FLEETHOOK_EVENT_COLUMNS_OF_E
                                    " FROM retry r INDEXED BY retry_key LEFT JOIN event e ON e.seq = r.event"
                                    " WHERE r.lane = ?1 AND r.event = ?2 AND r.integration = ?3"
                                  : "SELECT r.event, r.integration, r.version, r.product, "
                                    "" FLEETHOOK_EVENT_COLUMNS_OF_E " FROM ready r LEFT JOIN event e ON e.seq = r.event"
                                    " WHERE r.lane = ?1 AND r.event = ?2 AND r.integration = ?3"));
  for (const SearchPlace& place : places) {
    row.bind(1, as_int(lane.value)).bind(2, as_int(place.event.value)).bind(3, as_int(place.integration.value));
    FLEETHOOK_TRY(const bool still, row.step());
    if (still) {
      FLEETHOOK_CHECK(after.retries ? add_put_off(database, row, lane, 8, found.deliveries)
                                    : add_pending(database, row, lane, 4, found.deliveries));
    }
    row.reset();
  }
  if (ended && !after.retries) found.upto = {.retries = true, .event = {}, .integration = {}};
  found.all = ended && after.retries;
  return found;
}

Result<std::vector<LaneState>> read_lanes(Database& database) {
  std::map<std::int64_t, LaneState> found;
  FLEETHOOK_CHECK(
      each_lane(database, kNextReady, [&](std::int64_t lane, std::int64_t) { found[lane].has_ready = true; }));
  FLEETHOOK_CHECK(each_retrying_placement(database, {}, [&](std::int64_t lane, const PlacementDue& due) {
    found[lane].retries.push_back(due);
    return true;
  }));
  std::vector<LaneState> lanes;
  lanes.reserve(found.size());
  for (auto& [number, state] : found) {
    state.id.value = static_cast<std::uint64_t>(number);
    FLEETHOOK_TRY(state.key, read_lane_key(database, state.id));
    lanes.push_back(std::move(state));
  }
  return lanes;
}

Result<LaneState> read_lane(Database& database, core::LaneId id) {
  LaneState state;
  state.id = id;
  FLEETHOOK_TRY(state.key, read_lane_key(database, id));
  FLEETHOOK_TRY(Statement ready, database.prepare("SELECT 1 FROM ready WHERE lane = ?1 LIMIT 1"));
  FLEETHOOK_TRY(state.has_ready, ready.bind(1, as_int(id.value)).step());
  FLEETHOOK_CHECK(each_retrying_placement(database, id, [&](std::int64_t lane, const PlacementDue& due) {
    if (lane != as_int(id.value)) return false;
    state.retries.push_back(due);
    return true;
  }));
  return state;
}

namespace {

// The first event of [first, last] such that all from it on are at most `bytes_max`; last + 1 when even the last is
// more. stored_before rises with seq, so halving finds it.
Result<std::uint64_t> first_within(
    Database& database, std::uint64_t first, std::uint64_t last, std::uint64_t stored_end, std::uint64_t bytes_max) {
  FLEETHOOK_TRY(Statement at, database.prepare("SELECT stored_before FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1"));
  std::uint64_t low = first;
  std::uint64_t high = last + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    FLEETHOOK_TRY(const bool found, at.bind(1, as_int(middle)).step());
    const bool within = !found || stored_end - column_number(at, 0) <= bytes_max;
    at.reset();
    within ? high = middle : low = middle + 1;
  }
  return low;
}

}  // namespace

Result<core::EventSeq> read_prune_end(Database& database, const Timeline::Older& old, std::uint64_t bytes_max) {
  FLEETHOOK_TRY(Statement ends,
                database.prepare("SELECT (SELECT min(seq) FROM event), seq, stored_before, " FLEETHOOK_EVENT_COLUMNS
                                 " FROM event ORDER BY seq DESC LIMIT 1"));
  FLEETHOOK_TRY(const bool any, ends.step());
  if (!any) return core::EventSeq{};
  const std::uint64_t first = column_number(ends, 0);
  const std::uint64_t last = column_number(ends, 1);
  const std::uint64_t stored_end = column_number(ends, 2) + stored_bytes(*read_event(ends, 3));
  FLEETHOOK_TRY(std::uint64_t end, first_within(database, first, last, stored_end, bytes_max));
  const std::uint64_t upto = std::min(old.upto.value, last);
  if (old.accepted_before == Instant::max()) return core::EventSeq{std::max(end, upto + 1)};
  FLEETHOOK_TRY(Statement following, database.prepare("SELECT seq, " FLEETHOOK_ACCEPTED_AT
                                                      " FROM event WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq"));
  following.bind(1, as_int(end)).bind(2, as_int(upto));
  while (true) {
    FLEETHOOK_TRY(const bool found, following.step());
    if (!found || following.column_int(1) >= old.accepted_before.time_since_epoch().count()) return core::EventSeq{end};
    end = column_number(following, 0) + 1;
  }
}

namespace {

// Events of [first, last] that any delivery waits for. Lanes and placements whose oldest is younger cost a seek.
Result<void> read_waited_for(Database& database, PruneStretch& stretch) {
  const std::int64_t first = as_int(stretch.first.value), last = as_int(stretch.last.value);
  std::vector<std::int64_t> ready_lanes, retry_lanes;
  const auto those_up_to_last = [last](std::vector<std::int64_t>& lanes) {
    return [last, &lanes](std::int64_t lane, std::int64_t event) {
      if (event <= last) lanes.push_back(lane);
    };
  };
  FLEETHOOK_CHECK(each_lane(database, kNextReady, those_up_to_last(ready_lanes)));
  FLEETHOOK_CHECK(each_lane(database, kNextRetryEvent, those_up_to_last(retry_lanes)));
  std::vector<std::pair<std::int64_t, std::int64_t>> placements;
  FLEETHOOK_CHECK(
      each_parked_placement(database, [&](std::int64_t integration, std::int64_t product, std::int64_t event) {
        if (event <= last) placements.emplace_back(integration, product);
      }));

  const auto take = [&](Statement& rows) -> Result<void> {
    while (true) {
      FLEETHOOK_TRY(const bool more, rows.step());
      if (!more) break;
      const core::EventSeq event{column_number(rows, 0)};
      if (stretch.waited_for.empty() || stretch.waited_for.back() != event) stretch.waited_for.push_back(event);
    }
    rows.reset();
    return {};
  };
  FLEETHOOK_TRY(Statement ready,
                database.prepare("SELECT event FROM ready WHERE lane = ?1 AND event BETWEEN ?2 AND ?3"));
  for (const std::int64_t lane : ready_lanes) FLEETHOOK_CHECK(take(ready.bind(1, lane).bind(2, first).bind(3, last)));
  FLEETHOOK_TRY(
      Statement retry,
      database.prepare("SELECT event FROM retry INDEXED BY retry_key WHERE lane = ?1 AND event BETWEEN ?2 AND ?3"));
  for (const std::int64_t lane : retry_lanes) FLEETHOOK_CHECK(take(retry.bind(1, lane).bind(2, first).bind(3, last)));
  FLEETHOOK_TRY(
      Statement parked,
      database.prepare("SELECT event FROM parked WHERE integration = ?4 AND product = ?1 AND event BETWEEN ?2 AND ?3"));
  for (const auto& [integration, product] : placements)
    FLEETHOOK_CHECK(take(parked.bind(1, product).bind(2, first).bind(3, last).bind(4, integration)));
  std::ranges::sort(stretch.waited_for);
  stretch.waited_for.erase(std::ranges::unique(stretch.waited_for).begin(), stretch.waited_for.end());
  return {};
}

}  // namespace

Result<PruneStretch> read_prune_stretch(Database& database, core::EventSeq end) {
  PruneStretch stretch;
  FLEETHOOK_TRY(Statement oldest, database.prepare("SELECT seq FROM event ORDER BY seq LIMIT 1"));
  FLEETHOOK_TRY(const bool any, oldest.step());
  if (!any || column_number(oldest, 0) >= end.value) return stretch;
  stretch.first.value = column_number(oldest, 0);
  stretch.last.value = std::min(end.value, stretch.first.value + kStretchEventsMax) - 1;
  FLEETHOOK_CHECK(read_waited_for(database, stretch));
  return stretch;
}

Result<PruneStretch> read_kept_stretch(Database& database, core::EventSeq after) {
  PruneStretch stretch;
  stretch.of_kept = true;
  FLEETHOOK_TRY(
      Statement ends,
      database.prepare("SELECT min(seq), max(seq) FROM (SELECT seq FROM event_kept WHERE seq > ?1 ORDER BY seq"
                       " LIMIT ?2)"));
  ends.bind(1, as_int(after.value)).bind(2, as_int(kStretchEventsMax, INT32_MAX));
  FLEETHOOK_TRY(const bool any, ends.step());
  if (!any || ends.column_is_null(0)) return stretch;
  stretch.first.value = column_number(ends, 0);
  stretch.last.value = column_number(ends, 1);
  FLEETHOOK_CHECK(read_waited_for(database, stretch));
  return stretch;
}

namespace {

// What of one event stands in one lane or placement.
Result<void> take_waiting(Database& database,
                          Statement& rows,
                          int lane_column,
                          bool put_off,
                          bool parked,
                          std::vector<WaitingDelivery>& into) {
  std::vector<Pending> loaded;
  while (true) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) break;
    const core::LaneId lane{column_number(rows, lane_column)};
    FLEETHOOK_CHECK(put_off ? add_put_off(database, rows, lane, lane_column + 1, loaded)
                            : add_pending(database, rows, lane, lane_column + 1, loaded));
  }
  rows.reset();
  for (Pending& one : loaded) into.push_back({std::move(one), parked});
  return {};
}

}  // namespace

Result<std::vector<WaitingDelivery>> read_waiting_for(Database& database, core::EventSeq event) {
  const std::int64_t seq = as_int(event.value);
  std::vector<std::int64_t> ready_lanes, retry_lanes;
  const auto those_with_older = [seq](std::vector<std::int64_t>& lanes) {
    return [seq, &lanes](std::int64_t lane, std::int64_t oldest) {
      if (oldest <= seq) lanes.push_back(lane);
    };
  };
  FLEETHOOK_CHECK(each_lane(database, kNextReady, those_with_older(ready_lanes)));
  FLEETHOOK_CHECK(each_lane(database, kNextRetryEvent, those_with_older(retry_lanes)));
  std::vector<std::pair<std::int64_t, std::int64_t>> placements;
  FLEETHOOK_CHECK(
      each_parked_placement(database, [&](std::int64_t integration, std::int64_t product, std::int64_t oldest) {
        if (oldest <= seq) placements.emplace_back(integration, product);
      }));
  std::vector<WaitingDelivery> waiting;
  FLEETHOOK_TRY(Statement ready,
                database.prepare("SELECT r.event, r.integration, r.version, r.product, r.lane,"
                                 " " FLEETHOOK_EVENT_COLUMNS_OF_E " FROM ready r LEFT JOIN event e ON e.seq = r.event"
                                 " WHERE r.lane = ?1 AND r.event = ?2"));
  for (const std::int64_t lane : ready_lanes)
    FLEETHOOK_CHECK(take_waiting(database, ready.bind(1, lane).bind(2, seq), 4, false, false, waiting));
  FLEETHOOK_TRY(Statement retry,
                database.prepare("SELECT r.event, r.integration, r.version, r.product, r.due, r.attempts, r.sent,"
                                 " r.first_attempt_at, r.lane, " FLEETHOOK_EVENT_COLUMNS_OF_E
                                 " FROM retry r INDEXED BY retry_key LEFT JOIN event e ON e.seq = r.event"
                                 " WHERE r.lane = ?1 AND r.event = ?2"));
  for (const std::int64_t lane : retry_lanes)
    FLEETHOOK_CHECK(take_waiting(database, retry.bind(1, lane).bind(2, seq), 8, true, false, waiting));
  FLEETHOOK_TRY(Statement parked,
                database.prepare("SELECT p.event, p.integration, p.version, p.product, p.due, p.attempts, p.sent,"
                                 " p.first_attempt_at, p.lane, " FLEETHOOK_EVENT_COLUMNS_OF_E
                                 " FROM parked p LEFT JOIN event e ON e.seq = p.event"
                                 " WHERE p.integration = ?1 AND p.product = ?2 AND p.event = ?3"));
  for (const auto& [integration, product] : placements) {
    FLEETHOOK_CHECK(
        take_waiting(database, parked.bind(1, integration).bind(2, product).bind(3, seq), 8, true, true, waiting));
  }
  std::ranges::stable_sort(waiting, {}, [](const WaitingDelivery& one) {
    return std::pair(one.delivery.key.integration, one.delivery.product);
  });
  return waiting;
}

}  // namespace fleethook::queue
