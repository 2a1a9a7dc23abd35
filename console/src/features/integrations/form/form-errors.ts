// What keeps a form from being saved, before the server is asked, and which of its refusals belong to which field. Fields
// are named as the server names them ("headers.X-Site", "auth.username"). Pure.
import type { Violation } from "../../../api/client";
import { templateProblem } from "../../../ui/template-scan";
import { checkSettings } from "./settings-check";
import { type Draft, memberNamed, type Pair, settingsOf } from "./settings-model";

export type FieldErrors = { [field: string]: string };

export function urlProblem(url: string): string | null {
  const text = url.trim();
  if (text === "") return "is required: an http or https URL";
  const tags = templateProblem(text);
  if (tags !== null) return tags;
  const head = text.split("{{")[0] as string;
  if (/^https?:\/\//i.test(head)) {
    if (text !== head || /^https?:\/\/[^/?#\s]+/i.test(text)) return null;
    return "has no host";
  }
  // "{{{product.vars.base}}}/x" and "http{{{s}}}://" may still become one.
  const mayBecome =
    text.length > head.length && ["https://", "http://"].some((one) => one.startsWith(head.toLowerCase()));
  return mayBecome ? null : "must begin with http:// or https://";
}

function pairProblems(member: string, pairs: Pair[], errors: FieldErrors) {
  const seen = new Set<string>();
  for (const pair of pairs) {
    if (pair.key === "" && pair.value === "") continue;
    const field = `${member}.${pair.key}`;
    if (pair.key === "") errors[field] = "needs a name";
    else if (seen.has(pair.key)) errors[field] = "is there twice";
    seen.add(pair.key);
  }
}

// `products` null: the space has none to choose.
export function draftErrors(draft: Draft, products: number[] | null): FieldErrors {
  const errors: FieldErrors = {};
  if (draft.event === "") errors.event = "is required: the beginning of the names of the events that fire it";
  else if (new TextEncoder().encode(draft.event).length > 64) errors.event = "must be at most 64 bytes";
  const url = urlProblem(draft.url);
  if (url !== null) errors.url = url;
  if (products !== null && products.length === 0) errors.product_ids = "select at least one product";
  pairProblems("headers", draft.headers, errors);
  pairProblems("query", draft.query, errors);
  if (draft.format === "form") pairProblems("form", draft.form, errors);
  for (const [field, message] of Object.entries(tagErrors(draft))) errors[field] ??= message;
  return errors;
}

// Tags that are not closed and the like.
export function tagErrors(draft: Draft): FieldErrors {
  const errors: FieldErrors = {};
  for (const finding of checkSettings(settingsOf(draft)).others) {
    if (finding.severity === "error") errors[memberPath(finding.path.map(String))] ??= finding.message;
  }
  return errors;
}
// With the documented name of the member.
function memberPath(path: string[]): string {
  const [first = "", ...rest] = path;
  return [memberNamed(first) ?? first, ...rest].join(".");
}

export function serverErrors(violations: Violation[]): FieldErrors {
  const errors: FieldErrors = {};
  for (const one of violations) {
    if (one.field === "") continue;
    errors[one.field] = errors[one.field] === undefined ? one.message : `${errors[one.field]}; ${one.message}`;
  }
  return errors;
}

// The member that a field belongs to: "headers.X" -> "headers".
export function memberOfField(field: string): string {
  return field.split(".", 1)[0] as string;
}

// What stands at a field of the form: its own, and everything below it that has no field of its own there.
export function errorAt(errors: FieldErrors, field: string, shownBelow: readonly string[] = []): string | undefined {
  const found: string[] = [];
  for (const [name, message] of Object.entries(errors)) {
    if (name === field) found.push(message);
    else if (name.startsWith(`${field}.`) && !shownBelow.includes(name)) {
      const below = name.slice(field.length + 1);
      // A place in a list says nothing to people: "secrets.0".
      found.push(/^\d+$/.test(below) ? message : `${below}: ${message}`);
    }
  }
  return found.length === 0 ? undefined : found.join("; ");
}
