// Schemas of the bodies that the API takes and answers, as values: of OpenAPI 3.0 what is needed here. A resource's
// group lists its own in one of the files schemas_*.cc, under names that routes use (Route::request, Route::response).
// /openapi.json is written from them, the console's types are made of that, and the tests of the API hold every answer
// against the schema of its route.
#pragma once
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"

namespace fleethook::api::schema {

// Made by the functions below and narrowed by its own: text().nullable().optional().
class Schema {
 public:
  explicit Schema(json::Object form) : form_(std::move(form)) {}

  Schema nullable() &&;
  Schema says(std::string_view description) &&;  // for what its name does not tell
  Schema optional() &&;                          // as a member of an object it need not be there

  const json::Object& form() const { return form_; }
  bool is_optional() const { return optional_; }

 private:
  json::Object form_;
  bool optional_ = false;
};

struct Member {
  std::string_view name;
  Schema schema;
};
using Members = std::vector<Member>;

Schema text();
Schema integer();
Schema number();
Schema boolean();
Schema always(bool value);
Schema time();  // ISO 8601
Schema day();   // "2026-01-31"
Schema one_of(std::initializer_list<std::string_view> words);
Schema one_of(std::span<const std::string_view> words);
Schema named(std::string_view name);  // one of the list
Schema list(Schema of);
Schema dictionary(Schema of);
Schema any_object();
Schema anything();
Schema either(std::vector<Schema> schemas);
// Has these members and no others.
Schema object(const Members& members);
// `members` with `more` behind them; one of the same name takes the place of the first.
Members with(Members members, Members more);

struct Named {
  std::string_view name;
  Schema schema;
};
using Schemas = std::vector<Named>;

Schemas people_schemas();        // users, tokens, sessions, organizations, teams, secrets, audit
Schemas fleet_schemas();         // products, devices, groups, events, variables
Schemas integration_schemas();   // integrations and all that is done with them
Schemas delivery_schemas();      // single deliveries
Schemas installation_schemas();  // the running server, and what all refusals have in common

// All of them by name.
json::Object all_schemas();

}  // namespace fleethook::api::schema
