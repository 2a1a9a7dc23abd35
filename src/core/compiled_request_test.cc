// The request that goes out: the rows of the reference about defaults, formats, templates, variables and headers.
#include <gtest/gtest.h>

#include "base/hex.h"
#include "core/compiled_test_help.h"

namespace fleethook::core {
namespace {

using test::compiled;
using test::event;
using test::facts;
using test::json_body;
using test::object;
using test::rendered;
using test::request;

constexpr const char* kForm =
    "event=temp&data=21.5&published_at=2026-01-31T23%3A59%3A59.007Z&coreid=0123456789abcdef01234567";
constexpr const char* kJson =
    R"("event":"temp","data":"21.5","published_at":"2026-01-31T23:59:59.007Z","coreid":"0123456789abcdef01234567")";

// What the reference says of default data (behaviour 4.4): where it goes for each method and format.
TEST(DefaultData, GoesWhereTheMethodAndFormatSay) {
  struct Row {
    const char* members;
    std::string target, body, type;
  };
  const std::string form = kForm, json = kJson, form_type = "application/x-www-form-urlencoded",
                    json_type = "application/json";
  const Row rows[] = {
      {"", "/x", form, form_type},
      {R"("requestType":"PUT")", "/x", form, form_type},
      {R"("requestType":"DELETE")", "/x", form, form_type},
      {R"("requestType":"GET")", "/x?" + form, "", ""},
      {R"("requestType":"GET","query":{"q":"{{{PARTICLE_EVENT_VALUE}}} a"})", "/x?" + form + "&q=21.5%20a", "", ""},
      {R"("requestType":"GET","form":{"f":"1"},"query":{"q":"2"})", "/x?" + form + "&q=2&f=1", "", ""},
      {R"("requestType":"GET","form":{"q":"1"},"query":{"q":"2"},"noDefaults":true)", "/x?q=1", "", ""},
      {R"("requestType":"GET","json":{"a":"b"},"noDefaults":true)", "/x", "", ""},
      {R"("requestType":"GET","body":"b","noDefaults":true)", "/x", "", ""},
      {R"("query":{"q":"1"})", "/x?q=1", form, form_type},
      {R"("form":{"f":"1"})", "/x", form + "&f=1", form_type},
      {R"("form":{})", "/x", form, form_type},
      {R"("json":{"a":"b"})", "/x", "{" + json + R"(,"a":"b"})", json_type},
      {R"("json":{"a":"b"},"requestType":"DELETE")", "/x", "{" + json + R"(,"a":"b"})", json_type},
      {R"("json":{})", "/x", "{" + json + "}", json_type},
      {R"("json":"{\"a\":1}")", "/x", "{" + json + R"(,"a":1})", json_type},
      {R"("json":" { }")", "/x", " {" + json + " }", json_type},
      {R"("json":"[1]")", "/x", "[1]", json_type},
      {R"("json":"{broken")", "/x", "{broken", json_type},
      {R"("json":"")", "/x", "", json_type},
      {R"("body":"b")", "/x", "b", ""},
      {R"("body":"")", "/x", "", ""},
      {R"("noDefaults":true)", "/x", "", ""},
      {R"("noDefaults":true,"form":{})", "/x", "", form_type},
      {R"("noDefaults":true,"form":{"f":"1","g":"a&b=c"})", "/x", "f=1&g=a%26b%3Dc", form_type},
      {R"("noDefaults":true,"json":{"a":"b"})", "/x", R"({"a":"b"})", json_type},
      {R"("noDefaults":true,"json":{})", "/x", "{}", json_type},
      {R"("noDefaults":true,"json":"{\"a\":1}")", "/x", R"({"a":1})", json_type},
      {R"("noDefaults":true,"requestType":"GET")", "/x", "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.members);
    const OutgoingRequest got = request(row.members);
    EXPECT_EQ(got.url.target, row.target);
    EXPECT_EQ(got.body, row.body);
    EXPECT_EQ(got.headers.get("Content-Type"), row.type);
    EXPECT_EQ(got.headers.get("Accept"),
              std::string(row.members).find("\"json\"") != std::string::npos ? "application/json" : "");
  }
}

TEST(DefaultData, TheIntegrationsOwnKeysWin) {
  EXPECT_EQ(request(R"("form":{"event":"mine","x":"1"})").body,
            "data=21.5&published_at=2026-01-31T23%3A59%3A59.007Z&coreid=0123456789abcdef01234567&event=mine&x=1");
  EXPECT_EQ(request(R"("form":{"event":"a","data":"b","published_at":"c","coreid":"d"})").body,
            "event=a&data=b&published_at=c&coreid=d");
  EXPECT_EQ(request(R"("json":{"data":{"t":"{{{PARTICLE_EVENT_VALUE}}}"},"coreid":5})").body,
            R"({"event":"temp","published_at":"2026-01-31T23:59:59.007Z","data":{"t":"21.5"},"coreid":5})");
  EXPECT_EQ(request(R"("json":{"published_at":"p"})").body,
            R"({"event":"temp","data":"21.5","coreid":"0123456789abcdef01234567","published_at":"p"})");
  EXPECT_EQ(
      request(R"("json":"{\"data\":21.50,\"ev\\u0065nt\":null}")").body,
      R"({"published_at":"2026-01-31T23:59:59.007Z","coreid":"0123456789abcdef01234567","data":21.50,"ev\u0065nt":null})");
  EXPECT_EQ(request(R"("requestType":"GET","query":{"coreid":"me"})").url.target,
            "/x?event=temp&data=21.5&published_at=2026-01-31T23%3A59%3A59.007Z&coreid=me");
  // Also a key that only rendering makes one of them.
  const Event made = event(R"({"k":"event","l":"data","long":"published_at_and_more"})");
  EXPECT_EQ(request(R"("form":{"{{k}}":"mine","{{none}}data":"x","{{{long}}}":"y"})", made).body,
            "published_at=2026-01-31T23%3A59%3A59.007Z&coreid=0123456789abcdef01234567&event=mine&data=x&published_at_"
            "and_more=y");
  EXPECT_EQ(
      request(R"("json":{"{{l}}":"mine"})", made).body,
      R"({"event":"temp","published_at":"2026-01-31T23:59:59.007Z","coreid":"0123456789abcdef01234567","data":"mine"})");
}

TEST(DefaultData, AnEventWithoutDataHasAnEmptyString) {
  EXPECT_EQ(request("", event(std::nullopt)).body.substr(0, 17), "event=temp&data=&");
  EXPECT_EQ(request(R"("json":{})", event(std::nullopt)).body.substr(0, 26), R"({"event":"temp","data":"",)");
  EXPECT_EQ(request("", event("")).body.substr(0, 17), "event=temp&data=&");
}

TEST(DefaultData, EventsOfTheApiHaveApiAsTheirDevice) {
  Event made = event();
  made.publisher = kApiPublisher;
  EXPECT_NE(request("", made).body.find("&coreid=api"), std::string::npos);
}

TEST(Request, EachMethodArrives) {
  for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
    EXPECT_EQ(request(std::string(R"("requestType":")") + method + "\"").method, method);
  }
}

// The example table of the reference (behaviour 4.2), and what its text says.
TEST(Request, RendersTheTemplateTableOfTheReference) {
  const Event made =
      event(R"({"a":{"aa":"testing","ab":1234},"b":"xxx","c":[{"ca":"first","cb":123},{"ca":"second","cb":456}],)"
            R"("n":[123,456,789],"t":true,"h":"<a&\"'>","tag":"{{b}}","num":1.50})");
  const std::pair<const char*, const char*> rows[] = {
      {"{{{a.aa}}}", "testing"},
      {"{{{a.ab}}}", "1234"},
      {"{{{c.1.cb}}}", "456"},
      {"{{#b}}{{{b}}}{{/b}}{{^b}}Missing{{/b}}", "xxx"},
      {"{{#z}}{{{z}}}{{/z}}{{^z}}Missing{{/z}}", "Missing"},
      {"{{#c}}{{{ca}}}~{{/c}}", "first~second~"},
      {"{{n}}", "123,456,789"},
      {"{{t}}", "true"},
      {"{{num}}", "1.5"},
      {"[{{missing}}{{{a.missing}}}]", "[]"},
      {"{{{h}}}", "<a&\"'>"},
      {"{{h}}", "&lt;a&amp;&quot;&#39;&gt;"},
      {"{{{tag}}}", "{{b}}"},
  };
  for (const auto& [source, expected] : rows) {
    EXPECT_EQ(rendered(source, made), expected) << source;
    // The same text in each place: a json leaf, a json string, a form field, a query and a header.
    const std::string quoted = json::write(json::Value(source));
    const std::string in_json = json_body(R"({"v":)" + quoted + "}", made);
    EXPECT_EQ(*json::parse(in_json)->find("v"), json::Value(expected)) << in_json;
    EXPECT_EQ(json_body(quoted, made), expected);
    EXPECT_EQ(*http::parse_form(request(R"("noDefaults":true,"form":{"v":)" + quoted + "}", made).body, 9),
              (http::Pairs{{"v", expected}}));
    EXPECT_EQ(*http::parse_form(request(R"("query":{"v":)" + quoted + "}", made).url.target.substr(3), 9),
              (http::Pairs{{"v", expected}}));
    EXPECT_EQ(request(R"("headers":{"X-V":)" + quoted + "}", made).headers.get("x-v"), expected);
  }
}

TEST(Request, ATokenInAHeaderGoesOutAsItIs) {
  const auto hook = compiled(R"("headers":{"Authorization":"Token {{KEY}}"},"secrets":["KEY"])");
  const NamedValues values{.secrets = {{"KEY", "aZ/9+kQ=="}}, .variables = {}};
  DeliveryFacts with = facts();
  with.values = &values;
  EXPECT_EQ(hook->build(event(), with)->headers.get("Authorization"), "Token aZ/9+kQ==");
}

TEST(Request, DataThatLooksLikeATemplateArrivesUnchanged) {
  const std::string evil = R"({{PARTICLE_DEVICE_ID}} {{{x}}} {{#a}})";
  const Event made = event(json::write(json::Object{{"x", evil}}));
  EXPECT_EQ(rendered("{{{x}}}", made), evil);
  EXPECT_EQ(*json::parse(json_body(R"({"v":"{{{x}}}"})", made))->find("v"), json::Value(evil));
  EXPECT_EQ(http::parse_form(request(R"("form":{"v":"{{{x}}}"})", made).body, 9)->back().second, evil);
}

TEST(Request, JsonObjectsGiveStringsAndJsonStringsGiveTypes) {
  const Event made = event(R"({"v":2,"o":{"p":[1]}})");
  EXPECT_EQ(json_body(R"({"v":"{{{v}}}"})", made), R"({"v":"2"})");
  EXPECT_EQ(json_body(R"("{\"v\":{{{v}}}}")", made), R"({"v":2})");
  EXPECT_EQ(json_body(R"({"a":[1,-2.5,true,null,"{{v}}",{"{{v}}k":"x"}]})", made),
            R"({"a":[1,-2.5,true,null,"2",{"2k":"x"}]})");
}

TEST(Request, JsonObjectsStayValidWhateverTheDataIs) {
  std::string nasty = "q\" b\\ n\n t\t z\x01 ü & < {{x}} ";
  const Event made = event(json::write(json::Object{{"x", nasty}, {"k\"", "v"}}));
  const auto triple = json::parse(json_body(R"({"{{{x}}}":"a \"{{{x}}}\\\n b","c":"{{{x}}}"})", made));
  ASSERT_TRUE(triple.ok()) << triple.error().message;
  EXPECT_EQ(*triple->find(nasty), json::Value("a \"" + nasty + "\\\n b"));
  EXPECT_EQ(*triple->find("c"), json::Value(nasty));
  // Rendering with two braces escapes HTML first, wherever the leaf's own text needs JSON escapes or not.
  const auto twice = json::parse(json_body(R"({"plain":"{{x}}","quoted":"\"{{x}}"})", made));
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(twice->find("quoted")->as_string(), "\"" + twice->find("plain")->as_string());
  EXPECT_EQ(twice->find("plain")->as_string(), rendered("{{x}}", made));
}

TEST(Request, OtherDelimitersLeaveJsonAndFormsValid) {
  const Event made = event(R"({"a":"\"x\""})");
  const std::string source = R"({{=<% %>=}}{{"}} <%&a%>)";
  const auto parsed = json::parse(json_body(R"({"v":)" + json::write(json::Value(source)) + "}", made));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed->find("v"), json::Value(R"({{"}} "x")"));
  EXPECT_EQ(request(R"("noDefaults":true,"form":{"v":)" + json::write(json::Value(source)) + "}", made).body,
            "v=%7B%7B%22%7D%7D%20%22x%22");
}

TEST(Request, VariablesKeepTheirTypeWithVar) {
  const Event made = event(R"({"v":2.5,"o":{"p":[1,"x"]},"s":"t"})");
  const std::pair<const char*, const char*> rows[] = {
      {"v", "2.5"},      {"o", R"({"p":[1,"x"]})"}, {"o.p.1", R"("x")"},
      {"o.p.2", "null"}, {"s", R"("t")"},           {"none", "null"},
      {"o.p.x", "null"}, {"v.x", "null"},           {"PARTICLE_EVENT_NAME", R"("temp")"},
  };
  for (const auto& [path, expected] : rows) {
    EXPECT_EQ(json_body(std::string(R"({"a":{"$var":")") + path + R"("}})", made),
              std::string(R"({"a":)") + expected + "}")
        << path;
  }
  EXPECT_EQ(json_body(R"({"$var":"o"})", made), R"({"p":[1,"x"]})");
  EXPECT_EQ(request(R"("json":{"$var":"o"})", made).body.find(R"({"event":"temp",)"), 0U);
  EXPECT_EQ(json_body(R"({"a":{"$var":"v","b":1}})", made), R"({"a":{"$var":"v","b":1}})");
}

TEST(Request, InvalidUtf8StaysInABodyAndInAFormAndIsRepairedInJson) {
  const Event made = event("a\xff\x01z");
  EXPECT_EQ(rendered("<{{{PARTICLE_EVENT_VALUE}}}>", made), "<a\xff\x01z>");
  EXPECT_NE(request("", made).body.find("data=a%FF%01z&"), std::string::npos);
  EXPECT_EQ(request(R"("noDefaults":true,"form":{"v":"x {{{PARTICLE_EVENT_VALUE}}}"})", made).body, "v=x%20a%FF%01z");
  EXPECT_NE(request(R"("json":{})", made).body.find("\"data\":\"a\xEF\xBF\xBD\\u0001z\""), std::string::npos);
  EXPECT_EQ(json_body(R"({"v":"{{{PARTICLE_EVENT_VALUE}}}"})", made), "{\"v\":\"a\xEF\xBF\xBD\\u0001z\"}");
  EXPECT_EQ(json_body(R"("{{{PARTICLE_EVENT_VALUE}}}")", made), "a\xEF\xBF\xBD\x01z");
}

TEST(Request, PredefinedVariablesHaveTheirValues) {
  Event made = event("{\"a\":1}", "temp/x");
  made.is_public = true;
  const std::pair<const char*, std::string> rows[] = {
      {"PARTICLE_DEVICE_ID", "0123456789abcdef01234567"},
      {"PARTICLE_EVENT_NAME", "temp/x"},
      {"PARTICLE_EVENT_VALUE", "{\"a\":1}"},
      {"PARTICLE_PUBLISHED_AT", "2026-01-31T23:59:59.007Z"},
      {"PARTICLE_EVENT_ID", "019b0000-0000-7000-8000-000000000001"},
      {"PARTICLE_EVENT_PUBLIC", "true"},
      {"PRODUCT_ID", "12"},
      {"PRODUCT_USER_ID", "5f000000000000000000000a"},
      {"PRODUCT_VERSION", "3"},
      {"SPARK_CORE_ID", "0123456789abcdef01234567"},
      {"SPARK_EVENT_NAME", "temp/x"},
      {"SPARK_EVENT_VALUE", "{\"a\":1}"},
      {"SPARK_PUBLISHED_AT", "2026-01-31T23:59:59.007Z"},
      {"SPARK_EVENT_ID", ""},
      {"PARTICLE_", ""},
      {"PARTICLE_CORE_ID", ""},
      {"PRODUCT_", ""},
  };
  for (const auto& [name, expected] : rows) {
    EXPECT_EQ(rendered(std::string("{{{") + name + "}}}", made), expected) << name;
    EXPECT_EQ(request(std::string(R"("headers":{"X-V":"{{{)") + name + "}}}\"}", made).headers.get("X-V"), expected)
        << name;
  }
  EXPECT_EQ(rendered("{{PARTICLE_EVENT_PUBLIC}}", event()), "false");
  Event other = event();
  other.product = {7};
  EXPECT_EQ(rendered("{{PRODUCT_ID}}", other), "7") << "the product of the event, not of the integration";
  other.product = {};
  other.data.reset();
  EXPECT_EQ(rendered("[{{PRODUCT_ID}}{{PARTICLE_EVENT_VALUE}}]", other), "[]");
}

TEST(Request, TheWholeEventIsAVariable) {
  const Event made = event("a\"b");
  const std::string text = rendered("{{{PARTICLE_EVENT_JSON}}}", made);
  EXPECT_EQ(
      text,
      R"({"event":"temp","data":"a\"b","published_at":"2026-01-31T23:59:59.007Z","coreid":"0123456789abcdef01234567",)"
      R"("id":"019b0000-0000-7000-8000-000000000001","ttl":60,"public":false,"product_id":12,"product_version":"3"})");
  EXPECT_EQ(from_base64(rendered("{{{PARTICLE_EVENT_BASE64}}}", made)), text);
  EXPECT_EQ(json::parse(rendered("{{{PARTICLE_EVENT_JSON}}}", event(std::nullopt)))->find("data")->kind(),
            json::Value::Kind::kNull);
  EXPECT_EQ(json_body(R"("{{{PARTICLE_EVENT_JSON}}}")", made), text);
}

TEST(Request, DataCannotPassForAPredefinedNameASecretOrAParameter) {
  const Event made = event(
      R"({"PARTICLE_DEVICE_ID":"x","PRODUCT_ID":"x","PRODUCT_VERSION":"x","SPARK_CORE_ID":"x","API_KEY":"x","KEY":"x","HIDDEN":"x","own":"y"})");
  const OutgoingRequest got = request(
      R"("secrets":["API_KEY"],"parameters":[{"key":"KEY","value":"p"},{"key":"HIDDEN","secret":"S"},{"key":"PARTICLE_EVENT_NAME","value":"p"}],
      "body":"{{PARTICLE_DEVICE_ID}}|{{PRODUCT_ID}}|{{PRODUCT_VERSION}}|{{SPARK_CORE_ID}}|{{API_KEY}}|{{KEY}}|{{HIDDEN}}|{{PARTICLE_EVENT_NAME}}|{{own}}")",
      made);
  EXPECT_EQ(got.body, "0123456789abcdef01234567|12|3|0123456789abcdef01234567||p||temp|y");
}

TEST(Request, ParametersAreVariables) {
  EXPECT_EQ(
      request(
          R"("parameters":[{"key":"A","value":"a<"},{"key":"N","value":5},{"key":"B","value":false}],"body":"{{{A}}} {{A}} {{N}} {{B}}")")
          .body,
      "a< a&lt; 5 false");
}

TEST(Request, ArraysGiveIndexesAndScalarsNothing) {
  EXPECT_EQ(rendered("{{{0.x}}},{{{1}}}", event(R"([{"x":"first"},"second"])")), "first,second");
  for (const char* data : {"5", "true", "\"text\"", "null", "not json", "", " ", "{broken", "{\"a\":1} x"}) {
    EXPECT_EQ(rendered("[{{a}}{{length}}{{0}}]", event(data)), "[]") << data;
  }
  EXPECT_EQ(rendered("[{{a}}]", event(std::nullopt)), "[]");
}

TEST(Request, HeadersOfTheProductAreThere) {
  const OutgoingRequest got = request("");
  EXPECT_EQ(got.headers.get("user-agent"), "Fleethook/" FLEETHOOK_VERSION);
  EXPECT_EQ(got.headers.get("webhook-id"), "019b0000-0000-7000-8000-00000000000d");
  EXPECT_EQ(got.headers.get("webhook-timestamp"), "1769817601");  // 2026-01-31T00:00:01.999Z, rounded down
  EXPECT_EQ(got.headers.get("fleethook-attempt"), "3");
  EXPECT_EQ(got.headers.get("fleethook-hops"), "1");
  EXPECT_FALSE(got.headers.has("Host"));
  EXPECT_FALSE(got.headers.has("Content-Length"));
  EXPECT_EQ(got.headers.size(), 6U);
}

TEST(Request, TheIntegrationsHeadersWin) {
  const char* names[] = {"USER-AGENT",        "Accept",           "content-type", "Webhook-Id",
                         "WEBHOOK-TIMESTAMP", "Fleethook-Attempt"};
  for (const char* name : names) {
    for (const char* key : {"%", "{{none}}%"}) {  // also when only rendering makes the name
      std::string header(key);
      header.replace(header.find('%'), 1, name);
      const OutgoingRequest got = request(R"("json":{},"headers":{")" + header + R"(":"mine"})");
      EXPECT_EQ(got.headers.get(name), "mine") << header;
      EXPECT_EQ(got.headers.size(), 7U) << header;
    }
  }
}

TEST(Request, HeadersAreTemplates) {
  const OutgoingRequest got = request(
      R"("headers":{"X-{{{PARTICLE_EVENT_NAME}}}":"v {{{PARTICLE_EVENT_VALUE}}}","{{none}}":"dropped","X-Number":5,"X-Empty":""})");
  EXPECT_EQ(got.headers.get("X-temp"), "v 21.5");
  EXPECT_EQ(got.headers.get("X-Number"), "5");
  EXPECT_TRUE(got.headers.has("X-Empty"));
  EXPECT_EQ(got.headers.size(), 9U);
}

TEST(Request, NothingCanBeInjectedIntoHeadersOrUrls) {
  for (const char* data : {"a\r\nX: y", "a\nb", "a\rb", "a\x01"}) {
    const Event made = event(data);
    for (const char* members :
         {R"("headers":{"X":"{{{PARTICLE_EVENT_VALUE}}}"})", R"("headers":{"X-{{{PARTICLE_EVENT_VALUE}}}":"v"})",
          R"("auth":{"bearer":"{{{PARTICLE_EVENT_VALUE}}}"})", R"("url":"https://h.{{{PARTICLE_EVENT_VALUE}}}/")",
          R"("url":"{{{PARTICLE_EVENT_VALUE}}}")"}) {
      json::Object body = object(R"({"event":"t","url":"https://h.example/x"})");
      for (const auto& [key, value] : object("{" + std::string(members) + "}")) body.set(key, value);
      const auto config = read_config(body, EditMode::kCreate, nullptr, Scope::kProduct, false);
      ASSERT_TRUE(config.ok());
      const auto built = (*CompiledIntegration::compile(test::integration(*config)))->build(made, facts());
      ASSERT_FALSE(built.ok()) << members;
      EXPECT_EQ(built.error().fault, Fault::kInvalid);
    }
  }
  EXPECT_FALSE(compiled(R"("headers":{"a{{{PARTICLE_EVENT_VALUE}}}":"v"})")->build(event("b c"), facts()).ok());
  // In a query the same text is data.
  EXPECT_EQ(request(R"("query":{"q":"{{{PARTICLE_EVENT_VALUE}}}"})", event("a\r\nX&y=z#")).url.target,
            "/x?q=a%0D%0AX%26y%3Dz%23");
}

TEST(Request, FramingHeadersAreOurs) {
  const OutgoingRequest got = request(
      R"("headers":{"Content-Length":"5","transfer-encoding":"chunked","Connection":"close","{{none}}Expect":"100-continue",
      "TE":"x","Upgrade":"h2c","Fleethook-Hops":"0","{{none}}fleethook-hops":"0","Host":"other.example"})");
  EXPECT_EQ(got.headers.size(), 7U);
  EXPECT_EQ(got.headers.get("fleethook-hops"), "1");
  EXPECT_EQ(got.headers.get("Host"), "other.example");
}

TEST(Request, AuthorizationComesFromAuthOrFromTheUrl) {
  const auto authorization = [](const char* members, const char* url) {
    json::Object body = object(std::string("{\"event\":\"t\"") + members + "}");
    body.set("url", url);
    const auto config = read_config(body, EditMode::kCreate, nullptr, Scope::kProduct, false);
    FLEETHOOK_ASSERT(config.ok());
    auto built =
        (*CompiledIntegration::compile(test::integration(*config)))->build(event(R"({"u":"x","p":"ü:<"})"), facts());
    FLEETHOOK_ASSERT(built.ok());
    EXPECT_EQ(built->url.user + built->url.password, "") << "not kept where a log would show it";
    const std::string header(built->headers.get("Authorization"));
    std::size_t count = 0;
    for (std::size_t i = 0; i < built->headers.size(); ++i) count += built->headers.name_at(i).size() == 13 ? 1 : 0;
    EXPECT_EQ(count, header.empty() ? 0U : 1U);
    return header.rfind("Basic ", 0) == 0 ? "Basic " + *from_base64(header.substr(6)) : header;
  };
  const char* plain = "https://h.example/";
  const char* with_user = "https://us%65r:pw@h.example/";
  EXPECT_EQ(authorization("", plain), "");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"a","password":"b"})", plain), "Basic a:b");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"{{u}}","password":"{{{p}}}"})", plain), "Basic x:ü:<");
  EXPECT_EQ(authorization("", with_user), "Basic user:pw");
  EXPECT_EQ(authorization(R"(,"auth":{"bearer":"t0k"})", with_user), "Bearer t0k");
  EXPECT_EQ(authorization(R"(,"auth":{"bearer":"{{{u}}}-1"})", plain), "Bearer x-1");
  EXPECT_EQ(authorization(R"(,"auth":{"bearer":"t"},"headers":{"authorization":"own"})", plain), "own");
  EXPECT_EQ(authorization("", "https://{{u}}:{{{u}}}y@h.example/"), "Basic x:xy");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"a"})", with_user), "Basic a:");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"a"},"headers":{"authorization":"Bearer t"})", plain), "Bearer t");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"{{u}}"},"headers":{"authorization":"Bearer {{u}}"})", with_user),
            "Bearer x");
  EXPECT_EQ(authorization(R"(,"headers":{"Authorization":"Bearer t"})", with_user), "Bearer t");
  EXPECT_EQ(authorization(R"(,"auth":{"username":"{{u}}"},"headers":{"Authorization":"Bearer t"})", plain), "Bearer t");
}

TEST(Request, QueriesJoinTheUrlsOwn) {
  const auto target = [](const char* url, const char* query) {
    const auto config =
        test::config(std::string(R"({"event":"t","noDefaults":true,"url":")") + url + R"(","query":)" + query + "}");
    return (*CompiledIntegration::compile(test::integration(config)))->build(event(), facts())->url.target;
  };
  EXPECT_EQ(target("https://h.example", R"({"a":"1"})"), "/?a=1");
  EXPECT_EQ(target("https://h.example/x?b=2", R"({"a":"1"})"), "/x?b=2&a=1");
  EXPECT_EQ(target("https://h.example/x?", R"({"a":"1"})"), "/x?a=1");
  EXPECT_EQ(target("https://h.example/x?b=2&", R"({"a":"1"})"), "/x?b=2&a=1");
  EXPECT_EQ(target("https://h.example/x?b=2#f", R"({"a":"1"})"), "/x?b=2&a=1");
  EXPECT_EQ(target("https://h.example/x?b=2", "{}"), "/x?b=2");
  EXPECT_EQ(target("https://h.example/x", R"({"a b":"c&d","{{{PARTICLE_EVENT_NAME}}}":"ü"})"),
            "/x?a%20b=c%26d&temp=%C3%BC");
}

TEST(Request, UrlsAreRendered) {
  const auto url = [](const char* source, const char* data) {
    const auto config = test::config(std::string(R"({"event":"t","noDefaults":true,"url":")") + source + "\"}");
    const auto built = (*CompiledIntegration::compile(test::integration(config)))->build(event(data), facts());
    return built ? built->url.str() : "refused";
  };
  EXPECT_EQ(url("https://h.example/{{{room}}}?d={{{PARTICLE_DEVICE_ID}}}", R"({"room":"a b"})"),
            "https://h.example/a%20b?d=0123456789abcdef01234567");
  EXPECT_EQ(url("https://{{{h}}}.example:{{{p}}}/x", R"({"h":"A","p":8443})"), "https://a.example:8443/x");
  EXPECT_EQ(url("{{{u}}}", R"({"u":"http://h.example"})"), "http://h.example/");
  for (const char* bad : {"", "ftp://h.example", "h.example", "https://", "https://a b", "https://h:99999"}) {
    EXPECT_EQ(url("{{{u}}}", json::write(json::Object{{"u", bad}}).c_str()), "refused") << bad;
  }
  EXPECT_EQ(url("https://h.example/{{{room}}}", R"({"room":"../../a"})"), "refused");
}

TEST(Request, WhatIsTooLargeIsRefused) {
  Limits limits;
  limits.rendered_body_bytes_max = 200;
  limits.rendered_headers_bytes_max = 400;
  limits.url_bytes_max = 300;
  const auto fault = [&](const char* members, std::size_t data) {
    const auto built = compiled(members, Scope::kProduct, limits)->build(event(std::string(data, 'x')), facts());
    return built ? std::string("ok") : built.error().fault == Fault::kTooLarge ? "too large" : "other";
  };
  const char* body = R"("body":"{{{PARTICLE_EVENT_VALUE}}}")";
  EXPECT_EQ(fault(body, 200), "ok");
  EXPECT_EQ(fault(body, 201), "too large");
  EXPECT_EQ(fault("", 80), "ok");
  EXPECT_EQ(fault("", 200), "too large");
  EXPECT_EQ(fault(R"("json":{})", 80), "ok");
  EXPECT_EQ(fault(R"("json":{})", 200), "too large");
  EXPECT_EQ(fault(R"("json":"{}")", 80), "ok");
  EXPECT_EQ(fault(R"("json":"{}")", 120), "too large");
  EXPECT_EQ(fault(R"("noDefaults":true,"json":{"a":"{{{PARTICLE_EVENT_VALUE}}}"})", 192), "ok");
  EXPECT_EQ(fault(R"("noDefaults":true,"json":{"a":"{{{PARTICLE_EVENT_VALUE}}}"})", 193), "too large");
  EXPECT_EQ(fault(R"("noDefaults":true,"json":{"a":"\"{{{PARTICLE_EVENT_VALUE}}}"})", 193), "too large");
  EXPECT_EQ(fault(R"("noDefaults":true,"headers":{"X":"{{{PARTICLE_EVENT_VALUE}}}"})", 200), "ok");
  EXPECT_EQ(fault(R"("noDefaults":true,"headers":{"X":"{{{PARTICLE_EVENT_VALUE}}}"})", 395), "too large");
  EXPECT_EQ(
      fault(R"("noDefaults":true,"headers":{"X":"{{{PARTICLE_EVENT_VALUE}}}","Y":"{{{PARTICLE_EVENT_VALUE}}}"})", 200),
      "too large");
  EXPECT_EQ(fault(R"("noDefaults":true,"auth":{"username":"{{{PARTICLE_EVENT_VALUE}}}"})", 390), "too large");
  EXPECT_EQ(fault(R"("noDefaults":true,"query":{"a":"{{{PARTICLE_EVENT_VALUE}}}"})", 200), "ok");
  EXPECT_EQ(fault(R"("noDefaults":true,"query":{"a":"{{{PARTICLE_EVENT_VALUE}}}"})", 300), "too large");
  EXPECT_EQ(fault(R"("requestType":"GET")", 250), "too large");
}

TEST(Request, AllTemplatesOfARequestTakeTheStepsOfOneBudget) {
  Limits limits;
  limits.template_steps_max = 300;
  const auto built = [&](const std::string& members) {
    const auto hook = compiled(("\"noDefaults\":true," + members).c_str(), Scope::kProduct, limits);
    const auto request = hook->build(event(R"({"a":[1,2,3,4,5,6,7,8,9,10]})"), facts());
    return request ? std::string("ok") : request.error().message;
  };
  const std::string loop = R"({{#a}}{{#a}}{{/a}}{{/a}})";  // some 130 steps
  constexpr std::string_view kOver = "the templates of the request take more than 300 steps";
  EXPECT_EQ(built(R"("json":{"k":")" + loop + R"("})"), "ok");
  EXPECT_EQ(built(R"("json":{"k":")" + loop + R"(","l":")" + loop + R"(","m":")" + loop + "\"}"), kOver);
  EXPECT_EQ(built(R"("form":{"k":")" + loop + R"(","l":")" + loop + R"(","m":")" + loop + "\"}"), kOver);
  EXPECT_EQ(built(R"("query":{"k":")" + loop + R"("},"headers":{"X":")" + loop + R"("},"body":")" + loop + "\""), kOver)
      << "wherever they stand";
  EXPECT_EQ(built(R"("auth":{"username":")" + loop + R"(","password":")" + loop + R"("},"body":")" + loop + "\""),
            kOver);
  std::string variables = R"("json":{)";
  for (int i = 0; i < 400; ++i) variables += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"$var":"a.0"})";
  EXPECT_EQ(built(variables + "}"), kOver);
}

TEST(Request, HasSoManyHeadersAndTheirBytesAreCountedWhileTheyAreMade) {
  Limits limits;
  limits.rendered_headers_max = 10;
  limits.rendered_headers_bytes_max = 1000;
  const auto built = [&](int count, const std::string& value) {
    std::string members = R"("headers":{)";
    for (int i = 0; i < count; ++i) members += (i > 0 ? ",\"X-" : "\"X-") + std::to_string(i) + "\":\"" + value + "\"";
    // Saved when more were allowed.
    const auto hook = compiled((members + "}").c_str(), Scope::kProduct, limits);
    const auto request = hook->build(event(std::string(400, 'x')), facts());
    return request ? std::string("ok") : request.error().message;
  };
  EXPECT_EQ(built(3, "{{{PARTICLE_EVENT_NAME}}}"), "ok");
  EXPECT_EQ(built(10, "{{{PARTICLE_EVENT_NAME}}}"), "the request has more than 10 headers");
  EXPECT_EQ(built(5, "{{{PARTICLE_EVENT_VALUE}}}"), "the rendered headers are over 1000 bytes");
}

}  // namespace
}  // namespace fleethook::core
