// Loops: deliveries that publish events which fire deliveries. Each delivery says in a header how many hops lie behind
// it, each event made of it carries that number on, and one that came too far is refused. Pure.
//
// What comes of one delivery is bounded by 2^(event_hops_max - 1) events, however its loop branches: a hop counts one,
// and each doubling on the way (of the events in a batch, of the integrations that an event fires) counts one more.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace fleethook::core {

// Of each delivery; an integration cannot set it. Of a refusal too: there it has the most hops that an event may have,
// and tells the sender's Fleethook that trying again is useless.
inline constexpr std::string_view kHopsHeader = "fleethook-hops";
inline constexpr int kLoopStatus = 508;  // Loop Detected (RFC 5842)

// More than any limit: what the header of a request means that is no such number.
inline constexpr std::uint8_t kHopsUnreadable = 255;

// Of the events that a request makes: 0 without the header.
std::uint8_t hops_of(const http::Headers& headers);
// Of each of `branches` that begin where there were `hops`. What nobody's delivery led to branches freely.
std::uint8_t hops_after_branching(std::uint8_t hops, std::size_t branches);
// Of the events that a delivery of an event with `hops` makes.
std::uint8_t next_hops(std::uint8_t hops);

}  // namespace fleethook::core
