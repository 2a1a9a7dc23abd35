// What became of an event, in words. Pure.
import { errorText } from "./dead-letters";
import { plural } from "./format";

export type DeliveryState = "success" | "error" | "sleep" | "cancelled" | "waiting" | "held";

export const kDeliveryStates: Record<DeliveryState, { text: string; color: string }> = {
  success: { text: "Delivered", color: "green" },
  error: { text: "Failed for good", color: "red" },
  sleep: { text: "Skipped", color: "gray" },
  cancelled: { text: "Cancelled", color: "gray" },
  waiting: { text: "Waiting", color: "yellow" },
  held: { text: "Held", color: "yellow" },
};

const kVerdicts: { [verdict: string]: string } = {
  disabled: "Disabled",
  prefix: "Other event name",
  system: "System event",
  device: "Other device",
  not_on_product: "Not on this product",
  no_chaining: "No chaining",
  not_yet: "Made later",
  deleted: "Deleted since",
  unknown: "Not known any more",
};
export function verdictText(verdict: string): string {
  return kVerdicts[verdict] ?? verdict;
}

interface Delivery {
  attempts: number;
  status: number | null;
  error: string | null;
}

// "3 attempts, last status 503". "" when it was never tried.
export function triesText(one: Delivery): string {
  const parts: string[] = [];
  if (one.attempts > 0) parts.push(plural(one.attempts, "attempt"));
  if (one.status !== null) parts.push(`last status ${one.status}`);
  else if (one.error !== null) parts.push(`last error: ${errorText(one.error)}`);
  return parts.join(", ");
}

// The id of an event, as an answer to a publication or a header of a request has it.
export function isEventId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text.trim());
}
