// Digests of blocks are passed over only when nothing in them fits, whatever fails while they are written.
#include "queue/sqlite/event_digest.h"

#include <gtest/gtest.h>

#include "queue/sqlite/queue_file_for_tests.h"

namespace fleethook::queue {
namespace {

core::Event of_device(const std::string& device) {
  core::Event event = event_named("e");
  event.publisher = device;
  return event;
}

std::int64_t count(QueueFile& file, const char* sql) {
  const auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadOnly).value();
  auto row = database->prepare(sql).value();
  return row.step().value() ? row.column_int(0) : -1;
}

void append(QueueFile& file, const std::string& device, std::uint64_t events) {
  while (events > 0) {
    std::vector<Accepted> some;
    for (; events > 0 && some.size() < 512; --events) some.push_back(accepted(of_device(device)));
    ASSERT_TRUE(waiting::append(file.queue(), std::move(some)).ok());
  }
}

std::size_t found(QueueFile& file, const std::string& device) {
  return file.queue().search({.device = device}, {.limit = 100'000, .look_max = 1'000'000}).value().events.size();
}

TEST(EventDigest, HasWhatWasSetAndHardlyAnythingElse) {
  Bits bits;
  for (int i = 0; i < 4096; ++i) bits.set(device_key("device-" + std::to_string(i)));
  for (int i = 0; i < 4096; ++i) ASSERT_TRUE(Bits::has(bits.bytes(), device_key("device-" + std::to_string(i))));
  int wrong = 0;
  for (int i = 4096; i < 104'096; ++i) wrong += Bits::has(bits.bytes(), device_key("device-" + std::to_string(i)));
  EXPECT_LT(wrong, 500) << "of 100,000";
  EXPECT_TRUE(Bits::has("", device_key("a"))) << "a filter of another form says nothing";
}

TEST(EventDigest, ItsFormStandsOnDisk) {
  EXPECT_EQ(device_key("0123456789abcdef01234567"), 13305279730980475420ULL);
  EXPECT_EQ(product_key({10001}), 8961961338020537203ULL);
}

TEST(EventDigest, ABlockHasARowOnceItIsFullAndALaterOneGoesOn) {
  QueueFile file;
  append(file, "a", 4000);
  EXPECT_EQ(count(file, "SELECT count(*) FROM event_digest"), 0);
  file.reopen();
  append(file, "b", 4000);
  EXPECT_EQ(count(file, "SELECT count(*) FROM event_digest"), 1);
  append(file, "c", 5000);
  EXPECT_EQ(count(file, "SELECT count(*) FROM event_digest"), 3);
  EXPECT_EQ(count(file, "SELECT max(block) FROM event_digest"), 2);
  EXPECT_EQ(found(file, "a"), 4000u);
  EXPECT_EQ(found(file, "b"), 4000u)
      << "the block that was open when the file was closed knows what came before and after";
  EXPECT_EQ(found(file, "c"), 5000u);
}

// Numbers are taken back, and given again to other events: around the end of a block, and in the midst of one.
TEST(EventDigest, WhateverTransactionsFailNothingIsPassedOver) {
  QueueFile file;
  std::uint64_t appended[3] = {};
  const auto append_some = [&](int device, std::uint64_t events) {
    append(file, std::string(1, static_cast<char>('a' + device)), events);
    appended[device] += events;
  };
  const auto fail = [&](std::uint64_t events) {
    std::vector<Accepted> some;
    for (; events > 0; --events) some.push_back(accepted(of_device("lost")));
    file.vfs().fill_disk();
    EXPECT_FALSE(waiting::append(file.queue(), std::move(some)).ok());
    file.vfs().calm();
  };
  append_some(0, 4090);
  fail(20);
  append_some(1, 3);
  fail(4);
  append_some(2, 5000);
  fail(3000);
  append_some(0, 3);
  append_some(1, 9000);
  EXPECT_EQ(found(file, "a"), appended[0]);
  EXPECT_EQ(found(file, "b"), appended[1]);
  EXPECT_EQ(found(file, "c"), appended[2]);
  EXPECT_EQ(found(file, "lost"), 0u);
}

TEST(EventDigest, GoesWithTheEventsOfItsBlock) {
  QueueFile file;
  append(file, "a", 20'000);
  ASSERT_EQ(count(file, "SELECT count(*) FROM event_digest"), 4);
  ASSERT_TRUE(waiting::prune(file.queue(), Instant::max(), 64 * 9'000).ok());
  EXPECT_EQ(count(file, "SELECT min(block) FROM event_digest"), count(file, "SELECT min(seq) / 4096 FROM event"));
}

}  // namespace
}  // namespace fleethook::queue
