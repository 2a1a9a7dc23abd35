#include "queue/sqlite/event_digest.h"

#include <algorithm>
#include <array>
#include <span>

#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

// FNV-1a over the kind and the bytes, mixed.
Bits::Key key_of(char kind, std::span<const std::uint8_t> bytes) {
  constexpr std::uint64_t kPrime = 0x100000001B3ULL;
  std::uint64_t hash = (0xCBF29CE484222325ULL ^ static_cast<unsigned char>(kind)) * kPrime;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * kPrime;
  hash ^= hash >> 33;
  hash *= 0xFF51AFD7ED558CCDULL;
  hash ^= hash >> 33;
  hash *= 0xC4CEB9FE1A85EC53ULL;
  return hash ^ hash >> 33;
}

// The bit of a probe: 16 bits of the key, each probe a step further, by an odd number of 16 other bits.
constexpr std::size_t probe(Bits::Key key, int number) {
  const std::uint64_t step = key >> 32 | 1;
  return static_cast<std::size_t>((key + static_cast<std::uint64_t>(number) * step) & (Bits::kBytes * 8 - 1));
}

}  // namespace

void Bits::set(Key key) {
  for (int i = 0; i < kProbes; ++i) {
    const std::size_t bit = probe(key, i);
    bytes_[bit / 8] = static_cast<char>(bytes_[bit / 8] | 1 << bit % 8);
  }
}

bool Bits::has(std::string_view bytes, Key key) {
  if (bytes.size() != kBytes) return true;
  for (int i = 0; i < kProbes; ++i) {
    const std::size_t bit = probe(key, i);
    if ((bytes[bit / 8] & 1 << bit % 8) == 0) return false;
  }
  return true;
}

Bits::Key device_key(std::string_view publisher) {
  return key_of('d', {reinterpret_cast<const std::uint8_t*>(publisher.data()), publisher.size()});
}

Bits::Key product_key(core::ProductId product) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(product.value >> 8 * i);
  return key_of('p', bytes);
}

Bits::Key owner_key(const core::UserId& owner) {
  return key_of('o', owner.bytes);
}

Bits::Key replayed_key(const core::EventId& id) {
  return key_of('r', id.bytes);
}

BlockTest::BlockTest(const EventQuery& query) : from_(query.from), to_(query.to) {
  if (!query.device.empty()) all_.push_back(device_key(query.device));
  if (!query.owner.is_none()) all_.push_back(owner_key(query.owner));
  if (query.replays_of) all_.push_back(replayed_key(*query.replays_of));
  for (const core::ProductId product : query.products) any_.push_back(product_key(product));
}

bool BlockTest::may_have(std::string_view bits) const {
  const auto has = [bits](Bits::Key key) { return Bits::has(bits, key); };
  return std::ranges::all_of(all_, has) && (any_.empty() || std::ranges::any_of(any_, has));
}

Result<void> DigestWriter::load(sqlite::Database& database, core::EventSeq last) {
  const std::uint64_t first = block_of({last.value + 1}) * kBlockEvents;
  FLEETHOOK_TRY(sqlite::Statement rows,
                database.prepare("SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event WHERE seq >= ?1 ORDER BY seq"));
  rows.bind(1, static_cast<std::int64_t>(first));
  while (true) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) return {};
    FLEETHOOK_CHECK(add(database, {static_cast<std::uint64_t>(rows.column_int(0))}, *read_event(rows, 1)));
  }
}

void DigestWriter::begin() {
  bits_ = Bits();
  first_at_ = Instant::max();
  last_at_ = Instant::min();
  product_ = {};
  owner_ = {};
}

// A number that comes again, since a transaction failed, adds to what is there: at worst too much is set. If its block
// was closed and begun anew meanwhile, what it had is gone, and it gets no row.
Result<void> DigestWriter::add(sqlite::Database& database, core::EventSeq seq, const core::Event& event) {
  const bool is_first = seq.value % kBlockEvents == 0 || seq.value == 1;
  if (is_first) {
    begin();
  } else if (next_ == 0 || seq.value > next_ || block_of(seq) != block_of({next_ - 1})) {
    next_ = 0;
    return {};
  }
  next_ = seq.value + 1;
  bits_.set(device_key(event.publisher));
  if (is_first || event.product != product_) bits_.set(product_key(event.product));
  if (!event.owner.is_none() && (is_first || event.owner != owner_)) bits_.set(owner_key(event.owner));
  if (event.replay != 0) bits_.set(replayed_key(event.id));
  product_ = event.product;
  owner_ = event.owner;
  first_at_ = std::min(first_at_, event.accepted_at());
  last_at_ = std::max(last_at_, event.accepted_at());
  return next_ % kBlockEvents == 0 ? write(database, block_of(seq)) : Result<void>();
}

Result<void> DigestWriter::write(sqlite::Database& database, std::uint64_t block) {
  FLEETHOOK_TRY(sqlite::Statement insert,
                database.prepare("INSERT OR REPLACE INTO event_digest(block, first_at, last_at, bits)"
                                 " VALUES (?1, ?2, ?3, ?4)"));
  const std::string_view bits = bits_.bytes();
  return insert.bind(1, static_cast<std::int64_t>(block))
      .bind(2, first_at_.time_since_epoch().count())
      .bind(3, last_at_.time_since_epoch().count())
      .bind_blob(4, {reinterpret_cast<const std::uint8_t*>(bits.data()), bits.size()})
      .run();
}

}  // namespace fleethook::queue
