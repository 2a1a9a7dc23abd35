// Events and headers as columns of the history tables.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event.h"
#include "sqlite/database.h"
#include "store/history.h"

namespace fleethook::store {

using Headers = std::vector<std::pair<std::string, std::string>>;

// "name: value", one a line, in order. Line ends inside a value become spaces.
std::string headers_text(const Headers& headers);
Headers parse_headers(std::string_view text);
// One a line; line ends inside one become spaces.
std::string lines_text(const std::vector<std::string>& lines);
std::vector<std::string> parse_lines(std::string_view text);

// Columns of an event in the order that bind_event() and read_event() use.
#define FLEETHOOK_HISTORY_EVENT_COLUMNS                                                                            \
  "event_id, event_product, event_owner, event_name, event_data, event_publisher, event_published_at, event_ttl, " \
  "event_public, event_origin, event_hops, event_product_version, event_os_version, event_device_groups"
// Binds those at `position` and after. `event` must live until the statement has run.
void bind_event(sqlite::Statement& statement, int position, const core::Event& event);
core::EventPtr read_event(const sqlite::Statement& row, int column);

#define FLEETHOOK_EXCHANGE_COLUMNS                                                                              \
  "id, integration, product, success, at, version, attempt, took, method, url, request_headers, request_body, " \
  "status, response_headers, response_body, error, notes, error_class, replay, " FLEETHOOK_HISTORY_EVENT_COLUMNS
// Of a row that begins with those.
Exchange read_exchange(const sqlite::Statement& row);

}  // namespace fleethook::store
