#include "net/egress_judge.h"

#include <future>
#include <memory>

namespace fleethook::net {

std::optional<std::string> EgressJudge::refuses(const std::string& host, Duration longest) const {
  const auto answer = std::make_shared<std::promise<Result<std::vector<Address>>>>();
  auto addresses = answer->get_future();
  resolver_.resolve(host, loop_, [answer](Result<std::vector<Address>> found) { answer->set_value(std::move(found)); });
  if (addresses.wait_for(longest) != std::future_status::ready) return std::nullopt;
  const auto found = addresses.get();
  if (!found) return std::nullopt;
  std::optional<std::string> why;
  for (const Address& address : *found) {
    const auto range = policy_.refused_by(address);
    if (!range) return std::nullopt;  // one is enough
    if (!why) why = refusal(address, *range);
  }
  return why;
}

}  // namespace fleethook::net
