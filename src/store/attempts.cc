#include "store/attempts.h"

#include "store/history.h"

namespace fleethook::store {

bool AttemptQuery::fits(const Exchange& attempt) const {
  if (product && attempt.product != *product) return false;
  if (integration && attempt.integration != *integration) return false;
  if (!device.empty() && attempt.event->publisher != device) return false;
  if (!attempt.event->name.starts_with(name)) return false;
  if (status && (attempt.status < status->first || attempt.status > status->second)) return false;
  if (error && attempt.error_class != *error) return false;
  if (success && attempt.success != *success) return false;
  return attempt.at >= from && attempt.at < to;
}

}  // namespace fleethook::store
