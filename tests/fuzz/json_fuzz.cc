// JSON texts. Oracles: what parses is written and parsed again to an equal value; the object reader and the parser take
// the same texts; the depth limit holds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/value.h"

namespace {

using namespace fleethook;

// Counts; the values are checked by the parser's own oracle.
struct Sink final : json::MemberSink {
  std::size_t members = 0;
  void string(std::string_view, std::string_view) override { ++members; }
  void other(std::string_view, json::Value) override { ++members; }
};

std::size_t depth(const json::Value& value) {
  std::size_t deepest = 0;
  if (value.is_array()) {
    for (const json::Value& item : value.as_array()) deepest = std::max(deepest, depth(item));
    return deepest + 1;
  }
  if (value.is_object()) {
    for (const auto& [key, item] : value.as_object()) deepest = std::max(deepest, depth(item));
    return deepest + 1;
  }
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  Sink sink;
  const bool is_object = json::read_object(text, sink).ok();
  if (is_object != (value.ok() && value->is_object())) std::abort();
  if (!value.ok()) return 0;
  if (depth(*value) > 64) std::abort();
  const auto again = json::parse(json::write(*value));
  if (!again.ok() || !(*again == *value)) std::abort();
  return 0;
}
