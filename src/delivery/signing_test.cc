// Signed requests on their way: each attempt is signed anew, under the id that all of them share.
#include <gtest/gtest.h>

#include "core/signature.h"
#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

const store::Actor kAnn{{}, "ann@example.com"};
constexpr std::string_view kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kOther = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

class SigningTest : public ::testing::Test, public DeliveryWorld {
 protected:
  SigningTest() { put("KEY", kKey); }
  ~SigningTest() override { stop(); }

  void put(const std::string& name, std::string_view value) {
    ASSERT_TRUE(store.put_secret(store::SecretOwner::of(user), {name, std::string(value)}, kAnn).ok());
  }
  static core::IntegrationConfig config(std::vector<std::string> signing, std::string path = "/hook") {
    core::IntegrationConfig made;
    made.event = "temp";
    made.url = "http://a.example" + path;
    made.signing = std::move(signing);
    return made;
  }
  // A receiver that answers so for a while: `count` requests, then 200.
  void receiver_answering(int status, std::size_t count, const std::string& location = "") {
    if (a_ == nullptr) a_ = &receiver("a.example");
    a_->personality.statuses = {status};
    a_->personality.location = location;
    on_request = [this, until = requests.size() + count] {
      if (requests.size() > until) a_->personality = {};
    };
  }
  static std::string header(const ReceivedRequest& received, std::string_view name) {
    return std::string(received.request.headers.get(name));
  }
  // What a receiver works out with the key.
  static std::string expected(const ReceivedRequest& received, std::string_view key) {
    std::string signature;
    core::SigningKey::read(key)->append_signature(header(received, "webhook-id"), header(received, "webhook-timestamp"),
                                                  received.request.body, signature);
    return signature;
  }
  std::string logged_header(std::string_view name) {
    for (const auto& [key, value] : store.all_exchanges().back().request_headers) {
      if (key == name) return value;
    }
    return "(none)";
  }

  testing::Imposter* a_ = nullptr;
};

TEST_F(SigningTest, EachAttemptIsSignedWithItsOwnTimeUnderOneId) {
  receiver_answering(500, 2);
  const auto hook = integration(config({"KEY"}));
  start();
  publish(hook);
  run(1h);
  ASSERT_EQ(requests.size(), 3U);
  for (const ReceivedRequest& one : requests) {
    EXPECT_EQ(header(one, "webhook-id"), header(requests[0], "webhook-id"));
    EXPECT_EQ(header(one, "webhook-signature"), expected(one, kKey));
  }
  EXPECT_NE(header(requests[0], "webhook-timestamp"), header(requests[2], "webhook-timestamp"));
  EXPECT_NE(header(requests[0], "webhook-signature"), header(requests[2], "webhook-signature"));
  publish(hook);
  run(1min);
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_NE(header(requests[3], "webhook-id"), header(requests[0], "webhook-id"));
}

TEST_F(SigningTest, ARetryIsSignedByTheKeyOfNow) {
  receiver_answering(500, 1);
  const auto hook = integration(config({"KEY"}));
  start();
  publish(hook);
  run(500ms);
  put("KEY", kOther);
  run(30min);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(header(requests[0], "webhook-signature"), expected(requests[0], kKey));
  EXPECT_EQ(header(requests[1], "webhook-signature"), expected(requests[1], kOther));
}

TEST_F(SigningTest, WhileKeysAreChangedBothSign) {
  put("NEW", kOther);
  receiver("a.example");
  const auto hook = integration(config({"NEW", "KEY"}));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(header(requests[0], "webhook-signature"),
            expected(requests[0], kOther) + " " + expected(requests[0], kKey));
  EXPECT_EQ(logged_header("webhook-signature"), "[[SENSITIVE]] [[SENSITIVE]]");
}

TEST_F(SigningTest, WithoutAKeyNothingIsSentAndTheDeliveryEnds) {
  receiver("a.example");
  const auto hook = integration(config({"KEY", "GONE"}));
  start();
  publish(hook);
  run(1min);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(store.all_exchanges().back().error, "it cannot be signed: there is no secret GONE");
  EXPECT_EQ(counts().error, 1U);
  EXPECT_TRUE(queue_is_empty()) << "no waiting changes that";
}

TEST_F(SigningTest, ARedirectAtHomeIsSignedWhereItRepeatsTheBody) {
  const auto hook = integration(config({"KEY"}));
  start();
  for (const int status : {302, 307}) {
    requests.clear();
    receiver_answering(status, 1, "/elsewhere");
    publish(hook);
    run(1s);
    ASSERT_EQ(requests.size(), 2U) << status;
    const bool repeats = status == 307;
    EXPECT_EQ(header(requests[1], "webhook-signature"), repeats ? expected(requests[1], kKey) : "");
  }
}

TEST_F(SigningTest, ASignatureStaysInItsOrigin) {
  receiver_answering(307, 1, "http://b.example/");
  receiver("b.example");
  const auto hook = integration(config({"KEY"}));
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].host, "b.example");
  EXPECT_FALSE(requests[1].request.headers.has("webhook-signature"));
}

}  // namespace
}  // namespace fleethook::delivery
