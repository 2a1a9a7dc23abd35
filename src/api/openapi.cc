// The OpenAPI text, from the route table and a few shapes.
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Object schema_reference(const char* name) {
  return {{"$ref", std::string("#/components/schemas/") + name}};
}

json::Object content(json::Value schema) {
  return {{"application/json", json::Object{{"schema", std::move(schema)}}}};
}

json::Object typed(const char* type, const char* description = nullptr) {
  json::Object schema{{"type", type}};
  if (description != nullptr) schema.set("description", description);
  return schema;
}

// "/v1/products/:product/events/*prefix" -> "/v1/products/{product}/events/{prefix}" and its parameters.
std::string openapi_path(std::string_view pattern, json::Array& parameters) {
  std::string path;
  std::size_t at = 0;
  while (at < pattern.size()) {
    const char c = pattern[at];
    if (c != ':' && c != '*') {
      path += c;
      ++at;
      continue;
    }
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string name(pattern.substr(at + 1, end - at - 1));
    path += '{' + name + '}';
    parameters.push_back(json::Object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", typed("string")}});
    at = end;
  }
  return path;
}

// The body that a route takes, by what its pattern ends in: the first line that fits.
struct BodySchema {
  std::string_view ending, schema;
};
constexpr BodySchema kBodySchemas[] = {
    {"/events", "Publish"},
    {"/events/batch", "PublishBatch"},
    {"/test", "Test"},
    {"/separate", "Changes"},
    {"/merge", "Merge"},
    {"/override", "Override"},
    {"/stage", "Stage"},
    {"/promote", "Version"},
    {"/discard", "Version"},
    {"/rollback", "Rollback"},
    {"/pause", "Pause"},
    {"/resume", "Products"},
    {"/preview", "Preview"},
    {"/explain", "Explain"},
    {"/move", "Move"},
    {"/variables", "Variables"},
    {"/secrets", "Secret"},
    {"/secrets/:name", "Secret"},
    {"/integrations", "Integration"},
    {"/integrations/:id", "Integration"},
    {"/webhooks", "Integration"},
    {"/webhooks/:id", "Integration"},
};

const char* body_schema(const Route& route) {
  if (route.method != "POST" && route.method != "PUT" && route.method != "PATCH") return nullptr;
  for (const BodySchema& body : kBodySchemas) {
    if (!route.pattern.ends_with(body.ending)) continue;
    // Only what changes is sent there.
    if (body.schema == "Integration" && route.method == "PATCH") return "Changes";
    return body.schema.data();
  }
  return "Object";
}

json::Object integration_properties() {
  json::Object properties;
  for (const char* name : {"integration_type", "event", "name", "deviceID", "url", "requestType", "body",
                           "responseTopic", "errorResponseTopic", "template", "policy"}) {
    properties.set(name, typed("string"));
  }
  for (const char* name : {"disabled", "noDefaults", "rejectUnauthorized", "unchunked", "dataUrlResponseEvent"})
    properties.set(name, typed("boolean"));
  for (const char* name : {"form", "query", "headers", "auth"}) properties.set(name, typed("object"));
  properties.set("json", json::Object{{"description", "an object, or text that may be no JSON before it is rendered"}});
  properties.set("responseTemplate", json::Object{{"description", "text or an object"}});
  properties.set("product_ids", json::Object{{"type", "array"},
                                             {"items", typed("integer")},
                                             {"description", "organization paths: at least one, no wildcard"}});
  properties.set("version", typed("integer", "refuses the edit when it is not the current one"));
  return properties;
}

json::Object object_of(json::Object properties, json::Array required = {}) {
  json::Object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema.set("required", std::move(required));
  return schema;
}

json::Object product_list(const char* description) {
  return {{"type", "array"}, {"items", json::Object{{"description", "id or slug"}}}, {"description", description}};
}

// Bodies of what can be done to shared integrations, beside creating and editing them.
void add_sharing_schemas(json::Object& schemas) {
  const json::Object version =
      typed("integer", "refuses it when this is not the current version; If-Match says the same");
  const json::Object event =
      object_of({{"name", typed("string")}, {"data", typed("string")}, {"device_id", typed("string")}});
  const json::Object event_id = typed("string", "an event that is still kept, instead of `event`");
  schemas.set("Version", object_of({{"version", version}}));
  schemas.set(
      "Merge",
      object_of({{"with", typed("string", "id of the integration that is closed")}, {"version", version}}, {"with"}));
  schemas.set("Rollback",
              object_of({{"to", typed("integer", "the version to go back to")}, {"version", version}}, {"to"}));
  schemas.set("Override", object_of({{"url", typed("string")},
                                     {"headers", typed("object", "one by one; null takes one away")},
                                     {"auth", typed("object")},
                                     {"disabled", typed("boolean")},
                                     {"policy", typed("string")},
                                     {"version", version}}));
  schemas.set("Stage", object_of({{"settings", typed("object", "members that differ from the current version")},
                                  {"product_ids", product_list("that try it")},
                                  {"error_percent_max", typed("integer", "it is discarded when more were no success")},
                                  {"outcomes_min", typed("integer", "not before so many outcomes; 20 if absent")},
                                  {"version", version}},
                                 {"settings"}));
  schemas.set("Products", object_of({{"product_ids", product_list("all of the integration's if absent")}}));
  schemas.set("Pause", object_of({{"product_ids", product_list("all of the integration's if absent")},
                                  {"mode", json::Object{{"type", "string"}, {"enum", json::Array{"hold", "skip"}}}}}));
  schemas.set("Preview", object_of({{"event", event},
                                    {"event_id", event_id},
                                    {"settings", typed("object", "members that are not saved yet")},
                                    {"product_ids", product_list("all of the integration's if absent")}}));
  schemas.set("Explain", object_of({{"event", event},
                                    {"event_id", event_id},
                                    {"product", json::Object{{"description", "organization paths: id or slug"}}}}));
  schemas.set("Move", object_of({{"organization", json::Object{{"type", "string"},
                                                               {"nullable", true},
                                                               {"description", "id or slug; null: to yourself"}}}},
                                {"organization"}));
  schemas.set("Variables",
              object_of({{"variables", typed("object", "name to text; with PATCH null removes one")}}, {"variables"}));
  schemas.set("Secret", object_of({{"name", typed("string")}, {"value", typed("string", "never shown again")}}));
}

json::Object schemas() {
  const json::Object publish{
      {"type", "object"},
      {"required", json::Array{"name"}},
      {"properties", json::Object{{"name", typed("string", "1 to 64 printable ASCII characters")},
                                  {"data", typed("string")},
                                  {"ttl", typed("integer")},
                                  {"private", typed("boolean")},
                                  {"as_device_id", typed("string", "24 hex digits; a device of the product")}}}};
  const json::Object violation{{"type", "object"},
                               {"properties", json::Object{{"field", typed("string")}, {"message", typed("string")}}}};
  json::Object schemas{
      {"Error", json::Object{{"type", "object"},
                             {"properties",
                              json::Object{{"ok", typed("boolean")},
                                           {"error", typed("string")},
                                           {"error_description", typed("string")},
                                           {"code", typed("string")},
                                           {"violations", json::Object{{"type", "array"}, {"items", violation}}}}}}},
      {"Object", typed("object")},
      {"Publish", publish},
      {"PublishBatch", json::Object{{"type", "array"}, {"items", schema_reference("Publish")}, {"maxItems", 1000}}},
      {"Test", json::Object{{"type", "object"},
                            {"properties", json::Object{{"data", typed("string")},
                                                        {"device_id", typed("string")},
                                                        {"product_id", typed("string")}}}}},
      {"Integration", object_of(integration_properties(), {"event", "url"})},
      {"Changes", object_of(integration_properties())}};
  add_sharing_schemas(schemas);
  return schemas;
}

}  // namespace

std::string openapi(std::span<const Route> routes, std::string_view base_url) {
  json::Object paths;
  for (const Route& route : routes) {
    json::Array parameters;
    const std::string path = openapi_path(route.pattern, parameters);
    json::Object operation{{"summary", route.summary}};
    if (!parameters.empty()) operation.set("parameters", std::move(parameters));
    if (const char* schema = body_schema(route))
      operation.set("requestBody", json::Object{{"content", content(schema_reference(schema))}});
    json::Object responses;
    responses.set("2XX", json::Object{{"description", "done"}});
    responses.set("default", json::Object{{"description", "refused"}, {"content", content(schema_reference("Error"))}});
    operation.set("responses", std::move(responses));
    const PermissionRow& row = row_of(route.permission);
    operation.set("security", row.without_token ? json::Array{} : json::Array{json::Object{{"bearer", json::Array{}}}});
    operation.set("x-permission", row.name);
    if (row.role != core::Role::kNone) operation.set("x-role", core::to_text(row.role));
    operation.set("x-api-users", row.api_users != ApiUsers::kClosed);
    json::Array scopes;
    for (const std::string_view scope : scopes_of(row)) scopes.emplace_back(scope);
    operation.set("x-scopes", std::move(scopes));
    json::Value& item = paths[path];
    if (!item.is_object()) item = json::Object{};
    item.as_object().set(ascii_lower(route.method), std::move(operation));
  }
  const json::Object bearer{{"type", "http"}, {"scheme", "bearer"}};
  return json::write_pretty(json::Object{
      {"openapi", "3.0.3"},
      {"info", json::Object{{"title", "Fleethook"}, {"version", FLEETHOOK_VERSION}}},
      {"servers", json::Array{json::Object{{"url", base_url}}}},
      {"paths", std::move(paths)},
      {"components", json::Object{{"schemas", schemas()}, {"securitySchemes", json::Object{{"bearer", bearer}}}}}});
}

}  // namespace fleethook::api
