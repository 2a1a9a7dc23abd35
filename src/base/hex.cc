#include "base/hex.h"

#include <array>
#include <cstring>

namespace fleethook {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kBad = 0xff;

// Both digits of every byte, so that a byte costs one load and one store.
constexpr auto kPairs = [] {
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kDigits[i >> 4];
    pairs[2 * i + 1] = kDigits[i & 15];
  }
  return pairs;
}();

constexpr auto kNibbles = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kBad);
  for (std::uint8_t i = 0; i < 16; ++i) {
    values[static_cast<std::uint8_t>(kDigits[i])] = i;
    if (i > 9) values[static_cast<std::uint8_t>('A' + i - 10)] = i;
  }
  return values;
}();

constexpr auto kSextets = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kBad);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(kAlphabet[i])] = i;
  return values;
}();

std::uint32_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

void write_hex(std::span<const std::uint8_t> bytes, char* into) {
  for (const std::uint8_t byte : bytes) {
    std::memcpy(into, kPairs.data() + 2 * std::size_t{byte}, 2);
    into += 2;
  }
}

void append_hex(std::span<const std::uint8_t> bytes, std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  write_hex(bytes, out.data() + at);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  append_hex(bytes, text);
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> into) {
  if (text.size() != 2 * into.size()) return false;
  std::uint8_t bad = 0;  // looked at once, after the loop: a digit's value never has the high bits
  for (std::size_t i = 0; i < into.size(); ++i) {
    const std::uint8_t high = kNibbles[byte_at(text, 2 * i)];
    const std::uint8_t low = kNibbles[byte_at(text, 2 * i + 1)];
    bad |= high | low;
    into[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  return (bad & 0xf0) == 0;
}

void append_base64(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* into = out.data() + start;
  const auto put = [&into](std::uint32_t group, int digits) {
    for (int i = 0; i < 4; ++i) *into++ = i < digits ? kAlphabet[(group >> (18 - 6 * i)) & 63] : '=';
  };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    put(byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2), 4);
  }
  if (bytes.size() - i == 1) put(byte_at(bytes, i) << 16, 2);
  if (bytes.size() - i == 2) put(byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8, 3);
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  text.remove_suffix(padding);

  std::string bytes;
  bytes.reserve((text.size() + padding) / 4 * 3);
  std::uint32_t group = 0;
  int bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t sextet = kSextets[byte_at(text, i)];
    if (sextet == kBad) return std::nullopt;
    group = group << 6 | sextet;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  // Left-over bits must be zero, else two texts would mean the same bytes.
  if ((group & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace fleethook
