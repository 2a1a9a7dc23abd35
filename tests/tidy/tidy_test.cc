// Holds what must never break silently: a folder of src/ includes only itself and the layers below it, and each
// third-party library appears in its one place; no file is empty. A failure names file, line and what to use instead.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "layer_table.h"

namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(FLEETHOOK_SOURCE_DIR) / "src";

struct Layer {
  std::string folder, name;
  std::vector<std::string> depends;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

std::vector<Layer> layers() {
  std::vector<Layer> found;
  for (const char* row : kLayerTable) {
    const auto parts = split(row, ':');
    Layer layer{parts.at(0), parts.at(1), {}};
    if (parts.size() > 2) layer.depends = split(parts[2], ',');
    found.push_back(layer);
  }
  return found;
}

// The folders a layer may include: its own, and everything below.
std::map<std::string, std::set<std::string>> visible_folders() {
  std::map<std::string, std::set<std::string>> by_name;
  for (const Layer& layer : layers()) {  // lowest first, so what is below is complete
    std::set<std::string>& seen = by_name[layer.name];
    seen.insert(layer.folder);
    for (const std::string& below : layer.depends) {
      EXPECT_TRUE(by_name.contains(below))
          << layer.name << " depends on " << below << ", which is declared later or not at all";
      seen.insert(by_name[below].begin(), by_name[below].end());
    }
  }
  std::map<std::string, std::set<std::string>> by_folder;
  for (const Layer& layer : layers()) by_folder[layer.folder] = by_name[layer.name];
  return by_folder;
}

struct Include {
  fs::path file;
  int line = 0;
  std::string target;
  bool angle = false;
};

bool is_test(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const char* end : {"_test.cc", "_contract.h", "_bench.cc", "_test_support.h", "_fixture.h", "_for_tests.h"}) {
    if (name.ends_with(end)) return true;
  }
  return file.string().find("/testing/") != std::string::npos;
}

std::vector<Include> includes_under(const fs::path& root) {
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cc") continue;
    std::ifstream stream(entry.path());
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
      ++number;
      if (line.find("#include") != 0) continue;
      const std::size_t open = line.find_first_of("<\"");
      if (open == std::string::npos) continue;
      const std::size_t close = line.find_first_of(">\"", open + 1);
      found.push_back({entry.path(), number, line.substr(open + 1, close - open - 1), line[open] == '<'});
    }
  }
  return found;
}

std::string folder_of(const fs::path& file) {
  return fs::relative(file.parent_path(), kSource).generic_string();
}

std::string place(const Include& include) {
  return fs::relative(include.file, kSource.parent_path()).generic_string() + ":" + std::to_string(include.line);
}

struct Ban {
  std::string prefix;                // of the include
  std::vector<std::string> allowed;  // folders, or files that end so
  std::string instead;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans = {
      {"boost/asio.hpp", {}, "the narrow header of what is used"},
      {"boost/asio/awaitable", {}, "callbacks, a state machine"},
      {"boost/asio/co_spawn", {}, "callbacks, a state machine"},
      {"boost/asio/use_awaitable", {}, "callbacks, a state machine"},
      {"coroutine", {}, "callbacks, a state machine"},
      {"boost/asio", {"net"}, "an http::Stream& or a Loop&"},
      {"openssl/", {"net"}, "an http::Stream& or a Loop&"},
      {"ares", {"net"}, "net::Resolver"},
      {"boost/beast/core/tcp_stream", {}, "http::Stream"},
      {"boost/beast/http/read", {}, "http's parser fed bytes"},
      {"boost/beast/http/write", {}, "http/serialize.h"},
      {"boost/beast.hpp", {}, "http's own types"},
      {"boost/beast/http.hpp", {}, "http's own types"},
      {"boost/beast", {"http"}, "http's own types"},
      {"zlib.h", {"http"}, "http/content_coding.h"},
      {"sqlite3.h", {"sqlite"}, "sqlite/database.h"},
      {"simdjson", {"json"}, "json/value.h"},
      {"spdlog/", {"base"}, "base/log.h"},
      {"fmt/", {"base"}, "base/log.h, std::to_string"},
      {"sodium", {"base"}, "base/crypto.h"},
      {"CLI/", {"server"}, "server/config.h"},
      {"regex", {}, "a hand-written matcher"},
      {"iostream", {}, "base/log.h"},
  };
  return kBans;
}

TEST(Layers, AFolderIncludesOnlyItselfAndWhatIsBelow) {
  const auto visible = visible_folders();
  std::set<std::string> folders;
  for (const auto& [folder, below] : visible) folders.insert(folder);
  std::size_t checked = 0;
  for (const Include& include : includes_under(kSource)) {
    if (include.angle) continue;
    const std::string from = folder_of(include.file);
    const std::string to = fs::path(include.target).parent_path().generic_string();
    ASSERT_TRUE(folders.contains(from)) << place(include) << ": folder src/" << from
                                        << " has no fleethook_layer() in CMakeLists.txt";
    ++checked;
    const bool testing = to == "testing" || to == "testing/base";
    if (testing && is_test(include.file)) continue;
    if (is_test(include.file) && to == "sqlite") continue;  // the faulty file system
    EXPECT_TRUE(visible.at(from).contains(to)) << place(include) << ": src/" << from << " may not include \""
                                               << include.target << "\"; its layers are listed in CMakeLists.txt";
  }
  EXPECT_GT(checked, 100U) << "the walk found too little: is " << kSource << " right?";
}

TEST(BannedIncludes, EachThirdPartyLibraryStaysInItsPlace) {
  for (const Include& include : includes_under(kSource)) {
    if (!include.angle) continue;
    for (const Ban& ban : bans()) {
      if (!include.target.starts_with(ban.prefix)) continue;
      const std::string folder = folder_of(include.file);
      const bool allowed = std::find(ban.allowed.begin(), ban.allowed.end(), folder) != ban.allowed.end();
      EXPECT_TRUE(allowed) << place(include) << ": <" << include.target
                           << "> is not allowed here; instead: " << ban.instead;
      break;
    }
  }
}

TEST(BannedIncludes, AnEntryMatchesWhatItIsMeantFor) {
  const auto first = [](const std::string& target) {
    for (const Ban& ban : bans()) {
      if (target.starts_with(ban.prefix)) return ban.prefix;
    }
    return std::string();
  };
  EXPECT_EQ(first("boost/asio/ip/tcp.hpp"), "boost/asio");
  EXPECT_EQ(first("boost/asio.hpp"), "boost/asio.hpp");
  EXPECT_EQ(first("boost/beast/http/basic_parser.hpp"), "boost/beast");
  EXPECT_EQ(first("vector"), "");
}

TEST(Headers, OpenWithWhatTheyAreFor) {
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream stream(entry.path());
    std::string line;
    std::getline(stream, line);
    EXPECT_TRUE(line.starts_with("// ")) << fs::relative(entry.path(), kSource)
                                         << ": the first line says what the header is for";
  }
}

TEST(Files, HaveSomethingInThem) {
  std::size_t checked = 0;
  for (const char* folder : {"src", "tests/sim", "tests/sharing", "tests/fuzz", "tests/tidy"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kSource.parent_path() / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      EXPECT_GT(entry.file_size(), 0U) << fs::relative(entry.path(), kSource.parent_path()) << " is empty";
      ++checked;
    }
  }
  EXPECT_GT(checked, 500U);
}

TEST(Folders, HaveAReadme) {
  for (const Layer& layer : layers()) {
    EXPECT_TRUE(fs::exists(kSource / layer.folder / "README.md")) << "src/" << layer.folder << "/README.md is missing";
  }
}

}  // namespace
