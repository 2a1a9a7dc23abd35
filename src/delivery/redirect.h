// What follows an answer that points elsewhere (RFC 9110, 15.4): the next request, or why there is none. Pure.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "core/compiled_integration.h"
#include "http/message.h"

namespace fleethook::delivery {

bool is_redirect(int status);  // 301, 302, 303, 307, 308

struct Redirected {
  core::OutgoingRequest request;
  std::vector<std::string> withheld;  // names of headers that do not go to another origin
};

// The request that `answer`, a redirect, asks for after `request`. 301, 302 and 303 become a GET without body, 307 and
// 308 repeat it. To another origin (scheme, host, port) go no credentials: no header that carries one by its name, none
// with a secret among `values`; and a body with a secret does not go at all. Never from https to http.
// kInvalid: it cannot be followed, and why, as the end of a sentence about the receiver: "its Location is ...".
Result<Redirected> follow(const core::OutgoingRequest& request,
                          const http::Response& answer,
                          const core::NamedValues& values,
                          std::size_t url_bytes_max);

}  // namespace fleethook::delivery
