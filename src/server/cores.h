// How many cores this process may use: not how many the machine has. A container may be given some of them, or a part
// of their time.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace fleethook::server {

// Those that the scheduler may run us on, and no more than the control group's quota comes to; at least 1.
std::uint32_t usable_cores();

// What a file cpu.max says (Linux, cgroup-v2.rst): "QUOTA PERIOD" in microseconds, here as cores, rounded up. nullopt
// for "max ...", which is no limit, and for what is none of both.
std::optional<std::uint32_t> cores_of_quota(std::string_view cpu_max);

}  // namespace fleethook::server
