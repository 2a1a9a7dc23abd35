#include "core/response_plan.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/event_variables.h"
#include "core/mask.h"
#include "http/serialize.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kAnyBytes = "application/octet-stream";

// Topics are names of events, not HTML: {{x}} inserts as {{{x}}} does, or "a&b" would become "a&amp;b".
std::string without_html_escaping(std::string_view source) {
  if (source.find("{{=") != std::string_view::npos) return std::string(source);  // other delimiters: as written
  std::string raw;
  for (std::size_t at = 0; at < source.size();) {
    if (!source.substr(at).starts_with("{{")) {
      raw += source[at++];
      continue;
    }
    const bool plain =
        at + 2 < source.size() && std::string_view("{&#^/!>").find(source[at + 2]) == std::string_view::npos;
    const std::string_view close = source.substr(at).starts_with("{{{") ? "}}}" : "}}";
    const std::size_t end = std::min(source.find(close, at), source.size() - close.size()) + close.size();
    raw += plain ? "{{&" : "{{";
    raw += source.substr(at + 2, end - at - 2);
    at = end;
  }
  return raw;
}

// Errors were found, with the places of the original, when it was saved.
Result<Template> compile_topic(const std::string& source, const Limits& limits) {
  return compile_for_events(without_html_escaping(source), limits);
}

// A name that is safe in a stream: valid UTF-8 of one line, without secrets. "" = no event.
std::string topic(const Template& source,
                  const EventVariables& variables,
                  const NamedValues& hidden,
                  const Limits& limits) {
  std::string name;
  if (!source.render(variables, name, limits.topic_bytes_max) && name.empty()) return name;
  mask(name, hidden);  // a value over the limit is left out whole, so no part of a secret is left
  name = repair_utf8(name);
  name.resize(utf8_cut(name, limits.topic_bytes_max));
  return replace_hidden_characters(name, '_');
}

// "data:image/png;base64,...": cut so that the whole of it stays within `bytes_max` and can be decoded.
std::string data_url(std::string_view content_type,
                     std::string_view bytes,
                     const NamedValues& values,
                     const Limits& limits) {
  std::string type(content_type);
  mask(type, values);
  std::erase(type, ' ');
  if (type.empty() || type.size() > limits.name_bytes_max || !http::is_header_value(type) || !is_valid_utf8(type))
    type = kAnyBytes;
  std::string url = "data:" + type + ";base64,";
  const std::size_t room =
      (limits.response_published_bytes_max - std::min(limits.response_published_bytes_max, url.size())) / 4 * 3;
  append_base64(masked_beginning(bytes, values, room), url);
  return url;
}

}  // namespace

Result<ResponsePlan> ResponsePlan::compile(const IntegrationConfig& config, Scope scope, const Limits& limits) {
  ResponsePlan plan;
  FLEETHOOK_TRY(plan.response_topic_, compile_topic(core::response_topic(config, scope), limits));
  FLEETHOOK_TRY(plan.error_topic_, compile_topic(core::error_response_topic(config, scope), limits));
  if (config.response_template) {
    Pieces& pieces = plan.template_.emplace();
    if (config.response_template->is_string()) {
      FLEETHOOK_CHECK(pieces.add_template(config.response_template->as_string(), Template::Escape::kHtml, limits));
    } else {
      FLEETHOOK_CHECK(pieces.add_json(*config.response_template, limits));
    }
  }
  plan.unchunked_ = config.unchunked;
  plan.data_url_ = config.data_url_response_event;
  return plan;
}

Event ResponsePlan::made_by(const Event& cause, std::string name, std::string data, Instant now) {
  Event event;
  event.product = cause.product;
  event.owner = cause.owner;
  event.name = std::move(name);
  event.data = std::move(data);
  event.publisher = kInternalPublisher;
  event.published_at = now;
  event.ttl_s = 60;
  event.is_public = cause.is_public;
  event.origin = Origin::kDelivery;
  event.hops = cause.hops;
  event.device = cause.device;
  return event;
}

std::vector<Event> ResponsePlan::responses(const Event& cause,
                                           const EventVariables& variables,
                                           const NamedValues& hidden,
                                           const Reply& reply,
                                           Instant now,
                                           const Limits& limits) const {
  std::vector<Event> events;
  if (reply.body.empty()) return events;
  std::string name = topic(response_topic_, variables, hidden, limits);
  if (name.empty()) return events;
  std::string text = published(variables, hidden, reply, limits);
  if (text.empty()) return events;
  if (unchunked_) {
    events.push_back(made_by(cause, std::move(name), std::move(text), now));
    return events;
  }
  std::string_view rest = text;
  for (std::size_t index = 0; !rest.empty(); ++index) {
    const std::size_t size = utf8_cut(rest, limits.response_chunk_bytes);
    events.push_back(made_by(cause, name + "/" + std::to_string(index), std::string(rest.substr(0, size)), now));
    rest.remove_prefix(size);
  }
  return events;
}

std::vector<Event> ResponsePlan::errors(const Event& cause,
                                        const EventVariables& variables,
                                        const NamedValues& hidden,
                                        std::string_view message,
                                        Instant now,
                                        const Limits& limits) const {
  const std::string name = topic(error_topic_, variables, hidden, limits);
  if (name.empty()) return {};
  std::string text = repair_utf8(message);
  text.resize(utf8_cut(text, limits.response_chunk_bytes));
  return {made_by(cause, name + "/0", std::move(text), now)};
}

std::string ResponsePlan::published(const EventVariables& variables,
                                    const NamedValues& hidden,
                                    const Reply& reply,
                                    const Limits& limits) const {
  const std::optional<std::string> templated = rendered(variables, reply, limits);
  const std::string_view body = templated ? *templated : std::string_view(reply.body);
  if (body.empty()) return {};
  if (data_url_) return data_url(reply.content_type, body, hidden, limits);
  const std::size_t bytes_max = limits.response_published_bytes_max;
  // Cut before and after: a repaired text can be longer.
  const std::size_t taken = body.size() <= bytes_max ? bytes_max : utf8_cut(body, bytes_max);
  std::string text = repair_utf8(masked_beginning(body, hidden, taken));
  text.resize(utf8_cut(text, bytes_max));
  return text;
}

// nullopt: published as it came, without a template or because the reply is not JSON.
std::optional<std::string> ResponsePlan::rendered(const EventVariables& variables,
                                                  const Reply& reply,
                                                  const Limits& limits) const {
  if (!template_ || reply.truncated) return std::nullopt;
  // JSON has no byte order mark, and some send one all the same (RFC 8259, 8.1).
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  std::string_view body = reply.body;
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const auto parsed = json::parse(body, limits.json_depth_max);
  if (!parsed) return std::nullopt;
  std::string text;
  // Over the limit the text is cut, as a long reply is.
  (void)template_->append(ReplyVariables(variables, *parsed), text, limits.rendered_body_bytes_max).ok();
  return text;
}

}  // namespace fleethook::core
