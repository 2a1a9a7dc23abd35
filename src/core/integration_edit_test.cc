// PUT and PATCH: how a body is read over what is there; and the forms in which a configuration is written.
#include <array>

#include <gtest/gtest.h>

#include "base/random.h"
#include "core/integration_names.h"
#include "core/integration_test_help.h"

namespace fleethook::core {
namespace {

using test::config;
using test::object;
using test::refusal;

Result<IntegrationConfig> put(const IntegrationConfig& base, const char* text, Scope scope = Scope::kSandbox) {
  return read_config(object(text), EditMode::kReplace, &base, scope, false);
}
Result<IntegrationConfig> patch(const IntegrationConfig& base, const char* text, Scope scope = Scope::kSandbox) {
  return read_config(object(text), EditMode::kMerge, &base, scope, false);
}

IntegrationConfig full() {
  return config(
      R"({"event":"e","url":"https://h.example","name":"n","disabled":true,"json":{"a":"1"},"headers":{"X":"y"},"query":{"q":"1"},
      "auth":{"username":"u","password":"p"},"signing":{"secrets":["A"]},"noDefaults":true,"rejectUnauthorized":false,"responseTopic":"r","unchunked":true,
      "requestType":"PUT","policy":"particle","secrets":["A"],"deviceID":"0123456789abcdef01234567","timeout":5,
      "redirects":"error","retryDelays":[1,2],"retryFor":60,"finalStatuses":[404,"5xx"],"concurrency":2,"rate":0.5})");
}

TEST(IntegrationPut, KeepsOnlyTypeEventNameAndUrl) {
  IntegrationConfig expected;
  expected.event = "e";
  expected.url = "https://h.example";
  expected.name = "n";
  const auto got = put(full(), "{}");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, expected);
}

TEST(IntegrationPut, ReplacesWhatIsSent) {
  const auto got = put(full(), R"({"event":"foo","headers":{"Z":"1"},"form":{"a":"b"}})");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->event, "foo");
  EXPECT_EQ(got->headers, (json::Object{{"Z", "1"}}));
  EXPECT_EQ(got->url, "https://h.example");
  EXPECT_FALSE(got->json.has_value());
  EXPECT_FALSE(got->disabled);
}

TEST(IntegrationPut, NullIsAbsentButClearsTheName) {
  const auto got = put(full(), R"({"event":null,"url":null,"name":null,"json":null,"disabled":null})");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->event, "e");
  EXPECT_EQ(got->url, "https://h.example");
  EXPECT_EQ(got->name, std::nullopt);
  EXPECT_EQ(got->json, std::nullopt);
}

TEST(IntegrationPut, CannotChangeTheType) {
  EXPECT_TRUE(put(full(), R"({"integration_type":"Webhook"})").ok());
  for (const char* type : {"GoogleMaps", "AzureIotHub"}) {
    const std::string body = std::string(R"({"integration_type":")") + type + "\"}";
    EXPECT_NE(refusal(put(full(), body.c_str()), "integration_type").find("cannot be changed"), std::string::npos);
    EXPECT_NE(refusal(patch(full(), body.c_str()), "integration_type"), "");
  }
}

TEST(IntegrationPatch, KeepsWhatIsAbsent) {
  auto got = patch(full(), "{}");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, full());
  got = patch(full(), R"({"disabled":false})");
  ASSERT_TRUE(got.ok());
  IntegrationConfig expected = full();
  expected.disabled = false;
  EXPECT_EQ(*got, expected);
}

TEST(IntegrationPatch, GoesIntoOAuthMemberByMemberAndBetweenKinds) {
  const IntegrationConfig base = config(
      R"({"event":"e","url":"https://h.example","auth":{"oauth2":{"token_url":"https://a.example/t","client_id":"c",
      "client_secret":"S","scope":"x","client_auth":"body"}}})");
  EXPECT_EQ(patch(base, R"({"auth":{"oauth2":{"scope":null,"client_auth":null}}})")->auth->oauth2,
            (IntegrationConfig::OAuth2{"https://a.example/t", "c", "S"}));
  EXPECT_EQ(patch(base, R"({"auth":{}})")->auth, base.auth);
  EXPECT_EQ(patch(base, R"({"auth":{"oauth2":null}})")->auth, std::nullopt);
  EXPECT_EQ(patch(base, R"({"auth":{"bearer":"t"}})")->auth, IntegrationConfig::Auth{.bearer = "t"});
  EXPECT_FALSE(patch(base, R"({"auth":{"oauth2":{"client_id":null}}})").ok());
  EXPECT_FALSE(
      patch(config(R"({"event":"e","url":"https://h.example"})"), R"({"auth":{"oauth2":{"client_id":"c"}}})").ok());
  const auto stored = read_stored(stored_form(base, Scope::kSandbox), Scope::kSandbox);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(*stored, base);
}

TEST(IntegrationPatch, NullResetsToTheDefault) {
  const auto got = patch(
      full(),
      R"({"name":null,"disabled":null,"json":null,"headers":null,"query":null,"auth":null,"signing":null,"noDefaults":null,
      "rejectUnauthorized":null,"responseTopic":null,"unchunked":null,"requestType":null,"policy":null,"secrets":null,"deviceid":null,
      "timeout":null,"redirects":null,"retryDelays":null,"retryFor":null,"finalStatuses":null,"concurrency":null,"rate":null,"orderPerDevice":null})");
  ASSERT_TRUE(got.ok());
  IntegrationConfig expected;
  expected.event = "e";
  expected.url = "https://h.example";
  EXPECT_EQ(*got, expected);
}

TEST(IntegrationPatch, NullIsRefusedForWhatIsRequired) {
  EXPECT_NE(refusal(patch(full(), R"({"event":null})"), "event"), "");
  EXPECT_NE(refusal(patch(full(), R"({"url":null})"), "url"), "");
}

TEST(IntegrationPatch, GoesIntoHeadersQueryFormAndAuthMemberByMember) {
  IntegrationConfig base = full();
  base.headers = {{"X-One", "1"}, {"X-Two", "2"}};
  base.query = {{"a", "1"}, {"b", "2"}};
  const auto got = patch(base, R"({"headers":{"x-two":"3","X-New":"4","X-One":null},"query":{"b":null,"c":5},
                                   "auth":{"pass":"q"}})");
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(json::write(got->headers), R"({"X-Two":"3","X-New":"4"})");
  EXPECT_EQ(json::write(got->query), R"({"a":"1","c":"5"})");
  EXPECT_EQ(got->auth, (IntegrationConfig::Auth{.username = "u", .password = "q"}));
  EXPECT_EQ(got->json, base.json);
  EXPECT_EQ(patch(base, R"({"headers":{}})")->headers, base.headers);
  EXPECT_TRUE(patch(base, R"({"headers":null})")->headers.empty());
  EXPECT_EQ(patch(base, R"({"auth":{"bearer":"t"}})")->auth, IntegrationConfig::Auth{.bearer = "t"});
  EXPECT_EQ(patch(base, R"({"auth":{"username":null}})")->auth, IntegrationConfig::Auth{.password = "p"});
  EXPECT_EQ(patch(base, R"({"auth":{"username":null,"password":null}})")->auth, std::nullopt);
  base.auth = IntegrationConfig::Auth{.bearer = "t"};
  EXPECT_EQ(patch(base, R"({"auth":{"user":"u"}})")->auth, IntegrationConfig::Auth{.username = "u"});
  base.json.reset();
  base.form = json::Object{{"z", "1"}, {"a", "2"}};
  EXPECT_EQ(json::write(*patch(base, R"({"form":{"z":"9","m":"3"}})")->form), R"({"z":"9","a":"2","m":"3"})");
}

TEST(IntegrationPatch, ReplacesJsonAsAWhole) {
  EXPECT_EQ(json::write(*patch(full(), R"({"json":{"b":null}})")->json), R"({"b":null})");
}

TEST(IntegrationPatch, ChangingTheFormatNeedsTheOldOneCleared) {
  EXPECT_NE(refusal(patch(full(), R"({"form":{"a":"b"}})"), "form"), "");
  const auto got = patch(full(), R"({"form":{"a":"b"},"json":null})");
  ASSERT_TRUE(got.ok());
  EXPECT_TRUE(got->form.has_value());
}

TEST(IntegrationEdit, AComputedNameFollowsTheEdit) {
  const IntegrationConfig base = config(R"({"event":"e","url":"https://old.example"})");
  // An answer that is sent back with another URL carries the name computed from the old one.
  for (const auto mode : {EditMode::kReplace, EditMode::kMerge}) {
    json::Object body = wire_form(base, Scope::kSandbox);
    body.set("url", "https://new.example");
    const auto got = read_config(body, mode, &base, Scope::kSandbox, false);
    ASSERT_TRUE(got.ok()) << got.error().message;
    EXPECT_EQ(got->name, std::nullopt);
    EXPECT_EQ(default_name(*got), "e for new.example");
  }
  // A given name stays.
  EXPECT_EQ(patch(full(), R"({"url":"https://new.example"})")->name, "n");
}

TEST(IntegrationEdit, AnAnswerCanBeSentBackUnchanged) {
  for (const Scope scope : {Scope::kSandbox, Scope::kProduct}) {
    IntegrationConfig base = full();
    if (scope != Scope::kSandbox) base.device.reset();
    for (const auto mode : {EditMode::kReplace, EditMode::kMerge}) {
      const auto got = read_config(wire_form(base, scope), mode, &base, scope, false);
      ASSERT_TRUE(got.ok()) << got.error().message;
      EXPECT_EQ(*got, base);
    }
  }
}

TEST(IntegrationForms, AnswersCarryDefaultsAndDocumentedNames) {
  const IntegrationConfig plain =
      config(R"({"eventName":"e","url":"https://h.example:99/x","method":"GET"})", Scope::kProduct);
  EXPECT_EQ(json::Value(wire_form(plain, Scope::kProduct)),
            json::Value(object(
                R"({"integration_type":"Webhook","event":"e","name":"e for h.example","disabled":false,"deviceID":null,
                "policy":"durable","url":"https://h.example:99/x","requestType":"GET","noDefaults":false,"rejectUnauthorized":true,
                "timeout":20,"redirects":"follow","retryDelays":null,"retryFor":259200,
                "finalStatuses":["3xx",400,405,410,413,414,415,422,431,501],"concurrency":null,"rate":null,"orderPerDevice":false,
                "responseTopic":"{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}",
                "errorResponseTopic":"{{PARTICLE_DEVICE_ID}}/hook-error/{{PARTICLE_EVENT_NAME}}","unchunked":false,
                "dataUrlResponseEvent":false})")));
}

TEST(IntegrationForms, StoresOnlyWhatDiffersFromTheDefaultsInTheOrderOfKeys) {
  const IntegrationConfig plain =
      config(R"({"url":"https://h.example","event":"e","requestType":"POST","noDefaults":false,"headers":{},
      "query":{},"secrets":[],"parameters":[],"disabled":"false","name":"e for h.example","responseTopic":"hook-response/{{PARTICLE_EVENT_NAME}}"})");
  EXPECT_EQ(json::write(stored_form(plain, Scope::kSandbox)),
            R"({"event":"e","integration_type":"Webhook","url":"https://h.example"})");
  std::string last;
  for (const auto& [key, value] : stored_form(full(), Scope::kSandbox)) {
    EXPECT_LT(last, key);
    last = key;
  }
}

TEST(IntegrationForms, AnEmptyFormOrJsonStays) {
  const auto form = config(R"({"event":"e","url":"https://h.example","form":{}})");
  const auto json = config(R"({"event":"e","url":"https://h.example","json":{}})");
  const auto none = config(R"({"event":"e","url":"https://h.example"})");
  EXPECT_NE(fingerprint(form, Scope::kSandbox), fingerprint(none, Scope::kSandbox));
  EXPECT_NE(fingerprint(json, Scope::kSandbox), fingerprint(none, Scope::kSandbox));
  EXPECT_NE(fingerprint(json, Scope::kSandbox), fingerprint(form, Scope::kSandbox));
}

TEST(IntegrationForms, FormFieldsKeepTheirOrderWhenStored) {
  const auto sent = config(R"({"event":"e","url":"https://h.example","form":{"z":"1","a":"2","m":"3"}})");
  const auto read = read_stored(object(json::write(stored_form(sent, Scope::kSandbox))), Scope::kSandbox);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(json::write(*read->form), R"({"z":"1","a":"2","m":"3"})");
}

TEST(IntegrationForms, IdenticalMeansEqualInAllButOrder) {
  const auto print = [](const char* text) { return fingerprint(config(text), Scope::kSandbox); };
  const auto base =
      print(R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":"2"},"secrets":["A","B"]})");
  EXPECT_EQ(
      base,
      print(
          R"({"secrets":["B","A","B"],"json":{"b":"2","a":{"y":"2","x":"1"}},"event":"e","url":"https://h.example","method":"POST"})"));
  for (
      const char* other :
      {R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":"2"}})",
       R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":"2 "},"secrets":["A","B"]})",
       R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":2},"secrets":["A","B"]})",
       R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":"2"},"secrets":["A","B"],"name":"n"})",
       R"({"event":"e","url":"https://h.example","json":{"a":{"x":"1","y":"2"},"b":"2"},"secrets":["A","B"],"disabled":true})"}) {
    EXPECT_NE(base, print(other)) << other;
  }
}

TEST(IntegrationForms, AStoredFormThatIsNoConfigurationIsCorrupt) {
  for (const char* text : {"{}", R"({"event":"e"})", R"({"event":"e","url":"https://h.example","disabled":"x"})",
                           R"({"event":"e","url":"x","integration_type":"X"})"}) {
    const auto got = read_stored(object(text), Scope::kSandbox);
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().fault, Fault::kCorrupt);
  }
}

// Random configurations as users send them, out of parts that are each right.
class RandomBody {
 public:
  explicit RandomBody(std::uint64_t seed) : random_(seed) {}

  json::Object make(Scope scope) {
    json::Object body{
        {"event", pick({"e", "temp/", "a b", "Ä"})},
        {"url", pick({"https://h.example", "http://h.example:8080/{{{a}}}?b=c", "{{{URL}}}/x", "https://{{h}}/"})}};
    maybe(body, "name", {json::Value("n"), json::Value("e for h.example"), json::Value(""), json::Value()});
    for (const char* flag : {"disabled", "noDefaults", "rejectUnauthorized", "unchunked", "dataUrlResponseEvent"}) {
      maybe(body, flag,
            {json::Value(true), json::Value(false), json::Value("true"), json::Value("false"), json::Value()});
    }
    maybe(body, "requestType", {json::Value("GET"), json::Value("POST"), json::Value("PUT"), json::Value("DELETE")});
    maybe(body, "policy", {json::Value("durable"), json::Value("particle")});
    if (scope == Scope::kSandbox) maybe(body, "deviceid", {json::Value("0123456789abcdef01234567"), json::Value("")});
    switch (random_.next() % 5) {
      case 0:
        body.set("json", tree(3));
        break;
      case 1:
        body.set("json", pick({"", "{{{a}}}", "{\"a\":{{a}}}"}));
        break;
      case 2:
        body.set("form", pairs());
        break;
      case 3:
        body.set("body", pick({"", "x{{y}}"}));
        break;
      default:
        break;
    }
    if (chance()) body.set("query", pairs());
    if (chance()) body.set("headers", json::Object{{"X-A", scalar()}, {"{{n}}", scalar()}});
    maybe(body, "auth",
          {json::Object{}, json::Object{{"username", "u"}}, json::Object{{"username", "{{a}}"}, {"password", 5}},
           json::Object{{"user", "u"}, {"pass", "p"}}, json::Object{{"bearer", "{{T}}"}}});
    maybe(body, "timeout", {json::Value(1), json::Value(20), json::Value("60")});
    maybe(body, "redirects", {json::Value("follow"), json::Value("error")});
    maybe(body, "retryDelays", {json::Array{1}, json::Array{1, 86'400, "3"}, json::Value()});
    maybe(body, "retryFor", {json::Value(0), json::Value(259'200)});
    maybe(body, "finalStatuses", {json::Array{}, json::Array{"4xx", 404, 501}, json::Array{404, 403, 404}});
    maybe(body, "concurrency", {json::Value(1), json::Value("64"), json::Value()});
    maybe(body, "rate", {json::Value(0.01), json::Value(5), json::Value(2.5), json::Value()});
    for (const char* topic : {"responseTopic", "errorTopic"}) {
      maybe(body, topic,
            {json::Value(""), json::Value("t/{{a}}"), json::Value("hook-response/{{PARTICLE_EVENT_NAME}}"),
             json::Value("{{PARTICLE_DEVICE_ID}}/hook-error/{{PARTICLE_EVENT_NAME}}")});
    }
    if (chance()) body.set("responseTemplate", chance() ? tree(2) : json::Value(pick({"", "{{a}}"})));
    maybe(body, "template", {json::Value("slug"), json::Value("")});
    maybe(body, "secrets", {json::Array{}, json::Array{"B", "A", "B"}, json::Array{json::Object{{"name", "C"}}}});
    maybe(body, "parameters",
          {json::Array{}, json::Array{json::Object{{"key", "k"}, {"value", 1.5}, {"more", json::Array{1, 2}}}}});
    return body;
  }

 private:
  bool chance() { return random_.next() % 2 == 0; }
  const char* pick(std::initializer_list<const char*> from) { return from.begin()[random_.next() % from.size()]; }
  void maybe(json::Object& body, std::string_view key, std::initializer_list<json::Value> from) {
    if (chance()) body.set(key, from.begin()[random_.next() % from.size()]);
  }
  json::Value scalar() {
    const std::array<json::Value, 6> all = {json::Value("x"),  json::Value("{{a}} \"q\" \n"),
                                            json::Value(-7),   json::Value(2.5),
                                            json::Value(true), json::Value("ü")};
    const json::Value value = all[random_.next() % all.size()];
    return value.is_string() && value.as_string().find('\n') != std::string::npos ? json::Value("{{a}}") : value;
  }
  json::Object pairs() {
    json::Object made;
    for (std::uint64_t i = random_.next() % 20; i > 0; --i)
      made.set(pick({"a", "{{b}}", "c[]", "d e", "event"}) + std::to_string(i), scalar());
    return made;
  }
  json::Value tree(int depth) {
    json::Object made;
    for (std::uint64_t i = random_.next() % 5; i > 0; --i) {
      const std::string key = pick({"a", "{{b}}", "", "zz"}) + std::to_string(i);
      switch (random_.next() % (depth > 0 ? 4 : 2)) {
        case 0:
          made.set(key, scalar());
          break;
        case 1:
          made.set(key, json::Value());
          break;
        case 2:
          made.set(key, json::Array{scalar(), tree(depth - 1)});
          break;
        default:
          made.set(key, tree(depth - 1));
          break;
      }
    }
    return made;
  }

  SeededRandom random_;
};

TEST(IntegrationForms, EveryConfigurationSurvivesStoringAndAnswering) {
  RandomBody bodies(20260131);
  int differ = 0;
  for (int i = 0; i < 600; ++i) {
    const Scope scope = i % 3 == 0 ? Scope::kSandbox : i % 3 == 1 ? Scope::kProduct : Scope::kOrganization;
    const json::Object body = bodies.make(scope);
    const auto read = read_config(body, EditMode::kCreate, nullptr, scope, false);
    ASSERT_TRUE(read.ok()) << json::write(body) << "\n" << read.error().message;

    const json::Object stored = object(json::write(stored_form(*read, scope)));
    const auto again = read_stored(stored, scope);
    ASSERT_TRUE(again.ok()) << json::write(stored) << "\n" << again.error().message;
    ASSERT_EQ(*again, *read) << json::write(body);
    ASSERT_EQ(json::write(stored_form(*again, scope)), json::write(stored));

    const json::Object wire = object(json::write(wire_form(*read, scope)));
    const auto returned = read_config(wire, EditMode::kCreate, nullptr, scope, false);
    ASSERT_TRUE(returned.ok()) << json::write(wire) << "\n" << returned.error().message;
    ASSERT_EQ(fingerprint(*returned, scope), fingerprint(*read, scope)) << json::write(body) << "\n"
                                                                        << json::write(wire);

    // A form that lost a member must have another fingerprint, or the test above would prove nothing.
    json::Object less = stored;
    const std::string last =
        std::prev(stored.end())->first == "url" ? stored.begin()->first : std::prev(stored.end())->first;
    if (last != "event") {
      less.erase(last);
      const auto other = read_stored(less, scope);
      ASSERT_TRUE(other.ok());
      ASSERT_NE(fingerprint(*other, scope), fingerprint(*read, scope)) << last;
      ++differ;
    }
  }
  EXPECT_GT(differ, 300);
}

TEST(IntegrationNames, EveryEnumerationHasItsText) {
  EXPECT_EQ(to_text(IntegrationType::kWebhook), "Webhook");
  EXPECT_EQ(to_text(IntegrationType::kGoogleMaps), "GoogleMaps");
  EXPECT_EQ(to_text(IntegrationType::kGoogleCloudPubSub), "GoogleCloudPubSub");
  EXPECT_EQ(to_text(IntegrationType::kAzureIotHub), "AzureIotHub");
  EXPECT_EQ(to_text(RequestType::kGet), "GET");
  EXPECT_EQ(to_text(RequestType::kPost), "POST");
  EXPECT_EQ(to_text(RequestType::kPut), "PUT");
  EXPECT_EQ(to_text(RequestType::kDelete), "DELETE");
  EXPECT_EQ(to_text(DeliveryPolicy::kDurable), "durable");
  EXPECT_EQ(to_text(DeliveryPolicy::kParticle), "particle");
}

TEST(SecretName, IsUpperCaseAndDoesNotBeginWithADigit) {
  for (const char* name : {"A", "_", "_1", "API_KEY", "A1_"}) EXPECT_TRUE(is_secret_name(name)) << name;
  for (const char* name : {"", "1", "a", "A-B", "A b", "Ä", "A\n"}) EXPECT_FALSE(is_secret_name(name)) << name;
}

}  // namespace
}  // namespace fleethook::core
