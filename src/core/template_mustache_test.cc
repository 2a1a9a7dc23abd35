// Held against mustache.js 4.2.0 with its `escape` set to & < > " ': tests/cases/mustache.jsonl has what it makes of
// random templates and data, well-formed and not. To make it anew: cd tests/mustache && npm ci && node corpus.mjs.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/template.h"

namespace fleethook::core {
namespace {

// Compilers may be told relative source paths, so look upwards from the working folder too.
std::filesystem::path corpus() {
  const std::filesystem::path file = "tests/cases/mustache.jsonl";
  const std::filesystem::path starts[] = {std::filesystem::path(__FILE__).parent_path(),
                                          std::filesystem::current_path()};
  for (std::filesystem::path folder : starts) {
    for (; !folder.empty(); folder = folder.parent_path()) {
      if (std::filesystem::exists(folder / file)) return folder / file;
      if (folder == folder.root_path()) break;
    }
  }
  return {};
}

TEST(TemplateAgainstMustacheJs, GivesTheSameTextOrRefusesTheSameTemplates) {
  std::ifstream lines(corpus());
  ASSERT_TRUE(lines.is_open()) << "tests/cases/mustache.jsonl is missing";
  std::string line;
  int rendered = 0;
  int refused = 0;
  while (std::getline(lines, line)) {
    const auto one = json::parse(line);
    ASSERT_TRUE(one.ok()) << line << "\n" << one.error().message;
    const std::string& text = one->find("template")->as_string();
    TemplateError error;
    const auto compiled = Template::compile(text, {}, &error);
    if (one->find("error") != nullptr) {
      EXPECT_FALSE(compiled.ok()) << line;
      EXPECT_GE(error.line, 1U);
      EXPECT_GE(error.column, 1U);
      ++refused;
      continue;
    }
    ASSERT_TRUE(compiled.ok()) << line << "\n" << compiled.error().message;
    std::string out;
    const auto result = compiled->render(DataVariables(*one->find("data")), out, 1'000'000);
    EXPECT_TRUE(result.ok()) << line;
    EXPECT_EQ(out, one->find("expected")->as_string()) << line;
    ++rendered;
  }
  EXPECT_GT(rendered, 2000);
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace fleethook::core
