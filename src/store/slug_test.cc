#include "store/slug.h"

#include <set>

#include <gtest/gtest.h>

namespace fleethook::store {
namespace {

TEST(Slug, IsMadeFromTheLettersAndDigitsOfAName) {
  const std::pair<const char*, const char*> cases[] = {
      {"Acme", "acme"},
      {"Cold Chain 2", "cold-chain-2"},
      {"  --a__b--  ", "a-b"},
      {"Z\xc3\xbcrich", "z-rich"},
      {"\xe6\x97\xa5\xe6\x9c\xac", "product"},
      {"", "product"},
      {"---", "product"},
      {"12345", "product-12345"},
      {"e00fce68ABCDEF0123456789", "product-e00fce68abcdef0123456789"},
      {"e00fce68abcdef012345678", "e00fce68abcdef012345678"},
  };
  for (const auto& [name, slug] : cases) EXPECT_EQ(make_slug(name, "product"), slug) << name;
}

TEST(Slug, IsNeverTooLongAndNeverEndsWithADash) {
  EXPECT_EQ(make_slug(std::string(100, 'a'), "product"), std::string(64, 'a'));
  EXPECT_EQ(make_slug(std::string(63, 'a') + " b", "product"), std::string(63, 'a'));
  EXPECT_LE(make_slug(std::string(100, '7'), "product").size(), 64U);
}

TEST(Slug, CountsUpUntilItIsFree) {
  std::set<std::string> used;
  const auto taken = [&](const std::string& slug) { return used.contains(slug); };
  for (int i = 0; i < 12; ++i) {
    const std::string slug = make_free_slug(std::string(70, 'a'), "product", taken);
    EXPECT_TRUE(check_slug(slug).ok()) << slug;
    EXPECT_TRUE(used.insert(slug).second);
  }
  EXPECT_TRUE(used.contains(std::string(61, 'a') + "-12"));
  used = {"a", "a-3"};
  EXPECT_EQ(make_free_slug("A", "product", taken), "a-2");
}

TEST(Slug, ThatAUserChoseIsChecked) {
  for (const char* good : {"a", "a-b", "x2", "2x", "a--b"}) EXPECT_TRUE(check_slug(good).ok()) << good;
  for (const char* bad : {"", "A", "a b", "-a", "a-", "123", "a_b", "\xc3\xbc", "e00fce68abcdef0123456789", "a/b"}) {
    const auto result = check_slug(bad);
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.error().fault, Fault::kInvalid);
    EXPECT_EQ(result.error().violations.at(0).field, "slug");
  }
  EXPECT_TRUE(check_slug(std::string(64, 'a')).ok());
  EXPECT_FALSE(check_slug(std::string(65, 'a')).ok());
}

TEST(Slug, WhatIsMadeWouldAlsoBeAccepted) {
  for (const char* name : {"Acme", "1", "-", "0123456789abcdef01234567", "a.b.c", "\xff\xff"}) {
    EXPECT_TRUE(check_slug(make_slug(name, "organization")).ok()) << name;
  }
}

}  // namespace
}  // namespace fleethook::store
