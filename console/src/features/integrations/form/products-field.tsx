// In which products an integration runs: each is chosen by itself, and there is no "all".
import { Checkbox, Group, ScrollArea, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Product } from "../../../api/types";
import { plural } from "../../../lib/format";
import { IconSearch } from "../../../ui/icons";
import classes from "./form.module.css";
import { useFields } from "./form-state";

const kSearchFrom = 8;
const kShownMax = 200;

export function ProductsField({ products }: { products: Product[] }) {
  const { form, readOnly, error } = useFields();
  const [typed, setTyped] = useState("");
  const chosen = form.products ?? [];
  const words = typed.toLowerCase().trim();
  const fits = (product: Product) => `${product.name} ${product.slug} ${product.id}`.toLowerCase().includes(words);
  const found = products.filter(fits);
  // Those that were deleted or moved away since are still in the set until it is saved.
  const gone = chosen.filter((id) => !products.some((product) => product.id === id));
  return (
    <Checkbox.Group
      label="Product(s) where the integration will execute"
      description="Each is chosen by itself: a product that is made later is added here by hand."
      error={error("product_ids")}
      value={chosen.map(String)}
      onChange={(values) => form.setProducts(values.map(Number))}
      readOnly={readOnly}
    >
      <div className={classes.products}>
        {products.length > kSearchFrom && (
          <TextInput
            variant="unstyled"
            px="sm"
            placeholder={`Search ${plural(products.length, "product")}`}
            aria-label="Search products"
            leftSection={<IconSearch size={15} aria-hidden />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            style={{ borderBottom: "1px solid var(--line)" }}
          />
        )}
        <ScrollArea.Autosize mah={230} type="auto" viewportProps={{ tabIndex: -1 }}>
          <div className={classes.productList}>
            {found.slice(0, kShownMax).map((product, index) => (
              <Checkbox
                key={product.id}
                value={String(product.id)}
                label={product.name}
                description={product.slug}
                data-field={index === 0 ? "product_ids" : undefined}
                disabled={readOnly}
              />
            ))}
            {gone.map((id) => (
              <Checkbox key={id} value={String(id)} label={`Product ${id}`} description="no longer here" />
            ))}
          </div>
          {found.length === 0 && (
            <Text size="sm" c="dimmed" p="sm">
              {products.length === 0 ? "There is no product yet. Make one first." : "No product has that name."}
            </Text>
          )}
          {found.length > kShownMax && (
            <Text size="xs" c="dimmed" px="sm" pb="sm">
              {plural(found.length - kShownMax, "more product")}: search to see them.
            </Text>
          )}
        </ScrollArea.Autosize>
        <Group className={classes.productsFoot}>
          <Text size="xs" c="dimmed" aria-live="polite">
            {plural(chosen.length, "product")} chosen
            {products.length > kSearchFrom && chosen.length > 0 && `: ${namesOf(chosen, products)}`}
          </Text>
        </Group>
      </div>
    </Checkbox.Group>
  );
}

// In a long list what is chosen may be out of sight.
function namesOf(chosen: number[], products: Product[]): string {
  const names = chosen.slice(0, 5).map((id) => products.find((one) => one.id === id)?.name ?? String(id));
  return names.join(", ") + (chosen.length > 5 ? `, and ${chosen.length - 5} more` : "");
}
