// Thirty days in the width of a cell: success below, error above, one bar a day. Plain SVG, so thousands of rows cost little.
import type { Counts } from "../api/types";
import { formatCount } from "../lib/format";
import { kOutcomes, total } from "../lib/integration";

const kWidth = 120;
const kHeight = 24;

// The outlines of stacked bars, one path a kind.
export function barPaths(bars: Counts[], width: number, height: number) {
  const max = Math.max(1, ...bars.map(total));
  const step = width / Math.max(1, bars.length);
  const gap = Math.min(1, step * 0.25);
  const paths = { success: "", error: "", sleep: "", cancelled: "" };
  bars.forEach((bar, index) => {
    let from = height;
    for (const { kind } of kOutcomes) {
      if (bar[kind] === 0) continue;
      const tall = Math.max(1, (bar[kind] / max) * (height - 2));
      paths[kind] +=
        `M${(index * step).toFixed(1)} ${from.toFixed(1)}v${(-tall).toFixed(1)}h${(step - gap).toFixed(1)}v${tall.toFixed(1)}z`;
      from -= tall;
    }
  });
  return paths;
}

export function Sparkline({ days }: { days: Counts[] }) {
  const sum = days.reduce((total, day) => total + day.success, 0);
  const errors = days.reduce((total, day) => total + day.error, 0);
  const paths = barPaths(days, kWidth, kHeight);
  return (
    <svg
      width={kWidth}
      height={kHeight}
      viewBox={`0 0 ${kWidth} ${kHeight}`}
      role="img"
      aria-label={`${days.length} days: ${formatCount(sum)} successes, ${formatCount(errors)} errors`}
    >
      <path d={`M0 ${kHeight - 0.5}h${kWidth}`} stroke="var(--line)" fill="none" />
      {kOutcomes.map(({ kind }) => (
        <path key={kind} d={paths[kind]} fill={`var(--chart-${kind})`} />
      ))}
    </svg>
  );
}
