// What a listener of its own for metrics serves: /metrics, /metrics/integrations, /healthz and /readyz, and nothing
// else. One object per loop.
#pragma once
#include <memory>

#include "api/router.h"
#include "api/services.h"
#include "http/server_connection.h"

namespace fleethook::api {

// Lives on its loop.
class MetricsSite final : public http::Handler {
 public:
  MetricsSite(Services& services, Loop& loop);

  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override;
  http::Ruling judge(http::Request&) override { return {}; }
  http::Response protocol_error(int status, std::string_view message) const override;
  void complete(http::Response& response) const override;

 private:
  Services& services_;
  Loop& loop_;
  const Router router_;
};

}  // namespace fleethook::api
