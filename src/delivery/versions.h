// Configurations of integrations as deliveries were made with: the current ones from the catalog, older ones loaded
// once and kept.
#pragma once
#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/gate.h"
#include "delivery/surroundings.h"

namespace fleethook::delivery {

// Lives on its loop.
class Versions {
 public:
  struct Key {
    core::IntegrationNumber integration;
    std::uint32_t version = 1;
    auto operator<=>(const Key&) const = default;
  };
  // An error is final: kNotFound or kCorrupt.
  using OnFound = std::function<void(const Result<core::IntegrationPtr>&)>;

  Versions(const Surroundings& outside, Gate& gate) : outside_(outside), gate_(gate) {}
  ~Versions();
  Versions(const Versions&) = delete;

  // As it ran on `product` in that version; from memory, or nullptr. `catalog` is the present one.
  core::IntegrationPtr find(const store::Catalog& catalog, const Key& key, core::ProductId product) const;
  // `found` runs later on the loop, with the version as it was kept: Integration::running_on tells how it ran. While
  // the store is unavailable it is asked again and again; not at all after stop().
  void load(const Key& key, OnFound found);
  void stop();

 private:
  static constexpr std::size_t kKeptMax = 1024;
  struct Loading {
    std::vector<OnFound> waiting;
    std::optional<Gate::Entry> inside;  // while the store is asked
    TimerId again = 0;
  };
  void ask(const Key& key);
  void answered(const Key& key, Result<core::IntegrationPtr> result);

  const Surroundings& outside_;
  Gate& gate_;
  bool stopped_ = false;
  std::map<Key, core::IntegrationPtr> kept_;
  std::map<Key, Loading> loading_;
};

}  // namespace fleethook::delivery
