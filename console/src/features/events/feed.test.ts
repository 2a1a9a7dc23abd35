import { describe, expect, it } from "vitest";
import type { LiveEvent } from "./event";
import { EventFeed } from "./feed";

const event = (number: number): LiveEvent => ({
  number,
  name: number % 2 === 0 ? "even" : "odd",
  data: null,
  at: "",
  from: "api",
  product: null,
  kind: "api",
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));

function makeFeed(max = 100) {
  const waiting: (() => void)[] = [];
  const feed = new EventFeed(max, (draw) => waiting.push(draw));
  const draw = () => {
    for (const each of waiting.splice(0)) each();
  };
  return { feed, draw, waiting, numbers: () => feed.view().events.map((one) => one.number) };
}

describe("a feed", () => {
  it("shows what arrived with the next picture, once for many", () => {
    const { feed, draw, waiting, numbers } = makeFeed();
    feed.add(range(1, 3));
    feed.add(range(4, 4));
    expect(numbers()).toEqual([]);
    expect(waiting).toHaveLength(1);
    draw();
    expect(numbers()).toEqual([1, 2, 3, 4]);
  });
  it("keeps the newest, and no more than it may", () => {
    const { feed, draw, numbers } = makeFeed(10);
    for (let at = 1; at <= 1000; at += 5) feed.add(range(at, at + 4));
    draw();
    expect(numbers()).toEqual(range(991, 1000).map((one) => one.number));
    expect(feed.view().kept).toBe(10);
    expect(feed.view().arrived).toBe(1000);
  });
  it("stands still while it is read, and counts what would be shown", () => {
    const { feed, draw, numbers } = makeFeed(10);
    feed.setWanted((one) => one.name === "even");
    feed.add(range(1, 4));
    draw();
    feed.setStill(true);
    feed.add(range(5, 8));
    draw();
    expect(numbers()).toEqual([2, 4]);
    expect(feed.view().fresh).toBe(2);
    feed.setStill(false);
    expect(numbers()).toEqual([2, 4, 6, 8]);
    expect(feed.view().fresh).toBe(0);
  });
  it("answers a new filter at once, also while it stands still", () => {
    const { feed, draw, numbers } = makeFeed();
    feed.add(range(1, 4));
    draw();
    feed.setStill(true);
    feed.setWanted((one) => one.name === "odd");
    expect(numbers()).toEqual([1, 3]);
  });
  it("is empty after clearing", () => {
    const { feed, draw, numbers } = makeFeed();
    feed.add(range(1, 4));
    feed.clear();
    draw();
    expect(numbers()).toEqual([]);
    expect(feed.view().arrived).toBe(0);
  });
  it("tells its listeners, and does not change what it gave them", () => {
    const { feed, draw } = makeFeed(2);
    let told = 0;
    const leave = feed.subscribe(() => {
      told += 1;
    });
    feed.add(range(1, 2));
    draw();
    const before = feed.view().events;
    feed.add(range(3, 4));
    draw();
    expect(before.map((one) => one.number)).toEqual([1, 2]);
    expect(told).toBe(2);
    leave();
    feed.clear();
    expect(told).toBe(2);
  });
});
