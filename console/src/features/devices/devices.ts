// What the devices' screens make of what is typed. Pure.

// Ids from a text or a file: one a line, or with commas, spaces or quotation marks between. Each once, in order. What is
// no id is left in: the server's report names it.
export function readIds(text: string): string[] {
  const parts = text.split(/[\s,;"']+/).filter(Boolean);
  return [...new Set(parts.map((one) => (/^[0-9a-f]{24}$/i.test(one) ? one.toLowerCase() : one)))];
}

export type SearchIn = "id" | "name";
// The server looks in ids or in names: hex digits are a part of an id, unless the person says otherwise.
export function searchIn(text: string, chosen: string): SearchIn {
  if (chosen === "id" || chosen === "name") return chosen;
  return /^[0-9a-f]{3,24}$/i.test(text.trim()) ? "id" : "name";
}

// Names of groups as the server takes them; null for one that it would refuse.
export function groupName(typed: string): string | null {
  const name = typed.trim().toLowerCase();
  return /^[a-z0-9_-]{1,64}$/.test(name) ? name : null;
}

export function pageNumber(text: string, pages: number): number {
  const page = Number.parseInt(text, 10);
  return Number.isFinite(page) ? Math.min(Math.max(page, 1), Math.max(pages, 1)) : 1;
}
