// HTTP requests and responses as values. No sockets, no third-party types.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleethook::http {

// Header fields in order. All text stands in one buffer, as it is written to a peer ("Name: value\r\n" for each), so a
// message costs a few allocations, not two a field, and is mostly written in one piece. Names keep their case; lookups
// ignore it. Not thread-safe; a value.
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  // The same for a field that was read from a peer: cheaper, but lines() will not do for the whole message any more.
  void add_read(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces all of that name
  void extend_last(std::string_view text);                  // the value of the field added last, right after add()
  void remove(std::string_view name);
  // The first value of that name; empty view with data() == nullptr when absent. Valid until the next change.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).data() != nullptr; }
  std::size_t size() const { return fields_.size(); }
  std::string_view name_at(std::size_t index) const;
  std::string_view value_at(std::size_t index) const;
  void clear();
  void reserve(std::size_t text_bytes, std::size_t fields);  // room for all names and values together
  // All fields as lines: names, values, and 4 bytes more for each.
  std::string_view lines() const { return text_; }
  // Whether lines() may go to a peer as they are: each is a valid field (http/serialize.h), and none is one on which
  // the writer of a message has a say (Host, Date, Connection, Content-Length, Transfer-Encoding). False says nothing.
  bool are_plain() const { return plain_; }

 private:
  struct Field {
    std::uint32_t at, name_size, value_size;  // in text_
    std::size_t value_at() const { return std::size_t{at} + name_size + 2; }
    std::size_t size() const { return std::size_t{name_size} + value_size + 4; }
  };
  bool is_ours(std::string_view text) const;
  std::string text_;
  std::vector<Field> fields_;
  bool plain_ = true;
};

struct Response;

// What the application holds of a request whose body comes after its head: from there on, until the request is gone.
// On the connection's loop until the request is handed over.
class Keep {
 public:
  virtual ~Keep() = default;
  // Asked as the body comes: that much memory holds it now. With an answer there is no room for it.
  virtual std::optional<Response> body_takes(std::size_t bytes) = 0;
};

struct Request {
  std::string method;  // "POST"
  std::string target;  // origin form, as sent: "/v1/devices/events?x=1"
  Headers headers;
  std::string body;
  bool keep_alive = true;
  bool http_1_0 = false;
  // Set by the server connection; http/forwarded.h puts there what a trusted proxy says.
  std::string peer;            // address of the client, "127.0.0.1"
  bool secure = false;         // it came over TLS
  bool peer_is_proxy = false;  // one of ours, which does not say for whom it speaks
  std::shared_ptr<Keep> keep;  // Handler::judge() made it; null when the body came with the head

  std::string_view path() const;   // target up to '?'
  std::string_view query() const;  // after '?', "" without one
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date, Connection are added when written
  std::string body;
  // Written instead of `body` when set: bytes that outlive every answer, such as files in the binary. Never copied.
  std::string_view lasting_body;
  bool close = false;          // close the connection after it
  std::shared_ptr<void> held;  // let go when the client has taken the answer, or has gone

  std::string_view content() const { return lasting_body.data() != nullptr ? lasting_body : std::string_view(body); }

  static Response json(int status, std::string body);
};

std::string_view reason_phrase(int status);

}  // namespace fleethook::http
