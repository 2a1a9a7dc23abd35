// Input: template, a zero byte, JSON data. Held: errors have a place inside the text; the output limit is exact and
// what is written before it is hit is a beginning of the whole; escaping for JSON gives the inside of a JSON string
// whatever the data.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "core/template.h"

namespace {

using namespace fleethook;  // NOLINT(google-build-using-namespace)
using core::Template;

constexpr std::size_t kBytesMax = 100'000;

// Half of the names of the corpus are predefined, so that both ways of lookup meet in one template.
class FuzzVariables final : public core::Variables {
 public:
  FuzzVariables(const json::Value& data, std::string_view text) : Variables(work_), data_(data), text_(text) {}
  const std::string* named(std::string_view name) const override {
    return name == "b" || name == "name" ? &text_ : nullptr;
  }
  const json::Value* data() const override { return &data_; }

 private:
  const json::Value& data_;
  std::string text_;
  core::WorkBudget work_{5'000};  // enough to be reached, not enough to be slow
};

void check_error(std::string_view text, const core::TemplateError& error) {
  FLEETHOOK_ASSERT(!error.message.empty());
  FLEETHOOK_ASSERT(error.line >= 1 && error.column >= 1);
  for (std::uint32_t line = 1; line < error.line; ++line) {
    FLEETHOOK_ASSERT(text.find('\n') != std::string_view::npos);
    text.remove_prefix(text.find('\n') + 1);
  }
  FLEETHOOK_ASSERT(error.column <= text.substr(0, text.find('\n')).size() + 1);
}

void check_limit(const Template& compiled, const json::Value& data, std::string_view text, Template::Escape escape) {
  std::string whole;
  const bool fits = compiled.render(FuzzVariables(data, text), whole, kBytesMax, escape).ok();
  FLEETHOOK_ASSERT(whole.size() <= kBytesMax);
  if (!fits) return;
  std::string exact;
  FLEETHOOK_ASSERT(compiled.render(FuzzVariables(data, text), exact, whole.size(), escape).ok());
  FLEETHOOK_ASSERT(exact == whole);
  if (whole.empty()) return;
  for (const std::size_t limit : {whole.size() - 1, whole.size() / 2}) {
    std::string part;
    FLEETHOOK_ASSERT(!compiled.render(FuzzVariables(data, text), part, limit, escape).ok());
    FLEETHOOK_ASSERT(part.size() <= limit && whole.starts_with(part));
  }
}

// The template's own text is harmless in a JSON string here, so whatever breaks out came from the data.
void check_json(std::string_view text, const core::Variables& variables, const Limits& limits) {
  std::string harmless(text);
  std::replace_if(
      harmless.begin(), harmless.end(), [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, 'q');
  const auto compiled = Template::compile(harmless, limits);
  if (!compiled.ok()) return;
  std::string out = "\"";
  if (!compiled->render(variables, out, kBytesMax, Template::Escape::kJson).ok()) return;
  out += '"';
  const auto read = json::parse(out);
  FLEETHOOK_ASSERT(read.ok() && read->is_string());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const std::string_view text = input.substr(0, input.find('\0'));
  const std::string_view rest = text.size() < size ? input.substr(text.size() + 1) : std::string_view();
  auto data = json::parse(rest);
  const json::Value value = data.ok() ? std::move(*data) : json::Value(rest);

  Limits limits;
  core::TemplateError error;
  const auto compiled = Template::compile(text, limits, &error);
  if (!compiled.ok()) {
    check_error(text, error);
    return 0;
  }
  FLEETHOOK_ASSERT(compiled->source() == text);
  for (const auto escape : {Template::Escape::kHtml, Template::Escape::kJson, Template::Escape::kUrl}) {
    check_limit(*compiled, value, rest, escape);
  }
  check_json(text, FuzzVariables(value, rest), limits);
  (void)compiled->names();
  return 0;
}
