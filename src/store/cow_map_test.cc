#include "store/cow_map.h"

#include <map>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/ids.h"

namespace fleethook::store {
namespace {

using Key = core::IntegrationNumber;
using Map = CowMap<Key, std::string>;

template <class Of>
std::map<std::uint64_t, std::string> content(const Of& map) {
  std::map<std::uint64_t, std::string> all;
  map.for_each(
      [&](const Key& key, const std::string& value) { EXPECT_TRUE(all.emplace(key.value, value).second) << "twice"; });
  EXPECT_EQ(all.size(), map.size());
  return all;
}

TEST(CowMap, IsEmptyAtFirst) {
  Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(Key{1}), nullptr);
  const Edit edit;
  EXPECT_FALSE(map.erase(edit, {1}));
  EXPECT_EQ(map.change(edit, {1}), nullptr);
  EXPECT_TRUE(content(map).empty());
}

TEST(CowMap, AddsWhatIsAskedForAndChangesWhatIsThere) {
  Map map;
  const Edit edit;
  map.at(edit, {1}) += "a";
  map.at(edit, {1}) += "b";
  map.set(edit, {2}, "c");
  EXPECT_EQ(*map.find(Key{1}), "ab");
  *map.change(edit, {2}) = "d";
  EXPECT_EQ(content(map), (std::map<std::uint64_t, std::string>{{1, "ab"}, {2, "d"}}));
  EXPECT_TRUE(map.erase(edit, {1}));
  EXPECT_FALSE(map.contains(Key{1}));
  EXPECT_EQ(map.size(), 1U);
}

TEST(CowMap, TextIsFoundByView) {
  CowMap<std::string, int> map;
  const Edit edit;
  map.set(edit, "a name that is too long to be stored inside", 7);
  EXPECT_EQ(*map.find(std::string_view("a name that is too long to be stored inside")), 7);
  EXPECT_EQ(map.find(std::string_view("a name")), nullptr);
}

// Against std::map, over many edits; every snapshot taken on the way must stay what it was.
template <class Of>
void compare_with_model(std::uint64_t seed, std::uint64_t keys) {
  SeededRandom random(seed);
  Of map;
  std::map<std::uint64_t, std::string> model;
  std::vector<std::pair<Of, std::map<std::uint64_t, std::string>>> snapshots;
  for (int round = 0; round < 60; ++round) {
    const Edit edit;
    for (std::uint64_t changes = random.next() % 40; changes > 0; --changes) {
      const Key key{random.next() % keys};
      switch (random.next() % 4) {
        case 0:
          ASSERT_EQ(map.erase(edit, key), model.erase(key.value) == 1);
          break;
        case 1:
          if (std::string* value = map.change(edit, key)) {
            ASSERT_TRUE(model.contains(key.value));
            *value += "x";
            model[key.value] += "x";
          } else {
            ASSERT_FALSE(model.contains(key.value));
          }
          break;
        default:
          map.set(edit, key, std::to_string(round));
          model[key.value] = std::to_string(round);
      }
    }
    for (std::uint64_t key = 0; key < std::min<std::uint64_t>(keys, 100); ++key) {
      const std::string* found = map.find(Key{key});
      const auto expected = model.find(key);
      ASSERT_EQ(found != nullptr, expected != model.end());
      ASSERT_TRUE(found == nullptr || *found == expected->second);
    }
    snapshots.emplace_back(map, model);
  }
  for (const auto& [snapshot, expected] : snapshots) ASSERT_EQ(content(snapshot), expected);
}

TEST(CowMap, EqualsAModelOverRandomEdits) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) compare_with_model<Map>(seed, seed % 2 == 0 ? 30 : 3000);
}

struct SameHash {
  std::uint64_t operator()(const Key&) const { return 0; }
};
struct FewHashes {  // equal in all bits that choose a path, different in none or the highest
  std::uint64_t operator()(const Key& key) const { return (key.value % 3) << 63; }
};

TEST(CowMap, KeysWithEqualHashesAreKeptApart) {
  compare_with_model<CowMap<Key, std::string, SameHash>>(1, 60);
  compare_with_model<CowMap<Key, std::string, FewHashes>>(2, 200);
}

TEST(CowMap, ManyEntriesComeAndGo) {
  Map map;
  {
    const Edit edit;
    for (std::uint64_t i = 0; i < 20'000; ++i) map.set(edit, {i}, std::to_string(i));
  }
  const Map full = map;
  const Edit edit;
  for (std::uint64_t i = 0; i < 20'000; i += 2) ASSERT_TRUE(map.erase(edit, {i}));
  EXPECT_EQ(map.size(), 10'000U);
  EXPECT_EQ(full.size(), 20'000U);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    ASSERT_EQ(map.contains(Key{i}), i % 2 == 1);
    ASSERT_EQ(*full.find(Key{i}), std::to_string(i));
  }
  for (std::uint64_t i = 1; i < 20'000; i += 2) ASSERT_TRUE(map.erase(edit, {i}));
  EXPECT_TRUE(content(map).empty());
}

struct Counted {
  static inline int copies = 0;
  int value = 0;
  Counted() = default;
  explicit Counted(int v) : value(v) {}
  Counted(const Counted& other) : value(other.value) { ++copies; }
  Counted(Counted&&) noexcept = default;
  Counted& operator=(const Counted& other) {
    value = other.value;
    ++copies;
    return *this;
  }
  Counted& operator=(Counted&&) noexcept = default;
};

// What makes a change cheap however large the map is.
TEST(CowMap, AChangeCopiesOneLeafOnly) {
  CowMap<Key, Counted> map;
  {
    const Edit edit;
    for (std::uint64_t i = 0; i < 100'000; ++i) map.set(edit, {i}, Counted(1));
  }
  const auto snapshot = map;
  Counted::copies = 0;
  {
    const Edit edit;
    map.at(edit, {4711}).value = 2;
    const int first = Counted::copies;
    EXPECT_LE(first, 16);
    map.at(edit, {4711}).value = 3;
    EXPECT_EQ(Counted::copies, first) << "the same edit copies a leaf once";
  }
  EXPECT_EQ(snapshot.find(Key{4711})->value, 1);
  EXPECT_EQ(map.find(Key{4711})->value, 3);
}

TEST(CowMap, DeviceIdsThatDifferInOneByteSpread) {
  const SpreadHash hash;
  for (std::size_t byte = 0; byte < 12; ++byte) {
    std::map<std::uint64_t, int> low;
    for (unsigned v = 0; v < 256; ++v) {
      core::DeviceId id;
      id.bytes[byte] = static_cast<std::uint8_t>(v);
      ++low[hash(id) & 63];
    }
    EXPECT_GT(low.size(), 50U) << "byte " << byte;
  }
}

TEST(CowMap, SnapshotsMayBeReadAndDroppedWhileTheNextIsMade) {
  Map map;
  for (std::uint64_t round = 0; round < 50; ++round) {
    {
      const Edit edit;
      for (std::uint64_t i = 0; i < 20; ++i) map.set(edit, {round * 7 + i}, std::to_string(round));
    }
    std::thread reader([snapshot = map, round] { EXPECT_EQ(*snapshot.find(Key{round * 7}), std::to_string(round)); });
    const Edit edit;
    map.set(edit, {round * 7}, "changed");
    reader.join();
  }
}

}  // namespace
}  // namespace fleethook::store
