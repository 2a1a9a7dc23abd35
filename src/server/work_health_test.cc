#include "server/work_health.h"

#include <gtest/gtest.h>

namespace fleethook::server {
namespace {

using std::chrono::seconds;

std::vector<std::string> texts(const std::vector<api::Trouble>& troubles) {
  std::vector<std::string> all;
  for (const api::Trouble& one : troubles) all.push_back(one.text + (one.stops ? "!" : ""));
  return all;
}
using Texts = std::vector<std::string>;

class WorkHealthTest : public ::testing::Test {
 protected:
  bool shows(const std::string& line) const { return metrics_.text().find(line + "\n") != std::string::npos; }
  metrics::Registry metrics_;
  WorkHealth health_{metrics_};
  const Steady begin_{seconds(1000)};
};

TEST_F(WorkHealthTest, EachKindIsListedUntilOneOfItSucceeds) {
  EXPECT_TRUE(health_.observe(begin_, {}).empty());
  EXPECT_EQ(texts(health_.observe(begin_, {{"outcomes", 1, "no room"}, {"logs", 2, "no table"}, {"catalog", 1, ""}})),
            (Texts{"what deliveries came to is not recorded: no room!", "requests are not logged: no table"}));
  EXPECT_EQ(texts(health_.observe(begin_ + seconds(1), {{"outcomes", 1, ""}, {"logs", 3, "no table"}})),
            (Texts{"requests are not logged: no table"}));
  EXPECT_TRUE(shows("fleethook_write_failures_total{work=\"logs\"} 3"));
  EXPECT_TRUE(shows("fleethook_write_failing{work=\"logs\"} 1"));
  EXPECT_TRUE(shows("fleethook_write_failing{work=\"outcomes\"} 0"));
}

TEST_F(WorkHealthTest, AKindThatNobodyAsksForIsNoTroubleForEver) {
  const std::vector<sqlite::WorkKind> failing{{"append", 1, "no room"}};
  EXPECT_EQ(health_.observe(begin_, failing).size(), 1U);
  EXPECT_EQ(health_.observe(begin_ + seconds(59), failing).size(), 1U);
  EXPECT_TRUE(health_.observe(begin_ + seconds(60), failing).empty()) << "no events come to a server that is not ready";
  EXPECT_EQ(health_.observe(begin_ + seconds(61), {{"append", 2, "no room"}}).size(), 1U) << "but if they do";
}

TEST_F(WorkHealthTest, AllKindsHaveTheirMetricsFromTheStart) {
  for (const char* kind :
       {"append", "ack", "retry", "outcomes", "logs", "catalog", "prune", "release", "time", "commit"})
    EXPECT_TRUE(shows("fleethook_write_failures_total{work=\"" + std::string(kind) + "\"} 0")) << kind;
}

}  // namespace
}  // namespace fleethook::server
