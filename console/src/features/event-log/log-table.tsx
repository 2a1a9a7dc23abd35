// Kept events as a table, the newest first.
import { useMemo } from "react";
import { Link } from "react-router";
import type { KeptEvent } from "../../api/event-log";
import { useSpace } from "../../app/space";
import { formatBytes } from "../../lib/format";
import { Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/virtual-table";
import classes from "./log-table.module.css";

export function LogTable({ events }: { events: KeptEvent[] }) {
  const { kind, path } = useSpace();
  const columns = useMemo(
    (): Column<KeptEvent>[] => [
      {
        id: "time",
        title: "Published",
        width: "132px",
        className: classes.time,
        cell: (one) => <Time value={one.published_at} />,
      },
      {
        id: "event",
        title: "Event",
        width: "26%",
        className: classes.event,
        cell: (one) => (
          <>
            <Link to={`${path}/event-log/${one.id}`} className={classes.link} title={one.name}>
              {one.name}
            </Link>
            {one.replay !== null && <div className={classes.second}>again, by replay {one.replay}</div>}
          </>
        ),
      },
      {
        id: "device",
        title: kind === "organization" ? "Device, product" : "Device",
        width: "26%",
        className: classes.device,
        cell: (one) => (
          <>
            <Link
              to={`${path}/event-log?search=${encodeURIComponent(one.coreid)}`}
              className={classes.link}
              title={`All of ${one.coreid}`}
            >
              {one.device_name ?? <span className="mono">{one.coreid}</span>}
            </Link>
            {kind === "organization" && one.product !== null && (
              <div className={classes.second}>{one.product.name ?? `Product ${one.product.id}`}</div>
            )}
          </>
        ),
      },
      {
        id: "data",
        title: "Data",
        className: classes.data,
        cell: (one) => (
          <div title={formatBytes(one.data_bytes)} className={`${classes.text} mono`}>
            {one.data ?? "–"}
          </div>
        ),
      },
    ],
    [kind, path],
  );
  return (
    <VirtualTable
      label="Events"
      rows={events}
      columns={columns}
      keyOf={keyOf}
      rowHeight={52}
      compactHeight={92}
      compactBelow={760}
      compactClass={classes.card}
    />
  );
}

const keyOf = (one: KeptEvent) => `${one.id}/${one.replay ?? 0}`;
