// What is looked for among dead letters: in the address, as the server is asked, and in words. Pure.
import { localTime } from "./format";

export const kErrors = [
  { value: "dns", label: "Name not found" },
  { value: "connect", label: "No connection" },
  { value: "tls", label: "TLS" },
  { value: "timeout", label: "Time-out" },
  { value: "reset", label: "Connection broken" },
  { value: "protocol", label: "No HTTP" },
  { value: "redirect", label: "Redirect" },
  { value: "4xx", label: "Status 4xx" },
  { value: "5xx", label: "Status 5xx" },
  { value: "template", label: "Template" },
  { value: "egress", label: "Host not allowed" },
  { value: "local", label: "This server" },
] as const;
export type ErrorClass = (typeof kErrors)[number]["value"];

export function errorText(error: string): string {
  return kErrors.find((one) => one.value === error)?.label ?? error;
}

const kTexts = ["integration", "product", "device", "event", "status", "error", "from", "to", "text"] as const;
export type LetterFilter = { [name in (typeof kTexts)[number]]: string } & { replayed: "false" | "true" | "all" };
// As the server takes it: what is not asked for is left out.
export type AskedLetters = { [name: string]: string };
// As a replay takes it: without `replayed` it leaves out what was replayed before, so all of it is said with null.
export type TakenLetters = { [name: string]: string | null };

export const kStatusHint = "A status such as 503, a class such as 5xx, or none";
export function isStatus(text: string): boolean {
  return /^(none|[1-5]xx|[1-9]\d\d)$/.test(text);
}

// Without a word of it, the address asks for what was not replayed yet.
export function filterOf(address: URLSearchParams): LetterFilter {
  const replayed = address.get("replayed");
  return {
    ...(Object.fromEntries(kTexts.map((name) => [name, address.get(name)?.trim() ?? ""])) as Omit<
      LetterFilter,
      "replayed"
    >),
    replayed: replayed === "true" || replayed === "all" ? replayed : "false",
  };
}

// `address` without the filter; what else it says stays.
export function withoutFilter(address: URLSearchParams): URLSearchParams {
  const after = new URLSearchParams(address);
  for (const name of [...kTexts, "replayed"]) after.delete(name);
  return after;
}

// A status that is still being typed is not asked for.
export function askedOf(filter: LetterFilter): AskedLetters {
  const asked: AskedLetters = {};
  for (const name of kTexts) {
    const value = filter[name];
    if (value !== "" && (name !== "status" || isStatus(value))) asked[name] = value;
  }
  if (filter.replayed !== "all") asked.replayed = filter.replayed;
  return asked;
}

export function takenOf(asked: AskedLetters): TakenLetters {
  return { replayed: null, ...asked };
}

export function isNarrowed(filter: LetterFilter): boolean {
  return kTexts.some((name) => filter[name] !== "");
}

// What the server was once asked, as an address of the screen.
export function addressOf(asked: { [name: string]: unknown }): string {
  const address = new URLSearchParams();
  for (const name of kTexts) {
    const value = asked[name];
    if (typeof value === "string" && value !== "") address.set(name, value);
  }
  const replayed = String(asked.replayed ?? "all");
  if (replayed !== "false") address.set("replayed", replayed);
  return address.toString();
}

export interface LetterNames {
  integration: (id: string) => string;
  product: (idOrSlug: string) => string;
}

// "Dead letters of Alarms on Pump, last status 503, not replayed yet."
export function wordsOf(asked: { [name: string]: unknown }, names: LetterNames): string {
  const text = (name: string) => (typeof asked[name] === "string" ? (asked[name] as string) : "");
  const parts: string[] = [];
  const say = (name: string, words: (value: string) => string) => {
    if (text(name) !== "") parts.push(words(text(name)));
  };
  say("device", (device) => (device === "api" ? "published by API" : `from device ${device}`));
  say("event", (event) => `events beginning with “${event}”`);
  say("status", (status) => (status === "none" ? "no answer" : `last status ${status}`));
  say("error", (error) => `error “${errorText(error)}”`);
  say("from", (from) => `ended from ${localTime(from)}`);
  say("to", (to) => `ended until ${localTime(to)}`);
  say("text", (words) => `with “${words}”`);
  if (String(asked.replayed) === "false") parts.push("not replayed yet");
  if (String(asked.replayed) === "true") parts.push("replayed already");
  const of = text("integration") === "" ? "" : ` of ${names.integration(text("integration"))}`;
  const on = text("product") === "" ? "" : ` on ${names.product(text("product"))}`;
  if (parts.length === 0 && of === "" && on === "") return "All dead letters";
  return [`Dead letters${of}${on}`, ...parts].join(", ");
}
