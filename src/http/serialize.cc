#include "http/serialize.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include "base/text.h"

namespace fleethook::http {
namespace {

// RFC 9110 5.6.2.
constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

// All but the tab.
bool has_no_control(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

// Eight bytes at a time: a byte below 0x20 borrows into its highest bit when 0x20 is taken away, and so does 0x7f
// turned to zero when 1 is. A borrow can also come from the byte before, hence "may". Bytes above 0x7f are none of
// them.
constexpr std::size_t kWord = sizeof(std::uint64_t);
bool may_have_control(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = kOnes * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, kWord);
  const std::uint64_t deleted = word ^ (kOnes * 0x7f);
  return ((((word - kOnes * 0x20) & ~word) | ((deleted - kOnes) & ~deleted)) & kHigh) != 0;
}

void append_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_field(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Whether the framing of the message is our business: these are written from the body that is really sent.
bool is_framing(std::string_view name) {
  return (name.size() == 14 && ascii_iequals(name, "Content-Length")) ||
         (name.size() == 17 && ascii_iequals(name, "Transfer-Encoding"));
}

void append_status_line(int status, std::string& out) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(static_cast<std::uint64_t>(status), out);
  out.append(" ").append(reason_phrase(status)).append("\r\n");
}

void append_status_and_headers(const Response& response, std::string_view date, std::string& out) {
  append_status_line(response.status, out);
  bool has_date = date.empty();
  const bool in_one_piece = response.headers.are_plain();
  if (in_one_piece) out.append(response.headers.lines());
  for (std::size_t i = in_one_piece ? response.headers.size() : 0; i < response.headers.size(); ++i) {
    const std::string_view name = response.headers.name_at(i);
    const std::string_view value = response.headers.value_at(i);
    if (is_framing(name) || !is_header_name(name) || !is_header_value(value)) continue;
    if (response.close && ascii_iequals(name, "Connection")) continue;
    has_date = has_date || ascii_iequals(name, "Date");
    append_field(name, value, out);
  }
  if (!has_date) append_field("Date", date, out);
  if (response.close) out.append("Connection: close\r\n");
}

}  // namespace

void append_response_head(const Response& response, std::string_view date, std::string& out) {
  append_status_and_headers(response, date, out);
  if (response.status >= 200 && response.status != 204 && response.status != 304) {
    out.append("Content-Length: ");
    append_number(response.content().size(), out);
    out.append("\r\n");
  }
  out.append("\r\n");
}

void append_stream_head(const Response& response, std::string_view date, std::string& out) {
  Response head;
  head.status = response.status;
  head.headers = response.headers;
  head.close = true;
  append_status_and_headers(head, date, out);
  out.append("\r\n");
}

void append_request(std::string_view method,
                    std::string_view target,
                    std::string_view host,
                    const Headers& headers,
                    std::string_view body,
                    std::string& out) {
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  const bool in_one_piece = headers.are_plain();
  if (in_one_piece || !headers.has("Host")) append_field("Host", host, out);
  if (in_one_piece) out.append(headers.lines());
  for (std::size_t i = in_one_piece ? headers.size() : 0; i < headers.size(); ++i) {
    const std::string_view name = headers.name_at(i);
    const std::string_view value = headers.value_at(i);
    if (is_framing(name) || !is_header_name(name) || !is_header_value(value)) continue;
    append_field(name, value, out);
  }
  // Methods that usually carry a body say so even when it is empty (RFC 9110 8.6).
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    out.append("Content-Length: ");
    append_number(body.size(), out);
    out.append("\r\n");
  }
  out.append("\r\n").append(body);
}

std::string http_date(long long unix_seconds) {
  static constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::chrono::sys_seconds when{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  std::string out;
  out.reserve(29);
  const auto two_digits = [&out](unsigned value) {
    out.push_back(static_cast<char>('0' + value / 10 % 10));
    out.push_back(static_cast<char>('0' + value % 10));
  };
  out.append(kDays.substr(std::chrono::weekday(day).c_encoding() * 3, 3)).append(", ");
  two_digits(static_cast<unsigned>(date.day()));
  out.append(" ").append(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3)).append(" ");
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  two_digits(year / 100);
  two_digits(year % 100);
  out.append(" ");
  two_digits(static_cast<unsigned>(time.hours().count()));
  out.append(":");
  two_digits(static_cast<unsigned>(time.minutes().count()));
  out.append(":");
  two_digits(static_cast<unsigned>(time.seconds().count()));
  out.append(" GMT");
  return out;
}

bool is_header_name(std::string_view text) {
  for (const char c : text) {
    if (!kTokenCharacters[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool is_header_value(std::string_view text) {
  while (text.size() >= kWord) {
    if (may_have_control(text.data()) && !has_no_control(text.substr(0, kWord))) return false;
    text.remove_prefix(kWord);
  }
  return has_no_control(text);
}

}  // namespace fleethook::http
