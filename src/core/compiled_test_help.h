// Short words for tests of requests and of the events that answer them.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/compiled_integration.h"
#include "core/integration_test_help.h"

namespace fleethook::core::test {

inline constexpr std::string_view kDevice = "0123456789abcdef01234567";

inline Instant at(std::string_view text) {
  using namespace std::chrono;
  const sys_days day = year(2026) / January / 31;
  return text.empty() ? Instant(day) : Instant(day) + hours(23) + minutes(59) + seconds(59) + milliseconds(7);
}

// "temp" from a device in product 12, at 2026-01-31T23:59:59.007Z.
inline Event event(std::optional<std::string> data = "21.5", std::string name = "temp") {
  Event made;
  made.id = *EventId::parse("019b0000-0000-7000-8000-000000000001");
  made.product = {12};
  made.owner = *UserId::parse("5f0000000000000000000009");
  made.name = std::move(name);
  made.data = std::move(data);
  made.publisher = kDevice;
  made.published_at = at("late");
  made.origin = Origin::kDevice;
  made.device.firmware_version = "3";
  return made;
}

inline Integration integration(IntegrationConfig config, Scope scope = Scope::kProduct) {
  Integration made;
  made.id = *IntegrationId::parse("5f0000000000000000000001");
  made.scope = scope;
  made.user = *UserId::parse("5f0000000000000000000002");
  if (scope == Scope::kOrganization) made.organization = *OrganizationId::parse("5f0000000000000000000003");
  if (scope != Scope::kSandbox) made.products = {{12}};
  made.config = std::move(config);
  return made;
}

// `members`: JSON members beside event and url, as R"("json":{"a":"b"})".
inline std::shared_ptr<const CompiledIntegration> compiled(std::string_view members,
                                                           Scope scope = Scope::kProduct,
                                                           const Limits& limits = {}) {
  json::Object body = object(std::string(R"({"event":"t","url":"https://h.example/x")") + (members.empty() ? "" : ",") +
                             std::string(members) + "}");
  auto read = read_config(body, EditMode::kCreate, nullptr, scope, false);
  FLEETHOOK_ASSERT(read.ok());
  auto made = CompiledIntegration::compile(integration(std::move(read).value(), scope), limits);
  FLEETHOOK_ASSERT(made.ok());
  return std::move(made).value();
}

inline DeliveryFacts facts() {
  DeliveryFacts made;
  made.delivery = *DeliveryId::parse("019b0000-0000-7000-8000-00000000000d");
  made.attempt = 3;
  made.now = at("") + std::chrono::microseconds(1'999'999);
  made.product_owner = "5f000000000000000000000a";
  return made;
}

inline OutgoingRequest request(std::string_view members, const Event& of = event()) {
  auto built = compiled(members)->build(of, facts());
  FLEETHOOK_ASSERT(built.ok());
  return std::move(built).value();
}

// The body rendered from a `json` string or object (JSON text), without default data.
inline std::string json_body(std::string_view json, const Event& of) {
  return request(std::string(R"("noDefaults":true,"json":)") + std::string(json), of).body;
}

// The text of a template as a custom body renders it.
inline std::string rendered(std::string_view source, const Event& of) {
  return request(R"("body":)" + json::write(json::Value(source)), of).body;
}

}  // namespace fleethook::core::test
