// Literal credentials: what opens something and stands in a configuration itself, where a secret would be better. They
// are hidden in logs and streams as secrets are, and shown to those only who may change the configuration.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/integration.h"
#include "json/value.h"

namespace fleethook::core {

// By its name alone: Authorization, Cookie, X-API-Key, auth_token, client_secret, sig ... of a header, of a field of a
// query or form, of a parameter.
bool is_credential_name(std::string_view name);

// The fields that hold one, by their paths ("auth.password", "headers.X-API-Key", "url"), in the order of the
// configuration. What comes from tags alone is none.
std::vector<std::string> literal_credential_fields(const IntegrationConfig& config);
// What mask() has to hide beside the secrets: the literal texts of these fields without the word for their scheme, the
// names and passwords in them, and the Base64 of a name and a password together. Too short ones are left out: hiding
// "me" wherever it stands would leave nothing to read.
std::vector<std::string> literal_credential_texts(const IntegrationConfig& config);

// As those are shown it who may not change it, with kMask in place of every literal credential: settings as they stand
// on the wire (all, or those of an override), and a difference between two configurations as config_diff() gives it.
json::Object settings_without_credentials(json::Object settings);
json::Object difference_without_credentials(json::Object changes);

// The fields whose text has kMask in it: what was shown so must not be saved so.
std::vector<std::string> fields_with_mask(const json::Value& sent, const std::string& path = {});

}  // namespace fleethook::core
