// What hiding secrets costs, per text: CPU time of one call, and the memory that it takes at most beyond the text.
//   mask_bench [milliseconds per line]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hex.h"
#include "core/mask.h"

namespace {

using namespace fleethook;

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct Case {
  const char* name;
  core::NamedValues values;
  std::string text;
};

core::NamedValues secrets(std::size_t count, const std::string& first, bool same = false) {
  core::NamedValues made;
  for (std::size_t i = 0; i < count; ++i)
    made.secrets.emplace_back("S" + std::to_string(i), same ? first : first + std::to_string(i));
  return made;
}

std::string repeated(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  text.resize(bytes);
  return text;
}

std::string noise(std::size_t bytes) {
  std::string text;
  std::uint64_t state = 1;
  while (text.size() < bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text.push_back(static_cast<char>(state >> 56));
  }
  return text;
}

long resident_max_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// In a process of its own, so that its memory is its own.
void measure(const Case& one, double at_least_us) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  const long before = resident_max_kib();
  std::size_t shown = 0;
  int calls = 0;
  const double began = cpu_us();
  do {
    std::string text = one.text;
    core::mask(text, one.values);
    shown = text.size();
    ++calls;
  } while (cpu_us() - began < at_least_us);
  const double us = (cpu_us() - began) / calls;
  std::printf("%-52s %9zu -> %9zu bytes %12.1f us %9ld KiB\n", one.name, one.text.size(), shown, us,
              resident_max_kib() - before);
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  const double at_least_us = 1e3 * (count > 1 ? std::atof(arguments[1]) : 200);
  constexpr std::size_t kMiB = 1024 * 1024;
  const std::string reading =
      R"({"device":"e00fce68a1b2c3d4e5f60718","at":"2026-01-31T12:00:00+01:00","note":"a \"word\" & more","v":[21.5,4,-3e2]},)";
  const core::NamedValues one = secrets(1, "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
                          twenty = secrets(20, "sk_live_4eC39HqLyjWDarjtT1zdp7dc");
  const Case cases[] = {
      {"a header, 1 secret", one, "application/json; charset=utf-8"},
      {"a header, 20 secrets", twenty, "application/json; charset=utf-8"},
      {"1 KiB of JSON, 1 secret", one, repeated(reading, 1024)},
      {"16 KiB of JSON, 20 secrets", twenty, repeated(reading, 16 * 1024)},
      {"1 MiB of JSON, 1 secret", one, repeated(reading, kMiB)},
      {"1 MiB of JSON, 20 secrets", twenty, repeated(reading, kMiB)},
      {"1 MiB of JSON, a secret of 4 bytes", secrets(1, "Zq7x", true), repeated(reading, kMiB)},
      {"1 MiB of Base64, 20 secrets", twenty, to_base64(noise(kMiB / 4 * 3))},
      {"1 MiB of noise, 20 secrets", twenty, noise(kMiB)},
      {"1 MiB of a, 20 secrets of the value a", secrets(20, "a", true), std::string(kMiB, 'a')},
      {"1 MiB of ab, a secret of the value a", secrets(1, "a", true), repeated("ab", kMiB)},
      {"1 MiB of a, a secret of 8,000 a and b", secrets(1, std::string(8000, 'a') + "b", true), std::string(kMiB, 'a')},
      {"1 MiB of %25, 20 secrets", twenty, repeated("%25", kMiB)},
      {"1 MiB of backslashes, 20 secrets", twenty, std::string(kMiB, '\\')},
      {"1 MiB of hex, a secret of 4 bytes", secrets(1, "Zq7x", true), repeated("0123456789abcdef", kMiB)},
  };
  for (const Case& each : cases) measure(each, at_least_us);
}
