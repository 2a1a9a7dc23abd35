// Bodies about single deliveries: those that were given up, and replays of them.
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

Members narrowed() {
  Members members;
  for (const char* name : {"integration", "product", "device", "event", "status", "error", "from", "to", "text"})
    members.push_back({name, text().optional()});
  return members;
}

Members replay() {
  return {
      {"number", integer()},
      {"state", one_of({"running", "paused", "done", "cancelled"})},
      {"created_at", time()},
      {"ended_at", time().nullable()},
      {"by", object({{"id", text().nullable()}, {"username", text()}})},
      {"filter", object(with(narrowed(), {{"replayed", text().optional()}})).nullable()},
      {"ids", integer().nullable().says("how many were named; null: all that fit the filter")},
      {"integration", object({{"id", text()}, {"name", text()}}).nullable().says("that all go to; null: each its own")},
      {"version", one_of({"present", "same"})},
      {"rate", integer().says("letters a second")},
      {"found", integer().says("letters that it was to take when it was made")},
      {"placed", integer().says("accepted again")},
      {"skipped", integer().says("nothing is there (any more) that would take them")},
      {"success", integer()},
      {"error", integer()},
      {"sleep", integer()},
      {"cancelled", integer()},
      {"waiting", integer().says("accepted again, and without an end yet")},
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
      {"Replay", object(replay())},
      {"Replays", object({{"ok", always(true)}, {"replays", list(named("Replay"))}})},
      {"ReplayAnswer", object({{"ok", always(true)}, {"replay", named("Replay")}})},
      {"ReplayStarted",
       either({named("ReplayAnswer"),
               object({{"ok", always(true)},
                       {"would_replay", integer().says("with dry_run")},
                       {"complete", boolean().says("false: at least so many; it was not looked further")}})})},
      {"NewReplay",
       object({{"filter",
                object(with(narrowed(),
                            {{"product", either({integer(), text()}).optional()},
                             {"status", either({integer(), text()}).optional()},
                             {"replayed",
                              either({boolean(), text()}).nullable().optional().says("false if absent; null: both")}}))
                    .optional()
                    .says("all that fit it, {} for all; or ids")},
               {"ids", list(text()).optional()},
               {"integration", text().optional().says("the id of the one that all go to; each its own if absent")},
               {"version", one_of({"present", "same"}).optional().says("present if absent: as the integration is now")},
               {"rate", integer().optional().says("letters a second, 1 to 10000; 100 if absent")},
               {"dry_run", boolean().optional().says("only count")}})},
  };
}

}  // namespace fleethook::api::schema
