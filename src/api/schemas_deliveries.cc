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
      {"events", object(narrowed()).nullable().says("of the log that it takes in place of letters")},
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

// --- attempts

Schema error_class() {
  return one_of({"dns", "connect", "tls", "timeout", "reset", "protocol", "redirect", "4xx", "5xx", "template",
                 "egress", "local"})
      .nullable();
}

Schema integration_label() {
  return object({{"id", text()}, {"name", text().says("or its event, when it has no name")}, {"deleted", boolean()}})
      .nullable();
}

Schema product_label() {
  return object({{"id", integer()}, {"slug", text().nullable()}, {"name", text().nullable()}})
      .nullable()
      .says("null: the sandbox; its names are null when it was deleted");
}

Members attempt_itself() {
  return {
      {"id", text()},
      {"time", time().says("when it began")},
      {"attempt", integer().says("from 1")},
      {"version", integer().says("of the integration")},
      {"method", text().nullable()},
      {"url", text().nullable().says("with masks for secrets")},
      {"duration_ms", integer()},
      {"status", integer().nullable().says("null: there was no answer")},
      {"error", error_class()},
      {"message", text().nullable()},
  };
}

Members attempt() {
  return with(attempt_itself(), {
                                    {"integration", integration_label()},
                                    {"product", product_label()},
                                    {"event", object({{"id", text()},
                                                      {"name", text()},
                                                      {"data", text().nullable().optional()},
                                                      {"published_at", time()},
                                                      {"coreid", text()}})},
                                    {"replay", integer().nullable().says("the replay that its delivery is of")},
                                });
}

Members whole_attempt() {
  return with(
      attempt(),
      {
          {"request",
           object({{"method", text()}, {"url", text()}, {"headers", dictionary(anything())}, {"body", text()}})},
          {"response",
           object({{"statusCode", integer()}, {"headers", dictionary(anything())}, {"body", text()}}).nullable()},
          {"notes", list(text()).optional()},
      });
}

// --- events that are kept

Members event() {
  return {
      {"id", text()},
      {"name", text()},
      {"data", text().nullable().says("in a list its first 500 bytes")},
      {"data_bytes", integer()},
      {"published_at", time()},
      {"coreid", text().says("the device that published, or api")},
      {"device_name", text().nullable()},
      {"product", product_label()},
      {"replay", integer().nullable().says("the replay that brought it again; null: as it was published")},
  };
}

Members traced_delivery() {
  return {
      {"integration", integration_label()},
      {"product", product_label()},
      {"replay", integer().nullable()},
      {"version", integer()},
      {"state", one_of({"success", "error", "sleep", "cancelled", "waiting", "held"})},
      {"attempts", integer()},
      {"status", integer().nullable().says("of the last answer")},
      {"error", error_class()},
      {"ended_at", time().nullable()},
      {"took_ms", integer().nullable().says("from the publication to the end")},
      {"next_attempt_at", time().nullable()},
      {"waits_for", text().nullable()},
      {"dead_letter", text().nullable().says("its id")},
      {"tries",
       list(object(attempt_itself())).says("those that are kept, newest first: every failure, some successes")},
  };
}

Members outage_facts() {
  return {{"id", text()},
          {"destination", text().nullable().says("https://example.com, or a mask; null: no request could be made")},
          {"version", integer().says("of the integration")},
          {"began_at", time().says("the first attempt that failed")},
          {"ended_at", time().nullable().says("the first that succeeded; null: it lasts")},
          {"failures", integer().says("attempts, as far as they were told")},
          {"status", integer().nullable().says("of the answer; null: there was none")},
          {"error_class", text()},
          {"error", text()}};
}

Members destination_state() {
  return {
      {"failing", boolean()},
      {"in_memory", integer().says("deliveries, those under way included")},
      {"in_flight", integer().says("attempts under way")},
      {"more_on_disk", boolean()},
      {"next_attempt_at", time().nullable().says("of the earliest retry that is known")},
      {"breaker",
       object(
           {{"state", one_of({"open", "half_open"})}, {"since", time()}, {"reason", text()}, {"next_try_at", time()}})
           .nullable()
           .says("null: it is closed")}};
}

Members destination_facts() {
  return with({{"destination", text().nullable()}}, destination_state());
}

Schema product_names() {
  const Schema one = either({integer(), text()});
  return list(one);
}

}  // namespace

Schemas delivery_schemas() {
  return {
      {"Attempt", object(attempt())},
      {"Attempts", object({{"ok", always(true)},
                           {"attempts", list(named("Attempt"))},
                           {"next_behind", text().optional().says("there is more to look through, from there on")},
                           {"searched_to", time().optional().says("how far it was looked through")}})},
      {"AttemptAnswer", object({{"ok", always(true)}, {"attempt", object(whole_attempt())}})},
      {"EventLog", object({{"ok", always(true)},
                           {"events", list(object(event()))},
                           {"device", object({{"id", text()},
                                              {"known", boolean()},
                                              {"name", text().nullable().optional()},
                                              {"last_heard", time().nullable().optional()}})
                                          .optional()
                                          .says("the one that was asked for")},
                           {"next_behind", text().optional().says("there is more to look through, from there on")},
                           {"searched_to", time().optional().says("how far it was looked through")}})},
      {"EventTrace",
       object({{"ok", always(true)},
               {"event", object(with(event(), {{"ttl", integer()},
                                               {"version", text().nullable().says("of the firmware")},
                                               {"os_version", text().nullable()}}))},
               {"deliveries", list(object(traced_delivery()))},
               {"not_fired",
                list(object({{"integration", integration_label()},
                             {"verdict", text().says("disabled, prefix, system, device, not_on_product, no_chaining, "
                                                     "not_yet, deleted; unknown: nothing is kept of it")},
                             {"why", text()}}))}})},
      {"WaitingWish",
       object({{"product_ids", product_names().optional()}, {"dry_run", boolean().optional().says("only count")}})},
      {"WaitingCount",
       object({{"ok", always(true)},
               {"deliveries", integer().says("that it is done to, requests under way among them")},
               {"held", integer().says("that are paused or disabled; what is tried now passes over them")},
               {"dry_run", boolean()}})},
      {"IntegrationHealth",
       object({{"ok", always(true)},
               {"integration", integration_label()},
               {"health", named("Health").says("the worst of its products")},
               {"placements",
                list(object({{"product", product_label()},
                             {"health", named("Health")},
                             {"last_success_at", time().nullable().says("when a delivery last ended as a success")},
                             {"last_error_at", time().nullable()},
                             {"waiting", integer()},
                             {"held", integer().says("of them, until it runs again")},
                             {"outages", list(object(outage_facts())).says("that last")},
                             {"destinations", list(object(destination_facts()))}}))}})},
      {"Outages", object({{"ok", always(true)},
                          {"outages", list(object(with(outage_facts(), {{"integration", integration_label()},
                                                                        {"product", product_label()}})))},
                          {"next_behind", text().optional().says("there is more")}})},
      {"Destinations",
       object({{"ok", always(true)},
               {"destinations",
                list(object(
                    {{"id", text()},
                     {"destination", text().nullable().says("https://example.com; null: nothing was sent yet")},
                     {"placements", list(object(with(destination_state(), {{"integration", integration_label()},
                                                                           {"product", product_label()}})))}}))}})},
      {"EventWish", object({{"integration", text().says("id of the integration whose delivery is meant")}})},
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
       object({{"filter", object(with(narrowed(), {{"product", either({integer(), text()}).optional()},
                                                   {"status", either({integer(), text()}).optional()},
                                                   {"replayed", either({boolean(), text()})
                                                                    .nullable()
                                                                    .optional()
                                                                    .says("false if absent; null: both")}}))
                              .optional()
                              .says("all that fit it, {} for all; or ids")},
               {"ids", list(text()).optional()},
               {"events", object({{"from", text()},
                                  {"to", text().optional()},
                                  {"product", either({integer(), text()}).optional()},
                                  {"device", text().optional()},
                                  {"event", text().optional()},
                                  {"text", text().optional()},
                                  {"search", text().optional()}})
                              .optional()
                              .says("of the log, in place of letters: those that fire `integration` as it is now")},
               {"integration", text().optional().says("the id of the one that all go to; each its own if absent")},
               {"version", one_of({"present", "same"}).optional().says("present if absent: as the integration is now")},
               {"rate", integer().optional().says("letters a second, 1 to 10000; 100 if absent")},
               {"dry_run", boolean().optional().says("only count")}})},
  };
}

}  // namespace fleethook::api::schema
