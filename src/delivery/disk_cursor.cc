#include "delivery/disk_cursor.h"

#include <algorithm>

namespace fleethook::delivery {

bool DiskCursor::offer(Position at, bool has_room) {
  if (at <= std::max(direct_, cursor_)) return false;
  if (!waiting_ && has_room) {
    direct_ = at;
    return true;
  }
  if (!waiting_) cursor_ = std::max(direct_, cursor_);
  waiting_ = true;
  offered_during_load_ = at;
  return false;
}

void DiskCursor::load_ended(Position last, bool all) {
  cursor_ = std::max(cursor_, last);
  if (all && offered_during_load_ <= cursor_) waiting_ = false;
}

}  // namespace fleethook::delivery
