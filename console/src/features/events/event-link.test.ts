import { expect, it } from "vitest";
import type { LiveEvent } from "./event";
import { eventFromText, eventToText } from "./event-link";

const event: LiveEvent = {
  number: 7,
  name: "temp/größe",
  data: '{"a":"<b>?&=+"}',
  at: "2026-01-31T12:00:00Z",
  from: "api",
  product: null,
  kind: "api",
};

it("gives the event back", () => {
  expect(eventFromText(eventToText(event))).toEqual({ ...event, number: 0 });
  expect(eventToText(event)).toMatch(/^[\w-]+$/);
});
it("shortens data that is too long for an address", () => {
  expect(eventFromText(eventToText({ ...event, data: "x".repeat(9000) }))?.data).toHaveLength(4000);
});
it("is nothing for what is no event", () => {
  for (const text of ["", "%", "abcd", btoa("[1]"), btoa('{"name":"a"}'), btoa('["a","b","no time","api",1]')]) {
    expect(eventFromText(text)).toBeNull();
  }
});
