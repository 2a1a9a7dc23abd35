// The head and the rows of a virtual table.
import { memo, type ReactNode } from "react";
import { IconChevronRight, IconSortAscending, IconSortDescending } from "./icons";
import classes from "./virtual-table.module.css";

export interface Column<Row> {
  id: string;
  title: string;
  width?: string; // of the wide table; one column without it takes the rest
  numeric?: boolean;
  sortable?: boolean;
  className?: string; // of its cells, to place them in the card
  cell: (row: Row) => ReactNode;
}
export interface Sort {
  column: string;
  descending: boolean;
}
// Elements whose role a style could take away get it by name.
export const asTable = { role: "table" };
export const asGroup = { role: "rowgroup" };
export const asRow = { role: "row" };
export const asCell = { role: "cell" };
export const asHeader = { role: "columnheader" };
export const asNothing = { role: "presentation" };

export function HeaderCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
}) {
  const sorted = sort?.column === column.id;
  const descending = sorted && sort.descending;
  const Icon = descending ? IconSortDescending : IconSortAscending;
  return (
    <th
      {...asHeader}
      scope="col"
      data-numeric={column.numeric || undefined}
      aria-sort={sorted ? (descending ? "descending" : "ascending") : undefined}
    >
      {column.sortable && onSort !== undefined ? (
        <button
          type="button"
          className={classes.sort}
          // Of numbers one looks for the largest first.
          onClick={() => onSort({ column: column.id, descending: sorted ? !descending : column.numeric === true })}
        >
          {column.title}
          {sorted && <Icon size={14} aria-hidden />}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

interface RowProps {
  row: unknown;
  rowKey: string;
  index: number;
  at: number;
  columns: Column<unknown>[];
  height: number;
  className?: string;
  open: boolean;
  expansion?: (key: string) => void;
  name?: string;
  onFocus: (at: number) => void;
}

export const TableRow = memo(function TableRow(props: RowProps) {
  return (
    <tr
      {...asRow}
      aria-rowindex={props.index + 2}
      data-index={props.at}
      data-open={props.open || undefined}
      className={props.className === undefined ? classes.row : `${classes.row} ${props.className}`}
      style={{ height: props.height }}
      onFocus={() => props.onFocus(props.at)}
    >
      {props.expansion !== undefined && (
        <td {...asCell} data-column="expand">
          <button
            type="button"
            className={classes.expand}
            aria-expanded={props.open}
            aria-controls={props.open ? `opened-${props.rowKey}` : undefined}
            aria-label={`Details of ${props.name}`}
            onClick={() => props.expansion?.(props.rowKey)}
          >
            <IconChevronRight size={16} aria-hidden />
          </button>
        </td>
      )}
      {props.columns.map((column) => (
        <td
          key={column.id}
          {...asCell}
          data-column={column.id}
          data-title={column.title}
          data-numeric={column.numeric || undefined}
          className={column.className}
        >
          {column.cell(props.row)}
        </td>
      ))}
    </tr>
  );
});
