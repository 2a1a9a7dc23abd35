#include "metrics/registry.h"

#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

namespace fleethook::metrics {
namespace {

TEST(Registry, EmptyHasNoText) {
  EXPECT_EQ(Registry().text(), "");
}

TEST(Registry, WritesFamiliesByNameWithHelpAndTypeOnce) {
  Registry registry;
  registry.gauge("fleethook_lanes", "Lanes that exist.").set(3);
  registry.counter("fleethook_events_total", "Events accepted.", {{"origin", "device"}}).add(2);
  registry.counter("fleethook_events_total", "Events accepted.", {{"origin", "api"}}).add();
  EXPECT_EQ(registry.text(),
            "# HELP fleethook_events_total Events accepted.\n"
            "# TYPE fleethook_events_total counter\n"
            "fleethook_events_total{origin=\"api\"} 1\n"
            "fleethook_events_total{origin=\"device\"} 2\n"
            "# HELP fleethook_lanes Lanes that exist.\n"
            "# TYPE fleethook_lanes gauge\n"
            "fleethook_lanes 3\n");
}

TEST(Registry, TheSameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& one = registry.counter("a_total", "A.", {{"x", "1"}, {"y", "2"}});
  Counter& same = registry.counter("a_total", "A.", {{"y", "2"}, {"x", "1"}});
  Counter& other = registry.counter("a_total", "A.", {{"x", "1"}, {"y", "3"}});
  EXPECT_EQ(&one, &same);
  EXPECT_NE(&one, &other);
  EXPECT_EQ(&registry.histogram("h_seconds", "H."), &registry.histogram("h_seconds", "H."));
  EXPECT_EQ(&registry.gauge("g", "G."), &registry.gauge("g", "G."));
}

// A label's value must not be able to end itself, or to become two labels.
TEST(Registry, LabelsThatLookAlikeAreDifferentMetrics) {
  Registry registry;
  Counter& one = registry.counter("a_total", "A.", {{"x", "1\",y=\"2"}});
  Counter& two = registry.counter("a_total", "A.", {{"x", "1"}, {"y", "2"}});
  EXPECT_NE(&one, &two);
}

TEST(Registry, EscapesLabelsAndHelp) {
  Registry registry;
  registry.gauge("g", "Back\\slash,\nnewline and \"quotes\".", {{"url", "a\"b\\c\nd"}, {"bad", "\xff"}}).set(1);
  EXPECT_EQ(registry.text(),
            "# HELP g Back\\\\slash,\\nnewline and \"quotes\".\n"
            "# TYPE g gauge\n"
            "g{bad=\"\xEF\xBF\xBD\",url=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Registry, WritesNumbersThatPrometheusReads) {
  const double infinite = std::numeric_limits<double>::infinity();
  const std::pair<double, std::string_view> cases[] = {
      {0, "0"},        {-0.0, "0"},     {0.1, "0.1"},       {-2.5, "-2.5"},      {1e15, "1000000000000000"},
      {1e21, "1e+21"}, {1e-9, "1e-09"}, {infinite, "+Inf"}, {-infinite, "-Inf"}, {std::nan(""), "NaN"}};
  for (const auto& [value, text] : cases) {
    Registry registry;
    registry.gauge("g", "G.").set(value);
    EXPECT_EQ(registry.text(), "# HELP g G.\n# TYPE g gauge\ng " + std::string(text) + "\n");
  }
}

TEST(Histogram, PutsAnObservationIntoTheFirstBucketThatHoldsIt) {
  Histogram histogram({0.1, 1, 10});
  for (const double value : {-1.0, 0.0, 0.1, 0.100001, 1.0, 5.0, 10.0, 10.5, 1e9}) histogram.observe(value);
  histogram.observe(std::nan(""));
  EXPECT_EQ(histogram.bucket(0), 3U);
  EXPECT_EQ(histogram.bucket(1), 2U);
  EXPECT_EQ(histogram.bucket(2), 2U);
  EXPECT_EQ(histogram.bucket(3), 2U);
  EXPECT_EQ(histogram.count(), 9U);
}

TEST(Histogram, TakesDurationsAsSeconds) {
  Histogram histogram({0.001, 0.002});
  histogram.observe(std::chrono::microseconds(1500));
  EXPECT_EQ(histogram.bucket(1), 1U);
  EXPECT_DOUBLE_EQ(histogram.sum(), 0.0015);
}

TEST(Registry, WritesHistogramsCumulatively) {
  Registry registry;
  Histogram& histogram = registry.histogram("wait_seconds", "Waits.", {{"lane", "a"}}, {0.0005, 0.25, 100});
  for (const double value : {0.0001, 0.25, 0.25, 7.5, 1000.0}) histogram.observe(value);
  EXPECT_EQ(registry.text(),
            "# HELP wait_seconds Waits.\n"
            "# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{lane=\"a\",le=\"0.0005\"} 1\n"
            "wait_seconds_bucket{lane=\"a\",le=\"0.25\"} 3\n"
            "wait_seconds_bucket{lane=\"a\",le=\"100\"} 4\n"
            "wait_seconds_bucket{lane=\"a\",le=\"+Inf\"} 5\n"
            "wait_seconds_sum{lane=\"a\"} 1008.0001\n"
            "wait_seconds_count{lane=\"a\"} 5\n");
  EXPECT_NE(registry.histogram("b_seconds", "B.").bounds(), histogram.bounds());
  EXPECT_NE(registry.text().find("b_seconds_bucket{le=\"0.0005\"} 0\n"), std::string::npos);
}

TEST(Registry, AsksOnceForGaugesOfOneMoment) {
  Registry registry;
  int asked = 0;
  registry.gauges_callback("beds", "Beds.", "state", [&asked] {
    ++asked;
    return Registry::Samples{{"taken", 3}, {"free", 4}};
  });
  EXPECT_EQ(registry.text(),
            "# HELP beds Beds.\n"
            "# TYPE beds gauge\n"
            "beds{state=\"taken\"} 3\n"
            "beds{state=\"free\"} 4\n");
  EXPECT_EQ(asked, 1);
}

TEST(Registry, AsksCallbacksWhenItsTextIsRead) {
  Registry registry;
  double depth = 1;
  registry.gauge_callback("queue_depth", "Depth.", {}, [&depth] { return depth; });
  EXPECT_NE(registry.text().find("queue_depth 1\n"), std::string::npos);
  depth = 2;
  EXPECT_NE(registry.text().find("queue_depth 2\n"), std::string::npos);
  registry.gauge_callback("queue_depth", "Depth.", {}, [] { return 7; });
  EXPECT_NE(registry.text().find("queue_depth 7\n"), std::string::npos);
}

TEST(Registry, ACallbackMayCount) {
  Registry registry;
  double seconds = 0.25;
  registry.counter_callback("work_seconds_total", "Work.", {}, [&seconds] { return seconds; });
  EXPECT_EQ(registry.text(),
            "# HELP work_seconds_total Work.\n"
            "# TYPE work_seconds_total counter\n"
            "work_seconds_total 0.25\n");
  seconds = 1.5;
  EXPECT_NE(registry.text().find("work_seconds_total 1.5\n"), std::string::npos);
}

TEST(Registry, ACallbackMayRegister) {
  Registry registry;
  registry.gauge_callback("g", "G.", {}, [&registry] {
    registry.counter("asked_total", "Asked.").add();
    return 1;
  });
  EXPECT_EQ(registry.text().find("asked_total"), std::string::npos);
  EXPECT_NE(registry.text().find("asked_total 1\n"), std::string::npos);
}

TEST(Registry, CountsFromManyThreadsWhileTextIsRead) {
  Registry registry;
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&registry, t] {
      for (int i = 0; i < kRounds; ++i) {
        registry.counter("a_total", "A.", {{"i", std::to_string(i % 20)}}).add();
        registry.gauge("g", "G.").add(1);
        registry.histogram("h_seconds", "H.").observe(0.01 * t);
      }
    });
  }
  std::string text;
  for (int i = 0; i < 50; ++i) text = registry.text();
  for (std::thread& thread : threads) thread.join();
  std::uint64_t total = 0;
  for (int i = 0; i < 20; ++i) total += registry.counter("a_total", "A.", {{"i", std::to_string(i)}}).value();
  EXPECT_EQ(total, std::uint64_t{kThreads * kRounds});
  EXPECT_EQ(registry.gauge("g", "G.").value(), kThreads * kRounds);
  EXPECT_EQ(registry.histogram("h_seconds", "H.").count(), std::uint64_t{kThreads * kRounds});
}

TEST(RegistryDeathTest, WhatPromtoolWouldRefuseIsABug) {
  Registry registry;
  registry.gauge("taken", "Taken.");
  registry.histogram("h_seconds", "H.");
  constexpr char kMessage[] = "assertion failed";
  EXPECT_DEATH(registry.counter("events", "No _total."), kMessage);
  EXPECT_DEATH(registry.gauge("events_total", "A gauge with _total."), kMessage);
  EXPECT_DEATH(registry.counter_callback("events", "No _total.", {}, [] { return 1; }), kMessage);
  EXPECT_DEATH(registry.gauge("", "No name."), kMessage);
  EXPECT_DEATH(registry.gauge("9lives", "Digit."), kMessage);
  EXPECT_DEATH(registry.gauge("camelCase", "Case."), kMessage);
  EXPECT_DEATH(registry.gauge("a:b", "Reserved."), kMessage);
  EXPECT_DEATH(registry.gauge("no_help", ""), kMessage);
  EXPECT_DEATH(registry.histogram("taken", "Another kind."), kMessage);
  EXPECT_DEATH(registry.histogram("h_seconds", "H.", {}, {1, 2}), kMessage);
  EXPECT_DEATH(registry.gauge("g", "G.", {{"le", "1"}}), kMessage);
  EXPECT_DEATH(registry.gauge("g", "G.", {{"__x", "1"}}), kMessage);
  EXPECT_DEATH(registry.gauge("g", "G.", {{"x-y", "1"}}), kMessage);
  EXPECT_DEATH(registry.gauge("g", "G.", {{"x", "1"}, {"x", "2"}}), kMessage);
  EXPECT_DEATH(Histogram({}), kMessage);
  EXPECT_DEATH(Histogram({2, 1}), kMessage);
  EXPECT_DEATH(Histogram({1, 1}), kMessage);
  EXPECT_DEATH(Histogram({1, std::numeric_limits<double>::infinity()}), kMessage);
}

}  // namespace
}  // namespace fleethook::metrics
