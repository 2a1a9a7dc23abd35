#include "base/crypto.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace fleethook::crypto {
namespace {

class Crypto : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(init()); }
};

TEST_F(Crypto, InitMayBeCalledAgain) {
  EXPECT_TRUE(init());
}

TEST_F(Crypto, DigestIsBlake2b256) {
  EXPECT_EQ(to_hex(digest("")), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(to_hex(digest("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST_F(Crypto, PasswordIsKnownAgainAndNoOtherIs) {
  using namespace std::string_view_literals;
  for (const std::string_view password : {"correct horse"sv, ""sv, "with\0zero"sv, "pässwörd"sv}) {
    const std::string hash = hash_password(password, PasswordCost::kMinimal);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$")) << hash;
    EXPECT_TRUE(verify_password(hash, password));
    EXPECT_FALSE(verify_password(hash, std::string(password) + "x"));
    EXPECT_FALSE(verify_password(hash, "Correct horse"));
  }
  const std::string hash = hash_password("with\0zero"sv, PasswordCost::kMinimal);
  EXPECT_FALSE(verify_password(hash, "with"));
}

TEST_F(Crypto, SamePasswordHashesDifferently) {
  EXPECT_NE(hash_password("a", PasswordCost::kMinimal), hash_password("a", PasswordCost::kMinimal));
}

TEST_F(Crypto, InteractiveCostIsTheDefault) {
  const std::string hash = hash_password("a");
  EXPECT_NE(hash.find("m=65536,t=2,p=1"), std::string::npos) << hash;
  EXPECT_TRUE(verify_password(hash, "a"));
}

TEST_F(Crypto, BrokenHashesVerifyNothing) {
  const std::string good = hash_password("a", PasswordCost::kMinimal);
  const std::string hashes[] = {"",
                                "$",
                                "$argon2id$",
                                "plain",
                                good.substr(0, good.size() - 1),
                                good + std::string(1, '\0'),
                                good + std::string(200, 'x'),
                                std::string(10'000, '$')};
  for (const std::string& hash : hashes) {
    EXPECT_FALSE(verify_password(hash, "a"));
    EXPECT_FALSE(verify_password(hash, ""));
  }
}

TEST_F(Crypto, AKeyedDigestNeedsTheSameKeyAndTheSameBytes) {
  const std::string key = "a key of sixteen bytes or more", other = "another key of sixteen bytes or more";
  EXPECT_EQ(keyed_digest(key, "a"), keyed_digest(key, "a"));
  EXPECT_NE(keyed_digest(key, "a"), keyed_digest(key, "b"));
  EXPECT_NE(keyed_digest(key, "a"), keyed_digest(other, "a"));
  EXPECT_NE(keyed_digest(key, "a"), digest("a"));
}

TEST_F(Crypto, ComparesInConstantTime) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_constant_time("", "a"));
}

}  // namespace
}  // namespace fleethook::crypto
