// Bars as they are painted. Pure.
import type { Counts } from "../api/types";
import { total } from "../lib/integration";

type Heights = (number | null)[];

// Few errors among many successes would be thinner than a line: they get at least this part of the highest bar, since
// they are what one looks for. The numbers beside the picture stay true.
const kErrorPart = 0.015;

// Positions, and for each the heights to paint over each other: everything, without the cancelled, without the skipped as
// well, successes alone.
export function stacksOf(bars: Counts[]): [number[], Heights, Heights, Heights, Heights] {
  const highest = Math.max(0, ...bars.map(total));
  const stacks = bars.map((bar) => {
    const error = bar.error === 0 ? 0 : Math.max(bar.error, highest * kErrorPart);
    const parts = [bar.success, error, bar.sleep, bar.cancelled];
    let height = 0;
    // What adds nothing is not painted.
    return parts.map((part) => {
      height += part;
      return part === 0 ? null : height;
    });
  });
  const painted = (index: number): Heights => stacks.map((stack) => stack[index] ?? null);
  return [bars.map((_, index) => index), painted(3), painted(2), painted(1), painted(0)];
}

// Which bars get a label: as many as there is room for, the latest among them.
export function labelled(bars: { tick?: boolean }[], room: number): number[] {
  const marked = bars.flatMap((bar, index) => (bar.tick ? [index] : []));
  const all = marked.length > 0 ? marked : bars.map((_, index) => index);
  const step = Math.ceil(all.length / Math.max(1, room));
  return all.filter((_, index) => (all.length - 1 - index) % step === 0);
}
