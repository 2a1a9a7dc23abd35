// An opened event in the address: whole, since no server keeps the events of a stream. Pure.
import { kindOf, type LiveEvent } from "./event";

// Longer data is left out: addresses have an end.
const kDataMax = 4000;

export function eventToText(event: LiveEvent): string {
  const data = event.data !== null && event.data.length > kDataMax ? event.data.slice(0, kDataMax) : event.data;
  const bytes = new TextEncoder().encode(JSON.stringify([event.name, data, event.at, event.from, event.product]));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Null for what is no event, whoever wrote it into the address.
export function eventFromText(text: string): LiveEvent | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const [name, data, at, from, product]: unknown[] = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
    if (typeof name !== "string" || typeof at !== "string" || typeof from !== "string") return null;
    if (Number.isNaN(Date.parse(at))) return null;
    return {
      number: 0,
      name,
      data: typeof data === "string" ? data : null,
      at,
      from,
      product: typeof product === "number" ? product : null,
      kind: kindOf(name, from),
    };
  } catch {
    return null;
  }
}
