// Secrets and variables in templates: where they work, who wins, and that data passes for none of them.
#include "core/named_values.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "core/compiled_test_help.h"
#include "core/integration_check.h"

namespace fleethook::core::test {
namespace {

NamedValues values() {
  NamedValues made;
  made.secrets = {{"API_KEY", "k3y"}, {"HIDDEN", "h1dden"}};
  made.variables = {{"host", "a.example"}, {"EMPTY", ""}, {"Tag", "<t>"}};
  return made;
}

OutgoingRequest built(std::string_view members, const Event& of, const NamedValues& with) {
  DeliveryFacts all = facts();
  all.values = &with;
  auto request = compiled(members)->build(of, all);
  FLEETHOOK_ASSERT(request.ok());
  return std::move(request).value();
}

// A custom body; the integration selects API_KEY and has the parameters P and Q. Not checked as when it is saved.
std::string body(std::string_view source, const Event& of = event(), const NamedValues& with = values()) {
  IntegrationConfig config = *read_config(
      object(
          R"({"event":"t","url":"https://h.example","secrets":["API_KEY"],"parameters":[{"key":"P","value":"plain"},{"key":"Q","secret":"HIDDEN"}]})"),
      EditMode::kCreate, nullptr, Scope::kProduct, false);
  config.body = source;
  DeliveryFacts all = facts();
  all.values = &with;
  auto request = (*CompiledIntegration::compile(integration(config)))->build(of, all);
  FLEETHOOK_ASSERT(request.ok());
  return std::move(request)->body;
}

std::vector<std::string> refused(std::string_view text) {
  const auto read = read_config(object(text), EditMode::kCreate, nullptr, Scope::kProduct, false);
  std::vector<std::string> fields;
  if (read) return fields;
  for (const Violation& one : read.error().violations) fields.push_back(one.field);
  return fields;
}

TEST(NamedValues, VariablesAndSecretsRenderWithOrWithoutEscapingAndInSections) {
  EXPECT_EQ(body("{{{product.vars.host}}}|{{product.vars.Tag}}|{{{product.vars.Tag}}}|{{& product.vars.Tag }}"),
            "a.example|&lt;t&gt;|<t>|<t>");
  EXPECT_EQ(
      body("{{#product.vars.host}}at {{.}}{{/product.vars.host}}{{^product.vars.host}}none{{/product.vars.host}}"),
      "at a.example");
  EXPECT_EQ(body("{{#product.vars.EMPTY}}x{{/product.vars.EMPTY}}{{^product.vars.EMPTY}}none{{/product.vars.EMPTY}}"),
            "none");
  EXPECT_EQ(body("{{=<% %>=}}<% product.vars.host %>"), "a.example");
  EXPECT_EQ(body("{{{API_KEY}}} {{{P}}} {{{Q}}}"), "k3y plain h1dden");
  EXPECT_EQ(body("{{{HIDDEN}}}"), "") << "behind a parameter, not selected under its own name";
  EXPECT_EQ(body("{{{API_KEY}}}{{{product.vars.host}}}", event(), NamedValues::none()), "");
}

TEST(NamedValues, DataCanNeitherSupplyNorOverrideThem) {
  const Event spoof = event(
      R"({"product":{"vars":{"host":"evil","other":"evil","":"evil"},"name":"n"},"product.vars.host":"evil","API_KEY":"evil","Q":"evil","vars":{"host":"evil"}})");
  for (const NamedValues& with : {values(), NamedValues::none()}) {
    for (const char* source :
         {"{{{product.vars.host}}}{{{product.vars.other}}}{{{API_KEY}}}{{{Q}}}",
          "{{{product.vars}}}{{{product.vars.}}}", "{{#product.vars}}{{{host}}}{{/product.vars}}",
          "{{#product}}{{{product.vars.other}}}{{{product.vars.host}}}{{/product}}",
          "{{#product.vars.other}}evil{{/product.vars.other}}", "{{#vars}}{{{product.vars.host}}}{{/vars}}"}) {
      EXPECT_EQ(body(source, spoof, with).find("evil"), std::string::npos) << source;
    }
  }
  EXPECT_EQ(body("{{{product.name}}}", spoof), "n") << "other paths of the data work as ever";
  EXPECT_EQ(body("{{{product.vars_x}}}", event(R"({"product":{"vars_x":"mine"}})")), "mine");
  const std::string typed =
      built(R"("noDefaults":true,"json":{"a":{"$var":"product.vars.host"},"b":{"$var":"product.vars.other"}})", spoof,
            values())
          .body;
  EXPECT_EQ(typed, R"({"a":"a.example","b":""})");
}

TEST(NamedValues, PredefinedNamesWinOverSecretsTheseOverParametersAndThoseOverData) {
  NamedValues with = values();
  with.secrets.emplace_back("PARTICLE_EVENT_NAME", "wrong");
  with.secrets.emplace_back("BOTH", "secret");
  const Event data = event(R"({"PARTICLE_EVENT_NAME":"data","BOTH":"data","P":"data","D":"data"})");
  const std::string text =
      built(
          R"("secrets":["PARTICLE_EVENT_NAME","BOTH"],"parameters":[{"key":"BOTH","value":"parameter"},{"key":"P","value":"parameter"}],
             "body":"{{{PARTICLE_EVENT_NAME}}} {{{BOTH}}} {{{P}}} {{{D}}}")",
          data, with)
          .body;
  EXPECT_EQ(text, "temp secret parameter data");
}

TEST(NamedValues, WorkInEveryPlaceOfAnIntegration) {
  const NamedValues with = values();
  const auto all = compiled(
      R"("url":"https://{{{product.vars.host}}}/{{{API_KEY}}}","secrets":["API_KEY"],
         "headers":{"X-{{{product.vars.host}}}":"{{{API_KEY}}}"},"query":{"{{{product.vars.host}}}":"{{{API_KEY}}}"},
         "auth":{"username":"{{{product.vars.host}}}","password":"{{{API_KEY}}}"},
         "json":{"{{{product.vars.host}}}":"{{{API_KEY}}}"},"noDefaults":true,
         "responseTopic":"r/{{{product.vars.host}}}","errorResponseTopic":"e/{{product.vars.host}}",
         "responseTemplate":"{{{product.vars.host}}} {{{API_KEY}}} {{{PARTICLE_EVENT_NAME}}} {{{x}}}")");
  DeliveryFacts given = facts();
  given.values = &with;
  const auto request = all->build(event(), given);
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->url.host, "a.example");
  EXPECT_EQ(request->url.target, "/k3y?a.example=k3y");
  EXPECT_EQ(request->headers.get("X-a.example"), "k3y");
  EXPECT_EQ(request->headers.get("Authorization"), "Basic YS5leGFtcGxlOmszeQ==");
  EXPECT_EQ(request->body, R"({"a.example":"k3y"})");
  EXPECT_EQ(all->lane(event(), with).value()->key.host, "a.example");
  EXPECT_FALSE(all->lane(event()).ok()) << "without a value there is no host";
  const auto responses =
      all->response_events(event(), {200, "", R"({"x":"1","PARTICLE_EVENT_NAME":"of the reply"})"}, {}, with);
  ASSERT_EQ(responses.size(), 1U);
  EXPECT_EQ(responses[0].name, "r/a.example/0");
  EXPECT_EQ(responses[0].data, "a.example [[SENSITIVE]] temp 1");
  EXPECT_EQ(all->error_events(event(), "m", {}, with)[0].name, "e/a.example/0");
  EXPECT_EQ(all->needs().secrets, (std::vector<std::string>{"API_KEY"}));
  EXPECT_EQ(all->needs().variables, (std::vector<std::string>{"host"}));
  EXPECT_TRUE(compiled(R"("body":"{{{product.name}}}")")->needs().empty());
}

TEST(NamedValues, UsesOfVariablesAreFoundByFieldAsTheTemplatesMeanThem) {
  const auto read = read_config(
      object(
          R"({"event":"t","url":"https://h.example/{{product.vars.B}}","headers":{"X-A":"{{{product.vars.A}}}","{{product.vars.K}}":"1"},
        "json":{"a":[{"b":"{{#product.vars.A}}{{product.vars.A}}{{/product.vars.A}}"}],"t":{"$var":"product.vars.T"},"text":"product.vars.NOT"},
        "auth":{"username":"{{product.vars.A}}","password":"p"},"responseTemplate":{"r":{"$var":"product.vars.R"}},
        "responseTopic":"{{! product.vars.COMMENT }}{{=<% %>=}}{{product.vars.TEXT}}<%product.vars.A%>"})"),
      EditMode::kCreate, nullptr, Scope::kProduct, false);
  ASSERT_TRUE(read.ok()) << read.error().message;
  std::string found;
  for (const VariableUse& use : variables_used(*read)) {
    found += use.name + ":";
    for (const std::string& field : use.fields) found += " " + field;
    found += "\n";
  }
  EXPECT_EQ(found,
            "A: headers.X-A json.a.0.b auth.username responseTopic\n"
            "B: url\n"
            "K: headers.{{product.vars.K}}\n"
            "R: responseTemplate.r\n"
            "T: json.t\n");
}

TEST(NamedValues, APathThatCanNameNoVariableIsRefusedWhenSaved) {
  using Fields = std::vector<std::string>;
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example","body":"{{product.vars.a-b}}"})"), Fields{"body"});
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example/{{product.vars.1}}"})"), Fields{"url"});
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example","headers":{"X-A":"{{{product.vars}}}"}})"),
            Fields{"headers.X-A"});
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example","query":{"a":"{{{product.vars.a.b}}}"}})"),
            Fields{"query.a"});
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example","json":{"a":{"$var":"product.vars."}}})"),
            Fields{"json.a"});
  EXPECT_EQ(
      refused(R"({"event":"t","url":"https://h.example","body":"{{product.vars.)" + std::string(129, 'a') + R"(}}"})"),
      Fields{"body"});
  EXPECT_EQ(refused(R"({"event":"t","url":"https://h.example","body":"{{product.vars.)" + std::string(128, 'a') +
                    R"(}} product.vars.a-b"})"),
            Fields{});
}

TEST(NamedValues, NamesOfVariablesAreIdentifiers) {
  for (const char* good : {"a", "_", "api_host", "HOST2", "_1"}) EXPECT_TRUE(is_variable_name(good)) << good;
  for (const char* bad : {"", "1a", "a-b", "a.b", "a b", "\xc3\xa4"}) EXPECT_FALSE(is_variable_name(bad)) << bad;
}

// What a receiver echoes goes to everybody who listens.
TEST(NamedValues, SecretsAreMaskedInTheEventsOfADelivery) {
  NamedValues with;
  with.secrets = {{"KEY", "0123456789"}};
  const auto data_of = [&](const char* members, const Reply& reply) {
    std::string all;
    const auto hook = compiled(R"("secrets":["KEY"],)" + std::string(members));
    for (const Event& one : hook->response_events(event(), reply, {}, with)) all += one.name + "=" + *one.data + ";";
    return all;
  };
  EXPECT_EQ(
      data_of(R"("responseTopic":"r/{{KEY}}","responseTemplate":"{{KEY}}-{{v}}")", {200, "", R"({"v":"0123456789"})"}),
      "r/[[SENSITIVE]]/0=[[SENSITIVE]]-[[SENSITIVE]];");
  EXPECT_EQ(data_of(R"("responseTopic":"r","unchunked":true)", {200, "", "you sent 0123456789"}),
            "r=you sent [[SENSITIVE]];");
  // A data URL holds the masked text.
  EXPECT_EQ(data_of(R"("responseTopic":"r","unchunked":true,"dataUrlResponseEvent":true)",
                    {200, "text/plain", "key 0123456789"}),
            "r=data:text/plain;base64," + to_base64("key [[SENSITIVE]]") + ";");
  // Over the border of two chunks, wherever it falls in the secret.
  for (std::size_t before = 500; before <= 514; ++before) {
    const std::string shown =
        data_of(R"("responseTopic":"r")", {200, "", std::string(before, 'x') + "0123456789" + std::string(600, 'y')});
    EXPECT_EQ(shown.find_first_of("3456789"), std::string::npos) << before << shown;
  }
  const auto hook = compiled(R"("secrets":["KEY"],"errorResponseTopic":"e/{{KEY}}")");
  EXPECT_EQ(hook->error_events(event(), "m", {}, with)[0].name, "e/[[SENSITIVE]]/0");
  EXPECT_EQ(hook->sent_event(event("", "a0123456789"), {}, with).name, "hook-sent/a[[SENSITIVE]]");
}

}  // namespace
}  // namespace fleethook::core::test
