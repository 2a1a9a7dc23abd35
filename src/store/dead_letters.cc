#include "store/dead_letters.h"

#include "base/text.h"

namespace fleethook::store {

bool DeadLetterQuery::fits(const DeadLetter& letter) const {
  const core::Event& event = *letter.event;
  if (product && letter.product != *product) return false;
  if (integration && letter.integration != *integration) return false;
  if (!device.empty() && event.publisher != device) return false;
  if (!event.name.starts_with(name)) return false;
  if (status && (letter.status < status->first || letter.status > status->second)) return false;
  if (error && letter.error != *error) return false;
  if (letter.at < from || letter.at >= to) return false;
  if (replayed && (letter.replayed != 0) != *replayed) return false;
  if (text.empty()) return true;
  return ascii_icontains(letter.reason, text) || (event.data && ascii_icontains(*event.data, text));
}

}  // namespace fleethook::store
