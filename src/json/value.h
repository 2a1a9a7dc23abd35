// One JSON value type for configuration, requests and event data. A value: copied, compared, written; no library shows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace fleethook::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;

// Members in the order of the text; a repeated key keeps its first place and takes the last value (as JavaScript does).
class Object {
 public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();
  // From members that may repeat keys: cheaper than one set() after the other.
  static Object of(std::vector<Member> members);

  // nullptr when absent. Linear up to 16 members, by binary search in a sorted index above (no hash that a crafted text
  // could make collide).
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  Value& operator[](std::string_view key);      // adds null when absent
  void set(std::string_view key, Value value);  // replaces or appends
  bool erase(std::string_view key);
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  // Keys are not to be changed through these.
  std::vector<Member>::iterator begin();
  std::vector<Member>::iterator end();
  bool operator==(const Object& other) const;  // order of members does not count

 private:
  using Index = std::vector<std::uint32_t>;  // positions of members_ in the order of their keys
  std::vector<Member> members_;
  std::unique_ptr<Index> index_;  // only above 16 members
};

class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kArray, kObject };

  Value() = default;                   // null
  Value(std::nullptr_t) {}             // NOLINT(google-explicit-constructor)
  Value(bool value) : data_(value) {}  // NOLINT(google-explicit-constructor)
  template <class N>
  requires(std::is_integral_v<N> && !std::is_same_v<N, bool>) Value(N value)
      : data_(static_cast<std::int64_t>(value)) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_unsigned_v<N> && sizeof(N) >= sizeof(std::int64_t)) {
      if (value > static_cast<N>(std::numeric_limits<std::int64_t>::max())) data_ = static_cast<double>(value);
    }
  }
  Value(double value) : data_(value) {}                         // NOLINT(google-explicit-constructor)
  Value(std::string value) : data_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : data_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Value(Array value) : data_(std::move(value)) {}               // NOLINT(google-explicit-constructor)
  Value(Object value) : data_(std::move(value)) {}              // NOLINT(google-explicit-constructor)

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_number() const { return kind() == Kind::kInt || kind() == Kind::kDouble; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Asking for the wrong kind is a bug (asserted); as_double also takes an int.
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  // The member of an object; nullptr if this is no object or has none of that name.
  const Value* find(std::string_view key) const;

  bool operator==(const Value& other) const;  // 1 == 1.0

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

// Strict RFC 8259; at most `depth_max` nested arrays and objects; one value, nothing after it, no byte order mark. Text
// must be UTF-8; an escaped half of a surrogate pair becomes U+FFFD. Numbers that are whole and fit 64 signed bits are
// ints (also 1.0 and 1e3, up to 2^53), the rest doubles; one too large for a double is refused. The error (kInvalid)
// says what was wrong and at which byte, counted from 0 ("invalid JSON at byte 17: ...").
Result<Value> parse(std::string_view text, std::size_t depth_max = 64);

// Compact text. Infinite and not-a-number doubles are written as null, as JSON.stringify does. Invalid UTF-8 in strings
// is written as U+FFFD, so the output is always valid JSON.
std::string write(const Value& value);
void append(const Value& value, std::string& out);
// Two spaces of indentation, for people.
std::string write_pretty(const Value& value);

// `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
void append_quoted(std::string_view text, std::string& out);
// The same without the quotes: for text that goes inside a JSON string.
void append_escaped(std::string_view text, std::string& out);
// As JavaScript's String(number): shortest text that reads back, "1e+21" from 1e21 on, never ".0". Not JSON
// for what is not finite: "NaN", "Infinity".
void append_number(double value, std::string& out);

// Reads the text of a top-level object member by member without building values for members that nobody asks for.
// For the publish path: {"name": ..., "data": ..., "private": ...}.
// Strings come decoded, everything else as a Value; a repeated key comes repeatedly. Same strictness as parse(), and
// the whole text is checked first: a sink never sees a part of wrong text. A sink may parse other texts meanwhile.
class MemberSink {
 public:
  virtual ~MemberSink() = default;
  virtual void string(std::string_view key, std::string_view value) = 0;  // valid during the call only
  virtual void other(std::string_view key, Value value) = 0;
};
// kInvalid if the text is not one JSON object.
Result<void> read_object(std::string_view text, MemberSink& sink, std::size_t depth_max = 64);

}  // namespace fleethook::json
