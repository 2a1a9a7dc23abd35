#include <cstdio>
#include <string>

#include "core/template.h"
#include "json/value.h"
#include "server/commands.h"

namespace fleethook::server {
namespace {

// One line from stdin without its end; false at the end of the input.
bool read_line(std::string& line) {
  line.clear();
  char buffer[64 * 1024];
  while (std::fgets(buffer, sizeof buffer, stdin) != nullptr) {
    line += buffer;
    if (line.ends_with('\n')) {
      line.pop_back();
      return true;
    }
  }
  return !line.empty();
}

json::Value problem(const std::string& message) {
  return json::Object{{"error", message}};
}

json::Value render_line(const std::string& line) {
  auto request = json::parse(line);
  if (!request.ok()) return problem(request.error().message);
  const json::Value* text = request->find("template");
  if (text == nullptr || !text->is_string()) return problem("template: expected text");
  core::TemplateError place;
  const auto compiled = core::Template::compile(text->as_string(), {}, &place);
  if (!compiled.ok()) return json::Object{{"error", place.message}, {"line", place.line}, {"column", place.column}};
  const json::Value* data = request->find("data");
  const json::Value none;
  const core::DataVariables variables(data != nullptr ? *data : none);
  std::string out;
  const auto rendered = compiled->render(variables, out, Limits{}.rendered_body_bytes_max);
  return rendered.ok() ? json::Value(std::move(out)) : problem(rendered.error().message);
}

}  // namespace

int render() {
  std::string line;
  while (read_line(line)) {
    if (line.empty()) continue;
    std::printf("%s\n", json::write(render_line(line)).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace fleethook::server
