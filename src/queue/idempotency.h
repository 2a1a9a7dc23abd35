// What is kept of requests that carry an Idempotency-Key, so that one that is sent again does nothing a second time. A
// note is written in the transaction of what its request does: after a crash there are both or neither.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "base/moment.h"
#include "base/result.h"
#include "core/ids.h"

namespace fleethook::queue {

struct Note {
  crypto::Digest key{};      // of who calls, and the key that was sent
  crypto::Digest request{};  // of what was asked
  core::UserId caller;       // whose share of what is kept it counts to
  Moment at{}, until{};      // when it was made, and when it is forgotten: of Timeline::sure()
  int status = 0;            // of the answer; 0: it is not known, as when the process ended right after the change
  std::string answer;        // the body
  bool operator==(const Note&) const = default;
};

struct NoteLimits {
  std::uint64_t bytes_max = UINT64_MAX;  // of all notes: kNoteBytes each, and their answers
  std::uint64_t bytes_per_caller_max = UINT64_MAX;
};
inline constexpr std::uint64_t kNoteBytes = 128;

struct NoteStats {
  std::uint64_t notes = 0, bytes = 0;
};

// Notes of what is changed in the store; those of events are made by Log::append_once. Thread-safe.
class Notes {
 public:
  struct Answer {
    int status = 0;
    std::string text;
  };
  // Why `work` was not run; with neither it was.
  struct Earlier {
    bool under_way = false;    // another request with this key is being worked on
    std::optional<Note> note;  // it was run before
  };
  using OnDone = std::function<void(Result<void>)>;
  virtual ~Notes() = default;

  // Runs `work` on this thread, unless a note of the key is kept. The first change that it makes to the store takes the
  // note along in its transaction; the answer is added when there is one. Work that changes nothing leaves no note.
  // When no more can be kept the change fails with kOverloaded. Blocking.
  virtual Result<Earlier> run(Note note, const std::function<Answer()>& work) = 0;
  // Forgets those whose time is over at `now`, in small steps.
  virtual void forget(Moment now, OnDone done) = 0;
  virtual NoteStats stats() const = 0;
};

}  // namespace fleethook::queue
