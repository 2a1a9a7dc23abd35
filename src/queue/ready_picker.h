// Which rows a load of never-tried deliveries brings, row by row: what ReadyWish means, once for all implementations.
#pragma once
#include <cstddef>
#include <unordered_map>

#include "queue/waiting_room.h"

namespace fleethook::queue {

// For one load, within its wish. Rows are shown in order.
class ReadyPicker {
 public:
  explicit ReadyPicker(const ReadyWish& wish) : wish_(wish) {
    for (const ReadyWish::One& one : wish.of) left_.emplace(one.placement, Left{one.after, one.limit});
    if (wish.for_first && !wish.of.empty()) first_ = &left_.at(wish.of.front().placement).left;
  }
  ReadyPicker(const ReadyPicker&) = delete;

  // Nothing more is to be looked at.
  bool has_enough() const { return taken_ >= wish_.limit || (first_ != nullptr && *first_ == 0); }
  bool takes(const core::PlacementKey& placement, const ReadyPlace& at) {
    Left& left = left_.try_emplace(placement, Left{{}, wish_.others_each}).first->second;
    if (left.left == 0 || at <= left.after) return false;
    --left.left;
    ++taken_;
    return true;
  }

 private:
  struct Left {
    ReadyPlace after;
    std::size_t left = 0;
  };
  const ReadyWish& wish_;
  std::unordered_map<core::PlacementKey, Left, PlacementHash> left_;
  const std::size_t* first_ = nullptr;
  std::size_t taken_ = 0;
};

}  // namespace fleethook::queue
