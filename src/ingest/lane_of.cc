#include "ingest/lane_of.h"

#include <algorithm>
#include <utility>

#include "core/compiled_integration.h"
#include "store/named_values.h"

namespace fleethook::ingest {
namespace {

core::LanePtr invalid_lane(const core::Integration& integration) {
  return core::named_lane({core::lane_owner(integration), false, "", 0});
}

}  // namespace

core::WorkBudget work_for_lanes(std::size_t events, const Limits& limits) {
  return core::WorkBudget(std::min(limits.template_steps_max, events * (limits.template_steps_max / 10)));
}

core::LanePtr lane_of(const store::Catalog& catalog,
                      const core::Integration& integration,
                      const core::Event& event,
                      core::WorkBudget& work) {
  const auto compiled = integration.compiled();
  if (compiled == nullptr) return invalid_lane(integration);
  if (const core::LanePtr& constant = compiled->constant_lane()) return constant;
  if (work.is_over()) return invalid_lane(integration);
  auto rendered =
      compiled->needs().empty()
          ? compiled->lane(event, core::NamedValues::none(), &work)
          : compiled->lane(event, store::named_values(catalog, integration, *compiled, event.product), &work);
  return rendered.ok() ? std::move(rendered).value() : invalid_lane(integration);
}

}  // namespace fleethook::ingest
