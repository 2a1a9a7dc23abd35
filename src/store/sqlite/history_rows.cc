#include "store/sqlite/history_rows.h"

#include <algorithm>
#include <memory>

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

void append_line_part(std::string& text, std::string_view part) {
  for (const char c : part) text += c == '\n' || c == '\r' ? ' ' : c;
}

template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string headers_text(const Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    append_line_part(text, name);
    text += ": ";
    append_line_part(text, value);
    text += '\n';
  }
  return text;
}

Headers parse_headers(std::string_view text) {
  Headers headers;
  for_each_line(text, [&](std::string_view line) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  });
  return headers;
}

std::string lines_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    append_line_part(text, line);
    text += '\n';
  }
  return text;
}

std::vector<std::string> parse_lines(std::string_view text) {
  std::vector<std::string> lines;
  for_each_line(text, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

void bind_event(sqlite::Statement& statement, int position, const core::Event& event) {
  const auto blob = [](std::string_view bytes) {
    return std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  };
  statement.bind_blob(position, event.id.bytes);
  statement.bind(position + 1, static_cast<std::int64_t>(event.product.value));
  sql::bind(statement, position + 2, event.owner);
  statement.bind_text(position + 3, event.name);
  if (event.data) {
    statement.bind_blob(position + 4, blob(*event.data));
  } else {
    statement.bind_null(position + 4);
  }
  statement.bind_text(position + 5, event.publisher);
  sql::bind(statement, position + 6, event.published_at);
  sql::bind(statement, position + 7, event.ttl_s);
  sql::bind(statement, position + 8, event.is_public);
  sql::bind(statement, position + 9, static_cast<int>(event.origin));
  sql::bind(statement, position + 10, static_cast<int>(event.hops));
  statement.bind_text(position + 11, event.device.firmware_version);
  statement.bind_text(position + 12, event.device.os_version);
  statement.bind_text(position + 13, event.device.groups);
}

core::EventPtr read_event(const sqlite::Statement& row, int column) {
  auto event = std::make_shared<core::Event>();
  event->id = sql::id<core::EventId>(row, column);
  event->product = sql::number<core::ProductId>(row, column + 1);
  event->owner = sql::id<core::UserId>(row, column + 2);
  event->name = sql::text(row, column + 3);
  if (!row.column_is_null(column + 4)) event->data = sql::text(row, column + 4);
  event->publisher = sql::text(row, column + 5);
  event->published_at = sql::instant(row, column + 6);
  event->ttl_s = static_cast<std::int32_t>(row.column_int(column + 7));
  event->is_public = sql::flag(row, column + 8);
  event->origin = static_cast<core::Origin>(row.column_int(column + 9));
  event->hops = static_cast<std::uint8_t>(row.column_int(column + 10));
  event->device.firmware_version = sql::text(row, column + 11);
  event->device.os_version = sql::text(row, column + 12);
  event->device.groups = sql::text(row, column + 13);
  return event;
}

Exchange read_exchange(const sqlite::Statement& row) {
  Exchange exchange;
  exchange.id = static_cast<std::uint64_t>(row.column_int(0));
  exchange.integration = sql::number<core::IntegrationNumber>(row, 1);
  exchange.product = sql::number<core::ProductId>(row, 2);
  exchange.success = sql::flag(row, 3);
  exchange.at = sql::instant(row, 4);
  exchange.version = static_cast<std::uint32_t>(row.column_int(5));
  exchange.attempt = static_cast<std::uint32_t>(row.column_int(6));
  exchange.took = Duration(row.column_int(7));
  exchange.method = sql::text(row, 8);
  exchange.url = sql::text(row, 9);
  exchange.request_headers = parse_headers(row.column_text(10));
  exchange.request_body = sql::text(row, 11);
  exchange.status = static_cast<std::int32_t>(row.column_int(12));
  exchange.response_headers = parse_headers(row.column_text(13));
  exchange.response_body = sql::text(row, 14);
  exchange.error = sql::text(row, 15);
  exchange.notes = parse_lines(row.column_text(16));
  exchange.error_class = static_cast<core::ErrorClass>(row.column_int(17));
  auto event = std::make_shared<core::Event>(*read_event(row, 19));
  event->replay = static_cast<std::uint32_t>(row.column_int(18));
  exchange.event = std::move(event);
  return exchange;
}

}  // namespace fleethook::store
