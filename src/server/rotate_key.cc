#include <cstdio>

#include "base/crypto.h"
#include "server/commands.h"
#include "server/master_key.h"

namespace fleethook::server {

int rotate_key(const RotateKeyOptions& options) {
  SystemRandom random;
  const auto rotated = crypto::init()
                           ? rotate_master_key(options.data, options.master_key_file, random)
                           : Result<Rotation>(Error{Fault::kUnavailable, "the cryptographic library does not start"});
  if (!rotated.ok()) {
    std::fprintf(stderr, "fleethook rotate-key: %s\n", rotated.error().message.c_str());
    return 1;
  }
  std::printf(
      "new master key %s in %s; %zu secrets sealed again, and %zu rows of configurations and changes\n"
      "Keep a copy of the file, apart from copies of the data. Older copies of the data need the older file.\n",
      rotated->key_id.c_str(), master_key_path(options.data, options.master_key_file).c_str(), rotated->secrets,
      rotated->rows);
  return 0;
}

}  // namespace fleethook::server
