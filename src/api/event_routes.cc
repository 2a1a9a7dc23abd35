// Publishing: one event, or a batch. These run on the loop: parse, check, hand to ingest, answer after the commit.
#include <algorithm>
#include <utility>

#include "api/answers.h"
#include "api/publish_body.h"
#include "api/router.h"
#include "base/text.h"
#include "core/device_groups.h"

namespace fleethook::api {
namespace {

// The device that an event is published for; it must be in the product.
Result<void> publish_as(const store::Catalog& catalog,
                        const core::Product& product,
                        const std::string& device_id,
                        ingest::Publisher& publisher) {
  const auto id = core::DeviceId::parse(device_id);
  if (!id) return Error::field("as_device_id", "expected a device id, 24 hex digits");
  const core::Device* device = catalog.device(*id);
  if (device == nullptr || device->product != product.id) {
    return Error::field("as_device_id", "device " + id->str() + " is not in product " + product.slug);
  }
  publisher.coreid = id->str();
  publisher.origin = core::Origin::kDevice;
  publisher.owner = device->owner;
  publisher.device = core::traits_of(*device);
  return {};
}

http::Response accepted(const core::EventId& id) {
  std::string body = R"({"ok":true,"id":")";
  body += id.str();
  body += "\"}";
  return http::Response::json(200, std::move(body));
}

void answer_error(const std::shared_ptr<http::Responder>& responder, const Error& error) {
  responder->respond(error_answer(error));
}

void publish(const ingest::Publisher& publisher,
             PublishBody body,
             LoopServices& loop,
             std::shared_ptr<http::Responder> responder) {
  loop.ingest.publish(publisher, std::move(body.publication),
                      [responder = std::move(responder)](Result<core::EventId> result) {
                        if (!result.ok()) return answer_error(responder, result.error());
                        responder->respond(accepted(*result));
                      });
}

void publish_to_sandbox(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto body = read_publish_request(call.request, services.limits);
  if (!body.ok()) return answer_error(responder, body.error());
  ingest::Publisher publisher;
  publisher.owner = call.user->id;
  publish(publisher, std::move(body).value(), loop, std::move(responder));
}

void publish_to_product(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto body = read_publish_request(call.request, services.limits);
  if (!body.ok()) return answer_error(responder, body.error());
  ingest::Publisher publisher;
  publisher.product = call.product->id;
  if (body->as_device_id) {
    if (auto device = publish_as(*call.catalog, *call.product, *body->as_device_id, publisher); !device.ok()) {
      return answer_error(responder, device.error());
    }
  }
  publish(publisher, std::move(body).value(), loop, std::move(responder));
}

// The answers of a batch, gathered until the last one is there.
struct Batch {
  std::shared_ptr<http::Responder> responder;
  json::Array results;
  std::size_t left = 0;
  std::size_t refused = 0;

  void finish() const {
    responder->respond(answer(
        200,
        json::Object{
            {"ok", refused == 0}, {"accepted", results.size() - refused}, {"refused", refused}, {"results", results}}));
  }
  void refuse(std::size_t index, const Error& error) {
    ++refused;
    results[index] = json::Object{{"ok", false}, {"error", error.message}, {"status", status_of(error)}};
  }
};

// The texts of a batch's events: lines of NDJSON, or the items of one array.
Result<std::vector<std::string>> batch_items(const http::Request& request, const Limits& limits) {
  std::vector<std::string> items;
  std::string_view text = request.body;
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
  const auto too_many = [&] {
    return Error{Fault::kTooLarge, "at most " + std::to_string(limits.batch_events_max) + " events in a batch"};
  };
  if (text.starts_with('[')) {
    FLEETHOOK_TRY(const json::Value value, json::parse(text, limits.json_depth_max));
    if (value.as_array().size() > limits.batch_events_max) return too_many();
    for (const json::Value& item : value.as_array()) items.push_back(json::write(item));
    return items;
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim_spaces(line).empty()) continue;
    if (items.size() == limits.batch_events_max) return too_many();
    items.emplace_back(line);
  }
  return items;
}

void publish_batch(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  const auto items = batch_items(call.request, services.limits);
  if (!items.ok()) return answer_error(responder, items.error());
  if (items->empty())
    return answer_error(
        responder,
        {Fault::kInvalid, "the body holds no event: send a JSON array of events, or one event a line (NDJSON)"});

  auto batch = std::make_shared<Batch>();
  batch->responder = std::move(responder);
  batch->results.resize(items->size());
  batch->left = items->size();
  std::size_t refused_now = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    ingest::Publisher publisher;
    publisher.product = call.product->id;
    auto body = read_publish_json((*items)[i], services.limits);
    Result<void> device;
    if (body.ok() && body->as_device_id)
      device = publish_as(*call.catalog, *call.product, *body->as_device_id, publisher);
    if (!body.ok() || !device.ok()) {
      batch->refuse(i, body.ok() ? device.error() : body.error());
      ++refused_now;
      continue;
    }
    loop.ingest.publish(publisher, std::move(body->publication), [batch, i](Result<core::EventId> result) {
      if (result.ok()) {
        batch->results[i] = json::Object{{"ok", true}, {"id", result->str()}};
      } else {
        batch->refuse(i, result.error());
      }
      if (--batch->left == 0) batch->finish();
    });
  }
  batch->left -= refused_now;
  if (batch->left == 0) batch->finish();
}

}  // namespace

std::vector<Route> event_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/devices/events",
       .permission = Permission::kSandbox,
       .on_loop = publish_to_sandbox,
       .summary = "Publish an event into your own sandbox.",
       .request = "Publish",
       .response = "Published"},
      {.method = "POST",
       .pattern = "/v1/products/:product/events",
       .permission = Permission::kEventsSend,
       .on_loop = publish_to_product,
       .summary = "Publish an event into a product, for one of its devices with as_device_id.",
       .request = "Publish",
       .response = "Published"},
      {.method = "POST",
       .pattern = "/v1/products/:product/events/batch",
       .permission = Permission::kEventsSend,
       .on_loop = publish_batch,
       .summary = "Publish up to 1,000 events, as a JSON array or one a line; each has its own answer.",
       .request = "PublishBatch",
       .response = "BatchPublished",
       .body_bytes_max = &Limits::batch_body_bytes_max},
  };
}

}  // namespace fleethook::api
