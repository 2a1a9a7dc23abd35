#include "ingest/line.h"

#include <gtest/gtest.h>

namespace fleethook::ingest {
namespace {

Owner owner(int number) {
  core::UserId user;
  user.bytes[0] = static_cast<std::uint8_t>(number);
  return Owner::of(user);
}

using Numbers = std::vector<int>;

TEST(Line, KeepsTheOrderOfOneOwner) {
  Line<int> line;
  for (int number = 0; number < 5; ++number) line.add(owner(1), 1, number);
  EXPECT_EQ(line.take(3), (Numbers{0, 1, 2}));
  EXPECT_EQ(line.take(9), (Numbers{3, 4}));
  EXPECT_TRUE(line.empty());
}

TEST(Line, BehindAFloodTheOthersWaitForAPartOfOnePortion) {
  Line<int> line;
  for (int number = 0; number < 10'000; ++number) line.add(owner(1), 2, 1);
  line.add(owner(2), 2, 2);
  line.add(owner(3), 2, 3);
  const Numbers first = line.take(512);
  EXPECT_LE(std::ranges::find(first, 2) - first.begin(), 16);
  EXPECT_LE(std::ranges::find(first, 3) - first.begin(), 17);
  EXPECT_EQ(first.size(), 256U) << "and the flood takes what the others leave";
}

TEST(Line, OwnersGetEqualPartsByWhatTheirUnitsCost) {
  Line<int> line;
  for (int number = 0; number < 1'000; ++number) {
    line.add(owner(1), 1, 1);
    line.add(owner(2), 10, 2);
  }
  std::size_t cost_of_first = 0, cost_of_second = 0;
  for (const int who : line.take(640)) (who == 1 ? cost_of_first : cost_of_second) += who == 1 ? 1 : 10;
  EXPECT_NEAR(static_cast<double>(cost_of_first), 320, 32);
  EXPECT_NEAR(static_cast<double>(cost_of_second), 320, 32);
}

TEST(Line, AUnitLargerThanAPortionComesAfterItsOwnerHasWaitedForIt) {
  Line<int> line;
  line.add(owner(1), 1'001, 1);
  for (int number = 0; number < 200; ++number) line.add(owner(2), 1, 2);
  EXPECT_EQ(line.cost_of(owner(1)), 1'001U);
  const Numbers first = line.take(512);
  EXPECT_EQ(std::ranges::count(first, 2), 200);
  EXPECT_EQ(first.back(), 1);
  EXPECT_TRUE(line.empty());
  EXPECT_EQ(line.cost_of(owner(1)), 0U);
}

TEST(Line, AnOrganizationAndAUserWithTheSameBytesAreTwo) {
  core::OrganizationId organization;
  organization.bytes[0] = 1;
  EXPECT_NE(Owner::of(organization), owner(1));
}

}  // namespace
}  // namespace fleethook::ingest
