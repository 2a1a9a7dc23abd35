// A secret goes to its hosts, in its products, and nowhere else: whatever the event, a redirect, or a change of its
// limits says.
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class SecretScopeTest : public ::testing::Test, public DeliveryWorld {
 protected:
  SecretScopeTest() { limit(std::nullopt, std::nullopt); }
  ~SecretScopeTest() override { stop(); }

  void limit(store::SecretProducts products, std::optional<std::vector<std::string>> hosts) {
    store::NewSecret secret{"KEY", "s3cret"};
    secret.products = std::move(products);
    secret.hosts = std::move(hosts);
    const auto put = store.put_secret(store::SecretOwner::of(user), secret, {});
    ASSERT_TRUE(put.ok()) << put.error().message;
  }
  void limit_to(const std::string& host) { limit(std::nullopt, std::vector{host}); }
  core::IntegrationConfig config(const std::string& url) {
    core::IntegrationConfig made;
    made.event = "temp";
    made.url = url;
    made.secrets = {"KEY"};
    made.headers = {{"X-Key", "{{{KEY}}}"}};
    return made;
  }
  void set(const std::string& name, const std::string& value) {
    ASSERT_TRUE(store.set_variables(store::VariablesOwner::of(product), {{{name, value}}}, {}).ok());
  }
  // Published and gone wrong for good, with this as the last word.
  void expect_final(const std::string& error) {
    run(24h);
    EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
    EXPECT_TRUE(queue_is_empty());
    ASSERT_EQ(store.all_exchanges().size(), 1U) << "it is not tried again";
    EXPECT_EQ(store.all_exchanges()[0].error, error);
    EXPECT_EQ(event_names().back(), "api/hook-error/temp/0=" + error);
  }
};

TEST_F(SecretScopeTest, AnOrdinaryHostGetsIt) {
  receiver("a.example");
  limit_to("a.example");
  const auto hook = integration(config("http://a.example/"));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.headers.get("X-Key"), "s3cret");
}

TEST_F(SecretScopeTest, AHostThatComesFromElsewhereNeverSeesTheRequest) {
  receiver("a.example");
  receiver("b.example");
  limit_to("a.example");
  set("host", "b.example");
  const auto hook = integration(config("http://{{{product.vars.host}}}/x"));
  start();
  publish(hook);
  expect_final("secret KEY may not be sent to b.example");
  EXPECT_TRUE(requests.empty());
  set("host", "a.example");
  publish(hook);
  run(1s);
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(SecretScopeTest, AHostThatIsASecretItselfIsNotNamed) {
  receiver("b.example");
  ASSERT_TRUE(store.put_secret(store::SecretOwner::of(user), {"HOST", "b.example"}, {}).ok());
  limit_to("a.example");
  auto made = config("http://{{{HOST}}}/x");
  made.secrets = {"HOST", "KEY"};
  const auto hook = integration(std::move(made));
  start();
  publish(hook);
  expect_final("secret KEY may not be sent to [[SENSITIVE]]");
  EXPECT_TRUE(requests.empty());
}

TEST_F(SecretScopeTest, LimitsCountForWhatWaitsToo) {
  Personality failing;
  failing.statuses = {500};
  receiver("a.example", failing);
  const auto hook = integration(config("http://a.example/"));
  start();
  publish(hook);
  run(100ms);
  ASSERT_EQ(requests.size(), 1U);
  limit_to("other.example");
  run(24h);
  EXPECT_EQ(requests.size(), 1U) << "the next attempt is the last, and sends nothing";
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  EXPECT_EQ(store.all_exchanges().back().error, "secret KEY may not be sent to a.example");
}

TEST_F(SecretScopeTest, ARedirectToAnotherHostIsNotFollowedAndFinal) {
  for (const int status : {302, 307}) {
    SCOPED_TRACE(status);
    const std::string from = "a" + std::to_string(status) + ".example";
    Personality pointing;
    pointing.statuses = {status};
    pointing.location = "http://b.example/hook";
    receiver(from, pointing);
    limit_to(from);
    auto made = config("http://" + from + "/");
    made.delivery.final_statuses = std::vector<std::uint16_t>{418};  // a 3xx would be tried again
    const auto hook = integration(std::move(made));
    if (!dispatcher) start();
    const std::size_t before = requests.size();
    publish(hook);
    run(24h);
    EXPECT_EQ(requests.size(), before + 1);
    EXPECT_EQ(store.all_exchanges().back().error, "error status " + std::to_string(status) + " from " + from +
                                                      ": it redirects, and secret KEY may not be sent to b.example");
  }
  EXPECT_EQ(counts(), (store::Counts{0, 2, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(SecretScopeTest, ARedirectWithinItsHostsIsFollowed) {
  Personality pointing;
  pointing.statuses = {302};
  pointing.location = "http://b.below.example/hook";
  receiver("a.below.example", pointing);
  receiver("b.below.example");
  limit_to("*.below.example");
  const auto hook = integration(config("http://a.below.example/"));
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0}));
  EXPECT_EQ(requests.size(), 2U);
}

TEST_F(SecretScopeTest, AProductThatItIsNotForGetsAnErrorNotAnEmptyText) {
  receiver("a.example");
  const auto other = store.create_product({"two", "two", "", 0, {}, {}, user}, {})->id;
  const auto hook = integration(config("http://a.example/"));
  limit(std::vector{other}, std::nullopt);
  start();
  publish(hook);
  expect_final("secret KEY may not be used on product one, which its list of products does not name");
  EXPECT_TRUE(requests.empty());
}

TEST_F(SecretScopeTest, ATestEndsInTheSameWords) {
  receiver("a.example");
  const auto hook = integration(config("http://a.example/"));
  limit_to("b.example");
  start();
  core::Event event;
  event.product = product;
  event.name = "temp";
  std::optional<TestResult> result;
  dispatcher->test(hook, event, [&](const TestResult& got) { result = got; });
  run(1s);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->pass);
  EXPECT_EQ(result->error, "secret KEY may not be sent to a.example");
  EXPECT_TRUE(requests.empty());
}

}  // namespace
}  // namespace fleethook::delivery
