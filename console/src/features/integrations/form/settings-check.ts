// Whether JSON is settings of a webhook at all, so that fields can show it: every problem with the place it is at. What the
// server would refuse as well is told in its words. Pure.
import type { Json, JsonObject } from "../../../api/types";
import { isObject, type JsonProblem, type Path, parseJson, pathKey } from "../../../lib/json-text";
import { scanTemplate } from "../../../ui/template-scan";
import { deliveryProblems, kBounds, kRedirects } from "./delivery-model";
import { oauth2In, oauth2Problems } from "./oauth2-model";
import {
  isAnswerMember,
  isKnown,
  keptMembers,
  kPolicies,
  kRequestTypes,
  memberOf,
  spellingsOf,
  wordOf,
} from "./settings-model";

export interface Finding {
  path: Path;
  message: string;
  severity: "error" | "warning" | "info";
}

const kTexts = ["name", "event", "url", "body", "deviceID", "responseTopic", "errorResponseTopic"];
const kFlags = ["disabled", "noDefaults", "rejectUnauthorized", "unchunked", "dataUrlResponseEvent", "orderPerDevice"];

const kCredentialNames = ["username", "user", "password", "pass", "bearer"];

function isScalar(value: Json): boolean {
  return value === null || typeof value !== "object";
}
// The name that a member is written by.
function written(settings: JsonObject, member: string): string {
  return (
    spellingsOf(settings, member).find((name) => settings[name] !== undefined && settings[name] !== null) ?? member
  );
}

// The shape: what keeps the fields from showing it.
function shapeProblems(settings: JsonObject): Finding[] {
  const found: Finding[] = [];
  const refuse = (path: Path, message: string) => found.push({ path, message, severity: "error" });
  const each = (members: readonly string[], ok: (value: Json) => boolean, message: string) => {
    for (const member of members) {
      const value = memberOf(settings, member);
      if (value !== undefined && !ok(value)) refuse([written(settings, member)], message);
    }
  };
  each(kTexts, (value) => typeof value === "string", "must be text");
  each(
    kFlags,
    (value) => typeof value === "boolean" || wordOf(["true", "false"], value) !== undefined,
    "must be true or false",
  );
  const oneOf = (words: readonly string[]) => (value: Json) => wordOf(words, value) !== undefined;
  each(["requestType"], oneOf(kRequestTypes), `must be one of ${kRequestTypes.join(", ")}`);
  each(["policy"], oneOf(kPolicies), `must be one of ${kPolicies.join(", ")}`);
  each(["redirects"], oneOf(kRedirects), `must be one of ${kRedirects.join(", ")}`);
  each(
    ["timeout", "retryFor", "concurrency", "rate"],
    (value) => typeof value === "number" || typeof value === "string",
    "must be a number",
  );
  for (const [member, what] of [
    ["retryDelays", `must be a list of 1 to ${kBounds.retryDelays.max} waits in seconds`],
    ["finalStatuses", "must be a list of statuses"],
  ] as const) {
    const value = memberOf(settings, member);
    const empty = Array.isArray(value) && value.length === 0 && member === "retryDelays";
    if (value === undefined) continue;
    if (!Array.isArray(value) || empty) refuse([member], what);
    else value.forEach((item, index) => void (isScalar(item) || refuse([member, index], what)));
  }
  each(["integration_type"], oneOf(["Webhook"]), "must be Webhook: other types are not available here");
  each(
    ["json", "responseTemplate"],
    (value) => isObject(value) || typeof value === "string",
    "must be an object or text",
  );
  for (const member of ["form", "query", "headers"]) {
    const value = memberOf(settings, member);
    if (value === undefined) continue;
    if (!isObject(value)) {
      refuse([member], "must be an object of names and texts");
      continue;
    }
    for (const [name, item] of Object.entries(value)) {
      if (!isScalar(item)) refuse([member, name], "must be text, a number or a boolean");
    }
  }
  const auth = memberOf(settings, "auth");
  if (auth !== undefined && !isObject(auth))
    refuse(["auth"], "must be an object with username and password, bearer, or oauth2");
  if (isObject(auth)) {
    for (const name of kCredentialNames) {
      if (auth[name] !== undefined && !isScalar(auth[name] as Json)) refuse(["auth", name], "must be text");
    }
    const name = Object.keys(auth).find((one) => one.toLowerCase().replace(/[_-]/g, "") === "oauth2");
    const oauth2 = name === undefined ? undefined : auth[name];
    if (name !== undefined && oauth2 !== undefined && oauth2 !== null) {
      for (const [path, message] of oauth2Problems(oauth2)) refuse(["auth", name, ...path], message);
      if (kCredentialNames.some((one) => auth[one] !== undefined && auth[one] !== null && auth[one] !== "")) {
        refuse(["auth", name], "excludes username, password and bearer");
      }
    }
    const set = (name: string) => auth[name] !== undefined && auth[name] !== null && auth[name] !== "";
    if (set("bearer") && ["username", "user", "password", "pass"].some(set)) {
      refuse(["auth", "bearer"], "excludes username and password");
    }
  }
  const isSecretName = (name: Json | undefined) => typeof name === "string" && /^[A-Z_][A-Z0-9_]*$/.test(name);
  const kSecretName = "must be a name of A-Z, 0-9 and _ that does not begin with a digit";
  const signing = memberOf(settings, "signing");
  if (signing !== undefined) {
    const names = isObject(signing) && Object.keys(signing).length === 1 ? signing.secrets : undefined;
    if (!Array.isArray(names) || names.length === 0) {
      refuse([written(settings, "signing")], 'must be {"secrets": ["NAME"]}: names of secrets whose keys sign');
    } else {
      names.forEach((name, index) => {
        if (!isSecretName(name)) refuse([written(settings, "signing"), "secrets", index], kSecretName);
      });
    }
  }
  const secrets = memberOf(settings, "secrets");
  if (secrets !== undefined && !Array.isArray(secrets)) refuse(["secrets"], "must be a list of names of secrets");
  if (Array.isArray(secrets)) {
    secrets.forEach((item, index) => {
      const name = isObject(item) ? item.name : item;
      if (!isSecretName(name)) refuse(["secrets", index], kSecretName);
    });
  }
  const formats = ["json", "form", "body"].filter((member) => memberOf(settings, member) !== undefined);
  for (const member of formats.slice(1)) {
    refuse([member], `excludes ${formats[0]}: only one of json, form and body can be set`);
  }
  return found;
}

// Every text that is a template, with its place.
function visitTemplates(settings: JsonObject, visit: (path: Path, text: string, isKey: boolean) => void) {
  const walk = (path: Path, value: Json) => {
    if (typeof value === "string") visit(path, value, false);
    else if (Array.isArray(value)) value.forEach((item, index) => void walk([...path, index], item));
    else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        visit([...path, key], key, true);
        walk([...path, key], item);
      }
    }
  };
  const templates = ["url", "headers", "query", "form", "json", "body", "auth", "responseTemplate"];
  for (const member of [...templates, "responseTopic", "errorResponseTopic"]) {
    const value = memberOf(settings, member);
    // One token serves all events: nothing of it is a template.
    if (member === "auth" && oauth2In(value) !== undefined) continue;
    if (value !== undefined) walk([written(settings, member)], value);
  }
}

// All that can be said of settings without the server: errors first of all, then what is no mistake but worth knowing.
export function checkSettings(settings: JsonObject): { shape: Finding[]; others: Finding[] } {
  const shape = shapeProblems(settings);
  const others: Finding[] = [];
  visitTemplates(settings, (path, text) => {
    if (!text.includes("{{")) return;
    const { problem } = scanTemplate(text);
    if (problem !== null) others.push({ path, message: problem.message, severity: "error" });
  });
  if (shape.length === 0) {
    for (const [path, message] of deliveryProblems((member) => memberOf(settings, member))) {
      others.push({ path: path.map((step) => (/^\d+$/.test(step) ? Number(step) : step)), message, severity: "error" });
    }
  }
  for (const member of ["json", "responseTemplate"] as const) {
    const value = memberOf(settings, member);
    if (typeof value === "string" && value !== "" && !parseJson(value).ok) {
      others.push({ path: [member], message: kNoJsonYet, severity: "warning" });
    }
  }
  for (const name of keptMembers(settings)) {
    if (isAnswerMember(name)) {
      others.push({ path: [name], message: `"${name}" is no setting: it is not saved`, severity: "info" });
    } else if (!isKnown(name)) {
      others.push({
        path: [name],
        message: `the server knows no setting "${name}": it ignores it`,
        severity: "warning",
      });
    }
  }
  return { shape, others };
}
export const kNoJsonYet = "this is no JSON before it is rendered: see the preview for what it becomes";

export interface PlacedFinding extends JsonProblem {
  severity: Finding["severity"];
}
export type SettingsText =
  | { ok: true; settings: JsonObject; findings: PlacedFinding[] }
  | { ok: false; reason: string; findings: PlacedFinding[] };

// The text of the JSON editor.
export function parseSettings(text: string): SettingsText {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const finding: PlacedFinding = { ...parsed.problem, severity: "error" };
    return { ok: false, reason: `The custom template is no JSON: ${parsed.problem.message}.`, findings: [finding] };
  }
  const { value, places, warnings } = parsed.json;
  const rounded = warnings.map((one): PlacedFinding => ({ ...one, severity: "warning" }));
  if (!isObject(value)) {
    const message = "the settings of an integration are an object: { ... }";
    return { ok: false, reason: message, findings: [{ from: 0, to: text.length, message, severity: "error" }] };
  }
  const { shape, others } = checkSettings(value);
  const placed = [...shape, ...others].map((one): PlacedFinding => {
    const place = places.get(pathKey(one.path));
    const span = one.severity === "error" ? place : (place?.key ?? place);
    return { from: span?.from ?? 0, to: span?.to ?? 0, message: one.message, severity: one.severity };
  });
  const findings = [...placed, ...rounded].sort((a, b) => a.from - b.from);
  const first = shape[0];
  if (first !== undefined) {
    return {
      ok: false,
      reason: `The custom template cannot be shown as fields: ${first.path.join(".")} ${first.message}.`,
      findings,
    };
  }
  return { ok: true, settings: value, findings };
}
