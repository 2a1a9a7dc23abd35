import { expect, test } from "vitest";
import { isEventId, triesText, verdictText } from "./trace";

test("a delivery says how often it was tried, and what came last", () => {
  const one = { attempts: 0, status: null, error: null };
  expect(triesText(one)).toBe("");
  expect(triesText({ ...one, attempts: 1, status: 200 })).toBe("1 attempt, last status 200");
  expect(triesText({ ...one, attempts: 3, error: "timeout" })).toBe("3 attempts, last error: Time-out");
});

test("a verdict that this console does not know is shown as it is", () => {
  expect(verdictText("prefix")).toBe("Other event name");
  expect(verdictText("new_one")).toBe("new_one");
});

test("an event's id is told from other texts", () => {
  expect(isEventId(" 0198F3A0-1234-7abc-8def-0123456789ab ")).toBe(true);
  expect(isEventId("e00fce6800000000000000ff")).toBe(false);
});
