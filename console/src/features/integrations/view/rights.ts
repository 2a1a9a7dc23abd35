// What may be done with one integration where one is, and why not. Pure.

import type { Integration } from "../../../api/types";
import type { Space } from "../../../app/space";
import { plural } from "../../../lib/format";
import type { Allowed } from "../../../lib/permissions";

export interface Rights {
  edit: Allowed;
  override: Allowed;
  pause: Allowed;
  test: Allowed;
  remove: Allowed;
  separate: Allowed;
  merge: Allowed;
  // Promoting and discarding what is staged, and going back to a version.
  versions: Allowed;
}

type Where = Pick<Space, "kind" | "can" | "organization">;

// Shared, and seen from one of its products: what concerns all of them is not done here.
export function seenFromOne(space: Pick<Space, "kind">, one: Pick<Integration, "shared">): boolean {
  return space.kind === "product" && one.shared === true;
}

export function rightsOf(space: Where, one: Integration): Rights {
  const update = space.can("integrations:update");
  const all: Rights = {
    edit: update,
    override: update,
    pause: update,
    test: space.can("integrations:test"),
    remove: space.can("integrations:remove"),
    separate: space.can("integrations:separate"),
    merge: space.can("integrations:merge"),
    versions: update,
  };
  if (one.merged_into !== undefined) return everyone(all, "It was merged into another one; change that one.");
  if (seenFromOne(space, one)) {
    const others = plural((one.products?.length ?? 1) - 1 + (one.more_products ?? 0), "other product");
    const at = space.organization === null ? "the organization" : space.organization.name;
    const reason = `It would change ${others} too. Separate it to change it here alone, or edit it at ${at}.`;
    const no = { ok: false, reason };
    return { ...all, edit: no, override: no, versions: no };
  }
  if (one.staged !== undefined) {
    const no = {
      ok: false,
      reason: `Version ${one.staged.version} is being tried on some products. Promote or discard it first.`,
    };
    return { ...all, override: stricter(all.override, no), edit: all.edit };
  }
  return all;
}

const stricter = (a: Allowed, b: Allowed): Allowed => (a.ok ? b : a);

function everyone(rights: Rights, reason: string): Rights {
  const no = { ok: false, reason };
  return Object.fromEntries(Object.keys(rights).map((name) => [name, no])) as unknown as Rights;
}
