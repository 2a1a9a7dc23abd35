#include "base/shares.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace fleethook {

Shares::Hold::Hold(Hold&& other) noexcept
    : of_(std::exchange(other.of_, nullptr)), who_(std::move(other.who_)), amount_(std::exchange(other.amount_, 0)) {}

Shares::Hold& Shares::Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  clear();
  of_ = std::exchange(other.of_, nullptr);
  who_ = std::move(other.who_);
  amount_ = std::exchange(other.amount_, 0);
  return *this;
}

Shares::Taken Shares::Hold::grow_to(std::uint64_t amount) {
  if (amount <= amount_) return Taken::kYes;
  FLEETHOOK_ASSERT(of_ != nullptr);
  const Taken taken = of_->take(who_, amount - amount_);
  if (taken == Taken::kYes) amount_ = amount;
  return taken;
}

void Shares::Hold::clear() {
  if (amount_ != 0) of_->give_back(who_, std::exchange(amount_, 0));
}

std::uint64_t Shares::taken_by(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_who_.find(who);
  return found == by_who_.end() ? 0 : found->second;
}

Shares::Taken Shares::take(const std::string& who, std::uint64_t amount) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t all = taken_.load(std::memory_order_relaxed);
  if (amount > all_max_ - all) return Taken::kAllTaken;
  if (!who.empty()) {
    const auto found = by_who_.find(who);
    const std::uint64_t own = found == by_who_.end() ? 0 : found->second;
    if (amount > share_max_ - own) return Taken::kShareTaken;
    if (found == by_who_.end()) {
      by_who_.emplace(who, amount);
    } else {
      found->second += amount;
    }
  }
  taken_.store(all + amount, std::memory_order_relaxed);
  return Taken::kYes;
}

void Shares::give_back(const std::string& who, std::uint64_t amount) {
  const std::lock_guard lock(mutex_);
  taken_.store(taken_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  if (who.empty()) return;
  const auto found = by_who_.find(who);
  FLEETHOOK_ASSERT(found != by_who_.end() && found->second >= amount);
  found->second -= amount;
  if (found->second == 0) by_who_.erase(found);
}

namespace {

constexpr std::size_t kGroups = 8;  // of 16 bits, in an IPv6 address

// The groups of one side of "::", appended to `groups` from `count` on. False: it is no such text. A dotted IPv4
// address may stand at the end; it counts as two groups, whose value nobody asks for.
bool read_groups(std::string_view text, std::array<std::uint16_t, kGroups>& groups, std::size_t& count) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos) {
      count += 2;
      return end == text.size() && count <= kGroups;
    }
    std::uint16_t value = 0;
    const auto [stop, status] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (count == kGroups || status != std::errc() || stop != group.data() + group.size()) return false;
    groups[count++] = value;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

std::optional<std::array<std::uint16_t, kGroups>> parse_v6(std::string_view text) {
  text = text.substr(0, text.find('%'));  // a zone says by which interface, not who
  const std::size_t gap = text.find("::");
  std::array<std::uint16_t, kGroups> front{}, back{};
  std::size_t in_front = 0, in_back = 0;
  if (!read_groups(text.substr(0, gap), front, in_front)) return std::nullopt;
  if (gap == std::string_view::npos) return in_front == kGroups ? std::optional(front) : std::nullopt;
  if (!read_groups(text.substr(gap + 2), back, in_back) || in_front + in_back >= kGroups) return std::nullopt;
  for (std::size_t i = 0; i < in_back; ++i) front[kGroups - in_back + i] = back[i];
  return front;
}

}  // namespace

std::string share_of_address(std::string_view address) {
  if (address.find(':') == std::string_view::npos) return std::string(address);
  const auto groups = parse_v6(address);
  if (!groups) return std::string(address);
  const std::size_t last_colon = address.rfind(':');
  if (address.find('.') != std::string_view::npos && (*groups)[4] == 0 && (*groups)[5] == 0xffff)
    return std::string(address.substr(last_colon + 1));
  std::string network;
  for (std::size_t i = 0; i < kGroups / 2; ++i) {
    std::array<char, 4> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), (*groups)[i], 16);
    network.append(digits.data(), written.ptr);
    network += ':';
  }
  return network + ":/64";
}

}  // namespace fleethook
