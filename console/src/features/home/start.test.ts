import { describe, expect, it } from "vitest";
import type { SessionOrganization, SessionProduct } from "../../api/types";
import { startPath } from "./start";

const organization = (slug: string): SessionOrganization => ({
  id: slug,
  slug,
  name: slug,
  plan: "enterprise",
  role: "Owner",
  group_identical: "auto",
});
const product: SessionProduct = { id: 1, slug: "pump", name: "Pump", organization: null, role: "Owner" };

describe("the start", () => {
  const two = { organizations: [organization("a"), organization("b")], products: [product] };
  it("is the last space", () => {
    expect(startPath(two, "/orgs/b")).toBe("/orgs/b/integrations");
    expect(startPath(two, "/sandbox")).toBe("/sandbox/integrations");
  });
  it("is the first organization where the last space cannot be entered any more", () => {
    expect(startPath(two, "/orgs/gone")).toBe("/orgs/a/integrations");
    expect(startPath(two, null)).toBe("/orgs/a/integrations");
  });
  it("is a product for those who have no organization", () => {
    expect(startPath({ organizations: [], products: [product] }, "/orgs/gone")).toBe("/products/pump");
  });
  it("is nowhere for a person with nothing", () =>
    expect(startPath({ organizations: [], products: [] }, null)).toBeNull());
});
