// Where a request goes: the URL of an integration, parsed beforehand as far as it does not depend on the event.
//
// What a tag inserts means what its place means, and cannot make another place of it:
//
//   place                        what stands there of a value
//
//   the URL or its beginning     all of it, as URL text: {{{url}}}, {{{base}}}/x, https://{{{host_port_and_path}}}/x
//
//   user and password            percent-encoded, / ? # @ too
//
//   a part of host or port       as it is; with / ? # @ or a backslash in it the delivery ends in error. Behind the
//                                host it may begin with / or ? and is then a path or a query
//
//   the path                     ? and # are %3F and %23, / stays. A segment .. that a value has a part in ends the
//                                delivery in error: receivers take it for the way up, also as %2E%2E
//
//   the query                    # is %23; & = + ? stay, so that a value can bring several pairs. It begins with a ?
//                                of the author's, or of the beginning
//
//   behind the author's #        nothing: a fragment is never sent
//
// In path and query spaces, controls (CR and LF too), what is not ASCII, and a % that begins no escape are
// percent-encoded as well; %2F stays as it is. Secrets, parameters and product variables are not data, they are the
// author's: in host, path and query they mean what they would mean if they were written there (a SAS token begins its
// query with its own ?), but for # and controls, which are encoded.
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
  // As url(), for `variables` with masks in place of secrets (core/mask.h).
  Result<http::Url> shown(const Variables& variables, const Limits& limits) const;
  Result<LanePtr> lane(const Variables& variables, const Limits& limits) const;
  // Null when the host depends on the event.
  const LanePtr& constant_lane() const { return lane_; }

 private:
  Result<std::string> rendered(const Variables& variables, const Limits& limits) const;
  LanePtr lane_of(const http::Url& url) const { return named_lane({owner_, url.tls, url.host, url.port}); }

  std::string owner_;
  Template template_;
  std::optional<http::Url> constant_;
  LanePtr lane_;
};

}  // namespace fleethook::core
