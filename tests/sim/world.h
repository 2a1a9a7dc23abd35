// A whole simulated installation under one seed: publishers, ingest, dispatchers on several loops, disk, receivers,
// crashes and edits; and a model that knows what must come of every delivery. Its oracles, each with a fault that it
// finds in oracles_test.cc:
//   1  once all is calm, every accepted delivery has an end, with a dead letter if it is one
//   2  never again after its end was noted, but for a crash in between; attempts are numbered upwards
//   3  never before it is due: back-off, Retry-After and the ends of trying are kept
//   4  connections, attempts under way and deliveries in memory stay within their limits
//   5  who is dead or held slows nobody else
//   6  of a device, where its order is kept, never before the end of an earlier one is kept
//   7  counters and what waits are what the model says; what was made is what ended and what waits, at every moment
//   8  the same seed gives the same run
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "delivery/dispatcher.h"
#include "delivery/releaser.h"
#include "ingest/ingest.h"
#include "ingest/replayer.h"
#include "planted.h"
#include "testing/sim_network.h"
#include "testing/sim_queue.h"
#include "testing/sim_settler.h"
#include "testing/sim_store.h"

namespace fleethook::testing {

// What goes wrong in a run, and how much. Drawn from the seed; a test may set it.
struct Weather {
  double network = 0, disk = 0;  // 0 = calm, 1 = savage
  double in_order = 0;           // share of the integrations that keep the order of each device
  bool crashes = false, restarts = false, edits = false, clock_jumps = false, dead_receiver = false;
  std::size_t pauses = 0;  // and resumptions, of random placements
  std::size_t loops = 1, receivers = 2, integrations = 3, events = 40;
  Duration publishing = std::chrono::minutes(5);
  Limits limits;
  core::RetrySettings retry;
  Planted planted = Planted::kNothing;
  static Weather drawn(Sim& sim);
  std::string text() const;
};

class World final : private Imposter::Witness {
 public:
  explicit World(std::uint64_t seed);
  World(std::uint64_t seed, const Weather& weather);
  World(std::uint64_t seed, Planted planted);  // in the weather of the seed
  ~World() override;

  // To the end: publishing in bad weather, then calm until everything is at rest.
  void run();
  // What was wrong first, with the seed and the last events; "" if nothing.
  const std::string& failure() const { return failure_; }
  const Sim& sim() const { return sim_; }
  const Weather& weather() const { return weather_; }
  // From commit to arrival, of deliveries to receivers that were never dead.
  const std::vector<Duration>& healthy_latencies() const { return healthy_latencies_; }
  std::size_t deliveries() const { return known_.size(); }

 private:
  struct Life;  // of the process: from start to stop or crash
  // What the model knows of a delivery.
  struct Known {
    core::EventId event;
    queue::DeliveryKey key;
    core::IntegrationPtr integration;  // the version it must be made with
    core::PlacementKey placement;
    Steady committed_at{};
    std::uint64_t life = 0;     // of the last request
    std::uint32_t attempt = 0;  // of the last request
    Steady attempt_at{}, first_at{};
    bool answered_2xx = false;
    bool last_answered = false;  // the last request got a prompt answer
    std::optional<Duration> retry_after;
    std::uint64_t outcome_life = 0;  // 0 = none yet
    // Versions and lanes that it was moved away from, and when it was last; what was on its way by them may arrive.
    std::vector<core::IntegrationPtr> before;
    std::vector<core::LaneId> lanes_before;
    Steady moved_at{};
    bool was_parked = false;  // or may have been: its waiting says nothing about the others
    core::OutcomeKind kind = core::OutcomeKind::kSuccess;
    std::string device;
    std::uint32_t replay = 0;  // the newest one that brought it
  };
  // Of what is in order: one queue.
  using Order = std::tuple<core::LaneId, core::PlacementKey, std::string>;
  static bool is_in_order(const Known& known) { return known.integration->config.delivery.order_per_device; }
  static Order order_of(const Known& known) { return {known.key.lane, known.placement, known.device}; }

  // What the wall clock showed from then on; it is set now and then.
  struct Shown {
    Steady at{};
    Instant shown{};
  };
  struct Span {
    Steady from{}, to{};
  };
  struct Drop {
    core::EventSeq newest;  // that was committed
    Steady at{};
  };
  // From a pause to the next change of the same placement.
  struct Period {
    core::Pause mode = core::Pause::kRunning;
    Steady from{}, to = Steady::max();
  };

  void set_up();
  void start();
  void load_version(SimLoop& loop,
                    core::IntegrationNumber number,
                    std::uint32_t version,
                    const std::function<void(Result<core::IntegrationPtr>)>& done);
  void plant(delivery::Surroundings& outside);
  void crash();
  void stop_and_start();
  void calm_down();
  void schedule_publishing();
  void publish();
  void edit();
  void pause(const core::IntegrationPtr& integration, core::ProductId product, core::Pause pause);
  void pause_or_resume();
  void move_what_waits(const core::IntegrationPtr& integration);
  void try_now();
  bool waits_anywhere(const Known& known) const;
  bool may_be_made_by(const Known& known, const std::function<bool(const core::Integration&)>& is_it) const;
  void resume_all();
  void drop_what_waits(const core::IntegrationPtr& integration, core::ProductId product);
  void end_periods(core::IntegrationNumber integration);
  void set_clock(Duration by);
  std::vector<Span> when_it_showed(Instant from, Instant to) const;  // ascending
  bool told_to_end(const Known& known, Steady by) const;
  void check_nothing_is_missing();
  void check_pause(const Known& known, const http::Request& request);
  bool in_period(const Known& known, core::Pause mode, Steady at) const;
  void test_once();
  void replay();
  void accepted(const queue::Accepted& event, const queue::NewDelivery& delivery);
  void begin_again(Known& known, const core::Event& event);
  void outcome_recorded(const store::Outcome& outcome, bool is_new);
  void check_balance();
  void received(const Imposter& at, const Imposter::Request& request) override;
  void answered(const Imposter& at,
                const http::Request& request,
                int status,
                std::optional<Duration> retry_after,
                bool prompt) override;
  void check_order(Known& known, std::uint32_t attempt, const Imposter::Request& request);
  void check_due(const Known& known, std::uint32_t attempt);
  void check_device(const Known& known);
  void check_memory();
  void check_at_rest();
  bool at_rest();
  bool has(Planted fault) const { return weather_.planted == fault; }
  void fail(const std::string& what);
  Known* find(const http::Request& request);
  core::IntegrationConfig config_for(std::size_t receiver, core::DeliveryPolicy policy);
  Personality personality(std::size_t receiver);

  const std::uint64_t seed_;
  Sim sim_;
  Weather weather_;
  SimDisk disk_{sim_};
  PlantedQueue queue_{sim_, disk_, weather_.planted};
  PlantedStore store_{sim_, sim_.random(), disk_, weather_.planted};
  SimSettler settler_{disk_, store_, queue_};
  SimNetwork network_{sim_};
  std::vector<Imposter*> receivers_;
  const Imposter* dead_ = nullptr;  // for the first hour
  std::vector<core::ProductId> products_;
  core::UserId user_;
  core::OrganizationId organization_;
  std::vector<core::IntegrationId> integrations_;

  std::unique_ptr<Life> life_;  // nullptr while down
  std::uint64_t lives_ = 0;
  bool calm_ = false;
  bool down_ = false;
  std::uint32_t edits_ = 0;

  std::map<core::IntegrationNumber, Steady> deleted_;
  std::vector<Shown> clock_{{sim_.steady(), sim_.now()}};
  std::map<core::PlacementKey, std::vector<Drop>> dropped_;  // what was accepted until then
  std::map<std::string, Known> known_;                       // by webhook-id
  std::map<SimStore::OutcomeKey, std::string> by_outcome_;   // integration and event to webhook-id
  std::map<std::pair<core::IntegrationNumber, std::int32_t>, store::Counts> counted_;
  std::vector<std::pair<core::EventId, std::vector<core::IntegrationPtr>>>
      promised_;                // to publishers who were told yes
  std::uint64_t replayed_ = 0;  // deliveries that replays brought
  std::uint64_t tests_started_ = 0, tests_answered_ = 0, tests_lost_ = 0;
  std::map<core::PlacementKey, std::vector<Period>> periods_;
  std::map<Order, std::set<core::EventSeq>> in_order_;  // accepted and not over
  // The last time that a receiver took something of it, or that somebody wanted it tried.
  std::map<core::PlacementKey, Steady> succeeded_at_;
  std::vector<Duration> healthy_latencies_;
  std::string failure_;
};

}  // namespace fleethook::testing
