// The rows of the list: which ones, in which order. Pure.
import type { TodaysCounters } from "../../../api/integrations";
import type { Integration, ListCounters } from "../../../api/types";
import { destinationOf } from "../../../lib/format";
import { kNoCounts, nameOf, type State, statesOf } from "../../../lib/integration";
import type { Sort } from "../../../ui/virtual-table";

// In the order in which one should look at them.
export const kStateOrder: State[] = ["failing", "paused", "staged", "disabled", "quiet", "healthy"];

export interface Row {
  one: Integration;
  name: string;
  destination: string;
  searched: string;
  on: string | undefined; // the product that the list is of
}

export function rowsOf(list: Integration[], on?: string): Row[] {
  return list.map((one) => {
    const name = nameOf(one);
    const destination = destinationOf(one.url);
    return { one, name, destination, on, searched: `${name}\n${one.event}\n${one.url ?? ""}`.toLowerCase() };
  });
}

// Numbers as they are now; without an answer of the counters, as the list was answered with.
export function liveOf(one: Integration, today: TodaysCounters | undefined): ListCounters {
  if (today) return today.counters[one.id] ?? { ...kNoCounts, health: "quiet", last_error_at: null };
  return { ...one.todayCounters, health: one.health ?? "quiet", last_error_at: null };
}

export function statesIn(row: Row, today: TodaysCounters | undefined): State[] {
  return statesOf(row.one, liveOf(row.one, today), row.on);
}

export interface Filter {
  text: string;
  products: string[]; // slugs; none: all
  states: string[];
}

export function fits(row: Row, filter: Filter, today: TodaysCounters | undefined): boolean {
  if (filter.text !== "" && !words(filter.text).every((word) => row.searched.includes(word))) return false;
  if (
    filter.products.length > 0 &&
    !row.one.products?.some((product) => product.slug !== undefined && filter.products.includes(product.slug))
  ) {
    return false;
  }
  return filter.states.length === 0 || statesIn(row, today).some((state) => filter.states.includes(state));
}

function words(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

export const kDefaultSort: Sort = { column: "name", descending: false };

export function parseSort(text: string): Sort {
  return text === "" ? kDefaultSort : { column: text.replace(/^-/, ""), descending: text.startsWith("-") };
}
export function sortText(sort: Sort): string {
  return `${sort.descending ? "-" : ""}${sort.column}`;
}
// By numbers that change while one reads.
export function isLive(sort: Sort): boolean {
  return ["success", "error", "sleep", "cancelled", "state"].includes(sort.column);
}

const kNames = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// What fits, in order; equal ones by name.
export function arrange(rows: Row[], filter: Filter, sort: Sort, today: TodaysCounters | undefined): Row[] {
  const found = rows.filter((row) => fits(row, filter, today));
  const keys = new Map<Row, number>(found.map((row) => [row, keyOf(row, sort.column, today)]));
  const sign = sort.descending ? -1 : 1;
  return found.sort((a, b) => {
    const byKey = (keys.get(a) ?? 0) - (keys.get(b) ?? 0);
    if (byKey !== 0) return sign * byKey;
    const byName = kNames.compare(a.name, b.name) || (a.one.id < b.one.id ? -1 : 1);
    return sort.column === "name" ? sign * byName : byName;
  });
}

function keyOf(row: Row, column: string, today: TodaysCounters | undefined): number {
  switch (column) {
    case "products":
      return row.one.products?.length ?? 0;
    case "success":
    case "error":
    case "sleep":
    case "cancelled":
      return liveOf(row.one, today)[column];
    case "state":
      return kStateOrder.indexOf(statesIn(row, today)[0] ?? "quiet");
    default:
      return 0;
  }
}

export function countStates(rows: Row[], today: TodaysCounters | undefined): Map<State, number> {
  const counts = new Map<State, number>();
  for (const row of rows) {
    for (const state of statesIn(row, today)) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

export function fromList(text: string): string[] {
  return text.split(",").filter(Boolean);
}
