#include "ingest/replayed_events.h"

#include <algorithm>
#include <utility>

#include "ingest/explain.h"

namespace fleethook::ingest {
namespace {

queue::EventQuery events_of(const store::ReplayPlan& plan, const store::Catalog& catalog) {
  const store::DeadLetterQuery& of = plan.query;
  queue::EventQuery query;
  query.device = of.device;
  query.name = of.name;
  query.text = of.text;
  query.from = of.from;
  query.to = of.to;
  query.replays = false;
  if (of.product && !of.product->is_none()) {
    query.products = {*of.product};
  } else if (!of.organization.is_none()) {
    for (const core::Product* product : catalog.products_of(of.organization)) query.products.push_back(product->id);
    std::ranges::sort(query.products);
  } else {
    query.owner = of.user;
  }
  return query;
}

}  // namespace

Result<ReplayedEvents> replayed_events(queue::Log& log,
                                       const store::Catalog& catalog,
                                       const store::ReplayPlan& plan,
                                       core::EventSeq behind,
                                       std::size_t limit,
                                       std::size_t look_max) {
  ReplayedEvents taken;
  taken.behind = behind;
  taken.integration = catalog.in_place_of(plan.to);
  const queue::EventQuery query = events_of(plan, catalog);
  const bool has_place = !query.products.empty() || !query.owner.is_none();
  if (taken.integration == nullptr || !has_place) {
    taken.all = true;
    return taken;
  }
  queue::EventPage page{.oldest_first = true, .behind = behind, .limit = limit, .look_max = look_max};
  FLEETHOOK_TRY(queue::FoundEvents found, log.search(query, page));
  for (queue::Kept& kept : found.events) {
    if (kept.seq > *plan.events_upto) break;
    if (fires(explain_with(*kept.event, taken.integration, core::Pause::kRunning).verdict))
      taken.events.push_back(std::move(kept));
  }
  taken.behind = std::max(found.behind, behind);
  taken.all = found.all || found.behind >= *plan.events_upto;
  return taken;
}

}  // namespace fleethook::ingest
