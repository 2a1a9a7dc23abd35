// Bars as they are painted. Pure.
import type { Counts } from "../api/types";

type Heights = (number | null)[];

// Few errors among many successes would be thinner than a line: they get at least this part of the highest bar, since
// they are what one looks for. The numbers beside the picture stay true.
const kErrorPart = 0.015;

// Positions, and for each the heights to paint over each other: everything, without the skipped, successes alone.
export function stacksOf(bars: Counts[]): [number[], Heights, Heights, Heights] {
  const highest = Math.max(0, ...bars.map((bar) => bar.success + bar.error + bar.sleep));
  const all: Heights = [];
  const withErrors: Heights = [];
  const successes: Heights = [];
  for (const bar of bars) {
    const error = bar.error === 0 ? 0 : Math.max(bar.error, highest * kErrorPart);
    const atMost = (value: number) => (value === 0 ? null : value);
    successes.push(atMost(bar.success));
    withErrors.push(atMost(error === 0 ? 0 : bar.success + error));
    all.push(atMost(bar.sleep === 0 ? 0 : bar.success + error + bar.sleep));
  }
  return [bars.map((_, index) => index), all, withErrors, successes];
}

// Which bars get a label: as many as there is room for, the latest among them.
export function labelled(bars: { tick?: boolean }[], room: number): number[] {
  const marked = bars.flatMap((bar, index) => (bar.tick ? [index] : []));
  const all = marked.length > 0 ? marked : bars.map((_, index) => index);
  const step = Math.ceil(all.length / Math.max(1, room));
  return all.filter((_, index) => (all.length - 1 - index) % step === 0);
}
