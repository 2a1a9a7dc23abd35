#include "json/careful.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace fleethook::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// Functions return false after fail(); the first failure is the one reported.
class CarefulReader {
 public:
  CarefulReader(std::string_view text, std::size_t depth_max)
      : text_(text), depth_max_(depth_max), invalid_utf8_(first_invalid_utf8(text)) {}

  Result<Value> read() {
    Value value;
    skip_space();
    if (read_value(value, 0)) {
      skip_space();
      if (at_ < text_.size()) fail(at_, "text after the end of the value");
    }
    if (problem_.empty()) return value;
    return Error{Fault::kInvalid, "invalid JSON at byte " + std::to_string(problem_at_) + ": " + problem_};
  }

 private:
  bool fail(std::size_t at, std::string_view problem) {
    problem_at_ = at;
    problem_ = at >= text_.size() ? "the text ends too early" : problem;
    return false;
  }

  // '\0' at the end, which no rule accepts.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool read_value(Value& into, std::size_t depth) {
    switch (peek()) {
      case '{':
        return read_object(into, depth + 1);
      case '[':
        return read_array(into, depth + 1);
      case '"': {
        std::string string;
        if (!read_string(string)) return false;
        into = std::move(string);
        return true;
      }
      case 't':
        return read_word("true", true, into);
      case 'f':
        return read_word("false", false, into);
      case 'n':
        return read_word("null", nullptr, into);
      default:
        break;
    }
    if (peek() == '-' || is_digit(peek())) return read_number(into);
    return fail(at_, "expected a value");
  }

  bool read_word(std::string_view word, Value value, Value& into) {
    for (const char c : word) {
      if (!take(c)) return fail(at_, "expected a value");
    }
    into = std::move(value);
    return true;
  }

  bool enter(std::size_t depth) {
    if (depth > depth_max_) {
      return fail(at_, "more than " + std::to_string(depth_max_) + " levels of arrays and objects");
    }
    ++at_;
    skip_space();
    return true;
  }

  bool read_array(Value& into, std::size_t depth) {
    if (!enter(depth)) return false;
    Array array;
    if (!take(']')) {
      do {
        skip_space();
        if (!read_value(array.emplace_back(), depth)) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return fail(at_, "expected ',' or ']'");
    }
    into = std::move(array);
    return true;
  }

  bool read_object(Value& into, std::size_t depth) {
    if (!enter(depth)) return false;
    std::vector<Member> members;
    if (!take('}')) {
      do {
        skip_space();
        Member& member = members.emplace_back();
        if (peek() != '"') return fail(at_, "expected a member's name in double quotes");
        if (!read_string(member.first)) return false;
        skip_space();
        if (!take(':')) return fail(at_, "expected ':'");
        skip_space();
        if (!read_value(member.second, depth)) return false;
        skip_space();
      } while (take(','));
      if (!take('}')) return fail(at_, "expected ',' or '}'");
    }
    into = Object::of(std::move(members));
    return true;
  }

  bool skip_digits() {
    if (!is_digit(peek())) return fail(at_, "expected a digit");
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool read_number(Value& into) {
    const std::size_t start = at_;
    bool whole = true;
    take('-');
    if (!take('0') && !skip_digits()) return false;
    if (is_digit(peek())) return fail(at_, "a number does not begin with 0");
    if (take('.')) {
      whole = false;
      if (!skip_digits()) return false;
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) take('-');
      if (!skip_digits()) return false;
    }
    const char* const first = text_.data() + start;
    const char* const last = text_.data() + at_;
    std::int64_t integer = 0;
    if (whole && std::from_chars(first, last, integer).ec == std::errc()) {
      into = integer;
      return true;
    }
    double value = 0;
    // Too near to zero and too far from it are the same error to from_chars.
    if (std::from_chars(first, last, value).ec == std::errc::result_out_of_range) {
      value = is_tiny({first, last}) ? 0 : HUGE_VAL;
    }
    if (std::isinf(value)) return fail(start, "number too large");
    into = number(value);
    return true;
  }

  // Whether a number other than zero is below 1: by the place of its first digit that is not zero, and its exponent.
  static bool is_tiny(std::string_view digits) {
    const std::size_t mantissa_end = std::min(digits.find_first_of("eE"), digits.size());
    const std::size_t first = digits.find_first_of("123456789");
    const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), mantissa_end));
    const std::int64_t place = point - static_cast<std::int64_t>(first);
    if (mantissa_end == digits.size()) return place < 0;
    std::string_view exponent = digits.substr(mantissa_end + 1);
    if (exponent.front() == '+') exponent.remove_prefix(1);
    std::int64_t power = 0;
    const auto result = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    if (result.ec != std::errc()) return exponent.front() == '-';
    return place + power < 0;
  }

  bool read_string(std::string& out) {
    ++at_;
    for (;;) {
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      if (invalid_utf8_ >= start && invalid_utf8_ < at_) return fail(invalid_utf8_, "invalid UTF-8");
      out.append(text_.substr(start, at_ - start));
      if (take('"')) return true;
      if (peek() != '\\') return fail(at_, "a control character has to be escaped");
      if (!read_escape(out)) return false;
    }
  }

  bool read_escape(std::string& out) {
    const std::size_t start = at_++;
    const char kind = peek();
    if (at_ < text_.size()) ++at_;
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        out += kind;
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        return read_unicode_escape(out);
      default:
        return fail(at_ < text_.size() ? start : at_, "unknown escape");
    }
  }

  bool read_four_digits(std::uint32_t& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        unit = unit << 4 | static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        return fail(at_, "expected four hexadecimal digits");
      }
    }
    return true;
  }

  bool read_unicode_escape(std::string& out) {
    std::uint32_t unit = 0;
    if (!read_four_digits(unit)) return false;
    if (unit < 0xd800 || unit > 0xdfff) {
      append_utf8(unit, out);
      return true;
    }
    const std::size_t after = at_;
    if (unit < 0xdc00 && take('\\') && take('u')) {
      std::uint32_t low = 0;
      if (!read_four_digits(low)) return false;
      if (low >= 0xdc00 && low <= 0xdfff) {
        append_utf8(0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00)), out);
        return true;
      }
    }
    at_ = after;  // what follows is an escape of its own
    out += kReplacement;
    return true;
  }

  std::string_view text_;
  std::size_t depth_max_;
  std::size_t invalid_utf8_;
  std::size_t at_ = 0;
  std::size_t problem_at_ = 0;
  std::string problem_;
};

}  // namespace

Value number(double value) {
  if (std::abs(value) <= 0x1p53 && value == std::trunc(value)) return static_cast<std::int64_t>(value);
  return value;
}

Result<Value> parse_carefully(std::string_view text, std::size_t depth_max) {
  return CarefulReader(text, depth_max).read();
}

}  // namespace fleethook::json
