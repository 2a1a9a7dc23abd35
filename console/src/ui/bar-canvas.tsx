// The drawing of a bar chart, by uPlot; a chunk of its own.
import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { formatCount, formatShort } from "../lib/format";
import { kOutcomes, total } from "../lib/integration";
import type { Bar } from "./bar-chart";
import classes from "./bar-chart.module.css";
import { labelled, stacksOf } from "./bar-stacks";

interface Props {
  bars: Bar[];
  height: number;
  partialLast: boolean;
}
interface Tip {
  index: number;
  left: number;
  side: "left" | "right";
}

export default function BarCanvas({ bars, height, partialLast }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(bars);
  shown.current = bars;
  const [tip, setTip] = useState<Tip | null>(null);
  const scheme = useComputedColorScheme("light");
  const count = bars.length;
  const ready = width > 0;

  // A chart is made anew for other colours or another number of bars; other numbers and sizes only change it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    if (host.current === null || !ready) return;
    const made = new uPlot(
      optionsOf({ width, height, count, partialLast, bars: shown, onTip: setTip }),
      stacksOf(shown.current),
      host.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [scheme, count, partialLast, ready]);
  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  useEffect(() => plot.current?.setData(stacksOf(bars)), [bars]);

  const bar = tip === null ? undefined : bars[tip.index];
  return (
    <div ref={ref} className={classes.chart} style={{ height }}>
      <div ref={host} />
      {tip !== null && bar !== undefined && (
        <div className={classes.tip} data-side={tip.side} style={{ left: tip.left }}>
          <b>
            {bar.title}
            {partialLast && tip.index === count - 1 ? ", so far" : ""}
          </b>
          {kOutcomes.map((one) => (
            <span key={one.kind} className={classes.key} data-kind={one.kind}>
              {one.label} {formatCount(bar[one.kind])}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

interface Chart {
  width: number;
  height: number;
  count: number;
  partialLast: boolean;
  bars: { readonly current: Bar[] };
  onTip: (tip: Tip | null) => void;
}

function optionsOf(chart: Chart): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const dimmed = color("--mantine-color-dimmed");
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const bars = uPlot.paths.bars?.({ size: [0.76, 28], align: 0 });
  const series = (name: string): uPlot.Series => ({
    fill: color(name),
    width: 0,
    paths: bars,
    points: { show: false },
  });
  const axis: uPlot.Axis = {
    stroke: dimmed,
    font,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: chart.width,
    height: chart.height,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: () => [-0.6, chart.count - 0.4] },
      y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.05)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        splits: (plot) => labelled(chart.bars.current, Math.floor(plot.bbox.width / window.devicePixelRatio / 68)),
        values: (_plot, at) => at.map((index) => chart.bars.current[index]?.label ?? ""),
      },
      {
        ...axis,
        size: 52,
        space: 40,
        incrs: [1, 2, 5]
          .flatMap((digit) => Array.from({ length: 12 }, (_, power) => digit * 10 ** power))
          .sort((a, b) => a - b),
        values: (_plot, at) => at.map((value) => formatShort(value)),
      },
    ],
    // Painted over each other: all outcomes, then fewer and fewer of them, at last the successes.
    series: [{}, ...kOutcomes.map(({ kind }) => series(`--chart-${kind}`)).reverse()],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left } = plot.cursor;
          if (idx === null || idx === undefined || left === undefined || left < 0) return chart.onTip(null);
          const at = plot.valToPos(idx, "x") + plot.over.offsetLeft;
          chart.onTip({ index: idx, left: at, side: at > plot.width / 2 ? "left" : "right" });
        },
      ],
      draw: chart.partialLast ? [(plot) => veilLast(plot, chart.bars.current, color("--panel"))] : [],
    },
  };
}

// The time under way looks unfinished.
function veilLast(plot: uPlot, bars: Bar[], panel: string) {
  const last = bars.at(-1);
  if (last === undefined || total(last) === 0) return;
  const count = bars.length;
  const from = plot.valToPos(count - 1.5, "x", true);
  const to = plot.valToPos(count - 0.5, "x", true);
  const { top, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.globalAlpha = 0.4;
  plot.ctx.fillStyle = panel;
  plot.ctx.fillRect(from, top, to - from, height);
  plot.ctx.restore();
}
