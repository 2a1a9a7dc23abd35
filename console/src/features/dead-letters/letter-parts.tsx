// What rows and the opened letter have in common.
import type { DeadLetter } from "../../api/dead-letters";
import { productPath } from "../../api/products";
import { useSpace } from "../../app/space";
import { errorText } from "../../lib/dead-letters";
import { isDeviceId } from "../events/event";

// "503", "No answer: Time-out"; of a status its class says nothing more.
export function answerText(letter: Pick<DeadLetter, "attempts" | "status" | "error">): string {
  const error =
    letter.error === null || letter.error === "4xx" || letter.error === "5xx" ? "" : errorText(letter.error);
  if (letter.status !== null) return error === "" ? String(letter.status) : `${letter.status}: ${error}`;
  if (error !== "") return error;
  return letter.attempts === 0 ? "Not tried" : "No answer";
}

export function productText(letter: DeadLetter): string {
  const { product } = letter;
  return product === null ? "Sandbox" : (product.name ?? `Product ${product.id}`);
}

// Where the device is listed: in its product, or among one's own. null: there is no such place.
export function usePathOfDevice(): (letter: DeadLetter) => string | null {
  const space = useSpace();
  return ({ event, product }) => {
    if (!isDeviceId(event.coreid)) return null;
    if (product === null) return space.kind === "sandbox" ? `${space.path}/devices` : null;
    return product.slug === null ? null : `${productPath(product.slug)}/devices?q=${event.coreid}`;
  };
}
