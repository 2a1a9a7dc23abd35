#include "core/url_shape.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(UrlShape, TellsWhereTheFirstTagStands) {
  const std::pair<const char*, UrlShape> rows[] = {
      {"https://example.com", UrlShape::kConstant},
      {"HTTP://example.com:8080/a?b=c", UrlShape::kConstant},
      {"https://example.com/{{{room}}}", UrlShape::kConstantAuthority},
      {"https://u:p@example.com:8080/{{{room}}}", UrlShape::kConstantAuthority},
      {"https://example.com?x={{{x}}}", UrlShape::kConstantAuthority},
      {"https://example.com/#{{{x}}}", UrlShape::kConstantAuthority},
      {"https://example.com{{{path}}}", UrlShape::kDynamic},
      {"https://{{{host}}}/", UrlShape::kDynamic},
      {"https://{{{user}}}@example.com/", UrlShape::kDynamic},
      {"https://example.com:{{{port}}}/", UrlShape::kDynamic},
      {"{{{URL}}}", UrlShape::kDynamic},
      {"{{{URL}}}/x", UrlShape::kDynamic},
      {"http{{#tls}}s{{/tls}}://example.com", UrlShape::kDynamic},
  };
  for (const auto& [url, shape] : rows) {
    const auto got = url_shape(url);
    ASSERT_TRUE(got.ok()) << url << ": " << got.error().message;
    EXPECT_EQ(*got, shape) << url;
  }
}

TEST(UrlShape, RefusesWhatCannotBecomeAnHttpUrl) {
  for (const char* url : {"example.com", "ftp://example.com", "ftp://{{{host}}}", "//example.com", "javascript:{{x}}",
                          "https://", "https:///{{{path}}}", "https://:80/{{{x}}}", "https://exa mple.com/{{{x}}}",
                          "https://example.com:99999/{{{x}}}", "https://example.com\\{{{x}}}",
                          "https://example.com/\n{{{x}}}", "x{{{rest}}}"}) {
    EXPECT_FALSE(url_shape(url).ok()) << url;
  }
}

TEST(UrlDomain, IsTheHostAsWritten) {
  const std::pair<const char*, const char*> rows[] = {
      {"https://example.com", "example.com"},
      {"https://example.com:8080/a/b?c", "example.com"},
      {"https://user:secret@example.com/", "example.com"},
      {"http://[::1]:8080/", "[::1]"},
      {"https://example.com?x=@y", "example.com"},
      {"https://{{{host}}}/a", "{{{host}}}"},
      {"https://{{a/b}}.example.com:{{port}}/a", "{{a/b}}.example.com"},
      {"{{{URL}}}/x", "{{{URL}}}"},
      {"https://{{broken", "{{broken"},
      {"https://[broken", "[broken"},
      {"", ""},
  };
  for (const auto& [url, domain] : rows) EXPECT_EQ(url_domain(url), domain) << url;
}

}  // namespace
}  // namespace fleethook::core
