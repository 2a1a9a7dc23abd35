// The filter of the events page: words that must all be found, and modifiers that say where. Pure.
//
//     cold device:e00f event:temp data:"out of range" product:cellar -event:debug
import type { LiveEvent } from "./event";

export type Place = "any" | "device" | "event" | "data" | "product";
export interface Term {
  place: Place;
  text: string; // in lower case
  not: boolean;
}

const kPlaces: readonly string[] = ["device", "event", "data", "product"];

export function parseFilter(typed: string): Term[] {
  const terms: Term[] = [];
  // An unfinished quotation runs to the end: the filter holds while it is typed.
  const words = typed.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))/gi);
  for (const [whole, minus, modifier, quoted, bare] of words) {
    const place = modifier?.toLowerCase();
    const known = place !== undefined && kPlaces.includes(place);
    // "http://x" is no modifier but a word.
    const value = quoted ?? bare ?? "";
    const text = place === undefined || known ? value : whole.replace(/^-/, "").replaceAll('"', "");
    if (
      text === "" ||
      (place === undefined && kPlaces.includes(text.toLowerCase().replace(/:$/, "")) && text.endsWith(":"))
    )
      continue; // nothing is asked for yet
    terms.push({ place: known ? (place as Place) : "any", text: text.toLowerCase(), not: minus === "-" });
  }
  return terms;
}

export type ProductNames = ReadonlyMap<number, { slug: string; name: string }>;

function productTexts(event: LiveEvent, products: ProductNames): string[] {
  if (event.product === null) return [];
  const known = products.get(event.product);
  return known === undefined ? [String(event.product)] : [String(event.product), known.slug, known.name];
}

function found(term: Term, event: LiveEvent, products: ProductNames): boolean {
  const within = (text: string) => text.toLowerCase().includes(term.text);
  switch (term.place) {
    case "device":
      return within(event.from);
    case "event":
      return within(event.name);
    case "data":
      return within(event.data ?? "");
    case "product":
      return productTexts(event, products).some(within);
    case "any":
      return within(event.name) || within(event.data ?? "") || within(event.from);
  }
}

export function matches(terms: readonly Term[], event: LiveEvent, products: ProductNames): boolean {
  return terms.every((term) => found(term, event, products) !== term.not);
}

// `typed` with the modifier set to `value`, in place of what it was.
export function withModifier(typed: string, place: Exclude<Place, "any">, value: string): string {
  const others = typed.replace(new RegExp(`(^|\\s)${place}:(?:"[^"]*"?|\\S*)`, "gi"), " ");
  const shown = /[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
  return `${others.replace(/\s+/g, " ").trim()} ${place}:${shown}`.trim();
}
