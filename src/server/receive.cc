// A receiver to try webhooks with: answers every request and prints it.
#include <csignal>
#include <cstdio>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "http/server_connection.h"
#include "net/listener.h"
#include "server/commands.h"

namespace fleethook::server {
namespace {

class Printer final : public http::Handler {
 public:
  explicit Printer(int status) : status_(status) {}

  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override {
    std::printf("\n%s %s\n", request.method.c_str(), request.target.c_str());
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
      std::printf("%.*s: %.*s\n", static_cast<int>(request.headers.name_at(i).size()),
                  request.headers.name_at(i).data(), static_cast<int>(request.headers.value_at(i).size()),
                  request.headers.value_at(i).data());
    }
    if (!request.body.empty()) std::printf("\n%s\n", request.body.c_str());
    std::fflush(stdout);
    http::Response response;
    response.status = status_;
    responder->respond(std::move(response));
  }
  http::Ruling judge(http::Request&) override { return {.body_bytes_max = Limits{}.request_body_bytes_max}; }
  http::Response protocol_error(int status, std::string_view message) const override {
    http::Response response;
    response.status = status;
    response.body = message;
    return response;
  }

 private:
  const int status_;
};

}  // namespace

int receive(const ReceiveOptions& options) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  const Limits limits;
  Printer printer(options.status);
  net::AsioLoop loop(clock);
  std::set<std::shared_ptr<http::ServerConnection>> connections;  // on the loop only
  auto listener =
      net::Listener::open(loop, options.listen, /*share_port=*/false, [&](std::unique_ptr<http::Stream> stream) {
        auto self = std::make_shared<std::weak_ptr<http::ServerConnection>>();
        auto connection = http::ServerConnection::start(std::move(stream), loop, printer, limits,
                                                        [&connections, self] { connections.erase(self->lock()); });
        *self = connection;
        connections.insert(std::move(connection));
      });
  if (!listener.ok()) {
    std::fprintf(stderr, "fleethook receive: %s\n", listener.error().message.c_str());
    return 1;
  }
  std::printf("Printing every request to http://%s:%u, and answering %d. Ctrl-C ends it.\n",
              (*listener)->host().c_str(), static_cast<unsigned>((*listener)->port()), options.status);
  std::fflush(stdout);
  std::thread thread([&loop] { loop.run(); });
  int received = 0;
  sigwait(&stop_signals, &received);
  // Connections that are still open belong to the loop: they go before it does.
  loop.post([&] {
    for (const auto& connection : std::vector(connections.begin(), connections.end())) connection->abort();
    loop.stop();
  });
  thread.join();
  return 0;
}

}  // namespace fleethook::server
