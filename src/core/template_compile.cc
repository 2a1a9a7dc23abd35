// From template text to instructions, in two passes: text to tokens, which is where mustache.js's rules about
// delimiters and standalone lines live (github.com/janl/mustache.js, parseTemplate), then tokens to instructions.
#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "core/named_values.h"
#include "core/template.h"
#include "core/template_program.h"

namespace fleethook::core {
namespace {

// Bytes of the white-space character that `text` starts with, 0 if none. JavaScript's \s, so that lines are "blank"
// alike.
std::size_t space_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
  if (first == 0xc2) return byte(1) == 0xa0 ? 2 : 0;                     // U+00A0
  if (first == 0xe1) return byte(1) == 0x9a && byte(2) == 0x80 ? 3 : 0;  // U+1680
  if (first == 0xe3) return byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0;  // U+3000
  if (first == 0xef) return byte(1) == 0xbb && byte(2) == 0xbf ? 3 : 0;  // U+FEFF
  if (first != 0xe2) return 0;
  if (byte(1) == 0x81) return byte(2) == 0x9f ? 3 : 0;  // U+205F
  if (byte(1) != 0x80) return 0;
  const unsigned last = byte(2);  // U+2000-200A, 2028, 2029, 202F
  return (last >= 0x80 && last <= 0x8a) || last == 0xa8 || last == 0xa9 || last == 0xaf ? 3 : 0;
}

std::size_t leading_spaces(std::string_view text) {
  std::size_t n = 0;
  while (const std::size_t bytes = space_bytes(text.substr(n))) n += bytes;
  return n;
}

std::string_view without_trailing_spaces(std::string_view text) {
  for (;;) {
    std::size_t bytes = 0;
    for (std::size_t n = 1; n <= 3 && n <= text.size() && bytes == 0; ++n) {
      if (space_bytes(text.substr(text.size() - n)) == n) bytes = n;
    }
    if (bytes == 0) return text;
    text.remove_suffix(bytes);
  }
}

// For messages: a name may be as long as the template.
std::string quoted(std::string_view name) {
  constexpr std::size_t kShownMax = 64;
  if (name.size() <= kShownMax) return "'" + std::string(name) + "'";
  return "'" + std::string(name.substr(0, utf8_cut(name, kShownMax))) + "...'";
}

struct Token {
  char type;  // 't' text, 'n' {{name}}, else the tag's sign: # ^ / > & = !
  std::string_view value;
  std::size_t at = 0;
  bool dropped = false;  // white space of a standalone line
};

class Scanner {
 public:
  Scanner(std::string_view text, const Limits& limits) : text_(text), depth_max_(limits.template_sections_depth_max) {}

  // False when the text is no template; then error() says why.
  bool run() {
    while (pos_ < text_.size()) {
      const std::size_t tag = std::min(text_.find(open_, pos_), text_.size());
      literal(tag);
      if (tag == text_.size()) break;
      if (!take_tag()) return false;
    }
    end_line();
    if (sections_.empty()) return true;
    const Token& open = tokens_[sections_.back()];
    return fail(TemplateError::Kind::kUnclosedSection, open.at, "section " + quoted(open.value) + " is never closed");
  }

  const std::vector<Token>& tokens() const { return tokens_; }
  std::size_t depth() const { return depth_; }
  TemplateError&& error() && { return std::move(error_); }

 private:
  // Text up to `end`: a token for each run of white space at the start of a line, and one for the rest of the line.
  void literal(std::size_t end) {
    while (pos_ < end) {
      const std::string_view rest = text_.substr(pos_, end - pos_);
      std::size_t bytes = std::min(rest.find('\n'), rest.size() - 1) + 1;
      const bool ends_line = rest[bytes - 1] == '\n';
      const std::size_t spaces = line_has_text_ ? 0 : leading_spaces(rest.substr(0, bytes));
      if (spaces > 0) {
        bytes = spaces;
        line_spaces_.push_back(tokens_.size());
      } else {
        line_has_text_ = true;
      }
      tokens_.push_back({'t', rest.substr(0, bytes), pos_});
      pos_ += bytes;
      if (ends_line && rest[bytes - 1] == '\n') end_line();
    }
  }

  // A line with tags but no values and no text leaves nothing behind, not even its end.
  void end_line() {
    if (line_has_tag_ && !line_has_text_) {
      for (const std::size_t token : line_spaces_) tokens_[token].dropped = true;
    }
    line_spaces_.clear();
    line_has_tag_ = line_has_text_ = false;
  }

  bool take_tag() {
    const std::size_t at = pos_;
    pos_ += open_.size();
    skip_spaces();
    char type = 'n';
    if (pos_ < text_.size() && std::string_view("#^/>{&=!").find(text_[pos_]) != std::string_view::npos)
      type = text_[pos_++];
    skip_spaces();

    std::string_view value;
    bool closed;
    if (type == '=') {
      closed = take_until("=", value) && take_rest_of_tag();
    } else if (type == '{') {
      closed = take_until("}" + close_, value);
      type = '&';
    } else {
      closed = take_until(close_, value);
    }
    if (!closed)
      return fail(TemplateError::Kind::kUnclosedTag, at, "the tag is never closed: " + quoted(close_) + " is missing");

    line_has_tag_ = true;
    if (type == 'n' || type == '&') line_has_text_ = true;
    tokens_.push_back({type, value, at});
    if (type == '=') return change_delimiters(value, at);
    if (type == '#' || type == '^') return enter_section(at);
    if (type == '/') return leave_section(value, at);
    return true;
  }

  void skip_spaces() { pos_ += leading_spaces(text_.substr(pos_)); }

  // `value` is the text up to `mark`, without white space before the mark; goes on behind it.
  bool take_until(std::string_view mark, std::string_view& value) {
    const std::size_t found = text_.find(mark, pos_);
    if (found == std::string_view::npos) return false;
    value = without_trailing_spaces(text_.substr(pos_, found - pos_));
    pos_ = found + mark.size();
    return true;
  }

  // What stands between the second = and the end of a delimiter tag is ignored.
  bool take_rest_of_tag() {
    std::string_view ignored;
    return take_until(close_, ignored);
  }

  bool change_delimiters(std::string_view value, std::size_t at) {
    std::string_view words[2];
    for (std::string_view& word : words) {
      value.remove_prefix(leading_spaces(value));
      std::size_t n = 0;
      while (n < value.size() && space_bytes(value.substr(n)) == 0) ++n;
      word = value.substr(0, n);
      value.remove_prefix(n);
    }
    if (words[1].empty()) {
      return fail(TemplateError::Kind::kBadDelimiters, at, "new delimiters are written as two words: {{=<% %>=}}");
    }
    open_ = words[0];
    close_ = words[1];
    return true;
  }

  bool enter_section(std::size_t at) {
    sections_.push_back(tokens_.size() - 1);
    depth_ = std::max(depth_, sections_.size());
    if (depth_ <= depth_max_) return true;
    return fail(TemplateError::Kind::kTooDeep, at,
                "more than " + std::to_string(depth_max_) + " sections inside each other");
  }

  bool leave_section(std::string_view name, std::size_t at) {
    if (sections_.empty()) {
      return fail(TemplateError::Kind::kUnopenedSection, at, "section " + quoted(name) + " was never opened");
    }
    const std::string_view open = tokens_[sections_.back()].value;
    sections_.pop_back();
    if (open == name) return true;
    return fail(TemplateError::Kind::kMismatchedSection, at,
                "section " + quoted(name) + " is closed, but " + quoted(open) + " is the open one");
  }

  bool fail(TemplateError::Kind kind, std::size_t at, std::string message) {
    const std::string_view before = text_.substr(0, at);
    error_.kind = kind;
    error_.message = std::move(message);
    error_.line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
    error_.column = static_cast<std::uint32_t>(at - (before.rfind('\n') + 1) + 1);  // npos + 1 = 0
    return false;
  }

  std::string_view text_;
  std::size_t depth_max_;
  std::size_t pos_ = 0;
  std::string open_ = "{{";
  std::string close_ = "}}";
  std::vector<Token> tokens_;
  std::vector<std::size_t> sections_;  // tokens of the open ones
  std::size_t depth_ = 0;
  std::vector<std::size_t> line_spaces_;  // tokens that go if the line turns out to be standalone
  bool line_has_tag_ = false;
  bool line_has_text_ = false;  // or a value
  TemplateError error_;
};

// JavaScript's array index: decimal without leading zeros, below 2^32 - 1.
std::uint32_t as_index(std::string_view key) {
  if (key.empty() || (key[0] == '0' && key.size() > 1)) return TemplateName::kNoIndex;
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  return error == std::errc() && end == key.data() + key.size() ? index : TemplateName::kNoIndex;
}

TemplateName take_apart(std::string_view text, std::span<const std::string_view> slots) {
  TemplateName name;
  name.text = text;
  name.is_variable = is_variables_path(text);
  if (text == ".") return name;
  const auto add = [&](std::string_view key) { name.parts.push_back({std::string(key), as_index(key)}); };
  // As in mustache.js a name that begins with a dot is no path.
  const bool is_path = text.find('.') != std::string_view::npos && text[0] != '.';
  if (!is_path) {
    add(text);
    const auto slot = std::find(slots.begin(), slots.end(), text);
    if (slot != slots.end()) name.slot = static_cast<std::uint32_t>(slot - slots.begin());
    return name;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    add(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return name;
}

class Assembler {
 public:
  Assembler(TemplateProgram& program, std::span<const std::string_view> slots) : program_(program), slots_(slots) {}

  void add(const Token& token) {
    using Do = TemplateOp::Do;
    switch (token.type) {
      case 't':
        if (!token.dropped) program_.texts += token.value;
        return;
      case 'n':
        return emit(Do::kInsertEscaped, name(token.value));
      case '&':
        return emit(Do::kInsert, name(token.value));
      case '#':
        return open(Do::kOpen, token.value);
      case '^':
        return open(Do::kOpenInverted, token.value);
      case '/':
        return close();
      default:
        return;  // comments, delimiters, partials (we have none): nothing to render
    }
  }
  void finish() { emit(TemplateOp::Do::kStop, 0); }

 private:
  void emit(TemplateOp::Do what, std::uint32_t name) {
    const auto end = static_cast<std::uint32_t>(program_.texts.size());
    program_.ops.push_back({what, name, text_done_, end - text_done_, 0});
    text_done_ = end;
  }
  void open(TemplateOp::Do what, std::string_view text) {
    emit(what, name(text));
    open_.push_back(program_.ops.size() - 1);
  }
  void close() {
    const std::size_t open = open_.back();
    open_.pop_back();
    using Do = TemplateOp::Do;
    emit(program_.ops[open].what == Do::kOpen ? Do::kClose : Do::kNothing, 0);
    program_.ops[open].jump = static_cast<std::uint32_t>(program_.ops.size());
  }
  std::uint32_t name(std::string_view text) {
    const auto [known, is_new] = places_.emplace(text, static_cast<std::uint32_t>(program_.names.size()));
    if (is_new) program_.names.push_back(take_apart(text, slots_));
    return known->second;
  }

  TemplateProgram& program_;
  std::span<const std::string_view> slots_;
  std::unordered_map<std::string_view, std::uint32_t> places_;  // of names
  std::uint32_t text_done_ = 0;
  std::vector<std::size_t> open_;
};

bool is_plain(const TemplateProgram& program) {
  const auto is_value = [&](const TemplateOp& op) {
    return op.what == TemplateOp::Do::kInsert && program.names[op.name].may_be_defined();
  };
  return program.ops.size() - 1 <= TemplateProgram::kPlainValuesMax &&
         std::all_of(program.ops.begin(), program.ops.end() - 1, is_value);
}

}  // namespace

std::string TemplateError::str() const {
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + message;
}

Result<Template> Template::compile(std::string_view text,
                                   const Limits& limits,
                                   TemplateError* error,
                                   std::span<const std::string_view> slots) {
  Template made;
  made.source_ = text;
  Scanner scanner(made.source_, limits);
  if (!scanner.run()) {
    TemplateError what = std::move(scanner).error();
    Error failure{Fault::kInvalid, what.str()};
    if (error != nullptr) *error = std::move(what);
    return failure;
  }
  const auto is_text = [](const Token& token) { return token.type == 't'; };
  if (std::all_of(scanner.tokens().begin(), scanner.tokens().end(), is_text)) return made;

  auto program = std::make_shared<TemplateProgram>();
  Assembler assembler(*program, slots);
  for (const Token& token : scanner.tokens()) assembler.add(token);
  assembler.finish();
  program->depth = scanner.depth();
  program->is_plain = is_plain(*program);
  made.program_ = std::move(program);
  return made;
}

std::vector<std::string> Template::full_names() const {
  std::vector<std::string> full;
  if (program_ == nullptr) return full;
  for (const TemplateName& name : program_->names) full.push_back(name.text);
  return full;
}

std::vector<std::string> Template::inserted_names() const {
  std::vector<std::string> inserted;
  if (program_ == nullptr) return inserted;
  using Do = TemplateOp::Do;
  std::vector<bool> asked(program_->names.size());
  std::vector<bool> used(program_->names.size());
  for (const TemplateOp& op : program_->ops) {
    if (op.what == Do::kOpen || op.what == Do::kOpenInverted) asked[op.name] = true;
    if (op.what == Do::kInsert || op.what == Do::kInsertEscaped) used[op.name] = true;
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (used[i] && !asked[i]) inserted.push_back(program_->names[i].text);
  }
  return inserted;
}

std::vector<std::string> Template::names() const {
  std::vector<std::string> firsts;
  if (program_ == nullptr) return firsts;
  std::unordered_set<std::string_view> seen;
  for (const TemplateName& name : program_->names) {
    const std::string& first = name.is_self() ? name.text : name.parts[0].key;
    if (seen.insert(first).second) firsts.push_back(first);
  }
  return firsts;
}

}  // namespace fleethook::core
