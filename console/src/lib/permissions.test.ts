import { describe, expect, it } from "vitest";
import type { Permission } from "../api/types";
import { allowed, higher } from "./permissions";

const row = (name: string, role: Permission["role"], more: Partial<Permission> = {}): Permission => ({
  name,
  role,
  of_owner: false,
  for_oneself: false,
  of_installation: false,
  sentence: "",
  ...more,
});
const table = [
  row("integrations:update", "Developer"),
  row("products:update", "Administrator", { of_owner: true }),
  row("teams.users:remove", "Administrator", { for_oneself: true }),
  row("account", null),
];

describe("allowed", () => {
  it("lets a role do what its row names, and what lower rows name", () => {
    for (const role of ["Developer", "Administrator", "Owner"] as const) {
      expect(allowed(table, "integrations:update", { role, what: "organization", administrator: false }).ok).toBe(true);
    }
  });
  it("says which role is missing and which one is there", () => {
    const answer = allowed(table, "integrations:update", { role: "Support", what: "product", administrator: false });
    expect(answer).toEqual({
      ok: false,
      reason: "This needs the role Developer or higher on the product. Yours is Support.",
    });
  });
  it("asks the owner's role where the product's own team cannot decide", () => {
    const standing = { role: "Administrator", what: "product", administrator: false } as const;
    expect(allowed(table, "products:update", standing).ok).toBe(false);
    expect(allowed(table, "products:update", { ...standing, ownerRole: "Administrator" }).ok).toBe(true);
  });
  it("lets everybody do to oneself what the row says so of", () => {
    const standing = { role: "View-only", what: "organization", administrator: false } as const;
    expect(allowed(table, "teams.users:remove", standing).ok).toBe(false);
    expect(allowed(table, "teams.users:remove", standing, true).ok).toBe(true);
  });
  it("keeps what concerns the installation for its administrators", () => {
    const rows = [row("instance", null, { of_installation: true })];
    expect(allowed(rows, "instance", { role: "Owner", what: "organization", administrator: false }).ok).toBe(false);
    expect(allowed(rows, "instance", { role: null, what: "organization", administrator: true }).ok).toBe(true);
  });
  it("lets the administrator of the installation do everything", () => {
    expect(allowed([], "anything", { role: null, what: "organization", administrator: true }).ok).toBe(true);
  });
  it("allows in the sandbox what its owner asks for", () => {
    expect(allowed(table, "integrations:update", { role: null, what: "sandbox", administrator: false }).ok).toBe(true);
  });
});

describe("higher", () => {
  it("takes the higher of two roles", () => {
    expect(higher("Support", "Developer")).toBe("Developer");
    expect(higher(null, "View-only")).toBe("View-only");
    expect(higher("Owner", null)).toBe("Owner");
  });
});
