// What a form says of the products and hosts of a secret. Pure.
import type { Secret } from "../../api/types";

// Those of the two lists that differ from what the secret has, as the API takes them: an empty one is none, null. A list
// that is the same is not sent, so that nobody undoes what somebody else has just changed.
export function limitsChanged(
  secret: Pick<Secret, "products" | "hosts"> | null,
  products: number[],
  hosts: string[],
): { products?: number[] | null; hosts?: string[] | null } {
  const alike = (a: readonly (number | string)[], b: readonly (number | string)[]) =>
    a.length === b.length && a.every((one) => b.includes(one));
  return {
    ...(alike(secret?.products ?? [], products) ? {} : { products: products.length === 0 ? null : products }),
    ...(alike(secret?.hosts ?? [], hosts) ? {} : { hosts: hosts.length === 0 ? null : hosts }),
  };
}
