// An integration: one definition with its product set, in one of three scopes, and its configuration as typed values.
// What users send is read, checked and normalised here (reference: Particle's webhook fields; aliases accepted), so
// everything behind sees one form.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/result.h"
#include "core/delivery_settings.h"
#include "core/ids.h"
#include "core/warning.h"
#include "json/value.h"

namespace fleethook::core {

class CompiledIntegration;  // core/compiled_integration.h

enum class Scope : std::uint8_t { kSandbox, kProduct, kOrganization };
enum class IntegrationType : std::uint8_t { kWebhook, kGoogleMaps, kGoogleCloudPubSub, kAzureIotHub };
std::string_view to_text(IntegrationType type);  // "Webhook", ...
enum class RequestType : std::uint8_t { kGet, kPost, kPut, kDelete };
std::string_view to_text(RequestType type);  // "GET", ...
enum class DeliveryPolicy : std::uint8_t { kDurable, kParticle };
std::string_view to_text(DeliveryPolicy policy);  // "durable", "particle"

// The settings. Members stand for the wire fields of the same name; nullopt = not set (its default applies).
struct IntegrationConfig {
  IntegrationType type = IntegrationType::kWebhook;
  std::optional<std::string> name;  // nullopt: the computed default name
  std::string event;                // prefix, 1..64 bytes
  bool disabled = false;
  std::optional<DeviceId> device;  // sandbox only
  DeliveryPolicy policy = DeliveryPolicy::kDurable;

  std::string url;  // template
  RequestType request_type = RequestType::kPost;
  std::optional<json::Value> json;   // object, or string (a template that may be no JSON before it is rendered)
  std::optional<json::Object> form;  // values are strings
  std::optional<std::string> body;
  json::Object query;    // values are strings
  json::Object headers;  // values are strings
  // By OAuth 2 client credentials (core/oauth2.h). No templates: one token serves all events.
  struct OAuth2 {
    std::string token_url{}, client_id{};
    std::string client_secret{};       // name of a secret
    std::string scope{}, audience{};   // "" = not sent
    bool credentials_in_body = false;  // wire: client_auth, "body"; else "basic"
    bool operator==(const OAuth2&) const = default;
  };
  struct Auth {  // Basic by username and password, a bearer token, or tokens by OAuth 2; the first two are templates
    std::string username{}, password{};
    std::string bearer{};  // "" = Basic, or OAuth 2
    std::optional<OAuth2> oauth2{};
    bool operator==(const Auth&) const = default;
  };
  std::optional<Auth> auth;
  // Names of the secrets whose keys sign each request (core/signature.h), in the order of the signatures; empty = none.
  std::vector<std::string> signing;
  bool no_defaults = false;
  bool reject_unauthorized = true;
  std::optional<std::string> response_topic;  // nullopt = default of the scope; "" = no event
  std::optional<std::string> error_response_topic;
  std::optional<json::Value> response_template;  // string or object
  bool unchunked = false;
  bool data_url_response_event = false;
  std::optional<std::string> template_slug;  // wire: "template"
  json::Array parameters;                    // {"key","value"} or {"key","secret"}
  std::vector<std::string> secrets;          // names, sorted, unique
  DeliverySettings delivery;                 // flat on the wire: timeout, redirects, ...

  bool operator==(const IntegrationConfig&) const = default;
};

// How a body is read over what is there (A40, A41 of the reference).
enum class EditMode : std::uint8_t {
  kCreate,   // absent = default
  kReplace,  // PUT: absent = default, except event, name and required fields, which keep their value
  kMerge,    // PATCH, separate: absent = unchanged, null = default
};

// What reading may ask for, and where it leaves what it noticed.
struct ReadHelp {
  std::vector<Warning>* warnings = nullptr;  // nullptr: nobody wants to know
  // The device of a name, in the sandbox. The error's message says what was expected. Empty: names are no filter here.
  std::function<Result<DeviceId>(std::string_view name)> device_named;
  // Whether an id or slug is that of the product which the path names. Empty: it names none.
  std::function<bool(std::string_view product)> is_own_product;
  // Finds what is wrong with what was read and cannot be seen here (names of secrets), so that all is told at once.
  std::function<void(const IntegrationConfig& read, std::vector<Violation>& violations)> check_more;
};

// Reads a request body. `base` is the current configuration (kReplace, kMerge), nullptr on create. `webhooks_path`: the
// route was /webhooks (type Webhook only, and the default). Checks all: types, limits, exclusions (json/form/body),
// templates (line and column), URL scheme when the URL has no tag before its path, device filter outside the sandbox,
// topics, header names. All violations are collected in Error::violations; a field is named by its documented name and
// path ("json.a.b"). Case, _ and - in names of members do not count. Of two spellings of one member the documented one
// counts, and there is a warning. A merge goes into query, form, headers and auth member by member, where null takes
// one away; everything else is replaced. What is a credential or a filter and is not known is refused. Read-only
// members are ignored, unknown ones too, with a warning. What equals a default (computed name, topics) is not kept, nor
// is a name that equals the one computed for `base`, so that an answer with one changed member can be sent back.
// Numbers and booleans in form, query and headers become text; null members there are dropped.
Result<IntegrationConfig> read_config(const json::Object& body,
                                      EditMode mode,
                                      const IntegrationConfig* base,
                                      Scope scope,
                                      bool webhooks_path,
                                      const Limits& limits = {},
                                      const ReadHelp& help = {});

// The stored form: only what differs from the defaults (the canonical form of A52) with sorted keys; the objects inside
// keep their order, since it is the order of form fields and JSON members on the wire. read_stored(stored_form(c)) ==
// c. Templates are not compiled again by read_stored; its errors are kCorrupt.
json::Object stored_form(const IntegrationConfig& config, Scope scope);
Result<IntegrationConfig> read_stored(const json::Object& stored, Scope scope);
// The wire form for answers: all settings with their defaults filled in (name, topics, requestType, booleans),
// documented names.
json::Object wire_form(const IntegrationConfig& config, Scope scope);
// Two integrations of an organization are identical when these are equal: digest of the canonical form, all keys
// sorted.
crypto::Digest fingerprint(const IntegrationConfig& config, Scope scope);
// "<event> for <host>", and for the other types as documented.
std::string default_name(const IntegrationConfig& config);
// Defaults of the topics: with the device-id prefix outside the sandbox.
std::string response_topic(const IntegrationConfig& config, Scope scope);
std::string error_response_topic(const IntegrationConfig& config, Scope scope);

// The fields in which two configurations differ, as {field: {"from", "to"}} in the order of wire_form(), with paths
// into objects ("headers.X-Key"). Empty when they are identical. A computed name is no field.
json::Object config_diff(const IntegrationConfig& from, const IntegrationConfig& to, Scope scope);

// What one product sets differently on an integration that it shares, without separating: any of url, headers, auth,
// signing, disabled, policy, and some of how it is delivered. Headers are set one by one, and null takes one away;
// everything else is replaced. Reads what was sent, checks it together with `config`, and gives its normalised form:
// what changes nothing is not kept. Other members are kInvalid: they need a separation. A null member is no override.
Result<json::Object> read_override(const json::Object& sent,
                                   const IntegrationConfig& config,
                                   Scope scope,
                                   const Limits& limits = {});
// `config` with a normalised override over it.
IntegrationConfig with_override(IntegrationConfig config, const json::Object& override_settings);

struct Override {
  ProductId product;
  json::Object settings;  // normalised, not empty
  bool operator==(const Override&) const = default;
};

// A configuration that some products of an integration try before the others get it.
struct Staged {
  std::uint32_t version = 0;
  IntegrationConfig config;
  std::vector<ProductId> products;  // ascending; some of the integration's, at least one
  Instant since{};
  UserId by;
  // It is discarded by itself when, of at least `outcomes_min` outcomes of it, more than this share was no success.
  std::optional<std::uint32_t> error_percent_max;
  std::uint32_t outcomes_min = 20;
};

struct Integration;
using IntegrationPtr = std::shared_ptr<const Integration>;

// One integration as the catalog holds it. Immutable once settled; shared.
struct Integration {
  IntegrationId id;
  IntegrationNumber number;
  Scope scope = Scope::kSandbox;  // kOrganization when its products belong to an organization (also with one product)
  UserId user;                    // sandbox owner, or owner of the product when there is no organization
  OrganizationId organization;
  std::vector<ProductId> products;  // ascending; empty only in the sandbox
  std::uint32_t version = 1;        // of the configuration, product set and overrides; the current one
  std::uint32_t last_version = 1;   // the highest number given so far: a staged version has one too
  Instant created_at{};
  Instant updated_at{};
  UserId created_by;
  IntegrationConfig config;
  std::vector<Override> overrides;       // ascending by product; only products that have one
  std::shared_ptr<const Staged> staged;  // nullptr: nothing is tried
  IntegrationId separated_from;          // none: made on its own
  IntegrationId merged_into;             // none: alive. Else it fires no more, and only its past is shown
  Instant closed_at{};                   // when it was merged
  crypto::Digest fingerprint{};          // of the configuration; in an organization only

  bool shared() const { return products.size() > 1; }
  bool on(ProductId product) const;
  const Override* override_on(ProductId product) const;  // nullptr: none

  // Once, when all fields are set and before it is shared: makes the fingerprint (unless one is given that was made
  // of the same configuration) and the variants of the products that differ.
  void settle(const crypto::Digest* known_fingerprint = nullptr);
  // As `integration` runs on `product`: itself, or its variant there. A variant has the effective configuration (that
  // of the staged version where it is tried, with the product's override over it) and the version of that
  // configuration; all else is the same.
  static const IntegrationPtr& running_on(const IntegrationPtr& integration, ProductId product);

  // Templates compiled on the first call, then kept; thread-safe. nullptr only if the stored configuration no longer
  // compiles (then logged by the caller as corrupt).
  std::shared_ptr<const CompiledIntegration> compiled() const;

  Integration() = default;
  Integration(const Integration& other);  // values only: neither the compiled form nor variants
  Integration& operator=(const Integration& other);
  ~Integration();

 private:
  using Compiled = std::shared_ptr<const CompiledIntegration>;
  // Set once, never changed while shared: readers pay one load, not the lock of an atomic shared_ptr.
  mutable std::atomic<const Compiled*> compiled_ = nullptr;
  std::vector<std::pair<ProductId, IntegrationPtr>> variants_;  // ascending by product
};

}  // namespace fleethook::core
