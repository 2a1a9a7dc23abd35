#include "http/negotiate.h"

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

TEST(WeightOf, IsWhatTheListSays) {
  EXPECT_EQ(weight_of("gzip, br", "br"), 1000);
  EXPECT_EQ(weight_of("gzip;q=0.5 , br ; q=0.25", "br"), 250);
  EXPECT_EQ(weight_of("gzip;q=0.5", "GZIP"), 500);
  EXPECT_EQ(weight_of("text/html;level=1;q=0", "text/html"), 0);
  EXPECT_EQ(weight_of("br;q=1.000", "br"), 1000);
  EXPECT_EQ(weight_of("br;q=0", "br"), 0);
  EXPECT_EQ(weight_of("br;q=0.001", "br"), 1);
}

TEST(WeightOf, IsAbsentForWhatIsNotNamed) {
  EXPECT_EQ(weight_of("", "br"), std::nullopt);
  EXPECT_EQ(weight_of({}, "br"), std::nullopt);
  EXPECT_EQ(weight_of("*", "br"), std::nullopt);
  EXPECT_EQ(weight_of("brotli, xbr", "br"), std::nullopt);
}

TEST(WeightOf, TakesAWeightThatCannotBeReadForTheWholeOne) {
  for (const char* list : {"br;q=", "br;q=x", "br;q=0.x", "br;q=7", "br;q"})
    EXPECT_EQ(weight_of(list, "br"), 1000) << list;
  EXPECT_EQ(weight_of("br;q=0.", "br"), 0);
}

TEST(NamesEtag, LooksAtEachEntry) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("*", "\"a\""));
  EXPECT_FALSE(names_etag("", "\"a\""));
  EXPECT_FALSE(names_etag({}, "\"a\""));
  EXPECT_FALSE(names_etag("a", "\"a\""));
  EXPECT_FALSE(names_etag("\"a-br\"", "\"a\""));
}

}  // namespace
}  // namespace fleethook::http
