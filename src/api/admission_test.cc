// What is decided on the head of a request, before its body is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() {
    world_.add_user("ann");
    world_.add_user("bob");
    product_ = world_.add_product("ann", "", "Anns");
  }

  static http::Request head_of(std::string_view user,
                               std::string method,
                               std::string target,
                               std::string_view type = "application/json") {
    http::Request head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.headers.set("Host", "hooks.test");
    head.headers.set("Content-Type", type);
    if (!user.empty()) head.headers.set("Authorization", "Bearer " + std::string(user));
    head.peer = "192.0.2.1";
    return head;
  }
  // The status of the refusal; 0: the body is read.
  int refusal(http::Request head, std::string_view sentence_part = "") {
    const http::Ruling ruling = world_.api().judge(head);
    if (!ruling.refusal) return 0;
    EXPECT_THAT(ruling.refusal->body, HasSubstr(std::string(sentence_part)));
    EXPECT_EQ(ruling.refusal->headers.get("Access-Control-Allow-Origin"), "*");
    return ruling.refusal->status;
  }
  // The request after its head was judged, with the body, as the connection hands it over.
  Reply finish(http::Request head, const http::Ruling& ruling, std::string body) {
    head.keep = ruling.keep;
    head.body = std::move(body);
    return world_.send(std::move(head));
  }

  TestWorld world_;
  std::string product_;
};

TEST_F(AdmissionTest, RefusesOnTheHeadWhatTheHeadDecides) {
  EXPECT_EQ(refusal(head_of("ann", "POST", "/v1/nothing"), "there is nothing at"), 404);
  EXPECT_EQ(refusal(head_of("", "POST", "/nothing/events/batch", kForm)), 404);
  EXPECT_EQ(refusal(head_of("ann", "PATCH", "/v1/orgs")), 405);
  EXPECT_EQ(refusal(head_of("", "POST", "/v1/products/" + product_ + "/events/batch")), 401);
  EXPECT_EQ(refusal(head_of("wrong", "POST", "/v1/products/" + product_ + "/events/batch")), 401);
  EXPECT_EQ(refusal(head_of("wrong", "POST", "/v1/devices/events", kForm)), 401) << "the head says who it is";
  EXPECT_EQ(refusal(head_of("bob", "POST", "/v1/products/" + product_ + "/events"), "there is no product"), 404);
  EXPECT_EQ(refusal(head_of("", "OPTIONS", "/v1/user")), 204) << "a preflight needs no body";
  http::Request query = head_of("", "POST", "/v1/devices/events?access_token=ann");
  EXPECT_EQ(refusal(query), 401) << "the query is for GET only";
}

TEST_F(AdmissionTest, CountsARefusedRequestAsOne) {
  const auto requests = [&] {
    return world_.metrics().counter("fleethook_http_requests_total", "as it is", {}).value();
  };
  const std::uint64_t before = requests();
  EXPECT_EQ(refusal(head_of("", "POST", "/v1/user")), 405);
  EXPECT_EQ(requests(), before + 1);
  http::Request head = head_of("ann", "POST", "/v1/devices/events");
  const http::Ruling ruling = world_.api().judge(head);
  EXPECT_EQ(requests(), before + 1) << "not yet";
  EXPECT_EQ(finish(std::move(head), ruling, R"({"name":"temp"})").status, 200);
  EXPECT_EQ(requests(), before + 2);
}

TEST_F(AdmissionTest, WithoutATokenInTheHeadOnlyAShortBodyIsRead) {
  const std::size_t shorter = Limits{}.unidentified_body_bytes_max;
  const auto most = [&](http::Request head) { return world_.api().judge(head).body_bytes_max; };
  EXPECT_EQ(most(head_of("", "POST", "/v1/devices/events", kForm)), shorter);
  EXPECT_EQ(most(head_of("", "POST", "/v1/products/" + product_ + "/events/batch", kForm)), shorter);
  EXPECT_EQ(most(head_of("", "POST", "/oauth/token", kForm)), shorter);
  EXPECT_EQ(most(head_of("", "POST", "/v1/session")), shorter);
  EXPECT_EQ(most(head_of("ann", "POST", "/v1/devices/events", kForm)), Limits{}.request_body_bytes_max);
  EXPECT_EQ(most(head_of("ann", "POST", "/v1/session")), Limits{}.request_body_bytes_max);
  http::Request head = head_of("", "POST", "/v1/devices/events", kForm);
  EXPECT_THAT(std::string(world_.api().judge(head).too_large), HasSubstr("Authorization: Bearer"));
}

TEST_F(AdmissionTest, ATokenInAFormIsFoundWhenTheFormIsThere) {
  http::Request head = head_of("", "POST", "/v1/devices/events", kForm);
  http::Ruling ruling = world_.api().judge(head);
  ASSERT_FALSE(ruling.refusal);
  EXPECT_EQ(finish(head, ruling, "name=temp&access_token=ann").status, 200);
  ruling = world_.api().judge(head);
  EXPECT_EQ(finish(head, ruling, "name=temp&access_token=wrong").status, 401);
  ruling = world_.api().judge(head);
  EXPECT_EQ(finish(head, ruling, "name=temp").status, 401);
}

TEST_F(AdmissionTest, IsAskedAgainWhenSomethingChangedWhileTheBodyCame) {
  http::Request head = head_of("ann", "POST", "/v1/products/" + product_ + "/events");
  http::Ruling ruling = world_.api().judge(head);
  EXPECT_EQ(finish(head, ruling, R"({"name":"temp"})").status, 200);

  ruling = world_.api().judge(head);
  world_.add_user("carl");
  EXPECT_EQ(finish(head, ruling, R"({"name":"temp"})").status, 200) << "nothing that matters here";

  ruling = world_.api().judge(head);
  EXPECT_EQ(world_.send("ann", "DELETE", "/v1/access_tokens/ann").status, 200);
  EXPECT_EQ(finish(head, ruling, R"({"name":"temp"})").status, 401) << "the newest state counts";
}

TEST_F(AdmissionTest, BodiesAreCountedAsTheyComeAndUntilTheyAreAnswered) {
  http::Request head = head_of("ann", "POST", "/v1/devices/events");
  http::Ruling ruling = world_.api().judge(head);
  EXPECT_EQ(ruling.keep->body_takes(4096), std::nullopt);
  EXPECT_EQ(world_.budgets().bodies.taken(), 0U) << "small ones are not worth it";
  EXPECT_EQ(ruling.keep->body_takes(10'000), std::nullopt);
  EXPECT_EQ(ruling.keep->body_takes(20'000), std::nullopt);
  EXPECT_EQ(world_.budgets().bodies.taken_by("192.0.2.1"), 20'000U);
  EXPECT_EQ(world_.budgets().unidentified_bodies.taken(), 0U);
  EXPECT_EQ(finish(std::move(head), std::exchange(ruling, {}), R"({"name":"temp"})").status, 200);
  EXPECT_EQ(world_.budgets().bodies.taken(), 0U);
}

class SmallBudgets : public AdmissionTest {
 protected:
  static Limits limits() {
    Limits limits;
    limits.bodies_bytes_max = 100'000;
    limits.bodies_bytes_per_address_max = 60'000;
    limits.unidentified_bodies_bytes_max = 30'000;
    return limits;
  }
  std::shared_ptr<http::Keep> reading(std::string_view user, const char* peer) {
    http::Request head = head_of(user, "POST", "/v1/devices/events", kForm);
    head.peer = peer;
    return small_.api().judge(head).keep;
  }
  TestWorld small_{limits()};
  void SetUp() override { small_.add_user("ann"); }
};

TEST_F(SmallBudgets, AnAddressHasAShareOfAllBodiesAndTheProcessABudget) {
  const auto first = reading("ann", "192.0.2.1"), second = reading("ann", "192.0.2.1"),
             other = reading("ann", "192.0.2.2");
  EXPECT_EQ(first->body_takes(50'000), std::nullopt);
  const auto share = second->body_takes(20'000);
  ASSERT_TRUE(share);
  EXPECT_EQ(share->status, 429);
  EXPECT_THAT(share->body, HasSubstr("from this address"));
  EXPECT_EQ(other->body_takes(50'000), std::nullopt);
  const auto all = reading("ann", "192.0.2.3")->body_takes(20'000);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->status, 503);
  EXPECT_EQ(all->headers.get("Retry-After"), "1");
  EXPECT_EQ(all->headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(small_.metrics().counter("fleethook_request_bodies_refused_total", "as it is", {}).value(), 2U);
}

TEST_F(SmallBudgets, BodiesWithoutATokenLeaveRoomForTheOthers) {
  const auto nobody = reading("", "192.0.2.1"), nobody_else = reading("", "192.0.2.2");
  EXPECT_EQ(nobody->body_takes(20'000), std::nullopt);
  const auto refused = nobody_else->body_takes(20'000);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_THAT(refused->body, HasSubstr("Authorization: Bearer"));
  EXPECT_EQ(reading("ann", "192.0.2.2")->body_takes(60'000), std::nullopt);
}

TEST_F(SmallBudgets, AProxyThatDoesNotTellForWhomItSpeaksHasNoShare) {
  http::Request head = head_of("ann", "POST", "/v1/devices/events");
  head.peer_is_proxy = true;
  EXPECT_EQ(small_.api().judge(head).keep->body_takes(90'000), std::nullopt);
}

// Keeps answers as a connection does whose reader takes nothing.
class Keeping final : public http::Responder {
 public:
  explicit Keeping(std::vector<http::Response>& into) : into_(into) {}
  void respond(http::Response response) override { into_.push_back(std::move(response)); }
  std::shared_ptr<http::BodyWriter> stream(http::Response) override { return nullptr; }

 private:
  std::vector<http::Response>& into_;
};

TEST_F(AdmissionTest, LargeAnswersTakeOfAShareUntilTheyAreTaken) {
  const std::size_t size = world_.send(head_of("", "GET", "/openapi.json")).text.size();
  Limits limits;
  limits.answers_bytes_max = size * 5 / 2;
  limits.answers_bytes_per_address_max = size * 3 / 2;
  TestWorld small(limits);
  std::vector<http::Response> answers;
  const auto ask = [&](const char* peer) {
    http::Request request = head_of("", "GET", "/openapi.json");
    request.peer = peer;
    small.api().handle(std::move(request), std::make_shared<Keeping>(answers));
    small.loop().run_ready();
    return answers.back().status;
  };
  EXPECT_EQ(ask("192.0.2.1"), 200);
  EXPECT_EQ(small.budgets().answers.taken_by("192.0.2.1"), size);
  EXPECT_EQ(ask("192.0.2.1"), 429);
  EXPECT_EQ(ask("192.0.2.2"), 200);
  EXPECT_EQ(ask("192.0.2.3"), 503);
  EXPECT_EQ(answers.back().headers.get("Retry-After"), "1");
  EXPECT_EQ(small.metrics().counter("fleethook_answers_refused_total", "as it is", {}).value(), 2U);
  answers.clear();
  EXPECT_EQ(small.budgets().answers.taken(), 0U);
  EXPECT_EQ(ask("192.0.2.1"), 200);
}

}  // namespace
}  // namespace fleethook::api
