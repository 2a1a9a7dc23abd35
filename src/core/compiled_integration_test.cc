// What a compiled integration knows besides its requests and events.
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "core/compiled_test_help.h"

namespace fleethook::core {
namespace {

using test::compiled;
using test::event;
using test::facts;

TEST(Lane, IsPreparedWhenTheHostIsConstant) {
  const auto lane = [](const char* url, Scope scope) {
    const auto config = test::config(std::string(R"({"event":"t","url":")") + url + "\"}", scope);
    return *CompiledIntegration::compile(test::integration(config, scope));
  };
  const auto constant = lane("https://H.example/{{{x}}}", Scope::kOrganization);
  ASSERT_NE(constant->constant_lane(), nullptr);
  EXPECT_EQ(constant->constant_lane()->key, (LaneKey{"o:5f0000000000000000000003", true, "h.example", 443}));
  EXPECT_EQ(constant->lane(event()).value(), constant->constant_lane());
  EXPECT_EQ(lane("http://h.example:81", Scope::kSandbox)->constant_lane()->key.str(),
            "u:5f0000000000000000000002|http|h.example|81");
  EXPECT_EQ(lane("http://h.example:81", Scope::kProduct)->constant_lane()->key.owner, "u:5f0000000000000000000002");

  const auto dynamic = lane("https://{{{host}}}/", Scope::kProduct);
  EXPECT_EQ(dynamic->constant_lane(), nullptr);
  EXPECT_EQ(dynamic->lane(event(R"({"host":"a.example:8443"})")).value()->key.str(),
            "u:5f0000000000000000000002|https|a.example|8443");
  EXPECT_EQ(dynamic->lane(event("{}")).error().fault, Fault::kInvalid);
}

TEST(Lane, IsTheOneThatTheRequestGoesTo) {
  const auto it = test::config(R"({"event":"t","url":"https://h.example/{{{x}}}"})");
  const auto made = *CompiledIntegration::compile(test::integration(it));
  for (const char* x :
       {"@evil.example/", "\\\\@evil.example", "/evil.example", "?@evil", "#@evil", ":81/", ".evil.example"}) {
    const auto built = made->build(event(json::write(json::Object{{"x", x}})), facts());
    if (!built) continue;
    EXPECT_EQ(built->url.host, made->constant_lane()->key.host) << x;
    EXPECT_EQ(built->url.port, 443) << x;
  }
}

TEST(DeliveryId, IsTheSameForEveryAttemptAndDiffersByEventAndIntegration) {
  SeededRandom random(3);
  std::set<DeliveryId> seen;
  for (int i = 0; i < 50; ++i) {
    const auto event_id = EventId::make(test::at("late"), random);
    for (int j = 0; j < 4; ++j) {
      IntegrationId integration;
      integration.bytes[11] = static_cast<std::uint8_t>(j);
      const DeliveryId id = delivery_id(event_id, integration);
      EXPECT_EQ(id, delivery_id(event_id, integration));
      EXPECT_TRUE(seen.insert(id).second);
      const std::string text = id.str();
      EXPECT_EQ(text.substr(0, 13), event_id.str().substr(0, 13)) << "the event's time";
      EXPECT_EQ(text[14], '7');
      EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    }
  }
}

TEST(Compiled, CarriesPolicyAndCertificateCheck) {
  EXPECT_EQ(compiled("")->policy(), DeliveryPolicy::kDurable);
  EXPECT_TRUE(compiled("")->verify_certificate());
  EXPECT_EQ(compiled(R"("policy":"particle")")->policy(), DeliveryPolicy::kParticle);
  EXPECT_FALSE(compiled(R"("rejectUnauthorized":false)")->verify_certificate());
}

TEST(Compiled, AnIntegrationCompilesOnceAndKeepsTheResult) {
  const Integration one = test::integration(test::config(R"({"event":"t","url":"https://h.example"})"));
  const auto first = one.compiled();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(one.compiled(), first);
  const Integration copy(one);
  EXPECT_NE(copy.compiled(), first) << "a copy may be changed before it is used";
  Integration assigned;
  assigned = one;
  EXPECT_EQ(assigned.config, one.config);
  EXPECT_NE(assigned.compiled(), first);
}

TEST(Compiled, ThreadsThatCompileAtOnceGetTheSameResult) {
  for (int round = 0; round < 20; ++round) {
    const Integration one = test::integration(test::config(R"({"event":"t","url":"https://h.example/{{{a}}}"})"));
    std::array<std::shared_ptr<const CompiledIntegration>, 4> got;
    {
      std::vector<std::jthread> threads;
      for (auto& into : got) threads.emplace_back([&] { into = one.compiled(); });
    }
    for (const auto& each : got) EXPECT_EQ(each, one.compiled());
    EXPECT_NE(got[0], nullptr);
  }
}

TEST(Compiled, AStoredConfigurationThatNoLongerCompilesGivesNone) {
  Integration broken = test::integration(test::config(R"({"event":"t","url":"https://h.example"})"));
  broken.config.body = "{{#open}}";
  EXPECT_EQ(broken.compiled(), nullptr);
  EXPECT_EQ(CompiledIntegration::compile(broken).error().fault, Fault::kInvalid);
  broken = test::integration(test::config(R"({"event":"t","url":"https://h.example"})"));
  broken.config.url = "nonsense";
  EXPECT_EQ(broken.compiled(), nullptr);
}

TEST(Integration, KnowsItsProducts) {
  Integration one = test::integration({});
  one.products = {{3}, {5}, {9}};
  EXPECT_TRUE(one.on({5}));
  EXPECT_FALSE(one.on({4}));
  EXPECT_TRUE(one.shared());
  one.products = {{3}};
  EXPECT_FALSE(one.shared());
}

}  // namespace
}  // namespace fleethook::core
