// What the process takes of the machine, under the names that all clients of Prometheus use.
#pragma once
#include <optional>
#include <string_view>

#include "metrics/registry.h"

namespace fleethook::server {

// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_start_time_seconds. Those that /proc does not tell are left out.
void register_process_metrics(metrics::Registry& registry);

// When a process began, in ticks since the start of the machine, as /proc/PID/stat has it; its second field, the name
// of the program, may hold anything. nullopt: it is not there.
std::optional<double> start_ticks(std::string_view stat);
// When the machine started, in seconds since 1970, as /proc/stat has it.
std::optional<double> boot_seconds(std::string_view stat);

}  // namespace fleethook::server
