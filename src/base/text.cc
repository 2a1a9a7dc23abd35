#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace fleethook {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

// First byte from `at` on that is not ASCII; text.size() if none. Eight at a time: nearly all text is ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
    at += 8;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

bool is_tail(std::string_view text, std::size_t at) {
  return at < text.size() && (byte_at(text, at) & 0xc0) == 0x80;
}

struct Sequence {
  std::size_t length;  // of the character if valid, else of the maximal part that could have begun one (at least 1)
  bool valid;
};

// The character that begins at `at`. Table 3-7 of the Unicode standard: only the second byte has special bounds, which
// keep out overlong forms, surrogates and what lies above U+10FFFF.
Sequence sequence_at(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  if (lead < 0xe0) return is_tail(text, at + 1) ? Sequence{2, true} : Sequence{1, false};
  const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at + 1 >= text.size() || byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return {1, false};
  if (!is_tail(text, at + 2)) return {2, false};
  if (lead < 0xf0) return {3, true};
  return is_tail(text, at + 3) ? Sequence{4, true} : Sequence{3, false};
}

// Two decimal digits.
void put2(char* into, unsigned value) {
  into[0] = static_cast<char>('0' + value / 10);
  into[1] = static_cast<char>('0' + value % 10);
}

void put_date(char* into, std::chrono::year_month_day date) {
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  put2(into, year / 100);
  put2(into + 2, year % 100);
  into[4] = '-';
  put2(into + 5, static_cast<unsigned>(date.month()));
  into[7] = '-';
  put2(into + 8, static_cast<unsigned>(date.day()));
}

// The form has four digits of year, so time ends with the year 9999 and begins with the year 0.
using std::chrono::sys_days;
constexpr sys_days kFirstDay = std::chrono::year(0) / 1 / 1;
constexpr sys_days kLastDay = std::chrono::year(9999) / 12 / 31;

// Reads fixed-width fields off the front of a text; any mismatch sticks.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  unsigned digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto digit = static_cast<unsigned>(byte_at(rest_, i)) - '0';
      if (digit > 9) return fail();
      value = value * 10 + digit;
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void require(char expected) {
    if (!take(expected)) fail();
  }
  // The digits after a decimal point as microseconds; more than six are cut off.
  unsigned microseconds() {
    unsigned value = 0;
    unsigned scale = 100'000;
    std::size_t count = 0;
    for (; count < rest_.size(); ++count) {
      const auto digit = static_cast<unsigned>(byte_at(rest_, count)) - '0';
      if (digit > 9) break;
      value += digit * scale;
      scale /= 10;
    }
    if (count == 0) return fail();
    rest_.remove_prefix(count);
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  unsigned fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// "", "Z" or "+hh:mm": how far local time is ahead of UTC.
std::chrono::minutes read_zone(Fields& fields) {
  if (fields.take('Z')) return {};
  const bool ahead = fields.take('+');
  if (!ahead && !fields.take('-')) return {};
  const unsigned hours = fields.digits(2);
  fields.require(':');
  const unsigned minutes = fields.digits(2);
  if (hours > 23 || minutes > 59) fields.fail();
  const std::chrono::minutes offset(hours * 60 + minutes);
  return ahead ? offset : -offset;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = skip_ascii(text, 0);
  while (at < text.size()) {
    const Sequence sequence = sequence_at(text, at);
    if (!sequence.valid) return at;
    at += sequence.length;
    // In scripts other than Latin the next character is not ASCII either.
    if (at < text.size() && byte_at(text, at) < 0x80) at = skip_ascii(text, at);
  }
  return text.size();
}

bool is_valid_utf8(std::string_view text) {
  return first_invalid_utf8(text) == text.size();
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t kept = 0;  // everything before is in `out`
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const Sequence sequence = sequence_at(text, at);
    if (!sequence.valid) {
      out.append(text.substr(kept, at - kept));
      out.append("\xEF\xBF\xBD");
      kept = at + sequence.length;
    }
    at += sequence.length;
  }
  out.append(text.substr(kept));
  return out;
}

std::size_t utf8_cut(std::string_view text, std::size_t limit) {
  if (limit >= text.size()) return text.size();
  for (std::size_t back = 0; back <= 3 && back <= limit; ++back) {
    const std::uint8_t byte = byte_at(text, limit - back);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? limit - back : limit;
  }
  return limit;  // no character begins here: invalid anyway
}

std::size_t hidden_character_at(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return first < 0x20 || first == 0x7f ? 1 : 0;
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? byte_at(text, at + i) : std::uint8_t{0}; };
  const std::uint8_t second = byte(1);
  if (first == 0xc2) return (second >= 0x80 && second <= 0x9f) || second == 0xad ? 2 : 0;  // C1, U+00AD
  if (first == 0xd8) return second == 0x9c ? 2 : 0;                                        // U+061C
  const std::uint8_t third = byte(2);
  const auto in = [&](std::uint8_t low, std::uint8_t high) { return third >= low && third <= high; };
  if (first == 0xe1) return second == 0xa0 && third == 0x8e ? 3 : 0;  // U+180E
  if (first == 0xe2 && second == 0x80) {                              // U+200B, 200E-200F, 2028-202E
    return third == 0x8b || in(0x8e, 0x8f) || in(0xa8, 0xae) ? 3 : 0;
  }
  if (first == 0xe2) return second == 0x81 && in(0xa0, 0xaf) ? 3 : 0;  // U+2060-206F
  if (first != 0xef) return 0;
  if (second == 0xbb) return third == 0xbf ? 3 : 0;  // U+FEFF
  return second == 0xbf && in(0xb9, 0xbb) ? 3 : 0;   // U+FFF9-FFFB
}

bool has_hidden_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (hidden_character_at(text, at) > 0) return true;
  }
  return false;
}

std::string replace_hidden_characters(std::string_view text, char with) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t hidden = hidden_character_at(text, at);
    out.push_back(hidden > 0 ? with : text[at]);
    at += std::max<std::size_t>(hidden, 1);
  }
  return out;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

namespace {

char lower_of(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Eight bytes in small letters. Of bytes below 0x80 the highest bit is set by a sum when they are at least 'A', or
// above 'Z'; the bit of those that are one and not the other becomes the bit in which the two letters differ.
constexpr std::size_t kWord = sizeof(std::uint64_t);
std::uint64_t lower_word(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = kOnes * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, kWord);
  const std::uint64_t low_bits = word & ~kHigh;
  const std::uint64_t from_a = low_bits + kOnes * (0x80 - 'A'), behind_z = low_bits + kOnes * (0x7f - 'Z');
  return word | (((from_a ^ behind_z) & ~word & kHigh) >> 2);
}

}  // namespace

bool ascii_iequals(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size < kWord) {
    return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower_of(x) == lower_of(y); });
  }
  for (std::size_t at = 0; at + kWord < size; at += kWord) {
    if (lower_word(a.data() + at) != lower_word(b.data() + at)) return false;
  }
  return lower_word(a.data() + size - kWord) == lower_word(b.data() + size - kWord);  // some of them again
}

bool ascii_icontains(std::string_view text, std::string_view sought) {
  const auto same = [](char a, char b) { return lower_of(a) == lower_of(b); };
  return std::search(text.begin(), text.end(), sought.begin(), sought.end(), same) != text.end() || sought.empty();
}

std::string_view trim_spaces(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

void append_iso8601(Instant when, std::string& out) {
  namespace chrono = std::chrono;
  const Instant first = kFirstDay;
  const Instant last = Instant(kLastDay) + chrono::days(1) - Duration(1);
  when = std::clamp(when, first, last);
  const sys_days day = chrono::floor<chrono::days>(when);
  const auto ms = static_cast<unsigned>(chrono::floor<chrono::milliseconds>(when - day).count());
  std::array<char, 24> text{};
  put_date(text.data(), day);
  text[10] = 'T';
  put2(&text[11], ms / 3'600'000);
  text[13] = ':';
  put2(&text[14], ms / 60'000 % 60);
  text[16] = ':';
  put2(&text[17], ms / 1000 % 60);
  text[19] = '.';
  text[20] = static_cast<char>('0' + ms / 100 % 10);
  put2(&text[21], ms % 100);
  text[23] = 'Z';
  out.append(text.data(), text.size());
}

std::string to_iso8601(Instant when) {
  std::string text;
  append_iso8601(when, text);
  return text;
}

std::optional<Instant> parse_iso8601(std::string_view text) {
  namespace chrono = std::chrono;
  Fields fields(text);
  const chrono::year y(static_cast<int>(fields.digits(4)));
  fields.require('-');
  const chrono::month m(fields.digits(2));
  fields.require('-');
  const chrono::day d(fields.digits(2));
  const chrono::year_month_day date(y, m, d);
  if (!fields.ok() || !date.ok()) return std::nullopt;
  const Instant midnight = sys_days(date);
  if (fields.at_end()) return midnight;

  fields.require('T');
  const unsigned hour = fields.digits(2);
  fields.require(':');
  const unsigned minute = fields.digits(2);
  fields.require(':');
  const unsigned second = fields.digits(2);
  const unsigned fraction = fields.take('.') ? fields.microseconds() : 0;
  const chrono::minutes offset = read_zone(fields);
  if (!fields.at_end() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return midnight + chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second) + Duration(fraction) -
         offset;
}

std::int32_t utc_day(Instant when) {
  return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(when).time_since_epoch().count());
}

std::string utc_day_text(std::int32_t day) {
  std::string text(10, '\0');
  put_date(text.data(), std::clamp(sys_days(std::chrono::days(day)), kFirstDay, kLastDay));
  return text;
}

}  // namespace fleethook
