// Secrets and variables on their way: the receiver gets the value, nobody else sees it, and a change counts at once.
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

const store::Actor kAnn{{}, "ann@example.com"};

class SecretsTest : public ::testing::Test, public DeliveryWorld {
 protected:
  SecretsTest() { put("KEY", "s3cret/1"); }
  ~SecretsTest() override { stop(); }

  void put(const std::string& name, const std::string& value) {
    ASSERT_TRUE(store.put_secret(store::SecretOwner::of(user), {name, value}, kAnn).ok());
  }
  void set(const std::string& name, const std::string& value) {
    ASSERT_TRUE(store.set_variables(store::VariablesOwner::of(product), {{{name, value}}}, kAnn).ok());
  }
  core::IntegrationConfig config(const std::string& url = "http://a.example/{{{KEY}}}?k={{{KEY}}}") {
    core::IntegrationConfig made;
    made.event = "temp";
    made.url = url;
    made.secrets = {"KEY"};
    made.headers = {{"X-Key", "key {{{KEY}}}"}};
    made.json = json::Object{{"key", "{{{KEY}}}"}, {"html", "{{KEY}}"}};
    return made;
  }
  // Everything of an exchange that people see.
  static std::string shown(const store::Exchange& exchange) {
    std::string all =
        exchange.url + "\n" + exchange.request_body + "\n" + exchange.response_body + "\n" + exchange.error + "\n";
    for (const auto& [name, value] : exchange.request_headers) all += name + ": " + value + "\n";
    for (const auto& [name, value] : exchange.response_headers) all += name + ": " + value + "\n";
    return all;
  }
  static Personality answering(std::vector<int> statuses) {
    Personality p;
    p.statuses = std::move(statuses);
    return p;
  }
};

TEST_F(SecretsTest, TheReceiverGetsTheValueAndTheLogShowsAMask) {
  receiver("a.example");
  const auto hook = integration(config());
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.target, "/s3cret/1?k=s3cret/1");
  EXPECT_EQ(requests[0].request.headers.get("X-Key"), "key s3cret/1");
  EXPECT_NE(requests[0].request.body.find(R"("key":"s3cret/1","html":"s3cret/1")"), std::string::npos)
      << requests[0].request.body;
  ASSERT_EQ(store.all_exchanges().size(), 1U);
  const store::Exchange& exchange = store.all_exchanges()[0];
  EXPECT_EQ(exchange.url, "http://a.example/[[SENSITIVE]]?k=[[SENSITIVE]]");
  EXPECT_NE(shown(exchange).find("X-Key: key [[SENSITIVE]]"), std::string::npos);
  EXPECT_NE(exchange.request_body.find(R"("key":"[[SENSITIVE]]","html":"[[SENSITIVE]]")"), std::string::npos)
      << exchange.request_body;
  EXPECT_EQ(shown(exchange).find("s3cret"), std::string::npos) << shown(exchange);
}

TEST_F(SecretsTest, ABodyThatIsNoTextIsNotKeptSinceNoSearchIsSureOfIt) {
  receiver("a.example");
  core::IntegrationConfig made = config();
  made.json = std::nullopt;
  made.body = "{{{PARTICLE_EVENT_VALUE}}}";
  made.headers.set("Content-Type", "application/octet-stream");
  const auto hook = integration(made);
  core::IntegrationConfig plain = made;
  plain.url = "http://a.example/";
  plain.headers = json::Object{{"Content-Type", "application/octet-stream"}};
  plain.secrets = {};
  const auto other = integration(plain);
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(store.all_exchanges().size(), 1U);
  EXPECT_EQ(store.all_exchanges()[0].request_body, "");
  EXPECT_EQ(store.all_exchanges()[0].notes,
            std::vector<std::string>{
                "the body of the request is not kept: it is not text, so that secrets in it could not be found"});
  publish(other);
  run(1s);
  EXPECT_EQ(store.all_exchanges().back().request_body, "21.5");
  EXPECT_TRUE(store.all_exchanges().back().notes.empty());
}

TEST_F(SecretsTest, LiteralCredentialsAreMaskedInTheLogWithoutAnySecretSelected) {
  receiver("a.example");
  core::IntegrationConfig made;
  made.event = "temp";
  made.url = "http://a.example/x?api_key=literal-key";
  made.auth = core::IntegrationConfig::Auth{.username = "user", .password = "literal-password"};
  made.headers = {{"X-API-Key", "literal-header"}, {"X-Echo", "literal-password dXNlcjpsaXRlcmFsLXBhc3N3b3Jk"}};
  const auto hook = integration(std::move(made));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.headers.get("X-API-Key"), "literal-header");
  ASSERT_EQ(store.all_exchanges().size(), 1U);
  const std::string all = shown(store.all_exchanges()[0]);
  EXPECT_EQ(all.find("literal-"), std::string::npos) << all;
  EXPECT_NE(all.find("X-Echo: [[SENSITIVE]] [[SENSITIVE]]"), std::string::npos) << all;
}

TEST_F(SecretsTest, AChangedSecretIsUsedByTheNextAttemptOfAWaitingRetry) {
  receiver("a.example", answering({500}));
  const auto hook = integration(config());
  start();
  publish(hook);
  run(500ms);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.headers.get("X-Key"), "key s3cret/1");
  put("KEY", "other-2");
  run(30min);
  ASSERT_GE(requests.size(), 2U);
  for (std::size_t i = 1; i < requests.size(); ++i) EXPECT_EQ(requests[i].request.headers.get("X-Key"), "key other-2");
  EXPECT_EQ(store.all_exchanges().back().url, "http://a.example/[[SENSITIVE]]?k=[[SENSITIVE]]");
  const auto last = store.catalog()->secrets(store::SecretOwner::of(user))->at("KEY")->access->last();
  EXPECT_EQ(last, store.all_exchanges().back().at) << "that it was used is noted";
}

TEST_F(SecretsTest, AChangedVariableIsUsedByTheNextAttemptAndMayLeadElsewhere) {
  receiver("a.example", answering({500}));
  receiver("b.example");
  set("host", "a.example");
  const auto hook = integration(config("http://{{{product.vars.host}}}/x"));
  start();
  publish(hook);
  run(500ms);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].host, "a.example");
  set("host", "b.example");
  run(30min);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].host, "b.example");
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0}));
  EXPECT_EQ(store.all_exchanges().back().url, "http://b.example/x") << "variables are no secrets";
}

TEST_F(SecretsTest, ReasonsOfErrorsAreMaskedWhereverTheyGo) {
  put("KEY", "a.example");
  receiver("a.example", answering({410}));
  const auto hook = integration(config("http://a.example/"));
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(store.all_exchanges().at(0).error, "error status 410 from [[SENSITIVE]]");
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_EQ(store.all_dead_letters().begin()->second.reason, "error status 410 from [[SENSITIVE]]");
  EXPECT_EQ(event_names().back(), "api/hook-error/temp/0=error status 410 from [[SENSITIVE]]");
}

TEST_F(SecretsTest, TheLogShowsNoLetterThatATemplateTakesOutOfASecret) {
  put("KEY", "q7zW");
  receiver("a.example");
  auto made = config("http://a.example/{{#KEY}}{{0.0}}{{/KEY}}");
  made.json.reset();
  made.body = "{{#KEY}}{{0.0}}|{{1.0}}|{{2.0}}|{{3.0}}|{{4.0}}{{/KEY}}";
  const auto hook = integration(std::move(made));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.body, "q|7|z|W|");
  const store::Exchange& exchange = store.all_exchanges().at(0);
  EXPECT_EQ(exchange.request_body, "[|[|S|E|N") << "letters of the mask, which is all that there is to be seen";
  EXPECT_EQ(exchange.url, "http://a.example/[");
}

TEST_F(SecretsTest, AHostThatComesFromASecretIsNamedToNobody) {
  put("KEY", "A.Example");
  receiver("a.example", answering({410}));
  const auto hook = integration(config("http://{{{KEY}}}/x"));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  const std::string all = shown(store.all_exchanges().at(0));
  EXPECT_EQ(store.all_exchanges().at(0).error, "error status 410 from [[SENSITIVE]]");
  EXPECT_EQ(store.all_exchanges().at(0).url, "http://[[SENSITIVE]]/x");
  EXPECT_EQ(all.find("a.example"), std::string::npos) << all;
  EXPECT_EQ(event_names().back(), "api/hook-error/temp/0=error status 410 from [[SENSITIVE]]");
}

TEST_F(SecretsTest, AHostFromASecretThatCannotBeReachedIsNamedToNobodyEither) {
  put("KEY", "http://user:pass@nowhere.example/path#rest");
  const auto hook = integration(config("{{{KEY}}}"));
  start();
  publish(hook);
  run(1s);
  ASSERT_GE(store.all_exchanges().size(), 1U);
  const std::string all = shown(store.all_exchanges().at(0));
  EXPECT_EQ(store.all_exchanges().at(0).error, "cannot connect to [[SENSITIVE]]");
  for (const char* part : {"nowhere", "user", "pass", "path", "rest"})
    EXPECT_EQ(all.find(part), std::string::npos) << all;
}

TEST_F(SecretsTest, StreamsGetNoLetterThatATopicOrAResponseTemplateTakesOutOfASecret) {
  put("KEY", "q7zW");
  receiver("a.example");  // answers {"ok":true}
  auto made = config("http://a.example/");
  made.response_topic = "r{{#KEY}}-{{0.0}}-{{1.0}}{{/KEY}}";
  made.response_template = json::Value("{{#KEY}}{{0.0}}|{{1.0}}|{{2.0}}|{{3.0}}{{/KEY}}{{ok}}");
  const auto hook = integration(std::move(made));
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(event_names().back(), "r-[-[/0=[|[|S|Etrue");
}

TEST_F(SecretsTest, ATestShowsNoSecretEither) {
  put("KEY", "ok");  // receivers answer {"ok":true}
  receiver("a.example");
  auto plain = config("http://a.example/");
  const auto hook = integration(plain);
  start();
  core::Event event;
  event.product = product;
  event.name = "temp";
  std::optional<TestResult> result;
  dispatcher->test(hook, event, [&](const TestResult& got) { result = got; });
  run(1s);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->pass);
  EXPECT_EQ(result->data, R"({"[[SENSITIVE]]":true})");
  EXPECT_EQ(requests.at(0).request.headers.get("X-Key"), "key ok");
}

}  // namespace
}  // namespace fleethook::delivery
