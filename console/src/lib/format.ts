// Numbers, times and texts as people read them. Pure.

const grouped = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return grouped.format(value);
}
// 12.3K from ten thousand on: for places without room.
export function formatShort(value: number): string {
  return Math.abs(value) < 10_000 ? grouped.format(value) : compact.format(value);
}
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (part * 100) / whole;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  return `${percent.toFixed(percent < 10 && percent % 1 !== 0 ? 1 : 0)}%`;
}
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export function localTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}
export function utcTime(iso: string): string {
  return `${new Date(iso)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "")} UTC`;
}
// "3 minutes ago", "in 2 hours"; under five seconds "just now".
export function relativeTime(iso: string, now: number): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, "second"],
    [3600, "minute"],
    [86_400, "hour"],
    [86_400 * 30, "day"],
    [86_400 * 365, "month"],
    [Number.POSITIVE_INFINITY, "year"],
  ];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  let below = 1;
  for (const [limit, unit] of steps) {
    if (size < limit) return words.format(Math.trunc(seconds / below), unit);
    below = limit;
  }
  return localTime(iso);
}
// "1 h 20 min" of whole seconds.
export function formatSpan(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

// Text that is JSON, indented; anything else as it is.
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The host and path that an integration's URL goes to, short enough for a row.
export function destinationOf(url: string | undefined): string {
  if (!url) return "–";
  return url.replace(/^https?:\/\//, "");
}
