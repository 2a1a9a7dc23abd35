// Settings of an integration as they are sent: read with what the place of the call knows, and everything that is wrong
// with them told at once.
#pragma once
#include <vector>

#include "api/integration_place.h"
#include "core/integration.h"
#include "core/warning.h"

namespace fleethook::api {

// For core::read_config(). Refers to the call and to `warnings`, which gets what is ignored.
core::ReadHelp read_help(const Place& place, const Call& call, std::vector<core::Warning>& warnings);

// Owner and products of a new integration, from the path and the body.
Result<sharing::Creation> creation_at(const Place& place, const Call& call, const json::Object& body);
// All of a creation. A refusal names all that is wrong: products, settings, and names of secrets and variables.
Result<sharing::Creation> read_creation(Services& services,
                                        const Place& place,
                                        const Call& call,
                                        const json::Object& body,
                                        std::vector<core::Warning>& warnings);

// What an edit makes of the product set: what was sent on an organization's path, else what is there.
Result<std::vector<core::ProductId>> edited_products(const json::Object& body,
                                                     const Place& place,
                                                     const core::Integration& current,
                                                     const store::Catalog& catalog);
// An edit was refused for `first`: the same with all else that is wrong with it.
Error all_wrong_with_edit(Services& services,
                          const Place& place,
                          const Call& call,
                          const json::Object& body,
                          core::EditMode mode,
                          const core::Integration& current,
                          Error first);

}  // namespace fleethook::api
