import { expect, it } from "vitest";
import { labelled, stacksOf } from "./bar-stacks";

it("stacks successes, errors, skipped and cancelled, and paints nothing for nothing", () => {
  expect(
    stacksOf([
      { success: 5, error: 2, sleep: 1, cancelled: 2 },
      { success: 0, error: 0, sleep: 0, cancelled: 0 },
      { success: 3, error: 0, sleep: 0, cancelled: 0 },
    ]),
  ).toEqual([
    [0, 1, 2],
    [10, null, null],
    [8, null, null],
    [7, null, null],
    [5, null, 3],
  ]);
});
it("keeps one error among many successes visible", () => {
  const [, , , withErrors] = stacksOf([{ success: 10_000, error: 1, sleep: 0, cancelled: 0 }]);
  expect(withErrors[0]).toBeGreaterThan(10_100);
});
it("labels as many bars as there is room for, the latest among them", () => {
  const bars = Array.from({ length: 30 }, () => ({}));
  expect(labelled(bars, 4)).toEqual([5, 13, 21, 29]);
  expect(labelled([{}, { tick: true }, {}, { tick: true }, {}], 4)).toEqual([1, 3]);
  expect(labelled([], 4)).toEqual([]);
});
