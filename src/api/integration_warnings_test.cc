// What creating, editing, testing, previewing and looking at an integration warns about, and that a refusal tells all.
#include <algorithm>

#include "api/sharing_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Codes = std::vector<std::string>;

class IntegrationWarningsTest : public SharingTest {
 protected:
  static Codes codes(const Reply& reply, const std::string& at = "warnings") {
    Codes all;
    for (int i = 0; reply.find(at + "." + std::to_string(i)) != nullptr; ++i) {
      const std::string one = at + "." + std::to_string(i);
      const std::string field = reply[one + ".field"];
      all.push_back(reply[one + ".code"] + (field == "null" ? "" : " " + field));
    }
    return all;
  }
  Reply own(const std::string& body, std::string_view method = "POST", const std::string& rest = "") {
    return world_.send("ann", method, "/v1/webhooks" + rest, body);
  }
  static std::string field_names(const Reply& refusal) {
    std::string all;
    for (int i = 0; refusal.find("violations." + std::to_string(i)) != nullptr; ++i)
      all += refusal["violations." + std::to_string(i) + ".field"] + " ";
    return all;
  }
};

TEST_F(IntegrationWarningsTest, AnUnknownMemberIsSaidOnCreationEditAndPreview) {
  const Reply made = own(R"({"event":"temp","url":"http://recv.test/a","headerz":{"X":"1"}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(codes(made), Codes{"unknown_member headerz"});
  EXPECT_THAT(made["warnings.0.message"], HasSubstr("did you mean headers?"));
  EXPECT_EQ(codes(own(R"({"noDefault":true})", "PATCH", "/" + made["id"])), Codes{"unknown_member noDefault"});
  EXPECT_EQ(codes(own(R"({"event":"temp","url":"http://recv.test/b","jsonn":{}})", "PUT", "/" + made["id"])),
            Codes{"unknown_member jsonn"});
  EXPECT_EQ(codes(world_.send("ann", "POST", "/v1/integrations/" + made["id"] + "/preview",
                              R"({"settings":{"headerz":{}}})")),
            Codes{"unknown_member headerz"});
  EXPECT_EQ(codes(world_.send("ann", "GET", "/v1/webhooks/" + made["id"]), "integration.warnings"), Codes{})
      << "what was ignored is not there any more";
}

TEST_F(IntegrationWarningsTest, ASecretThatIsThereAndNotSelectedIsSaidEverywhere) {
  world_.send("ann", "POST", "/v1/secrets", R"({"name":"API_KEY","value":"s3cret"})");
  const std::string hook =
      R"("event":"temp","url":"http://recv.test/a","headers":{"X-Key":"{{{API_KEY}}}","X-Other":"{{{NO_SECRET}}}"})";
  const Reply made = own("{" + hook + "}");
  EXPECT_EQ(codes(made), Codes{"secret_not_selected headers.X-Key"});
  const std::string at = "/v1/webhooks/" + made["id"];
  EXPECT_EQ(codes(world_.send("ann", "GET", at), "integration.warnings"), Codes{"secret_not_selected headers.X-Key"});
  EXPECT_EQ(codes(world_.send("ann", "POST", at + "/test", "{}")),
            (Codes{"unknown_name headers.X-Other", "secret_not_selected headers.X-Key"}))
      << "and not once more as a name that the event lacks";
  EXPECT_EQ(codes(own(R"({"secrets":["API_KEY"]})", "PATCH", "/" + made["id"])), Codes{});
}

TEST_F(IntegrationWarningsTest, ALiteralCredentialIsSaidAndASecretIsNot) {
  world_.send("ann", "POST", "/v1/secrets", R"({"name":"API_KEY","value":"s3cret"})");
  EXPECT_EQ(codes(own(R"({"event":"a","url":"http://recv.test/a","headers":{"Authorization":"Bearer abcdefghij"}})")),
            Codes{"literal_credential headers.Authorization"});
  EXPECT_THAT(codes(own(R"({"event":"b","url":"http://recv.test/b","auth":{"user":"u","pass":"long-password"}})")),
              Contains("literal_credential auth.password"));
  EXPECT_EQ(codes(own(R"({"event":"c","url":"http://recv.test/c","headers":{"Authorization":"Bearer {{{API_KEY}}}"},
                          "secrets":["API_KEY"]})")),
            Codes{});
}

TEST_F(IntegrationWarningsTest, ANameThatTheSampleLacksIsSaidWithWhatIsNear) {
  const std::string id = own(R"({"event":"temp","url":"http://recv.test/a","json":{"t":"{{{temp}}}"}})")["id"];
  const std::string at = "/v1/integrations/" + id;
  const Reply preview = world_.send("ann", "POST", at + "/preview", R"({"event":{"data":"{\"Temp\":1}"}})");
  EXPECT_EQ(codes(preview, "previews.0.warnings"), Codes{"unknown_name json.t"}) << preview.text;
  EXPECT_THAT(preview["previews.0.warnings.0.message"], HasSubstr("'temp'"));
  EXPECT_THAT(preview["previews.0.warnings.0.message"], HasSubstr("'Temp'"));
  const Reply tested = world_.send("ann", "POST", at + "/test", R"({"data":"{\"Temp\":1}"})");
  EXPECT_EQ(codes(tested), Codes{"unknown_name json.t"}) << tested.text;
  EXPECT_EQ(codes(world_.send("ann", "POST", at + "/test", R"({"data":"{\"temp\":1}"})")), Codes{});
}

TEST_F(IntegrationWarningsTest, TwoThatFireForOneEventAtOneAddressAreSaidInEveryScope) {
  const std::string hook = R"("event":"temp","url":"http://recv.test/x?a={{{a}}}")";
  EXPECT_THAT(codes(own("{" + hook + "}")), IsEmpty());
  const Reply twice = own("{" + hook + "}");
  EXPECT_EQ(codes(twice), Codes{"double_firing"});
  EXPECT_THAT(twice["warnings.0.message"], HasSubstr("twice"));
  for (const char* other :
       {R"({"event":"hum","url":"http://recv.test/x"})", R"({"event":"temp","url":"http://recv.test/y"})",
        R"({"event":"temp","url":"http://recv.test/x","disabled":true})"}) {
    EXPECT_THAT(codes(own(other)), IsEmpty()) << other;
  }
  EXPECT_EQ(codes(own(R"({"event":"temperature","url":"http://recv.test/x"})")).size(), 2U)
      << "each event of it fires both of the others";

  EXPECT_THAT(codes(on("a", "POST", "", R"({"event":"alarm","url":"http://recv.test/p"})")), IsEmpty());
  const Reply organization =
      org("POST", "", R"({"event":"alarm/high","url":"http://recv.test/p","product_ids":["a","b"]})");
  EXPECT_EQ(codes(organization), Codes{"double_firing"});
  EXPECT_THAT(organization["warnings.0.message"], HasSubstr("on product a"));
  EXPECT_EQ(codes(org("GET", "/" + organization["id"]), "integration.warnings"), Codes{"double_firing"});
}

TEST_F(IntegrationWarningsTest, ASandboxAndAProductThatFireForOnesOwnDevicesAreSaid) {
  const std::string device = "0123456789abcdef01234567";
  world_.send("ann", "POST", "/v1/products/a/devices", R"({"id":")" + device + "\"}");
  ASSERT_TRUE(world_.store()
                  .claim_device(*core::DeviceId::parse(device),
                                world_.store().catalog()->user_by_name("ann@example.com")->id, {})
                  .ok());
  EXPECT_THAT(codes(on("a", "POST", "", R"({"event":"temp","url":"http://recv.test/x"})")), IsEmpty());
  const Reply made = own(R"({"event":"temp","url":"http://recv.test/x"})");
  EXPECT_EQ(codes(made), Codes{"double_firing"});
  EXPECT_THAT(made["warnings.0.message"], HasSubstr("for your devices in product a"));
  EXPECT_EQ(codes(on("a", "POST", "", R"({"event":"temp","url":"http://recv.test/x","name":"n"})")).size(), 2U);
}

TEST_F(IntegrationWarningsTest, ADeviceFilterTakesTheNameOfOneDevice) {
  const std::string device = "0123456789abcdef01234567";
  world_.send("ann", "POST", "/v1/products/a/devices", R"({"id":")" + device + "\"}");
  ASSERT_EQ(world_.send("ann", "PUT", "/v1/products/a/devices/" + device, R"({"name":"kitchen"})").status, 200);
  world_.refused(400, "invalid_request", "none is called 'kitchen'", "ann", "POST", "/v1/webhooks",
                 R"({"event":"temp","url":"http://recv.test/x","deviceID":"kitchen"})");
  ASSERT_TRUE(world_.store()
                  .claim_device(*core::DeviceId::parse(device),
                                world_.store().catalog()->user_by_name("ann@example.com")->id, {})
                  .ok());
  const Reply made = own(R"({"event":"temp","url":"http://recv.test/x","coreid":"kitchen"})");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["deviceID"], device);
}

TEST_F(IntegrationWarningsTest, ARefusalTellsAllThatIsWrongAtOnce) {
  const Reply made = world_.send("ann", "POST", "/v1/orgs/acme/integrations",
                                 R"({"url":"ftp://x","headers":{"X":"{{#a}}"},"json":{"a":"{{"},"timeout":99,
                                     "secrets":["NOT_THERE"],"product_ids":["a","nowhere"],"apiKey":"k"})");
  EXPECT_EQ(made.status, 400);
  for (const char* field : {"event", "url", "headers.X", "json.a", "timeout", "secrets.0", "product_ids", "apiKey"})
    EXPECT_THAT(field_names(made), HasSubstr(field)) << made.text;

  const std::string id = shared();
  const Reply edited =
      org("PATCH", "/" + id, R"({"body":"{{","retryFor":-1,"secrets":["NOT_THERE"],"product_ids":["nowhere"]})");
  EXPECT_EQ(edited.status, 400);
  for (const char* field : {"body", "retryFor", "secrets.0", "product_ids"})
    EXPECT_THAT(field_names(edited), HasSubstr(field)) << edited.text;
  const Reply names = org("PATCH", "/" + id, R"({"secrets":["NOT_THERE"],"product_ids":["nowhere"]})");
  EXPECT_EQ(field_names(names), "product_ids secrets.0 ");
}

}  // namespace
}  // namespace fleethook::api
