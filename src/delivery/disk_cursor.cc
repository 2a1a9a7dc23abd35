#include "delivery/disk_cursor.h"

#include <algorithm>

namespace fleethook::delivery {

bool DiskCursor::is_covered(Position at) const {
  return std::any_of(covered_.rbegin(), covered_.rend(),
                     [at](const Covered& one) { return at > one.after && at <= one.upto; });
}

bool DiskCursor::offer(Position at, bool has_room) {
  if (waiting_) {
    if (at > cursor_) {
      offered_during_load_ = std::max(offered_during_load_, at);
      return false;
    }
    if (at > began_ || is_covered(at)) return false;
    return true;  // late
  }
  if (at <= direct_ || at <= cursor_) return !is_covered(at);  // late: no load would bring it
  if (!has_room) {
    waiting_ = true;
    began_ = cursor_ = std::max(direct_, cursor_);
    offered_during_load_ = at;
    return false;
  }
  direct_ = at;
  return true;
}

void DiskCursor::load_ended(Position last, bool all) {
  cursor_ = std::max(cursor_, last);
  if (!all || offered_during_load_ > cursor_) return;
  waiting_ = false;
  if (cursor_ == began_) return;
  covered_.push_back({began_, cursor_});
  if (covered_.size() > kCoveredMax) covered_.pop_front();
}

}  // namespace fleethook::delivery
