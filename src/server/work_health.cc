#include "server/work_health.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fleethook::server {
namespace {

struct Kind {
  std::string_view name;
  std::string_view fails;  // the sentence that the reason is added to
  bool stops = true;       // whether the server is not ready for it
  Duration lasts = WorkHealth::kFailsFor;
};

constexpr std::array kKinds{
    Kind{"append", "events are not accepted"},
    Kind{"ack", "what was delivered does not leave the queue"},
    Kind{"retry", "retries are not kept"},
    Kind{"outcomes", "what deliveries came to is not recorded"},
    Kind{"logs", "requests are not logged", false},
    Kind{"catalog", "changes are not saved"},
    Kind{"prune", "what is old is not removed", false, std::chrono::minutes(15)},  // longer than it rests
    Kind{"release", "what was held is not delivered"},
    Kind{"idempotency", "idempotency keys are not forgotten", false},
    Kind{"time", "how far the time has come is not written down", false},
    Kind{"commit", "nothing is written"},
    Kind{"other", "something is not written"},
};

}  // namespace

WorkHealth::WorkHealth(metrics::Registry& metrics) : metrics_(metrics) {
  for (const Kind& kind : kKinds) of(std::string(kind.name));
}

WorkHealth::Seen& WorkHealth::of(const std::string& kind) {
  const auto [at, is_new] = seen_.try_emplace(kind);
  if (is_new) {
    const metrics::Labels labels{{"work", kind}};
    at->second.count = &metrics_.counter("fleethook_write_failures_total",
                                         "Times that work of this kind could not be written.", labels);
    at->second.failing =
        &metrics_.gauge("fleethook_write_failing", "1 while work of this kind cannot be written.", labels);
  }
  return at->second;
}

std::vector<api::Trouble> WorkHealth::observe(Steady now, const std::vector<sqlite::WorkKind>& kinds) {
  const std::lock_guard lock(mutex_);
  std::vector<api::Trouble> troubles;
  for (const sqlite::WorkKind& one : kinds) {
    Seen& seen = of(one.name);
    if (one.failures != seen.failures) {
      seen.count->add(one.failures - seen.failures);
      seen.failures = one.failures;
      seen.at = now;
    }
    const auto* kind = std::ranges::find(kKinds, one.name, &Kind::name);
    if (kind == kKinds.end()) kind = kKinds.end() - 1;
    const bool fails = !one.failing.empty() && now - seen.at < kind->lasts;
    seen.failing->set(fails ? 1 : 0);
    if (!fails) continue;
    troubles.emplace_back(std::string(kind->fails) + ": " + one.failing, kind->stops);
  }
  return troubles;
}

}  // namespace fleethook::server
