#include "queue/sqlite/event_reads.h"

#include <algorithm>

#include "queue/sqlite/event_digest.h"
#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t as_number(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}
std::uint64_t column_number(const Statement& statement, int column) {
  return as_number(statement.column_int(column));
}

// Columns seq, then those of the event.
Kept read_kept(const Statement& row) {
  return {{column_number(row, 0)}, read_event(row, 1)};
}

// --- by id

constexpr Duration kAround = std::chrono::seconds(5);
constexpr std::int64_t kLookedAtOneByOne = 16'384;

// The first event of (after, upto] that was accepted at `when` or later, nearly. upto + 1 when there is none.
Result<std::int64_t> first_accepted(Database& database, Instant when, std::int64_t after, std::int64_t upto) {
  std::int64_t low = after + 1;
  std::int64_t high = upto + 1;
  FLEETHOOK_TRY(Statement look, database.prepare("SELECT " FLEETHOOK_ACCEPTED_AT " FROM event WHERE seq = ?1"));
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    look.reset();
    look.bind(1, middle);
    FLEETHOOK_TRY(const bool there, look.step());
    if (there && look.column_int(0) < when.time_since_epoch().count()) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Without an event: it is not in this stretch, as far as that was looked at.
Result<Kept> find_in(Database& database, const core::EventId& id, std::int64_t after, std::int64_t upto) {
  FLEETHOOK_TRY(Statement rows, database.prepare("SELECT seq, " FLEETHOOK_EVENT_COLUMNS
                                                 " FROM event WHERE seq > ?1 AND seq <= ?2 AND id = ?3 LIMIT 1"));
  FLEETHOOK_TRY(const bool found, rows.bind(1, after).bind(2, upto).bind_blob(3, id.bytes).step());
  return found ? read_kept(rows) : Kept{};
}

}  // namespace

Instant time_in(const core::EventId& id) {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | id.bytes[i];
  return Instant{std::chrono::milliseconds(milliseconds)};
}

Result<Kept> read_event_by_id(Database& database,
                              const core::EventId& id,
                              const std::vector<Timeline::Stretch>& stretches) {
  const Instant when = time_in(id);
  FLEETHOOK_TRY(Statement ends, database.prepare("SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event)"));
  FLEETHOOK_TRY(const bool any, ends.step());
  const std::int64_t first = any ? ends.column_int(0) : 0;
  const std::int64_t last = any ? ends.column_int(1) : 0;
  for (const Timeline::Stretch& one : stretches) {
    const std::int64_t after = std::max(as_int(one.after.value), first - 1);
    const std::int64_t upto = one.upto.value > as_number(last) ? last : as_int(one.upto.value);
    if (after >= upto) continue;
    FLEETHOOK_TRY(const std::int64_t from, first_accepted(database, when - kAround, after, upto));
    FLEETHOOK_TRY(const std::int64_t to, first_accepted(database, when + kAround, after, upto));
    FLEETHOOK_TRY(Kept kept, find_in(database, id, from - 1, to - 1));
    if (kept.event == nullptr && !one.in_order) {
      FLEETHOOK_TRY(kept, find_in(database, id, std::max(after, upto - kLookedAtOneByOne), upto));
    }
    if (kept.event != nullptr) return kept;
  }
  FLEETHOOK_TRY(Statement row,
                database.prepare("SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event_kept WHERE id = ?1 LIMIT 1"));
  FLEETHOOK_TRY(const bool waited_for, row.bind_blob(1, id.bytes).step());
  if (!waited_for) return Error{Fault::kNotFound, "the event " + id.str() + " is not kept here (any more)"};
  return read_kept(row);
}

// --- searched

namespace {

// What one look is about: an event, or so many bytes of data that a text is sought in. A digest of 8 KB is as dear as
// some events.
constexpr std::size_t kBytesPerLook = 4096;
constexpr std::size_t kLooksPerDigest = 4;

// One page of a search. Events of `event_kept` are older than all of `event`, so that both are one row of numbers.
class Search {
 public:
  Search(Database& database, const EventQuery& query, const EventPage& page)
      : database_(database), query_(query), page_(page), test_(query) {}

  Result<FoundEvents> run() {
    FLEETHOOK_TRY(Statement ends, database_.prepare("SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event),"
                                                    " (SELECT max(seq) FROM event_kept)"));
    FLEETHOOK_TRY(const bool any, ends.step());
    const std::int64_t first = any ? ends.column_int(0) : 0, last = any ? ends.column_int(1) : 0;
    const std::int64_t last_kept = any ? ends.column_int(2) : 0;
    ends.reset();
    std::int64_t low = 1, high = std::max(last, last_kept);
    if (!page_.behind.is_none())
      (page_.oldest_first ? low : high) = as_int(page_.behind.value) + (page_.oldest_first ? 1 : -1);
    const auto kept = [&] { return look("event_kept", low, std::min(high, last_kept)); };
    const auto log = [&] { return look_at_blocks(std::max(low, first), std::min(high, last)); };
    FLEETHOOK_CHECK(page_.oldest_first ? kept() : log());
    if (!full()) FLEETHOOK_CHECK(page_.oldest_first ? log() : kept());
    found_.all = !full();
    return std::move(found_);
  }

 private:
  bool full() const { return looked_ >= page_.look_max || found_.events.size() >= page_.limit; }

  Result<void> look_at_blocks(std::int64_t low, std::int64_t high) {
    FLEETHOOK_TRY(Statement digest,
                  database_.prepare("SELECT first_at, last_at, bits FROM event_digest WHERE block = ?1"));
    while (low <= high && !full()) {
      const std::int64_t at = page_.oldest_first ? low : high;
      const std::uint64_t block = block_of({as_number(at)});
      const std::int64_t begin = std::max(low, as_int(block * kBlockEvents));
      const std::int64_t end = std::min(high, as_int((block + 1) * kBlockEvents) - 1);
      FLEETHOOK_TRY(const bool there, digest.bind(1, as_int(block)).step());
      if (there && !fits(digest)) {
        found_.behind.value = as_number(page_.oldest_first ? end : begin);
        found_.looked_at = Instant(Duration(digest.column_int(page_.oldest_first ? 1 : 0)));
      } else {
        FLEETHOOK_CHECK(look("event", begin, end));
      }
      digest.reset();
      (page_.oldest_first ? low : high) = page_.oldest_first ? end + 1 : begin - 1;
    }
    return {};
  }

  bool fits(const Statement& digest) {
    looked_ += kLooksPerDigest;
    const auto instant = [&](int column) { return Instant(Duration(digest.column_int(column))); };
    return test_.in_time(instant(0), instant(1)) && test_.may_have(digest.column_text(2));
  }

  Result<void> look(std::string_view table, std::int64_t low, std::int64_t high) {
    if (low > high) return {};
    FLEETHOOK_TRY(Statement rows, database_.prepare(rows_of(table)));
    rows.bind(1, low).bind(2, high);
    while (!full()) {
      FLEETHOOK_TRY(const bool more, rows.step());
      if (!more) return {};
      ++looked_;
      found_.behind.value = column_number(rows, 0);
      found_.looked_at = std::max(Instant(Duration(rows.column_int(7))), Instant(Duration(rows.column_int(16))));
      if (cannot_fit(rows)) continue;
      Kept kept = read_kept(rows);
      if (!query_.text.empty() && kept.event->data) looked_ += kept.event->data->size() / kBytesPerLook;
      if (query_.fits(*kept.event)) found_.events.push_back(std::move(kept));
    }
    return {};
  }

  const char* rows_of(std::string_view table) const {
    constexpr const char* kNewest =
        "SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
    constexpr const char* kOldest =
        "SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq";
    constexpr const char* kNewestKept =
        "SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event_kept WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
    constexpr const char* kOldestKept =
        "SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event_kept WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq";
    if (table == "event") return page_.oldest_first ? kOldest : kNewest;
    return page_.oldest_first ? kOldestKept : kNewestKept;
  }

  // Most do not, and reading an event takes ten times as long.
  bool cannot_fit(const Statement& row) const {
    if (!query_.device.empty() && row.column_text(6) != query_.device) return true;
    return !query_.products.empty() &&
           !std::ranges::binary_search(query_.products, core::ProductId{column_number(row, 2)});
  }

  Database& database_;
  const EventQuery& query_;
  const EventPage& page_;
  const BlockTest test_;
  FoundEvents found_;
  std::size_t looked_ = 0;
};

}  // namespace

Result<FoundEvents> search_events(Database& database, const EventQuery& query, const EventPage& page) {
  FLEETHOOK_CHECK(database.execute("BEGIN"));
  auto found = Search(database, query, page).run();
  FLEETHOOK_CHECK(database.execute("COMMIT"));
  return found;
}

}  // namespace fleethook::queue
