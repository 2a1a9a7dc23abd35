// The headers of a request, prepared when an integration is compiled: what never changes is copied as a whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/event_variables.h"
#include "core/integration.h"
#include "core/template.h"
#include "http/message.h"

namespace fleethook::core {

struct DeliveryFacts;

class HeaderPlan {
 public:
  // `content_type`, `accept`: "" = none. The integration's own headers win over all others. Headers that frame the
  // message or belong to the connection (Content-Length, Transfer-Encoding, Connection, Expect, ...), that of hops,
  // with signing those of a signature, and with OAuth 2 Authorization are ours and left out.
  static Result<HeaderPlan> compile(const IntegrationConfig& config,
                                    std::string_view content_type,
                                    std::string_view accept,
                                    const Limits& limits);

  // `url_user`, `url_password`: from the URL; used as Basic authorization when the integration sets none.
  // kInvalid for a rendered name or value that cannot stand in a header, kTooLarge over rendered_headers_bytes_max.
  Result<http::Headers> headers(const EventVariables& variables,
                                const DeliveryFacts& facts,
                                std::string_view url_user,
                                std::string_view url_password,
                                const Limits& limits) const;

 private:
  struct Field {
    Template name, value;
  };

  void set_defaults(std::string_view content_type, std::string_view accept);
  Result<void> append_rendered(const EventVariables& variables, const Limits& limits, http::Headers& out) const;

  http::Headers constant_;
  std::vector<Field> rendered_;  // those whose name or value depends on the event
  std::optional<Field> auth_;    // username, password
  std::optional<Template> bearer_;
  bool is_ours(std::string_view name) const;

  bool signed_ = false;
  bool has_token_ = false;  // Authorization is for that alone
  bool add_id_ = true, add_timestamp_ = true, add_attempt_ = true;
  std::size_t text_bytes_ = 0;  // room for the text of all headers, as a rule
};

// "Basic <base64>" (RFC 7617).
std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace fleethook::core
