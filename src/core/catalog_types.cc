#include "core/catalog_types.h"

#include <array>
#include <utility>

#include "core/enum_names.h"

namespace fleethook::core {
namespace {

constexpr std::array<std::string_view, 4> kPlans = {"free", "basic", "plus", "enterprise"};
constexpr std::array<std::string_view, 3> kGroupings = {"auto", "suggest", "off"};
constexpr std::array<std::string_view, 6> kRoles = {"", "View-only", "Support", "Developer", "Administrator", "Owner"};

}  // namespace

std::string_view to_text(Plan plan) {
  return enum_name(kPlans, plan);
}

std::optional<Plan> parse_plan(std::string_view text) {
  if (text == "growth") return Plan::kBasic;
  return enum_value<Plan>(kPlans, text);
}

std::string_view to_text(GroupIdentical value) {
  return enum_name(kGroupings, value);
}

std::optional<GroupIdentical> parse_group_identical(std::string_view text) {
  return enum_value<GroupIdentical>(kGroupings, text);
}

std::string_view to_text(Role role) {
  return enum_name(kRoles, role);
}

std::optional<Role> parse_role(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return enum_value<Role>(kRoles, text);
}

}  // namespace fleethook::core
