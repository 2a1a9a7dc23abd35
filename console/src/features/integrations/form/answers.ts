// What the forms take from where one is, and from what the server answered.
import type { IntegrationDetail } from "../../../api/types";
import type { Space } from "../../../app/space";
import type { Scope } from "./settings-model";

// Topics and the like have other defaults in a sandbox.
export function scopeOf(space: Space): Scope {
  if (space.kind === "product") return space.product?.organization_id == null ? "product" : "organization";
  return space.kind;
}

// The data of the last event that it delivered or failed to.
export function lastData(detail: IntegrationDetail): string {
  const entries = [detail.logs?.[0], detail.errors?.[0]].filter((entry) => entry?.event !== undefined);
  entries.sort((a, b) => ((a?.time ?? "") < (b?.time ?? "") ? 1 : -1));
  return entries[0]?.event?.data ?? "";
}
