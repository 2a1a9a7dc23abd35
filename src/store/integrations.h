// Integrations: changing them by rules, pausing them, their versions.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/catalogs.h"
#include "store/changes.h"

namespace fleethook::store {

struct NewIntegration {
  core::Scope scope = core::Scope::kSandbox;
  core::UserId user;  // owner when there is no organization
  core::OrganizationId organization;
  std::vector<core::ProductId> products;
  core::UserId created_by;
  core::IntegrationConfig config;
};
struct IntegrationEdit {
  core::IntegrationConfig config;
  std::vector<core::ProductId> products;
  std::optional<std::uint32_t> expected_version;  // kConflict, code "version_mismatch", when another one is current
  core::UserId by;
};
// How long an integration that was merged into another is still shown, with its past counters.
inline constexpr Duration kMergedShownFor = std::chrono::hours(24 * 30);

// One version of an integration: what was, since when, by whom.
struct VersionRecord {
  core::IntegrationPtr integration;  // as of that version: config, products, overrides
  std::string action;                // Changes::Put::action
  core::UserId by;
  Instant at{};
};
struct PlacementRecord {
  core::ProductId product;
  Instant added_at{};
  std::optional<Instant> removed_at;  // nullopt: still there
};

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h.
class Integrations : public Catalogs {
 public:
  ~Integrations() override = default;
  // Runs `rule` on the newest catalog and makes true what it gives, all of it or nothing. Answers the integrations of
  // Changes::integrations as they are now, in that order. Errors of the rule come back as they are.
  virtual Result<std::vector<core::IntegrationPtr>> change_integrations(const Rule& rule) = 0;
  // The plain commands, without the rules of sharing (those are in sharing/).
  Result<core::IntegrationPtr> create_integration(NewIntegration integration);
  Result<core::IntegrationPtr> update_integration(const core::IntegrationId& id, IntegrationEdit edit);
  Result<void> delete_integration(const core::IntegrationId& id);
  // Holds, skips or resumes the integration on these products (none = in its sandbox); those that are in that state
  // already stay as they are, with their time and number. Makes no version. kNotFound when it does not run on one of
  // them: then nothing is changed. Once it has returned no attempt begins that it forbids. A pause ends with its
  // placement.
  //
  // `newest`: the newest event that is committed, read by the caller before the call (of a queue: QueueStats::last). So
  // what was answered to its publisher before the command was sent counts as accepted before it, and what is published
  // after the command has returned does not; what is accepted meanwhile is on one of the two sides for good. With kSkip
  // what was accepted before waits, and what came after is skipped: lanes decide that when its turn comes, not ingest
  // by the snapshot it matched with.
  virtual Result<void> set_pause(const core::IntegrationId& id,
                                 const std::vector<core::ProductId>& products,
                                 core::Pause pause,
                                 core::EventSeq newest,
                                 const Actor& by) = 0;
  // All that was accepted for the integration on these products up to the event `newest`, and waits, is to end as
  // cancelled, whatever becomes of the placement. kNotFound as above. Once it has returned no attempt of it begins.
  virtual Result<void> drop_waiting(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::EventSeq newest,
                                    const Actor& by) = 0;
  // All that was accepted for the integration on these products up to the event `newest`, and waits, is to go by the
  // version that runs there now. kNotFound as above. Once it has returned no attempt of it begins by another one.
  virtual Result<void> move_waiting(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::EventSeq newest,
                                    const Actor& by) = 0;
  // The configuration as of a version, for deliveries made under it; also after the integration was merged (its
  // deliveries still finish). kNotFound for versions that never were.
  virtual Result<core::IntegrationPtr> integration_version(core::IntegrationNumber number, std::uint32_t version) = 0;
  // Its versions below `before` (0 = from the newest on), newest first, at most `limit`; staged ones too.
  virtual Result<std::vector<VersionRecord>> versions(core::IntegrationNumber number,
                                                      std::uint32_t before,
                                                      std::size_t limit) = 0;
  // Where an integration runs and ran, ascending by product.
  virtual Result<std::vector<PlacementRecord>> placements(core::IntegrationNumber number) = 0;
};

}  // namespace fleethook::store
