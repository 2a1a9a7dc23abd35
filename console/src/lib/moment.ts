// A moment between the address, which has UTC, and a field of the browser, which has local time. Pure.

// "2026-01-02T03:04", local; "" for none.
export function toField(iso: string): string {
  const when = new Date(iso);
  if (iso === "" || Number.isNaN(when.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${String(when.getFullYear()).padStart(4, "0")}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `${date}T${two(when.getHours())}:${two(when.getMinutes())}`;
}

// null while it is being typed: a year passes through 0002 and 0020.
export function fromField(text: string): string | null {
  if (text === "") return "";
  const when = new Date(text);
  return Number.isNaN(when.getTime()) || when.getFullYear() < 2000 ? null : when.toISOString();
}
