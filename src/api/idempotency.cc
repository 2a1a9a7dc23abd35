#include "api/idempotency.h"

#include <algorithm>
#include <string>
#include <utility>

#include "api/answers.h"

namespace fleethook::api {
namespace {

http::Response refusal(int status, std::string message, std::string code) {
  Error error = Error::field(std::string(kIdempotencyKey), std::move(message));
  error.fault = Fault::kConflict;
  error.code = std::move(code);
  http::Response response = error_answer(error);
  response.status = status;
  return response;
}

std::string_view bytes_of(const core::UserId& user) {
  return {reinterpret_cast<const char*>(user.bytes.data()), user.bytes.size()};
}

}  // namespace

Result<std::optional<queue::Note>> note_of(const Call& call, const Limits& limits, Moment now) {
  const http::Request& request = call.request;
  if (!request.headers.has(kIdempotencyKey)) return std::optional<queue::Note>();
  const std::string_view key = request.headers.get(kIdempotencyKey);
  const bool printable = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (key.empty() || key.size() > limits.idempotency_key_bytes_max || !printable) {
    return Error::field(
        std::string(kIdempotencyKey),
        "expected 1 to " + std::to_string(limits.idempotency_key_bytes_max) + " printable ASCII characters");
  }
  queue::Note note;
  note.key = crypto::digest(std::string(bytes_of(call.user->id)).append(key));
  // With the key in it, which is kept nowhere: a copy of the data is no help in guessing what a body held.
  note.request = crypto::digest(std::string(key)
                                    .append("\n")
                                    .append(request.method)
                                    .append("\n")
                                    .append(request.target)
                                    .append("\n")
                                    .append(request.headers.get("content-type"))
                                    .append("\n")
                                    .append(request.body));
  note.caller = call.user->id;
  note.at = now;
  note.until = now + limits.idempotency_kept;
  return std::optional(std::move(note));
}

http::Response answer_again(Services& services, const queue::Note& first, const queue::Note& again) {
  if (first.request != again.request) {
    return refusal(422, "this key came with another request before; send each request with a key of its own",
                   "idempotency_key_reused");
  }
  if (first.status == 0) {
    return refusal(
        409,
        "the first request with this key was carried out, and its answer is not there: it held a token, or the "
        "server ended before it was kept; look at what there is",
        "idempotency_answer_lost");
  }
  services.metrics
      .counter("fleethook_requests_replayed_total", "Requests with a known Idempotency-Key that got the first answer.",
               {})
      .add(1);
  http::Response response = http::Response::json(first.status, first.answer);
  say_loop(response);
  response.headers.set(kIdempotencyReplayed, "true");
  response.headers.set("Access-Control-Expose-Headers", kIdempotencyReplayed);
  return response;
}

http::Response run_once(PoolHandler handler, Services& services, Call& call) {
  auto note = note_of(call, services.limits, services.queue.timeline().sure());
  if (!note.ok()) return error_answer(note.error());
  if (!*note) return run(handler, services, call);
  http::Response response;
  const auto earlier = services.notes.run(**note, [&] {
    response = run(handler, services, call);
    // Tokens are kept nowhere: that it was done is known then, its answer not.
    if (response.headers.get("Cache-Control") == "no-store") return queue::Notes::Answer{};
    return queue::Notes::Answer{response.status, std::string(response.content())};
  });
  if (!earlier.ok()) return error_answer(earlier.error());
  if (earlier->note) return answer_again(services, *earlier->note, **note);
  if (earlier->under_way) {
    http::Response busy =
        refusal(409, "a request with this key is being worked on; try again in a second", "idempotency_under_way");
    busy.headers.set("Retry-After", "1");
    return busy;
  }
  return response;
}

}  // namespace fleethook::api
