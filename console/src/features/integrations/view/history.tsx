// What came of its events over time: of all products together, and of each.
import { Badge, Button, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useState } from "react";
import { useHourHistory } from "../../../api/integrations";
import type { Counts, IntegrationDetail, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount } from "../../../lib/format";
import { kOutcomes, total } from "../../../lib/integration";
import { useUrlState } from "../../../lib/url-state";
import { BarChart } from "../../../ui/bar-chart";
import { CountText } from "../../../ui/counts";
import { MiniBars } from "../../../ui/mini-bars";
import { Panel } from "../../../ui/panel";
import { QueryView } from "../../../ui/query-view";
import { Time } from "../../../ui/time";
import { dayBars, hourBars } from "./bars";
import classes from "./history.module.css";
import { ProductLink } from "./product-link";

export function History({ one }: { one: IntegrationDetail }) {
  const space = useSpace();
  const [span, setSpan] = useUrlState("history", "30d");
  const hourly = span === "7d";
  const hours = useHourHistory(space, one.id, hourly);
  const perProduct = space.kind === "organization";
  return (
    <>
      <Panel
        title="History"
        actions={
          <SegmentedControl
            size="xs"
            aria-label="Span of the history"
            value={hourly ? "7d" : "30d"}
            onChange={setSpan}
            data={[
              { value: "30d", label: "30 days" },
              { value: "7d", label: "7 days by hour" },
            ]}
          />
        }
      >
        {hourly ? (
          <QueryView query={hours} skeleton={<Skeleton height={246} />}>
            {(history) => <BarChart label="The last 7 days by hour" bars={hourBars(history.hours)} partialLast />}
          </QueryView>
        ) : (
          <BarChart label="The last 30 days" bars={dayBars(one.counters)} partialLast />
        )}
      </Panel>
      {perProduct && (
        <Panel title="History per product">
          {hourly ? (
            <QueryView query={hours}>
              {(history) => (
                <ProductHistories
                  rows={(one.products ?? []).map((product) => ({
                    product,
                    bars: history.products?.find((each) => each.id === product.id)?.hours ?? [],
                  }))}
                  span="7 days by hour"
                />
              )}
            </QueryView>
          ) : (
            <ProductHistories
              rows={(one.products ?? []).map((product) => ({ product, bars: product.counters ?? [] }))}
              span="30 days"
            />
          )}
        </Panel>
      )}
    </>
  );
}

interface Row {
  product: Placement;
  bars: Counts[];
}
const kShownFirst = 50;

// Each at its own height, so that small products can be read; the numbers beside compare them.
function ProductHistories({ rows, span }: { rows: Row[]; span: string }) {
  const [all, setAll] = useState(false);
  const sorted = rows.toSorted((a, b) => Number(a.product.removed ?? false) - Number(b.product.removed ?? false));
  const shown = all ? sorted : sorted.slice(0, kShownFirst);
  return (
    <>
      <table className={classes.table} aria-label={`History per product, ${span}`}>
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">{span}</th>
            {kOutcomes.map((one) => (
              <th key={one.kind} scope="col" className={classes.number}>
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ product, bars }) => (
            <ProductRow key={product.id} product={product} bars={bars} />
          ))}
        </tbody>
      </table>
      {shown.length < sorted.length && (
        <Button variant="default" size="xs" mt="sm" onClick={() => setAll(true)}>
          Show all {formatCount(sorted.length)} products
        </Button>
      )}
    </>
  );
}

function ProductRow({ product, bars }: Row) {
  const sum = (kind: keyof Counts) => bars.reduce((all, bar) => all + bar[kind], 0);
  const highest = Math.max(0, ...bars.map(total));
  const name = product.name ?? product.slug ?? `Product ${product.id}`;
  return (
    <tr>
      <th scope="row">
        <ProductLink product={product} />
        {product.removed && (
          <div>
            <Badge size="sm" variant="default" radius="sm">
              Removed
            </Badge>{" "}
            {product.removed_at !== undefined && (
              <Text span size="xs" c="dimmed">
                <Time value={product.removed_at} />
              </Text>
            )}
          </div>
        )}
      </th>
      <td className={classes.bars}>
        <MiniBars
          bars={bars}
          label={`${name}: ${formatCount(sum("success"))} successes, ${formatCount(sum("error"))} errors`}
        />
        <Text size="xs" c="dimmed" className="tabular">
          {highest === 0 ? "Nothing in this time" : `At most ${formatCount(highest)}`}
        </Text>
      </td>
      {kOutcomes.map(({ kind, label }) => (
        <td key={kind} className={classes.number} data-title={label}>
          <CountText value={sum(kind)} kind={kind} />
        </td>
      ))}
    </tr>
  );
}
