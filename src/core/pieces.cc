#include "core/pieces.h"

#include <algorithm>
#include <charconv>

#include "core/event_variables.h"
#include "http/url.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kVariableKey = "$var";

// True if escaping leaves the byte as it is.
bool is_plain(char c, Template::Escape escape) {
  const auto byte = static_cast<unsigned char>(c);
  if (escape == Template::Escape::kHtml) return true;
  if (escape == Template::Escape::kJson) return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
  return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'
             ? true
             : (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

// True if only what the tags insert needs escaping, so that a template can escape while it renders. Text that stands
// between tags is not escaped by a template; with other delimiters one cannot tell what stands between.
bool literals_are_plain(std::string_view source, Template::Escape escape) {
  if (escape == Template::Escape::kHtml) return true;
  if (source.find("{{=") != std::string_view::npos) return false;
  while (!source.empty()) {
    if (source.starts_with("{{")) {
      const std::string_view close = source.starts_with("{{{") ? "}}}" : "}}";
      const std::size_t end = source.find(close);
      if (end == std::string_view::npos) return false;
      source.remove_prefix(end + close.size());
    } else {
      if (!is_plain(source.front(), escape)) return false;
      source.remove_prefix(1);
    }
  }
  return true;
}

const json::Value* child(const json::Value& parent, std::string_view part) {
  if (parent.is_object()) return parent.find(part);
  if (!parent.is_array()) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size() || index >= parent.as_array().size()) return nullptr;
  return &parent.as_array()[index];
}

}  // namespace

void Pieces::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (pieces_.empty() || pieces_.back().kind != Kind::kLiteral) pieces_.emplace_back();
  pieces_.back().text += text;
}

Result<void> Pieces::add_template(std::string_view source, Template::Escape escape, const Limits& limits) {
  if (source.find("{{") == std::string_view::npos) {
    std::string text;
    append_escaped(source, escape, text);
    add_literal(text);
    return {};
  }
  FLEETHOOK_TRY(auto program, compile_for_events(source, limits));
  const Kind kind = literals_are_plain(source, escape) ? Kind::kTemplate : Kind::kEscapedLater;
  pieces_.push_back({.kind = kind, .escape = escape, .text = {}, .program = std::move(program)});
  return {};
}

Result<void> Pieces::add_json(const json::Value& value, const Limits& limits) {
  if (value.is_string()) {
    add_literal("\"");
    FLEETHOOK_CHECK(add_template(value.as_string(), Template::Escape::kJson, limits));
    add_literal("\"");
  } else if (value.is_array()) {
    std::string_view before = "[";
    for (const json::Value& item : value.as_array()) {
      add_literal(before);
      FLEETHOOK_CHECK(add_json(item, limits));
      before = ",";
    }
    add_literal(value.as_array().empty() ? "[]" : "]");
  } else if (value.is_object()) {
    const json::Object& object = value.as_object();
    if (is_variable(object)) {
      const std::string& path = object.find(kVariableKey)->as_string();
      pieces_.push_back({.kind = Kind::kVariable, .escape = Template::Escape::kJson, .text = path, .program = {}});
      return {};
    }
    add_literal("{");
    FLEETHOOK_CHECK(add_json_members(object, limits));
    add_literal("}");
  } else {
    add_literal(json::write(value));
  }
  return {};
}

bool Pieces::is_variable(const json::Object& object) {
  const json::Value* path = object.size() == 1 ? object.find(kVariableKey) : nullptr;
  return path != nullptr && path->is_string();
}

Result<void> Pieces::add_json_members(const json::Object& object, const Limits& limits) {
  bool first = true;
  for (const auto& [key, item] : object) {
    if (!first) add_literal(",");
    first = false;
    FLEETHOOK_CHECK(add_json(key, limits));
    add_literal(":");
    FLEETHOOK_CHECK(add_json(item, limits));
  }
  return {};
}

const std::string* Pieces::constant() const {
  static const std::string empty;
  if (pieces_.empty()) return &empty;
  return pieces_.size() == 1 && pieces_.front().kind == Kind::kLiteral ? &pieces_.front().text : nullptr;
}

Result<void> Pieces::append(const Variables& variables, std::string& out, std::size_t bytes_max) const {
  std::string rendered;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Kind::kLiteral:
        out += piece.text;
        break;
      case Kind::kTemplate:
        FLEETHOOK_CHECK(piece.program.render(variables, out, bytes_max, piece.escape));
        break;
      case Kind::kEscapedLater:
        rendered.clear();
        FLEETHOOK_CHECK(piece.program.render(variables, rendered, bytes_max));
        variables.work().spend_bytes(rendered.size());
        append_escaped(rendered, piece.escape, out);
        break;
      case Kind::kVariable:
        append_variable(piece.text, variables, out);
        break;
    }
    if (variables.work().is_over()) return variables.work().error();
    if (out.size() > bytes_max) {
      return Error{Fault::kTooLarge, "rendered text is over " + std::to_string(bytes_max) + " bytes"};
    }
  }
  return {};
}

void Pieces::append_escaped(std::string_view text, Template::Escape escape, std::string& out) {
  switch (escape) {
    case Template::Escape::kHtml:
      out += text;
      break;
    case Template::Escape::kJson:
      json::append_escaped(text, out);
      break;
    case Template::Escape::kUrl:
      http::append_percent_encoded(text, out);
      break;
  }
}

void Pieces::append_variable(std::string_view path, const Variables& variables, std::string& out) {
  const std::size_t begin = out.size();
  if (const std::string* text = variables.named(path)) {
    json::append_quoted(*text, out);
    variables.work().spend(1 + (out.size() - begin) / WorkBudget::kBytesPerStep);
    return;
  }
  const json::Value* at = variables.data();
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = child(*at, path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  if (at == nullptr) {
    out += "null";
  } else {
    json::append(*at, out);
  }
  variables.work().spend(1 + (out.size() - begin) / WorkBudget::kJsonBytesPerStep);
}

}  // namespace fleethook::core
