// How dead letters are shown.
#pragma once
#include <map>
#include <utility>

#include "api/call.h"
#include "core/integration.h"
#include "json/value.h"
#include "store/dead_letters.h"

namespace fleethook::api {

// Of one answer: names the integrations of its letters, deleted ones too, and remembers them. API pool only.
class DeadLetterView {
 public:
  DeadLetterView(Services& services, const Call& call) : services_(services), call_(call) {}
  // `data`: with the event's data; else only its size.
  json::Object show(const store::DeadLetter& letter, bool data);

 private:
  json::Value integration_of(const store::DeadLetter& letter);

  Services& services_;
  const Call& call_;
  std::map<core::IntegrationNumber, core::IntegrationPtr> gone_;  // read from versions; null: nothing is known
};

}  // namespace fleethook::api
