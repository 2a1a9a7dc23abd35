#include "sqlite/rider.h"

#include <utility>

#include "base/assert.h"

namespace fleethook::sqlite {
namespace {
thread_local Rider* of_this_thread = nullptr;
}

Rider::Rider(std::function<Result<void>(Database&)> write, std::function<void()> undone)
    : write_(std::move(write)), undone_(std::move(undone)) {
  FLEETHOOK_ASSERT(of_this_thread == nullptr);
  of_this_thread = this;
}

Rider::~Rider() {
  of_this_thread = nullptr;
}

Rider* Rider::waiting() {
  return of_this_thread != nullptr && !of_this_thread->taken_ ? of_this_thread : nullptr;
}

Result<void> Rider::write(Database& database) {
  FLEETHOOK_CHECK(write_(database));
  written_ = true;
  return {};
}

void Rider::done(bool committed) {
  if (!std::exchange(written_, false)) return;
  if (committed) {
    taken_ = true;
  } else {
    undone_();
  }
}

}  // namespace fleethook::sqlite
