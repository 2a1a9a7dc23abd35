// HTTP/1.1 messages from bytes (RFC 9112), fed in any portions: byte by byte gives what all at once gives. Built on
// Beast's basic_parser (hidden in parser.cc). Strict where smuggling hides: one of Content-Length and
// Transfer-Encoding, equal repeated lengths only, chunked the only coding, no obs-fold in requests, no bare LF.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

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
  // The body's limit for the current request, to be set once headers_done() when a route allows more. Default
  // request_body_bytes_max.
  void allow_body(std::size_t bytes_max);
  Request take();  // only when done()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A body longer than response_body_bytes_max is read to its end but cut (truncated() tells); 1xx are skipped.
class ResponseParser {
 public:
  explicit ResponseParser(const Limits& limits);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;

  void expect_no_body(bool yes);  // the request was HEAD
  Result<std::size_t> feed(std::span<const char> bytes);
  // The peer closed: completes a body that runs to the end of the stream, else an error (incomplete message).
  Result<void> end_of_stream();
  bool done() const;
  bool started() const;
  bool keep_alive() const;  // once done()
  bool truncated() const;   // the body was cut; until the next response starts
  Response take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::http
