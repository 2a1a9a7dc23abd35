// What happens too often to be written each time, and is noted in memory first.
#pragma once
#include "base/result.h"

namespace fleethook::store {

// Thread-safe. Blocks until committed: API pool only.
class Noted {
 public:
  virtual ~Noted() = default;
  // Writes when tokens were last used, as noted since the last call, and forgets those that have ended. The server
  // calls it now and then, and at stop.
  virtual Result<void> save_token_use() = 0;
  // Writes when devices were last heard (core::Device::heard), as noted since the last call. The server calls it now
  // and then, and at stop.
  virtual Result<void> save_device_heard() = 0;
  // Writes when secrets were last used, as noted since the last call. The server calls it now and then, and at stop.
  virtual Result<void> save_secret_access() = 0;
};

}  // namespace fleethook::store
