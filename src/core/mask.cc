#include "core/mask.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "base/text.h"

namespace fleethook::core {
namespace {

// A text as it reads after an encoding was taken off, and for each of its bytes the bytes of the source it came from.
// One search in it finds a value however each of its characters was written.
struct Reading {
  std::string text;
  std::vector<std::uint32_t> from, to;

  void add(char c, std::uint32_t begin, std::uint32_t end) {
    text.push_back(c);
    from.push_back(begin);
    to.push_back(end);
  }
};

Reading as_it_is(std::string_view source) {
  Reading reading;
  reading.text = source;
  reading.from.resize(source.size());
  reading.to.resize(source.size());
  for (std::uint32_t i = 0; i < source.size(); ++i) {
    reading.from[i] = i;
    reading.to[i] = i + 1;
  }
  return reading;
}

std::optional<std::uint32_t> hex_number(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    number = number * 16 + static_cast<std::uint32_t>(digit);
  }
  return number;
}

void append_utf8(std::uint32_t point, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | point >> 6);
    byte(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    byte(0xe0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3f));
    byte(0x80 | (point & 0x3f));
  } else {
    byte(0xf0 | (point >> 18 & 0x07));
    byte(0x80 | (point >> 12 & 0x3f));
    byte(0x80 | (point >> 6 & 0x3f));
    byte(0x80 | (point & 0x3f));
  }
}

// Bytes taken at the beginning of `rest`; what they stand for is appended to `out`. 0 = no escape.
using Decoder = std::size_t (*)(std::string_view rest, std::string& out);

std::size_t percent(std::string_view rest, std::string& out) {
  if (rest[0] != '%' || rest.size() < 3) return 0;
  const auto byte = hex_number(rest.substr(1, 2));
  if (!byte) return 0;
  out.push_back(static_cast<char>(*byte));
  return 3;
}

std::size_t form(std::string_view rest, std::string& out) {
  if (rest[0] != '+') return percent(rest, out);
  out.push_back(' ');
  return 1;
}

std::size_t json_unicode(std::string_view rest, std::string& out) {
  constexpr std::size_t kBytes = 6;  // backslash, u, four digits
  const auto unit = [&](std::size_t at) -> std::optional<std::uint32_t> {
    if (rest.size() < at + kBytes || rest[at] != '\\' || rest[at + 1] != 'u') return std::nullopt;
    return hex_number(rest.substr(at + 2, 4));
  };
  const auto first = unit(0);
  if (!first) return 0;
  if (*first >= 0xd800 && *first < 0xdc00) {
    const auto second = unit(kBytes);
    if (second && *second >= 0xdc00 && *second < 0xe000) {
      append_utf8(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00), out);
      return 2 * kBytes;
    }
  }
  append_utf8(*first, out);
  return kBytes;
}

std::size_t json(std::string_view rest, std::string& out) {
  if (rest[0] != '\\' || rest.size() < 2) return 0;
  constexpr std::string_view kSigns = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  const std::size_t sign = kSigns.find(rest[1]);
  if (sign == std::string_view::npos) return json_unicode(rest, out);
  out.push_back(kMeant[sign]);
  return 2;
}

std::size_t html(std::string_view rest, std::string& out) {
  constexpr std::size_t kBytesMax = 10;  // &#x10FFFF;
  if (rest[0] != '&') return 0;
  const std::size_t end = rest.substr(0, kBytesMax).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  const std::string_view name = rest.substr(1, end - 1);
  constexpr std::pair<std::string_view, char> kNames[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, c] : kNames) {
    if (name != known) continue;
    out.push_back(c);
    return end + 1;
  }
  if (name[0] != '#' || name.size() < 2) return 0;
  std::optional<std::uint32_t> point;
  if (name[1] == 'x' || name[1] == 'X') {
    if (name.size() > 2) point = hex_number(name.substr(2));
  } else if (name.find_first_not_of("0123456789", 1) == std::string_view::npos) {
    point = 0;
    for (const char c : name.substr(1)) *point = *point * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (!point || *point > 0x10ffff) return 0;
  append_utf8(*point, out);
  return end + 1;
}

// nullopt when nothing in it is encoded so: it then reads as before.
std::optional<Reading> decoded(const Reading& source, Decoder decode) {
  Reading reading;
  bool changed = false;
  std::string bytes;
  for (std::size_t i = 0; i < source.text.size();) {
    bytes.clear();
    const std::size_t taken = decode(std::string_view(source.text).substr(i), bytes);
    if (taken == 0) {
      reading.add(source.text[i], source.from[i], source.to[i]);
      ++i;
      continue;
    }
    changed = true;
    for (const char c : bytes) reading.add(c, source.from[i], source.to[i + taken - 1]);
    i += taken;
  }
  if (!changed) return std::nullopt;
  return reading;
}

using Range = std::pair<std::size_t, std::size_t>;  // of the source: first byte, byte behind

constexpr std::size_t kInBase64Min = 4;  // bytes: shorter ones turn up in any long Base64 by chance
constexpr int kAroundBytesMax = 256;

// What is to be hidden.
class Hidden {
 public:
  explicit Hidden(const NamedValues& values) : values_(values) {}
  template <class F>
  void each(F&& f) const {
    for (const auto& [name, value] : values_.secrets) {
      if (!value.empty()) f(value);
    }
    for (const std::string& value : values_.credentials) {
      if (!value.empty()) f(value);
    }
  }
  std::size_t longest() const {
    std::size_t most = 0;
    each([&](const std::string& value) { most = std::max(most, value.size()); });
    return most;
  }

 private:
  const NamedValues& values_;
};

class Search {
 public:
  explicit Search(Hidden values) : values_(values) {}

  // In order, none overlapping another.
  std::vector<Range> run(std::string_view text) {
    const Reading plain = as_it_is(text);
    look(plain);
    look_decoded(plain, percent, {html, json, percent});
    look_decoded(plain, form, {html, json, form});
    look_decoded(plain, json, {html, json, percent, form});
    look_decoded(plain, html, {});
    std::ranges::sort(found_);
    std::vector<Range> merged;
    for (const Range& one : found_) {
      if (!merged.empty() && one.first < merged.back().second) {
        merged.back().second = std::max(merged.back().second, one.second);
      } else {
        merged.push_back(one);
      }
    }
    return merged;
  }

 private:
  void look_decoded(const Reading& reading, Decoder decode, std::initializer_list<Decoder> inside) {
    const auto once = decoded(reading, decode);
    if (!once) return;
    look(*once);
    for (const Decoder further : inside) {
      if (const auto twice = decoded(*once, further)) look(*twice);
    }
  }

  void look(const Reading& in) {
    values_.each([&](const std::string& value) {
      for (std::size_t at = 0; (at = find(in.text, value, at)) != std::string::npos; at += value.size())
        add(in, at, at + value.size());
    });
    look_for_credentials(in);
    look_in_base64(in);
  }

  void add(const Reading& in, std::size_t begin, std::size_t end) {
    found_.emplace_back(in.from[begin], in.to[end - 1]);
  }

  void look_for_credentials(const Reading& in) {
    constexpr std::string_view kScheme = "basic ";
    const std::string lower = ascii_lower(in.text);
    for (std::size_t at = 0; (at = lower.find(kScheme, at)) != std::string::npos;) {
      const std::size_t begin = std::min(lower.find_first_not_of(' ', at + kScheme.size()), lower.size());
      const std::size_t end =
          std::min(lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+/=", begin), lower.size());
      at += kScheme.size();
      if (end > begin && holds_secret(in.text.substr(begin, end - begin))) add(in, begin, end);
    }
  }

  bool holds_secret(std::string credential) const {
    while (credential.ends_with('=')) credential.pop_back();
    if (credential.size() % 4 == 1) credential.pop_back();
    credential.append((4 - credential.size() % 4) % 4, '=');
    const auto text = from_base64(credential);
    bool holds = false;
    if (text)
      values_.each([&](const std::string& value) { holds = holds || find(*text, value, 0) != std::string::npos; });
    return holds;
  }

  // Every stretch of letters that may be Base64, from each of the four places where its first group may begin: nothing
  // says where what a receiver put around it ends.
  void look_in_base64(const Reading& in) {
    if (values_.longest() < kInBase64Min) return;
    for (std::size_t at = 0; at < in.text.size();) {
      std::size_t end = at;
      while (end < in.text.size() && sextet(in.text[end]) >= 0) ++end;
      if (end - at >= kInBase64Min) {
        for (std::size_t shift = 0; shift < 4; ++shift) look_in_stretch(in, at + shift, end);
      }
      at = end + 1;
    }
  }

  void look_in_stretch(const Reading& in, std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    const std::string bytes = decoded_base64(std::string_view(in.text).substr(begin, end - begin));
    values_.each([&](const std::string& value) {
      if (value.size() < kInBase64Min) return;
      for (std::size_t at = 0; (at = find(bytes, value, at)) != std::string::npos; at += value.size()) {
        std::size_t first = at;
        std::size_t behind = at + value.size();
        const auto is_printable = [&](std::size_t byte) { return bytes[byte] >= 0x20 && bytes[byte] < 0x7f; };
        for (int n = 0; n < kAroundBytesMax && first > 0 && is_printable(first - 1); ++n) --first;
        for (int n = 0; n < kAroundBytesMax && behind < bytes.size() && is_printable(behind); ++n) ++behind;
        // A byte is 8 of the bits, 6 to a letter.
        const std::size_t last = begin + (behind * 8 - 1) / 6 + 1;
        add(in, begin + first * 8 / 6, padded(in.text, std::min(last, end), end));
      }
    });
  }

  // With the padding, when the credential goes to the end of its stretch.
  static std::size_t padded(std::string_view text, std::size_t last, std::size_t end) {
    for (int n = 0; n < 2 && last >= end && last < text.size() && text[last] == '='; ++n) ++last;
    return last;
  }

  static int sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
  }

  static std::string decoded_base64(std::string_view letters) {
    std::string bytes;
    bytes.reserve(letters.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : letters) {
      bits = bits << 6 | static_cast<std::uint32_t>(sextet(c));
      count += 6;
      if (count < 8) continue;
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
    return bytes;
  }

  // In linear time whatever the two are; std::string::find is not.
  static std::size_t find(std::string_view text, std::string_view value, std::size_t from) {
    if (from >= text.size()) return std::string::npos;
    const void* at = memmem(text.data() + from, text.size() - from, value.data(), value.size());
    return at == nullptr ? std::string::npos : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
  }

  Hidden values_;
  std::vector<Range> found_;
};

}  // namespace

NamedValues with_masks(const NamedValues& values) {
  NamedValues masks = values;
  for (auto& [name, value] : masks.secrets) value = kMask;
  return masks;
}

bool has_masks(const NamedValues& values) {
  return !values.secrets.empty() &&
         std::ranges::all_of(values.secrets, [](const auto& secret) { return secret.second == kMask; });
}

NamedValues and_masks(NamedValues values) {
  if (!values.secrets.empty()) values.secrets.emplace_back("", kMask);
  return values;
}

std::string masked_beginning(std::string_view text, const NamedValues& values, std::size_t bytes_max) {
  const Hidden hidden(values);
  const std::size_t longest = hidden.longest();
  if (longest == 0) return std::string(text.substr(0, bytes_max));
  // No encoding above takes more than 12 bytes for one; and room for the user's name in a credential.
  const std::size_t looked_at = std::min(text.size(), std::min(bytes_max, text.size()) + 12 * longest + 256);
  const std::size_t shown = std::min(text.size(), bytes_max);
  std::string masked;
  std::size_t done = 0;
  for (const auto& [begin, end] : Search(hidden).run(text.substr(0, looked_at))) {
    if (begin >= shown) break;
    masked += text.substr(done, begin - done);
    masked += kMask;
    done = end;
  }
  if (done < shown) masked += text.substr(done, shown - done);
  masked.resize(utf8_cut(masked, bytes_max));
  return masked;
}

void mask(std::string& text, const NamedValues& values) {
  const Hidden hidden(values);
  if (text.empty() || hidden.longest() == 0) return;
  std::string masked;
  std::size_t done = 0;
  for (const auto& [begin, end] : Search(hidden).run(text)) {
    masked.append(text, done, begin - done).append(kMask);
    done = end;
  }
  if (done == 0) return;
  masked.append(text, done);
  text = std::move(masked);
}

}  // namespace fleethook::core
