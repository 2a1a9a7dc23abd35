// A table of any length: only the rows in sight are in the page, and it scrolls with the page. It stays a table for
// assistive technology (rows say which one of how many they are), also where it is narrow and shows each row as a card.
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import classes from "./virtual-table.module.css";
import {
  asCell,
  asGroup,
  asHeader,
  asNothing,
  asRow,
  asTable,
  type Column,
  HeaderCell,
  type Sort,
  TableRow,
} from "./virtual-table-parts";

export type { Column, Sort } from "./virtual-table-parts";

export interface Expansion<Row> {
  open: string | null; // the key of the open row
  onToggle: (key: string) => void;
  nameOf: (row: Row) => string; // what the button says it shows
  render: (row: Row) => ReactNode;
  height: number; // about
}
interface Props<Row> {
  label: string;
  rows: Row[];
  columns: Column<Row>[]; // the same array as long as nothing in the cells changes
  keyOf: (row: Row) => string;
  rowHeight: number;
  compactHeight: number;
  compactBelow: number; // pixels of its own width
  compactClass?: string; // of the rows, when compact: the card's grid
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  expansion?: Expansion<Row>;
}

type Item = { row: number; opened: boolean };

export function VirtualTable<Row>(props: Props<Row>) {
  const { rows, columns, keyOf, expansion } = props;
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const own = useRef<HTMLDivElement>(null);
  const frame = useMergedRef(sizeRef, own);
  const compact = width > 0 && width < props.compactBelow;
  const height = compact ? props.compactHeight : props.rowHeight;
  const [margin, setMargin] = useState(0);
  const [focused, setFocused] = useState<number | null>(null);

  // Where it begins in the page: what stands above may grow and shrink.
  useLayoutEffect(() => {
    const measure = () => {
      if (own.current !== null) setMargin(own.current.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const open = expansion?.open ?? null;
  const openRow = useMemo(
    () => (open === null ? -1 : rows.findIndex((row) => keyOf(row) === open)),
    [rows, open, keyOf],
  );
  const itemAt = useCallback(
    (index: number): Item => {
      if (openRow < 0 || index <= openRow) return { row: index, opened: false };
      return index === openRow + 1 ? { row: openRow, opened: true } : { row: index - 1, opened: false };
    },
    [openRow],
  );
  const virtualizer = useWindowVirtualizer({
    count: rows.length + (openRow < 0 ? 0 : 1),
    estimateSize: (index) => (itemAt(index).opened ? (expansion?.height ?? 0) : height),
    getItemKey: (index) => {
      const item = itemAt(index);
      return keyOf(rows[item.row] as Row) + (item.opened ? "+" : "");
    },
    overscan: 8,
    scrollMargin: margin,
    // The row that has the focus stays in the page, wherever one scrolls.
    rangeExtractor: (range: Range) => {
      const shown = defaultRangeExtractor(range);
      if (focused === null || focused >= range.count || shown.includes(focused)) return shown;
      return [...shown, focused].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights make all that was measured wrong.
  useLayoutEffect(() => virtualizer.measure(), [height, openRow]);

  // An address with an open row leads to it; afterwards opening one moves nothing.
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current || margin === 0) return;
    arrived.current = true;
    if (openRow > 0) virtualizer.scrollToIndex(openRow, { align: "auto" });
  }, [margin, openRow, virtualizer]);

  const span = columns.length + (expansion === undefined ? 0 : 1);
  const body: ReactNode[] = [];
  let end = margin;
  const spacer = (key: string, size: number) => {
    if (size < 1) return;
    body.push(
      <tr key={key} {...asNothing} aria-hidden className={classes.spacer}>
        <td colSpan={span} style={{ height: size }} />
      </tr>,
    );
  };
  for (const item of virtualizer.getVirtualItems()) {
    spacer(`before-${item.key}`, item.start - end);
    end = item.end;
    const { row: index, opened } = itemAt(item.index);
    const row = rows[index] as Row;
    const key = keyOf(row);
    body.push(
      opened ? (
        <tr
          key={item.key}
          {...asRow}
          ref={virtualizer.measureElement}
          data-index={item.index}
          id={`opened-${key}`}
          className={classes.opened}
          onFocus={() => setFocused(item.index)}
        >
          <td {...asCell} colSpan={span}>
            {expansion?.render(row)}
          </td>
        </tr>
      ) : (
        <TableRow
          key={item.key}
          row={row}
          rowKey={key}
          index={index}
          at={item.index}
          columns={columns as Column<unknown>[]}
          height={height}
          className={compact ? props.compactClass : undefined}
          open={index === openRow}
          expansion={expansion === undefined ? undefined : expansion.onToggle}
          name={expansion?.nameOf(row)}
          onFocus={setFocused}
        />
      ),
    );
  }
  spacer("after", virtualizer.getTotalSize() + margin - end);

  return (
    <div ref={frame} className={classes.frame} data-compact={compact || undefined}>
      <table {...asTable} aria-label={props.label} aria-rowcount={rows.length + 1} className={classes.table}>
        {!compact && (
          <colgroup>
            {expansion !== undefined && <col style={{ width: 44 }} />}
            {columns.map((column) => (
              <col key={column.id} style={{ width: column.width }} />
            ))}
          </colgroup>
        )}
        <thead {...asGroup} className={classes.head}>
          <tr {...asRow} aria-rowindex={1}>
            {expansion !== undefined && (
              <th {...asHeader} scope="col">
                <span className="visually-hidden">Details</span>
              </th>
            )}
            {columns.map((column) => (
              <HeaderCell
                key={column.id}
                column={column}
                sort={props.sort}
                onSort={compact ? undefined : props.onSort}
              />
            ))}
          </tr>
        </thead>
        <tbody {...asGroup} className={classes.body}>
          {body}
        </tbody>
      </table>
    </div>
  );
}
