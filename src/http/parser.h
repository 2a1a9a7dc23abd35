// HTTP/1.1 messages from bytes (RFC 9112), fed in any portions: byte by byte gives what all at once gives.
//
// Requests are read strictly, for there smuggling hides: one of Content-Length and Transfer-Encoding, equal repeated
// lengths only, chunked the only coding, no obs-fold, no bare LF. Their heads are read by Beast's basic_parser, hidden
// in parser.cc. Answers are read liberally (answer_head.h): whoever sent a status line has answered, whatever is wrong
// behind it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"

namespace fleethook::http {

// Not thread-safe. Reusable: after take() the next message of the connection is parsed.
class RequestParser {
 public:
  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;

  // Eats what belongs to the current message and returns how much; stops at its end (pipelined bytes stay with the
  // caller), and once at the end of its headers, so that allow_body() can be called before the body is judged: call
  // again with the rest, be it empty. Empty lines before a request are skipped, an absolute target is cut to origin
  // form, trailers are dropped.
  //
  // Errors: kInvalid (400), kTooLarge (413 body, 431 headers, 414 target: `code` says "body", "headers" or "target").
  // After an error the connection is to be closed.
  Result<std::size_t> feed(std::span<const char> bytes);
  bool headers_done() const;
  bool done() const;
  bool started() const;           // some byte of the current message has come
  bool expects_continue() const;  // headers are done, body awaited, and "Expect: 100-continue" was sent
  // Once headers_done(): the request so far (body incomplete until done()).
  const Request& head() const;
  Request& head();
  // Once headers_done(): how much of the body is to come, where that is known; nullopt when it comes in chunks.
  std::optional<std::uint64_t> body_bytes_left() const;
  // The body's limit for the current request, to be set once headers_done() when it is not request_body_bytes_max, and
  // what to say of a longer one.
  void allow_body(std::size_t bytes_max, std::string_view too_large = {});
  // Lets go of what came of the body; nothing is read any more.
  void drop();
  Request take();  // only when done()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A body longer than response_body_bytes_max is read to its end but cut (truncated() tells); 1xx are skipped.
//
// Errors only while there is no whole status line of a final answer: kInvalid, kTooLarge "headers". From there on there
// is an answer: where it cannot be understood any further it is done, with the body as far as it could be read, and
// what comes behind it is eaten and means nothing.
class ResponseParser {
 public:
  explicit ResponseParser(const Limits& limits);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;

  void expect_no_body(bool yes);  // the request was HEAD
  // Of the body of this response and those after it; what is over is discarded. May be raised while a body comes.
  // At first Limits::response_body_bytes_max.
  void keep_body(std::size_t bytes_max);
  std::size_t body_bytes_kept() const;
  Result<std::size_t> feed(std::span<const char> bytes);
  // No more bytes come. `why`: "" = the peer closed, which may be the end of the body; else what went wrong instead. If
  // there is a status line the answer is done, else this is an error.
  Result<void> end(std::string_view why = {});
  bool done() const;
  bool started() const;
  // Not done, but its end is in doubt: what it says of its length makes no sense, or all of the body has come. A peer
  // that is silent now may think that it has sent all.
  bool in_doubt() const;
  bool keep_alive() const;     // once done(): and nothing about it was odd
  bool truncated() const;      // the body was cut; until the next response starts
  std::string remark() const;  // once done(), until take(): what was wrong with it, for people; "" = nothing
  Response take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::http
