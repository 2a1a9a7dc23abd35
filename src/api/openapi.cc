// The OpenAPI text: the route table with the schemas that its routes name.
#include "api/idempotency.h"
#include "api/router.h"
#include "api/schema.h"
#include "api/session.h"
#include "base/text.h"
#include "core/hops.h"

namespace fleethook::api {
namespace {

json::Object reference(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json::Object content(std::string_view media_type, json::Object schema) {
  return {{std::string(media_type), json::Object{{"schema", std::move(schema)}}}};
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
    parameters.push_back(
        json::Object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", json::Object{{"type", "string"}}}});
    at = end;
  }
  return path;
}

json::Object query_parameter(const QueryParameter& parameter) {
  return {{"name", parameter.name},
          {"in", "query"},
          {"description", parameter.description},
          {"schema", json::Object{{"type", parameter.type}}}};
}

json::Object key_parameter() {
  return {
      {"name", kIdempotencyKey},
      {"in", "header"},
      {"description",
       "1 to 255 printable characters of the client's choice. Sent again with the same key within 24 hours the request "
       "does nothing and gets the first answer, with Idempotency-Replayed: true. 422 when the key came with another "
       "request, 409 while the first one is under way, 429 when no more keys can be kept. Refused requests leave "
       "their key free."},
      {"schema",
       json::Object{{"type", "string"}, {"minLength", 1}, {"maxLength", Limits().idempotency_key_bytes_max}}}};
}

json::Object hops_parameter() {
  const std::string most = std::to_string(Limits().event_hops_max);
  return {{"name", core::kHopsHeader},
          {"in", "header"},
          {"description",
           "How many hops from delivery to delivery led to this request. Deliveries carry it; who publishes because of "
           "one passes it on. Above " +
               most + ", and when it is no such number, the request is refused with 508."},
          {"schema", json::Object{{"type", "integer"}, {"minimum", 0}, {"maximum", Limits().event_hops_max}}}};
}

// A body with members that must be there must be there itself.
json::Object request_body(const Route& route, const json::Object& schemas) {
  json::Object body{{"content", content(route.request_type, reference(route.request))}};
  const json::Value* schema = schemas.find(route.request);
  const bool needed = schema != nullptr && (schema->find("required") != nullptr || schema->find("items") != nullptr);
  body.set("required", needed);
  return body;
}

json::Object success(const Route& route) {
  json::Object done{{"description", "done"}};
  if (route.response.find('/') != std::string_view::npos) {
    done.set("content", content(route.response, {{"type", "string"}}));
  } else if (!route.response.empty()) {
    done.set("content", content("application/json", reference(route.response)));
  }
  return done;
}

json::Object security_schemes() {
  return {{"bearer", json::Object{{"type", "http"}, {"scheme", "bearer"}}},
          {"session",
           json::Object{{"type", "apiKey"},
                        {"in", "cookie"},
                        {"name", kSessionCookie},
                        {"description",
                         "made by POST /v1/session; POST, PUT, PATCH and DELETE also need the header X-CSRF-Token with "
                         "the session's csrf"}}}};
}

json::Object operation_of(const Route& route, json::Array parameters, const json::Object& schemas) {
  json::Object operation{{"summary", route.summary}};
  for (const QueryParameter& parameter : route.query) parameters.emplace_back(query_parameter(parameter));
  if (route.takes_key) parameters.emplace_back(key_parameter());
  if (route.reads_hops) parameters.emplace_back(hops_parameter());
  if (!parameters.empty()) operation.set("parameters", std::move(parameters));
  if (!route.request.empty()) operation.set("requestBody", request_body(route, schemas));
  operation.set("responses",
                json::Object{{"2XX", success(route)},
                             {"default", json::Object{{"description", "refused"},
                                                      {"content", content("application/json", reference("Error"))}}}});
  const PermissionRow& row = row_of(route.permission);
  if (row.without_token) operation.set("security", json::Array{});
  operation.set("x-permission", row.name);
  if (row.role != core::Role::kNone) operation.set("x-role", core::to_text(row.role));
  operation.set("x-api-users", row.api_users != ApiUsers::kClosed);
  json::Array scopes;
  for (const std::string_view scope : scopes_of(row)) scopes.emplace_back(scope);
  operation.set("x-scopes", std::move(scopes));
  return operation;
}

}  // namespace

std::string openapi(std::span<const Route> routes, std::string_view base_url) {
  json::Object schemas = schema::all_schemas();
  json::Object paths;
  for (const Route& route : routes) {
    json::Array parameters;
    const std::string path = openapi_path(route.pattern, parameters);
    json::Value& item = paths[path];
    if (!item.is_object()) item = json::Object{};
    item.as_object().set(ascii_lower(route.method), operation_of(route, std::move(parameters), schemas));
  }
  return json::write_pretty(json::Object{
      {"openapi", "3.0.3"},
      {"info", json::Object{{"title", "Fleethook"}, {"version", FLEETHOOK_VERSION}}},
      {"servers", json::Array{json::Object{{"url", base_url}}}},
      {"security", json::Array{json::Object{{"bearer", json::Array{}}}, json::Object{{"session", json::Array{}}}}},
      {"paths", std::move(paths)},
      {"components", json::Object{{"schemas", std::move(schemas)}, {"securitySchemes", security_schemes()}}}});
}

}  // namespace fleethook::api
