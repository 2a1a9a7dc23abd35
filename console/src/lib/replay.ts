// How far a replay is, and how long until it is worth looking again. Pure.
import { formatCount, localTime, plural } from "./format";

export type ReplayState = "running" | "paused" | "done" | "cancelled";

export interface ReplayNumbers {
  state: ReplayState;
  found: number; // what it set out to replay
  placed: number; // accepted again so far
  skipped: number; // could not be replayed
  success: number;
  error: number;
  sleep: number;
  cancelled: number;
  waiting: number; // placed and not at an end
}

// How its letters have ended, in the order in which it is shown.
export const kEnds = [
  { kind: "success", label: "success" },
  { kind: "error", label: "error" },
  { kind: "sleep", label: "skipped by a pause" },
  { kind: "cancelled", label: "cancelled" },
  { kind: "skipped", label: "not replayed" },
] as const;

export function endedOf(replay: ReplayNumbers): number {
  return kEnds.reduce((sum, one) => sum + replay[one.kind], 0);
}
// In percent of all that it found.
export function shareOf(replay: ReplayNumbers, count: number): number {
  const whole = Math.max(replay.found, endedOf(replay));
  return whole === 0 ? 0 : (count * 100) / whole;
}
// "40 of 100 ended"
export function progressText(replay: ReplayNumbers): string {
  return `${formatCount(endedOf(replay))} of ${plural(replay.found, "letter")} ended`;
}

export function isOpen(replay: Pick<ReplayNumbers, "state">): boolean {
  return replay.state === "running" || replay.state === "paused";
}

const kRunningMs = 2_000;
const kWaitingMs = 10_000;
// false: nothing moves. What a replay has placed may still wait when it has ended itself.
export function lookAgainIn(replays: readonly Pick<ReplayNumbers, "state" | "waiting">[]): number | false {
  if (replays.some((one) => one.state === "running")) return kRunningMs;
  return replays.some((one) => one.state === "paused" || one.waiting > 0) ? kWaitingMs : false;
}

// What a replay takes of the event log: "Events from 1 Jan 2026, 10:00, from device e00f…".
export function eventWords(events: { [name: string]: string }): string {
  const parts: string[] = [];
  const say = (name: string, words: (value: string) => string) => {
    const value = events[name];
    if (value !== undefined && value !== "") parts.push(words(value));
  };
  say("from", (from) => `from ${localTime(from)}`);
  say("to", (to) => `until ${localTime(to)}`);
  say("product", (product) => `on product ${product}`);
  say("device", (device) => (device === "api" ? "published by API" : `from device ${device}`));
  say("event", (event) => `beginning with “${event}”`);
  say("text", (text) => `with “${text}”`);
  return `Events ${parts.join(", ")}`;
}

// The same as an address of the event log.
export function eventAddress(events: { [name: string]: string }): { [name: string]: string } {
  const { device, text, event, from, to } = events;
  const search = device ?? text;
  return Object.fromEntries(
    Object.entries({ search, event, from, to }).filter((one): one is [string, string] => one[1] !== undefined),
  );
}
