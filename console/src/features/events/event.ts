// An event of a live stream, as the page keeps it. Pure.

export type EventKind = "device" | "api" | "hook-sent" | "hook-response" | "hook-error";

export const kKinds: { kind: EventKind; label: string }[] = [
  { kind: "device", label: "Devices" },
  { kind: "api", label: "API" },
  { kind: "hook-sent", label: "hook-sent" },
  { kind: "hook-response", label: "hook-response" },
  { kind: "hook-error", label: "hook-error" },
];

export interface LiveEvent {
  // Counts up in the order of arrival: the stream itself names no id.
  number: number;
  name: string;
  data: string | null;
  at: string; // published_at, ISO 8601
  from: string; // a device id, "api", or "particle-internal"
  product: number | null;
  kind: EventKind;
}

// What integrations publish comes from "particle-internal". A topic of one's own tells no more than that: it counts as
// a response, which it most often is.
export function kindOf(name: string, from: string): EventKind {
  if (from === "api") return "api";
  if (from !== "particle-internal") return "device";
  const parts = name.split("/");
  if (parts.includes("hook-sent")) return "hook-sent";
  if (parts.includes("hook-error")) return "hook-error";
  return "hook-response";
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

// Null for what is no event of ours.
export function readEvent(name: string, json: string, number: number): LiveEvent | null {
  let sent: unknown;
  try {
    sent = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof sent !== "object" || sent === null) return null;
  const members = sent as Record<string, unknown>;
  const from = text(members.coreid) ?? "";
  const at = text(members.published_at) ?? "";
  return {
    number,
    name,
    data: text(members.data),
    at: Number.isNaN(Date.parse(at)) ? new Date(0).toISOString() : at,
    from,
    product: typeof members.productID === "number" ? members.productID : null,
    kind: kindOf(name, from),
  };
}

const kDeviceId = /^[0-9a-f]{24}$/i;
export function isDeviceId(from: string): boolean {
  return kDeviceId.test(from);
}

// Data of one line, for a row: JSON without its marks, anything else as it is, cut where no row would show more.
export function oneLine(data: string | null, pretty: boolean, max = 400): string {
  if (data === null) return "";
  const cut = data.length > max ? `${data.slice(0, max)}…` : data;
  const line = cut.replace(/\s+/g, " ");
  if (!pretty || data.length > 4000 || !/^\s*[{[]/.test(data)) return line;
  try {
    const value: unknown = JSON.parse(data);
    const short = plain(value, 0);
    return short.length > max ? `${short.slice(0, max)}…` : short;
  } catch {
    return line;
  }
}
function plain(value: unknown, depth: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => plain(item, depth + 1)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${name}: ${plain(member, depth + 1)}`);
    return depth === 0 ? members.join("  ") : `{${members.join(", ")}}`;
  }
  return String(value);
}

// "13:05:09.120", local.
export function clockTime(iso: string): string {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}.${String(when.getMilliseconds()).padStart(3, "0")}`;
}
