#include "base/keyring.h"

#include <gtest/gtest.h>

namespace fleethook::crypto {
namespace {

class KeyringTest : public ::testing::Test {
 protected:
  SeededRandom random_{7};
  Keyring keyring_ = Keyring::make(random_);
};

TEST_F(KeyringTest, OpensWhatItSealedWhereItBelongs) {
  for (const std::string& plain :
       {std::string("secret"), std::string(), std::string("a\0b", 3), std::string(8192, 'x')}) {
    const std::string sealed = keyring_.seal(plain, "o:1/NAME", random_);
    EXPECT_TRUE(plain.empty() || sealed.find(plain) == std::string::npos);
    EXPECT_EQ(*keyring_.open(sealed, "o:1/NAME"), plain);
    EXPECT_TRUE(keyring_.is_current(sealed));
    for (const char* elsewhere : {"o:2/NAME", "o:1/NAMES", "o:1/NAM", ""}) {
      EXPECT_EQ(keyring_.open(sealed, elsewhere).error().fault, Fault::kCorrupt) << elsewhere;
    }
  }
  EXPECT_NE(keyring_.seal("a", "b", random_), keyring_.seal("a", "b", random_)) << "each has a nonce of its own";
}

TEST_F(KeyringTest, NoticesEveryChangedBitAndEveryMissingByte) {
  const std::string sealed = keyring_.seal("secret", "here", random_);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(keyring_.open(changed, "here").ok()) << bit;
  }
  for (std::size_t bytes = 0; bytes < sealed.size(); ++bytes)
    EXPECT_FALSE(keyring_.open(sealed.substr(0, bytes), "here").ok()) << bytes;
  EXPECT_FALSE(keyring_.open(sealed + '\0', "here").ok());
}

TEST_F(KeyringTest, AnotherKeyDoesNotOpenItAndTheErrorNamesTheOneThatDoes) {
  const std::string sealed = keyring_.seal("secret", "here", random_);
  const Keyring other = Keyring::make(random_);
  const auto opened = other.open(sealed, "here");
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find(keyring_.current_id()), std::string::npos) << opened.error().message;
  EXPECT_FALSE(Keyring().open(sealed, "here").ok());
  EXPECT_FALSE(other.is_current(sealed));
}

TEST_F(KeyringTest, ANewKeySealsWhileTheOldOneStillOpens) {
  const std::string old_id = keyring_.current_id();
  const std::string before = keyring_.seal("one", "here", random_);
  keyring_.add_key(random_);
  EXPECT_NE(keyring_.current_id(), old_id);
  const std::string after = keyring_.seal("two", "here", random_);
  EXPECT_FALSE(keyring_.is_current(before));
  EXPECT_TRUE(keyring_.is_current(after));
  EXPECT_EQ(*keyring_.open(before, "here"), "one");
  EXPECT_EQ(*keyring_.open(after, "here"), "two");
  keyring_.drop_old_keys();
  EXPECT_FALSE(keyring_.open(before, "here").ok());
  EXPECT_EQ(*keyring_.open(after, "here"), "two");
}

TEST_F(KeyringTest, IsReadBackAsItWasWritten) {
  const std::string sealed_before = keyring_.seal("one", "here", random_);
  keyring_.add_key(random_);
  const auto read = Keyring::parse(keyring_.str());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->str(), keyring_.str());
  EXPECT_EQ(read->size(), 2U);
  EXPECT_EQ(read->current_id(), keyring_.current_id());
  EXPECT_EQ(*read->open(sealed_before, "here"), "one");
}

TEST_F(KeyringTest, ADamagedFileIsRefusedByLineAndShowsNoKey) {
  const std::string text = keyring_.str();
  const std::string key = text.substr(text.size() - 65, 64);
  std::string changed = text;
  changed[changed.size() - 2] = changed[changed.size() - 2] == '0' ? '1' : '0';
  for (const std::string& bad :
       {std::string(), std::string("# nothing\n"), changed, text.substr(0, text.size() - 3), text + "more\n",
        std::string(40, 'z') + "\n", text + text.substr(text.rfind('\n', text.size() - 2) + 2)}) {
    const auto read = Keyring::parse(bad);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_EQ(read.error().fault, Fault::kCorrupt);
    EXPECT_EQ(read.error().message.find(key.substr(0, 8)), std::string::npos);
  }
  EXPECT_NE(Keyring::parse(changed).error().message.find("line 3"), std::string::npos);
}

}  // namespace
}  // namespace fleethook::crypto
