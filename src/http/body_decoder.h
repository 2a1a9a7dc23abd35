// The body of a message from bytes: by length, in chunks (RFC 9112 7.1), or to the end of the stream. Used by the
// parsers.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fleethook::http {

// How chunks are read. Lenient: of answers, where bare LF and white space are understood and trailers are not looked
// at.
enum class Manners : std::uint8_t { kStrict, kLenient };

// Not thread-safe. Reusable: begin_*() starts the next body. Chunks are decoded here and not by Beast, whose parser
// keeps whole chunk headers and trailers of any size in one buffer and asserts when a last chunk comes byte by byte.
class BodyDecoder {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  void begin_length(std::uint64_t bytes);  // 0: there is no body
  // Chunk extensions and trailers are dropped; they may take `overhead_bytes_max` in all.
  void begin_chunked(std::size_t overhead_bytes_max, Manners manners = Manners::kStrict);
  void begin_to_end_of_stream();

  // Eats what belongs to the body and returns how much. Appends it to `body` while that is shorter than
  // `keep_bytes_max`, the rest is dropped. A body that is longer than `bytes_max` (as announced, or as far as come) is
  // kTooLarge "body".
  Result<std::size_t> feed(std::span<const char> bytes,
                           std::uint64_t bytes_max,
                           std::size_t keep_bytes_max,
                           std::string& body);
  bool done() const { return state_ == State::kDone; }
  bool to_end_of_stream() const { return state_ == State::kToEnd; }
  bool at_trailers() const { return state_ >= State::kTrailerFirst; }  // all of a chunked body has come
  bool was_odd() const { return odd_; }              // lenient: the chunks were not written as they should be
  std::uint64_t bytes() const { return received_; }  // of the body itself, so far
  // What is to come of it; nullopt when only its end will tell.
  std::optional<std::uint64_t> bytes_left() const {
    if (state_ != State::kLength && state_ != State::kDone) return std::nullopt;
    return state_ == State::kDone ? 0 : left_;
  }
  void end_of_stream() { state_ = State::kDone; }  // only if to_end_of_stream()

 private:
  enum class State : std::uint8_t {
    kDone,
    kLength,
    kToEnd,
    // The rest is one state per place in a chunked body.
    kSizeFirst,  // at least one digit
    kSize,
    kSizeSpace,  // white space after the size: only an extension may follow
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerFirst,  // at the start of a line after the last chunk
    kTrailer,
    kTrailerLf,
    kEndLf,
  };

  std::size_t take(std::span<const char> bytes, std::size_t keep_bytes_max, std::string& body);
  bool lenient();
  std::optional<Error> step(char c, std::uint64_t bytes_max);
  std::optional<Error> size_step(char c, std::uint64_t bytes_max);
  std::optional<Error> trailer_step(char c);

  State state_ = State::kDone;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t received_ = 0;
  std::size_t overhead_left_ = 0;
  Manners manners_ = Manners::kStrict;
  bool odd_ = false;
};

}  // namespace fleethook::http
