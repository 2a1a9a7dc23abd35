#include "queue/event_search.h"

#include <algorithm>

#include "base/text.h"

namespace fleethook::queue {

bool EventQuery::fits(const core::Event& event) const {
  if (!products.empty() && !std::ranges::binary_search(products, event.product)) return false;
  if (!owner.is_none() && event.owner != owner) return false;
  if (!device.empty() && event.publisher != device) return false;
  if (event.replay != 0 ? !replays : replays_of.has_value()) return false;
  if (replays_of && event.id != *replays_of) return false;
  if (!event.name.starts_with(name)) return false;
  if (event.accepted_at() < from || event.accepted_at() >= to) return false;
  return text.empty() || ascii_icontains(event.name, text) || (event.data && ascii_icontains(*event.data, text));
}

}  // namespace fleethook::queue
