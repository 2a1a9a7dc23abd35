// Short words for tests of integrations.
#pragma once
#include <string>
#include <string_view>

#include "core/integration.h"
#include "json/value.h"

namespace fleethook::core::test {

// JSON text of an object; stops the test when it is none.
inline json::Object object(std::string_view text) {
  auto value = json::parse(text);
  FLEETHOOK_ASSERT(value.ok() && value->is_object());
  return std::move(value->as_object());
}

inline Result<IntegrationConfig> create(std::string_view text,
                                        Scope scope = Scope::kSandbox,
                                        const Limits& limits = {}) {
  return read_config(object(text), EditMode::kCreate, nullptr, scope, false, limits);
}

// A configuration that must be right.
inline IntegrationConfig config(std::string_view text, Scope scope = Scope::kSandbox) {
  auto read = create(text, scope);
  FLEETHOOK_ASSERT(read.ok());
  return std::move(read).value();
}

// "field: message" for the field; "" when it was not refused.
template <class T>
std::string refusal(const Result<T>& result, std::string_view field) {
  if (result.ok()) return {};
  for (const Violation& violation : result.error().violations) {
    if (violation.field == field) return violation.message;
  }
  return {};
}

}  // namespace fleethook::core::test
