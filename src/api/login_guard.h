// Slows down guessing of passwords, and signing up: counted per address, per name, and for the process.
//
// A wrong password counts against the address that sent it and against the name that it was sent for, for login_lock. A
// right one forgives what the same address got wrong at the same name, and nothing else: so neither a login of one's
// own between guesses nor the owner's own sign-ins give a guesser new tries. Too many of an address lock the address.
// Too many at a name lock the name, but not for addresses that signed in under it before: guessing does not keep its
// owner out, from where it usually comes. Names that nobody has are counted alike. What is locked is refused before a
// hash is made; sessions and tokens that are open go on.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/rate_window.h"
#include "base/clock.h"
#include "base/limits.h"

namespace fleethook::api {

// Thread-safe. In memory only: a restart forgets everything. Addresses are taken as peer_key() gives them, names in
// lower case.
class LoginGuard {
 public:
  enum class Reason : std::uint8_t { kAddressAsksTooOften, kAddressLocked, kNameLocked };
  struct Refusal {
    Reason reason;
    Duration wait;  // more than zero
    bool operator==(const Refusal&) const = default;
  };
  LoginGuard(const Clock& clock, const Limits& limits, const PasswordLimits& passwords);

  // Before a password is looked at; counts the request. nullopt: go on.
  std::optional<Refusal> admit(std::string_view address, std::string_view name);
  struct Locked {
    bool address = false, name = false;
  };
  Locked failed(std::string_view address, std::string_view name);  // what this one locked
  void succeeded(std::string_view address, std::string_view name);

  struct SignUpRefusal {
    bool of_address = false;  // else of the whole process
    Duration wait;
  };
  std::optional<SignUpRefusal> admit_sign_up(std::string_view address);

 private:
  struct Failure {
    std::string other;  // the name, in the record of an address; the address, in that of a name
    Steady at{};
  };
  struct Record {
    std::vector<Failure> failures;  // the oldest first
    Steady locked_until{};
  };
  using Records = std::unordered_map<std::string, Record>;
  bool add_failure(Records& records, const std::string& key, std::string other, std::uint32_t max, Steady now) const;
  static void forgive(Records& records, const std::string& key, std::string_view other);
  void make_room(Records& records, Steady now) const;
  void know(const std::string& name, const std::string& address);
  bool knows(const std::string& name, std::string_view address) const;

  const Clock& clock_;
  const Limits limits_;
  const PasswordLimits passwords_;
  std::mutex mutex_;
  RateWindow requests_;
  Records addresses_, names_;
  // Where each user signed in, the latest last. Of users only, so there are no more of them than users.
  std::unordered_map<std::string, std::vector<std::string>> known_;
  RateWindow sign_ups_of_address_, sign_ups_;
};

}  // namespace fleethook::api
