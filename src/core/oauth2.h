// Tokens by OAuth 2 client credentials (RFC 6749, 4.4): what is asked of a token endpoint, and what it answers. Pure.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/result.h"
#include "core/compiled_integration.h"
#include "core/integration.h"
#include "http/url.h"

namespace fleethook::core {

// Grants with one key get one token: all that the request for it consists of is the same, and whose it is.
using TokenKey = crypto::Digest;

// How an integration gets its tokens. Immutable.
struct TokenGrant {
  // kInvalid: token_url is no URL.
  static Result<TokenGrant> make(IntegrationConfig::OAuth2 settings, std::string owner, bool verify_certificate);

  std::string owner;  // as of a lane
  IntegrationConfig::OAuth2 settings;
  http::Url url;
  bool verify_certificate = true;

  // `secret`: the value of the secret that the settings name.
  TokenKey key(std::string_view secret) const;
  OutgoingRequest request(std::string_view secret) const;
};

struct IssuedToken {
  std::string text;
  std::chrono::seconds lifetime{};
};
// What a token endpoint answered. Errors (message only) go on from "the token endpoint gave no token: "; what the
// endpoint says of it is in them, so secrets have to be masked.
Result<IssuedToken> read_token(int status, std::string_view body, const Limits& limits);

// "Bearer ...", in place of any other authorization.
void put_token(std::string_view token, OutgoingRequest& request);

}  // namespace fleethook::core
