#include "base/log.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace fleethook::log {
namespace {

using namespace std::string_view_literals;

class Log : public testing::Test {
 protected:
  void TearDown() override { configure(Format::kText, Level::kInfo); }

  static std::string lines_of(const std::function<void()>& body) {
    testing::internal::CaptureStderr();
    body();
    return testing::internal::GetCapturedStderr();
  }
  // One line without its time (checked) and newline.
  static std::string line_of(const std::function<void()>& body) {
    std::string line = lines_of(body);
    const std::size_t time = line.find("20");
    EXPECT_TRUE(parse_iso8601(line.substr(time, 24))) << line;
    EXPECT_TRUE(line.ends_with('\n'));
    line.pop_back();
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    return line.erase(time, 24);
  }
};

TEST_F(Log, TextIsTimeLevelEventAndFields) {
  EXPECT_EQ(line_of([] {
              info("listening", {{"address", "127.0.0.1:80"}, {"loops", 2}, {"tls", false}});
            }),
            " info  listening address=127.0.0.1:80 loops=2 tls=false");
  EXPECT_EQ(line_of([] { warn("slow"); }), " warn  slow");
  EXPECT_EQ(line_of([] { error("commit-failed", {{"wait_s", 0.5}}); }), " error commit-failed wait_s=0.500000");
}

TEST_F(Log, TextQuotesWhatIsNotOneWord) {
  EXPECT_EQ(
      line_of([] {
        info("x", {{"empty", ""}, {"space", "a b"}, {"equals", "a=b"}, {"quote", "say \"hi\""}, {"back", "a\\b"}});
      }),
      R"( info  x empty="" space="a b" equals="a=b" quote="say \"hi\"" back="a\\b")");
  EXPECT_EQ(line_of([] { info("x", {{"name", "Zoë"}}); }), R"( info  x name="Zoë")");
}

TEST_F(Log, NoValueBreaksTheLine) {
  for (const Format format : {Format::kText, Format::kJson}) {
    configure(format, Level::kInfo);
    const std::string line = line_of([] {
      info("x\ny", {{"k\nl", "a\nb\rc\td\x01\x7f\0e"sv}, {"bad", "\xff\xc3"}, {"z", "a\u2028b\u0085\u202eé\u200b"}});
    });
    EXPECT_NE(line.find(R"(x\ny)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"(k\nl)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("a\nb\rc\td\u0001\u007f\u0000e")"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("a\u2028b\u0085\u202eé\u200b")"), std::string::npos) << line;
    EXPECT_NE(line.find("\"\xEF\xBF\xBD\xEF\xBF\xBD\""), std::string::npos) << line;
  }
}

TEST_F(Log, JsonIsOneObjectALine) {
  configure(Format::kJson, Level::kInfo);
  EXPECT_EQ(
      line_of([] {
        warn("lane-open", {{"lane", "https://a \"b\""}, {"failures", 5}, {"hard", true}, {"ratio", 0.25}, {"id", "7"}});
      }),
      R"({"time":"","level":"warn","event":"lane-open","lane":"https://a \"b\"","failures":5,"hard":true,)"
      R"("ratio":0.250000,"id":"7"})");
}

TEST_F(Log, JsonQuotesNumbersThatJsonDoesNotHave) {
  configure(Format::kJson, Level::kInfo);
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(line_of([&] {
              info("x", {{"a", infinite}, {"b", -infinite}, {"c", std::nan("")}});
            }),
            R"({"time":"","level":"info","event":"x","a":"inf","b":"-inf","c":"nan"})");
}

TEST_F(Log, LowerLevelsAreLeftOut) {
  const auto all = [] {
    debug("d");
    info("i");
    warn("w");
    error("e");
  };
  const auto count = [&](Level level) {
    configure(Format::kText, level);
    const std::string lines = lines_of(all);
    return std::count(lines.begin(), lines.end(), '\n');
  };
  EXPECT_EQ(count(Level::kDebug), 4);
  EXPECT_EQ(count(Level::kInfo), 3);
  EXPECT_EQ(count(Level::kWarn), 2);
  EXPECT_EQ(count(Level::kError), 1);
}

TEST_F(Log, LinesOfThreadsDoNotMix) {
  const std::string lines = lines_of([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 50; ++i) info("x", {{"filler", std::string(200, 'f')}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::size_t count = 0;
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
    ASSERT_EQ(lines.substr(at + 24, lines.find('\n', at) - at - 24), " info  x filler=" + std::string(200, 'f'));
    ++count;
  }
  EXPECT_EQ(count, 200U);
}

}  // namespace
}  // namespace fleethook::log
