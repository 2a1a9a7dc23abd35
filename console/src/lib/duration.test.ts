import { expect, it } from "vitest";
import { durationText, parseDuration } from "./duration";

it("says a span in the largest unit that says it exactly", () => {
  const said = [0, 1, 59, 60, 90, 300, 3600, 5400, 86_400, 259_200, 345_600, 604_800].map(durationText);
  expect(said).toEqual(["0 s", "1 s", "59 s", "1 min", "90 s", "5 min", "1 h", "90 min", "24 h", "72 h", "4 d", "7 d"]);
});

it("reads back what it says, and other ways to write it", () => {
  for (const seconds of [0, 1, 59, 60, 61, 3600, 5400, 86_400, 259_200, 345_600, 604_801]) {
    expect(parseDuration(durationText(seconds))).toBe(seconds);
  }
  expect(parseDuration("90")).toBe(90);
  expect(parseDuration(" 1h 30min ")).toBe(5400);
  expect(parseDuration("2 Hours")).toBe(7200);
  expect(parseDuration("1.5 h")).toBe(5400);
  expect(parseDuration("0.5 s")).toBe(0.5);
});

it("takes nothing else for a span", () => {
  for (const text of ["", "soon", "5 weeks", "-1", "1 h 30", "h", "1,5 h", "5 s later", "1e9"]) {
    expect(parseDuration(text), text).toBeNull();
  }
});
