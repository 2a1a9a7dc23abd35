// Structured log lines to stderr: an event word and fields, as text or as one JSON object a line. Values of fields are
// escaped; secrets and tokens are never passed in (callers pass ids). Thread-safe.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace fleethook::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class Format : std::uint8_t { kText, kJson };

// One field. Numbers and booleans are written bare in JSON, text quoted.
struct Field {
  std::string_view key;
  std::string text;
  bool quoted = true;
  Field(std::string_view k, std::string_view v) : key(k), text(v) {}
  Field(std::string_view k, const char* v) : key(k), text(v) {}
  Field(std::string_view k, const std::string& v) : key(k), text(v) {}
  Field(std::string_view k, bool v) : key(k), text(v ? "true" : "false"), quoted(false) {}
  template <class N>
  requires std::is_arithmetic_v<N> Field(std::string_view k, N v) : key(k), text(std::to_string(v)), quoted(false) {}
};
using Fields = std::initializer_list<Field>;

// Call once, before threads start. Default: text, info.
void configure(Format format, Level level);
void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::kError, event, fields);
}

}  // namespace fleethook::log
