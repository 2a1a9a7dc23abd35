// Hides secrets, and literal credentials of a configuration, wherever a request or an answer is shown: logs, results of
// tests, reasons of errors, events on streams.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "core/named_values.h"

namespace fleethook::core {

inline constexpr std::string_view kMask = "[[SENSITIVE]]";
inline constexpr std::size_t kMaskWorkMax = Limits().mask_work_bytes_max;

// What is rendered for people rather than for receivers: every secret reads kMask, so that nothing in the text, its
// length and its conditions included, depends on a value. The first line; mask() is the second, for what comes back.
// CompiledIntegration::build() takes such values: where a mask has a part in scheme, host or port, there is no URL to
// be parsed, and the one that it gives has kMask in its host, or as its host, and goes nowhere.
NamedValues with_masks(const NamedValues& values);
bool has_masks(const NamedValues& values);  // with_masks() made them, and there are some
// For mask(), over a text rendered with_masks(): finds the masks that an encoding has changed, and the values too.
NamedValues and_masks(NamedValues values);

// Replaces every occurrence of a secret by kMask, and those that touch or overlap by one. It is found as it is; in
// either case of ASCII letters, if it has at least 8 bytes; with any of its characters percent-encoded (%20 or +),
// behind JSON's or C's backslashes (\u0041, \x41), or as HTML's entities; and, if it has at least 4 bytes, in hex and
// in Base64 of either alphabet; and in up to three of these within each other. Of Base64 goes the part that holds it,
// with the printable text around: the bare "dXNlcjpwYXNz" of user:pass goes whole. Of a Basic authorization that holds
// a secret of any length goes the whole credential. Never makes a text much longer than three times what it was: one
// that would be, or that takes more than `work_max`, counted in bytes looked at, becomes kMask as a whole.
void mask(std::string& text, const NamedValues& values, std::size_t work_max = kMaskWorkMax);
// The same for the first `bytes_max` bytes of `text`: a secret that goes on beyond them is hidden too.
std::string masked_beginning(std::string_view text,
                             const NamedValues& values,
                             std::size_t bytes_max,
                             std::size_t work_max = kMaskWorkMax);
// Whether mask() can be relied on for a body: there is nothing to hide, or it is text. What is not may hold a secret in
// a way that no search finds.
bool can_be_masked(std::string_view content_type, std::string_view bytes, const NamedValues& values);
inline constexpr const char* kNotKept = "is not kept: it is not text, so that secrets in it could not be found";

}  // namespace fleethook::core
