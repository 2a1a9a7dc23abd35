// The header Idempotency-Key: a request that is sent again with the same key does nothing a second time, and gets the
// first answer. Routes that make something say so in their row (`Route::takes_key`).
#pragma once
#include <optional>
#include <string_view>

#include "api/call.h"
#include "api/router.h"
#include "base/limits.h"
#include "queue/idempotency.h"

namespace fleethook::api {

inline constexpr std::string_view kIdempotencyKey = "Idempotency-Key";
inline constexpr std::string_view kIdempotencyReplayed = "Idempotency-Replayed";

// What is kept of a request, still without its answer; nullopt when it carries no key. kInvalid, naming the header,
// unless the key has 1 to Limits::idempotency_key_bytes_max printable characters.
Result<std::optional<queue::Note>> note_of(const Call& call, const Limits& limits, Moment now);
// To a request whose key is known: the first answer again; 422 when the key came with another request; 409 when the
// first answer is lost.
http::Response answer_again(Services& services, const queue::Note& first, const queue::Note& again);
// On the pool: the handler's answer, or what the key says.
http::Response run_once(PoolHandler handler, Services& services, Call& call);

}  // namespace fleethook::api
