#include "delivery/meters.h"

#include <string>

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

std::string series_of(std::string_view result, int count) {
  return "fleethook_attempts_total{result=\"" + std::string(result) + "\"} " + std::to_string(count) + "\n";
}

TEST(Meters, CountAttemptsByTheClassOfTheirError) {
  metrics::Registry registry;
  Meters meters(registry);
  for (int i = 0; i < static_cast<int>(core::kErrorClasses); ++i) {
    for (int times = 0; times <= i; ++times)
      meters.attempt_ended(core::AttemptResult::kFailed, static_cast<core::ErrorClass>(i), {});
  }
  meters.attempt_ended(core::AttemptResult::kSkipped, core::ErrorClass::kNone, {});
  const std::string text = registry.text();
  int count = 0;
  for (const char* result : {"success", "dns", "connect", "tls", "timeout", "reset", "protocol", "redirect", "4xx",
                             "5xx", "template", "egress", "local"}) {
    EXPECT_NE(text.find(series_of(result, ++count)), std::string::npos) << result << "\n" << text;
  }
  EXPECT_NE(text.find(series_of("skipped", 1)), std::string::npos) << text;
}

// Who watches asks for how fast a number rises: it has to be there before it does.
TEST(Meters, EveryResultIsThereBeforeItsFirst) {
  metrics::Registry registry;
  const Meters meters(registry);
  const std::string text = registry.text();
  std::size_t results = 0;
  for (std::size_t at = 0; (at = text.find("fleethook_attempts_total{", at)) != std::string::npos; ++at) ++results;
  EXPECT_EQ(results, core::kErrorClasses + 1);
  EXPECT_NE(text.find(series_of("dns", 0)), std::string::npos);
}

}  // namespace
}  // namespace fleethook::delivery
