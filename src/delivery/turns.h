// Who may have a request built now, or a long answer looked through for those who listen, as far as the work of it
// goes. What ordinary templates take is free. Who takes more pays: for each step over a second so many steps are
// forgiven, and until then the owner's deliveries wait; and in one turn of the loop only so much of it is done for all
// owners together. So costly templates and long answers take a small part of a loop, in small portions, and only their
// own owner waits.
//
//   built(steps)   more than is free: the owner owes them, and so much of the turn is used
//        |
//        v
//   may_build()    false for an owner who owes, and for all when the turn is used up
//        |
//        v
//   wait(client)   in the line of its owner
//        |
//        v         the timer: the turn is new, debts are paid
//   turn_came()    one by one, the owners in a round
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "base/loop.h"
#include "core/integration.h"
#include "core/work_budget.h"
#include "metrics/registry.h"

namespace fleethook::delivery {

// Lives on its loop, longer than its clients.
class Turns {
 public:
  // Waits for a turn, once at a time.
  class Client {
   public:
    // May build again, and wait again.
    virtual void turn_came() = 0;

   protected:
    ~Client() = default;
  };

  Turns(Loop& loop, const Limits& limits, metrics::Registry& metrics);
  ~Turns();
  Turns(const Turns&) = delete;

  // `owner` as in core::LaneKey.
  bool may_build(const std::string& owner) const { return owners_.empty() || may_build_now(owner); }
  // To be told of everything that was rendered on the loop.
  void built(const core::Integration& integration, const core::WorkBudget& work) {
    if (work.spent() > limits_.template_steps_free) charge_template(integration, work.spent());
  }
  // To be told of each long answer that was masked and published.
  void looked_through(const std::string& owner, std::size_t bytes) { charge(owner, bytes / kBytesPerStep); }
  // What may be rendered for people to look at: nothing while the owner owes a lot. Receivers come first.
  core::WorkBudget for_people(const core::Integration& integration) const;

  // After may_build() was false. A client that waits already keeps its place.
  void wait(const std::string& owner, Client& client);
  void forget(Client& client);

 private:
  struct Line {
    Steady paid_at{};
    std::deque<Client*> waiting;
  };
  using Owners = std::map<std::string, Line>;  // those that owe, or wait

  static constexpr std::size_t kBytesPerStep = 16;  // of an answer

  bool may_build_now(const std::string& owner) const;
  void charge_template(const core::Integration& integration, std::size_t steps);
  // Gives how long the owner pays now.
  Duration charge(const std::string& owner, std::size_t steps);
  void arm(Steady when);
  void next_turn();
  void serve(const std::string& owner);

  Loop& loop_;
  const Limits& limits_;
  metrics::Counter& waits_;
  Owners owners_;
  std::string served_last_;
  std::size_t spent_ = 0;  // in this turn
  TimerId timer_ = 0;
  Steady timer_at_{};
  Steady told_at_{};
};

}  // namespace fleethook::delivery
