import { expect, it } from "vitest";
import { SseParser } from "./sse";

const kText = ':ok\n\nevent: temp\ndata: {"data":"7"}\n\nevent: a: b\r\ndata:1\r\ndata: 2\r\n\r\n:\n\n';
const kEvents = [
  { name: "temp", data: '{"data":"7"}' },
  { name: "a: b", data: "1\n2" },
];

it("reads events and leaves comments out", () => expect(new SseParser().feed(kText)).toEqual(kEvents));
it("does not mind where the pieces are cut", () => {
  for (let size = 1; size < 12; ++size) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < kText.length; at += size) events.push(...parser.feed(kText.slice(at, at + size)));
    expect(events).toEqual(kEvents);
  }
});
it("keeps an event back until it is complete", () => {
  const parser = new SseParser();
  expect(parser.feed("event: temp\ndata: 1\n")).toEqual([]);
  expect(parser.feed("\n")).toEqual([{ name: "temp", data: "1" }]);
});
