#include "net/proxy_list.h"

#include <gtest/gtest.h>

namespace fleethook::net {
namespace {

TEST(ProxyList, KnowsProxiesAndWritesEachAddressInOneWay) {
  const ProxyList list({Cidr::parse("10.0.0.0/8").value(), Cidr::parse("fd00::/8").value()});
  const struct {
    const char* text;
    const char* address;  // nullptr: it is none
    bool proxy;
  } rows[] = {
      {"10.1.2.3", "10.1.2.3", true},
      {"11.1.2.3", "11.1.2.3", false},
      {"::ffff:10.1.2.3", "10.1.2.3", true},
      {"::FFFF:c000:201", "192.0.2.1", false},
      {"FD00:0:0::1", "fd00::1", true},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", false},
      {"::", "::", false},
      {"", nullptr, false},
      {"unknown", nullptr, false},
      {"10.1", nullptr, false},
      {"010.1.2.3", nullptr, false},
      {"fe80::1%eth0", nullptr, false},
      {"10.1.2.3 ", nullptr, false},
  };
  for (const auto& row : rows) {
    const auto known = list(row.text);
    ASSERT_EQ(known.has_value(), row.address != nullptr) << row.text;
    if (!known) continue;
    EXPECT_EQ(known->text, row.address);
    EXPECT_EQ(known->proxy, row.proxy) << row.text;
  }
}

}  // namespace
}  // namespace fleethook::net
