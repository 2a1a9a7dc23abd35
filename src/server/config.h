// What an operator can set: command line, TOML file (--config) and environment (FLEETHOOK_*), in this order of
// precedence. A plain struct; the command-line library is hidden in command_line.cc.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"

namespace fleethook::server {

struct Config {
  std::string data;  // the data folder
  std::string listen = "127.0.0.1:8080";
  std::string metrics_listen;              // where /metrics is served instead; "" = with the rest
  std::string tls_cert, tls_key;           // PEM files to speak HTTPS with; both "" = plain HTTP
  std::string base_url;                    // how clients reach us; "" = http://<listen>, or https
  std::vector<std::string> trusted_proxy;  // CIDRs of proxies whose word about their clients is believed
  std::vector<std::string> allow_egress;   // CIDRs that the egress guard lets through
  std::string master_key_file;             // what secrets are sealed with; "" = master.key in the data folder
  std::string ca_file;                     // extra certificate authorities for deliveries, PEM
  std::uint32_t loops = 0;                 // event loops; 0 = usable_cores()
  std::uint32_t api_threads = 2;
  std::optional<bool> open_signup;  // absent: as opens_signup() says
  std::size_t integrations_per_owner = Limits{}.integrations_per_owner_max;
  log::Format log_format = log::Format::kText;
  log::Level log_level = log::Level::kInfo;
  std::uint32_t keep_events_days = 7;  // for replay
  std::uint64_t keep_events_mb = 10'240;
  std::uint32_t keep_history_days = 30;   // outcomes and the log; counters are kept as long
  std::uint64_t keep_history_mb = 2'048;  // half for the log, half for dead letters
  std::uint32_t stop_seconds = 25;        // how long SIGTERM lets deliveries under way finish
};

// Of "127.0.0.1:8080", "[::1]:0", "localhost/path": whether only this machine reaches it.
inline bool is_loopback(std::string_view endpoint) {
  if (endpoint.starts_with("[::1]")) return true;
  const std::string_view host = endpoint.substr(0, endpoint.find_first_of(":/"));
  return host == "localhost" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

// Whether anybody may make an account. Unless the operator says so, only where nothing shows that others can reach the
// server: whoever signs up under an address first has it, and with it the roles that are given to it.
inline bool opens_signup(const Config& config) {
  if (config.open_signup) return *config.open_signup;
  const std::string_view url = config.base_url;
  const std::size_t host = url.find("://");
  const bool local_url = url.empty() || (host != std::string_view::npos && is_loopback(url.substr(host + 3)));
  return is_loopback(config.listen) && config.trusted_proxy.empty() && local_url;
}

// What is wrong when only one of tls_cert and tls_key is set; nullopt otherwise.
inline std::optional<Error> lacking_tls_option(const Config& config) {
  if (config.tls_cert.empty() == config.tls_key.empty()) return std::nullopt;
  return Error::field(config.tls_cert.empty() ? "tls-cert" : "tls-key",
                      "expected together with " + std::string(config.tls_cert.empty() ? "tls-key" : "tls-cert") +
                          ": HTTPS needs a certificate and its private key");
}

}  // namespace fleethook::server
