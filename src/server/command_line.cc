#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "server/commands.h"

namespace fleethook::server {
namespace {

void add_log_options(CLI::App& command, Config& config) {
  static const std::map<std::string, log::Format> kFormats{{"text", log::Format::kText}, {"json", log::Format::kJson}};
  static const std::map<std::string, log::Level> kLevels{{"debug", log::Level::kDebug},
                                                         {"info", log::Level::kInfo},
                                                         {"warn", log::Level::kWarn},
                                                         {"error", log::Level::kError}};
  command.add_option("--log-format", config.log_format, "text or json")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->envname("FLEETHOOK_LOG_FORMAT")
      ->type_name("FORMAT");
  command.add_option("--log-level", config.log_level, "debug, info, warn or error")
      ->transform(CLI::CheckedTransformer(kLevels))
      ->envname("FLEETHOOK_LOG_LEVEL")
      ->type_name("LEVEL");
}

// CLI11 reads configuration files for the main command only, so this does it for a subcommand.
void read_file(CLI::App& command, const std::string& file) {
  if (!command.parsed()) return;  // another subcommand was called; the environment reaches them all
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(file)) {
    CLI::Option* option =
        item.parents.empty() && item.name != "config" ? command.get_option_no_throw("--" + item.name) : nullptr;
    if (option == nullptr || item.name == "help") throw CLI::ConfigError::Extras(file + ": " + item.fullname());
    if (option->count() > 0) continue;
    for (const std::string& input : item.inputs) option->add_result(input);
  }
}

// Every option is also a key of the TOML file (same name without dashes in front) and an environment variable.
void add_serve_options(CLI::App& command, Config& config) {
  // The first option, since options are taken in their order: the file fills those that are still empty.
  command
      .add_option_function<std::string>(
          "--config", [&command](const std::string& file) { read_file(command, file); },
          "read options from a TOML file; the command line and the environment win over it")
      ->envname("FLEETHOOK_CONFIG")
      ->type_name("FILE");
  command.add_option("--data", config.data, "the data folder")->envname("FLEETHOOK_DATA")->type_name("DIR");
  command.add_option("--listen", config.listen, "address and port to serve on; port 0 picks a free one")
      ->envname("FLEETHOOK_LISTEN")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  command
      .add_option("--metrics-listen,--metrics_listen", config.metrics_listen,
                  "serve /metrics, /healthz and /readyz here, over plain HTTP, and /metrics no longer at --listen")
      ->envname("FLEETHOOK_METRICS_LISTEN")
      ->type_name("HOST:PORT");
  command
      .add_option("--tls-cert,--tls_cert", config.tls_cert,
                  "speak HTTPS with this certificate, followed by its chain (PEM); taken again when the file changes, "
                  "and on SIGHUP")
      ->envname("FLEETHOOK_TLS_CERT")
      ->type_name("FILE");
  command.add_option("--tls-key,--tls_key", config.tls_key, "the certificate's private key (PEM, without a password)")
      ->envname("FLEETHOOK_TLS_KEY")
      ->type_name("FILE");
  command.add_option("--base-url", config.base_url, "how clients reach this server, for the URLs in answers")
      ->envname("FLEETHOOK_BASE_URL")
      ->type_name("URL");
  command
      .add_option("--trusted-proxy,--trusted_proxy", config.trusted_proxy,
                  "believe Forwarded, X-Forwarded-For and X-Forwarded-Proto of requests from here (repeatable); name "
                  "your proxies and nobody else")
      ->envname("FLEETHOOK_TRUSTED_PROXY")
      ->type_name("CIDR")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--allow-egress", config.allow_egress,
                  "let deliveries connect to this private range too (repeatable; the guard refuses private and "
                  "loopback addresses)")
      ->envname("FLEETHOOK_ALLOW_EGRESS")
      ->type_name("CIDR")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  // With underscores too, as keys of TOML files are often written.
  command
      .add_option("--master-key-file,--master_key_file", config.master_key_file,
                  "the file with the keys that secrets are sealed with; without it master.key in the data folder")
      ->envname("FLEETHOOK_MASTER_KEY_FILE")
      ->type_name("FILE");
  command.add_option("--ca-file", config.ca_file, "trust these certificate authorities too (PEM)")
      ->envname("FLEETHOOK_CA_FILE")
      ->type_name("FILE");
  command.add_option("--loops", config.loops, "event loops; 0 = one per core that the process may use")
      ->envname("FLEETHOOK_LOOPS")
      ->check(CLI::Range(0, 64));
  command.add_option("--api-threads", config.api_threads, "threads for requests that read or write the catalog")
      ->envname("FLEETHOOK_API_THREADS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command
      .add_option("--open-signup,--open_signup", config.open_signup,
                  "let anybody create a user with POST /v1/users; without this option only while --listen is on "
                  "loopback, and neither --trusted-proxy nor --base-url says that others reach the server")
      ->envname("FLEETHOOK_OPEN_SIGNUP");
  command
      .add_option("--integrations-per-owner", config.integrations_per_owner,
                  "how many integrations a user, or an organization, may have")
      ->envname("FLEETHOOK_INTEGRATIONS_PER_OWNER")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command.add_option("--keep-events-days", config.keep_events_days, "days to keep accepted events for replay")
      ->envname("FLEETHOOK_KEEP_EVENTS_DAYS")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  command.add_option("--keep-events-mb", config.keep_events_mb, "megabytes of accepted events to keep for replay")
      ->envname("FLEETHOOK_KEEP_EVENTS_MB")
      ->capture_default_str();
  command.add_option("--keep-history-days", config.keep_history_days, "days to keep counters, outcomes and logs")
      ->envname("FLEETHOOK_KEEP_HISTORY_DAYS")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  command
      .add_option("--keep-history-mb", config.keep_history_mb,
                  "megabytes of history to keep: half for the log, half for dead letters")
      ->envname("FLEETHOOK_KEEP_HISTORY_MB")
      ->check(CLI::Range(2, 100'000'000))
      ->capture_default_str();
  command.add_option("--stop-seconds", config.stop_seconds, "how long SIGTERM lets deliveries under way finish")
      ->envname("FLEETHOOK_STOP_SECONDS")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  add_log_options(command, config);
}

int seconds_of(const std::string& text) {
  const std::string digits = text.ends_with('s') ? text.substr(0, text.size() - 1) : text;
  int seconds = 0;
  if (digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string::npos) return -1;
  for (const char c : digits) seconds = seconds * 10 + (c - '0');
  return seconds;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Fleethook: integrations of IoT device fleets, shared by the products of an organization.");
  app.set_version_flag("--version", "fleethook " FLEETHOOK_VERSION);
  app.require_subcommand(1);

  Config config;
  Config doctor_config;  // of its own: the environment is read into the options of every subcommand
  InitOptions init_options;
  DemoOptions demo_options;
  std::string demo_for;

  CLI::App* serve_command = app.add_subcommand("serve", "Run the server until SIGTERM.");
  add_serve_options(*serve_command, config);
  CLI::App* init_command = app.add_subcommand(
      "init", "Make a data folder with its first administrator; prints the password and a token once.");
  init_command->add_option("--data", init_options.data, "the data folder")
      ->envname("FLEETHOOK_DATA")
      ->required()
      ->type_name("DIR");
  init_command->add_option("--admin", init_options.admin, "email address of the administrator")
      ->required()
      ->type_name("EMAIL");
  init_command->add_option("--password", init_options.password, "password; without it a random one is made")
      ->envname("FLEETHOOK_ADMIN_PASSWORD");
  init_command
      ->add_option("--master-key-file", init_options.master_key_file,
                   "where to put the master key; without it master.key in the data folder")
      ->envname("FLEETHOOK_MASTER_KEY_FILE")
      ->type_name("FILE");
  RotateKeyOptions rotate_options;
  CLI::App* rotate_command =
      app.add_subcommand("rotate-key", "Seal all secrets with a new master key; the server must be stopped.");
  rotate_command->add_option("--data", rotate_options.data, "the data folder")
      ->envname("FLEETHOOK_DATA")
      ->required()
      ->type_name("DIR");
  rotate_command
      ->add_option("--master-key-file", rotate_options.master_key_file,
                   "the master key file; without it master.key in the data folder")
      ->envname("FLEETHOOK_MASTER_KEY_FILE")
      ->type_name("FILE");
  init_command->add_flag("--json", init_options.json, "print one JSON object");
  BackupOptions backup_options;
  CLI::App* backup_command = app.add_subcommand(
      "backup", "Copy the data as it is at one moment into another folder; the server may run meanwhile.");
  backup_command->add_option("folder", backup_options.folder, "where to: a new or an empty folder")
      ->required()
      ->type_name("FOLDER");
  backup_command->add_option("--data", backup_options.data, "the data folder")
      ->envname("FLEETHOOK_DATA")
      ->required()
      ->type_name("DIR");
  backup_command
      ->add_option("--master-key-file", backup_options.master_key_file,
                   "the master key file; without it master.key in the data folder")
      ->envname("FLEETHOOK_MASTER_KEY_FILE")
      ->type_name("FILE");
  backup_command->add_flag("--with-master-key", backup_options.with_master_key,
                           "put the master key into the copy too: who has that can then read all secrets");
  CLI::App* demo_command = app.add_subcommand("demo", "Run a sample organization in a temporary folder.");
  demo_command->add_option("--for", demo_for, "stop after this time, for example 20s")->type_name("TIME");
  demo_command
      ->add_option("--listen", demo_options.listen,
                   "address and port to serve on; without it 127.0.0.1:8080, or a free port when that is taken")
      ->type_name("HOST:PORT");
  demo_command->add_option("--rate", demo_options.events_per_second, "temperatures a second of each product")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str();
  demo_command->add_flag("--json", demo_options.json,
                         "print what is there as one JSON object first, and the numbers as one at the end");
  ReceiveOptions receive_options;
  CLI::App* receive_command =
      app.add_subcommand("receive", "Print every HTTP request that comes: a receiver to try webhooks with.");
  receive_command->add_option("--listen", receive_options.listen, "address and port")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  receive_command->add_option("--status", receive_options.status, "status to answer with")
      ->check(CLI::Range(200, 599))
      ->capture_default_str();
  CLI::App* render_command = app.add_subcommand("render", "Render templates from stdin, one JSON object a line.");
  CLI::App* doctor_command = app.add_subcommand("doctor", "Check a data folder and this machine.");
  add_serve_options(*doctor_command, doctor_config);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  const Config& chosen = doctor_command->parsed() ? doctor_config : config;
  log::configure(chosen.log_format, chosen.log_level);
  if (serve_command->parsed()) return serve(config);
  if (init_command->parsed()) return init(init_options);
  if (rotate_command->parsed()) return rotate_key(rotate_options);
  if (backup_command->parsed()) return backup(backup_options);
  if (receive_command->parsed()) return receive(receive_options);
  if (render_command->parsed()) return render();
  if (doctor_command->parsed()) return doctor(doctor_config);
  if (demo_command->parsed()) {
    if (!demo_for.empty()) demo_options.seconds = seconds_of(demo_for);
    if (demo_options.seconds < 0 || (!demo_for.empty() && demo_options.seconds == 0)) {
      std::fprintf(stderr, "fleethook demo: --for: expected a time such as 20s, got '%s'\n", demo_for.c_str());
      return 2;
    }
    return demo(demo_options);
  }
  return 2;
}

}  // namespace fleethook::server
