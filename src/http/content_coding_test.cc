#include "http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace fleethook::http {
namespace {

constexpr std::size_t kBytesMax = 100'000;
constexpr int kZlib = MAX_WBITS, kRaw = -MAX_WBITS, kGzip = MAX_WBITS + 16;

std::string packed(std::string text, int format = kGzip) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Outcome {
  std::string body;
  bool cut;
  std::string problem;
};

Outcome decode(std::string body, std::string_view coding, std::string_view header = "Content-Encoding") {
  Response response;
  response.headers.add(header, coding);
  response.body = std::move(body);
  const Decoded done = decode_content(response, kBytesMax);
  EXPECT_EQ(response.headers.get(header), coding) << "as it came";
  return {response.body, done.cut, done.problem};
}

void expect_whole(const Outcome& got, std::string_view body, const char* what) {
  EXPECT_EQ(got.body, body) << what;
  EXPECT_FALSE(got.cut) << what;
  EXPECT_EQ(got.problem, "") << what;
}

TEST(ContentCoding, DecodesGzipAndBothFormsOfDeflate) {
  const std::string text = R"({"v":42})";
  expect_whole(decode(packed(text), "gzip"), text, "gzip");
  expect_whole(decode(packed(text), "X-GZip "), text, "x-gzip");
  expect_whole(decode(packed(text, kZlib), "deflate"), text, "deflate");
  expect_whole(decode(packed(text, kRaw), "deflate"), text, "raw deflate");
  expect_whole(decode(packed(packed(text, kZlib)), "deflate, gzip"), text, "one in another");
  expect_whole(decode(packed(text), "gzip, chunked", "Transfer-Encoding"), text, "of the transfer");
  expect_whole(decode(text, "identity"), text, "identity");
  expect_whole(decode("", "gzip"), "", "nothing");
  expect_whole(decode(packed(""), "gzip"), "", "packed nothing");
  expect_whole(decode(packed(text) + packed("more"), "gzip"), text + "more", "two members");
  expect_whole(decode(packed(text) + std::string(10, '\0'), "gzip"), text, "padding");
  const std::string large(kBytesMax, 'x');
  expect_whole(decode(packed(large), "gzip"), large, "exactly the limit");
}

TEST(ContentCoding, ABombStopsAtTheLimit) {
  for (const int format : {kGzip, kZlib, kRaw}) {
    const Outcome got = decode(packed(std::string(50'000'000, 'x'), format), format == kGzip ? "gzip" : "deflate");
    EXPECT_EQ(got.body.size(), kBytesMax);
    EXPECT_TRUE(got.cut);
  }
  const Outcome twice = decode(packed(packed(std::string(50'000'000, 'x'))), "gzip, gzip");
  EXPECT_LE(twice.body.size(), kBytesMax);
  EXPECT_EQ(decode("x", "gzip,gzip,gzip,gzip").problem, "it is encoded too often");
}

TEST(ContentCoding, WhatIsBrokenLeavesWhatCouldBeRead) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919 % 1000);
  const std::string whole = packed(text);
  const Outcome cut = decode(whole.substr(0, whole.size() / 2), "gzip");
  EXPECT_EQ(cut.problem, "as gzip it is cut");
  EXPECT_TRUE(!cut.body.empty() && text.starts_with(cut.body));
  std::string wrong = whole;
  wrong[wrong.size() - 6] ^= 0x55;  // of the checksum
  EXPECT_EQ(decode(wrong, "gzip").body, text);
  EXPECT_EQ(decode(wrong, "gzip").problem, "as gzip it is broken");
  EXPECT_EQ(decode(R"({"v":1})", "gzip").body, R"({"v":1})") << "said to be, and is not";
  EXPECT_NE(decode(R"({"v":1})", "gzip").problem, "");
  EXPECT_EQ(decode(R"({"v":1})", "deflate").body, R"({"v":1})");
  EXPECT_EQ(decode("abc", "br").body, "abc");
  EXPECT_EQ(decode("abc", "br").problem, "its coding is not known here");
  for (std::size_t size = 0; size < whole.size(); size += 7) decode(whole.substr(0, size), "gzip");
}

}  // namespace
}  // namespace fleethook::http
