// A text that is rendered in one pass: literal stretches, escaped beforehand, and templates between them. JSON bodies,
// forms and queries become this when an integration is compiled, so that no tree is built for a delivery.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/template.h"
#include "json/value.h"

namespace fleethook::core {

// Immutable once built; safe from any thread.
class Pieces {
 public:
  // As it stands.
  void add_literal(std::string_view text);
  // A template rendered and then escaped as a whole (kHtml: not escaped further). The fault is the template's.
  Result<void> add_template(std::string_view source, Template::Escape escape, const Limits& limits);
  // A value as JSON text: texts and keys of objects are templates whose results are always strings, the rest is as it
  // stands.
  // {"$var": "path"} stands for the value of that variable with its own type, null when there is none.
  Result<void> add_json(const json::Value& value, const Limits& limits);
  // The members of an object without the braces around them.
  Result<void> add_json_members(const json::Object& object, const Limits& limits);

  // True for {"$var": "path"}.
  static bool is_variable(const json::Object& object);

  bool empty() const { return pieces_.empty(); }
  // The text when nothing in it depends on variables.
  const std::string* constant() const;
  // Appends to `out`. kTooLarge once `out` would pass `bytes_max`.
  Result<void> append(const Variables& variables, std::string& out, std::size_t bytes_max) const;

 private:
  enum class Kind : std::uint8_t { kLiteral, kTemplate, kEscapedLater, kVariable };
  struct Piece {
    Kind kind = Kind::kLiteral;
    Template::Escape escape = Template::Escape::kHtml;
    std::string text;  // kLiteral: the text; kVariable: the path
    Template program;
  };

  static void append_escaped(std::string_view text, Template::Escape escape, std::string& out);
  static void append_variable(std::string_view path, const Variables& variables, std::string& out);

  std::vector<Piece> pieces_;
};

}  // namespace fleethook::core
