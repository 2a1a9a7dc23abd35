#include "net/readiness.h"

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace fleethook::net {

Readiness::Readiness(AsioLoop::Impl& loop) : loop_(loop), set_(loop.io) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  FLEETHOOK_ASSERT(set >= 0);
  set_.assign(set);
  wait();
}

int Readiness::add(int socket, Watched& watched) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watched;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void Readiness::wait() {
  set_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& problem) {
    if (problem) return;
    loop_.turn([this] { collect(); });
    wait();
  });
}

void Readiness::collect() {
  const int count = ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    static_cast<Watched*>(events_[i].data.ptr)->on_ready(events_[i].events);
  }
}

}  // namespace fleethook::net
