// The head of an answer, read as liberally as RFC 9112 (2.2, 5.1, 6.3) lets a client read it, and beyond. A whole
// status line decides what came of a request, so nothing behind it is an error: a line that is no header is left out,
// lengths and codings that make no sense leave only the end of the body in doubt. What was odd is told, and whoever
// sent it is not sent another request on the same connection. (Requests are read strictly: see parser.cc.)
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace fleethook::http {

// Where the body of an answer ends.
enum class Framing : std::uint8_t {
  kLength,
  kChunked,
  kToEnd,      // with the connection
  kToEndOrSo,  // the same, as far as the head can be understood: whoever sent it may see an end that we do not
};

// Reads line by line, so any portions give the same. Not thread-safe. Reusable: reset() awaits the next head.
class AnswerHead {
 public:
  explicit AnswerHead(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Eats what belongs to the head and returns how much; its fields go to `response`. Interim answers (1xx) are skipped,
  // their bytes count. An error only while there is no status line: kInvalid (not HTTP), kTooLarge "headers".
  Result<std::size_t> feed(std::span<const char> bytes, Response& response);
  // No more bytes come: a status line that lacks its end counts. True if there is a status, and done().
  bool cut(Response& response);
  void reset();

  bool started() const { return bytes_ > 0; }
  bool done() const { return state_ == State::kDone; }

  // Once done().
  Framing framing() const { return framing_; }
  std::uint64_t length() const { return *length_; }  // with Framing::kLength
  bool whole() const { return whole_; }              // up to its empty line
  bool keep_alive() const;
  std::string_view odd() const { return odd_; }  // the first thing that was, "" = none

 private:
  enum class State : std::uint8_t { kStatus, kFields, kDone };
  Result<void> take(std::string_view line, Response& response);
  Result<void> take_status(std::string_view line, Response& response);
  void take_field(std::string_view line, Response& response);
  void finish(bool whole, Response& response);
  void look_at(std::string_view name, std::string_view value);
  void look_at_length(std::string_view value);
  void look_at_codings(std::string_view value);
  void note(std::string_view what) {
    if (odd_.empty()) odd_ = what;
  }

  const std::size_t bytes_max_;
  std::string kept_;       // of a line that came in several portions
  std::size_t bytes_ = 0;  // of this head, and of interim ones before it
  State state_ = State::kStatus;
  bool last_taken_ = false;  // the field of the last line, which the next may continue
  bool http_1_0_ = false, says_close_ = false, says_keep_alive_ = false;
  bool chunked_ = false, unknown_coding_ = false, bad_length_ = false, whole_ = true;
  std::optional<std::uint64_t> length_;
  Framing framing_ = Framing::kToEnd;
  std::string_view odd_;  // a literal
};

}  // namespace fleethook::http
