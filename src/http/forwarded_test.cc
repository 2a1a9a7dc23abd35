#include "http/forwarded.h"

#include <initializer_list>
#include <utility>

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

using Protocol = Hop::Protocol;

struct ParseRow {
  const char* field;
  std::vector<Hop> hops;
};

TEST(Forwarded, ReadsWhatRfc7239Writes) {
  const Hop nothing;
  const ParseRow rows[] = {
      {"for=192.0.2.60;proto=http;by=203.0.113.43", {{"192.0.2.60", Protocol::kHttp}}},
      {"for=192.0.2.43, for=198.51.100.17", {{"192.0.2.43"}, {"198.51.100.17"}}},
      {R"(For="[2001:db8:cafe::17]:4711")", {{"2001:db8:cafe::17"}}},
      {R"(for="[2001:db8::1]")", {{"2001:db8::1"}}},
      {R"(for="192.0.2.43:47011";PROTO=HTTPS)", {{"192.0.2.43", Protocol::kHttps}}},
      {R"(for="192.0.2.43:_port")", {{"192.0.2.43"}}},
      {"for=unknown", {{"unknown"}}},
      {R"(for="_gazonk", for="_a:_b")", {{"_gazonk"}, {"_a"}}},
      {"by=203.0.113.43;proto=https", {{"", Protocol::kHttps}}},
      {R"(for="\1\92.0.2.1")", {{"192.0.2.1"}}},
      {R"(secret="a, for=10.0.0.1; \" b";for=192.0.2.1)", {{"192.0.2.1"}}},
      {"for=192.0.2.1 ; proto=https ,\tfor=192.0.2.2", {{"192.0.2.1", Protocol::kHttps}, {"192.0.2.2"}}},
      {"for=192.0.2.1;;proto=http;", {{"192.0.2.1", Protocol::kHttp}}},
      {",, for=192.0.2.1 ,", {{"192.0.2.1"}}},
      {"", {}},
      {"for=192.0.2.1;proto=ws", {{"192.0.2.1"}}},
      // Not by the book, but written.
      {"for=192.0.2.1:80", {{"192.0.2.1"}}},
      {"for=[2001:db8::1]:80", {{"2001:db8::1"}}},
      {"for=2001:db8::1", {{"2001:db8::1"}}},
      // No hops at all.
      {"192.0.2.1", {nothing}},
      {"for=", {nothing}},
      {"for = 192.0.2.1", {nothing}},
      {"for=192.0.2.1 for=192.0.2.2", {nothing}},
      {"for=192.0.2.1;for=192.0.2.2", {nothing}},
      {"proto=http;for=192.0.2.1;proto=https", {nothing}},
      {R"(for="192.0.2.1"x)", {nothing}},
      {R"(for=192.0.2.1", for=192.0.2.2)", {nothing}},
      {R"(for="192.0.2.1, for=192.0.2.2)", {nothing}},
      {R"(for="192.0.2.1\)", {nothing}},
      {"for=192.0.2.1:port", {nothing}},
      {"for=192.0.2.1:123456", {nothing}},
      {R"(for="[192.0.2.1]")", {nothing}},
      {R"(for="[2001:db8::1")", {nothing}},
      {R"(for="[2001:db8::1]80")", {nothing}},
      {"garbage, for=192.0.2.1", {nothing, {"192.0.2.1"}}},
  };
  for (const ParseRow& row : rows) EXPECT_EQ(parse_forwarded(row.field), row.hops) << row.field;
}

TEST(Forwarded, ReadsXForwardedFor) {
  const Hop nothing;
  const ParseRow rows[] = {
      {"192.0.2.1", {{"192.0.2.1"}}},
      {" 192.0.2.1 ,192.0.2.2:443,\t2001:db8::1", {{"192.0.2.1"}, {"192.0.2.2"}, {"2001:db8::1"}}},
      {"[2001:db8::1], [2001:db8::2]:80", {{"2001:db8::1"}, {"2001:db8::2"}}},
      {"unknown, _hidden", {{"unknown"}, {"_hidden"}}},
      {",,192.0.2.1,", {{"192.0.2.1"}}},
      {"", {}},
      {"[, 192.0.2.1:x", {nothing, nothing}},
  };
  for (const ParseRow& row : rows) EXPECT_EQ(parse_x_forwarded_for(row.field), row.hops) << row.field;
}

// 10.x and fd00::x are our proxies. Addresses are what looks like one.
std::optional<KnownAddress> address_book(std::string_view text) {
  const bool address = !text.empty() && text.find_first_not_of("0123456789abcdef.:") == std::string_view::npos;
  if (!address) return std::nullopt;
  return KnownAddress{std::string(text), text.starts_with("10.") || text.starts_with("fd00:")};
}

using Fields = std::initializer_list<std::pair<const char*, const char*>>;

Request request_with(const char* peer, Fields fields, bool secure = false) {
  Request request;
  request.method = "GET";
  request.target = "/";
  request.peer = peer;
  request.secure = secure;
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

std::string client_of(const char* peer, Fields fields, bool secure = false) {
  Request request = request_with(peer, fields, secure);
  believe_proxies(request, address_book);
  return request.peer + (request.secure ? " https" : " http");
}

TEST(BelieveProxies, TakesTheAddressNearestToUsThatIsNoProxy) {
  const struct {
    const char* what;
    Fields fields;
    const char* client;
  } rows[] = {
      {"no header", {}, "10.0.0.1 http"},
      {"one hop", {{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 http"},
      {"what the client claims is left of it", {{"X-Forwarded-For", "203.0.113.9, 192.0.2.1"}}, "192.0.2.1 http"},
      {"over two proxies", {{"X-Forwarded-For", "203.0.113.9, 192.0.2.1, 10.0.0.2"}}, "192.0.2.1 http"},
      {"fields in their order", {{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-for", "10.0.0.2"}}, "192.0.2.1 http"},
      {"all are proxies", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3 http"},
      {"an unknown one ends the way", {{"X-Forwarded-For", "192.0.2.1, unknown, 10.0.0.2"}}, "10.0.0.2 http"},
      {"and garbage does", {{"X-Forwarded-For", "192.0.2.1, <script>"}}, "10.0.0.1 http"},
      {"IPv6", {{"X-Forwarded-For", "[2001:db8::1]:1234, fd00::2"}}, "2001:db8::1 http"},
      {"Forwarded", {{"Forwarded", "for=203.0.113.9, for=192.0.2.1;proto=https, for=10.0.0.2"}}, "192.0.2.1 https"},
      {"a hidden client by HTTPS", {{"Forwarded", "for=_secret;proto=https"}}, "10.0.0.1 https"},
      {"an open quote of the client", {{"Forwarded", "for=\"203.0.113.9, for=192.0.2.1"}}, "10.0.0.1 http"},
      {"in a field of its own it harms nobody",
       {{"Forwarded", "for=\"203.0.113.9"}, {"Forwarded", "for=192.0.2.1"}},
       "192.0.2.1 http"},
      {"two kinds that agree",
       {{"Forwarded", "for=192.0.2.1;proto=https"}, {"X-Forwarded-For", "192.0.2.1"}},
       "192.0.2.1 https"},
      {"two kinds that do not: one is the client's own",
       {{"Forwarded", "for=203.0.113.9;proto=https"}, {"X-Forwarded-For", "192.0.2.1"}},
       "10.0.0.1 http"},
      {"nor may it be smuggled in beside the protocol alone",
       {{"Forwarded", "for=203.0.113.9"}, {"X-Forwarded-Proto", "https"}},
       "10.0.0.1 http"},
      {"they agree on the client and not on the protocol",
       {{"Forwarded", "for=192.0.2.1;proto=https"}, {"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "http"}},
       "192.0.2.1 http"},
      {"one protocol for the whole way",
       {{"X-Forwarded-For", "192.0.2.1, 10.0.0.2"}, {"X-Forwarded-Proto", "HTTPS"}},
       "192.0.2.1 https"},
      {"a protocol for each hop",
       {{"X-Forwarded-For", "192.0.2.1, 10.0.0.2"}, {"X-Forwarded-Proto", "https, http"}},
       "192.0.2.1 https"},
      {"a protocol that the client claims is left of the proxy's",
       {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https, http"}},
       "192.0.2.1 http"},
      {"a protocol without an address", {{"X-Forwarded-Proto", "https"}}, "10.0.0.1 https"},
      {"a protocol that is none",
       {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "gopher"}},
       "192.0.2.1 http"},
  };
  for (const auto& row : rows) EXPECT_EQ(client_of("10.0.0.1", row.fields), row.client) << row.what;
}

TEST(BelieveProxies, ManyHopsAreFollowedToTheEnd) {
  std::string way = "192.0.2.1";
  for (int i = 0; i < 1000; ++i) way += ", 10.0.0.2";
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-For", way.c_str()}}), "192.0.2.1 http");
}

TEST(BelieveProxies, NobodyElseIsBelieved) {
  const Fields fields = {
      {"Forwarded", "for=203.0.113.9;proto=https"}, {"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}};
  EXPECT_EQ(client_of("192.0.2.1", fields), "192.0.2.1 http");
  EXPECT_EQ(client_of("", fields), " http");
}

TEST(BelieveProxies, WhatIsNotSaidStaysAsTheConnectionIs) {
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}, /*secure=*/true), "192.0.2.1 https");
  EXPECT_EQ(client_of("10.0.0.1", {{"X-Forwarded-Proto", "http"}}, /*secure=*/true), "10.0.0.1 http");
}

class Recorder final : public Handler {
 public:
  void handle(Request request, std::shared_ptr<Responder>) override { peer = request.peer; }
  Ruling judge(Request& head) override {
    judged = head;
    return {.body_bytes_max = 7};
  }
  Response protocol_error(int status, std::string_view message) const override {
    return Response::json(status, std::string(message));
  }
  void complete(Response& response) const override { response.status = 299; }
  std::string peer;
  Request judged;
};

TEST(BelieveProxies, SaysWhetherTheProxyTellsForWhomItSpeaks) {
  const auto is_proxy = [](const char* peer, const Fields& fields) {
    Request request = request_with(peer, fields);
    believe_proxies(request, address_book);
    const bool once = request.peer_is_proxy;
    believe_proxies(request, address_book);
    EXPECT_EQ(request.peer_is_proxy, once);
    return once;
  };
  EXPECT_FALSE(is_proxy("192.0.2.1", {}));
  EXPECT_TRUE(is_proxy("10.0.0.1", {}));
  EXPECT_FALSE(is_proxy("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}));
  EXPECT_TRUE(is_proxy("10.0.0.1", {{"X-Forwarded-For", "unknown"}}));
  EXPECT_TRUE(is_proxy("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.2"}}));
}

TEST(BehindProxiesHandler, ChangesNothingButWhoAsks) {
  Recorder recorder;
  const AddressBook addresses = address_book;
  BehindProxies handler(recorder, addresses);
  handler.handle(request_with("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}), nullptr);
  EXPECT_EQ(recorder.peer, "192.0.2.1");
  Request head = request_with("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}});
  EXPECT_EQ(handler.judge(head).body_bytes_max, 7U);
  EXPECT_EQ(recorder.judged.peer, "192.0.2.1");
  Response response = handler.protocol_error(418, "tea");
  EXPECT_EQ(std::to_string(response.status) + response.body, "418tea");
  handler.complete(response);
  EXPECT_EQ(response.status, 299);
}

}  // namespace
}  // namespace fleethook::http
