#include "api/dead_letter_view.h"

#include "base/text.h"

namespace fleethook::api {
namespace {

json::Object event_of(const core::Event& event, bool data) {
  json::Object shown{{"id", event.id.str()},
                     {"name", event.name},
                     {"published_at", to_iso8601(event.published_at)},
                     {"coreid", event.publisher},
                     {"data_bytes", event.data ? event.data->size() : 0}};
  if (data) shown.set("data", event.data ? json::Value(repair_utf8(*event.data)) : json::Value());
  return shown;
}

}  // namespace

json::Object DeadLetterView::show(const store::DeadLetter& letter, bool data) {
  const auto or_null = [](std::uint32_t number) { return number == 0 ? json::Value() : json::Value(number); };
  return {{"id", std::to_string(letter.id)},
          {"integration", labels_.integration(letter.integration, letter.version)},
          {"product", labels_.product(letter.product)},
          {"event", event_of(*letter.event, data)},
          {"version", letter.version},
          {"attempts", letter.attempts},
          {"status", letter.status == 0 ? json::Value() : json::Value(letter.status)},
          {"error", letter.error == core::ErrorClass::kNone ? json::Value() : json::Value(to_text(letter.error))},
          {"reason", letter.reason},
          {"ended_at", to_iso8601(letter.at)},
          {"replay", or_null(letter.replay)},
          {"replayed", or_null(letter.replayed)}};
}

}  // namespace fleethook::api
