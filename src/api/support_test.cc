// What api_test_support.h declares; named a test so that it is built into the test executable only.
#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/schema.h"
#include "api/schema_test_support.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

class Recorder final : public http::Responder {
 public:
  struct Answer {
    bool given = false, streams = false;
    http::Response response;
    std::shared_ptr<Streamed> streamed{};
  };
  Recorder(Loop& loop, std::shared_ptr<Answer> answer) : loop_(loop), answer_(std::move(answer)) {}
  void respond(http::Response response) override { take(std::move(response), false); }
  std::shared_ptr<http::BodyWriter> stream(http::Response head) override {
    class Writer final : public http::BodyWriter {
     public:
      Writer(Loop& loop, std::shared_ptr<Streamed> into) : loop_(loop), into_(std::move(into)) {}
      bool write(std::string_view bytes) override {
        into_->text += bytes;
        if (taken_) loop_.post(taken_);
        return true;
      }
      void close() override { into_->closed = true; }
      void cut() override { into_->closed = true; }
      void on_taken(std::function<void()> callback) override { taken_ = std::move(callback); }
      void on_closed(std::function<void()>) override {}

     private:
      Loop& loop_;
      std::function<void()> taken_;
      std::shared_ptr<Streamed> into_;
    };
    take(std::move(head), true);
    answer_->streamed = std::make_shared<Streamed>();
    return std::make_shared<Writer>(loop_, answer_->streamed);
  }

 private:
  void take(http::Response response, bool streams) {
    EXPECT_FALSE(answer_->given) << "answered twice";
    *answer_ = {true, streams, std::move(response)};
  }
  Loop& loop_;
  std::shared_ptr<Answer> answer_;
};

void check_against(std::string_view schema, const Reply& reply, std::string_view target) {
  static const json::Object kSchemas = schema::all_schemas();
  EXPECT_THAT(complaints(reply.body, schema, kSchemas), ::testing::IsEmpty()) << target << " -> " << reply.text;
}

// An answer is what its route says.
void check_success(const Reply& reply, const Route& route, std::string_view target) {
  const std::string type = reply.header("Content-Type");
  if (route.response.empty()) {
    EXPECT_EQ(reply.status, 204) << target << " answers with a body of which its route says nothing: " << reply.text;
  } else if (route.response.find('/') != std::string_view::npos) {
    EXPECT_THAT(type, ::testing::StartsWith(std::string(route.response))) << target;
  } else {
    EXPECT_THAT(type, ::testing::StartsWith("application/json")) << target;
    check_against(route.response, reply, target);
  }
}

// What every refusal has in common (A4, A5 of the reference).
void check_refusal(const Reply& reply, std::string_view target) {
  SCOPED_TRACE(std::string(target) + " -> " + reply.text);
  EXPECT_TRUE(reply.body.is_object());
  check_against("Error", reply, target);
  EXPECT_NE(reply["error_description"], "(absent)");
  if (reply.status == 401) {
    EXPECT_EQ(reply["error"], "invalid_token");
    return;
  }
  EXPECT_THAT(ascii_lower(reply.text), ::testing::Not(::testing::HasSubstr("access token")));
  if (target.starts_with("/oauth/") && reply.status == 400) return;
  if (reply.status == 400 && reply["error"] == "unauthorized") return;  // closed to API users
  EXPECT_EQ(reply["error"], reply["error_description"]);
  EXPECT_NE(reply["code"], "(absent)");
  if (reply.status == 429 || reply.status == 503) {
    EXPECT_NE(reply.header("Retry-After"), "");
  }
}

}  // namespace

const json::Value* Reply::find(std::string_view path) const {
  const json::Value* at = &body;
  while (!path.empty() && at != nullptr) {
    const std::string_view step = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), step.size() + 1));
    if (at->is_array()) {
      std::size_t index = 0;
      std::from_chars(step.data(), step.data() + step.size(), index);
      at = index < at->as_array().size() ? &at->as_array()[index] : nullptr;
    } else {
      at = at->find(step);
    }
  }
  return at;
}

std::string Reply::operator[](std::string_view path) const {
  const json::Value* value = find(path);
  if (value == nullptr) return "(absent)";
  return value->is_string() ? value->as_string() : json::write(*value);
}

// Every connection succeeds and reaches this one.
class TestWorld::Receiver final : public http::Transport {
 public:
  explicit Receiver(TestWorld& world) : world_(world) {}
  void connect(const http::Destination&, Deadline, OnConnected done) override {
    auto [here, there] = testing::MemoryStream::pair(world_.loop_);
    peers_.push_back(std::make_unique<testing::RawPeer>(std::move(there)));
    http::ConnectResult result;
    result.stream = std::move(here);
    world_.loop_.post([done = std::move(done), result = std::make_shared<http::ConnectResult>(std::move(result))] {
      done(std::move(*result));
    });
  }
  // Whole requests only: the first bytes may come alone.
  void answer() {
    for (auto& peer : peers_) {
      if (peer->received.empty() || world_.receiver_says.empty()) continue;
      world_.received.push_back(std::exchange(peer->received, {}));
      peer->send(world_.receiver_says);
    }
  }

 private:
  TestWorld& world_;
  std::vector<std::unique_ptr<testing::RawPeer>> peers_;
};

TestWorld::TestWorld(Limits limits, bool open_signup, PasswordLimits password_limits)
    : budgets_(limits),
      limits_(limits),
      login_guard_(loop_.clock(), limits, password_limits),
      password_line_(password_limits, metrics_, [](const auto& task) { task(); }),
      router_(all_routes()) {
  EXPECT_TRUE(crypto::init());
  data_ = std::make_unique<testing::SqliteData>(
      loop_.clock(), random_, queue::NoteLimits{limits.idempotency_bytes_max, limits.idempotency_bytes_per_user_max},
      limits);
  receiver_ = std::make_unique<Receiver>(*this);
  const auto organization_of = [this](core::ProductId id) {
    const auto catalog = data_->store().catalog();
    const core::Product* product = catalog->product(id);
    return product == nullptr ? core::OrganizationId() : product->organization;
  };
  hub_ = std::make_unique<stream::Hub>(std::vector<Loop*>{&loop_}, metrics_, limits_, organization_of);
  delivery::Surroundings surroundings{loop_,
                                      data_->queue(),
                                      data_->queue(),
                                      data_->store(),
                                      data_->store().open_outages(),
                                      data_->settler(),
                                      *receiver_,
                                      random_,
                                      metrics_,
                                      limits_,
                                      {},
                                      queue::Shards().set(),
                                      [] { return false; },
                                      [](const core::EventPtr&, core::EventSeq, std::vector<core::Event>) {},
                                      [this](core::IntegrationNumber number, std::uint32_t version,
                                             std::function<void(Result<core::IntegrationPtr>)> done) {
                                        loop_.post([this, number, version, done = std::move(done)] {
                                          done(store().integration_version(number, version));
                                        });
                                      }};
  dispatcher_ = std::make_unique<delivery::Dispatcher>(std::move(surroundings));
  ingest_ = std::make_unique<ingest::Ingest>(
      loop_, data_->queue(), data_->store(), random_, metrics_, limits_,
      [this](const std::vector<queue::Accepted>& events) { loop_.post([this, events] { committed(events); }); });
  EXPECT_TRUE(data_->queue().own({{queue::Shards().set(), this}}).ok());
  Settings settings{"http://hooks.test", open_signup, crypto::PasswordCost::kMinimal};
  services_ = std::make_unique<Services>(
      Services{data_->store(), *hub_, metrics_, loop_.clock(), random_, login_guard_, password_line_, budgets_, limits_,
               settings, [](const std::function<void()>& task) { task(); }, [this] { return troubles; }, data_->queue(),
               data_->notes(), [this] { return instance; }});
  api_ = std::make_unique<Api>(*services_, LoopServices{loop_, *ingest_, *dispatcher_}, router_);
}

TestWorld::~TestWorld() {
  data_->queue().disown(*this);
  int stopped = 0;
  ingest_->stop([&] { ++stopped; });
  run_until([&] { return stopped == 1; });
  dispatcher_->stop(Deadline::at(loop_.clock().steady()), [&] { ++stopped; });
  run_until([&] { return stopped == 2; });
  hub_->close_all(loop_);
  loop_.run_ready();
}

// The writer's thread posts to the loop; nothing tells when, so this asks again and again, and gives up loudly.
void TestWorld::run_until(const std::function<bool()>& done) {
  const SystemClock clock;
  const Deadline deadline = Deadline::after(clock, std::chrono::seconds(20));
  while (true) {
    loop_.run_ready();
    receiver_->answer();
    if (done()) return;
    ASSERT_FALSE(deadline.passed(clock.steady())) << "no answer";
    std::this_thread::yield();
  }
}

// Before the publisher is answered.
void TestWorld::committed(const std::vector<queue::Accepted>& events) {
  for (const queue::Accepted& accepted : events) {
    accepted_.push_back(accepted.event);
    for (const queue::NewDelivery& delivery : accepted.deliveries) {
      if (delivery.parked) continue;
      ++to_send_;
      if (delivers_) to_record_[delivery.integration->number] = 0;
    }
  }
  for (auto& [integration, outcomes] : to_record_) outcomes = recorded(integration);
}

void TestWorld::offered(const queue::Batch& committed) {
  loop_.post([this, committed] {
    if (delivers_) dispatcher_->claim().owner->offered(committed);
  });
}

std::uint64_t TestWorld::recorded(core::IntegrationNumber integration) {
  std::uint64_t outcomes = 0;
  const auto days = store().counters(integration, 0, std::numeric_limits<std::int32_t>::max());
  EXPECT_TRUE(days.ok());
  std::set<std::int32_t> counted;
  for (const store::DayCounts& day : *days) {
    if (!counted.insert(day.day).second) continue;
    // Those of today are in memory, and get there when they are on disk already.
    for (const auto& [product, counts] : store().counters_of_day(integration, day.day)) outcomes += counts.all();
  }
  return outcomes;
}

std::vector<std::string> TestWorld::fired(std::string_view user, std::string_view events_path, std::string body) {
  const std::size_t before = received.size();
  to_send_ = 0;
  to_record_.clear();
  delivers_ = true;
  const Reply published = send(user, "POST", events_path, std::move(body));
  EXPECT_EQ(published.status, 200) << published.text;
  run_until([&] {
    loop_.advance(std::chrono::milliseconds(1));
    // One event makes one delivery of an integration at most.
    return received.size() == before + to_send_ &&
           std::ranges::all_of(to_record_, [this](const auto& one) { return recorded(one.first) == one.second + 1; });
  });
  delivers_ = false;
  std::vector<std::string> requests(received.begin() + static_cast<std::ptrdiff_t>(before), received.end());
  std::ranges::sort(requests);
  return requests;
}

Reply TestWorld::send(http::Request request) {
  const std::string target = request.target;
  const Route* route = router_.match(request.method, request.path()).route;
  auto answer = std::make_shared<Recorder::Answer>();
  api_->handle(std::move(request), std::make_shared<Recorder>(loop_, answer));
  run_until([&] { return answer->given; });
  Reply reply;
  reply.status = answer->response.status;
  reply.headers = answer->response.headers;
  reply.text = answer->response.content();
  reply.streams = answer->streams;
  reply.streamed = answer->streamed;
  if (auto body = json::parse(reply.text); body.ok()) reply.body = std::move(body).value();
  if (reply.status >= 400) check_refusal(reply, target);
  if (reply.status / 100 == 2 && route != nullptr) check_success(reply, *route, target);
  // Clients take an empty answer for an error, unless it is a 204.
  EXPECT_EQ(reply.text.empty(),
            reply.status == 204 || reply.status == 304 || reply.header("Content-Type") == "text/event-stream")
      << target;
  // Anybody's page may ask the API; the console's files are for itself.
  const bool console = reply.header("Cross-Origin-Resource-Policy") == "same-origin";
  EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), console ? "" : "*") << target;
  return reply;
}

Reply TestWorld::send(std::string_view user,
                      std::string_view method,
                      std::string_view target,
                      std::string body,
                      std::string_view content_type) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.peer = "192.0.2.1";
  if (!body.empty()) request.headers.add("Content-Type", content_type);
  if (!user.empty()) request.headers.add("Authorization", "Bearer " + std::string(user));
  request.body = std::move(body);
  return send(std::move(request));
}

Reply TestWorld::refused(int status,
                         std::string_view code,
                         std::string_view sentence_part,
                         std::string_view user,
                         std::string_view method,
                         std::string_view target,
                         std::string body,
                         std::string_view content_type) {
  SCOPED_TRACE(std::string(method) + " " + std::string(target) + " " + body.substr(0, 200));
  Reply reply = send(user, method, target, std::move(body), content_type);
  EXPECT_EQ(reply.status, status) << reply.text;
  EXPECT_EQ(reply["code"], code) << reply.text;
  EXPECT_THAT(reply["error"], ::testing::HasSubstr(std::string(sentence_part)));
  return reply;
}

core::UserId TestWorld::add_user(std::string name, bool administrator) {
  store::NewUser user;
  user.username = name + "@example.com";
  user.password_hash = crypto::hash_password("password-of-" + name, crypto::PasswordCost::kMinimal);
  user.account_info = json::Object{};
  user.administrator = administrator;
  auto made = store().create_user(std::move(user), {});
  EXPECT_TRUE(made.ok());
  core::AccessToken token;
  token.digest = crypto::digest(name);
  token.user = made->id;
  token.client = "test";
  token.created_at = loop_.clock().now();
  EXPECT_TRUE(store().add_token(std::move(token), {}).ok());
  return made->id;
}

Reply TestWorld::join(std::string_view by, std::string_view team, std::string_view name, std::string_view role) {
  const std::string username = std::string(name) + "@example.com";
  Reply invited = send(by, "POST", team, json::write(json::Object{{"username", username}, {"role", role}}));
  if (invited.status != 200) return invited;
  Reply accepted = send(name, "POST", "/v1/user/invitations/" + invited["invited.id"] + "/accept",
                        json::write(json::Object{{"code", invited["invited.code"]}}));
  return accepted.status == 200 ? invited : accepted;
}

std::string TestWorld::add_organization(std::string_view user, std::string name, std::string_view plan) {
  const Reply reply =
      send(user, "POST", "/v1/orgs", json::write(json::Object{{"name", std::move(name)}, {"plan", plan}}));
  EXPECT_EQ(reply.status, 201) << reply.text;
  return reply["organization.slug"];
}

std::string TestWorld::add_product(std::string_view user, std::string_view organization, std::string name) {
  const std::string path =
      organization.empty() ? "/v1/user/products" : "/v1/orgs/" + std::string(organization) + "/products";
  const Reply reply =
      send(user, "POST", path,
           json::write(json::Object{{"product", json::Object{{"name", std::move(name)}, {"platform_id", 13}}}}));
  EXPECT_EQ(reply.status, 201) << reply.text;
  return reply["product.id"];
}

std::string TestWorld::add_integration(std::string_view user, std::string_view path, std::string body) {
  const Reply reply = send(user, "POST", path, std::move(body));
  EXPECT_EQ(reply.status, 201) << reply.text;
  return reply["id"];
}

}  // namespace fleethook::api
