#include "http/answer_head.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "http/serialize.h"

namespace fleethook::http {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A value as it may be kept: control characters, a lone CR among them, become spaces (RFC 9112 2.2).
std::string header_text(std::string_view value) {
  std::string text(value);
  std::replace_if(
      text.begin(), text.end(),
      [](char c) {
        return !is_header_value({&c, 1});
      },
      ' ');
  return text;
}

// Calls `each` with the members of a list with commas between.
template <class Each>
void for_each_member(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::string_view member = list.substr(0, list.find(','));
    list.remove_prefix(std::min(member.size() + 1, list.size()));
    if (const std::string_view text = trim_spaces(member); !text.empty()) each(text);
  }
}

// "HTTP/1.1 200 OK", with as little of it as leaves no doubt. 0 = is none.
int status_of(std::string_view line, bool& http_1_0) {
  if (line.size() < 5 || !ascii_iequals(line.substr(0, 5), "HTTP/")) return 0;
  line.remove_prefix(5);
  const std::size_t version_size = std::min(line.find_first_not_of("0123456789."), line.size());
  const std::string_view version = line.substr(0, version_size);
  line.remove_prefix(version_size);
  if (version.empty() || line.empty() || !is_blank(line.front())) return 0;
  line = trim_spaces(line);
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return 0;
  if (line.size() > 3 && is_digit(line[3])) return 0;
  http_1_0 = version.starts_with("0") || version == "1" || version.starts_with("1.0");
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

Error not_http(std::string_view what) {
  return Error{Fault::kInvalid, "not valid HTTP: " + std::string(what)};
}

}  // namespace

Result<std::size_t> AnswerHead::feed(std::span<const char> bytes, Response& response) {
  const std::string_view text(bytes.data(), bytes.size());
  std::size_t eaten = 0;
  while (eaten < text.size() && !done()) {
    const std::string_view rest = text.substr(eaten);
    const std::size_t end = rest.find('\n');
    const std::string_view part = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    // What does not even start like HTTP is told apart at once.
    if (state_ == State::kStatus && kept_.empty() &&
        std::string_view("Hh\r\n").find(part.front()) == std::string_view::npos)
      return not_http("a response starts with HTTP/");
    if (part.size() > bytes_max_ - bytes_) {
      if (state_ == State::kStatus || response.status < 200)
        return Error{Fault::kTooLarge, "the headers are too large", "headers"};
      note("the headers are too large");
      finish(false, response);
      return text.size();
    }
    bytes_ += part.size();
    eaten += part.size();
    if (end == std::string_view::npos) {
      kept_ += part;
    } else if (kept_.empty()) {
      FLEETHOOK_CHECK(take(part, response));
    } else {
      kept_ += part;
      const std::string line = std::exchange(kept_, {});
      FLEETHOOK_CHECK(take(line, response));
    }
  }
  return eaten;
}

// `line` with its end.
Result<void> AnswerHead::take(std::string_view line, Response& response) {
  line.remove_suffix(1);
  if (!line.ends_with('\r')) note("a line ends in LF alone");
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (state_ == State::kStatus) return take_status(line, response);
  if (!line.empty()) {
    take_field(line, response);
    return {};
  }
  finish(true, response);
  return {};
}

Result<void> AnswerHead::take_status(std::string_view line, Response& response) {
  if (line.empty()) {
    note("an empty line before the status line");
    return {};
  }
  const int status = status_of(line, http_1_0_);
  if (status == 0) return not_http("a response starts with a status line");
  if (status < 100) return not_http("bad status");
  if (status == 101) return not_http("the response changes the protocol, unasked");
  response.status = status;
  response.headers.reserve(512, 12);
  state_ = State::kFields;
  last_taken_ = false;
  return {};
}

void AnswerHead::take_field(std::string_view line, Response& response) {
  if (is_blank(line.front())) {  // goes on with the field of the line before (obs-fold)
    if (last_taken_) {
      response.headers.extend_last(" " + header_text(trim_spaces(line)));
    } else {
      note("a header line that is none");
    }
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = trim_spaces(line.substr(0, colon));
  last_taken_ = colon != std::string_view::npos && is_header_name(name);
  if (!last_taken_) return note("a header line that is none");
  if (name.size() != colon) note("white space before a colon");
  const std::string_view value = trim_spaces(line.substr(colon + 1));
  if (is_header_value(value)) return response.headers.add_read(name, value);
  note("a control character in a header");
  response.headers.add_read(name, header_text(value));
}

bool AnswerHead::cut(Response& response) {
  if (state_ == State::kStatus && !kept_.empty()) {
    const std::string line = std::exchange(kept_, {}) + "\n";
    if (!take(line, response).ok()) return false;
  }
  if (state_ != State::kFields || response.status < 200) return done();
  note("its headers have no end");
  finish(false, response);
  return true;
}

void AnswerHead::finish(bool whole, Response& response) {
  if (whole && response.status < 200) {  // an interim answer: the next one counts
    response = Response();
    state_ = State::kStatus;
    odd_ = {};
    return;
  }
  kept_ = std::string();  // an idle connection keeps nothing
  whole_ = whole;
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    look_at(response.headers.name_at(i), response.headers.value_at(i));
  }
  if (chunked_) {
    framing_ = Framing::kChunked;
    if (length_ || bad_length_) note("a Content-Length beside a Transfer-Encoding");
  } else if (length_ && !bad_length_) {
    framing_ = Framing::kLength;
  } else {
    framing_ = bad_length_ || unknown_coding_ ? Framing::kToEndOrSo : Framing::kToEnd;
  }
  state_ = State::kDone;
}

void AnswerHead::look_at(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 10:
      if (!ascii_iequals(name, "Connection")) return;
      return for_each_member(value, [this](std::string_view option) {
        says_close_ = says_close_ || ascii_iequals(option, "close");
        says_keep_alive_ = says_keep_alive_ || ascii_iequals(option, "keep-alive");
      });
    case 14:
      if (ascii_iequals(name, "Content-Length")) look_at_length(value);
      return;
    case 17:
      if (ascii_iequals(name, "Transfer-Encoding")) look_at_codings(value);
      return;
    default:
      return;
  }
}

void AnswerHead::look_at_length(std::string_view value) {
  bool any = false;
  for_each_member(value, [&](std::string_view text) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool good = error == std::errc() && end == text.data() + text.size();
    bad_length_ = bad_length_ || !good || (length_ && *length_ != length);
    if (good) length_ = length;
    any = true;
  });
  bad_length_ = bad_length_ || !any;
  if (bad_length_) note("a Content-Length that is none");
}

void AnswerHead::look_at_codings(std::string_view value) {
  for_each_member(value, [this](std::string_view coding) {
    if (chunked_) note("a Transfer-Encoding after chunked");
    if (ascii_iequals(coding, "chunked")) {
      chunked_ = true;
      if (http_1_0_) note("a Transfer-Encoding in HTTP/1.0");
    } else if (ascii_iequals(coding, "identity")) {
      note("Transfer-Encoding: identity");
    } else {
      unknown_coding_ = true;
      note("a Transfer-Encoding that nobody asked for");
    }
  });
}

bool AnswerHead::keep_alive() const {
  if (!odd_.empty() || says_close_) return false;
  return says_keep_alive_ || !http_1_0_;
}

void AnswerHead::reset() {
  kept_ = std::string();
  bytes_ = 0;
  state_ = State::kStatus;
  last_taken_ = http_1_0_ = says_close_ = says_keep_alive_ = false;
  chunked_ = unknown_coding_ = bad_length_ = false;
  whole_ = true;
  length_.reset();
  odd_ = {};
}

}  // namespace fleethook::http
