// Bytes as hexadecimal and base64 text, and back.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleethook {

// Lower case, two digits a byte.
std::string to_hex(std::span<const std::uint8_t> bytes);
void append_hex(std::span<const std::uint8_t> bytes, std::string& out);
// Writes exactly 2 * bytes.size() characters, no terminator.
void write_hex(std::span<const std::uint8_t> bytes, char* into);
// False unless `text` has exactly two hex digits (either case) for every byte of `into`.
bool from_hex(std::string_view text, std::span<std::uint8_t> into);
// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);
void append_base64(std::string_view bytes, std::string& out);
// nullopt on a character outside the alphabet or wrong padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace fleethook
