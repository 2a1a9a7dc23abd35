// Publishing: one event, or a batch. These run on the loop: parse, check, hand to ingest, answer after the commit.
#include <algorithm>
#include <utility>

#include "api/answers.h"
#include "api/idempotency.h"
#include "api/publish_body.h"
#include "api/router.h"
#include "base/text.h"
#include "core/device_groups.h"
#include "core/hops.h"

namespace fleethook::api {
namespace {

// The device that an event is published for, one that the caller may act for; null when the body names none. An event
// that is shown on a stream has the coreid "api" when no device published it.
Result<const core::Device*> publishing_device(const Call& call, const PublishBody& body) {
  if (!body.device || body.device->value == core::kApiPublisher) return nullptr;
  const std::string& field = body.device->field;
  const auto id = core::DeviceId::parse(body.device->value);
  if (!id) return Error::field(field, "expected a device id, 24 hex digits");
  if (call.product == nullptr) {
    const core::Device* device = call.catalog->device_of(call.user->id, *id);
    if (device != nullptr && device->reaches() == call.user->id) return device;
    return Error::field(field, "device " + id->str() + " is not one of yours");
  }
  const core::Device* device = call.catalog->device(*id);
  if (device != nullptr && device->product == call.product->id) return device;
  return Error::field(field, "device " + id->str() + " is not in product " + call.product->slug);
}

// Where the event goes is said by the path; a body that says something else was meant for another one.
Result<void> check_product(const Call& call, const PublishBody& body) {
  if (!body.product) return {};
  const auto& [field, value] = *body.product;
  if (call.product == nullptr)
    return Error::field(field,
                        "this publishes into your own sandbox; POST /v1/products/:product/events into a product");
  if (value == call.product->slug || value == std::to_string(call.product->id.value)) return {};
  return Error::field(field, "the path says product " + call.product->slug);
}

// Who publishes what the body says.
Result<ingest::Publisher> publisher_of(const Call& call, const PublishBody& body) {
  FLEETHOOK_CHECK(check_product(call, body));
  FLEETHOOK_TRY(const core::Device* device, publishing_device(call, body));
  ingest::Publisher publisher;
  publisher.hops = call.hops;
  if (call.product != nullptr) {
    publisher.product = call.product->id;
  } else {
    publisher.owner = call.user->id;
  }
  if (device == nullptr) return publisher;
  publisher.coreid = device->id.str();
  publisher.origin = core::Origin::kDevice;
  publisher.owner = device->reaches();
  publisher.device = core::traits_of(*device);
  publisher.heard = device->heard;
  return publisher;
}

json::Object said_of(const core::EventId& id, const std::vector<core::Warning>& warnings) {
  json::Object said{{"ok", true}, {"id", id.str()}};
  if (!warnings.empty()) said.set("warnings", core::warnings_value(warnings));
  return said;
}

http::Response accepted(const core::EventId& id, const std::vector<core::Warning>& warnings) {
  if (!warnings.empty()) return answer(200, said_of(id, warnings));
  std::string body = R"({"ok":true,"id":")";
  body += id.str();
  body += "\"}";
  return http::Response::json(200, std::move(body));
}

void answer_error(const std::shared_ptr<http::Responder>& responder, const Error& error) {
  responder->respond(error_answer(error));
}

// With a key: what `items` are answered with is `answer_of`, and is kept with them.
void publish_once(Services& services,
                  LoopServices& loop,
                  queue::Note note,
                  std::vector<ingest::Ingest::Item> items,
                  const std::function<http::Response(const std::vector<Result<core::EventId>>&)>& answer_of,
                  std::shared_ptr<http::Responder> responder) {
  auto first = std::make_shared<http::Response>();
  const auto make_note = [&](const std::vector<Result<core::EventId>>& said) {
    *first = answer_of(said);
    queue::Note with_answer = note;
    with_answer.status = first->status;
    with_answer.answer = first->body;
    return with_answer;
  };
  loop.ingest.publish_once(
      std::move(items), make_note,
      [&services, note, first, responder = std::move(responder)](Result<std::optional<queue::Note>> earlier) {
        if (!earlier.ok()) return answer_error(responder, earlier.error());
        responder->respond(*earlier ? answer_again(services, **earlier, note) : std::move(*first));
      });
}

// Into the product of the path, or the caller's sandbox.
void publish(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto body = read_publish_request(call.request, services.limits);
  if (!body.ok()) return answer_error(responder, body.error());
  auto publisher = publisher_of(call, *body);
  if (!publisher.ok()) return answer_error(responder, publisher.error());
  auto note = note_of(call, services.limits, services.queue.timeline().sure());
  if (!note.ok()) return answer_error(responder, note.error());
  if (*note) {
    // What nothing is made of leaves its key free.
    if (auto checked = ingest::check_publication(body->publication, services.limits); !checked.ok())
      return answer_error(responder, checked.error());
    const auto answer_of = [&](const std::vector<Result<core::EventId>>& said) {
      return accepted(*said.front(), warnings_of(*body));
    };
    return publish_once(services, loop, std::move(**note), {{*publisher, body->publication}}, answer_of,
                        std::move(responder));
  }
  loop.ingest.publish(*publisher, std::move(body->publication),
                      [responder = std::move(responder), warnings = warnings_of(*body)](Result<core::EventId> result) {
                        if (!result.ok()) return answer_error(responder, result.error());
                        responder->respond(accepted(*result, warnings));
                      });
}

// The answers of a batch, gathered until the last one is there.
struct Batch {
  std::shared_ptr<http::Responder> responder;
  json::Array results;
  std::vector<std::vector<core::Warning>> warnings;  // of each
  std::size_t left = 0;
  std::size_t refused = 0;

  http::Response whole() const {
    return answer(
        200,
        json::Object{
            {"ok", refused == 0}, {"accepted", results.size() - refused}, {"refused", refused}, {"results", results}});
  }
  void finish() const { responder->respond(whole()); }
  void say(std::size_t index, const Result<core::EventId>& result) {
    if (!result.ok()) return refuse(index, result.error());
    results[index] = said_of(*result, warnings[index]);
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

// A batch that was read: what is good of it, and the answers of the rest.
struct ReadBatch {
  std::size_t items = 0;
  std::shared_ptr<Batch> answers = std::make_shared<Batch>();
  std::vector<ingest::Ingest::Item> good;
  std::vector<std::size_t> places;  // of the good ones, in the batch
};

// Any thread.
Result<ReadBatch> read_batch(const Services& services, const Call& call) {
  FLEETHOOK_TRY(const std::vector<std::string> items, batch_items(call.request, services.limits));
  if (items.empty())
    return Error{Fault::kInvalid, "the body holds no event: send a JSON array of events, or one event a line (NDJSON)"};
  ReadBatch read;
  read.items = items.size();
  Batch& answers = *read.answers;
  answers.results.resize(items.size());
  answers.warnings.resize(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto body = read_publish_json(items[i], services.limits);
    if (!body.ok()) {
      answers.refuse(i, body.error());
      continue;
    }
    auto publisher = publisher_of(call, *body);
    if (!publisher.ok()) {
      answers.refuse(i, publisher.error());
      continue;
    }
    answers.warnings[i] = warnings_of(*body);
    read.good.push_back({std::move(publisher).value(), std::move(body->publication)});
    read.places.push_back(i);
  }
  answers.left = read.good.size();
  return read;
}

// So many events of a batch are handed over in one turn of the loop, which others want too.
constexpr std::size_t kItemsPerTurn = 100;

void publish_from(LoopServices& loop, const std::shared_ptr<ReadBatch>& read, std::size_t begin) {
  const std::size_t end = std::min(begin + kItemsPerTurn, read->good.size());
  for (std::size_t i = begin; i < end; ++i) {
    ingest::Ingest::Item& item = read->good[i];
    loop.ingest.publish(item.publisher, std::move(item.publication),
                        [answers = read->answers, place = read->places[i]](const Result<core::EventId>& result) {
                          answers->say(place, result);
                          if (--answers->left == 0) answers->finish();
                        });
  }
  if (end == read->good.size()) return;
  loop.loop.schedule_after(Duration::zero(), [&loop, read, end] { publish_from(loop, read, end); });
}

void publish_read(Services& services,
                  LoopServices& loop,
                  const std::shared_ptr<Call>& call,
                  Result<ReadBatch> result,
                  std::shared_ptr<http::Responder> responder) {
  if (!result.ok()) return answer_error(responder, result.error());
  const auto read = std::make_shared<ReadBatch>(std::move(result).value());
  // Each of them is a branch, if deliveries led to this.
  call->hops = core::hops_after_branching(call->hops, read->items);
  if (call->hops > services.limits.event_hops_max) {
    const core::ProductId product = call->product != nullptr ? call->product->id : core::ProductId();
    return answer_error(responder, loop.ingest.refuse_loop(product, call->user->id, call->hops));
  }
  for (ingest::Ingest::Item& item : read->good) item.publisher.hops = call->hops;
  auto note = note_of(*call, services.limits, services.queue.timeline().sure());
  if (!note.ok()) return answer_error(responder, note.error());
  if (*note) {
    const auto answer_of = [&](const std::vector<Result<core::EventId>>& said) {
      for (std::size_t i = 0; i < said.size(); ++i) read->answers->say(read->places[i], said[i]);
      return read->answers->whole();
    };
    return publish_once(services, loop, std::move(**note), std::move(read->good), answer_of, std::move(responder));
  }
  read->answers->responder = std::move(responder);
  if (read->good.empty()) return read->answers->finish();
  publish_from(loop, read, 0);
}

// A longer one is read off the loop.
constexpr std::size_t kReadOnLoopBytesMax = 16 * 1024;

void publish_batch(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto shared = std::make_shared<Call>(std::move(call));
  if (shared->request.body.size() <= kReadOnLoopBytesMax)
    return publish_read(services, loop, shared, read_batch(services, *shared), std::move(responder));
  services.on_pool([&services, &loop, shared, responder = std::move(responder)]() mutable {
    auto read = read_batch(services, *shared);
    loop.loop.post([&services, &loop, shared, responder = std::move(responder), read = std::move(read)]() mutable {
      publish_read(services, loop, shared, std::move(read), std::move(responder));
    });
  });
}

}  // namespace

std::vector<Route> event_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/devices/events",
       .permission = Permission::kSandbox,
       .on_loop = publish,
       .summary = "Publish an event into your own sandbox.",
       .request = "Publish",
       .response = "Published",
       .takes_key = true,
       .reads_hops = true},
      {.method = "POST",
       .pattern = "/v1/products/:product/events",
       .permission = Permission::kEventsSend,
       .on_loop = publish,
       .summary = "Publish an event into a product, for one of its devices with as_device_id.",
       .request = "Publish",
       .response = "Published",
       .takes_key = true,
       .reads_hops = true},
      {.method = "POST",
       .pattern = "/v1/products/:product/events/batch",
       .permission = Permission::kEventsSend,
       .on_loop = publish_batch,
       .summary = "Publish up to 1,000 events, as a JSON array or one a line; each has its own answer.",
       .request = "PublishBatch",
       .response = "BatchPublished",
       .body_bytes_max = &Limits::batch_body_bytes_max,
       .takes_key = true,
       .reads_hops = true},
  };
}

}  // namespace fleethook::api
