#include "base/id.h"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace fleethook {
namespace {

using DeviceId = ObjectId<struct DeviceTag>;
using ProductId = ObjectId<struct ProductTag>;
using EventId = Uuid<struct EventTag>;

static_assert(!std::is_convertible_v<DeviceId, ProductId>);
static_assert(std::is_trivially_copyable_v<DeviceId> && sizeof(DeviceId) == 12 && sizeof(EventId) == 16);

constexpr Instant kTime = Instant(std::chrono::milliseconds(0x0123456789ab));

TEST(ObjectId, BeginsWithTheSecondsOfItsCreation) {
  SeededRandom random(1);
  const DeviceId id = DeviceId::make(Instant(std::chrono::seconds(0x65432100)), random);
  EXPECT_EQ(id.str().substr(0, 8), "65432100");
  EXPECT_EQ(id.str().size(), 24U);
  EXPECT_LT(id, DeviceId::make(Instant(std::chrono::seconds(0x65432101)), random));
}

TEST(ObjectId, ReadsBackWhatItWrote) {
  SeededRandom random(2);
  for (int i = 0; i < 100; ++i) {
    const DeviceId id = DeviceId::make(kTime, random);
    EXPECT_EQ(DeviceId::parse(id.str()), id);
    std::string out = "x";
    id.append_to(out);
    EXPECT_EQ(out, "x" + id.str());
  }
  EXPECT_EQ(DeviceId::parse("E00FCE68AABBCCDDEEFF0011")->str(), "e00fce68aabbccddeeff0011");
}

TEST(ObjectId, RefusesAnythingElse) {
  for (const std::string_view text :
       {"", "e00fce68aabbccddeeff001", "e00fce68aabbccddeeff00111", "e00fce68aabbccddeeff001g",
        " e00fce68aabbccddeeff001", "0xe0fce68aabbccddeeff0011"}) {
    EXPECT_EQ(DeviceId::parse(text), std::nullopt) << text;
  }
}

TEST(Uuid, IsVersion7WithItsTimeInFront) {
  SeededRandom random(3);
  for (int i = 0; i < 100; ++i) {
    const std::string text = EventId::make(kTime, random).str();
    EXPECT_EQ(text.substr(0, 15), "01234567-89ab-7");
    EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos);
  }
}

TEST(Uuid, SortsByTime) {
  SeededRandom random(4);
  EventId last = EventId::make(kTime, random);
  for (int i = 1; i < 100; ++i) {
    const EventId next = EventId::make(kTime + std::chrono::milliseconds(i * 37), random);
    EXPECT_LT(last, next);
    EXPECT_LT(last.str(), next.str());
    last = next;
  }
}

TEST(Uuid, ReadsBackWhatItWrote) {
  SeededRandom random(5);
  for (int i = 0; i < 100; ++i) {
    const EventId id = EventId::make(kTime, random);
    EXPECT_EQ(EventId::parse(id.str()), id);
  }
  EXPECT_EQ(EventId::parse("01890A5D-AC96-774B-BCCE-B302099A8057")->str(), "01890a5d-ac96-774b-bcce-b302099a8057");
}

TEST(Uuid, RefusesAnythingElse) {
  const std::string good = "01890a5d-ac96-774b-bcce-b302099a8057";
  ASSERT_TRUE(EventId::parse(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = good[i] == '-' ? '0' : '-';
    EXPECT_EQ(EventId::parse(bad), std::nullopt) << bad;
    bad[i] = 'g';
    EXPECT_EQ(EventId::parse(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(EventId::parse(good.substr(1)), std::nullopt);
  EXPECT_EQ(EventId::parse(good + "0"), std::nullopt);
  EXPECT_EQ(EventId::parse("01890a5dac96774bbcceb302099a8057"), std::nullopt);
}

TEST(Ids, AllZeroIsNone) {
  EXPECT_TRUE(DeviceId().is_none());
  EXPECT_TRUE(EventId().is_none());
  EXPECT_TRUE(Number<struct VersionTag>().is_none());
  SeededRandom random(6);
  EXPECT_FALSE(DeviceId::make(kTime, random).is_none());
}

TEST(Ids, HashesSpread) {
  SeededRandom random(7);
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 1000; ++i) {
    hashes.insert(std::hash<DeviceId>()(DeviceId::make(kTime, random)));
    hashes.insert(std::hash<EventId>()(EventId::make(kTime, random)));
  }
  EXPECT_EQ(hashes.size(), 2000U);
}

}  // namespace
}  // namespace fleethook
