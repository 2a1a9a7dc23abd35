// What an edit of variables changes. Pure.
import type { Variables } from "../../api/types";

export interface Row {
  name: string;
  value: string;
}

export function rowsOf(variables: Variables): Row[] {
  return Object.entries(variables)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

// What to send: new and different values, and null for those that are gone. Rows without a name do not count.
export function changesOf(before: Variables, rows: Row[]): { [name: string]: string | null } {
  const changes: { [name: string]: string | null } = {};
  const names = new Set<string>();
  for (const row of rows) {
    const name = row.name.trim();
    if (name === "") continue;
    names.add(name);
    if (before[name] !== row.value) changes[name] = row.value;
  }
  for (const name of Object.keys(before)) if (!names.has(name)) changes[name] = null;
  return changes;
}

// Names that stand twice: only one of them could be saved.
export function doubles(rows: Row[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const row of rows) {
    const name = row.name.trim();
    if (name !== "" && seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return twice;
}
