#include "http/message.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "http/serialize.h"

namespace fleethook::http {
namespace {

// What most messages need, so that they do not grow in small steps.
constexpr std::size_t kUsualTextBytes = 256;
constexpr std::size_t kUsualFields = 8;

// Whoever writes a message looks at these one by one.
bool is_writers(std::string_view name) {
  switch (name.size()) {
    case 4:
      return ascii_iequals(name, "Host") || ascii_iequals(name, "Date");
    case 10:
      return ascii_iequals(name, "Connection");
    case 14:
      return ascii_iequals(name, "Content-Length");
    case 17:
      return ascii_iequals(name, "Transfer-Encoding");
    default:
      return false;
  }
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  const bool stays_plain = plain_ && is_header_name(name) && is_header_value(value) && !is_writers(name);
  add_read(name, value);
  plain_ = stays_plain;
}

void Headers::add_read(std::string_view name, std::string_view value) {
  if (fields_.capacity() == 0) reserve(kUsualTextBytes, kUsualFields);
  if (is_ours(name) ||
      is_ours(value)) {  // a field of this very object: it would move under the views while text_ grows
    const std::string name_copy(name), value_copy(value);
    return add_read(name_copy, value_copy);
  }
  const std::size_t at = text_.size();
  const Field field{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  text_.resize(at + field.size());
  char* out = text_.data() + at;
  out = std::copy(name.begin(), name.end(), out);
  *out++ = ':';
  *out++ = ' ';
  out = std::copy(value.begin(), value.end(), out);
  *out++ = '\r';
  *out = '\n';
  fields_.push_back(field);
  plain_ = false;
}

bool Headers::is_ours(std::string_view text) const {
  const std::less_equal<const char*> before;
  return before(text_.data(), text.data()) && before(text.data() + text.size(), text_.data() + text_.size());
}

void Headers::set(std::string_view name, std::string_view value) {
  if (!has(name)) return add(name, value);
  const std::string name_copy(name), value_copy(value);  // may be views into this object, which remove() invalidates
  remove(name_copy);
  add(name_copy, value_copy);
}

void Headers::extend_last(std::string_view text) {
  text_.insert(text_.size() - 2, text);
  fields_.back().value_size += static_cast<std::uint32_t>(text.size());
  plain_ = plain_ && is_header_value(text);
}

void Headers::remove(std::string_view name) {
  std::size_t removed = 0;  // bytes of text_, before the field that is looked at
  std::vector<Field> kept;
  kept.reserve(fields_.size());
  for (Field field : fields_) {
    field.at -= static_cast<std::uint32_t>(removed);
    if (ascii_iequals({text_.data() + field.at, field.name_size}, name)) {
      text_.erase(field.at, field.size());
      removed += field.size();
    } else {
      kept.push_back(field);
    }
  }
  fields_ = std::move(kept);
}

std::string_view Headers::get(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].name_size == name.size() && ascii_iequals(name_at(i), name)) return value_at(i);
  }
  return {};
}

std::string_view Headers::name_at(std::size_t index) const {
  return {text_.data() + fields_[index].at, fields_[index].name_size};
}

std::string_view Headers::value_at(std::size_t index) const {
  return {text_.data() + fields_[index].value_at(), fields_[index].value_size};
}

void Headers::clear() {
  text_.clear();
  fields_.clear();
  plain_ = true;
}

void Headers::reserve(std::size_t text_bytes, std::size_t fields) {
  text_.reserve(text_bytes + 4 * fields);
  fields_.reserve(fields);
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

Response Response::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

std::string_view reason_phrase(int status) {
  // clang-format off
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 418: return "I'm a teapot";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
  }
  // clang-format on
}

}  // namespace fleethook::http
