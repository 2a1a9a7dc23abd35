// Identifiers as types: swapped arguments do not compile. Values; free to copy.
#pragma once
#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/hex.h"
#include "base/random.h"

namespace fleethook {

// 12 bytes, shown as 24 lower-case hex digits as Particle's are. Made from 4 bytes of seconds and 8 random bytes, so
// they sort by creation time. All zero = none.
template <class Tag>
struct ObjectId {
  std::array<std::uint8_t, 12> bytes{};
  auto operator<=>(const ObjectId&) const = default;

  static ObjectId make(Instant now, Random& random) {
    ObjectId id;
    const auto seconds =
        static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
    for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
    random.fill({id.bytes.data() + 4, 8});
    return id;
  }
  // nullopt unless exactly 24 hex digits (either case).
  static std::optional<ObjectId> parse(std::string_view text) {
    ObjectId id;
    if (!from_hex(text, id.bytes)) return std::nullopt;
    return id;
  }
  std::string str() const { return to_hex(bytes); }
  void append_to(std::string& out) const { append_hex(bytes, out); }
  bool is_none() const { return *this == ObjectId{}; }
};

// 16 bytes, shown in the 8-4-4-4-12 form.
template <class Tag>
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;

  // Version 7 (RFC 9562): 48 bits of milliseconds, then random bits.
  static Uuid make(Instant now, Random& random) {
    Uuid id;
    random.fill({id.bytes.data() + 6, 10});
    const auto ms =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
  }
  static std::optional<Uuid> parse(std::string_view text) {
    if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
      return std::nullopt;
    std::array<char, 32> digits;
    std::size_t at = 0;
    for (const auto& [from, length] : kGroups) {
      text.copy(digits.data() + at, length, from);
      at += length;
    }
    Uuid id;
    if (!from_hex({digits.data(), digits.size()}, id.bytes)) return std::nullopt;
    return id;
  }
  std::string str() const {
    std::string text;
    append_to(text);
    return text;
  }
  void append_to(std::string& out) const {
    std::array<char, 36> text;
    text.fill('-');
    const std::uint8_t* from = bytes.data();
    for (const auto& [at, length] : kGroups) {
      write_hex({from, length / 2}, text.data() + at);
      from += length / 2;
    }
    out.append(text.data(), text.size());
  }
  bool is_none() const { return *this == Uuid{}; }

 private:
  // Where each group of digits stands in the text, and its length.
  static constexpr std::pair<std::size_t, std::size_t> kGroups[] = {{0, 8}, {9, 4}, {14, 4}, {19, 4}, {24, 12}};
};

// A number with a meaning. 0 = none.
template <class Tag>
struct Number {
  std::uint64_t value = 0;
  auto operator<=>(const Number&) const = default;
  bool is_none() const { return value == 0; }
};

}  // namespace fleethook

template <class Tag>
struct std::hash<fleethook::ObjectId<Tag>> {
  std::size_t operator()(const fleethook::ObjectId<Tag>& id) const noexcept {
    std::size_t tail;  // the random part is hash enough
    std::memcpy(&tail, id.bytes.data() + 4, sizeof tail);
    return tail;
  }
};
template <class Tag>
struct std::hash<fleethook::Uuid<Tag>> {
  std::size_t operator()(const fleethook::Uuid<Tag>& id) const noexcept {
    std::size_t tail;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return tail;
  }
};
template <class Tag>
struct std::hash<fleethook::Number<Tag>> {
  std::size_t operator()(const fleethook::Number<Tag>& id) const noexcept {
    return std::hash<std::uint64_t>()(id.value * 0x9e3779b97f4a7c15ULL);
  }
};
