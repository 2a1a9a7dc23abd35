// Brings the first field that something is wrong with before one's eyes, in the order of the page.
import type { FieldErrors } from "./form-errors";

export function focusFirstError(box: HTMLElement, errors: FieldErrors) {
  const names = Object.keys(errors);
  for (const element of box.querySelectorAll<HTMLElement>("[data-field]")) {
    const field = element.dataset.field ?? "";
    const wrong = names.some((name) => name === field || name.startsWith(`${field}.`));
    if (!wrong || element.offsetParent === null) continue;
    const at = element.matches("input, select, textarea, button, [contenteditable]")
      ? element
      : (element.querySelector<HTMLElement>("input, select, textarea, [contenteditable]") ?? element);
    at.focus();
    at.scrollIntoView({ block: "center" });
    return;
  }
}
