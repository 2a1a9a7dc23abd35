// Where it runs: each product with its state, today's numbers, and what differs there. A row opens to its override, its
// variables and what runs there in the end.
import { Button } from "@mantine/core";
import { useState } from "react";
import type { IntegrationDetail, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { kOutcomes } from "../../../lib/integration";
import { useUrlState } from "../../../lib/url-state";
import { waitsOf } from "../../../lib/waits";
import { Panel } from "../../../ui/panel";
import { ProductBody } from "./product-body";
import classes from "./products.module.css";
import type { Rights } from "./rights";

const kShownFirst = 100;

export function ProductsTab({ one, rights }: { one: IntegrationDetail; rights: Rights }) {
  const space = useSpace();
  const [open, setOpen] = useUrlState("on", "", true);
  const [all, setAll] = useState(false);
  const own = (product: Placement) => space.kind === "organization" || product.slug === space.slug;
  const placements = (one.products ?? [])
    // One that has left is here as long as something of it waits.
    .filter((product) => !product.removed || waitsOf(product).waiting > 0)
    .toSorted((a, b) => Number(a.removed ?? false) - Number(b.removed ?? false) || Number(own(b)) - Number(own(a)));
  const shown = all ? placements : placements.slice(0, kShownFirst);
  return (
    <Panel padding={0}>
      <table className={classes.table} aria-label="Products">
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">State</th>
            {space.kind === "organization" &&
              kOutcomes.map((each) => (
                <th key={each.kind} scope="col" className={classes.number}>
                  {each.label}
                </th>
              ))}
            <th scope="col" className={classes.number}>
              Waiting
            </th>
            <th scope="col">Differences</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        {shown.map((product) => (
          <ProductBody
            key={product.id}
            one={one}
            product={product}
            rights={rights}
            own={own(product)}
            open={open === String(product.id)}
            onToggle={() => setOpen(open === String(product.id) ? "" : String(product.id))}
          />
        ))}
      </table>
      {shown.length < placements.length && (
        <Button variant="subtle" fullWidth onClick={() => setAll(true)}>
          Show all {placements.length} products
        </Button>
      )}
    </Panel>
  );
}
