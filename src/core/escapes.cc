#include "core/escapes.h"

#include <algorithm>
#include <utility>

namespace fleethook::core {
namespace {

constexpr std::size_t kWorkOfAPlace = 32;  // what looking at one costs, in bytes compared

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}
bool is_hex_digit(char c) {
  return hex_digit(c) >= 0;
}

Escapes::Reading utf8(std::uint32_t point) {
  Escapes::Reading reading;
  const auto byte = [&](std::uint32_t value) { reading.bytes[reading.size++] = static_cast<char>(value); };
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
  return reading;
}

}  // namespace

void Escapes::Readings::add(const Reading& reading) {
  for (const Reading& known : *this) {
    if (known.end == reading.end && known.size == reading.size && known.bytes == reading.bytes) return;
  }
  if (size_ < list_.size()) list_[size_++] = reading;
}

void Escapes::put(std::uint32_t point, char by, std::size_t end, Readings& out) const {
  Reading reading = utf8(point);
  reading.by = by;
  reading.end = end;
  out.add(reading);
}

void Escapes::put_byte(char c, char by, std::size_t end, Readings& out) const {
  out.add({{c}, 1, by, end});
}

void Escapes::at(std::size_t place, int layers, Readings& out) const {
  if (layers <= 0 || place >= text_.size() || work_.over) return;
  work_.add(kWorkOfAPlace);
  parse({{text_[place]}, 1, 0, place + 1}, layers - 1, out);
  // What one escape stands for may begin the next. The list grows meanwhile.
  int left = layers - 1;
  for (std::size_t i = 0, of_layer = out.size(); i < out.size() && left > 0; ++i) {
    const Reading opening = out[i];
    if (opening.size == 1 && may_begin(opening.bytes[0])) parse(opening, layers - 1, out);
    if (i + 1 == of_layer) {
      --left;
      of_layer = out.size();
    }
  }
}

void Escapes::parse(const Reading& opening, int layers, Readings& out) const {
  switch (opening.bytes[0]) {
    case '%':
      return percent(opening, layers, out);
    case '\\':
      return backslash(opening, layers, out);
    case '&':
      return entity(opening, layers, out);
    default:
      return;
  }
}

template <class F>
char Escapes::next(std::size_t& place, int layers, const F& wanted) const {
  if (place >= text_.size()) return 0;
  const char c = text_[place];
  if (wanted(c)) {
    ++place;
    return c;
  }
  if (layers == 0 || !may_begin(c)) return 0;
  Readings readings;
  at(place, layers, readings);
  for (const Reading& one : readings) {
    if (one.size != 1 || !wanted(one.bytes[0])) continue;
    place = one.end;
    return one.bytes[0];
  }
  return 0;
}

bool Escapes::number(std::size_t& place, int layers, int digits, std::uint32_t& into) const {
  into = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = next(place, layers, is_hex_digit);
    if (c == 0) return false;
    into = into * 16 + static_cast<std::uint32_t>(hex_digit(c));
  }
  return true;
}

void Escapes::percent(const Reading& opening, int layers, Readings& out) const {
  std::size_t end = opening.end;
  std::uint32_t byte = 0;
  if (number(end, layers, 2, byte)) put_byte(static_cast<char>(byte), '%', end, out);
}

void Escapes::backslash(const Reading& opening, int layers, Readings& out) const {
  const std::size_t place = opening.end;
  if (place >= text_.size()) return;
  const char c = text_[place];
  Readings signs;
  if (may_begin(c)) at(place, layers, signs);
  // A layer that made this backslash made one of the next two as well.
  const bool both = opening.by == '\\' && std::ranges::any_of(signs, [](const Reading& one) { return one.by == '\\'; });
  if (!both) after_backslash(c, place + 1, layers, out);
  for (const Reading& one : signs) {
    if (one.size == 1) after_backslash(one.bytes[0], one.end, layers, out);
  }
}

void Escapes::after_backslash(char sign, std::size_t end, int layers, Readings& out) const {
  constexpr std::string_view kSigns = "\"\\/bfnrt'";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t'";
  std::uint32_t number_is = 0;
  if (const std::size_t index = kSigns.find(sign); index != std::string_view::npos) {
    put_byte(kMeant[index], '\\', end, out);
  } else if (sign == 'x') {
    if (number(end, layers, 2, number_is)) put_byte(static_cast<char>(number_is), '\\', end, out);
  } else if (sign == 'u' && number(end, layers, 4, number_is)) {
    std::size_t further = end;
    std::uint32_t second = 0;
    const auto is = [](char wanted) { return [wanted](char c) { return c == wanted; }; };
    if (number_is >= 0xd800 && number_is < 0xdc00 && next(further, layers, is('\\')) != 0 &&
        next(further, layers, is('u')) != 0 && number(further, layers, 4, second) && second >= 0xdc00 &&
        second < 0xe000) {
      return put(0x10000 + ((number_is - 0xd800) << 10) + (second - 0xdc00), '\\', further, out);
    }
    put(number_is, '\\', end, out);
  }
}

void Escapes::entity(const Reading& opening, int layers, Readings& out) const {
  constexpr std::size_t kBytesMax = 9;  // #x10FFFF;
  std::array<char, kBytesMax> bytes{};
  std::size_t size = 0, end = opening.end;
  const auto of_a_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '#' || c == ';';
  };
  for (;;) {
    if (size == kBytesMax) return;
    const char c = next(end, layers, of_a_name);
    if (c == 0) return;
    if (c == ';') break;
    bytes[size++] = c;
  }
  const std::string_view name(bytes.data(), size);
  constexpr std::pair<std::string_view, char> kNames[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, c] : kNames) {
    if (name == known) return put_byte(c, '&', end, out);
  }
  if (size < 2 || name[0] != '#') return;
  const bool is_hex = name[1] == 'x' || name[1] == 'X';
  const std::string_view digits = name.substr(is_hex ? 2 : 1);
  std::uint32_t point = 0;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0 || (!is_hex && digit > 9)) return;
    point = point * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  if (!digits.empty() && point <= 0x10ffff) put(point, '&', end, out);
}

}  // namespace fleethook::core
