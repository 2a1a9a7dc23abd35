#include "metrics/registry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "base/assert.h"
#include "base/text.h"

namespace fleethook::metrics {
namespace {

enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };

constexpr std::array<std::string_view, 3> kKindNames = {"counter", "gauge", "histogram"};

// One set of labels of a family; the family's kind says which of the members counts.
struct Series {
  std::string labels;  // as in the text, without braces
  Counter counter;
  Gauge gauge;
  std::function<double()> read;
  std::function<Registry::Samples()> read_all;  // set: in place of one sample, these; `labels` is a label's name
  std::unique_ptr<Histogram> histogram;
};

struct Family {
  std::string help;
  Kind kind = Kind::kCounter;
  std::map<std::string, std::unique_ptr<Series>> series;  // by labels
};

bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), allowed);
}

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

// Bounds are labels, which people read and type: never with an exponent.
std::string bound_text(double bound) {
  std::array<char, 400> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::fixed).ptr};
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

void append_sample(
    std::string_view name, std::string_view suffix, std::string_view labels, double value, std::string& out) {
  out.append(name).append(suffix);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(value, out);
  out += '\n';
}

void append_histogram(std::string_view name, const Series& series, std::string& out) {
  const Histogram& histogram = *series.histogram;
  const std::string before = series.labels.empty() ? "le=\"" : series.labels + ",le=\"";
  std::uint64_t below = 0;  // buckets are cumulative in the text
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    below += histogram.bucket(i);
    const std::string bound = i < histogram.bounds().size() ? bound_text(histogram.bounds()[i]) : "+Inf";
    append_sample(name, "_bucket", before + bound + '"', static_cast<double>(below), out);
  }
  append_sample(name, "_sum", series.labels, histogram.sum(), out);
  append_sample(name, "_count", series.labels, static_cast<double>(below), out);  // what +Inf said, also under load
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
  FLEETHOOK_ASSERT(!bounds_.empty() && std::isfinite(bounds_.front()) && std::isfinite(bounds_.back()));
  FLEETHOOK_ASSERT(std::adjacent_find(bounds_.begin(), bounds_.end(), std::greater_equal<>()) == bounds_.end());
}

void Histogram::observe(double value) {
  if (std::isnan(value)) return;
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  buckets_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) total += bucket(i);
  return total;
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,   0.5,   1,      2.5,   5,    10,    20};
  return bounds;
}

struct Registry::Impl {
  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;  // under the mutex; series themselves never go away

  // `fill` runs under the mutex, on a new series or on the one that was there.
  template <class Fill>
  Series& add(std::string_view name, std::string_view help, Kind kind, const Labels& labels, const Fill& fill) {
    FLEETHOOK_ASSERT(is_name(name) && !help.empty());
    FLEETHOOK_ASSERT(name.ends_with("_total") == (kind == Kind::kCounter));
    const std::string text = labels_text(labels);
    const std::lock_guard lock(mutex);
    const auto [found, is_new] = families.try_emplace(std::string(name));
    Family& family = found->second;
    if (is_new) {
      family.help = help;
      family.kind = kind;
    }
    FLEETHOOK_ASSERT(family.kind == kind);
    std::unique_ptr<Series>& series = family.series[text];
    if (!series) {
      series = std::make_unique<Series>();
      series->labels = text;
    }
    fill(*series);
    return *series;
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->add(name, help, Kind::kCounter, labels, [](Series&) {}).counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->add(name, help, Kind::kGauge, labels, [](Series& series) { series.read = nullptr; }).gauge;
}

Histogram& Registry::histogram(std::string_view name,
                               std::string_view help,
                               const Labels& labels,
                               const std::vector<double>& bounds) {
  const auto fill = [&bounds](Series& series) {
    if (!series.histogram) series.histogram = std::make_unique<Histogram>(bounds);
    FLEETHOOK_ASSERT(series.histogram->bounds() == bounds);
  };
  return *impl_->add(name, help, Kind::kHistogram, labels, fill).histogram;
}

void Registry::gauge_callback(std::string_view name,
                              std::string_view help,
                              const Labels& labels,
                              std::function<double()> read) {
  FLEETHOOK_ASSERT(read != nullptr);
  impl_->add(name, help, Kind::kGauge, labels, [&read](Series& series) { series.read = std::move(read); });
}

void Registry::gauges_callback(std::string_view name,
                               std::string_view help,
                               std::string_view label,
                               std::function<Samples()> read) {
  FLEETHOOK_ASSERT(read != nullptr && is_name(label));
  impl_->add(name, help, Kind::kGauge, {}, [&](Series& series) {
    series.labels = label;
    series.read_all = std::move(read);
  });
}

std::string Registry::text() const {
  // Callbacks are copied and run outside the mutex, since they may take locks of their own, or register.
  struct Sample {
    const Series* series;
    std::function<double()> read;
    std::function<Samples()> read_all;
  };
  struct Block {
    const std::string* name;
    const Family* family;
    std::vector<Sample> samples;
  };
  std::vector<Block> blocks;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) {
      Block& block = blocks.emplace_back(Block{&name, &family, {}});
      for (const auto& [labels, series] : family.series)
        block.samples.push_back({series.get(), series->read, series->read_all});
    }
  }

  std::string out;
  for (const auto& [name, family, samples] : blocks) {
    out.append("# HELP ").append(*name).append(" ");
    append_escaped(family->help, false, out);
    out.append("\n# TYPE ").append(*name).append(" ").append(kKindNames[static_cast<std::size_t>(family->kind)]);
    out += '\n';
    for (const auto& [series, read, read_all] : samples) {
      if (read_all) {
        for (const auto& [value, number] : read_all())
          append_sample(*name, "", labels_text({{series->labels, value}}), number, out);
        continue;
      }
      switch (family->kind) {
        case Kind::kCounter:
          append_sample(*name, "", series->labels, static_cast<double>(series->counter.value()), out);
          break;
        case Kind::kGauge:
          append_sample(*name, "", series->labels, read ? read() : series->gauge.value(), out);
          break;
        case Kind::kHistogram:
          append_histogram(*name, *series, out);
          break;
      }
    }
  }
  return out;
}

}  // namespace fleethook::metrics
