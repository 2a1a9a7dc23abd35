// What a role allows, from the table that the server sends with the session. The server decides; this only tells
// beforehand what it would say.
import type { Permission, Role, Session } from "../api/types";

const kRanks: Record<Role, number> = { "View-only": 1, Support: 2, Developer: 3, Administrator: 4, Owner: 5 };

export function rankOf(role: Role | null): number {
  return role === null ? 0 : kRanks[role];
}
export function higher(a: Role | null, b: Role | null): Role | null {
  return rankOf(a) >= rankOf(b) ? a : b;
}

export interface Allowed {
  ok: boolean;
  // Why not; "" when it is allowed.
  reason: string;
}

export interface Standing {
  // On the product or the organization.
  role: Role | null;
  // On what owns a product: the organization's role, or Owner of one's own product.
  ownerRole?: Role | null;
  what: "organization" | "product" | "sandbox";
  administrator: boolean;
}

const yes: Allowed = { ok: true, reason: "" };

export function allowed(permissions: Permission[], name: string, standing: Standing, forOneself = false): Allowed {
  if (standing.administrator) return yes;
  const row = permissions.find((permission) => permission.name === name);
  if (row === undefined) return { ok: false, reason: `This server knows no permission ${name}.` };
  if (row.of_installation) return { ok: false, reason: "Only an administrator of this installation may do that." };
  if (row.role === null || standing.what === "sandbox") return yes;
  if (forOneself && row.for_oneself) return yes;
  const own = row.of_owner ? (standing.ownerRole ?? null) : standing.role;
  if (rankOf(own) >= rankOf(row.role)) return yes;
  const where = row.of_owner && standing.what === "product" ? "product's owner" : standing.what;
  const yours = own === null ? "" : ` Yours is ${own}.`;
  return { ok: false, reason: `This needs the role ${row.role} or higher on the ${where}.${yours}` };
}

export function roleOnOrganization(session: Session, slug: string): Role | null {
  if (session.user.administrator) return "Owner";
  return session.organizations.find((one) => one.slug === slug || one.id === slug)?.role ?? null;
}
