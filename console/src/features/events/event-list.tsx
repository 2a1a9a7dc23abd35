// The events as a table, newest first. Only the rows in sight are in the page. It stands still while somebody reads:
// scrolled away from the newest, pointing at a row, or going through rows by keyboard.
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import {
  type FocusEvent,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useRef,
  useState,
} from "react";
import { Link } from "react-router";
import { plural, utcTime } from "../../lib/format";
import { IconTopologyStar3 } from "../../ui/icons";
import { clockTime, kKinds, type LiveEvent, oneLine } from "./event";
import classes from "./event-list.module.css";
import type { EventFeed } from "./feed";
import type { ProductNames } from "./filter";
import { kKeptMax, useFeedView } from "./use-feed";

// Rows stand at places of their own, which those of a <table> cannot: they get its roles by name.
const asTable = (rows: number) => ({ role: "table", "aria-label": "Events", "aria-rowcount": rows });
const asGroup = { role: "rowgroup" };
const asRow = (index: number) => ({ role: "row", "aria-rowindex": index });
const asHeader = { role: "columnheader" };
const asCell = { role: "cell" };

const kRowHeight = 34;
const kCardHeight = 54;
const kCardsBelow = 720;
const kOverscan = 6;
// So long after the pointer moved, the list goes on.
const kPointingMs = 1500;

interface Props {
  feed: EventFeed;
  products: ProductNames;
  pretty: boolean;
  paused: boolean;
  opened: string | null; // time and name of the opened event
  withProduct: boolean;
  onResume: () => void;
  onOpen: (event: LiveEvent) => void;
  onExplain: (event: LiveEvent) => void;
  empty: ReactNode;
}

export function EventList(props: Props) {
  const { feed, paused } = props;
  const view = useFeedView(feed);
  const { ref: sizeRef, width, height } = useElementSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const frame = useMergedRef(sizeRef, scroller);
  const [top, setTop] = useState(0);
  const [reading, setReading] = useState(false);
  const pointing = useRef<number | undefined>(undefined);
  const [pointed, setPointed] = useState(false);
  const away = top > 4;

  useEffect(() => feed.setStill(paused || away || reading || pointed), [feed, paused, away, reading, pointed]);
  useEffect(() => () => window.clearTimeout(pointing.current), []);
  const onPointer = () => {
    window.clearTimeout(pointing.current);
    pointing.current = window.setTimeout(() => setPointed(false), kPointingMs);
    setPointed(true);
  };
  const toNewest = () => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scroller.current?.scrollTo({ top: 0 });
    setTop(0);
    setReading(false);
    setPointed(false);
    props.onResume();
  };

  // What tells that somebody reads; the rows themselves are worked by their buttons.
  const readingHandlers = {
    onPointerMove: onPointer,
    onPointerDown: onPointer,
    onPointerLeave: () => setPointed(false),
    onFocus: (event: FocusEvent<HTMLElement>) => setReading(event.target.matches(":focus-visible")),
    onBlur: (event: FocusEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget)) setReading(false);
    },
    onKeyDown: moveFocus,
  };
  const cards = width > 0 && width < kCardsBelow;
  const rowHeight = cards ? kCardHeight : kRowHeight;
  const count = view.events.length;
  const first = Math.max(0, Math.floor(top / rowHeight) - kOverscan);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + kOverscan);
  const rows: LiveEvent[] = [];
  for (let index = first; index < last; ++index) rows.push(view.events[count - 1 - index] as LiveEvent);
  const waiting = view.fresh > 0 && (paused || away || reading);

  return (
    <div className={classes.frame} data-cards={cards || undefined} data-products={props.withProduct || undefined}>
      {count === 0 && <div className={classes.empty}>{props.empty}</div>}
      {waiting && (
        <Button size="xs" radius="xl" className={classes.fresh} onClick={toNewest}>
          {view.fresh >= kKeptMax ? `${plural(kKeptMax, "new event")} or more` : plural(view.fresh, "new event")}
        </Button>
      )}
      <div {...asTable(count + 1)} className={classes.table}>
        <div {...asGroup} className={classes.head}>
          <div {...asRow(1)} className={classes.row}>
            {["Time", "Name", "Data", ...(props.withProduct ? ["Product"] : []), "Device", ""].map((title) => (
              <div key={title} {...asHeader}>
                {title || <span className="visually-hidden">What would this fire</span>}
              </div>
            ))}
          </div>
        </div>
        <div
          {...asGroup}
          {...readingHandlers}
          ref={frame}
          className={classes.scroller}
          onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        >
          <div style={{ height: count * rowHeight, position: "relative" }}>
            {rows.map((event, offset) => (
              <EventRow
                key={event.number}
                event={event}
                index={first + offset}
                top={(first + offset) * rowHeight}
                product={event.product === null ? undefined : props.products.get(event.product)}
                withProduct={props.withProduct}
                pretty={props.pretty}
                opened={props.opened === `${event.at} ${event.name}`}
                onOpen={props.onOpen}
                onExplain={props.onExplain}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

// Up and down go from row to row.
function moveFocus(event: KeyboardEvent<HTMLDivElement>) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || !(event.target instanceof HTMLElement)) return;
  const row = event.target.closest("[role=row]");
  const next = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  const button = next?.querySelector("button");
  if (!button) return;
  event.preventDefault();
  button.focus();
  button.scrollIntoView({ block: "nearest" });
}

interface RowProps {
  event: LiveEvent;
  index: number;
  top: number;
  product?: { slug: string; name: string };
  withProduct: boolean;
  pretty: boolean;
  opened: boolean;
  onOpen: (event: LiveEvent) => void;
  onExplain: (event: LiveEvent) => void;
}

const EventRow = memo(function EventRow({ event, index, top, product, ...props }: RowProps) {
  const { onOpen, onExplain } = props;
  const open = useCallback(() => onOpen(event), [event, onOpen]);
  const ours = event.kind.startsWith("hook-");
  return (
    <div
      {...asRow(index + 2)}
      className={classes.row}
      data-kind={event.kind}
      data-opened={props.opened || undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div {...asCell} className={classes.time} title={utcTime(event.at)}>
        {clockTime(event.at)}
      </div>
      <div {...asCell} className={classes.name}>
        <span className={classes.dot} title={kKinds.find((one) => one.kind === event.kind)?.label} />
        <button type="button" className={classes.open} onClick={open} title={event.name}>
          {event.name}
        </button>
      </div>
      <div {...asCell} className={classes.data}>
        {event.data === null ? <span className={classes.nothing}>no data</span> : oneLine(event.data, props.pretty)}
      </div>
      {props.withProduct && (
        <div {...asCell} className={classes.product}>
          {product === undefined ? (
            (event.product ?? "")
          ) : (
            <Link to={`/products/${product.slug}`} title={product.name}>
              {product.name}
            </Link>
          )}
        </div>
      )}
      <div {...asCell} className={classes.device} title={event.from}>
        {event.from}
      </div>
      <div {...asCell} className={classes.action}>
        {!ours && (
          <Tooltip label="What would this fire" openDelay={400}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`What would ${event.name} fire`}
              onClick={() => onExplain(event)}
            >
              <IconTopologyStar3 size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
    </div>
  );
});
