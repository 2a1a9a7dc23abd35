// Routes as data: method, pattern, the permission it needs, where it runs. /openapi.json is written from the same
// table, so it cannot lie.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/permissions.h"
#include "api/services.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "http/server_connection.h"

namespace fleethook::api {

// A plain function from request to answer. An Error becomes the house's error answer. Where it runs is the route's
// word.
using PoolHandler = Result<http::Response> (*)(Services&, Call&);
// On the connection's loop: must not block; answers when it is ready.
using LoopHandler = void (*)(Services&, LoopServices&, Call, std::shared_ptr<http::Responder>);
// Calls a handler and makes an answer of whatever comes of it, an exception too.
http::Response run(PoolHandler handler, Services& services, Call& call);

// What a path begins with: "/v1/orgs/:organization", "/v1/products/:product", or neither, which is the caller's own.
enum class PathBase : std::uint8_t { kOwn, kProduct, kOrganization };

struct QueryParameter {
  std::string_view name;
  std::string_view type;  // "string", "integer" or "boolean"
  std::string_view description;
};

struct Route {
  std::string_view method;
  // "/v1/products/:product/integrations/:id"; a last segment "*name" takes the rest of the path, empty included, joined
  // by '/'.
  std::string_view pattern;
  Permission permission;  // asked before the handler runs, on what :organization and :product name
  // Exactly one of the four is set.
  PoolHandler on_pool = nullptr;           // may block on the store
  PoolHandler on_password_pool = nullptr;  // hashes a password, tens of milliseconds: nothing else may wait for it
  PoolHandler at_once = nullptr;           // on the loop: a few microseconds, from memory, waiting for nobody
  LoopHandler on_loop = nullptr;
  std::string_view summary;  // one sentence for /openapi.json
  // Schemas of the body that it takes and of its answer, by name; "" = none. An answer that is no JSON has its media
  // type here ("text/event-stream").
  std::string_view request = {};
  std::string_view response = {};
  std::vector<QueryParameter> query = {};
  std::string_view request_type = "application/json";  // of the body, as /openapi.json shows it
  std::size_t Limits::*body_bytes_max = &Limits::request_body_bytes_max;
  bool takes_key = false;   // an Idempotency-Key: it makes something, and would make another one the second time
  bool reads_hops = false;  // the header fleethook-hops: what it does makes events, or sends requests that may
  bool webhooks = false;    // of the integrations it sees only those of type Webhook

  // What Router works out from the pattern.
  PathBase base = PathBase::kOwn;
  std::vector<std::string_view> names = {};  // of its parameters, in order
};

// Immutable after construction; safe from any thread.
class Router {
 public:
  explicit Router(std::vector<Route> routes);
  ~Router();

  struct Match {
    const Route* route = nullptr;  // null: 404, or 405 when `path_known`
    bool path_known = false;
    std::string allowed;  // for 405: "GET, POST"
    std::vector<std::string> parameters;
  };
  // `path` without query; one trailing slash is ignored; segments are percent-decoded after splitting ('+' stays '+').
  // HEAD finds GET.
  Match match(std::string_view method, std::string_view path) const;
  std::span<const Route> routes() const;

 private:
  struct Node;
  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

// Each resource's file gives its part of the table.
std::vector<Route> session_routes();  // signing in from a browser
std::vector<Route> token_routes();
std::vector<Route> user_routes();
std::vector<Route> organization_routes();
std::vector<Route> team_routes();
std::vector<Route> invitation_routes();  // to teams
std::vector<Route> product_routes();
std::vector<Route> device_routes();
std::vector<Route> group_routes();  // of devices
std::vector<Route> event_routes();
std::vector<Route> stream_routes();
std::vector<Route> integration_routes();
std::vector<Route> counter_routes();  // of all integrations of a list
std::vector<Route> integration_test_routes();
std::vector<Route> sharing_routes();  // separate, merge, override, stage, promote, discard
std::vector<Route> version_routes();
std::vector<Route> preview_routes();  // preview, explain
std::vector<Route> product_move_routes();
std::vector<Route> audit_routes();
std::vector<Route> event_log_routes();  // what is kept, and what became of it
std::vector<Route> attempt_routes();
std::vector<Route> dead_letter_routes();
std::vector<Route> replay_routes();
std::vector<Route> pause_routes();
std::vector<Route> waiting_routes();  // what people do with deliveries that wait
std::vector<Route> health_routes();   // how integrations fare, and outages
std::vector<Route> destination_routes();
std::vector<Route> metrics_routes();  // of integrations over time
std::vector<Route> secret_routes();
std::vector<Route> variable_routes();
std::vector<Route> instance_routes();        // /healthz, /readyz, /metrics, /openapi.json, /
std::vector<Route> administration_routes();  // of the installation
std::vector<Route> all_routes();
// Not part of all_routes(): what is served where metrics have a listener of their own.
std::vector<Route> metrics_site_routes();

// The OpenAPI 3.0 text of a table.
std::string openapi(std::span<const Route> routes, std::string_view base_url);

}  // namespace fleethook::api
