// Retry-After, RFC 9110 section 10.2.3: delay-seconds or an HTTP-date (of whose three forms only IMF-fixdate is still
// sent).
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/text.h"
#include "delivery/attempt.h"

namespace fleethook::delivery {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// However large: whoever asks for more than this means "never".
constexpr std::chrono::seconds kLongest = std::chrono::hours(24 * 365 * 100);

std::optional<Duration> delay(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc()) return kLongest;
  return std::min(std::chrono::seconds(seconds), kLongest);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Instant> parse_date(std::string_view text) {
  if (text.size() != 29 || text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  const auto hours = number(text.substr(17, 2)), minutes = number(text.substr(20, 2)),
             seconds = number(text.substr(23, 2));
  if (!day || !year || !hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60)
    return std::nullopt;
  for (unsigned month = 0; month < kMonths.size(); ++month) {
    if (text.substr(8, 3) != kMonths[month]) continue;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(month + 1),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view value, Instant now) {
  value = trim_spaces(value);
  if (const auto seconds = delay(value)) return *seconds;
  if (const auto when = parse_date(value)) return std::clamp<Duration>(*when - now, Duration::zero(), kLongest);
  return std::nullopt;
}

}  // namespace fleethook::delivery
