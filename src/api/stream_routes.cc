// Server-sent events on every path form that clients use. Runs on the loop; the connection stays open and belongs to
// the hub.
#include <memory>
#include <utility>

#include "api/answers.h"
#include "api/budgets.h"
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

http::Response stream_head() {
  http::Response head;
  head.headers.set("Content-Type", "text/event-stream");
  head.headers.set("Cache-Control", "no-cache");
  head.headers.set("X-Accel-Buffering", "no");  // asks a proxy in front not to hold events back
  return head;
}

Result<std::string> device_text(std::string_view text) {
  const auto id = core::DeviceId::parse(text);
  if (!id) return Error{Fault::kNotFound, "there is no device '" + std::string(text) + "': an id is 24 hex digits"};
  return id->str();
}

// What is the caller's own: of the sandbox, and of devices in products as long as they are claimed.
void only_own(stream::Filter& filter, const Call& call, const store::Catalogs& store) {
  filter.owner = call.user->id;
  filter.still_reached = [user = call.user->id, &store](core::ProductId product, std::string_view text) {
    const auto id = core::DeviceId::parse(text);
    const store::CatalogPtr catalog = store.catalog();
    const core::Device* device = id ? catalog->device(*id) : nullptr;
    return device != nullptr && device->product == product && device->reaches() == user;
  };
}

stream::Filter mine(const Call& call, const store::Catalogs& store) {
  stream::Filter filter;
  only_own(filter, call, store);
  return filter;
}

stream::Filter of_product(const Call& call) {
  stream::Filter filter;
  filter.product = call.product->id;
  return filter;
}

stream::Filter of_organization(const Call& call) {
  stream::Filter filter;
  filter.organization = call.organization->id;
  return filter;
}

// The path's parameters with what they name by id: another product may take the name while the stream is open.
std::vector<std::string> by_id(const Call& call) {
  std::vector<std::string> parameters = call.parameters;
  for (std::size_t i = 0; i < parameters.size() && i < call.route->names.size(); ++i) {
    if (call.route->names[i] == "product") parameters[i] = std::to_string(call.product->id.value);
    if (call.route->names[i] == "organization") parameters[i] = call.organization->id.str();
  }
  return parameters;
}

// A stream outlives the request that opened it, so what let the caller in is asked again: whether the token or the
// session has ended, and, when anything changed in the catalog, whether the caller still may read these events.
std::function<std::optional<std::string>()> why_ended(Services& services, const Call& call) {
  Call again;
  again.parameters = by_id(call);
  again.route = call.route;
  return [&services, again, digest = call.token->digest, kind = core::to_text(call.token->kind),
          asked = call.catalog->revision()]() mutable -> std::optional<std::string> {
    const store::CatalogPtr catalog = services.store.catalog();
    const core::AccessToken* token = catalog->token(digest);
    if (token == nullptr) return "the " + std::string(kind) + " has been ended";
    if (core::has_ended(*token, services.clock.now(), services.limits.session_idle_max))
      return "the " + std::string(kind) + " has expired";
    if (std::exchange(asked, catalog->revision()) == catalog->revision()) return std::nullopt;
    Call now = again;
    now.catalog = catalog;
    now.token = token;
    now.user = catalog->user(token->user);
    const auto admitted = admit(now);
    if (admitted.ok()) return std::nullopt;
    return admitted.error().message;
  };
}

// What a stream takes of the shares of its user and its address.
struct StreamHold {
  Shares::Hold of_user, of_address;
};

Result<std::shared_ptr<StreamHold>> take_stream(Services& services, const Call& call) {
  const auto lacks = [&](const std::string& whose, std::size_t most) {
    return Error{Fault::kOverloaded,
                 whose + " has as many event streams open as it may (" + std::to_string(most) + "); close one first"};
  };
  auto hold = std::make_shared<StreamHold>();
  hold->of_user = services.budgets.streams_by_user.hold(call.user->id.str());
  if (hold->of_user.grow_to(1) == Shares::Taken::kShareTaken)
    return lacks("this user", services.limits.streams_per_user_max);
  hold->of_address = services.budgets.streams_by_address.hold(share_of(call.request));
  if (hold->of_address.grow_to(1) == Shares::Taken::kShareTaken)
    return lacks("this address", services.limits.streams_per_address_max);
  if (hold->of_address.amount() == 0 || !services.hub.has_room()) {
    return Error{Fault::kOverloaded, "too many event streams are open on this server (" +
                                         std::to_string(services.limits.streams_max) + ")"};
  }
  return hold;
}

void open(Services& services,
          LoopServices& loop,
          const Call& call,
          Result<stream::Filter> filter,
          std::string prefix,
          const std::shared_ptr<http::Responder>& responder) {
  const auto refuse = [&](const Error& error) { responder->respond(error_answer(error)); };
  if (!filter.ok()) return refuse(filter.error());
  auto hold = take_stream(services, call);
  if (!hold.ok()) return refuse(hold.error());
  filter->held = std::move(hold).value();
  filter->prefix = std::move(prefix);
  filter->ended = why_ended(services, call);
  filter->listener = call.user->username + " " + repair_utf8(call.request.path());
  if (call.request.method == "HEAD") return responder->respond(stream_head());
  auto writer = responder->stream(stream_head());
  services.hub.subscribe(loop.loop, std::move(*filter), std::move(writer));
}

void all_events(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  if (call.path("prefix").empty()) {
    return open(services, loop, call, Error{Fault::kInvalid, "event prefix filter is required"}, "", responder);
  }
  open(services, loop, call, mine(call, services.store), call.path("prefix"), responder);
}

void my_devices(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, mine(call, services.store), call.path("prefix"), responder);
}

void my_device(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto filter = [&]() -> Result<stream::Filter> {
    FLEETHOOK_TRY(std::string device, device_text(call.path("device")));
    stream::Filter of_device = mine(call, services.store);
    of_device.device = std::move(device);
    return of_device;
  }();
  open(services, loop, call, std::move(filter), call.path("prefix"), responder);
}

void product_events(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, of_product(call), call.path("prefix"), responder);
}

// particle-api-js builds this for {product, deviceId: 'mine'}: of the product, what the caller's own devices published.
void product_my_devices(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  stream::Filter filter = of_product(call);
  only_own(filter, call, services.store);
  open(services, loop, call, std::move(filter), call.path("prefix"), responder);
}

Result<stream::Filter> with_device(stream::Filter filter, std::string_view device) {
  FLEETHOOK_TRY(filter.device, device_text(device));
  return filter;
}

void product_device(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, with_device(of_product(call), call.path("device")), call.path("prefix"), responder);
}

void organization_events(Services& services,
                         LoopServices& loop,
                         Call call,
                         std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, of_organization(call), call.path("prefix"), responder);
}

void organization_device(Services& services,
                         LoopServices& loop,
                         Call call,
                         std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, with_device(of_organization(call), call.path("device")), call.path("prefix"), responder);
}

void organization_product(Services& services,
                          LoopServices& loop,
                          Call call,
                          std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, of_product(call), call.path("prefix"), responder);
}

void organization_product_device(Services& services,
                                 LoopServices& loop,
                                 Call call,
                                 std::shared_ptr<http::Responder> responder) {
  open(services, loop, call, with_device(of_product(call), call.path("device")), call.path("prefix"), responder);
}

}  // namespace

std::vector<Route> stream_routes() {
  const auto stream = [](std::string_view pattern, Permission permission, LoopHandler handler,
                         std::string_view summary) {
    return Route{.method = "GET",
                 .pattern = pattern,
                 .permission = permission,
                 .on_loop = handler,
                 .summary = summary,
                 .response = "text/event-stream"};
  };
  return {
      stream("/v1/events/*prefix", Permission::kSandbox, all_events,
             "Stream your events whose names begin with the prefix."),
      stream("/v1/devices/events/*prefix", Permission::kSandbox, my_devices, "Stream the events of all your devices."),
      stream("/v1/devices/:device/events/*prefix", Permission::kSandbox, my_device,
             "Stream the events of one of your devices."),
      stream("/v1/products/:product/events/*prefix", Permission::kEventsGet, product_events,
             "Stream the events of a product."),
      stream("/v1/products/:product/devices/events/*prefix", Permission::kEventsGet, product_my_devices,
             "Stream the events of your own devices in a product."),
      stream("/v1/products/:product/devices/:device/events/*prefix", Permission::kEventsGet, product_device,
             "Stream the events of one device of a product."),
      stream("/v1/orgs/:organization/events/*prefix", Permission::kEventsGet, organization_events,
             "Stream the events of an organization's products."),
      stream("/v1/orgs/:organization/devices/:device/events/*prefix", Permission::kEventsGet, organization_device,
             "Stream the events of one device of an organization."),
      stream("/v1/orgs/:organization/products/:product/events/*prefix", Permission::kEventsGet, organization_product,
             "Stream the events of one product of an organization."),
      stream("/v1/orgs/:organization/products/:product/devices/:device/events/*prefix", Permission::kEventsGet,
             organization_product_device, "Stream the events of one device of an organization's product."),
  };
}

}  // namespace fleethook::api
