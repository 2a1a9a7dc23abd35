// How an integration delivers: what each setting may be, what it is when nothing is set, and the settings as the texts of
// fields. A text that is no such value stays as it is, so that the field can show it with what is wrong. Pure.
import type { Json, JsonObject } from "../../../api/types";
import { durationText, parseDuration } from "../../../lib/duration";

export const kDeliveryMembers = [
  "timeout",
  "redirects",
  "retryDelays",
  "retryFor",
  "finalStatuses",
  "concurrency",
  "rate",
  "orderPerDevice",
] as const;
export type DeliveryMember = (typeof kDeliveryMembers)[number];
export const kRedirects = ["follow", "error"] as const;
export type Redirects = (typeof kRedirects)[number];

// As docs/limits.md has them.
export const kBounds = {
  timeout: { min: 1, max: 60 },
  retryDelay: { min: 1, max: 86_400 },
  retryDelays: { min: 1, max: 20 },
  retryFor: { min: 0, max: 604_800 },
  finalStatus: { min: 300, max: 599 },
  concurrency: { min: 1, max: 64 },
  rate: { min: 0.01, max: 10_000 },
};
export const kStatusKinds = ["3xx", "4xx", "5xx"] as const;
// null: none is set.
export const kDeliveryDefaults: { [member in DeliveryMember]: Json } = {
  timeout: 20,
  redirects: "follow",
  retryDelays: null,
  retryFor: 259_200,
  finalStatuses: ["3xx", 400, 405, 410, 413, 414, 415, 422, 431, 501],
  concurrency: null,
  rate: null,
  orderPerDevice: false,
};

export interface DeliveryDraft {
  timeout: string; // "": the default, here and below
  redirects: Redirects;
  retryDelays: string[];
  retryFor: string;
  finalStatuses: string[] | null; // null: the default. []: none is final
  concurrency: string;
  rate: string;
  orderPerDevice: boolean;
}

function numberOf(value: Json): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null;
}
function spanOf(value: Json): string {
  const seconds = numberOf(value);
  return seconds === null || !Number.isInteger(seconds) ? String(value) : durationText(seconds);
}
const flagOf = (value: Json): Json => (value === "true" ? true : value === "false" ? false : value);
const textOf = (value: Json | undefined, show: (value: Json) => string): string =>
  value === undefined || value === null ? "" : show(value);

export function deliveryDraftOf(get: (member: DeliveryMember) => Json | undefined): DeliveryDraft {
  const delays = get("retryDelays");
  const statuses = get("finalStatuses");
  return {
    timeout: textOf(get("timeout"), spanOf),
    redirects: kRedirects.find((one) => one === String(get("redirects")).toLowerCase()) ?? "follow",
    retryDelays: Array.isArray(delays) ? delays.map(spanOf) : [],
    retryFor: textOf(get("retryFor"), spanOf),
    finalStatuses: Array.isArray(statuses) ? statuses.map(String) : null,
    concurrency: textOf(get("concurrency"), String),
    rate: textOf(get("rate"), String),
    orderPerDevice: flagOf(get("orderPerDevice") ?? false) === true,
  };
}

const spanValue = (text: string): Json => parseDuration(text) ?? text;
const numberValue = (text: string): Json => numberOf(text) ?? text.trim();
const statusValue = (text: string): Json => numberOf(text) ?? text.trim().toLowerCase();

// What a field says, as the member's value; undefined: nothing, so its default.
export function saidOfDelivery(draft: DeliveryDraft, member: DeliveryMember): Json | undefined {
  switch (member) {
    case "timeout":
    case "retryFor":
      return draft[member].trim() === "" ? undefined : spanValue(draft[member]);
    case "concurrency":
    case "rate":
      return draft[member].trim() === "" ? undefined : numberValue(draft[member]);
    case "orderPerDevice":
      return draft.orderPerDevice ? true : undefined;
    case "redirects":
      return draft.redirects === "follow" ? undefined : draft.redirects;
    case "retryDelays":
      return draft.retryDelays.length === 0 ? undefined : draft.retryDelays.map(spanValue);
    case "finalStatuses":
      return draft.finalStatuses === null ? undefined : draft.finalStatuses.map(statusValue);
  }
}

export function isDeliveryDefault(member: DeliveryMember, value: Json): boolean {
  const standard = kDeliveryDefaults[member];
  if (value === null) return true;
  return JSON.stringify(canonicalDelivery(member, value)) === JSON.stringify(canonicalDelivery(member, standard));
}

// One form for everything that means the same to the server.
export function canonicalDelivery(member: DeliveryMember, value: Json): Json {
  if (member === "finalStatuses" && Array.isArray(value)) {
    const all = new Set(value.map((one) => numberOf(one) ?? one));
    const left = [...all].filter((one) => typeof one !== "number" || !all.has(`${Math.floor(one / 100)}xx`));
    return left.sort((a, b) => String(a).localeCompare(String(b)));
  }
  if (Array.isArray(value)) return value.map((one) => numberOf(one) ?? one);
  return member === "orderPerDevice" ? flagOf(value) : (numberOf(value) ?? value);
}

// What the server would refuse, by the path of the member.
export function deliveryProblems(get: (member: DeliveryMember) => Json | undefined): [path: string[], text: string][] {
  const found: [string[], string][] = [];
  const number = (path: string[], value: Json | undefined, bounds: { min: number; max: number }, what: string) => {
    if (value === undefined || value === null) return;
    const is = numberOf(value);
    const whole = path[0] === "rate" || (is !== null && Number.isInteger(is));
    if (is === null || !whole || is < bounds.min || is > bounds.max) found.push([path, what]);
  };
  const { min, max } = kBounds.retryFor;
  const delays = `each wait is ${durationText(kBounds.retryDelay.min)} to ${durationText(kBounds.retryDelay.max)}, such as 30 s or 5 min`;
  number(["timeout"], get("timeout"), kBounds.timeout, "must be 1 to 60 seconds");
  number(["retryFor"], get("retryFor"), kBounds.retryFor, `must be ${durationText(min)} to ${durationText(max)}`);
  number(["concurrency"], get("concurrency"), kBounds.concurrency, "must be a whole number from 1 to 64");
  number(["rate"], get("rate"), kBounds.rate, "must be a number from 0.01 to 10000");
  listOf(get("retryDelays")).forEach((value, index) => {
    number(["retryDelays", String(index)], value ?? "", kBounds.retryDelay, delays);
  });
  if (listOf(get("retryDelays")).length > kBounds.retryDelays.max) {
    found.push([["retryDelays"], `must be at most ${kBounds.retryDelays.max} waits`]);
  }
  const statuses = "must be statuses from 300 to 599, or 3xx, 4xx, 5xx";
  listOf(get("finalStatuses")).forEach((value, index) => {
    if ((kStatusKinds as readonly Json[]).includes(value)) return;
    number(["finalStatuses", String(index)], value ?? "", kBounds.finalStatus, statuses);
  });
  return found;
}
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

// A setting as people read it; null: it is none of these.
export function shownDelivery(member: string, value: Json | undefined): string | null {
  if (!(kDeliveryMembers as readonly string[]).includes(member)) return null;
  const one = member as DeliveryMember;
  const is = value === undefined || value === null ? kDeliveryDefaults[one] : value;
  const usual = value === undefined ? " (default)" : "";
  if (is === null) return one === "retryDelays" ? "the policy's own" : "no bound of its own";
  if (one === "timeout" || one === "retryFor") return `${spanOf(is)}${usual}`;
  if (one === "retryDelays" && Array.isArray(is)) return is.map(spanOf).join(", ");
  if (one === "finalStatuses" && Array.isArray(is)) return `${is.length === 0 ? "none" : is.join(", ")}${usual}`;
  if (one === "redirects") return `${is === "error" ? "Not followed" : "Followed"}${usual}`;
  if (one === "orderPerDevice") return `${flagOf(is) === true ? "Kept" : "Not kept"}${usual}`;
  return one === "rate" ? `${is} per second` : String(is);
}

export function deliverySummary(settings: JsonObject): string[] {
  const names: { [member in DeliveryMember]: (shown: string) => string } = {
    timeout: (shown) => `time-out ${shown}`,
    redirects: () => "redirects not followed",
    retryDelays: () => "own waits",
    retryFor: (shown) => (shown === "0 s" ? "one attempt" : `retried for ${shown}`),
    finalStatuses: () => "own final statuses",
    concurrency: (shown) => `at most ${shown} at once`,
    rate: (shown) => shown,
    orderPerDevice: () => "in the order of each device",
  };
  return kDeliveryMembers
    .filter((member) => settings[member] !== undefined)
    .map((member) => names[member](shownDelivery(member, settings[member]) ?? ""));
}
