#include "delivery/versions.h"

#include <utility>

#include "base/log.h"

namespace fleethook::delivery {
namespace {
constexpr Duration kAskAgainAfter = std::chrono::seconds(1);
}

Versions::~Versions() {
  stop();
}

core::IntegrationPtr Versions::find(const store::Catalog& catalog, const Key& key, core::ProductId product) const {
  if (const core::IntegrationPtr current = catalog.integration(key.integration)) {
    const core::IntegrationPtr& running = core::Integration::running_on(current, product);
    if (running->version == key.version) return running;
  }
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : core::Integration::running_on(found->second, product);
}

void Versions::load(const Key& key, OnFound found) {
  const auto [at, is_new] = loading_.try_emplace(key);
  at->second.waiting.push_back(std::move(found));
  if (is_new) ask(key);
}

void Versions::ask(const Key& key) {
  auto inside = gate_.enter();
  if (stopped_ || !inside) return;
  Loading& loading = loading_[key];
  loading.again = 0;
  loading.inside.emplace(*std::move(inside));
  outside_.load_version(key.integration, key.version,
                        [this, key](Result<core::IntegrationPtr> result) { answered(key, std::move(result)); });
}

void Versions::answered(const Key& key, Result<core::IntegrationPtr> result) {
  const auto found = loading_.find(key);
  // Leaving the gate may be the last thing that happens to this object's owner: the entry goes at the end.
  const std::optional<Gate::Entry> inside(std::move(found->second.inside));
  found->second.inside.reset();
  if (stopped_) return;
  if (!result && result.error().fault == Fault::kUnavailable) {
    log::warn("delivery.version_not_loaded",
              {{"integration", key.integration.value}, {"version", key.version}, {"error", result.error().message}});
    found->second.again = outside_.loop.schedule_after(kAskAgainAfter, [this, key] { ask(key); });
    return;
  }
  if (result && *result == nullptr) result = Error{Fault::kNotFound, "there is no such version"};
  if (result) {
    if (kept_.size() >= kKeptMax) kept_.clear();
    kept_.emplace(key, *result);
  }
  const auto waiting = std::move(found->second.waiting);
  loading_.erase(found);
  for (const OnFound& one : waiting) one(result);
}

void Versions::stop() {
  stopped_ = true;
  for (auto& [key, loading] : loading_) {
    outside_.loop.cancel(std::exchange(loading.again, 0));
    loading.waiting.clear();  // whoever waits may be gone before this object
  }
}

}  // namespace fleethook::delivery
