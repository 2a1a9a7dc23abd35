#include "api/event_sight.h"

namespace fleethook::api {

bool sees_event(const Call& call, const core::Event& event) {
  if (call.product != nullptr) return event.product == call.product->id;
  const core::Product* product = call.catalog->product(event.product);
  if (call.organization != nullptr) return product != nullptr && product->organization == call.organization->id;
  if (event.owner != call.user->id) return false;
  if (event.product.is_none()) return true;
  // Of a product only while the device is one's own there.
  const auto device_id = core::DeviceId::parse(event.publisher);
  const core::Device* device = device_id ? call.catalog->device(*device_id) : nullptr;
  return device != nullptr && device->product == event.product && device->reaches() == call.user->id;
}

const core::Device* seen_device(const Call& call, const core::DeviceId& id) {
  if (call.product == nullptr && call.organization == nullptr) return call.catalog->device_of(call.user->id, id);
  const core::Device* device = call.catalog->device(id);
  if (device == nullptr) return nullptr;
  if (call.product != nullptr) return device->product == call.product->id ? device : nullptr;
  const core::Product* product = call.catalog->product(device->product);
  return product != nullptr && product->organization == call.organization->id ? device : nullptr;
}

}  // namespace fleethook::api
