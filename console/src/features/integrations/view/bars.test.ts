import { expect, it } from "vitest";
import { dayBars, hourBars } from "./bars";

const counts = { success: 1, error: 2, sleep: 3, cancelled: 0 };

it("shows days as those of UTC", () => {
  expect(dayBars([{ date: "2026-11-28", ...counts }])).toEqual([
    { label: "Nov 28", title: "Sat, Nov 28 (UTC)", ...counts },
  ]);
});
it("shows hours where one is, and marks the beginning of each day there", () => {
  const hours = ["2026-11-27T22:00:00.000Z", "2026-11-27T23:00:00.000Z"].map((time) => ({ time, ...counts }));
  const bars = hourBars(hours, "Europe/Oslo");
  expect(bars.map((bar) => bar.tick)).toEqual([false, true]);
  expect(bars[1]?.label).toBe("28 Sat");
  expect(bars[0]?.title).toBe("Fri, Nov 27, 23:00");
});
