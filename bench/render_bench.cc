// How many times a second we render the default JSON template on one core: renders per CPU second, one number.
// Usage: render_bench [SECONDS]. The same template and values as render_bench.mjs.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

#include "core/template.h"

namespace {

using fleethook::core::Template;

constexpr std::string_view kTemplate =
    R"({"event":"{{{PARTICLE_EVENT_NAME}}}","data":"{{{PARTICLE_EVENT_VALUE}}}","coreid":"{{{PARTICLE_DEVICE_ID}}}",)"
    R"("published_at":"{{{PARTICLE_PUBLISHED_AT}}}"})";

constexpr std::array<std::string_view, 4> kNames = {"PARTICLE_EVENT_NAME", "PARTICLE_EVENT_VALUE", "PARTICLE_DEVICE_ID",
                                                    "PARTICLE_PUBLISHED_AT"};

// An event's variables, as a delivery has them.
class EventVariables final : public fleethook::core::Variables {
 public:
  EventVariables() : Variables(work_) {}
  const std::string* named(std::string_view name) const override {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i] == name) return &values_[i];
    }
    return nullptr;
  }
  const std::string* slot(std::size_t place, std::string_view) const override { return &values_[place]; }
  const fleethook::json::Value* data() const override { return nullptr; }

 private:
  fleethook::core::WorkBudget work_{std::numeric_limits<std::size_t>::max()};
  std::array<std::string, 4> values_ = {"plant/line7/temperature", "23.875", "0123456789abcdef01234567",
                                        "2026-01-31T23:59:59.000Z"};
};

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  const auto compiled = Template::compile(kTemplate, {}, nullptr, kNames);
  if (!compiled.ok()) return 1;
  const EventVariables variables;
  std::string out;
  std::size_t renders = 0;
  const double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  while (seconds_of(CLOCK_MONOTONIC) < end) {
    for (int i = 0; i < 10'000; ++i) {
      out.clear();  // a delivery's buffer is used again
      if (!compiled->render(variables, out, 1'000'000).ok()) return 1;
    }
    renders += 10'000;
  }
  if (out.size() < kTemplate.size() / 2) return 1;
  std::printf("%.0f\n", static_cast<double>(renders) / (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before));
  return 0;
}
