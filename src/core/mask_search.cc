#include "core/mask_search.h"

#include <algorithm>
#include <functional>
#include <span>

namespace fleethook::core {
namespace {

constexpr int kLayers = 3;
constexpr std::size_t kEncodedMin = 4;  // bytes: shorter ones turn up in any long Base64 or hex by chance
constexpr std::size_t kAnyCaseMin = 8;  // bytes: shorter ones are words that somebody may write in another case
constexpr std::size_t kAroundBytesMax = 256;
constexpr std::size_t kLongValue = 32;  // from here on a look at its rarest byte is worth it
constexpr int kAmbiguousMax = 64, kChoicesTried = 4;
constexpr std::string_view kBasic = "basic ";

constexpr int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

constexpr int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

template <class F>
constexpr auto table_of(F f) {
  std::array<std::int8_t, 256> table{};
  for (int c = 0; c < 256; ++c) table[static_cast<std::size_t>(c)] = static_cast<std::int8_t>(f(static_cast<char>(c)));
  return table;
}
constexpr std::array<std::int8_t, 256> kSextets = table_of(sextet);
constexpr std::array<std::int8_t, 256> kHexDigits = table_of(hex_digit);

std::int8_t of(const std::array<std::int8_t, 256>& table, char c) {
  return table[static_cast<unsigned char>(c)];
}

std::string decoded_base64(std::string_view letters) {
  std::string bytes(letters.size() * 6 / 8, '\0');
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t size = 0;
  for (const char c : letters) {
    bits = bits << 6 | static_cast<std::uint32_t>(of(kSextets, c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[size++] = static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

std::string decoded_hex(std::string_view digits) {
  std::string bytes(digits.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(of(kHexDigits, digits[2 * i]) * 16 + of(kHexDigits, digits[2 * i + 1]));
  return bytes;
}

void merge(std::vector<HiddenRange>& ranges) {
  std::ranges::sort(ranges, {}, &HiddenRange::begin);
  std::size_t kept = 0;
  for (const HiddenRange& one : ranges) {
    if (kept > 0 && one.begin <= ranges[kept - 1].end) {
      ranges[kept - 1].end = std::max(ranges[kept - 1].end, one.end);
    } else {
      ranges[kept++] = one;
    }
  }
  ranges.resize(kept);
}

// Letters of Base64 in a text, each as it stands or escaped, and where they come from.
class Stretch {
 public:
  explicit Stretch(std::size_t begin) : begin_(begin), end_(begin), padded_end_(begin) {}

  void add(char letter, std::size_t end) {
    if (end != end_ + 1)
      jumps_.push_back({static_cast<std::uint32_t>(letters_.size() + 1), static_cast<std::uint32_t>(end)});
    letters_.push_back(letter);
    end_ = padded_end_ = end;
  }
  void add_all(std::string_view letters) {
    letters_.append(letters);
    end_ = padded_end_ = end_ + letters.size();
  }
  void add_padding(std::size_t end) { padded_end_ = end; }

  const std::string& letters() const { return letters_; }
  bool has_escapes() const { return !jumps_.empty(); }
  std::size_t end() const { return end_; }
  // Where the letters from `first` to `behind` stand in the text; with the padding, when they go to the end.
  HiddenRange place_of(std::size_t first, std::size_t behind) const {
    const std::size_t end = behind >= letters_.size() ? padded_end_ : begin_of(behind);
    return {static_cast<std::uint32_t>(begin_of(first)), static_cast<std::uint32_t>(end)};
  }

 private:
  struct Jump {
    std::uint32_t letter, place;
  };
  std::size_t begin_of(std::size_t letter) const {
    const auto behind = std::ranges::upper_bound(jumps_, letter, {}, &Jump::letter);
    if (behind == jumps_.begin()) return begin_ + letter;
    const Jump& jump = *(behind - 1);
    return jump.place + (letter - jump.letter);
  }

  std::size_t begin_, end_, padded_end_;
  std::string letters_;
  std::vector<Jump> jumps_;  // letters that do not stand right behind the first byte of the one before
};

// One text: that of the caller, or what an encoding within it was made of.
class Search {
 public:
  Search(std::string_view text, const HiddenValues& values, std::size_t shortest, int layers, MaskWork& work)
      : text_(text), values_(values), shortest_(shortest), layers_(layers), work_(work), escapes_(text, work) {}

  std::vector<HiddenRange> run() {
    look();
    if (layers_ > 0 && values_.shortest_encoded() > 0) look_in_stretches();
    merge(found_);
    return std::move(found_);
  }

 private:
  using Value = HiddenValues::Value;
  struct Option {
    std::size_t size, end;
  };
  using Options = std::array<Option, Escapes::Readings::kMax + 1>;

  bool is_plain(std::size_t place) const { return !Escapes::may_begin(text_[place]); }

  void add(HiddenRange range) {
    if (!found_.empty() && range.begin <= found_.back().end && range.begin >= found_.back().begin) {
      found_.back().end = std::max(found_.back().end, range.end);
      return;
    }
    found_.push_back(range);
    // Masks are longer than what they stand for: a text that is full of them is hidden whole.
    if (found_.size() <= found_max_) return;
    merge(found_);
    const std::size_t most = text_.size() / 8 + 512;
    if (found_.size() > most) work_.add(work_.left + 1);
    found_max_ = std::max(found_max_, 2 * found_.size());
  }

  void look() {
    work_.add(text_.size());
    for (std::size_t place = 0; place < text_.size() && !work_.over; ++place) {
      const char c = text_[place];
      const bool escape = Escapes::may_begin(c);
      if (!escape && !values_.begins_with(static_cast<unsigned char>(c))) continue;
      const auto look_for = [&](const Value& value) { look_at(value, place); };
      values_.each_with(static_cast<unsigned char>(c), look_for);
      if (!escape || layers_ == 0) continue;
      Escapes::Readings readings;
      escapes_.at(place, layers_, readings);
      for (const Escapes::Reading& one : readings) {
        if (one.bytes[0] != c) values_.each_with(static_cast<unsigned char>(one.bytes[0]), look_for);
      }
    }
  }

  void look_at(const Value& value, std::size_t place) {
    if (value.is_credential) {
      std::size_t end = place;
      if (matches(value, 0, end, 0)) look_in_credential(end);
      return;
    }
    if (value.text.size() < shortest_) return;
    std::size_t end = place;
    if (matches(value, 0, end, 0)) add({static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(end)});
  }

  static bool alike(const Value& value, std::size_t index, char c) {
    const auto a = static_cast<unsigned char>(value.text[index]), b = static_cast<unsigned char>(c);
    if (a == b) return true;
    if (HiddenValues::canonical(a) != HiddenValues::canonical(b)) return false;
    return value.any_case || HiddenValues::canonical(a) == ' ';
  }

  // Whether the value, from `index` on, is what stands at `place`; moves `place` behind it.
  bool matches(const Value& value, std::size_t index, std::size_t& place, int ambiguous) {
    if (index == 0 && value.text.size() >= kLongValue && lacks_rarest(value, place)) return false;
    std::size_t compared = 1;
    while (index < value.text.size() && place < text_.size() && !work_.over) {
      ++compared;
      if (is_plain(place) || layers_ == 0) {
        if (!alike(value, index, text_[place])) break;
        ++index;
        ++place;
        continue;
      }
      Options options;
      const std::size_t count = options_at(value, index, place, options);
      if (count == 0) break;
      if (count > 1) {
        work_.add(compared);
        return matches_most(value, index, place, std::span(options).first(count), ambiguous);
      }
      index += options[0].size;
      place = options[0].end;
    }
    work_.add(compared);
    return index == value.text.size() && !work_.over;
  }

  // The option by which the value goes furthest; any one, once there were too many choices.
  bool matches_most(
      const Value& value, std::size_t index, std::size_t& place, std::span<const Option> options, int ambiguous) {
    if (ambiguous == kAmbiguousMax) work_.add(work_.left + 1);
    std::size_t furthest = 0;
    for (const Option& option : options) {
      std::size_t end = option.end;
      if (!matches(value, index + option.size, end, ambiguous + 1)) continue;
      furthest = std::max(furthest, end);
      if (ambiguous >= kChoicesTried) break;
    }
    if (furthest > 0) place = furthest;
    return furthest > 0;
  }

  // What stands at `place`, an escape or not, where the value goes on at `index`.
  std::size_t options_at(const Value& value, std::size_t index, std::size_t place, Options& into) const {
    Escapes::Readings readings;
    escapes_.at(place, layers_, readings);
    std::size_t count = 0;
    if (alike(value, index, text_[place])) into[count++] = {1, place + 1};
    for (const Escapes::Reading& one : readings) {
      bool fits = value.text.size() - index >= one.size;
      for (std::size_t i = 0; fits && i < one.size; ++i) fits = alike(value, index + i, one.bytes[i]);
      if (fits) into[count++] = {one.size, one.end};
    }
    // Of several, the one that leaves nothing of an escape behind.
    std::ranges::sort(std::span(into).first(count), std::ranges::greater(), &Option::end);
    return count;
  }

  // Only where nothing is escaped: else nobody knows where that byte would stand.
  bool lacks_rarest(const Value& value, std::size_t place) {
    if (next_escape_ < place || !next_escape_known_) {
      next_escape_ = place;
      while (next_escape_ < text_.size() && is_plain(next_escape_)) ++next_escape_;
      next_escape_known_ = true;
    }
    if (place + value.text.size() > next_escape_) return next_escape_ == text_.size();
    return !alike(value, value.rare, text_[place + value.rare]);
  }

  // What "Basic " announces, whole, if it holds a value of any length.
  void look_in_credential(std::size_t place) {
    while (place < text_.size() && text_[place] == ' ') ++place;
    Stretch letters(place);
    collect(letters);
    if (letters.letters().empty() || layers_ == 0) return;
    const std::string bytes = decoded_base64(letters.letters());
    if (Search(bytes, values_, 1, layers_ - 1, work_).run().empty()) return;
    // What clings to it was part of it to somebody.
    std::size_t end = letters.place_of(0, letters.letters().size()).end;
    const auto clings = [](char c) { return c == '=' || of(kSextets, c) >= 0; };
    for (std::size_t next = end; next > 0; next = next_of(end, clings)) end = next;
    add({static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(end)});
  }

  // Letters from its end on, and padding behind them.
  void collect(Stretch& into) {
    for (;;) {
      std::size_t run = into.end();
      while (run < text_.size() && of(kSextets, text_[run]) >= 0) ++run;
      into.add_all(text_.substr(into.end(), run - into.end()));
      const auto letter = escaped(run, [](char c) { return of(kSextets, c) >= 0; });
      if (letter.size == 0) break;
      into.add(letter.bytes[0], letter.end);
    }
    collect_padding(into);
    work_.add(into.letters().size());
  }
  void collect_padding(Stretch& into) const {
    std::size_t end = into.end();
    for (int n = 0; n < 2; ++n) {
      if (const std::size_t next = next_of(end, [](char c) { return c == '='; }); next > 0) end = next;
    }
    into.add_padding(end);
  }
  // Behind a byte that is `wanted` and stands at `place`, as it is or escaped; 0 = another stands there.
  template <class F>
  std::size_t next_of(std::size_t place, const F& wanted) const {
    if (place < text_.size() && wanted(text_[place])) return place + 1;
    return escaped(place, wanted).end;
  }

  template <class F>
  Escapes::Reading escaped(std::size_t place, const F& wanted) const {
    if (place >= text_.size() || is_plain(place)) return {};
    Escapes::Readings readings;
    escapes_.at(place, layers_, readings);
    for (const Escapes::Reading& one : readings) {
      if (one.size == 1 && wanted(one.bytes[0])) return one;
    }
    return {};
  }

  // Base64 in all that may be some, from each of the four places where its first group may begin: nothing says where
  // what a receiver put around it ends. And hex, which has the same letters.
  void look_in_stretches() {
    const std::size_t shortest = (values_.shortest_encoded() * 8 + 5) / 6;
    bool has_escapes = false;
    for (std::size_t place = 0; place < text_.size() && !work_.over;) {
      std::size_t end = place;
      while (end < text_.size() && of(kSextets, text_[end]) >= 0) ++end;
      has_escapes = has_escapes || (end < text_.size() && !is_plain(end));
      if (end - place >= shortest) {
        Stretch letters(place);
        letters.add_all(text_.substr(place, end - place));
        collect_padding(letters);
        look_in(letters);
        look_in_hex(place, end);
      }
      place = end + 1;
    }
    // Once more with letters that are escaped: the text may mean either.
    for (std::size_t place = 0; has_escapes && place < text_.size() && !work_.over;) {
      Stretch letters(place);
      collect(letters);
      if (letters.has_escapes() && letters.letters().size() >= shortest) look_in(letters);
      place = letters.end() + 1;
    }
  }

  void look_in(const Stretch& stretch) {
    const std::string_view letters = stretch.letters();
    for (std::size_t shift = 0; shift < 4 && shift < letters.size() && !work_.over; ++shift) {
      work_.add(letters.size());
      const std::string bytes = decoded_base64(letters.substr(shift));
      for (const HiddenRange& one : Search(bytes, values_, kEncodedMin, layers_ - 1, work_).run()) {
        std::size_t first = one.begin, behind = one.end;
        const auto is_printable = [&](std::size_t byte) { return bytes[byte] >= 0x20 && bytes[byte] < 0x7f; };
        for (std::size_t n = 0; n < kAroundBytesMax && first > 0 && is_printable(first - 1); ++n) --first;
        for (std::size_t n = 0; n < kAroundBytesMax && behind < bytes.size() && is_printable(behind); ++n) ++behind;
        // A byte is 8 of the bits, 6 to a letter.
        add(stretch.place_of(shift + first * 8 / 6, shift + (behind * 8 - 1) / 6 + 1));
      }
    }
  }

  void look_in_hex(std::size_t begin, std::size_t end) {
    for (std::size_t place = begin; place < end && !work_.over;) {
      std::size_t behind = place;
      while (behind < end && of(kHexDigits, text_[behind]) >= 0) ++behind;
      for (std::size_t first = place; first < place + 2 && behind - place >= 2 * values_.shortest_encoded(); ++first) {
        work_.add(behind - first);
        const std::string bytes = decoded_hex(text_.substr(first, behind - first));
        for (const HiddenRange& one : Search(bytes, values_, kEncodedMin, layers_ - 1, work_).run())
          add({static_cast<std::uint32_t>(first + 2 * one.begin), static_cast<std::uint32_t>(first + 2 * one.end)});
      }
      place = behind + 1;
    }
  }

  const std::string_view text_;
  const HiddenValues& values_;
  const std::size_t shortest_;
  const int layers_;
  MaskWork& work_;
  const Escapes escapes_;
  std::vector<HiddenRange> found_;
  std::size_t found_max_ = 1024;
  std::size_t next_escape_ = 0;
  bool next_escape_known_ = false;
};

}  // namespace

const std::array<unsigned char, 256> HiddenValues::kCanonical = [] {
  std::array<unsigned char, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c == '+' ? ' ' : c);
  return table;
}();

HiddenValues::HiddenValues(const NamedValues& values, std::size_t text_bytes) {
  std::vector<std::string_view> texts;
  texts.reserve(values.secrets.size() + values.credentials.size());
  const auto take = [&](const std::string& text) {
    if (!text.empty() && text.size() <= text_bytes) texts.emplace_back(text);
  };
  for (const auto& [name, value] : values.secrets) take(value);
  for (const std::string& value : values.credentials) take(value);
  if (texts.empty()) return;
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  values_.reserve(texts.size() + 1);
  for (const std::string_view text : texts) {
    longest_ = std::max(longest_, text.size());
    if (text.size() >= kEncodedMin && (shortest_encoded_ == 0 || text.size() < shortest_encoded_))
      shortest_encoded_ = text.size();
    add({.text = text, .any_case = text.size() >= kAnyCaseMin});
  }
  add({.text = kBasic, .any_case = true, .is_credential = true});
}

void HiddenValues::add(Value value) {
  if (value.text.size() >= kLongValue) {
    std::array<std::uint32_t, 256> counts{};
    for (const char c : value.text) ++counts[canonical(static_cast<unsigned char>(c))];
    const auto count_at = [&](std::size_t i) { return counts[canonical(static_cast<unsigned char>(value.text[i]))]; };
    for (std::uint32_t i = 1; i < value.text.size(); ++i) {
      if (count_at(i) < count_at(value.rare)) value.rare = i;
    }
  }
  std::uint16_t& first = first_[canonical(static_cast<unsigned char>(value.text[0]))];
  value.next = first;
  values_.push_back(value);
  first = static_cast<std::uint16_t>(values_.size());
}

std::vector<HiddenRange> hidden_ranges(std::string_view text, const HiddenValues& values, MaskWork& work) {
  auto ranges = Search(text, values, 1, kLayers, work).run();
  if (work.over) ranges.clear();
  return ranges;
}

}  // namespace fleethook::core
