// A product's name, leading to the product. One that was deleted has only its number.
import { Anchor, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";
import type { Placement } from "../../../api/types";

type Named = Pick<Placement, "id" | "slug" | "name">;

export function ProductLink({ product }: { product: Named }) {
  if (product.slug === undefined) {
    return (
      <Text span inherit c="dimmed">
        Product {product.id}
      </Text>
    );
  }
  return (
    <Anchor
      component={Link}
      to={`/products/${product.slug}`}
      inherit
      underline="always"
      style={{ overflowWrap: "anywhere" }}
    >
      {product.name ?? product.slug}
    </Anchor>
  );
}

// "A, B and C", each a link.
export function ProductLinks({ products }: { products: Named[] }) {
  return products.map((product, index) => (
    <Fragment key={product.id}>
      {index > 0 && (index === products.length - 1 ? " and " : ", ")}
      <ProductLink product={product} />
    </Fragment>
  ));
}
