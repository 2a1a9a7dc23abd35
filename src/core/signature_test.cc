#include "core/signature.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/hex.h"
#include "core/compiled_test_help.h"
#include "core/mask.h"

namespace fleethook::core {
namespace {

using test::compiled;
using test::event;
using test::facts;

// The example of the specification.
constexpr std::string_view kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string signature_by(std::string_view key_text, std::string_view id, std::string_view time, std::string_view body) {
  const auto key = SigningKey::read(key_text);
  EXPECT_TRUE(key.ok());
  std::string out;
  if (key.ok()) key->append_signature(id, time, body, out);
  return out;
}

std::string refusal_of(std::string_view key_text) {
  const auto key = SigningKey::read(key_text);
  return key.ok() ? "" : key.error().message;
}

std::string key_of(std::string_view prefix, std::string_view bytes) {
  return std::string(prefix) + to_base64(bytes);
}

std::string private_key(char filled_with) {
  return key_of("whsk_", std::string(32, filled_with));
}

// Signs with A and B, whose values may be left out.
Result<OutgoingRequest> signed_request(NamedTexts secrets, std::string_view members = "") {
  NamedValues values;
  values.secrets = std::move(secrets);
  DeliveryFacts with = facts();
  with.values = &values;
  const std::string comma = members.empty() ? "" : ",";
  return compiled(R"("signing":{"secrets":["B","A"]})" + comma + std::string(members))->build(event(), with);
}

TEST(Signature, IsThatOfTheSpecificationsExample) {
  EXPECT_EQ(signature_by(kKey, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"), kSignature);
}

TEST(Signature, OfEd25519IsOverTheSameText) {
  const std::string seed(32, 'k');
  const auto expected = crypto::ed25519_sign(seed, "msg_1.1614265330.{}");
  EXPECT_EQ(signature_by(private_key('k'), "msg_1", "1614265330", "{}"),
            "v1a," + to_base64({reinterpret_cast<const char*>(expected.data()), expected.size()}));
}

TEST(Signature, APrivateKeyMayHaveItsPublicHalfBehindIt) {
  const std::string seed(32, 'k');
  const auto half = crypto::ed25519_public_key(seed);
  const std::string whole = seed + std::string(half.begin(), half.end());
  EXPECT_EQ(signature_by(key_of("whsk_", whole), "m", "1", "x"), signature_by(private_key('k'), "m", "1", "x"));
  EXPECT_EQ(refusal_of(key_of("whsk_", seed + std::string(32, 'x'))),
            "its public half does not belong to its private one");
}

TEST(Signature, KeysOfAnotherFormAreRefusedWithTheReason) {
  const std::string expected = "expected whsec_ (HMAC) or whsk_ (Ed25519) and the key in Base64 behind it";
  for (const char* text : {"", "abc", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    EXPECT_EQ(refusal_of(text), expected) << text;
  const std::string not_base64 = "what stands behind its prefix is not Base64 with padding";
  for (const char* text : {"whsec_not base64!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "whsk_abc"})
    EXPECT_EQ(refusal_of(text), not_base64) << text;
  EXPECT_EQ(refusal_of(key_of("whpk_", std::string(32, 'k'))),
            "it is a public key (whpk_); the private one begins with whsk_");
  for (const std::size_t bytes : {0, 23, 65}) {
    EXPECT_EQ(refusal_of(key_of("whsec_", std::string(bytes, 'k'))), "expected 24 to 64 bytes behind whsec_");
  }
  for (const std::size_t bytes : {24, 32, 64}) EXPECT_EQ(refusal_of(key_of("whsec_", std::string(bytes, 'k'))), "");
  for (const std::size_t bytes : {31, 33, 63}) {
    EXPECT_EQ(refusal_of(key_of("whsk_", std::string(bytes, 'k'))),
              "expected 32 bytes behind whsk_, or 64 with the public key");
  }
}

TEST(Signature, OfARequestIsOverItsHeadersAndItsBody) {
  const auto request = signed_request({{"A", std::string(kKey)}, {"B", private_key('k')}}, R"("json":{"t":"{{{a}}}"})");
  ASSERT_TRUE(request.ok());
  const std::string_view id = request->headers.get("webhook-id"), time = request->headers.get("webhook-timestamp");
  ASSERT_FALSE(id.empty());
  ASSERT_FALSE(time.empty());
  EXPECT_EQ(request->headers.get("webhook-signature"), signature_by(private_key('k'), id, time, request->body) + " " +
                                                           signature_by(kKey, id, time, request->body));
}

TEST(Signature, OfARequestWithoutABodyIsOverNone) {
  const auto request = signed_request({{"A", std::string(kKey)}, {"B", std::string(kKey)}}, R"("requestType":"GET")");
  ASSERT_TRUE(request.ok());
  ASSERT_EQ(request->body, "");
  EXPECT_EQ(request->headers.get("webhook-signature").substr(0, kSignature.size()),
            signature_by(kKey, request->headers.get("webhook-id"), request->headers.get("webhook-timestamp"), ""));
}

TEST(Signature, WithoutAKeyThereIsNoRequest) {
  auto request = signed_request({{"B", std::string(kKey)}});
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().message, "it cannot be signed: there is no secret A");
  request = signed_request({{"A", "hunter2 is no key"}, {"B", std::string(kKey)}});
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().message,
            "it cannot be signed: secret A is no signing key: expected whsec_ (HMAC) or whsk_ (Ed25519) and the key in "
            "Base64 behind it");
}

TEST(Signature, ShownToPeopleIsAMaskForEachKey) {
  const auto request = signed_request({{"A", std::string(kMask)}, {"B", std::string(kMask)}});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->headers.get("webhook-signature"), std::string(kMask) + " " + std::string(kMask));
}

TEST(Signature, NoHeaderOfATemplateTakesThePlaceOfAnyOfTheThree) {
  const auto request = signed_request(
      {{"A", std::string(kKey)}, {"B", std::string(kKey)}},
      R"("headers":{"{{none}}webhook-id":"mine","{{none}}Webhook-Timestamp":"1","{{none}}WEBHOOK-SIGNATURE":"v1,x"})");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->headers.get("webhook-id"), facts().delivery.str());
  EXPECT_NE(request->headers.get("webhook-timestamp"), "1");
  EXPECT_TRUE(request->headers.get("webhook-signature").starts_with("v1,"));
  EXPECT_NE(request->headers.get("webhook-signature"), "v1,x");
}

TEST(Signature, UnsignedRequestsHaveNone) {
  const auto request = compiled("")->build(event(), facts());
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->headers.has("webhook-signature"));
}

}  // namespace
}  // namespace fleethook::core
