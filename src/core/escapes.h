// What a text stands for at one place, once the escapes that may begin there are taken off: percent-encoding, JSON's
// and C's backslashes, HTML's entities, each within any other. Private to core/; mask.h is what others use.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fleethook::core {

// How much a search has looked at, and how much it may.
struct MaskWork {
  std::size_t left;
  bool over = false;

  void add(std::size_t bytes) {
    over = over || bytes > left;
    left -= over ? left : bytes;
  }
};

// Refers to its text. A value for one thread.
class Escapes {
 public:
  // The text from `place` to `end` may stand for these bytes.
  struct Reading {
    std::array<char, 4> bytes{};
    std::uint8_t size = 0;
    char by = 0;  // what its last escape began with
    std::size_t end = 0;
    bool is(char c) const { return size == 1 && bytes[0] == c; }
  };
  class Readings {
   public:
    static constexpr std::size_t kMax = 12;
    const Reading* begin() const { return list_.data(); }
    const Reading* end() const { return list_.data() + size_; }
    std::size_t size() const { return size_; }
    const Reading& operator[](std::size_t index) const { return list_[index]; }
    void add(const Reading& reading);  // beyond kMax they are left out: only long runs of backslashes have as many

   private:
    std::array<Reading, kMax> list_;
    std::size_t size_ = 0;
  };

  Escapes(std::string_view text, MaskWork& work) : text_(text), work_(work) {}

  static bool may_begin(char c) { return c == '%' || c == '\\' || c == '&'; }
  // All that up to `layers` of escapes may mean at `place`, but for the byte that stands there.
  void at(std::size_t place, int layers, Readings& out) const;

 private:
  void parse(const Reading& opening, int layers, Readings& out) const;
  void percent(const Reading& opening, int layers, Readings& out) const;
  void backslash(const Reading& opening, int layers, Readings& out) const;
  void after_backslash(char sign, std::size_t end, int layers, Readings& out) const;
  void entity(const Reading& opening, int layers, Readings& out) const;
  // One byte that `wanted` takes, as it stands or escaped; moves `place` behind it. 0 = there is none.
  template <class F>
  char next(std::size_t& place, int layers, const F& wanted) const;
  bool number(std::size_t& place, int layers, int digits, std::uint32_t& into) const;
  void put(std::uint32_t point, char by, std::size_t end, Readings& out) const;
  void put_byte(char c, char by, std::size_t end, Readings& out) const;

  std::string_view text_;
  MaskWork& work_;
};

}  // namespace fleethook::core
