// The events that a delivery makes: the rows of the reference about topics, templates, chunks and data URLs.
#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/text.h"
#include "core/compiled_test_help.h"

namespace fleethook::core {
namespace {

using test::compiled;
using test::event;

const Instant kNow = test::at("") + std::chrono::hours(24);

std::vector<Event> respond(std::string_view members,
                           std::string body,
                           std::string type = "text/plain",
                           const Event& cause = event()) {
  Reply reply;
  reply.status = 200;
  reply.content_type = std::move(type);
  reply.body = std::move(body);
  return compiled(members)->response_events(cause, reply, kNow);
}

std::string joined(const std::vector<Event>& events) {
  std::string all;
  for (const Event& one : events) all += *one.data;
  return all;
}

TEST(HookSent, HasTheEventsNameAndTheTextUndefined) {
  const Event cause = event("x", "temp/a");
  const Event sent = compiled("")->sent_event(cause, kNow);
  EXPECT_EQ(sent.name, "hook-sent/temp/a");
  EXPECT_EQ(sent.data, "undefined");
  EXPECT_EQ(sent.publisher, "particle-internal");
  EXPECT_EQ(sent.ttl_s, 60);
  EXPECT_EQ(sent.origin, Origin::kDelivery);
  EXPECT_EQ(sent.published_at, kNow);
  EXPECT_EQ(sent.product, cause.product);
  EXPECT_EQ(sent.owner, cause.owner);
  EXPECT_TRUE(sent.id.is_none());
}

TEST(HookResponse, ComesInChunksOf512Bytes) {
  const std::pair<std::size_t, std::vector<std::size_t>> rows[] = {
      {0, {}}, {1, {1}}, {511, {511}}, {512, {512}}, {513, {512, 1}}, {1024, {512, 512}}, {1300, {512, 512, 276}}};
  for (const auto& [size, chunks] : rows) {
    const auto events = respond("", std::string(size, 'a'));
    ASSERT_EQ(events.size(), chunks.size()) << size;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      EXPECT_EQ(events[i].name, "0123456789abcdef01234567/hook-response/temp/" + std::to_string(i));
      EXPECT_EQ(events[i].data->size(), chunks[i]);
      EXPECT_EQ(events[i].origin, Origin::kDelivery);
      EXPECT_EQ(events[i].publisher, kInternalPublisher);
    }
  }
}

TEST(HookResponse, StopsAt102400Bytes) {
  const auto events = respond("", std::string(150'000, 'a'));
  EXPECT_EQ(events.size(), 200U);
  EXPECT_EQ(joined(events).size(), 102'400U);
  EXPECT_EQ(joined(respond(R"("unchunked":true)", std::string(150'000, 'a'))).size(), 102'400U);
}

TEST(HookResponse, ChunksEndAtWholeCharacters) {
  for (const char* character : {"ü", "€", "😀"}) {
    std::string body = "x";
    while (body.size() < 120'000) body += character;
    const auto events = respond("", body);
    std::size_t total = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      ASSERT_TRUE(is_valid_utf8(*events[i].data));
      ASSERT_LE(events[i].data->size(), 512U);
      if (i + 1 < events.size()) {
        ASSERT_GE(events[i].data->size(), 509U);
      }
      total += events[i].data->size();
    }
    EXPECT_LE(total, 102'400U);
    EXPECT_GT(total, 102'396U);
    EXPECT_EQ(joined(events), body.substr(0, total));
  }
}

TEST(HookResponse, InvalidUtf8IsRepairedFirst) {
  EXPECT_EQ(joined(respond("", "a\xff\xfez")), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  const std::string all = joined(respond("", std::string(200'000, '\xff')));
  EXPECT_LE(all.size(), 102'400U);
  EXPECT_TRUE(is_valid_utf8(all));
  EXPECT_GT(all.size(), 102'396U);
}

TEST(HookResponse, UnchunkedIsOneEventWithoutANumber) {
  const auto events = respond(R"("unchunked":true)", std::string(5000, 'a'));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "0123456789abcdef01234567/hook-response/temp");
  EXPECT_EQ(events[0].data->size(), 5000U);
}

TEST(HookResponse, TopicsHaveTheDefaultOfTheScope) {
  Reply reply;
  reply.body = "x";
  const Event cause = event("x", "temp/a&b");
  EXPECT_EQ(compiled("", Scope::kSandbox)->response_events(cause, reply, kNow)[0].name, "hook-response/temp/a&b/0");
  EXPECT_EQ(compiled("", Scope::kSandbox)->error_events(cause, "e", kNow)[0].name, "hook-error/temp/a&b/0");
  for (const Scope scope : {Scope::kProduct, Scope::kOrganization}) {
    EXPECT_EQ(compiled("", scope)->response_events(cause, reply, kNow)[0].name,
              "0123456789abcdef01234567/hook-response/temp/a&b/0");
    EXPECT_EQ(compiled("", scope)->error_events(cause, "e", kNow)[0].name,
              "0123456789abcdef01234567/hook-error/temp/a&b/0");
  }
}

TEST(HookResponse, TopicsAreTemplatesOfTheTriggeringEvent) {
  const auto name = [](const char* topic, const char* data) {
    const auto events = respond(R"("unchunked":true,"responseTopic":)" + json::write(json::Value(topic)),
                                R"({"a":"reply"})", "", event(data));
    return events.empty() ? "none" : events[0].name;
  };
  EXPECT_EQ(name("{{{PARTICLE_DEVICE_ID}}}/r/{{a}}", R"({"a":"x"})"), "0123456789abcdef01234567/r/x");
  EXPECT_EQ(name("r/{{a}}/{{ b }}{{&a}}{{{a}}}", R"({"a":"<&/>","b":"'"})"), "r/<&/>/'<&/><&/>")
      << "names are not HTML";
  EXPECT_EQ(name("{{#c}}{{.}}{{/c}}{{^d}}!{{/d}}{{! note }}", R"({"c":["/","&"]})"), "/&!");
  EXPECT_EQ(name("{{=<% %>=}}<%a%>", R"({"a":"x"})"), "x");
  EXPECT_EQ(name("", "x"), "none");
  EXPECT_EQ(name("{{none}}", "x"), "none");
  EXPECT_EQ(name("a{{{PARTICLE_EVENT_VALUE}}}b", "\r\n\x01"), "a___b") << "a stream has one line for a name";
  EXPECT_EQ(name("a{{{PARTICLE_EVENT_VALUE}}}b", "\xff"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(name("{{PRODUCT_ID}}/{{PRODUCT_USER_ID}}", "x"), "12/5f0000000000000000000002");
  EXPECT_LE(name("{{{PARTICLE_EVENT_VALUE}}}", std::string(2000, 'x').c_str()).size(), Limits().topic_bytes_max);
}

TEST(HookResponse, AnEmptyReplyPublishesNothing) {
  EXPECT_TRUE(respond("", "").empty());
  EXPECT_TRUE(respond(R"("unchunked":true)", "").empty());
  EXPECT_TRUE(respond(R"("dataUrlResponseEvent":true)", "").empty());
}

TEST(ResponseTemplate, IsRenderedOverTheJsonReply) {
  const std::string reply = R"({"results":[{"elevation":12.5,"name":"<x>"}],"PARTICLE_DEVICE_ID":"theirs"})";
  const std::pair<const char*, const char*> rows[] = {
      {R"("{{results.0.elevation}}")", "12.5"},
      {R"("{{{results.0.name}}} {{results.0.name}}")", "<x> &lt;x&gt;"},
      {R"({"e":"{{results.0.elevation}}","n":["{{{results.0.name}}}",1]})", R"({"e":"12.5","n":["<x>",1]})"},
      {R"({"e":{"$var":"results.0.elevation"}})", R"({"e":12.5})"},
      {R"("{{PARTICLE_DEVICE_ID}}")", "0123456789abcdef01234567"},  // not the reply's: nobody else says who published
      {R"("{{PARTICLE_PUBLISHED_AT}} {{results.0.elevation}}")", "2026-01-31T23:59:59.007Z 12.5"},
      {R"("{{SPARK_EVENT_NAME}} {{PARTICLE_EVENT_VALUE}} {{PRODUCT_ID}}")", "temp 21.5 12"},
      {R"({"{{PRODUCT_ID}}":"{{PARTICLE_EVENT_NAME}}","id":{"$var":"PARTICLE_EVENT_ID"}})",
       R"({"12":"temp","id":"019b0000-0000-7000-8000-000000000001"})"},
      {R"("constant")", "constant"},
  };
  for (const auto& [source, expected] : rows) {
    EXPECT_EQ(joined(respond(std::string(R"("responseTemplate":)") + source, reply, "application/json")), expected)
        << source;
  }
  EXPECT_EQ(joined(respond(R"("responseTemplate":"{{1}}")", "[5,6]")), "6");
}

TEST(ResponseTemplate, AByteOrderMarkBeforeJsonIsSkipped) {
  EXPECT_EQ(joined(respond(R"("responseTemplate":"v={{v}}")", "\xef\xbb\xbf{\"v\":1}")), "v=1");
}

TEST(ResponseTemplate, RepliesThatAreNotJsonArePublishedAsTheyAre) {
  EXPECT_EQ(joined(respond(R"("responseTemplate":"{{a}}")", "not json")), "not json");
  EXPECT_EQ(joined(respond(R"("responseTemplate":"{{a}}")", R"({"a":1)")), R"({"a":1)");
  EXPECT_EQ(joined(respond("", R"({"a":1})")), R"({"a":1})");
  Reply cut;
  cut.body = R"({"a":1})";
  cut.truncated = true;
  EXPECT_EQ(joined(compiled(R"("responseTemplate":"{{a}}")")->response_events(event(), cut, kNow)), cut.body);
}

TEST(ResponseTemplate, EmptyTextPublishesNothing) {
  EXPECT_TRUE(respond(R"("responseTemplate":"{{none}}")", R"({"a":1})").empty());
  EXPECT_TRUE(respond(R"("responseTemplate":"{{none}}","unchunked":true)", R"({"a":1})").empty());
}

TEST(ResponseTemplate, LongResultsAreCut) {
  const std::string reply = json::write(json::Object{{"a", std::string(200'000, 'x')}});
  EXPECT_EQ(joined(respond(R"("responseTemplate":"{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}")", reply)).size(), 102'400U);
}

TEST(DataUrl, WrapsTheBytesWithTheirType) {
  const std::string bytes("\x00\x01\xff\n", 4);
  EXPECT_EQ(joined(respond(R"("dataUrlResponseEvent":true)", bytes, "image/png")),
            "data:image/png;base64," + to_base64(bytes));
  EXPECT_EQ(joined(respond(R"("dataUrlResponseEvent":true)", "x", "text/plain; charset=utf-8")),
            "data:text/plain;charset=utf-8;base64,eA==");
  for (const std::string& type : {std::string(), std::string("a\nb"), std::string(500, 'x'), std::string("\xff")}) {
    EXPECT_EQ(joined(respond(R"("dataUrlResponseEvent":true)", "x", type)),
              "data:application/octet-stream;base64,eA==");
  }
}

TEST(DataUrl, IsChunkedAfterEncodingAndStaysDecodable) {
  std::string bytes;
  for (int i = 0; i < 150'000; ++i) bytes += static_cast<char>(i * 7);
  for (const char* type : {"image/png", "image/jpeg", "a/b", "application/zip"}) {
    const auto events = respond(R"("dataUrlResponseEvent":true)", bytes, type);
    const std::string url = joined(events);
    EXPECT_LE(url.size(), 102'400U);
    EXPECT_GT(url.size(), 102'396U);
    EXPECT_EQ(events[0].data->size(), 512U);
    EXPECT_EQ(events[1].name.substr(events[1].name.size() - 2), "/1");
    const auto decoded = from_base64(url.substr(url.find(',') + 1));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, bytes.substr(0, decoded->size()));
  }
  const auto whole = respond(R"("dataUrlResponseEvent":true,"unchunked":true)", bytes, "image/png");
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].name.back(), 'p');
}

TEST(HookError, HasOneEventWithTheMessage) {
  const auto events = compiled("")->error_events(event(), "error status 404 from h.example", kNow);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "0123456789abcdef01234567/hook-error/temp/0");
  EXPECT_EQ(events[0].data, "error status 404 from h.example");
  EXPECT_EQ(events[0].publisher, kInternalPublisher);
  EXPECT_EQ(events[0].origin, Origin::kDelivery);
  EXPECT_EQ(compiled(R"("errorResponseTopic":"e/{{{PARTICLE_EVENT_NAME}}}")")->error_events(event(), "x", kNow)[0].name,
            "e/temp/0");
  EXPECT_TRUE(compiled(R"("errorResponseTopic":"")")->error_events(event(), "x", kNow).empty());
  EXPECT_EQ(compiled(R"("unchunked":true)")->error_events(event(), std::string(5000, 'x'), kNow)[0].data->size(), 512U);
}

}  // namespace
}  // namespace fleethook::core
