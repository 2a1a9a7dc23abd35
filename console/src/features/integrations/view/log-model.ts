// Entries of the log: a name for each, and which ones are shown while one is read. Pure.
import type { LogEntry } from "../../../api/types";

// Entries have no id; the moment, the event and the attempt tell them apart.
export function entryKey(entry: LogEntry): string {
  return [Date.parse(entry.time).toString(36), entry.event?.id ?? "", entry.product_id ?? "", entry.attempt].join("-");
}

export interface ShownLog {
  entries: LogEntry[];
  // How many came since, and are not shown because they would move what one reads.
  newer: number;
}

// `kept` is what was shown when an entry was opened. While it is open nothing is put above it; that it falls out of the
// server's list does not take it away.
export function shownLog(latest: LogEntry[], kept: LogEntry[] | null): ShownLog {
  if (kept === null) return { entries: latest, newer: 0 };
  const known = new Set(kept.map(entryKey));
  const newest = kept[0] === undefined ? 0 : Date.parse(kept[0].time);
  const newer = latest.filter((entry) => !known.has(entryKey(entry)) && Date.parse(entry.time) >= newest).length;
  return { entries: kept, newer };
}

export function isJson(text: string): boolean {
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
