// Device groups of a product: which there are, and many devices at a time into and out of them. A group is there as
// long as a device is in it, so there is nothing to create.
#include <algorithm>

#include "api/answers.h"
#include "api/device_groups.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

Result<http::Response> list(Services&, Call& call) {
  const auto part = call.query("name");
  json::Array groups;
  for (const store::DeviceGroup& group : call.catalog->groups_of(call.product->id)) {
    if (part && group.name.find(*part) == std::string::npos) continue;
    groups.emplace_back(json::Object{{"name", group.name},
                                     {"description", nullptr},
                                     {"fw_version", nullptr},
                                     {"color", nullptr},
                                     {"device_count", group.devices}});
  }
  return answer(200, json::Object{{"groups", std::move(groups)}});
}

Result<std::vector<core::DeviceId>> read_devices(const Call& call, const json::Object& body, const Limits& limits) {
  const json::Value* sent = body.find("devices");
  if (sent == nullptr || !sent->is_array() || sent->as_array().empty()) {
    return Error::field("devices", "expected an array of device ids, at least one");
  }
  if (sent->as_array().size() > limits.devices_per_import_max) {
    return Error::field("devices",
                        "at most " + std::to_string(limits.devices_per_import_max) + " devices in one request");
  }
  std::vector<core::DeviceId> devices;
  for (const json::Value& item : sent->as_array()) {
    const std::string field = "devices[" + std::to_string(devices.size()) + "]";
    const auto id = item.is_string() ? core::DeviceId::parse(item.as_string()) : std::nullopt;
    if (!id) return Error::field(field, "expected a device id, 24 hex digits");
    const core::Device* device = call.catalog->device(*id);
    if (device == nullptr || device->product != call.product->id) {
      return Error::field(field, "device " + id->str() + " is not in product " + call.product->slug);
    }
    devices.push_back(*id);
  }
  return devices;
}

Result<store::GroupChange> read_change(const json::Object& body, const Limits& limits) {
  const json::Value* metadata = body.find("metadata");
  if (metadata == nullptr || !metadata->is_object())
    return Error::field("metadata", "expected an object with add, remove, or both");
  store::GroupChange change;
  for (const auto& [name, groups] : {std::pair{"add", &change.add}, std::pair{"remove", &change.remove}}) {
    const json::Value* sent = metadata->find(name);
    if (sent == nullptr || sent->is_null()) continue;
    FLEETHOOK_TRY(*groups, read_groups(*sent, std::string("metadata.") + name, limits));
  }
  if (change.add.empty() && change.remove.empty())
    return Error::field("metadata", "name at least one group to add or to remove");
  for (const std::string& group : change.add) {
    if (std::ranges::binary_search(change.remove, group))
      return Error::field("metadata", "group " + group + " is both to add and to remove");
  }
  return change;
}

Result<http::Response> change(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto action, text_member(body, "action"));
  if (action != "groups")
    return Error::field("action", "expected groups, the only thing that is done to many devices at a time");
  FLEETHOOK_TRY(const auto devices, read_devices(call, body, services.limits));
  FLEETHOOK_TRY(const store::GroupChange asked, read_change(body, services.limits));
  FLEETHOOK_CHECK(services.store.change_groups(call.product->id, devices, asked, call.actor()));
  return ok_true();
}

std::vector<core::DeviceId> some_devices_in(const store::Catalog& catalog,
                                            core::ProductId product,
                                            const std::string& group) {
  constexpr std::size_t kAtOnce = 1000;  // so that others get their turn with the store between
  std::vector<core::DeviceId> found;
  for (const core::Device* device : catalog.devices_of(product)) {
    if (found.size() == kAtOnce) break;
    if (std::ranges::binary_search(device->groups, group)) found.push_back(device->id);
  }
  return found;
}

Result<http::Response> remove(Services& services, Call& call) {
  const std::string& group = call.path("group");
  auto devices = some_devices_in(*call.catalog, call.product->id, group);
  if (devices.empty())
    return Error{Fault::kNotFound, "there is no group '" + group + "' in product " + call.product->slug};
  while (!devices.empty()) {
    FLEETHOOK_CHECK(
        services.store.change_groups(call.product->id, devices, {.add = {}, .remove = {group}}, call.actor()));
    devices = some_devices_in(*services.store.catalog(), call.product->id, group);
  }
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

std::vector<Route> group_routes() {
  return {
      {.method = "PUT",
       .pattern = "/v1/products/:product/devices",
       .permission = Permission::kDevicesUpdate,
       .on_pool = change,
       .summary = "Put devices into groups and take them out: action groups.",
       .request = "DeviceGroupsChange",
       .response = "Ok"},
      {.method = "GET",
       .pattern = "/v1/products/:product/groups",
       .permission = Permission::kGroupsList,
       .on_pool = list,
       .summary = "The groups that devices of a product are in.",
       .response = "DeviceGroups",
       .query = {{"name", "string", "a part of the name"}}},
      {.method = "DELETE",
       .pattern = "/v1/products/:product/groups/:group",
       .permission = Permission::kGroupsRemove,
       .on_pool = remove,
       .summary = "Take every device out of a group."},
  };
}

}  // namespace fleethook::api
