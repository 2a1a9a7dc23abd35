// Names that templates ask for and that are nowhere, so that nothing stands in their place: a misspelt or forgotten one
// is silent otherwise. For warnings of tests and previews; deliveries do not look.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "core/compiled_integration.h"

namespace fleethook::core {

struct UnknownName {
  std::string field;    // "headers.X-Key", "json.a.b"
  std::string name;     // as the template has it
  std::string near;     // the name that exists and was probably meant; "" = none
  std::string message;  // "this event has no 'temp'; did you mean 'Temp'?"
  bool operator==(const UnknownName&) const = default;
};

// What the templates of the request and of the topics ask for and neither `event` nor `facts` has, in the order of the
// configuration's fields, each once for a field. A name that a section asks for ({{#x}}, {{^x}}) is left out on purpose
// by its author, and what stands inside a section that is false is not asked for.
std::vector<UnknownName> unknown_names(const IntegrationConfig& config,
                                       const Event& event,
                                       const DeliveryFacts& facts,
                                       const Limits& limits = {});
// The same of the response template and the body that a receiver answered with. None when there is no template, or when
// the body is no JSON, so that the template is not applied.
std::vector<UnknownName> unknown_names_in_reply(const IntegrationConfig& config,
                                                const Event& event,
                                                const DeliveryFacts& facts,
                                                std::string_view reply_body,
                                                const Limits& limits = {});

// Of `candidates`, what somebody who wrote `name` most probably meant: the same but for case and - _ and space, the
// same name at another level of nesting, or a few letters away. "" = none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace fleethook::core
