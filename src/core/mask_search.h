// Where a text holds values that are to be hidden, however they are written in it. Private to core/: mask.h is what
// others use.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/escapes.h"
#include "core/named_values.h"

namespace fleethook::core {

// What is to be hidden: each value once, and where those are that begin with a letter. Refers to its values.
class HiddenValues {
 public:
  struct Value {
    std::string_view text;
    bool any_case = false;
    bool is_credential = false;  // not to be hidden itself: it announces a credential that may hold a value
    std::uint16_t next = 0;      // among those that begin alike: its place and 1; 0 = none
    std::uint32_t rare = 0;      // where its rarest byte is, for long ones
  };

  // Values longer than `text_bytes` are in no text of that length.
  HiddenValues(const NamedValues& values, std::size_t text_bytes);

  bool empty() const { return longest_ == 0; }
  std::size_t longest() const { return longest_; }
  std::size_t shortest_encoded() const { return shortest_encoded_; }  // that is looked for in Base64; 0 = none is
  bool begins_with(unsigned char c) const { return first_[canonical(c)] != 0; }
  template <class F>
  void each_with(unsigned char c, F&& f) const {
    for (std::uint16_t at = first_[canonical(c)]; at != 0; at = values_[at - 1].next) f(values_[at - 1]);
  }

  // Letters in one case, and forms' '+' as a space.
  static unsigned char canonical(unsigned char c) { return kCanonical[c]; }

 private:
  static const std::array<unsigned char, 256> kCanonical;
  void add(Value value);

  std::vector<Value> values_;
  std::array<std::uint16_t, 256> first_{};  // by its canonical first byte
  std::size_t longest_ = 0, shortest_encoded_ = 0;
};

struct HiddenRange {
  std::uint32_t begin, end;
};
// In order, none touching another. Empty with `work.over` when it took more than it may.
std::vector<HiddenRange> hidden_ranges(std::string_view text, const HiddenValues& values, MaskWork& work);

}  // namespace fleethook::core
