import { describe, expect, it } from "vitest";
import {
  endedOf,
  eventAddress,
  eventWords,
  isOpen,
  lookAgainIn,
  progressText,
  type ReplayNumbers,
  shareOf,
} from "./replay";

const replay: ReplayNumbers = {
  state: "running",
  found: 2000,
  placed: 1300,
  skipped: 10,
  success: 1000,
  error: 50,
  sleep: 30,
  cancelled: 10,
  waiting: 210,
};

describe("how far a replay is", () => {
  it("counts every end, and what could not be replayed", () => expect(endedOf(replay)).toBe(1100));
  it("is said in words", () => {
    expect(progressText(replay)).toBe("1,100 of 2,000 letters ended");
    expect(progressText({ ...replay, found: 1, skipped: 0, success: 0, error: 0, sleep: 0, cancelled: 1 })).toBe(
      "1 of 1 letter ended",
    );
  });
  it("is a share of all that was found, and never more than the whole", () => {
    expect(shareOf(replay, 1000)).toBe(50);
    expect(shareOf({ ...replay, found: 0, skipped: 0, success: 0, error: 0, sleep: 0, cancelled: 0 }, 0)).toBe(0);
    expect(shareOf({ ...replay, found: 500 }, endedOf(replay))).toBe(100);
  });
});

describe("looking again", () => {
  it("is soon while one runs", () => expect(lookAgainIn([{ state: "done", waiting: 0 }, replay])).toBe(2000));
  it("is later while something waits or is paused", () => {
    expect(lookAgainIn([{ state: "done", waiting: 3 }])).toBe(10_000);
    expect(lookAgainIn([{ state: "paused", waiting: 0 }])).toBe(10_000);
  });
  it("is for nothing when nothing moves", () => {
    expect(lookAgainIn([{ state: "done", waiting: 0 }])).toBe(false);
    expect(lookAgainIn([])).toBe(false);
  });
});

it("can be paused, resumed and cancelled while it is open", () => {
  expect(isOpen({ state: "paused" })).toBe(true);
  expect(isOpen({ state: "cancelled" })).toBe(false);
});

describe("what a replay takes of the event log", () => {
  it("is said in words, and leads to those events", () => {
    const events = { from: "2026-01-01T10:00:00Z", device: "api", event: "alarm" };
    expect(eventWords(events)).toMatch(/^Events from .*, published by API, beginning with “alarm”$/);
    expect(eventAddress(events)).toEqual({ search: "api", event: "alarm", from: "2026-01-01T10:00:00Z" });
  });
});
