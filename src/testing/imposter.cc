// What receivers do.
#include <algorithm>
#include <utility>

#include "testing/sim_network.h"

namespace fleethook::testing {
namespace {

constexpr Duration kLate = std::chrono::seconds(25);  // after any client has given up

std::string head_of(int status, std::size_t body_bytes, std::optional<Duration> retry_after, bool close) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http::reason_phrase(status)) + "\r\n";
  if (retry_after)
    text += "Retry-After: " + std::to_string(std::chrono::floor<std::chrono::seconds>(*retry_after).count()) + "\r\n";
  if (close) text += "Connection: close\r\n";
  if (status != 204) text += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
  return text + "\r\n";
}

}  // namespace

bool Imposter::is_dead() const {
  const Steady now = sim_.steady();
  if (now >= personality.dead_from && now < personality.dead_until) return true;
  return personality.flap > Duration::zero() && (now.time_since_epoch() / personality.flap) % 2 == 1;
}

void Imposter::opened(const LinkPtr& link) {
  conversations_[link.get()] = {std::make_unique<http::RequestParser>(limits_), 0, false, false, sim_.steady()};
  const auto open = std::count_if(conversations_.begin(), conversations_.end(),
                                  [](const auto& one) { return !one.first->client_has_closed(); });
  open_links_max_ = std::max(open_links_max_, static_cast<std::size_t>(open));
}

void Imposter::hang_up(const LinkPtr& link) {
  link->close();
  conversations_.erase(link.get());
}

void Imposter::bytes_came(const LinkPtr& link, std::string_view bytes) {
  const auto found = conversations_.find(link.get());
  if (found == conversations_.end()) return;
  Conversation& conversation = found->second;
  if (is_dead()) {
    sim_.probe("died with connections open");
    conversations_.erase(found);
    return link->reset();
  }
  if (conversation.requests > 0 && !conversation.parser->started() && sim_.chance(personality.close_on_reuse)) {
    sim_.probe("kept-alive connection closed at the moment of reuse");
    return hang_up(link);
  }
  const auto feed = [&]() -> Result<void> {
    while (!bytes.empty() && !conversation.parser->done()) {
      FLEETHOOK_TRY(const std::size_t eaten, conversation.parser->feed(bytes));  // stops after the head
      bytes.remove_prefix(eaten);
    }
    return {};
  };
  if (!feed()) {
    sim_.trace("BAD REQUEST");
    sim_.probe("a request was not HTTP");
    return hang_up(link);
  }
  if (conversation.parser->headers_done() && !conversation.parser->done() && !conversation.answered_early &&
      sim_.chance(personality.early_answer)) {
    sim_.probe("answered before the request ended");
    conversation.answered_early = true;
    link->send(head_of(503, 0, std::nullopt, true));
    link->close();
    return;
  }
  if (conversation.answered_early || !conversation.parser->done()) return;
  ++conversation.requests;
  conversation.busy = true;
  request_came(link, conversation.parser->take());
}

void Imposter::request_came(const LinkPtr& link, const http::Request& request) {
  witness_.received(*this, {request, *link, conversations_[link.get()].requests});
  const Personality as = personality_at(request.target);
  Duration think = sim_.between(as.think_min, as.think_max);
  const auto happens = [this](double& sum, double probability, double drawn) {
    sum += probability;
    return drawn >= sum - probability && drawn < sum;
  };
  const double drawn = sim_.random().unit();
  double sum = 0;
  const auto later = [this, &link](Duration after, auto what) {
    sim_.after(after, [this, link = link, what] {
      if (conversations_.contains(link.get())) what(link);
    });
  };
  const auto break_off = [this](const LinkPtr& to) {
    conversations_.erase(to.get());
    to->reset();
  };
  // A status line is an answer, whatever comes behind it.
  const auto begin_answer = [this, request](const LinkPtr& to, const std::string& bytes) {
    to->send(bytes);
    if (!to->client_has_closed()) witness_.answered(*this, request, 200, std::nullopt, true);
  };
  if (happens(sum, as.silence, drawn)) {
    sim_.probe("silence");
    return;
  }
  if (happens(sum, as.reset_before, drawn)) {
    sim_.probe("reset before the answer");
    return later(think, break_off);
  }
  if (happens(sum, as.reset_in_head, drawn)) {
    sim_.probe("reset in the headers");
    later(think, [begin_answer](const LinkPtr& to) { begin_answer(to, "HTTP/1.1 200 OK\r\nContent-Le"); });
    return later(think + std::chrono::milliseconds(50), break_off);
  }
  if (happens(sum, as.reset_in_body, drawn)) {
    sim_.probe("reset in the body");
    later(think,
          [begin_answer](const LinkPtr& to) { begin_answer(to, head_of(200, 100, std::nullopt, false) + "half"); });
    return later(think + std::chrono::milliseconds(50), break_off);
  }
  if (happens(sum, as.short_body, drawn)) {
    sim_.probe("body shorter than said");
    return later(think, [this, begin_answer](const LinkPtr& to) {
      begin_answer(to, head_of(200, 100, std::nullopt, false) + "half");
      hang_up(to);
    });
  }
  if (happens(sum, as.garbage, drawn)) {
    sim_.probe("answer that is not HTTP");
    return later(think, [this](const LinkPtr& to) {
      to->send("220 mail.example ESMTP\r\n\r\n");
      hang_up(to);
    });
  }
  if (happens(sum, as.late, drawn)) {
    sim_.probe("answer after the time-out");
    think = kLate;
  }
  sim_.after(think, [this, link, request, prompt = think < kLate / 5] {
    if (conversations_.contains(link.get())) answer(link, request, prompt);
  });
}

void Imposter::answer(const LinkPtr& link, const http::Request& request, bool prompt) {
  const Personality& as = personality_at(request.target);
  const int status = sim_.pick(as.statuses);
  std::optional<Duration> retry_after;
  if ((status == 429 || status == 503) && sim_.chance(as.retry_after)) {
    retry_after = as.retry_after_exactly > Duration::zero() ? as.retry_after_exactly
                                                            : Duration(std::chrono::seconds(1 + sim_.below(600)));
    sim_.probe("Retry-After");
  }
  if (status / 100 == 3) sim_.probe("redirect");
  const bool close = sim_.chance(as.close_after);
  const std::string body = status == 204 ? "" : as.body;
  std::string bytes = head_of(status, body.size(), as.mumbles ? std::nullopt : retry_after, close) + body;
  if (status / 100 == 3 && !as.location.empty())
    bytes.insert(bytes.find("\r\n") + 2, "Location: " + as.location + "\r\n");
  if (status == 508 && as.cuts_loops) bytes.insert(bytes.find("\r\n") + 2, "Fleethook-Hops: 8\r\n");
  if (sim_.chance(as.continue_first)) {
    sim_.probe("100-continue unasked");
    bytes = "HTTP/1.1 100 Continue\r\n\r\n" + bytes;
  }
  if (sim_.chance(as.slow_bytes)) {
    sim_.probe("slow bytes");
    // In ten portions, 100 ms apart.
    const std::size_t step = bytes.size() / 10 + 1;
    Duration after{};
    for (std::size_t at = 0; at < bytes.size(); at += step, after += std::chrono::milliseconds(100)) {
      sim_.after(after, [link, part = bytes.substr(at, step)] { link->send(part); });
    }
    if (close) sim_.after(after, [link] { link->close(); });
    prompt = false;
  } else {
    link->send(bytes);
    if (close) hang_up(link);
  }
  if (!link->client_has_closed()) witness_.answered(*this, request, status, retry_after, prompt);
  if (!close) watch_idle(link);
}

void Imposter::watch_idle(const LinkPtr& link) {
  Conversation& conversation = conversations_[link.get()];
  conversation.busy = false;
  const Steady since = conversation.idle_since = sim_.steady();
  sim_.after(personality.idle_max, [this, link, since] {
    const auto found = conversations_.find(link.get());
    if (found == conversations_.end() || found->second.idle_since != since || found->second.busy ||
        found->second.parser->started())
      return;
    sim_.probe("idle connection closed by the receiver");
    hang_up(link);
  });
}

}  // namespace fleethook::testing
