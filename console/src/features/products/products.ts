// What the products' screens show of them. Pure.

import type { TrafficBucket } from "../../api/products";
import type { Integration, Product } from "../../api/types";
import type { Bar } from "../../ui/bar-chart";

// How many integrations run on each product.
export function integrationsByProduct(integrations: readonly Integration[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const one of integrations) {
    for (const placed of one.products ?? []) {
      if (placed.removed !== true) counts.set(placed.id, (counts.get(placed.id) ?? 0) + 1);
    }
  }
  return counts;
}

export function findProducts(products: readonly Product[], typed: string): Product[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (one: Product) => {
    const text = `${one.name} ${one.slug} ${one.id} ${one.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return products.filter(fits).sort((a, b) => a.name.localeCompare(b.name));
}

export type Range = "1h" | "1d" | "7d";
export const kRanges: Record<Range, { label: string; seconds: number; bucket: number }> = {
  "1h": { label: "1 hour", seconds: 3600, bucket: 60 },
  "1d": { label: "1 day", seconds: 86_400, bucket: 900 },
  "7d": { label: "7 days", seconds: 7 * 86_400, bucket: 7200 },
};
export function readRange(text: string): Range {
  return text === "1h" || text === "7d" ? text : "1d";
}

const two = (value: number) => String(value).padStart(2, "0");
const clock = (when: Date) => `${two(when.getHours())}:${two(when.getMinutes())}`;
const day = (when: Date) => when.toLocaleDateString("en-US", { month: "short", day: "numeric" });

export function barsOf(buckets: readonly TrafficBucket[], range: Range): Bar[] {
  return buckets.map((bucket) => {
    const from = new Date(bucket.time);
    const to = new Date(from.getTime() + kRanges[range].bucket * 1000);
    const span = range === "1h" ? clock(from) : `${clock(from)}–${clock(to)}`;
    return {
      label: range === "7d" ? day(from) : clock(from),
      title: `${day(from)}, ${span}`,
      success: bucket.success ?? 0,
      error: bucket.failure ?? 0,
      sleep: bucket.sleep ?? 0,
      cancelled: bucket.cancelled ?? 0,
    };
  });
}
