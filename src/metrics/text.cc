#include "metrics/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/text.h"

namespace fleethook::metrics {
namespace {

constexpr std::array<std::string_view, 3> kKindNames = {"counter", "gauge", "histogram"};

void append_number(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::abs(value) < 0x1p53 && value == std::trunc(value)) {
    out += std::to_string(static_cast<std::int64_t>(value));  // counts read better without an exponent
  } else {
    std::array<char, 32> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }
}

// Help is escaped as label values are, except that quotes stand for themselves.
void append_escaped(std::string_view raw, bool quotes, std::string& out) {
  for (const char c : repair_utf8(raw)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (c == '"' && quotes)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

}  // namespace

bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), allowed);
}

std::string labels_text(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string text;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& name = labels[i].first;
    FLEETHOOK_ASSERT(is_name(name) && !name.starts_with("__") && name != "le");
    FLEETHOOK_ASSERT(i == 0 || labels[i - 1].first != name);
    if (i > 0) text += ',';
    text += name;
    text += "=\"";
    append_escaped(labels[i].second, true, text);
    text += '"';
  }
  return text;
}

void TextPage::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(help, false, text_);
  text_.append("\n# TYPE ").append(name).append(" ").append(kKindNames[static_cast<std::size_t>(kind)]);
  text_ += '\n';
}

void TextPage::sample(std::string_view labels, double value, std::string_view suffix) {
  text_.append(name_).append(suffix);
  if (!labels.empty()) text_.append("{").append(labels).append("}");
  text_ += ' ';
  append_number(value, text_);
  text_ += '\n';
}

}  // namespace fleethook::metrics
