// What a user may send when an integration is made.
#include <gtest/gtest.h>

#include "core/integration_test_help.h"

namespace fleethook::core {
namespace {

using test::config;
using test::create;
using test::object;
using test::refusal;

constexpr Scope kScopes[] = {Scope::kSandbox, Scope::kProduct, Scope::kOrganization};

TEST(IntegrationConfig, EventAndUrlAreEnough) {
  const IntegrationConfig got = config(R"({"event":"temp","url":"https://h.example/x"})");
  IntegrationConfig expected;
  expected.event = "temp";
  expected.url = "https://h.example/x";
  EXPECT_EQ(got, expected);
  EXPECT_EQ(got.request_type, RequestType::kPost);
  EXPECT_TRUE(got.reject_unauthorized);
  EXPECT_EQ(got.policy, DeliveryPolicy::kDurable);
}

TEST(IntegrationConfig, ReadsEveryMember) {
  const IntegrationConfig got = config(R"({
    "integration_type": "Webhook", "name": "alert", "event": "alarm/", "disabled": true, "deviceID": "0123456789ABCDEF01234567",
    "policy": "particle", "url": "https://h.example/{{{room}}}", "requestType": "PUT", "json": {"a": "{{b}}", "n": [1, null]},
    "query": {"q": "{{q}}", "n": 5, "t": true}, "headers": {"X-{{k}}": "v"}, "auth": {"username": "u", "password": "{{P}}"},
    "signing": {"secrets": ["NEW", "A_OLD"]}, "noDefaults": true, "rejectUnauthorized": false, "responseTopic": "r", "errorResponseTopic": "", "responseTemplate": "{{x}}",
    "unchunked": true, "dataUrlResponseEvent": true, "template": "slug",
    "parameters": [{"key": "K", "value": "v", "label": "kept"}, {"key": "S", "secret": "TOKEN"}], "secrets": ["B", {"name": "A"}, "B"],
    "timeout": 5, "redirects": "error", "retryDelays": [5, "60"], "retryFor": 0, "finalStatuses": [404, "5xx", 404, 503],
    "concurrency": 2, "rate": 0.5,
    "mydevices": true, "_": "ignored", "id": "ignored", "created_at": 5, "counters": []})");
  IntegrationConfig expected;
  expected.name = "alert";
  expected.event = "alarm/";
  expected.disabled = true;
  expected.device = DeviceId::parse("0123456789abcdef01234567");
  expected.policy = DeliveryPolicy::kParticle;
  expected.url = "https://h.example/{{{room}}}";
  expected.request_type = RequestType::kPut;
  expected.json = json::Value(object(R"({"a":"{{b}}","n":[1,null]})"));
  expected.query = {{"q", "{{q}}"}, {"n", "5"}, {"t", "true"}};
  expected.headers = {{"X-{{k}}", "v"}};
  expected.auth = IntegrationConfig::Auth{"u", "{{P}}"};
  expected.signing = {"NEW", "A_OLD"};
  expected.no_defaults = true;
  expected.reject_unauthorized = false;
  expected.response_topic = "r";
  expected.error_response_topic = "";
  expected.response_template = "{{x}}";
  expected.unchunked = true;
  expected.data_url_response_event = true;
  expected.template_slug = "slug";
  expected.parameters = {object(R"({"key":"K","value":"v","label":"kept"})"),
                         object(R"({"key":"S","secret":"TOKEN"})")};
  expected.secrets = {"A", "B"};
  using std::chrono::seconds;
  expected.delivery = {seconds(5), Redirects::kError, {seconds(5), seconds(60)}, seconds(0), {{5, 404}}, 2, 0.5};
  EXPECT_EQ(got, expected);
}

TEST(IntegrationConfig, AcceptsTheSpellingsOfRealSenders) {
  const IntegrationConfig documented =
      config(R"({"event":"e","url":"https://h.example","deviceID":"0123456789abcdef01234567",
      "requestType":"GET","responseTopic":"r","errorResponseTopic":"x"})");
  for (const char* device : {"deviceid", "deviceId", "device"}) {
    const IntegrationConfig other = config(std::string(R"({"eventName":"e","url":"https://h.example","method":"GET",
        "responseEvent":"r","errorTopic":"x",")") +
                                           device + R"(":"0123456789abcdef01234567"})");
    EXPECT_EQ(other, documented) << device;
  }
  // The documented name wins, unless it says nothing.
  EXPECT_EQ(config(R"({"event":"a","eventName":"b","url":"https://h.example"})").event, "a");
  EXPECT_EQ(config(R"({"event":null,"eventName":"b","url":"https://h.example"})").event, "b");
}

TEST(IntegrationConfig, TheExampleOfTheReferenceCanBeImported) {
  const IntegrationConfig got =
      config(R"({"name":"alert","event":"alarm/","url":"https://h.example/{{{room}}}","requestType":"POST",
 "noDefaults":true,"rejectUnauthorized":true,"headers":{"Authorization":"Bearer {{{AUTH_KEY}}}"},
 "json":"{\"id\":\"{{{PARTICLE_DEVICE_ID}}}\",\"t\":{{{t}}}}",
 "responseTopic":"{{{PARTICLE_DEVICE_ID}}}/hook-response/{{{PARTICLE_EVENT_NAME}}}",
 "errorResponseTopic":"{{{PARTICLE_DEVICE_ID}}}/hook-error/{{{PARTICLE_EVENT_NAME}}}"})",
             Scope::kOrganization);
  EXPECT_EQ(got.json, json::Value("{\"id\":\"{{{PARTICLE_DEVICE_ID}}}\",\"t\":{{{t}}}}"));
  EXPECT_TRUE(got.response_topic.has_value());
}

TEST(IntegrationConfig, CredentialsAreTakenUnderBothSpellingsAndAsAToken) {
  const auto auth = [](const char* sent) {
    return config(std::string(R"({"event":"e","url":"https://h.example","auth":)") + sent + "}").auth;
  };
  const IntegrationConfig::Auth basic{.username = "u", .password = "p"};
  EXPECT_EQ(auth(R"({"username":"u","password":"p"})"), basic);
  EXPECT_EQ(auth(R"({"user":"u","pass":"p"})"), basic);
  EXPECT_EQ(auth(R"({"user":"u","password":"p","username":null,"pass":"p"})"), basic);
  EXPECT_EQ(auth(R"({"bearer":"t"})"), IntegrationConfig::Auth{.bearer = "t"});
  EXPECT_EQ(auth(R"({"bearer":"","username":""})"), std::nullopt);
  EXPECT_EQ(auth("null"), std::nullopt);
}

TEST(IntegrationConfig, TokensByOAuthAreAKindOfAuth) {
  const auto auth = [](const std::string& sent) {
    return config(R"({"event":"e","url":"https://h.example","auth":{"oauth2":)" + sent + "}}").auth->oauth2;
  };
  const IntegrationConfig::OAuth2 least{"https://a.example/t", "fleet", "SECRET"};
  EXPECT_EQ(auth(R"({"token_url":" https://a.example/t ","client_id":"fleet","client_secret":"SECRET"})"), least);
  EXPECT_EQ(auth(R"({"tokenUrl":"https://a.example/t","clientId":"fleet","clientSecret":"{{{SECRET}}}",
                     "scope":"","audience":null,"client_auth":"basic"})"),
            least);
  const IntegrationConfig::OAuth2 most{"http://a.example/t", "fleet", "SECRET", "a b", "api", true};
  EXPECT_EQ(auth(R"({"token_url":"http://a.example/t","client_id":"fleet","client_secret":"SECRET",
                     "scope":"a b","audience":"api","client_auth":"body"})"),
            most);
}

TEST(IntegrationConfig, TheStandardFinalStatusesAreTheDefaultInAnyOrder) {
  const IntegrationConfig got = config(R"({"event":"e","url":"https://h.example",
      "finalStatuses":[501,431,422,415,414,413,410,405,400,"3xx",301]})");
  EXPECT_EQ(got.delivery, DeliverySettings());
  EXPECT_TRUE(holds_status(standard_final_statuses(), 304));
  EXPECT_FALSE(holds_status(standard_final_statuses(), 404));
}

TEST(IntegrationConfig, TextCountsAsBooleanAndNullAsAbsent) {
  const IntegrationConfig got =
      config(R"({"event":"e","url":"https://h.example","disabled":"true","rejectUnauthorized":"false",
      "noDefaults":"false","unchunked":null,"json":null,"form":null,"body":null,"headers":null,"query":null,"auth":null,"name":null,
      "deviceID":null,"requestType":null,"responseTopic":null,"responseTemplate":null,"policy":null,"secrets":null,"parameters":null,
      "integration_type":null,"template":null})");
  IntegrationConfig expected;
  expected.event = "e";
  expected.url = "https://h.example";
  expected.disabled = true;
  expected.reject_unauthorized = false;
  EXPECT_EQ(got, expected);
}

TEST(IntegrationConfig, RefusesEachBadMemberByName) {
  const std::pair<const char*, const char*> rows[] = {
      {"event", R"("")"},
      {"event", "5"},
      {"event", R"("12345678901234567890123456789012345678901234567890123456789012345")"},
      {"url", R"("")"},
      {"url", R"("h.example")"},
      {"url", R"("ftp://h.example")"},
      {"url", "{}"},
      {"url", R"("https://")"},
      {"url", R"("https://h.example/{{#a}}")"},
      {"requestType", R"("PATCH")"},
      {"requestType", "1"},
      {"disabled", R"("yes")"},
      {"disabled", "1"},
      {"rejectUnauthorized", R"("true/false")"},
      {"noDefaults", R"("")"},
      {"unchunked", "[]"},
      {"dataUrlResponseEvent", "{}"},
      {"policy", R"("fast")"},
      {"deviceID", R"("xyz")"},
      {"deviceID", "12"},
      {"deviceID", R"("0123456789abcdef0123456")"},
      {"json", "[1]"},
      {"json", "5"},
      {"json", "true"},
      {"form", R"("a=b")"},
      {"form", "[]"},
      {"form.a", R"({"a":{}})"},
      {"form.a", R"({"a":[1]})"},
      {"query.b", R"({"a":"1","b":{"c":1}})"},
      {"query", "1"},
      {"headers.a", R"({"a":[]})"},
      {"headers", R"("a: b")"},
      {"headers.a b", R"({"a b":"c"})"},
      {"headers.a", "{\"a\":\"x\\r\\ny\"}"},
      {"headers.", R"({"":"c"})"},
      {"headers.a\nb", R"({"a\nb":"c"})"},
      {"body", "{}"},
      {"body", "5"},
      {"auth", R"("u:p")"},
      {"auth.username", R"({"username":{}})"},
      {"auth.pass", R"({"user":"u","pass":[]})"},
      {"auth.user", R"({"username":"u","user":"v"})"},
      {"auth.bearer", R"({"username":"u","bearer":"t"})"},
      {"auth.bearer", R"({"bearer":{}})"},
      {"signing", R"(["A"])"},
      {"signing", "{}"},
      {"signing.secrets", R"({"secrets":[]})"},
      {"signing.secrets", R"({"secrets":"A"})"},
      {"signing.secrets", R"({"secrets":["A","B","C","D","E","F"]})"},
      {"signing.secrets.1", R"({"secrets":["A","a"]})"},
      {"signing.secrets.1", R"({"secrets":["A","A"]})"},
      {"signing.secrets.0", R"({"secrets":["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]})"},
      {"signing.secrets.0", R"({"secrets":[{}]})"},
      {"signing.scheme", R"({"secrets":["A"],"scheme":"v1"})"},
      {"timeout", "0"},
      {"timeout", "61"},
      {"timeout", "1.5"},
      {"timeout", R"("soon")"},
      {"timeout", "[]"},
      {"redirects", R"("maybe")"},
      {"redirects", "true"},
      {"retryDelays", "[]"},
      {"retryDelays", "5"},
      {"retryDelays", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"},
      {"retryDelays.1", "[1,0]"},
      {"retryDelays.0", "[86401]"},
      {"retryDelays.0", R"(["1 s"])"},
      {"retryFor", "-1"},
      {"retryFor", "604801"},
      {"finalStatuses", "404"},
      {"finalStatuses.1", "[300,299]"},
      {"finalStatuses.0", "[600]"},
      {"finalStatuses.0", R"(["2xx"])"},
      {"concurrency", "0"},
      {"concurrency", "65"},
      {"concurrency", "1.5"},
      {"rate", "0"},
      {"rate", "0.009"},
      {"rate", "10000.1"},
      {"rate", R"("1/s")"},
      {"responseTopic", "5"},
      {"responseTopic", R"("{{#a}}")"},
      {"errorResponseTopic", R"("{{/a}}")"},
      {"responseTemplate", "[]"},
      {"responseTemplate.a", R"({"a":"{{#x}}"})"},
      {"template", "5"},
      {"name", "5"},
      {"name", R"("a\u0000b")"},
      {"name", R"("a\nb")"},
      {"secrets", R"("A")"},
      {"secrets.1", R"(["A","a"])"},
      {"secrets.0", R"(["1A"])"},
      {"secrets.0", R"([{"name":"A-B"}])"},
      {"secrets.0", "[{}]"},
      {"secrets.0", R"([""])"},
      {"parameters", "{}"},
      {"parameters.0.key", R"([{"value":"x"}])"},
      {"parameters.0.key", R"(["x"])"},
      {"parameters.0", R"([{"key":"A"}])"},
      {"parameters.0", R"([{"key":"A","value":"x","secret":"B"}])"},
      {"parameters.0.secret", R"([{"key":"A","secret":"b"}])"},
      {"parameters.0.value", R"([{"key":"A","value":{}}])"},
      {"parameters.1.key", R"([{"key":"A","value":"x"},{"key":"A","value":"y"}])"},
  };
  for (const auto& [path, text] : rows) {
    const std::string field(path);
    json::Object body = object(R"({"event":"e","url":"https://h.example"})");
    const auto value = json::parse(text);
    ASSERT_TRUE(value.ok()) << text;
    body.set(field.substr(0, field.find('.')), *value);
    const auto got = read_config(body, EditMode::kCreate, nullptr, Scope::kSandbox, false);
    ASSERT_FALSE(got.ok()) << field << " = " << text;
    EXPECT_EQ(got.error().fault, Fault::kInvalid);
    EXPECT_NE(refusal(got, field), "") << field << " = " << text << ": " << got.error().message;
    EXPECT_EQ(got.error().message.rfind(field + ": ", 0), 0U) << got.error().message;
    EXPECT_EQ(got.error().violations.size(), 1U) << got.error().message;
  }
}

TEST(IntegrationConfig, CollectsAllViolations) {
  const auto got = create(
      R"({"url":"ftp://x","requestType":"PATCH","disabled":"maybe","headers":{"b c":"x"},"json":{"a":{"b":"x {{#y}}"}}})");
  ASSERT_FALSE(got.ok());
  for (const char* field : {"event", "url", "requestType", "disabled", "headers.b c", "json.a.b"}) {
    EXPECT_NE(refusal(got, field), "") << field;
  }
  EXPECT_EQ(got.error().violations.size(), 6U);
  EXPECT_NE(got.error().message.find("; and 1 more"), std::string::npos) << got.error().message;
}

TEST(IntegrationConfig, NamesThePlaceInATemplate) {
  const auto got =
      create(R"({"event":"e","url":"https://h.example","json":{"a":{"b":"1\n23{{#c}}x"},"l":["ok",{"k{{":"v"}]},
      "headers":{"X":"{{a"},"query":{"{{#q}}":"v"},"auth":{"username":"{{#u}}"}})");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(refusal(got, "json.a.b").rfind("line 2, column ", 0), 0U) << refusal(got, "json.a.b");
  EXPECT_EQ(refusal(got, "json.l.1.k{{").rfind("line 1, column 2", 0), 0U) << refusal(got, "json.l.1.k{{");
  EXPECT_EQ(refusal(got, "headers.X").rfind("line 1, column 1", 0), 0U) << refusal(got, "headers.X");
  EXPECT_NE(refusal(got, "query.{{#q}}"), "");
  EXPECT_NE(refusal(got, "auth.username"), "");
}

TEST(IntegrationConfig, FormJsonAndBodyExcludeEachOther) {
  const std::pair<const char*, const char*> rows[] = {
      {"form", R"("json":{},"form":{})"}, {"body", R"("json":"","body":"x")"}, {"body", R"("form":{},"body":"")"}};
  for (const auto& [field, members] : rows) {
    const auto got = create(std::string(R"({"event":"e","url":"https://h.example",)") + members + "}");
    EXPECT_NE(refusal(got, field).find("excludes"), std::string::npos) << members;
  }
  EXPECT_EQ(
      create(R"({"event":"e","url":"https://h.example","json":{},"form":{},"body":""})").error().violations.size(), 2U);
}

TEST(IntegrationConfig, TypesAreExactAndOnlyWebhooksCanBeMade) {
  const auto of = [](const char* text, bool webhooks_path) {
    return read_config(object(text), EditMode::kCreate, nullptr, Scope::kSandbox, webhooks_path);
  };
  EXPECT_TRUE(of(R"({"event":"e","url":"https://h.example","integration_type":"Webhook"})", false).ok());
  EXPECT_TRUE(of(R"({"event":"e","url":"https://h.example"})", false).ok());
  EXPECT_TRUE(of(R"({"event":"e","url":"https://h.example","integration_type":"Webhook"})", true).ok());

  const auto maps = of(R"({"event":"e","api_key":"k","integration_type":"GoogleMaps"})", false);
  EXPECT_EQ(maps.error().message, "integration_type: GoogleMaps is not available on this server; available: Webhook");
  EXPECT_EQ(maps.error().violations.size(), 1U);
  for (const char* type : {"GoogleCloudPubSub", "AzureIotHub"}) {
    EXPECT_NE(of((std::string(R"({"event":"e","integration_type":")") + type + "\"}").c_str(), false)
                  .error()
                  .message.find("not available"),
              std::string::npos);
  }
  for (const char* type : {"\"webhook\"", "\"WEBHOOK\"", "\"Logic\"", "\"\"", "5"}) {
    const auto got =
        of((std::string(R"({"event":"e","url":"https://h.example","integration_type":)") + type + "}").c_str(), false);
    EXPECT_EQ(refusal(got, "integration_type"), "must be one of Webhook, GoogleMaps, GoogleCloudPubSub, AzureIotHub")
        << type;
  }
  // Neither type nor URL: nothing tells what was meant, except on /webhooks.
  EXPECT_EQ(refusal(of(R"({"event":"e"})", false), "integration_type"),
            "is required: one of Webhook, GoogleMaps, GoogleCloudPubSub, AzureIotHub");
  EXPECT_NE(refusal(of(R"({"event":"e"})", true), "url"), "");
  EXPECT_NE(
      refusal(of(R"({"event":"e","integration_type":"GoogleMaps"})", true), "integration_type").find("/integrations"),
      std::string::npos);
}

TEST(IntegrationConfig, ADeviceFilterIsForTheSandboxOnly) {
  const char* with_device = R"({"event":"e","url":"https://h.example","deviceid":"0123456789abcdef01234567"})";
  EXPECT_TRUE(create(with_device, Scope::kSandbox).ok());
  EXPECT_NE(refusal(create(with_device, Scope::kProduct), "deviceID"), "");
  EXPECT_NE(refusal(create(with_device, Scope::kOrganization), "deviceID"), "");
  for (const Scope scope : kScopes) {
    EXPECT_TRUE(create(R"({"event":"e","url":"https://h.example","deviceID":null})", scope).ok());
    EXPECT_TRUE(create(R"({"event":"e","url":"https://h.example","deviceID":""})", scope).ok());
  }
}

TEST(IntegrationConfig, ANameThatEqualsTheComputedOneIsNone) {
  EXPECT_EQ(config(R"({"event":"temp","url":"https://x.example:8080/y","name":"temp for x.example"})").name,
            std::nullopt);
  EXPECT_EQ(config(R"({"event":"temp","url":"https://x.example/y","name":""})").name, std::nullopt);
  EXPECT_EQ(config(R"({"event":"temp","url":"https://x.example/y","name":"mine"})").name, "mine");
  EXPECT_EQ(default_name(config(R"({"event":"temp","url":"https://{{{host}}}/y"})")), "temp for {{{host}}}");
  // A long host makes a default name over the limit of names that are sent; it may still come back.
  const std::string host = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(30, 'c') + ".example";
  EXPECT_EQ(config(R"({"event":"temp","url":"https://)" + host + R"(/","name":"temp for )" + host + "\"}").name,
            std::nullopt);
  EXPECT_NE(
      refusal(create(R"({"event":"temp","url":"https://x.example/","name":")" + std::string(129, 'n') + "\"}"), "name"),
      "");
}

TEST(IntegrationConfig, TopicsThatEqualTheDefaultOfTheScopeAreNone) {
  EXPECT_EQ(response_topic(IntegrationConfig(), Scope::kSandbox), "hook-response/{{PARTICLE_EVENT_NAME}}");
  EXPECT_EQ(error_response_topic(IntegrationConfig(), Scope::kSandbox), "hook-error/{{PARTICLE_EVENT_NAME}}");
  EXPECT_EQ(response_topic(IntegrationConfig(), Scope::kProduct),
            "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}");
  EXPECT_EQ(error_response_topic(IntegrationConfig(), Scope::kOrganization),
            "{{PARTICLE_DEVICE_ID}}/hook-error/{{PARTICLE_EVENT_NAME}}");
  const char* text = R"({"event":"e","url":"https://h.example","responseTopic":"hook-response/{{PARTICLE_EVENT_NAME}}",
      "errorResponseTopic":"{{PARTICLE_DEVICE_ID}}/hook-error/{{PARTICLE_EVENT_NAME}}"})";
  EXPECT_FALSE(config(text, Scope::kSandbox).response_topic.has_value());
  EXPECT_TRUE(config(text, Scope::kSandbox).error_response_topic.has_value());
  EXPECT_TRUE(config(text, Scope::kProduct).response_topic.has_value());
  EXPECT_FALSE(config(text, Scope::kProduct).error_response_topic.has_value());
  EXPECT_EQ(config(R"({"event":"e","url":"https://h.example","responseTopic":""})").response_topic, "");
}

TEST(IntegrationConfig, UrlsMayBeginWithATag) {
  EXPECT_TRUE(create(R"({"event":"e","url":"{{{URL}}}"})").ok());
  EXPECT_TRUE(create(R"({"event":"e","url":"https://{{{HOST}}}/x"})").ok());
  EXPECT_FALSE(create(R"({"event":"e","url":"ftp://{{{HOST}}}/x"})").ok());
  EXPECT_EQ(config(R"({"event":"e","url":" https://h.example/ "})").url, "https://h.example/");
}

TEST(IntegrationConfig, LimitsHold) {
  Limits limits;
  limits.event_name_bytes_max = 4;
  limits.url_bytes_max = 30;
  limits.name_bytes_max = 6;
  limits.slug_bytes_max = 5;
  limits.integration_config_bytes_max = 200;
  const auto of = [&](const char* text) { return create(text, Scope::kSandbox, limits); };
  EXPECT_TRUE(of(R"({"event":"1234","url":"https://h.example/901234567890"})").ok());
  EXPECT_NE(refusal(of(R"({"event":"12345","url":"https://h.example/901234567890"})"), "event"), "");
  EXPECT_NE(refusal(of(R"({"event":"1234","url":"https://h.example/9012345678901"})"), "url"), "");
  EXPECT_TRUE(of(R"({"event":"1234","url":"https://h.example","name":"123456","template":"12345"})").ok());
  EXPECT_NE(refusal(of(R"({"event":"1234","url":"https://h.example","name":"1234567"})"), "name"), "");
  EXPECT_NE(refusal(of(R"({"event":"1234","url":"https://h.example","template":"123456"})"), "template"), "");
  EXPECT_TRUE(
      of((R"({"event":"1234","url":"https://h.example","body":")" + std::string(100, 'x') + "\"}").c_str()).ok());
  EXPECT_NE(
      refusal(of((R"({"event":"1234","url":"https://h.example","body":")" + std::string(200, 'x') + "\"}").c_str()),
              "integration"),
      "");
}

TEST(IntegrationConfig, HasSoManyHeaders) {
  Limits limits;
  limits.rendered_headers_max = 2;
  EXPECT_TRUE(
      create(R"({"event":"t","url":"https://h.example","headers":{"A":"1","B":"2"}})", Scope::kSandbox, limits).ok());
  EXPECT_EQ(refusal(create(R"({"event":"t","url":"https://h.example","headers":{"A":"1","B":"2","C":"3"}})",
                           Scope::kSandbox, limits),
                    "headers"),
            "must be at most 2");
}

TEST(IntegrationConfig, ManyMembersAreReadInReasonableTime) {
  json::Array parameters;
  for (int i = 0; i < 11'000; ++i) parameters.push_back(json::Object{{"key", std::to_string(i)}, {"value", ""}});
  json::Object body = object(R"({"event":"e","url":"https://h.example"})");
  body.set("parameters", parameters);
  EXPECT_NE(refusal(read_config(body, EditMode::kCreate, nullptr, Scope::kSandbox, false), "integration"), "");
}

// --- As people spell it ---

constexpr const char* kPlain = R"({"event":"e","url":"https://h.example")";

IntegrationConfig with(const std::string& members, Scope scope = Scope::kSandbox) {
  return config(kPlain + ("," + members) + "}", scope);
}

TEST(IntegrationSpelling, CaseAndUnderscoresOfNamesDoNotCount) {
  const std::string id = R"("0123456789abcdef01234567")";
  for (const char* name : {"deviceID", "deviceid", "deviceId", "device_id", "device", "coreid", "coreID", "core_id",
                           "coreId", "DeviceID"}) {
    EXPECT_EQ(with("\"" + std::string(name) + "\":" + id).device, DeviceId::parse("0123456789abcdef01234567")) << name;
  }
  for (const char* name : {"dataUrlResponseEvent", "dataURLResponseEvent", "data_url_response_event",
                           "dataUriResponseEvent", "data_uri_response_event"}) {
    EXPECT_TRUE(with("\"" + std::string(name) + "\":\"True\"").data_url_response_event) << name;
  }
  EXPECT_TRUE(with(R"("no_defaults":true)").no_defaults);
  EXPECT_EQ(with(R"("response_topic":"r","errorResponseEvent":"x")").error_response_topic, "x");
  EXPECT_EQ(with(R"("request_type":"get")").request_type, RequestType::kGet);
  EXPECT_EQ(with(R"("policy":"Particle","redirects":"ERROR")").delivery.redirects, Redirects::kError);
  EXPECT_EQ(with(R"("auth":{"Username":"u","PASS":"p"})").auth->password, "p");
}

TEST(IntegrationSpelling, OfTwoDeviceFiltersNoneIsDropped) {
  const std::string both = R"(,"deviceID":"0123456789abcdef01234567","coreid":"1123456789abcdef01234567"})";
  EXPECT_NE(refusal(create(kPlain + both), "coreid"), "");
  EXPECT_TRUE(with(R"("deviceID":"","coreid":"0123456789abcdef01234567")").device.has_value());
  EXPECT_TRUE(with(R"("deviceID":null,"coreid":"0123456789abcdef01234567")").device.has_value());
  EXPECT_TRUE(with(R"("coreid":"0123456789ABCDEF01234567")").device.has_value());
  EXPECT_NE(
      refusal(create(std::string(kPlain) + R"(,"coreid":"0123456789abcdef01234567"})", Scope::kProduct), "deviceID"),
      "");
}

// What was said of a body, as "field code message".
std::vector<std::string> said(const std::string& members, Scope scope = Scope::kSandbox, ReadHelp help = {}) {
  std::vector<Warning> warnings;
  help.warnings = &warnings;
  const auto read = read_config(object(kPlain + (members.empty() ? "" : "," + members) + "}"), EditMode::kCreate,
                                nullptr, scope, false, {}, help);
  EXPECT_TRUE(read.ok()) << read.error().message;
  std::vector<std::string> all;
  for (const Warning& one : warnings) all.push_back(*one.field + " " + one.code + " " + one.message);
  return all;
}

TEST(IntegrationStrays, AnUnknownMemberIsSaidWithWhatIsNear) {
  using All = std::vector<std::string>;
  EXPECT_EQ(said(R"("headerz":{"X":"1"})"),
            All{"headerz unknown_member is not known here and was ignored; did you mean headers?"});
  EXPECT_EQ(said(R"("zebra":1)"), All{"zebra unknown_member is not known here and was ignored"});
  EXPECT_EQ(said(R"("auth":{"user":"u","pass":"p","sendImmediately":false})"),
            All{"auth.sendImmediately unknown_member is not known here and was ignored"});
  EXPECT_EQ(said(R"("eventName":"other")").size(), 1U);
  EXPECT_EQ(said(R"("mydevices":false)").size(), 1U);
  EXPECT_EQ(said(R"("headerz":null,"eventName":"e","mydevices":true)"), All{});
}

TEST(IntegrationStrays, WhatAnExportHasBesideTheSettingsIsIgnoredWithoutAWord) {
  EXPECT_EQ(said(R"("id":"5","created_at":"2026-01-01","updated_at":5,"todayCounters":{"success":1},"counters":[1],
                    "logs":[{}],"errors":[{}],"health":"quiet","shared":false,"version":3,"hookUrl":"x","ok":true,
                    "mydevices":true,"identical_to":["a"],"warnings":[{}],"waiting":4,"effective":{"a":1})"),
            std::vector<std::string>{});
  EXPECT_EQ(said(R"("product_ids":[],"products":null)"), std::vector<std::string>{});
  EXPECT_EQ(said(R"("product_ids":[1])", Scope::kOrganization), std::vector<std::string>{});
}

TEST(IntegrationConfig, WhatIsWrongWithOAuthIsNamedByItsField) {
  const auto refused = [](const std::string& members, const std::string& field, const std::string& more = "") {
    return refusal(create(std::string(kPlain) + more + R"(,"auth":{"oauth2":{)" + members + "}}}"),
                   ("auth.oauth2" + field).c_str());
  };
  const std::string good = R"("token_url":"https://a.example/t","client_id":"c","client_secret":"S")";
  const std::pair<const char*, const char*> rows[] = {
      {".token_url", R"("client_id":"c","client_secret":"S")"},
      {".client_id", R"("token_url":"https://a.example/t","client_secret":"S")"},
      {".client_secret", R"("token_url":"https://a.example/t","client_id":"c")"},
      {".token_url", R"("token_url":"auth","client_id":"c","client_secret":"S")"},
      {".token_url", R"("token_url":"https://u:p@a.example/","client_id":"c","client_secret":"S")"},
      {".token_url", R"("token_url":"https://{{{h}}}/","client_id":"c","client_secret":"S")"},
      {".client_id", R"("token_url":"https://a.example/t","client_id":"{{c}}","client_secret":"S")"},
      {".client_id", R"("token_url":"https://a.example/t","client_id":7,"client_secret":"S")"},
      {".client_secret", R"("token_url":"https://a.example/t","client_id":"c","client_secret":"hunter2"})"},
  };
  for (const auto& [field, members] : rows) {
    std::string text = members;
    if (text.ends_with('}')) text.pop_back();
    EXPECT_NE(refused(text, field), "") << members;
  }
  EXPECT_NE(refused(good + R"(,"scope":"a\nb")", ".scope"), "");
  EXPECT_NE(refused(good + R"(,"client_auth":"digest")", ".client_auth"), "");
  EXPECT_NE(refused(good + R"(,"grant":"password")", ".grant"), "");
  EXPECT_NE(
      refusal(create(std::string(kPlain) + R"(,"headers":{"AUTHORIZATION":"x"},"auth":{"oauth2":{)" + good + "}}}"),
              "headers.AUTHORIZATION")
          .find("is set by auth.oauth2"),
      std::string::npos);
  EXPECT_NE(
      refusal(create(std::string(kPlain) + R"(,"auth":{"username":"u","oauth2":{)" + good + "}}}"), "auth.oauth2"), "");
  EXPECT_NE(refusal(create(std::string(kPlain) + R"(,"auth":{"oauth2":"S"}})"), "auth.oauth2"), "");
  for (const char* elsewhere : {"oauth2", "client_id", "tokenUrl", "client_secret"}) {
    EXPECT_NE(
        refusal(create(std::string(kPlain) + ",\"" + elsewhere + R"(":"x"})"), elsewhere).find("belongs into auth"),
        std::string::npos);
  }
}

TEST(IntegrationStrays, WhatIsACredentialOrAFilterIsRefusedNeverDropped) {
  const std::pair<const char*, const char*> rows[] = {
      {"azure_sas_token", R"({"key_name":"n","key":"k"})"},
      {"azureSasToken", R"("x")"},
      {"username", R"("u")"},
      {"password", R"("p")"},
      {"bearer", R"("t")"},
      {"apiKey", R"("k")"},
      {"api_key", R"("k")"},
      {"access_token", R"("k")"},
      {"Authorization", R"("Bearer x")"},
      {"oauth", R"({"token":"t"})"},
      {"aws", R"({"key":"t"})"},
      {"signature", R"({"secret":"S"})"},
      {"signing_secret", R"("S")"},
      {"signin", R"({"secrets":["S"]})"},
      {"ca", R"("-----BEGIN")"},
      {"cert", R"("-----BEGIN")"},
      {"key", R"("-----BEGIN")"},
      {"auht", R"({"username":"u"})"},
      {"deviceIDs", R"(["0123456789abcdef01234567"])"},
      {"devices", R"(["0123456789abcdef01234567"])"},
      {"devicID", R"("0123456789abcdef01234567")"},
      {"deviceName", R"("kitchen")"},
      {"productId", "7"},
      {"product_id", R"("seven")"},
      {"groups", R"(["a"])"},
      {"device_group", R"("a")"},
      {"filter", R"("x > 5")"},
      {"product_ids", "[7]"},
  };
  for (const auto& [name, value] : rows) {
    const auto got = create(std::string(kPlain) + ",\"" + name + "\":" + value + "}");
    EXPECT_NE(refusal(got, name), "") << name;
    EXPECT_TRUE(create(std::string(kPlain) + ",\"" + name + "\":null}").ok()) << name;
  }
  for (const char* member : {R"("token":"t")", R"("usrname":"u")", R"("type":"oauth")"}) {
    const auto got = create(std::string(kPlain) + R"(,"auth":{"user":"u",)" + member + "}}");
    EXPECT_FALSE(got.ok()) << member;
  }
  ReadHelp help;
  help.is_own_product = [](std::string_view product) { return product == "7" || product == "seven"; };
  EXPECT_EQ(said(R"("productId":7,"product_id":"seven")", Scope::kProduct, help), std::vector<std::string>{})
      << "the path says the same";
}

TEST(IntegrationStrays, ADeviceIsFoundByItsName) {
  ReadHelp help;
  help.device_named = [](std::string_view name) -> Result<DeviceId> {
    if (name == "kitchen") return *DeviceId::parse("0123456789abcdef01234567");
    return Error{Fault::kInvalid, "none is called so"};
  };
  const auto of = [&](const char* device, Scope scope) {
    return read_config(object(std::string(kPlain) + R"(,"deviceID":")" + device + "\"}"), EditMode::kCreate, nullptr,
                       scope, false, {}, help);
  };
  EXPECT_EQ(of("kitchen", Scope::kSandbox)->device, DeviceId::parse("0123456789abcdef01234567"));
  EXPECT_EQ(refusal(of("cellar", Scope::kSandbox), "deviceID"), "none is called so");
  EXPECT_NE(refusal(of("kitchen", Scope::kProduct), "deviceID"), "");
}

}  // namespace
}  // namespace fleethook::core
