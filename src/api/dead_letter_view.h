// How dead letters are shown.
#pragma once
#include "api/labels.h"
#include "json/value.h"
#include "store/dead_letters.h"

namespace fleethook::api {

// Of one answer: names the integrations of its letters, deleted ones too, and remembers them. API pool only.
class DeadLetterView {
 public:
  DeadLetterView(Services& services, const Call& call) : labels_(services, call) {}
  // `data`: with the event's data; else only its size.
  json::Object show(const store::DeadLetter& letter, bool data);

 private:
  Labels labels_;
};

}  // namespace fleethook::api
