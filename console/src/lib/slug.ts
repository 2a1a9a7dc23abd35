import { ApiError } from "../api/client";

// What the server makes of a name where no slug is chosen, so that a form can show it beforehand. Pure.
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "");
}

// The sentence for the field where somebody else has the slug; the server's refusal names no field.
export function slugTaken(error: unknown): string | undefined {
  const taken = error instanceof ApiError && error.status === 409 && error.message.startsWith("slug ");
  return taken ? `${error.message}; choose another one` : undefined;
}
