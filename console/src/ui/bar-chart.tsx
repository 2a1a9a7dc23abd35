// Outcomes over time as stacked bars, with the same as a table for those who do not see or do not want the picture. The
// drawing library is loaded with the first chart.
import { Button, Skeleton } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Counts } from "../api/types";
import { formatCount } from "../lib/format";
import { kOutcomes } from "../lib/integration";
import classes from "./bar-chart.module.css";

export interface Bar extends Counts {
  label: string; // below the bar, if there is room
  tick?: boolean; // some bars have it: only they get a label
  title: string; // in the tip and the table
}

const BarCanvas = lazy(() => import("./bar-canvas"));

interface Props {
  label: string;
  bars: Bar[];
  height?: number;
  // The last bar is of a time that is not over.
  partialLast?: boolean;
}

export function BarChart({ label, bars, height = 220, partialLast = false }: Props) {
  const [asTable, setAsTable] = useState(false);
  const sum = (kind: keyof Counts) => bars.reduce((total, bar) => total + bar[kind], 0);
  const said = kOutcomes.map((one) => `${formatCount(sum(one.kind))} ${one.label.toLowerCase()}`).join(", ");
  return (
    <figure className={classes.chart} style={{ margin: 0 }} aria-label={label}>
      <div className={classes.bar}>
        <div className={classes.legend}>
          {kOutcomes.map((one) => (
            <span key={one.kind} className={classes.key} data-kind={one.kind}>
              {one.label} {formatCount(sum(one.kind))}
            </span>
          ))}
        </div>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          Show as table
        </Button>
      </div>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
        <section className={classes.scroll} style={{ height }} tabIndex={0} aria-label={`${label}, as a table`}>
          <BarTable label={label} bars={bars} />
        </section>
      ) : (
        <div role="img" aria-label={`${label}: ${said}`} style={{ height }}>
          <Suspense fallback={<Skeleton height={height} />}>
            <BarCanvas bars={bars} height={height} partialLast={partialLast} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}

// The latest first: that is what one looks for.
function BarTable({ label, bars }: { label: string; bars: Bar[] }) {
  return (
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {kOutcomes.map((one) => (
            <th key={one.kind} scope="col">
              {one.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.toReversed().map((bar) => (
          <tr key={bar.title}>
            <th scope="row">{bar.title}</th>
            {kOutcomes.map((one) => (
              <td key={one.kind}>{formatCount(bar[one.kind])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
