// What the console says of an integration: its name, its state, where it runs. Pure.
import type { Counts, Integration, IntegrationSettings, ListCounters } from "../api/types";

// The text that stands for an integration without a name.
export function defaultName(settings: Pick<IntegrationSettings, "event" | "url">): string {
  const host = settings.url?.match(/^https?:\/\/([^/?#]+)/)?.[1];
  return host === undefined ? settings.event : `${settings.event} for ${host}`;
}
export function nameOf(one: Pick<IntegrationSettings, "name" | "event" | "url">): string {
  return one.name ? one.name : defaultName(one);
}

export type State = "disabled" | "failing" | "paused" | "staged" | "healthy" | "quiet";

// The one that a person should look at first. Several can be true: paused on one product and failing on another.
// `on`: as seen from this product, where the others' pauses and trials do not matter.
export function statesOf(one: Integration, counters?: Pick<ListCounters, "health">, on?: string): State[] {
  const placements = on === undefined ? one.products : one.products?.filter((product) => product.slug === on);
  if (on === undefined ? one.disabled : (placements?.[0]?.override?.disabled ?? one.disabled)) return ["disabled"];
  const states: State[] = [];
  const health = counters?.health ?? one.health ?? "quiet";
  if (health === "failing") states.push("failing");
  if (one.paused !== undefined || placements?.some((product) => product.paused !== undefined)) states.push("paused");
  const tries = on === undefined || placements?.some((product) => product.staged_version !== undefined);
  if (one.staged !== undefined && one.staged !== null && tries) states.push("staged");
  if (states.length === 0) states.push(health === "healthy" ? "healthy" : "quiet");
  return states;
}

export function runsOn(one: Integration): string {
  const count = one.products?.length ?? 0;
  return count === 1 ? "1 product" : `${count} products`;
}

// How a delivery can end, in the order in which it is shown.
export const kOutcomes = [
  { kind: "success", label: "Success" },
  { kind: "error", label: "Error" },
  { kind: "sleep", label: "Skipped" },
  { kind: "cancelled", label: "Cancelled" },
] as const;

export function total(counts: Counts): number {
  return kOutcomes.reduce((sum, one) => sum + counts[one.kind], 0);
}
export const kNoCounts: Counts = { success: 0, error: 0, sleep: 0, cancelled: 0 };
