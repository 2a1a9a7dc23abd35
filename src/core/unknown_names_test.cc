#include "core/unknown_names.h"

#include <gtest/gtest.h>

#include "core/compiled_test_help.h"

namespace fleethook::core {
namespace {

using test::config;
using test::event;
using test::facts;

using Found = std::vector<std::pair<std::string, std::string>>;  // name, near

Found short_form(const std::vector<UnknownName>& names) {
  Found found;
  for (const UnknownName& one : names) found.emplace_back(one.name, one.near);
  return found;
}

Found unknown(std::string_view body, std::string data) {
  return short_form(
      unknown_names(config(R"({"event":"t","url":"https://h.example/","body":)" + json::write(json::Value(body)) + "}"),
                    event(std::move(data)), facts()));
}

TEST(UnknownNames, NameWhatTheEventLacksAndWhatIsNear) {
  struct Row {
    const char* body;
    const char* data;
    Found expected;
  };
  const Row rows[] = {
      {"{{{temp}}}", R"({"temp":1})", {}},
      {"{{{temp}}}", R"({"temp":null})", {}},  // it is there
      {"{{{temp}}}", R"({"temp":""})", {}},
      {"{{{temp}}}", R"({"Temp":1})", {{"temp", "Temp"}}},
      {"{{temp}}", R"({"sensor":{"temp":1}})", {{"temp", "sensor.temp"}}},
      {"{{a.temp}}", R"({"temp":1})", {{"a.temp", "temp"}}},
      {"{{sensor.temp}}", R"({"sensor":[{"temp":1}]})", {{"sensor.temp", "sensor.0.temp"}}},
      {"{{temperature}}", R"({"humidity":2,"temprature":1})", {{"temperature", "temprature"}}},
      {"{{hmuidity}}", R"({"humidity":2})", {{"hmuidity", "humidity"}}},
      {"{{batteryLevel}}", R"({"battery_level":2})", {{"batteryLevel", "battery_level"}}},
      {"{{PARTICLE_DEVICEID}}", "{}", {{"PARTICLE_DEVICEID", "PARTICLE_DEVICE_ID"}}},
      {"{{particle_event_name}}", "{}", {{"particle_event_name", "PARTICLE_EVENT_NAME"}}},
      {"{{x}}{{y}}", R"({"z":1})", {{"x", ""}, {"y", ""}}},
      {"{{temp}}", "21.5", {{"temp", ""}}},
      {"{{PARTICLE_EVENT_VALUE}}{{PRODUCT_USER_ID}}", "21.5", {}},
      {"{{x}}{{x}}", "{}", {{"x", ""}}},
      {"{{.}}", "x", {}},
      // Asked for on purpose.
      {"{{#z}}{{{z}}}{{/z}}{{^z}}none{{/z}}", "{}", {}},
      {"{{#a}}{{{b}}}{{/a}}", "{}", {}},
      {"{{#a}}{{{b}}}{{/a}}", R"({"a":{"B":1}})", {{"b", "a.B"}}},
      {"{{#list}}{{{x}}},{{/list}}", R"({"list":[{"x":1},{"X":2}]})", {{"x", "list.0.x"}}},
  };
  for (const Row& row : rows) EXPECT_EQ(unknown(row.body, row.data), row.expected) << row.body << " " << row.data;
}

TEST(UnknownNames, AreToldWithTheFieldAndInWords) {
  const auto found = unknown_names(config(R"({"event":"t","url":"https://h.example/{{room}}","headers":{"X":"{{Room}}"},
      "json":{"a":{"b":{"$var":"rom"}}},"responseTopic":"{{other_thing}}","responseTemplate":"{{reply}}"})"),
                                   event(R"({"Room":"x"})"), facts());
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], (UnknownName{"url", "room", "Room", "this event has no 'room'; did you mean 'Room'?"}));
  EXPECT_EQ(found[1], (UnknownName{"json.a.b", "rom", "Room", "this event has no 'rom'; did you mean 'Room'?"}));
  EXPECT_EQ(found[2], (UnknownName{"responseTopic", "other_thing", "", "this event has no 'other_thing'"}));
  EXPECT_EQ(
      unknown_names(config(R"({"event":"t","url":"https://h.example/{{room}}"})"), event("hello"), facts())[0].message,
      "this event has no 'room': its data is no JSON object or list");
}

TEST(UnknownNames, CountASecretOrAVariableWithoutAValue) {
  const auto of = config(R"({"event":"t","url":"https://h.example/","secrets":["KEY"],
      "body":"{{KEY}} {{{product.vars.site}}}{{#product.vars.maybe}}x{{/product.vars.maybe}}"})");
  DeliveryFacts with = facts();
  const auto none = unknown_names(of, event("{}"), with);
  ASSERT_EQ(short_form(none), (Found{{"KEY", ""}, {"product.vars.site", ""}}));
  EXPECT_EQ(none[0].message, "'KEY' has no value here");
  const NamedValues values{.secrets = {{"KEY", "k"}}, .variables = {{"site", "s"}}};
  with.values = &values;
  EXPECT_TRUE(unknown_names(of, event("{}"), with).empty());
}

TEST(UnknownNames, OfAResponseTemplateAreLookedForInTheAnswer) {
  const auto of = config(R"({"event":"t","url":"https://h.example/","body":"{{x}}",
      "responseTemplate":{"at":"{{PARTICLE_PUBLISHED_AT}}","v":"{{value}}","x":"{{x}}"}})");
  const Event made = event(R"({"x":1})");
  const auto found = unknown_names_in_reply(of, made, facts(), R"({"Value":1})");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0],
            (UnknownName{"responseTemplate.v", "value", "Value", "this answer has no 'value'; did you mean 'Value'?"}));
  EXPECT_EQ(found[1].name, "x") << "the event's data is no part of the answer";
  EXPECT_TRUE(unknown_names(of, made, facts()).empty());
  EXPECT_TRUE(unknown_names_in_reply(of, made, facts(), "no JSON").empty()) << "the template is not applied to it";
}

TEST(UnknownNames, ManyNamesAndLongOnesCostLittle) {
  std::string data = "{";
  for (int i = 0; i < 3000; ++i) data += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  data += "}";
  EXPECT_EQ(unknown("{{" + std::string(10'000, 'x') + "}}", data).size(), 1U);
}

}  // namespace
}  // namespace fleethook::core
