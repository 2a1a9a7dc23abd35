#include "core/secret_hosts.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

std::string read(std::string_view text) {
  const auto host = read_secret_host(text);
  return host.ok() ? *host : "(refused)";
}

TEST(SecretHosts, AreReadInOneSpelling) {
  EXPECT_EQ(read(" API.Example.com "), "api.example.com");
  EXPECT_EQ(read("api.example.com:8443"), "api.example.com:8443");
  EXPECT_EQ(read("api.example.com:80"), "api.example.com:80") << "a port that was asked for is one";
  EXPECT_EQ(read("*.Example.com"), "*.example.com");
  EXPECT_EQ(read("*.example.com:443"), "*.example.com:443");
  EXPECT_EQ(read("127.0.0.1:9"), "127.0.0.1:9");
  EXPECT_EQ(read("[::1]"), "[::1]");
  EXPECT_EQ(read("[::1]:8080"), "[::1]:8080");
  EXPECT_EQ(read("localhost"), "localhost");
}

TEST(SecretHosts, WhatIsNoneIsRefused) {
  for (const std::string_view text :
       {"", " ", "*", "*.", "*.com", "*.127.0.0.1", "*.[::1]", "a.*.com", "https://a.example", "a.example/path",
        "user@a.example", "a.example:0x", "a.example:99999", "a b.example", "a.example?x", "a.example#x", "{{{host}}}",
        "a.example\r\nHost: b"}) {
    EXPECT_EQ(read(text), "(refused)") << text;
  }
}

TEST(SecretHosts, AnEntryIsExactOrAllBelowAndItsPortCounts) {
  const auto may = [](std::string_view entry, std::string_view host, std::uint16_t port = 443) {
    return may_go_to({std::string(entry)}, host, port);
  };
  EXPECT_TRUE(may("api.example.com", "api.example.com"));
  EXPECT_TRUE(may("api.example.com", "api.example.com", 8443)) << "without a port, any";
  EXPECT_FALSE(may("api.example.com", "x.api.example.com"));
  EXPECT_FALSE(may("api.example.com", "api.example.com.evil.example"));
  EXPECT_FALSE(may("api.example.com", "evilapi.example.com"));
  EXPECT_TRUE(may("api.example.com:8443", "api.example.com", 8443));
  EXPECT_FALSE(may("api.example.com:8443", "api.example.com", 443));
  EXPECT_TRUE(may("*.example.com", "a.example.com"));
  EXPECT_TRUE(may("*.example.com", "a.b.example.com"));
  EXPECT_FALSE(may("*.example.com", "example.com"));
  EXPECT_FALSE(may("*.example.com", "evilexample.com"));
  EXPECT_FALSE(may("*.example.com", ".example.com")) << "an empty label is none";
  EXPECT_FALSE(may("*.example.com:1", "a.example.com", 2));
  EXPECT_TRUE(may("[::1]:8080", "::1", 8080));
  EXPECT_FALSE(may("[::1]:8080", "::1", 80));
  EXPECT_TRUE(may_go_to({"a.example", "b.example"}, "b.example", 80));
  EXPECT_FALSE(may_go_to({}, "a.example", 80));
}

class KeptFrom : public ::testing::Test {
 protected:
  std::string kept(std::string_view url, std::string_view host_header = {}) const {
    OutgoingRequest request;
    request.url = http::parse_url(url).value();
    if (!host_header.empty()) request.headers.add("Host", host_header);
    const auto* found = kept_from(values, request);
    return found == nullptr ? "" : found->secret;
  }
  NamedValues values{.secrets = {{"ANY", "a"}, {"KEY", "k"}},
                     .variables = {},
                     .bound = {{"KEY", std::make_shared<const std::vector<std::string>>(1, "api.example.com")}}};
};

TEST_F(KeptFrom, OnlyItsHostsMayGetARequestWithTheSecret) {
  EXPECT_EQ(kept("https://api.example.com/x"), "");
  EXPECT_EQ(kept("https://evil.example/x"), "KEY");
  EXPECT_EQ(not_sent_to(values.bound.front(), "evil.example"), "secret KEY may not be sent to evil.example");
  values.bound.clear();
  EXPECT_EQ(kept("https://evil.example/x"), "");
}

// Many receivers stand behind one address, and are told apart by this header.
TEST_F(KeptFrom, AHostHeaderThatNamesAnotherIsKeptToo) {
  EXPECT_EQ(kept("https://api.example.com/x", "evil.example"), "KEY");
  EXPECT_EQ(kept("https://api.example.com/x", "api.example.com:443"), "");
  EXPECT_EQ(kept("https://api.example.com/x", "API.example.com"), "");
  EXPECT_EQ(kept("https://api.example.com/x", "?"), "KEY") << "what cannot be read is not guessed";
}

}  // namespace
}  // namespace fleethook::core
