// The part of limits.h that is about guessing and hashing passwords and about signing up; a file of its own since only
// signing in needs it. An address is, with IPv6, a network of 64 bits.
#pragma once
#include <cstddef>
#include <cstdint>

namespace fleethook {

struct PasswordLimits {
  std::uint32_t failures_per_name_max = 20;              // wrong passwords for one name within Limits::login_lock
  std::size_t known_addresses_per_user_max = 8;          // where a user signed in; a lock of the name is not for them
  std::uint32_t sign_ups_per_hour_per_address_max = 20;  // the administrator's do not count
  std::uint32_t sign_ups_per_hour_max = 500;             // of the process
  std::size_t requests_waiting_max = 64;                 // for the threads that hash; of the process
  std::size_t requests_waiting_per_address_max = 8;
};

}  // namespace fleethook
