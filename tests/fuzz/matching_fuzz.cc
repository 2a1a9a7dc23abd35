// Input: a program of edits and lookups, each a byte that says what, a byte that says how long, and a name. Held: the
// prefix trie finds what the obvious matcher finds, in the same order, and an old snapshot still does after later
// edits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "core/prefix_trie.h"

namespace {

using Trie = fleethook::core::PrefixTrie<int>;
using Entries = std::vector<std::pair<std::string, int>>;

std::vector<int> naive_matches(const Entries& entries, std::string_view name) {
  std::vector<int> found;
  for (std::size_t length = 0; length <= name.size(); ++length) {
    for (const auto& [prefix, value] : entries) {
      if (prefix == name.substr(0, length)) found.push_back(value);
    }
  }
  return found;
}

void check(const Trie& trie, const Entries& entries, std::string_view name) {
  std::vector<int> found;
  trie.match(name, [&](int value) { found.push_back(value); });
  FLEETHOOK_ASSERT(found == naive_matches(entries, name));
  FLEETHOOK_ASSERT(trie.size() == entries.size() && trie.empty() == entries.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(bytes), std::min<std::size_t>(size, 2'000));
  Trie trie;
  Trie snapshot;
  Entries entries;
  Entries snapshot_entries;
  while (input.size() >= 2) {
    const auto what = static_cast<unsigned char>(input[0]);
    const std::size_t length = static_cast<unsigned char>(input[1]) % 16;
    const std::string_view name = input.substr(2, length);
    input.remove_prefix(2 + name.size());
    const int value = what / 4 % 4;
    switch (what % 4) {
      case 0:
        trie = trie.with(name, value);
        entries.emplace_back(name, value);
        break;
      case 1: {
        trie = trie.without(name, value);
        const auto found = std::find(entries.begin(), entries.end(), std::pair(std::string(name), value));
        if (found != entries.end()) entries.erase(found);
        break;
      }
      case 2:
        snapshot = trie;
        snapshot_entries = entries;
        break;
      default:
        break;
    }
    check(trie, entries, name);
    check(snapshot, snapshot_entries, name);
    check(Trie::of(entries), entries, name);
  }
  return 0;
}
