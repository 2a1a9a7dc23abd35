#include "api/search_filters.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "api/time_query.h"
#include "base/text.h"

namespace fleethook::api {

ValueOf query_of(const Call& call) {
  return [&call](std::string_view name) { return call.query(name); };
}

Result<std::pair<std::int32_t, std::int32_t>> read_status(const std::string& text) {
  using Range = std::pair<std::int32_t, std::int32_t>;
  if (text == "none") return Range{0, 0};
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
    const std::int32_t first = (text[0] - '0') * 100;
    return Range{first, first + 99};
  }
  std::int32_t status = 0;
  const auto [end, result] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (result == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 999)
    return Range{status, status};
  return Error::field("status", "expected an HTTP status such as 503, a class such as 5xx, or none for no answer");
}

Result<core::ErrorClass> read_error(const std::string& text) {
  if (const auto error = core::parse_error_class(text)) return *error;
  return Error::field("error", "expected one of: " + core::error_class_list());
}

Result<bool> read_bool(const std::string& text, std::string_view field) {
  if (text == "true" || text == "false") return text == "true";
  return Error::field(std::string(field), "expected true or false");
}

Result<TimeRange> read_range(const ValueOf& value) {
  TimeRange range;
  if (const auto text = value("from")) {
    FLEETHOOK_TRY(range.from, read_time(*text, "from", /*last_moment=*/false));
  }
  if (const auto text = value("to")) {
    FLEETHOOK_TRY(const Instant last, read_time(*text, "to", /*last_moment=*/true));
    range.to = last + Duration(1);
  }
  if (range.from >= range.to) return Error::field("from", "expected a time before the one in `to`");
  return range;
}

Result<core::IntegrationNumber> read_integration(const std::string& text, const Place& place, const Call& call) {
  const auto id = core::IntegrationId::parse(text);
  const core::IntegrationPtr found = id ? call.catalog->integration(*id) : nullptr;
  const bool theirs = found != nullptr && (place.organization != nullptr ? found->organization == place.organization->id
                                                                         : shown_at(*found, place, call));
  if (!theirs) return Error::field("integration", "there is no integration " + text + " here");
  return found->number;
}

Result<core::ProductId> read_product(const std::string& text, const Place& place, const Call& call) {
  const auto product = find_product(*call.catalog, text);
  const bool theirs =
      product.ok() &&
      (place.product != nullptr ? (*product)->id == place.product->id
                                : place.organization != nullptr && (*product)->organization == place.organization->id);
  if (!theirs) return Error::field("product", "there is no product " + text + " here");
  return (*product)->id;
}

namespace {

std::vector<const core::Device*> devices_at(const Place& place, const Call& call) {
  if (place.product != nullptr) return call.catalog->devices_of(place.product->id);
  if (place.organization == nullptr) return call.catalog->devices_of(call.user->id);
  std::vector<const core::Device*> all;
  for (const core::Product* product : call.catalog->products_of(place.organization->id)) {
    const auto some = call.catalog->devices_of(product->id);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

constexpr std::size_t kIdsNamedMax = 5;

}  // namespace

Result<std::optional<std::string>> find_device(const std::string& text, const Place& place, const Call& call) {
  if (text == core::kApiPublisher || text == core::kInternalPublisher) return std::optional(text);
  if (const auto id = core::DeviceId::parse(ascii_lower(text))) return std::optional(id->str());
  std::vector<std::string> ids;
  for (const core::Device* device : devices_at(place, call))
    if (ascii_lower(device->name) == ascii_lower(text)) ids.push_back(device->id.str());
  if (ids.empty()) return std::optional<std::string>();
  if (ids.size() == 1) return std::optional(ids.front());
  std::string some;
  for (std::size_t i = 0; i < std::min(ids.size(), kIdsNamedMax); ++i) some += (i == 0 ? "" : ", ") + ids[i];
  if (ids.size() > kIdsNamedMax) some += " ...";
  return Error::field("device",
                      std::to_string(ids.size()) + " devices are called '" + text + "': name one by its id: " + some);
}

Result<std::string> read_device(const std::string& text, const Place& place, const Call& call) {
  FLEETHOOK_TRY(auto found, find_device(text, place, call));
  if (found) return *std::move(found);
  return Error::field("device",
                      "there is no device called '" + text + "' here; by its id one is found that is gone too");
}

}  // namespace fleethook::api
