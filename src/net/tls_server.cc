#include "net/tls_server.h"

#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "net/openssl.h"
#include "net/tls_stream.h"

namespace fleethook::net {

struct TlsServer::Impl {
  struct Handshake {
    std::unique_ptr<TlsStream> stream;
    OnAccept done;
    TimerId timer = 0;
  };
  Impl(AsioLoop& the_loop, SslContextPtr the_context) : loop(the_loop), context(std::move(the_context)) {}
  ~Impl() {
    for (const auto& [number, handshake] : under_way) loop.cancel(handshake.timer);
  }
  void finish(std::uint64_t number, bool established) {
    auto handshake = under_way.extract(number);
    loop.cancel(handshake.mapped().timer);
    if (!established) handshake.mapped().stream.reset();
    handshake.mapped().done(std::move(handshake.mapped().stream));
  }

  AsioLoop& loop;
  SslContextPtr context;
  std::unordered_map<std::uint64_t, Handshake> under_way;
  std::uint64_t next = 1;
};

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::make(AsioLoop& loop,
                                                   const std::string& cert_file,
                                                   const std::string& key_file) {
  ERR_clear_error();
  const auto unavailable = [](const std::string& what) {
    return Error{Fault::kUnavailable, what + ": " + take_openssl_error()};
  };
  SslContextPtr context = make_tls_context(TLS_server_method());
  if (!context) return unavailable("TLS cannot be set up");
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1) {
    return unavailable("the certificate " + cert_file + " cannot be read");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unavailable("the private key " + key_file + " cannot be used with " + cert_file);
  }
  static constexpr unsigned char kSessionContext[] = "fleethook";
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1);
  return std::unique_ptr<TlsServer>(new TlsServer(std::make_unique<Impl>(loop, std::move(context))));
}

void TlsServer::accept(std::unique_ptr<http::Stream> tcp, OnAccept done) {
  Impl& impl = *impl_;
  SslPtr ssl(SSL_new(impl.context.get()));
  SSL_set_accept_state(ssl.get());
  const std::uint64_t number = impl.next++;
  auto& handshake = impl.under_way[number];
  handshake.done = std::move(done);
  handshake.stream = std::make_unique<TlsStream>(impl.loop, std::move(tcp), std::move(ssl), nullptr);
  handshake.timer = impl.loop.schedule_after(Limits{}.header_time_max, [&impl, number] { impl.finish(number, false); });
  handshake.stream->handshake([&impl, number](const std::string& problem) { impl.finish(number, problem.empty()); });
}

}  // namespace fleethook::net
