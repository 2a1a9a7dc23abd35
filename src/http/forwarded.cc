#include "http/forwarded.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "http/serialize.h"

namespace fleethook::http {
namespace {

using Protocol = Hop::Protocol;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 7239 6: up to five digits, or a name made up to hide it.
bool is_port(std::string_view text) {
  if (text.starts_with('_')) return text.size() > 1;
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80" and the like without what is not address; "" for none of these.
std::string_view address_of(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t end = node.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view address = node.substr(1, end - 1), rest = node.substr(end + 1);
    const bool port_fine = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    return port_fine && address.find(':') != std::string_view::npos ? address : std::string_view();
  }
  const std::size_t colon = node.find(':');
  if (colon == std::string_view::npos || node.find(':', colon + 1) != std::string_view::npos) return node;
  return is_port(node.substr(colon + 1)) ? node.substr(0, colon) : std::string_view();
}

Protocol protocol_of(std::string_view text) {
  if (ascii_iequals(text, "https")) return Protocol::kHttps;
  return ascii_iequals(text, "http") ? Protocol::kHttp : Protocol::kNotSaid;
}

// Cuts off what stands before the next `at` outside of quotes. False if a quote stays open.
bool cut(std::string_view& rest, char at, std::string_view& piece) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != at); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (quoted && rest[end] == '\\') ++end;
  }
  end = std::min(end, rest.size());
  piece = trim_spaces(rest.substr(0, end));
  rest = rest.substr(std::min(end + 1, rest.size()));
  return !quoted;
}

// A token or a quoted string; nullopt for anything between.
std::optional<std::string> value_of(std::string_view text) {
  if (!text.starts_with('"')) {
    const bool plain = !text.empty() && text.find_first_of("\" \t\\") == std::string_view::npos;
    return plain ? std::optional(std::string(text)) : std::nullopt;
  }
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && ++at == text.size()) return std::nullopt;
    value.push_back(text[at]);
  }
  return at + 1 == text.size() ? std::optional(std::move(value)) : std::nullopt;
}

// One element, "for=...;proto=...": nullopt if it is none.
std::optional<Hop> parse_element(std::string_view element) {
  Hop hop;
  bool has_for = false, has_protocol = false;
  while (!element.empty()) {
    std::string_view pair;
    cut(element, ';', pair);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !is_header_name(pair.substr(0, equals))) return std::nullopt;
    const auto value = value_of(pair.substr(equals + 1));
    if (!value) return std::nullopt;
    const std::string_view name = pair.substr(0, equals);
    if (ascii_iequals(name, "for")) {
      if (std::exchange(has_for, true)) return std::nullopt;
      hop.address = address_of(*value);
    } else if (ascii_iequals(name, "proto")) {
      if (std::exchange(has_protocol, true)) return std::nullopt;
      hop.protocol = protocol_of(*value);
    }
  }
  return hop;
}

// Of all fields of that name together. False if there is none.
template <class Take>
bool for_each_field(const Headers& headers, std::string_view name, const Take& take) {
  bool any = false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!ascii_iequals(headers.name_at(i), name)) continue;
    any = true;
    take(headers.value_at(i));
  }
  return any;
}

struct Client {
  std::string address;
  bool is_proxy = true;
  Protocol protocol = Protocol::kNotSaid;
  std::size_t hops_away = 0;  // 0: whoever connected to the proxy that connected to us
};

// From our end of the way: each hop was written by the one before it, so it counts as long as those are our proxies.
Client find_client(const std::vector<Hop>& hops, const std::string& peer, const AddressBook& addresses) {
  Client client{peer};
  for (std::size_t away = 0; away < hops.size(); ++away) {
    const Hop& hop = hops[hops.size() - 1 - away];
    client.protocol = hop.protocol;
    client.hops_away = away;
    auto known = addresses(hop.address);
    if (!known) break;
    client.address = std::move(known->text);
    client.is_proxy = known->proxy;
    if (!known->proxy) break;
  }
  return client;
}

// X-Forwarded-Proto has an entry for each hop, or one for all. The one that is as far away as the client, or else the
// farthest, was written by one of our proxies.
Protocol protocol_at(const std::vector<Protocol>& protocols, std::size_t hops_away) {
  if (protocols.empty()) return Protocol::kNotSaid;
  return protocols[protocols.size() - 1 - std::min(hops_away, protocols.size() - 1)];
}

// What both kinds of headers say, or neither.
Client reconcile(const Client& one, const Client& other, const std::string& peer) {
  if (one.address != other.address)
    return {peer, true, one.protocol == other.protocol ? one.protocol : Protocol::kNotSaid};
  if (one.protocol == Protocol::kNotSaid || one.protocol == other.protocol) return other;
  return other.protocol == Protocol::kNotSaid ? one : Client{one.address, one.is_proxy};
}

}  // namespace

std::vector<Hop> parse_forwarded(std::string_view field) {
  std::vector<Hop> hops;
  while (!field.empty()) {
    std::string_view element;
    const bool closed = cut(field, ',', element);
    if (element.empty()) continue;
    hops.push_back(closed ? parse_element(element).value_or(Hop{}) : Hop{});
  }
  return hops;
}

std::vector<Hop> parse_x_forwarded_for(std::string_view field) {
  std::vector<Hop> hops;
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(','), field.size());
    const std::string_view entry = trim_spaces(field.substr(0, end));
    if (!entry.empty()) hops.push_back({std::string(address_of(entry))});
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  return hops;
}

void believe_proxies(Request& request, const AddressBook& addresses) {
  const auto peer = addresses(request.peer);
  if (!peer || !peer->proxy) return;
  const auto append = [](std::vector<Hop>& to, std::vector<Hop> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  std::vector<Hop> standard, usual;
  std::vector<Protocol> protocols;
  const bool has_standard = for_each_field(request.headers, "Forwarded",
                                           [&](std::string_view field) { append(standard, parse_forwarded(field)); });
  bool has_usual = for_each_field(request.headers, "X-Forwarded-For",
                                  [&](std::string_view field) { append(usual, parse_x_forwarded_for(field)); });
  has_usual |= for_each_field(request.headers, "X-Forwarded-Proto", [&](std::string_view field) {
    while (!field.empty()) {
      const std::size_t end = std::min(field.find(','), field.size());
      protocols.push_back(protocol_of(trim_spaces(field.substr(0, end))));
      field.remove_prefix(std::min(end + 1, field.size()));
    }
  });

  const Client by_standard = find_client(standard, request.peer, addresses);
  Client by_usual = find_client(usual, request.peer, addresses);
  by_usual.protocol = protocol_at(protocols, by_usual.hops_away);
  const Client client = has_standard && has_usual ? reconcile(by_standard, by_usual, request.peer)
                        : has_standard            ? by_standard
                                                  : by_usual;
  request.peer = client.address;
  request.peer_is_proxy = client.is_proxy;
  if (client.protocol != Protocol::kNotSaid) request.secure = client.protocol == Protocol::kHttps;
}

Ruling BehindProxies::judge(Request& head) {
  believe_proxies(head, addresses_);
  return next_.judge(head);
}

void BehindProxies::handle(Request request, std::shared_ptr<Responder> responder) {
  believe_proxies(request, addresses_);
  next_.handle(std::move(request), std::move(responder));
}

}  // namespace fleethook::http
