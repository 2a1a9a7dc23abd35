#include "core/pause.h"

#include <array>

#include "core/enum_names.h"

namespace fleethook::core {
namespace {
constexpr std::array<std::string_view, 3> kPauses = {"running", "hold", "skip"};
}  // namespace

std::string_view to_text(Pause pause) {
  return enum_name(kPauses, pause);
}

std::optional<Pause> parse_pause(std::string_view text) {
  return enum_value<Pause>(kPauses, text);
}

PlacementKey placement_of(const Integration& integration, const Event& event) {
  return {integration.number, integration.scope == Scope::kSandbox ? ProductId{} : event.product};
}

}  // namespace fleethook::core
