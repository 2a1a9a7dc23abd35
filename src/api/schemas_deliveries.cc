// Bodies about single deliveries: those that were given up.
#include "api/schema.h"

namespace fleethook::api::schema {
namespace {

Members letter() {
  return {
      {"id", text()},
      {"integration",
       object({{"id", text()}, {"name", text().says("or its event, when it has no name")}, {"deleted", boolean()}})
           .nullable()},
      {"product", object({{"id", integer()}, {"slug", text().nullable()}, {"name", text().nullable()}})
                      .nullable()
                      .says("null: the sandbox; its names are null when it was deleted")},
      {"event", object({{"id", text()},
                        {"name", text()},
                        {"published_at", time()},
                        {"coreid", text().says("the device that published, or api")},
                        {"data_bytes", integer()},
                        {"data", text().nullable().optional().says("where one letter is shown, and in exports")}})},
      {"version", integer().says("of the integration, by which it was attempted")},
      {"attempts", integer()},
      {"status", integer().nullable().says("of the last answer; null: there was none")},
      {"error", one_of({"dns", "connect", "tls", "timeout", "reset", "protocol", "redirect", "4xx", "5xx", "template",
                        "egress", "local"})
                    .nullable()
                    .says("of the last attempt; null: there was none, or an earlier version kept it")},
      {"reason", text()},
      {"ended_at", time()},
      {"replay", integer().nullable().says("the replay that it is of; null: of the event as it was published")},
      {"replayed", integer().nullable().says("the newest replay that took it")},
  };
}

}  // namespace

Schemas delivery_schemas() {
  return {
      {"DeadLetter", object(letter())},
      {"DeadLetters", object({{"ok", always(true)},
                              {"dead_letters", list(named("DeadLetter"))},
                              {"next_behind", text().optional().says("there is more to look through, from there on")},
                              {"searched_to", time().optional().says("how far it was looked through")}})},
      {"DeadLetterAnswer", object({{"ok", always(true)}, {"dead_letter", named("DeadLetter")}})},
  };
}

}  // namespace fleethook::api::schema
