// Which integrations want an event: a persistent radix trie from name prefix to values. A lookup walks the name once,
// so its cost does not grow with the number of prefixes that do not match. An edit copies the path to the root and
// shares the rest, so readers keep their snapshot and never wait.
#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleethook::core {

// Immutable value; copies share nodes; safe to read from any thread. V: equality comparable, cheap to copy.
// Nodes nest at most as deep as the longest prefix has bytes.
template <class V>
class PrefixTrie {
 public:
  PrefixTrie() = default;
  // All at once, in the order given where prefixes are equal: much faster than one by one.
  static PrefixTrie of(std::vector<std::pair<std::string, V>> entries);

  // With `value` under `prefix` added; several values may stand under one prefix (in order of adding).
  [[nodiscard]] PrefixTrie with(std::string_view prefix, V value) const;
  // Without the first value under `prefix` that equals `value`; unchanged if there is none.
  [[nodiscard]] PrefixTrie without(std::string_view prefix, const V& value) const;
  // Calls visit(const V&) for each value whose prefix `name` starts with, shortest prefix first. Bytes, case-sensitive.
  template <std::invocable<const V&> Visit>
  void match(std::string_view name, Visit&& visit) const;
  // How many values match() visits at most for a name that starts with `start`. Looks at every prefix below it.
  std::size_t most_matched(std::string_view start) const;
  bool empty() const { return root_ == nullptr; }
  std::size_t size() const { return size_; }  // values
  // Nodes that match() would look at for `name`: what a lookup costs.
  std::size_t steps(std::string_view name) const;

 private:
  struct Node;
  using Link = std::shared_ptr<const Node>;
  using Entry = std::pair<std::string, V>;
  PrefixTrie(Link root, std::size_t size) : root_(std::move(root)), size_(size) {}

  Link root_;
  std::size_t size_ = 0;
};

}  // namespace fleethook::core

#include "core/prefix_trie_impl.h"  // IWYU pragma: keep
