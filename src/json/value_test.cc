#include "json/value.h"

#include <map>

#include <gtest/gtest.h>

#include "base/random.h"

namespace fleethook::json {
namespace {

std::string keys_of(const Object& object) {
  std::string keys;
  for (const auto& [key, value] : object) keys += key + " ";
  return keys;
}

TEST(Object, KeepsTheOrderOfItsMembers) {
  Object object{{"b", 1}, {"a", 2}};
  object.set("c", 3);
  object["b"] = 4;
  EXPECT_EQ(keys_of(object), "b a c ");
  EXPECT_EQ(object.find("b")->as_int(), 4);
  EXPECT_EQ(object.find("d"), nullptr);
  EXPECT_TRUE(object["d"].is_null());
  EXPECT_EQ(object.size(), 4U);
  EXPECT_TRUE(object.erase("a"));
  EXPECT_FALSE(object.erase("a"));
  EXPECT_EQ(keys_of(object), "b c d ");
}

TEST(Object, RepeatedKeyKeepsItsPlaceAndTakesTheLastValue) {
  const Object few = Object::of({{"a", 1}, {"b", 2}, {"a", 3}, {"b", 4}, {"a", 5}});
  EXPECT_EQ(few, (Object{{"a", 5}, {"b", 4}}));
  EXPECT_EQ(keys_of(few), "a b ");

  std::vector<Member> members;
  for (int i = 0; i < 100; ++i) members.emplace_back("k" + std::to_string((i * 7) % 30), i);
  const Object many = Object::of(members);
  Object one_by_one;
  for (const auto& [key, value] : members) one_by_one.set(key, value);
  EXPECT_EQ(many, one_by_one);
  EXPECT_EQ(keys_of(many), keys_of(one_by_one));
  EXPECT_EQ(many.size(), 30U);

  // So many repetitions that what is left needs no index.
  std::vector<Member> same;
  for (int i = 0; i < 40; ++i) same.emplace_back("a", i);
  EXPECT_EQ(Object::of(same), (Object{{"a", 39}}));
}

TEST(Object, OrderDoesNotCountWhenCompared) {
  EXPECT_EQ((Object{{"a", 1}, {"b", 2}}), (Object{{"b", 2}, {"a", 1}}));
  EXPECT_NE((Object{{"a", 1}}), (Object{{"a", 2}}));
  EXPECT_NE((Object{{"a", 1}}), (Object{{"b", 1}}));
  EXPECT_NE((Object{{"a", 1}}), (Object{{"a", 1}, {"b", 1}}));
}

// Across the border of 16 members, where the index comes and goes.
TEST(Object, DoesWhatAMapDoes) {
  SeededRandom random(1);
  for (int round = 0; round < 20; ++round) {
    Object object;
    std::map<std::string, std::int64_t> model;
    for (int step = 0; step < 300; ++step) {
      const std::string key = "k" + std::to_string(random.next() % 40);
      if (random.next() % 3 == 0) {
        ASSERT_EQ(object.erase(key), model.erase(key) > 0);
      } else {
        object.set(key, step);
        model[key] = step;
      }
      ASSERT_EQ(object.size(), model.size());
      const std::string other = "k" + std::to_string(random.next() % 40);
      const Value* found = object.find(other);
      ASSERT_EQ(found != nullptr, model.contains(other));
      if (found != nullptr) {
        ASSERT_EQ(found->as_int(), model[other]);
      }
    }
    const Object copy = object;
    EXPECT_EQ(copy, object);
    for (const auto& [key, value] : model) ASSERT_EQ(copy.find(key)->as_int(), value);
  }
}

TEST(Object, CopiesAreIndependentAndMovesTakeEverything) {
  Object object;
  for (int i = 0; i < 20; ++i) object.set("k" + std::to_string(i), i);
  Object copy = object;
  copy.set("k3", "changed");
  EXPECT_EQ(object.find("k3")->as_int(), 3);
  copy = object;
  EXPECT_EQ(copy, object);
  copy = std::as_const(copy);
  EXPECT_EQ(copy, object);
  const Object moved = std::move(copy);
  EXPECT_EQ(moved.find("k19")->as_int(), 19);
}

TEST(Value, KnowsItsKind) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_TRUE(Value(nullptr).is_null());
  EXPECT_TRUE(Value(true).is_bool());
  EXPECT_TRUE(Value(7).is_int());
  EXPECT_TRUE(Value(7.5).is_number());
  EXPECT_FALSE(Value(7.5).is_int());
  EXPECT_TRUE(Value("x").is_string());
  EXPECT_TRUE(Value(std::string_view("x")).is_string());
  EXPECT_TRUE(Value(Array{1}).is_array());
  EXPECT_TRUE(Value(Object{}).is_object());
  EXPECT_EQ(Value(7).as_double(), 7.0);
}

TEST(Value, FindsMembersOfObjectsOnly) {
  const Value value = Object{{"a", Object{{"b", 1}}}};
  EXPECT_EQ(value.find("a")->find("b")->as_int(), 1);
  EXPECT_EQ(value.find("x"), nullptr);
  EXPECT_EQ(Value("a").find("a"), nullptr);
  EXPECT_EQ(Value(Array{}).find("a"), nullptr);
}

TEST(Value, ComparesDeeply) {
  EXPECT_EQ(Value(Array{1, Object{{"a", 2.0}}}), Value(Array{1.0, Object{{"a", 2}}}));
  EXPECT_NE(Value(Array{1, 2}), Value(Array{2, 1}));
  EXPECT_NE(Value("1"), Value(1));
  EXPECT_NE(Value(false), Value());
}

TEST(ValueDeathTest, AskingForTheWrongKindIsABug) {
  EXPECT_DEATH((void)Value(1).as_string(), "assertion failed");
  EXPECT_DEATH((void)Value(1.5).as_int(), "assertion failed");
  EXPECT_DEATH((void)Value("x").as_double(), "assertion failed");
  EXPECT_DEATH((void)Value().as_object(), "assertion failed");
}

}  // namespace
}  // namespace fleethook::json
