#include "api/multipart.h"

#include "base/text.h"

namespace fleethook::api {
namespace {

// Where the first ';' outside quotes stands (file names may hold some), npos when there is none.
std::size_t item_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\\' && quoted) ++i;
    if (text[i] == ';' && !quoted) return i;
  }
  return std::string_view::npos;
}

// The value of a parameter such as boundary=x or name="x", "" when absent.
std::string parameter(std::string_view header, std::string_view name) {
  std::string_view rest = header;
  while (!rest.empty()) {
    const std::size_t semicolon = item_end(rest);
    std::string_view item = trim_spaces(rest.substr(0, semicolon));
    rest = semicolon == std::string_view::npos ? std::string_view() : rest.substr(semicolon + 1);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || !ascii_iequals(trim_spaces(item.substr(0, equals)), name)) continue;
    std::string_view value = trim_spaces(item.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::string name_of(std::string_view headers) {
  while (!headers.empty()) {
    const std::size_t end = headers.find("\r\n");
    const std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? std::string_view() : headers.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && ascii_iequals(line.substr(0, colon), "content-disposition"))
      return parameter(line.substr(colon + 1), "name");
  }
  return {};
}

}  // namespace

Result<std::vector<Part>> read_multipart(std::string_view content_type, std::string_view body, std::size_t parts_max) {
  const std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70)
    return Error{Fault::kInvalid, "multipart/form-data without a usable boundary"};
  const Error broken{Fault::kInvalid, "the multipart body does not follow its boundary"};
  const std::string first = "--" + boundary;
  const std::string separator = "\r\n--" + boundary;
  std::size_t at = body.starts_with(first) ? first.size() : std::string_view::npos;
  if (at == std::string_view::npos) {
    at = body.find(separator);
    if (at == std::string_view::npos) return broken;
    at += separator.size();
  }
  std::vector<Part> parts;
  for (;;) {
    std::string_view rest = body.substr(at);
    if (rest.starts_with("--")) return parts;
    if (!rest.starts_with("\r\n")) return broken;
    if (parts.size() == parts_max)
      return Error{Fault::kInvalid, "at most " + std::to_string(parts_max) + " parts in a multipart body"};
    const std::size_t head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return broken;
    const std::size_t end = rest.find(separator, head_end + 2);
    if (end == std::string_view::npos) return broken;
    const std::size_t start = head_end + 4;
    parts.push_back(
        {name_of(rest.substr(2, head_end - 2)), start <= end ? rest.substr(start, end - start) : std::string_view()});
    at += end + separator.size();
  }
}

}  // namespace fleethook::api
