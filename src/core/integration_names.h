// Words of the wire that reading, writing and compiling an integration share.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "core/integration.h"

namespace fleethook::core {

inline constexpr std::array<std::string_view, 4> kIntegrationTypes = {"Webhook", "GoogleMaps", "GoogleCloudPubSub",
                                                                      "AzureIotHub"};
inline constexpr std::array<std::string_view, 4> kRequestTypes = {"GET", "POST", "PUT", "DELETE"};
inline constexpr std::array<std::string_view, 2> kPolicies = {"durable", "particle"};

// "hook-response/{{PARTICLE_EVENT_NAME}}", behind the device's id outside the sandbox: one device's answer must not
// reach a fleet.
inline constexpr std::string_view kResponseTopicKind = "hook-response";
inline constexpr std::string_view kErrorTopicKind = "hook-error";
std::string default_topic(std::string_view kind, Scope scope);

// The wire form of credentials.
json::Object auth_value(const IntegrationConfig::Auth& auth);

// ^[A-Z_][A-Z0-9_]*$
bool is_secret_name(std::string_view text);

}  // namespace fleethook::core
