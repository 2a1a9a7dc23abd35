// What waits of an integration, in words: accepted and not at an end yet, some of it held until it runs again. Pure.
import type { Integration, Placement } from "../api/types";
import { plural } from "./format";

export interface Waits {
  waiting: number;
  held: number;
}
type Waiting = Pick<Integration, "waiting" | "held"> | Pick<Placement, "waiting" | "held">;

export function waitsOf(one: Waiting | undefined): Waits {
  return { waiting: one?.waiting ?? 0, held: one?.held ?? 0 };
}
export function sumOfWaits(all: readonly Waiting[]): Waits {
  return all.map(waitsOf).reduce((a, b) => ({ waiting: a.waiting + b.waiting, held: a.held + b.held }), {
    waiting: 0,
    held: 0,
  });
}

// "5 deliveries wait", "1 delivery waits"; with the verb in between where it is not "wait".
export function waitText(count: number, verbs: [one: string, many: string] = ["waits", "wait"]): string {
  return `${plural(count, "delivery", "deliveries")} ${count === 1 ? verbs[0] : verbs[1]}`;
}
// "5 waiting, 2 of them held"
export function waitsText({ waiting, held }: Waits): string {
  if (held === 0) return `${plural(waiting, "waiting", "waiting")}`;
  return held === waiting
    ? `${plural(waiting, "held", "held")}`
    : `${plural(waiting, "waiting", "waiting")}, ${held} of them held`;
}
// How many of each product, of those that have any: "Pump: 3, Valve: 2". "" where it says no more than the sum.
export function waitsByProduct(placements: readonly Placement[]): string {
  const some = placements.filter((one) => waitsOf(one).waiting > 0);
  if (placements.length < 2 || some.length === 0) return "";
  return some.map((one) => `${one.name ?? one.slug ?? `Product ${one.id}`}: ${one.waiting}`).join(", ");
}
