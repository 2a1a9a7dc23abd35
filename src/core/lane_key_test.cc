#include "core/lane_key.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(LaneKey, ReadsBackWhatItWrites) {
  const LaneKey keys[] = {
      {"o:5f0000000000000000000001", true, "example.com", 443},
      {"u:5f0000000000000000000001", false, "10.0.0.1", 1},
      {"u:x", false, "fe80::1", 65535},
  };
  for (const LaneKey& key : keys) EXPECT_EQ(LaneKey::parse(key.str()), key) << key.str();
  EXPECT_EQ(keys[0].str(), "o:5f0000000000000000000001|https|example.com|443");
}

TEST(LaneKey, RefusesTextThatIsNoKey) {
  for (const char* text :
       {"", "|", "a|https|h", "a|https|h|", "a|https|h|0", "a|https|h|65536", "a|https|h|-1", "a|https|h|+1",
        "a|ftp|h|1", "|http|h|1", "a|http||1", "a|http|h|1x", "a|http|h|1|2", "a|HTTP|h|1"}) {
    EXPECT_FALSE(LaneKey::parse(text).has_value()) << text;
  }
}

TEST(LaneKey, DiffersByOwnerSchemeHostAndPort) {
  const LaneKey key{"o:1", true, "h", 443};
  EXPECT_NE(key, (LaneKey{"o:2", true, "h", 443}));
  EXPECT_NE(key, (LaneKey{"o:1", false, "h", 443}));
  EXPECT_NE(key, (LaneKey{"o:1", true, "i", 443}));
  EXPECT_NE(key, (LaneKey{"o:1", true, "h", 444}));
}

}  // namespace
}  // namespace fleethook::core
