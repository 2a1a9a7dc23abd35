// Errors of the operating system by the names that people search for: "ECONNREFUSED". Private to net/.
#pragma once
#include <cstring>
#include <string>

namespace fleethook::net {

inline std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? name : "error " + std::to_string(error);
}

}  // namespace fleethook::net
