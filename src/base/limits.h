// Every limit that a user can meet, in one place, with unit and bound in the name. docs/limits.md lists them; tests
// hold each. The numbers come from Particle's public behaviour where it has them, else they bound our memory.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fleethook {

// What an integration may set of its deliveries: the default of each setting and its bounds, in one table.
template <class Number>
struct SettingLimit {
  Number standard, min, max;
};
struct DeliverySettingLimits {
  static constexpr SettingLimit<std::int64_t> kTimeoutS{20, 1, 60};             // an attempt with all its redirects
  static constexpr SettingLimit<std::int64_t> kRetryForS{259'200, 0, 604'800};  // since the first attempt
  static constexpr SettingLimit<std::int64_t> kRetryDelayS{0, 1, 86'400};       // one wait; default: the policy's own
  static constexpr SettingLimit<std::size_t> kRetryDelays{0, 1, 20};            // how many of them
  static constexpr SettingLimit<std::int64_t> kFinalStatus{0, 300, 599};        // default: the documented list
  static constexpr SettingLimit<std::int64_t> kConcurrency{0, 1, 64};           // default: what the lane may
  static constexpr SettingLimit<double> kRatePerS{0, 0.01, 10'000};             // default: no bound
};

// Guessing and hashing passwords, and signing up. An address is, with IPv6, a network of 64 bits.
struct PasswordLimits {
  std::uint32_t failures_per_name_max = 20;              // wrong passwords for one name within Limits::login_lock
  std::size_t known_addresses_per_user_max = 8;          // where a user signed in; a lock of the name is not for them
  std::uint32_t sign_ups_per_hour_per_address_max = 20;  // the administrator's do not count
  std::uint32_t sign_ups_per_hour_max = 500;             // of the process
  std::size_t requests_waiting_max = 64;                 // for the threads that hash; of the process
  std::size_t requests_waiting_per_address_max = 8;
};

struct Limits {
  // Requests to us.
  std::size_t request_header_bytes_max = 16 * 1024;
  std::size_t request_headers_max = 100;
  std::size_t request_target_bytes_max = 8 * 1024;
  std::size_t request_body_bytes_max = 1024 * 1024;
  std::size_t batch_body_bytes_max = 8 * 1024 * 1024;
  std::size_t batch_events_max = 1000;
  std::size_t form_fields_max = 20'000;  // the longest forms are imports of devices, with two fields for each
  std::size_t multipart_parts_max = 100;
  std::size_t connections_max = 20'000;
  std::size_t metrics_connections_max = 64;  // of the listener for metrics alone; they are not among those above
  // Of the files that the process may open (ulimit -n), after those that it has open itself at start. Connections of
  // clients and to receivers get half each of what is left; clients not more than connections_max.
  std::size_t files_kept_back = 24;           // for the database, DNS, certificates, and to accept only to refuse
  std::size_t files_for_connections_min = 8;  // with fewer of them left the server does not start
  Duration header_time_max = std::chrono::seconds(20);  // from the first byte of a request to the end of its headers
  Duration body_time_max = std::chrono::seconds(60);
  Duration idle_time_max = std::chrono::seconds(75);   // keep-alive without a request
  Duration linger_time_max = std::chrono::seconds(1);  // for the client to read our answer before we close on it
  std::size_t json_depth_max = 64;
  // Of a request that nobody answers for when its head is there: no token, or one that stands in the body.
  std::size_t unidentified_body_bytes_max = 64 * 1024;
  Duration tls_files_checked_every = std::chrono::seconds(2);  // whether certificate and key were replaced

  // Shares: what many use, and nobody may use up. An address is one of IPv4, or a network of 64 bits of IPv6.
  std::uint64_t bodies_bytes_max = 256ULL * 1024 * 1024;  // of all requests being read or answered
  std::uint64_t bodies_bytes_per_address_max = 64ULL * 1024 * 1024;
  std::uint64_t unidentified_bodies_bytes_max = 32ULL * 1024 * 1024;  // the part of it for all without a token
  std::uint64_t answers_bytes_max = 256ULL * 1024 * 1024;  // of large answers that their readers have not taken yet
  std::uint64_t answers_bytes_per_address_max = 64ULL * 1024 * 1024;
  std::size_t connections_per_address_max = 2'000;
  std::size_t streams_per_user_max = 200;
  std::size_t streams_per_address_max = 1'000;
  std::size_t organizations_per_user_max = 20;      // of which the user is the Owner
  std::size_t products_per_owner_max = 1'000;       // of a user, or of an organization
  std::size_t integrations_per_owner_max = 10'000;  // of a user (sandbox and own products), or of an organization
  std::size_t integrations_per_event_max = 200;     // that one event fires on a product, or in a sandbox
  std::size_t list_bytes_max = 32 * 1024 * 1024;    // of one answer; longer lists are asked for by pages
  std::size_t identical_shown_max = 20;             // ids in identical_to

  // Events.
  std::size_t event_name_bytes_max = 64;
  std::size_t event_data_bytes_max = 16'384;  // extended publish of Device OS 6.3
  std::int32_t event_ttl_s_max = 16'777'215;
  std::uint32_t event_hops_max = 8;
  std::size_t events_waiting_for_disk_max = 50'000;  // of one loop; above it publishers are told to slow down
  // Of one owner on one loop: an event is a row, and each of its deliveries, and each 1024 bytes of its data.
  std::size_t rows_waiting_for_disk_per_owner_max = 20'000;

  // Names and lists.
  std::size_t name_bytes_max = 128;  // organizations, products, integrations, devices
  std::size_t slug_bytes_max = 64;
  std::size_t email_bytes_max = 254;
  std::size_t password_bytes_min = 8;
  std::size_t password_bytes_max = 1024;
  std::size_t devices_per_import_max = 10'000;
  std::size_t team_members_max = 1'000;       // of one organization, or of one product's own team
  std::size_t api_users_max = 200;            // of one organization, or of one product
  std::size_t invitations_waiting_max = 200;  // of one organization, or of one product's own team
  Duration invitation_lifetime = std::chrono::days(14);
  std::size_t page_size_max = 100;
  std::size_t violations_shown_max = 100;  // of one refusal
  std::size_t lanes_shown_max = 200;       // to the administrator of the installation; the busiest

  // Integrations.
  std::size_t integration_config_bytes_max = 256 * 1024;
  std::size_t url_bytes_max = 8'192;
  std::size_t template_sections_depth_max = 32;
  // Work of templates, in the steps of core/work_budget.h. Nested sections multiply, also without output.
  std::size_t template_steps_max = 100'000;          // of all templates of one request, URL, headers and body together
  std::size_t template_steps_free = 5'000;           // a request that takes no more has no part in the next two
  std::size_t template_steps_per_turn_max = 50'000;  // of all owners, in one turn of a loop; the next one goes on
  std::size_t template_steps_per_s_max = 1'000'000;  // of one owner, on one loop; what is over waits
  std::size_t rendered_headers_max = 256;
  std::size_t rendered_body_bytes_max = 1024 * 1024;
  std::size_t rendered_headers_bytes_max = 32 * 1024;
  std::size_t topic_bytes_max = 256;  // names of response and error events; longer ones are cut

  // Hiding secrets in what people read: work for one text, in bytes looked at; a text that takes more is hidden whole.
  std::size_t mask_work_bytes_max = 64 * 1024 * 1024;

  // Deliveries.
  Duration delivery_time_max = std::chrono::seconds(20);
  std::uint32_t redirects_max = 5;  // followed in one attempt
  std::size_t response_header_bytes_max = 32 * 1024;
  std::size_t response_body_bytes_max = 1024 * 1024;  // read and discarded above
  // Of an answer, for the log, when nobody listens; else up to response_body_bytes_max, out of what all share.
  std::size_t answer_logged_bytes_max = 64 * 1024;
  std::uint64_t answers_kept_bytes_max = 64ULL * 1024 * 1024;
  std::uint64_t answers_kept_per_owner_bytes_max = 16ULL * 1024 * 1024;
  std::size_t response_published_bytes_max = 102'400;
  std::size_t response_chunk_bytes = 512;
  std::size_t connections_per_lane_max = 64;
  std::size_t lane_window_max = 1024;  // deliveries of one lane held in memory; the rest waits on disk
  // Of one placement in a lane, when its integration keeps the order of each device: devices with something under way,
  // or tried again. Further ones wait on disk for the end of one.
  std::size_t devices_in_order_max = 4096;
  std::size_t logged_body_bytes_max = 16 * 1024;  // of a request or response kept in the log
  // Requests and answers kept whole in the log: per placement, of its successes and of its failures; and per owner. On
  // one loop. Of further failures a row is kept without texts, of further successes nothing.
  std::uint32_t logged_successes_per_minute_max = 10;
  std::uint32_t logged_failures_per_minute_max = 20;
  std::uint32_t logged_per_owner_and_minute_max = 600;
  Duration egress_warning_every = std::chrono::minutes(1);  // per lane: log lines about the egress guard
  Duration egress_lookup_max = std::chrono::seconds(2);     // of a URL's host, when an integration is saved
  Duration connection_idle_max = std::chrono::seconds(30);  // a kept-alive connection to a receiver
  Duration lane_idle_max = std::chrono::seconds(60);        // a lane with nothing to do is forgotten after it
  Duration retry_ahead_max = std::chrono::seconds(15);      // retries due later than this wait on disk only
  // Tokens of OAuth 2, in memory, shared by all loops.
  std::size_t oauth2_text_bytes_max = 2'048;             // of a client id, a scope, an audience
  std::size_t oauth2_token_bytes_max = 8 * 1024;         // of a token
  std::size_t oauth2_tokens_max = 10'000;                // one more takes the place of one
  Duration oauth2_pause = std::chrono::seconds(2);       // between requests to an endpoint that gave no token
  Duration oauth2_pause_max = std::chrono::seconds(60);  // if it says Retry-After
  Duration oauth2_lifetime = std::chrono::minutes(5);    // of a token whose endpoint says nothing of it
  Duration oauth2_lifetime_max = std::chrono::hours(24);
  Duration oauth2_renewed_before = std::chrono::seconds(60);  // its end; at most a quarter of its lifetime
  std::size_t deliveries_in_memory_max = 65'536;              // of one loop; above it lanes load in small portions
  std::size_t results_waiting_max = 8'192;  // of one loop, not yet on disk; above it no attempt starts

  // Secrets and variables, of one owner. Their names are at most name_bytes_max.
  std::size_t secrets_max = 500;
  std::size_t secret_value_bytes_max = 8 * 1024;
  std::size_t secrets_per_integration_max = 50;  // that its templates may use
  std::size_t signing_secrets_max = 5;           // whose keys sign a request of one integration
  std::size_t products_per_secret_max = 1'000;   // that it is limited to
  std::size_t hosts_per_secret_max = 20;         // that it may be sent to
  std::size_t variables_max = 200;               // of an organization, a product or a placement
  std::size_t variable_value_bytes_max = 4 * 1024;
  Duration secret_access_kept_every = std::chrono::minutes(1);  // how late last_accessed_at may be on disk

  // History. Days are kept as long as the operator says.
  Duration fine_history_max = std::chrono::days(7);  // counters by hour, traffic by minute
  std::size_t firmware_version_bytes_max = 64;       // of a device, and of its OS
  std::size_t group_name_bytes_max = 64;
  Duration device_heard_kept_every = std::chrono::seconds(30);  // how late last_heard may be on disk
  std::size_t groups_per_device_max = 32;
  std::size_t traffic_kinds_max = 128;  // of devices counted apart, of one product in one minute; the others as "other"
  Duration metrics_range_max = std::chrono::days(31);
  std::int64_t metrics_bucket_s_max = 604'800;
  std::size_t dead_letters_looked_at_max = 20'000;  // by one request; it says how far it got
  std::size_t events_looked_at_max = 20'000;  // the same; 4 KiB of data that a text is sought in count as one more
  std::size_t attempts_looked_at_max = 20'000;
  std::size_t attempts_per_event_max = 200;  // that are shown with it, of each delivery the newest
  std::size_t replay_ids_max = 10'000;       // letters named one by one
  std::uint32_t replay_rate_max = 10'000;    // letters a second
  std::size_t replay_counted_max = 200'000;  // letters looked at before it starts; then "at least so many"
  std::size_t replays_running_per_owner_max = 5;
  std::size_t replays_shown_max = 100;
  std::size_t counter_ids_max = 200;  // integrations whose days are asked for at once
  std::size_t counter_days_max = 30;
  std::size_t metrics_buckets_max = 10'081;       // of one answer: a week of minutes, both ends included
  std::size_t placements_in_metrics_max = 2'000;  // on one page for Prometheus, which has some ten series of each

  // Streams.
  std::size_t streams_max = 10'000;
  std::size_t stream_buffer_bytes_max = 1024 * 1024;    // a slower reader is disconnected
  Duration stream_keepalive = std::chrono::seconds(9);  // clients give up after 13 s of silence
  Duration stream_first_event_delay = std::chrono::milliseconds(60);
  // Work for streams on one loop, in the steps of stream/listeners.h: in a second, and at once. What is over waits.
  std::size_t stream_steps_per_s = 2'000'000;
  std::size_t stream_steps_per_turn_max = 8'192;
  Duration stream_rights_checked_every = std::chrono::milliseconds(500);  // a stream ends within a second of its right

  // Requests that may be sent again with the same Idempotency-Key.
  std::size_t idempotency_key_bytes_max = 255;
  Duration idempotency_kept = std::chrono::hours(24);
  // What is kept of them: 128 bytes each, and the answer.
  std::uint64_t idempotency_bytes_max = 512ULL * 1024 * 1024;
  std::uint64_t idempotency_bytes_per_user_max = 64ULL * 1024 * 1024;

  // Tokens and sessions.
  Duration session_idle_max = std::chrono::hours(12);        // without a request
  Duration session_lifetime = std::chrono::hours(7 * 24);    // however much it is used
  std::size_t sessions_per_user_max = 100;                   // one more ends the one that rested longest
  Duration token_use_noted_every = std::chrono::minutes(1);  // how exact last_used_at is
  Duration token_use_kept_every = std::chrono::minutes(3);   // how late it may be on disk
  Duration token_lifetime = std::chrono::seconds(7'776'000);
  std::uint32_t token_requests_per_5min_max = 100;  // per address
  std::uint32_t login_failures_in_a_row_max = 10;
  Duration login_lock = std::chrono::minutes(30);
};

}  // namespace fleethook
