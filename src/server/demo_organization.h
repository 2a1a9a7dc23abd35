// What the demo sets up, over the REST API as a user would: the organization Polar Foods with something for every
// screen, a second organization, and a sandbox integration. Every name in it is fixed, so tests can rely on them.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/commands.h"
#include "server/demo_api.h"

namespace fleethook::server {

struct DemoProduct {
  std::uint64_t id = 0;
  std::string slug, name;
  std::vector<std::string> devices;  // ids
};

struct DemoUser {
  std::string username, password, role;
};

// Where the integrations send: the receiver that takes everything, and one that was closed and refuses everything.
struct DemoReceiverUrls {
  std::string open, closed;
};

struct DemoOrganization {
  std::string slug;
  std::vector<DemoProduct> products;
  std::vector<DemoUser> users;  // the owner first
  std::vector<std::pair<std::string, std::string>>
      integrations;        // name and id; the first one is shared by all products
  std::string other_slug;  // the second, small organization
  DemoProduct other_product;
  std::string sandbox_integration;

  const std::string& shared_integration() const { return integrations.front().second; }
};

Result<DemoOrganization> set_up_organization(const DemoApi& api,
                                             const Administrator& administrator,
                                             const DemoReceiverUrls& receivers);

}  // namespace fleethook::server
