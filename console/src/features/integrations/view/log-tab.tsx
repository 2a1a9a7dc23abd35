// The last attempts, or the last failed ones: live, until one is opened, which stays where it is.
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import type { IntegrationDetail, LogEntry, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { useUrlState } from "../../../lib/url-state";
import { Empty } from "../../../ui/empty";
import { IconChevronRight } from "../../../ui/icons";
import { Panel } from "../../../ui/panel";
import { Time } from "../../../ui/time";
import classes from "./log.module.css";
import { LogEntryView } from "./log-entry";
import { entryKey, shownLog } from "./log-model";

interface Props {
  one: IntegrationDetail;
  kind: "requests" | "errors";
}

export function LogTab({ one, kind }: Props) {
  const latest = kind === "errors" ? one.errors : one.logs;
  const [open, setOpen] = useUrlState("entry", "", true);
  const [kept, setKept] = useState<LogEntry[] | null>(open === "" ? null : latest);
  const { entries, newer } = shownLog(latest, open === "" ? null : kept);
  const toggle = (key: string) => {
    setKept(key === open ? null : entries);
    setOpen(key === open ? "" : key);
  };
  const show = () => {
    setKept(null);
    setOpen("");
  };
  const gone = open !== "" && !entries.some((entry) => entryKey(entry) === open);
  if (latest.length === 0 && entries.length === 0) {
    return (
      <Panel>
        <Empty title={kind === "errors" ? "No errors" : "No requests yet"}>
          {kind === "errors"
            ? "No attempt of this integration has failed. The last ten that do are kept here, with what was sent and answered."
            : `None has succeeded yet. Publish an event whose name begins with "${one.event}", or press Test.`}
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel padding={0}>
      <div className={classes.newer}>
        <Text size="sm" c="dimmed" role="status">
          {gone
            ? "The entry of this address is no longer kept."
            : newer > 0
              ? `${plural(newer, "newer one", "newer ones")} since you opened this.`
              : `The last ${plural(entries.length, kind === "errors" ? "failed attempt" : "successful request")}${open === "" ? ", live" : ""}.`}
        </Text>
        {(newer > 0 || gone) && (
          <Button size="compact-sm" variant="default" onClick={show}>
            Show the newest
          </Button>
        )}
      </div>
      <ul className={classes.list}>
        {entries.map((entry) => {
          const key = entryKey(entry);
          return (
            <li key={key} className={classes.item}>
              <Entry entry={entry} one={one} open={key === open} onToggle={() => toggle(key)} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

export function placementOf(one: IntegrationDetail, id: number | null): Placement | undefined {
  return id === null ? undefined : (one.products?.find((product) => product.id === id) ?? { id });
}

interface EntryProps {
  entry: LogEntry;
  one: IntegrationDetail;
  open: boolean;
  onToggle: () => void;
}
function Entry({ entry, one, open, onToggle }: EntryProps) {
  const space = useSpace();
  const product = placementOf(one, entry.product_id);
  const status = entry.response?.statusCode;
  return (
    <>
      <button type="button" className={classes.head} aria-expanded={open} onClick={onToggle}>
        <IconChevronRight size={14} aria-hidden />
        <span className={classes.cell}>
          <Time value={entry.time} />
        </span>
        <span className={classes.status} data-bad={entry.error !== null || undefined}>
          {status ?? "No answer"}
        </span>
        <span className={`${classes.cell} ${classes.event} mono`}>{entry.event?.name ?? entry.request.url}</span>
        <span className={`${classes.cell} ${classes.quiet}`}>
          {space.kind === "organization" && (product?.name ?? product?.slug)}
        </span>
        <span className={`${classes.cell} ${classes.quiet} ${classes.right}`}>{entry.duration_ms} ms</span>
        {entry.error !== null && !open && (
          <span className={classes.why}>
            {entry.error}
            {entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""}
          </span>
        )}
      </button>
      {open && <LogEntryView entry={entry} integration={one.id} product={product} />}
    </>
  );
}
