#include "net/tls_server.h"

#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "net/openssl.h"
#include "net/tls_stream.h"

namespace fleethook::net {

struct TlsServer::Impl {
  struct Handshake {
    std::unique_ptr<TlsStream> stream;
    OnAccept done;
    TimerId timer = 0;
  };
  Impl(AsioLoop& the_loop, std::shared_ptr<TlsIdentity> the_identity)
      : loop(the_loop), identity(std::move(the_identity)) {}
  ~Impl() {
    for (const auto& [number, handshake] : under_way) loop.cancel(handshake.timer);
  }
  void finish(std::uint64_t number, const std::string& problem) {
    auto handshake = under_way.extract(number);
    loop.cancel(handshake.mapped().timer);
    if (!problem.empty()) {
      log::debug("tls.handshake_failed", {{"peer", handshake.mapped().stream->peer()}, {"reason", problem}});
      handshake.mapped().stream.reset();
    }
    handshake.mapped().done(std::move(handshake.mapped().stream));
  }

  AsioLoop& loop;
  std::shared_ptr<TlsIdentity> identity;
  std::unordered_map<std::uint64_t, Handshake> under_way;
  std::uint64_t next = 1;
};

TlsServer::TlsServer(AsioLoop& loop, std::shared_ptr<TlsIdentity> identity)
    : impl_(std::make_unique<Impl>(loop, std::move(identity))) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::make(AsioLoop& loop,
                                                   const std::string& cert_file,
                                                   const std::string& key_file) {
  FLEETHOOK_TRY(auto identity, TlsIdentity::load(cert_file, key_file));
  return std::make_unique<TlsServer>(loop, std::move(identity));
}

void TlsServer::accept(std::unique_ptr<http::Stream> tcp, OnAccept done) {
  Impl& impl = *impl_;
  SslPtr ssl(SSL_new(impl.identity->context().get()));  // which holds the context itself
  SSL_set_accept_state(ssl.get());
  const std::uint64_t number = impl.next++;
  auto& handshake = impl.under_way[number];
  handshake.done = std::move(done);
  handshake.stream = std::make_unique<TlsStream>(impl.loop, std::move(tcp), std::move(ssl), nullptr);
  handshake.timer = impl.loop.schedule_after(Limits{}.header_time_max,
                                             [&impl, number] { impl.finish(number, "the client took too long"); });
  handshake.stream->handshake([&impl, number](const std::string& problem) { impl.finish(number, problem); });
}

}  // namespace fleethook::net
