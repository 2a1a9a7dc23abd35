#include "api/multipart.h"

#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

std::string shown(std::string_view type, std::string_view body) {
  const auto parts = read_multipart(type, body, 100);
  if (!parts.ok()) return "refused";
  std::string text;
  for (const Part& part : *parts) text += part.name + "=" + std::string(part.body) + ";";
  return text;
}

TEST(Multipart, GivesThePartsAsSent) {
  const std::string type = "multipart/form-data; boundary=XyZ";
  const std::string head =
      "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: "
      "application/octet-stream\r\n\r\n";
  EXPECT_EQ(shown(type, head + "a\nb\n\r\n--XyZ--\r\n"), "file=a\nb\n;");
  EXPECT_EQ(shown(type, head + "a\r\n--XyZ--"), "file=a;");
  EXPECT_EQ(shown(type, head + "\r\n--XyZ--"), "file=;");
  EXPECT_EQ(shown(type, "preamble\r\n" + head +
                            "a\r\n--XyZ\r\ncontent-disposition: form-data; NAME=claim_user\r\n\r\nme@x.io\r\n--XyZ--"),
            "file=a;claim_user=me@x.io;");
  EXPECT_EQ(shown("multipart/form-data; charset=x; boundary=\"XyZ\"", head + "a\r\n--XyZ--"), "file=a;");
  EXPECT_EQ(
      shown(type, "--XyZ\r\nContent-Disposition: form-data; filename=\"a;name=b\"; name=\"file\"\r\n\r\nx\r\n--XyZ--"),
      "file=x;");
  EXPECT_EQ(shown(type, "--XyZ\r\nX-Other: 1\r\n\r\nx\r\n--XyZ--"), "=x;");
  EXPECT_EQ(shown(type, head + "a--XyZ\r\n--Xy\r\n\r\n--XyZ--"),
            "file=a--XyZ\r\n--Xy\r\n;");  // only the whole line counts
  EXPECT_EQ(shown(type, "--XyZ--"), "");
}

TEST(Multipart, RefusesWhatDoesNotFollowItsBoundary) {
  const std::string type = "multipart/form-data; boundary=b";
  for (const char* body : {"", "x", "--b", "--b\r\n", "--b\r\nA: 1\r\n\r\nno end", "--bb\r\n\r\n\r\n--b--",
                           "--c\r\n\r\nx\r\n--c--", "--b\r\nno blank line\r\n--b--"}) {
    EXPECT_EQ(shown(type, body), "refused") << body;
  }
  EXPECT_EQ(shown("multipart/form-data", "--b--"), "refused");
  EXPECT_EQ(shown("multipart/form-data; boundary=", "----"), "refused");
  EXPECT_EQ(shown("multipart/form-data; boundary=" + std::string(71, 'b'), "--"), "refused");
}

// Cut anywhere, it must neither read beyond its end nor find a part more than there was.
TEST(Multipart, SurvivesBeingCutAnywhere) {
  const std::string whole = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--b\r\n\r\nx\r\n--b--";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(read_multipart("multipart/form-data; boundary=b", std::string(whole.substr(0, n)), 100).ok()) << n;
  }
  EXPECT_EQ(shown("multipart/form-data; boundary=b", whole), "file=abc;=x;");
}

TEST(Multipart, WithTooManyPartsIsRefused) {
  std::string body;
  for (int i = 0; i < 3; ++i) body += "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nx\r\n";
  body += "--b--";
  EXPECT_EQ(read_multipart("multipart/form-data; boundary=b", body, 3)->size(), 3U);
  EXPECT_EQ(read_multipart("multipart/form-data; boundary=b", body, 2).error().message,
            "at most 2 parts in a multipart body");
}

}  // namespace
}  // namespace fleethook::api
