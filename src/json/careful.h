// The slow reader behind parse(): says what is wrong and where, and takes the few right texts that the fast one refuses
// (integers over 64 bits, halves of surrogate pairs, the last level of nesting). Internal to json/.
#pragma once
#include <cstddef>
#include <string_view>

#include "json/value.h"

namespace fleethook::json {

// The contract of parse(), by recursive descent.
Result<Value> parse_carefully(std::string_view text, std::size_t depth_max);

// A whole number that a double holds exactly becomes an int, so that 1.0 and 1e3 are what JavaScript makes of them.
Value number(double value);

}  // namespace fleethook::json
