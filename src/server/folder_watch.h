// Whether the files that a server works on are still those at their paths. A file that is removed or replaced under a
// process stays open in it and takes every write, which nobody will ever read.
#pragma once
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace fleethook::server {

// Thread-safe: it never changes.
class FolderWatch {
 public:
  // Of those of `files` (paths) that are there now.
  explicit FolderWatch(const std::vector<std::string>& files);
  // kUnavailable, with a sentence that says what to do: one of them was removed, or another stands in its place. Costs
  // a system call for each file.
  Result<void> check() const;

 private:
  struct Watched {
    std::string path;
    dev_t device{};
    ino_t number{};
  };
  std::vector<Watched> watched_;
};

}  // namespace fleethook::server
