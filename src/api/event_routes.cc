// Publishing: one event, or a batch. These run on the loop: parse, check, hand to ingest, answer after the commit.
#include <charconv>
#include <utility>

#include "api/answers.h"
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

// The members of one publish as they come from the reader; the first wrong one is kept as the error.
struct PublishBody final : json::MemberSink {
  ingest::Publication publication;
  std::optional<std::string> as_device_id;
  std::optional<Error> error;

  void string(std::string_view key, std::string_view value) override {
    if (key == "name") {
      publication.name = value;
    } else if (key == "data") {
      publication.data = std::string(value);
    } else if (key == "as_device_id") {
      as_device_id = std::string(value);
    } else if (key == "private") {
      take_private(value == "true" ? json::Value(true) : value == "false" ? json::Value(false) : json::Value(value));
    } else if (key == "ttl") {
      take_ttl_text(value);
    }
  }
  void other(std::string_view key, json::Value value) override {
    if (key == "name") {
      if (!value.is_null()) fail("name", "expected text");
    } else if (key == "data") {
      // Particle's data is text; JSON values are a convenience of ours and become their JSON text.
      if (!value.is_null()) publication.data = json::write(value);
    } else if (key == "as_device_id") {
      if (!value.is_null()) fail("as_device_id", "expected a device id, 24 hex digits");
    } else if (key == "private") {
      take_private(value);
    } else if (key == "ttl") {
      if (value.is_int() && value.as_int() >= 0 && value.as_int() <= INT32_MAX) {
        publication.ttl_s = static_cast<std::int32_t>(value.as_int());
      } else if (!value.is_null()) {
        fail("ttl", "expected a whole number of seconds");
      }
    }
  }

  void take_private(const json::Value& value) {
    if (value.is_bool()) {
      publication.is_public = !value.as_bool();
    } else if (!value.is_null()) {
      fail("private", "expected true or false");
    }
  }
  void take_ttl_text(std::string_view text) {
    std::int32_t seconds = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (status == std::errc() && end == text.data() + text.size()) {
      publication.ttl_s = seconds;
    } else {
      fail("ttl", "expected a whole number of seconds");
    }
  }
  void fail(std::string field, std::string expected) {
    if (!error) error = Error::field(std::move(field), std::move(expected));
  }
};

bool is_form(const http::Request& request) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  return ascii_iequals(request.headers.get("content-type").substr(0, kForm.size()), kForm);
}

Result<PublishBody> read_publish(const http::Request& request, const Limits& limits) {
  PublishBody body;
  if (is_form(request) && !trim_spaces(request.body).starts_with('{')) {
    for (const auto& [key, value] : http::parse_form(request.body)) body.string(key, value);
  } else {
    FLEETHOOK_CHECK(json::read_object(request.body, body, limits.json_depth_max));
  }
  if (body.error) return std::move(*body.error);
  return body;
}

// The device that an event is published for; it must be in the product.
Result<void> publish_as(const store::Catalog& catalog, const core::Product& product, const std::string& device_id,
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
  publisher.product_version = device->firmware_version;
  return {};
}

http::Response accepted(const core::EventId& id) {
  std::string body = R"({"ok":true,"id":")";
  body += id.str();
  body += "\"}";
  return http::Response::json(200, std::move(body));
}

void answer_error(const std::shared_ptr<http::Responder>& responder, const Error& error) {
  http::Response response = error_answer(error);
  response.headers.set("Access-Control-Allow-Origin", "*");
  responder->respond(std::move(response));
}

void publish(const ingest::Publisher& publisher, PublishBody body, LoopServices& loop, std::shared_ptr<http::Responder> responder) {
  loop.ingest.publish(publisher, std::move(body.publication), [responder = std::move(responder)](Result<core::EventId> result) {
    if (!result.ok()) return answer_error(responder, result.error());
    http::Response response = accepted(*result);
    response.headers.set("Access-Control-Allow-Origin", "*");
    responder->respond(std::move(response));
  });
}

void publish_to_sandbox(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto body = read_publish(call.request, services.limits);
  if (!body.ok()) return answer_error(responder, body.error());
  ingest::Publisher publisher;
  publisher.owner = call.user->id;
  publish(publisher, std::move(body).value(), loop, std::move(responder));
}

void publish_to_product(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  const auto product = product_for(call, call.parameters[0], core::Role::kDeveloper);
  if (!product.ok()) return answer_error(responder, product.error());
  auto body = read_publish(call.request, services.limits);
  if (!body.ok()) return answer_error(responder, body.error());
  ingest::Publisher publisher;
  publisher.product = (*product)->id;
  if (body->as_device_id) {
    if (auto device = publish_as(*call.catalog, **product, *body->as_device_id, publisher); !device.ok()) {
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
    http::Response response = answer(200, json::Object{{"ok", refused == 0},
                                                       {"accepted", results.size() - refused},
                                                       {"refused", refused},
                                                       {"results", results}});
    response.headers.set("Access-Control-Allow-Origin", "*");
    responder->respond(std::move(response));
  }
  void refuse(std::size_t index, const Error& error) {
    ++refused;
    results[index] = json::Object{{"ok", false}, {"error", error.message}, {"status", status_of(error)}};
  }
};

// The texts of a batch's events: lines of NDJSON, or the items of one array.
Result<std::vector<std::string>> batch_items(const http::Request& request, const Limits& limits) {
  std::vector<std::string> items;
  const std::string_view text = trim_spaces(request.body);
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
  const auto product = product_for(call, call.parameters[0], core::Role::kDeveloper);
  if (!product.ok()) return answer_error(responder, product.error());
  const auto items = batch_items(call.request, services.limits);
  if (!items.ok()) return answer_error(responder, items.error());
  if (items->empty()) return answer_error(responder, {Fault::kInvalid, "the body holds no event: send a JSON array of events, or one event a line (NDJSON)"});

  auto batch = std::make_shared<Batch>();
  batch->responder = std::move(responder);
  batch->results.resize(items->size());
  batch->left = items->size();
  std::size_t refused_now = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    PublishBody body;
    ingest::Publisher publisher;
    publisher.product = (*product)->id;
    auto read = json::read_object((*items)[i], body, services.limits.json_depth_max);
    if (read.ok() && body.error) read = std::move(*body.error);
    if (read.ok() && body.as_device_id) read = publish_as(*call.catalog, **product, *body.as_device_id, publisher);
    if (!read.ok()) {
      batch->refuse(i, read.error());
      ++refused_now;
      continue;
    }
    loop.ingest.publish(publisher, std::move(body.publication), [batch, i](Result<core::EventId> result) {
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
      {"POST", "/v1/devices/events", Access::kUser, nullptr, publish_to_sandbox, "Publish an event into your own sandbox."},
      {"POST", "/v1/products/:product/events", Access::kUser, nullptr, publish_to_product,
       "Publish an event into a product, for one of its devices with as_device_id."},
      {"POST", "/v1/products/:product/events/batch", Access::kUser, nullptr, publish_batch,
       "Publish up to 1,000 events, as a JSON array or one a line; each has its own answer."},
  };
}

}  // namespace fleethook::api
