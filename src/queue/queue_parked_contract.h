// Of the contract of every Queue: what is parked until its placement runs again, and what waits behind others of its
// device. For whoever instantiates queue_contract.h.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "queue/queue_contract.h"

namespace fleethook::queue {

TEST_P(QueueContract, WhatIsParkedWaitsForItsRelease) {
  core::Event event = event_named("e", 70);
  event.product.value = 10001;
  Accepted both = accepted(event, {{"a.com", 1}, {"b.com", 1}, {"a.com", 2}, {"a.com", 3}});
  both.deliveries[1].integration = integration(1, 9);
  both.deliveries[0].parked = both.deliveries[1].parked = true;
  const Accepted one = append({both}).front();
  const core::PlacementKey first{{1}, {10001}}, third{{3}, {10001}};
  const core::LaneId a = key_of(one, 0).lane, b = key_of(one, 1).lane;
  retry({{key_of(one, 3), 5, {2, 1, due_at(50)}, due_at(300), third}});  // its turn had come
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ready(a), Keys{key_of(one, 2)});
    EXPECT_EQ(retries(a), Keys{});
    EXPECT_EQ(retries(b), Keys{});
    EXPECT_EQ(queue().lanes().value().size(), 1u) << "a lane with nothing but parked deliveries has nothing to do";
    EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{first, 2, 2}, {{{2}, {10001}}, 1, 0}, {third, 1, 1}}));
    EXPECT_EQ(queue().stats().parked, 3u);
    EXPECT_EQ(queue().stats().ready, 1u);
    EXPECT_EQ(queue().stats().retries, 0u);
    reopen();
  }
  EXPECT_EQ(waiting::release(queue(), {{1}, {}}).value().deliveries, 0u) << "of another placement";
  {
    Heard heard(queue());
    const Released released = waiting::release(queue(), first).value();
    EXPECT_EQ(released.deliveries, 2u);
    EXPECT_FALSE(released.more);
    ASSERT_EQ(heard.lanes_back().size(), 2u);
    for (const LaneState& lane : heard.lanes_back()) {
      EXPECT_EQ(lane.key, queue().lane(lane.id).value().key);
      EXPECT_EQ(lane.next_due(), due_at(0)) << "at once";
    }
    EXPECT_EQ(waiting::release(queue(), third).value().deliveries, 1u);
    EXPECT_EQ(heard.lanes_back().back().next_due(), due_at(300));
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(retries(a), (Keys{key_of(one, 0), key_of(one, 3)}));
    EXPECT_EQ(retries(b), Keys{key_of(one, 1)});
    const auto of_b = waiting::load_retries(queue(), b).value()[0];
    EXPECT_EQ(of_b.version, 9u);
    EXPECT_EQ(of_b.progress, Progress());
    EXPECT_EQ(*of_b.event, *one.event);
    const auto tried = waiting::load_retries(queue(), a).value()[1];
    EXPECT_EQ(tried.version, 5u);
    EXPECT_EQ(tried.progress, (Progress{2, 1, due_at(50)}));
    EXPECT_EQ(tried.due, due_at(300));
    EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{first, 2, 0}, {{{2}, {10001}}, 1, 0}, {third, 1, 0}}));
    EXPECT_EQ(queue().stats().parked, 0u);
    EXPECT_EQ(queue().stats().retries, 3u);
    reopen();
  }
}

TEST_P(QueueContract, WhatIsParkedIsDoneWithOrPutOffLikeAnyOther) {
  core::Event event = event_named("e");
  event.product.value = 10001;
  Accepted all = accepted(event, {{"a.com", 1}, {"a.com", 2}, {"a.com", 3}});
  for (NewDelivery& delivery : all.deliveries) delivery.parked = true;
  const Accepted one = append({all}).front();
  ack({key_of(one, 0)});
  retry({{key_of(one, 1), 1, {1, 1, due_at(5)}, due_at(100)}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(retries(key_of(one).lane), Keys{key_of(one, 1)});
    EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{{{2}, {10001}}, 1, 0}, {{{3}, {10001}}, 1, 1}}));
    EXPECT_EQ(waiting::release(queue(), {{1}, {10001}}).value().deliveries, 0u) << "acknowledged";
    reopen();
  }
}

TEST_P(QueueContract, BringsBackWhatIsParkedInSteps) {
  std::vector<Accepted> events;
  for (int i = 0; i < 50; ++i) {
    events.push_back(accepted(event_named("e", i), {{i % 2 == 0 ? "a.com" : "b.com", 1}, {"c.com", 1}, {"c.com", 2}}));
    for (NewDelivery& delivery : events.back().deliveries) delivery.parked = true;
  }
  events = append(std::move(events));
  const core::PlacementKey placement{{1}, {}};
  EXPECT_EQ(waiting::release(queue(), placement, 0).value().deliveries, 0u);
  std::uint64_t left = 100;
  for (bool more = true; more;) {
    const Released released = waiting::release(queue(), placement, 7).value();
    EXPECT_EQ(released.deliveries, std::min<std::uint64_t>(left, 7));
    left -= released.deliveries;
    more = released.more;
    std::uint64_t in_lanes = 0;
    for (const auto& host : {0, 1}) in_lanes += retries(key_of(events[static_cast<std::size_t>(host)]).lane).size();
    in_lanes += retries(key_of(events[0], 1).lane).size();
    EXPECT_EQ(in_lanes, 100 - left);
    if (left < 60) reopen();
  }
  EXPECT_EQ(left, 0u);
  EXPECT_EQ(queue().waiting(), (std::vector<Waiting>{{{{1}, {}}, 100, 0}, {{{2}, {}}, 50, 50}}));
}

TEST_P(QueueContract, KeepsTheEventsOfWhatIsParked) {
  std::vector<Accepted> events;
  for (int i = 0; i < 10; ++i) events.push_back(accepted(event_named("e", i), {{"a.com", i < 4 ? 1 : 2}}));
  events[3].deliveries[0].parked = events[6].deliveries[0].parked = true;
  events = append(std::move(events));
  for (const std::size_t i : {0, 1, 2, 4, 5, 7, 8, 9}) ack({key_of(events[i])});
  ASSERT_TRUE(waiting::prune(queue(), at(1000), 0).ok());
  EXPECT_EQ(queue().stats().events, 2u);
  ASSERT_TRUE(waiting::release(queue(), {{1}, {}}).ok());
  ack({key_of(events[3])});
  reopen();
  ASSERT_TRUE(waiting::prune(queue(), at(1000), 0).ok());
  EXPECT_EQ(queue().stats().events, 1u);
  ASSERT_TRUE(waiting::release(queue(), {{2}, {}}).ok());
  EXPECT_EQ(*waiting::load_retries(queue(), key_of(events[6]).lane).value()[0].event, *events[6].event);
}

TEST_P(QueueContract, FindsTheFirstOfEachDeviceInOrder) {
  std::vector<Accepted> events;
  for (int i = 0; i < 12; ++i) events.push_back(accepted(event_named("e"), {{"a.com", 1}, {"a.com", 2}}));
  events = append(std::move(events));
  const core::LaneId lane = key_of(events[0]).lane;
  const Device last = (Device{1} << 61) - 1;
  const std::vector<Device> devices = {0, 7, last};
  std::vector<Retry> retries;
  for (std::size_t i = 9; i-- > 0;)  // the last event first
    retries.push_back({key_of(events[i], 0), 3, {1, 1, due_at(1)}, in_order(devices[i % 3])});
  retries.push_back({key_of(events[9], 0), 1, {2, 1, due_at(1)}, due_at(50)});
  retries.push_back({key_of(events[10], 1), 1, {}, in_order(8)});
  retry(retries);
  const core::PlacementKey first{{1}, {}}, second{{2}, {}};
  for (int round = 0; round < 2; ++round) {
    const auto found = [&](const core::PlacementKey& of, std::vector<Device> wished, std::size_t each) {
      return keys(waiting::load_ordered(queue(), lane, of, std::move(wished), each).value());
    };
    EXPECT_EQ(found(first, {7, 0}, 2),
              (Keys{key_of(events[1]), key_of(events[4]), key_of(events[0]), key_of(events[3])}));
    EXPECT_EQ(found(first, {last, 8}, 1), Keys{key_of(events[2])});
    EXPECT_EQ(found(first, {}, 1), Keys{});
    EXPECT_EQ(found(second, {7, 8}, 9), Keys{key_of(events[10], 1)});
    const Pending one = waiting::load_ordered(queue(), lane, first, {7}, 1).value().front();
    EXPECT_EQ(one.version, 3u);
    EXPECT_EQ(one.progress, (Progress{1, 1, due_at(1)}));
    EXPECT_EQ(*one.event, *events[1].event);
    EXPECT_EQ(device_in(*one.due), 7u);
    const auto some = [&](Device from, std::size_t limit) {
      return waiting::ordered_devices(queue(), lane, first, from, limit).value();
    };
    EXPECT_EQ(some(0, 10), devices);
    EXPECT_EQ(some(0, 2), (std::vector<Device>{0, 7}));
    EXPECT_EQ(some(8, 10), std::vector<Device>{last});
    EXPECT_EQ(waiting::ordered_devices(queue(), lane, second, 0, 10).value(), std::vector<Device>{8});
    EXPECT_EQ(keys(waiting::load_retries_of(queue(), lane, first, kOrderedFrom - Duration(1)).value()),
              Keys{key_of(events[9])})
        << "a load by time brings none of them";
    reopen();
  }
  ack({key_of(events[1])});
  EXPECT_EQ(keys(waiting::load_ordered(queue(), lane, first, {7}, 1).value()), Keys{key_of(events[4])});
  ack({key_of(events[4]), key_of(events[7])});
  EXPECT_EQ(waiting::ordered_devices(queue(), lane, first, 1, 10).value(), std::vector<Device>{last});
}

TEST_P(QueueContract, WhatIsParkedInOrderComesBackInOrder) {
  auto in_order_of = std::make_shared<core::Integration>(*integration(1));
  in_order_of->config.delivery.order_per_device = true;
  core::Event event = event_named("e");
  event.publisher = "0123456789abcdef01234567";
  const core::PlacementKey placement{{1}, {}};
  const Device device = device_of(event);
  EXPECT_EQ(queue().parked_of(placement), Parked{});
  std::vector<Accepted> events(2, accepted(event, {{"a.com", 1}}));
  for (Accepted& one : events) {
    one.deliveries[0].integration = in_order_of;
    one.deliveries[0].parked = true;
  }
  events = append(std::move(events));
  const core::LaneId lane = key_of(events[0]).lane;
  EXPECT_EQ(queue().parked_of(placement).deliveries, 2u);
  EXPECT_EQ(waiting::ordered_devices(queue(), lane, placement, 0, 10).value(), std::vector<Device>{});
  const std::uint64_t before = queue().parked_of(placement).left_at;
  ASSERT_EQ(waiting::release(queue(), placement, 1).value().deliveries, 1u);
  const Parked after = queue().parked_of(placement);
  EXPECT_EQ(after.deliveries, 1u);
  EXPECT_NE(after.left_at, before);
  ASSERT_EQ(waiting::release(queue(), placement, 1).value().deliveries, 1u);
  EXPECT_EQ(queue().parked_of(placement).deliveries, 0u);
  EXPECT_NE(queue().parked_of(placement).left_at, after.left_at);
  EXPECT_EQ(keys(waiting::load_ordered(queue(), lane, placement, {device}, 5).value()),
            (Keys{key_of(events[0]), key_of(events[1])}));
}

}  // namespace fleethook::queue
