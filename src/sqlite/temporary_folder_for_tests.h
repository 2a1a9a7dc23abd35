// A folder that lives as long as a test.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/assert.h"

namespace fleethook {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "fleethook-test-XXXXXX").string();
    FLEETHOOK_ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace fleethook
