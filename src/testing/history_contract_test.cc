// The simulated store keeps its history, devices, secrets and variables as every store must.
#include "store/history_contract.h"

#include "store/attempt_contract.h"
#include "store/dead_letter_contract.h"
#include "store/device_contract.h"
#include "store/replay_contract.h"
#include "store/secret_contract.h"
#include "testing/sim_store.h"

namespace fleethook::testing {
namespace {

// Tests of the contract wait for each answer: the simulation runs until it has come.
class Stepped final : public SimStore {
 public:
  Stepped(Sim& sim, const Clock& clock, SimDisk& disk) : SimStore(clock, sim.random(), disk), sim_(sim) {}
  void record(store::HistoryBatch batch, OnRecorded done) override {
    SimStore::record(std::move(batch), std::move(done));
    while (sim_.step()) {
    }
  }

 private:
  Sim& sim_;
};

class SteppedStore final : public store::FleetHarness {
 public:
  store::FleetStore& store() override { return store_; }
  void reopen() override { disk_.crash(); }

 private:
  Sim sim_{1};
  SimDisk disk_{sim_};
  Stepped store_{sim_, clock, disk_};
};

}  // namespace
}  // namespace fleethook::testing

namespace fleethook::store {
namespace {

const auto simulated = ::testing::Values(FleetFactory{"sim", [] { return std::make_unique<testing::SteppedStore>(); }});
const auto name_of = [](const auto& of) { return of.param.name; };

INSTANTIATE_TEST_SUITE_P(Simulated, AttemptContract, simulated, name_of);
INSTANTIATE_TEST_SUITE_P(Simulated, DeadLetterContract, simulated, name_of);
INSTANTIATE_TEST_SUITE_P(Simulated, DeviceContract, simulated, name_of);
INSTANTIATE_TEST_SUITE_P(Simulated, HistoryContract, simulated, name_of);
INSTANTIATE_TEST_SUITE_P(Simulated, ReplayContract, simulated, name_of);
INSTANTIATE_TEST_SUITE_P(Simulated, SecretContract, simulated, name_of);

}  // namespace
}  // namespace fleethook::store
