// Bodies about people: users, their tokens and sessions, organizations, teams, and what belongs to an organization
// beside its fleet (secrets, the audit log).
#include "api/permissions.h"
#include "api/schema.h"

namespace fleethook::api::schema {
namespace {

// --- users, tokens, sessions

Schema user() {
  return object({
      {"id", text()},
      {"username", text().says("an email address")},
      {"subscription_ids", list(text())},
      {"account_info", any_object()},
      {"scim_provisioned", boolean()},
      {"no_password", boolean()},
      {"mfa", object({{"enabled", boolean()}})},
      {"memberships", list(anything())},
      {"wifi_device_count", integer()},
      {"cellular_device_count", integer()},
  });
}

Schema session() {
  return object({
      {"user",
       object({{"id", text()}, {"username", text()}, {"name", text().nullable()}, {"administrator", boolean()}})},
      {"csrf", text().nullable().says("sent as X-CSRF-Token with what changes something; null: by bearer token")},
      {"expires_at", time().nullable()},
      {"idle_expires_at", time().nullable()},
      {"version", text().says("of the server")},
      {"permissions", list(named("SessionPermission"))},
      {"organizations", list(named("SessionOrganization"))},
      {"products", list(named("SessionProduct")).says("owned by oneself, or reached through their own teams")},
  });
}

Schemas session_schemas() {
  return {
      {"Credentials", object({{"username", text()}, {"password", text()}})},
      {"Session", session()},
      {"SessionPermission", object({
                                {"name", text()},
                                {"role", named("RoleName").nullable().says("the lowest that may; null: everybody")},
                                {"of_owner", boolean().says("on what owns the product: its team does not count")},
                                {"for_oneself", boolean().says("everybody may for oneself")},
                                {"of_installation", boolean().says("administrators of the installation only")},
                                {"sentence", text()},
                            })},
      {"SessionOrganization", object({
                                  {"id", text()},
                                  {"slug", text()},
                                  {"name", text()},
                                  {"plan", named("Plan")},
                                  {"role", named("RoleName").nullable()},
                                  {"group_identical", named("GroupIdentical")},
                              })},
      {"SessionProduct", object({
                             {"id", integer()},
                             {"slug", text()},
                             {"name", text()},
                             {"organization", text().nullable().says("slug; null: a user's own")},
                             {"role", named("RoleName").nullable()},
                         })},
  };
}

Schema access_token() {
  return object({
      {"id", text()},
      {"kind", one_of({"session", "token"})},
      {"client", text()},
      {"created_at", time()},
      {"expires_at", time().nullable()},
      {"last_used_at", time().nullable()},
      {"current", boolean()},
  });
}

Schema current_token() {
  return object({
      {"expires_at", time().nullable()},
      {"client", text()},
      {"client_id", text()},
      {"scopes", list(text())},
      {"orgs", list(object({{"id", text()}, {"slug", text()}}))},
  });
}

Schemas user_schemas() {
  return {
      {"TokenRequest", object({
                           {"grant_type", one_of({"password"})},
                           {"username", text()},
                           {"password", text()},
                           {"client_id", text().optional()},
                           {"client_secret", text().optional()},
                           {"expires_in", integer().optional().says("seconds; 0: never")},
                           {"expires_at", time().optional()},
                       })},
      {"Token", object({{"access_token", text()},
                        {"token_type", one_of({"bearer"})},
                        {"expires_in", integer().says("seconds; 0: never")}})},
      {"CurrentToken", current_token()},
      {"AccessTokens", object({{"tokens", list(named("AccessToken"))}})},
      {"AccessToken", access_token()},
      {"SignUp",
       object({{"username", text()}, {"password", text()}, {"account_info", any_object().nullable().optional()}})},
      {"SignedUp", object({{"ok", always(true)}, {"id", text()}, {"username", text()}})},
      {"User", user()},
      {"UserChange",
       object({
           {"account_info", any_object().nullable().optional()},
           {"username", text().optional()},
           {"password", text().optional()},
           {"current_password", text().optional().says("with username or password")},
           {"invalidate_tokens", boolean().optional().says("ends all tokens and sessions, that in use too")},
           {"keep_tokens", boolean().optional().says("true: a new password ends sessions only; without "
                                                     "it all other tokens too")},
       })},
      {"UserChanged", object({
                          {"ok", always(true)},
                          {"message", text()},
                          {"csrf", text().optional().says("of the session that took the place of the one in use")},
                      })},
      {"CurrentPassword", object({{"password", text()}})},
      {"Identity", object({{"id", text()}, {"email", text()}})},
  };
}

// --- organizations and teams

Schema organization() {
  return object({
      {"id", text()},
      {"slug", text()},
      {"name", text()},
      {"plan", named("Plan")},
      {"group_identical", named("GroupIdentical")},
  });
}

Schema team_member() {
  return object({
      {"_id", text()},
      {"username", text()},
      {"role", named("Role")},
      {"no_mfa", boolean()},
      {"scim_provisioned", boolean()},
      {"no_password", boolean()},
      {"invite_pending", always(true).optional().says("not a member yet: an invitation that waits, and _id is its id")},
      {"invited_by", text().optional()},
      {"invited_at", time().optional()},
      {"expires_at", time().optional().says("of the invitation")},
  });
}

Schema invitation() {
  const auto place = [](Schema id) { return object({{"id", id}, {"slug", text()}, {"name", text()}}).nullable(); };
  return object({
      {"id", text()},
      {"organization", place(text())},
      {"product", place(integer()).says("an invitation to the team of this product alone")},
      {"role", named("Role")},
      {"invited_by", text()},
      {"invited_at", time()},
      {"expires_at", time()},
      {"needs_code", boolean().says("accepting takes the code that the inviter got")},
  });
}

Schema api_user() {
  return object({
      {"username", text()},
      {"friendly_name", text()},
      {"scopes", list(named("ApiScope"))},
      {"is_programmatic", always(true)},
      {"product_id", integer().optional().says("of a product; absent: of an organization")},
      {"tokens", list(object({{"token", text()}})).optional().says("once, when it is new")},
  });
}

Schemas organization_schemas() {
  return {
      {"Plan", one_of({"free", "basic", "plus", "enterprise"})},
      {"GroupIdentical", one_of({"auto", "suggest", "off"})},
      {"Organization", organization()},
      {"Organizations", object({{"organizations", list(named("Organization"))}})},
      {"OrganizationAnswer", object({{"ok", always(true).optional()}, {"organization", named("Organization")}})},
      {"OrganizationNew", object({{"name", text()}, {"slug", text().optional()}, {"plan", named("Plan").optional()}})},
      {"OrganizationChange", object({
                                 {"name", text().optional()},
                                 {"group_identical", named("GroupIdentical").optional()},
                                 {"plan", named("Plan").optional().says("by administrators of the installation")},
                             })},
      {"RoleName", one_of({"View-only", "Support", "Developer", "Administrator", "Owner"})},
      {"Role", object({{"id", text()}, {"name", named("RoleName")}})},
      {"ApiScope", one_of(known_scopes())},
      {"Team", object({{"ok", always(true)}, {"team", list(either({named("TeamMember"), named("ApiUser")}))}})},
      {"TeamMember", team_member()},
      {"ApiUser", api_user()},
      {"TeamAdd", object({
                      {"username", text().optional().says("whom to invite, with an account or without")},
                      {"role", named("RoleName").optional()},
                      {"friendly_name", text().optional().says("with scopes: makes an API user")},
                      {"scopes", list(named("ApiScope")).optional()},
                  })},
      {"TeamAdded", object({
                        {"ok", always(true)},
                        {"invited", named("Invited").optional()},
                        {"created", named("ApiUser").optional()},
                    })},
      {"Invited", object({
                      {"username", text()},
                      {"role", named("Role")},
                      {"id", text()},
                      {"code", text().says("once: to pass on to whom it is for, who needs it to accept")},
                      {"expires_at", time()},
                  })},
      {"InvitationRenewal", object({{"role", named("RoleName").optional()}})},
      {"Invitation", invitation()},
      {"Invitations", object({{"invitations", list(named("Invitation"))}})},
      {"InvitationAcceptance", object({{"code", text().optional().says("where needs_code says so")}})},
      {"InvitationAccepted", object({{"ok", always(true)}, {"accepted", named("Invitation")}})},
      {"TeamChange", object({
                         {"role", named("RoleName").optional()},
                         {"friendly_name", text().optional()},
                         {"scopes", list(named("ApiScope")).optional()},
                     })},
      {"TeamChanged",
       object({
           {"ok", always(true)},
           {"updated", either({object({{"username", text()}, {"role", named("Role")}}), named("ApiUser")})},
       })},
      {"ApiUserChanged", object({{"ok", always(true)}, {"updated", named("ApiUser")}})},
  };
}

// --- secrets, audit

Schema secret_products() {
  return list(either({integer(), text()}))
      .nullable()
      .optional()
      .says(
          "ids or slugs: in whose integrations it may be used; null = in all, and only the owner's whole team decides "
          "where it goes");
}

Schema secret_hosts() {
  return list(text()).nullable().optional().says(
      "that it may be sent to: api.example.com, *.example.com, each with or without :port; null = any");
}

Schemas secret_schemas() {
  return {
      {"Secrets", object({{"secrets", list(named("Secret"))}})},
      {"SecretAnswer",
       object({{"secret", named("Secret")},
               {"warnings", list(named("Warning"))
                                .optional()
                                .says("after a change: integrations that use it where its lists do not let them")}})},
      {"Secret",
       object({
           {"name", text()},
           {"created_at", time()},
           {"updated_at", time()},
           {"last_accessed_at", time().nullable()},
           {"products", list(integer()).nullable().says("in whose integrations it may be used; null = in all, "
                                                        "and only the owner's whole team decides where it goes")},
           {"hosts", list(text()).nullable().says("that it may be sent to; null = any")},
           {"integrations", list(named("IntegrationName"))},
           {"logic_functions", list(anything())},
       })},
      {"SecretNew", object({{"name", text()},
                            {"value", text().says("never shown again")},
                            {"products", secret_products()},
                            {"hosts", secret_hosts()}})},
      {"SecretChange", object({{"name", text().optional()},
                               {"value", text().optional().says("never shown again; absent = it stays")},
                               {"products", secret_products()},
                               {"hosts", secret_hosts()}})},
  };
}

Schemas audit_schemas() {
  return {
      {"Audit", object({{"audit", list(named("AuditEntry"))},
                        {"next_before", integer().optional().says("there may be older ones: ask with ?before=")}})},
      {"AuditEntry", object({
                         {"number", integer()},
                         {"time", time()},
                         {"by", object({{"id", text().nullable()}, {"username", text()}})},
                         {"action", text().says("such as integration.edited")},
                         {"target", text().says("its id")},
                         {"target_name", text()},
                         {"product_ids", list(integer())},
                         {"more_products", integer().optional().says("how many the caller does not see")},
                         {"changes", named("Differences")},
                     })},
  };
}

}  // namespace

Schemas people_schemas() {
  Schemas all;
  for (Schemas part : {user_schemas(), session_schemas(), organization_schemas(), secret_schemas(), audit_schemas()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace fleethook::api::schema
