// Hides secrets, and literal credentials of a configuration, wherever a request or an answer is shown: logs, results of
// tests, reasons of errors, events on streams.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/named_values.h"

namespace fleethook::core {

inline constexpr std::string_view kMask = "[[SENSITIVE]]";

// What is rendered for people rather than for receivers: every secret reads kMask, so that nothing in the text, its
// length and its conditions included, depends on a value. The first line; mask() is the second, for what comes back.
// CompiledIntegration::build() takes such values: where a mask has a part in scheme, host or port, there is no URL to
// be parsed, and the one that it gives has kMask in its host, or as its host, and goes nowhere.
NamedValues with_masks(const NamedValues& values);
bool has_masks(const NamedValues& values);  // with_masks() made them, and there are some
// For mask(), over a text rendered with_masks(): finds the masks that an encoding has changed, and the values too.
NamedValues and_masks(NamedValues values);

// Replaces every occurrence of a secret by kMask: as it is, percent-encoded (%20 or +, hex digits of either case), with
// JSON's or HTML's escapes, and as templates and receivers combine these. Of a Basic authorization that contains one,
// the whole credential. Of other Base64 (either alphabet) that contains one of at least 4 bytes, the part that does,
// with the printable text around it: the bare "dXNlcjpwYXNz" of user:pass goes whole. Occurrences that overlap become
// one mask; what was put in is not looked at again.
void mask(std::string& text, const NamedValues& values);
// The same for the first `bytes_max` bytes of `text`: a secret that goes on beyond them is hidden too.
std::string masked_beginning(std::string_view text, const NamedValues& values, std::size_t bytes_max);

}  // namespace fleethook::core
