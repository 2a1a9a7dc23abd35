// Bodies about the fleet: products, their devices and groups, their events and variables.
#include "api/schema.h"

namespace fleethook::api::schema {
namespace {

Schema product() {
  return object({
      {"id", integer()},
      {"platform_id", integer()},
      {"name", text()},
      {"slug", text()},
      {"description", text()},
      {"subscription_id", integer().nullable()},
      {"groups", list(text()).says("names of its device groups")},
      {"settings", any_object()},
      {"device_protection", one_of({"disabled"})},
      {"device_count", integer()},
      {"org", text().optional().says("name of the organization")},
      {"organization_id", text().optional()},
      {"user", text().optional().says("of a product without organization: who owns it")},
  });
}

Schemas product_schemas() {
  return {
      {"ProductName", object({{"id", integer()}, {"slug", text()}, {"name", text()}})},
      {"Product", product()},
      {"Products", object({{"products", list(named("Product"))}})},
      {"ProductAnswer", object({{"ok", always(true).optional()}, {"product", named("Product")}})},
      {"ProductNew", object({{"product", object({
                                             {"name", text()},
                                             {"slug", text().optional()},
                                             {"description", text().optional()},
                                             {"platform_id", integer().optional()},
                                             {"settings", any_object().optional()},
                                         })}})},
      {"ProductChange", object({
                            {"name", text().optional()},
                            {"slug", text().optional().says("paths with the old one answer 404 from then on")},
                            {"description", text().optional()},
                        })},
      {"ProductMove",
       object({{"organization", text().nullable().says("id or slug of the one it moves to; null: to yourself")}})},
  };
}

// What only a device of a product has is optional.
Schema device() {
  return object({
      {"id", text()},
      {"name", text().nullable()},
      {"owner", text().nullable().says("who has claimed it, or for whom it was claimed; see claim_pending")},
      {"claim_pending",
       boolean().says("it was claimed for the owner, who has not claimed it yet: nothing of it reaches the "
                      "owner until then")},
      {"last_ip_address", text().nullable()},
      {"last_heard", time().nullable()},
      {"last_handshake_at", time().nullable()},
      {"product_id", integer().nullable()},
      {"online", boolean()},
      {"connected", boolean()},
      {"platform_id", integer().nullable()},
      {"cellular", boolean()},
      {"notes", text().nullable()},
      {"functions", list(text())},
      {"variables", any_object()},
      {"status", text()},
      {"serial_number", text().nullable()},
      {"system_firmware_version", text().nullable()},
      {"firmware_product_id", integer().optional()},
      {"groups", list(text()).optional()},
      {"firmware_version", text().nullable().optional()},
      {"development", boolean().optional()},
      {"quarantined", boolean().optional()},
      {"denied", boolean().optional()},
  });
}

Schemas device_schemas() {
  const Schema ids = list(text());
  return {
      {"Device", device()},
      {"Devices", list(named("Device"))},
      {"DevicePage", object({{"devices", list(named("Device"))},
                             {"customers", list(anything())},
                             {"meta", object({{"page", integer()},
                                              {"per_page", integer()},
                                              {"total_pages", integer()},
                                              {"total", integer().says("devices that fit the filters")}})}})},
      {"DeviceClaim", object({{"id", text()}})},
      {"DeviceClaimed", object({{"ok", always(true)}, {"id", text()}, {"user_id", text()}, {"connected", boolean()}})},
      {"DeviceImport", object({
                           {"id", text().optional()},
                           {"ids", list(text()).optional()},
                           {"claim_user", text().optional().says("the member for whom they are claimed")},
                       })},
      {"DeviceImported",
       object({
           {"updated", integer().says("devices that were added")},
           {"updatedDeviceIds", ids},
           {"existingDeviceIds", ids},
           {"nonmemberDeviceIds", list(text()).says("in another product: left alone")},
           {"invalidDeviceIds", list(text()).says("texts that are no device ids")},
           {"protectedDeviceIds",
            list(text()).says("in the product, and claimed by another one than claim_user: left alone")},
       })},
      {"DeviceChange", object({
                           {"name", text().optional()},
                           {"development", boolean().optional()},
                           {"firmware_version", text().optional()},
                           {"system_firmware_version", text().optional()},
                           {"groups", list(text()).optional()},
                       })},
      {"DeviceGroupsChange",
       object({
           {"action", one_of({"groups"})},
           {"devices", list(text()).says("ids")},
           {"metadata", object({{"add", list(text()).optional()}, {"remove", list(text()).optional()}})},
       })},
      {"DeviceGroups", object({{"groups", list(named("DeviceGroup"))}})},
      {"DeviceGroup", object({
                          {"name", text()},
                          {"description", text().nullable()},
                          {"fw_version", integer().nullable()},
                          {"color", text().nullable()},
                          {"device_count", integer()},
                      })},
  };
}

Schemas event_schemas() {
  return {
      {"Publish",
       object({
           {"name", text().says("1 to 64 bytes of UTF-8, without control characters and characters that are not seen")},
           {"data", text().optional()},
           {"ttl", integer().optional()},
           {"private", boolean().optional()},
           {"as_device_id", text().optional().says("24 hex digits; a device of the product, or in one's own sandbox "
                                                   "one that is claimed; deviceid and coreid say the same")},
       })},
      {"Published", object({{"ok", always(true)},
                            {"id", text()},
                            {"warnings", list(named("Warning")).optional().says("of unknown members")}})},
      {"PublishBatch", list(named("Publish"))},
      {"BatchPublished",
       object({
           {"ok", boolean().says("none was refused")},
           {"accepted", integer()},
           {"refused", integer()},
           {"results", list(either({named("Published"),
                                    object({{"ok", always(false)}, {"error", text()}, {"status", integer()}})}))},
       })},
  };
}

Schemas variable_schemas() {
  return {
      {"Variables", object({
                        {"variables", dictionary(text()).says("set here")},
                        {"effective", dictionary(object({{"value", text()},
                                                         {"from", one_of({"organization", "product", "placement"})}}))
                                          .optional()
                                          .says("all that templates see on the product")},
                    })},
      {"VariablesChange", object({{"variables", dictionary(text().nullable()).says("with PATCH null removes one")}})},
  };
}

}  // namespace

Schemas fleet_schemas() {
  Schemas all;
  for (Schemas part : {product_schemas(), device_schemas(), event_schemas(), variable_schemas()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace fleethook::api::schema
