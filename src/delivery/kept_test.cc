// How much receivers make us keep: of their answers in memory, of attempts in the log.
#include <algorithm>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class KeptTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~KeptTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  std::size_t whole_in_log() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        store.all_exchanges(), [](const store::Exchange& one) { return !one.request_headers.empty(); }));
  }
};

TEST_F(KeptTest, AReceiverThatRefusesEverythingFillsTheLogWithRowsNotWithRequests) {
  limits.logged_failures_per_minute_max = 5;
  receiver("a.example", answering(400));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 200);
  run(10s);
  EXPECT_EQ(counts().error, 200U);
  EXPECT_EQ(store.all_exchanges().size(), 200U) << "each failure can be seen";
  EXPECT_EQ(whole_in_log(), 5U);
  const store::Exchange& row = store.all_exchanges().back();
  EXPECT_EQ(row.status, 400);
  EXPECT_FALSE(row.error.empty());
  EXPECT_EQ(row.event->name, "temp");
  EXPECT_EQ(row.event->data, std::nullopt);
  ASSERT_FALSE(row.notes.empty());
  EXPECT_NE(row.notes.back().find("are not kept"), std::string::npos);
  run(1min);
  publish(hook, 10);
  run(10s);
  EXPECT_EQ(whole_in_log(), 10U) << "the next minute";
}

TEST_F(KeptTest, OneOwnersManyIntegrationsShareWhatIsKeptWhole) {
  limits.logged_per_owner_and_minute_max = 8;
  receiver("a.example", answering(400));
  receiver("b.example");
  start();
  for (int i = 0; i < 6; ++i) {
    publish(integration("http://a.example/" + std::to_string(i)), 2);
    publish(integration("http://b.example/" + std::to_string(i)), 2);
  }
  run(10s);
  EXPECT_EQ(requests.size(), 24U);
  EXPECT_EQ(whole_in_log(), 8U);
}

TEST_F(KeptTest, AnAnswerIsKeptAsFarAsItIsLoggedUnlessSomebodyListens) {
  Personality p;
  p.body = std::string(900'000, 'x');
  receiver("a.example", p);
  Shares room(1ULL << 30, 1ULL << 30);
  kept_answers = &room;
  const auto hook = integration("http://a.example/hook");
  start();
  streams_wanted = false;
  publish(hook);
  run(5s);
  EXPECT_EQ(store.all_exchanges().size(), 1U);
  EXPECT_EQ(store.all_exchanges().back().response_body.size(), limits.logged_body_bytes_max);
  streams_wanted = true;
  publish(hook);
  run(5s);
  std::size_t published = 0;
  for (const core::Event& one : events) {
    if (one.name.find("hook-response/") != std::string::npos) published += one.data.value_or("").size();
  }
  EXPECT_EQ(published, limits.response_published_bytes_max);
  EXPECT_EQ(room.taken(), 0U) << "let go when it was published and logged";
}

TEST_F(KeptTest, AnswersOfOneOwnerHaveOneShareAndWhatIsOverIsCut) {
  Personality p;
  p.body = std::string(900'000, 'x');
  receiver("a.example", p);
  Shares room(1ULL << 30, 200'000);
  kept_answers = &room;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(5s);
  std::size_t published = 0;
  for (const core::Event& one : events) {
    if (one.name.find("hook-response/") != std::string::npos) published += one.data.value_or("").size();
  }
  EXPECT_EQ(published, limits.response_published_bytes_max) << "131,072 were kept";
  EXPECT_EQ(counts().success, 1U);
  EXPECT_EQ(metrics->counter("fleethook_answers_cut_total", "as it is", {}).value(), 1U);
}

}  // namespace
}  // namespace fleethook::delivery
