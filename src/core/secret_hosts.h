// Where a secret may be sent: "api.example.com", "*.example.com" (whatever is below it, not itself), each with a
// ":port" or for any port. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/compiled_integration.h"
#include "core/named_values.h"

namespace fleethook::core {

// One entry in the one spelling that is kept. kInvalid (message only): neither of the forms above.
Result<std::string> read_secret_host(std::string_view text);
// `hosts`: entries that read_secret_host() gave.
bool may_go_to(const std::vector<std::string>& hosts, std::string_view host, std::uint16_t port);

// The secret because of which `request` must not leave: its host, or the one that its Host header names (which is what
// many receivers go by), is none of those that the secret may be sent to. It counts that the integration uses the
// secret, not where its value stands: no search finds all that a template can make of one. nullptr: it may leave.
const NamedValues::Bound* kept_from(const NamedValues& values, const OutgoingRequest& request);
// The same for a host without a request.
const NamedValues::Bound* kept_from(const NamedValues& values, std::string_view host, std::uint16_t port);
// For people. `host`: as it may be shown.
std::string not_sent_to(const NamedValues::Bound& secret, std::string_view host);

}  // namespace fleethook::core
