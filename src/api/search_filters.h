// By what searches of events, attempts and dead letters are narrowed: single parameters, read. All give kInvalid naming
// the parameter.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/integration_place.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/error_class.h"
#include "core/ids.h"

namespace fleethook::api {

// The value of a parameter; nullopt when it is absent.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;
ValueOf query_of(const Call& call);  // of the query; `call` outlives it

// What the history has at the place: whose integrations, and on which product. `Query`: of dead letters, or of
// attempts.
template <class Query>
Query all_at(const Place& place, const Call& call) {
  Query query;
  if (place.organization != nullptr) {
    query.organization = place.organization->id;
  } else {
    query.user = place.product != nullptr ? place.product->user : call.user->id;
  }
  if (place.product != nullptr) {
    query.product = place.product->id;
  } else if (place.organization == nullptr) {
    query.product = core::ProductId();
  }
  return query;
}

// "503", "5xx", or "none" for no answer: from, to.
Result<std::pair<std::int32_t, std::int32_t>> read_status(const std::string& text);
Result<core::ErrorClass> read_error(const std::string& text);
Result<bool> read_bool(const std::string& text, std::string_view field);
// `from` and `to`; the time in `to` is in it.
struct TimeRange {
  Instant from = Instant::min(), to = Instant::max();
};
Result<TimeRange> read_range(const ValueOf& value);
// One that runs at the place, or ran: of what is gone only its history tells.
Result<core::IntegrationNumber> read_integration(const std::string& text, const Place& place, const Call& call);
// By id or slug.
Result<core::ProductId> read_product(const std::string& text, const Place& place, const Call& call);
// A coreid as it is, known here or not; or that of the device of this name. A name that several have is refused, with
// their ids.
Result<std::string> read_device(const std::string& text, const Place& place, const Call& call);
// The same, for whoever tries other things as well: nullopt when there is no such device.
Result<std::optional<std::string>> find_device(const std::string& text, const Place& place, const Call& call);

}  // namespace fleethook::api
