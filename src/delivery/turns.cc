#include "delivery/turns.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/compiled_integration.h"

namespace fleethook::delivery {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds(4);  // the resolution of timers
constexpr Duration kOwesALot = std::chrono::seconds(1);
constexpr Duration kToldEvery = std::chrono::minutes(1);

}  // namespace

Turns::Turns(Loop& loop, const Limits& limits, metrics::Registry& metrics)
    : loop_(loop),
      limits_(limits),
      waits_(metrics.counter(
          "fleethook_delivery_template_waits_total",
          "Times that deliveries waited because templates or long answers of their owner took much work.",
          {})) {}

Turns::~Turns() {
  loop_.cancel(timer_);
}

bool Turns::may_build_now(const std::string& owner) const {
  if (spent_ >= limits_.template_steps_per_turn_max) return false;
  const auto found = owners_.find(owner);
  return found == owners_.end() || found->second.paid_at <= loop_.clock().steady();
}

Duration Turns::charge(const std::string& owner, std::size_t steps) {
  const Steady now = loop_.clock().steady();
  Line& line = owners_[owner];
  const double seconds = static_cast<double>(steps) / static_cast<double>(limits_.template_steps_per_s_max);
  line.paid_at =
      std::max(now, line.paid_at) + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  spent_ += steps;
  arm(now + kTurn);
  return line.paid_at - now;
}

void Turns::charge_template(const core::Integration& integration, std::size_t steps) {
  const std::string owner = core::lane_owner(integration);
  const Duration owes = charge(owner, steps);
  const Steady now = loop_.clock().steady();
  if (owes < kOwesALot || (told_at_ != Steady{} && now - told_at_ < kToldEvery)) return;
  told_at_ = now;
  log::warn("delivery.templates_costly",
            {{"owner", owner}, {"integration", integration.id.str()}, {"steps", std::to_string(steps)}});
}

core::WorkBudget Turns::for_people(const core::Integration& integration) const {
  if (!owners_.empty()) {
    const auto found = owners_.find(core::lane_owner(integration));
    const bool owes_a_lot = found != owners_.end() && found->second.paid_at - loop_.clock().steady() >= kOwesALot;
    if (owes_a_lot) return core::WorkBudget(0);
  }
  return core::WorkBudget::for_people(limits_);
}

void Turns::wait(const std::string& owner, Client& client) {
  Line& line = owners_[owner];
  if (std::ranges::find(line.waiting, &client) != line.waiting.end()) return;
  waits_.add();
  line.waiting.push_back(&client);
  arm(std::max(line.paid_at, loop_.clock().steady() + kTurn));
}

void Turns::forget(Client& client) {
  for (auto& [owner, line] : owners_) std::erase(line.waiting, &client);
}

void Turns::arm(Steady when) {
  if (timer_ != 0 && timer_at_ <= when) return;
  loop_.cancel(timer_);
  timer_at_ = when;
  timer_ = loop_.schedule(when, [this] { next_turn(); });
}

void Turns::next_turn() {
  timer_ = 0;
  spent_ = 0;
  std::vector<std::string> round;
  round.reserve(owners_.size());
  for (const auto& [owner, line] : owners_) round.push_back(owner);
  // From behind the one that was served last.
  std::ranges::rotate(round, std::ranges::upper_bound(round, served_last_));
  for (const std::string& owner : round) {
    if (spent_ >= limits_.template_steps_per_turn_max) break;
    serve(owner);
  }
  const Steady now = loop_.clock().steady();
  for (const auto& [owner, line] : owners_) arm(std::max(line.paid_at, now + kTurn));
}

// Each client once; one that waits again does so behind the others.
void Turns::serve(const std::string& owner) {
  for (std::size_t left = owners_[owner].waiting.size(); left > 0 && may_build_now(owner); --left) {
    Line& line = owners_[owner];
    if (line.waiting.empty()) break;  // the others were forgotten meanwhile
    Client* client = line.waiting.front();
    line.waiting.pop_front();
    served_last_ = owner;
    client->turn_came();
  }
  const auto found = owners_.find(owner);
  const bool is_done = found->second.waiting.empty() && found->second.paid_at <= loop_.clock().steady();
  if (is_done) owners_.erase(found);
}

}  // namespace fleethook::delivery
