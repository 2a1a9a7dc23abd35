// How an integration is shown: list item, detail, and the answer to creation, on sandbox, product and organization
// paths.
#pragma once
#include <string>
#include <vector>

#include "core/integration.h"
#include "core/warning.h"
#include "json/value.h"
#include "queue/waiting_room.h"
#include "store/store.h"

namespace fleethook::api {

struct ViewOptions {
  store::Store& store;
  const store::Catalog& catalog;
  Instant now{};
  std::string base_url;                      // with the scope's path: "http://host/v1/products/10001"
  const core::Product* product = nullptr;    // product paths: numbers of that product only
  bool organization_path = false;            // sums over the products, and numbers of each
  const core::User* viewer = nullptr;        // who asks: of the sandboxes only his is looked into
  bool credentials = false;                  // literal ones are shown: sees_credentials()
  std::vector<queue::Waiting> waiting = {};  // WaitingRoom::waiting(), ascending
};

// Settings and differences of an integration as they are shown: literal credentials masked unless `credentials`.
json::Object shown_settings(json::Object settings, bool credentials);
json::Object shown_difference(json::Object changes, bool credentials);
// [{id, slug, name}] of its products.
json::Array product_objects(const core::Integration& integration, const store::Catalog& catalog);
// The whole configuration, product set and todayCounters; no counters, logs, errors. From memory.
json::Object list_item(const core::Integration& integration, const ViewOptions& options);
// The same as text, for lists of thousands: without a tree of the whole answer, whose making and freeing was half the
// cost.
void append_list_item(const core::Integration& integration, const ViewOptions& options, std::string& out);
// The list item with 30 days of counters, the last logged successes and errors. Reads the history: API pool only.
Result<json::Object> detail_view(const core::Integration& integration, const ViewOptions& options);
// The list item with ok, warnings if there are any (first those that reading `said`), and hookUrl or integrationUrl.
json::Object created_view(const core::Integration& integration,
                          const ViewOptions& options,
                          std::vector<core::Warning> said);

}  // namespace fleethook::api
