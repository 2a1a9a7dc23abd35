// What a person may not have meant though it can be done. Said in answers, never a reason to refuse.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace fleethook::core {

struct Warning {
  std::optional<std::string> field;  // the path of the member; nullopt: of the whole
  std::string code;                  // one of those below, for programs
  std::string message;               // for people
  bool operator==(const Warning&) const = default;
};

namespace warning_code {
inline constexpr std::string_view kUnknownMember = "unknown_member";
inline constexpr std::string_view kIgnoredMember = "ignored_member";  // known, but it says nothing here
inline constexpr std::string_view kSecretNotSelected = "secret_not_selected";
inline constexpr std::string_view kUnknownName = "unknown_name";  // of a template; the sample lacks it
inline constexpr std::string_view kDoubleFiring = "double_firing";
inline constexpr std::string_view kIdentical = "identical";
inline constexpr std::string_view kEgressRefused = "egress_refused";
inline constexpr std::string_view kLiteralCredential = "literal_credential";
inline constexpr std::string_view kSecretNotForProduct = "secret_not_for_product";
inline constexpr std::string_view kSecretNotForHost = "secret_not_for_host";
}  // namespace warning_code

// [{"field", "code", "message"}]
json::Array warnings_value(const std::vector<Warning>& warnings);

}  // namespace fleethook::core
