#include "core/prefix_trie.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

using Trie = PrefixTrie<int>;

std::vector<int> matches(const Trie& trie, std::string_view name) {
  std::vector<int> found;
  trie.match(name, [&](int value) { found.push_back(value); });
  return found;
}

// The obvious matcher, in the order that the trie promises: shortest prefix first, then order of adding.
struct Naive {
  std::vector<std::pair<std::string, int>> entries;

  void add(std::string prefix, int value) { entries.emplace_back(std::move(prefix), value); }
  bool remove(const std::string& prefix, int value) {
    const auto at = std::find(entries.begin(), entries.end(), std::pair(prefix, value));
    if (at == entries.end()) return false;
    entries.erase(at);
    return true;
  }
  std::vector<int> matches(std::string_view name) const {
    std::vector<int> found;
    for (std::size_t length = 0; length <= name.size(); ++length) {
      for (const auto& [prefix, value] : entries) {
        if (prefix == name.substr(0, length)) found.push_back(value);
      }
    }
    return found;
  }
};

using Ints = std::vector<int>;

TEST(PrefixTrie, MatchesEveryPrefixOfTheNameShortestFirst) {
  const Trie trie =
      Trie().with("temp", 1).with("temperature", 2).with("t", 3).with("hum", 4).with("", 5).with("temperature/", 6);
  struct Case {
    std::string_view name;
    Ints expected;
  };
  const Case cases[] = {
      {"temp", {5, 3, 1}},
      {"temperature/x", {5, 3, 1, 2, 6}},
      {"temperature", {5, 3, 1, 2}},
      {"tempera", {5, 3, 1}},
      {"Temp", {5}},       // case counts
      {"high_temp", {5}},  // only at the start
      {"te", {5, 3}},
      {"hum", {5, 4}},
      {"hu", {5}},
      {"", {5}},
      {"zzz", {5}},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(trie, c.name), c.expected) << c.name;
}

TEST(PrefixTrie, AnEmptyOneMatchesNothing) {
  EXPECT_TRUE(Trie().empty());
  EXPECT_EQ(Trie().size(), 0U);
  EXPECT_TRUE(matches(Trie(), "").empty());
  EXPECT_TRUE(matches(Trie(), "a").empty());
  EXPECT_TRUE(Trie().without("a", 1).empty());
  EXPECT_TRUE(Trie::of({}).empty());
}

TEST(PrefixTrie, KeepsSeveralValuesUnderOnePrefixInOrderOfAdding) {
  const Trie trie = Trie().with("a", 2).with("a", 1).with("a", 2);
  EXPECT_EQ(trie.size(), 3U);
  EXPECT_EQ(matches(trie, "abc"), (Ints{2, 1, 2}));
  EXPECT_EQ(matches(trie.without("a", 2), "abc"), (Ints{1, 2}));  // the first one goes
}

TEST(PrefixTrie, RemovingWhatIsNotThereChangesNothing) {
  const Trie trie = Trie().with("ab", 1).with("abc", 2);
  for (const auto& [prefix, value] :
       std::vector<std::pair<std::string, int>>{{"ab", 2}, {"a", 1}, {"abcd", 2}, {"", 1}, {"x", 1}, {"abd", 1}}) {
    const Trie same = trie.without(prefix, value);
    EXPECT_EQ(same.size(), 2U) << prefix;
    EXPECT_EQ(matches(same, "abcd"), (Ints{1, 2})) << prefix;
  }
}

TEST(PrefixTrie, BytesAboveAsciiAndZeroAreBytesLikeOthers) {
  using namespace std::string_view_literals;
  const Trie trie = Trie().with("\xc3\xa4"sv, 1).with("\xc3"sv, 2).with("\0a"sv, 3).with("\xff"sv, 4).with("a"sv, 5);
  EXPECT_EQ(matches(trie, "\xc3\xa4x"sv), (Ints{2, 1}));
  EXPECT_EQ(matches(trie, "\xc3\xb6"sv), (Ints{2}));
  EXPECT_EQ(matches(trie, "\0ab"sv), (Ints{3}));
  EXPECT_EQ(matches(trie, "\0"sv), (Ints{}));
  EXPECT_EQ(matches(trie, "\xff\xff"sv), (Ints{4}));
}

TEST(PrefixTrie, TellsHowManyValuesOneNameCanMatchAtMost) {
  const Trie trie = Trie()
                        .with("temp", 1)
                        .with("temp", 2)
                        .with("temperature", 3)
                        .with("temperature/in", 4)
                        .with("tempo", 5)
                        .with("t", 6)
                        .with("hum", 7);
  EXPECT_EQ(Trie().most_matched("x"), 0U);
  EXPECT_EQ(trie.most_matched(""), 5U) << "temperature/in";
  EXPECT_EQ(trie.most_matched("t"), 5U);
  EXPECT_EQ(trie.most_matched("tempe"), 5U) << "in the middle of a label";
  EXPECT_EQ(trie.most_matched("tempo"), 4U);
  EXPECT_EQ(trie.most_matched("tempo/x"), 4U) << "nothing below";
  EXPECT_EQ(trie.most_matched("tempi"), 3U);
  EXPECT_EQ(trie.most_matched("h"), 1U);
  EXPECT_EQ(trie.most_matched("x"), 0U);
}

TEST(PrefixTrie, AnEditLeavesOldSnapshotsAsTheyWere) {
  const Trie before = Trie().with("abc", 1).with("abd", 2);
  const Trie more = before.with("ab", 3);
  const Trie less = more.without("abc", 1);
  EXPECT_EQ(matches(before, "abc"), (Ints{1}));
  EXPECT_EQ(matches(more, "abc"), (Ints{3, 1}));
  EXPECT_EQ(matches(less, "abc"), (Ints{3}));
  EXPECT_EQ(matches(less, "abd"), (Ints{3, 2}));
}

// Few letters and short names, so that prefixes collide, split and merge all the time.
std::string random_name(std::mt19937& random, std::size_t length_max, std::string_view letters = "ab/") {
  std::string name(random() % (length_max + 1), '\0');
  for (char& c : name) c = letters[random() % letters.size()];
  return name;
}

TEST(PrefixTrie, AgreesWithTheObviousMatcherThroughRandomEdits) {
  std::mt19937 random(20260131);
  for (int round = 0; round < 40; ++round) {
    Trie trie;
    Naive naive;
    std::vector<std::pair<Trie, Naive>> snapshots;
    for (int edit = 0; edit < 150; ++edit) {
      const std::string prefix = random_name(random, 6);
      const int value = static_cast<int>(random() % 3);
      if (random() % 5 < 3) {
        trie = trie.with(prefix, value);
        naive.add(prefix, value);
      } else {
        trie = trie.without(prefix, value);
        naive.remove(prefix, value);
      }
      ASSERT_EQ(trie.size(), naive.entries.size());
      ASSERT_EQ(trie.empty(), naive.entries.empty());
      const std::string name = random_name(random, 9);
      ASSERT_EQ(matches(trie, name), naive.matches(name)) << name;
      if (edit % 25 == 0) snapshots.emplace_back(trie, naive);
    }
    const Trie at_once = Trie::of(naive.entries);
    ASSERT_EQ(at_once.size(), naive.entries.size());
    for (int look = 0; look < 30; ++look) {
      const std::string name = random_name(random, 9);
      ASSERT_EQ(matches(at_once, name), naive.matches(name)) << name;
      ASSERT_EQ(at_once.steps(name), trie.steps(name)) << "the shape must not depend on the way it was built: " << name;
      for (const auto& [old, model] : snapshots) ASSERT_EQ(matches(old, name), model.matches(name)) << name;
    }
    while (!naive.entries.empty()) {  // down to nothing, in random order
      const auto [prefix, value] = naive.entries[random() % naive.entries.size()];
      trie = trie.without(prefix, value);
      naive.remove(prefix, value);
      const std::string name = random_name(random, 9);
      ASSERT_EQ(matches(trie, name), naive.matches(name)) << name;
    }
    EXPECT_TRUE(trie.empty());
  }
}

TEST(PrefixTrie, ALookupDoesNotGetLongerWithAHundredThousandOtherPrefixes) {
  Trie small = Trie().with("plant/line7/temperature", 1).with("plant/", 2);
  std::vector<std::pair<std::string, int>> entries{{"plant/line7/temperature", 1}, {"plant/", 2}};
  for (int i = 0; i < 100'000; ++i) entries.emplace_back("site" + std::to_string(i) + "/temperature", i);
  const Trie large = Trie::of(entries);
  EXPECT_EQ(large.size(), 100'002U);
  const std::string_view name = "plant/line7/temperature/max";
  EXPECT_EQ(matches(large, name), (Ints{2, 1}));
  EXPECT_EQ(large.steps(name), small.steps(name));
  // Among the many too: one node for each digit that branches.
  EXPECT_EQ(matches(large, "site31415/temperature/x"), (Ints{31415}));
  EXPECT_LE(large.steps("site31415/temperature/x"), 8U);
}

TEST(PrefixTrie, AnEditSharesWhatItDoesNotTouch) {
  // Values that count their copies: an edit beside them must not copy any.
  struct Counted {
    int id = 0;
    std::shared_ptr<int> alive = std::make_shared<int>(0);
    bool operator==(const Counted& other) const { return id == other.id; }
  };
  const Counted far{1};
  const auto trie = PrefixTrie<Counted>().with("far/away", far).with("here", Counted{2});
  const long before = far.alive.use_count();
  const auto edited = trie.with("here/there", Counted{3}).without("here", Counted{2});
  EXPECT_EQ(far.alive.use_count(), before);
  EXPECT_EQ(edited.size(), 2U);
}

}  // namespace
}  // namespace fleethook::core
