// Bodies about the running server, for its administrators, and what the bodies of all refusals have in common.
#include "api/schema.h"

namespace fleethook::api::schema {
namespace {

Schema counted(std::initializer_list<std::string_view> names) {
  Members members;
  for (const std::string_view name : names) members.push_back({name, integer()});
  return object(members);
}

Schema error() {
  return object({
      {"ok", always(false)},
      {"error", text().says("a sentence; in refusals of tokens a word such as invalid_token")},
      {"error_description", text().says("a sentence")},
      {"code", text().optional().says("a word that programs can rely on")},
      {"violations", list(named("Violation")).optional().says("what was sent wrongly, by field")},
      {"more_violations", integer().optional().says("how many of them are left out")},
      {"version", integer().optional().says("code version_mismatch: the current one")},
      {"products", list(named("ProductName")).optional().says("code shared_integration: those that share it")},
      {"more_products", integer().optional().says("code shared_integration: how many the caller does not see")},
      {"separate_url", text().optional().says("code shared_integration: where the product can get its own")},
      {"merged_into", text().optional().says("code merged: the integration that took its place")},
      {"integrations", list(named("IntegrationName")).optional().says("code secret_in_use: what uses it")},
      {"plans", list(text()).optional().says("code plan_required: those that would do")},
      {"troubles", list(text()).optional().says("code not_ready: why, a sentence each")},
  });
}

Schema lane() {
  return object({
      {"organization", object({{"id", text()}, {"slug", text()}, {"name", text()}}).nullable()},
      {"user", object({{"id", text()}, {"username", text()}}).nullable().says("of a lane without organization")},
      {"scheme", one_of({"http", "https"})},
      {"host", text()},
      {"port", integer()},
      {"in_memory", integer().says("deliveries that are in memory")},
      {"in_flight", integer().says("attempts under way")},
      {"waiting", integer().says("deliveries in memory that are not under way")},
      {"more_on_disk", boolean()},
      {"connections", integer()},
      {"breakers_open", integer().says("placements whose receiver fails: nothing is sent but attempts to find out")},
      {"breakers", list(object({
                            {"integration_id", text().nullable()},
                            {"product_id", integer().nullable().says("null: a sandbox")},
                            {"state", one_of({"open", "half_open"})},
                            {"reason", text().says("the last failure")},
                            {"since", time()},
                            {"next_try_at", time()},
                        }))
                       .says("of them, at most 20")},
      {"due_at", time().nullable().says("when the next retry is due")},
  });
}

}  // namespace

Schemas installation_schemas() {
  return {
      {"Ok", object({{"ok", always(true)}})},
      {"Ready", object({{"ok", always(true)},
                        {"troubles", list(text()).optional().says("what does not work though the server does")}})},
      {"Done", object({{"ok", always(true)}, {"message", text()}})},
      {"Error", error()},
      {"Violation", object({{"field", text()}, {"message", text()}})},
      {"Instance", object({
                       {"version", text()},
                       {"started_at", time()},
                       {"ready", boolean()},
                       {"troubles", list(text())},
                       {"connections", integer()},
                       {"streams", integer()},
                       {"catalog", counted({"users", "organizations", "products", "devices", "integrations"})},
                       {"queue", counted({"events", "ready", "retry", "parked"})},
                       {"lane_count", integer()},
                       {"lanes", list(named("Lane")).says("those with the most work, if there are many")},
                       {"storage", list(object({{"name", text()}, {"bytes", integer()}}))},
                       {"free_bytes", integer()},
                   })},
      {"Lane", lane()},
      {"InstanceUsers", object({{"users", list(named("InstanceUser"))}})},
      {"InstanceUser", object({
                           {"id", text()},
                           {"username", text()},
                           {"name", text().nullable()},
                           {"administrator", boolean()},
                           {"created_at", time()},
                           {"organizations", integer()},
                           {"tokens", integer()},
                       })},
  };
}

}  // namespace fleethook::api::schema
