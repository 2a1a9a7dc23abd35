#include "core/mask.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/mask_search.h"

namespace fleethook::core {
namespace {

// What is looked at behind the beginning that is shown, for a value that goes on there: no three encodings within each
// other that anybody uses take more for a byte.
constexpr std::size_t kEncodedBytesMax = 64, kAroundBytesMax = 1024;

bool begins_with_type(std::string_view content_type, std::string_view prefix) {
  return ascii_iequals(content_type.substr(0, prefix.size()), prefix);
}

bool is_text(std::string_view content_type, std::string_view bytes) {
  constexpr std::string_view kBinary[] = {"image/",
                                          "audio/",
                                          "video/",
                                          "font/",
                                          "application/octet-stream",
                                          "application/pdf",
                                          "application/zip",
                                          "application/gzip",
                                          "application/x-protobuf",
                                          "application/protobuf",
                                          "application/cbor",
                                          "application/msgpack",
                                          "application/x-msgpack",
                                          "application/grpc"};
  content_type = trim_spaces(content_type);
  const bool is_binary =
      !begins_with_type(content_type, "image/svg") &&
      std::ranges::any_of(kBinary, [&](std::string_view type) { return begins_with_type(content_type, type); });
  constexpr std::size_t kCutBytesMax = 3;  // of a character, at the end of a body that is too long
  return !is_binary && first_invalid_utf8(bytes) + kCutBytesMax >= bytes.size();
}

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

bool can_be_masked(std::string_view content_type, std::string_view bytes, const NamedValues& values) {
  const bool hides_nothing = values.secrets.empty() && values.credentials.empty();
  return hides_nothing || is_text(content_type, bytes);
}

std::string masked_beginning(std::string_view text,
                             const NamedValues& values,
                             std::size_t bytes_max,
                             std::size_t work_max) {
  const std::size_t shown = std::min(text.size(), bytes_max);
  const HiddenValues hidden(values, text.size());
  if (hidden.empty()) return std::string(text.substr(0, shown));
  const std::size_t looked_at = std::min(text.size(), shown + kEncodedBytesMax * hidden.longest() + kAroundBytesMax);
  MaskWork work{work_max};
  const auto ranges = hidden_ranges(text.substr(0, looked_at), hidden, work);
  std::string masked;
  if (work.over) {
    masked = kMask;
  } else {
    std::size_t done = 0;
    for (const auto& [begin, end] : ranges) {
      if (begin >= shown) break;
      masked += text.substr(done, begin - done);
      masked += kMask;
      done = end;
    }
    if (done < shown) masked += text.substr(done, shown - done);
  }
  masked.resize(utf8_cut(masked, bytes_max));
  return masked;
}

void mask(std::string& text, const NamedValues& values, std::size_t work_max) {
  const HiddenValues hidden(values, text.size());
  if (hidden.empty()) return;
  MaskWork work{work_max};
  const auto ranges = hidden_ranges(text, hidden, work);
  if (work.over) {
    text = kMask;
    return;
  }
  if (ranges.empty()) return;
  std::string masked;
  masked.reserve(text.size() + ranges.size() * kMask.size());
  std::size_t done = 0;
  for (const auto& [begin, end] : ranges) {
    masked.append(text, done, begin - done).append(kMask);
    done = end;
  }
  masked.append(text, done);
  text = std::move(masked);
}

}  // namespace fleethook::core
