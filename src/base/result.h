// How a function says that it could not do its job: a value, not an exception. Exceptions mean a bug or no memory.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"

namespace fleethook {

// A kind exists only if some caller acts differently on it. The HTTP status that api/ answers stands beside it.
enum class Fault : std::uint8_t {
  kInvalid,       // 400: the request is wrong; repeating it is useless
  kUnauthorized,  // 401: no valid token
  kForbidden,     // 403: known, but not allowed
  kNotFound,      // 404
  kConflict,      // 409: right request, wrong moment or state
  kTooLarge,      // 413
  kOverloaded,    // 429: slow down
  kUnavailable,   // 503: our side cannot now; nothing was done; try again later
  kCorrupt,       // 500: data on disk is not what it should be
};

// One field of a request that is wrong, and what was expected there.
struct Violation {
  std::string field;
  std::string message;
  bool operator==(const Violation&) const = default;
};

// `message` is a sentence for a person; `code` a stable machine word ("" = the default word of the fault).
struct Error {
  Fault fault = Fault::kInvalid;
  std::string message;
  std::string code{};
  std::vector<Violation> violations{};
  bool operator==(const Error&) const = default;

  // The usual way to refuse one field: the message names it.
  static Error field(std::string name, std::string expected) {
    Error error{Fault::kInvalid, name + ": " + expected};
    error.violations.push_back({std::move(name), std::move(expected)});
    return error;
  }
};

// Either a T or an Error. Discarding one warns. Asking for the wrong half is a bug and stops the process.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    FLEETHOOK_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    FLEETHOOK_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    FLEETHOOK_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& {
    FLEETHOOK_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    FLEETHOOK_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    FLEETHOOK_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    FLEETHOOK_ASSERT(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace fleethook

// FLEETHOOK_TRY(const auto x, expression): returns the error from the enclosing function, or names the value.
#define FLEETHOOK_TRY_JOIN2(a, b) a##b
#define FLEETHOOK_TRY_JOIN(a, b) FLEETHOOK_TRY_JOIN2(a, b)
#define FLEETHOOK_TRY(declaration, ...) \
  FLEETHOOK_TRY_IMPL(FLEETHOOK_TRY_JOIN(fh_try_, __LINE__), declaration, __VA_ARGS__)
#define FLEETHOOK_TRY_IMPL(name, declaration, ...) \
  auto name = (__VA_ARGS__);                       \
  if (!name.ok()) return std::move(name).error();  \
  declaration = std::move(name).value()
// The same for Result<void>. The counter keeps nested uses (in a lambda among the arguments) from shadowing each other.
#define FLEETHOOK_CHECK(...) FLEETHOOK_CHECK_IMPL(FLEETHOOK_TRY_JOIN(fh_check_, __COUNTER__), __VA_ARGS__)
#define FLEETHOOK_CHECK_IMPL(name, ...)                                        \
  do {                                                                         \
    if (auto name = (__VA_ARGS__); !name.ok()) return std::move(name).error(); \
  } while (false)
