#include "core/lane_key.h"

#include <set>

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

const LaneKey kKey{"o:5f0000000000000000000001", true, "example.com", 443};

TEST(LaneKey, SaysWhereToAndForWhom) {
  EXPECT_EQ(kKey.str(), "o:5f0000000000000000000001|https|example.com|443");
}

TEST(LaneKey, DiffersByOwnerSchemeHostAndPort) {
  const LaneKey others[] = {{"o:5f0000000000000000000002", true, "example.com", 443},
                            {kKey.owner, false, "example.com", 443},
                            {kKey.owner, true, "example.net", 443},
                            {kKey.owner, true, "example.com", 444}};
  std::set<LaneId> ids{lane_id(kKey)};
  for (const LaneKey& other : others) {
    EXPECT_NE(kKey, other);
    EXPECT_TRUE(ids.insert(lane_id(other)).second) << other.str();
  }
}

TEST(LaneId, IsTheSameInEveryProcessAndVersion) {
  EXPECT_EQ(lane_id(kKey).value, 8722094372346224577u) << "it is a part of the files";
}

TEST(LaneId, FitsASignedNumberAndIsNeverNone) {
  for (std::uint16_t port = 1; port < 2000; ++port) {
    const LaneId id = lane_id({"u:1", false, "h", port});
    EXPECT_FALSE(id.is_none());
    EXPECT_LT(id.value, std::uint64_t{1} << 63);
  }
}

TEST(NamedLane, WithoutAHostIsTheOwnersLaneInvalid) {
  const LanePtr lane = named_lane({"u:1", true, "", 443});
  EXPECT_EQ(lane->key, (LaneKey{"u:1", false, "invalid", 0}));
  EXPECT_EQ(lane->id, lane_id(lane->key));
}

}  // namespace
}  // namespace fleethook::core
