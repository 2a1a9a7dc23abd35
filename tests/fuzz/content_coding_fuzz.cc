// Input: one byte that chooses the coding, then the body of an answer in it.
// Held: nothing comes out over the limit; whatever it is, there is an answer, and its headers are as they came.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/content_coding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fleethook;  // NOLINT(google-build-using-namespace)
  constexpr std::array<std::string_view, 5> kCodings = {"gzip", "deflate", "gzip, gzip", "deflate, gzip", "br"};
  constexpr std::size_t kBytesMax = 4096;
  if (size < 1) return 0;
  const std::string_view coding = kCodings[data[0] % kCodings.size()];
  http::Response response;
  response.headers.add("Content-Encoding", coding);
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string before = response.body;
  const http::Decoded done = http::decode_content(response, kBytesMax);
  FLEETHOOK_ASSERT(response.body == before || response.body.size() <= kBytesMax);
  FLEETHOOK_ASSERT(!done.cut || response.body.size() <= kBytesMax);
  FLEETHOOK_ASSERT(response.headers.size() == 1 && response.headers.get("Content-Encoding") == coding);
  return 0;
}
