#include <gtest/gtest.h>

#include "core/integration_test_help.h"

namespace fleethook::core {
namespace {

using test::config;
using test::object;
using test::refusal;

constexpr Scope kScope = Scope::kOrganization;

IntegrationConfig shared_config() {
  return config(R"({"event": "alarm", "url": "https://a.example/x", "headers": {"X-Key": "1", "X-Other": "2"},
                    "json": {"v": "{{{v}}}", "w": "1"}})",
                kScope);
}

std::string diff_text(const IntegrationConfig& from, const IntegrationConfig& to) {
  return json::write(json::Value(config_diff(from, to, kScope)));
}

TEST(ConfigDiff, IdenticalConfigurationsHaveNone) {
  EXPECT_EQ(diff_text(shared_config(), shared_config()), "{}");
}

TEST(ConfigDiff, NamesEachFieldWithBothValuesAndGoesIntoObjects) {
  IntegrationConfig to = shared_config();
  to.url = "https://b.example/x";
  to.headers.set("X-Key", "9");
  to.headers.erase("X-Other");
  to.headers.set("X-New", "n");
  to.json = json::Value(object(R"({"v": "{{{v}}}", "w": "2"})"));
  to.disabled = true;
  EXPECT_EQ(diff_text(shared_config(), to),
            R"({"disabled":{"from":false,"to":true},)"
            R"("url":{"from":"https://a.example/x","to":"https://b.example/x"},)"
            R"("json.w":{"from":"1","to":"2"},)"
            R"("headers.X-Key":{"from":"1","to":"9"},"headers.X-Other":{"from":"2","to":null},)"
            R"("headers.X-New":{"from":null,"to":"n"}})");
}

TEST(ConfigDiff, AComputedNameIsNoFieldButAChosenOneIs) {
  IntegrationConfig to = shared_config();
  to.event = "other";
  EXPECT_EQ(diff_text(shared_config(), to), R"({"event":{"from":"alarm","to":"other"}})");
  to = shared_config();
  to.name = "mine";
  EXPECT_EQ(diff_text(shared_config(), to), R"({"name":{"from":null,"to":"mine"}})");
}

TEST(Override, KeepsWhatDiffersAndNothingElse) {
  const auto read = read_override(object(R"({"url": "https://b.example/y", "disabled": false, "policy": "durable",
                                             "headers": {"x-key": "1", "X-Other": null, "X-New": "{{{n}}}"}})"),
                                  shared_config(), kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(json::write(json::Value(*read)),
            R"({"headers":{"X-New":"{{{n}}}","X-Other":null},"url":"https://b.example/y"})");
  const auto nothing =
      read_override(object(R"({"url": "https://a.example/x", "auth": null})"), shared_config(), kScope);
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->empty());
}

TEST(Override, GoesOverTheConfigurationHeaderByHeader) {
  const auto read = read_override(object(R"({"disabled": true, "policy": "particle", "headers": {"X-KEY": "9"},
                                             "auth": {"username": "u", "password": "p"}})"),
                                  shared_config(), kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  IntegrationConfig base = shared_config();
  base.headers.set("X-Added-Later", "3");  // an edit of the shared configuration reaches the product all the same
  const IntegrationConfig there = with_override(base, *read);
  EXPECT_TRUE(there.disabled);
  EXPECT_EQ(there.policy, DeliveryPolicy::kParticle);
  EXPECT_EQ(there.auth->username, "u");
  EXPECT_EQ(json::write(json::Value(there.headers)), R"({"X-Key":"9","X-Other":"2","X-Added-Later":"3"})");
  EXPECT_EQ(there.url, "https://a.example/x");
}

TEST(Override, SetsHowDeliveriesAreMade) {
  const auto read = read_override(object(R"({"timeout": 5, "retryDelays": [1, 2], "retryFor": 259200,
                                             "finalStatuses": [404], "redirects": "error"})"),
                                  shared_config(), kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(json::write(json::Value(*read)),
            R"({"timeout":5,"redirects":"error","retryDelays":[1,2],"finalStatuses":[404]})");
  const DeliverySettings there = with_override(shared_config(), *read).delivery;
  EXPECT_EQ(there.timeout, std::chrono::seconds(5));
  EXPECT_EQ(there.retry_delays.size(), 2U);
  EXPECT_EQ(there.redirects, Redirects::kError);
  // These count over all products of the integration.
  EXPECT_NE(refusal(read_override(object(R"({"rate": 1})"), shared_config(), kScope), "rate"), "");
}

TEST(Override, ABearerTokenTakesThePlaceOfAPassword) {
  const auto read = read_override(object(R"({"auth": {"bearer": "{{{T}}}"}})"), shared_config(), kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  IntegrationConfig base = shared_config();
  base.auth = IntegrationConfig::Auth{.username = "u", .password = "p"};
  EXPECT_EQ(with_override(base, *read).auth, IntegrationConfig::Auth{.bearer = "{{{T}}}"});
}

TEST(Override, AsksForTokensAsAnotherClient) {
  IntegrationConfig base = shared_config();
  base.auth = IntegrationConfig::Auth{.oauth2 = IntegrationConfig::OAuth2{"https://a.example/t", "all", "S", "events"}};
  const auto read =
      read_override(object(R"({"auth": {"oauth2": {"client_id": "one", "client_secret": "OWN"}}})"), base, kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const IntegrationConfig there = with_override(base, *read);
  EXPECT_EQ(there.auth->oauth2, (IntegrationConfig::OAuth2{"https://a.example/t", "one", "OWN", "events"}))
      << "member by member";
  EXPECT_EQ(
      diff_text(base, there),
      R"({"auth.oauth2.client_id":{"from":"all","to":"one"},"auth.oauth2.client_secret":{"from":"S","to":"OWN"}})");
  EXPECT_TRUE(read_override(object(R"({"auth": {"oauth2": {"client_id": "all"}}})"), base, kScope)->empty());
}

TEST(Override, SignsWithOtherKeys) {
  IntegrationConfig base = shared_config();
  base.signing = {"NEW", "OLD"};
  const auto read = read_override(object(R"({"signing": {"secrets": ["OWN"]}})"), base, kScope);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(json::write(json::Value(*read)), R"({"signing":{"secrets":["OWN"]}})");
  EXPECT_EQ(with_override(base, *read).signing, std::vector<std::string>{"OWN"});
  EXPECT_EQ(diff_text(base, with_override(base, *read)), R"({"signing.secrets":{"from":["NEW","OLD"],"to":["OWN"]}})");
  const auto alike = read_override(object(R"({"signing": {"secrets": ["NEW", "OLD"]}})"), base, kScope);
  ASSERT_TRUE(alike.ok());
  EXPECT_TRUE(alike->empty());
}

TEST(Override, OtherMembersNeedASeparationAndBadValuesAreNamed) {
  EXPECT_NE(refusal(read_override(object(R"({"event": "x"})"), shared_config(), kScope), "event").find("Separate"),
            std::string::npos);
  EXPECT_NE(refusal(read_override(object(R"({"url": "ftp://x"})"), shared_config(), kScope), "url"), "");
  EXPECT_NE(refusal(read_override(object(R"({"headers": {"X": "{{"}})"), shared_config(), kScope), "headers.X"), "");
  EXPECT_NE(refusal(read_override(object(R"({"headers": 1})"), shared_config(), kScope), "headers"), "");
}

// --- Variants ---

IntegrationPtr settled(std::vector<Override> overrides, std::shared_ptr<const Staged> staged) {
  auto integration = std::make_shared<Integration>();
  integration->scope = kScope;
  integration->version = 4;
  integration->products = {ProductId{1}, ProductId{2}, ProductId{3}};
  integration->config = shared_config();
  integration->overrides = std::move(overrides);
  integration->staged = std::move(staged);
  integration->settle();
  return integration;
}

TEST(Variants, AProductWithoutDifferenceRunsTheIntegrationItself) {
  const IntegrationPtr integration = settled({{ProductId{2}, object(R"({"url": "https://b.example"})")}}, nullptr);
  EXPECT_EQ(Integration::running_on(integration, ProductId{1}), integration);
  EXPECT_EQ(Integration::running_on(integration, ProductId{9}), integration);
  const IntegrationPtr& there = Integration::running_on(integration, ProductId{2});
  EXPECT_EQ(there->config.url, "https://b.example");
  EXPECT_EQ(there->version, 4U);
  EXPECT_EQ(there->products, integration->products);
}

TEST(Variants, AStagedVersionRunsWhereItIsTriedWithTheOverrideOverIt) {
  auto staged = std::make_shared<Staged>();
  staged->version = 5;
  staged->config = shared_config();
  staged->config.url = "https://staged.example";
  staged->config.event = "alarm/";
  staged->products = {ProductId{2}, ProductId{3}};
  const IntegrationPtr integration = settled({{ProductId{3}, object(R"({"url": "https://c.example"})")}}, staged);
  EXPECT_EQ(Integration::running_on(integration, ProductId{1})->version, 4U);
  EXPECT_EQ(Integration::running_on(integration, ProductId{2})->version, 5U);
  EXPECT_EQ(Integration::running_on(integration, ProductId{2})->config.url, "https://staged.example");
  EXPECT_EQ(Integration::running_on(integration, ProductId{3})->config.url, "https://c.example");
  EXPECT_EQ(Integration::running_on(integration, ProductId{3})->config.event, "alarm/");
}

TEST(Variants, ACopyIsSettledOnItsOwn) {
  const IntegrationPtr integration = settled({{ProductId{2}, object(R"({"disabled": true})")}}, nullptr);
  auto copy = std::make_shared<Integration>(*integration);
  copy->overrides.clear();
  copy->settle();
  EXPECT_FALSE(Integration::running_on(copy, ProductId{2})->config.disabled);
  EXPECT_EQ(copy->fingerprint, integration->fingerprint);
  copy->config.name = "other";
  copy->settle();
  EXPECT_NE(copy->fingerprint, integration->fingerprint);
}

}  // namespace
}  // namespace fleethook::core
