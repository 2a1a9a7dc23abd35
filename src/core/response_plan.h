// The events that a delivery makes: what was sent, what came back, what went wrong. Secrets are masked in their names
// and data, before the text is cut into chunks or encoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/event.h"
#include "core/event_variables.h"
#include "core/integration.h"
#include "core/pieces.h"

namespace fleethook::core {

struct Reply;

class ResponsePlan {
 public:
  static Result<ResponsePlan> compile(const IntegrationConfig& config, Scope scope, const Limits& limits);

  // An event made by a delivery of `cause`: for streams only, never matched.
  static Event made_by(const Event& cause, std::string name, std::string data, Instant now);

  // `variables`: with masks in place of secrets; `hidden`: what is masked in what came back, and in names.
  // In the response template the reply's members stand where the event's data stands elsewhere: ReplyVariables.
  std::vector<Event> responses(const Event& cause,
                               const EventVariables& variables,
                               const NamedValues& hidden,
                               const Reply& reply,
                               Instant now,
                               const Limits& limits) const;
  // The message is masked already.
  std::vector<Event> errors(const Event& cause,
                            const EventVariables& variables,
                            const NamedValues& hidden,
                            std::string_view message,
                            Instant now,
                            const Limits& limits) const;

 private:
  // What is published of a reply: valid UTF-8, at most response_published_bytes_max.
  std::string published(const EventVariables& variables,
                        const NamedValues& hidden,
                        const Reply& reply,
                        const Limits& limits) const;
  std::optional<std::string> rendered(const EventVariables& variables, const Reply& reply, const Limits& limits) const;

  Template response_topic_, error_topic_;
  std::optional<Pieces> template_;
  bool unchunked_ = false;
  bool data_url_ = false;
};

}  // namespace fleethook::core
