// What Template::compile makes of a text: instructions in one flat vector. Rendering moves a counter through them;
// sections jump. Private to template_*.cc.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fleethook::core {

// A name as it stands in a tag, taken apart once.
struct TemplateName {
  static constexpr std::uint32_t kNoIndex = ~std::uint32_t{0};
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

  struct Part {
    std::string key;
    std::uint32_t index = kNoIndex;  // the key as an array index, when it is written as one ("0", "12", not "01")
  };
  std::string text;
  std::vector<Part> parts;       // none for "."; one when the name stands alone
  std::uint32_t slot = kNoSlot;  // place in the list of slots
  bool is_variable = false;      // product.vars or below it: never looked for in contexts or data

  bool is_self() const { return parts.empty(); }
  bool is_alone() const { return parts.size() == 1; }
  // Whether Variables::named() is asked for it.
  bool may_be_defined() const { return is_alone() || is_variable; }
};

// First appends the text that stands before the tag, then does what the tag says.
struct TemplateOp {
  enum class Do : std::uint8_t {
    kNothing,        // the end of an inverted section
    kInsert,         // {{{name}}}
    kInsertEscaped,  // {{name}}
    kOpen,           // {{#name}}: enters, or goes to `jump`
    kClose,          // the end of a section: back for the next item, or leaves
    kOpenInverted,   // {{^name}}: goes on, or goes to `jump`
    kStop,           // the end of the template
  };
  Do what = Do::kNothing;
  std::uint32_t name = 0;     // in `names`
  std::uint32_t text_at = 0;  // in `texts`
  std::uint32_t text_bytes = 0;
  std::uint32_t jump = 0;  // kOpen, kOpenInverted: the instruction after the section's end
};

struct TemplateProgram {
  static constexpr std::size_t kPlainValuesMax = 16;

  std::vector<TemplateOp> ops;  // the last one is kStop, and only that
  std::vector<TemplateName> names;
  std::string texts;      // all literal text in order, standalone lines removed
  std::size_t depth = 0;  // of sections
  bool is_plain = false;  // nothing but {{{name}}} of names that may be defined, at most kPlainValuesMax of them
};

}  // namespace fleethook::core
