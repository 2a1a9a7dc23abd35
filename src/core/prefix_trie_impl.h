// The nodes of PrefixTrie and the edits on them. Included by prefix_trie.h only.
#pragma once
#include <algorithm>
#include <span>

#include "core/prefix_trie.h"

namespace fleethook::core {

// What stands at one place in the space of prefixes. Every node but the root has a value or two children at least, and
// no two children begin with the same byte; so the trie's shape follows from its content, not from the order of edits.
template <class V>
struct PrefixTrie<V>::Node {
  std::string label;  // the bytes between the parent and here; empty at the root only
  std::vector<V> values;
  std::string firsts;          // first bytes of the children's labels, ascending: a lookup touches no child in vain
  std::vector<Link> children;  // in the same order

  const Link* child(char first) const {
    const std::size_t at = firsts.find(first);
    return at == std::string::npos ? nullptr : &children[at];
  }
  void put(Link link) {
    const char first = link->label[0];
    const auto above = [](char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); };
    const auto at = std::lower_bound(firsts.begin(), firsts.end(), first, above) - firsts.begin();
    if (static_cast<std::size_t>(at) < firsts.size() && firsts[static_cast<std::size_t>(at)] == first) {
      children[static_cast<std::size_t>(at)] = std::move(link);
    } else {
      firsts.insert(firsts.begin() + at, first);
      children.insert(children.begin() + at, std::move(link));
    }
  }
  void drop(char first) {
    const std::size_t at = firsts.find(first);
    firsts.erase(at, 1);
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // The most values on a way from here down, these included.
  std::size_t most() const {
    std::size_t below = 0;
    for (const Link& one : children) below = std::max(below, one->most());
    return values.size() + below;
  }

  static Link leaf(std::string_view label, V value) {
    auto node = std::make_shared<Node>();
    node->label = label;
    node->values.push_back(std::move(value));
    return node;
  }
  static Link relabelled(const Node& node, std::string label) {
    auto copy = std::make_shared<Node>(node);
    copy->label = std::move(label);
    return copy;
  }

  // `node` with the value under `rest`, which begins with the node's label.
  static Link with(const Node& node, std::string_view rest, V value) {
    auto copy = std::make_shared<Node>(node);
    rest.remove_prefix(node.label.size());
    if (rest.empty()) {
      copy->values.push_back(std::move(value));
      return copy;
    }
    const Link* child = node.child(rest[0]);
    if (child == nullptr) {
      copy->put(leaf(rest, std::move(value)));
    } else if (rest.starts_with((*child)->label)) {
      copy->put(with(**child, rest, std::move(value)));
    } else {
      copy->put(split(**child, rest, std::move(value)));
    }
    return copy;
  }

  // A new node for what `node`'s label and `rest` have in common, with `node` below it.
  static Link split(const Node& node, std::string_view rest, V value) {
    const auto common = static_cast<std::size_t>(
        std::mismatch(node.label.begin(), node.label.end(), rest.begin(), rest.end()).first - node.label.begin());
    auto fork = std::make_shared<Node>();
    fork->label = node.label.substr(0, common);
    fork->put(relabelled(node, node.label.substr(common)));
    if (common == rest.size()) {
      fork->values.push_back(std::move(value));
    } else {
      fork->put(leaf(rest.substr(common), std::move(value)));
    }
    return fork;
  }

  // `node` without the value; nullptr when nothing of it is left. `removed` stays false if the value is not there.
  static Link without(const Link& node, std::string_view rest, const V& value, bool& removed) {
    rest.remove_prefix(node->label.size());
    if (rest.empty()) {
      const auto at = std::find(node->values.begin(), node->values.end(), value);
      if (at == node->values.end()) return node;
      removed = true;
      auto copy = std::make_shared<Node>(*node);
      copy->values.erase(copy->values.begin() + (at - node->values.begin()));
      return settled(std::move(copy));
    }
    const Link* child = node->child(rest[0]);
    if (child == nullptr || !rest.starts_with((*child)->label)) return node;
    Link changed = without(*child, rest, value, removed);
    if (!removed) return node;
    auto copy = std::make_shared<Node>(*node);
    if (changed == nullptr) {
      copy->drop(rest[0]);
    } else {
      copy->put(std::move(changed));
    }
    return settled(std::move(copy));
  }

  // Restores the rule above: an empty node vanishes, a node that only leads to another becomes one with it.
  static Link settled(std::shared_ptr<Node> node) {
    if (!node->values.empty()) return node;
    if (node->children.empty()) return nullptr;
    if (node->children.size() > 1 || node->label.empty()) return node;
    return relabelled(*node->children[0], node->label + node->children[0]->label);
  }

  // From sorted entries whose prefixes all begin with the same `depth` bytes; the label starts at `begin`.
  static Link built(std::span<Entry> entries, std::size_t begin, std::size_t depth) {
    auto node = std::make_shared<Node>();
    node->label = entries[0].first.substr(begin, depth - begin);
    std::size_t i = 0;
    for (; i < entries.size() && entries[i].first.size() == depth; ++i)
      node->values.push_back(std::move(entries[i].second));
    while (i < entries.size()) {
      const char first = entries[i].first[depth];
      std::size_t end = i + 1;
      while (end < entries.size() && entries[end].first[depth] == first) ++end;
      const std::string& low = entries[i].first;
      const std::string& high = entries[end - 1].first;
      const auto common = std::mismatch(low.begin(), low.end(), high.begin(), high.end()).first - low.begin();
      node->firsts.push_back(first);
      node->children.push_back(built(entries.subspan(i, end - i), depth, static_cast<std::size_t>(common)));
      i = end;
    }
    return node;
  }
};

template <class V>
PrefixTrie<V> PrefixTrie<V>::of(std::vector<std::pair<std::string, V>> entries) {
  if (entries.empty()) return {};
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.first < b.first; });
  return PrefixTrie(Node::built(entries, 0, 0), entries.size());
}

template <class V>
PrefixTrie<V> PrefixTrie<V>::with(std::string_view prefix, V value) const {
  static const Node kNothing;
  return PrefixTrie(Node::with(root_ == nullptr ? kNothing : *root_, prefix, std::move(value)), size_ + 1);
}

template <class V>
PrefixTrie<V> PrefixTrie<V>::without(std::string_view prefix, const V& value) const {
  if (root_ == nullptr) return *this;
  bool removed = false;
  Link root = Node::without(root_, prefix, value, removed);
  return removed ? PrefixTrie(std::move(root), size_ - 1) : *this;
}

template <class V>
template <std::invocable<const V&> Visit>
void PrefixTrie<V>::match(std::string_view name, Visit&& visit) const {
  const Node* node = root_.get();
  while (node != nullptr) {
    for (const V& value : node->values) visit(value);
    if (name.empty()) return;
    const Link* child = node->child(name[0]);
    if (child == nullptr || !name.starts_with((*child)->label)) return;
    node = child->get();
    name.remove_prefix(node->label.size());
  }
}

template <class V>
std::size_t PrefixTrie<V>::most_matched(std::string_view start) const {
  std::size_t above = 0;
  const Node* node = root_.get();
  while (node != nullptr && !start.empty()) {
    above += node->values.size();
    const Link* child = node->child(start[0]);
    if (child == nullptr) return above;
    const std::string_view label = (*child)->label;
    if (!start.starts_with(label) && !label.starts_with(start)) return above;
    node = child->get();
    start.remove_prefix(std::min(start.size(), label.size()));
  }
  return node == nullptr ? above : above + node->most();
}

template <class V>
std::size_t PrefixTrie<V>::steps(std::string_view name) const {
  std::size_t nodes = 0;
  const Node* node = root_.get();
  while (node != nullptr) {
    ++nodes;
    if (name.empty()) break;
    const Link* child = node->child(name[0]);
    if (child == nullptr || !name.starts_with((*child)->label)) break;
    node = child->get();
    name.remove_prefix(node->label.size());
  }
  return nodes;
}

}  // namespace fleethook::core
