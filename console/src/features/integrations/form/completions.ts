// The names that a template may use here: the predefined ones, chosen secrets, variables, and what the sample event's
// data has. Pure.
import type { Json } from "../../../api/types";
import { isObject, parseJson } from "../../../lib/json-text";

export interface TemplateName {
  name: string;
  kind: "predefined" | "secret" | "variable" | "data";
  // What it is, or its value in the sample.
  detail: string;
}

export const kPredefined: TemplateName[] = (
  [
    ["PARTICLE_DEVICE_ID", "id of the device that published"],
    ["PARTICLE_EVENT_NAME", "whole name of the event"],
    ["PARTICLE_EVENT_VALUE", "data of the event, as text"],
    ["PARTICLE_PUBLISHED_AT", "when it was published, ISO 8601"],
    ["PARTICLE_EVENT_ID", "id of the event"],
    ["PARTICLE_EVENT_PUBLIC", "true or false"],
    ["PARTICLE_EVENT_JSON", "the whole event as JSON"],
    ["PARTICLE_EVENT_BASE64", "the same in base64"],
    ["PRODUCT_ID", "product of the device"],
    ["PRODUCT_USER_ID", "owner of the product"],
    ["PRODUCT_VERSION", "firmware version of the device"],
    ["SPARK_CORE_ID", "old name of PARTICLE_DEVICE_ID"],
    ["SPARK_EVENT_NAME", "old name of PARTICLE_EVENT_NAME"],
    ["SPARK_EVENT_VALUE", "old name of PARTICLE_EVENT_VALUE"],
    ["SPARK_PUBLISHED_AT", "old name of PARTICLE_PUBLISHED_AT"],
  ] as const
).map(([name, detail]) => ({ name, kind: "predefined", detail }));

const kDataNamesMax = 200;

function shortened(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

// Paths into the data of an event, breadth first: what stands on top is used most.
export function dataNames(data: string): TemplateName[] {
  const parsed = parseJson(data);
  if (!parsed.ok) return [];
  const names: TemplateName[] = [];
  let level: [string, Json][] = [["", parsed.json.value]];
  while (level.length > 0 && names.length < kDataNamesMax) {
    const next: [string, Json][] = [];
    for (const [path, value] of level) {
      const members: [string, Json][] = Array.isArray(value)
        ? value.map((item, index) => [String(index), item])
        : isObject(value)
          ? Object.entries(value)
          : [];
      for (const [key, item] of members) {
        // A name with such characters cannot be written in a tag.
        if (key === "" || /[{}.\s]/.test(key)) continue;
        const inner = path === "" ? key : `${path}.${key}`;
        names.push({ name: inner, kind: "data", detail: shortened(item) });
        next.push([inner, item]);
      }
    }
    level = next;
  }
  return names.slice(0, kDataNamesMax);
}

// Data cannot define what is predefined, so such a key is not offered twice.
export function templateNames(secrets: string[], variables: { [name: string]: string }, data: string): TemplateName[] {
  const chosen = secrets.map((name): TemplateName => ({ name, kind: "secret", detail: "secret" }));
  const vars = Object.entries(variables).map(
    ([name, value]): TemplateName => ({ name: `product.vars.${name}`, kind: "variable", detail: shortened(value) }),
  );
  const names = [...dataNames(data), ...vars, ...chosen, ...kPredefined];
  const taken = new Set([...kPredefined, ...chosen].map((one) => one.name));
  return names.filter((one) => one.kind !== "data" || !taken.has(one.name));
}
