// Names of members as people send them: how spellings are compared, and what is to be said of a member that no setting
// reads. Nothing is dropped in silence: what is a credential or a filter is refused, the rest is warned about.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/integration.h"

namespace fleethook::core {

// What is compared: in lower case, without _ and -. dataUrlResponseEvent, data_url_response_event and
// dataURLResponseEvent are one name.
std::string plain_name(std::string_view name);

struct Stray {
  enum class Kind : std::uint8_t {
    kReadOnly,  // part of what is answered and exported: ignored without a word
    kUnknown,   // ignored with a warning
    kRefused,   // the request would go out without a credential, or fire for what it should not
  };
  Kind kind = Kind::kUnknown;
  std::string message;
};
// Of a member that no setting reads and that says something.
Stray judge_stray(std::string_view name, const json::Value& value, Scope scope, const ReadHelp& help);
// The same of a member of auth.
Stray judge_stray_of_auth(std::string_view name, const json::Value& value);

}  // namespace fleethook::core
