#include "api/pages.h"

#include <charconv>
#include <string>

namespace fleethook::api {
namespace {

constexpr std::size_t kPagesMax = 1'000'000;

Result<std::size_t> whole(const Call& call, std::string_view name, std::size_t otherwise, std::size_t max) {
  const auto text = call.query(name);
  if (!text) return otherwise;
  std::size_t number = 0;
  const auto [end, status] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (status != std::errc() || end != text->data() + text->size() || number == 0)
    return Error::field(std::string(name), "expected a number from 1");
  return std::min(number, max);
}

}  // namespace

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_one = status == std::errc() && end == text.data() + text.size() && number <= INT64_MAX;
  return is_one ? std::optional(number) : std::nullopt;
}

Result<std::uint64_t> number_query(const Call& call,
                                   std::string_view name,
                                   std::uint64_t otherwise,
                                   std::uint64_t most) {
  const auto text = call.query(name);
  if (!text) return otherwise;
  const auto number = whole_number(*text);
  if (number && *number > 0 && *number <= most) return *number;
  return Error::field(std::string(name), "expected a whole number from 1 to " + std::to_string(most));
}

Result<std::optional<Page>> asked_page(const Call& call, const Limits& limits) {
  const std::string_view size_name = call.query("perPage") ? "perPage" : "per_page";
  if (!call.query("page") && !call.query(size_name)) return std::optional<Page>();
  Page page;
  FLEETHOOK_TRY(page.number, whole(call, "page", 1, kPagesMax));
  FLEETHOOK_TRY(page.size, whole(call, size_name, kPageSize, limits.page_size_max));
  return std::optional<Page>(page);
}

std::vector<QueryParameter> page_parameters() {
  return {{"page", "integer", "from 1; without page and per_page the whole list comes"},
          {"per_page", "integer", "25 if absent, at most 100; perPage is the same"}};
}

Error list_too_long(const Limits& limits) {
  return {Fault::kTooLarge,
          "this list is longer than " + std::to_string(limits.list_bytes_max) +
              " bytes; ask for a part of it, by ?page= and per_page= where the route has them",
          "list_too_long"};
}

}  // namespace fleethook::api
