// How many connections the process may have: each is a file, and so is what the server itself needs.
#pragma once
#include <cstddef>

#include "base/limits.h"
#include "base/result.h"

namespace fleethook::server {

// Raises the limit of open files to the most that this process may have, and returns it.
std::size_t raise_file_limit();
// Files that are open now.
std::size_t open_files();

struct ConnectionLimits {
  std::size_t clients = 0, clients_per_address = 0, metrics = 0, receivers = 0, per_receiver = 0;
};
// `files`: that the process may open. `taken`: those that are open when all but the connections is there. `loops`: each
// listens. kUnavailable, with what to do: there are too few.
Result<ConnectionLimits> divide_files(std::size_t files, std::size_t taken, std::size_t loops, const Limits& limits);

}  // namespace fleethook::server
