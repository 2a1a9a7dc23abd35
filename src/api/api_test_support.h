// The API as a test meets it: real handlers over a real store and queue in a temporary folder, on a loop and a clock
// that the test moves, with a receiver that answers what the test says.
#pragma once
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/budgets.h"
#include "api/login_guard.h"
#include "api/password_line.h"
#include "api/router.h"
#include "core/event.h"
#include "testing/base/manual_loop.h"
#include "testing/base/memory_stream.h"
#include "testing/sqlite_data.h"

namespace fleethook::api {

// What was written to a stream so far.
struct Streamed {
  std::string text;
  bool closed = false;
};

struct Reply {
  int status = 0;
  http::Headers headers;
  std::string text;
  json::Value body;                      // null when the text is no JSON
  bool streams = false;                  // it was answered with a stream
  std::shared_ptr<Streamed> streamed{};  // set then, unless the request was HEAD

  // The member at a path such as "integration.products.0.slug": text as it is, anything else as JSON; "(absent)" when
  // it is not there.
  std::string operator[](std::string_view path) const;
  const json::Value* find(std::string_view path) const;
  std::string header(std::string_view name) const { return std::string(headers.get(name)); }
};

// Lives on the test's thread.
class TestWorld final : private queue::Owner {
 public:
  explicit TestWorld(Limits limits = {}, bool open_signup = true, PasswordLimits password_limits = {});
  ~TestWorld();
  TestWorld(const TestWorld&) = delete;

  // Sends it as the user (a name given to add_user(), whose token is the same; "" = no token) and waits for the answer.
  // Every refusal is checked here against what all refusals have in common.
  Reply send(std::string_view user,
             std::string_view method,
             std::string_view target,
             std::string body = "",
             std::string_view content_type = "application/json");
  Reply send(http::Request request);
  // The same, with the error's code and a part of its sentence checked too.
  Reply refused(int status,
                std::string_view code,
                std::string_view sentence_part,
                std::string_view user,
                std::string_view method,
                std::string_view target,
                std::string body = "",
                std::string_view content_type = "application/json");

  core::UserId add_user(std::string name,
                        bool administrator = false);  // "ann" -> ann@example.com, password "password-of-ann"
  // `by` invites the user "bob" of add_user() to the team at the path, who accepts. The refusal, if one of them is
  // refused; else the answer to `by`.
  Reply join(std::string_view by, std::string_view team, std::string_view name, std::string_view role);
  std::string add_organization(std::string_view user,
                               std::string name,
                               std::string_view plan = "enterprise");  // its slug
  std::string add_product(std::string_view user,
                          std::string_view organization,
                          std::string name);  // its id; organization "" = the user's
  std::string add_integration(std::string_view user, std::string_view path, std::string body);  // its id

  store::Store& store() { return data_->store(); }
  testing::ManualLoop& loop() { return loop_; }
  metrics::Registry& metrics() { return metrics_; }
  const Router& router() const { return router_; }
  Api& api() { return *api_; }
  Services& services() { return *services_; }
  Budgets& budgets() { return budgets_; }
  void carry_console(console_files::Table files) { services_->console = files; }
  const std::vector<core::EventPtr>& accepted() const { return accepted_; }  // events, as committed
  std::vector<Trouble> troubles;
  InstanceView instance;
  std::string receiver_says = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere";
  std::vector<std::string> received;  // by the receiver
  // Publishes and gives the requests that come of it, sorted, when their outcomes are on disk. The receiver's answers
  // have to be final ones, such as 200 and 410: nothing is left to be retried. `body` has "name", and "data" if any.
  std::vector<std::string> fired(std::string_view user, std::string_view events_path, std::string body);

 private:
  class Receiver;
  void run_until(const std::function<bool()>& done);
  void committed(const std::vector<queue::Accepted>& events);
  // Passed on to the dispatcher while fired() runs.
  void found(const std::vector<queue::LaneState>& /*lanes*/) override {}
  void offered(const queue::Batch& committed) override;
  void brought_back(const std::vector<queue::LaneState>& /*lanes*/) override {}

  Budgets budgets_;  // first: whatever holds some of them goes before
  testing::ManualLoop loop_;
  SystemRandom random_;
  metrics::Registry metrics_;
  const Limits limits_;
  std::unique_ptr<testing::SqliteData> data_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<stream::Hub> hub_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_;
  std::unique_ptr<ingest::Ingest> ingest_;
  LoginGuard login_guard_;
  PasswordLine password_line_;
  std::unique_ptr<Services> services_;
  const Router router_;
  std::unique_ptr<Api> api_;
  std::vector<core::EventPtr> accepted_;
  bool delivers_ = false;                                       // fired() runs
  std::uint64_t recorded(core::IntegrationNumber integration);  // outcomes
  std::size_t to_send_ = 0;
  std::map<core::IntegrationNumber, std::uint64_t> to_record_;  // with the outcomes that there were before
};

}  // namespace fleethook::api
