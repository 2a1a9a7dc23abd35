// What schema_test_support.h declares, and its tests.
#include "api/schema.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/schema_test_support.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using Complaints = std::vector<std::string>;

class Check {
 public:
  explicit Check(const json::Object& schemas) : schemas_(schemas) {}

  void value(const json::Value& value, const json::Object& schema, const std::string& at) {
    const json::Value* nullable = schema.find("nullable");
    if (value.is_null() && nullable != nullptr && nullable->as_bool()) return;
    if (const json::Value* reference = schema.find("$ref")) return named(value, reference->as_string(), at);
    if (const json::Value* all = schema.find("allOf")) {
      for (const json::Value& one : all->as_array()) this->value(value, one.as_object(), at);
    }
    if (const json::Value* some = schema.find("oneOf")) one_of(value, some->as_array(), at);
    if (const json::Value* words = schema.find("enum")) word(value, words->as_array(), at);
    if (const json::Value* type = schema.find("type")) typed(value, type->as_string(), schema, at);
  }

  Complaints complaints;

 private:
  void complain(const std::string& at, const std::string& what) { complaints.push_back(at + ": " + what); }

  void named(const json::Value& value, std::string_view reference, const std::string& at) {
    const json::Value* schema = schemas_.find(reference.substr(reference.rfind('/') + 1));
    if (schema == nullptr) return complain(at, "there is no schema " + std::string(reference));
    this->value(value, schema->as_object(), at);
  }

  // Fits one of them, else says what is wrong by the one that fits best.
  void one_of(const json::Value& value, const json::Array& schemas, const std::string& at) {
    Complaints least;
    for (const json::Value& one : schemas) {
      Check check(schemas_);
      check.value(value, one.as_object(), at);
      if (check.complaints.empty()) return;
      if (least.empty() || check.complaints.size() < least.size()) least = std::move(check.complaints);
    }
    complaints.insert(complaints.end(), least.begin(), least.end());
  }

  void word(const json::Value& value, const json::Array& words, const std::string& at) {
    if (std::ranges::find(words, value) == words.end()) complain(at, json::write(value) + " is none of the words");
  }

  void typed(const json::Value& value, std::string_view type, const json::Object& schema, const std::string& at) {
    const bool fits = type == "string"    ? value.is_string()
                      : type == "integer" ? value.is_int()
                      : type == "number"  ? value.is_number()
                      : type == "boolean" ? value.is_bool()
                      : type == "array"   ? value.is_array()
                      : type == "object"  ? value.is_object()
                                          : false;
    if (!fits) return complain(at, json::write(value).substr(0, 100) + " is no " + std::string(type));
    if (value.is_string() && schema.find("format") != nullptr && !parse_iso8601(value.as_string()))
      complain(at, "'" + value.as_string() + "' is no time");
    if (value.is_array()) {
      std::size_t index = 0;
      for (const json::Value& item : value.as_array())
        this->value(item, schema.find("items")->as_object(), at + "." + std::to_string(index++));
    }
    if (value.is_object()) members(value.as_object(), schema, at);
  }

  void members(const json::Object& object, const json::Object& schema, const std::string& at) {
    const json::Value* properties = schema.find("properties");
    const json::Value* others = schema.find("additionalProperties");
    for (const auto& [name, value] : object) {
      const json::Value* property = properties == nullptr ? nullptr : properties->find(name);
      const std::string path = at + "." + name;
      if (property != nullptr) {
        this->value(value, property->as_object(), path);
      } else if (others == nullptr) {
        complain(path, "the schema does not have it");
      } else if (others->is_object()) {
        this->value(value, others->as_object(), path);
      }
    }
    if (const json::Value* required = schema.find("required")) {
      for (const json::Value& name : required->as_array()) {
        if (object.find(name.as_string()) == nullptr) complain(at + "." + name.as_string(), "is missing");
      }
    }
  }

  const json::Object& schemas_;
};

}  // namespace

Complaints complaints(const json::Value& body, std::string_view schema_name, const json::Object& schemas) {
  Check check(schemas);
  check.value(body, {{"$ref", schema_name}}, std::string(schema_name));
  return std::move(check.complaints);
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Complaints against(const schema::Schema& schema, const char* body) {
  const auto value = json::parse(body);
  EXPECT_TRUE(value.ok()) << body;
  const json::Object schemas{{"Body", schema.form()},
                             {"Pair", schema::object({{"a", schema::integer()}, {"b", schema::text()}}).form()}};
  return complaints(*value, "Body", schemas);
}

TEST(Schema, ObjectsHaveTheirMembersAndNoOthers) {
  const schema::Schema schema = schema::object({{"id", schema::text()}, {"size", schema::integer().optional()}});
  EXPECT_THAT(against(schema, R"({"id":"x"})"), IsEmpty());
  EXPECT_THAT(against(schema, R"({"size":1,"id":"x"})"), IsEmpty());
  EXPECT_THAT(
      against(schema, R"({"size":"1","more":2})"),
      ElementsAre("Body.size: \"1\" is no integer", "Body.more: the schema does not have it", "Body.id: is missing"));
  EXPECT_THAT(against(schema, "[]"), ElementsAre("Body: [] is no object"));
}

TEST(Schema, NullIsOnlyWhereItIsAllowed) {
  EXPECT_THAT(against(schema::text(), "null"), ElementsAre("Body: null is no string"));
  EXPECT_THAT(against(schema::text().nullable(), "null"), IsEmpty());
  EXPECT_THAT(against(schema::one_of({"a", "b"}).nullable(), "null"), IsEmpty());
  EXPECT_THAT(against(schema::named("Pair").nullable(), "null"), IsEmpty());
  EXPECT_THAT(against(schema::named("Pair").nullable(), R"({"a":1,"b":2})"), ElementsAre("Body.b: 2 is no string"));
}

TEST(Schema, ListsAndDictionariesHoldOneKind) {
  EXPECT_THAT(against(schema::list(schema::boolean()), "[true,1,false]"), ElementsAre("Body.1: 1 is no boolean"));
  EXPECT_THAT(against(schema::dictionary(schema::text()), R"({"x":"1","y":2})"), ElementsAre("Body.y: 2 is no string"));
  EXPECT_THAT(against(schema::any_object(), R"({"x":[{}]})"), IsEmpty());
  EXPECT_THAT(against(schema::anything(), "null"), IsEmpty());
}

TEST(Schema, WordsAndTimesAreThoseThatAreMeant) {
  EXPECT_THAT(against(schema::one_of({"a", "b"}), R"("c")"), ElementsAre("Body: \"c\" is none of the words"));
  EXPECT_THAT(against(schema::always(true), "false"), ElementsAre("Body: false is none of the words"));
  EXPECT_THAT(against(schema::time(), R"("2026-01-31T12:00:00.000Z")"), IsEmpty());
  EXPECT_THAT(against(schema::day(), R"("yesterday")"), ElementsAre("Body: 'yesterday' is no time"));
}

TEST(Schema, OneOfSeveralIsEnough) {
  const schema::Schema schema = schema::either({schema::text(), schema::named("Pair")});
  EXPECT_THAT(against(schema, R"("x")"), IsEmpty());
  EXPECT_THAT(against(schema, R"({"a":1,"b":"x"})"), IsEmpty());
  EXPECT_THAT(against(schema, R"({"a":1})"), ElementsAre("Body: {\"a\":1} is no string"));
}

TEST(Schema, MoreMembersTakeThePlaceOfThoseOfTheSameName) {
  const schema::Members more = schema::with({{"a", schema::text()}, {"b", schema::text()}},
                                            {{"b", schema::integer()}, {"c", schema::text().optional()}});
  EXPECT_THAT(against(schema::object(more), R"({"a":"x","b":1})"), IsEmpty());
}

TEST(Schema, NoTwoHaveOneName) {
  std::size_t listed = 0;
  for (const auto& part : {schema::people_schemas(), schema::fleet_schemas(), schema::integration_schemas(),
                           schema::delivery_schemas(), schema::installation_schemas()}) {
    listed += part.size();
  }
  EXPECT_EQ(listed, schema::all_schemas().size());
}

}  // namespace
}  // namespace fleethook::api
