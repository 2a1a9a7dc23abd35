#include <algorithm>

#include "console_files/console_files.h"

namespace fleethook::console_files {

const File* find(Table table, std::string_view path) {
  const auto at = std::ranges::lower_bound(table, path, {}, &File::path);
  return at != table.end() && at->path == path ? &*at : nullptr;
}

}  // namespace fleethook::console_files
