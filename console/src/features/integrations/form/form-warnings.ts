// What the server says of settings though it takes them: at which field it stands. Pure.
import type { Preview, Warning } from "../../../api/types";
import { errorAt, type FieldErrors } from "./form-errors";
import { memberNamed } from "./settings-model";

// Each once, in their order.
export function distinctWarnings(warnings: readonly Warning[]): Warning[] {
  const seen = new Set<string>();
  return warnings.filter((one) => {
    const key = JSON.stringify([one.field, one.code, one.message]);
    return !seen.has(key) && seen.add(key);
  });
}
export function warningsOfPreview(answer: { previews: Preview[]; warnings?: Warning[] }): Warning[] {
  return distinctWarnings([...(answer.warnings ?? []), ...answer.previews.flatMap((one) => one.warnings ?? [])]);
}

// By the documented name of the field.
function fieldOf(warning: Warning): string | null {
  if (warning.field === null) return null;
  const [first = "", ...rest] = warning.field.split(".");
  return [memberNamed(first) ?? first, ...rest].join(".");
}
function byField(warnings: readonly Warning[]): FieldErrors {
  const found: FieldErrors = {};
  for (const one of warnings) {
    const field = fieldOf(one);
    if (field === null) continue;
    found[field] = found[field] === undefined ? one.message : `${found[field]}; ${one.message}`;
  }
  return found;
}

export function warningAt(
  warnings: readonly Warning[],
  field: string,
  shownBelow: readonly string[] = [],
): string | undefined {
  return errorAt(byField(warnings), field, shownBelow);
}
// Those that stand at a field, and those of none that is shown.
export function splitWarnings(
  warnings: readonly Warning[],
  isShown: (field: string) => boolean,
): { atFields: Warning[]; others: Warning[] } {
  const atFields = warnings.filter((one) => {
    const field = fieldOf(one);
    return field !== null && isShown(field);
  });
  return { atFields, others: warnings.filter((one) => !atFields.includes(one)) };
}
