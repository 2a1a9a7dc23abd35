#include <optional>

#include <simdjson.h>

#include "json/careful.h"
#include "json/value.h"

namespace fleethook::json {
namespace {

namespace dom = simdjson::dom;

// simdjson's buffers take about 14 times the text; above this size they are given back after use.
constexpr std::size_t kKeptBytesMax = std::size_t{64} * 1024;

// The thread's parser, or one of its own while that is in use: a sink may parse other texts.
class Parser {
 public:
  Parser() : owner_(!shared().busy), parser_(owner_ ? shared().parser : own_.emplace()) {
    if (owner_) shared().busy = true;
  }
  ~Parser() {
    if (!owner_) return;
    shared().busy = false;
    if (parser_.capacity() > kKeptBytesMax) parser_ = dom::parser();
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // False if simdjson refuses the text, which is not yet a verdict: see careful.h. The root lives as long as this
  // object. The DOM checks every byte before it gives anything; the on-demand reader would not.
  bool parse(std::string_view text, std::size_t depth_max, dom::element& root) {
    // simdjson's limit leaves out an empty innermost array or object, so this accepts one level less than we do.
    if (text.empty() || depth_max == 0) return false;
    if (parser_.max_depth() != depth_max && parser_.allocate(parser_.capacity(), depth_max) != simdjson::SUCCESS) {
      return false;
    }
    return parser_.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS;  // copies the text to pad it
  }

 private:
  struct Shared {
    dom::parser parser;
    bool busy = false;
  };
  static Shared& shared() {
    thread_local Shared instance;
    return instance;
  }
  const bool owner_;
  std::optional<dom::parser> own_;
  dom::parser& parser_;
};

// The kinds have been looked at, so the unchecked accessors are right.
std::string_view text_of(dom::element element) {
  return element.get_string().value_unsafe();
}

Value to_value(dom::element element);

Value to_array(const dom::array& from) {
  Array array;
  array.reserve(from.size());
  for (const dom::element element : from) array.push_back(to_value(element));
  return array;
}

Value to_object(const dom::object& from) {
  std::vector<Member> members;
  members.reserve(from.size());
  for (const dom::key_value_pair member : from) members.emplace_back(member.key, to_value(member.value));
  return Object::of(std::move(members));
}

Value to_value(dom::element element) {
  switch (element.type()) {
    case dom::element_type::ARRAY:
      return to_array(element.get_array().value_unsafe());
    case dom::element_type::OBJECT:
      return to_object(element.get_object().value_unsafe());
    case dom::element_type::STRING:
      return text_of(element);
    case dom::element_type::INT64:
      return element.get_int64().value_unsafe();
    case dom::element_type::UINT64:
      return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
      return number(element.get_double().value_unsafe());
    case dom::element_type::BOOL:
      return element.get_bool().value_unsafe();
    case dom::element_type::NULL_VALUE:
      break;
  }
  return nullptr;
}

Error not_an_object() {
  return {Fault::kInvalid, "invalid JSON: expected an object"};
}

// As read_object() for texts that simdjson refuses.
Result<void> read_object_carefully(std::string_view text, MemberSink& sink, std::size_t depth_max) {
  FLEETHOOK_TRY(Value value, parse_carefully(text, depth_max));
  if (!value.is_object()) return not_an_object();
  for (Member& member : value.as_object()) {
    if (member.second.is_string()) {
      sink.string(member.first, member.second.as_string());
    } else {
      sink.other(member.first, std::move(member.second));
    }
  }
  return {};
}

}  // namespace

Result<Value> parse(std::string_view text, std::size_t depth_max) {
  Parser parser;
  dom::element root;
  if (parser.parse(text, depth_max, root)) return to_value(root);
  return parse_carefully(text, depth_max);
}

Result<void> read_object(std::string_view text, MemberSink& sink, std::size_t depth_max) {
  Parser parser;
  dom::element root;
  if (!parser.parse(text, depth_max, root)) return read_object_carefully(text, sink, depth_max);
  dom::object object;
  if (root.get_object().get(object) != simdjson::SUCCESS) return not_an_object();
  for (const dom::key_value_pair member : object) {
    if (member.value.type() == dom::element_type::STRING) {
      sink.string(member.key, text_of(member.value));
    } else {
      sink.other(member.key, to_value(member.value));
    }
  }
  return {};
}

}  // namespace fleethook::json
