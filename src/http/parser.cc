#include "http/parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "base/assert.h"
#include "base/text.h"
#include "http/answer_head.h"
#include "http/body_decoder.h"
#include "http/serialize.h"

namespace fleethook::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;

constexpr std::size_t kBodyReserveMax = 64 * 1024;  // what an announced length alone may make us allocate

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}
Error invalid(std::string_view what) {
  return Error{Fault::kInvalid, "not valid HTTP: " + std::string(what)};
}

struct HeadRules {
  std::size_t bytes_max;
  std::size_t fields_max;
  std::size_t target_bytes_max;
};

// Gathers the bytes of one request's head until the empty line that ends it. All that depends on how the bytes are cut
// happens here; Beast then sees the whole head at once. Limits and line ends are judged in the order of the bytes, so
// that any portions give the same answer.
class HeadReader {
 public:
  explicit HeadReader(const HeadRules& rules) : rules_(rules) {}

  // The complete head, empty while it is incomplete. `eaten` of `bytes` belong to it. The view lives until the next
  // call or as long as `bytes`.
  Result<std::string_view> feed(std::span<const char> bytes, std::size_t& eaten) {
    if (kept_.empty()) {
      const std::string_view text(bytes.data(), bytes.size());
      FLEETHOOK_TRY(const std::size_t size, scan(text));
      eaten = size == 0 ? bytes.size() : size;
      if (size == 0) kept_ = text;
      return text.substr(0, size);
    }
    const std::size_t before = kept_.size();
    kept_.append(bytes.data(), std::min(bytes.size(), rules_.bytes_max + 1 - std::min(before, rules_.bytes_max)));
    FLEETHOOK_TRY(const std::size_t size, scan(kept_));
    eaten = size == 0 ? bytes.size() : size - before;
    return std::string_view(kept_).substr(0, size);
  }

  std::size_t fields() const { return lines_ - 1; }  // once complete
  void reset() {
    kept_ = std::string();  // an idle connection keeps nothing
    search_at_ = line_at_ = lines_ = 0;
  }

 private:
  // Size of the head with its empty line; 0 = not there yet. `text` starts with the head, and continues the last
  // call's.
  Result<std::size_t> scan(std::string_view text) {
    for (;;) {
      const void* const found = std::memchr(text.data() + search_at_, '\n', text.size() - search_at_);
      const std::size_t end =
          found == nullptr ? text.size() : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
      if (end > rules_.bytes_max) return lines_ == 0 ? target_too_large() : headers_too_large();
      search_at_ = end;
      if (found == nullptr) return std::size_t{0};
      if (end < line_at_ + 2 || text[end - 2] != '\r') return invalid("a line does not end in CRLF");
      const std::string_view line = text.substr(line_at_, end - 2 - line_at_);
      if (line.empty() && lines_ > 0) return end;
      FLEETHOOK_CHECK(check_line(line));
      ++lines_;
      line_at_ = end;
    }
  }

  Result<void> check_line(std::string_view line) {
    if (lines_ == 0) {
      const std::size_t first = line.find(' ');
      if (first != std::string_view::npos && line.rfind(' ') - first > rules_.target_bytes_max + 1)
        return target_too_large();
      return {};
    }
    if (line.front() == ' ' || line.front() == '\t') return invalid("a header line starts with white space");
    if (lines_ > rules_.fields_max) return headers_too_large();
    return {};
  }

  static Error target_too_large() { return Error{Fault::kTooLarge, "the request target is too long", "target"}; }
  static Error headers_too_large() { return Error{Fault::kTooLarge, "the headers are too large", "headers"}; }

  const HeadRules rules_;
  std::string kept_;           // the head so far, if it came in several portions
  std::size_t search_at_ = 0;  // no line end before this
  std::size_t line_at_ = 0;    // start of the current line
  std::size_t lines_ = 0;      // complete ones
};

// Beast's parser on one whole head of a request; bodies are ours (body_decoder.h). Adds the checks that Beast leaves
// out.
class HeadParser final : public beast_http::basic_parser<true> {
 public:
  explicit HeadParser(Request& message) : message_(message) {
    skip(true);
    eager(false);
    body_limit(boost::none);
    header_limit(std::numeric_limits<std::uint32_t>::max());
  }

  Result<void> parse(std::string_view head) {
    error_code error;
    const std::size_t size = put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (why_ != nullptr) return invalid(why_);
    if (error) return invalid(error.message());
    FLEETHOOK_ASSERT(size == head.size());
    if (!http_1_0_ && hosts_ != 1) return invalid("a request has exactly one Host");
    return {};
  }
  bool http_1_0() const { return http_1_0_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  void refuse(const char* why, error_code& error) {
    why_ = why;
    error = beast_http::error::bad_field;
  }

  void on_request_impl(beast_http::verb,
                       boost::beast::string_view method,
                       boost::beast::string_view target,
                       int version,
                       error_code& error) override {
    http_1_0_ = version == 10;
    message_.http_1_0 = http_1_0_;
    message_.method.assign(method.data(), method.size());
    if (!set_target(view(target))) refuse("bad target", error);
  }

  // Origin form as it is; absolute form, which every server must accept (RFC 9112 3.2.2), without scheme and authority.
  bool set_target(std::string_view target) {
    if (target.starts_with('/') || (target == "*" && message_.method == "OPTIONS")) {
      message_.target = target;
      return true;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (target.size() <= scheme.size() || !ascii_iequals(target.substr(0, scheme.size()), scheme)) continue;
      target.remove_prefix(scheme.size());
      const std::size_t end = std::min(target.find_first_of("/?#"), target.size());
      if (end == 0) return false;
      target.remove_prefix(end);
      message_.target = target.starts_with('/') ? "" : "/";
      message_.target += target;
      return true;
    }
    return false;
  }

  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  void on_field_impl(beast_http::field name,
                     boost::beast::string_view name_text,
                     boost::beast::string_view value_text,
                     error_code& error) override {
    const std::string_view value = view(value_text);
    switch (name) {
      case beast_http::field::transfer_encoding:
        // Beast takes a coding it does not know for no body at all, and lets "chunked" stand anywhere at the end of a
        // list.
        if (http_1_0_ || !ascii_iequals(value, "chunked")) return refuse("chunked is the only transfer coding", error);
        break;
      case beast_http::field::content_length:
        // Beast also takes a list.
        if (value.find_first_not_of("0123456789") != std::string_view::npos) return refuse("bad Content-Length", error);
        break;
      case beast_http::field::host:
        ++hosts_;
        if (value.find_first_of(" \t/?#@\\,") != std::string_view::npos) return refuse("bad Host", error);
        break;
      case beast_http::field::expect:
        expects_continue_ = ascii_iequals(value, "100-continue");
        break;
      default:
        break;
    }
    message_.headers.add_read(view(name_text), value);
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  Request& message_;
  const char* why_ = nullptr;
  unsigned hosts_ = 0;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
};

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

struct RequestParser::Impl {
  explicit Impl(const Limits& limits)
      : reader({limits.request_header_bytes_max, limits.request_headers_max, limits.request_target_bytes_max}),
        overhead_bytes_max(limits.request_header_bytes_max),
        body_bytes_max_default(limits.request_body_bytes_max) {}

  // Old clients send an empty line after a body (RFC 9112 2.2). Returns how many bytes belong to such lines.
  Result<std::size_t> skip_empty_lines(std::span<const char> bytes) {
    std::size_t at = 0;
    for (; at < bytes.size() && !started; ++at) {
      if (after_cr && bytes[at] != '\n') return invalid("a line does not end in CRLF");
      if (!after_cr && bytes[at] != '\r') {
        // Whoever speaks TLS or something else here is told at once, not when it falls silent.
        if (!is_header_name({&bytes[at], 1})) return invalid("a request starts with its method");
        started = true;
        break;
      }
      after_cr = !after_cr;
    }
    return at;
  }

  Result<std::size_t> feed_head(std::span<const char> bytes) {
    FLEETHOOK_TRY(const std::size_t skipped, skip_empty_lines(bytes));
    if (!started) return skipped;
    std::size_t eaten = 0;
    FLEETHOOK_TRY(const std::string_view head, reader.feed(bytes.subspan(skipped), eaten));
    if (!head.empty()) FLEETHOOK_CHECK(parse_head(head));
    return skipped + eaten;
  }

  Result<void> parse_head(std::string_view head) {
    request.headers.reserve(head.size(), reader.fields());
    HeadParser parser(request);
    FLEETHOOK_CHECK(parser.parse(head));
    request.keep_alive = parser.keep_alive();
    expects_continue = parser.expects_continue() && !parser.http_1_0();
    if (parser.chunked()) {
      body.begin_chunked(overhead_bytes_max);
    } else {
      body.begin_length(parser.content_length().value_or(0));
    }
    head_done = true;
    return {};
  }

  Result<std::size_t> feed(std::span<const char> bytes) {
    if (!head_done) return feed_head(bytes);
    if (request.body.empty()) {
      const std::uint64_t wanted = std::min<std::uint64_t>(body.bytes_left().value_or(0), body_bytes_max);
      request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, kBodyReserveMax)));
    }
    auto eaten = body.feed(bytes, body_bytes_max, body_bytes_max, request.body);
    if (!eaten.ok() && !too_large.empty() && eaten.error().code == "body")
      return Error{Fault::kTooLarge, std::string(too_large), "body"};
    return eaten;
  }

  HeadReader reader;
  BodyDecoder body;
  const std::size_t overhead_bytes_max;
  const std::size_t body_bytes_max_default;
  std::size_t body_bytes_max = body_bytes_max_default;
  std::string_view too_large;  // what to say of a longer one; "" = the usual
  Request request;
  std::optional<Error> failed;
  bool started = false;
  bool after_cr = false;
  bool head_done = false;
  bool expects_continue = false;
};

RequestParser::RequestParser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::feed(std::span<const char> bytes) {
  if (impl_->failed) return *impl_->failed;
  if (done()) return std::size_t{0};
  auto eaten = impl_->feed(bytes);
  if (!eaten.ok()) impl_->failed = eaten.error();
  return eaten;
}

bool RequestParser::headers_done() const {
  return impl_->head_done;
}
bool RequestParser::done() const {
  return impl_->head_done && impl_->body.done();
}
bool RequestParser::started() const {
  return impl_->started;
}
bool RequestParser::expects_continue() const {
  return impl_->expects_continue && !done() && impl_->body.bytes() == 0;
}
const Request& RequestParser::head() const {
  return impl_->request;
}
Request& RequestParser::head() {
  return impl_->request;
}
std::optional<std::uint64_t> RequestParser::body_bytes_left() const {
  return impl_->body.bytes_left();
}
void RequestParser::allow_body(std::size_t bytes_max, std::string_view too_large) {
  impl_->body_bytes_max = bytes_max;
  impl_->too_large = too_large;
}
void RequestParser::drop() {
  impl_->request.body = std::string();
  impl_->request.keep = nullptr;
}

Request RequestParser::take() {
  FLEETHOOK_ASSERT(done() && !impl_->failed);
  Impl& impl = *impl_;
  impl.reader.reset();
  impl.body_bytes_max = impl.body_bytes_max_default;
  impl.too_large = {};
  impl.started = impl.after_cr = impl.head_done = impl.expects_continue = false;
  return std::exchange(impl.request, Request());
}

// ---------------------------------------------------------------------------------------------------------------------

struct ResponseParser::Impl {
  explicit Impl(const Limits& limits)
      : head_bytes_max(limits.response_header_bytes_max),
        body_bytes_max(limits.response_body_bytes_max),
        head(head_bytes_max) {}

  bool done() const { return head.done() && (broken || body.done()); }

  void begin_body() {
    if (!head.whole()) return break_off(head.odd());
    if (no_body || response.status == 204 || response.status == 304) return body.begin_length(0);
    switch (head.framing()) {
      case Framing::kChunked:
        return body.begin_chunked(head_bytes_max, Manners::kLenient);
      case Framing::kLength:
        body.begin_length(head.length());
        response.body.reserve(
            static_cast<std::size_t>(std::min<std::uint64_t>({head.length(), kBodyReserveMax, body_bytes_max})));
        return;
      case Framing::kToEnd:
      case Framing::kToEndOrSo:
        to_end = true;
        return body.begin_to_end_of_stream();
    }
  }

  // Nothing behind this makes sense; what there is, is the answer.
  void break_off(std::string_view why) {
    broken = true;
    body.begin_length(0);
    remark = why;
  }

  Result<std::size_t> feed(std::span<const char> bytes) {
    if (broken) return bytes.size();
    std::size_t eaten = 0;
    while (eaten < bytes.size() && !done()) {
      started = true;
      const auto rest = bytes.subspan(eaten);
      if (head.done()) {
        const auto size = body.feed(rest, BodyDecoder::kUnlimited, body_bytes_max, response.body);
        truncated = body.bytes() > response.body.size();
        if (!size) {
          break_off(size.error().message);
          return bytes.size();
        }
        eaten += *size;
      } else {
        truncated = false;
        FLEETHOOK_TRY(const std::size_t size, head.feed(rest, response));
        eaten += size;
        if (head.done()) begin_body();
      }
    }
    return eaten;
  }

  Result<void> end(std::string_view why) {
    if (!head.done() && !head.cut(response)) {
      return invalid(started ? "the response is incomplete" : "the connection closed before a response");
    }
    if (body.to_end_of_stream() && why.empty()) {
      body.end_of_stream();
    } else {
      break_off(why.empty() ? std::string_view("the connection closed before its end") : why);
    }
    return {};
  }

  const std::size_t head_bytes_max;
  std::size_t body_bytes_max;
  AnswerHead head;
  BodyDecoder body;
  Response response;
  std::optional<Error> failed;
  std::string remark;
  bool truncated = false;
  bool no_body = false;
  bool started = false;
  bool to_end = false;  // of the stream
  bool broken = false;
};

ResponseParser::ResponseParser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::expect_no_body(bool yes) {
  impl_->no_body = yes;
}

Result<std::size_t> ResponseParser::feed(std::span<const char> bytes) {
  if (impl_->failed) return *impl_->failed;
  auto eaten = impl_->feed(bytes);
  if (!eaten.ok()) impl_->failed = eaten.error();
  return eaten;
}

Result<void> ResponseParser::end(std::string_view why) {
  if (impl_->failed) return *impl_->failed;
  if (done()) return {};
  auto ended = impl_->end(why);
  if (!ended.ok()) impl_->failed = ended.error();
  return ended;
}

bool ResponseParser::done() const {
  return impl_->done();
}
bool ResponseParser::started() const {
  return impl_->started;
}
bool ResponseParser::in_doubt() const {
  const Impl& impl = *impl_;
  return impl.head.done() && !done() && (impl.head.framing() == Framing::kToEndOrSo || impl.body.at_trailers());
}
void ResponseParser::keep_body(std::size_t bytes_max) {
  impl_->body_bytes_max = bytes_max;
}
std::size_t ResponseParser::body_bytes_kept() const {
  return impl_->response.body.size();
}
bool ResponseParser::keep_alive() const {
  return impl_->head.keep_alive() && !impl_->broken && !impl_->to_end && !impl_->body.was_odd();
}
bool ResponseParser::truncated() const {
  return impl_->truncated;
}

std::string ResponseParser::remark() const {
  if (!impl_->remark.empty()) return "the answer is incomplete: " + impl_->remark;
  if (!impl_->head.odd().empty()) return "the answer is not proper HTTP: " + std::string(impl_->head.odd());
  if (impl_->body.was_odd()) return "the answer is not proper HTTP: its chunks are not written as they should be";
  return {};
}

Response ResponseParser::take() {
  FLEETHOOK_ASSERT(done() && !impl_->failed);
  Impl& impl = *impl_;
  impl.response.close = !keep_alive();
  impl.head.reset();
  impl.started = impl.to_end = false;
  return std::exchange(impl.response, Response());
}

}  // namespace fleethook::http
