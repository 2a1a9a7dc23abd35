#include <gtest/gtest.h>

#include "console_files/console_files.h"

namespace fleethook::console_files {
namespace {

TEST(Find, GivesTheFileOfExactlyThatPath) {
  constexpr File kTable[] = {
      {"/assets/a-1.js", "text/javascript", "1", true, "a", {}, {}},
      {"/index.html", "text/html", "2", false, "i", {}, {}},
  };
  EXPECT_EQ(find(kTable, "/index.html"), &kTable[1]);
  EXPECT_EQ(find(kTable, "/assets/a-1.js"), &kTable[0]);
  EXPECT_EQ(find(kTable, "/assets/a-1"), nullptr);
  EXPECT_EQ(find(kTable, "/"), nullptr);
  EXPECT_EQ(find(kTable, "/z"), nullptr);
  EXPECT_EQ(find({}, "/index.html"), nullptr);
}

}  // namespace
}  // namespace fleethook::console_files
