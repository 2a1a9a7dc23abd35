import { describe, expect, test } from "vitest";
import { isEventId, outcomeText, verdictText } from "./trace";

const one = { state: "success", attempts: 0, status: null, error: null, waits_for: null } as const;

describe("what became of a delivery", () => {
  test("says how often it was tried, and what came last", () => {
    expect(outcomeText({ ...one, attempts: 1, status: 200 })).toBe("after 1 attempt, last status 200");
    expect(outcomeText({ ...one, state: "error", attempts: 3, error: "timeout" })).toBe(
      "after 3 attempts, last error: Time-out",
    );
  });
  test("says what it waits for", () => {
    expect(outcomeText({ ...one, state: "held", waits_for: "its integration, which is paused" })).toBe(
      "waits for its integration, which is paused",
    );
    expect(outcomeText({ ...one, state: "waiting", attempts: 2, status: 503, waits_for: "its next attempt" })).toBe(
      "waits for its next attempt, 2 attempts, last status 503",
    );
  });
});

test("a verdict that this console does not know is shown as it is", () => {
  expect(verdictText("prefix")).toBe("Other event name");
  expect(verdictText("new_one")).toBe("new_one");
});

test("an event's id is told from other texts", () => {
  expect(isEventId(" 0198F3A0-1234-7abc-8def-0123456789ab ")).toBe(true);
  expect(isEventId("e00fce6800000000000000ff")).toBe(false);
});
