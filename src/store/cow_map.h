// A hash map as an immutable value: copies share everything, and a change copies only the few nodes between the root
// and its place. So a snapshot with a million devices is followed by the next one within a microsecond or two, and
// readers of the old one notice nothing.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"

namespace fleethook::store {

// One series of changes. Nodes made under an edit are changed in place by the same edit and copied by every other one;
// once the maps are published, nobody may use the edit again. Belongs to one thread.
class Edit {
 public:
  Edit() : number_(next()) {}
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  std::uint64_t number() const { return number_; }

 private:
  static std::uint64_t next() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }
  std::uint64_t number_;
};

// Spreads keys over all 64 bits: identifiers made by a device's maker often differ in a few bits only (finaliser of
// MurmurHash3).
struct SpreadHash {
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  }
  template <class Tag>
  std::uint64_t operator()(const ObjectId<Tag>& id) const {
    std::uint64_t head;
    std::uint32_t tail;
    std::memcpy(&head, id.bytes.data(), sizeof head);
    std::memcpy(&tail, id.bytes.data() + sizeof head, sizeof tail);
    return mix(mix(head) + tail);
  }
  template <class Tag>
  std::uint64_t operator()(const Number<Tag>& number) const {
    return mix(number.value);
  }
  template <std::size_t Size>
  std::uint64_t operator()(const std::array<std::uint8_t, Size>& digest) const {
    static_assert(Size >= sizeof(std::uint64_t));
    std::uint64_t head;
    std::memcpy(&head, digest.data(), sizeof head);
    return mix(head);
  }
  std::uint64_t operator()(std::string_view text) const { return mix(std::hash<std::string_view>()(text)); }
};

// Safe to read from any thread. Keys and values must be copyable; pointers to values live as long as a copy of the map
// that has them. Iteration has no meaningful order. (After Bagwell's hash tries, with small leaves instead of bitmaps,
// and Clojure's transients.)
template <class Key, class Value, class Hash = SpreadHash>
class CowMap {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // nullptr when absent. `key` may be of another type that Hash takes and Key compares with.
  template <class Like>
  const Value* find(const Like& key) const {
    const std::uint64_t hash = Hash()(key);
    const Node* node = root_.get();
    for (std::uint64_t path = hash; node != nullptr && !node->leaf; path >>= kBits) {
      node = static_cast<const Inner*>(node)->children[path & kMask].get();
    }
    return node == nullptr ? nullptr : static_cast<const Leaf*>(node)->find(hash, key);
  }
  template <class Like>
  bool contains(const Like& key) const {
    return find(key) != nullptr;
  }

  // The value, ready to be changed in place until the next change of this map; added (as Value()) when absent.
  Value& at(const Edit& edit, const Key& key) {
    const std::uint64_t hash = Hash()(key);
    NodePtr* slot = &root_;
    unsigned depth = 0;
    for (std::uint64_t path = hash;; path >>= kBits, ++depth) {
      if (*slot == nullptr) *slot = std::make_shared<Leaf>(edit.number());
      Node* node = owned(*slot, edit);
      if (node->leaf) {
        Leaf& leaf = static_cast<Leaf&>(*node);
        if (Value* value = leaf.find(hash, key)) return *value;
        if (leaf.entries.size() < kLeafMax || depth >= kDepthMax) {
          ++size_;
          return leaf.add(hash, key);
        }
        *slot = split(leaf, depth, edit);
        node = slot->get();
      }
      slot = &static_cast<Inner*>(node)->children[path & kMask];
    }
  }
  // As at(), but nullptr when absent, and then nothing is copied.
  Value* change(const Edit& edit, const Key& key) { return contains(key) ? &at(edit, key) : nullptr; }
  void set(const Edit& edit, const Key& key, Value value) { at(edit, key) = std::move(value); }
  // False when it was absent.
  bool erase(const Edit& edit, const Key& key) {
    if (!contains(key)) return false;
    erase_in(root_, Hash()(key), Hash()(key), key, edit);
    --size_;
    return true;
  }

  // visit(const Key&, const Value&)
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (root_ != nullptr) visit_all(*root_, visit);
  }

 private:
  static constexpr unsigned kBits = 3;  // 8 children: leaves stay between two and sixteen entries at every size
  static constexpr std::uint64_t kMask = (1U << kBits) - 1;
  static constexpr std::size_t kLeafMax = 16;
  static constexpr unsigned kDepthMax = 64 / kBits - 1;  // below that all bits are used up: the leaf takes what comes

  struct Node {
    Node(std::uint64_t of, bool is_leaf) : edit(of), leaf(is_leaf) {}
    std::uint64_t edit;
    bool leaf;
  };
  using NodePtr = std::shared_ptr<Node>;

  struct Inner : Node {
    explicit Inner(std::uint64_t of) : Node(of, false) {}
    std::array<NodePtr, kMask + 1> children;
  };

  struct Leaf : Node {
    explicit Leaf(std::uint64_t of) : Node(of, true) {}
    struct Entry {
      Key key;
      Value value;
    };
    // High bits of the hashes, so that a search touches one cache line and then the right entry. Entries above kLeafMax
    // have none.
    std::array<std::uint32_t, kLeafMax> tags{};
    std::vector<Entry> entries;

    static std::uint32_t tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
    template <class Like>
    const Value* find(std::uint64_t hash, const Like& key) const {
      const std::size_t at = index(hash, key);
      return at == entries.size() ? nullptr : &entries[at].value;
    }
    template <class Like>
    Value* find(std::uint64_t hash, const Like& key) {
      const std::size_t at = index(hash, key);
      return at == entries.size() ? nullptr : &entries[at].value;
    }
    template <class Like>
    std::size_t index(std::uint64_t hash, const Like& key) const {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if ((i >= kLeafMax || tags[i] == tag(hash)) && entries[i].key == key) return i;
      }
      return entries.size();
    }
    Value& add(std::uint64_t hash, Key key) {
      if (entries.size() < kLeafMax) tags[entries.size()] = tag(hash);
      entries.push_back({std::move(key), Value()});
      return entries.back().value;
    }
    Value& add(std::uint64_t hash, Entry entry) {
      Value& value = add(hash, std::move(entry.key));
      value = std::move(entry.value);
      return value;
    }
    void remove(std::size_t at) {
      if (at + 1 != entries.size()) entries[at] = std::move(entries.back());
      entries.pop_back();
      if (at < entries.size()) {
        if (at < kLeafMax) tags[at] = tag(Hash()(entries[at].key));
      }
    }
  };

  // What stands in `slot`, copied first unless this edit made it.
  static Node* owned(NodePtr& slot, const Edit& edit) {
    if (slot->edit == edit.number()) return slot.get();
    if (slot->leaf) {
      slot = std::make_shared<Leaf>(static_cast<const Leaf&>(*slot));
    } else {
      slot = std::make_shared<Inner>(static_cast<const Inner&>(*slot));
    }
    slot->edit = edit.number();
    return slot.get();
  }

  // `leaf` belongs to the edit and is given up: its entries move.
  static NodePtr split(Leaf& leaf, unsigned depth, const Edit& edit) {
    auto inner = std::make_shared<Inner>(edit.number());
    for (auto& entry : leaf.entries) {
      const std::uint64_t hash = Hash()(entry.key);
      NodePtr& child = inner->children[(hash >> (depth * kBits)) & kMask];
      if (child == nullptr) child = std::make_shared<Leaf>(edit.number());
      static_cast<Leaf&>(*child).add(hash, std::move(entry));
    }
    return inner;
  }

  // The key is there. Empty nodes vanish; thin ones stay (a catalog seldom shrinks).
  static void erase_in(NodePtr& slot, std::uint64_t hash, std::uint64_t path, const Key& key, const Edit& edit) {
    Node* node = owned(slot, edit);
    bool empty;
    if (node->leaf) {
      Leaf& leaf = static_cast<Leaf&>(*node);
      leaf.remove(leaf.index(hash, key));
      empty = leaf.entries.empty();
    } else {
      auto& children = static_cast<Inner&>(*node).children;
      erase_in(children[path & kMask], hash, path >> kBits, key, edit);
      empty = true;
      for (const NodePtr& child : children) empty = empty && child == nullptr;
    }
    if (empty) slot = nullptr;
  }

  template <class Visit>
  static void visit_all(const Node& node, Visit& visit) {
    if (node.leaf) {
      for (const auto& entry : static_cast<const Leaf&>(node).entries) visit(entry.key, entry.value);
    } else {
      for (const NodePtr& child : static_cast<const Inner&>(node).children) {
        if (child != nullptr) visit_all(*child, visit);
      }
    }
  }

  NodePtr root_;
  std::size_t size_ = 0;
};

// A set of the same kind.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};
template <class Key, class Hash = SpreadHash>
using CowSet = CowMap<Key, Nothing, Hash>;

// A copy of the keys, so that the map may change while they are gone through.
template <class Key, class Value, class Hash>
std::vector<Key> keys_of(const CowMap<Key, Value, Hash>& map) {
  std::vector<Key> keys;
  keys.reserve(map.size());
  map.for_each([&](const Key& key, const Value&) { keys.push_back(key); });
  return keys;
}

}  // namespace fleethook::store
