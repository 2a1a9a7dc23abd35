// Spans of whole seconds as people write them: "90 s", "5 min", "72 h". Pure.

const kUnits: { [unit: string]: number } = { s: 1, min: 60, h: 3600, d: 86_400 };
const kNames: { [name: string]: string } = {
  "": "s",
  sec: "s",
  second: "s",
  seconds: "s",
  m: "min",
  minute: "min",
  minutes: "min",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
};

// In the largest unit that says it exactly; days from more than 72 h on.
export function durationText(seconds: number): string {
  const unit = ["d", "h", "min"].find((one) => {
    const size = kUnits[one] as number;
    return seconds % size === 0 && seconds >= size && (one !== "d" || seconds > 72 * 3600);
  });
  return unit === undefined ? `${seconds} s` : `${seconds / (kUnits[unit] as number)} ${unit}`;
}

// null: no span. A number alone is seconds; parts add up: "1 h 30 min".
export function parseDuration(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/giy)];
  if (parts.length === 0 || parts.map((one) => one[0]).join("") !== text.trim()) return null;
  let seconds = 0;
  for (const [, amount = "", name = ""] of parts) {
    const unit = kUnits[name.toLowerCase()] ?? kUnits[kNames[name.toLowerCase()] ?? ""];
    if (unit === undefined || (name === "" && parts.length > 1)) return null;
    seconds += Number(amount) * unit;
  }
  return Math.round(seconds * 1000) / 1000;
}

// A span that is over, about: "3 min".
export function spanText(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
