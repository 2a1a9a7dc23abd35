#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.h"
#include "json/value.h"

namespace fleethook::json {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

// Not zero if one of eight bytes is a control character, a quote or a backslash, or, if asked for, not ASCII. (The
// tests for a byte that is zero or below a bound from Anderson's "Bit Twiddling Hacks"; the lowest bit set is always
// right.)
std::uint64_t specials(std::uint64_t word, bool ascii_only) {
  const auto zero = [](std::uint64_t w) { return w - kOnes; };
  const std::uint64_t below = (word - kOnes * 0x20) | zero(word ^ kOnes * '"') | zero(word ^ kOnes * '\\');
  return ((below & ~word) | (ascii_only ? word : 0)) & kHighs;
}

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// First byte from `at` on that cannot be copied as it is. Bytes of other than ASCII stop it only if `ascii_only`.
std::size_t skip_plain(std::string_view text, std::size_t at, bool ascii_only) {
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (specials(word, ascii_only) != 0) break;
    at += 8;
  }
  while (at < text.size() && !needs_escape(text[at]) && !(ascii_only && (text[at] & 0x80) != 0)) ++at;
  return at;
}

// The shorthands and lower-case \u00xx that JSON.stringify writes.
void append_escape(char c, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[(c >> 4) & 15];
      out += kHex[c & 15];
      return;
  }
}

void append_int(std::int64_t value, std::string& out) {
  std::array<char, 24> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void write(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kNull:
        out_ += "null";
        return;
      case Value::Kind::kBool:
        out_ += value.as_bool() ? "true" : "false";
        return;
      case Value::Kind::kInt:
        append_int(value.as_int(), out_);
        return;
      case Value::Kind::kDouble:
        write_double(value.as_double());
        return;
      case Value::Kind::kString:
        append_quoted(value.as_string(), out_);
        return;
      case Value::Kind::kArray:
        write_array(value.as_array());
        return;
      case Value::Kind::kObject:
        write_object(value.as_object());
        return;
    }
  }

 private:
  void write_double(double value) {
    if (std::isfinite(value)) {
      append_number(value, out_);
    } else {
      out_ += "null";
    }
  }

  void write_array(const Array& array) {
    open('[');
    for (const Value& value : array) {
      next();
      write(value);
    }
    close(']', array.empty());
  }

  void write_object(const Object& object) {
    open('{');
    for (const auto& [key, value] : object) {
      next();
      append_quoted(key, out_);
      out_ += pretty_ ? ": " : ":";
      write(value);
    }
    close('}', object.empty());
  }

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
  }
  // The separator is known from what was written last: only an opening bracket has no value before it.
  void next() {
    if (out_.back() != '[' && out_.back() != '{') out_ += ',';
    line();
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) line();
    out_ += bracket;
  }
  void line() {
    if (pretty_) out_.append("\n").append(2 * depth_, ' ');
  }

  std::string& out_;
  bool pretty_;
  std::size_t depth_ = 0;
};

}  // namespace

void append_escaped(std::string_view text, std::string& out) {
  bool ascii_only = true;  // until the rest is known to be valid UTF-8
  std::size_t kept = 0;    // everything before is in `out`
  for (std::size_t at = skip_plain(text, 0, ascii_only); at < text.size(); at = skip_plain(text, at, ascii_only)) {
    if (needs_escape(text[at])) {
      out.append(text.substr(kept, at - kept));
      append_escape(text[at], out);
      kept = ++at;
    } else {
      const std::string_view rest = text.substr(at);
      if (!is_valid_utf8(rest)) {
        out.append(text.substr(kept, at - kept));
        append_escaped(repair_utf8(rest), out);
        return;
      }
      ascii_only = false;
    }
  }
  out.append(text.substr(kept));
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  append_escaped(text, out);
  out += '"';
}

// ECMA-262, Number::toString(x) in base 10: with n the position of the decimal point relative to the shortest digits,
// plain notation for -6 < n <= 21 and an exponent beyond.
void append_number(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value) && value != 0) out += '-';
  value = std::abs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  if (value <= 0x1p53 && value == std::trunc(value)) return append_int(static_cast<std::int64_t>(value), out);

  std::array<char, 32> text;  // d.ddde-ddd
  char* const end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  char* const e = std::find(text.data(), end, 'e');
  std::string_view digits(text.data(), 1);
  if (e > text.data() + 1) {  // over the point, so that the digits stand together
    text[1] = text[0];
    digits = {text.data() + 1, static_cast<std::size_t>(e - text.data() - 1)};
  }
  int exponent = 0;
  std::from_chars(e + (e[1] == '+' ? 2 : 1), end, exponent);

  const int n = exponent + 1;
  const auto count = static_cast<int>(digits.size());
  if (n > 21 || n <= -6) {
    out += digits[0];
    if (count > 1) out.append(".").append(digits.substr(1));
    out += n > 0 ? "e+" : "e-";
    append_int(std::abs(n - 1), out);
  } else if (n <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-n), '0').append(digits);
  } else if (n >= count) {
    out.append(digits).append(static_cast<std::size_t>(n - count), '0');
  } else {
    const auto whole = static_cast<std::size_t>(n);
    out.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
  }
}

void append(const Value& value, std::string& out) {
  Writer(out, false).write(value);
}

std::string write(const Value& value) {
  std::string out;
  append(value, out);
  return out;
}

std::string write_pretty(const Value& value) {
  std::string out;
  Writer(out, true).write(value);
  return out;
}

}  // namespace fleethook::json
