#include "server/master_key.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/data_folder.h"
#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::server {
namespace {

const store::Actor kAnn{{}, "ann@example.com"};

class MasterKeyTest : public ::testing::Test {
 protected:
  std::string data() const { return folder_ / "data"; }
  std::string key_path() const { return master_key_path(data(), ""); }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Result<std::unique_ptr<DataFolder>> open(bool create = false, const std::string& key_file = "") {
    return DataFolder::open(data(), create, clock_, random_, key_file);
  }
  // A data folder with one secret, and an integration with a literal credential.
  void make() {
    const auto folder = open(true);
    ASSERT_TRUE(folder.ok()) << folder.error().message;
    const auto ann = (*folder)->store().create_user({"ann@example.com", "", json::Object{}, false}, {});
    owner_ = store::SecretOwner::of(ann->id);
    ASSERT_TRUE((*folder)->store().put_secret(owner_, {"KEY", "plain text"}, kAnn).ok());
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = "https://example.com/";
    config.headers = {{"X-Key", "literal"}};
    ASSERT_TRUE((*folder)->store().create_integration({core::Scope::kSandbox, ann->id, {}, {}, ann->id, config}).ok());
  }
  std::string value() {
    const auto folder = open();
    if (!folder.ok()) return folder.error().message;
    const auto catalog = (*folder)->store().catalog();
    const auto integrations = catalog->sandbox_integrations_of(owner_.user);
    EXPECT_EQ(integrations.size(), 1U);
    EXPECT_EQ(*integrations.at(0)->config.headers.find("X-Key"), json::Value("literal"));
    return catalog->secrets(owner_)->at("KEY")->value;
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  store::SecretOwner owner_;
};

TEST_F(MasterKeyTest, IsMadeWithTheFolderForItsOwnerOnly) {
  make();
  struct stat file {};
  ASSERT_EQ(stat(key_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  const std::string before = text_of(key_path());
  EXPECT_EQ(value(), "plain text");
  EXPECT_EQ(text_of(key_path()), before) << "opening writes nothing";
}

TEST_F(MasterKeyTest, IsMadeForAnOlderFolderThatHasNoSecretYet) {
  ASSERT_TRUE(open(true).ok());
  std::filesystem::remove(key_path());
  EXPECT_TRUE(open().ok());
  EXPECT_TRUE(read_master_keys(key_path()).ok());
}

TEST_F(MasterKeyTest, MayStandElsewhere) {
  const std::string elsewhere = folder_ / "elsewhere.key";
  ASSERT_TRUE(open(true, elsewhere).ok());
  EXPECT_TRUE(std::filesystem::exists(elsewhere));
  EXPECT_FALSE(std::filesystem::exists(key_path()));
}

TEST_F(MasterKeyTest, AMissingOrWrongOrDamagedFileIsAClearErrorAndNothingIsWritten) {
  make();
  const std::string right = text_of(key_path());
  std::filesystem::remove(key_path());
  auto result = open();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kNotFound);
  for (const std::string& part : {key_path(), std::string("1 secrets"), std::string("--master-key-file")})
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
  EXPECT_FALSE(std::filesystem::exists(key_path()));

  ASSERT_TRUE(write_master_keys(key_path(), crypto::Keyring::make(random_)).ok());
  const std::string wrong = text_of(key_path());
  result = open();
  ASSERT_FALSE(result.ok());
  for (const std::string& part : {key_path(), std::string("KEY"), std::string("belongs to this data")})
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
  EXPECT_EQ(text_of(key_path()), wrong);

  std::ofstream(key_path(), std::ios::trunc) << right.substr(0, right.size() / 2);
  result = open();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kCorrupt);
  EXPECT_NE(result.error().message.find(key_path()), std::string::npos);

  std::ofstream(key_path(), std::ios::trunc) << right;
  EXPECT_EQ(value(), "plain text");
}

TEST_F(MasterKeyTest, RotationSealsEverySecretWithANewKeyAndForgetsTheOldOne) {
  make();
  const std::string before = text_of(key_path());
  const auto rotated = rotate_master_key(data(), "", random_);
  ASSERT_TRUE(rotated.ok()) << rotated.error().message;
  EXPECT_EQ(rotated->secrets, 1U);
  EXPECT_GE(rotated->rows, 2U) << "a configuration, and what the audit log says";
  const auto keys = read_master_keys(key_path());
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->current_id(), rotated->key_id);
  EXPECT_EQ(value(), "plain text");
  std::ofstream(key_path(), std::ios::trunc) << before;
  EXPECT_NE(value(), "plain text") << "the old key opens nothing any more";
}

TEST_F(MasterKeyTest, ARotationThatCrashesAtAnyStepLosesNothingAndTheNextOneFinishes) {
  make();
  for (const RotationStep crash :
       {RotationStep::kNewKeyWritten, RotationStep::kSecretsSealed, RotationStep::kOldKeysDropped}) {
    const auto crashed = rotate_master_key(data(), "", random_, [&](RotationStep step) { return step != crash; });
    ASSERT_FALSE(crashed.ok());
    EXPECT_EQ(value(), "plain text") << "after step " << static_cast<int>(crash);
    // A rest of a file that was being written when it crashed.
    std::ofstream(key_path() + ".new") << "half a k";
    EXPECT_EQ(value(), "plain text");
  }
  EXPECT_TRUE(
      rotate_master_key(data(), "", random_, [](RotationStep step) { return step != RotationStep::kNewKeyWritten; })
          .error()
          .fault == Fault::kUnavailable);
  EXPECT_EQ(read_master_keys(key_path())->size(), 2U);
  ASSERT_TRUE(rotate_master_key(data(), "", random_).ok());
  EXPECT_EQ(read_master_keys(key_path())->size(), 1U);
  EXPECT_EQ(value(), "plain text");
}

TEST_F(MasterKeyTest, RotationWaitsForNobodyAndRefusesAFolderInUse) {
  make();
  const std::string before = text_of(key_path());
  {
    const auto folder = open();
    ASSERT_TRUE(folder.ok());
    const auto refused = rotate_master_key(data(), "", random_);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kConflict);
  }
  EXPECT_EQ(text_of(key_path()), before);
  EXPECT_EQ(rotate_master_key(folder_ / "nothing", "", random_).error().fault, Fault::kNotFound);
  std::filesystem::remove(key_path());
  EXPECT_EQ(rotate_master_key(data(), "", random_).error().fault, Fault::kNotFound) << "secrets need the file";
}

}  // namespace
}  // namespace fleethook::server
