#include "api/peer_key.h"

#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

TEST(PeerKey, OfIPv4IsTheAddress) {
  EXPECT_EQ(peer_key("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(peer_key("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  EXPECT_EQ(peer_key(""), "");
}

TEST(PeerKey, OfIPv6IsItsNetworkOf64Bits) {
  EXPECT_EQ(peer_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(peer_key("2001:db8:1:2::6"), "2001:db8:1:2::/64");
  EXPECT_EQ(peer_key("2001:db8::6"), "2001:db8:0:0::/64");
  EXPECT_EQ(peer_key("2001:db8::3:4:5:6"), "2001:db8:0:0::/64");
  EXPECT_EQ(peer_key("1::3:4:5:6:7:8"), "1:0:3:4::/64");
  EXPECT_EQ(peer_key("::1"), "0:0:0:0::/64");
  EXPECT_NE(peer_key("2001:db8:1:3::6"), peer_key("2001:db8:1:2::6"));
}

}  // namespace
}  // namespace fleethook::api
