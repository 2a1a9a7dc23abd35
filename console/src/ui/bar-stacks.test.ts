import { expect, it } from "vitest";
import { stacksOf } from "./bar-stacks";

it("stacks successes, errors and skipped, and paints nothing for nothing", () => {
  expect(
    stacksOf([
      { success: 5, error: 2, sleep: 1 },
      { success: 0, error: 0, sleep: 0 },
      { success: 3, error: 0, sleep: 0 },
    ]),
  ).toEqual([
    [0, 1, 2],
    [8, null, null],
    [7, null, null],
    [5, null, 3],
  ]);
});
it("keeps one error among many successes visible", () => {
  const [, , withErrors] = stacksOf([{ success: 10_000, error: 1, sleep: 0 }]);
  expect(withErrors[0]).toBeGreaterThan(10_100);
});
