#include "api/schema.h"

#include <algorithm>
#include <string>

namespace fleethook::api::schema {
namespace {

Schema typed(std::string_view type) {
  return Schema({{"type", type}});
}

}  // namespace

Schema Schema::nullable() && {
  // What stands beside a reference does not count, so it is wrapped.
  if (form_.find("$ref") != nullptr) form_ = json::Object{{"allOf", json::Array{std::move(form_)}}};
  if (json::Value* words = form_.find("enum")) words->as_array().emplace_back(nullptr);
  form_.set("nullable", true);
  return std::move(*this);
}

Schema Schema::says(std::string_view description) && {
  if (form_.find("$ref") != nullptr) form_ = json::Object{{"allOf", json::Array{std::move(form_)}}};
  form_.set("description", description);
  return std::move(*this);
}

Schema Schema::optional() && {
  optional_ = true;
  return std::move(*this);
}

Schema text() {
  return typed("string");
}

Schema integer() {
  return typed("integer");
}

Schema number() {
  return typed("number");
}

Schema boolean() {
  return typed("boolean");
}

Schema always(bool value) {
  return Schema({{"type", "boolean"}, {"enum", json::Array{value}}});
}

Schema time() {
  return Schema({{"type", "string"}, {"format", "date-time"}});
}

Schema day() {
  return Schema({{"type", "string"}, {"format", "date"}});
}

Schema one_of(std::initializer_list<std::string_view> words) {
  return one_of(std::span(words.begin(), words.size()));
}

Schema one_of(std::span<const std::string_view> words) {
  return Schema({{"type", "string"}, {"enum", json::Array(words.begin(), words.end())}});
}

Schema named(std::string_view name) {
  return Schema({{"$ref", "#/components/schemas/" + std::string(name)}});
}

Schema list(Schema of) {
  return Schema({{"type", "array"}, {"items", of.form()}});
}

Schema dictionary(Schema of) {
  return Schema({{"type", "object"}, {"additionalProperties", of.form()}});
}

Schema any_object() {
  return Schema({{"type", "object"}, {"additionalProperties", true}});
}

Schema anything() {
  return Schema(json::Object{});
}

Schema either(std::vector<Schema> schemas) {
  json::Array forms;
  for (const Schema& schema : schemas) forms.emplace_back(schema.form());
  return Schema({{"oneOf", std::move(forms)}});
}

Schema object(const Members& members) {
  json::Object properties;
  json::Array required;
  for (const Member& member : members) {
    properties.set(member.name, member.schema.form());
    if (!member.schema.is_optional()) required.emplace_back(member.name);
  }
  json::Object form{{"type", "object"}};
  if (!required.empty()) form.set("required", std::move(required));
  form.set("properties", std::move(properties));
  return Schema(std::move(form));
}

Members with(Members members, Members more) {
  for (Member& member : more) {
    const auto same = std::ranges::find(members, member.name, &Member::name);
    if (same == members.end()) {
      members.push_back(std::move(member));
    } else {
      *same = std::move(member);
    }
  }
  return members;
}

json::Object all_schemas() {
  using Part = Schemas (*)();
  json::Object all;
  for (const Part part : {people_schemas, fleet_schemas, integration_schemas, delivery_schemas, installation_schemas}) {
    for (const Named& one : part()) all.set(one.name, one.schema.form());
  }
  return all;
}

}  // namespace fleethook::api::schema
