// Text as bytes: UTF-8 checks and repair, characters that no name has, ASCII case, ISO-8601 times.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fleethook {

bool is_valid_utf8(std::string_view text);
// Offset of the first byte that belongs to no valid character; text.size() if there is none.
std::size_t first_invalid_utf8(std::string_view text);
// Every maximal invalid sequence becomes U+FFFD (as WHATWG decoders do).
std::string repair_utf8(std::string_view text);
// The largest n <= limit such that text[0, n) does not cut a multi-byte character; at most 3 less than limit.
std::size_t utf8_cut(std::string_view text, std::size_t limit);

// Characters that a name must not have, since people and programs would read it as something else: controls (C0, DEL,
// C1), line and paragraph separators, marks that turn the direction of text around, and what is not seen at all (soft
// hyphen, zero width space, word joiner, byte order mark ...). Joiners of letters and emoji are none of them.
// The bytes of the one at `at`, 0 if the character there is another.
std::size_t hidden_character_at(std::string_view text, std::size_t at);
bool has_hidden_characters(std::string_view text);
// Each of them becomes `with`.
std::string replace_hidden_characters(std::string_view text, char with);

std::string ascii_lower(std::string_view text);
bool ascii_iequals(std::string_view a, std::string_view b);
// Whether `sought` is in it, upper and lower case of ASCII alike. "" is in everything.
bool ascii_icontains(std::string_view text, std::string_view sought);
std::string_view trim_spaces(std::string_view text);  // spaces and tabs at both ends

// "2026-01-31T23:59:59.000Z": always milliseconds and Z.
std::string to_iso8601(Instant when);
void append_iso8601(Instant when, std::string& out);
// Accepts "YYYY-MM-DD", and "YYYY-MM-DDThh:mm:ss" with optional fraction and Z or +hh:mm.
std::optional<Instant> parse_iso8601(std::string_view text);
// Days since 1970-01-01 UTC, and back to "YYYY-MM-DD".
std::int32_t utc_day(Instant when);
std::string utc_day_text(std::int32_t day);

}  // namespace fleethook
