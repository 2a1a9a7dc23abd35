#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "net/tls_client_impl.h"

namespace fleethook::net {
namespace {

constexpr std::size_t kSessionsMax = 10'000;
constexpr unsigned char kAlpn[] = "\x08http/1.1";

// What a session's owner is found by when OpenSSL hands out a new one; held by the stream.
struct Conversation {
  std::shared_ptr<TlsClient> client;
  std::string key;
};

SslContextPtr make_context(int verify_mode) {
  SslContextPtr context = make_tls_context(TLS_client_method());
  if (!context) return context;
  SSL_CTX_set_verify(context.get(), verify_mode, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn - 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return context;
}

// The system's trust store, as OpenSSL finds it. The folder of hashed names is read when a certificate is needed; the
// file with all of them costs 60 ms and 1.3 MB at once, so it is used only where there is no such folder or somebody
// points to one.
void use_system_store(SSL_CTX* context) {
  const char* set = ::getenv(X509_get_default_cert_dir_env());  // NOLINT(concurrency-mt-unsafe): at start
  std::error_code problem;
  bool hashed = false;
  for (std::filesystem::directory_iterator entry(set != nullptr ? set : X509_get_default_cert_dir(), problem), end;
       !problem && entry != end && !hashed; entry.increment(problem)) {
    hashed = entry->path().extension() == ".0";
  }
  SSL_CTX_set_default_verify_dir(context);
  const bool file_set =
      ::getenv(X509_get_default_cert_file_env()) != nullptr;  // NOLINT(concurrency-mt-unsafe): at start
  if (!hashed || file_set) SSL_CTX_set_default_verify_file(context);
}

Error unavailable(const std::string& what) {
  return Error{Fault::kUnavailable, what + ": " + take_openssl_error()};
}

}  // namespace

TlsClient::TlsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsClient::~TlsClient() = default;

Result<std::shared_ptr<TlsClient>> TlsClient::make(const std::string& ca_file) {
  ERR_clear_error();
  auto impl = std::make_unique<Impl>();
  impl->verifying = make_context(SSL_VERIFY_PEER);
  impl->trusting = make_context(SSL_VERIFY_NONE);
  if (!impl->verifying || !impl->trusting) return unavailable("TLS cannot be set up");
  SSL_CTX_sess_set_new_cb(impl->verifying.get(), Impl::on_new_session);
  SSL_CTX_sess_set_new_cb(impl->trusting.get(), Impl::on_new_session);
  use_system_store(impl->verifying.get());
  ERR_clear_error();
  if (!ca_file.empty() && SSL_CTX_load_verify_file(impl->verifying.get(), ca_file.c_str()) != 1) {
    return unavailable("the CA file " + ca_file + " cannot be read");
  }
  return std::shared_ptr<TlsClient>(new TlsClient(std::move(impl)));
}

std::unique_ptr<TlsStream> TlsClient::Impl::wrap(const std::shared_ptr<TlsClient>& self,
                                                 AsioLoop& loop,
                                                 std::unique_ptr<http::Stream> below,
                                                 const http::Destination& destination) {
  Impl& impl = self->impl();
  SslPtr ssl(SSL_new((destination.verify_certificate ? impl.verifying : impl.trusting).get()));
  SSL_set_connect_state(ssl.get());
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
  if (Address::parse(destination.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, destination.host.c_str());  // and no SNI: RFC 6066, 3
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    std::string name = destination.host;
    if (name.ends_with('.')) name.pop_back();  // certificates and SNI have none: RFC 6066, 3
    X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size());
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  }
  auto conversation = std::make_shared<Conversation>();
  conversation->client = self;
  conversation->key =
      (destination.verify_certificate ? "v " : "t ") + destination.host + ":" + std::to_string(destination.port);
  SSL_set_app_data(ssl.get(), conversation.get());
  impl.resume(ssl.get(), conversation->key);
  return std::make_unique<TlsStream>(loop, std::move(below), std::move(ssl), std::move(conversation));
}

// Returns 1 to keep the reference it is given.
int TlsClient::Impl::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* conversation = static_cast<Conversation*>(SSL_get_app_data(ssl));
  conversation->client->impl().remember(conversation->key, SslSessionPtr(session));
  return 1;
}

void TlsClient::Impl::remember(const std::string& key, SslSessionPtr session) {
  const std::lock_guard lock(mutex);
  const auto [at, added] = sessions.try_emplace(key);
  at->second = std::move(session);
  if (!added) return;
  oldest.push_back(key);
  if (oldest.size() <= kSessionsMax) return;
  sessions.erase(oldest.front());
  oldest.pop_front();
}

void TlsClient::Impl::resume(SSL* ssl, const std::string& key) {
  const std::lock_guard lock(mutex);
  const auto found = sessions.find(key);
  if (found != sessions.end() && SSL_SESSION_is_resumable(found->second.get()) == 1) {
    SSL_set_session(ssl, found->second.get());
  }
}

}  // namespace fleethook::net
