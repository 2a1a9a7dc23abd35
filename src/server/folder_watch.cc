#include "server/folder_watch.h"

#include <filesystem>

#include <sys/stat.h>

namespace fleethook::server {
namespace {

// Publishers read it too, whom the rest of the path is no business of.
Error broken(const std::string& path, const std::string& what) {
  return {Fault::kUnavailable, std::filesystem::path(path).filename().string() + " " + what +
                                   " while the server runs: what it writes now would be lost. Put the same file back, "
                                   "or stop the server, restore a backup into the data folder, and start again"};
}

}  // namespace

FolderWatch::FolderWatch(const std::vector<std::string>& files) {
  for (const std::string& path : files) {
    struct stat found {};
    if (stat(path.c_str(), &found) == 0) watched_.push_back({path, found.st_dev, found.st_ino});
  }
}

Result<void> FolderWatch::check() const {
  for (const Watched& one : watched_) {
    struct stat found {};
    if (stat(one.path.c_str(), &found) != 0) return broken(one.path, "was removed");
    if (found.st_dev != one.device || found.st_ino != one.number) return broken(one.path, "was replaced");
  }
  return {};
}

}  // namespace fleethook::server
