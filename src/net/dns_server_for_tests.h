// A DNS server on a UDP port of loopback with answers set by the test, for the tests of net/. Runs on a thread of its
// own.
#pragma once
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fleethook::net {

class DnsServer {
 public:
  enum class Kind { kAnswer, kNoSuchName, kServerFailure, kSilence };
  struct Record {
    Kind kind = Kind::kAnswer;
    std::vector<std::string> v4{};
    std::vector<std::string> v6{};
    std::uint32_t ttl_s = 60;
  };

  DnsServer() {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
    socklen_t size = sizeof here;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_, &one, sizeof one), ssize_t{sizeof one});
    thread_.join();
    ::close(socket_);
    ::close(stop_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::string address() const { return address_; }
  void set(const std::string& name, Record record) {
    const std::lock_guard lock(mutex_);
    records_[name] = std::move(record);
  }
  // Questions for IPv4 addresses of `name` so far; "" = of all names.
  int asked(const std::string& name = "") {
    const std::lock_guard lock(mutex_);
    return asked_[name];
  }
  // Blocks until one has come.
  void wait_until_asked(const std::string& name) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [&] { return asked_[name] > 0; }));
  }

 private:
  static constexpr std::uint8_t kTypeA = 1;
  static constexpr std::uint8_t kTypeAaaa = 28;

  void serve() {
    pollfd wait[2] = {{socket_, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(wait, 2, -1) >= 0 && wait[1].revents == 0) {
      std::uint8_t packet[512];
      sockaddr_in from{};
      socklen_t from_size = sizeof from;
      const ssize_t size =
          ::recvfrom(socket_, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 12) continue;
      const std::string answer =
          respond(std::string(reinterpret_cast<const char*>(packet), static_cast<std::size_t>(size)));
      if (!answer.empty())
        ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&from), from_size);
    }
  }

  // RFC 1035, 4.1: a header, the question as it came, the answers with a pointer to the question's name.
  std::string respond(const std::string& query) {
    std::size_t at = 12;
    std::string name;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<std::size_t>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += 1 + length;
    }
    const std::size_t question_end = at + 5;
    if (question_end > query.size()) return "";
    const auto type = static_cast<std::uint8_t>(query[at + 2]);

    const std::lock_guard lock(mutex_);
    if (type == kTypeA) {
      ++asked_[name];
      ++asked_[""];
      changed_.notify_all();
    }
    const auto found = records_.find(name);
    const Record record = found != records_.end() ? found->second : Record{Kind::kNoSuchName};
    if (record.kind == Kind::kSilence) return "";
    const auto& addresses = type == kTypeA ? record.v4 : record.v6;
    std::string answer = query.substr(0, 2);
    answer += '\x81';
    answer += static_cast<char>(record.kind == Kind::kNoSuchName      ? 0x83
                                : record.kind == Kind::kServerFailure ? 0x82
                                                                      : 0x80);
    answer += {0, 1, 0, static_cast<char>(record.kind == Kind::kAnswer ? addresses.size() : 0), 0, 0, 0, 0};
    answer += query.substr(12, question_end - 12);
    if (record.kind != Kind::kAnswer) return answer;
    for (const std::string& text : addresses) {
      char bytes[16];
      const bool v6 = type == kTypeAaaa;
      EXPECT_EQ(::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes), 1) << text;
      const std::uint32_t ttl = htonl(record.ttl_s);
      answer += {'\xc0', 12, 0, static_cast<char>(type), 0, 1};
      answer.append(reinterpret_cast<const char*>(&ttl), 4);
      answer += {0, static_cast<char>(v6 ? 16 : 4)};
      answer.append(bytes, v6 ? 16 : 4);
    }
    return answer;
  }

  const int socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int stop_ = ::eventfd(0, EFD_CLOEXEC);
  std::string address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Record> records_;
  std::map<std::string, int> asked_;
  std::thread thread_;
};

}  // namespace fleethook::net
