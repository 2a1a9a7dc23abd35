// Devices: in products (imported), and claimed by users. Whose they are is decided in store/device_rules.h.
#include <algorithm>

#include "api/answers.h"
#include "api/device_groups.h"
#include "api/multipart.h"
#include "api/named.h"
#include "api/pages.h"
#include "api/router.h"
#include "base/text.h"
#include "core/device_groups.h"
#include "store/device_rules.h"

namespace fleethook::api {
namespace {

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value() : json::Value(text);
}

json::Object device_object(const core::Device& device, const store::Catalog& catalog) {
  json::Object object{{"id", device.id.str()}, {"name", text_or_null(device.name)}};
  const core::User* owner = catalog.user(device.owner);
  const core::Product* product = catalog.product(device.product);
  object.set("owner", owner != nullptr ? json::Value(owner->username) : json::Value());
  object.set("claim_pending", !device.owner_agreed);
  object.set("last_ip_address", nullptr);
  const std::optional<Instant> heard = device.heard->last();
  object.set("last_heard", heard ? json::Value(to_iso8601(*heard)) : json::Value());
  object.set("last_handshake_at", nullptr);
  object.set("product_id", product != nullptr ? json::Value(product->id.value) : json::Value());
  object.set("online", false);
  object.set("connected", false);
  object.set("platform_id", product != nullptr ? json::Value(product->platform_id) : json::Value());
  object.set("cellular", false);
  object.set("notes", nullptr);
  object.set("functions", json::Array{});
  object.set("variables", json::Object{});
  object.set("status", "normal");
  object.set("serial_number", nullptr);
  object.set("system_firmware_version", text_or_null(device.os_version));
  if (product != nullptr) {
    object.set("firmware_product_id", product->id.value);
    object.set("groups", json::Array(device.groups.begin(), device.groups.end()));
    object.set("firmware_version", text_or_null(device.firmware_version));
    object.set("development", device.development);
    object.set("quarantined", false);
    object.set("denied", false);
  }
  return object;
}

Error no_device(std::string_view text) {
  return {Fault::kNotFound, "there is no device '" + std::string(text) + "'"};
}

Result<core::DeviceId> device_id(std::string_view text, std::string_view field) {
  const auto id = core::DeviceId::parse(text);
  if (!id) return Error::field(std::string(field), "expected a device id, 24 hex digits");
  return *id;
}

// --- one's own
// -------------------------------------------------------------------------------------------------------------------------

Result<http::Response> my_devices(Services&, Call& call) {
  json::Array items;
  for (const core::Device* device : call.catalog->devices_of(call.user->id))
    items.push_back(device_object(*device, *call.catalog));
  return answer(200, std::move(items));
}

Result<const core::Device*> my_device(const Call& call) {
  const auto id = core::DeviceId::parse(call.path("device"));
  const core::Device* device = id ? call.catalog->device_of(call.user->id, *id) : nullptr;
  if (device == nullptr) return no_device(call.path("device"));
  return device;
}

Result<http::Response> get_mine(Services&, Call& call) {
  FLEETHOOK_TRY(const core::Device* device, my_device(call));
  return answer(200, device_object(*device, *call.catalog));
}

Result<http::Response> claim(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto text, text_member(body, "id"));
  if (!text) return Error::field("id", "expected a device id, 24 hex digits");
  FLEETHOOK_TRY(const core::DeviceId id, device_id(*text, "id"));
  FLEETHOOK_CHECK(services.store.claim_device(id, call.user->id, call.actor()));
  return answer(200,
                json::Object{{"ok", true}, {"id", id.str()}, {"user_id", call.user->id.str()}, {"connected", false}});
}

Result<http::Response> release_mine(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::Device* device, my_device(call));
  FLEETHOOK_CHECK(services.store.release_own_device(device->id, call.user->id, call.actor()));
  return ok_true();
}

// --- of a product
// ----------------------------------------------------------------------------------------------------------------------

bool contains_lowered(const std::string& text, const std::optional<std::string>& wanted) {
  return !wanted || ascii_lower(text).find(ascii_lower(*wanted)) != std::string::npos;
}

bool in_one_of(const core::Device& device, const std::optional<std::string>& groups) {
  return !groups || groups->empty() || std::ranges::any_of(device.groups, [&](const std::string& group) {
    return core::names_group(*groups, group);
  });
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const auto asked, asked_page(call, services.limits));
  const Page page = asked.value_or(Page{1, kPageSize});
  const auto id_part = call.query("deviceId");
  const auto name_part = call.query("deviceName");
  const auto groups = call.query("groups");  // in at least one of them
  std::vector<const core::Device*> found;
  for (const core::Device* device : call.catalog->devices_of(call.product->id)) {
    if (contains_lowered(device->id.str(), id_part) && contains_lowered(device->name, name_part) &&
        in_one_of(*device, groups))
      found.push_back(device);
  }
  if (call.query("sortAttr") == "deviceName") {
    std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  } else if (call.query("sortAttr") == "firmwareVersion") {
    std::stable_sort(found.begin(), found.end(),
                     [](const auto* a, const auto* b) { return a->firmware_version < b->firmware_version; });
  }
  if (call.query("sortDir") == "desc") std::reverse(found.begin(), found.end());

  json::Array devices;
  for (const core::Device* device : page.of(found)) devices.push_back(device_object(*device, *call.catalog));
  const std::size_t pages = std::max<std::size_t>(1, (found.size() + page.size - 1) / page.size);
  return answer(200, json::Object{{"devices", std::move(devices)},
                                  {"customers", json::Array{}},
                                  {"meta", json::Object{{"page", page.number},
                                                        {"per_page", page.size},
                                                        {"total_pages", pages},
                                                        {"total", found.size()}}}});
}

// What an import names: texts that should be device ids, and for whom to claim them.
struct Import {
  std::vector<std::string> texts;
  std::optional<std::string> claim_user;
};

void add_lines(std::string_view text, Import& import) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim_spaces(line);
    if (!line.empty()) import.texts.emplace_back(line);
  }
}

Result<Import> read_import(Services& services, const Call& call) {
  Import import;
  import.claim_user = call.query("claim_user");
  const std::string_view type = call.request.headers.get("content-type");
  if (ascii_iequals(type.substr(0, 19), "multipart/form-data")) {
    FLEETHOOK_TRY(const auto parts, read_multipart(type, call.request.body, services.limits.multipart_parts_max));
    for (const Part& part : parts) {
      if (part.name == "file") add_lines(part.body, import);
      if (part.name == "claim_user") import.claim_user = std::string(part.body);
    }
    return import;
  }
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto one, text_member(body, "id"));
  if (one) import.texts.push_back(*one);
  if (const json::Value* ids = body.find("ids"); ids != nullptr && !ids->is_null()) {
    if (!ids->is_array()) return Error::field("ids", "expected an array of device ids");
    for (const json::Value& id : ids->as_array()) {
      if (!id.is_string()) return Error::field("ids", "expected an array of device ids");
      import.texts.push_back(id.as_string());
    }
  }
  FLEETHOOK_TRY(const auto claim_user, text_member(body, "claim_user"));
  if (claim_user) import.claim_user = *claim_user;
  return import;
}

json::Array id_array(const std::vector<core::DeviceId>& ids) {
  json::Array array;
  for (const core::DeviceId& id : ids) array.emplace_back(id.str());
  return array;
}

Result<http::Response> import_devices(Services& services, Call& call) {
  FLEETHOOK_TRY(const Import import, read_import(services, call));
  if (import.texts.empty())
    return Error::field("id", "name at least one device: id, ids, or a file with one id a line");
  if (import.texts.size() > services.limits.devices_per_import_max) {
    return Error::field("ids",
                        "at most " + std::to_string(services.limits.devices_per_import_max) + " devices in one import");
  }
  core::UserId claim_for;
  if (import.claim_user && !import.claim_user->empty()) {
    const core::User* user = call.catalog->user_by_name(ascii_lower(*import.claim_user));
    // The same words for all of them: who has an account here is nobody's to try out.
    if (user == nullptr || !store::may_have_devices(*call.catalog, call.product->id, user->id)) {
      return Error::field("claim_user", "there is no user '" + *import.claim_user + "' with the role " +
                                            std::string(core::to_text(core::kDeviceRole)) + " or higher on product " +
                                            call.product->slug);
    }
    claim_for = user->id;
  }
  std::vector<core::DeviceId> ids;
  json::Array invalid;
  for (const std::string& text : import.texts) {
    const auto id = core::DeviceId::parse(text);
    if (id) {
      ids.push_back(*id);
    } else {
      invalid.emplace_back(text);
    }
  }
  store::ImportReport report;
  if (!ids.empty()) {
    FLEETHOOK_TRY(report, services.store.import_devices(call.product->id, ids, claim_for, call.actor()));
  }
  return answer(200, json::Object{{"updated", report.updated.size()},
                                  {"updatedDeviceIds", id_array(report.updated)},
                                  {"existingDeviceIds", id_array(report.existing)},
                                  {"nonmemberDeviceIds", id_array(report.nonmember)},
                                  {"invalidDeviceIds", std::move(invalid)},
                                  {"protectedDeviceIds", id_array(report.claimed_by_another)}});
}

Result<const core::Device*> product_device(const Call& call) {
  const auto id = core::DeviceId::parse(call.path("device"));
  const core::Device* device = id ? call.catalog->device(*id) : nullptr;
  if (device == nullptr || device->product != call.product->id) return no_device(call.path("device"));
  return device;
}

Result<http::Response> get(Services&, Call& call) {
  FLEETHOOK_TRY(const core::Device* device, product_device(call));
  return answer(200, device_object(*device, *call.catalog));
}

// Left as it is when it is not sent; "" forgets it.
Result<void> read_version(const json::Object& body,
                          std::string_view field,
                          const Limits& limits,
                          std::string& version) {
  FLEETHOOK_TRY(const auto sent, text_member(body, field));
  if (sent && (sent->size() > limits.firmware_version_bytes_max || !is_valid_utf8(*sent))) {
    return Error::field(std::string(field),
                        "expected at most " + std::to_string(limits.firmware_version_bytes_max) + " characters");
  }
  if (sent) {
    FLEETHOOK_CHECK(check_seen(*sent, field));
    version = *sent;
  }
  return {};
}

Result<http::Response> update(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::Device* current, product_device(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  core::Device device = *current;
  if (const json::Value* name = body.find("name"); name != nullptr && !name->is_null()) {
    FLEETHOOK_TRY(device.name, checked_name(body, "name", services.limits));
  }
  FLEETHOOK_TRY(const auto development, bool_member(body, "development"));
  if (development) device.development = *development;
  FLEETHOOK_CHECK(read_version(body, "firmware_version", services.limits, device.firmware_version));
  FLEETHOOK_CHECK(read_version(body, "system_firmware_version", services.limits, device.os_version));
  if (const json::Value* groups = body.find("groups"); groups != nullptr && !groups->is_null()) {
    FLEETHOOK_TRY(device.groups, read_groups(*groups, "groups", services.limits));
    if (device.groups.size() > services.limits.groups_per_device_max) {
      return Error::field("groups", "at most " + std::to_string(services.limits.groups_per_device_max) + " groups");
    }
  }
  FLEETHOOK_CHECK(services.store.update_device(device, call.actor()));
  return answer(200, device_object(device, *call.catalog));
}

Result<http::Response> remove(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::Device* device, product_device(call));
  FLEETHOOK_CHECK(services.store.remove_device(device->product, device->id, call.actor()));
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> release(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::Device* device, product_device(call));
  FLEETHOOK_CHECK(services.store.release_device(call.product->id, device->id, call.actor()));
  return ok_true();
}

}  // namespace

std::vector<Route> device_routes() {
  return {
      {.method = "GET",
       .pattern = "/v1/devices",
       .permission = Permission::kSandbox,
       .on_pool = my_devices,
       .summary = "The devices that you have claimed.",
       .response = "Devices"},
      {.method = "POST",
       .pattern = "/v1/devices",
       .permission = Permission::kSandbox,
       .on_pool = claim,
       .summary = "Claim a device.",
       .request = "DeviceClaim",
       .response = "DeviceClaimed"},
      {.method = "GET",
       .pattern = "/v1/devices/:device",
       .permission = Permission::kSandbox,
       .on_pool = get_mine,
       .summary = "One of your devices.",
       .response = "Device"},
      {.method = "DELETE",
       .pattern = "/v1/devices/:device",
       .permission = Permission::kSandbox,
       .on_pool = release_mine,
       .summary = "Release one of your devices.",
       .response = "Ok"},
      {.method = "GET",
       .pattern = "/v1/products/:product/devices",
       .permission = Permission::kDevicesList,
       .on_pool = list,
       .summary = "The devices of a product, by pages.",
       .response = "DevicePage",
       .query = {{"page", "integer", "from 1"},
                 {"per_page", "integer", "25 if absent; perPage is the same"},
                 {"deviceId", "string", "a part of the id"},
                 {"deviceName", "string", "a part of the name"},
                 {"groups", "string", "names with commas between: devices in at least one of them"},
                 {"sortAttr", "string", "deviceName or firmwareVersion"},
                 {"sortDir", "string", "desc: the last first"}}},
      {.method = "POST",
       .pattern = "/v1/products/:product/devices",
       .permission = Permission::kDevicesImport,
       .on_pool = import_devices,
       .summary = "Add devices to a product: id, ids, or a file.",
       .request = "DeviceImport",
       .response = "DeviceImported",
       .query = {{"claim_user", "string", "the member for whom they are claimed"}}},
      {.method = "GET",
       .pattern = "/v1/products/:product/devices/:device",
       .permission = Permission::kDevicesGet,
       .on_pool = get,
       .summary = "One device of a product.",
       .response = "Device"},
      {.method = "PUT",
       .pattern = "/v1/products/:product/devices/:device",
       .permission = Permission::kDevicesUpdate,
       .on_pool = update,
       .summary = "Change a device's name, development flag, versions or groups.",
       .request = "DeviceChange",
       .response = "Device"},
      {.method = "DELETE",
       .pattern = "/v1/products/:product/devices/:device",
       .permission = Permission::kDevicesRemove,
       .on_pool = remove,
       .summary = "Take a device out of a product."},
      {.method = "DELETE",
       .pattern = "/v1/products/:product/devices/:device/owner",
       .permission = Permission::kDevicesRelease,
       .on_pool = release,
       .summary = "Release a claimed device of a product.",
       .response = "Ok"},
  };
}

}  // namespace fleethook::api
