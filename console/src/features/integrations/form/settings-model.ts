// The form of a webhook as fields (Draft), and its settings as JSON, in step: draftOf() and settingsOf() are each other's
// inverse. What the fields do not show is kept as it is, and what nobody touched stays exactly as it was written.
// Pure.
import type { IntegrationSettings, Json, JsonObject } from "../../../api/types";
import { isObject, objectOf, parseJson, sameText, sortedText } from "../../../lib/json-text";
import {
  canonicalDelivery,
  type DeliveryDraft,
  type DeliveryMember,
  deliveryDraftOf,
  isDeliveryDefault,
  kDeliveryMembers,
  saidOfDelivery,
} from "./delivery-model";

import { type OAuth2Draft, oauth2DraftOf, oauth2In, oauth2ValueOf } from "./oauth2-model";

export type Format = "default" | "json" | "form" | "body";
export const kRequestTypes = ["GET", "POST", "PUT", "DELETE"] as const;
export type RequestType = (typeof kRequestTypes)[number];
export const kPolicies = ["durable", "particle"] as const;
export type Policy = (typeof kPolicies)[number];

// A row of headers, query or form. `raw` is what stood there when that was a number or a boolean.
export interface Pair {
  id: string;
  key: string;
  value: string;
  raw?: Json;
}
// An object or a text template. Text that is an object as JSON means the object, unless `asText`.
export interface ObjectOrText {
  text: string;
  asText: boolean;
}

export interface Draft extends DeliveryDraft {
  name: string;
  event: string;
  url: string;
  requestType: RequestType;
  disabled: boolean;
  deviceID: string;
  policy: Policy;
  format: Format;
  json: ObjectOrText;
  form: Pair[];
  body: string;
  query: Pair[];
  headers: Pair[];
  authKind: "basic" | "bearer" | "oauth2";
  username: string;
  password: string;
  bearer: string;
  oauth2: OAuth2Draft;
  noDefaults: boolean;
  rejectUnauthorized: boolean;
  // null: the default topic. "": no event.
  responseTopic: string | null;
  errorResponseTopic: string | null;
  responseTemplate: ObjectOrText;
  unchunked: boolean;
  dataUrlResponseEvent: boolean;
  secrets: string[];
  signing: string[]; // names of secrets, in the order of the signatures
  // The settings that it was made of.
  base: JsonObject;
}

export const kMembers = [
  "name",
  "event",
  "url",
  "requestType",
  "disabled",
  "deviceID",
  "policy",
  "json",
  "form",
  "body",
  "query",
  "headers",
  "auth",
  "signing",
  "noDefaults",
  "rejectUnauthorized",
  "responseTopic",
  "errorResponseTopic",
  "responseTemplate",
  "unchunked",
  "dataUrlResponseEvent",
  "secrets",
  ...kDeliveryMembers,
] as const;
export type Member = (typeof kMembers)[number];
// What the form has no field for, but the server keeps.
export const kKeptMembers = ["integration_type", "template", "parameters"] as const;

// Case, _ and - do not count in names of members, and some have other names besides.
function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}
const kOtherNames: { [member: string]: readonly string[] } = {
  event: ["eventName"],
  deviceID: ["coreid", "device"],
  requestType: ["method"],
  responseTopic: ["responseEvent"],
  errorResponseTopic: ["errorTopic", "errorResponseEvent"],
  dataUrlResponseEvent: ["dataUriResponseEvent"],
};
const kByName = new Map(
  [...kMembers, ...kKeptMembers].flatMap((member) =>
    [member, ...(kOtherNames[member] ?? [])].flatMap((name) => [[name, member] as const, [plainName(name), member]]),
  ),
);
// The setting that a member of sent JSON means; undefined: none.
export function memberNamed(name: string): string | undefined {
  return kByName.get(name) ?? kByName.get(plainName(name));
}
// The names that a member is written by there, the documented one first.
export function spellingsOf(settings: JsonObject, member: string): string[] {
  const names = Object.keys(settings).filter((name) => memberNamed(name) === member);
  return names.sort((a, b) => Number(b === member) - Number(a === member));
}

// What an answer has besides settings: it is never sent back.
export const kAnswerMembers = [
  "id",
  "ok",
  "created_at",
  "updated_at",
  "version",
  "todayCounters",
  "counters",
  "health",
  "logs",
  "errors",
  "shared",
  "product_ids",
  "products",
  "identical_to",
  "identical_count",
  "staged",
  "separated_from",
  "merged_into",
  "closed_at",
  "paused",
  "waiting",
  "held",
  "effective",
  "warnings",
  "joined",
  "hookUrl",
  "integrationUrl",
] as const;

// The value of a member under any of its names; undefined when it is absent or null.
export function memberOf(settings: JsonObject, member: string): Json | undefined {
  for (const name of spellingsOf(settings, member)) {
    const value = settings[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

let made = 0;
export function newPair(key = "", value = ""): Pair {
  made += 1;
  return { id: `pair-${made}`, key, value };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
function flagOf(value: Json | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  return value === true || wordOf(["true"], value) !== undefined;
}
// One of the words, in whatever case it is written.
export function wordOf<T extends string>(words: readonly T[], value: Json | undefined): T | undefined {
  return words.find((word) => typeof value === "string" && word.toLowerCase() === value.toLowerCase());
}
function topicOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
function pairsOf(value: Json | undefined): Pair[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, item]) =>
    typeof item === "string" ? newPair(key, item) : { ...newPair(key, item === null ? "" : String(item)), raw: item },
  );
}
function objectOrTextOf(value: Json | undefined): ObjectOrText {
  if (typeof value === "string") return { text: value, asText: isObjectText(value) };
  return { text: value === undefined ? "" : JSON.stringify(value, null, 2), asText: false };
}
export function isObjectText(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  const parsed = parseJson(text);
  return parsed.ok && isObject(parsed.json.value);
}
function secretName(item: Json): string {
  return isObject(item) ? textOf(item.name) : textOf(item);
}
function formatOf(settings: JsonObject): Format {
  for (const format of ["json", "form", "body"] as const) {
    if (memberOf(settings, format) !== undefined) return format;
  }
  return "default";
}

// `settings` must be in order (settings-check.ts).
export function draftOf(settings: JsonObject): Draft {
  const get = (member: Member) => memberOf(settings, member);
  const auth = get("auth");
  const credential = (...names: string[]): string => {
    const values = isObject(auth) ? names.map((name) => auth[name]) : [];
    return String(values.find((value) => value !== undefined && value !== null) ?? "");
  };
  const bearer = credential("bearer");
  const oauth2 = oauth2In(auth);
  const secrets = get("secrets");
  const signing = get("signing");
  return {
    name: textOf(get("name")),
    event: textOf(get("event")),
    url: textOf(get("url")),
    requestType: wordOf(kRequestTypes, get("requestType")) ?? "POST",
    disabled: flagOf(get("disabled"), false),
    deviceID: textOf(get("deviceID")),
    policy: wordOf(kPolicies, get("policy")) ?? "durable",
    format: formatOf(settings),
    json: objectOrTextOf(get("json")),
    form: pairsOf(get("form")),
    body: textOf(get("body")),
    query: pairsOf(get("query")),
    headers: pairsOf(get("headers")),
    authKind: oauth2 !== undefined ? "oauth2" : bearer === "" ? "basic" : "bearer",
    username: credential("username", "user"),
    password: credential("password", "pass"),
    bearer,
    oauth2: oauth2DraftOf(oauth2),
    noDefaults: flagOf(get("noDefaults"), false),
    rejectUnauthorized: flagOf(get("rejectUnauthorized"), true),
    responseTopic: topicOf(get("responseTopic")),
    errorResponseTopic: topicOf(get("errorResponseTopic")),
    responseTemplate: objectOrTextOf(get("responseTemplate")),
    unchunked: flagOf(get("unchunked"), false),
    dataUrlResponseEvent: flagOf(get("dataUrlResponseEvent"), false),
    secrets: Array.isArray(secrets) ? secrets.map(secretName).filter((name) => name !== "") : [],
    signing: isObject(signing) && Array.isArray(signing.secrets) ? signing.secrets.map(textOf) : [],
    ...deliveryDraftOf(get),
    base: settings,
  };
}

function pairsValue(pairs: Pair[]): JsonObject {
  const named = pairs.filter((pair) => pair.key !== "" || pair.value !== "" || pair.raw !== undefined);
  return objectOf(named.map((pair): [string, Json] => [pair.key, pair.raw !== undefined ? pair.raw : pair.value]));
}
function objectOrTextValue(value: ObjectOrText): Json {
  if (value.asText) return value.text;
  const parsed = value.text.trimStart().startsWith("{") ? parseJson(value.text) : null;
  return parsed?.ok && isObject(parsed.json.value) ? parsed.json.value : value.text;
}

// What a field says, as the member's value; undefined: its default, so the member is left out.
function saidOf(draft: Draft, member: Member): Json | undefined {
  const nonEmpty = (text: string) => (text === "" ? undefined : text);
  const ifNot = <T extends Json>(value: T, fallback: T) => (value === fallback ? undefined : value);
  const filled = (object: JsonObject) => (Object.keys(object).length === 0 ? undefined : object);
  switch (member) {
    case "name":
    case "deviceID":
      return nonEmpty(draft[member]);
    case "event":
    case "url":
      return draft[member];
    case "requestType":
      return ifNot(draft.requestType, "POST");
    case "policy":
      return ifNot(draft.policy, "durable");
    case "disabled":
    case "noDefaults":
    case "unchunked":
    case "dataUrlResponseEvent":
      return ifNot(draft[member], false);
    case "rejectUnauthorized":
      return ifNot(draft.rejectUnauthorized, true);
    case "json":
      return draft.format === "json" ? objectOrTextValue(draft.json) : undefined;
    case "form":
      return draft.format === "form" ? pairsValue(draft.form) : undefined;
    case "body":
      return draft.format === "body" ? draft.body : undefined;
    case "query":
    case "headers":
      return filled(pairsValue(draft[member]));
    case "auth":
      if (draft.authKind === "oauth2") return { oauth2: oauth2ValueOf(draft.oauth2) };
      if (draft.authKind === "bearer") return draft.bearer === "" ? undefined : { bearer: draft.bearer };
      return draft.username === "" && draft.password === ""
        ? undefined
        : { username: draft.username, password: draft.password };
    case "responseTopic":
    case "errorResponseTopic":
      return draft[member] ?? undefined;
    case "responseTemplate":
      return draft.responseTemplate.text === "" ? undefined : objectOrTextValue(draft.responseTemplate);
    case "secrets":
      return draft.secrets.length === 0 ? undefined : [...draft.secrets];
    case "signing":
      return draft.signing.length === 0 ? undefined : { secrets: [...draft.signing] };
    default:
      return saidOfDelivery(draft, member);
  }
}

// The settings that the fields say. A member that still says what `base` said stays as it was written there.
export function settingsOf(draft: Draft): JsonObject {
  const before = draftOf(draft.base);
  const changed = new Map<string, Json | undefined>();
  const gone = new Set<string>();
  for (const member of kMembers) {
    const value = saidOf(draft, member);
    if (sameText(value, saidOf(before, member))) continue;
    for (const name of spellingsOf(draft.base, member)) if (name !== member) gone.add(name);
    changed.set(member, member === "auth" && isObject(value) ? mergedAuth(draft.base.auth, value) : value);
  }
  const members: [string, Json][] = [];
  for (const [name, value] of Object.entries(draft.base)) {
    if (changed.has(name)) {
      const now = changed.get(name);
      if (now !== undefined) members.push([name, now]);
      changed.delete(name);
    } else if (!gone.has(name)) {
      members.push([name, value]);
    }
  }
  for (const [name, value] of changed) {
    if (value !== undefined) members.push([name, value]);
  }
  return objectOf(members);
}
const kCredentials = ["username", "user", "password", "pass", "bearer", "oauth2"];
function mergedAuth(before: Json | undefined, value: JsonObject): JsonObject {
  const others = isObject(before)
    ? Object.entries(before).filter(([name]) => !kCredentials.includes(plainName(name)))
    : [];
  return objectOf([...Object.entries(value), ...others]);
}

// The members that no field shows.
export function keptMembers(settings: JsonObject): string[] {
  const shown = new Set<string | undefined>([...kMembers, "integration_type"]);
  return Object.keys(settings).filter((name) => !shown.has(memberNamed(name)));
}
// What of them the server keeps, and what it ignores.
export function isKnown(name: string): boolean {
  return (kKeptMembers as readonly (string | undefined)[]).includes(memberNamed(name));
}
export function isAnswerMember(name: string): boolean {
  return (kAnswerMembers as readonly string[]).includes(name);
}

// What is sent: without what only answers have.
export function sentSettings(settings: JsonObject): Partial<IntegrationSettings> {
  return objectOf(Object.entries(settings).filter(([name]) => !isAnswerMember(name)));
}
// Into these a merge goes member by member.
const kMergedMembers: readonly string[] = ["headers", "query", "form", "auth"];
function withNulls(name: string, saved: Json | undefined, sent: Json): Json {
  if (!kMergedMembers.includes(name) || !isObject(saved) || !isObject(sent)) return sent;
  return mergeOver(saved, sent);
}
function mergeOver(saved: JsonObject, sent: JsonObject): JsonObject {
  const gone = Object.keys(saved).filter((key) => sent[key] === undefined);
  const members = Object.entries(sent).map(([key, value]): [string, Json] => {
    const before = saved[key];
    return [key, isObject(before) && isObject(value) ? mergeOver(before, value) : value];
  });
  return objectOf([...members, ...gone.map((key): [string, Json] => [key, null])]);
}
// The same for routes that merge: what the saved settings have and these do not is taken back to its default by null.
export function mergedSettings(saved: JsonObject, settings: JsonObject): Partial<IntegrationSettings> {
  const sent = sentSettings(settings) as JsonObject;
  const missing: string[] = [...kMembers, ...kKeptMembers].filter(
    (member) => memberOf(saved, member) !== undefined && memberOf(sent, member) === undefined,
  );
  const members = Object.entries(sent).map(([name, value]): [string, Json] => [
    name,
    withNulls(name, saved[name], value),
  ]);
  return objectOf([...members, ...missing.map((name): [string, Json] => [name, null])]);
}

export type Scope = "sandbox" | "product" | "organization";
export function defaultTopic(kind: "responseTopic" | "errorResponseTopic", scope: Scope): string {
  const hook = `${kind === "responseTopic" ? "hook-response" : "hook-error"}/{{PARTICLE_EVENT_NAME}}`;
  return scope === "sandbox" ? hook : `{{PARTICLE_DEVICE_ID}}/${hook}`;
}

// The name that an integration without one is shown by; as the server makes it.
export function computedName(event: string, url: string): string {
  const rest = url.trim().replace(/^https?:\/\//i, "");
  const authority = /^(?:\{\{\{[\s\S]*?\}\}\}|\{\{[\s\S]*?\}\}|\[[^\]]*\]|[^/?#\\])*/.exec(rest)?.[0] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
  return host === "" ? event : `${event} for ${host}`;
}

// What was answered, as settings: without what is no setting, and without what equals its default.
export function settingsOfAnswer(answer: Partial<IntegrationSettings>, scope: Scope): JsonObject {
  const all = JSON.parse(JSON.stringify(answer)) as JsonObject;
  const members: [string, Json][] = [];
  for (const name of [...kMembers, ...kKeptMembers]) {
    const value = all[name];
    if (value !== undefined && value !== null && !isDefault(name, value, all, scope)) members.push([name, value]);
  }
  return objectOf(members);
}
function isDefault(name: string, value: Json, all: JsonObject, scope: Scope): boolean {
  switch (name) {
    case "name":
      return value === "" || value === computedName(textOf(all.event), textOf(all.url));
    case "disabled":
    case "noDefaults":
    case "unchunked":
    case "dataUrlResponseEvent":
      return value === false;
    case "rejectUnauthorized":
      return value === true;
    case "policy":
      return value === "durable";
    case "integration_type":
      return value === "Webhook";
    case "responseTopic":
    case "errorResponseTopic":
      return value === defaultTopic(name, scope);
    case "query":
    case "headers":
      return isObject(value) && Object.keys(value).length === 0;
    case "secrets":
    case "parameters":
      return Array.isArray(value) && value.length === 0;
    default:
      return isDelivery(name) && isDeliveryDefault(name, value);
  }
}
function isDelivery(name: string): name is DeliveryMember {
  return (kDeliveryMembers as readonly string[]).includes(name);
}

// One form for everything that means the same to the server: documented names, no defaults, texts for numbers. What the
// server ignores is not in it.
export function canonicalSettings(settings: JsonObject, scope: Scope): JsonObject {
  const draft = draftOf(settings);
  const members: [string, Json][] = [];
  for (const member of kMembers) {
    const value = saidOf(draft, member);
    if (value !== undefined) members.push([member, canonicalValue(member, value)]);
  }
  for (const name of kKeptMembers) {
    const value = memberOf(settings, name);
    if (value !== undefined && value !== "") members.push([name, value]);
  }
  const all = objectOf(members);
  return objectOf(Object.entries(all).filter(([name, value]) => !isDefault(name, value, all, scope)));
}
function canonicalValue(member: Member, value: Json): Json {
  if (member === "url") return textOf(value).trim();
  if (isDelivery(member)) return canonicalDelivery(member, value);
  if (member === "secrets") return [...new Set(value as string[])].sort();
  if ((member === "headers" || member === "query" || member === "form") && isObject(value)) {
    const named = Object.entries(value).filter(([, item]) => item !== null);
    return objectOf(named.map(([key, item]): [string, Json] => [key, String(item)]));
  }
  return value;
}
// Equal for identical integrations.
export function fingerprint(settings: JsonObject, scope: Scope): string {
  return sortedText(canonicalSettings(settings, scope));
}

// How the settings are written in the JSON editor.
export function printSettings(settings: JsonObject): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

export const kNewSettings: JsonObject = { event: "", url: "", requestType: "POST" };
// Where custom JSON data starts: the same four members as the default data.
export const kDefaultDataJson = JSON.stringify(
  {
    event: "{{{PARTICLE_EVENT_NAME}}}",
    data: "{{{PARTICLE_EVENT_VALUE}}}",
    coreid: "{{{PARTICLE_DEVICE_ID}}}",
    published_at: "{{{PARTICLE_PUBLISHED_AT}}}",
  },
  null,
  2,
);
