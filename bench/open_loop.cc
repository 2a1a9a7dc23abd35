// Publishes events at a fixed rate whatever happens, and receives their deliveries: one process and one clock, so that
// it can be said when each event was due, accepted and sent. Told what to do by bench/open_loop.py.
//   open_loop RECEIVERS          prints the ports of that many receivers, then reads one line from stdin:
//     PORT TOKEN PRODUCT RATE WARM_S MEASURE_S CONNECTIONS SICK
//   and prints one JSON object. Event n is named open/I/x, where I is n modulo ten; the integration for open/I/ sends
//   its number as the body to a path /I of any of the receivers. The last I is the sick one: SICK is "well", "late:MS"
//   (answered after so long), "reset" (closed without an answer), or "absent" (nobody is there). open_loop direct RATE
//   SECONDS CONNECTIONS     publishes to its own receiver: what this program can do alone.
// Linux only. Any trouble of its own ends it.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

using Nanos = std::int64_t;
constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kNever = INT64_MAX;
constexpr std::size_t kKinds = 10;
constexpr Nanos kPatience = 5 * kSecond;  // for the last answers and deliveries

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}
int good(int result, const char* what) {
  if (result < 0) die(what);
  return result;
}

Nanos now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * kSecond + at.tv_nsec;
}

// Of one event; 0: not yet.
struct Event {
  Nanos due = 0, sent = 0, accepted = 0, arrived = 0;
};

struct Plan {
  std::string token, product, sick = "well";
  std::uint16_t port = 0;
  double rate = 0, warm = 0, measure = 0;
  std::size_t connections = 64;
  Nanos late() const { return sick.starts_with("late:") ? std::atoll(sick.c_str() + 5) * 1'000'000 : 0; }
};

class OpenLoop {
 public:
  explicit OpenLoop(std::size_t receivers) : poll_(good(epoll_create1(EPOLL_CLOEXEC), "epoll")) {
    for (std::size_t i = 0; i < receivers; ++i) ports_.push_back(listen());
  }
  const std::vector<std::uint16_t>& ports() const { return ports_; }

  void run(const Plan& plan) {
    plan_ = plan;
    events_.resize(static_cast<std::size_t>(plan.rate * (plan.warm + plan.measure)));
    for (std::size_t i = 0; i < plan.connections; ++i) idle_.push_back(connect());
    const Nanos start = now() + kSecond / 100;
    for (std::size_t n = 0; n < events_.size(); ++n)
      events_[n].due = start + static_cast<Nanos>(static_cast<double>(n) * 1e9 / plan.rate);
    while (!over(now())) turn();
    report(start);
  }

 private:
  enum class Kind : std::uint8_t { kNone, kListener, kPublisher, kReceiver };
  struct Connection {
    Kind kind = Kind::kNone;
    std::size_t event = 0;  // of a publisher that waits for its answer
    std::string in;
  };
  struct Late {
    Nanos when;
    int fd;
    std::uint64_t life;
  };

  std::uint16_t listen() {
    const int fd = good(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    good(bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
    good(::listen(fd, 4096), "listen");
    socklen_t size = sizeof at;
    good(getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
    watch(fd, Kind::kListener);
    return ntohs(at.sin_port);
  }

  int connect() {
    const int fd = good(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(plan_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    good(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), "connecting to the server");
    good(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
    watch(fd, Kind::kPublisher);
    return fd;
  }

  void watch(int fd, Kind kind) {
    const int on = 1;
    if (kind != Kind::kListener) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connections_.size() <= static_cast<std::size_t>(fd)) {
      connections_.resize(static_cast<std::size_t>(fd) + 1);
      lives_.resize(connections_.size());
    }
    at(fd) = {kind, 0, {}};
    ++lives_[static_cast<std::size_t>(fd)];
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = fd;
    good(epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &wanted), "epoll_ctl");
  }
  Connection& at(int fd) { return connections_[static_cast<std::size_t>(fd)]; }

  void forget(int fd) {
    ++lives_[static_cast<std::size_t>(fd)];
    at(fd) = {};
    close(fd);
  }

  bool over(Nanos time) {
    if (next_ < events_.size()) return false;
    if (answered_ == events_.size() && arrived_ == owed()) return true;
    if (gave_up_at_ == 0) gave_up_at_ = time + kPatience;
    return time > gave_up_at_;
  }
  // Deliveries that are to come to receivers that are well.
  std::size_t owed() const { return accepted_well_; }

  void turn() {
    publish();
    epoll_event ready[256];
    const int count = wait(ready, 256);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[i].data.fd;
      switch (at(fd).kind) {
        case Kind::kListener:
          accept(fd);
          break;
        case Kind::kPublisher:
        case Kind::kReceiver:
          read(fd);
          break;
        case Kind::kNone:
          break;
      }
    }
    for (; !late_.empty() && late_.front().when <= now(); late_.pop_front()) {
      if (lives_[static_cast<std::size_t>(late_.front().fd)] == late_.front().life) answer(late_.front().fd);
    }
  }

  int wait(epoll_event* ready, int most) {
    Nanos until = now() + kSecond / 10;
    if (next_ < events_.size() && !idle_.empty()) until = std::min(until, events_[next_].due);
    if (!late_.empty()) until = std::min(until, late_.front().when);
    const Nanos left = std::max<Nanos>(0, until - now());
    const timespec span{left / kSecond, left % kSecond};
    const int count = epoll_pwait2(poll_, ready, most, &span, nullptr);
    if (count < 0 && errno != EINTR) die("epoll_pwait2");
    return std::max(count, 0);
  }

  // What is due goes out as long as a connection is free; the rest waits, and its time counts.
  void publish() {
    for (; next_ < events_.size() && !idle_.empty(); ++next_) {
      const Nanos time = now();
      if (events_[next_].due > time) return;
      const int fd = idle_.back();
      idle_.pop_back();
      char body[96], request[1024];
      const int size = std::snprintf(body, sizeof body, R"({"name":"open/%zu/x","data":"%zu","private":true})",
                                     next_ % kKinds, next_);
      const int whole =
          std::snprintf(request, sizeof request,
                        "POST /v1/products/%s/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                        plan_.product.c_str(), plan_.token.c_str(), size, body);
      events_[next_].sent = time;
      at(fd).event = next_;
      send(fd, request, static_cast<std::size_t>(whole));
    }
  }

  // Small, and into an empty buffer.
  void send(int fd, const char* text, std::size_t size) {
    if (::send(fd, text, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size)) return;
    if (at(fd).kind == Kind::kReceiver) return forget(fd);
    die("sending to the server");
  }

  void accept(int listener) {
    for (;;) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      watch(fd, Kind::kReceiver);
    }
  }

  void read(int fd) {
    char bytes[16384];
    const ssize_t size = recv(fd, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      if (at(fd).kind == Kind::kPublisher) die("the server closed a connection");
      return forget(fd);
    }
    at(fd).in.append(bytes, static_cast<std::size_t>(size));
    for (;;) {
      Connection& connection = at(fd);
      const std::size_t head = connection.in.find("\r\n\r\n");
      if (head == std::string::npos) return;
      const char* length = strcasestr(connection.in.c_str(), "\r\ncontent-length:");
      const std::size_t body =
          length != nullptr && length < connection.in.c_str() + head ? std::strtoull(length + 17, nullptr, 10) : 0;
      const std::size_t whole = head + 4 + body;
      if (connection.in.size() < whole) return;
      const std::string message = connection.in.substr(0, whole);
      connection.in.erase(0, whole);
      connection.kind == Kind::kPublisher ? answered(fd, message) : received(fd, message, head + 4);
      if (at(fd).in.empty()) return;
    }
  }

  bool is_sick(std::size_t number) const { return number % kKinds == kKinds - 1; }

  void answered(int fd, const std::string& message) {
    Event& event = events_[at(fd).event];
    ++answered_;
    if (message.compare(9, 3, "200") == 0) {
      event.accepted = now();
      if (!is_sick(at(fd).event)) ++accepted_well_;
    } else {
      ++refused_;
    }
    idle_.push_back(fd);
    publish();
  }

  void received(int fd, const std::string& message, std::size_t body) {
    const std::size_t data = message.find(R"("data":")", body);
    const std::size_t number =
        std::strtoull(message.c_str() + (data == std::string::npos ? body : data + 8), nullptr, 10);
    if (number >= events_.size()) die("an event that was never sent");
    if (events_[number].arrived != 0) {
      ++again_;
    } else {
      events_[number].arrived = now();
      if (!is_sick(number)) ++arrived_;
    }
    if (!is_sick(number) || plan_.sick == "well") return answer(fd);
    if (plan_.late() > 0) return late_.push_back({now() + plan_.late(), fd, lives_[static_cast<std::size_t>(fd)]});
    forget(fd);
  }

  void answer(int fd) {
    static constexpr char kTaken[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    send(fd, kTaken, sizeof kTaken - 1);
  }

  static double percentile_ms(std::vector<Nanos>& values, double share) {
    if (values.empty()) return -1;
    const auto place = static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
    return static_cast<double>(values[place]) / 1e6;
  }
  static void print(const char* name, std::vector<Nanos>& values) {
    std::printf(R"(,"%s_p50_ms":%.3f,"%s_p99_ms":%.3f,"%s_p999_ms":%.3f,"%s_max_ms":%.3f)", name,
                percentile_ms(values, 0.5), name, percentile_ms(values, 0.99), name, percentile_ms(values, 0.999), name,
                percentile_ms(values, 1));
  }

  // Of the events that were due after the warm-up, for receivers that are well.
  void report(Nanos start) {
    const Nanos from = start + static_cast<Nanos>(plan_.warm * 1e9);
    std::vector<Nanos> behind, accepting, sending, all;
    std::size_t due = 0, accepted = 0, lost = 0;
    Nanos last = from;
    for (std::size_t n = 0; n < events_.size(); ++n) {
      const Event& event = events_[n];
      if (event.due < from) continue;
      ++due;
      if (event.accepted == 0) continue;
      ++accepted;
      last = std::max(last, event.accepted);
      behind.push_back(event.sent - event.due);
      accepting.push_back(event.accepted - event.due);
      if (is_sick(n)) continue;
      lost += event.arrived == 0 ? 1 : 0;
      const Nanos arrived = event.arrived == 0 ? now() : event.arrived;
      // What is sent before the publisher has read its answer has not waited.
      sending.push_back(std::max<Nanos>(0, arrived - event.accepted));
      all.push_back(arrived - event.due);
    }
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](timeval of) {
      return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
    };
    std::printf(R"({"due":%zu,"accepted":%zu,"refused":%zu,"missing":%zu,"again":%zu,"rate_reached":%.0f,"cpu_s":%.2f)",
                due, accepted, refused_, lost, again_,
                static_cast<double>(accepted) * 1e9 / static_cast<double>(std::max<Nanos>(1, last - from)),
                seconds(used.ru_utime) + seconds(used.ru_stime));
    print("behind", behind);
    print("due_to_accepted", accepting);
    print("accepted_to_sent", sending);
    print("due_to_sent", all);
    std::printf("}\n");
  }

  const int poll_;
  std::vector<std::uint16_t> ports_;
  std::vector<Connection> connections_;  // by descriptor
  std::vector<std::uint64_t> lives_;     // by descriptor: it may come again for another connection
  Plan plan_;
  std::vector<Event> events_;
  std::vector<int> idle_;
  std::deque<Late> late_;
  std::size_t next_ = 0, answered_ = 0, refused_ = 0, accepted_well_ = 0, arrived_ = 0, again_ = 0;
  Nanos gave_up_at_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  prctl(PR_SET_TIMERSLACK, 1UL);
  if (count == 5 && std::strcmp(arguments[1], "direct") == 0) {
    OpenLoop loop(1);
    Plan plan;
    plan.token = "none", plan.product = "0", plan.port = loop.ports()[0];
    plan.rate = std::atof(arguments[2]), plan.measure = std::atof(arguments[3]);
    plan.connections = std::strtoull(arguments[4], nullptr, 10);
    loop.run(plan);
    return 0;
  }
  if (count != 2) {
    std::fputs("open_loop RECEIVERS | open_loop direct RATE SECONDS CONNECTIONS\n", stderr);
    return 2;
  }
  OpenLoop loop(std::strtoull(arguments[1], nullptr, 10));
  for (const std::uint16_t port : loop.ports()) std::printf("%u ", port);
  std::printf("\n");
  std::fflush(stdout);
  Plan plan;
  char token[256], product[64], sick[64];
  if (std::scanf("%hu %255s %63s %lf %lf %lf %zu %63s", &plan.port, token, product, &plan.rate, &plan.warm,
                 &plan.measure, &plan.connections, sick) != 8)
    return 2;
  plan.token = token, plan.product = product, plan.sick = sick;
  loop.run(plan);
}
