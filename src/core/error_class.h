// Why an attempt was no success, in one word: the same in what is kept, over the API, in the console and in metrics.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleethook::core {

// Kept on disk by these numbers.
enum class ErrorClass : std::uint8_t {
  kNone = 0,  // nothing went wrong, or an earlier version did not say
  kDns,       // the receiver's name does not resolve
  kConnect,   // no connection: refused, unreachable
  kTls,       // handshake, or certificate
  kTimeout,   // no connection, or no answer, in time
  kReset,     // the connection broke before the answer was there
  kProtocol,  // the answer is not HTTP, or has a status of no use (1xx, 600)
  kRedirect,  // the answer is a redirect that is not followed
  kClient,    // a status from 400 to 499
  kServer,    // a status from 500 to 599
  kTemplate,  // no request can be made of the integration and the event
  kEgress,    // the egress guard refuses the address
  kLocal,     // something of this server; or it was not tried any more
};
inline constexpr std::size_t kErrorClasses = 13;

std::string_view to_text(ErrorClass error);  // "none", "dns", ..., "4xx", "5xx", ...
std::optional<ErrorClass> parse_error_class(std::string_view text);
std::string error_class_list();  // "dns, connect, ...": for messages that tell what was expected, without none

// Of an answer by its status; kNone for 2xx.
ErrorClass error_class_of_status(int status);

}  // namespace fleethook::core
