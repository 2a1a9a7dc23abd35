#include "net/egress.h"

#include <gtest/gtest.h>

namespace fleethook::net {
namespace {

Address address(const char* text) {
  auto parsed = Address::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? *parsed : Address{};
}

EgressPolicy allowing(std::initializer_list<const char*> ranges) {
  std::vector<Cidr> allowed;
  for (const char* range : ranges) allowed.push_back(Cidr::parse(range).value());
  return EgressPolicy(std::move(allowed));
}

// Address, and the range that the guard names for it.
struct Refused {
  const char* text;
  const char* range;
};

TEST(EgressPolicy, RefusesTheFirstAndLastAddressOfEverySpecialRange) {
  const Refused table[] = {
      {"0.0.0.0", "0.0.0.0/8"},
      {"0.255.255.255", "0.0.0.0/8"},
      {"10.0.0.0", "10.0.0.0/8"},
      {"10.255.255.255", "10.0.0.0/8"},
      {"100.64.0.0", "100.64.0.0/10"},
      {"100.127.255.255", "100.64.0.0/10"},
      {"127.0.0.1", "127.0.0.0/8"},
      {"127.255.255.255", "127.0.0.0/8"},
      {"169.254.0.0", "169.254.0.0/16"},
      {"169.254.169.254", "169.254.0.0/16"},
      {"172.16.0.0", "172.16.0.0/12"},
      {"172.31.255.255", "172.16.0.0/12"},
      {"192.0.0.0", "192.0.0.0/24"},
      {"192.0.0.192", "192.0.0.0/24"},
      {"192.0.2.255", "192.0.2.0/24"},
      {"192.88.99.1", "192.88.99.0/24"},
      {"192.168.0.0", "192.168.0.0/16"},
      {"192.168.255.255", "192.168.0.0/16"},
      {"198.18.0.0", "198.18.0.0/15"},
      {"198.19.255.255", "198.18.0.0/15"},
      {"198.51.100.1", "198.51.100.0/24"},
      {"203.0.113.1", "203.0.113.0/24"},
      {"224.0.0.1", "224.0.0.0/4"},
      {"239.255.255.255", "224.0.0.0/4"},
      {"240.0.0.0", "240.0.0.0/4"},
      {"255.255.255.255", "240.0.0.0/4"},
      {"::", "::/96"},
      {"::1", "::1/128"},
      {"::7f00:1", "::/96"},
      {"::ffff:127.0.0.1", "127.0.0.0/8"},
      {"::ffff:169.254.169.254", "169.254.0.0/16"},
      {"::ffff:0:10.0.0.1", "::ffff:0:a00:1/128"},
      {"64:ff9b::a00:1", "64:ff9b::a00:1/128"},
      {"64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe/128"},
      {"64:ff9b:1::1", "64:ff9b:1::/48"},
      {"64:ff9b:1:ffff::1", "64:ff9b:1::/48"},
      {"64:ff9b:0:1::808:808", "64:ff9b:0:1::808:808/128"},
      {"100::1", "100::/64"},
      {"2001:0:a00:1:0:0:f7f7:f7f7", "2001:0:a00:1::f7f7:f7f7/128"},   // Teredo: the server is checked
      {"2001:0:808:808::80ff:fffe", "2001:0:808:808::80ff:fffe/128"},  // ... and the client, which is stored inverted
      {"2001:0:808:808::5601:5601", "2001:0:808:808::5601:5601/128"},
      {"2001:2::1", "2001::/23"},
      {"2001:20::1", "2001::/23"},
      {"2001:1ff:ffff::1", "2001::/23"},
      {"2001:db8::1", "2001:db8::/32"},
      {"2002:7f00:1::1", "2002:7f00:1::1/128"},
      {"2620:4f:8000::", "2620:4f:8000::/48"},
      {"2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::/48"},
      {"2a00:1450::5efe:127.0.0.1", "2a00:1450::5efe:7f00:1/128"},  // ISATAP
      {"2a00:1450::200:5efe:10.0.0.1", "2a00:1450::200:5efe:a00:1/128"},
      {"2a00:1450::100:5efe:169.254.169.254", "2a00:1450::100:5efe:a9fe:a9fe/128"},
      {"2a00:1450::300:5efe:192.168.0.1", "2a00:1450::300:5efe:c0a8:1/128"},
      {"fe80::5efe:8.8.8.8", "fe80::/10"},
      {"2002:c0a8:101::1", "2002:c0a8:101::1/128"},
      {"3fff::1", "3fff::/20"},
      {"3fff:fff::1", "3fff::/20"},
      {"5f00::1", "5f00::1/128"},
      {"4000::1", "4000::1/128"},
      {"1fff:ffff::1", "1fff:ffff::1/128"},
      {"fc00::1", "fc00::/7"},
      {"fdff:ffff::1", "fc00::/7"},
      {"fe80::1", "fe80::/10"},
      {"febf::1", "fe80::/10"},
      {"fec0::1", "fec0::/10"},
      {"feff::1", "fec0::/10"},
      {"ff02::1", "ff00::/8"},
  };
  const EgressPolicy policy;
  for (const Refused& row : table) {
    EXPECT_FALSE(policy.allows(address(row.text))) << row.text;
    const auto range = policy.refused_by(address(row.text));
    EXPECT_EQ(range ? range->str() : "allowed", row.range) << row.text;
    // What the message recommends must help.
    EXPECT_TRUE(range && EgressPolicy({*range}).allows(address(row.text))) << row.text;
  }
}

TEST(EgressPolicy, AllowsTheNeighboursOfSpecialRangesAndThePublicInternet) {
  const char* table[] = {
      "1.0.0.0",
      "1.1.1.1",
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.0",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "191.255.255.255",
      "192.0.1.0",
      "192.0.3.0",
      "192.88.98.255",
      "192.88.100.0",
      "192.167.255.255",
      "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0",
      "198.51.99.255",
      "198.51.101.0",
      "203.0.112.255",
      "203.0.114.0",
      "223.255.255.255",
      "::ffff:8.8.8.8",
      "64:ff9b::8.8.8.8",
      "2000::1",
      "2001:200::1",
      "2001:4860:4860::8888",
      "2001:db7:ffff::1",
      "2001:db9::1",
      "2002:808:808::1",
      "2003::1",
      "2606:4700::1111",
      "3ffe:ffff::1",
      "3fff:1000::1",
      "2001:0:808:808::f7f7:f7f7",
  };
  const EgressPolicy policy;
  for (const char* text : table) EXPECT_TRUE(policy.allows(address(text))) << text;
}

TEST(EgressPolicy, WhatIsAllowedIsTheAddressAsItIsWritten) {
  const EgressPolicy policy = allowing({"127.0.0.0/8", "10.1.2.3", "fd00::/8"});
  for (const char* text : {"127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "fd12::1"}) {
    EXPECT_TRUE(policy.allows(address(text))) << text;
  }
  for (const char* text :
       {"64:ff9b::7f00:1", "2002:7f00:1::", "2002:a01:203::1", "::ffff:0:127.0.0.1", "2001:0:7f00:1::f7f7:f7f7",
        "2001:0:808:808::80ff:fffe", "2a00:1450::5efe:127.0.0.1", "::7f00:1", "64:ff9b::a01:203"}) {
    EXPECT_FALSE(policy.allows(address(text))) << text;
  }
  EXPECT_TRUE(allowing({"2002:7f00:1::/48"}).allows(address("2002:7f00:1::"))) << "who writes it means it";
  EXPECT_TRUE(allowing({"64:ff9b::/96"}).allows(address("64:ff9b::7f00:1")));
  for (const char* text : {"10.1.2.4", "::1", "fc00::1", "192.168.0.1", "::ffff:10.1.2.4", "169.254.169.254"}) {
    EXPECT_FALSE(policy.allows(address(text))) << text;
  }
  EXPECT_TRUE(allowing({"0.0.0.0/0", "::/0"}).allows(address("169.254.169.254")));
  EXPECT_FALSE(allowing({"0.0.0.0/0"}).allows(address("::1")));
  EXPECT_TRUE(allowing({"::/0"}).allows(address("::ffff:127.0.0.1")));
  EXPECT_FALSE(allowing({"::/0"}).allows(address("127.0.0.1")));
}

TEST(Address, TakesCanonicalFormsOnly) {
  for (const char* text : {"",           " ",          "127.1",        "2130706433", "0x7f.1",       "0x7f000001",
                           "0177.0.0.1", "127.0.0.01", "127.0.0.1.",   "1.2.3",      "1.2.3.4.5",    "256.0.0.1",
                           "127.0.0.1 ", " 127.0.0.1", "[::1]",        "fe80::1%lo", "::1%1",        ":::",
                           "1::2::3",    "12345::",    "::ffff:127.1", "localhost",  "127.0.0.1:80", "127.0.0.1/8"}) {
    EXPECT_FALSE(Address::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Address::parse(std::string_view("127.0.0.1\0.example", 18)).ok());
  EXPECT_FALSE(Address::parse(std::string_view("127.0.0.1\0", 10)).ok());
  EXPECT_EQ(Address::parse("x").error().fault, Fault::kInvalid);
}

TEST(Address, PrintsWhatItParses) {
  for (const char* text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2:3:4"}) {
    EXPECT_EQ(address(text).str(), text);
  }
  EXPECT_EQ(address("2001:0DB8:0::0001").str(), "2001:db8::1");
}

TEST(Cidr, ParsesRangesAndSingleAddresses) {
  struct Row {
    const char* text;
    const char* printed;
  };
  for (const Row& row : {Row{"10.0.0.0/8", "10.0.0.0/8"}, Row{"1.2.3.4", "1.2.3.4/32"}, Row{"::1", "::1/128"},
                         Row{"0.0.0.0/0", "0.0.0.0/0"}, Row{"fd00::/8", "fd00::/8"},
                         Row{"10.128.0.0/9", "10.128.0.0/9"}, Row{"1.2.3.4/32", "1.2.3.4/32"}}) {
    const auto cidr = Cidr::parse(row.text);
    ASSERT_TRUE(cidr.ok()) << row.text;
    EXPECT_EQ(cidr->str(), row.printed);
  }
}

TEST(Cidr, SaysWhatIsWrong) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/ 8", "::/129",
                           "10/8", "x/8", "10.0.0.0/8/8", "10.0.0.0/99999999999"}) {
    const auto cidr = Cidr::parse(text);
    ASSERT_FALSE(cidr.ok()) << text;
    EXPECT_EQ(cidr.error().fault, Fault::kInvalid);
    EXPECT_NE(cidr.error().message.find('"' + std::string(text) + '"'), std::string::npos) << cidr.error().message;
  }
  EXPECT_EQ(Cidr::parse("10.1.2.3/8").error().message,
            "\"10.1.2.3/8\" is not an address range: did you mean 10.0.0.0/8?");
}

TEST(Cidr, ContainsExactlyItsOwnFamilyAndPrefix) {
  const Cidr cidr = Cidr::parse("10.128.0.0/9").value();
  EXPECT_TRUE(cidr.contains(address("10.128.0.0")));
  EXPECT_TRUE(cidr.contains(address("10.255.255.255")));
  EXPECT_FALSE(cidr.contains(address("10.127.255.255")));
  EXPECT_FALSE(cidr.contains(address("::ffff:10.128.0.0")));
  EXPECT_FALSE(Cidr::parse("::/0").value().contains(address("10.128.0.0")));
}

}  // namespace
}  // namespace fleethook::net
