#include "api/event_trace.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/attempt_view.h"
#include "api/labels.h"
#include "api/product_sight.h"
#include "base/text.h"
#include "core/retry_policy.h"
#include "ingest/explain_past.h"

namespace fleethook::api {
namespace {

// One delivery of the event, or of a replay of it.
struct Traced {
  const store::Outcome* outcome = nullptr;          // over
  const queue::WaitingDelivery* waiting = nullptr;  // or not
  std::vector<const store::Exchange*> attempts;     // newest first
  std::uint64_t letter = 0;                         // 0: none is kept
};
// By integration, product of the placement, replay.
using Key = std::tuple<core::IntegrationNumber, core::ProductId, std::uint32_t>;

class Trace {
 public:
  Trace(Services& services, const Call& call, const Place& place, const queue::Kept& kept)
      : services_(services), call_(call), place_(place), kept_(kept), labels_(services, call) {}

  Result<json::Object> show() {
    FLEETHOOK_CHECK(gather());
    json::Array deliveries;
    for (const auto& [key, traced] : traced_) {
      if (is_here(key, traced)) deliveries.emplace_back(delivery_object(key, traced));
    }
    FLEETHOOK_TRY(json::Array not_fired, others());
    return json::Object{{"deliveries", std::move(deliveries)}, {"not_fired", std::move(not_fired)}};
  }

 private:
  // What waits is read before what is over: one that ends in between is found twice, and counts as over.
  Result<void> gather() {
    const core::EventId& id = kept_.event->id;
    FLEETHOOK_TRY(waiting_, services_.queue.waiting_for(kept_.seq));
    queue::EventPage page;
    page.look_max = services_.limits.events_looked_at_max;
    FLEETHOOK_TRY(const queue::FoundEvents replays, services_.queue.search({.replays_of = id}, page));
    for (const queue::Kept& again : replays.events) {
      FLEETHOOK_TRY(const auto more, services_.queue.waiting_for(again.seq));
      waiting_.insert(waiting_.end(), more.begin(), more.end());
    }
    FLEETHOOK_TRY(history_, services_.store.of_event(id, services_.limits.attempts_per_event_max));
    for (const queue::WaitingDelivery& one : waiting_) {
      const queue::Pending& delivery = one.delivery;
      traced_[{delivery.key.integration, delivery.product, delivery.event->replay}].waiting = &one;
    }
    for (const store::Outcome& one : history_.outcomes) {
      if (!one.test) traced_[{one.integration, one.product, one.replay}].outcome = &one;
    }
    for (const store::Exchange& one : history_.attempts) {
      const auto of = traced_.find({one.integration, one.product, one.event->replay});
      if (of != traced_.end()) of->second.attempts.push_back(&one);
    }
    for (const store::EventHistory::Letter& one : history_.letters) {
      for (auto& [key, traced] : traced_) {
        if (std::get<0>(key) == one.integration && std::get<2>(key) == one.replay) traced.letter = one.id;
      }
    }
    return {};
  }

  static std::uint32_t version_of(const Traced& traced) {
    return traced.outcome != nullptr ? traced.outcome->version : traced.waiting->delivery.version;
  }

  // Whether a delivery concerns the place.
  bool is_here(const Key& key, const Traced& traced) {
    const core::IntegrationPtr integration = labels_.known(std::get<0>(key), version_of(traced));
    if (integration == nullptr) return false;
    const bool in_sandbox = integration->scope == core::Scope::kSandbox;
    if (place_.product != nullptr) return !in_sandbox && std::get<1>(key) == place_.product->id;
    if (place_.organization != nullptr) return integration->organization == place_.organization->id;
    return in_sandbox && integration->user == call_.user->id;
  }

  json::Object delivery_object(const Key& key, const Traced& traced) {
    const auto& [number, product, replay] = key;
    json::Array attempts;
    for (const store::Exchange* attempt : traced.attempts) {
      json::Object shown = attempt_object(*attempt, labels_);
      for (const char* member : {"integration", "product", "event", "replay"}) shown.erase(member);
      attempts.emplace_back(std::move(shown));
    }
    json::Object shown{{"integration", labels_.integration(number, version_of(traced))},
                       {"product", labels_.product(product)},
                       {"replay", replay == 0 ? json::Value() : json::Value(replay)},
                       {"version", version_of(traced)}};
    traced.outcome != nullptr ? put_outcome(shown, *traced.outcome) : put_waiting(shown, key, *traced.waiting);
    shown.set("dead_letter", traced.letter == 0 ? json::Value() : json::Value(std::to_string(traced.letter)));
    shown.set("tries", std::move(attempts));
    return shown;
  }

  static void put_outcome(json::Object& into, const store::Outcome& outcome) {
    into.set("state", core::to_text(outcome.kind));
    into.set("attempts", outcome.attempts);
    into.set("status", outcome.status == 0 ? json::Value() : json::Value(outcome.status));
    into.set("error",
             outcome.error == core::ErrorClass::kNone ? json::Value() : json::Value(core::to_text(outcome.error)));
    into.set("ended_at", to_iso8601(outcome.at));
    into.set("took_ms", outcome.took.count() / 1000);
    into.set("next_attempt_at", nullptr);
    into.set("waits_for", nullptr);
  }

  void put_waiting(json::Object& into, const Key& key, const queue::WaitingDelivery& waiting) {
    const core::Standing standing = call_.catalog->standing({std::get<0>(key), std::get<1>(key)});
    const bool held = waiting.parked || standing != core::Standing::kRunning;
    const queue::Pending& delivery = waiting.delivery;
    const store::Exchange* last = nullptr;
    for (const store::Exchange& one : history_.attempts) {
      if (one.integration == delivery.key.integration && one.event->replay == delivery.event->replay) {
        last = &one;
        break;
      }
    }
    into.set("state", held ? "held" : "waiting");
    into.set("attempts", delivery.progress.attempts);
    into.set("status", last == nullptr || last->status == 0 ? json::Value() : json::Value(last->status));
    into.set("error", last == nullptr || last->error_class == core::ErrorClass::kNone
                          ? json::Value()
                          : json::Value(core::to_text(last->error_class)));
    into.set("ended_at", nullptr);
    into.set("took_ms", nullptr);
    json::Value next;
    const char* waits_for = "its turn";
    if (standing == core::Standing::kDisabled) {
      waits_for = "its integration, which is disabled";
    } else if (held) {
      waits_for = "its integration, which is paused";
    } else if (delivery.due && queue::is_in_order(*delivery.due)) {
      waits_for = "earlier events of its device";
    } else if (delivery.due) {
      waits_for = "its next attempt";
      next = to_iso8601(services_.clock.now() + (*delivery.due - services_.queue.timeline().now()));
    }
    into.set("next_attempt_at", std::move(next));
    into.set("waits_for", waits_for);
  }

  bool is_here(const ingest::PastExplanation& past) const {
    const bool in_sandbox = past.scope == core::Scope::kSandbox;
    if (place_.organization == nullptr && place_.product == nullptr) return in_sandbox && past.user == call_.user->id;
    if (in_sandbox) return false;
    if (place_.organization_path) return true;
    // A member of one product hears nothing of what runs on others only.
    if (past.integration == nullptr)
      return std::ranges::find(past.products, kept_.event->product) != past.products.end();
    if (past.integration->on(kept_.event->product)) return true;
    const ProductSight sight(*call_.catalog, call_.user, past.integration->organization);
    return !sight.of(past.integration->products).empty();
  }

  Result<json::Array> others() {
    ingest::PastExplainer explainer(services_.store, services_.store);
    FLEETHOOK_TRY(const auto explanations, explainer.explain(*call_.catalog, *kept_.event));
    json::Array shown;
    for (const ingest::PastExplanation& past : explanations) {
      if (!is_here(past) || has_delivery(past)) continue;
      json::Object one{
          {"integration",
           json::Object{{"id", past.id.str()}, {"name", past.name}, {"deleted", past.integration == nullptr}}}};
      one.set("verdict", ingest::fires(past.verdict) ? json::Value("unknown") : json::Value(to_text(past.verdict)));
      one.set("why", ingest::fires(past.verdict) ? json::Value("it fired it; what came of that is not kept any more")
                                                 : json::Value(past.why));
      shown.emplace_back(std::move(one));
    }
    return shown;
  }

  bool has_delivery(const ingest::PastExplanation& past) {
    for (const auto& [key, traced] : traced_) {
      if (std::get<2>(key) != 0) continue;
      const core::IntegrationPtr integration = labels_.known(std::get<0>(key), version_of(traced));
      if (integration != nullptr && integration->id == past.id) return true;
    }
    return false;
  }

  Services& services_;
  const Call& call_;
  const Place& place_;
  const queue::Kept& kept_;
  Labels labels_;
  std::vector<queue::WaitingDelivery> waiting_;
  store::EventHistory history_;
  std::map<Key, Traced> traced_;
};

}  // namespace

Result<json::Object> trace_of(Services& services, const Call& call, const Place& place, const queue::Kept& kept) {
  return Trace(services, call, place, kept).show();
}

}  // namespace fleethook::api
