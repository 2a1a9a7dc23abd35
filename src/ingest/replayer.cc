#include "ingest/replayer.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/log.h"
#include "ingest/lane_of.h"
#include "ingest/replayed_events.h"

namespace fleethook::ingest {
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(250);
constexpr Duration kAfterError = std::chrono::seconds(2);
// Some milliseconds of the writer's time.
constexpr std::size_t kLettersAtOnce = 256;
// Of one replay so much may wait: what it accepts in this time, but not less than the number.
constexpr Duration kAhead = std::chrono::seconds(4);
constexpr std::uint64_t kAheadMin = 64;

// What is said in the note of a portion: where it ended, for whoever prepares it again.
std::string text_of(const store::ReplayStep& step) {
  return std::to_string(step.to) + " " + std::to_string(step.placed) + " " + std::to_string(step.skipped) +
         (step.last ? " 1" : " 0");
}

bool read_step(std::string_view text, store::ReplayStep& into) {
  std::uint64_t last = 0;
  for (std::uint64_t* number : {&into.to, &into.placed, &into.skipped, &last}) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (status != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  into.last = last != 0;
  return text.empty();
}

// Letters that were looked at, and the events that are to be accepted.
struct Portion {
  store::Replay replay;
  store::ReplayStep step;
  std::vector<queue::Accepted> events;
};

}  // namespace

struct Replayer::Impl : std::enable_shared_from_this<Replayer::Impl> {
  explicit Impl(Surroundings given)
      : outside(std::move(given)),
        created_total(
            outside.metrics.counter("fleethook_deliveries_created_total", "Deliveries made for accepted events.", {})),
        placed_total(letters("placed")),
        skipped_total(letters("skipped")),
        running(outside.metrics.gauge("fleethook_replays_running", "Replays that are neither paused nor over.", {})) {}

  metrics::Counter& letters(const char* result) {
    return outside.metrics.counter(
        "fleethook_replay_letters_total",
        "Dead letters and events that replays took: accepted again (placed), or impossible to deliver "
        "(skipped), as when the integration is gone.",
        {{"result", result}});
  }

  // How far a replay may go now.
  struct Pace {
    Steady at{};
    double credit = 0;  // letters
  };

  // --- on the loop. One thing after the other: `is_looking` until all turns of a look have been taken.

  void look_now() {
    if (is_looking) {
      look_again = true;
      return;
    }
    if (is_closed) return;
    is_looking = true;
    look_again = false;
    if (timer != 0) outside.loop.cancel(std::exchange(timer, 0));
    outside.on_pool([self = shared_from_this()] {
      auto found = self->outside.store.running_replays();
      self->outside.loop.post([self, found = std::move(found)]() mutable { self->looked(std::move(found)); });
    });
  }

  void looked(Result<std::vector<store::Replay>> found) {
    if (!found.ok()) {
      log::warn("replay.not_read", {{"reason", found.error().message}});
      return rest(kAfterError);
    }
    running.set(static_cast<double>(found->size()));
    std::erase_if(paces, [&](const auto& one) {
      return std::ranges::none_of(*found, [&](const store::Replay& other) { return other.number == one.first; });
    });
    turns.assign(std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
    has_some = !turns.empty();
    next_turn();
  }

  void next_turn() {
    if (is_closed || turns.empty()) return rest(has_some ? std::optional(kLookEvery) : std::nullopt);
    store::Replay replay = std::move(turns.front());
    turns.pop_front();
    const std::size_t letters = may_take(replay);
    const bool is_over = replay.walked && replay.waiting() == 0;
    if (!is_over && (replay.walked || letters == 0)) return next_turn();
    outside.on_pool([self = shared_from_this(), replay = std::move(replay), letters, is_over]() mutable {
      if (is_over) return self->end(replay);
      self->prepare(std::move(replay), letters);
    });
  }

  std::size_t may_take(const store::Replay& replay) {
    const Steady now = outside.loop.clock().steady();
    const auto [at, is_new] = paces.try_emplace(replay.number, Pace{now, 1});
    Pace& pace = at->second;
    const double per_second = replay.plan.per_second;
    pace.credit += per_second * std::chrono::duration<double>(now - pace.at).count();
    // What was not used for a while is not made up for.
    pace.credit = std::min(pace.credit, std::max(1.0, per_second));
    pace.at = now;
    const auto ahead = static_cast<std::uint64_t>(per_second * std::chrono::duration<double>(kAhead).count());
    const std::uint64_t most = std::max(ahead, kAheadMin);
    const std::uint64_t room = most - std::min(most, replay.waiting());
    return std::min({static_cast<std::size_t>(pace.credit), static_cast<std::size_t>(room), kLettersAtOnce});
  }

  // The look is over; the next one comes after a while, or with wake().
  void rest(std::optional<Duration> wait) {
    is_looking = false;
    turns.clear();
    if (is_closed) {
      if (stopped) std::exchange(stopped, nullptr)();
      return;
    }
    if (std::exchange(look_again, false)) return look_now();
    if (wait)
      timer = outside.loop.schedule_after(*wait, [self = shared_from_this()] {
        self->timer = 0;
        self->look_now();
      });
  }

  void append(Portion portion) {
    queue::Note note;
    note.key = crypto::digest("replay " + std::to_string(portion.step.number) + " behind " +
                              std::to_string(portion.step.from));
    note.request = note.key;
    note.caller = portion.replay.by.user;
    note.at = outside.log.timeline().sure();
    note.until = note.at + outside.limits.idempotency_kept;
    note.status = 200;
    note.answer = text_of(portion.step);
    auto shared = std::make_shared<Portion>(std::move(portion));
    std::vector<queue::Accepted> events = std::exchange(shared->events, {});
    outside.log.append_once(
        std::move(note), std::move(events), [self = shared_from_this(), shared](Result<queue::Once> result) {
          self->outside.loop.post([self, shared, result = std::move(result)] { self->appended(*shared, result); });
        });
  }

  void appended(const Portion& portion, const Result<queue::Once>& result) {
    if (!result.ok()) return failed(portion.step.number, result.error());
    store::ReplayStep step = portion.step;
    if (result->earlier) {
      // It was accepted before a crash. Which letters it took is found once more.
      if (!read_step(result->earlier->answer, step))
        return failed(step.number, Error{Fault::kCorrupt, "the note of a portion cannot be read"});
    } else {
      created_total.add(step.placed);
      placed_total.add(step.placed);
      skipped_total.add(step.skipped);
    }
    if (const auto pace = paces.find(step.number); pace != paces.end())
      pace->second.credit -= static_cast<double>(step.placed + step.skipped);
    const bool other = result->earlier && step.to != portion.step.to;
    outside.on_pool([self = shared_from_this(), step = std::move(step), replay = portion.replay, other]() mutable {
      if (other) self->find_taken(replay, step);
      self->note(step);
    });
  }

  void failed(std::uint32_t replay, const Error& why) {
    log::warn("replay.held_up", {{"replay", replay}, {"reason", why.message}});
    rest(kAfterError);
  }

  // --- on the pool

  void end(const store::Replay& replay) {
    auto ended = outside.store.end_replay(replay.number);
    if (ended.ok()) {
      log::info("replay.done", {{"replay", replay.number},
                                {"placed", replay.placed},
                                {"skipped", replay.skipped},
                                {"success", replay.ended.success},
                                {"error", replay.ended.error}});
    }
    outside.loop.post([self = shared_from_this()] { self->next_turn(); });
  }

  void note(const store::ReplayStep& step) {
    auto noted = outside.store.note_replay_step(step);
    outside.loop.post([self = shared_from_this(), number = step.number, noted = std::move(noted)] {
      if (!noted.ok()) return self->failed(number, noted.error());
      self->next_turn();
    });
  }

  void prepare(store::Replay replay, std::size_t letters) {
    const std::uint32_t number = replay.number;
    auto portion = portion_of(std::move(replay), letters, INT64_MAX);
    auto shared = std::make_shared<Result<Portion>>(std::move(portion));
    outside.loop.post([self = shared_from_this(), number, shared] {
      if (!shared->ok()) return self->failed(number, shared->error());
      self->append(std::move(*shared).value());
    });
  }

  void find_taken(const store::Replay& replay, store::ReplayStep& step) {
    auto portion = portion_of(replay, SIZE_MAX, step.to);
    if (portion.ok()) step.taken = std::move(portion->step.taken);
  }

  // The next `letters` of the replay, none of a higher id than `upto`.
  Result<Portion> portion_of(store::Replay replay, std::size_t letters, std::uint64_t upto) {
    Portion portion;
    store::ReplayStep& step = portion.step;
    step.number = replay.number;
    step.from = step.to = replay.behind;
    upto = std::min(upto, replay.upto);
    const store::CatalogPtr catalog = outside.store.catalog();
    core::WorkBudget work = work_for_lanes(kLettersAtOnce, outside.limits);
    FLEETHOOK_TRY(const store::DeadLetters found, replay.plan.events_upto
                                                      ? next_events(replay.plan, step, letters, *catalog)
                                                      : next_letters(replay.plan, step, letters, upto));
    for (const store::DeadLetter& letter : found.letters) {
      auto accepted = accepted_of(replay, letter, *catalog, work);
      if (!accepted) {
        ++step.skipped;
        continue;
      }
      ++step.placed;
      if (letter.id != 0) step.taken.push_back(letter.id);
      portion.events.push_back(*std::move(accepted));
    }
    step.to = std::max(step.to, found.behind);
    step.last = found.all;
    portion.replay = std::move(replay);
    return portion;
  }

  Result<store::DeadLetters> next_letters(const store::ReplayPlan& plan,
                                          const store::ReplayStep& step,
                                          std::size_t letters,
                                          std::uint64_t upto) {
    if (plan.ids.empty()) {
      return outside.store.dead_letters(plan.query,
                                        {.oldest_first = true, .behind = step.from, .upto = upto, .limit = letters});
    }
    store::DeadLetters found;
    auto id = std::ranges::upper_bound(plan.ids, step.from);
    for (; id != plan.ids.end() && *id <= upto && found.letters.size() < letters; ++id) {
      found.behind = *id;
      FLEETHOOK_TRY(auto letter, outside.store.dead_letter(*id, plan.query));
      if (letter) found.letters.push_back(*std::move(letter));
    }
    found.all = id == plan.ids.end() || *id > upto;
    return found;
  }

  // Events as letters that nobody has kept. Those that would not fire the integration are passed over.
  Result<store::DeadLetters> next_events(const store::ReplayPlan& plan,
                                         const store::ReplayStep& step,
                                         std::size_t events,
                                         const store::Catalog& catalog) {
    store::DeadLetters found;
    found.behind = step.from;
    // What a restarted process asks for once more, to find which letters were taken, is nothing here.
    if (events == SIZE_MAX) return found;
    FLEETHOOK_TRY(ReplayedEvents taken, replayed_events(outside.log, catalog, plan, {step.from}, events,
                                                        outside.limits.events_looked_at_max));
    for (queue::Kept& kept : taken.events) {
      store::DeadLetter letter;
      letter.integration = taken.integration->number;
      letter.product = core::placement_of(*taken.integration, *kept.event).product;
      letter.event = std::move(kept.event);
      found.letters.push_back(std::move(letter));
    }
    found.behind = taken.behind.value;
    found.all = taken.all;
    return found;
  }

  // nullopt: nothing is there that would take it.
  std::optional<queue::Accepted> accepted_of(const store::Replay& replay,
                                             const store::DeadLetter& letter,
                                             const store::Catalog& catalog,
                                             core::WorkBudget& work) {
    const bool to_another = !replay.plan.to.is_none();
    core::IntegrationPtr integration = catalog.in_place_of(to_another ? replay.plan.to : letter.integration);
    if (integration == nullptr || integration->config.disabled) return std::nullopt;
    const bool runs_there =
        letter.product.is_none() ? integration->scope == core::Scope::kSandbox : integration->on(letter.product);
    if (!runs_there) return std::nullopt;
    if (replay.plan.same_version && integration->number == letter.integration &&
        integration->version != letter.version) {
      auto version = outside.store.integration_version(letter.integration, letter.version);
      if (!version.ok() || *version == nullptr) return std::nullopt;
      integration = *std::move(version);
    }
    integration = core::Integration::running_on(integration, letter.product);

    auto event = std::make_shared<core::Event>(*letter.event);
    event->replay = replay.number;
    event->replayed_at = outside.loop.clock().now();
    queue::Accepted accepted;
    core::LanePtr lane = lane_of(catalog, *integration, *event, work);
    const bool held = catalog.pause(integration->number, letter.product) == core::Pause::kHold;
    accepted.deliveries.push_back({std::move(integration), std::move(lane), held});
    accepted.event = std::move(event);
    return accepted;
  }

  Surroundings outside;
  metrics::Counter& created_total;
  metrics::Counter& placed_total;
  metrics::Counter& skipped_total;
  metrics::Gauge& running;
  TimerId timer = 0;
  bool is_looking = false;
  bool look_again = false;  // somebody woke it meanwhile
  bool has_some = false;
  bool is_closed = false;
  std::function<void()> stopped;
  std::deque<store::Replay> turns;  // of this look
  std::map<std::uint32_t, Pace> paces;
};

Replayer::Replayer(Surroundings surroundings) : impl_(std::make_shared<Impl>(std::move(surroundings))) {}

Replayer::~Replayer() = default;

void Replayer::start() {
  impl_->look_now();
}

void Replayer::wake() {
  impl_->look_now();
}

void Replayer::stop(std::function<void()> stopped) {
  if (impl_->timer != 0) impl_->outside.loop.cancel(std::exchange(impl_->timer, 0));
  impl_->is_closed = true;
  if (!impl_->is_looking) return stopped();
  impl_->stopped = std::move(stopped);
}

}  // namespace fleethook::ingest
