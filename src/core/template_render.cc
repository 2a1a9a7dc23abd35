// Runs a template's instructions. Lookup follows mustache.js's Context.lookup: every path is tried whole in each
// context, from the innermost one outwards.
#include <algorithm>
#include <array>
#include <cstring>

#include "core/template.h"
#include "core/template_program.h"

namespace fleethook::core {
namespace {

constexpr std::int64_t kExactIntMax = std::int64_t{1} << 53;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

Error too_large() {
  return Error{Fault::kTooLarge, "the rendered text is over its limit"};
}

// "" = stays.
std::string_view html_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

constexpr std::array<bool, 256> set_of(std::string_view characters) {
  std::array<bool, 256> set{};
  for (const char c : characters) set[static_cast<unsigned char>(c)] = true;
  return set;
}
constexpr auto kHtmlSpecial = set_of("&<>\"'");
constexpr auto kUrlPlain = set_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

void append_percent_encoded(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUrlPlain[byte]) {
      out.push_back(c);
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
}

// Appends to the caller's buffer and never beyond the limit.
class Output {
 public:
  Output(std::string& out, std::size_t bytes_max, Template::Escape escape)
      : out_(out), bytes_max_(bytes_max), escape_(escape) {}

  bool literal(std::string_view text) {
    if (text.size() > left()) return false;
    out_.append(text);
    return true;
  }

  bool insert(std::string_view text) {
    if (escape_ == Template::Escape::kHtml) return literal(text);
    if (text.size() > left()) return false;  // no escape shortens
    const std::size_t before = out_.size();
    if (escape_ == Template::Escape::kJson) {
      json::append_escaped(text, out_);
    } else {
      append_percent_encoded(text, out_);
    }
    if (out_.size() <= bytes_max_) return true;
    out_.resize(before);
    return false;
  }

  // Entities are ASCII, so cutting the text there never cuts a character.
  bool insert_escaped(std::string_view text) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!kHtmlSpecial[static_cast<unsigned char>(text[i])]) continue;
      if (!insert(text.substr(done, i - done)) || !insert(html_entity(text[i]))) return false;
      done = i + 1;
    }
    return insert(text.substr(done));
  }

  std::size_t size() const { return out_.size(); }
  void reserve(std::size_t bytes) {
    if (out_.capacity() - out_.size() < bytes) out_.reserve(out_.size() + std::min(bytes, left()));
  }

 private:
  std::size_t left() const { return out_.size() < bytes_max_ ? bytes_max_ - out_.size() : 0; }

  std::string& out_;
  std::size_t bytes_max_;
  Template::Escape escape_;
};

// What a name stands for: a place in the data, text (predefined, or a piece of a string), or a length.
struct Ref {
  enum class Kind : std::uint8_t { kMissing, kJson, kText, kCount };
  Kind kind = Kind::kMissing;
  const json::Value* json = nullptr;
  std::string_view text;
  std::size_t count = 0;

  static Ref of(const json::Value* value) { return value == nullptr ? Ref{} : Ref{Kind::kJson, value, {}, 0}; }
  static Ref of(std::string_view text) { return {Kind::kText, nullptr, text, 0}; }
  static Ref of(std::size_t count) { return {Kind::kCount, nullptr, {}, count}; }

  bool found() const { return kind != Kind::kMissing; }
  bool is_null() const { return kind == Kind::kMissing || (json != nullptr && json->is_null()); }
  const json::Array* list() const { return json != nullptr && json->is_array() ? &json->as_array() : nullptr; }
  // True for a string of either kind, whose text goes to `into`.
  bool is_text(std::string_view& into) const {
    if (kind == Kind::kText) {
      into = text;
      return true;
    }
    if (json == nullptr || !json->is_string()) return false;
    into = json->as_string();
    return true;
  }
};

// JavaScript's; an empty array is true.
bool is_true(const Ref& ref) {
  switch (ref.kind) {
    case Ref::Kind::kMissing:
      return false;
    case Ref::Kind::kText:
      return !ref.text.empty();
    case Ref::Kind::kCount:
      return ref.count != 0;
    case Ref::Kind::kJson:
      break;
  }
  using Kind = json::Value::Kind;
  switch (ref.json->kind()) {
    case Kind::kNull:
      return false;
    case Kind::kBool:
      return ref.json->as_bool();
    case Kind::kInt:
      return ref.json->as_int() != 0;
    case Kind::kDouble:
      return ref.json->as_double() != 0;
    case Kind::kString:
      return !ref.json->as_string().empty();
    case Kind::kArray:
    case Kind::kObject:
      return true;
  }
  return false;
}

// Strings count in UTF-16 units, as in JavaScript.
std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xc0) != 0x80;
    units += byte >= 0xf0;
  }
  return units;
}

Ref utf16_unit(std::string_view text, std::size_t index) {
  std::size_t unit = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    const std::size_t units = byte >= 0xf0 ? 2 : 1;
    if (index < unit + units) return Ref::of(units == 1 ? text.substr(i, end - i) : kReplacement);
    unit += units;
    i = end;
  }
  return {};
}

class Run {
 public:
  // `inserted`: where the values stand in the output, nullptr = nobody asks.
  Run(const TemplateProgram& program,
      const Variables& variables,
      Output output,
      std::vector<Template::Inserted>* inserted = nullptr)
      : program_(program), variables_(variables), work_(variables.work()), output_(output), inserted_(inserted) {}

  Result<void> go() {
    // Most values are short; a longer one makes the buffer grow in the ordinary way.
    output_.reserve(program_.texts.size() + program_.ops.size() * 32);
    frames_.reserve(program_.depth);
    for (std::uint32_t pc = 0;; ++pc) {
      const TemplateOp& op = program_.ops[pc];
      if (!work_.spend(1 + op.text_bytes / WorkBudget::kBytesPerStep)) return work_.error();
      if (!output_.literal(std::string_view(program_.texts).substr(op.text_at, op.text_bytes))) return too_large();
      using Do = TemplateOp::Do;
      switch (op.what) {
        case Do::kNothing:
          break;
        case Do::kInsert:
        case Do::kInsertEscaped:
          if (!insert_and_mark(program_.names[op.name], op.what == Do::kInsertEscaped)) return too_large();
          break;
        case Do::kOpen:
          if (!enter(lookup(program_.names[op.name]), pc)) pc = op.jump - 1;
          break;
        case Do::kOpenInverted: {
          const Ref value = lookup(program_.names[op.name]);
          const json::Array* list = value.list();
          if (list != nullptr ? !list->empty() : is_true(value)) pc = op.jump - 1;
          break;
        }
        case Do::kClose:
          leave(pc);
          break;
        case Do::kStop:
          return {};
      }
    }
  }

 private:
  // An open section.
  struct Frame {
    Ref context;
    const json::Array* list;  // that it goes through; nullptr = once
    std::size_t next;         // item
    std::uint32_t open;       // its kOpen
    bool scopes;              // false for {{#flag}}, which leaves the context as it is
  };

  bool enter(const Ref& value, std::uint32_t pc) {
    if (const json::Array* list = value.list()) {
      if (list->empty()) return false;
      frames_.push_back({Ref::of(list->data()), list, 1, pc, true});
      return true;
    }
    if (!is_true(value)) return false;
    const bool is_flag = value.json != nullptr && value.json->is_bool();
    frames_.push_back({value, nullptr, 0, pc, !is_flag});
    return true;
  }

  void leave(std::uint32_t& pc) {
    Frame& frame = frames_.back();
    if (frame.list != nullptr && frame.next < frame.list->size()) {
      frame.context = Ref::of(&(*frame.list)[frame.next++]);
      pc = frame.open;
    } else {
      frames_.pop_back();
    }
  }

  // nullptr: not predefined.
  const std::string* predefined(const TemplateName& name) const {
    if (name.slot != TemplateName::kNoSlot) return variables_.slot(name.slot, name.text);
    return name.may_be_defined() ? variables_.named(name.text) : nullptr;
  }

  Ref lookup(const TemplateName& name) {
    const std::string* text = predefined(name);
    return text != nullptr ? Ref::of(std::string_view(*text)) : lookup_data(name);
  }

  Ref lookup_data(const TemplateName& name) {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (!frame->scopes) continue;
      if (name.is_self()) return frame->context;
      if (const Ref found = find(frame->context, name); found.found()) return found;
    }
    if (!data_asked_) {
      data_ = Ref::of(variables_.data());
      data_asked_ = true;
    }
    return name.is_self() ? data_ : find(data_, name);
  }

  // Only paths see into strings: {{#length}}{{length}}{{/length}} means the field's value, not the length of its text.
  Ref find(const Ref& context, const TemplateName& name) {
    std::string_view text;
    if (name.is_alone() && context.is_text(text)) return {};
    work_.spend(1);
    Ref at = context;
    for (const TemplateName::Part& part : name.parts) {
      if (at.is_null()) return {};
      at = child(at, part);
    }
    return at;
  }

  // An own property of a JavaScript value. Work that grows with the value counts as steps.
  Ref child(const Ref& of, const TemplateName::Part& part) {
    std::string_view text;
    if (of.is_text(text)) {
      if (part.key != "length" && part.index == TemplateName::kNoIndex) return {};
      work_.spend(1 + text.size() / WorkBudget::kBytesPerStep);
      return part.index == TemplateName::kNoIndex ? Ref::of(utf16_units(text)) : utf16_unit(text, part.index);
    }
    if (const json::Array* list = of.list()) {
      if (part.key == "length") return Ref::of(list->size());
      return part.index < list->size() ? Ref::of(&(*list)[part.index]) : Ref{};
    }
    return of.json == nullptr ? Ref{} : Ref::of(of.json->find(part.key));
  }

  bool insert_and_mark(const TemplateName& name, bool html) {
    const std::size_t begin = output_.size();
    if (!insert(name, html)) return false;
    work_.spend_bytes(output_.size() - begin);
    if (inserted_ != nullptr && output_.size() > begin) inserted_->push_back({begin, output_.size(), name.text});
    return true;
  }

  // The common case, a predefined name, goes straight to the output.
  bool insert(const TemplateName& name, bool html) {
    const std::string* text = predefined(name);
    if (text == nullptr) {
      const Ref found = lookup_data(name);
      if (!found.found() && !name.is_self()) variables_.missing(name.text);
      return insert_data(found, html);
    }
    return html ? output_.insert_escaped(*text) : output_.insert(*text);
  }

  bool insert_data(const Ref& value, bool html) {
    if (value.is_null()) return true;
    std::string_view text;
    if (value.is_text(text)) return html ? output_.insert_escaped(text) : output_.insert(text);
    scratch_.clear();
    if (value.kind == Ref::Kind::kCount) {
      scratch_ = std::to_string(value.count);
    } else {
      append_as_text(*value.json, scratch_);
    }
    return html ? output_.insert_escaped(scratch_) : output_.insert(scratch_);
  }

  const TemplateProgram& program_;
  const Variables& variables_;
  WorkBudget& work_;
  Output output_;
  std::vector<Template::Inserted>* inserted_;
  std::vector<Frame> frames_;
  Ref data_;
  bool data_asked_ = false;
  std::string scratch_;
};

// The commonest template is literal text and predefined names: knowing all pieces, it is one resize and plain copies,
// at half the cost of a run. False if it is not like that for this event, or too large: then nothing was done.
bool copy_pieces(const TemplateProgram& program, const Variables& variables, std::string& out, std::size_t bytes_max) {
  std::array<const std::string*, TemplateProgram::kPlainValuesMax> values;
  std::size_t bytes = program.texts.size();
  const std::size_t count = program.ops.size() - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const TemplateName& name = program.names[program.ops[i].name];
    values[i] = name.slot != TemplateName::kNoSlot ? variables.slot(name.slot, name.text) : variables.named(name.text);
    if (values[i] == nullptr) return false;
    bytes += values[i]->size();
  }
  const std::size_t before = out.size();
  if (before > bytes_max || bytes > bytes_max - before) return false;
  if (!variables.work().spend(program.ops.size() + bytes / WorkBudget::kBytesPerStep)) return false;
  out.resize(before + bytes);
  char* to = out.data() + before;
  const char* text = program.texts.data();
  for (std::size_t i = 0; i <= count; ++i) {
    const std::size_t text_bytes = program.ops[i].text_bytes;
    std::memcpy(to, text, text_bytes);
    to += text_bytes;
    text += text_bytes;
    if (i == count) break;
    std::memcpy(to, values[i]->data(), values[i]->size());
    to += values[i]->size();
  }
  return true;
}

// As JavaScript's Array.join, where null is nothing.
void append_joined(const json::Array& list, std::string& out) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (!list[i].is_null()) append_as_text(list[i], out);
  }
}

}  // namespace

// Recursion is bounded by how deeply json::parse nests.
void append_as_text(const json::Value& value, std::string& out) {
  using Kind = json::Value::Kind;
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Kind::kInt: {
      const std::int64_t number = value.as_int();
      const bool exact = number >= -kExactIntMax && number <= kExactIntMax;
      if (exact) {
        out += std::to_string(number);
      } else {
        json::append_number(static_cast<double>(number), out);
      }
      return;
    }
    case Kind::kDouble:
      json::append_number(value.as_double(), out);
      return;
    case Kind::kString:
      out += value.as_string();
      return;
    case Kind::kArray:
      append_joined(value.as_array(), out);
      return;
    case Kind::kObject:
      out += "[object Object]";
      return;
  }
}

Result<void> Template::render(const Variables& variables,
                              std::string& out,
                              std::size_t bytes_max,
                              Escape escape) const {
  Output output(out, bytes_max, escape);
  if (program_ != nullptr) {
    const bool may_copy = program_->is_plain && escape == Escape::kHtml;
    if (may_copy && copy_pieces(*program_, variables, out, bytes_max)) return {};
    return Run(*program_, variables, output).go();
  }
  if (output.literal(source_)) return {};
  return too_large();
}

Result<void> Template::render(const Variables& variables,
                              std::string& out,
                              std::size_t bytes_max,
                              std::vector<Inserted>& inserted) const {
  Output output(out, bytes_max, Escape::kHtml);
  if (program_ != nullptr) return Run(*program_, variables, output, &inserted).go();
  if (output.literal(source_)) return {};
  return too_large();
}

}  // namespace fleethook::core
