#include "api/call.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "api/router.h"
#include "base/assert.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

std::string_view media_type(const http::Request& request) {
  const std::string_view value = request.headers.get("content-type");
  return trim_spaces(value.substr(0, value.find(';')));
}

// "a[b][]" -> {"a", "b", ""}; a key with unbalanced brackets stays whole.
std::vector<std::string_view> bracket_path(std::string_view key) {
  std::vector<std::string_view> path;
  const std::size_t open = key.find('[');
  path.push_back(key.substr(0, open));
  std::string_view rest = open == std::string_view::npos ? std::string_view() : key.substr(open);
  while (!rest.empty()) {
    const std::size_t close = rest.find(']');
    if (rest.front() != '[' || close == std::string_view::npos) return {key};
    path.push_back(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
  }
  return path;
}

// Form nesting is bounded like JSON's, though nobody needs as much.
constexpr std::size_t kBracketDepthMax = 8;

// "" appends to a list, and so does its next index (some clients count: groups[0]=a&groups[1]=b).
bool is_list_step(const json::Value& slot, std::string_view step, std::size_t& index) {
  if (!slot.is_null() && !slot.is_array()) return false;
  const std::size_t size = slot.is_array() ? slot.as_array().size() : 0;
  index = size;
  if (step.empty()) return true;
  const auto [end, status] = std::from_chars(step.data(), step.data() + step.size(), index);
  return status == std::errc() && end == step.data() + step.size() && index <= size;
}

void put(json::Value& slot, std::span<const std::string_view> path, std::string value) {
  if (path.empty()) {
    slot = std::move(value);
    return;
  }
  std::size_t index = 0;
  if (is_list_step(slot, path[0], index)) {
    if (!slot.is_array()) slot = json::Array{};
    json::Array& list = slot.as_array();
    if (index == list.size()) list.emplace_back();
    return put(list[index], path.subspan(1), std::move(value));
  }
  if (!slot.is_object()) slot = json::Object{};
  put(slot.as_object()[path[0]], path.subspan(1), std::move(value));
}

// Everything behind this takes text for UTF-8, as JSON's is.
Result<json::Object> form_object(std::string_view text, const Limits& limits) {
  json::Object object;
  // Each new name costs more the more there are.
  FLEETHOOK_TRY(http::Pairs fields, http::parse_form(text, limits.form_fields_max));
  for (auto& [sent_key, value] : fields) {
    const std::string key = repair_utf8(sent_key);
    auto path = bracket_path(key);
    if (path.size() > kBracketDepthMax) path = {key};
    put(object[path[0]], std::span(path).subspan(1), is_valid_utf8(value) ? std::move(value) : repair_utf8(value));
  }
  return object;
}

std::string_view without_blanks_before(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
  return text;
}

}  // namespace

store::Actor Call::actor() const {
  return {user->id, user->username};
}

const std::string* Call::find_in_path(std::string_view name) const {
  const auto found = std::ranges::find(route->names, name);
  return found == route->names.end() ? nullptr : &parameters[static_cast<std::size_t>(found - route->names.begin())];
}

const std::string& Call::path(std::string_view name) const {
  const std::string* part = find_in_path(name);
  FLEETHOOK_ASSERT(part != nullptr);
  return *part;
}

std::optional<std::string> Call::query(std::string_view name) const {
  return http::form_value(request.query(), name);
}

Result<json::Object> Call::body(const Limits& limits) const {
  const std::string_view type = media_type(request);
  if (ascii_iequals(type, "application/x-www-form-urlencoded")) {
    // Some clients say "form" (curl -d does) and send JSON: what begins with a brace is JSON.
    if (!without_blanks_before(request.body).starts_with('{')) return form_object(request.body, limits);
  }
  if (without_blanks_before(request.body).empty()) return json::Object{};
  FLEETHOOK_TRY(json::Value value, json::parse(request.body, limits.json_depth_max));
  if (!value.is_object()) return Error{Fault::kInvalid, "the body must be a JSON object"};
  return std::move(value.as_object());
}

Result<const core::Product*> find_product(const store::Catalog& catalog, std::string_view id_or_slug) {
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(id_or_slug.data(), id_or_slug.data() + id_or_slug.size(), number);
  const bool is_number = status == std::errc() && end == id_or_slug.data() + id_or_slug.size();
  const core::Product* product = is_number ? catalog.product(core::ProductId{number}) : nullptr;
  if (product == nullptr) product = catalog.product_by_slug(id_or_slug);
  if (product == nullptr) return Error{Fault::kNotFound, "there is no product '" + std::string(id_or_slug) + "'"};
  return product;
}

Result<const core::Organization*> find_organization(const store::Catalog& catalog, std::string_view id_or_slug) {
  const auto id = core::OrganizationId::parse(id_or_slug);
  const core::Organization* organization = id ? catalog.organization(*id) : nullptr;
  if (organization == nullptr) organization = catalog.organization_by_slug(id_or_slug);
  if (organization == nullptr)
    return Error{Fault::kNotFound, "there is no organization '" + std::string(id_or_slug) + "'"};
  return organization;
}

Result<std::optional<std::string>> text_member(const json::Object& body, std::string_view name) {
  const json::Value* value = body.find(name);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return Error::field(std::string(name), "expected text");
  return std::optional<std::string>(value->as_string());
}

Result<std::optional<bool>> bool_member(const json::Object& body, std::string_view name) {
  const json::Value* value = body.find(name);
  if (value == nullptr || value->is_null()) return std::optional<bool>();
  if (value->is_bool()) return std::optional<bool>(value->as_bool());
  if (value->is_string() && value->as_string() == "true") return std::optional<bool>(true);
  if (value->is_string() && value->as_string() == "false") return std::optional<bool>(false);
  return Error::field(std::string(name), "expected true or false");
}

Result<std::optional<std::int64_t>> int_member(const json::Object& body, std::string_view name) {
  const json::Value* value = body.find(name);
  if (value == nullptr || value->is_null()) return std::optional<std::int64_t>();
  if (value->is_int()) return std::optional<std::int64_t>(value->as_int());
  if (value->is_string()) {
    const std::string& text = value->as_string();
    std::int64_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status == std::errc() && end == text.data() + text.size()) return std::optional<std::int64_t>(number);
  }
  return Error::field(std::string(name), "expected a whole number");
}

}  // namespace fleethook::api
