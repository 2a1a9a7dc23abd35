// Checking a name and a password, for tokens and for sessions alike: one lock against guessing, one count, one log
// line.
#pragma once
#include <optional>
#include <string>

#include "api/call.h"
#include "http/message.h"

namespace fleethook::api {

// The answer for an address that has to wait; nullopt: go on. Counts this request.
std::optional<http::Response> too_many_sign_ins(Services& services, const Call& call);

// Whose they are; nullptr when they are wrong, after as much time for an unknown name as for a wrong password. On the
// pool: it is slow by design. `username` in lower case.
const core::User* check_password(Services& services,
                                 const Call& call,
                                 const std::string& username,
                                 const std::string& password);

// For what a token or a session alone must not do: the answer unless `password` is the caller's own. Guessing it is
// locked like guessing at the door. `field` is what the body calls it.
std::optional<http::Response> refuse_unless_own_password(Services& services,
                                                         const Call& call,
                                                         const std::optional<std::string>& password,
                                                         const std::string& field,
                                                         const std::string& sentence);

}  // namespace fleethook::api
