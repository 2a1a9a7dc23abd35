// Who used a secret, for the audit: a value may be sent by whoever may select it, so that is written down.
#pragma once
#include "api/call.h"
#include "api/services.h"
#include "core/integration.h"

namespace fleethook::api {

// Entries "secret.tested" for what `integration` (as it runs on `product`) sends in a test. API pool only.
Result<void> audit_test(Services& services,
                        const Call& call,
                        const core::Integration& integration,
                        core::ProductId product);
// Entries "secret.previewed" for secrets in settings that are not saved. A form asks at every stroke: of one person,
// one integration and one secret one entry is written in an hour. `saved`: the integration is there already.
Result<void> audit_preview(Services& services, const Call& call, const core::Integration& integration, bool saved);

}  // namespace fleethook::api
