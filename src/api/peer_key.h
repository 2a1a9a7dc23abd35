// Under what name an address is counted.
#pragma once
#include <string>
#include <string_view>

namespace fleethook::api {

// The address itself; of IPv6 its network of 64 bits ("2001:db8:0:1::/64"), since whoever has one address of such a
// network has them all. What is no address is taken as it is.
std::string peer_key(std::string_view address);

}  // namespace fleethook::api
