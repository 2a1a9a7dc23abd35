// Mustache templates: compiled once into a flat program, rendered in one pass into the caller's buffer. Data is never
// scanned again, so text that contains {{ stays as it is. Same results as mustache.js 4 for the same input (partials
// are empty): the spec at github.com/mustache/spec, plus array indexes as path parts (c.0.ca).
//
// Meant differently from mustache.js: {{x}} escapes & < > " ' only, as mustache's manual and Particle's reference say
// (mustache.js also / ` = unless it is told otherwise, which breaks tokens in headers and paths of event names); what
// JavaScript objects inherit (constructor, toString ...) is missing here; names inside a null are missing where
// mustache.js throws; half of a surrogate pair ({{s.0}} of an emoji) is U+FFFD; nesting, output and steps have limits.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/work_budget.h"
#include "json/value.h"

namespace fleethook::core {

// Where a template does not parse. Lines and columns count from 1; columns count bytes.
struct TemplateError {
  enum class Kind : std::uint8_t {
    kUnclosedTag,        // {{ without }}
    kUnclosedSection,    // {{#a}} without {{/a}}
    kUnopenedSection,    // {{/a}} without {{#a}}
    kMismatchedSection,  // {{#a}} ... {{/b}}
    kBadDelimiters,      // {{= =}}: two words are needed
    kTooDeep,            // sections over Limits::template_sections_depth_max
  };
  std::string message;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  Kind kind = Kind::kUnclosedTag;
  // "line 3, column 7: section 'a' is never closed"
  std::string str() const;
};

// What a template's names stand for. A name that stands alone (no dots) is first looked for among the predefined names
// (variables, secrets, parameters: they win over everything that comes from event data, so a device cannot spoof them),
// then in the enclosing section contexts, innermost first, then in the data. Paths (a.b) are looked for in contexts and
// data only, but for product.vars and what stands below it: they are asked for as predefined names.
class Variables {
 public:
  // `work`: what all that is rendered with these may cost together. Must outlive them.
  explicit Variables(WorkBudget& work) : work_(work) {}
  virtual ~Variables() = default;
  Variables(const Variables&) = delete;
  WorkBudget& work() const { return work_; }
  // A predefined name as text; nullptr = not predefined. Must stay valid and the same during a rendering.
  virtual const std::string* named(std::string_view name) const = 0;
  // The same for a name of the list given to Template::compile, by its place there: an array index instead of a search.
  virtual const std::string* slot(std::size_t /*place*/, std::string_view name) const { return named(name); }
  // The value that other names are looked up in (the event's data as JSON, parsed on the first call), nullptr = none.
  // Only called when a name that is not predefined is looked up, at most once per rendering.
  virtual const json::Value* data() const = 0;
  // Told of every name that should have been inserted and was found nowhere, so that nothing stands in its place. Not
  // of names that a section asks for.
  virtual void missing(std::string_view /*name*/) const {}

 private:
  WorkBudget& work_;
};

// Only data, no predefined names: responses, `fleethook render`.
class DataVariables final : public Variables {
 public:
  explicit DataVariables(const json::Value& data, std::size_t steps_max = Limits{}.template_steps_max)
      : Variables(own_work_), data_(data), own_work_(steps_max) {}
  const std::string* named(std::string_view) const override { return nullptr; }
  const json::Value* data() const override { return &data_; }

 private:
  const json::Value& data_;
  WorkBudget own_work_;
};

struct TemplateProgram;

// Immutable; safe from any thread.
class Template {
 public:
  // A template of "" renders "".
  Template() = default;
  // On error: kInvalid with TemplateError::str() as the message. `error`, when given, gets the place.
  // Names in `slots` are asked for by Variables::slot(place in the list); the list is not kept.
  static Result<Template> compile(std::string_view text,
                                  const Limits& limits = {},
                                  TemplateError* error = nullptr,
                                  std::span<const std::string_view> slots = {});

  // How the rendered values are escaped. The template's own text is inserted as it is.
  enum class Escape : std::uint8_t {
    kHtml,  // {{x}} escapes & < > " ', {{{x}}} and {{&x}} do not
    kJson,  // as kHtml, and then everything that is inserted is escaped as the inside of a JSON string
    kUrl,   // as kHtml, and then everything that is inserted is percent-encoded (query and form components)
  };
  // Appends to `out`. kTooLarge once `out` would pass `bytes_max` (out then holds a part, never more than bytes_max),
  // or once the work of `variables` is over its budget.
  Result<void> render(const Variables& variables,
                      std::string& out,
                      std::size_t bytes_max,
                      Escape escape = Escape::kHtml) const;

  // A stretch of the rendered text that a tag inserted, and the name in the tag (a view into the template). Never
  // empty.
  struct Inserted {
    std::size_t begin = 0, end = 0;
    std::string_view name;
  };
  // The same with Escape::kHtml; appends to `inserted` what in `out` comes from tags, in order.
  Result<void> render(const Variables& variables,
                      std::string& out,
                      std::size_t bytes_max,
                      std::vector<Inserted>& inserted) const;

  // The text when it has no tags at all; nullptr otherwise.
  const std::string* constant() const { return program_ == nullptr ? &source_ : nullptr; }
  const std::string& source() const { return source_; }
  // First parts of all names used, without duplicates, in order of use. "." is the innermost context. Event data is
  // needed exactly when one of them is not predefined.
  std::vector<std::string> names() const;
  // All names as they are written, paths whole, without duplicates, in order of use.
  std::vector<std::string> full_names() const;
  // Those of them that are only inserted: no section asks whether they are there.
  std::vector<std::string> inserted_names() const;
  bool operator==(const Template& other) const { return source_ == other.source_; }

 private:
  std::string source_;
  std::shared_ptr<const TemplateProgram> program_;  // nullptr: no tags
};

// The text that {{{value}}} inserts: as JavaScript's String(value) (arrays comma-joined, objects "[object Object]",
// null "null"; numbers as doubles print, so whole numbers beyond 2^53 are rounded).
void append_as_text(const json::Value& value, std::string& out);

}  // namespace fleethook::core
