#include "core/integration_check.h"

#include <utility>

#include "core/template.h"
#include "core/url_shape.h"
#include "http/serialize.h"

namespace fleethook::core {
namespace {

class Checker {
 public:
  Checker(const Limits& limits, std::vector<Violation>& violations) : limits_(limits), violations_(violations) {}

  void refuse(std::string field, std::string message) { violations_.push_back({std::move(field), std::move(message)}); }

  // False if it does not compile.
  bool text(const std::string& field, const std::string& source) {
    if (source.find("{{") == std::string::npos) return true;  // plain text, as most members are
    auto compiled = Template::compile(source, limits_);
    if (!compiled) refuse(field, compiled.error().message);
    return compiled.ok();
  }

  void object(const std::string& field, const json::Object& members) {
    for (const auto& [key, item] : members) {
      const std::string path = field + "." + key;
      text(path, key);
      value(path, item);
    }
  }

  void value(const std::string& field, const json::Value& item) {
    if (item.is_string()) {
      text(field, item.as_string());
    } else if (item.is_object()) {
      object(field, item.as_object());
    } else if (item.is_array()) {
      for (std::size_t i = 0; i < item.as_array().size(); ++i)
        value(field + "." + std::to_string(i), item.as_array()[i]);
    }
  }

  void url(const std::string& source) {
    if (source.empty()) return;  // refused where it was read
    if (source.size() > limits_.url_bytes_max) {
      refuse("url", "must be at most " + std::to_string(limits_.url_bytes_max) + " bytes");
    } else if (text("url", source)) {
      if (auto shape = url_shape(source); !shape) refuse("url", shape.error().message);
    }
  }

  // What stands in the texts already; what templates insert is checked when it is rendered.
  void headers(const json::Object& fields) {
    for (const auto& [key, item] : fields) {
      const std::string path = "headers." + key;
      const bool templated = key.find("{{") != std::string::npos;
      if (templated ? !http::is_header_value(key) : !http::is_header_name(key))
        refuse(path, "is not a name of a header");
      if (item.is_string() && !http::is_header_value(item.as_string()))
        refuse(path, "must not have control characters");
    }
  }

 private:
  const Limits& limits_;
  std::vector<Violation>& violations_;
};

}  // namespace

void check_templates(const IntegrationConfig& config, const Limits& limits, std::vector<Violation>& violations) {
  Checker check(limits, violations);
  check.url(config.url);
  check.object("headers", config.headers);
  check.headers(config.headers);
  check.object("query", config.query);
  if (config.form) check.object("form", *config.form);
  if (config.json) check.value("json", *config.json);
  if (config.body) check.text("body", *config.body);
  if (config.auth) {
    check.text("auth.username", config.auth->username);
    check.text("auth.password", config.auth->password);
  }
  if (config.response_topic) check.text("responseTopic", *config.response_topic);
  if (config.error_response_topic) check.text("errorResponseTopic", *config.error_response_topic);
  if (config.response_template) check.value("responseTemplate", *config.response_template);
}

}  // namespace fleethook::core
