// Thirty days in the width of a cell: success below, error above, one bar a day. Plain SVG, so thousands of rows cost little.
import type { Counts } from "../api/types";
import { formatCount } from "../lib/format";

const kWidth = 120;
const kHeight = 24;

export function Sparkline({ days }: { days: Counts[] }) {
  const max = Math.max(1, ...days.map((day) => day.success + day.error + day.sleep));
  const step = kWidth / Math.max(1, days.length);
  const sum = days.reduce((total, day) => total + day.success, 0);
  const errors = days.reduce((total, day) => total + day.error, 0);
  const paths = { success: "", error: "", sleep: "" };
  days.forEach((day, index) => {
    let from = kHeight;
    for (const kind of ["success", "error", "sleep"] as const) {
      if (day[kind] === 0) continue;
      const height = Math.max(1, (day[kind] / max) * (kHeight - 2));
      paths[kind] +=
        `M${(index * step).toFixed(1)} ${from.toFixed(1)}v${(-height).toFixed(1)}h${(step - 1).toFixed(1)}v${height.toFixed(1)}z`;
      from -= height;
    }
  });
  return (
    <svg
      width={kWidth}
      height={kHeight}
      viewBox={`0 0 ${kWidth} ${kHeight}`}
      role="img"
      aria-label={`${days.length} days: ${formatCount(sum)} successes, ${formatCount(errors)} errors`}
    >
      <path d={`M0 ${kHeight - 0.5}h${kWidth}`} stroke="var(--line)" fill="none" />
      <path d={paths.success} fill="var(--chart-success)" />
      <path d={paths.error} fill="var(--chart-error)" />
      <path d={paths.sleep} fill="var(--chart-sleep)" />
    </svg>
  );
}
