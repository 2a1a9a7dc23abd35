#include "metrics/registry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "base/assert.h"

namespace fleethook::metrics {
namespace {

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

// Bounds are labels, which people read and type: never with an exponent.
std::string bound_text(double bound) {
  std::array<char, 400> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::fixed).ptr};
}

void add_histogram(const Series& series, TextPage& page) {
  const Histogram& histogram = *series.histogram;
  const std::string before = series.labels.empty() ? "le=\"" : series.labels + ",le=\"";
  std::uint64_t below = 0;  // buckets are cumulative in the text
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    below += histogram.bucket(i);
    const std::string bound = i < histogram.bounds().size() ? bound_text(histogram.bounds()[i]) : "+Inf";
    page.sample(before + bound + '"', static_cast<double>(below), "_bucket");
  }
  page.sample(series.labels, histogram.sum(), "_sum");
  page.sample(series.labels, static_cast<double>(below), "_count");  // what +Inf said, also under load
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
  return impl_->add(name, help, Kind::kCounter, labels, [](Series& series) { series.read = nullptr; }).counter;
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

void Registry::counter_callback(std::string_view name,
                                std::string_view help,
                                const Labels& labels,
                                std::function<double()> read) {
  FLEETHOOK_ASSERT(read != nullptr);
  impl_->add(name, help, Kind::kCounter, labels, [&read](Series& series) { series.read = std::move(read); });
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

  TextPage page;
  for (const auto& [name, family, samples] : blocks) {
    page.family(*name, family->kind, family->help);
    for (const auto& [series, read, read_all] : samples) {
      if (read_all) {
        for (const auto& [value, number] : read_all()) page.sample(labels_text({{series->labels, value}}), number);
        continue;
      }
      if (read) {
        page.sample(series->labels, read());
        continue;
      }
      switch (family->kind) {
        case Kind::kCounter:
          page.sample(series->labels, static_cast<double>(series->counter.value()));
          break;
        case Kind::kGauge:
          page.sample(series->labels, series->gauge.value());
          break;
        case Kind::kHistogram:
          add_histogram(*series, page);
          break;
      }
    }
  }
  return std::move(page).text();
}

}  // namespace fleethook::metrics
