// fleethook: the binary. Everything is in server/; the subcommands are listed by fleethook --help.
#include "server/commands.h"

int main(int argc, char** argv) {
  return fleethook::server::run_command_line(argc, argv);
}
