// A write that goes along with the next change that its thread has made: in the same transaction, or not at all.
#pragma once
#include <functional>

#include "base/result.h"
#include "sqlite/database.h"

namespace fleethook::sqlite {

// For the thread that makes it, as long as it is there; one at a time. Works that their submitter waits for look for
// one when they are made, and call it on the writer's thread.
class Rider {
 public:
  // `write` runs inside the transaction; an error undoes the change. `undone` runs when the transaction then failed.
  Rider(std::function<Result<void>(Database&)> write, std::function<void()> undone);
  ~Rider();
  Rider(const Rider&) = delete;
  // Of this thread, if it has one that nobody took along yet; else null.
  static Rider* waiting();

  bool taken() const { return taken_; }  // it is on disk

  // By the work, on the writer's thread.
  Result<void> write(Database& database);
  void done(bool committed);

 private:
  std::function<Result<void>(Database&)> write_;
  std::function<void()> undone_;
  bool written_ = false, taken_ = false;
};

}  // namespace fleethook::sqlite
