import { expect, it } from "vitest";
import type { IntegrationDetail } from "../../../api/types";
import { stopsOf } from "./stop-dialog";

const detail = (more: Partial<IntegrationDetail>) => more as IntegrationDetail;
const products: IntegrationDetail["products"] = [{ id: 1 }, { id: 2 }, { id: 3, removed: true }];

it("asks before an edit disables, and before products leave", () => {
  const now = detail({ products });
  expect(stopsOf(now, now, false, [1, 2, 4])).toBeNull();
  expect(stopsOf(now, now, true, [1, 2])).toMatchObject({ disables: true, leaves: [] });
  expect(stopsOf(now, now, false, [2])).toMatchObject({ disables: false, leaves: [{ id: 1 }] });
});

it("asks nothing when it was disabled already, or has no products", () => {
  expect(stopsOf(detail({ products }), detail({ disabled: true }), true, [1, 2])).toBeNull();
  expect(stopsOf(detail({}), detail({}), false, null)).toBeNull();
});
