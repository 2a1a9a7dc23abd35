// Counters, gauges and histograms, and the text that Prometheus scrapes. Knows nothing of who counts what.
// Registering costs a lock and a look-up: do it once and keep the reference. Counting is one relaxed atomic operation.
// Everything here is thread-safe.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "metrics/text.h"

namespace fleethook::metrics {

// Only goes up.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double difference) { value_.fetch_add(difference, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// How many observations were at most each bound; the last bucket has none.
class Histogram {
 public:
  // Bounds are finite and rise; at least one (asserted).
  explicit Histogram(std::vector<double> bounds);
  // Seconds, unless the metric's name says another base unit. NaN is left out.
  void observe(double value);
  void observe(Duration span) { observe(std::chrono::duration<double>(span).count()); }

  const std::vector<double>& bounds() const { return bounds_; }
  // Not cumulative; bucket(bounds().size()) is what lies above all bounds.
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }
  std::uint64_t count() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

// 0.5 ms to 20 s, the longest a delivery may take.
const std::vector<double>& latency_bounds();

// Owns its metrics; the references it gives live as long as it does. The same name and labels give the same metric
// again. What promtool would refuse is a bug and asserted: names other than [a-z_][a-z0-9_]*, a counter without _total
// at its end or another metric with it, no help, one name with two kinds, a label "le" or "__...".
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name,
                       std::string_view help,
                       const Labels& labels = {},
                       const std::vector<double>& bounds = latency_bounds());
  // `read` runs in text(), on its thread, without a lock of the registry; it must stay callable until the registry is
  // gone. Registering the same name and labels again replaces it.
  void gauge_callback(std::string_view name, std::string_view help, const Labels& labels, std::function<double()> read);
  // The same of what only goes up and is counted elsewhere.
  void counter_callback(std::string_view name,
                        std::string_view help,
                        const Labels& labels,
                        std::function<double()> read);

  // Several gauges of one moment that differ in the label `label`: `read` gives the values of that label, each with its
  // number. Called as above.
  using Samples = std::vector<std::pair<std::string, double>>;
  void gauges_callback(std::string_view name,
                       std::string_view help,
                       std::string_view label,
                       std::function<Samples()> read);

  // Of kTextType: families by name.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::metrics
