// The HTTP surface: takes a request from a connection, finds its route, checks the token, runs the handler where it
// belongs, answers. One object per loop.
#pragma once
#include <memory>
#include <optional>

#include "api/router.h"
#include "api/services.h"
#include "http/server_connection.h"

namespace fleethook::api {

// Lives on its loop.
class Api final : public http::Handler {
 public:
  Api(Services& services, LoopServices loop, const Router& router);
  ~Api() override;

  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override;
  http::Ruling judge(http::Request& head) override;
  http::Response protocol_error(int status, std::string_view message) const override;
  void complete(http::Response& response) const override;

 private:
  struct Admitted;  // what was found out on the head
  std::optional<http::Response> find_route(const http::Request& request, Call& call) const;
  http::Ruling refused(http::Response response);
  Result<void> let_in(Call& call);
  Result<void> check_hops(Call& call);
  bool still_holds(const Admitted& admitted) const;
  void identify(Call& call) const;
  Result<void> check_cross_site(Call& call) const;
  void note_use(const Call& call) const;
  void dispatch(Call call, std::shared_ptr<http::Responder> responder);
  Services& services_;
  LoopServices loop_;
  const Router& router_;
  metrics::Counter& requests_total_;
  metrics::Counter& bodies_refused_total_;
  metrics::Counter& answers_refused_total_;
};

// The bearer token of a request: Authorization header, ?access_token= on GET, or access_token in a form body; "" when
// there is none.
std::string bearer_token(const http::Request& request);

}  // namespace fleethook::api
