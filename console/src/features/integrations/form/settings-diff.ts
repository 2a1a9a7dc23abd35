// Where two settings differ, and what three make of each other when two people edited: member by member, and inside of
// objects name by name. Pure.
import type { Json, JsonObject } from "../../../api/types";
import { isObject, objectOf, type Path, sameText } from "../../../lib/json-text";
import { shownDelivery } from "./delivery-model";

export interface Difference {
  path: Path;
  from: Json | undefined; // undefined: not there
  to: Json | undefined;
}

// None of them is as good as an empty one, so their names are told one by one.
const kNameByName = ["headers", "query"];
function inside(values: (Json | undefined)[], path: Path): JsonObject[] | null {
  const absentIsEmpty = path.length === 1 && kNameByName.includes(String(path[0]));
  const objects = values.map((value) => (value === undefined && absentIsEmpty ? {} : value));
  return objects.every(isObject) ? objects : null;
}

// Objects are gone into; the order of their members counts as one difference of the whole object, since it is the order
// on the wire.
export function differencesOf(from: JsonObject, to: JsonObject, path: Path = []): Difference[] {
  const found: Difference[] = [];
  for (const name of namesOf(from, to)) {
    const a = own(from, name);
    const b = own(to, name);
    if (sameText(a, b)) continue;
    const objects = inside([a, b], [...path, name]);
    const inner = objects === null ? [] : differencesOf(objects[0]!, objects[1]!, [...path, name]);
    if (inner.length > 0) found.push(...inner);
    else found.push({ path: [...path, name], from: a, to: b });
  }
  return found;
}

export interface Choice {
  path: Path;
  base: Json | undefined;
  mine: Json | undefined;
  theirs: Json | undefined;
  // Who changed it. "both": the two disagree, and a person must choose; "same": both made the same change.
  by: "mine" | "theirs" | "both" | "same";
}

export function conflictOf(base: JsonObject, mine: JsonObject, theirs: JsonObject, path: Path = []): Choice[] {
  const found: Choice[] = [];
  for (const name of namesOf(base, mine, theirs)) {
    const [b, m, t] = [own(base, name), own(mine, name), own(theirs, name)];
    if (sameText(b, m) && sameText(b, t)) continue;
    const at = [...path, name];
    const objects = inside([b, m, t], at);
    if (objects !== null) {
      const inner = conflictOf(objects[0]!, objects[1]!, objects[2]!, at);
      if (inner.length > 0) {
        found.push(...inner);
        continue;
      }
    }
    const by = sameText(m, t) ? "same" : sameText(b, t) ? "mine" : sameText(b, m) ? "theirs" : "both";
    found.push({ path: at, base: b, mine: m, theirs: t, by });
  }
  return found;
}

// `theirs` with the chosen sides: what only I changed is mine unless it is refused, too.
export function resolved(
  theirs: JsonObject,
  choices: Choice[],
  side: (choice: Choice) => "mine" | "theirs",
): JsonObject {
  return choices.reduce((all, choice) => {
    const value = side(choice) === "mine" ? choice.mine : choice.theirs;
    return withValue(all, choice.path, value);
  }, theirs);
}

// A copy with the value at the path; undefined takes the member away.
export function withValue(object: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  const key = String(name);
  const before = own(object, key);
  const now = rest.length === 0 ? value : withValue(isObject(before) ? before : {}, rest, value);
  const members = Object.entries(object);
  if (now === undefined) return objectOf(members.filter(([one]) => one !== key));
  if (before === undefined) return objectOf([...members, [key, now]]);
  return objectOf(members.map(([one, old]): [string, Json] => [one, one === key ? now : old]));
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
function namesOf(...objects: JsonObject[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

const kLabels: { [member: string]: string } = {
  name: "Name",
  event: "Event name",
  url: "URL",
  requestType: "Request type",
  disabled: "Status",
  deviceID: "Device",
  policy: "Delivery policy",
  json: "JSON data",
  form: "Form fields",
  body: "Custom body",
  query: "Query parameters",
  headers: "HTTP headers",
  auth: "Authentication",
  signing: "Signed by",
  noDefaults: "Default data",
  rejectUnauthorized: "Enforce SSL",
  responseTopic: "Response topic",
  errorResponseTopic: "Error topic",
  responseTemplate: "Response template",
  unchunked: "Unchunked",
  dataUrlResponseEvent: "Encode as data URL",
  secrets: "Secrets",
  timeout: "Time-out",
  redirects: "Redirects",
  retryDelays: "Waits between attempts",
  retryFor: "Retried for",
  finalStatuses: "Final statuses",
  concurrency: "Requests at once",
  rate: "Requests per second",
  orderPerDevice: "Order of each device",
  product_ids: "Products",
};
// "HTTP headers › X-Site"
export function labelOf(path: Path): string {
  const [member, ...rest] = path.map(String);
  return [kLabels[member ?? ""] ?? member ?? "", ...rest].join(" › ");
}

// A value as people read it beside its field.
export function shownValue(path: Path, value: Json | undefined): string {
  const flag = path.length === 1 ? String(path[0]) : "";
  if (flag === "disabled") return value === true ? "Disabled" : "Enabled";
  if (flag === "noDefaults") return value === true ? "Not added" : "Added";
  if (flag === "rejectUnauthorized") return value === false ? "Off" : "On";
  if (flag === "unchunked" || flag === "dataUrlResponseEvent") return value === true ? "On" : "Off";
  if (flag === "policy") return value === "particle" ? "particle" : "durable";
  const delivery = path.length === 1 ? shownDelivery(flag, value) : null;
  if (delivery !== null) return delivery;
  if (value === undefined) return "not set";
  if (typeof value === "string") return value === "" ? "empty" : value;
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
}
