// Dead letters as a table, the newest first.
import { Checkbox } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import type { DeadLetter } from "../../api/dead-letters";
import { useSpace } from "../../app/space";
import { formatBytes, formatCount } from "../../lib/format";
import { Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/virtual-table";
import { answerText, productText } from "./letter-parts";
import classes from "./letter-table.module.css";

interface Props {
  letters: DeadLetter[];
  selected: ReadonlySet<string>;
  onSelect: (id: string, selected: boolean) => void;
  onOpen: (id: string) => void;
}

export function LetterTable({ letters, selected, onSelect, onOpen }: Props) {
  const { kind, path } = useSpace();
  const columns = useMemo(
    (): Column<DeadLetter>[] => [
      {
        id: "select",
        title: "Select",
        width: "68px",
        className: classes.select,
        cell: (one) => (
          <Checkbox
            size="xs"
            aria-label={`Select letter ${one.id}`}
            checked={selected.has(one.id)}
            onChange={(event) => onSelect(one.id, event.currentTarget.checked)}
          />
        ),
      },
      {
        id: "time",
        title: "Ended",
        width: "122px",
        className: classes.time,
        cell: (one) => <Time value={one.ended_at} />,
      },
      {
        id: "event",
        title: "Event, device",
        className: classes.event,
        cell: (one) => <Event letter={one} onOpen={onOpen} />,
      },
      {
        id: "integration",
        title: kind === "organization" ? "Integration, product" : "Integration",
        width: "23%",
        className: classes.integration,
        cell: (one) => (
          <>
            <Integration letter={one} path={path} />
            {kind === "organization" && <div className={classes.second}>{productText(one)}</div>}
          </>
        ),
      },
      {
        id: "attempts",
        title: "Attempts",
        width: "86px",
        numeric: true,
        className: classes.attempts,
        cell: (one) => formatCount(one.attempts),
      },
      {
        id: "answer",
        title: "Status, reason",
        width: "25%",
        className: classes.answer,
        cell: (one) => (
          <div title={one.reason}>
            <div className={classes.status}>{answerText(one)}</div>
            <div className={classes.second}>{one.reason}</div>
          </div>
        ),
      },
    ],
    [selected, onSelect, onOpen, kind, path],
  );
  return (
    <VirtualTable
      label="Dead letters"
      rows={letters}
      columns={columns}
      keyOf={keyOf}
      rowHeight={52}
      compactHeight={92}
      compactBelow={760}
      compactClass={classes.card}
    />
  );
}

const keyOf = (one: DeadLetter) => one.id;

function Event({ letter, onOpen }: { letter: DeadLetter; onOpen: (id: string) => void }) {
  const { event } = letter;
  return (
    <>
      <button type="button" className={classes.open} onClick={() => onOpen(letter.id)} title={event.name}>
        {event.name}
      </button>
      <div className={classes.second}>
        <span className="mono">{event.coreid}</span>, {formatBytes(event.data_bytes)}
      </div>
    </>
  );
}

function Integration({ letter, path }: { letter: DeadLetter; path: string }) {
  const { integration } = letter;
  if (integration === null) return <div className={classes.gone}>Unknown</div>;
  if (integration.deleted) {
    return (
      <div className={classes.gone} title={`${integration.name} is deleted`}>
        {integration.name}, deleted
      </div>
    );
  }
  return (
    <Link to={`${path}/integrations/${integration.id}`} className={classes.link} title={integration.name}>
      {integration.name}
    </Link>
  );
}
