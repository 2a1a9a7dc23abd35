// The server's refusals at the fields of a form. Pure.
import { ApiError } from "../api/client";

// Field name -> sentence, for the fields that the form has; the rest belongs above the form.
export function fieldErrors(error: unknown, fields: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  if (!(error instanceof ApiError)) return found;
  for (const one of error.violations) {
    // "variables.site" belongs to the field "variables".
    const field = fields.find((name) => one.field === name || one.field.startsWith(`${name}.`));
    if (field === undefined) continue;
    found[field] = found[field] === undefined ? one.message : `${found[field]}; ${one.message}`;
  }
  return found;
}

// Whether something of the refusal is not shown at a field.
export function hasOther(error: unknown, fields: readonly string[]): boolean {
  if (error === null || error === undefined) return false;
  if (!(error instanceof ApiError) || error.violations.length === 0) return true;
  return error.violations.some((one) => !fields.some((name) => one.field === name || one.field.startsWith(`${name}.`)));
}
