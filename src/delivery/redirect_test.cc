#include "delivery/redirect.h"

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

constexpr std::size_t kUrlBytesMax = 200;

core::OutgoingRequest post(std::string_view url) {
  core::OutgoingRequest request;
  request.url = http::parse_url(url).value();
  request.method = "POST";
  request.body = "{\"t\":21}";
  request.headers.add("User-Agent", "Fleethook/1");
  request.headers.add("Content-Type", "application/json");
  request.headers.add("X-Room", "cellar");
  return request;
}

http::Response pointing(int status, std::string_view location) {
  http::Response answer;
  answer.status = status;
  if (location.data() != nullptr) answer.headers.add("Location", location);
  return answer;
}

std::string names(const http::Headers& headers) {
  std::string all;
  for (std::size_t i = 0; i < headers.size(); ++i) all.append(headers.name_at(i)).append(" ");
  return all;
}

std::string why_not(const core::OutgoingRequest& request,
                    const http::Response& answer,
                    const core::NamedValues& values = {}) {
  const auto next = follow(request, answer, values, kUrlBytesMax);
  return next.ok() ? "followed to " + next->request.url.str() : next.error().message;
}

TEST(Redirect, SomeStatusesPointElsewhere) {
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status)) << status;
  for (const int status : {200, 201, 300, 304, 305, 306, 309, 400}) EXPECT_FALSE(is_redirect(status)) << status;
}

TEST(Redirect, BecomesAGetWithoutContentOrRepeatsTheRequest) {
  for (const int status : {301, 302, 303}) {
    const auto next = follow(post("http://a.example/x"), pointing(status, "/y"), {}, kUrlBytesMax);
    ASSERT_TRUE(next.ok()) << status;
    EXPECT_EQ(next->request.method, "GET");
    EXPECT_EQ(next->request.url.str(), "http://a.example/y");
    EXPECT_EQ(next->request.body, "");
    EXPECT_EQ(names(next->request.headers), "User-Agent X-Room ");
  }
  for (const int status : {307, 308}) {
    const auto next = follow(post("http://a.example/x"), pointing(status, "/y"), {}, kUrlBytesMax);
    ASSERT_TRUE(next.ok()) << status;
    EXPECT_EQ(next->request.method, "POST");
    EXPECT_EQ(next->request.body, "{\"t\":21}");
    EXPECT_EQ(names(next->request.headers), "User-Agent Content-Type X-Room ");
  }
}

TEST(Redirect, CredentialsAndSecretsStayInTheirOrigin) {
  core::NamedValues values;
  values.secrets = {{"KEY", "s3cret+"}};
  auto request = post("https://a.example/x");
  request.headers.add("Authorization", "Bearer x");
  request.headers.add("Cookie", "a=b");
  request.headers.add("Proxy-Authorization", "Basic x");
  request.headers.add("X-Api-Key", "literal");
  request.headers.add("X-Own", "of s3cret+");
  request.headers.add("X-Escaped", "of s3cret%2B");
  request.headers.add("Host", "a.example");
  const std::string withheld = "Authorization Cookie Proxy-Authorization X-Api-Key X-Own X-Escaped ";
  for (const std::string_view elsewhere :
       {"https://b.example/x", "https://a.example:8443/x", "https://sub.a.example/x", "//a.example.evil/x"}) {
    const auto next = follow(request, pointing(307, elsewhere), values, kUrlBytesMax);
    ASSERT_TRUE(next.ok()) << elsewhere;
    EXPECT_EQ(names(next->request.headers), "User-Agent Content-Type X-Room ") << elsewhere;
    std::string told;
    for (const std::string& name : next->withheld) told += name + " ";
    EXPECT_EQ(told, withheld) << elsewhere;
  }
  for (const std::string_view same : {"https://a.example/y", "https://A.example:443/y", "/y", "?y"}) {
    const auto next = follow(request, pointing(307, same), values, kUrlBytesMax);
    ASSERT_TRUE(next.ok()) << same;
    EXPECT_EQ(names(next->request.headers), names(request.headers)) << same;
    EXPECT_TRUE(next->withheld.empty()) << same;
  }
  // From http to https of the same host is another origin too.
  EXPECT_FALSE(follow(
                   [&] {
                     auto plain = request;
                     plain.url = http::parse_url("http://a.example/").value();
                     return plain;
                   }(),
                   pointing(302, "https://a.example/"), values, kUrlBytesMax)
                   ->withheld.empty());

  request.body = "key=s3cret%2B";
  EXPECT_EQ(why_not(request, pointing(308, "https://b.example/"), values),
            "it redirects to another origin, and the body has a secret, which does not go there");
  EXPECT_TRUE(follow(request, pointing(302, "https://b.example/"), values, kUrlBytesMax).ok()) << "without the body";
  EXPECT_TRUE(follow(request, pointing(308, "/y"), values, kUrlBytesMax).ok());
}

TEST(Redirect, SaysWhyItIsNotFollowed) {
  const auto request = post("https://a.example/x");
  EXPECT_EQ(why_not(request, pointing(302, {})), "it redirects, and does not say where: it has no Location");
  EXPECT_EQ(why_not(request, pointing(302, " ")), "it redirects, and does not say where: it has no Location");
  EXPECT_EQ(why_not(request, pointing(302, "http://a.example/x")),
            "it redirects from https to http, which is not followed");
  EXPECT_EQ(why_not(request, pointing(302, "/" + std::string(kUrlBytesMax, 'x'))), "its Location is over 200 bytes");
  for (const std::string_view bad :
       {"ftp://a.example/", "javascript:x", "https://", "https://a b/", "https://user@@host/", "http:/x"}) {
    EXPECT_TRUE(why_not(request, pointing(302, bad)).starts_with("its Location cannot be followed: "))
        << bad << ": " << why_not(request, pointing(302, bad));
  }
  EXPECT_EQ(why_not(request, pointing(302, "https://user:pass@a.example/y#top")), "followed to https://a.example/y");
}

}  // namespace
}  // namespace fleethook::delivery
