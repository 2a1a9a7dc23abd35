// The inside of TlsClient, for the Connector.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "http/transport.h"
#include "net/connector.h"
#include "net/openssl.h"
#include "net/tls_stream.h"

namespace fleethook::net {

// Two contexts, so that a session made without verification can never be resumed where it is asked for.
struct TlsClient::Impl {
  // A stream ready for handshake(). Any thread; the stream belongs to `loop`. `self` is the owner of this.
  static std::unique_ptr<TlsStream> wrap(const std::shared_ptr<TlsClient>& self,
                                         AsioLoop& loop,
                                         std::unique_ptr<http::Stream> below,
                                         const http::Destination& destination);
  static int on_new_session(SSL* ssl, SSL_SESSION* session);
  void remember(const std::string& key, SslSessionPtr session);
  void resume(SSL* ssl, const std::string& key);

  SslContextPtr verifying;
  SslContextPtr trusting;

  std::mutex mutex;
  std::unordered_map<std::string, SslSessionPtr> sessions;  // under mutex: the newest per destination
  std::deque<std::string> oldest;                           // under mutex: keys in the order they came
};

}  // namespace fleethook::net
