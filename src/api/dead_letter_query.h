// Which dead letters somebody means: the parameters of a search, and the same as members of a body.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/integration_place.h"
#include "api/router.h"
#include "json/value.h"
#include "store/dead_letters.h"

namespace fleethook::api {

// By what they are narrowed, for the table of routes.
std::vector<QueryParameter> dead_letter_parameters();
// All that the place has: no parameter narrows it. kForbidden as place_of().
store::DeadLetterQuery dead_letters_at(const Place& place, const Call& call);
// Narrowed by the query, or by an object of a body that has the same names, as its member `member`. kInvalid naming the
// field.
Result<store::DeadLetterQuery> asked_dead_letters(const Place& place, const Call& call);
Result<store::DeadLetterQuery> asked_dead_letters(const Place& place,
                                                  const Call& call,
                                                  const json::Object& filter,
                                                  std::string_view member);

}  // namespace fleethook::api
