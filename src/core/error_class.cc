#include "core/error_class.h"

#include <array>

#include "core/enum_names.h"

namespace fleethook::core {
namespace {

constexpr std::array<std::string_view, kErrorClasses> kNames = {"none",     "dns",      "connect",  "tls", "timeout",
                                                                "reset",    "protocol", "redirect", "4xx", "5xx",
                                                                "template", "egress",   "local"};

}  // namespace

std::string_view to_text(ErrorClass error) {
  return enum_name(kNames, error);
}

std::optional<ErrorClass> parse_error_class(std::string_view text) {
  return enum_value<ErrorClass>(kNames, text);
}

std::string error_class_list() {
  const std::string all = enum_list(kNames);
  return all.substr(all.find(' ') + 1);
}

ErrorClass error_class_of_status(int status) {
  switch (status / 100) {
    case 2:
      return ErrorClass::kNone;
    case 3:
      return ErrorClass::kRedirect;
    case 4:
      return ErrorClass::kClient;
    case 5:
      return ErrorClass::kServer;
    default:
      return ErrorClass::kProtocol;
  }
}

}  // namespace fleethook::core
