// Which events a listener sees, and how an event looks on the wire. Format and paths: reference of Particle's event
// streams.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"

namespace fleethook::stream {

// Which events a listener sees, and how long. All conditions hold together; an absent one is always true.
struct Filter {
  std::string prefix;                 // case-sensitive start of the name; "" = all
  core::ProductId product;            // events of this product
  core::OrganizationId organization;  // events of a product of this organization
  core::UserId owner;                 // events of this user's sandbox and claimed devices
  // Beside `owner`: whether the device of a product still reaches the owner. An event may be late: what a delivery
  // made, say, long after the claim has ended. Absent = it does.
  std::function<bool(core::ProductId, std::string_view device)> still_reached;
  std::string device;  // 24 hex: published by this device, or made by a delivery of that
  // Why the listener may not listen any more; nullopt = it may. Absent = for ever. Asked on its loop before events
  // are written to it and every Limits::stream_rights_checked_every. With a reason the stream ends, and says it in a
  // comment.
  std::function<std::optional<std::string>()> ended;
  std::string listener;        // who listens to what, for the log
  std::shared_ptr<void> held;  // let go when the stream ends

  // `publisher`: who published the event, or the one that it was made for. `of`: the organization of its product; none
  // if it has no product, or the product no organization.
  bool matches(const core::Event& event, std::string_view publisher, const core::OrganizationId& of) const;
};

// "event: <name>\ndata: {...}\n\n": one line of JSON with data, ttl, published_at, coreid (and userid, version,
// productID where known).
std::string wire_format(const core::Event& event);

}  // namespace fleethook::stream
