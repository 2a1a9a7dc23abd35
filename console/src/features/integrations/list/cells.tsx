// What the columns of the list show. Plain elements: there are thousands of rows to scroll through.
import { useMemo } from "react";
import { Link } from "react-router";
import { useDaysOf } from "../../../api/integration-days";
import type { TodaysCounters } from "../../../api/integrations";
import type { Counts, Integration } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount, plural } from "../../../lib/format";
import { kOutcomes, runsOn } from "../../../lib/integration";
import { waitsOf, waitsText } from "../../../lib/waits";
import { Sparkline } from "../../../ui/sparkline";
import { StateBadge } from "../../../ui/state-badge";
import type { Column } from "../../../ui/virtual-table";
import classes from "./list.module.css";
import { liveOf, type Row, statesIn } from "./model";

const kWidths = { success: "82px", error: "66px", sleep: "82px", cancelled: "96px" };

export function useColumns(today: TodaysCounters | undefined): Column<Row>[] {
  const { kind, path, slug } = useSpace();
  return useMemo(() => {
    const number = (id: keyof Counts, title: string): Column<Row> => ({
      id,
      title,
      width: kWidths[id],
      numeric: true,
      sortable: true,
      cell: (row) => <Count value={liveOf(row.one, today)[id]} kind={id} />,
    });
    const columns: Column<Row>[] = [
      { id: "name", title: "Integration", sortable: true, cell: (row) => <Name row={row} path={path} /> },
      ...kOutcomes.map((one) => number(one.kind, one.label)),
      {
        id: "days",
        title: "30 days",
        width: "138px",
        cell: (row) => <Days one={row.one} now={liveOf(row.one, today)} />,
      },
      {
        id: "state",
        title: "State",
        width: "104px",
        sortable: true,
        cell: (row) => (
          <div className={classes.states}>
            {statesIn(row, today).map((state) => (
              <StateBadge key={state} state={state} />
            ))}
            {row.one.waiting > 0 && <span className={classes.second}>{waitsText(waitsOf(row.one))}</span>}
          </div>
        ),
      },
    ];
    const where: Column<Row> = {
      id: "products",
      title: kind === "organization" ? "Products" : "Shared",
      width: "17%",
      sortable: true,
      cell: (row) => (kind === "organization" ? <Products one={row.one} /> : <SharedWith one={row.one} slug={slug} />),
    };
    if (kind !== "sandbox") columns.splice(1, 0, where);
    return columns;
  }, [kind, path, slug, today]);
}

function Name({ row, path }: { row: Row; path: string }) {
  const to = `${path}/integrations/${row.one.id}`;
  const twins = row.one.identical_count ?? row.one.identical_to?.length ?? 0;
  return (
    <>
      <div className={classes.name}>
        <Link to={to} className={classes.link} title={row.name}>
          {row.name}
        </Link>
        {twins > 0 && (
          <Link to={`${to}#identical`} className={classes.twins}>
            identical to {plural(twins, "other")}
          </Link>
        )}
      </div>
      <div className={classes.second} title={`${row.one.event} → ${row.destination}`}>
        <code>{row.one.event}</code> → {row.destination}
      </div>
    </>
  );
}

function Products({ one }: { one: Integration }) {
  const names = one.products?.map((product) => product.name ?? product.slug ?? product.id).join(", ");
  return (
    <div title={names}>
      {runsOn(one)}
      <div className={classes.second}>{names}</div>
    </div>
  );
}

function SharedWith({ one, slug }: { one: Integration; slug: string }) {
  const others = one.products?.filter((product) => product.slug !== slug) ?? [];
  if (others.length === 0) return <span className={classes.second}>Only here</span>;
  const names = others.map((product) => product.name ?? product.slug ?? product.id).join(", ");
  return (
    <div title={names}>
      with {plural(others.length, "other")}
      <div className={classes.second}>{names}</div>
    </div>
  );
}

function Count({ value, kind }: { value: number; kind: keyof Counts }) {
  return (
    <span className={classes.number} data-kind={kind} data-zero={value === 0 || undefined}>
      {formatCount(value)}
    </span>
  );
}

// The last bar is today's, and grows with the number beside it.
function Days({ one, now }: { one: Integration; now: Counts }) {
  const { api } = useSpace();
  const days = useDaysOf(api, one.id).data;
  if (!days) return null;
  return <Sparkline days={days.length === 0 ? [] : [...days.slice(0, -1), now]} />;
}
