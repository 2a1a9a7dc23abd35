// The subcommands of the binary. Each returns the exit code: 0 done, 1 could not, 2 wrong usage.
#pragma once
#include <string>

#include "base/result.h"
#include "server/config.h"

namespace fleethook::server {

// Runs until SIGTERM or SIGINT.
int serve(const Config& config);

struct InitOptions {
  std::string data, admin, password;  // password "" = a random one
  bool json = false;
  std::string master_key_file{};  // "" = master.key in the data folder
};
struct Administrator {
  std::string username, password, access_token;
};
// Makes the data folder with its first administrator. The password and the token are in no file: this is the only time
// they are seen.
Result<Administrator> make_installation(const InitOptions& options);
// make_installation(), printed.
int init(const InitOptions& options);

struct RotateKeyOptions {
  std::string data, master_key_file;  // as above
};
// Seals every secret with a new master key. The server must be stopped.
int rotate_key(const RotateKeyOptions& options);

struct BackupOptions {
  std::string data, master_key_file;  // as above
  std::string folder;                 // where to; new, or empty
  bool with_master_key = false;
};
// Copies the data as it is at one moment, while a server runs on it or not.
int backup(const BackupOptions& options);

// Reads {"template": "...", "data": <json>} a line from stdin, writes the rendered text as a JSON string a line, or an
// object with error, line and column. The engine is the one of deliveries.
int render();

// Checks a data folder and this machine, and says what it found.
int doctor(const Config& config);

struct DemoOptions {
  int seconds = 0;             // 0 = until stopped
  int events_per_second = 20;  // temperatures of each product
  std::string listen{};        // "" = 127.0.0.1:8080, or a free port when that is taken
  bool json = false;           // one line for programs at the start, and one at the end
};
// A whole installation in a temporary folder: a sample organization, simulated devices, receivers.
int demo(const DemoOptions& options);

struct ReceiveOptions {
  std::string listen = "127.0.0.1:9000";
  int status = 200;  // what every request is answered with
};
// A receiver to try webhooks with: prints every request until SIGTERM or SIGINT.
int receive(const ReceiveOptions& options);

// Parses the command line and runs one of the above.
int run_command_line(int argc, char** argv);

}  // namespace fleethook::server
