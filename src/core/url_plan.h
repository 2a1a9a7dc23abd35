// Where a request goes: the URL of an integration, parsed beforehand as far as it does not depend on the event.
#pragma once
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "core/lane_key.h"
#include "core/template.h"
#include "http/url.h"

namespace fleethook::core {

class UrlPlan {
 public:
  static Result<UrlPlan> compile(const std::string& url, std::string owner, const Limits& limits);

  // Error messages of both name no data. kInvalid, kTooLarge: this event cannot be sent.
  Result<http::Url> url(const Variables& variables, const Limits& limits) const;
  Result<LaneKey> lane(const Variables& variables, const Limits& limits) const;
  // nullptr when the host depends on the event.
  const LaneKey* constant_lane() const { return lane_ ? &*lane_ : nullptr; }

 private:
  LaneKey lane_of(const http::Url& url) const { return {owner_, url.tls, url.host, url.port}; }

  std::string owner_;
  Template template_;
  std::optional<http::Url> constant_;
  std::optional<LaneKey> lane_;
};

}  // namespace fleethook::core
