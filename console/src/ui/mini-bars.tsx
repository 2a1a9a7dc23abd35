// Outcomes over time as wide as there is room, without axes: one of several to compare.
import type { Counts } from "../api/types";
import { kOutcomes } from "../lib/integration";
import { barPaths } from "./sparkline";

const kWidth = 600;

export function MiniBars({ bars, label, height = 44 }: { bars: Counts[]; label: string; height?: number }) {
  const paths = barPaths(bars, kWidth, height);
  return (
    <svg
      viewBox={`0 0 ${kWidth} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      role="img"
      aria-label={label}
      style={{ display: "block" }}
    >
      <path d={`M0 ${height - 0.5}h${kWidth}`} stroke="var(--line)" fill="none" />
      {kOutcomes.map(({ kind }) => (
        <path key={kind} d={paths[kind]} fill={`var(--chart-${kind})`} />
      ))}
    </svg>
  );
}
