// The demo's way to its own server: the REST API with an administrator's token, as any user has it.
#pragma once
#include <string>

#include "json/value.h"
#include "server/http_client.h"

namespace fleethook::server {

// Calls block; not from the client's loop.
class DemoApi {
 public:
  DemoApi(HttpClient& client, std::string url, std::string token)
      : client_(client), url_(std::move(url)), token_(std::move(token)) {}

  // An answer that is not 2xx is an error with the server's sentence.
  Result<json::Value> call(const std::string& method, const std::string& path, const json::Value& body) const {
    return client_.call(method, url_ + path, token_, &body);
  }
  // The same with the body as JSON text: what is set up reads as it would be sent.
  Result<json::Value> call(const std::string& method, const std::string& path, const char* body) const {
    FLEETHOOK_TRY(const json::Value value, json::parse(body));
    return call(method, path, value);
  }
  Result<json::Value> get(const std::string& path) const { return client_.call("GET", url_ + path, token_); }

  HttpClient& client() const { return client_; }
  const std::string& url() const { return url_; }
  const std::string& token() const { return token_; }

 private:
  HttpClient& client_;
  const std::string url_, token_;
};

}  // namespace fleethook::server
