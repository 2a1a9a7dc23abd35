#include "testing/base/memory_stream.h"

#include <gtest/gtest.h>

#include "testing/base/manual_loop.h"

namespace fleethook::testing {
namespace {

struct Ends {
  explicit Ends(ManualLoop& loop) {
    auto pair = MemoryStream::pair(loop);
    control = pair.first->control();
    first = std::make_unique<RawPeer>(std::move(pair.first));
    second = std::make_unique<RawPeer>(std::move(pair.second));
  }
  std::shared_ptr<StreamControl> control;  // of the first
  std::unique_ptr<RawPeer> first, second;
};

TEST(MemoryStream, CarriesBytesBothWays) {
  ManualLoop loop;
  Ends ends(loop);
  ends.first->send("to second");
  ends.second->send("to first");
  EXPECT_EQ(ends.second->received, "");
  loop.run_ready();
  EXPECT_EQ(ends.second->received, "to second");
  EXPECT_EQ(ends.first->received, "to first");
}

TEST(MemoryStream, ClosingIsTheEndOfTheStream) {
  ManualLoop loop;
  Ends ends(loop);
  ends.first->send("last");
  loop.run_one();
  ends.first->close();
  loop.run_ready();
  EXPECT_EQ(ends.second->received, "last");
  EXPECT_TRUE(ends.second->ended());
  EXPECT_FALSE(ends.second->error());
}

TEST(MemoryStream, ClosingOnUnreadBytesResets) {
  ManualLoop loop;
  Ends ends(loop);
  loop.run_ready();
  ends.first->stop_reading();
  ends.second->send("taken by the read in flight");
  loop.run_ready();
  ends.second->send("unread");
  loop.run_ready();
  ends.first->send("lost");
  ends.first->close();
  loop.run_ready();
  EXPECT_EQ(ends.second->received, "");
  EXPECT_EQ(ends.second->error(), std::errc::connection_reset);
}

TEST(MemoryStream, WritingToAClosedEndResets) {
  ManualLoop loop;
  Ends ends(loop);
  ends.second->close();
  ends.first->send("x");
  loop.run_ready();
  EXPECT_TRUE(ends.first->ended());
}

TEST(MemoryStream, HalfCloseLeavesTheOtherWayOpen) {
  ManualLoop loop;
  Ends ends(loop);
  ends.first->stream()->shutdown_write();
  loop.run_ready();
  EXPECT_TRUE(ends.second->ended());
  ends.second->send("still");
  loop.run_ready();
  EXPECT_EQ(ends.first->received, "still");
}

TEST(MemoryStream, DeliversInPieces) {
  ManualLoop loop;
  auto [a, b] = MemoryStream::pair(loop);
  b->control()->read_bytes_max = 2;
  a->write_all(std::string_view("abc"), std::string_view("de"), [](std::error_code) {});
  std::string buffer(10, ' ');
  std::vector<std::size_t> sizes;
  std::function<void(std::error_code, std::size_t)> next = [&](std::error_code, std::size_t size) {
    sizes.push_back(size);
    if (size == 2) b->read_some(buffer, next);
  };
  b->read_some(buffer, next);
  loop.run_ready();
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
}

TEST(MemoryStream, AWriteWaitsForRoom) {
  ManualLoop loop;
  auto [a, b] = MemoryStream::pair(loop);
  a->control()->unread_bytes_max = 3;
  bool written = false;
  a->write_all(std::string_view("abcdef"), {}, [&](std::error_code) { written = true; });
  loop.run_ready();
  EXPECT_FALSE(written);
  std::string buffer(10, ' ');
  b->read_some(buffer, [](std::error_code, std::size_t size) { EXPECT_EQ(size, 3U); });
  loop.run_ready();
  EXPECT_TRUE(written);
}

TEST(MemoryStream, CutsAfterSoManyBytes) {
  ManualLoop loop;
  Ends ends(loop);
  ends.control->cut_after_bytes = 4;
  ends.first->send("abcdef");
  loop.run_ready();
  EXPECT_EQ(ends.second->received, "abcd");
  EXPECT_EQ(ends.second->error(), std::errc::connection_reset);
  EXPECT_EQ(ends.first->error(), std::errc::connection_reset);
  EXPECT_TRUE(ends.control->fired);
}

TEST(MemoryStream, FailsTheNthOperation) {
  for (std::uint64_t n = 0; n < 3; ++n) {
    ManualLoop loop;
    Ends ends(loop);  // operation 0 of the first is a read
    ends.control->fail_operation = ends.control->operations + n;
    for (int i = 0; i < 3; ++i) {
      ends.first->send("x");
      loop.run_ready();
    }
    EXPECT_TRUE(ends.control->fired) << n;
    EXPECT_TRUE(ends.second->ended()) << n;
    EXPECT_EQ(ends.second->received.size(), n);
  }
}

TEST(MemoryStream, DestroyingItDropsItsCallbacks) {
  ManualLoop loop;
  auto [a, b] = MemoryStream::pair(loop);
  std::string buffer(10, ' ');
  a->read_some(buffer, [](std::error_code, std::size_t) { FAIL(); });
  b->write_all(std::string_view("x"), {}, [](std::error_code) {});
  a.reset();
  loop.run_ready();
}

}  // namespace
}  // namespace fleethook::testing
