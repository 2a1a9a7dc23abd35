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

// RFC 4231, cases 1, 2 and 6.
TEST_F(Crypto, HmacGivesThePublishedDigests) {
  const auto hmac = [](std::string_view key, std::string_view text) { return to_hex(hmac_sha256(key, {text})); };
  EXPECT_EQ(hmac(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_sha256("Jefe", {"what do ya ", "", "want for nothing?"}),
            hmac_sha256("Jefe", {"what do ya want for nothing?"}));
}

// RFC 8032, 7.1, tests 1 and 2.
TEST_F(Crypto, Ed25519GivesThePublishedSignatures) {
  const auto seed_of = [](std::string_view hex) {
    std::array<std::uint8_t, kEd25519SeedBytes> bytes;
    EXPECT_TRUE(from_hex(hex, bytes));
    return std::string(bytes.begin(), bytes.end());
  };
  const std::string one = seed_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  EXPECT_EQ(to_hex(ed25519_public_key(one)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(to_hex(ed25519_sign(one, "")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b");
  const std::string two = seed_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  EXPECT_EQ(to_hex(ed25519_sign(two, "\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00");
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
