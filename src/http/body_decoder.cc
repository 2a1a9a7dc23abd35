#include "http/body_decoder.h"

#include <algorithm>

#include "http/serialize.h"

namespace fleethook::http {
namespace {

Error bad_chunk(const char* what) {
  return Error{Fault::kInvalid, std::string("bad chunked body: ") + what};
}
Error too_large() {
  return Error{Fault::kTooLarge, "the body is too large", "body"};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 ? byte != 0x7f : c == '\t';
}

}  // namespace

void BodyDecoder::begin_length(std::uint64_t bytes) {
  state_ = bytes == 0 ? State::kDone : State::kLength;
  left_ = bytes;
  received_ = 0;
  odd_ = false;
}

void BodyDecoder::begin_chunked(std::size_t overhead_bytes_max, Manners manners) {
  manners_ = manners;
  odd_ = false;
  state_ = State::kSizeFirst;
  left_ = received_ = 0;
  overhead_left_ = overhead_bytes_max;
}

void BodyDecoder::begin_to_end_of_stream() {
  state_ = State::kToEnd;
  received_ = 0;
  odd_ = false;
}

std::size_t BodyDecoder::take(std::span<const char> bytes, std::size_t keep_bytes_max, std::string& body) {
  if (body.size() < keep_bytes_max) body.append(bytes.data(), std::min(bytes.size(), keep_bytes_max - body.size()));
  received_ += bytes.size();
  return bytes.size();
}

Result<std::size_t> BodyDecoder::feed(std::span<const char> bytes,
                                      std::uint64_t bytes_max,
                                      std::size_t keep_bytes_max,
                                      std::string& body) {
  if (state_ == State::kLength && left_ + received_ > bytes_max) return too_large();
  std::size_t eaten = 0;
  while (eaten < bytes.size() && state_ != State::kDone) {
    const auto rest = bytes.subspan(eaten);
    if (state_ == State::kToEnd) {
      if (rest.size() > bytes_max - std::min(bytes_max, received_)) return too_large();
      eaten += take(rest, keep_bytes_max, body);
    } else if (state_ == State::kLength || state_ == State::kData) {
      const std::size_t size =
          take(rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()))), keep_bytes_max, body);
      eaten += size;
      left_ -= size;
      if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kDataCr;
    } else {
      if (auto error = step(rest.front(), bytes_max)) return std::move(*error);
      ++eaten;
    }
  }
  return eaten;
}

// Asked where something is not as it should be: whether it is to be understood all the same.
bool BodyDecoder::lenient() {
  odd_ = manners_ == Manners::kLenient;
  return odd_;
}

std::optional<Error> BodyDecoder::step(char c, std::uint64_t bytes_max) {
  switch (state_) {
    case State::kDataCr:
      if (c == '\n' && lenient()) {
        state_ = State::kSizeFirst;
        return std::nullopt;
      }
      if (c != '\r') return bad_chunk("a chunk is not followed by CRLF");
      state_ = State::kDataLf;
      return std::nullopt;
    case State::kDataLf:
      if (c != '\n') return bad_chunk("a chunk is not followed by CRLF");
      state_ = State::kSizeFirst;
      return std::nullopt;
    case State::kTrailerFirst:
    case State::kTrailer:
    case State::kTrailerLf:
    case State::kEndLf:
      return trailer_step(c);
    default:
      return size_step(c, bytes_max);
  }
}

std::optional<Error> BodyDecoder::size_step(char c, std::uint64_t bytes_max) {
  const bool bare_lf = c == '\n' && state_ != State::kSizeLf && state_ != State::kSizeFirst && lenient();
  if (state_ == State::kSizeLf || bare_lf) {
    if (c != '\n') return bad_chunk("a chunk size is not followed by CRLF");
    state_ = left_ == 0 ? State::kTrailerFirst : State::kData;
    return left_ > bytes_max - std::min(bytes_max, received_) ? std::optional(too_large()) : std::nullopt;
  }
  // Leading zeros count as overhead too, so that no size line is endless.
  if (overhead_left_-- == 0) return Error{Fault::kTooLarge, "the chunk extensions are too large", "headers"};
  if (state_ == State::kSizeFirst || state_ == State::kSize) {
    if (const int digit = hex_value(c); digit >= 0) {
      if (left_ > (kUnlimited >> 4)) return bad_chunk("a chunk size is out of range");
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
      // A digit is paid back unless it is a leading zero: many small chunks are no overhead to complain about.
      if (left_ != 0 || state_ == State::kSizeFirst) ++overhead_left_;
      state_ = State::kSize;
      return std::nullopt;
    }
    if (state_ == State::kSizeFirst) {
      if (c == ' ' && lenient()) return std::nullopt;
      return bad_chunk("a chunk size is not hexadecimal");
    }
  }
  if (c == '\r' && (state_ != State::kSizeSpace || lenient())) {
    ++overhead_left_;
    state_ = State::kSizeLf;
  } else if (state_ == State::kExtension) {
    if (!is_text(c) && !lenient()) return bad_chunk("a control character in a chunk extension");
  } else if (c == ';') {
    state_ = State::kExtension;
  } else if (c == ' ' || c == '\t') {
    state_ = State::kSizeSpace;
  } else {
    return bad_chunk("text after a chunk size");
  }
  return std::nullopt;
}

std::optional<Error> BodyDecoder::trailer_step(char c) {
  if (c == '\n' && (state_ == State::kTrailerFirst || state_ == State::kTrailer) && lenient()) {
    state_ = state_ == State::kTrailerFirst ? State::kDone : State::kTrailerFirst;
    return std::nullopt;
  }
  if (state_ == State::kTrailerLf || state_ == State::kEndLf) {
    if (c != '\n') return bad_chunk("a trailer line does not end in CRLF");
    state_ = state_ == State::kEndLf ? State::kDone : State::kTrailerFirst;
    return std::nullopt;
  }
  if (c == '\r') {
    state_ = state_ == State::kTrailerFirst ? State::kEndLf : State::kTrailerLf;
    return std::nullopt;
  }
  if (overhead_left_-- == 0) return Error{Fault::kTooLarge, "the trailers are too large", "headers"};
  const bool good = state_ == State::kTrailerFirst ? is_header_name({&c, 1}) : is_text(c);
  if (!good && !lenient()) return bad_chunk("a bad trailer line");
  state_ = State::kTrailer;
  return std::nullopt;
}

}  // namespace fleethook::http
