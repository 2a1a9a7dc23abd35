// Where one is: an organization, a product, or one's own sandbox. It says where the API of a view is, and what the person
// may do there.
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useMemo } from "react";
import { useParams } from "react-router";
import { get, segment } from "../api/client";
import type { Organization, Product, Role } from "../api/types";
import { type Allowed, allowed, higher, roleOnOrganization } from "../lib/permissions";
import { QueryView } from "../ui/query-view";
import { useSession } from "./session";

export interface Space {
  kind: "organization" | "product" | "sandbox";
  slug: string; // "" of the sandbox
  name: string;
  api: string; // "/v1/orgs/acme", "/v1/products/pump", "/v1"
  path: string; // "/orgs/acme", "/products/pump", "/sandbox"
  role: Role | null;
  organization: Organization | null; // of a product: the one it belongs to, if the person sees it
  product: Product | null;
  can: (permission: string, forOneself?: boolean) => Allowed;
}

const SpaceContext = createContext<Space | null>(null);

export function useSpace(): Space {
  const space = use(SpaceContext);
  if (space === null) throw new Error("useSpace() outside of a space");
  return space;
}
// null outside of one.
export function useMaybeSpace(): Space | null {
  return use(SpaceContext);
}

// The last one is where "/" leads.
const kLastSpace = "fleethook.last-space";
export function lastSpace(): string | null {
  return window.localStorage.getItem(kLastSpace);
}
// Of somebody who is new here it would be another person's.
export function forgetLastSpace() {
  window.localStorage.removeItem(kLastSpace);
}
function remember(path: string) {
  window.localStorage.setItem(kLastSpace, path);
}

export function organizationQuery(slug: string) {
  return {
    queryKey: ["organization", slug],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<{ organization: Organization }>(`/v1/orgs/${segment(slug)}`, signal).then((answer) => answer.organization),
    staleTime: 60_000,
  };
}
export function productQuery(slug: string) {
  return {
    queryKey: ["product", slug],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<{ product: Product }>(`/v1/products/${segment(slug)}`, signal).then((answer) => answer.product),
    staleTime: 60_000,
  };
}

export function OrganizationSpace({ children }: { children: ReactNode }) {
  const { org = "" } = useParams();
  const query = useQuery(organizationQuery(org));
  return (
    <QueryView query={query}>{(found) => <InOrganization organization={found}>{children}</InOrganization>}</QueryView>
  );
}

function InOrganization({ organization, children }: { organization: Organization; children: ReactNode }) {
  const session = useSession();
  const space = useMemo((): Space => {
    const role = roleOnOrganization(session, organization.slug);
    const standing = {
      role,
      ownerRole: role,
      what: "organization",
      administrator: session.user.administrator,
    } as const;
    return {
      kind: "organization",
      slug: organization.slug,
      name: organization.name,
      api: `/v1/orgs/${segment(organization.slug)}`,
      path: `/orgs/${segment(organization.slug)}`,
      role,
      organization,
      product: null,
      can: (permission, forOneself) => allowed(session.permissions, permission, standing, forOneself),
    };
  }, [session, organization]);
  remember(space.path);
  return <SpaceContext value={space}>{children}</SpaceContext>;
}

export function ProductSpace({ children }: { children: ReactNode }) {
  const { product = "" } = useParams();
  const query = useQuery(productQuery(product));
  return <QueryView query={query}>{(found) => <InProduct product={found}>{children}</InProduct>}</QueryView>;
}

function InProduct({ product, children }: { product: Product; children: ReactNode }) {
  const session = useSession();
  const organization = session.organizations.find((one) => one.id === product.organization_id) ?? null;
  const space = useMemo((): Space => {
    const own = session.products.find((one) => one.id === product.id)?.role ?? null;
    const above = organization?.role ?? null;
    const role = session.user.administrator ? "Owner" : higher(own, above);
    const ownerRole = product.organization_id === undefined ? own : above;
    const standing = { role, ownerRole, what: "product", administrator: session.user.administrator } as const;
    return {
      kind: "product",
      slug: product.slug,
      name: product.name,
      api: `/v1/products/${segment(product.slug)}`,
      path: `/products/${segment(product.slug)}`,
      role,
      organization,
      product,
      can: (permission, forOneself) => allowed(session.permissions, permission, standing, forOneself),
    };
  }, [session, product, organization]);
  if (organization !== null) remember(`/orgs/${segment(organization.slug)}`);
  return <SpaceContext value={space}>{children}</SpaceContext>;
}

const kSandboxCan = (): Allowed => ({ ok: true, reason: "" });

export function SandboxSpace({ children }: { children: ReactNode }) {
  const space = useMemo(
    (): Space => ({
      kind: "sandbox",
      slug: "",
      name: "Sandbox",
      api: "/v1",
      path: "/sandbox",
      role: "Owner",
      organization: null,
      product: null,
      can: kSandboxCan,
    }),
    [],
  );
  remember("/sandbox");
  return <SpaceContext value={space}>{children}</SpaceContext>;
}
