// Outcomes over time as wide as there is room, without axes: one of several to compare.
import type { Counts } from "../api/types";
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
      <path d={paths.success} fill="var(--chart-success)" />
      <path d={paths.error} fill="var(--chart-error)" />
      <path d={paths.sleep} fill="var(--chart-sleep)" />
    </svg>
  );
}
