// Publishing: one event and batches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kDevice = "0123456789abcdef01234567";

class EventRoutesTest : public ::testing::Test {
 protected:
  EventRoutesTest() {
    ann_ = world_.add_user("ann");
    world_.add_user("bob");
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    events_ = "/v1/products/one/events";
    world_.send("ann", "POST", "/v1/products/one/devices?claim_user=ann@example.com",
                R"({"id":")" + std::string(kDevice) + "\"}");
  }
  const core::Event& last() { return *world_.accepted().back(); }
  TestWorld world_;
  core::UserId ann_;
  std::string acme_, one_, events_;
};

TEST_F(EventRoutesTest, PublishesIntoTheSandboxAsTheClientsDo) {
  const Reply reply =
      world_.send("ann", "POST", "/v1/devices/events", R"({"name":"temp","data":"hello world","private":true})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply["ok"], "true");
  ASSERT_EQ(world_.accepted().size(), 1U);
  EXPECT_EQ(reply["id"], last().id.str());
  EXPECT_EQ(last().name, "temp");
  EXPECT_EQ(last().data, "hello world");
  EXPECT_EQ(last().owner, ann_);
  EXPECT_TRUE(last().product.is_none());
  EXPECT_EQ(last().publisher, "api");
  EXPECT_FALSE(last().is_public);
  EXPECT_EQ(last().ttl_s, 60);
}

TEST_F(EventRoutesTest, ReadsTheMembersOfAnEvent) {
  const struct {
    std::string_view type;
    std::string body;
    std::optional<std::string> data;
    std::int32_t ttl_s;
    bool is_public;
  } cases[] = {
      {"application/json", R"({"name":"n"})", std::nullopt, 60, false},
      {"application/json", R"({"name":"n","data":null,"ttl":null,"private":null,"as_device_id":null})", std::nullopt,
       60, false},
      {"application/json", R"({"name":"n","data":""})", "", 60, false},
      {"application/json", R"({"name":"n","data":"é","ttl":0,"private":false})", "é", 0, true},
      {"application/json", R"({"name":"n","data":"x","ttl":"3600","private":"false"})", "x", 3600, true},
      {"application/json", R"({"name":"n","data":{"a":[1,2.5,"b"]}})", R"({"a":[1,2.5,"b"]})", 60,
       false},  // a value becomes its text
      {"application/json", R"({"name":"n","data":12})", "12", 60, false},
      {"application/json", R"({"name":"n","data":false})", "false", 60, false},
      {"application/json", R"({"name":"n","extra":{"deep":[]},"utm":1,"colour":"x"})", std::nullopt, 60, false},
      {kForm, "name=n&data=a+b%2Bc&ttl=5&private=true&x[y]=1", "a b+c", 5, false},
      {"application/json", "{\"name\":\"n\",\"data\":\"a\xFF\"}", "a\xFF", 60, false},
      {kForm, "name=n&data=%FF%FE", "\xFF\xFE", 60, false},  // bytes that are no text stay as they are
      {kForm, R"({"name":"n","data":"json after all"})", "json after all", 60, false},
      {"", R"({"name":"n"})", std::nullopt, 60, false},
  };
  for (const auto& c : cases) {
    for (const std::string& path : {std::string("/v1/devices/events"), events_}) {
      const std::size_t before = world_.accepted().size();
      const Reply reply = world_.send("ann", "POST", path, c.body, c.type);
      ASSERT_EQ(reply.status, 200) << c.body << reply.text;
      ASSERT_EQ(world_.accepted().size(), before + 1);
      EXPECT_EQ(last().name, "n");
      EXPECT_EQ(last().data, c.data) << c.body;
      EXPECT_EQ(last().ttl_s, c.ttl_s) << c.body;
      EXPECT_EQ(last().is_public, c.is_public) << c.body;
    }
  }
}

TEST_F(EventRoutesTest, NamesArriveAsTheyWereSent) {
  const std::string names[] = {"two words", "a/b/c",         "grün/käse",          "温度",
                               "door 🚪",    "👩‍👧 x", std::string(64, 'n'), "#?&=+%/\\\\<>'"};
  for (const std::string& name : names) {
    for (const std::string& path : {std::string("/v1/devices/events"), events_}) {
      const Reply reply = world_.send("ann", "POST", path, R"({"name":")" + name + "\"}");
      ASSERT_EQ(reply.status, 200) << name << reply.text;
    }
  }
  world_.send("ann", "POST", events_, "name=gr%C3%BCn+%F0%9F%9A%AA", kForm);
  EXPECT_EQ(last().name, "grün 🚪");
}

TEST_F(EventRoutesTest, RefusesWhatIsNoEvent) {
  const struct {
    std::string body, part;
  } cases[] = {
      {"", "invalid JSON"},
      {"[]", "JSON"},
      {R"({"name":"n","data":)", "invalid JSON"},
      {"{\"name\":\"n\xFF\"}", "name: must be UTF-8"},
      {"{}", "name: "},
      {R"({"name":""})", "name: "},
      {R"({"name":null})", "name: "},
      {R"({"name":5})", "name: expected text"},
      {R"({"name":")" + std::string(65, 'n') + "\"}", "name: at most 64"},
      {R"({"name":"a\nb"})", "name: must not have control characters"},
      {R"({"name":"a\u2028b"})", "name: must not have control characters"},
      {R"({"name":"a\u202eb"})", "name: must not have control characters"},
      {R"({"name":"a\u200bb"})", "name: must not have control characters"},
      {R"({"name":"n","ttl":-1})", "ttl: "},
      {R"({"name":"n","ttl":1.5})", "ttl: "},
      {R"({"name":"n","ttl":"soon"})", "ttl: "},
      {R"({"name":"n","ttl":16777216})", "ttl: "},
      {R"({"name":"n","private":1})", "private: expected true or false"},
      {R"({"name":"n","private":"no"})", "private: expected true or false"},
      {R"({"name":"n","as_device_id":7})", "as_device_id: "},
  };
  for (const auto& c : cases) {
    for (const std::string& path : {std::string("/v1/devices/events"), events_}) {
      world_.refused(400, "invalid_request", c.part, "ann", "POST", path, c.body);
    }
  }
  EXPECT_TRUE(world_.accepted().empty());
}

TEST_F(EventRoutesTest, HoldsTheLimitOfTheData) {
  const std::size_t max = Limits{}.event_data_bytes_max;
  EXPECT_EQ(world_.send("ann", "POST", events_, R"({"name":"n","data":")" + std::string(max, 'x') + "\"}").status, 200);
  world_.refused(413, "too_large", "at most 16384 bytes, got 16385", "ann", "POST", events_,
                 R"({"name":"n","data":")" + std::string(max + 1, 'x') + "\"}");
}

TEST_F(EventRoutesTest, PublishesForADeviceOfTheProduct) {
  const std::string body = R"({"name":"n","as_device_id":"0123456789ABCDEF01234567"})";
  EXPECT_EQ(world_.send("ann", "POST", "/v1/products/" + one_ + "/events/", body).status, 200);
  EXPECT_EQ(last().publisher, kDevice);
  EXPECT_EQ(last().origin, core::Origin::kDevice);
  EXPECT_EQ(std::to_string(last().product.value), one_);
  EXPECT_FALSE(last().owner.is_none()) << "of whoever claimed it";
  EXPECT_EQ(world_.send("ann", "POST", events_, R"({"name":"n"})").status, 200);
  EXPECT_EQ(last().publisher, "api");
  EXPECT_TRUE(last().owner.is_none());
  world_.refused(400, "invalid_request", "24 hex digits", "ann", "POST", events_,
                 R"({"name":"n","as_device_id":"12"})");
  world_.refused(400, "invalid_request", "is not in product one", "ann", "POST", events_,
                 R"({"name":"n","as_device_id":")" + std::string(24, 'a') + "\"}");
  world_.add_product("ann", acme_, "Two");
  world_.refused(400, "invalid_request", "is not in product two", "ann", "POST", "/v1/products/two/events", body);
  world_.refused(404, "not_found", "there is no product", "bob", "POST", events_, body);
}

TEST_F(EventRoutesTest, PublishesForAClaimedDeviceInTheSandboxAndForNoOther) {
  const std::string mine(24, 'b'), other(24, 'c');
  ASSERT_EQ(world_.send("ann", "POST", "/v1/devices", R"({"id":")" + mine + "\"}").status, 200);
  ASSERT_EQ(world_.send("bob", "POST", "/v1/devices", R"({"id":")" + other + "\"}").status, 200);
  for (const std::string key : {"deviceid", "deviceID", "coreid", "as_device_id"}) {
    ASSERT_EQ(
        world_.send("ann", "POST", "/v1/devices/events", R"({"name":"n",")" + key + "\":\"" + mine + "\"}").status,
        200);
    EXPECT_EQ(last().publisher, mine) << key;
    EXPECT_EQ(last().origin, core::Origin::kDevice);
    EXPECT_TRUE(last().product.is_none());
    for (const std::string& foreign : {other, std::string(24, 'd'), std::string("12")}) {
      const Reply refused = world_.refused(400, "invalid_request", key + ": ", "ann", "POST", "/v1/devices/events",
                                           R"({"name":"n",")" + key + "\":\"" + foreign + "\"}");
      EXPECT_EQ(refused["violations.0.field"], key);
    }
    const std::size_t before = world_.accepted().size();
    world_.refused(400, "invalid_request", "is not in product one", "ann", "POST", events_,
                   R"({"name":"n",")" + key + "\":\"" + mine + "\"}");
    EXPECT_EQ(world_.accepted().size(), before);
  }
  EXPECT_EQ(world_.send("ann", "POST", "/v1/devices/events", R"({"name":"n","coreid":"api"})").status, 200);
  EXPECT_EQ(last().publisher, "api") << "as a stream shows what no device published";
  EXPECT_EQ(world_.send("ann", "POST", events_, R"({"name":"n","deviceid":")" + std::string(kDevice) + "\"}").status,
            200);
  EXPECT_EQ(last().publisher, kDevice);
}

TEST_F(EventRoutesTest, ABodyThatNamesAnotherProductIsRefused) {
  for (const std::string& named : {std::string("\"one\""), one_, "\"" + one_ + "\""})
    EXPECT_EQ(world_.send("ann", "POST", events_, R"({"name":"n","productID":)" + named + "}").status, 200) << named;
  world_.refused(400, "invalid_request", "product_id: the path says product one", "ann", "POST", events_,
                 R"({"name":"n","product_id":"two"})");
  world_.refused(400, "invalid_request", "product: this publishes into your own sandbox", "ann", "POST",
                 "/v1/devices/events", R"({"name":"n","product":"one"})");
}

TEST_F(EventRoutesTest, WarnsOfUnknownMembers) {
  const Reply one = world_.send("ann", "POST", events_, R"({"name":"n","Data":"1"})");
  EXPECT_EQ(one["warnings.0.field"], "Data");
  EXPECT_EQ(one["warnings.0.code"], "unknown_member");
  EXPECT_EQ(world_.send("ann", "POST", events_, R"({"name":"n"})")["warnings"], "(absent)");
  const Reply batch = world_.send("ann", "POST", events_ + "/batch", R"([{"name":"n"},{"name":"n","x":1}])");
  EXPECT_EQ(batch["results.0.warnings"], "(absent)");
  EXPECT_EQ(batch["results.1.warnings.0.field"], "x");
}

TEST_F(EventRoutesTest, ADeviceWasLastHeardWhenItLastPublished) {
  const std::string at = "/v1/products/one/devices", device = at + "/" + std::string(kDevice);
  const auto heard = [&] { return world_.send("ann", "GET", device)["last_heard"]; };
  EXPECT_EQ(heard(), "null");
  world_.loop().advance(std::chrono::minutes(5));
  const std::string body = R"({"name":"n","as_device_id":")" + std::string(kDevice) + "\"}";
  ASSERT_EQ(world_.send("ann", "POST", events_, body).status, 200);
  const std::string first = to_iso8601(last().published_at);
  EXPECT_EQ(heard(), first);
  world_.loop().advance(std::chrono::minutes(5));
  world_.send("ann", "POST", events_, R"({"name":"n"})");
  world_.refused(400, "invalid_request", "name: ", "ann", "POST", events_,
                 R"({"name":"","as_device_id":")" + std::string(kDevice) + "\"}");
  world_.send("ann", "PUT", device, R"({"name":"freezer"})");
  EXPECT_EQ(heard(), first) << "neither others, nor refusals, nor a new name";
  ASSERT_EQ(world_.send("ann", "POST", events_ + "/batch", "[" + body + "]")["accepted"], "1");
  const std::string second = to_iso8601(last().published_at);
  EXPECT_NE(second, first);
  EXPECT_EQ(heard(), second);
  EXPECT_EQ(world_.send("ann", "GET", at)["devices.0.last_heard"], second);
}

TEST_F(EventRoutesTest, ABatchAnswersForEachEvent) {
  const std::string ok = R"({"name":"n","data":"1"})";
  const std::string bodies[] = {
      "[" + ok + R"(,{"name":""},5,{"name":"n","as_device_id":"12"},)" + ok + ",{\"name\":\"n\",\"data\":\"" +
          std::string(20'000, 'x') + "\"}]",
      ok + "\n{\"name\":\"\"}\r\n\n5\n{\"name\":\"n\",\"as_device_id\":\"12\"}\n  " + ok +
          "\n{\"name\":\"n\",\"data\":\"" + std::string(20'000, 'x') + "\"}\n",
  };
  for (const std::string& body : bodies) {
    const std::size_t before = world_.accepted().size();
    const Reply reply = world_.send("ann", "POST", events_ + "/batch", body,
                                    body[0] == '[' ? "application/json" : "application/x-ndjson");
    ASSERT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply["ok"], "false");
    EXPECT_EQ(reply["accepted"], "2");
    EXPECT_EQ(reply["refused"], "4");
    ASSERT_EQ(world_.accepted().size(), before + 2);
    EXPECT_EQ(reply["results.0.id"], world_.accepted()[before]->id.str());
    EXPECT_EQ(reply["results.4.id"], world_.accepted()[before + 1]->id.str());
    for (const char* n : {"1", "2", "3"}) {
      EXPECT_EQ(reply["results." + std::string(n) + ".ok"], "false");
      EXPECT_EQ(reply["results." + std::string(n) + ".status"], "400");
    }
    EXPECT_THAT(reply["results.1.error"], HasSubstr("name: "));
    EXPECT_THAT(reply["results.3.error"], HasSubstr("as_device_id: "));
    EXPECT_EQ(reply["results.5.status"], "413");
  }
  EXPECT_EQ(world_.send("ann", "POST", events_ + "/batch", "\r\n [" + ok + "]\n")["ok"], "true")
      << "blanks before an array";
  EXPECT_EQ(world_.send("ann", "POST", events_ + "/batch", R"([{"name":""}])")["accepted"], "0")
      << "all refused is answered too";
}

TEST_F(EventRoutesTest, RefusesABatchThatIsNone) {
  const std::string batch = events_ + "/batch";
  world_.refused(400, "invalid_request", "holds no event", "ann", "POST", batch, "");
  world_.refused(400, "invalid_request", "holds no event", "ann", "POST", batch, "[]");
  world_.refused(400, "invalid_request", "holds no event", "ann", "POST", batch, "\n\n");
  world_.refused(400, "invalid_request", "invalid JSON", "ann", "POST", batch, R"([{"name":"n"})");
  world_.refused(404, "not_found", "there is no product", "bob", "POST", batch, R"([{"name":"n"}])");
  const std::size_t max = Limits{}.batch_events_max;
  std::string lines, items;
  for (std::size_t i = 0; i < max; ++i) {
    lines += "{\"name\":\"n\"}\n";
    items += (i == 0 ? "" : ",") + std::string("{\"name\":\"n\"}");
  }
  world_.refused(413, "too_large", "at most 1000 events", "ann", "POST", batch, lines + "{\"name\":\"n\"}");
  world_.refused(413, "too_large", "at most 1000 events", "ann", "POST", batch, "[" + items + ",{}]");
  EXPECT_TRUE(world_.accepted().empty()) << "nothing is half done";
  EXPECT_EQ(world_.send("ann", "POST", batch, lines)["accepted"], "1000");
  EXPECT_EQ(world_.send("ann", "POST", batch, "[" + items + "]")["accepted"], "1000");
}

TEST_F(EventRoutesTest, StreamsOpenOnEveryPathForm) {
  const std::string device(kDevice);
  for (const std::string& path :
       {std::string("/v1/events/temp%2Fa%20b?nonce=921.703189"), std::string("/v1/devices/events"),
        std::string("/v1/devices/events/p"), "/v1/devices/" + device + "/events", events_, events_ + "/temp",
        "/v1/products/" + one_ + "/devices/events/x", "/v1/products/one/devices/" + device + "/events",
        std::string("/v1/orgs/acme/events"), "/v1/orgs/acme/devices/" + device + "/events/x",
        std::string("/v1/orgs/acme/products/one/events?nonce=1"),
        "/v1/orgs/acme/products/one/devices/" + device + "/events"}) {
    const Reply reply = world_.send("ann", "GET", path);
    EXPECT_TRUE(reply.streams) << path << reply.text;
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(reply.header("Cache-Control"), "no-cache");
  }
  world_.refused(400, "invalid_request", "event prefix filter is required", "ann", "GET", "/v1/events");
  world_.refused(404, "not_found", "24 hex digits", "ann", "GET", "/v1/devices/12/events");
  const std::string own = world_.add_product("ann", "", "Own");
  world_.refused(404, "not_found", "in organization acme", "ann", "GET", "/v1/orgs/acme/products/own/events");
}

}  // namespace
}  // namespace fleethook::api
