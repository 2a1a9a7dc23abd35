// Numbers in queries and paths. Lists by pages: ?page= from 1 and ?per_page= (perPage is the same), for whoever does
// not want all at once.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/router.h"
#include "base/limits.h"
#include "base/result.h"

namespace fleethook::api {

// Digits alone; nullopt for anything else, and for what is over 63 bits.
std::optional<std::uint64_t> whole_number(std::string_view text);
// Of the query, from 1 to `most`; kInvalid naming the parameter.
Result<std::uint64_t> number_query(const Call& call,
                                   std::string_view name,
                                   std::uint64_t otherwise,
                                   std::uint64_t most = INT64_MAX);

struct Page {
  std::size_t number = 1;  // from 1
  std::size_t size = 0;

  // Its part of `all`.
  template <class Item>
  std::vector<Item> of(const std::vector<Item>& all) const {
    const std::size_t first = std::min((number - 1) * size, all.size());
    const std::size_t end = std::min(first + size, all.size());
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(end)};
  }
};

inline constexpr std::size_t kPageSize = 25;  // where none is named

// nullopt: none is asked for. A size is cut to Limits::page_size_max. kInvalid naming the parameter.
Result<std::optional<Page>> asked_page(const Call& call, const Limits& limits);
// For the table of routes.
std::vector<QueryParameter> page_parameters();

// The refusal of a list that would be longer than Limits::list_bytes_max.
Error list_too_long(const Limits& limits);

}  // namespace fleethook::api
