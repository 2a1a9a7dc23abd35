// The text that Prometheus reads, format 0.0.4: families, each with HELP and TYPE once, and their samples.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleethook::metrics {

// The content type of such a text.
inline constexpr std::string_view kTextType = "text/plain; version=0.0.4; charset=utf-8";

// Name and value. Order does not matter; a name stands once.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };

bool is_name(std::string_view name);  // [a-z_][a-z0-9_]*
// As they stand in the text, without braces, ascending by name. Values may be anything: what would end one is escaped,
// what is no UTF-8 is replaced. Names that promtool would refuse, "le" and one that stands twice are bugs and asserted.
std::string labels_text(Labels labels);

class TextPage {
 public:
  // Its samples follow.
  void family(std::string_view name, Kind kind, std::string_view help);
  // `labels`: of labels_text(). `suffix`: of the family's name, "_sum" of a histogram.
  void sample(std::string_view labels, double value, std::string_view suffix = {});
  std::string text() && { return std::move(text_); }

 private:
  std::string name_, text_;
};

}  // namespace fleethook::metrics
