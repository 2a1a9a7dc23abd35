// Preloaded into a server by a test: its wall clock is the machine's and so many seconds more as the file named by
// WALL_CLOCK_FILE says, at any moment. Its steady clock and its timers are the machine's: libfaketime moves those too.
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

namespace {

const volatile std::int64_t* offset() {
  static const volatile std::int64_t* const mapped = [] {
    const char* name = std::getenv("WALL_CLOCK_FILE");
    const int file = open(name == nullptr ? "" : name, O_RDONLY | O_CLOEXEC);
    if (file < 0) std::abort();
    void* at = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) std::abort();
    return static_cast<volatile const std::int64_t*>(at);
  }();
  return mapped;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset();
  return result;
}
