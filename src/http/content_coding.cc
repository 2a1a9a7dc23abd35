#include "http/content_coding.h"

#include <algorithm>
#include <array>
#include <vector>

#include <zlib.h>

#include "base/text.h"

namespace fleethook::http {
namespace {

// More than one is rare, more than these is an attack.
constexpr std::size_t kCodingsMax = 3;
// What inflateInit2() takes for the size of the window and the format around the data.
constexpr int kZlib = MAX_WBITS;
constexpr int kRaw = -MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;

struct Inflated {
  std::string text;
  bool cut = false;
  const char* problem = nullptr;
};

class Inflater {
 public:
  explicit Inflater(int format) { ready_ = inflateInit2(&stream_, format) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;

  Inflated run(std::string_view bytes, std::size_t bytes_max, bool members) {
    Inflated out;
    if (!ready_) {
      out.problem = "out of memory";
      return out;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib's input is not const
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, 16 * 1024> portion;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(portion.data());
      stream_.avail_out = static_cast<uInt>(portion.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = portion.size() - stream_.avail_out;
      const std::size_t room = bytes_max - out.text.size();
      out.text.append(portion.data(), std::min(got, room));
      if (got > room) {
        out.cut = true;
        return out;
      }
      if (result == Z_STREAM_END) {
        // A gzip file may consist of several (RFC 1952, 2.2); anything else behind it is padding.
        if (!members || stream_.avail_in < 2 || stream_.next_in[0] != 0x1f || stream_.next_in[1] != 0x8b) return out;
        if (inflateReset(&stream_) != Z_OK) return out;
      } else if (result == Z_BUF_ERROR || (result == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
        out.problem = "it is cut";
        return out;
      } else if (result != Z_OK) {
        out.problem = "it is broken";
        return out;
      }
    }
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

// "deflate" means zlib's format (RFC 9110, 8.4.1.2), and some send the bare data.
bool has_zlib_header(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
  return (first & 0x0f) == Z_DEFLATED && (first * 256U + second) % 31 == 0;
}

Inflated inflate_deflate(std::string_view bytes, std::size_t bytes_max) {
  if (has_zlib_header(bytes)) {
    Inflated out = Inflater(kZlib).run(bytes, bytes_max, false);
    if (out.problem == nullptr || !out.text.empty()) return out;
  }
  // Bare data has nothing to know it by: unless it is whole it is likely to be something else.
  Inflated out = Inflater(kRaw).run(bytes, bytes_max, false);
  if (out.problem != nullptr) out.text.clear();
  return out;
}

// In the order in which they were put on.
void add_codings(const Headers& headers, std::string_view header, std::vector<std::string>& codings) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!ascii_iequals(headers.name_at(i), header)) continue;
    std::string_view list = headers.value_at(i);
    while (!list.empty()) {
      const std::string_view member = list.substr(0, list.find(','));
      list.remove_prefix(std::min(member.size() + 1, list.size()));
      std::string coding = ascii_lower(trim_spaces(member));
      if (!coding.empty() && coding != "identity" && coding != "chunked") codings.push_back(std::move(coding));
    }
  }
}

}  // namespace

Decoded decode_content(Response& response, std::size_t bytes_max) {
  Decoded done;
  if (response.body.empty()) return done;
  std::vector<std::string> codings;
  add_codings(response.headers, "Content-Encoding", codings);
  add_codings(response.headers, "Transfer-Encoding", codings);
  if (codings.size() > kCodingsMax) {
    done.problem = "it is encoded too often";
    return done;
  }
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
    const bool gzip = *coding == "gzip" || *coding == "x-gzip";
    if (!gzip && *coding != "deflate") {
      done.problem = "its coding is not known here";
      return done;
    }
    Inflated out =
        gzip ? Inflater(kGzip).run(response.body, bytes_max, true) : inflate_deflate(response.body, bytes_max);
    if (out.problem != nullptr) done.problem = std::string("as ") + (gzip ? "gzip" : "deflate") + " " + out.problem;
    if (out.problem != nullptr && out.text.empty()) return done;
    response.body = std::move(out.text);
    done.cut = done.cut || out.cut;
  }
  return done;
}

}  // namespace fleethook::http
