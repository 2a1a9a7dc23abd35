// Bodies about integrations: how they are configured and shown, their numbers and logs, versions, trials, previews.
#include "api/schema.h"

namespace fleethook::api::schema {
namespace {

Schema type() {
  return one_of({"Webhook", "GoogleMaps", "GoogleCloudPubSub", "AzureIotHub"});
}
Schema policy() {
  return one_of({"durable", "particle"});
}
Schema request_type() {
  return one_of({"GET", "POST", "PUT", "DELETE"});
}
Schema text_or_object() {
  return either({text(), any_object()});
}
Schema client_auth() {
  return one_of({"basic", "body"});
}
Schema oauth2() {
  return object({{"token_url", text().says("where tokens are asked for by client credentials")},
                 {"client_id", text()},
                 {"client_secret", text().says("the name of a secret")},
                 {"scope", text().optional()},
                 {"audience", text().optional()},
                 {"client_auth", client_auth().says("where the request for a token has id and secret")}});
}
Schema credentials() {
  return either({object({{"username", text()}, {"password", text()}}),
                 object({{"bearer", text().says("sent as Authorization: Bearer ...")}}),
                 object({{"oauth2", oauth2()}})});
}
Schema signing() {
  return object({{"secrets", list(text()).says("names of secrets whose keys sign, in the order of the signatures")}});
}
// As they may be sent.
Schema sent_credentials() {
  Schema sent_oauth2 = object({{"token_url", text().optional()},
                               {"client_id", text().optional()},
                               {"client_secret", text().optional()},
                               {"scope", text().nullable().optional()},
                               {"audience", text().nullable().optional()},
                               {"client_auth", client_auth().nullable().optional()}});
  return object({{"oauth2", std::move(sent_oauth2).nullable().optional().says("excludes the others")},
                 {"username", text().optional()},
                 {"password", text().optional()},
                 {"bearer", text().optional().says("excludes the others; sent as Authorization: Bearer ...")},
                 {"user", text().optional().says("another name of username")},
                 {"pass", text().optional().says("another name of password")}});
}
// {"key", "value"} or {"key", "secret"}, kept as it was sent.
Schema parameter() {
  return any_object();
}
Schema product_names() {
  return list(either({integer(), text()}));
}

// --- configuration

// All settings with their defaults filled in; optional is what has none.
Members configuration() {
  return {
      {"integration_type", type()},
      {"event", text().says("what names of events that fire it begin with")},
      {"name", text()},
      {"disabled", boolean()},
      {"deviceID", text().nullable()},
      {"policy", policy()},
      {"url", text()},
      {"requestType", request_type()},
      {"json", text_or_object().optional()},
      {"form", dictionary(text()).optional()},
      {"body", text().optional()},
      {"query", dictionary(text()).optional()},
      {"headers", dictionary(text()).optional()},
      {"auth", credentials().optional()},
      {"signing", signing().optional().says("signs requests after the Standard Webhooks specification")},
      {"noDefaults", boolean()},
      {"rejectUnauthorized", boolean()},
      {"timeout", integer().says("seconds for one attempt with all its redirects, 1 to 60")},
      {"redirects", one_of({"follow", "error"})},
      {"retryDelays", list(integer()).nullable().says("seconds between attempts; null: the policy's own")},
      {"retryFor", integer().says("seconds from the first attempt, at most 604800; 0: one attempt")},
      {"finalStatuses", list(either({integer(), one_of({"3xx", "4xx", "5xx"})}))
                            .says("that end a delivery at once, with policy durable")},
      {"concurrency", integer().nullable().says("requests under way at once at one destination, 1 to 64")},
      {"rate", number().nullable().says("requests a second at one destination, 0.01 to 10000")},
      {"orderPerDevice", boolean().says("events of one device one after the other, in their order")},
      {"responseTopic", text()},
      {"errorResponseTopic", text()},
      {"responseTemplate", text_or_object().optional()},
      {"unchunked", boolean()},
      {"dataUrlResponseEvent", boolean()},
      {"template", text().optional()},
      {"parameters", list(parameter()).optional()},
      {"secrets", list(text()).optional().says("names of those that its templates use")},
  };
}

Members version_seen() {
  return {{"version", integer().optional().says("refused when it is not the current one; If-Match says the same")}};
}

// As it is sent: everything may be left out, and null is the default.
Members settings() {
  Members members;
  for (Member& member : configuration()) {
    members.push_back({member.name, std::move(member.schema).nullable().optional()});
  }
  const auto merged = [](Schema of) {
    return std::move(of).nullable().optional().says("PATCH goes into it member by member; null takes one away");
  };
  members = with(std::move(members), {{"auth", merged(sent_credentials())},
                                      {"headers", merged(dictionary(text().nullable()))},
                                      {"query", merged(dictionary(text().nullable()))},
                                      {"form", merged(dictionary(text().nullable()))}});
  return with(std::move(members),
              with({{"product_ids", product_names().optional().says("organization paths: at least one, no wildcard")}},
                   version_seen()));
}

Members override_settings() {
  return {
      {"url", text().optional()},
      {"headers", dictionary(text().nullable()).optional().says("one by one; null takes one away")},
      {"auth", credentials().optional()},
      {"signing", signing().optional()},
      {"disabled", boolean().optional()},
      {"policy", policy().optional()},
      {"timeout", integer().optional()},
      {"redirects", one_of({"follow", "error"}).optional()},
      {"retryDelays", list(integer()).optional()},
      {"retryFor", integer().optional()},
      {"finalStatuses", list(either({integer(), one_of({"3xx", "4xx", "5xx"})})).optional()},
  };
}

Schemas configuration_schemas() {
  return {
      {"Warning", object({{"field", text().nullable().says("the path of the member; null: of the whole")},
                          {"code", text().says("for programs, such as unknown_member")},
                          {"message", text()}})},
      {"IntegrationConfiguration", object(configuration())},
      {"IntegrationSettings", object(settings())},
      {"IntegrationNew",
       object(with(settings(),
                   {{"event", text().says("what names of events that fire it begin with")}, {"url", text()}}))},
      {"OverrideSettings", object(override_settings())},
      {"Override", object(with(override_settings(), version_seen()))},
      {"Differences", dictionary(object({{"from", anything()}, {"to", anything()}}))},
      {"EffectiveConfiguration",
       object({
           {"version", integer()},
           {"configuration", named("IntegrationConfiguration")},
           {"from", dictionary(one_of({"override", "staged"})).says("where a field differs from the shared settings")},
       })},
  };
}

// --- numbers

Members counts() {
  return {{"success", integer()},
          {"error", integer()},
          {"sleep", integer().says("skipped")},
          {"cancelled", integer().says("it waited when what it waited for was deleted or told to drop it")}};
}

Schemas count_schemas() {
  const Schema hours = list(named("HourCounts"));
  return {
      {"Counts", object(counts())},
      {"DayCounts", object(with({{"date", day()}}, counts()))},
      {"HourCounts", object(with({{"time", time()}}, counts()))},
      {"Health", one_of({"healthy", "failing", "quiet"})},
      {"History", object({
                      {"hours", hours},
                      {"products", list(object({{"id", integer()},
                                                {"slug", text().optional()},
                                                {"name", text().optional()},
                                                {"removed", always(true).optional()},
                                                {"hours", hours}}))
                                       .optional()
                                       .says("organization paths; without names where a product was deleted")},
                  })},
      {"Metrics", object({{"integrations", list(object({{"time", time()},
                                                        {"success", integer().optional()},
                                                        {"failure", integer().optional()},
                                                        {"sleep", integer().optional()},
                                                        {"cancelled", integer().optional()}}))}})},
      {"IntegrationCounters",
       object({
           {"date", day().optional()},
           {"revision",
            integer().optional().says("another one: something changed on this server, perhaps a row of the list")},
           {"counters", dictionary(object(with(counts(), {{"health", named("Health").optional()},
                                                          {"last_error_at", time().nullable()}})))
                            .optional()
                            .says("by id, of those with traffic today or a health that is not quiet")},
           {"first_day", day().optional()},
           {"days",
            dictionary(list(list(integer()))).optional().says("by id: [success, error, sleep, cancelled] of each day")},
       })},
  };
}

// --- as they are shown

Schema waiting() {
  return integer().says("deliveries that were accepted and have no end yet");
}
Schema held() {
  return integer().says("of those that wait: until it is resumed or enabled");
}

Members placement() {
  return {
      {"id", integer()},
      {"slug", text()},
      {"name", text()},
      {"todayCounters", named("Counts").optional()},
      {"health", named("Health").optional().says("organization paths")},
      {"waiting", waiting().optional()},
      {"held", held().optional()},
      {"paused", named("Paused").optional()},
      {"override", named("OverrideSettings").optional()},
      {"staged_version", integer().optional().says("the version that is tried here")},
  };
}

Schema more_products() {
  return integer().optional().says("how many products there are besides, which the caller does not see");
}

Members integration() {
  return with(
      with({{"id", text()}}, configuration()),
      {
          {"created_at", time()},
          {"updated_at", time()},
          {"version", integer()},
          {"todayCounters", named("Counts")},
          {"health", named("Health").optional()},
          {"waiting", waiting()},
          {"held", held()},
          {"paused", named("Paused").optional().says("in the sandbox")},
          {"shared", boolean().optional()},
          {"product_ids", list(integer()).optional()},
          {"more_products", more_products()},
          {"products", list(named("Placement")).optional()},
          {"identical_to",
           list(text()).optional().says("ids of others of the organization with these settings; the oldest 20")},
          {"identical_count", integer().optional().says("how many there are, when identical_to has not all of them")},
          {"staged", named("Staged").optional()},
          {"separated_from", text().optional()},
          {"merged_into", text().optional()},
          {"closed_at", time().optional()},
      });
}

Members detail() {
  return with(integration(), {
                                 {"products", list(named("PlacementDetail")).optional()},
                                 {"counters", list(named("DayCounts")).says("30 days, oldest first")},
                                 {"effective", named("EffectiveConfiguration").optional().says("product paths")},
                                 {"logs", list(named("LogEntry"))},
                                 {"errors", list(named("LogEntry"))},
                                 {"warnings", list(named("Warning")).optional()},
                             });
}

Members placement_detail() {
  return with(placement(), {
                               {"slug", text().optional().says("absent when the product was deleted")},
                               {"name", text().optional()},
                               {"removed", always(true).optional().says("it does not run here any more")},
                               {"removed_at", time().optional()},
                               {"effective", named("EffectiveConfiguration").optional()},
                               {"counters", list(named("DayCounts")).optional().says("organization paths")},
                           });
}

Schema staged() {
  return object({
      {"version", integer()},
      {"product_ids", list(integer())},
      {"more_products", more_products()},
      {"since", time()},
      {"by", text().nullable()},
      {"changes", named("Differences")},
      {"outcomes_min", integer()},
      {"error_percent_max", integer().optional()},
      {"outcomes", object({{"staged", named("Counts")}, {"others", named("Counts")}, {"others_since", time()}})
                       .optional()
                       .says("of the trial and of the products that do not try it; only of one integration")},
  });
}

Schema request_sent() {
  return object({{"method", text()}, {"url", text()}, {"headers", dictionary(text())}, {"body", text()}});
}

Schema log_entry() {
  return object({
      {"time", time()},
      {"product_id", integer().nullable()},
      {"event", object({
                           {"id", text()},
                           {"name", text()},
                           {"data", text().nullable()},
                           {"published_at", time()},
                           {"coreid", text()},
                       })
                    .optional()
                    .says("as long as it is kept")},
      {"request", request_sent()},
      {"response", object({{"statusCode", integer()}, {"headers", dictionary(text())}, {"body", text()}}).nullable()},
      {"error", text().nullable()},
      {"notes", list(text()).optional().says(
                    "redirects that were followed, what was odd about the answer; absent when nothing")},
      {"attempt", integer()},
      {"version", integer()},
      {"duration_ms", integer()},
  });
}

Schema created() {
  return object(with(with({{"ok", always(true)}}, integration()),
                     {
                         {"joined", boolean().optional().says("product paths: whether an identical one was joined")},
                         {"warnings", list(named("Warning")).optional()},
                         {"hookUrl", text().optional()},
                         {"integrationUrl", text().optional()},
                     }));
}

Schema changed() {
  return object({
      {"integration", named("Integration")},
      {"identical_to", list(text()).optional()},
      {"warnings", list(named("Warning")).optional()},
  });
}

Schemas view_schemas() {
  return {
      {"IntegrationName", object({{"id", text()}, {"name", text()}})},
      {"Integrations", list(named("Integration"))},
      {"Integration", object(integration())},
      {"Placement", object(placement())},
      {"Paused", object({
                     {"mode", one_of({"hold", "skip"})},
                     {"since", time()},
                     {"reason", text().optional().says("why, when the server itself has paused it")},
                 })},
      {"Staged", staged()},
      {"IntegrationAnswer", object({{"integration", named("IntegrationDetail")}})},
      {"IntegrationDetail", object(detail())},
      {"PlacementDetail", object(placement_detail())},
      {"LogEntry", log_entry()},
      {"IntegrationCreated", created()},
      {"IntegrationChanged", changed()},
  };
}

// --- what is done with them

Schemas command_schemas() {
  const Schema products = product_names().optional().says("all of the integration's if absent");
  return {
      {"Test", object({
                   {"data", text().optional()},
                   {"device_id", text().optional()},
                   {"product_id", either({integer(), text()}).optional().says("organization paths")},
               })},
      {"TestResult", object({
                         {"pass", boolean()},
                         {"data", text().nullable().optional().says("what the receiver answered")},
                         {"error", text().optional()},
                         {"warnings", list(named("Warning")).optional()},
                         {"notes", list(text()).optional().says("as in the log")},
                     })},
      {"Merge", object(with({{"with", text().says("id of the integration that is closed")}}, version_seen()))},
      {"Merged", object({{"ok", always(true)},
                         {"integration", named("Integration")},
                         {"merged", text().says("id of the closed one")}})},
      {"Stage",
       object(with({{"settings", named("IntegrationSettings").says("what differs from the current version")},
                    {"product_ids", product_names().optional().says("that try it")},
                    {"error_percent_max", integer().optional().says("it is discarded when more were no success")},
                    {"outcomes_min", integer().optional().says("not before so many outcomes; 20 if absent")}},
                   version_seen()))},
      {"VersionSeen", object(version_seen())},
      {"Rollback", object(with({{"to", integer().says("the version to go back to")}}, version_seen()))},
      {"Resume", object({{"product_ids", products}})},
      {"Pause", object({{"product_ids", products},
                        {"mode", one_of({"hold", "skip"}).optional()},
                        {"drop_held", boolean().optional().says("what waits ends as cancelled")}})},
      {"Deleted", object({{"ok", always(true)},
                          {"cancelled", integer().says("deliveries that waited, requests under way among them")}})},
      {"PausedPlacements", object({{"ok", always(true)},
                                   {"dropped", integer().optional().says("with drop_held: how many end as cancelled")},
                                   {"paused", list(object({
                                                  {"product_id", integer().nullable().says("null: the sandbox")},
                                                  {"mode", one_of({"hold", "skip"})},
                                                  {"since", time()},
                                                  {"by", text()},
                                                  {"waiting", integer().says("deliveries that wait to be resumed")},
                                              }))}})},
  };
}

Schemas version_schemas() {
  const Members version{
      {"version", integer()},
      {"action", text().says("such as created, edited, staged")},
      {"created_at", time()},
      {"created_by", text().nullable()},
      {"changes", named("Differences")},
  };
  return {
      {"Versions", object({{"versions", list(named("Version"))},
                           {"next_before", integer().optional().says("there may be older ones: ask with ?before=")}})},
      {"Version", object(with(version, {{"outcomes", named("Counts")}, {"current", boolean()}}))},
      {"VersionAnswer", object({{"version", named("VersionDetail")}})},
      {"VersionDetail",
       object(with(version,
                   {
                       {"configuration", named("IntegrationConfiguration")},
                       {"product_ids", list(integer())},
                       {"more_products", more_products()},
                       {"overrides", dictionary(named("OverrideSettings")).says("by id of the product")},
                       {"against", integer().says("the version that `changes` begin from")},
                   }))},
  };
}

Schemas preview_schemas() {
  const Schema event =
      object({{"name", text().optional()}, {"data", text().optional()}, {"device_id", text().optional()}});
  const Schema event_id = text().optional().says("an event that is still kept, instead of `event`");
  const Schema verdict =
      one_of({"fires", "held", "skipped", "disabled", "prefix", "system", "device", "not_on_product", "no_chaining"});
  return {
      {"PreviewRequest", object({
                             {"event", Schema(event).optional()},
                             {"event_id", event_id},
                             {"settings", named("IntegrationSettings").optional().says("what is not saved yet")},
                             {"product_ids", product_names().optional().says("all of the integration's if absent")},
                         })},
      {"UnsavedPreviewRequest",
       object({
           {"event", Schema(event).optional()},
           {"event_id", event_id},
           {"settings", named("IntegrationSettings")},
           {"product_ids", product_names().optional().says("organization paths: in which it would execute")},
       })},
      {"Previews", object({{"previews", list(named("Preview"))}, {"warnings", list(named("Warning")).optional()}})},
      {"Preview", object({
                      {"product_id", integer().optional()},
                      {"slug", text().optional()},
                      {"name", text().optional()},
                      {"version", integer()},
                      {"fires", boolean()},
                      {"verdict", verdict},
                      {"why", text()},
                      {"request", request_sent().nullable()},
                      {"error", text().nullable()},
                      {"warnings", list(named("Warning")).optional().says("names that this event lacks")},
                  })},
      {"ExplainRequest", object({
                             {"event", Schema(event).optional()},
                             {"event_id", event_id},
                             {"product", either({integer(), text()}).optional().says("organization paths")},
                         })},
      {"Explanations", object({
                           {"event", object({{"name", text()}, {"coreid", text()}})},
                           {"fires", list(named("Explanation"))},
                           {"others", list(named("Explanation"))},
                       })},
      {"Explanation", object({
                          {"id", text()},
                          {"name", text()},
                          {"event", text()},
                          {"scope", one_of({"sandbox", "product", "organization"})},
                          {"shared", boolean()},
                          {"version", integer()},
                          {"verdict", verdict},
                          {"why", text()},
                      })},
  };
}

}  // namespace

Schemas integration_schemas() {
  Schemas all;
  for (Schemas part : {configuration_schemas(), count_schemas(), view_schemas(), command_schemas(), version_schemas(),
                       preview_schemas()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace fleethook::api::schema
