#include "server/config.h"

#include <gtest/gtest.h>

namespace fleethook::server {
namespace {

TEST(OpenSignup, IsTheDefaultOnlyWhereNothingShowsThatOthersReachTheServer) {
  for (const char* listen : {"127.0.0.1:8080", "127.0.0.1:0", "[::1]:8080", "localhost:8080"}) {
    Config config;
    config.listen = listen;
    EXPECT_TRUE(opens_signup(config)) << listen;
    config.base_url = "http://localhost:8080";
    EXPECT_TRUE(opens_signup(config)) << listen;
  }
  for (const char* listen :
       {"0.0.0.0:443", "[::]:443", ":8080", "192.0.2.1:8080", "localhost.example.com:80", "127.example.com:80"}) {
    Config config;
    config.listen = listen;
    EXPECT_FALSE(opens_signup(config)) << listen;
  }
  Config behind_proxy;
  behind_proxy.trusted_proxy = {"127.0.0.1"};
  EXPECT_FALSE(opens_signup(behind_proxy));
  Config named;
  named.base_url = "https://fleethook.example.com";
  EXPECT_FALSE(opens_signup(named));
}

TEST(OpenSignup, IsAsTheOperatorSays) {
  Config config;
  config.open_signup = false;
  EXPECT_FALSE(opens_signup(config));
  config.open_signup = true;
  config.listen = "0.0.0.0:443";
  EXPECT_TRUE(opens_signup(config));
}

}  // namespace
}  // namespace fleethook::server
