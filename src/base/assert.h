// Stops the process when our own code broke a promise. Stays on in release; what the world does is a Result instead.
#pragma once

namespace fleethook {
// Prints expression, file and line to stderr and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace fleethook

#define FLEETHOOK_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::fleethook::assertion_failed(#condition, __FILE__, __LINE__))
