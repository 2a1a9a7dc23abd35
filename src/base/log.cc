#include "base/log.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/clock.h"
#include "base/text.h"

namespace fleethook::log {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
constexpr std::array<spdlog::level::level_enum, 4> kLevels = {spdlog::level::debug, spdlog::level::info,
                                                              spdlog::level::warn, spdlog::level::err};

// spdlog gives the lock, the level and the sink; the line itself is made here, since its layouts know no fields.
struct Output {
  spdlog::logger logger{"fleethook", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  Format format = Format::kText;
  Output() { logger.set_pattern("%v"); }
};

Output& output() {
  static Output* const instance = new Output();  // never destroyed: threads may log until the process ends
  return *instance;
}

// The one character that `bytes` are, as \uXXXX; all that are hidden have at most three bytes.
void append_code(std::string_view bytes, std::string& out) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  const unsigned code = bytes.size() == 1   ? byte(0)
                        : bytes.size() == 2 ? (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f)
                                            : (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
}

// As the inside of a JSON string; valid UTF-8 stays as it is, invalid is repaired. What breaks a line for some reader
// (U+0085, U+2028), turns the text around or is not seen is escaped as controls are.
void append_escaped(std::string_view raw, std::string& out) {
  const bool valid = is_valid_utf8(raw);
  const std::string repaired = valid ? std::string() : repair_utf8(raw);
  const std::string_view text = valid ? raw : std::string_view(repaired);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (const std::size_t bytes = hidden_character_at(text, at); bytes > 0) {
      append_code(text.substr(at, bytes), out);
      at += bytes - 1;
    } else {
      out += c;
    }
  }
}

void append_quoted(std::string_view raw, std::string& out) {
  out += '"';
  append_escaped(raw, out);
  out += '"';
}

// Bare words read better; anything that could be taken for two fields, or for a number's neighbour, is quoted.
bool is_bare(std::string_view text) {
  const auto plain = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

// JSON has no nan and no inf.
bool is_json_scalar(const Field& field) {
  return !field.quoted && field.text.find_first_of("nN") == std::string::npos;
}

std::string text_line(std::string_view time, Level level, std::string_view event, Fields fields) {
  std::string line = fmt::format("{} {:<5} ", time, kNames[static_cast<std::size_t>(level)]);
  append_escaped(event, line);
  for (const Field& field : fields) {
    line += ' ';
    append_escaped(field.key, line);
    line += '=';
    if (is_bare(field.text)) {
      line += field.text;
    } else {
      append_quoted(field.text, line);
    }
  }
  return line;
}

std::string json_line(std::string_view time, Level level, std::string_view event, Fields fields) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","event":)", time, kNames[static_cast<std::size_t>(level)]);
  append_quoted(event, line);
  for (const Field& field : fields) {
    line += ',';
    append_quoted(field.key, line);
    line += ':';
    if (is_json_scalar(field) || (!field.quoted && (field.text == "true" || field.text == "false"))) {
      line += field.text;
    } else {
      append_quoted(field.text, line);
    }
  }
  line += '}';
  return line;
}

}  // namespace

void configure(Format format, Level level) {
  output().format = format;
  output().logger.set_level(kLevels[static_cast<std::size_t>(level)]);
}

void write(Level level, std::string_view event, Fields fields) {
  Output& to = output();
  const spdlog::level::level_enum as = kLevels[static_cast<std::size_t>(level)];
  if (!to.logger.should_log(as)) return;
  const std::string time = to_iso8601(SystemClock().now());
  const std::string line =
      to.format == Format::kJson ? json_line(time, level, event, fields) : text_line(time, level, event, fields);
  to.logger.log(as, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace fleethook::log
