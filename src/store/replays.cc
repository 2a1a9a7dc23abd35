#include "store/replays.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/enum_names.h"

namespace fleethook::store {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"running", "paused", "done", "cancelled"};

json::Value number(std::uint64_t value) {
  return json::Value(static_cast<std::int64_t>(value));
}
json::Value micros(Instant when) {
  return json::Value(static_cast<std::int64_t>(when.time_since_epoch().count()));
}

// Members of an object of to_json(): what is absent is what a default query has; one of another kind is damage.
class Reader {
 public:
  explicit Reader(const json::Value& from) : from_(from) { is_good_ = from.is_object(); }

  std::optional<std::int64_t> number(std::string_view name) { return number_of(from_.find(name)); }
  std::optional<std::int64_t> number_of(const json::Value* value) {
    if (value == nullptr) return std::nullopt;
    is_good_ = is_good_ && value->is_int();
    return is_good_ ? std::optional(value->as_int()) : std::nullopt;
  }
  std::string text(std::string_view name) {
    const json::Value* value = from_.find(name);
    if (value == nullptr) return {};
    is_good_ = is_good_ && value->is_string();
    return is_good_ ? value->as_string() : std::string();
  }
  bool flag(std::string_view name, bool otherwise) {
    const json::Value* value = from_.find(name);
    if (value == nullptr) return otherwise;
    is_good_ = is_good_ && value->is_bool();
    return is_good_ && value->as_bool();
  }
  bool has(std::string_view name) const { return from_.find(name) != nullptr; }
  json::Array list(std::string_view name) {
    const json::Value* value = from_.find(name);
    if (value == nullptr) return {};
    is_good_ = is_good_ && value->is_array();
    return is_good_ ? value->as_array() : json::Array();
  }
  template <class Id>
  Id id(std::string_view name) {
    const std::string text = this->text(name);
    if (text.empty()) return {};
    const auto id = Id::parse(text);
    is_good_ = is_good_ && id.has_value();
    return id.value_or(Id());
  }
  bool is_good() const { return is_good_; }

 private:
  const json::Value& from_;
  bool is_good_ = true;
};

}  // namespace

std::string_view to_text(ReplayState state) {
  return core::enum_name(kStates, state);
}

bool ReplayPlan::takes(const DeadLetter& letter) const {
  return query.fits(letter) && (ids.empty() || std::ranges::binary_search(ids, letter.id));
}

std::string owner_key(const DeadLetterQuery& query) {
  if (!query.organization.is_none()) return "o:" + query.organization.str();
  return query.user.is_none() ? std::string() : "u:" + query.user.str();
}

Result<void> check_may_become(const Replay& replay, ReplayState state) {
  const bool goes_on = replay.state == ReplayState::kRunning || replay.state == ReplayState::kPaused;
  if (goes_on && state != ReplayState::kDone) return {};
  return Error{Fault::kConflict,
               "replay " + std::to_string(replay.number) + " is " + std::string(to_text(replay.state)) + " already"};
}

const char* audit_action(ReplayState state) {
  switch (state) {
    case ReplayState::kRunning:
      return "replay.resumed";
    case ReplayState::kPaused:
      return "replay.paused";
    case ReplayState::kDone:
    case ReplayState::kCancelled:
      break;
  }
  return "replay.cancelled";
}

json::Object to_json(const ReplayPlan& plan) {
  const DeadLetterQuery& query = plan.query;
  json::Object object;
  if (!query.organization.is_none()) object.set("organization", query.organization.str());
  if (!query.user.is_none()) object.set("user", query.user.str());
  if (query.product) object.set("product", number(query.product->value));
  if (query.integration) object.set("integration", number(query.integration->value));
  if (!query.device.empty()) object.set("device", query.device);
  if (!query.name.empty()) object.set("name", query.name);
  if (query.status) {
    object.set("status_from", number(static_cast<std::uint64_t>(query.status->first)));
    object.set("status_to", number(static_cast<std::uint64_t>(query.status->second)));
  }
  if (query.error) object.set("error", to_text(*query.error));
  if (query.from != Instant::min()) object.set("from", micros(query.from));
  if (query.to != Instant::max()) object.set("to", micros(query.to));
  if (!query.text.empty()) object.set("text", query.text);
  if (query.replayed) object.set("replayed", *query.replayed);
  if (!plan.ids.empty()) {
    json::Array ids;
    for (const std::uint64_t id : plan.ids) ids.push_back(number(id));
    object.set("ids", std::move(ids));
  }
  if (!plan.to.is_none()) object.set("to_integration", number(plan.to.value));
  if (plan.same_version) object.set("same_version", true);
  object.set("per_second", plan.per_second);
  if (plan.events_upto) object.set("events_upto", number(plan.events_upto->value));
  return object;
}

Result<ReplayPlan> plan_of_json(const json::Value& value) {
  Reader read(value);
  const auto unsigned_of = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
  ReplayPlan plan;
  DeadLetterQuery& query = plan.query;
  query.organization = read.id<core::OrganizationId>("organization");
  query.user = read.id<core::UserId>("user");
  if (const auto product = read.number("product")) query.product = core::ProductId{unsigned_of(*product)};
  if (const auto integration = read.number("integration"))
    query.integration = core::IntegrationNumber{unsigned_of(*integration)};
  query.device = read.text("device");
  query.name = read.text("name");
  const auto status_from = read.number("status_from"), status_to = read.number("status_to");
  if (status_from && status_to)
    query.status = {static_cast<std::int32_t>(*status_from), static_cast<std::int32_t>(*status_to)};
  bool is_good = true;
  if (read.has("error")) {
    query.error = core::parse_error_class(read.text("error"));
    is_good = query.error.has_value();
  }
  if (const auto from = read.number("from")) query.from = Instant(Duration(*from));
  if (const auto to = read.number("to")) query.to = Instant(Duration(*to));
  query.text = read.text("text");
  if (read.has("replayed")) query.replayed = read.flag("replayed", false);
  for (const json::Value& id : read.list("ids")) plan.ids.push_back(unsigned_of(read.number_of(&id).value_or(0)));
  if (const auto to = read.number("to_integration")) plan.to = core::IntegrationNumber{unsigned_of(*to)};
  plan.same_version = read.flag("same_version", false);
  if (const auto upto = read.number("events_upto")) plan.events_upto = core::EventSeq{unsigned_of(*upto)};
  plan.per_second = static_cast<std::uint32_t>(read.number("per_second").value_or(0));
  if (!is_good || !read.is_good() || plan.per_second == 0)
    return Error{Fault::kCorrupt, "the plan of a replay in the data file cannot be read"};
  return plan;
}

}  // namespace fleethook::store
