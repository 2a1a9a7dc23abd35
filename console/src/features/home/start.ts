// Where "/" leads. Pure.
import type { Session } from "../../api/types";

type Known = Pick<Session, "organizations" | "products">;

// The last space while it can still be entered, else the first organization, else a product of one's own or of its
// team; null for a person with none of them.
export function startPath(session: Known, last: string | null): string | null {
  if (last === "/sandbox") return "/sandbox/integrations";
  const organization = session.organizations.find((one) => last === `/orgs/${one.slug}`) ?? session.organizations[0];
  if (organization !== undefined) return `/orgs/${organization.slug}/integrations`;
  const product = session.products[0];
  return product === undefined ? null : `/products/${product.slug}`;
}
