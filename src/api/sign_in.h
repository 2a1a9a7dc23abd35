// The one place where a password is checked: for tokens, for sessions, and where one's own is asked for. One lock
// against guessing, one count, one log line.
#pragma once
#include <optional>
#include <string>

#include "api/call.h"
#include "http/message.h"

namespace fleethook::api {

struct PasswordCheck {
  // Whose the password is, by the newest catalog and not that of the call, which may have waited in line; nullptr: it
  // is wrong.
  const core::User* user = nullptr;
  std::optional<http::Response> must_wait;  // the answer then; nothing was looked at
  store::CatalogPtr catalog;                // keeps `user`
};

// On the password pool: slow by design. An unknown name costs as much time as a wrong password, and is locked like one.
// `username` in lower case.
PasswordCheck check_password(Services& services,
                             const Call& call,
                             const std::string& username,
                             const std::string& password);

// Whether the password that was right for `checked` is still that user's. To be asked when what it opens is on disk: a
// change of password in between did not end it.
bool is_still_right(Services& services, const PasswordCheck& checked);

// For what a token or a session alone must not do: the answer unless `password` is the caller's own. `field` is what
// the body calls it.
std::optional<http::Response> refuse_unless_own_password(Services& services,
                                                         const Call& call,
                                                         const std::optional<std::string>& password,
                                                         const std::string& field,
                                                         const std::string& sentence);

// The answer when an address, or the whole server, has seen too many new names; else counts this one. Also for taking
// another name: both tell which names there are.
std::optional<http::Response> refuse_too_many_names(Services& services, const Call& call);

}  // namespace fleethook::api
