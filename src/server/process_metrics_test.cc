#include "server/process_metrics.h"

#include <string>

#include <gtest/gtest.h>

namespace fleethook::server {
namespace {

double value_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name << "\n" << text;
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(ProcessMetrics, SayWhatThisProcessTakes) {
  metrics::Registry registry;
  register_process_metrics(registry);
  const std::string text = registry.text();
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value_of(text, "process_open_fds"), 3);
  EXPECT_GE(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
  EXPECT_GT(value_of(text, "process_start_time_seconds"), 1.7e9) << "seconds since 1970";
  EXPECT_NE(text.find("# TYPE process_cpu_seconds_total counter\n"), std::string::npos);
  const double before = value_of(text, "process_cpu_seconds_total");
  double after = before;
  for (int i = 0; i < 1000 && after <= before; ++i) after = value_of(registry.text(), "process_cpu_seconds_total");
  EXPECT_GT(after, before);
}

TEST(ProcessMetrics, AProgramMayBeCalledAnything) {
  const std::string rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21\n";
  EXPECT_EQ(start_ticks("42 (fleethook)" + rest), 4711);
  EXPECT_EQ(start_ticks("42 (a) S 7 (b))" + rest), 4711);
  EXPECT_EQ(start_ticks("42 (fleethook) S 1 2"), std::nullopt);
  EXPECT_EQ(start_ticks(""), std::nullopt);
}

TEST(ProcessMetrics, TheStartOfTheMachineIsALineOfItsOwn) {
  EXPECT_EQ(boot_seconds("cpu 1 2 3\nbtime 1770000000\nprocesses 5\n"), 1770000000);
  EXPECT_EQ(boot_seconds("cpu 1 2 3\n"), std::nullopt);
}

}  // namespace
}  // namespace fleethook::server
