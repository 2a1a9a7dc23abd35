#include "server/demo_devices.h"

#include <cstdio>
#include <span>

#include "base/text.h"
#include "http/serialize.h"
#include "http/url.h"

namespace fleethook::server {
namespace {

constexpr Duration kPauseOfOthers = std::chrono::seconds(1);
constexpr Duration kPauseElsewhere = std::chrono::seconds(5);

// An event that is no temperature. In the data, # stands for a number that changes from one to the next.
struct OtherEvent {
  const char *name, *data;
  std::size_t from, span;
};

constexpr OtherEvent kColdRoom[] = {
    {"door/opened", R"({"door":"north","seconds":#})", 1, 90},
    {"battery/level", R"({"percent":#})", 61, 39},
    {"stock/peas", R"({"item":"peas","count":#})", 100, 60},
    {"door/closed", R"({"door":"north","seconds":#})", 1, 90},
    {"alarm/too-warm", R"({"where":"cold room 2","value":#})", 8, 5},
};
constexpr OtherEvent kTank[] = {
    {"stock/cream", R"({"item":"cream","count":#})", 20, 30},
    {"door/hatch-opened", R"({"door":"hatch","seconds":#})", 2, 40},
    {"battery/level", R"({"percent":#})", 61, 39},
    {"alarm/overfill", R"({"where":"tank 5","value":#})", 96, 5},
};
constexpr OtherEvent kGreenhouse[] = {
    {"humidity/air", R"({"place":"row-3","percent":#})", 55, 30},
    {"door/window-opened", R"({"door":"roof window","seconds":#})", 60, 600},
    {"battery/level", R"({"percent":#})", 61, 39},
    {"humidity/soil", R"({"place":"row-7","percent":#})", 20, 40},
    {"stock/seedlings", R"({"item":"seedlings","count":#})", 400, 90},
    {"alarm/frost", R"({"where":"row 1","value":#})", 0, 3},
};
constexpr OtherEvent kMilk[] = {
    {"milk/level", R"({"litres":#})", 3000, 900},
    {"milk/temperature", R"({"value":#})", 3, 3},
};
constexpr OtherEvent kBench[] = {{"bench/reading", R"({"value":#})", 10, 90}};

std::string product_path(const DemoProduct& product) {
  return "/v1/products/" + product.slug + "/events";
}

json::Object body_of(const OtherEvent& event, std::size_t turn) {
  std::string data = event.data;
  data.replace(data.find('#'), 1, std::to_string(event.from + turn * 7 % event.span));
  return json::Object{{"name", event.name}, {"data", data}, {"private", true}};
}

// In turn, from the devices in turn.
DemoPublisher::Events in_turn(std::span<const OtherEvent> events, const std::vector<std::string>& devices) {
  return [events, devices](std::size_t turn) {
    json::Object body = body_of(events[turn % events.size()], turn);
    if (!devices.empty()) body.set("as_device_id", devices[turn % devices.size()]);
    return body;
  };
}

// Temperature events: devices in turn, readings from 4.0 to 7.9.
DemoPublisher::Events temperatures(std::string name, const std::vector<std::string>& devices) {
  return [name = std::move(name), devices](std::size_t turn) {
    char data[64];
    std::snprintf(data, sizeof data, R"({"value":%.1f,"unit":"C"})", 4.0 + static_cast<double>(turn % 40) / 10.0);
    return json::Object{
        {"name", name}, {"data", data}, {"private", true}, {"as_device_id", devices[turn % devices.size()]}};
  };
}

struct Source {
  std::string path;
  std::span<const OtherEvent> events;
  std::vector<std::string> devices;
  Duration pause;
};

std::vector<Source> other_sources(const DemoOrganization& organization) {
  const auto& products = organization.products;
  return {{product_path(products[0]), kColdRoom, products[0].devices, kPauseOfOthers},
          {product_path(products[1]), kTank, products[1].devices, kPauseOfOthers},
          {product_path(products[2]), kGreenhouse, products[2].devices, kPauseOfOthers},
          {product_path(organization.other_product), kMilk, organization.other_product.devices, kPauseElsewhere},
          {"/v1/devices/events", kBench, {}, kPauseElsewhere}};
}

http::Destination destination_of(const std::string& url) {
  const auto parsed = http::parse_url(url).value();  // our own address
  return {parsed.host, parsed.port, false, true};
}

}  // namespace

DemoPublisher::DemoPublisher(const DemoApi& api, std::string path, Duration pause, Events events)
    : client_(api.client()),
      destination_(destination_of(api.url())),
      path_(std::move(path)),
      token_(api.token()),
      pause_(pause),
      events_(std::move(events)) {}

void DemoPublisher::stop() {
  stopped_ = true;
  client_.loop().post([self = shared_from_this()] {
    if (!self->under_way_) self->finish();
  });
}

void DemoPublisher::finish() {
  idle_ = true;
  connection_.reset();
}

void DemoPublisher::publish() {
  if (stopped_) return finish();
  under_way_ = true;
  if (connection_ == nullptr) return connect();
  http::Headers headers;
  headers.add("Authorization", "Bearer " + token_);
  headers.add("Content-Type", "application/json");
  std::string bytes;
  http::append_request("POST", path_, destination_.host, headers, json::write(events_(turn_++)), bytes);
  connection_->exchange(std::move(bytes), false, Deadline::after(client_.loop().clock(), std::chrono::seconds(20)),
                        [self = shared_from_this()](const http::ExchangeResult& result) { self->answered(result); });
}

void DemoPublisher::connect() {
  client_.transport().connect(destination_, Deadline::after(client_.loop().clock(), std::chrono::seconds(5)),
                              [self = shared_from_this()](http::ConnectResult result) {
                                if (result.fault == http::ConnectFault::kNone) {
                                  self->connection_ = std::make_unique<http::ClientConnection>(
                                      std::move(result.stream), self->client_.loop(), Limits{});
                                }
                                self->later();
                              });
}

void DemoPublisher::answered(const http::ExchangeResult& result) {
  if (result.fault == http::ExchangeFault::kNone && result.response.status == 200) {
    ++published_;
  } else {
    ++refused_;
  }
  if (!result.reusable) client_.loop().post([self = shared_from_this()] { self->connection_.reset(); });
  later();
}

// Called by the connection: what ends with it waits for the next turn of the loop.
void DemoPublisher::later() {
  under_way_ = false;
  if (stopped_) return client_.loop().post([self = shared_from_this()] { self->finish(); });
  client_.loop().schedule_after(pause_, [self = shared_from_this()] { self->publish(); });
}

std::vector<std::shared_ptr<DemoPublisher>> temperature_publishers(const DemoApi& api,
                                                                   const DemoOrganization& organization,
                                                                   int events_per_second) {
  const std::string names[] = {"temperature/cold-room", "temperature/tank", "temperature/greenhouse"};
  const Duration pause = std::chrono::microseconds(1'000'000 / events_per_second);
  std::vector<std::shared_ptr<DemoPublisher>> publishers;
  for (const DemoProduct& product : organization.products) {
    publishers.push_back(std::make_shared<DemoPublisher>(api, product_path(product), pause,
                                                         temperatures(names[publishers.size()], product.devices)));
  }
  return publishers;
}

std::vector<std::shared_ptr<DemoPublisher>> other_publishers(const DemoApi& api, const DemoOrganization& organization) {
  std::vector<std::shared_ptr<DemoPublisher>> publishers;
  for (const Source& source : other_sources(organization)) {
    publishers.push_back(
        std::make_shared<DemoPublisher>(api, source.path, source.pause, in_turn(source.events, source.devices)));
  }
  return publishers;
}

Result<void> publish_one_of_each(const DemoApi& api, const DemoOrganization& organization) {
  for (const Source& source : other_sources(organization)) {
    const auto events = in_turn(source.events, source.devices);
    for (std::size_t turn = 0; turn < source.events.size(); ++turn) {
      FLEETHOOK_CHECK(api.call("POST", source.path, events(turn)));
    }
  }
  return {};
}

}  // namespace fleethook::server
