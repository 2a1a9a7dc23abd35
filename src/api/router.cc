#include "api/router.h"

#include <algorithm>
#include <exception>

#include "api/answers.h"
#include "base/assert.h"
#include "base/log.h"

namespace fleethook::api {
namespace {

// Cuts the next segment off `path` (which begins with '/'); false at the end.
bool next_segment(std::string_view& path, std::string_view& segment) {
  if (path.empty() || path == "/") return false;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  return true;
}

std::string decoded(std::string_view segment) {
  if (segment.find('%') == std::string_view::npos) return std::string(segment);
  auto text = http::percent_decode(segment, /*plus_is_space=*/false);
  return text ? std::move(*text) : std::string(segment);
}

PathBase base_of(const Route& route) {
  if (route.names.empty()) return PathBase::kOwn;
  if (route.names.front() == "organization") return PathBase::kOrganization;
  return route.names.front() == "product" ? PathBase::kProduct : PathBase::kOwn;
}

}  // namespace

// A tree over segments: a request walks it once, whatever the number of routes.
struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<const Route*> routes;  // that end here
  std::vector<const Route*> rests;   // that end here with a "*name"

  Node& child(std::string_view segment) {
    if (segment.starts_with(':')) {
      if (!parameter) parameter = std::make_unique<Node>();
      return *parameter;
    }
    for (auto& [text, node] : literals) {
      if (text == segment) return *node;
    }
    return *literals.emplace_back(std::string(segment), std::make_unique<Node>()).second;
  }
  const Node* literal(std::string_view segment) const {
    for (const auto& [text, node] : literals) {
      if (text == segment) return node.get();
    }
    return nullptr;
  }
};

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {
  for (Route& route : routes_) {
    (void)row_of(route.permission);  // stops here when it names none
    FLEETHOOK_ASSERT((route.on_pool != nullptr) + (route.on_password_pool != nullptr) + (route.at_once != nullptr) +
                         (route.on_loop != nullptr) ==
                     1);
    Node* node = root_.get();
    std::string_view rest = route.pattern;
    std::string_view segment;
    bool takes_rest = false;
    while (next_segment(rest, segment)) {
      const bool named = segment.starts_with(':') || segment.starts_with('*');
      if (named) route.names.push_back(segment.substr(1));
      if (segment.starts_with('*')) {
        takes_rest = true;
        break;
      }
      node = &node->child(segment);
    }
    route.base = base_of(route);
    (takes_rest ? node->rests : node->routes).push_back(&route);
  }
}

Router::~Router() = default;

std::span<const Route> Router::routes() const {
  return routes_;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  Match match;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  // The deepest node with a rest route that was passed, for paths that end in one.
  const Node* rest_node = nullptr;
  std::string_view rest_path;
  std::size_t rest_parameters = 0;

  const Node* node = root_.get();
  std::string_view left = path;
  std::string_view segment;
  while (node != nullptr) {
    if (!node->rests.empty()) {
      rest_node = node;
      rest_path = left;
      rest_parameters = match.parameters.size();
    }
    if (!next_segment(left, segment)) break;
    if (const Node* literal = node->literal(segment)) {
      node = literal;
    } else {
      node = node->parameter.get();
      if (node != nullptr) match.parameters.push_back(decoded(segment));
    }
  }

  const auto choose = [&](const std::vector<const Route*>& candidates) {
    for (const Route* route : candidates) {
      match.path_known = true;
      if (!match.allowed.empty()) match.allowed += ", ";
      match.allowed += route->method;
      if (route->method == method) match.route = route;
    }
  };
  if (node != nullptr) choose(node->routes);
  if (match.route == nullptr && rest_node != nullptr) {
    choose(rest_node->rests);
    if (match.route != nullptr) {
      match.parameters.resize(rest_parameters);
      std::string joined;
      while (next_segment(rest_path, segment)) {
        if (!joined.empty()) joined += '/';
        joined += decoded(segment);
      }
      match.parameters.push_back(std::move(joined));
    }
  }
  return match;
}

// An exception is a bug: it must cost this request, not the process.
http::Response run(PoolHandler handler, Services& services, Call& call) {
  try {
    auto result = handler(services, call);
    return result.ok() ? std::move(result).value() : error_answer(result.error());
  } catch (const std::exception& bug) {
    log::error("handler.exception", {{"path", std::string(call.request.path())}, {"what", bug.what()}});
    return error_answer({Fault::kCorrupt, "an internal error; it has been logged"});
  }
}

std::vector<Route> all_routes() {
  using Part = std::vector<Route> (*)();
  static constexpr Part kParts[] = {
      session_routes,    token_routes,       user_routes,         organization_routes,   team_routes,
      invitation_routes, product_routes,     product_move_routes, device_routes,         group_routes,
      event_routes,      stream_routes,      integration_routes,  counter_routes,        integration_test_routes,
      sharing_routes,    version_routes,     preview_routes,      pause_routes,          metrics_routes,
      event_log_routes,  attempt_routes,     dead_letter_routes,  replay_routes,         audit_routes,
      secret_routes,     variable_routes,    instance_routes,     administration_routes, waiting_routes,
      health_routes,     destination_routes,
  };
  std::vector<Route> routes;
  for (const Part part : kParts) {
    const std::vector<Route> made = part();
    routes.insert(routes.end(), made.begin(), made.end());
  }
  return routes;
}

}  // namespace fleethook::api
