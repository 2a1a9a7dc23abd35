#include "world.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "core/compiled_integration.h"
#include "ingest/lane_of.h"

namespace fleethook::testing {
namespace {

constexpr Duration kBadWeatherTail = std::chrono::minutes(10);
constexpr std::uint64_t kStepsMax = 5'000'000;
// Retries are jittered down to half of their delay; timers and the network take a little.
constexpr Duration kSlack = std::chrono::milliseconds(20);

double drawn_share(Sim& sim) {
  return sim.chance(0.25) ? 0 : sim.random().unit();
}

std::uint32_t number_of(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Fired prefixes and published names; "other" fires nothing.
const std::vector<std::string> kTriggers = {"temp", "te", "alarm"};
const std::vector<std::string> kNames = {"temp", "temperature/inside", "alarm", "tea", "other"};

}  // namespace

// One life of the process. After a crash it is never touched again, but what it consists of cannot be taken apart in
// order either: it stays in memory, reachable, as the pages of a dead process would if nobody cleaned up.
struct World::Life {
  std::uint64_t number = 0;
  metrics::Registry metrics;
  struct Thread {
    Thread(Sim& sim, SimNetwork& network, std::uint64_t seed, Duration lag_max)
        : loop(sim, lag_max), transport(network, loop), random(seed) {}
    SimLoop loop;
    SimTransport transport;
    SeededRandom random;
    std::unique_ptr<ingest::Ingest> ingest;
    std::unique_ptr<delivery::Dispatcher> dispatcher;
  };
  std::vector<std::unique_ptr<Thread>> threads;
  std::unique_ptr<delivery::Releaser> releaser;  // on the first thread, as the next one
  std::unique_ptr<ingest::Replayer> replayer;
  bool stopping = false;
  std::size_t running = 0;  // of ingests, dispatchers, the releaser and the replayer, while stopping

  template <class T>
  static void bury(T life) {
    static auto* graveyard = new std::vector<T>;
    graveyard->push_back(std::move(life));
  }
};

Weather Weather::drawn(Sim& sim) {
  Weather w;
  w.network = drawn_share(sim);
  w.disk = drawn_share(sim);
  w.crashes = sim.chance(0.4);
  w.restarts = sim.chance(0.3);
  w.edits = sim.chance(0.5);
  w.clock_jumps = sim.chance(0.15);
  w.dead_receiver = sim.chance(0.3);
  w.loops = 1 + sim.below(3);
  w.receivers = 1 + sim.below(4);
  w.integrations = 1 + sim.below(5);
  w.events = 10 + sim.below(40);
  w.publishing = std::chrono::seconds(10 + sim.below(300));
  w.limits.connections_per_lane_max = sim.pick<std::size_t>({1, 2, 4, 64});
  w.limits.lane_window_max = sim.pick<std::size_t>({4, 8, 16, 1024});
  w.limits.deliveries_in_memory_max = sim.pick<std::size_t>({4, 65'536});
  w.limits.results_waiting_max = sim.pick<std::size_t>({9, 40, 8192});
  w.limits.retry_ahead_max = std::chrono::seconds(sim.pick<int>({1, 15, 120}));
  w.limits.lane_idle_max = std::chrono::seconds(sim.pick<int>({10, 60}));
  w.retry.delay_max = std::chrono::minutes(sim.pick<int>({1, 10, 60}));
  w.retry.give_up_after = std::chrono::minutes(sim.pick<int>({5, 60, 72 * 60}));
  w.pauses = sim.chance(0.5) ? 1 + sim.below(12) : 0;
  w.in_order = sim.pick<double>({0, 0.5, 1});
  w.limits.devices_in_order_max = sim.pick<std::size_t>({1, 2, 4096});
  return w;
}

std::string Weather::text() const {
  std::string text = "network " + std::to_string(network) + " disk " + std::to_string(disk) + " loops " +
                     std::to_string(loops) + " events " + std::to_string(events) + " connections " +
                     std::to_string(limits.connections_per_lane_max) + " window " +
                     std::to_string(limits.lane_window_max) + " results " + std::to_string(limits.results_waiting_max);
  for (const auto& [on, name] :
       {std::pair(crashes, " crashes"), std::pair(restarts, " restarts"), std::pair(edits, " edits"),
        std::pair(clock_jumps, " jumps"), std::pair(dead_receiver, " dead receiver"), std::pair(pauses > 0, " pauses"),
        std::pair(in_order > 0, " in order")}) {
    if (on) text += name;
  }
  return text;
}

World::World(std::uint64_t seed) : seed_(seed), sim_(seed), weather_(Weather::drawn(sim_)) {
  set_up();
}
World::World(std::uint64_t seed, const Weather& weather) : seed_(seed), sim_(seed), weather_(weather) {
  set_up();
}

World::World(std::uint64_t seed, Planted planted) : seed_(seed), sim_(seed), weather_(Weather::drawn(sim_)) {
  weather_.planted = planted;
  set_up();
}

World::~World() {
  if (life_ == nullptr) return;
  for (const auto& thread : life_->threads) thread->loop.kill();
  if (life_->running > 0 || !life_->stopping) Life::bury(std::move(life_));
}

Personality World::personality(std::size_t receiver) {
  Personality p;
  const double savage = weather_.network;
  const auto some = [&](double most) { return sim_.chance(0.5) ? 0 : savage * most * sim_.random().unit(); };
  p.refuse = some(0.3), p.unreachable = some(0.1), p.unknown_host = some(0.1);
  p.silence = some(0.05), p.late = some(0.05), p.slow_bytes = some(0.2);
  p.reset_before = some(0.1), p.reset_in_head = some(0.1), p.reset_in_body = some(0.1), p.short_body = some(0.1),
  p.garbage = some(0.1);
  p.continue_first = some(0.3), p.early_answer = some(0.2), p.close_after = some(0.5), p.close_on_reuse = some(0.4);
  p.retry_after = 0.5;
  p.mumbles = has(Planted::kRetryAfterUnread);
  p.statuses = {200, 204};
  if (sim_.chance(savage)) {
    for (const int status : {500, 503, 429, 404, 301, 410}) {
      if (sim_.chance(0.4)) p.statuses.push_back(status);
    }
  }
  if (sim_.chance(savage / 2)) p.flap = std::chrono::seconds(5 + sim_.below(120));
  p.idle_max = std::chrono::seconds(1 + sim_.below(40));
  if (weather_.dead_receiver && receiver == 0) {
    p.dead_from = sim_.steady();
    p.dead_until = p.dead_from + std::chrono::hours(1);
  }
  return p;
}

core::IntegrationConfig World::config_for(std::size_t receiver, core::DeliveryPolicy policy) {
  core::IntegrationConfig config;
  config.event = sim_.pick(kTriggers);
  config.url = "http://receiver-" + std::to_string(receiver) + ".example/hook?from={{PRODUCT_ID}}";
  config.headers = json::Object{{"x-mark", std::to_string(++edits_)}};
  config.policy = policy;
  config.delivery.order_per_device = sim_.chance(weather_.in_order);
  return config;
}

void World::set_up() {
  queue_.on_accepted = [this](const queue::Accepted& event, const queue::NewDelivery& delivery) {
    accepted(event, delivery);
  };
  store_.on_outcome = [this](const store::Outcome& outcome, bool is_new) { outcome_recorded(outcome, is_new); };
  settler_.on_settled = [this] { check_balance(); };
  for (std::size_t i = 0; i < weather_.receivers; ++i) {
    receivers_.push_back(&network_.add("receiver-" + std::to_string(i) + ".example", 80, personality(i), *this));
  }
  if (weather_.dead_receiver) dead_ = receivers_[0];
  user_ = store_.create_user({"owner@example.com", "", {}, false}, {})->id;
  organization_ = store_.create_organization({"Fleet", "fleet", core::Plan::kEnterprise, user_}, {})->id;
  for (const char* name : {"one", "two"})
    products_.push_back(store_.create_product({name, name, "", 0, {}, organization_, {}}, {})->id);
  for (std::size_t i = 0; i < weather_.integrations; ++i) {
    store::NewIntegration made;
    made.scope = core::Scope::kOrganization;
    made.organization = organization_;
    made.products = sim_.chance(0.5) ? products_ : std::vector<core::ProductId>{sim_.pick(products_)};
    made.config = config_for(sim_.below(weather_.receivers),
                             sim_.chance(0.3) ? core::DeliveryPolicy::kParticle : core::DeliveryPolicy::kDurable);
    integrations_.push_back((*store_.create_integration(made))->id);
  }
  disk_.faults.busy = weather_.disk * 0.3 * sim_.random().unit();
  disk_.faults.late = weather_.disk * 0.3 * sim_.random().unit();
}

void World::start() {
  life_ = std::make_unique<Life>();
  Life& life = *life_;
  life.number = ++lives_;
  sim_.trace("start", life.number);
  const Duration lag_max =
      has(Planted::kLoopsBlocked) ? Duration(std::chrono::milliseconds(100)) : Duration(std::chrono::microseconds(200));
  for (std::size_t i = 0; i < weather_.loops; ++i)
    life.threads.push_back(std::make_unique<Life::Thread>(sim_, network_, seed_ * 1000 + lives_ * 10 + i, lag_max));
  std::vector<queue::Claim> claims;
  for (std::size_t i = 0; i < weather_.loops; ++i) {
    Life::Thread& thread = *life.threads[i];
    delivery::Surroundings outside{thread.loop,
                                   queue_,
                                   queue_,
                                   store_,
                                   store_.open_outages(),
                                   settler_,
                                   thread.transport,
                                   thread.random,
                                   life.metrics,
                                   weather_.limits,
                                   weather_.retry,
                                   queue::shards_of(i, weather_.loops),
                                   {},
                                   {},
                                   {}};
    plant(outside);
    outside.streams_wanted = [] { return true; };
    outside.publish = [this](const core::EventPtr&, core::EventSeq, std::vector<core::Event> events) {
      sim_.trace("events", events.size());
    };
    outside.load_version = [this, &thread](core::IntegrationNumber number, std::uint32_t version, auto done) {
      load_version(thread.loop, number, version, done);
    };
    thread.dispatcher = std::make_unique<delivery::Dispatcher>(std::move(outside));
    thread.ingest =
        std::make_unique<ingest::Ingest>(thread.loop, queue_, store_, thread.random, life.metrics, weather_.limits);
    claims.push_back(thread.dispatcher->claim());
  }
  if (!queue_.own(std::move(claims))) fail("owns nothing");
  SimLoop& first = life.threads[0]->loop;
  life.releaser = std::make_unique<delivery::Releaser>(
      delivery::Releaser::Surroundings{first, queue_, queue_, store_, settler_, life.metrics,
                                       [&life](const std::vector<core::IntegrationNumber>& of) {
                                         for (const auto& thread : life.threads) {
                                           thread->loop.post([&thread = *thread, of] { thread.dispatcher->sweep(of); });
                                         }
                                       },
                                       [this, &first](core::IntegrationNumber number, std::uint32_t version,
                                                      auto done) { load_version(first, number, version, done); },
                                       [this](const core::Integration& integration, const core::Event& event) {
                                         core::WorkBudget work = ingest::work_for_lanes(1, weather_.limits);
                                         return ingest::lane_of(*store_.catalog(), integration, event, work);
                                       }});
  life.replayer = std::make_unique<ingest::Replayer>(ingest::Replayer::Surroundings{
      first, queue_, store_, life.metrics, weather_.limits, [](const std::function<void()>& task) { task(); }});
  first.post([&life] {
    life.releaser->start();
    life.replayer->start();
  });
}

void World::load_version(SimLoop& loop,
                         core::IntegrationNumber number,
                         std::uint32_t version,
                         const std::function<void(Result<core::IntegrationPtr>)>& done) {
  sim_.probe("older version loaded");
  sim_.after(sim_.between(Duration::zero(), std::chrono::milliseconds(5)),
             [this, post = loop.poster(), number, version, done] {
               auto result = calm_ || !sim_.chance(weather_.disk * 0.3)
                                 ? store_.integration_version(number, version)
                                 : Result<core::IntegrationPtr>(Error{Fault::kUnavailable, "simulated"});
               post([done, result] { done(result); });
             });
}

void World::plant(delivery::Surroundings& outside) {
  if (has(Planted::kTwoOwners)) outside.shards.set();
  if (has(Planted::kBackOffTooShort)) outside.retry.delay_min = outside.retry.delay_max = std::chrono::milliseconds(1);
  if (has(Planted::kGivesUpEarly)) outside.retry.give_up_after = std::chrono::minutes(1);
  if (has(Planted::kLanesTooWide)) outside.limits.connections_per_lane_max = 64;
  if (has(Planted::kWindowTooWide)) outside.limits.lane_window_max = 1024;
  if (has(Planted::kLanesKept)) outside.limits.lane_idle_max = std::chrono::hours(10);
  static std::uint64_t of_no_seed = 0;
  if (has(Planted::kSeedForgotten)) sim_.trace("chance", ++of_no_seed);
}

void World::crash() {
  if (life_ == nullptr) return;
  sim_.trace("CRASH", life_->number);
  sim_.probe(life_->stopping ? "crash while stopping" : "crash");
  std::vector<const SimLoop*> loops;
  for (const auto& thread : life_->threads) {
    thread->loop.kill();
    loops.push_back(&thread->loop);
  }
  disk_.crash();
  network_.crashed(loops);
  tests_lost_ = tests_started_ - tests_answered_;
  Life::bury(std::move(life_));
  sim_.after(sim_.between(std::chrono::seconds(1), std::chrono::seconds(30)), [this] { start(); });
}

void World::stop_and_start() {
  if (life_ == nullptr || life_->stopping) return;
  sim_.trace("stop", life_->number);
  life_->stopping = true;
  life_->running = 2 * life_->threads.size() + 2;
  const auto one_stopped = [this, number = life_->number] {
    // Batches of a crashed ingest leave its gate when what held them is dropped.
    if (life_ == nullptr || life_->number != number || --life_->running > 0) return;
    sim_.probe("stopped in good order");
    sim_.after(std::chrono::milliseconds(1), [this, number] {
      if (life_ == nullptr || life_->number != number) return;
      life_.reset();
      sim_.after(std::chrono::seconds(1), [this] { start(); });
    });
  };
  const Deadline deadline = Deadline::after(sim_, sim_.between(Duration::zero(), std::chrono::seconds(30)));
  life_->threads[0]->loop.post([&life = *life_, one_stopped] {
    life.releaser->stop(one_stopped);
    life.replayer->stop(one_stopped);
  });
  for (const auto& thread : life_->threads) {
    thread->loop.post([&thread = *thread, deadline, one_stopped] {
      thread.ingest->stop(one_stopped);
      thread.dispatcher->stop(deadline, one_stopped);
    });
  }
}

void World::publish() {
  if (life_ == nullptr || life_->stopping) return;
  Life::Thread& thread = *sim_.pick(life_->threads);
  const core::ProductId product = sim_.pick(products_);
  const std::string& name = sim_.pick(kNames);
  const std::string device = sim_.pick<std::string>({"one", "two", "three"});
  thread.loop.post([this, &thread, product, name, device] {
    std::vector<core::IntegrationPtr> expected;
    for (const core::IntegrationPtr& one : store_.catalog()->integrations_of(organization_)) {
      if (one->on(product) && !one->config.disabled && name.starts_with(one->config.event)) expected.push_back(one);
    }
    ingest::Publication publication{name, std::string(sim_.chance(0.1) ? 16'000 : 20, 'x'), 60, false};
    thread.ingest->publish({product, {}, device, core::Origin::kApi, {}}, std::move(publication),
                           [this, expected](Result<core::EventId> result) {
                             if (result) promised_.emplace_back(*result, expected);
                             if (!result) sim_.probe("publish refused");
                           });
  });
}

void World::edit() {
  const std::size_t which = sim_.below(integrations_.size());
  const core::IntegrationPtr old = store_.catalog()->integration(integrations_[which]);
  sim_.trace("edit", old->number.value, old->version);
  if (sim_.chance(0.35)) {
    sim_.probe("integration deleted in mid-flight");
    store::NewIntegration made;
    made.scope = core::Scope::kOrganization;
    made.organization = organization_;
    made.products = old->products;
    made.config = config_for(sim_.below(weather_.receivers), old->config.policy);
    if (!has(Planted::kEndUnheard)) FLEETHOOK_ASSERT(store_.delete_integration(old->id).ok());
    deleted_[old->number] = sim_.steady();
    end_periods(old->number);
    integrations_[which] = (*store_.create_integration(made))->id;
    return;
  }
  const auto edited = store_.update_integration(
      old->id, {config_for(sim_.below(weather_.receivers), old->config.policy), old->products, {}, {}});
  FLEETHOOK_ASSERT(edited.ok());
  const bool is_ordered = old->config.delivery.order_per_device || (*edited)->config.delivery.order_per_device;
  if (!is_ordered && sim_.chance(0.4)) move_what_waits(*edited);
}

// What keeps the order of devices is left alone: between two lanes there is none to check.
void World::move_what_waits(const core::IntegrationPtr& integration) {
  sim_.probe("what waited was moved");
  sim_.trace("move", integration->number.value, integration->version);
  const core::EventSeq newest = queue_.stats().last;
  if (!has(Planted::kMoveUnheard))
    FLEETHOOK_ASSERT(store_.move_waiting(integration->id, integration->products, newest, {}).ok());
  const core::LaneId to = integration->compiled()->constant_lane()->id;
  for (auto& [id, known] : known_) {
    const bool was_ordered = is_in_order(known) || std::ranges::any_of(known.before, [](const auto& one) {
                               return one->config.delivery.order_per_device;
                             });
    if (known.key.integration != integration->number || known.outcome_life != 0 || known.key.event > newest) continue;
    if (was_ordered) in_order_[order_of(known)].erase(known.key.event);
    known.before.push_back(std::exchange(known.integration, integration));
    known.lanes_before.push_back(std::exchange(known.key.lane, to));
    known.moved_at = sim_.steady();
    known.was_parked = true;
  }
}

void World::try_now() {
  if (life_ == nullptr || life_->stopping) return;
  const core::IntegrationPtr integration = store_.catalog()->integration(sim_.pick(integrations_));
  delivery::Wish wish;
  for (const core::ProductId product : integration->products) {
    wish.placements.push_back({integration->number, product});
    succeeded_at_[wish.placements.back()] = sim_.steady();
  }
  std::ranges::sort(wish.placements);
  if (sim_.chance(0.5) && !known_.empty()) {
    const auto known = std::next(known_.begin(), static_cast<std::ptrdiff_t>(sim_.below(known_.size())));
    wish = {{known->second.placement}, known->second.key.lane, known->second.key.event};
    succeeded_at_[known->second.placement] = sim_.steady();
  }
  sim_.probe("tried by hand");
  sim_.trace("try", wish.placements.front().integration.value, wish.event.value_or(core::EventSeq{}).value);
  for (const auto& thread : life_->threads)
    thread->loop.post([&thread = *thread, wish] { thread.dispatcher->try_now(wish); });
}

bool World::waits_anywhere(const Known& known) const {
  queue::DeliveryKey key = known.key;
  const auto waits = [&] {
    return queue_.ready().contains(key) || queue_.retries().contains(key) || queue_.parked_deliveries().contains(key);
  };
  if (waits()) return true;
  return std::ranges::any_of(known.lanes_before, [&](core::LaneId lane) {
    key.lane = lane;
    return waits();
  });
}

// By the version that it must be made with; after a move by an older one, if that was on its way.
bool World::may_be_made_by(const Known& known, const std::function<bool(const core::Integration&)>& is_it) const {
  constexpr Duration kOnItsWay = std::chrono::minutes(1);
  if (is_it(*known.integration)) return true;
  return sim_.steady() - known.moved_at < kOnItsWay &&
         std::ranges::any_of(known.before, [&](const core::IntegrationPtr& one) { return is_it(*one); });
}

void World::pause(const core::IntegrationPtr& integration, core::ProductId product, core::Pause pause) {
  const core::PlacementKey placement{integration->number, product};
  if (store_.catalog()->pause(placement.integration, placement.product) == pause) return;
  sim_.trace(pause == core::Pause::kRunning ? "resume"
             : pause == core::Pause::kHold  ? "hold"
                                            : "skip",
             integration->number.value, product.value);
  if (!has(Planted::kPauseUnheard))
    FLEETHOOK_ASSERT(store_.set_pause(integration->id, {product}, pause, queue_.stats().last, {}).ok());
  std::vector<Period>& periods = periods_[placement];
  if (!periods.empty()) periods.back().to = std::min(periods.back().to, sim_.steady());
  periods.push_back({pause, sim_.steady(), Steady::max()});
  if (pause != core::Pause::kHold) return;
  for (auto& [id, known] : known_) known.was_parked = known.was_parked || known.placement == placement;
}

void World::pause_or_resume() {
  const core::IntegrationPtr integration = store_.catalog()->integration(sim_.pick(integrations_));
  const core::ProductId product = sim_.pick(integration->products);
  pause(integration, product, static_cast<core::Pause>(sim_.below(3)));
  if (sim_.chance(0.3)) drop_what_waits(integration, product);
}

void World::drop_what_waits(const core::IntegrationPtr& integration, core::ProductId product) {
  sim_.probe("what waited was dropped");
  sim_.trace("drop", integration->number.value, product.value);
  if (!has(Planted::kEndUnheard))
    FLEETHOOK_ASSERT(store_.drop_waiting(integration->id, {product}, queue_.stats().last, {}).ok());
  dropped_[{integration->number, product}].push_back({queue_.stats().last, sim_.steady()});
}

void World::set_clock(Duration by) {
  sim_.probe("clock jumped");
  sim_.jump_wall_clock(by);
  clock_.push_back({sim_.steady(), sim_.now()});
}

// The wall clock may have shown the same more than once, by being set back.
std::vector<World::Span> World::when_it_showed(Instant from, Instant to) const {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < clock_.size(); ++i) {
    const Steady end = i + 1 < clock_.size() ? clock_[i + 1].at : Steady::max();
    const Span span{std::max(clock_[i].at, clock_[i].at + (from - clock_[i].shown)),
                    std::min(end, clock_[i].at + (to - clock_[i].shown))};
    if (span.from <= span.to && span.from <= sim_.steady()) spans.push_back(span);
  }
  return spans;
}

// Its integration was deleted, or what waited for its placement was dropped.
bool World::told_to_end(const Known& known, Steady by) const {
  if (const auto gone = deleted_.find(known.key.integration); gone != deleted_.end() && gone->second <= by) return true;
  const auto dropped = dropped_.find(known.placement);
  return dropped != dropped_.end() && std::ranges::any_of(dropped->second, [&](const Drop& one) {
           return known.key.event <= one.newest && one.at <= by;
         });
}

// What was committed has its outcome, or the queue has it.
void World::check_nothing_is_missing() {
  std::uint64_t waiting = 0, without_outcome = 0;
  for (const queue::Waiting& one : queue_.waiting()) waiting += one.deliveries;
  for (const auto& [id, known] : known_) {
    const bool waits = waits_anywhere(known);
    if (known.outcome_life == 0 && !waits) return fail("oracle 7: a delivery neither waits nor has an outcome");
    without_outcome += known.outcome_life == 0 ? 1 : 0;
  }
  if (without_outcome > waiting || waiting != queue_.stats().waiting())
    fail("oracle 7: more or fewer wait than is said");
}

void World::resume_all() {
  for (const core::IntegrationId& id : integrations_) {
    const core::IntegrationPtr integration = store_.catalog()->integration(id);
    for (const core::ProductId product : integration->products) pause(integration, product, core::Pause::kRunning);
  }
}

// A deleted integration is not paused any more.
void World::end_periods(core::IntegrationNumber integration) {
  for (auto& [placement, periods] : periods_) {
    if (placement.integration == integration && !periods.empty())
      periods.back().to = std::min(periods.back().to, sim_.steady());
  }
}

bool World::in_period(const Known& known, core::Pause mode, Steady at) const {
  const auto found = periods_.find(known.placement);
  if (found == periods_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const Period& one) { return one.mode == mode && one.from <= at && at <= one.to; });
}

// The request says in which second its attempt began; the whole of that second must have been within a pause to count
// against it.
void World::check_pause(const Known& known, const http::Request& request) {
  const Instant began{std::chrono::seconds(number_of(request.headers.get("webhook-timestamp")))};
  const std::vector<Span> spans = when_it_showed(began, began + std::chrono::seconds(1));
  FLEETHOOK_ASSERT(!spans.empty());
  if (told_to_end(known, spans.front().from - Duration(1))) return fail("an attempt of what was told to end");
  const auto found = periods_.find(known.placement);
  if (found == periods_.end()) return;
  if (spans.size() > 1) return;  // it could be either
  for (const Period& one : found->second) {
    if (one.mode == core::Pause::kRunning || one.from > spans[0].from || spans[0].to > one.to) continue;
    return fail(one.mode == core::Pause::kHold ? "an attempt of a held placement"
                                               : "an attempt of a skipped placement");
  }
}

void World::test_once() {
  if (life_ == nullptr || life_->stopping) return;
  Life::Thread& thread = *sim_.pick(life_->threads);
  ++tests_started_;
  thread.loop.post([this, &thread] {
    core::Event event;
    event.id = core::EventId::make(sim_.now(), sim_.random());
    event.product = products_[0];
    event.name = "test";
    event.publisher = "api";
    event.published_at = sim_.now();
    thread.dispatcher->test(store_.catalog()->integration(integrations_[0]), event,
                            [this](const delivery::TestResult& result) {
                              ++tests_answered_;
                              sim_.probe(result.pass ? "test passed" : "test failed");
                            });
  });
}

void World::schedule_publishing() {
  const auto some_time = [this] { return sim_.between(Duration::zero(), weather_.publishing); };
  for (std::size_t left = weather_.events; left > 0;) {
    const std::size_t burst = sim_.chance(0.3) ? std::min<std::size_t>(left, 1 + sim_.below(20)) : 1;
    const Duration when = some_time();
    for (std::size_t i = 0; i < burst; ++i)
      sim_.after(when + Duration(static_cast<Duration::rep>(sim_.below(500))), [this] { publish(); });
    left -= burst;
  }
  for (std::uint64_t n = weather_.crashes ? 1 + sim_.below(4) : 0; n > 0; --n)
    sim_.after(some_time(), [this] { crash(); });
  for (std::uint64_t n = weather_.restarts ? 1 + sim_.below(2) : 0; n > 0; --n) {
    const Duration when = some_time();
    sim_.after(when, [this] { stop_and_start(); });
    if (weather_.crashes && sim_.chance(0.5))
      sim_.after(when + sim_.between(Duration::zero(), std::chrono::milliseconds(10)), [this] { crash(); });
  }
  for (std::uint64_t n = weather_.edits ? 1 + sim_.below(5) : 0; n > 0; --n)
    sim_.after(some_time(), [this] { edit(); });
  for (std::uint64_t n = sim_.below(3); n > 0; --n) sim_.after(some_time(), [this] { test_once(); });
  for (std::uint64_t n = sim_.below(4); n > 0; --n) {
    sim_.after(sim_.between(Duration::zero(), 4 * weather_.publishing), [this] { replay(); });
  }
  for (std::size_t n = weather_.pauses; n > 0; --n) sim_.after(some_time(), [this] { pause_or_resume(); });
  for (std::size_t n = weather_.edits ? 5 : 0; n > 0; --n) sim_.after(some_time(), [this] { try_now(); });
  for (std::uint64_t n = weather_.clock_jumps ? 1 + sim_.below(3) : 0; n > 0; --n) {
    sim_.after(some_time(), [this] { set_clock(sim_.between(-std::chrono::hours(120), std::chrono::hours(120))); });
  }
}

void World::calm_down() {
  calm_ = true;
  sim_.trace("calm");
  resume_all();
  disk_.faults = {};
  for (Imposter* receiver : receivers_) {
    receiver->personality = {};
    receiver->personality.idle_max = std::chrono::seconds(5);
  }
}

bool World::at_rest() {
  return life_ != nullptr && !life_->stopping && store_.running_replays()->empty() && queue_.ready().empty() &&
         queue_.retries().empty() && queue_.parked_deliveries().empty() &&
         tests_answered_ + tests_lost_ >= tests_started_;
}

void World::run() {
  start();
  schedule_publishing();
  const auto run_on = [this](Duration span) {
    const Steady end = sim_.steady() + span;
    while (failure_.empty() && sim_.step(end)) {
      if (sim_.steps() > kStepsMax) fail("does not come to rest: too many steps");
      if (sim_.steps() % 256 == 0) check_memory();
    }
    if (failure_.empty()) sim_.run_until(end);
  };
  run_on(weather_.publishing +
         sim_.between(Duration::zero(), weather_.dead_receiver ? std::chrono::minutes(60) : kBadWeatherTail));
  calm_down();
  // The longest wait: a retry that was put off just before, or a Retry-After.
  for (int i = 0; i < 30 && failure_.empty() && !at_rest(); ++i) run_on(std::chrono::minutes(10));
  if (!failure_.empty()) return;
  if (!at_rest()) {
    return fail("oracle 1: " + std::to_string(queue_.ready().size()) + " fresh deliveries and " +
                std::to_string(queue_.retries().size()) + " retries never end; " +
                std::to_string(queue_.parked_deliveries().size()) + " stay parked");
  }
  // Lanes are remembered for as long as a receiver asked to be spared: ten minutes at most.
  run_on(std::chrono::minutes(15));
  if (!failure_.empty()) return;
  check_at_rest();
  life_->stopping = true;
  life_->running = 2 * life_->threads.size() + 2;
  life_->releaser->stop([this] { --life_->running; });
  life_->replayer->stop([this] { --life_->running; });
  for (const auto& thread : life_->threads) {
    thread->ingest->stop([this] { --life_->running; });
    thread->dispatcher->stop(Deadline::never(), [this] { --life_->running; });
  }
  run_on(std::chrono::seconds(30));
  if (life_->running > 0) fail("does not stop");
}

World::Known* World::find(const http::Request& request) {
  const auto found = known_.find(std::string(request.headers.get("webhook-id")));
  return found == known_.end() ? nullptr : &found->second;
}

void World::accepted(const queue::Accepted& event, const queue::NewDelivery& delivery) {
  const std::string id = core::delivery_id(event.event->id, delivery.integration->id).str();
  Known& known = known_[id];
  if (event.event->replay != 0) begin_again(known, *event.event);
  known.key = {delivery.lane->id, event.seq, delivery.integration->number};
  known.event = event.event->id;
  known.integration = delivery.integration;
  known.placement = core::placement_of(*delivery.integration, *event.event);
  known.was_parked = delivery.parked || in_period(known, core::Pause::kHold, sim_.steady());
  known.device = event.event->publisher;
  if (is_in_order(known)) in_order_[order_of(known)].insert(known.key.event);
  if (delivery.parked) sim_.probe("parked as it was accepted");
  known.committed_at = sim_.steady();
  by_outcome_[{delivery.integration->number, event.event->id, event.event->replay}] = id;
  sim_.trace("accepted", event.seq.value, delivery.integration->number.value, delivery.integration->version);
  check_balance();
}

// A replay brought an event again whose delivery had ended badly: the same delivery to the receiver, another one in the
// books.
void World::begin_again(Known& known, const core::Event& event) {
  sim_.probe("replayed");
  if (known.outcome_life == 0) fail("oracle 2: replayed, though it had not ended");
  if (known.replay >= event.replay) fail("oracle 2: one replay brought a delivery twice");
  known = Known{};
  known.replay = event.replay;
  ++replayed_;
}

void World::replay() {
  if (life_ == nullptr || life_->stopping) return;
  store::ReplayPlan plan;
  plan.query.organization = organization_;
  plan.query.replayed = false;
  plan.same_version = sim_.chance(0.3);
  plan.per_second = 1 + static_cast<std::uint32_t>(sim_.below(50));
  const auto made = store_.create_replay(plan, 0, {user_, "owner"});
  if (!made.ok()) return fail("a replay cannot be made: " + made.error().message);
  sim_.trace("replay", made->number);
  life_->threads[0]->loop.post([&life = *life_] { life.replayer->wake(); });
  // In the middle of its first portions.
  if (weather_.crashes && sim_.chance(0.5))
    sim_.after(sim_.between(Duration::zero(), std::chrono::milliseconds(20)), [this] { crash(); });
  if (!sim_.chance(0.3)) return;
  sim_.after(sim_.between(Duration::zero(), std::chrono::minutes(1)), [this, number = made->number] {
    sim_.probe("replay cancelled");
    (void)store_.set_replay(number, store::ReplayState::kCancelled, {}).ok();
  });
}

void World::received(const Imposter& at, const Imposter::Request& arrived) {
  const http::Request& request = arrived.request;
  Known* known = find(request);
  const std::uint32_t attempt = number_of(request.headers.get("fleethook-attempt"));
  if (known == nullptr) {
    const bool is_test = request.body.find("event=test&") != std::string::npos;
    if (!is_test) fail("oracle 1: a request for an event that was not committed");
    return;
  }
  sim_.trace("received", known->key.event.value, known->key.integration.value, attempt);
  if (known->before.empty() ? !queue_.ready().contains(known->key) && !queue_.retries().contains(known->key)
                            : !waits_anywhere(*known))
    fail("oracle 2: sent again after it was acknowledged");
  if (known->outcome_life == lives_) fail("oracle 2: sent again after its outcome");
  const auto made_it = [&](const core::Integration& one) {
    return request.headers.get("x-mark") == one.config.headers.find("x-mark")->as_string();
  };
  const auto goes_there = [&](const core::Integration& one) { return one.config.url.starts_with("http://" + at.host); };
  if (!may_be_made_by(*known, made_it)) fail("B26: made with another version than it was accepted with");
  if (!may_be_made_by(*known, goes_there)) fail("sent to the wrong receiver");
  check_pause(*known, request);
  check_due(*known, attempt);
  check_device(*known);
  check_order(*known, attempt, arrived);
  if (known->attempt == 0) {
    if (attempt == 1) known->first_at = sim_.steady();
    if (&at != dead_ && !known->was_parked) healthy_latencies_.push_back(sim_.steady() - known->committed_at);
  }
  known->attempt = attempt;
  known->attempt_at = sim_.steady();
  known->life = lives_;
  known->last_answered = false;
  known->retry_after.reset();
}

void World::answered(
    const Imposter&, const http::Request& request, int status, std::optional<Duration> retry_after, bool prompt) {
  Known* known = find(request);
  sim_.trace("answered", known == nullptr ? 0 : known->key.event.value, static_cast<std::uint64_t>(status));
  if (known == nullptr) return;
  if (status / 100 == 2) known->answered_2xx = true;
  if (status / 100 == 2 || core::is_final_status(status)) succeeded_at_[known->placement] = sim_.steady();
  known->last_answered = prompt;
  if (prompt) known->retry_after = retry_after;
}

// Within one life attempts are numbered upwards, and the same number comes again only because a kept connection had
// been closed.
void World::check_order(Known& known, std::uint32_t attempt, const Imposter::Request& request) {
  if (attempt == 0) return fail("a request without its attempt");
  if (known.life != lives_) {
    if (known.attempt > 0) sim_.probe("repeated by the next life");
    return;
  }
  if (attempt > known.attempt) return;
  if (attempt < known.attempt || known.last_answered)
    return fail("oracle 2: attempt " + std::to_string(attempt) + " after attempt " + std::to_string(known.attempt));
  if (request.nth_on_link > 1) return fail("a stale connection was not replaced by a new one");
  sim_.probe("repeated after a stale connection");
}

void World::check_due(const Known& known, std::uint32_t attempt) {
  if (known.life == lives_ && known.attempt == attempt) return;  // sent once more: check_order() says whether it may be
  // Its receiver has taken something of the placement since: an outage is over, and what waited comes forward.
  if (!known.before.empty() && known.moved_at >= known.attempt_at) return;
  const auto succeeded = succeeded_at_.find(known.placement);
  if (succeeded != succeeded_at_.end() && succeeded->second >= known.attempt_at) return;
  const auto row = queue_.retries().find(known.key);
  if (row != queue_.retries().end() && row->second.progress.attempts + 1 == attempt &&
      !queue::is_in_order(row->second.due) && queue_.timeline().now() + kSlack < row->second.due) {
    fail("oracle 3: attempted before it was due");
  }
  if (known.attempt == 0 || attempt != known.attempt + 1) return;
  // Of what is in order, when it is due is forgotten with the process.
  if (is_in_order(known) && known.life != lives_) return;
  const Duration gap = sim_.steady() - known.attempt_at + kSlack;
  if (known.integration->config.policy == core::DeliveryPolicy::kParticle) {
    if (attempt > 3) fail("oracle 3: more than three attempts under the policy particle");
    if (known.first_at == Steady{}) return;
    if (sim_.steady() - known.first_at + std::chrono::seconds(20) + kSlack <
        std::chrono::seconds(attempt == 2 ? 30 : 60))
      fail("oracle 3: not at 30 and 60 s");
    return;
  }
  // The last attempt stands at the end of the time, whatever the receiver asked for.
  const Duration then_left = weather_.retry.give_up_after - (known.attempt_at - known.committed_at);
  if (known.retry_after && gap < std::min(*known.retry_after, then_left)) fail("oracle 3: Retry-After was not kept");
  Duration delay = weather_.retry.delay_min;
  for (std::uint32_t i = 2; i < attempt && delay < weather_.retry.delay_max; ++i) delay *= 2;
  delay = std::min(delay, weather_.retry.delay_max) / 2;
  const Duration left = weather_.retry.give_up_after - (sim_.steady() - known.committed_at);
  if (gap < delay && left > std::chrono::seconds(30)) fail("oracle 3: the back-off was not kept");
}

void World::check_device(const Known& known) {
  if (!is_in_order(known)) return;
  const std::set<core::EventSeq>& waiting = in_order_[order_of(known)];
  if (waiting.size() > 1) sim_.probe("others of its device wait");
  if (*waiting.begin() != known.key.event) fail("oracle 6: before another of its device");
}

// Oracle 7, at every moment at which something has changed.
void World::check_balance() {
  const delivery::Balance balance = settler_.balance();
  if (balance.adds_up()) return;
  fail("oracle 7: " + std::to_string(balance.created) + " deliveries were made, " +
       std::to_string(balance.ended.all()) + " ended, " + std::to_string(balance.waiting) + " wait and " +
       std::to_string(balance.held) + " are held");
}

void World::outcome_recorded(const store::Outcome& outcome, bool is_new) {
  const auto found = by_outcome_.find({outcome.integration, outcome.event, outcome.replay});
  const std::uint64_t seq = found == by_outcome_.end() ? 0 : known_[found->second].key.event.value;
  sim_.trace("outcome", seq, outcome.integration.value, static_cast<std::uint64_t>(outcome.kind));
  if (is_new) {
    store::Counts& counts = counted_[{outcome.integration, utc_day(outcome.at)}];
    ++counts.of(outcome.kind);
  }
  if (outcome.test) return;
  if (found == by_outcome_.end()) return fail("an outcome of nothing");
  Known& known = known_[found->second];
  if (!is_new) return fail("oracle 2: two outcomes of one delivery");
  known.outcome_life = lives_;
  known.kind = outcome.kind;
  if (is_in_order(known)) in_order_[order_of(known)].erase(known.key.event);
  if (!may_be_made_by(known, [&](const core::Integration& one) { return one.version == outcome.version; }))
    fail("an outcome with the wrong version");
  if (outcome.kind == core::OutcomeKind::kSuccess && !known.answered_2xx)
    fail("success, but the receiver never said so");
  if (outcome.kind == core::OutcomeKind::kSuccess) return;
  const std::vector<Span> spans = when_it_showed(outcome.at, outcome.at);
  FLEETHOOK_ASSERT(!spans.empty());
  if (outcome.kind == core::OutcomeKind::kSleep) {
    sim_.probe("skipped");
    const auto skipped = [&](const Span& span) { return in_period(known, core::Pause::kSkip, span.from); };
    if (std::ranges::none_of(spans, skipped)) fail("skipped, but its placement was not");
    if (known.life == lives_ && outcome.attempts < known.attempt) fail("a skip forgot attempts");
    return;
  }
  if (outcome.kind == core::OutcomeKind::kCancelled) {
    sim_.probe("cancelled");
    if (!told_to_end(known, spans.back().from)) fail("cancelled, but nobody said so");
    return;
  }
  if (told_to_end(known, spans.back().from)) return sim_.probe("finished what was on the wire");
  sim_.probe("gave up");
  const bool waited_for_others = is_in_order(known) && outcome.attempts == 0;
  if (known.integration->config.policy == core::DeliveryPolicy::kParticle && !waited_for_others) {
    if (outcome.attempts != 3) fail("oracle 3: the policy particle gives up after three attempts");
    return;
  }
  if (core::is_final_status(outcome.status)) return;
  sim_.probe("gave up after the time was over");
  const Duration age = sim_.steady() - known.committed_at;
  if (age + std::chrono::seconds(30) < weather_.retry.give_up_after) fail("oracle 3: gave up too early");
}

void World::check_memory() {
  check_nothing_is_missing();
  if (life_ == nullptr || life_->stopping) return;
  for (const auto& thread : life_->threads) {
    const auto stats = thread->dispatcher->stats();
    // Late offers are taken without room: a few.
    if (stats.in_memory > stats.lanes * (weather_.limits.lane_window_max + 20))
      return fail("oracle 4: too many deliveries in memory");
    if (stats.in_flight > stats.lanes * weather_.limits.connections_per_lane_max)
      return fail("oracle 4: too many attempts in flight");
    if (stats.connections > stats.lanes * weather_.limits.connections_per_lane_max)
      return fail("oracle 4: too many connections");
  }
}

void World::check_at_rest() {
  std::uint64_t lanes = 0;
  for (const auto& thread : life_->threads) {
    const auto stats = thread->dispatcher->stats();
    if (stats.in_memory > 0 || stats.in_flight > 0 || stats.connections > 0)
      fail("at rest something is still in memory");
    lanes += stats.lanes;
  }
  if (lanes > 0) fail("empty lanes are not forgotten");
  std::map<std::pair<core::IntegrationNumber, std::int32_t>, store::Counts> model;
  for (const auto& [id, known] : known_) {
    if (known.outcome_life == 0) return fail("oracle 1: " + id + " has no outcome");
    const bool dead = store_.all_dead_letters().contains({known.key.integration, known.event, known.replay});
    const bool expected = known.kind == core::OutcomeKind::kCancelled || known.kind == core::OutcomeKind::kError;
    if (expected && !dead) return fail("oracle 1: given up without a dead letter");
    if (dead && known.kind == core::OutcomeKind::kSuccess) return fail("a dead letter of a success");
  }
  for (const auto& [event, integrations] : promised_) {
    for (const core::IntegrationPtr& one : integrations) {
      if (!known_.contains(core::delivery_id(event, one->id).str()))
        return fail("oracle 1: an accepted event has no delivery for an integration that wants it");
    }
  }
  // Oracle 7.
  std::map<std::pair<core::IntegrationNumber, std::int32_t>, store::Counts> listed;
  for (const auto& [key, counts] : counted_) {
    const auto days = store_.counters(key.first, key.second, key.second);
    for (const store::DayCounts& day : *days) listed[key] += day.counts;
  }
  if (listed != counted_) fail("oracle 7: counters differ from the model");
  store::Counts all;
  for (const auto& [key, counts] : counted_) all += counts;
  std::uint64_t tests = 0;
  for (const auto& [key, outcome] : store_.outcomes()) tests += outcome.test ? 1 : 0;
  if (all.all() != known_.size() + replayed_ + tests) fail("oracle 7: counters do not add up to the deliveries");
  const auto replays = store_.replays({}, 100);
  for (const store::Replay& replay : *replays) {
    if (replay.ended.all() != replay.placed)
      fail("oracle 7: replay " + std::to_string(replay.number) + " placed " + std::to_string(replay.placed) +
           " deliveries and saw " + std::to_string(replay.ended.all()) + " end");
  }
  for (const Imposter* receiver : receivers_) {
    // One that is dropped inside its own callback closes a turn later, when its successor may be open.
    const std::size_t allowed = 2 * weather_.limits.connections_per_lane_max + tests_started_;
    if (receiver->open_links_max() > allowed) fail("oracle 4: too many connections at " + receiver->host);
  }
}

void World::fail(const std::string& what) {
  if (!failure_.empty()) return;
  failure_ = what + "\nseed " + std::to_string(seed_) + " (FLEETHOOK_SIM_SEED=" + std::to_string(seed_) +
             " runs it again); " + weather_.text() + "\nlast events:\n" + sim_.last_events();
}

}  // namespace fleethook::testing
